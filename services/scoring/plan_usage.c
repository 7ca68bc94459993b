/* Moves about customers: new ones, deployments, growth of usage; and what is attested by hand.
 *
 * Usage is told as rows of their own in the last month that the rules look at, so that no move changes what another one
 * tells; a mark in a field that no filter of the selection reads keeps them apart. */
#include <inttypes.h>

#include "rules/engine/plan.h"
#include "services/scoring/plan_rows.h"

#define CUSTOMERS_MAX 40 /* of one move */
#define STEPS_MAX     60 /* of growth */
#define COARSE_MAX    10 /* the same, where all additions together are too many to compare */
#define LEVEL_STEPS   20 /* of a level of usage that a requirement asks */

/* ---- customers and deployments ----------------------------------------------------------------------------------- */

static uint32_t whole(struct ratio maximum, struct ratio each)
{
	return ratio_is_zero(each)
		       ? 0
		       : (uint32_t)((maximum.num * each.den + maximum.den * each.num - 1) /
				    (maximum.den * each.num));
}

/* Numbers that a rule's points follow from; zero where they are not kept apart. */
static void numbers(struct plan_work *w, size_t target, size_t part, int128 *now, int128 *base)
{
	const struct plan_target *t = &w->m->targets[target];

	if (engine_numbers(w->m->engine, w->m->partner, t->area, t->track, t->metric, part, now,
		    base) != 0)
		*now = *base = 0;
}

static uint32_t units_wanted(
	struct plan_work *w, size_t target, size_t part, const struct metric_rule *r)
{
	int64_t n = r->kind == RULE_UNITS_REACHED
			    ? r->u.units.need
			    : whole(ratio_int(w->m->targets[target].metric_of->maximum),
				      r->points_each);
	int128 now, base;

	numbers(w, target, part, &now, &base);
	if (r->u.units.count == UNITS_NET && now - base < INT32_MAX && base - now < INT32_MAX)
		n -= (int64_t)(now - base);
	return n < 0 ? 0 : n > CUSTOMERS_MAX ? CUSTOMERS_MAX : (uint32_t)n;
}

/* The first product of which rows pass both the test and its share. */
static bool find_rows(struct plan_work *w, const struct unit_test *t, struct fact_usage *ret,
	struct fact_usage *ret_share, uint32_t *ret_weight, uint32_t *ret_share_weight)
{
	const struct selection *s = &w->m->edition->selections[t->selection];
	const struct selection *o = &w->m->edition->selections[t->share_selection];

	for (size_t p = 0; p <= s->n_products; p++) {
		if (p == s->n_products && p > 0)
			break;
		*ret = plan_row(w, t->selection, p);
		if (!plan_row_admits(w, t->selection, ret, ret_weight))
			continue;
		if (t->share_percent == 0)
			return true;
		for (size_t k = 0; k < o->n_products; k++) {
			if (!str_eq_nocase(o->products[k].name, ret->product))
				continue;
			*ret_share = plan_row(w, t->share_selection, k);
			if (plan_row_admits(w, t->share_selection, ret_share, ret_share_weight))
				return true;
		}
	}
	return false;
}

/* A move that tells the same is there already: another metric asks for it too. */
static bool is_told(const struct plan_work *w, const struct plan_move *m)
{
	for (size_t i = 0; i + 1 < w->out->n; i++) {
		const struct plan_move *o = &w->out->all[i];
		bool same = o->kind == m->kind && o->cost == m->cost && o->n_units >= m->n_units &&
			    o->amount_micro == m->amount_micro && o->measure == m->measure &&
			    o->metrics == m->metrics && m->n_units > 0;

		for (size_t k = 0; same && k < m->units[0].n; k++) {
			const struct event *a = &o->units[0].on[k], *b = &m->units[0].on[k];

			/* Services in use are made up, each with a name of its own. */
			same = o->units[0].n == m->units[0].n && a->kind == b->kind &&
			       a->kind == FACT_USAGE &&
			       (m->kind == PLAN_DEPLOYMENT ||
				       str_eq(a->u.usage.product, b->u.usage.product)) &&
			       a->u.usage.amount_micro == b->u.usage.amount_micro &&
			       a->u.usage.association == b->u.usage.association;
		}
		if (same)
			return true;
	}
	return false;
}

