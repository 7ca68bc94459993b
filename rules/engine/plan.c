/* Turns an edition into operators. Equal rules of several metrics share one operator, so what an event touches is
 * computed once. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

/* Bounds under which no product of sums, fractions and maxima leaves 128 bits: weighted sums stay below 2^95 (2^32 rows
 * of 2^50, weights of 2^13), times 100 or a fraction's part (2^20), times a maximum (2^10). Totals: edition_inexact(). */
#define MAXIMUM_MAX	1000
#define MONTHS_SPAN_MAX 240

/* ---- checks ------------------------------------------------------------------------------------------------------ */

static bool is_fraction(struct ratio r)
{
	return r.num >= 0 && r.num <= EDITION_FRACTION_MAX && r.den >= 1 &&
	       r.den <= EDITION_FRACTION_MAX;
}

static bool is_span(uint32_t months)
{
	return months >= 1 && months <= MONTHS_SPAN_MAX;
}

static bool predicate_is_valid(const struct people_predicate *p)
{
	return p->n_any >= 1 && p->any != NULL;
}

static bool steps_are_valid(size_t n, const struct people_step *steps)
{
	if (n < 1 || n > EDITION_STEPS_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!predicate_is_valid(&steps[i].holds) || !is_fraction(steps[i].points_each) ||
			!is_fraction(steps[i].points_max))
			return false;
	return true;
}

static bool test_is_valid(const struct edition *ed, const struct unit_test *t)
{
	return t->selection < ed->n_selections && t->share_selection < ed->n_selections &&
	       t->from_micro >= 1 && t->to_micro >= t->from_micro && is_span(t->months) &&
	       t->promoted_months <= MONTHS_SPAN_MAX && t->share_percent <= 100;
}

static bool units_are_valid(const struct edition *ed, const struct units_rule *u)
{
	return test_is_valid(ed, &u->test) && u->base_from_micro >= 1 && u->count <= UNITS_NOW &&
	       u->compare_months <= MONTHS_SPAN_MAX &&
	       (u->count == UNITS_NOW || u->compare_months >= 1);
}

static bool growth_is_valid(const struct edition *ed, const struct growth_rule *g)
{
	return g->selection < ed->n_selections && is_span(g->window_months) &&
	       is_span(g->compare_months) && g->each_micro >= 0 &&
	       g->each_micro <= USAGE_AMOUNT_MAX && g->need_micro >= 0 &&
	       (!g->filtered || test_is_valid(ed, &g->filter));
}

static bool rule_is_valid(const struct edition *ed, const struct metric_rule *r, unsigned depth);

static bool combined_is_valid(const struct edition *ed, const struct metric_rule *r, unsigned depth)
{
	if (r->u.combined.n < 1 || r->u.combined.n > EDITION_PARTS_MAX || depth > 0)
		return false;
	for (size_t i = 0; i < r->u.combined.n; i++) {
		const struct rule_part *part = &r->u.combined.parts[i];

		if (part->maximum > MAXIMUM_MAX || part->rule->kind == RULE_COMBINED ||
			rule_is_condition(part->rule->kind) ||
			!rule_is_valid(ed, part->rule, depth + 1))
			return false;
	}
	return true;
}

static bool held_is_valid(const struct edition *ed, const struct metric_rule *r)
{
	for (size_t i = 0; i < r->u.held.n; i++)
		if (r->u.held.areas[i] >= ed->n_areas ||
			ed->areas[r->u.held.areas[i]].form != AREA_OF_METRICS)
			return false;
	return r->u.held.n >= 1;
}

#define CONDITION_DEPTH_MAX 8

static bool of_is_valid(const struct edition *ed, const struct metric_rule *r, unsigned depth)
{
	if (depth > CONDITION_DEPTH_MAX || r->u.of.n < 1 || r->u.of.need > r->u.of.n)
		return false;
	for (size_t i = 0; i < r->u.of.n; i++)
		if (!rule_is_condition(r->u.of.conditions[i].rule->kind) ||
			!rule_is_valid(ed, r->u.of.conditions[i].rule, depth + 1))
			return false;
	return true;
}

