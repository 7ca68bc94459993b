/* Distinct products with usage above zero over a window.
 *
 * State: how many there are. The sum of each product over the window stands in `windows`, so that one cell moving
 * tells at once whether its product begins or ceases to count. */
#include "rules/engine/explain.h"

static bool move_window(const struct op *op, size_t number, struct op_state *s,
	struct cells *windows, month_no reference, uint32_t product, month_no month, int128 delta)
{
	struct cell *w;
	int128 old;

	if (reference == MONTH_NONE ||
		!month_in(month, reference, op->rule->u.products.window_months))
		return false;
	w = cells_put(windows, cell_key((uint32_t)number, product, 0));
	old = cell_sum(w);
	cell_set(w, old + delta);
	s->now += (old + delta > 0) - (old > 0);
	return (old + delta > 0) != (old > 0);
}

static bool products_touch(const struct op *op, size_t number, struct op_state *s,
	const struct cells *cells, struct cells *windows, month_no reference,
	const struct cell_move *m)
{
	(void)cells;
	return move_window(op, number, s, windows, reference, m->who, m->month, m->new - m->old);
}

static void products_gather(const struct op *op, size_t number, struct op_state *s,
	const struct cells *cells, struct cells *windows, month_no reference, const struct cell *c)
{
	(void)cells;
	(void)move_window(
		op, number, s, windows, reference, cell_who(c), cell_month(c), cell_sum(c));
}

static struct ratio products_points(
	const struct op *op, const struct op_state *states, const uint32_t *counts)
{
	(void)counts;
	return points_capped(op->rule->points_each, states[op->state].now, ratio_int(op->maximum));
}

/* ---- explanation ------------------------------------------------------------------------------------------------ */

/* The sums of all products with a cell in the window, into candidates (room for all cells of the feed). */
static size_t collect(const struct explainer *x, const struct op *op, struct candidate *out)
{
	const struct cells *cells = &x->view->partner->cells;
	month_no last = x->view->reference[op->measure];
	uint32_t span = op->rule->u.products.window_months;
	size_t n = 0, k = 0;

	for (uint32_t i = 0; i < cells->cap; i++) {
		const struct cell *c = &cells->slots[i];

		if (c->key == 0 || cell_slot(c) != op->feed || !month_in(cell_month(c), last, span))
			continue;
		out[n++] = (struct candidate){ .id = name_text(x->e, cell_who(c)),
			.amount = cell_sum(c) };
	}
	candidates_sort(out, n, false);
	for (size_t i = 0; i < n; i++)
		if (k > 0 && str_eq(out[k - 1].id, out[i].id))
			out[k - 1].amount += out[i].amount;
		else
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

		(void)quantity_format(all[i].amount, op->measure, buf);
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

static void products_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	const struct cells *cells = &x->view->partner->cells;
	struct candidate *all = explain_array(x, cells->n, sizeof *all);
	struct explained_condition *c = explain_array(x, 1, sizeof *c);
	size_t n = x->failed ? 0 : collect(x, op, all);
	char span[SPAN_TEXT];

	if (x->failed)
		return;
	items(x, op, ret, all, n);
	(void)span_format(x->view->reference[op->measure], r->u.products.window_months, span);
	c[0].name = explain_text(x, "products in use %s", span);
	c[0].expected = STR("at least 1");
	if (r->points_each.num > 0)
		c[0].expected = explain_text(x, "at least 1, %u for all %u points",
			(unsigned)(((int128)op->maximum * r->points_each.den + r->points_each.num -
					   1) /
				   r->points_each.num),
			op->maximum);
	c[0].actual = explain_text(x, "%zu", ret->counted_total);
	c[0].met = ret->counted_total > 0;
	ret->conditions = c;
	ret->n_conditions = 1;
	ret->sentence = explain_text(x, "%zu product%s with usage above zero in %s",
		ret->counted_total, ret->counted_total == 1 ? "" : "s", span);
}

const struct op_kind op_products = { products_touch, products_gather, products_points,
	products_explain };
