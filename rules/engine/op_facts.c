/* Conditions on other facts and on other conditions: attestations, designations held, so many of several. */
#include "rules/engine/explain.h"

/* State: how many attestations hold on the day, see derive_attested(). */
static enum met attested_met(const struct op *op, const struct standing_view *v)
{
	return view_state(v, op).now >= (int128)op->rule->u.attested.at_least ? MET : MET_NOT;
}

const struct op_kind op_attested = { NULL, NULL, NULL, NULL, NULL, attested_met, attested_explain };

bool status_is_held(enum area_status s)
{
	return s == AREA_QUALIFIED || s == AREA_ENROLLED || s == AREA_RENEWAL_DUE;
}

static enum met held_met(const struct op *op, const struct standing_view *v)
{
	const struct metric_rule *r = op->rule;
	size_t n = 0;

	for (size_t i = 0; i < r->u.held.n; i++)
		n += status_is_held((enum area_status)v->status[r->u.held.areas[i]]);
	return n >= r->u.held.need ? MET : MET_NOT;
}

const struct op_kind op_held = { NULL, NULL, NULL, NULL, NULL, held_met, held_explain };

static enum met of_met(const struct op *op, const struct standing_view *v)
{
	size_t met = 0, open = 0;

	for (size_t i = 0; i < op->n_children; i++) {
		enum met m = judge_condition(v, op->children[i]);

		met += m == MET;
		open += m == MET_UNKNOWN;
	}
	if (met >= op->rule->u.of.need)
		return MET;
	return met + open >= op->rule->u.of.need ? MET_UNKNOWN : MET_NOT;
}

const struct op_kind op_of = { NULL, NULL, NULL, NULL, NULL, of_met, of_explain };

static enum met unknown_met(const struct op *op, const struct standing_view *v)
{
	(void)op;
	(void)v;
	return MET_UNKNOWN;
}

const struct op_kind op_unknown = { NULL, NULL, NULL, NULL, NULL, unknown_met, unknown_explain };
