/* Why a growth metric has its points. */
#include "rules/engine/explain.h"
#include "rules/engine/units.h"

static uint32_t scale_of(const struct explainer *x, const struct growth_rule *g)
{
	return x->view->book->edition->selections[g->selection].scale;
}

/* "12.34 %", or the amount. */
static struct str gain_text(
	struct explainer *x, const struct growth_rule *g, const struct op_state *s)
{
	char buf[RATIO_TEXT], amount[AMOUNT_TEXT];

	if (g->each_micro != 0)
		return explain_text(
			x, "%s", selection_amount(x, g->selection, s->now - s->base, amount));
	if (s->base <= 0)
		return STR("no percentage");
	return explain_text(x, "%s %%",
		ratio_format_decimal(ratio_make((s->now - s->base) * 100, s->base), buf));
}

/* What is needed for a condition, or for all points. */
static struct str wanted_text(struct explainer *x, const struct op *op)
{
	const struct metric_rule *r = op->rule;
	const struct growth_rule *g = &r->u.growth;
	char buf[RATIO_TEXT], amount[AMOUNT_TEXT];
	struct ratio full;

	if (r->kind == RULE_GROWTH_REACHED && g->each_micro != 0)
		return explain_text(x, "at least %s",
			selection_amount(
				x, g->selection, (int128)g->need_micro * scale_of(x, g), amount));
	if (r->kind == RULE_GROWTH_REACHED)
		return explain_text(x, "at least %s %%",
			ratio_format_decimal(ratio_make(g->need_micro, 1000000), buf));
	if (r->points_each.num == 0)
		return STR("above 0");
	full = ratio_make((int128)op->maximum * r->points_each.den, r->points_each.num);
	if (g->each_micro == 0)
		return explain_text(x, "above 0 %%, %s %% for all %u points",
			ratio_format_decimal(full, buf), op->maximum);
	return explain_text(x, "above 0, %s for all %u points",
		selection_amount(x, g->selection,
			full.num * g->each_micro * (int128)scale_of(x, g) / full.den, amount),
		op->maximum);
}

static enum met met_if(bool met)
{
	return met ? MET : MET_NOT;
}

static void conditions(struct explainer *x, const struct op *op, struct metric_score *ret,
	const char *n, const char *o)
{
	const struct growth_rule *g = &op->rule->u.growth;
	const struct op_state state = view_state(x->view, op), *s = &state;
	struct explained_condition *c = explain_conditions(x, ret, 3);
	int128 minimum = (int128)g->minimum_micro * scale_of(x, g),
	       base_minimum = (int128)g->base_minimum_micro * scale_of(x, g);
	const char *total = g->filtered ? "total of those that are eligible" : "total";
	char a[AMOUNT_TEXT];

	if (c == NULL)
		return;
	c[0].name = explain_text(x, "%s %s", total, n);
	c[0].expected =
		explain_text(x, "at least %s", selection_amount(x, g->selection, minimum, a));
	c[0].actual = explain_text(x, "%s", selection_amount(x, g->selection, s->now, a));
	c[0].met = met_if(growth_reaches(s->now, g->minimum_micro, scale_of(x, g)));
	c[1].name = explain_text(x, "%s %s%s", total, o,
		g->since_association ? ", or when the association began" : "");
	c[1].expected = base_minimum > 0
				? explain_text(x, "at least %s",
					  selection_amount(x, g->selection, base_minimum, a))
			: g->each_micro == 0 ? STR("more than nothing")
					     : STR("the base of comparison");
	c[1].actual = explain_text(x, "%s", selection_amount(x, g->selection, s->base, a));
	c[1].met = met_if(growth_reaches(s->base, g->base_minimum_micro, scale_of(x, g)) &&
			  (s->base > 0 || g->each_micro != 0));
	c[2].name = STR("growth");
	c[2].actual = gain_text(x, g, s);
	c[2].expected = wanted_text(x, op);
	c[2].met = met_if(s->now > s->base && (s->base > 0 || g->each_micro != 0));
	if (op->rule->kind == RULE_GROWTH_REACHED)
		c[2].met = op->kind->met(op, x->view);
}

void growth_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct growth_rule *g = &op->rule->u.growth;
	const struct op_state state = view_state(x->view, op), *s = &state;
	month_no now = x->view->reference[op->clock];
	char a[AMOUNT_TEXT], b[AMOUNT_TEXT], m[AMOUNT_TEXT], n[SPAN_TEXT], o[SPAN_TEXT];

	(void)span_format(now, g->window_months, n);
	(void)span_format(now - (month_no)g->compare_months, g->window_months, o);
	conditions(x, op, ret, n, o);
	(void)selection_amount(x, g->selection, s->now, a);
	(void)selection_amount(x, g->selection, s->base, b);
	if (!growth_reaches(s->now, g->minimum_micro, scale_of(x, g)))
		ret->sentence = explain_text(x, "%s in %s is below the minimum of %s", a, n,
			selection_amount(
				x, g->selection, (int128)g->minimum_micro * scale_of(x, g), m));
	else if (!growth_reaches(s->base, g->base_minimum_micro, scale_of(x, g)))
		ret->sentence =
			explain_text(x, "%s in %s is below the base of %s that is needed", b, o,
				selection_amount(x, g->selection,
					(int128)g->base_minimum_micro * scale_of(x, g), m));
	else if (s->base <= 0 && g->each_micro == 0)
		ret->sentence = explain_text(x,
			"%s in %s against %s in %s: growth over nothing has no percentage and earns no points",
			a, n, b, o);
	else
		ret->sentence = explain_text(x, "%s in %s against %s in %s: growth of " STR_FMT, a,
			n, b, o, STR_ARG(gain_text(x, g, s)));
}
