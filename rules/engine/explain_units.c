/* Why net adds and deployments are what they are: the units that count, and those that nearly do. */
#include "rules/engine/explain.h"
#include "rules/engine/units.h"

/* A unit as it is told: a customer, or a product of a customer. */
struct look {
	uint32_t who, sub;
	month_no month;
	int128 amount, share; /* share: of the same product, where a share is asked for */
	int128 distance;      /* what lacks; 0 when the unit passes */
	bool passes;
};

static struct op_ctx context(const struct explainer *x, const struct op *op)
{
	return (struct op_ctx){ .e = x->e,
		.plan = &x->view->book->plan,
		.edition = x->view->book->edition,
		.partner = x->view->partner,
		.cells = x->view->cells,
		.reference = x->view->reference[op->clock],
		.op = op };
}

static const struct units_rule *rule_of(const struct op_ctx *c)
{
	return &c->op->rule->u.units;
}

static uint32_t scale_of(const struct op_ctx *c)
{
	return c->edition->selections[rule_of(c)->test.selection].scale;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static int128 share_at(
	const struct op_ctx *c, uint32_t who, uint32_t sub, month_no last, uint32_t months)
{
	uint32_t there = unit_role_sub(c, ROLE_SHARE, sub);

	return rule_of(c)->test.share_percent == 0 || there == 0
		       ? 0
		       : unit_sum(c, ROLE_SHARE, who, there, last, months);
}

static int128 lacks(const struct op_ctx *c, int128 amount, int128 share)
{
	const struct unit_test *t = &rule_of(c)->test;
	int128 wanted;

	if (amount < t->from_micro)
		return t->from_micro - amount;
	if (t->to_micro != UNIT_NO_BOUND && amount > t->to_micro)
		return amount - t->to_micro;
	if (t->share_percent == 0)
		return 0;
	wanted = (amount * t->share_percent + 99) / 100;
	return share < wanted ? wanted - share : 0;
}

static void look_at(const struct op_ctx *c, struct look *l)
{
	const struct units_rule *u = rule_of(c);
	month_no last = c->reference;

	l->passes =
		unit_passes(c, &u->test, ROLE_MAIN, true, l->who, l->sub, last, u->test.from_micro);
	if (u->test.sum) {
		l->month = last;
		l->amount = unit_sum(c, ROLE_MAIN, l->who, l->sub, last, u->test.months);
		l->share = share_at(c, l->who, l->sub, last, u->test.months);
		l->distance = lacks(c, l->amount, l->share);
		return;
	}
	for (month_no m = last; month_in(m, last, u->test.months); m--) {
		int128 amount = ctx_sum(c, c->op->feeds[ROLE_MAIN], l->who, l->sub, m);
		int128 share = share_at(c, l->who, l->sub, m, 1),
		       distance = lacks(c, amount, share);

		if (m == last || distance < l->distance)
			*l = (struct look){ l->who, l->sub, m, amount, share, distance, l->passes };
		if (distance == 0)
			break;
	}
}

static bool look_less(const void *a, const void *b, void *ctx)
{
	const struct look *p = a, *q = b;

	(void)ctx;
	return p->who != q->who ? p->who < q->who : p->sub < q->sub;
}

/* Every unit with a cell in the months, once. Of a customer by products the one that passes, or comes nearest. */
static size_t collect(const struct explainer *x, const struct op_ctx *c, struct look *out)
{
	const struct units_rule *u = rule_of(c);
	bool by_customer = u->test.each_product && !u->by_product;
	uint32_t who = 0, sub = 0;
	size_t n = 0, k = 0;

	for (uint32_t i = 0; i < x->view->cells->cap; i++) {
		const struct cell *cell = &x->view->cells->slots[i];

		if (cell->key != 0 && cell_slot(cell) == c->op->feeds[ROLE_MAIN] &&
			month_in(cell_month(cell), c->reference, u->test.months))
			out[n++] = (struct look){ .who = cell_who(cell), .sub = cell->sub };
	}
	heap_sort(out, n, sizeof *out, look_less, NULL);
	for (size_t i = 0; i < n; i++) {
		struct look l = out[i];

		if (i > 0 && l.who == who && l.sub == sub)
			continue;
		who = l.who;
		sub = l.sub;
		look_at(c, &l);
		if (!by_customer || k == 0 || out[k - 1].who != who)
			out[k++] = l;
		else if (!out[k - 1].passes && (l.passes || l.distance < out[k - 1].distance))
			out[k - 1] = l;
	}
	return k;
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static struct str product_of(const struct explainer *x, const struct op_ctx *c, uint32_t sub)
{
	const struct selection *s = &c->edition->selections[rule_of(c)->test.selection];

	if (sub == 0)
		return STR("");
	return s->n_products > 0 ? s->products[sub - 1].name : name_text(x->e, sub - 1);
}

static struct str id_of(struct explainer *x, const struct op_ctx *c, const struct look *l)
{
	struct str product = product_of(x, c, l->sub);

	if (!rule_of(c)->by_product)
		return name_text(x->e, l->who);
	return explain_text(
		x, STR_FMT " / " STR_FMT, STR_ARG(name_text(x->e, l->who)), STR_ARG(product));
}

static struct str when(struct explainer *x, const struct op_ctx *c, const struct look *l)
{
	const struct unit_test *t = &rule_of(c)->test;
	char buf[SPAN_TEXT];

	return explain_text(x, "%s", span_format(l->month, t->sum ? t->months : 1, buf));
}

/* " of Teams" for a customer that counts by one product; and its share. */
static struct str more(struct explainer *x, const struct op_ctx *c, const struct look *l)
{
	const struct units_rule *u = rule_of(c);
	struct str product = product_of(x, c, l->sub), text = STR("");
	char share[AMOUNT_TEXT], per_cent[RATIO_TEXT];

	if (product.n > 0 && !u->by_product)
		text = explain_text(x, " of " STR_FMT, STR_ARG(product));
	if (u->test.share_percent == 0 || l->amount <= 0)
		return text;
	return explain_text(x, STR_FMT ", %s active (%s %%)", STR_ARG(text),
		selection_amount_bare(x, u->test.share_selection, l->share, share),
		ratio_format_decimal(ratio_make(l->share * 100, l->amount), per_cent));
}

static struct str counted_detail(struct explainer *x, const struct op_ctx *c, const struct look *l)
{
	char amount[AMOUNT_TEXT];

	return explain_text(x, "%s" STR_FMT " in " STR_FMT,
		selection_amount(x, rule_of(c)->test.selection, l->amount, amount),
		STR_ARG(more(x, c, l)), STR_ARG(when(x, c, l)));
}

static struct str nearly_detail(struct explainer *x, const struct op_ctx *c, const struct look *l)
{
	const struct unit_test *t = &rule_of(c)->test;
	bool below = l->amount < t->from_micro, above = !below && l->amount > t->to_micro;
	char lack[AMOUNT_TEXT], amount[AMOUNT_TEXT];
	uint16_t lacks_of = below || above ? t->selection : t->share_selection;

	(void)selection_amount(x, lacks_of, l->distance, lack);
	(void)selection_amount_bare(x, t->selection, l->amount, amount);
	if (below || above)
		return explain_text(x, "%s %s in " STR_FMT " (%s" STR_FMT ")", lack,
			below ? "below" : "above", STR_ARG(when(x, c, l)), amount,
			STR_ARG(more(x, c, l)));
	return explain_text(x, "%s more to be active in " STR_FMT " (%s" STR_FMT ")", lack,
		STR_ARG(when(x, c, l)), amount, STR_ARG(more(x, c, l)));
}

static void list(struct explainer *x, const struct op_ctx *c, const struct look *all, size_t n,
	bool passing, size_t max, const struct explained_item **ret, size_t *ret_n,
	size_t *ret_total)
{
	struct candidate *order = explain_array(x, n, sizeof *order);
	struct explained_item *items;
	size_t k = 0;

	for (size_t i = 0; order != NULL && i < n; i++)
		if (all[i].passes == passing && (passing || all[i].amount > 0))
			order[k++] = (struct candidate){ .id = id_of(x, c, &all[i]),
				.distance = all[i].distance,
				.index = (uint32_t)i };
	if (x->failed || k == 0)
		return;
	candidates_sort(order, k, !passing);
	*ret_total = k;
	items = explain_array(x, k < max ? k : max, sizeof *items);
	for (size_t i = 0; items != NULL && i < k && i < max; i++) {
		const struct look *l = &all[order[i].index];

		items[i] = (struct explained_item){ order[i].id,
			passing ? counted_detail(x, c, l) : nearly_detail(x, c, l) };
		*ret_n = i + 1;
	}
	*ret = items;
}

/* ---- conditions -------------------------------------------------------------------------------------------------- */

/* "at 1,000.00 USD or more", "over 300 units", "of 11 to 300 units". */
static struct str range_text(struct explainer *x, const struct op_ctx *c, int64_t from)
{
	const struct unit_test *t = &rule_of(c)->test;
	int128 scale = scale_of(c);
	bool over = from % 1000000 == 1, under = t->to_micro % 1000000 == 999999;
	char low[AMOUNT_TEXT], high[AMOUNT_TEXT];

	(void)selection_amount_bare(x, t->selection, (from - over) * scale, low);
	if (t->to_micro == UNIT_NO_BOUND) {
		(void)selection_amount(x, t->selection, (from - over) * scale, low);
		return over ? explain_text(x, "over %s", low)
			    : explain_text(x, "at %s or more", low);
	}
	(void)selection_amount(x, t->selection, (t->to_micro + under) * scale, high);
	return explain_text(
		x, "%s %s %s %s", over ? "over" : "of", low, under ? "and below" : "to", high);
}

static struct str what(struct explainer *x, const struct op_ctx *c, int64_t from)
{
	const struct units_rule *u = rule_of(c);
	struct str share = STR("");

	if (u->test.share_percent > 0)
		share = explain_text(x, ", %u %% of them active", u->test.share_percent);
	return explain_text(x, "%s " STR_FMT "%s" STR_FMT,
		u->by_product ? "workloads of customers" : "customers",
		STR_ARG(range_text(x, c, from)),
		u->test.each_product && !u->by_product ? " in one workload" : "", STR_ARG(share));
}

static struct str wanted(struct explainer *x, const struct op *op)
{
	const struct metric_rule *r = op->rule;

	if (r->kind == RULE_UNITS_REACHED)
		return explain_text(x, "at least %u", r->u.units.need);
	if (r->points_each.num == 0)
		return STR("at least 1");
	return explain_text(x, "at least 1, %u for all %u points",
		(unsigned)(((int128)op->maximum * r->points_each.den + r->points_each.num - 1) /
			   r->points_each.num),
		op->maximum);
}

static const char *noun(const struct op *op)
{
	static const char *const counts[] = { "net", "new", "in both", "in all" };

	if (op->rule->u.units.count != UNITS_NET)
		return counts[op->rule->u.units.count];
	return op->rule->kind == RULE_NET_DEPLOYMENTS ? "net deployments" : "net customer adds";
}

static void conditions(struct explainer *x, const struct op_ctx *c, struct metric_score *ret)
{
	const struct units_rule *u = rule_of(c);
	const struct op_state s = view_state(x->view, c->op);
	bool net = u->count == UNITS_NET && u->compare_months > 0;
	struct explained_condition *out = explain_conditions(x, ret, net ? 3 : 1);
	long long now = (long long)s.now, base = (long long)s.base;
	char a[SPAN_TEXT], b[SPAN_TEXT];
	struct explained_condition *last;

	if (out == NULL)
		return;
	(void)span_format(c->reference, u->test.months, a);
	(void)span_format(c->reference - (month_no)u->compare_months, u->test.months, b);
	if (net) {
		out[0].name = explain_text(
			x, STR_FMT " in %s", STR_ARG(what(x, c, u->test.from_micro)), a);
		out[0].expected = explain_text(x, "more than %lld", base);
		out[0].actual = explain_text(x, "%lld", now);
		out[0].met = now > base ? MET : MET_NOT;
		out[1].name = explain_text(
			x, STR_FMT " in %s", STR_ARG(what(x, c, u->base_from_micro)), b);
		out[1].expected = STR("the base of comparison");
		out[1].actual = explain_text(x, "%lld", base);
		out[1].met = MET;
	}
	last = &out[net ? 2 : 0];
	last->name = net ? explain_text(x, "%s", noun(c->op))
			 : explain_text(x, STR_FMT " in %s, %s",
				   STR_ARG(what(x, c, u->test.from_micro)), a, noun(c->op));
	last->expected = wanted(x, c->op);
	last->actual = explain_text(x, "%lld", now - base);
	last->met = c->op->rule->kind == RULE_UNITS_REACHED ? c->op->kind->met(c->op, x->view)
		    : now > base			    ? MET
							    : MET_NOT;
	if (!net) {
		ret->sentence = explain_text(x, "%lld " STR_FMT " in %s", now,
			STR_ARG(what(x, c, u->test.from_micro)), a);
		return;
	}
	ret->sentence = explain_text(x, "%lld " STR_FMT " in %s, %lld in %s: net %lld", now,
		STR_ARG(what(x, c, u->test.from_micro)), a, base, b, now - base);
}

void units_explain(struct explainer *x, const struct op *op, struct metric_score *ret)
{
	struct op_ctx c = context(x, op);
	struct look *all = explain_array(x, x->view->cells->n, sizeof *all);
	size_t n = all == NULL ? 0 : collect(x, &c, all);

	if (n > 0) {
		list(x, &c, all, n, true, COUNTED_MAX, &ret->counted, &ret->n_counted,
			&ret->counted_total);
		list(x, &c, all, n, false, NEARLY_MAX, &ret->nearly, &ret->n_nearly,
			&ret->nearly_total);
	}
	conditions(x, &c, ret);
}
