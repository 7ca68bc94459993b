/* Net customer adds and net deployments: units that pass a test now, less those that passed it before.
 *
 * State: how many pass now and then; for other ways of counting, `now` is the count and `base` stays 0. A cell that
 * moves matters only when its unit begins or ceases to pass, and a customer that passes by another product stays. */
#include "rules/engine/explain.h"
#include "rules/engine/units.h"

struct passed {
	bool now, then;
};

static const struct units_rule *rule_of(const struct op_ctx *x)
{
	return &x->op->rule->u.units;
}

static month_no base_month(const struct op_ctx *x)
{
	return x->reference - (month_no)rule_of(x)->compare_months;
}

/* An association of the months since `then` found the unit passing already: nothing was deployed by the partner. */
static bool passed_already(const struct op_ctx *x, uint32_t who, uint32_t sub)
{
	const struct units_rule *u = rule_of(x);
	const struct selection *s = &x->edition->selections[u->test.selection];
	struct workload w = unit_workload(x, u->test.selection, u->by_product ? sub : 0);
	month_no began =
		association_began(x->e, x->partner, s->associations, who, &w, x->reference);

	return began != MONTH_NONE && month_in(began, x->reference, u->compare_months) &&
	       unit_passes(
		       x, &u->test, ROLE_MAIN, u->by_product, who, sub, began, u->test.from_micro);
}

/* A unit in the counts: what it adds to the state. */
static struct op_state worth(const struct units_rule *u, struct passed p)
{
	switch (u->count) {
	case UNITS_NET:
		return (struct op_state){ p.now, p.then };
	case UNITS_NEW:
		return (struct op_state){ p.now && !p.then, 0 };
	case UNITS_BOTH:
		return (struct op_state){ p.now && p.then, 0 };
	case UNITS_NOW:
		break;
	}
	return (struct op_state){ p.now, 0 };
}

/* Which of the two times a cell of that month plays a part in. The other one stands still, so it is not looked at, except
 * where a unit counts by both. */
static struct passed times_of(const struct op_ctx *x, month_no month)
{
	const struct units_rule *u = rule_of(x);
	uint32_t reach = unit_reach(&u->test);
	struct passed at = { month_in(month, x->reference, reach),
		u->compare_months > 0 && month_in(month, base_month(x), reach) };

	if (u->not_already)
		at.now = month_in(month, x->reference, u->compare_months + reach);
	if (u->count == UNITS_NEW || u->count == UNITS_BOTH)
		at.now = at.then = at.now || at.then;
	return at;
}

static struct passed whole_unit(
	const struct op_ctx *x, uint32_t who, uint32_t sub, struct passed at)
{
	const struct units_rule *u = rule_of(x);
	struct passed p = { at.now && unit_passes(x, &u->test, ROLE_MAIN, u->by_product, who, sub,
					      x->reference, u->test.from_micro),
		at.then && u->compare_months > 0 &&
			unit_passes(x, &u->test, ROLE_MAIN, u->by_product, who, sub, base_month(x),
				u->base_from_micro) };

	if (p.now && u->not_already && passed_already(x, who, sub))
		p.now = false;
	return p;
}

/* The product, or the total, that a cell belongs to, alone. */
static struct passed piece(const struct op_ctx *x, uint32_t who, uint32_t sub, struct passed at)
{
	const struct units_rule *u = rule_of(x);

	return (struct passed){ at.now && unit_product_passes(x, &u->test, ROLE_MAIN, who, sub,
						  x->reference, u->test.from_micro),
		at.then && u->compare_months > 0 &&
			unit_product_passes(x, &u->test, ROLE_MAIN, who, sub, base_month(x),
				u->base_from_micro) };
}

/* Whether another product of the customer passes. */
static struct passed others(const struct op_ctx *x, uint32_t who, uint32_t sub, uint32_t end)
{
	const struct units_rule *u = rule_of(x);

