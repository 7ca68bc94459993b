/* The keeper of history against a slow twin that remembers every change: random changes over years, with commits, crashes
 * before and after a commit, and questions at any moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "services/history/keeper.h"
#include "tests/io/store_fixture.h"

#define PARTNERS 7
#define AREAS	 3
#define CHANGES	 4000
#define GROUP	 ((size_t)64 << 20)
#define DAYS	 60
#define MONTHS	 5

static const uint64_t seeds[] = { 1, 2, 3, 20231120 };

static struct folder folder;
static uint64_t random_state;

static uint64_t draw_below(uint64_t n)
{
	random_state += 0x9e3779b97f4a7c15ULL;
	return hash_u64(random_state) % n;
}

/* ---- shapes ----------------------------------------------------------------------------------------------- */

static const struct str metric_names[] = { STR_INIT("adds"), STR_INIT("growth"),
	STR_INIT("people") };
static const uint32_t maxima[] = { 30, 40, 30 };
static const char *const areas[AREAS] = { "security", "infrastructure", "kubernetes" };
static const char *const editions[] = { "2023-06", "2023-12" };
static struct area_shape shapes[AREAS * 2];

static void make_shapes(void)
{
	for (size_t i = 0; i < AREAS * 2; i++)
		shapes[i] = (struct area_shape){ .area = str_from(areas[i / 2]),
			.track = i % 2 == 0 ? STR("") : STR("smb"),
			.edition = str_from(editions[i % 2]),
			.n_metrics = i % 2 == 0 ? 2 : 3,
			.metrics = metric_names,
			.maximum = maxima,
			.qualifies_at = 70 };
}

/* ---- the log: every change there was ---------------------------------------------------------------------- */

struct told {
	day_no day;
	uint32_t partner;
	uint64_t event_position;
	size_t n_areas;
	struct area_change areas[AREAS];
	struct ratio points[AREAS][2][3];
	struct cause causes[CAUSES_MAX];
	size_t n_causes;
	uint32_t cause_count;
};
static struct told told[CHANGES];
static struct area_change state[PARTNERS][AREAS]; /* newest: shape, status_after; points below */
static struct ratio points[PARTNERS][AREAS][3];

static struct str partner_id(uint32_t p)
{
	static char ids[PARTNERS][16];

	(void)snprintf(ids[p], sizeof ids[p], "partner-%u", p);
	return str_from(ids[p]);
}

static void make_area(struct told *t, uint32_t area)
{
	struct area_change *now = &state[t->partner][area];
	size_t i = t->n_areas++;
	const struct area_shape *shape = &shapes[area * 2 + (draw_below(8) == 0)];

	for (size_t m = 0; m < shape->n_metrics; m++) {
		t->points[i][0][m] = points[t->partner][area][m];
		t->points[i][1][m] =
			ratio_make((int64_t)draw_below(60), (int64_t)draw_below(3) + 1);
		points[t->partner][area][m] = t->points[i][1][m];
	}
	t->areas[i] = (struct area_change){ .shape = shape,
		.before = t->points[i][0],
		.after = t->points[i][1],
		.status_before = now->status_after,
		.status_after = 1 + (enum area_status)draw_below(AREA_STATUS_END - 1) };
	*now = t->areas[i];
}

static void make_log(void)
{
	day_no day = day_from_civil(2021, 1, 1);
	uint64_t event = 0;

	memset(state, 0, sizeof state);
	for (size_t i = 0; i < PARTNERS * AREAS * 3; i++)
		((struct ratio *)points)[i] = ratio_int(0);
	for (size_t i = 0; i < CHANGES; i++) {
		struct told *t = &told[i];

		day += draw_below(12) == 0 ? (day_no)draw_below(9) : 0;
		memset(t, 0, sizeof *t);
		t->day = day;
		t->partner = (uint32_t)(draw_below(PARTNERS) * draw_below(PARTNERS) / PARTNERS);
		for (uint32_t a = 0; a < AREAS; a++)
			if (draw_below(2) == 0 || (a == AREAS - 1 && t->n_areas == 0))
				make_area(t, a);
		t->n_causes = 1 + draw_below(3);
		t->cause_count = (uint32_t)(t->n_causes + draw_below(5));
		for (size_t c = 0; c < t->n_causes; c++)
			t->causes[c] = (struct cause){ event + c, STR("e"), STR("/s") };
		event += t->cause_count;
		t->event_position = event;
	}
}

/* ---- the slow twin ---------------------------------------------------------------------------------------- */

static struct ratio sum_of(const struct ratio *p, uint32_t n)
{
	struct ratio sum = ratio_int(0);

	for (uint32_t i = 0; i < n; i++)
		sum = ratio_add(sum, p[i]);
	return sum;
}