static bool rule_is_valid(const struct edition *ed, const struct metric_rule *r, unsigned depth)
{
	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
	case RULE_NET_DEPLOYMENTS:
		return units_are_valid(ed, &r->u.units) && is_fraction(r->points_each);
	case RULE_UNITS_REACHED:
		return units_are_valid(ed, &r->u.units);
	case RULE_PEOPLE:
		return steps_are_valid(r->u.people.n_steps, r->u.people.steps);
	case RULE_USAGE_GROWTH:
		return growth_is_valid(ed, &r->u.growth) && is_fraction(r->points_each);
	case RULE_GROWTH_REACHED:
		return growth_is_valid(ed, &r->u.growth);
	case RULE_PRODUCTS_IN_USE:
		return r->u.products.selection < ed->n_selections &&
		       is_span(r->u.products.window_months) && is_fraction(r->points_each);
	case RULE_COMBINED:
		return combined_is_valid(ed, r, depth);
	case RULE_USAGE_REACHED:
		return r->u.level.selection < ed->n_selections && is_span(r->u.level.months);
	case RULE_USAGE_SHARE:
		return r->u.share.selection < ed->n_selections &&
		       r->u.share.of_selection < ed->n_selections && is_span(r->u.share.months);
	case RULE_PEOPLE_HOLD:
		return predicate_is_valid(&r->u.hold.holds);
	case RULE_ATTESTED:
		return r->u.attested.within_months <= MONTHS_SPAN_MAX;
	case RULE_AREAS_HELD:
		return held_is_valid(ed, r);
	case RULE_SEGMENT_SHARE:
		return r->u.segment.selection < ed->n_selections;
	case RULE_AT_LEAST_OF:
		return of_is_valid(ed, r, depth);
	case RULE_UNKNOWN:
		return true;
	case RULE_KIND_END:
		break;
	}
	return false;
}

static bool metrics_are_valid(const struct edition *ed, const struct area *a, const struct track *t)
{
	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct metric *m = &t->metrics[i];

		if (m->maximum < 1 || m->maximum > MAXIMUM_MAX || !rule_is_valid(ed, &m->rule, 0) ||
			rule_is_condition(m->rule.kind) == (a->form == AREA_OF_METRICS))
			return false;
	}
	return t->when == NULL ||
	       (rule_is_condition(t->when->kind) && rule_is_valid(ed, t->when, 0));
}

static bool area_is_valid(const struct edition *ed, const struct area *a)
{
	if (a->n_metrics < 1 || a->n_metrics > AREA_METRICS_MAX || a->n_tracks < 1 ||
		a->n_tracks > EDITION_TRACKS_MAX)
		return false;
	for (size_t i = 0; i < a->n_tracks; i++)
		if (!metrics_are_valid(ed, a, &a->tracks[i]))
			return false;
	return edition_inexact(ed, a) == NULL;
}

static bool selection_is_valid(const struct selection *s)
{
	for (size_t i = 0; i < s->n_rates; i++)
		if (s->rates[i].weight > RATE_WEIGHT_MAX || s->rates[i].n > s->n_products ||
			s->rates[i].first > s->n_products - s->rates[i].n)
			return false;
	return s->measure >= 1 && s->measure < MEASURE_KINDS && s->measures != 0 && s->scale >= 1;
}

static bool edition_is_valid(const struct edition *ed)
{
	enum area_form form = AREA_OF_METRICS;

	if (ed->n_certificates > EDITION_CERTIFICATES_MAX ||
		ed->n_selections > EDITION_SELECTIONS_MAX || ed->n_areas < 1 ||
		ed->n_areas > EDITION_AREAS_MAX || ed->usage_ready_day > 366)
		return false;
	if (!is_fraction(ed->qualifies_at) ||
		ed->qualifies_at.den != 1 || /* told as a whole number */
		!is_fraction(ed->metric_above))
		return false;
	for (size_t i = 0; i < ed->n_selections; i++)
		if (!selection_is_valid(&ed->selections[i]))
			return false;
	for (size_t i = 0; i < ed->n_areas; i++) {
		if (ed->areas[i].form < form || !area_is_valid(ed, &ed->areas[i]))
			return false;
		form = ed->areas[i].form;
	}
	return true;
}

