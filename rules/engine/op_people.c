/* People by steps of certificates, and people who hold certificates. State: how many people of the partner satisfy each
 * predicate, kept in the counts by people.c. */
#include "rules/engine/explain.h"

/* Steps are gates in order: a step earns only while every step before it has the people it asks for. */
static struct ratio people_points(const struct op *op, const struct standing_view *v)
{
	struct ratio sum = RATIO_ZERO;

	for (size_t i = 0; i < op->rule->u.people.n_steps; i++) {
		const struct people_step *s = &op->rule->u.people.steps[i];
		uint32_t n = v->counts[op->preds[i]];

		sum = ratio_add(sum, points_capped(s->points_each, n, s->points_max));
		if (n < s->min_people)
			break;
	}
	return ratio_min(sum, ratio_int(op->maximum));
}

static enum met hold_met(const struct op *op, const struct standing_view *v)
{
	return v->counts[op->preds[0]] >= op->rule->u.hold.at_least ? MET : MET_NOT;
}

const struct op_kind op_people = { NULL, NULL, NULL, NULL, people_points, NULL, people_explain };
const struct op_kind op_hold = { NULL, NULL, NULL, NULL, NULL, hold_met, hold_explain };
