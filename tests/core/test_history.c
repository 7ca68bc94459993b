/* The histories that property tests feed: they hold valid events, meet what the programme asks often enough to say
 * something, and the oracle's word on them does not depend on the order of arrival. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/oracle/oracle.h"
#include "tests/support/history.h"

#define SEEDS 12

static void test_events_are_valid(void **state)
{
	(void)state;
	for (size_t s = 0; s < history_shape_count; s++)
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			struct refusal_detail detail;
			struct history h;

			assert_int_equal(history_make(&h, &history_shapes[s], seed), 0);
			for (size_t i = 0; i < h.n; i++)
				if (event_validate(&h.events[i], &detail) != REFUSED_NOT)
					fail_msg("%s: event %zu: %s", history_shapes[s].name, i,
						detail.text);
			history_fini(&h);
		}
}

/* ---- what they come to ------------------------------------------------------------------------------------------ */

struct tally {
	unsigned points[ORACLE_AREAS_MAX][ORACLE_METRICS_MAX]; /* above zero */
	unsigned met[ORACLE_AREAS_MAX][ORACLE_METRICS_MAX][ORACLE_NOT_ASKED + 1];
	unsigned tracks[ORACLE_AREAS_MAX][ORACLE_TRACKS_MAX];
	unsigned statuses[ORACLE_AREAS_MAX][AREA_STATUS_END];
	unsigned qualifies[ORACLE_AREAS_MAX];
	struct oracle_score last; /* for the names */
};

static void count_area(struct tally *t, size_t i, const struct oracle_area *a)
{
	t->statuses[i][a->status]++;
	t->qualifies[i] += a->qualifies;
	for (size_t k = 0; k < a->n_tracks; k++)
		t->tracks[i][k] += a->track == a->tracks[k].id;
	for (size_t m = 0; m < a->n_metrics; m++) {
		t->points[i][m] += !ratio_is_zero(a->points[m]);
		t->met[i][m][a->met[m]]++;
	}
}

static struct tally *tally_of(enum oracle_edition e)
{
	struct tally *t = calloc(1, sizeof *t);

	assert_non_null(t);
	for (size_t s = 0; s < history_shape_count; s++)
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			struct oracle *o = oracle_create(e);
			struct history h;

			assert_int_equal(history_make(&h, &history_shapes[s], seed), 0);
			for (size_t i = 0; i < h.n; i++)
				oracle_add(o, &h.events[i]);
			for (size_t p = 0; p < oracle_partner_count(o); p++) {
				assert_true(
					oracle_score(o, oracle_partner(o, p), DAY_NONE, &t->last));
				for (size_t a = 0; a < t->last.n_areas; a++)
					count_area(t, a, &t->last.areas[a]);
			}
			oracle_destroy(o);
			history_fini(&h);
		}
	return t;
}

static void check_solution_area(const struct tally *t, size_t i)
{
	const struct oracle_area *a = &t->last.areas[i];

	for (size_t m = 0; m < a->n_metrics; m++)
		if (t->points[i][m] < 3)
			fail_msg("%s %s earned points %u times", a->id, a->metrics[m],
				t->points[i][m]);
	for (size_t k = 0; k < a->n_tracks; k++)
		if (t->tracks[i][k] < 3)
			fail_msg("%s: track \"%s\" counted %u times", a->id, a->tracks[k].id,
				t->tracks[i][k]);
	for (int s = AREA_IN_PROGRESS; s < AREA_STATUS_END; s++)
		if (t->statuses[i][s] < 1)
			fail_msg("%s was never %s", a->id, area_status_name((enum area_status)s));
}

static void check_specialization(const struct tally *t, size_t i)
{
	const struct oracle_area *a = &t->last.areas[i];

	for (size_t m = 0; m < a->n_metrics; m++)
		if (t->met[i][m][ORACLE_MET] < 1 || t->met[i][m][ORACLE_NOT_MET] < 1)
			fail_msg("%s %s was met %u times and not met %u times", a->id,
				a->metrics[m], t->met[i][m][ORACLE_MET],
				t->met[i][m][ORACLE_NOT_MET]);
}

/* Guards the guard: histories that never came to anything would agree on nothing. */
static void test_histories_come_to_everything_the_programme_knows(void **state)
{
	enum oracle_edition e = *(const enum oracle_edition *)*state;
	struct tally *t = tally_of(e);

	for (size_t i = 0; i < t->last.n_areas; i++)
		if (i < 6)
			check_solution_area(t, i);
		else if (e != ORACLE_2026)
			check_specialization(t, i);
	free(t);
}

/* ---- order ------------------------------------------------------------------------------------------------------ */

static bool is_same(const struct oracle_area *a, const struct oracle_area *b)
{
	bool same = a->track == b->track && ratio_eq(a->total, b->total) &&
		    a->status == b->status && a->qualifies == b->qualifies;

	for (size_t m = 0; m < a->n_metrics; m++)
		same = same && ratio_eq(a->points[m], b->points[m]) && a->met[m] == b->met[m];
	return same;
}

static void compare(
	const struct oracle *a, const struct oracle *b, const char *shape, uint64_t seed)
{
	struct oracle_score x, y;

	assert_int_equal(oracle_partner_count(a), oracle_partner_count(b));
	for (size_t p = 0; p < oracle_partner_count(a); p++) {
		assert_true(oracle_score(a, oracle_partner(a, p), DAY_NONE, &x));
		assert_true(oracle_score(b, oracle_partner(a, p), DAY_NONE, &y));
		for (size_t i = 0; i < x.n_areas; i++)
			if (!is_same(&x.areas[i], &y.areas[i]))
				fail_msg("%s, seed %llu: %s depends on the order of arrival", shape,
					(unsigned long long)seed, x.areas[i].id);
	}
}

static void test_the_order_of_arrival_does_not_matter(void **state)
{
	enum oracle_edition e = *(const enum oracle_edition *)*state;
	struct rng r = { 1 };

	for (size_t s = 0; s < history_shape_count; s++) {
		struct oracle *ordered = oracle_create(e), *shuffled = oracle_create(e);
		uint64_t seed = rng_next(&r);
		struct history h;
		size_t *order;

		assert_int_equal(history_make(&h, &history_shapes[s], seed), 0);
		order = malloc(h.n * sizeof *order);
		assert_non_null(order);
		for (size_t i = 0; i < h.n; i++)
			order[i] = i;
		history_shuffle(&r, order, h.n);
		for (size_t i = 0; i < h.n; i++) {
			oracle_add(ordered, &h.events[i]);
			oracle_add(shuffled, &h.events[order[i]]);
		}
		compare(ordered, shuffled, history_shapes[s].name, seed);
		oracle_destroy(ordered);
		oracle_destroy(shuffled);
		history_fini(&h);
		free(order);
	}
}

int main(void)
{
	static enum oracle_edition editions[ORACLE_EDITIONS] = { ORACLE_FY23, ORACLE_2023_06,
		ORACLE_2023_12, ORACLE_2026 };
	struct CMUnitTest tests[1 + 2 * ORACLE_EDITIONS];
	size_t n = 0;

	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_events_are_valid);
	for (size_t e = 0; e < ORACLE_EDITIONS; e++) {
		tests[n++] = (struct CMUnitTest)cmocka_unit_test_prestate(
			test_histories_come_to_everything_the_programme_knows, &editions[e]);
		tests[n++] = (struct CMUnitTest)cmocka_unit_test_prestate(
			test_the_order_of_arrival_does_not_matter, &editions[e]);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