/* Which period a day belongs to when `today` is the newest one: base 0, months and days in numbers that grow. */
static int64_t period_of(day_no day, day_no today)
{
	month_no month = month_of_day(day), now = month_of_day(today);

	if (day >= month_first_day(month_of_day(today - DAYS)))
		return 1000000 + day;
	return month >= now - MONTHS ? month : 0;
}

static bool is_better(const struct row_cause *a, const struct row_cause *b)
{
	return a->decided != b->decided ? a->decided : a->position > b->position;
}

static void check_causes(
	const struct row_entry *e, struct row_cause *all, size_t n_all, uint64_t cause_count)
{
	size_t better;

	assert_int_equal(e->cause_count, cause_count);
	assert_int_equal(e->n_causes, n_all < ROW_CAUSES_MAX ? n_all : ROW_CAUSES_MAX);
	for (size_t i = 0; i < e->n_causes; i++) {
		better = 0;
		for (size_t k = 0; k < n_all; k++)
			better += is_better(&all[k], &e->causes[i]);
		assert_true(better < ROW_CAUSES_MAX);
		assert_true(i == 0 || e->causes[i - 1].position < e->causes[i].position);
	}
}

/* What a row says of an area, against all changes of its period. Returns how many there were. */
static uint64_t check_entry(const struct row_entry *e, const struct shapes *sh, uint32_t partner,
	int64_t period, size_t n_told)
{
	static struct row_cause all[CHANGES * 3];
	struct str area = shapes_get(sh, e->after.shape)->area;
	const struct area_change *first = NULL, *last = NULL;
	struct ratio low = ratio_int(0), high = low;
	uint64_t n = 0, cause_count = 0;
	size_t n_all = 0;

	for (size_t i = 0; i < n_told; i++) {
		const struct told *t = &told[i];

		if (t->partner != partner || period_of(t->day, told[n_told - 1].day) != period)
			continue;
		for (size_t a = 0; a < t->n_areas; a++) {
			const struct area_change *c = &t->areas[a];
			struct ratio after = sum_of(c->after, c->shape->n_metrics);
			struct ratio before = sum_of(c->before, c->shape->n_metrics);

			if (!str_eq(c->shape->area, area))
				continue;
			if (first == NULL) {
				first = c;
				low = high = after;
			}
			if (c->status_before != AREA_UNKNOWN) {
				low = ratio_min(low, before);
				high = ratio_cmp(before, high) > 0 ? before : high;
			}
			low = ratio_min(low, after);
			high = ratio_cmp(after, high) > 0 ? after : high;
			last = c;
			n++;
			cause_count += t->cause_count;
			for (size_t k = 0; k < t->n_causes; k++)
				all[n_all++] = (struct row_cause){ t->causes[k].position,
					c->status_before != c->status_after };
		}
	}
	assert_non_null(first);
	assert_int_equal(e->changes, n);
	assert_int_equal(e->before.status, first->status_before);
	assert_int_equal(e->after.status, last->status_after);
	assert_true(str_eq(shapes_get(sh, e->after.shape)->edition, last->shape->edition));
	assert_true(str_eq(shapes_get(sh, e->before.shape)->edition, first->shape->edition));
	for (uint32_t m = 0; m < last->shape->n_metrics; m++)
		assert_true(ratio_eq(e->after.points[m], last->after[m]));
	for (uint32_t m = 0; m < first->shape->n_metrics; m++)
		assert_true(ratio_eq(e->before.points[m], first->before[m]));
	assert_true(ratio_eq(e->low, low));
	assert_true(ratio_eq(e->high, high));
	check_causes(e, all, n_all, cause_count);
	return n;
}

struct checking {
	struct keeper *k;
	uint32_t partner;
	size_t n_told;
	uint64_t seen;
	int64_t last_period;
};

static int check_row(void *ctx, const struct keeper_row *r)
{
	struct checking *c = ctx;
	int64_t period = r->kind == KEPT_BASE	 ? 0
			 : r->kind == KEPT_MONTH ? month_of_day(r->from)
						 : 1000000 + r->from;

	assert_true(period > c->last_period);
	c->last_period = period;
	for (size_t i = 0; i < r->row.n_entries; i++)
		c->seen += check_entry(
			&r->row.entries[i], keeper_shapes(c->k), c->partner, period, c->n_told);
	return 0;
}

static void check_all(struct keeper *k, size_t n_told)
{
	struct arena ar;
	struct err e = { 0 };

	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	for (uint32_t p = 0; n_told > 0 && p < PARTNERS; p++) {
		struct checking c = { k, p, n_told, 0, -1 };
		uint64_t want = 0;

		for (size_t i = 0; i < n_told; i++)
			want += told[i].partner == p ? told[i].n_areas : 0;
		arena_reset(&ar);
		assert_ok(keeper_read(k, partner_id(p), &ar, check_row, &c, &e), &e);
		assert_int_equal(c.seen, want); /* nothing lost, nothing doubled */
	}
	arena_fini(&ar);
}