static void drop_told(struct plan_work *w)
{
	if (w->rc == 0 && w->out->n > 0 && is_told(w, &w->out->all[w->out->n - 1]))
		w->out->n--;
}

static void customer_unit(struct plan_work *w, struct plan_unit *u, struct fact_usage row,
	const struct fact_usage *share)
{
	struct fact_usage also;

	if (!plan_unit_room(w, u, 2 * ROW_MONTHS_MAX))
		return;
	row.customer = plan_text(w, "new-customer-%u", ++w->serial);
	*u = (struct plan_unit){
		.who = row.customer, .what = row.product, .on = u->on, .off = u->off
	};
	plan_row_add(w, u, row);
	if (share == NULL)
		return;
	also = *share;
	also.customer = row.customer;
	plan_row_add(w, u, also);
}

static void units_move(struct plan_work *w, size_t target, size_t part, const struct metric_rule *r)
{
	const struct plan_making *m = w->m;
	const struct unit_test *t = &r->u.units.test;
	bool deployment = r->kind == RULE_NET_DEPLOYMENTS || r->u.units.by_product;
	enum wire_plan_kind kind = deployment ? PLAN_DEPLOYMENT : PLAN_CUSTOMER;
	struct str id = m->edition->areas[m->targets[target].area].id;
	uint32_t n = units_wanted(w, target, part, r), weight = 1, share_weight = 1;
	struct fact_usage row, share;
	struct plan_move *move;
	int128 of;

	if (n == 0)
		return;
	if (!find_rows(w, t, &row, &share, &weight, &share_weight)) {
		plan_note(w, plan_text(w, STR_FMT ": no usage could be made up that counts",
				     STR_ARG(m->targets[target].metric_of->name)));
		return;
	}
	row.amount_micro =
		plan_row_amount(w, t->selection, weight, t->from_micro > 0 ? t->from_micro : 1);
	of = (int128)row.amount_micro * weight * t->share_percent;
	share.amount_micro =
		t->share_percent == 0
			? 0
			: plan_row_amount(w, t->share_selection, share_weight,
				  (of + 99) / 100 / (m->edition->selections[t->selection].scale));
	move = plan_move_add(w, kind, plan_cost(m->costs, m->n_costs, kind, id), n);
	if (move == NULL)
		return;
	move->measure = row.measure;
	move->amount_micro = row.amount_micro;
	move->metrics = plan_row_metrics(w, &row) |
			(t->share_percent > 0 ? plan_row_metrics(w, &share) : 0);
	for (uint32_t i = 0; i < n; i++)
		customer_unit(w, &move->units[i], row, t->share_percent > 0 ? &share : NULL);
	drop_told(w);
}

/* ---- growth ------------------------------------------------------------------------------------------------------ */

/* The row with the most usage in the last month. */
struct largest {
	struct plan_work *w;
	uint16_t selection;
	bool found;
	struct fact_usage row;
};

static int take_largest(void *ctx, const struct event *ev)
{
	struct largest *l = ctx;
	const struct fact_usage *u = &ev->u.usage;
	uint32_t weight;

	if (ev->kind != FACT_USAGE || ev->retracted || u->duplicate ||
		(l->found && u->amount_micro <= l->row.amount_micro))
		return 0;
	if (u->month != engine_reference(l->w->m->engine, l->w->m->partner, u->measure) ||
		!plan_row_admits(l->w, l->selection, u, &weight))
		return 0;
	l->found = true;
	l->row = *u;
	return 0;
}

/* More usage of the customer and product that has the most of it; a new customer's where there is none. */
static struct fact_usage growing(struct plan_work *w, uint16_t selection, bool *ret_known)
{
	struct largest l = { .w = w, .selection = selection };
	int rc = engine_facts(w->m->engine, w->m->partner, take_largest, &l);

