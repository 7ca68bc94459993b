/* What history costs: to take in a score change, to write and put together what was taken in, and to answer a question about
 * one partner. In one process, on a store of its own; ten years of changes by default.
 *
 *   bench_history [-p PARTNERS] [-d DAYS] [-c CHANGES_A_DAY] [-q QUESTIONS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/hash.h"
#include "common/io/clock.h"
#include "services/history/answers.h"
#include "tests/bench/figures.h"
#include "tests/harness/harness.h"

#define AREAS	  6
#define METRICS	  5
#define UNIT	  256 /* changes */
#define GROUP_MAX ((size_t)1 << 30)

struct bench {
	struct store *store;
	struct keeper *k;
	struct store_group *g;
	uint32_t partners, days, changes, questions;
	uint64_t position, taken_ns, prepared_ns, committed_ns, folded_ns;
	uint64_t flushes, longest_ns;
	char path[128];
};

static uint64_t number_of(uint64_t what, uint64_t i)
{
	return hash_u64(what * 0x9e3779b97f4a7c15ULL + i);
}

static void check(int rc, const struct err *e)
{
	if (rc != 0)
		harness_fail("history: %s %s", err_name(rc), e->text);
}

/* ---- changes ---------------------------------------------------------------------------------------------- */

static const struct str metrics[METRICS] = { STR_INIT("net-customer-adds"),
	STR_INIT("intermediate-certifications"), STR_INIT("advanced-certifications"),
	STR_INIT("usage-growth"), STR_INIT("deployments") };
static const uint32_t maxima[METRICS] = { 30, 20, 20, 20, 10 };
static const char *const areas[AREAS] = { "infrastructure", "digital-app-innovation", "data-ai",
	"modern-work", "security", "business-applications" };
static struct area_shape shapes[AREAS];

/* Changes of two areas each, with thirds among the points, and three causes. */
struct unit {
	struct score_change changes[UNIT];
	struct area_change areas[UNIT][2];
	struct ratio points[UNIT][2][2][METRICS];
	struct cause causes[UNIT][3];
	char ids[UNIT][16];
};

static void make_change(struct unit *u, size_t i, uint64_t n, const struct bench *b)
{
	for (size_t a = 0; a < 2; a++) {
		for (size_t m = 0; m < METRICS; m++) {
			u->points[i][a][0][m] =
				ratio_make((int64_t)(number_of(n, m) % (3ull * maxima[m])), 3);
			u->points[i][a][1][m] =
				ratio_int((int64_t)(number_of(n, 9 + m) % maxima[m]));
		}
		u->areas[i][a] =
			(struct area_change){ .shape = &shapes[number_of(n, 20) % 3 * 2 + a],
				.before = u->points[i][a][0],
				.after = u->points[i][a][1],
				.status_before = AREA_IN_PROGRESS,
				.status_after = number_of(n, 21) % 10 == 0 ? AREA_QUALIFIED
									   : AREA_IN_PROGRESS };
	}
	for (size_t c = 0; c < 3; c++)
		u->causes[i][c] = (struct cause){ n * 10 + c, STR("id"), STR("/source") };
	(void)snprintf(u->ids[i], sizeof u->ids[i], "%07u",
		1000000 + (unsigned)(number_of(n, 22) % b->partners));
	u->changes[i] = (struct score_change){ .partner = str_from(u->ids[i]),
		.n_areas = 2,
		.areas = u->areas[i],
		.n_causes = 3,
		.causes = u->causes[i],
		.cause_count = 10 };
}

/* ---- taking and writing ----------------------------------------------------------------------------------- */

static uint64_t commit(struct bench *b)
{
	uint64_t start = clock_mono_ns(), first;
	struct err e = { 0 };

	check(store_commit(b->store, b->g, &first, &e), &e);
	store_group_reset(b->g);
	keeper_durable(b->k);
	return clock_mono_ns() - start;
}

static void flush(struct bench *b)
{
	uint64_t start = clock_mono_ns(), took;
	struct err e = { 0 };
	bool any;

	check(keeper_flush(b->k, b->g, &any, &e), &e);
	took = clock_mono_ns() - start;
	b->prepared_ns += took;
	b->longest_ns = took > b->longest_ns ? took : b->longest_ns;
	b->flushes += any;
	if (any)
		b->committed_ns += commit(b);
}

static void fold(struct bench *b)
{
	uint64_t start = clock_mono_ns();
	struct err e = { 0 };
	bool any = true;

	while (any) {
		check(keeper_fold(b->k, b->g, &any, &e), &e);
		if (any)
			(void)commit(b);
	}
	b->folded_ns += clock_mono_ns() - start;
}

static void take_day(struct bench *b, day_no day, struct unit *u)
{
	for (uint32_t done = 0; done < b->changes;) {
		struct score_batch batch = { .changes = u->changes, .day = day };
		struct err e = { 0 };
		uint64_t start;

		for (; batch.n_changes < UNIT && done < b->changes; done++)
			make_change(u, batch.n_changes++, b->position + done, b);
		start = clock_mono_ns();
		check(keeper_take(b->k, &batch, b->position, &e), &e);
		b->taken_ns += clock_mono_ns() - start;
		b->position += batch.n_changes;
		done = done > b->changes ? b->changes : done;
		if (keeper_wants_flush(b->k))
			flush(b);
	}
}

