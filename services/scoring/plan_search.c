#include "services/scoring/plan_search.h"

#include <math.h>
#include <string.h>

/* Totals are compared in floating point where they are clearly apart, and exactly otherwise. */
#define CLEARLY 1e-6

struct search {
	const struct search_problem *p;
	struct search_result *ret;
	size_t wanted;
	uint64_t left;
	bool falls; /* some metric does */
	uint32_t count[PLAN_MOVES_MAX];
};

static size_t entry(
	const struct search_problem *p, const struct search_metric *m, const uint32_t *count)
{
	size_t at = 0, stride = 1;

	for (size_t i = 0; i < m->n_moves; i++) {
		at += count[m->moves[i]] * stride;
		stride *= p->most[m->moves[i]] + 1;
	}
	return at * p->n_days;
}

static bool total_reaches(
	const struct search_problem *p, size_t goal, size_t day, const size_t *entries)
{
	double need = ratio_to_double(p->goals[goal].at_least), about = 0;
	struct ratio sum = RATIO_ZERO;

	for (size_t i = 0; i < p->n_metrics; i++)
		if (p->metrics[i].goal == goal)
			about += p->metrics[i].about[entries[i] + day];
	if (fabs(about - need) > CLEARLY)
		return about > need;
	for (size_t i = 0; i < p->n_metrics; i++)
		if (p->metrics[i].goal == goal)
			sum = ratio_add(sum, p->metrics[i].points[entries[i] + day]);
	return ratio_cmp(sum, p->goals[goal].at_least) >= 0;
}

static bool is_above(const struct search_metric *m, const struct search_goal *g, size_t at)
{
	double apart = m->about[at] - ratio_to_double(g->above);
	int c;

	if (fabs(apart) > CLEARLY)
		return apart > 0;
	c = ratio_cmp(m->points[at], g->above);
	return c > 0 || (c == 0 && g->or_equal);
}

/* The goals that are not reached on some day, a bit each. */
static uint64_t missed(const struct search_problem *p, const uint32_t *count)
{
	size_t entries[PLAN_METRICS_MAX];
	uint64_t goals = 0;

	for (size_t i = 0; i < p->n_metrics; i++) {
		const struct search_metric *m = &p->metrics[i];

		entries[i] = entry(p, m, count);
		for (size_t d = 0; d < p->n_days; d++)
			if (!is_above(m, &p->goals[m->goal], entries[i] + d))
				goals |= 1ULL << m->goal;
	}
	for (size_t g = 0; g < p->n_goals; g++)
		for (size_t d = 0; d < p->n_days && (goals >> g & 1) == 0; d++)
			if (!total_reaches(p, g, d, entries))
				goals |= 1ULL << g;
	return goals;
}

bool search_reaches(const struct search_problem *p, const uint32_t *count)
{
	return missed(p, count) == 0;
}

/* ---- what is found --------------------------------------------------------------------------------------------- */

static uint32_t mix_of(const struct search_problem *p, const uint32_t *count)
{
	uint32_t mix = 0;

	for (size_t i = 0; i < p->n_moves; i++)
		mix |= (count[i] > 0 ? 1U : 0U) << i;
	return mix;
}

static uint32_t sum_of(const struct search_problem *p, const uint32_t *count)
{
	uint32_t n = 0;

	for (size_t i = 0; i < p->n_moves; i++)
		n += count[i];
	return n;
}

static bool is_better(const struct search *s, int64_t cost, const struct found_plan *than)
{
	if (cost != than->cost)
		return cost < than->cost;
	return sum_of(s->p, s->count) < sum_of(s->p, than->count);
}

/* Without something of it the goals are reached too: then it is no plan of its own. */
static bool is_more_than_needed(struct search *s)
{
	bool more = false;

	for (size_t i = 0; i < s->p->n_moves && !more; i++) {
		if (s->count[i] == 0)
			continue;
		s->count[i]--;
		more = search_reaches(s->p, s->count);
		s->count[i]++;
	}
	return more;
}

static void remove_plan(struct search_result *r, size_t at)
{
	r->n--;
	memmove(&r->plans[at], &r->plans[at + 1], (r->n - at) * sizeof *r->plans);
}

static void keep(struct search *s, int64_t cost)
{
	struct search_result *r = s->ret;
	uint32_t mix = mix_of(s->p, s->count);
	size_t at = 0;

	if (is_more_than_needed(s))
		return;
	for (size_t i = 0; i < r->n; i++)
		if (mix_of(s->p, r->plans[i].count) == mix) {
			if (!is_better(s, cost, &r->plans[i]))
				return;
			remove_plan(r, i);
			break;
		}
	while (at < r->n && !is_better(s, cost, &r->plans[at]))
		at++;
	if (at == s->wanted)
		return;
	if (r->n == s->wanted)
		r->n--;
	memmove(&r->plans[at + 1], &r->plans[at], (r->n - at) * sizeof *r->plans);
	memcpy(r->plans[at].count, s->count, sizeof s->count);
	r->plans[at].cost = cost;
	r->n++;
}

/* ---- branches ---------------------------------------------------------------------------------------------------- */

/* Whether the goals could be reached if all moves from `move` on were made as often as can be. */
static bool is_within_reach(const struct search *s, size_t move)
{
	uint32_t count[PLAN_MOVES_MAX];

	if (s->falls)
		return true;
	memcpy(count, s->count, sizeof count);
	for (size_t i = move; i < s->p->n_moves; i++)
		count[i] = s->p->most[i];
	return search_reaches(s->p, count);
}

/* Equal costs are looked at too: they may have fewer moves. */
static bool is_too_dear(const struct search *s, int64_t cost)
{
	return s->ret->n == s->wanted && cost > s->ret->plans[s->wanted - 1].cost;
}

static void branch(struct search *s, size_t move, int64_t cost)
{
	if (s->left == 0 || is_too_dear(s, cost)) {
		s->ret->cut |= s->left == 0;
		return;
	}
	s->left--;
	if (!is_within_reach(s, move))
		return;
	if (search_reaches(s->p, s->count)) { /* the rest at zero */
		keep(s, cost);
		if (!s->falls)
			return;
	}
	if (move == s->p->n_moves)
		return;
	for (uint32_t n = 0; n <= s->p->most[move]; n++) {
		s->count[move] = n;
		branch(s, move + 1, cost + (int64_t)n * s->p->cost[move]);
	}
	s->count[move] = 0;
}

uint64_t search_beyond(const struct search_problem *p)
{
	uint32_t all[PLAN_MOVES_MAX] = { 0 };

	for (size_t i = 0; i < p->n_moves; i++)
		all[i] = p->most[i];
	return missed(p, all);
}

void search_plans(
	const struct search_problem *p, size_t most, uint64_t limit, struct search_result *ret)
{
	struct search s = { .p = p, .ret = ret, .wanted = most, .left = limit };

	memset(ret, 0, sizeof *ret);
	for (size_t i = 0; i < p->n_metrics; i++)
		s.falls |= p->metrics[i].falls;
	branch(&s, 0, 0);
	if (ret->n == 0 && !ret->cut)
		ret->beyond = search_beyond(p);
}