	if (rc != 0 && rc != ERR_NOTFOUND)
		w->rc = rc;
	*ret_known = l.found;
	if (!l.found) {
		l.row = plan_row(w, selection, 0);
		l.row.customer = plan_text(w, "new-customer-%u", ++w->serial);
	}
	return l.row;
}

struct growth_step {
	int128 sum; /* of one, in the selection's own unit times its scale */
	int128 n;   /* how many */
	uint32_t per_cent;
};

static struct growth_step step_of(
	struct plan_work *w, size_t target, size_t part, const struct metric_rule *r)
{
	const struct growth_rule *g = &r->u.growth;
	uint32_t maximum = w->m->targets[target].metric_of->maximum;
	bool condition = r->kind == RULE_GROWTH_REACHED;
	int128 scale = w->m->edition->selections[g->selection].scale, now, base, goal, minimum;
	struct growth_step s = { 0, 0, 0 };
	uint32_t most_steps = w->m->coarse ? COARSE_MAX : STEPS_MAX;

	numbers(w, target, part, &now, &base);
	if (g->each_micro > 0 || condition) {
		s.sum = condition ? (int128)g->need_micro / LEVEL_STEPS * scale
				  : (int128)g->each_micro * scale;
		goal = base + s.sum * (condition ? LEVEL_STEPS
						 : whole(ratio_int(maximum), r->points_each));
	}
	if (g->each_micro == 0) {
		uint32_t most = condition ? (uint32_t)((g->need_micro + 999999) / 1000000)
					  : whole(ratio_int(maximum), r->points_each);

		s.sum = (base + 99) / 100;
		s.per_cent = 1;
		goal = base + s.sum * most;
	}
	minimum = (int128)g->minimum_micro * scale;
	if (goal < minimum)
		goal = minimum;
	s.n = s.sum <= 0 || goal <= now ? 0 : (goal - now + s.sum - 1) / s.sum;
	if (s.n > most_steps) { /* larger steps, fewer of them */
		int128 each = (s.n + most_steps - 1) / most_steps;

		s.n = (s.n + each - 1) / each;
		s.sum *= each;
		s.per_cent *= each > 1000000 ? 1000000 : (uint32_t)each;
	}
	return s;
}

/* Unit i brings the row to i + 1 steps. */
static void growth_units(struct plan_work *w, struct plan_move *move, struct fact_usage row,
	bool known, int64_t step)
{
	plan_row_mark(w, &row);
	for (uint32_t i = 0; i < move->n_units && w->rc == 0; i++) {
		struct plan_unit *u = &move->units[i];

		if (!plan_unit_room(w, u, ROW_MONTHS_MAX))
			return;
		*u = (struct plan_unit){ .who = row.customer,
			.what = row.product,
			.known = known,
			.on = u->on,
			.off = u->off };
		row.amount_micro = (int64_t)(i + 1) * step;
		plan_row_add(w, u, row);
		if (i > 0 && w->rc == 0)
			memcpy(u->off, move->units[i - 1].on, u->n * sizeof *u->off);
	}
}

static void growth_move(
	struct plan_work *w, size_t target, size_t part, const struct metric_rule *r)
{
	const struct plan_making *m = w->m;
	struct str id = m->edition->areas[m->targets[target].area].id;
	struct growth_step s = step_of(w, target, part, r);
	int64_t cost = plan_cost(m->costs, m->n_costs, PLAN_GROWTH, id);
	struct plan_move *move;
	uint32_t weight = 1;
	struct fact_usage row;
	bool known;