/* ---- sharing ----------------------------------------------------------------------------------------------------- */

static bool predicates_equal(const struct people_predicate *a, const struct people_predicate *b)
{
	return a->n_any == b->n_any && memcmp(a->any, b->any, a->n_any * sizeof *a->any) == 0;
}

static bool steps_equal(const struct people_step *a, const struct people_step *b)
{
	return a->min_people == b->min_people && ratio_eq(a->points_each, b->points_each) &&
	       ratio_eq(a->points_max, b->points_max) && predicates_equal(&a->holds, &b->holds);
}

static bool people_equal(const struct metric_rule *a, const struct metric_rule *b)
{
	if (a->u.people.n_steps != b->u.people.n_steps)
		return false;
	for (size_t i = 0; i < a->u.people.n_steps; i++)
		if (!steps_equal(&a->u.people.steps[i], &b->u.people.steps[i]))
			return false;
	return true;
}

static bool tests_equal(const struct unit_test *a, const struct unit_test *b)
{
	return a->selection == b->selection && a->each_product == b->each_product &&
	       a->sum == b->sum && a->months == b->months && a->from_micro == b->from_micro &&
	       a->to_micro == b->to_micro && a->promoted_months == b->promoted_months &&
	       a->share_selection == b->share_selection && a->share_percent == b->share_percent;
}

static bool units_equal(const struct units_rule *a, const struct units_rule *b)
{
	return tests_equal(&a->test, &b->test) && a->by_product == b->by_product &&
	       a->base_from_micro == b->base_from_micro && a->compare_months == b->compare_months &&
	       a->count == b->count && a->not_already == b->not_already && a->need == b->need;
}

static bool growths_equal(const struct growth_rule *a, const struct growth_rule *b)
{
	return a->selection == b->selection && a->window_months == b->window_months &&
	       a->compare_months == b->compare_months && a->minimum_micro == b->minimum_micro &&
	       a->base_minimum_micro == b->base_minimum_micro && a->each_micro == b->each_micro &&
	       a->need_micro == b->need_micro && a->since_association == b->since_association &&
	       a->filtered == b->filtered &&
	       (!a->filtered || (a->filter_by_product == b->filter_by_product &&
					tests_equal(&a->filter, &b->filter)));
}

static bool attested_equal(const struct metric_rule *a, const struct metric_rule *b)
{
	return a->u.attested.kind == b->u.attested.kind &&
	       a->u.attested.at_least == b->u.attested.at_least &&
	       a->u.attested.within_months == b->u.attested.within_months &&
	       str_eq(a->u.attested.scope, b->u.attested.scope);
}