	if (u->by_product || !u->test.each_product)
		return (struct passed){ false, false };
	return (struct passed){ unit_any_product(x, &u->test, ROLE_MAIN, who, x->reference,
					u->test.from_micro, sub, end),
		u->compare_months > 0 && unit_any_product(x, &u->test, ROLE_MAIN, who,
						 base_month(x), u->base_from_micro, sub, end) };
}

static uint32_t sub_of(const struct op_ctx *x, const struct cell_move *m)
{
	return m->role == ROLE_MAIN ? m->sub : unit_main_sub(x, (enum feed_role)m->role, m->sub);
}

/* A test that only the passing of one bound can change. */
static bool is_unmoved(const struct op_ctx *x, const struct cell_move *m)
{
	const struct units_rule *u = rule_of(x);
	const struct unit_test *t = &u->test;
	int128 scale = x->edition->selections[t->selection].scale, from = t->from_micro * scale,
	       base_from = u->base_from_micro * scale;

	if (t->sum || t->share_percent > 0 || t->to_micro != UNIT_NO_BOUND || m->role != ROLE_MAIN)
		return false;
	return (m->old >= from) == (m->new >= from) &&
	       (m->old >= base_from) == (m->new >= base_from);
}

static bool units_before(const struct op_ctx *x, const struct cell_move *m, struct op_state *saved)
{
	const struct units_rule *u = rule_of(x);
	uint32_t sub = sub_of(x, m);
	struct passed at = times_of(x, m->month), p;

	if ((!at.now && !at.then) || is_unmoved(x, m) || (m->role != ROLE_MAIN && sub == 0))
		return false;
	p = u->not_already ? whole_unit(x, m->who, sub, at) : piece(x, m->who, sub, at);
	*saved = (struct op_state){ p.now, p.then };
	return true;
}

static bool units_after(const struct op_ctx *x, const struct cell_move *m,
	const struct op_state *saved, struct op_state *s)
{
	const struct units_rule *u = rule_of(x);
	uint32_t sub = sub_of(x, m);
	struct passed old = { saved->now != 0, saved->base != 0 }, rest = { false, false };
	struct passed at = times_of(x, m->month), new;
	struct op_state was, is;

	new = u->not_already ? whole_unit(x, m->who, sub, at) : piece(x, m->who, sub, at);
	if (old.now == new.now && old.then == new.then)
		return false;
	if (!u->not_already)
		rest = others(x, m->who, sub, UINT32_MAX);
	was = worth(u, (struct passed){ old.now || rest.now, old.then || rest.then });
	is = worth(u, (struct passed){ new.now || rest.now, new.then || rest.then });
	s->now += is.now - was.now;
	s->base += is.base - was.base;
	return is.now != was.now || is.base != was.base;
}

/* Of a customer by products the first product that passes speaks for the customer. */
static void units_gather(const struct op_ctx *x, uint32_t who, uint32_t sub, struct op_state *s)
{
	const struct units_rule *u = rule_of(x);
	const struct passed at = { true, true };
	struct passed here = piece(x, who, sub, at), before = others(x, who, sub, sub), whole;
	struct op_state is;

	if ((!here.now || before.now) && (!here.then || before.then))
		return;
	whole = whole_unit(x, who, sub, at);
	is = worth(u, whole);
	if (here.now && !before.now)
		s->now += is.now;
	if (here.then && !before.then)
		s->base += is.base;
}

static int128 net_of(const struct standing_view *v, const struct op *op)
{
	const struct op_state s = view_state(v, op);

	return s.now - s.base;
}

static struct ratio units_points(const struct op *op, const struct standing_view *v)
{
	int128 net = net_of(v, op);

	return points_capped(
		op->rule->points_each, net < 0 && !op->pooled ? 0 : net, ratio_int(op->maximum));
}

static enum met units_met(const struct op *op, const struct standing_view *v)
{
	return net_of(v, op) >= (int128)op->rule->u.units.need ? MET : MET_NOT;
}

const struct op_kind op_units = { units_before, units_after, NULL, units_gather, units_points,
	units_met, units_explain };
