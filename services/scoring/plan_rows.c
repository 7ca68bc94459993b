#include "services/scoring/plan_rows.h"

#include "rules/engine/plan.h"

/* What a selection makes of a row: false when it does not count, otherwise the weight of its amount. */
bool plan_row_admits(const struct plan_work *w, uint16_t selection, const struct fact_usage *u,
	uint32_t *ret_weight)
{
	struct shape_names names = { u->product, u->component, u->level1, u->group2, u->group3,
		u->influencer, u->compute_os };
	struct shape_hit hits[EDITION_SELECTIONS_MAX];
	size_t n = plan_select(w->m->edition, &names, u->measure, u->offer, 0, hits);

	for (size_t i = 0; i < n; i++)
		if (hits[i].selection == selection &&
			(u->association == ASSOC_NONE ||
				(hits[i].associations >> u->association & 1) != 0)) {
			*ret_weight = hits[i].weight;
			return true;
		}
	return false;
}

static bool looks_at(const struct metric_rule *r, uint16_t s)
{
	const struct unit_test *t = &r->u.units.test;

	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
	case RULE_NET_DEPLOYMENTS:
	case RULE_UNITS_REACHED:
		return t->selection == s || (t->share_percent > 0 && t->share_selection == s);
	case RULE_USAGE_GROWTH:
	case RULE_GROWTH_REACHED:
		t = &r->u.growth.filter;
		return r->u.growth.selection == s ||
		       (r->u.growth.filtered &&
			       (t->selection == s ||
				       (t->share_percent > 0 && t->share_selection == s)));
	case RULE_PRODUCTS_IN_USE:
		return r->u.products.selection == s;
	case RULE_USAGE_REACHED:
		return r->u.level.selection == s;
	case RULE_USAGE_SHARE:
		return r->u.share.selection == s || r->u.share.of_selection == s;
	case RULE_SEGMENT_SHARE:
		return r->u.segment.selection == s;
	default:
		return false;
	}
}

static bool looks_below(const struct metric_rule *r, uint16_t s)
{
	if (r->kind == RULE_COMBINED) {
		for (size_t i = 0; i < r->u.combined.n; i++)
			if (looks_at(r->u.combined.parts[i].rule, s))
				return true;
		return false;
	}
	if (r->kind == RULE_AT_LEAST_OF) {
		for (size_t i = 0; i < r->u.of.n; i++)
			if (looks_below(r->u.of.conditions[i].rule, s))
				return true;
		return false;
	}
	return looks_at(r, s);
}

/* The metrics of the goal that a row bears upon. */
uint64_t plan_row_metrics(const struct plan_work *w, const struct fact_usage *u)
{
	uint64_t metrics = 0;
	uint32_t weight;

	for (size_t s = 0; s < w->m->edition->n_selections; s++) {
		if (!plan_row_admits(w, (uint16_t)s, u, &weight))
			continue;
		for (size_t i = 0; i < w->m->n_targets; i++)
			if (looks_below(&w->m->targets[i].metric_of->rule, (uint16_t)s))
				metrics |= 1ULL << i;
	}
	return metrics;
}

static struct str first_of(const struct names *n)
{
	return n->n > 0 ? n->all[0] : (struct str){ "", 0 };
}

static enum association_kind association_of(const struct selection *s, size_t product)
{
	static const enum association_kind order[] = { ASSOC_PAL, ASSOC_DPOR, ASSOC_CSP_TIER_1,
		ASSOC_CSP_TIER_2, ASSOC_CPOR, ASSOC_TRANSACTING_POR };
	uint32_t admitted = s->associations;

	for (size_t r = 0; r < s->n_rates; r++)
		if (s->rates[r].associations != 0 && product >= s->rates[r].first &&
			product < s->rates[r].first + s->rates[r].n)
			admitted = s->rates[r].associations;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if ((admitted >> order[i] & 1) != 0)
			return order[i];
	return ASSOC_NONE;
}

static enum measure measure_of(const struct selection *s, size_t product)
{
	for (size_t r = 0; r < s->n_rates; r++)
		if (product >= s->rates[r].first && product < s->rates[r].first + s->rates[r].n)
			return s->rates[r].measure;
	for (int m = 1; m < MEASURE_END; m++)
		if ((s->measures >> m & 1) != 0)
			return (enum measure)m;
	return s->measure;
}

/* A row of a listed product, or, where none is listed, of any. product: its place; past the list: by the filter. */
struct fact_usage plan_row(struct plan_work *w, uint16_t selection, size_t product)
{
	const struct selection *s = &w->m->edition->selections[selection];
	struct fact_usage u = { .measure = measure_of(s, product),
		.association = association_of(s, product) };

	while (u.offer + 1 < OFFER_KIND_END && (s->offers >> u.offer & 1) == 0)
		u.offer++;
	if (s->n_filters > 0) {
		const struct usage_filter *f = &s->filters[0];

		u.product = first_of(&f->products);
		u.component = first_of(&f->components);
		u.level1 = first_of(&f->level1);
		u.group2 = first_of(&f->group2);
		u.group3 = first_of(&f->group3);
		u.influencer = first_of(&f->influencers);
		u.compute_os = first_of(&f->compute_os);
	}
	if (product < s->n_products)
		u.product = s->products[product].name;
	if (u.product.n == 0)
		u.product = STR("any product");
	u.month = engine_reference(w->m->engine, w->m->partner, u.measure);
	return u;
}

/* Keeps the row apart from all others. */
void plan_row_mark(struct plan_work *w, struct fact_usage *u)
{
	struct str m = plan_text(w, "planned-%u", ++w->serial);

	if (u->compute_os.n == 0)
		u->compute_os = m;
	else if (u->influencer.n == 0)
		u->influencer = m;
	else if (u->group3.n == 0)
		u->group3 = m;
	else
		u->component = m;
}

/* In the last month, and in those that come to be the last one before the plan ends. */
void plan_row_add(struct plan_work *w, struct plan_unit *u, struct fact_usage row)
{
	struct event ev = { .kind = FACT_USAGE };
	month_no last = engine_reference(w->m->later, w->m->partner, row.measure);

	for (month_no m = row.month; w->rc == 0 && m - row.month < ROW_MONTHS_MAX; m++) {
		if (m > row.month && m > last)
			break;
		ev.u.usage = row;
		ev.u.usage.month = m;
		u->on[u->n] = u->off[u->n] = ev;
		u->off[u->n++].retracted = true;
	}
}

/* The amount of a row that comes to so much in a selection's own unit. */
int64_t plan_row_amount(const struct plan_work *w, uint16_t selection, uint32_t weight, int128 sum)
{
	int128 scale = w->m->edition->selections[selection].scale;
	int128 amount = scale == 0 || weight == 0 ? sum : (sum * scale + weight - 1) / weight;

	return amount > USAGE_AMOUNT_MAX ? USAGE_AMOUNT_MAX : (int64_t)amount;
}
