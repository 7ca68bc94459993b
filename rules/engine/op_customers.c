/* Net customer adds: customers at or over a threshold in any of the last `look_back` months, minus the same a year
 * before.
 *
 * State: the eligible customers now, and those a year before. One cell moving matters only when it passes the
 * threshold, and then only if no other month of the window reaches it. */
#include "rules/engine/explain.h"

/* Whether a month of the window ending with `last`, other than `but`, reaches the threshold. */
static bool reaches(const struct op *op, const struct cells *cells, uint32_t customer,
	month_no last, month_no but)
{
	for (month_no m = last; month_in(m, last, op->rule->u.units.test.months); m--)
		if (m != but && cells_sum(cells, op->feed, customer, m) >=
					op->rule->u.units.test.from_micro)
			return true;
	return false;
}

static int window_change(
	const struct op *op, const struct cells *cells, month_no last, const struct cell_move *m)
{
	bool old = m->old >= op->rule->u.units.test.from_micro;
	bool new = m->new >= op->rule->u.units.test.from_micro;

	if (!month_in(m->month, last, op->rule->u.units.test.months) ||
		reaches(op, cells, m->who, last, m->month))
		return 0;
	return new - old;
}

static bool customers_touch(const struct op *op, size_t number, struct op_state *s,
	const struct cells *cells, struct cells *windows, month_no reference,
	const struct cell_move *m)
{
	int64_t least = op->rule->u.units.test.from_micro;
	int now, base;

	(void)number;
	(void)windows;
	if (reference == MONTH_NONE || (m->old >= least) == (m->new >= least))
		return false;
	now = window_change(op, cells, reference, m);
	base = window_change(op, cells, reference - (month_no)op->rule->u.units.compare_months, m);
	s->now += now;
	s->base += base;
	return now != 0 || base != 0;
}

/* A customer is counted at the newest month of the window that reaches the threshold. */
static int counts_here(
	const struct op *op, const struct cells *cells, month_no last, const struct cell *c)
{
	month_no month = cell_month(c);

	if (!month_in(month, last, op->rule->u.units.test.months))
		return 0;
	for (month_no m = last; m > month; m--)
		if (cells_sum(cells, op->feed, cell_who(c), m) >= op->rule->u.units.test.from_micro)
			return 0;
	return 1;
}

static void customers_gather(const struct op *op, size_t number, struct op_state *s,
	const struct cells *cells, struct cells *windows, month_no reference, const struct cell *c)
{
	(void)number;
	(void)windows;
	if (cell_sum(c) < op->rule->u.units.test.from_micro)
		return;
	s->now += counts_here(op, cells, reference, c);
	s->base +=
		counts_here(op, cells, reference - (month_no)op->rule->u.units.compare_months, c);
}

static struct ratio customers_points(
	const struct op *op, const struct op_state *states, const uint32_t *counts)
{
	int128 net = states[op->state].now - states[op->state].base;

	(void)counts;
	return points_capped(op->rule->points_each, net < 0 ? 0 : net, ratio_int(op->maximum));
}

/* ---- explanation ------------------------------------------------------------------------------------------------ */

/* What a customer reached in the window: its newest month at the threshold, otherwise its best. */
static void look_at(
	const struct explainer *x, const struct op *op, month_no last, struct candidate *c)
{
	int64_t least = op->rule->u.units.test.from_micro;
	bool any = false;

	for (month_no m = last; month_in(m, last, op->rule->u.units.test.months); m--) {
		int128 v = cells_sum(&x->view->partner->cells, op->feed, c->index, m);

		if (!any || v > c->amount) {
			c->amount = v;
			c->month = m;
			any = true;
		}
		if (v >= least)
			break;
	}
	c->distance = least - c->amount;
}

/* Every customer with a cell in the window, once. */
static size_t collect(
	const struct explainer *x, const struct op *op, month_no last, struct candidate *out)
{
	const struct cells *cells = &x->view->partner->cells;
	size_t n = 0, k = 0;

	for (uint32_t i = 0; i < cells->cap; i++) {
		const struct cell *c = &cells->slots[i];

		if (c->key == 0 || cell_slot(c) != op->feed ||
			!month_in(cell_month(c), last, op->rule->u.units.test.months))
			continue;
		out[n++] = (struct candidate){ .id = name_text(x->e, cell_who(c)),
			.index = cell_who(c) };
	}
	candidates_sort(out, n, false);
	for (size_t i = 0; i < n; i++)
		if (k == 0 || out[k - 1].index != out[i].index)
			out[k++] = out[i];
	for (size_t i = 0; i < k; i++)
		look_at(x, op, last, &out[i]);
	return k;
}