	if (s.n == 0) {
		int128 now, base;

		numbers(w, target, part, &now, &base);
		if (base == 0 && r->u.growth.each_micro == 0)
			plan_note(w,
				plan_text(w,
					STR_FMT
					": nothing was used a year before, so growth in per cent earns nothing",
					STR_ARG(m->targets[target].metric_of->name)));
		return;
	}
	row = growing(w, r->u.growth.selection, &known);
	if (w->rc != 0 || !plan_row_admits(w, r->u.growth.selection, &row, &weight))
		return;
	/* One per cent costs what the table says; so does one step of growth in units. */
	move = plan_move_add(
		w, PLAN_GROWTH, cost * (s.per_cent > 0 ? s.per_cent : 1), (uint32_t)s.n);
	if (move == NULL)
		return;
	move->per_cent = s.per_cent;
	move->measure = row.measure;
	move->amount_micro = (int64_t)((s.sum + weight - 1) / weight);
	if ((int128)move->amount_micro * s.n > USAGE_AMOUNT_MAX) {
		w->out->n--;
		return;
	}
	move->metrics = plan_row_metrics(w, &row) | 1ULL << target;
	growth_units(w, move, row, known, move->amount_micro);
	drop_told(w);
}

/* A level that a requirement asks: in steps of five per cent of it, each by a customer more where many are asked. */
static void level_move(struct plan_work *w, size_t target, const struct metric_rule *r)
{
	const struct plan_making *m = w->m;
	struct str id = m->edition->areas[m->targets[target].area].id;
	int64_t cost = plan_cost(m->costs, m->n_costs, PLAN_GROWTH, id);
	struct fact_usage row = plan_row(w, r->u.level.selection, 0);
	uint32_t weight = 1, n = LEVEL_STEPS;
	int128 step =
		(int128)r->u.level.at_least_micro * (r->u.level.average ? r->u.level.months : 1);
	struct plan_move *move;

	if (!plan_row_admits(w, r->u.level.selection, &row, &weight))
		return;
	n = r->u.level.customers > n && r->u.level.customers <= CUSTOMERS_MAX ? r->u.level.customers
									      : n;
	row.amount_micro = plan_row_amount(w, r->u.level.selection, weight, (step + n - 1) / n);
	if (row.amount_micro == 0)
		row.amount_micro = 1000000;
	move = plan_move_add(w, PLAN_GROWTH, cost * 100 / n, n);
	if (move == NULL)
		return;
	move->per_cent = 100 / n;
	move->measure = row.measure;
	move->amount_micro = row.amount_micro;
	move->metrics = plan_row_metrics(w, &row);
	for (uint32_t i = 0; i < n; i++)
		customer_unit(w, &move->units[i], row, NULL);
}

/* ---- services in use --------------------------------------------------------------------------------------------- */

struct in_use {
	struct plan_work *w;
	uint16_t selection;
	uint64_t listed[EDITION_PRODUCTS_MAX / 64];
};

static int take_product(void *ctx, const struct event *ev)
{
	struct in_use *x = ctx;
	const struct selection *s = &x->w->m->edition->selections[x->selection];

	for (size_t i = 0;
		ev->kind == FACT_USAGE && ev->u.usage.amount_micro > 0 && i < s->n_products; i++)
		if (plan_names(&s->products[i], ev->u.usage.product))
			x->listed[i / 64] |= 1ULL << (i % 64);
	return 0;
}

