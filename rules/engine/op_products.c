/* Distinct products with usage above zero over a window.
 *
 * State: how many there are. The sum of each product over the window stands in `windows`, so that one cell moving
 * tells at once whether its product begins or ceases to count. */
#include "rules/engine/explain.h"

static bool move_window(const struct op_ctx *x, uint32_t product, int128 delta, struct op_state *s)
{
	struct cell *w = cells_put(x->windows, cell_key((uint32_t)x->number, product, 0), 0);
	int128 old = cell_sum(w);

	cell_set(w, old + delta);
	s->now += (old + delta > 0) - (old > 0);
	return (old + delta > 0) != (old > 0);
}

static bool is_within(const struct op_ctx *x, month_no month)
{
	return month_in(month, x->reference, x->op->rule->u.products.window_months);
}

static bool products_before(
	const struct op_ctx *x, const struct cell_move *m, struct op_state *saved)
{
	*saved = (struct op_state){ 0, 0 };
	return is_within(x, m->month);
}

static bool products_after(const struct op_ctx *x, const struct cell_move *m,
	const struct op_state *saved, struct op_state *s)
{
	(void)saved;
	return move_window(x, m->who, m->new - m->old, s);
}

static void products_gather(const struct op_ctx *x, const struct cell *c, struct op_state *s)
{
	if (is_within(x, cell_month(c)))
		(void)move_window(x, cell_who(c), cell_sum(c), s);
}

static struct ratio products_points(const struct op *op, const struct standing_view *v)
{
	return points_capped(op->rule->points_each, view_state(v, op).now, ratio_int(op->maximum));
}

const struct op_kind op_products = { products_before, products_after, products_gather, NULL,
	products_points, NULL, products_explain };