/* ---- running ---------------------------------------------------------------------------------------------- */

struct bench {
	struct store *store;
	struct keeper *k;
	struct store_group *g;
	bool in_group; /* a commit is prepared, and not made yet */
};

static uint64_t open_all(struct bench *b)
{
	struct store_options so = { .path = folder.path };
	struct keeper_options ko = { .days = DAYS, .months = MONTHS, .rows = 40 };
	uint64_t position = 0;
	struct err e = { 0 };

	assert_ok(store_open(&so, &b->store, &e), &e);
	ko.store = b->store;
	assert_ok(keeper_open(&ko, &b->k, &position, &e), &e);
	assert_int_equal(store_group_create(&mem_heap, GROUP, &b->g), 0);
	b->in_group = false;
	return position;
}

static void close_all(struct bench *b)
{
	keeper_close(b->k);
	store_group_destroy(b->g);
	store_close(b->store);
}

static void commit(struct bench *b)
{
	struct err e = { 0 };
	uint64_t first;

	assert_ok(store_commit(b->store, b->g, &first, &e), &e);
	store_group_reset(b->g);
}

/* One commit after the other is begun, made or lost, as the draw has it. Returns true when the process "died". */
static bool act(struct bench *b, size_t at)
{
	struct err e = { 0 };
	bool any = false;

	if (!b->in_group) {
		if (draw_below(3) == 0 || keeper_wants_flush(b->k))
			assert_ok(keeper_flush(b->k, b->g, &any, &e), &e);
		else if (draw_below(3) == 0)
			assert_ok(keeper_fold(b->k, b->g, &any, &e), &e);
		b->in_group = any;
		return false;
	}
	if (draw_below(20) == 0)
		return true; /* before the commit */
	commit(b);
	if (draw_below(20) == 0)
		return true; /* after it, before it was told */
	if (draw_below(8) == 0)
		check_all(
			b->k, at); /* the store has the rows, and the keeper does not know it yet */
	keeper_durable(b->k);
	b->in_group = false;
	return false;
}

static size_t take_some(struct bench *b, size_t at)
{
	struct score_change changes[20];
	struct score_batch batch = { .changes = changes, .day = told[at].day };
	struct err e = { 0 };
	size_t n = 0;

	while (n < 1 + draw_below(20) && at + n < CHANGES && told[at + n].day == told[at].day) {
		const struct told *t = &told[at + n];

		batch.event_position = t->event_position;
		changes[n++] = (struct score_change){ .partner = partner_id(t->partner),
			.n_areas = t->n_areas,
			.areas = t->areas,
			.n_causes = t->n_causes,
			.causes = t->causes,
			.cause_count = t->cause_count };
	}
	batch.n_changes = n;
	assert_ok(keeper_take(b->k, &batch, at, &e), &e);
	return at + n;
}

static void test_random(void **st)
{
	struct bench b;
	size_t at;

	random_state = *(const uint64_t *)*st;
	make_shapes();
	make_log();
	at = open_all(&b);
	while (at < CHANGES) {
		if (!keeper_is_full(b.k))
			at = take_some(&b, at);
		if (draw_below(60) == 0)
			check_all(b.k, at);
		if (act(&b, at)) {
			close_all(&b);
			at = open_all(&b);
			check_all(b.k, at);
		}
	}
	check_all(b.k, at);
	close_all(&b);
}

/* ---- rules one by one ------------------------------------------------------------------------------------- */

static uint64_t rows_of(struct store *s, const char *table)
{
	struct store_view *v;
	struct span key = { "", 0 }, value;
	uint8_t from[300];
	uint64_t n = 0;

	assert_int_equal(store_view_open(s, &v, NULL), 0);
	while (store_view_from(v, table, key, &key, &value, NULL) == 0) {
		n++;
		memcpy(from, key.p, key.n);
		from[key.n] = 0;
		key = (struct span){ from, key.n + 1 };
	}
	store_view_close(v);
	return n;
}

static void flush_and_fold(struct bench *b)
{
	struct err e = { 0 };
	bool any = true;

	assert_ok(keeper_flush(b->k, b->g, &any, &e), &e);
	for (int i = 0; any; i++) {
		assert_in_range(i, 0, 1000);
		commit(b);
		keeper_durable(b->k);
		assert_ok(keeper_fold(b->k, b->g, &any, &e), &e);
	}
}

