/* The search for the cheapest combination: against one that looks at every combination there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/scoring/plan_search.h"

#define ENTRIES 4096

static struct ratio points[PLAN_METRICS_MAX][ENTRIES];
static double about[PLAN_METRICS_MAX][ENTRIES];
static struct search_problem p;
static uint64_t seed;

static uint32_t draw(uint32_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(seed >> 33) % n;
}

static size_t entries_of(const struct search_metric *m)
{
	size_t n = 1;

	for (size_t i = 0; i < m->n_moves; i++)
		n *= p.most[m->moves[i]] + 1;
	return n;
}

/* Points that rise with each move, behind a gate now and then; or anything, when they may fall. */
static void draw_points(size_t metric, bool falls)
{
	struct search_metric *m = &p.metrics[metric];
	uint32_t each[PLAN_MOVES_MAX], gate = draw(3), den = 1 + draw(6);

	for (size_t i = 0; i < m->n_moves; i++)
		each[i] = draw(20);
	for (size_t e = 0; e < entries_of(m); e++)
		for (size_t d = 0; d < p.n_days; d++) {
			size_t left = e, at = e * p.n_days + d;
			uint32_t sum = draw(2) == 0 && falls ? draw(30) : 3 * (uint32_t)(1 - d);

			for (size_t i = 0; i < m->n_moves; i++) {
				uint32_t n = (uint32_t)(left % (p.most[m->moves[i]] + 1));

				left /= p.most[m->moves[i]] + 1;
				if (i == 0 && n < gate && n < p.most[m->moves[0]]) {
					sum = 0;
					break;
				}
				sum += n * each[i];
			}
			points[metric][at] = ratio_min(ratio_make(sum, den), ratio_int(40));
			about[metric][at] = ratio_to_double(points[metric][at]);
		}
	m->points = points[metric];
	m->about = about[metric];
	m->falls = falls;
}

static void draw_problem(void)
{
	memset(&p, 0, sizeof p);
	p.n_moves = 2 + draw(4);
	p.n_metrics = 1 + draw(5);
	p.n_goals = 1 + draw(2);
	p.n_days = 1 + draw(2);
	for (size_t i = 0; i < p.n_moves; i++) {
		p.cost[i] = draw(12);
		p.most[i] = 1 + draw(4);
	}
	for (size_t g = 0; g < p.n_goals; g++)
		p.goals[g] = (struct search_goal){ ratio_int(draw(70)), RATIO_ZERO, draw(4) == 0 };
	for (size_t i = 0; i < p.n_metrics; i++) {
		struct search_metric *m = &p.metrics[i];

		m->goal = i < p.n_goals ? i : draw((uint32_t)p.n_goals);
		for (size_t k = 0; k < p.n_moves && m->n_moves < 4; k++)
			if (draw(2) == 0)
				m->moves[m->n_moves++] = (uint8_t)k;
	}
	if (p.n_metrics < p.n_goals)
		p.n_goals = p.n_metrics;
	for (size_t i = 0; i < p.n_metrics; i++) {
		p.metrics[i].goal %= p.n_goals;
		draw_points(i, draw(6) == 0);
	}
}

/* Written apart from the search: exact, from the first combination to the last. */
static bool reaches(const uint32_t *count)
{
	for (size_t d = 0; d < p.n_days; d++)
		for (size_t g = 0; g < p.n_goals; g++) {
			struct ratio sum = RATIO_ZERO;

			for (size_t i = 0; i < p.n_metrics; i++) {
				const struct search_metric *m = &p.metrics[i];
				size_t e = 0;
				int c;

				if (m->goal != g)
					continue;
				for (size_t k = m->n_moves; k-- > 0;)
					e = e * (p.most[m->moves[k]] + 1) + count[m->moves[k]];
				sum = ratio_add(sum, m->points[e * p.n_days + d]);
				c = ratio_cmp(m->points[e * p.n_days + d], p.goals[g].above);
				if (c < 0 || (c == 0 && !p.goals[g].or_equal))
					return false;
			}
			if (ratio_cmp(sum, p.goals[g].at_least) < 0)
				return false;
		}
	return true;
}