static void products_move(struct plan_work *w, size_t target, const struct metric_rule *r)
{
	const struct plan_making *m = w->m;
	struct in_use x = { .w = w, .selection = r->u.products.selection };
	const struct selection *s = &m->edition->selections[x.selection];
	uint32_t n = whole(ratio_int(m->targets[target].metric_of->maximum), r->points_each),
		 weight;
	struct str id = m->edition->areas[m->targets[target].area].id;
	struct plan_move *move;
	bool known;
	struct fact_usage row = growing(w, x.selection, &known);
	size_t product = 0;
	int rc = engine_facts(m->engine, m->partner, take_product, &x);

	if (rc != 0 && rc != ERR_NOTFOUND)
		w->rc = rc;
	move = plan_move_add(
		w, PLAN_DEPLOYMENT, plan_cost(m->costs, m->n_costs, PLAN_DEPLOYMENT, id), n);
	if (move == NULL)
		return;
	move->n_units = 0;
	move->measure = row.measure;
	row.amount_micro = move->amount_micro = 1000000;
	for (uint32_t i = 0; i < n && w->rc == 0; i++) {
		while (product < s->n_products &&
			(x.listed[product / 64] >> (product % 64) & 1) != 0)
			product++;
		if (s->n_products > 0 && product == s->n_products)
			break;
		row.product = s->n_products > 0 ? s->products[product++].name
						: plan_text(w, "another-service-%u", ++w->serial);
		if (!plan_row_admits(w, x.selection, &row, &weight))
			break;
		if (!plan_unit_room(w, &move->units[i], ROW_MONTHS_MAX))
			return;
		move->units[i].who = row.customer;
		move->units[i].what = row.product;
		move->units[i].known = known;
		move->metrics |= plan_row_metrics(w, &row);
		plan_row_add(w, &move->units[i], row);
		move->n_units++;
	}
	if (move->n_units == 0)
		w->out->n--;
	drop_told(w);
}

/* ---- told by hand ------------------------------------------------------------------------------------------------ */

static const char *attestation_text(enum attestation_kind k)
{
	static const char *const names[ATTEST_KIND_END] = { [ATTEST_OFFER] = "offer",
		[ATTEST_REFERENCE] = "reference",
		[ATTEST_AUDIT] = "audit",
		[ATTEST_ENGAGEMENT] = "engagement",
		[ATTEST_DEPLOYMENT] = "deployment" };

	return names[k] != NULL ? names[k] : "";
}

static void attested_move(struct plan_work *w, size_t target, const struct metric_rule *r)
{
	const struct plan_making *m = w->m;
	struct str what = str_from(attestation_text(r->u.attested.kind));
	struct plan_move *move = plan_move_add(w, PLAN_ATTESTATION,
		plan_cost(m->costs, m->n_costs, PLAN_ATTESTATION, what), r->u.attested.at_least);

	if (move == NULL)
		return;
	move->metrics = 1ULL << target;
	for (uint32_t i = 0; i < move->n_units; i++) {
		struct plan_unit *u = &move->units[i];
		struct event ev = { .kind = FACT_ATTESTATION };

		if (!plan_unit_room(w, u, 1))
			return;
		ev.u.attestation =
			(struct fact_attestation){ r->u.attested.kind, r->u.attested.scope,
				plan_text(w, "planned-%u", ++w->serial), m->today, DAY_NONE };
		u->what = what;
		u->who = r->u.attested.scope;
		u->known = true;
		u->on[0] = u->off[0] = ev;
		u->off[0].retracted = true;
		u->n = 1;
		/* Requirements of one specialization may ask for the same. */
		for (size_t k = 0; k < m->n_targets; k++)
			if (m->targets[k].goal == m->targets[target].goal)
				move->metrics |=
					m->targets[k].metric_of->rule.kind == RULE_ATTESTED ||
							m->targets[k].metric_of->rule.kind ==
								RULE_AT_LEAST_OF
						? 1ULL << k
						: 0;
	}
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void usage_rule(struct plan_work *w, size_t target, size_t part, const struct metric_rule *r)
{
	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
	case RULE_NET_DEPLOYMENTS:
	case RULE_UNITS_REACHED:
		units_move(w, target, part, r);
		break;
	case RULE_USAGE_GROWTH:
	case RULE_GROWTH_REACHED:
		growth_move(w, target, part, r);
		break;
	case RULE_PRODUCTS_IN_USE:
		products_move(w, target, r);
		break;
	case RULE_USAGE_REACHED:
		level_move(w, target, r);
		break;
	case RULE_ATTESTED:
		attested_move(w, target, r);
		break;
	default:
		break;
	}
}

void plan_usage_moves(struct plan_work *w)
{
	if (engine_day(w->m->engine) == DAY_NONE)
		return;
	plan_rules(w, usage_rule);
}
