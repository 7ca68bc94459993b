/* Growth of usage in per cent over a year before.
 *
 * State: the sum of the window that ends with R, and of the same window `compare_months` before. */
#include "rules/engine/explain.h"

static void add(
	const struct op *op, struct op_state *s, month_no reference, month_no month, int128 delta)
{
	uint32_t span = op->rule->u.growth.window_months;

	if (month_in(month, reference, span))
		s->now += delta;
	if (month_in(month, reference - (month_no)op->rule->u.growth.compare_months, span))
		s->base += delta;
}

static bool growth_touch(const struct op *op, size_t number, struct op_state *s,
	const struct cells *cells, struct cells *windows, month_no reference,
	const struct cell_move *m)
{
	struct op_state before = *s;

	(void)number;
	(void)cells;
	(void)windows;
	if (reference == MONTH_NONE)
		return false;
	add(op, s, reference, m->month, m->new - m->old);
	return s->now != before.now || s->base != before.base;
}

static void growth_gather(const struct op *op, size_t number, struct op_state *s,
	const struct cells *cells, struct cells *windows, month_no reference, const struct cell *c)
{
	(void)number;
	(void)cells;
	(void)windows;
	add(op, s, reference, cell_month(c), cell_sum(c));
}

/* (now - base) * 100 / base * each, at most the maximum. A base of nothing has no percentage, so no points. The cap
 * is compared before anything is reduced: above it there is no fraction to make. */
static struct ratio growth_points(
	const struct op *op, const struct op_state *states, const uint32_t *counts)
{
	const struct op_state *s = &states[op->state];
	const struct metric_rule *r = op->rule;
	int128 num, den;

	(void)counts;
	if (s->now < r->u.growth.minimum_micro || s->base <= 0 || s->now <= s->base)
		return RATIO_ZERO;
	num = (s->now - s->base) * 100 * r->points_each.num;
	den = s->base * r->points_each.den;
	if (num >= den * (int128)op->maximum)
		return ratio_int(op->maximum);
	return ratio_make(num, den);
}

/* A ratio for display, "12.34", without reducing more than needed. */
static struct str per_cent(struct explainer *x, const struct op_state *s)
{
	char buf[RATIO_TEXT];

	if (s->base <= 0)
		return (struct str){ "no percentage", 13 };
	return explain_text(x, "%s %%",
		ratio_format_decimal(ratio_make((s->now - s->base) * 100, s->base), buf));
}

static void growth_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	const struct op_state *s = &x->view->states[op->state];
	struct explained_condition *c = explain_array(x, 3, sizeof *c);
	month_no now = x->view->reference[op->measure];
	struct ratio needed;
	char a[AMOUNT_TEXT], b[AMOUNT_TEXT], m[AMOUNT_TEXT], n[SPAN_TEXT], o[SPAN_TEXT],
		p[RATIO_TEXT];

	if (x->failed)
		return;
	(void)span_format(now, r->u.growth.window_months, n);
	(void)span_format(now - (month_no)r->u.growth.compare_months, r->u.growth.window_months, o);
	(void)quantity_format(s->now, op->measure, a);
	(void)quantity_format(s->base, op->measure, b);
	(void)quantity_format(r->u.growth.minimum_micro, op->measure, m);
	c[0].name = explain_text(x, "total %s", n);
	c[0].expected = explain_text(x, "at least %s", m);
	c[0].actual = explain_text(x, "%s", a);
	c[0].met = s->now >= r->u.growth.minimum_micro;
	c[1].name = explain_text(x, "total %s", o);
	c[1].expected = STR("more than nothing");
	c[1].actual = explain_text(x, "%s", b);
	c[1].met = s->base > 0;
	c[2].name = STR("growth");
	c[2].met = s->base > 0 && s->now > s->base;
	c[2].actual = per_cent(x, s);
	c[2].expected = STR("above 0 %");
	if (r->points_each.num > 0) {
		needed = ratio_make((int128)op->maximum * r->points_each.den, r->points_each.num);
		c[2].expected = explain_text(x, "above 0 %%, %s %% for all %u points",
			ratio_format_decimal(needed, p), op->maximum);
	}
	ret->conditions = c;
	ret->n_conditions = 3;
	if (s->base <= 0)
		ret->sentence = explain_text(x,
			"%s in %s against %s in %s: growth over nothing has no percentage and earns no points",
			a, n, b, o);
	else if (s->now < r->u.growth.minimum_micro)
		ret->sentence = explain_text(x, "%s in %s is below the minimum of %s", a, n, m);
	else
		ret->sentence = explain_text(x, "%s in %s against %s in %s: growth of " STR_FMT, a,
			n, b, o, STR_ARG(c[2].actual));
}

const struct op_kind op_growth = { growth_touch, growth_gather, growth_points, growth_explain };
