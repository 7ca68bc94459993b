/* Plans as they are told: steps out of moves, cheapest plan first. Pure. */
#ifndef SCORING_PLAN_STEPS_H
#define SCORING_PLAN_STEPS_H

#include "services/scoring/plan_check.h"

struct plan_told {
	int64_t cost;
	size_t n_steps;
	const struct wire_plan_step *steps;
	size_t n_units;
	const struct plan_unit *const *units;
	struct partner_score after, at_end;
};

struct plan_answers {
	size_t n;
	struct plan_told all[PLAN_FOUND_MAX];
};

/* The units of a plan, in the order of its moves, in copies that outlive the moves. Returns 0 or ERR_NOMEM. */
int plan_units(const struct plan_moves *moves, const struct found_plan *plan, struct arena *ar,
	const struct plan_unit *const **ret, size_t *ret_n);

/* Adds a plan that was checked, unless one like it is there; the dearest goes when there are more than `wanted`.
 * Returns 0 or ERR_NOMEM. */
int plan_answers_add(
	struct plan_answers *x, const struct plan_check *c, uint32_t wanted, struct arena *ar);
/* Fills the plans of a FRAME_PLAN_ANSWER. Returns 0 or ERR_NOMEM. */
int plan_answers_tell(const struct plan_answers *x, const struct wire_freshness *freshness,
	struct str partner, struct arena *ar, struct frame *ret);

#endif
