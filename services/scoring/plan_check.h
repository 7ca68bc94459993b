/* A plan carried out on a fork, and judged on every day on which something of the partner ends by itself. */
#ifndef SCORING_PLAN_CHECK_H
#define SCORING_PLAN_CHECK_H

#include "services/scoring/plan_goal.h"

struct plan_check {
	const struct engine *engine;
	size_t max_facts;
	const struct plan_goals *goals;
	struct str partner;
	size_t n_units;
	const struct plan_unit *const *units;
	struct arena *ar;
	/* Filled: */
	day_no failed; /* the first day on which the goals are not reached; DAY_NONE */
	struct partner_score after,
		at_end; /* on today, and on the last day, as far as it was come to */
};

/* Returns 0, ERR_FULL (more than max_facts), ERR_NOMEM. Cost: a fork, and a settle and score per day. */
int plan_check(struct plan_check *c);

#endif
