/* Why a metric of products in use has its points. */
#include "rules/engine/explain.h"

static struct str product_name(const struct explainer *x, const struct op *op, uint32_t product)
{
	const struct selection *s =
		&x->view->book->edition->selections[op->rule->u.products.selection];

	return s->n_products > 0 ? plan_product(s, product, STR("")) : name_text(x->e, product);
}

/* The sums of all products in the window that are not zero, into candidates (room for all cells of the feed). Whether there
 * is a cell for what comes to zero depends on what was there before. */
static size_t collect(const struct explainer *x, const struct op *op, struct candidate *out)
{
	const struct cells *cells = x->view->cells;
	month_no last = x->view->reference[op->clock];
	uint32_t span = op->rule->u.products.window_months;
	size_t n = 0, k = 0;

	for (uint32_t i = 0; i < cells->cap; i++) {
		const struct cell *c = &cells->slots[i];

		if (c->key == 0 || cell_slot(c) != op->feeds[ROLE_MAIN] ||
			!month_in(cell_month(c), last, span))
			continue;
		out[n++] = (struct candidate){ .id = product_name(x, op, cell_who(c)),
			.amount = cell_sum(c) };
	}
	candidates_sort(out, n, false);
	for (size_t i = 0; i < n; i++)
		if (k > 0 && str_eq(out[k - 1].id, out[i].id))
			out[k - 1].amount += out[i].amount;
		else
			out[k++] = out[i];
	n = k;
	k = 0;
	for (size_t i = 0; i < n; i++)
		if (out[i].amount != 0)
			out[k++] = out[i];
	return k;
}

static void items(struct explainer *x, const struct op *op, struct metric_score *ret,
	struct candidate *all, size_t n)
{
	size_t n_counted = 0, n_nearly = 0, c = 0, y = 0;
	struct explained_item *counted, *nearly;
	char buf[AMOUNT_TEXT];

	for (size_t i = 0; i < n; i++)
		all[i].amount > 0 ? n_counted++ : n_nearly++;
	ret->counted_total = n_counted;
	ret->nearly_total = n_nearly;
	counted = explain_array(
		x, n_counted < COUNTED_MAX ? n_counted : COUNTED_MAX, sizeof *counted);
	nearly = explain_array(x, n_nearly < NEARLY_MAX ? n_nearly : NEARLY_MAX, sizeof *nearly);
	if (x->failed)
		return;
	for (size_t i = 0; i < n; i++) {
		struct str detail = { "", 0 };

		(void)selection_amount(x, op->rule->u.products.selection, all[i].amount, buf);
		if (all[i].amount > 0 ? c < COUNTED_MAX : y < NEARLY_MAX)
			detail = explain_text(x, "%s", buf);
		if (all[i].amount > 0 && c < COUNTED_MAX)
			counted[c++] = (struct explained_item){ all[i].id, detail };
		else if (all[i].amount <= 0 && y < NEARLY_MAX)
			nearly[y++] = (struct explained_item){ all[i].id, detail };
	}
	ret->counted = counted;
	ret->n_counted = c;
	ret->nearly = nearly;
	ret->n_nearly = y;
}

void products_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	const struct cells *cells = x->view->cells;
	struct candidate *all = explain_array(x, cells->n, sizeof *all);
	struct explained_condition *c = explain_conditions(x, ret, 1);
	size_t n = x->failed ? 0 : collect(x, op, all);
	char span[SPAN_TEXT];

	if (x->failed)
		return;
	items(x, op, ret, all, n);
	(void)span_format(x->view->reference[op->clock], r->u.products.window_months, span);
	c[0].name = explain_text(x, "products in use %s", span);
	c[0].expected = STR("at least 1");
	if (r->points_each.num > 0)
		c[0].expected = explain_text(x, "at least 1, %u for all %u points",
			(unsigned)(((int128)op->maximum * r->points_each.den + r->points_each.num -
					   1) /
				   r->points_each.num),
			op->maximum);
	c[0].actual = explain_text(x, "%zu", ret->counted_total);
	c[0].met = ret->counted_total > 0 ? MET : MET_NOT;
	ret->sentence = explain_text(x, "%zu product%s with usage above zero in %s",
		ret->counted_total, ret->counted_total == 1 ? "" : "s", span);
}