/* Rules that give the same from the same facts. Those of which there is rarely a second are never shared. */
static bool rules_equal(const struct metric_rule *a, const struct metric_rule *b)
{
	if (a->kind != b->kind || !ratio_eq(a->points_each, b->points_each))
		return false;
	switch (a->kind) {
	case RULE_NET_CUSTOMER_ADDS:
	case RULE_NET_DEPLOYMENTS:
	case RULE_UNITS_REACHED:
		return units_equal(&a->u.units, &b->u.units);
	case RULE_PEOPLE:
		return people_equal(a, b);
	case RULE_USAGE_GROWTH:
	case RULE_GROWTH_REACHED:
		return growths_equal(&a->u.growth, &b->u.growth);
	case RULE_PRODUCTS_IN_USE:
		return a->u.products.selection == b->u.products.selection &&
		       a->u.products.window_months == b->u.products.window_months;
	case RULE_USAGE_REACHED:
		return a->u.level.selection == b->u.level.selection &&
		       a->u.level.months == b->u.level.months &&
		       a->u.level.average == b->u.level.average &&
		       a->u.level.at_least_micro == b->u.level.at_least_micro &&
		       a->u.level.customers == b->u.level.customers;
	case RULE_PEOPLE_HOLD:
		return a->u.hold.at_least == b->u.hold.at_least &&
		       predicates_equal(&a->u.hold.holds, &b->u.hold.holds);
	case RULE_ATTESTED:
		return attested_equal(a, b);
	case RULE_UNKNOWN:
		return true;
	default:
		return false;
	}
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

struct planner {
	struct plan *plan;
	const struct edition *ed;
	struct arena *ar;
	int rc;
};

static void *fixed_zalloc(struct planner *x, size_t n, size_t size)
{
	void *p = x->rc != 0 ? NULL : arena_alloc(x->ar, n * size + 1);

	if (p != NULL)
		memset(p, 0, n * size);
	else if (x->rc == 0)
		x->rc = ERR_NOMEM;
	return p;
}

static uint16_t pred_put(struct planner *x, const struct people_predicate *p)
{
	struct plan *plan = x->plan;
	size_t i = 0;

	while (i < plan->n_preds && !predicates_equal(plan->preds[i], p))
		i++;
	if (i == (size_t)PRED_WORDS * 64) {
		x->rc = ERR_INVALID;
		return 0;
	}
	if (i == plan->n_preds)
		plan->preds[plan->n_preds++] = p;
	plan->people = true;
	return (uint16_t)i;
}

static uint8_t clock_put(struct planner *x, uint32_t measures)
{
	struct plan *plan = x->plan;
	size_t i = 0;

	while (i < plan->n_clocks && plan->clocks[i] != measures)
		i++;
	if (i == CLOCKS_MAX) {
		x->rc = ERR_INVALID;
		return 0;
	}
	if (i == plan->n_clocks)
		plan->clocks[plan->n_clocks++] = measures;
	plan->measures |= measures;
	return (uint8_t)i;
}

static uint16_t feed_put(struct planner *x, uint16_t selection, enum feed_by by)
{
	struct plan *plan = x->plan;
	size_t i = 0;

	while (i < plan->n_feeds &&
		(plan->feeds[i].selection != selection || plan->feeds[i].by != by))
		i++;
	if (i == plan->n_feeds) {
		uint8_t *n = &plan->n_selection_feeds[selection];

		plan->feeds[plan->n_feeds++] = (struct feed){ .selection = selection, .by = by };
		plan->selection_feeds[selection][(*n)++] = (uint16_t)i;
	}
	return (uint16_t)i;
}

bool plan_names(const struct product *p, struct str name)
{
	if (str_eq_nocase(p->name, name))
		return true;
	for (size_t i = 0; i < p->n_aliases; i++)
		if (str_eq_nocase(p->aliases[i], name))
			return true;
	return false;
}

/* For each listed product of one selection the same one of another. */
static const uint16_t *same_products(struct planner *x, uint16_t main, uint16_t other)
{
	const struct selection *a = &x->ed->selections[main], *b = &x->ed->selections[other];
	uint16_t *same;

	if (main == other || (a->n_products == 0 && b->n_products == 0))
		return NULL;
	same = fixed_zalloc(x, a->n_products, sizeof *same);
	for (size_t i = 0; same != NULL && i < a->n_products; i++)
		for (size_t k = 0; k < b->n_products && same[i] == 0; k++)
			if (plan_names(&b->products[k], a->products[i].name) ||
				plan_names(&a->products[i], b->products[k].name))
				same[i] = (uint16_t)(k + 1);
	return same;
}

static void put_test(struct planner *x, struct op *op, const struct unit_test *t, bool by_product,
	enum feed_role role)
{
	enum feed_by by = by_product || t->each_product ? FEED_BY_BOTH : FEED_BY_CUSTOMER;

	op->feeds[role] = feed_put(x, t->selection, by);
	if (t->share_percent == 0)
		return;
	op->feeds[role + 1] = feed_put(x, t->share_selection, FEED_BY_BOTH);
	op->same[role + 1] = same_products(x, t->selection, t->share_selection);
}

static void put_growth(struct planner *x, struct op *op, const struct growth_rule *g)
{
	bool fine = g->since_association || (g->filtered && g->filter_by_product);

	op->feeds[ROLE_MAIN] = feed_put(x, g->selection,
		fine	      ? FEED_BY_BOTH
		: g->filtered ? FEED_BY_CUSTOMER
			      : FEED_TOTAL);
	if (!g->filtered)
		return;
	put_test(x, op, &g->filter, g->filter_by_product, ROLE_FILTER);
	op->same[ROLE_FILTER] = same_products(x, g->selection, g->filter.selection);
}

static uint16_t op_put(
	struct planner *x, const struct metric_rule *r, uint32_t maximum, bool pooled);

static void put_children(struct planner *x, struct op *op, const struct metric_rule *r)
{
	uint16_t *children = fixed_zalloc(x, r->u.of.n, sizeof *children);

	for (size_t i = 0; children != NULL && i < r->u.of.n; i++)
		children[i] = op_put(x, r->u.of.conditions[i].rule, 1, false);
	op->n_children = (uint16_t)r->u.of.n;
	op->children = children;
}

static const struct op_kind *kind_of(enum rule_kind kind)
{
	static const struct op_kind *const kinds[RULE_KIND_END] = {
		[RULE_NET_CUSTOMER_ADDS] = &op_units,
		[RULE_NET_DEPLOYMENTS] = &op_units,
		[RULE_UNITS_REACHED] = &op_units,
		[RULE_PEOPLE] = &op_people,
		[RULE_USAGE_GROWTH] = &op_growth,
		[RULE_GROWTH_REACHED] = &op_growth,
		[RULE_PRODUCTS_IN_USE] = &op_products,
		[RULE_USAGE_REACHED] = &op_level,
		[RULE_USAGE_SHARE] = &op_share,
		[RULE_PEOPLE_HOLD] = &op_hold,
		[RULE_ATTESTED] = &op_attested,
		[RULE_AREAS_HELD] = &op_held,
		[RULE_SEGMENT_SHARE] = &op_segment,
		[RULE_AT_LEAST_OF] = &op_of,
		[RULE_UNKNOWN] = &op_unknown,
	};

	return kinds[kind];
}

/* The last n months before the one `ago` months before the reference month, with it. */
static uint64_t months(uint32_t n, uint32_t ago)
{
	uint64_t all = n >= 64 ? ~0ULL : (1ULL << n) - 1;

	return n == 0 ? 0 : ago + n > 64 ? ~0ULL : all << ago;
}

static uint64_t months_of_test(const struct unit_test *t, uint32_t ago)
{
	return months(t->months + t->promoted_months, ago);
}

static uint64_t months_of_growth(const struct growth_rule *g)
{
	uint64_t all = months(g->window_months, 0) | months(g->window_months, g->compare_months);

	if (g->since_association) /* the month compared with may be any in between */
		all |= months(g->compare_months + g->window_months, 0);
	return g->filtered ? all | months_of_test(&g->filter, 0) : all;
}

static uint64_t months_of_units(const struct units_rule *u)
{
	uint64_t all = months_of_test(&u->test, 0);

	if (u->compare_months > 0)
		all |= months_of_test(&u->test, u->compare_months);
	if (u->not_already)
		all |= months(u->compare_months + u->test.months + u->test.promoted_months, 0);
	return all;
}

/* Which months the operator of a rule reads. */
static uint64_t months_read(const struct metric_rule *r)
{
	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
	case RULE_NET_DEPLOYMENTS:
	case RULE_UNITS_REACHED:
		return months_of_units(&r->u.units);
	case RULE_USAGE_GROWTH:
	case RULE_GROWTH_REACHED:
		return months_of_growth(&r->u.growth);
	case RULE_PRODUCTS_IN_USE:
		return months(r->u.products.window_months, 0);
	case RULE_USAGE_REACHED:
		return months(r->u.level.months, 0);
	case RULE_USAGE_SHARE:
		return months(r->u.share.months, 0);
	case RULE_SEGMENT_SHARE:
		return months(1, 0);
	default:
		return 0;
	}
}