static void counted_items(struct explainer *x, const struct op *op, struct metric_score *ret,
	const struct candidate *all, size_t n)
{
	struct explained_item *items =
		explain_array(x, n < COUNTED_MAX ? n : COUNTED_MAX, sizeof *items);
	char amount[AMOUNT_TEXT], month[MONTH_TEXT];

	ret->counted_total = n;
	ret->counted = items;
	for (size_t i = 0; !x->failed && i < n && i < COUNTED_MAX; i++) {
		items[i].id = all[i].id;
		items[i].detail = explain_text(x, "%s in %s",
			quantity_format(all[i].amount, op->measure, amount),
			month_format(all[i].month, month));
		ret->n_counted = i + 1;
	}
}

static void nearly_items(struct explainer *x, const struct op *op, struct metric_score *ret,
	struct candidate *all, size_t n)
{
	struct explained_item *items =
		explain_array(x, n < NEARLY_MAX ? n : NEARLY_MAX, sizeof *items);
	char missing[AMOUNT_TEXT], amount[AMOUNT_TEXT], month[MONTH_TEXT];

	candidates_sort(all, n, true);
	ret->nearly_total = n;
	ret->nearly = items;
	for (size_t i = 0; !x->failed && i < n && i < NEARLY_MAX; i++) {
		items[i].id = all[i].id;
		items[i].detail = explain_text(x, "%s below in %s (%s)",
			quantity_format(all[i].distance, op->measure, missing),
			month_format(all[i].month, month),
			quantity_format_bare(all[i].amount, op->measure, amount));
		ret->n_nearly = i + 1;
	}
}

/* Moves those that count to the front, both parts still in order of id. Returns how many count. */
static size_t split(struct explainer *x, struct candidate *all, size_t n, size_t *ret_nearly)
{
	struct candidate *rest = explain_array(x, n, sizeof *rest);
	size_t c = 0, r = 0;

	if (x->failed)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (all[i].distance <= 0)
			all[c++] = all[i];
		else if (all[i].amount > 0)
			rest[r++] = all[i];
	if (r > 0)
		memcpy(all + c, rest, r * sizeof *rest);
	*ret_nearly = r;
	return c;
}

static void conditions(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	const struct metric_rule *r = op->rule;
	const struct op_state *s = &x->view->states[op->state];
	struct explained_condition *c = explain_array(x, 3, sizeof *c);
	month_no now = x->view->reference[op->measure];
	long long n_now = (long long)s->now, n_base = (long long)s->base;
	char least[AMOUNT_TEXT], a[SPAN_TEXT], b[SPAN_TEXT];

	if (x->failed)
		return;
	(void)quantity_format(r->u.units.test.from_micro, op->measure, least);
	(void)span_format(now, r->u.units.test.months, a);
	(void)span_format(now - (month_no)r->u.units.compare_months, r->u.units.test.months, b);
	c[0].name = explain_text(x, "customers at %s or more in %s", least, a);
	c[0].expected = explain_text(x, "more than %lld", n_base);
	c[0].actual = explain_text(x, "%lld", n_now);
	c[0].met = n_now > n_base;
	c[1].name = explain_text(x, "customers at %s or more in %s", least, b);
	c[1].expected = STR("the base of comparison");
	c[1].actual = explain_text(x, "%lld", n_base);
	c[1].met = true;
	c[2].name = STR("net customer adds");
	c[2].expected = STR("at least 1");
	if (r->points_each.num > 0)
		c[2].expected = explain_text(x, "at least 1, %u for all %u points",
			(unsigned)(((int128)op->maximum * r->points_each.den + r->points_each.num -
					   1) /
				   r->points_each.num),
			op->maximum);
	c[2].actual = explain_text(x, "%lld", n_now - n_base);
	c[2].met = n_now > n_base;
	ret->conditions = c;
	ret->n_conditions = 3;
	ret->sentence = explain_text(x, "%lld customer%s at %s or more in %s, %lld in %s: net %lld",
		n_now, n_now == 1 ? "" : "s", least, a, n_base, b, n_now - n_base);
}

static void customers_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	struct candidate *all = explain_array(x, x->view->partner->cells.n, sizeof *all);
	size_t n = 0, nearly = 0;

	if (!x->failed)
		n = collect(x, op, x->view->reference[op->measure], all);
	n = split(x, all, n, &nearly);
	if (x->failed)
		return;
	counted_items(x, op, ret, all, n);
	nearly_items(x, op, ret, n > 0 ? all + n : all, nearly);
	conditions(x, op, ret);
}

const struct op_kind op_customers = { customers_touch, customers_gather, customers_points,
	customers_explain };