static int64_t cheapest(void)
{
	uint32_t count[PLAN_MOVES_MAX] = { 0 };
	int64_t best = -1;

	for (;;) {
		int64_t cost = 0;
		size_t i = 0;

		for (size_t k = 0; k < p.n_moves; k++)
			cost += p.cost[k] * count[k];
		if ((best < 0 || cost < best) && reaches(count))
			best = cost;
		while (i < p.n_moves && count[i] == p.most[i])
			count[i++] = 0;
		if (i == p.n_moves)
			return best;
		count[i]++;
	}
}

static void check(uint64_t of)
{
	struct search_result one, many;
	int64_t best;

	seed = of;
	draw_problem();
	best = cheapest();
	search_plans(&p, 1, UINT64_MAX, &one);
	search_plans(&p, 6, UINT64_MAX, &many);
	if ((best < 0) != (one.n == 0) || (best >= 0 && one.plans[0].cost != best) ||
		(best >= 0 && (many.n == 0 || many.plans[0].cost != best)))
		fail_msg("seed %llu: %lld is the least, %lld was found", (unsigned long long)of,
			(long long)best, one.n == 0 ? -1LL : (long long)one.plans[0].cost);
	assert_false(one.cut || many.cut);
	for (size_t i = 0; i < many.n; i++) {
		assert_true(reaches(many.plans[i].count));
		assert_true(i == 0 || many.plans[i].cost >= many.plans[i - 1].cost);
	}
}

static void test_nothing_is_cheaper_than_what_is_found(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 3000; i++)
		check(i);
}

/* One metric of two moves: 10 points of the first, 5 of the second, each up to 4 times; 30 are asked. */
static void two_moves(int64_t first, int64_t second)
{
	memset(&p, 0, sizeof p);
	p.n_moves = 2;
	p.n_metrics = p.n_goals = p.n_days = 1;
	p.cost[0] = first;
	p.cost[1] = second;
	p.most[0] = p.most[1] = 4;
	p.goals[0] = (struct search_goal){ ratio_int(30), RATIO_ZERO, false };
	p.metrics[0] = (struct search_metric){ .n_moves = 2, .moves = { 0, 1 } };
	for (size_t e = 0; e < 25; e++) {
		points[0][e] = ratio_int((int64_t)(10 * (e % 5) + 5 * (e / 5)));
		about[0][e] = ratio_to_double(points[0][e]);
	}
	p.metrics[0].points = points[0];
	p.metrics[0].about = about[0];
}

static void test_other_mixes_come_behind_the_cheapest(void **state)
{
	struct search_result r;

	(void)state;
	two_moves(10, 4);
	search_plans(&p, 4, UINT64_MAX, &r);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.plans[0].cost, 26); /* one of the first, four of the second */
	assert_int_equal(r.plans[0].count[0], 1);
	assert_int_equal(r.plans[1].cost, 30); /* three of the first alone */
	assert_int_equal(r.plans[1].count[1], 0);
}

static void test_a_search_that_is_cut_says_so(void **state)
{
	struct search_result r;

	(void)state;
	two_moves(10, 4);
	search_plans(&p, 1, 3, &r);
	assert_true(r.cut);
	assert_int_equal(r.beyond, 0);
}

static void test_goals_out_of_reach_are_named(void **state)
{
	struct search_result r;

	(void)state;
	two_moves(10, 4);
	p.goals[0].at_least = ratio_int(61);
	search_plans(&p, 1, UINT64_MAX, &r);
	assert_int_equal(r.n, 0);
	assert_int_equal(r.beyond, 1);
	assert_false(r.cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_cheaper_than_what_is_found),
		cmocka_unit_test(test_other_mixes_come_behind_the_cheapest),
		cmocka_unit_test(test_a_search_that_is_cut_says_so),
		cmocka_unit_test(test_goals_out_of_reach_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
