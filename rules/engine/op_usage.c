/* Conditions on usage: a total or average reached, a share of other usage, customers in segments. */
#include "rules/engine/explain.h"
#include "rules/engine/units.h"

/* ---- reached: state.now is the total over the months, state.base how many customers have some -------------------- */

static uint32_t level_months(const struct op_ctx *x)
{
	return x->op->rule->u.level.months;
}

static bool level_before(const struct op_ctx *x, const struct cell_move *m, struct op_state *saved)
{
	if (!month_in(m->month, x->reference, level_months(x)))
		return false;
	*saved =
		(struct op_state){ unit_sum(x, ROLE_MAIN, m->who, 0, x->reference, level_months(x)),
			0 };
	return true;
}

static bool level_after(const struct op_ctx *x, const struct cell_move *m,
	const struct op_state *saved, struct op_state *s)
{
	int128 new = saved->now + m->new - m->old;

	(void)x;
	s->now += m->new - m->old;
	s->base += (new > 0) - (saved->now > 0);
	return true;
}

static void level_gather(const struct op_ctx *x, uint32_t who, uint32_t sub, struct op_state *s)
{
	int128 sum = unit_sum(x, ROLE_MAIN, who, sub, x->reference, level_months(x));

	s->now += sum;
	s->base += sum > 0;
}

static enum met level_met(const struct op *op, const struct standing_view *v)
{
	const struct metric_rule *r = op->rule;
	const struct op_state s = view_state(v, op);
	int128 need = (int128)r->u.level.at_least_micro *
		      v->book->edition->selections[r->u.level.selection].scale;

	if (v->reference[op->clock] == MONTH_NONE)
		return MET_NOT;
	if (r->u.level.average)
		need *= r->u.level.months;
	return s.now >= need && s.base >= (int128)r->u.level.customers ? MET : MET_NOT;
}

const struct op_kind op_level = { level_before, level_after, NULL, level_gather, NULL, level_met,
	level_explain };

/* ---- share: state.now is the usage, state.base that of which it must be a share ---------------------------------- */

static bool share_before(const struct op_ctx *x, const struct cell_move *m, struct op_state *saved)
{
	*saved = (struct op_state){ 0, 0 };
	return month_in(m->month, x->reference, x->op->rule->u.share.months);
}

static bool share_after(const struct op_ctx *x, const struct cell_move *m,
	const struct op_state *saved, struct op_state *s)
{
	(void)saved;
	if (m->role == ROLE_MAIN)
		s->now += m->new - m->old;
	if (m->role == ROLE_SHARE || x->op->feeds[ROLE_SHARE] == x->op->feeds[ROLE_MAIN])
		s->base += m->new - m->old;
	return true;
}

static void share_gather(const struct op_ctx *x, const struct cell *c, struct op_state *s)
{
	if (!month_in(cell_month(c), x->reference, x->op->rule->u.share.months))
		return;
	if (cell_slot(c) == x->op->feeds[ROLE_MAIN])
		s->now += cell_sum(c);
	if (cell_slot(c) == x->op->feeds[ROLE_SHARE])
		s->base += cell_sum(c);
}

/* sums are in 1 / scale of a unit, and the two may differ in that */
static enum met share_met(const struct op *op, const struct standing_view *v)
{
	const struct metric_rule *r = op->rule;
	const struct op_state s = view_state(v, op);
	const struct selection *all = v->book->edition->selections;
	int128 part = s.now * 100 * all[r->u.share.of_selection].scale;

	if (s.base <= 0)
		return MET_NOT;
	return part >= s.base * r->u.share.percent * all[r->u.share.selection].scale ? MET
										     : MET_NOT;
}

const struct op_kind op_share = { share_before, share_after, share_gather, NULL, NULL, share_met,
	share_explain };

/* ---- segments: of the customers with usage in the last month whose segment is known, state.now are in one of the
 * segments, state.base all ----------------------------------------------------------------------------------------- */

static struct op_state segment_worth(const struct op_ctx *x, uint32_t who)
{
	const struct metric_rule *r = x->op->rule;
	struct str segment = segment_of(x->e, x->partner, who);

	for (size_t i = 0; segment.n > 0 && i < r->u.segment.n; i++)
		if (str_eq_nocase(segment, r->u.segment.segments[i]))
			return (struct op_state){ 1, 1 };
	return (struct op_state){ 0, segment.n > 0 };
}

static bool segment_before(
	const struct op_ctx *x, const struct cell_move *m, struct op_state *saved)
{
	*saved = (struct op_state){ 0, 0 };
	return m->month == x->reference && (m->old > 0) != (m->new > 0);
}

static bool segment_after(const struct op_ctx *x, const struct cell_move *m,
	const struct op_state *saved, struct op_state *s)
{
	struct op_state w = segment_worth(x, m->who);
	int sign = m->new > 0 ? 1 : -1;

	(void)saved;
	s->now += sign * w.now;
	s->base += sign * w.base;
	return w.base != 0;
}

static void segment_gather(const struct op_ctx *x, const struct cell *c, struct op_state *s)
{
	struct op_state w;

	if (cell_month(c) != x->reference || cell_sum(c) <= 0)
		return;
	w = segment_worth(x, cell_who(c));
	s->now += w.now;
	s->base += w.base;
}

static enum met segment_met(const struct op *op, const struct standing_view *v)
{
	const struct op_state s = view_state(v, op);

	return s.base > 0 && s.now * 100 >= s.base * op->rule->u.segment.percent ? MET : MET_NOT;
}

const struct op_kind op_segment = { segment_before, segment_after, segment_gather, NULL, NULL,
	segment_met, segment_explain };
