/* What a what-if costs, alone and in the engine: a fork of a partner, ten facts told to it, a settle, and its score with
 * all areas and explanations; partners of several sizes, by the calendar of all editions that ship. The engine holds
 * others beside, so that its tables are out of the cache.
 *
 *   bench_whatif [ROUNDS]   400 for each size unless given
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/fork.h"
#include "rules/engine/sort.h"

#define ROUNDS_MAX 100000
#define TODAY	   19590 /* 2023-08-21 */
#define NEWEST	   24282 /* 2023-07 */
#define OTHERS	   2000
#define FACTS	   10

struct size {
	const char *name;
	uint32_t customers, products, months, people;
};
static const struct size sizes[] = { { "10 customers, 14 months", 10, 1, 14, 5 },
	{ "50 customers, 26 months, 4 products", 50, 4, 26, 25 },
	{ "200 customers, 26 months, 4 products", 200, 4, 26, 100 },
	{ "1,000 customers, 25 months, 4 products", 1000, 4, 25, 400 } };

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t seed = 42;

static uint32_t pick(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 32) * n >> 32);
}

static const char *const products[] = { "SQL Database", "Storage", "Virtual Machines",
	"Azure App Service" };
static const char *const codes[] = { "AZ-104", "AZ-305", "AZ-700", "AZ-140", "AZ-204", "AZ-400",
	"DP-300" };

struct texts {
	char id[40], partner[24], customer[40], person[40];
};
static uint64_t n_told;

static struct event base_event(struct texts *t, enum fact_kind kind, const char *partner)
{
	uint64_t n = n_told++;

	(void)snprintf(
		t->id, sizeof t->id, "%08x-0000-4000-8000-%012" PRIx64, (unsigned)(n >> 8), n);
	(void)snprintf(t->partner, sizeof t->partner, "%s", partner);
	return (struct event){ .id = str_from(t->id),
		.source = STR("//bench/usage"),
		.subject = str_from(t->partner),
		.recorded = (event_ms)(1690000000000u + n),
		.kind = kind };
}

static struct event usage_event(
	struct texts *t, const char *partner, uint32_t customer, uint32_t product, uint32_t month)
{
	struct event ev = base_event(t, FACT_USAGE, partner);

	(void)snprintf(
		t->customer, sizeof t->customer, "%s-aaaa-4bbb-8ccc-%012x", partner, customer);
	ev.u.usage = (struct fact_usage){ .customer = str_from(t->customer),
		.product = str_from(products[(customer + product) % 4]),
		.month = NEWEST - (month_no)month,
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.amount_micro = (int64_t)(500 + pick(1500)) * 1000000 + pick(1000000) };
	return ev;
}

static struct event cert_event(struct texts *t, const char *partner, uint32_t person, uint32_t code)
{
	struct event ev = base_event(t, FACT_CERTIFICATION, partner);

	(void)snprintf(t->person, sizeof t->person, "p%s-%04x", partner, person);
	ev.u.certification = (struct fact_certification){ .person = str_from(t->person),
		.certificate = str_from(codes[code]),
		.state = CERT_EARNED,
		.earned_on = 19000 + (day_no)pick(500),
		.expires_on = 19600 + (day_no)pick(365),
		.ended_on = DAY_NONE };
	return ev;
}

static void apply(struct engine *e, const struct event *ev)
{
	int rc = engine_apply(e, ev, 0);

	assert(rc == 0);
}

static void settle(struct engine *e)
{
	const struct partner_change *c;
	size_t n;
	int rc = engine_settle(e, &c, &n);

	assert(rc == 0);
}

static void fill(struct engine *e, const char *partner, const struct size *s)
{
	struct texts t;
	struct event ev;

	for (uint32_t c = 0; c < s->customers; c++)
		for (uint32_t p = 0; p < s->products; p++)
			for (uint32_t m = 0; m < s->months; m++) {
				ev = usage_event(&t, partner, c, p, m);
				apply(e, &ev);
			}
	for (uint32_t i = 0; i < s->people * 3; i++) {
		ev = cert_event(&t, partner, i % s->people, i % 7);
		apply(e, &ev);
	}
	settle(e);
}

