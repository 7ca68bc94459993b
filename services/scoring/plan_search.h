/* The cheapest ways to add up to a goal: how often to make each of some moves, so that every goal is reached. Pure.
 *
 * What a metric gives for each combination of the moves that bear upon it stands in a table; so a total is a sum of
 * entries, and nothing has to be scored while combinations are compared. The search is a branch and bound: a branch is
 * left when it costs as much as what is found already, or when all that remains could not reach the goals. Found are the
 * cheapest combination, and of other mixes (which moves occur at all) the cheapest each. */
#ifndef SCORING_PLAN_SEARCH_H
#define SCORING_PLAN_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/mem.h"
#include "common/base/ratio.h"

#define PLAN_MOVES_MAX	 24
#define PLAN_METRICS_MAX 64
#define PLAN_DAYS_MAX	 6
#define PLAN_FOUND_MAX	 16
#define PLAN_TABLE_MAX	 ((size_t)1 << 14) /* entries of one metric, days included */

/* What a metric gives. Entry of the counts c of its moves, on day d:
 * points[(c[move 0] + c[move 1] * (most[move 0] + 1) + ...) * n_days + d]. */
struct search_metric {
	size_t goal;
	size_t n_moves;
	uint8_t moves[PLAN_MOVES_MAX]; /* that bear upon it */
	const struct ratio *points;
	const double *about; /* the same, for comparisons that are clear */
	bool falls; /* a move more may give less: then nothing is concluded from what all moves would give */
};

struct search_goal {
	struct ratio at_least; /* the total */
	struct ratio above;    /* each metric must be above it ... */
	bool or_equal;	       /* ... or equal to it */
};

struct search_problem {
	size_t n_moves, n_metrics, n_goals, n_days;
	int64_t cost[PLAN_MOVES_MAX]; /* of one; 0.. */
	uint32_t most[PLAN_MOVES_MAX];
	struct search_metric metrics[PLAN_METRICS_MAX];
	struct search_goal goals[PLAN_METRICS_MAX];
};

struct found_plan {
	uint32_t count[PLAN_MOVES_MAX];
	int64_t cost;
};

struct search_result {
	size_t n; /* cheapest first; of one cost, fewer moves first */
	struct found_plan plans[PLAN_FOUND_MAX];
	bool cut; /* the search was ended by its limit: there may be cheaper ones */
	/* Nothing is found and it was not cut: goals that all moves together do not reach, a bit each. */
	uint64_t beyond;
};

/* Whether the goals are reached with these counts, on every day. */
bool search_reaches(const struct search_problem *p, const uint32_t *count);

/* The goals, a bit each, that are not reached when every move is made as often as can be. */
uint64_t search_beyond(const struct search_problem *p);

/* most   how many plans are wanted, 1..PLAN_FOUND_MAX
 * limit  combinations looked at, at most.
 * Cost: at worst `limit` times the number of metrics. */
void search_plans(
	const struct search_problem *p, size_t most, uint64_t limit, struct search_result *ret);

#endif
