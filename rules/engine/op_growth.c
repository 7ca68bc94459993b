/* Growth of usage over a year before, in per cent or as an amount.
 *
 * State: the sum of the window that ends with R, and of the same window `compare_months` before. Where only some units
 * count, or an association sets another beginning, the sums are those of the units, each taken out and put back when
 * one of its cells moves. */
#include "rules/engine/explain.h"
#include "rules/engine/units.h"

static const struct growth_rule *rule_of(const struct op_ctx *x)
{
	return &x->op->rule->u.growth;
}

/* Every row counts, wherever it comes from: one sum over all. */
static bool is_plain(const struct growth_rule *g)
{
	return !g->filtered && !g->since_association;
}

/* A unit is a product of a customer; otherwise a customer. */
static bool is_fine(const struct growth_rule *g)
{
	return g->since_association || (g->filtered && g->filter_by_product);
}

/* How many months back from the reference month usage plays a part. */
static uint32_t reach_of(const struct growth_rule *g)
{
	uint32_t reach = g->compare_months + g->window_months;

	return g->filtered && unit_reach(&g->filter) > reach ? unit_reach(&g->filter) : reach;
}

/* ---- units ------------------------------------------------------------------------------------------------------ */

static bool is_eligible(const struct op_ctx *x, uint32_t who, uint32_t sub)
{
	const struct growth_rule *g = rule_of(x);
	uint32_t there = 0;

	if (!g->filtered)
		return true;
	if (g->filter_by_product) {
		there = unit_role_sub(x, ROLE_FILTER, sub);
		if (there == 0)
			return false;
	}
	return unit_passes(x, &g->filter, ROLE_FILTER, g->filter_by_product, who, there,
		x->reference, g->filter.from_micro);
}

/* The last month of the window compared with. */
static month_no base_end(const struct op_ctx *x, uint32_t who, uint32_t sub)
{
	const struct growth_rule *g = rule_of(x);
	month_no end = x->reference - (month_no)g->compare_months, began;
	struct workload w;

	if (!g->since_association)
		return end;
	w = unit_workload(x, g->selection, sub);
	began = association_began(x->e, x->partner,
		x->edition->selections[g->selection].associations, who, &w, x->reference);
	return began != MONTH_NONE && began > end && began <= x->reference ? began : end;
}

static struct op_state unit_sums(const struct op_ctx *x, uint32_t who, uint32_t sub)
{
	const struct growth_rule *g = rule_of(x);

	if (!is_eligible(x, who, sub))
		return (struct op_state){ 0, 0 };
	return (struct op_state){ unit_sum(x, ROLE_MAIN, who, sub, x->reference, g->window_months),
		unit_sum(x, ROLE_MAIN, who, sub, base_end(x, who, sub), g->window_months) };
}

/* Adds up all months that a customer's units may look at; the table must not grow while it is walked. */
static void need_months(const struct op_ctx *x)
{
	uint32_t reach = reach_of(rule_of(x));

	for (month_no m = x->reference; month_in(m, x->reference, reach); m--)
		ctx_need(x, m);
}

/* The sums of every unit of a customer: of its listed products, or of those that it has cells of. */
static struct op_state customer_sums(const struct op_ctx *x, uint32_t who)
{
	size_t n = x->edition->selections[rule_of(x)->selection].n_products;
	struct op_state all = { 0, 0 }, s;
	month_no at = x->reference;

	for (uint32_t sub = 1; sub <= n; sub++) {
		s = unit_sums(x, who, sub);
		all.now += s.now;
		all.base += s.base;
	}
	if (n == 0)
		need_months(x);
	for (uint32_t i = 0; n == 0 && i < x->cells->cap; i++) {
		const struct cell *c = &x->cells->slots[i];

		if (c->key == 0 || cell_slot(c) != x->op->feeds[ROLE_MAIN] || cell_who(c) != who)
			continue;
		/* Each cell speaks for its month, so that a product with several is not counted twice. */
		if (!is_eligible(x, who, c->sub))
			continue;
		if (month_in(cell_month(c), at, rule_of(x)->window_months))
			all.now += cell_sum(c);
		if (month_in(cell_month(c), base_end(x, who, c->sub), rule_of(x)->window_months))
			all.base += cell_sum(c);
	}
	return all;
}

/* What the units that a cell belongs to add up to. */
static struct op_state touched_sums(const struct op_ctx *x, const struct cell_move *m)
{
	const struct growth_rule *g = rule_of(x);
	uint32_t sub = m->sub;

	if (!is_fine(g))
		return unit_sums(x, m->who, 0);
	if (m->role == ROLE_MAIN)
		return unit_sums(x, m->who, sub);
	if (!g->filter_by_product)
		return customer_sums(x, m->who);
	if (m->role == ROLE_FILTER_SHARE)
		sub = unit_main_sub(x, ROLE_FILTER_SHARE, sub);
	sub = sub == 0 ? 0 : unit_main_sub(x, ROLE_FILTER, sub);
	return sub == 0 ? (struct op_state){ 0, 0 } : unit_sums(x, m->who, sub);
}