/* Facts of other customers and people than there are, and of some that are. */
static void hypothesis(const char *partner, const struct size *s, struct texts *t, struct event *ev)
{
	for (size_t i = 0; i < FACTS; i++)
		ev[i] = i % 2 == 0 ? usage_event(&t[i], partner, pick(s->customers * 2), 0, pick(3))
				   : cert_event(&t[i], partner, pick(s->people * 2), pick(7));
}

static void ask(struct engine *e, const char *partner, const struct event *events)
{
	struct fork_request r = { str_from(partner), events, FACTS, SIZE_MAX, { "", 0 } };
	struct partner_score before, after;
	struct engine *fork;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, SIZE_MAX);
	rc = engine_score(e, r.partner, DAY_NONE, true, &ar, &before);
	assert(rc == 0);
	rc = engine_fork(e, &mem_heap, &r, &fork);
	assert(rc == 0);
	for (size_t i = 0; i < FACTS; i++)
		apply(fork, &events[i]);
	settle(fork);
	rc = engine_score(fork, r.partner, DAY_NONE, true, &ar, &after);
	assert(rc == 0);
	engine_destroy(fork);
	arena_fini(&ar);
}

static bool less(const void *a, const void *b, void *ctx)
{
	(void)ctx;
	return *(const uint64_t *)a < *(const uint64_t *)b;
}

static void measure(struct engine *e, const char *partner, const struct size *s, size_t rounds)
{
	static uint64_t took[ROUNDS_MAX];
	struct event events[FACTS];
	struct texts texts[FACTS];

	for (size_t i = 0; i < rounds; i++) {
		uint64_t t0;

		hypothesis(partner, s, texts, events);
		t0 = now_ns();
		ask(e, partner, events);
		took[i] = now_ns() - t0;
	}
	heap_sort(took, rounds, sizeof *took, less, NULL);
	printf("%-40s %7u facts  p50 %7.2f ms  p99 %7.2f ms\n", s->name,
		s->customers * s->products * s->months + s->people * 3,
		(double)took[rounds / 2] / 1e6, (double)took[rounds * 99 / 100] / 1e6);
}

static struct edition_box *boxes[EDITIONS_MAX];

static struct engine *open_engine(void)
{
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct engine *e = NULL;
	int rc = 0;

	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);
		const struct edition *ed;

		rc = compile_edition(&mem_heap, s->file, s->text, NULL, &boxes[i]);
		assert(rc == 0);
		ed = edition_box_get(boxes[i]);
		rc = i == 0 ? engine_create(&mem_heap, ed, &limits, &e)
			    : engine_add_edition(e, ed, ed->valid_from);
		assert(rc == 0);
	}
	return e;
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 1 ? (size_t)atoi(argv[1]) : 400;
	struct event day = { .kind = FACT_DAY };
	struct engine *e = open_engine();
	char partner[24];

	if (rounds < 1 || rounds > ROUNDS_MAX)
		rounds = 400;
	day.u.day.day = TODAY;
	apply(e, &day);
	for (int i = 0; i < OTHERS; i++) {
		(void)snprintf(partner, sizeof partner, "%07d", 2000000 + i);
		fill(e, partner, &sizes[0]);
	}
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		(void)snprintf(partner, sizeof partner, "%07zu", 1000000 + i);
		fill(e, partner, &sizes[i]);
		measure(e, partner, &sizes[i], sizes[i].customers > 500 ? rounds / 8 + 1 : rounds);
	}
	engine_destroy(e);
	for (size_t i = 0; i < shipped_count(); i++)
		edition_box_destroy(boxes[i]);
	return 0;
}
