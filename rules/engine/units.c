/* When a unit passes a test: ranges in single or summed months, shares, promotion. */
#include "rules/engine/units.h"

int128 unit_sum(const struct op_ctx *x, enum feed_role role, uint32_t who, uint32_t sub,
	month_no last, uint32_t months)
{
	int128 sum = 0;

	for (month_no m = last; month_in(m, last, months); m--)
		sum += ctx_sum(x, x->op->feeds[role], who, sub, m);
	return sum;
}

uint32_t unit_role_sub(const struct op_ctx *x, enum feed_role role, uint32_t sub)
{
	return x->op->same[role] == NULL || sub == 0 ? sub : x->op->same[role][sub - 1];
}

uint32_t unit_main_sub(const struct op_ctx *x, enum feed_role role, uint32_t sub)
{
	enum feed_role main = role == ROLE_FILTER_SHARE ? ROLE_FILTER : ROLE_MAIN;
	uint16_t selection = x->plan->feeds[x->op->feeds[main]].selection;

	if (x->op->same[role] == NULL)
		return sub;
	for (uint32_t i = 0; i < x->edition->selections[selection].n_products; i++)
		if (x->op->same[role][i] == sub)
			return i + 1;
	return 0;
}

uint32_t unit_reach(const struct unit_test *t)
{
	return t->months + t->promoted_months;
}

/* ---- one product, or a customer's total ------------------------------------------------------------------------- */

struct looked {
	const struct op_ctx *x;
	const struct unit_test *t;
	enum feed_role role;
	uint32_t who, sub;
	int64_t from;
};

/* Sums of a selection with rates are kept finer than bounds are told. */
static int128 scale_of(const struct op_ctx *x, uint16_t selection)
{
	return x->edition->selections[selection].scale;
}

static bool has_share(const struct looked *l, int128 amount, month_no last, uint32_t months)
{
	uint32_t sub;
	int128 part;

	if (l->t->share_percent == 0)
		return true;
	sub = unit_role_sub(l->x, l->role + 1, l->sub);
	if (amount <= 0 || sub == 0)
		return false;
	part = unit_sum(l->x, l->role + 1, l->who, sub, last, months);
	return part * 100 * scale_of(l->x, l->t->selection) >=
	       amount * l->t->share_percent * scale_of(l->x, l->t->share_selection);
}

enum place { BELOW, WITHIN, ABOVE };

static enum place place_of(const struct looked *l, int128 amount)
{
	int128 scale = scale_of(l->x, l->t->selection);

	if (amount < l->from * scale)
		return BELOW;
	return l->t->to_micro == UNIT_NO_BOUND || amount <= l->t->to_micro * scale ? WITHIN : ABOVE;
}

/* Whether the unit is at the place, with its share, in a single month or over all of them. */
static bool is_at(const struct looked *l, month_no last, enum place place, bool share)
{
	if (l->t->sum) {
		int128 amount = unit_sum(l->x, l->role, l->who, l->sub, last, l->t->months);

		return place_of(l, amount) == place &&
		       (!share || has_share(l, amount, last, l->t->months));
	}
	for (month_no m = last; month_in(m, last, l->t->months); m--) {
		int128 amount = ctx_sum(l->x, l->x->op->feeds[l->role], l->who, l->sub, m);

		if (place_of(l, amount) == place && (!share || has_share(l, amount, m, 1)))
			return true;
	}
	return false;
}

static bool was_within(const struct looked *l, month_no m)
{
	for (uint32_t k = 1; k <= l->t->promoted_months; k++)
		if (is_at(l, m - (month_no)k, WITHIN, false))
			return true;
	return false;
}

bool unit_product_passes(const struct op_ctx *x, const struct unit_test *t, enum feed_role role,
	uint32_t who, uint32_t sub, month_no m, int64_t from)
{
	const struct looked l = { x, t, role, who, sub, from };

	if (is_at(&l, m, WITHIN, true))
		return true;
	return t->promoted_months > 0 && is_at(&l, m, ABOVE, true) && was_within(&l, m);
}

/* ---- customers by products --------------------------------------------------------------------------------------- */

/* Where no products are listed, those that the customer has cells of. */
static bool any_unlisted(const struct op_ctx *x, const struct unit_test *t, enum feed_role role,
	uint32_t who, month_no m, int64_t from, uint32_t except, uint32_t end)
{
	/* All that the test looks at first: the table must not grow meanwhile. */
	for (month_no at = m; month_in(at, m, unit_reach(t)); at--)
		ctx_need(x, at);
	for (uint32_t i = 0; i < x->cells->cap; i++) {
		const struct cell *c = &x->cells->slots[i];

		if (c->key != 0 && cell_slot(c) == x->op->feeds[role] && cell_who(c) == who &&
			c->sub != except && c->sub < end &&
			unit_product_passes(x, t, role, who, c->sub, m, from))
			return true;
	}
	return false;
}

bool unit_any_product(const struct op_ctx *x, const struct unit_test *t, enum feed_role role,
	uint32_t who, month_no m, int64_t from, uint32_t except, uint32_t end)
{
	size_t n = x->edition->selections[t->selection].n_products;

	if (n == 0)
		return any_unlisted(x, t, role, who, m, from, except, end);
	for (uint32_t sub = 1; sub <= n && sub < end; sub++)
		if (sub != except && unit_product_passes(x, t, role, who, sub, m, from))
			return true;
	return false;
}

bool unit_passes(const struct op_ctx *x, const struct unit_test *t, enum feed_role role,
	bool by_product, uint32_t who, uint32_t sub, month_no m, int64_t from)
{
	if (by_product)
		return unit_product_passes(x, t, role, who, sub, m, from);
	if (t->each_product)
		return unit_any_product(x, t, role, who, m, from, 0, UINT32_MAX);
	return unit_product_passes(x, t, role, who, 0, m, from);
}

struct workload unit_workload(const struct op_ctx *x, uint16_t selection, uint32_t sub)
{
	const struct selection *s = &x->edition->selections[selection];

	if (sub == 0)
		return (struct workload){
			.any = s->n_products == 0, .n = s->n_products, .listed = s->products
		};
	if (s->n_products > 0)
		return (struct workload){ .n = 1, .listed = &s->products[sub - 1] };
	return (struct workload){ .name = name_text(x->e, sub - 1) };
}