/* ---- following -------------------------------------------------------------------------------------------------- */

static struct op_state plain_move(const struct op_ctx *x, month_no month, int128 delta)
{
	const struct growth_rule *g = rule_of(x);
	month_no then = x->reference - (month_no)g->compare_months;

	return (struct op_state){ month_in(month, x->reference, g->window_months) ? delta : 0,
		month_in(month, then, g->window_months) ? delta : 0 };
}

static bool growth_before(const struct op_ctx *x, const struct cell_move *m, struct op_state *saved)
{
	const struct growth_rule *g = rule_of(x);

	if (is_plain(g)) {
		*saved = plain_move(x, m->month, m->new - m->old);
		return saved->now != 0 || saved->base != 0;
	}
	if (!month_in(m->month, x->reference, reach_of(g)))
		return false;
	*saved = touched_sums(x, m);
	return true;
}

static bool growth_after(const struct op_ctx *x, const struct cell_move *m,
	const struct op_state *saved, struct op_state *s)
{
	struct op_state d = *saved;

	if (!is_plain(rule_of(x))) {
		d = touched_sums(x, m);
		d.now -= saved->now;
		d.base -= saved->base;
	}
	s->now += d.now;
	s->base += d.base;
	return d.now != 0 || d.base != 0;
}

static void growth_gather_cell(const struct op_ctx *x, const struct cell *c, struct op_state *s)
{
	struct op_state d;

	if (!is_plain(rule_of(x)))
		return;
	d = plain_move(x, cell_month(c), cell_sum(c));
	s->now += d.now;
	s->base += d.base;
}

static void growth_gather_unit(
	const struct op_ctx *x, uint32_t who, uint32_t sub, struct op_state *s)
{
	struct op_state d;

	if (is_plain(rule_of(x)))
		return;
	d = unit_sums(x, who, sub);
	s->now += d.now;
	s->base += d.base;
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

/* Amounts in the unit that rules are written in: a weighted selection keeps them finer. */
static uint32_t scale_of(const struct op *op, const struct standing_view *v)
{
	return v->book->edition->selections[op->rule->u.growth.selection].scale;
}

static bool is_enough(const struct op *op, const struct standing_view *v)
{
	const struct growth_rule *g = &op->rule->u.growth;
	const struct op_state s = view_state(v, op);
	uint32_t scale = scale_of(op, v);

	return growth_reaches(s.now, g->minimum_micro, scale) &&
	       growth_reaches(s.base, g->base_minimum_micro, scale);
}

/* (now - base) * 100 / base * each, at most the maximum. A base of nothing has no percentage, so no points. The cap
 * is compared before anything is reduced: above it there is no fraction to make. */
static struct ratio per_cent_points(const struct op *op, const struct op_state *s)
{
	int128 num, den;

	if (s->base <= 0 || (s->now <= s->base && !op->pooled))
		return RATIO_ZERO;
	num = (s->now - s->base) * 100 * op->rule->points_each.num;
	den = s->base * op->rule->points_each.den;
	if (num >= den * (int128)op->maximum)
		return ratio_int(op->maximum);
	return ratio_make(num, den);
}

static struct ratio amount_points(const struct op *op, const struct op_state *s, uint32_t scale)
{
	const struct metric_rule *r = op->rule;
	int128 gain = s->now - s->base, den;

	if (gain <= 0 && !op->pooled)
		return RATIO_ZERO;
	den = (int128)r->u.growth.each_micro * scale * r->points_each.den;
	if (gain * r->points_each.num >= den * (int128)op->maximum)
		return ratio_int(op->maximum);
	return ratio_make(gain * r->points_each.num, den);
}

static struct ratio growth_points(const struct op *op, const struct standing_view *v)
{
	const struct op_state s = view_state(v, op);

	if (!is_enough(op, v))
		return RATIO_ZERO;
	return op->rule->u.growth.each_micro == 0 ? per_cent_points(op, &s)
						  : amount_points(op, &s, scale_of(op, v));
}

static enum met growth_met(const struct op *op, const struct standing_view *v)
{
	const struct growth_rule *g = &op->rule->u.growth;
	const struct op_state s = view_state(v, op);
	int128 gain = s.now - s.base;

	if (!is_enough(op, v))
		return MET_NOT;
	if (g->each_micro != 0)
		return gain >= (int128)g->need_micro * scale_of(op, v) ? MET : MET_NOT;
	return s.base > 0 && gain * 100 * 1000000 >= (int128)g->need_micro * s.base ? MET : MET_NOT;
}

const struct op_kind op_growth = { growth_before, growth_after, growth_gather_cell,
	growth_gather_unit, growth_points, growth_met, growth_explain };