static void op_init(struct planner *x, struct op *op)
{
	const struct metric_rule *r = op->rule;

	op->kind = kind_of(r->kind);
	op->reads = months_read(r);
	op->clock = NO_CLOCK;
	for (size_t i = 0; i < ROLE_END; i++)
		op->feeds[i] = NO_FEED;
	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
	case RULE_NET_DEPLOYMENTS:
	case RULE_UNITS_REACHED:
		put_test(x, op, &r->u.units.test, r->u.units.by_product, ROLE_MAIN);
		break;
	case RULE_USAGE_GROWTH:
	case RULE_GROWTH_REACHED:
		put_growth(x, op, &r->u.growth);
		break;
	case RULE_PRODUCTS_IN_USE:
		op->feeds[ROLE_MAIN] = feed_put(x, r->u.products.selection, FEED_BY_PRODUCT);
		x->plan->n_product_ops++;
		break;
	case RULE_USAGE_REACHED:
		op->feeds[ROLE_MAIN] = feed_put(x, r->u.level.selection, FEED_BY_CUSTOMER);
		break;
	case RULE_USAGE_SHARE:
		op->feeds[ROLE_MAIN] = feed_put(x, r->u.share.selection, FEED_TOTAL);
		op->feeds[ROLE_SHARE] = feed_put(x, r->u.share.of_selection, FEED_TOTAL);
		break;
	case RULE_SEGMENT_SHARE:
		op->feeds[ROLE_MAIN] = feed_put(x, r->u.segment.selection, FEED_BY_CUSTOMER);
		x->plan->segments = true;
		break;
	case RULE_PEOPLE:
		for (size_t i = 0; i < r->u.people.n_steps; i++)
			op->preds[i] = pred_put(x, &r->u.people.steps[i].holds);
		return;
	case RULE_PEOPLE_HOLD:
		op->preds[0] = pred_put(x, &r->u.hold.holds);
		return;
	case RULE_AT_LEAST_OF:
		put_children(x, op, r);
		return;
	case RULE_ATTESTED:
		op->state = (uint16_t)x->plan->n_states++;
		x->plan->attestations = true;
		return;
	default:
		return;
	}
	op->clock = clock_put(
		x, x->ed->selections[x->plan->feeds[op->feeds[ROLE_MAIN]].selection].measures);
	op->state = (uint16_t)x->plan->n_states++;
}