static void fill(struct bench *b)
{
	static struct unit unit;
	day_no first = day_from_civil(2016, 1, 1);

	for (uint32_t d = 0; d < b->days; d++) {
		take_day(b, first + (day_no)d, &unit);
		if (d % 31 == 30) {
			flush(b);
			fold(b);
		}
	}
	flush(b);
	fold(b);
}

/* ---- asking ----------------------------------------------------------------------------------------------- */

static void ask(struct bench *b, const char *name, day_no from, bool by_month)
{
	struct frame q = { .kind = FRAME_CHRONICLE_QUERY }, a;
	struct wire_freshness fresh = { .day = DAY_NONE };
	struct latencies took;
	struct arena ar;
	struct buf out;
	uint64_t points = 0;

	latencies_init(&took, b->questions);
	arena_init(&ar, &mem_heap, (size_t)256 << 20);
	buf_init(&out, &mem_heap, (size_t)4 << 20);
	q.u.chronicle_query.from = from;
	q.u.chronicle_query.until = DAY_NONE;
	q.u.chronicle_query.by_month = by_month;
	for (uint32_t i = 0; i < b->questions; i++) {
		char id[16];
		uint64_t start = clock_mono_ns();
		struct err e = { 0 };

		(void)snprintf(id, sizeof id, "%07u",
			1000000 + (unsigned)(number_of(77, i) % b->partners));
		q.u.chronicle_query.partner = str_from(id);
		arena_reset(&ar);
		buf_reset(&out);
		check(answer_chronicle(b->k, &q, &fresh, &ar, &a, &e), &e);
		check(frame_encode(&a, &out), &e);
		latencies_add(&took, clock_mono_ns() - start);
		points += a.u.chronicle_answer.n_points;
	}
	latencies_print(name, &took);
	printf("  %.1f points an answer\n", (double)points / b->questions);
	latencies_fini(&took);
	arena_fini(&ar);
	buf_fini(&out);
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

static void open_all(struct bench *b)
{
	struct store_options so = { .path = b->path };
	struct keeper_options ko = { .days = 400, .months = 120 };
	struct err e = { 0 };
	uint64_t position;

	for (size_t i = 0; i < AREAS; i++)
		shapes[i] = (struct area_shape){ .area = str_from(areas[i]),
			.edition = STR("2026"),
			.n_metrics = METRICS,
			.metrics = metrics,
			.maximum = maxima,
			.qualifies_at = 70 };
	check(store_open(&so, &b->store, &e), &e);
	ko.store = b->store;
	check(keeper_open(&ko, &b->k, &position, &e), &e);
	check(store_group_create(&mem_heap, GROUP_MAX, &b->g), &e);
}

static void print(const struct bench *b)
{
	struct keeper_stats st;
	char file[160];
	struct stat s;

	keeper_stats_get(b->k, &st);
	(void)snprintf(file, sizeof file, "%s/data.mdb", b->path);
	if (stat(file, &s) != 0)
		harness_fail("no file %s", file);
	printf("%llu changes of two areas each, %u partners, %u days; %llu rows put together\n",
		(unsigned long long)b->position, b->partners, b->days,
		(unsigned long long)st.folded);
	printf("taken in %.0f ns a change, prepared %.0f ns, committed %.0f ns, put together later %.0f ns\n",
		(double)b->taken_ns / (double)b->position,
		(double)b->prepared_ns / (double)b->position,
		(double)b->committed_ns / (double)b->position,
		(double)b->folded_ns / (double)b->position);
	printf("%llu commits, the longest preparation %.1f ms; file %.1f MB\n",
		(unsigned long long)b->flushes, (double)b->longest_ns / 1e6,
		(double)s.st_blocks * 512 / 1e6);
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	struct bench b = { .partners = 5000, .days = 3650, .changes = 400, .questions = 2000 };
	struct keeper_stats st;
	struct harness h;
	int c;

	while ((c = getopt(argc, argv, "p:d:c:q:")) != -1) {
		uint32_t v = c == '?' ? 0 : (uint32_t)strtoul(optarg, NULL, 10);

		if (v == 0)
			harness_fail(
				"usage: %s [-p PARTNERS] [-d DAYS] [-c CHANGES_A_DAY] [-q QUESTIONS]",
				argv[0]);
		*(c == 'p'	   ? &b.partners
			: c == 'd' ? &b.days
			: c == 'c' ? &b.changes
				   : &b.questions) = v;
	}
	harness_init(&h); /* for its folder */
	machine_print("/tmp");
	(void)snprintf(b.path, sizeof b.path, "%s/history", h.dir);
	open_all(&b);
	fill(&b);
	print(&b);
	keeper_stats_get(b.k, &st);
	ask(&b, "six months by day", month_first_day(month_of_day(st.day) - 5), false);
	ask(&b, "all there is by day, where days are kept", DAY_NONE, false);
	ask(&b, "all there is by month", DAY_NONE, true);
	keeper_close(b.k);
	store_group_destroy(b.g);
	store_close(b.store);
	harness_fini(&h);
	return 0;
}