static void test_retention_leaves_days_months_and_one_row_a_partner(void **st)
{
	struct bench b;
	uint64_t days, months, was;
	struct keeper_stats stats;

	(void)st;
	random_state = 5;
	make_shapes();
	make_log();
	(void)open_all(&b);
	for (size_t at = 0; at < CHANGES;) {
		at = take_some(&b, at);
		if (keeper_wants_flush(b.k))
			flush_and_fold(&b);
	}
	flush_and_fold(&b);
	keeper_stats_get(b.k, &stats);
	was = rows_of(b.store, "days") + rows_of(b.store, "months") + rows_of(b.store, "base");
	days = (uint64_t)(stats.day - stats.days_from + 1);
	months = MONTHS + 1;
	assert_in_range(days, DAYS, DAYS + 31);
	assert_in_range(rows_of(b.store, "days"), 1, days * PARTNERS);
	assert_in_range(rows_of(b.store, "months"), 1, months * PARTNERS);
	assert_in_range(rows_of(b.store, "base"), 1, PARTNERS);
	check_all(b.k, CHANGES);
	close_all(&b);
	(void)open_all(&b); /* nothing is left to do after a restart */
	flush_and_fold(&b);
	assert_int_equal(
		rows_of(b.store, "days") + rows_of(b.store, "months") + rows_of(b.store, "base"),
		was);
	check_all(b.k, CHANGES);
	close_all(&b);
}

static void test_what_the_score_log_dropped_is_told(void **st)
{
	struct bench b;
	struct keeper_stats stats;
	size_t at;

	(void)st;
	random_state = 6;
	make_shapes();
	make_log();
	(void)open_all(&b);
	at = take_some(&b, 0);
	keeper_stats_get(b.k, &stats);
	assert_int_equal(stats.missed, 0);
	assert_int_equal(stats.whole_from, DAY_NONE);
	keeper_pass_over(b.k, 3000);
	(void)take_some(&b, 3000);
	flush_and_fold(&b);
	close_all(&b);
	assert_true(open_all(&b) > 3000);
	keeper_stats_get(b.k, &stats);
	assert_int_equal(stats.missed, 3000 - at);
	assert_int_equal(stats.whole_from, told[3000].day);
	close_all(&b);
}

static void test_a_damaged_row_is_refused(void **st)
{
	struct arena ar;
	struct shapes *sh;
	struct row row, back;
	struct buf bytes;
	uint32_t numbers[AREAS];
	struct score_change c;

	(void)st;
	random_state = 7;
	make_shapes();
	make_log();
	arena_init(&ar, &mem_heap, (size_t)16 << 20);
	buf_init(&bytes, &mem_heap, 65536);
	assert_int_equal(shapes_create(&mem_heap, &sh), 0);
	for (size_t i = 0; i < told[0].n_areas; i++)
		assert_int_equal(shapes_add(sh, told[0].areas[i].shape, &numbers[i]), 0);
	c = (struct score_change){ .partner = partner_id(0),
		.n_areas = told[0].n_areas,
		.areas = told[0].areas,
		.n_causes = told[0].n_causes,
		.causes = told[0].causes,
		.cause_count = told[0].cause_count };
	assert_int_equal(row_of_change(sh, &c, numbers, 1, &ar, &row), 0);
	assert_int_equal(row_write(sh, &row, &bytes), 0);
	assert_int_equal(row_read(sh, buf_span(&bytes), &ar, &back), 0);
	for (size_t n = 0; n < bytes.n; n++) {
		assert_int_equal(
			row_read(sh, (struct span){ bytes.p, n }, &ar, &back), ERR_CORRUPT);
		bytes.p[n] ^= 0x40;
		assert_int_equal(row_read(sh, buf_span(&bytes), &ar, &back), ERR_CORRUPT);
		bytes.p[n] ^= 0x40;
	}
	shapes_destroy(sh);
	buf_fini(&bytes);
	arena_fini(&ar);
}

static int make_folder(void **st)
{
	(void)st;
	folder_make(&folder);
	return 0;
}

static int remove_folder(void **st)
{
	(void)st;
	folder_remove(&folder);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(seeds) + 3];
	static char names[ARRAY_LEN(seeds)][64];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
		(void)snprintf(names[i], sizeof names[i], "as the slow twin says, seed %llu",
			(unsigned long long)seeds[i]);
		tests[n++] = (struct CMUnitTest){ .name = names[i],
			.test_func = test_random,
			.setup_func = make_folder,
			.teardown_func = remove_folder,
			.initial_state = (void *)(uintptr_t)&seeds[i] };
	}
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	tests[n++] = (struct CMUnitTest)IN_FOLDER(
		test_retention_leaves_days_months_and_one_row_a_partner);
	tests[n++] = (struct CMUnitTest)IN_FOLDER(test_what_the_score_log_dropped_is_told);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_a_damaged_row_is_refused);
	return _cmocka_run_group_tests("keeper", tests, n, NULL, NULL);
}