static uint16_t op_put(
	struct planner *x, const struct metric_rule *r, uint32_t maximum, bool pooled)
{
	struct plan *plan = x->plan;
	size_t i = 0;

	while (i < plan->n_ops &&
		(plan->ops[i].maximum != maximum || plan->ops[i].pooled != pooled ||
			!rules_equal(plan->ops[i].rule, r)))
		i++;
	if (i == plan->n_ops) {
		if (i == EDITION_METRICS_MAX) {
			x->rc = ERR_INVALID;
			return 0;
		}
		plan->n_ops++;
		plan->ops[i] = (struct op){ .rule = r, .maximum = maximum, .pooled = pooled };
		op_init(x, &plan->ops[i]);
	}
	return (uint16_t)i;
}

/* ---- areas ------------------------------------------------------------------------------------------------------- */

static void mark_area(struct plan *plan, uint16_t number, size_t area)
{
	struct op *op = &plan->ops[number];

	op->areas |= 1ULL << area;
	for (size_t i = 0; i < op->n_children; i++)
		mark_area(plan, op->children[i], area);
}

static void metric_init(
	struct planner *x, const struct metric *m, size_t area, struct plan_metric *ret)
{
	const struct metric_rule *r = &m->rule;

	ret->n = 1;
	if (r->kind != RULE_COMBINED) {
		ret->ops[0] = op_put(x, r, m->maximum, false);
	} else {
		ret->n = (uint16_t)r->u.combined.n;
		for (size_t i = 0; i < ret->n; i++)
			ret->ops[i] = op_put(x, r->u.combined.parts[i].rule,
				r->u.combined.parts[i].maximum,
				r->u.combined.how == COMBINE_POOLED);
	}
	for (size_t i = 0; x->rc == 0 && i < ret->n; i++)
		mark_area(x->plan, ret->ops[i], area);
}

static void shape_init(
	struct planner *x, const struct area *area, const struct track *t, struct area_shape *shape)
{
	struct str *metrics = fixed_zalloc(x, area->n_metrics, sizeof *metrics);
	uint32_t *maximum = fixed_zalloc(x, area->n_metrics, sizeof *maximum);

	if (metrics == NULL || maximum == NULL)
		return;
	for (size_t i = 0; i < area->n_metrics; i++) {
		metrics[i] = t->metrics[i].id;
		maximum[i] = t->metrics[i].maximum;
	}
	*shape = (struct area_shape){ .area = area->id,
		.qualifies_at = area->form == AREA_OF_METRICS ? (uint32_t)x->ed->qualifies_at.num
							      : (uint32_t)area->n_metrics,
		.track = t->id,
		.edition = x->ed->id,
		.conditions = area->form != AREA_OF_METRICS,
		.n_metrics = (uint32_t)area->n_metrics,
		.metrics = metrics,
		.maximum = maximum };
}

static void area_init(struct planner *x, size_t i)
{
	const struct area *area = &x->ed->areas[i];
	struct plan_area *pa = &x->plan->areas[i];

	pa->tracks = fixed_zalloc(x, area->n_tracks, sizeof *pa->tracks);
	pa->shapes = fixed_zalloc(x, area->n_tracks, sizeof *pa->shapes);
	for (size_t t = 0; x->rc == 0 && t < area->n_tracks; t++) {
		struct plan_track *pt = &pa->tracks[t];

		pt->when = NO_OP;
		if (area->tracks[t].when != NULL) {
			pt->when = op_put(x, area->tracks[t].when, 1, false);
			if (x->rc == 0)
				mark_area(x->plan, pt->when, i);
		}
		for (size_t k = 0; x->rc == 0 && k < area->n_metrics; k++)
			metric_init(x, &area->tracks[t].metrics[k], i, &pt->metrics[k]);
		shape_init(x, area, &area->tracks[t], &pa->shapes[t]);
	}
}

/* ---- who looks at what ------------------------------------------------------------------------------------------- */

static void set_bit(uint64_t *bits, size_t i)
{
	bits[i / 64] |= 1ULL << (i % 64);
}

/* Whether the feed of a role feeds the operator in an earlier role already: a cell moves an operator once. */
static bool is_fed(const struct op *op, size_t role)
{
	for (size_t i = 0; i < role; i++)
		if (op->feeds[i] == op->feeds[role])
			return true;
	return false;
}

static void link_feeds(struct planner *x)
{
	struct plan *plan = x->plan;
	struct feed_op *all = fixed_zalloc(x, plan->n_ops * ROLE_END, sizeof *all);
	size_t at = 0;

	for (size_t f = 0; all != NULL && f < plan->n_feeds; f++) {
		struct feed *feed = &plan->feeds[f];

		feed->ops = all + at;
		for (size_t i = 0; i < plan->n_ops; i++)
			for (size_t role = 0; role < ROLE_END; role++)
				if (plan->ops[i].feeds[role] == f && !is_fed(&plan->ops[i], role)) {
					all[at++] = (struct feed_op){ (uint16_t)i, (uint16_t)role };
					feed->n_ops++;
					feed->units |= plan->ops[i].kind->gather_unit != NULL;
				}
		if (feed->n_ops > FEED_OPS_MAX)
			x->rc = ERR_INVALID;
	}
}

static void link_ops(struct planner *x)
{
	struct plan *plan = x->plan;

	plan->pred_ops = fixed_zalloc(x, plan->n_preds, sizeof *plan->pred_ops);
	for (size_t i = 0; plan->pred_ops != NULL && i < plan->n_ops; i++) {
		const struct op *op = &plan->ops[i];

		if (op->clock != NO_CLOCK)
			set_bit(plan->clock_ops[op->clock], i);
		if (op->kind == &op_attested || op->kind == &op_held)
			set_bit(plan->fact_ops, i);
		if (op->kind == &op_hold)
			set_bit(plan->pred_ops[op->preds[0]], i);
		for (size_t s = 0; op->kind == &op_people && s < op->rule->u.people.n_steps; s++)
			set_bit(plan->pred_ops[op->preds[s]], i);
	}
}

int plan_init(struct plan *plan, const struct edition *ed, struct arena *ar)
{
	struct planner x = { plan, ed, ar, 0 };

	if (!edition_is_valid(ed))
		return ERR_INVALID;
	plan->ops = fixed_zalloc(&x, EDITION_METRICS_MAX, sizeof *plan->ops);
	plan->feeds = fixed_zalloc(&x, FEEDS_MAX, sizeof *plan->feeds);
	plan->preds = fixed_zalloc(&x, (size_t)PRED_WORDS * 64, sizeof *plan->preds);
	plan->areas = fixed_zalloc(&x, ed->n_areas, sizeof *plan->areas);
	for (size_t i = 0; x.rc == 0 && i < ed->n_areas; i++)
		area_init(&x, i);
	if (x.rc == 0)
		link_feeds(&x);
	if (x.rc == 0)
		link_ops(&x);
	return x.rc;
}

/* ---- selections -------------------------------------------------------------------------------------------------- */

static bool is_listed(struct str s, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(s, list[i]))
			return true;
	return false;
}

static bool admits(const struct names *n, struct str s)
{
	return n->n == 0 || is_listed(s, n->all, n->n);
}

static bool passes_one(const struct selection *s, const struct shape_names *n)
{
	for (size_t i = 0; i < s->n_filters; i++) {
		const struct usage_filter *f = &s->filters[i];

		if (admits(&f->products, n->product) && admits(&f->components, n->component) &&
			admits(&f->level1, n->level1) && admits(&f->group2, n->group2) &&
			admits(&f->group3, n->group3) && admits(&f->influencers, n->influencer) &&
			admits(&f->compute_os, n->compute_os))
			return true;
	}
	return s->n_filters == 0;
}

/* What one unit of a listed product is worth in the measure, and by which associations. False when nothing. */
static bool weigh(
	const struct selection *s, size_t product, enum measure measure, struct shape_hit *ret)
{
	for (size_t i = 0; i < s->n_rates; i++) {
		const struct usage_rate *r = &s->rates[i];

		if (r->measure != measure || product < r->first || product >= r->first + r->n)
			continue;
		ret->weight = r->weight;
		if (r->associations != 0)
			ret->associations = r->associations;
		return true;
	}
	return s->n_rates == 0;
}

static bool select_one(const struct selection *s, const struct shape_names *names,
	enum measure measure, uint32_t name, struct shape_hit *ret)
{
	size_t i = 0;

	if ((s->measures >> measure & 1) == 0 || !passes_one(s, names) ||
		is_listed(names->product, s->excluded, s->n_excluded))
		return false;
	ret->weight = 1;
	ret->associations = s->associations;
	ret->product = name;
	if (s->n_products == 0)
		return true;
	while (i < s->n_products && !plan_names(&s->products[i], names->product))
		i++;
	if (i == s->n_products)
		return false;
	ret->product = (uint32_t)i;
	return weigh(s, i, measure, ret);
}

size_t plan_select(const struct edition *ed, const struct shape_names *names, enum measure measure,
	enum offer_kind offer, uint32_t name, struct shape_hit *hits)
{
	size_t n = 0;

	for (size_t i = 0; i < ed->n_selections; i++) {
		const struct selection *s = &ed->selections[i];

		if ((s->offers >> offer & 1) != 0 && select_one(s, names, measure, name, &hits[n]))
			hits[n++].selection = (uint8_t)i;
	}
	return n;
}

struct str plan_product(const struct selection *s, uint32_t product, struct str name)
{
	return product < s->n_products ? s->products[product].name : name;
}
