/* Turns an edition into operators. Metrics of several areas with the same rule and maximum share one operator, so
 * what an event touches is computed once. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

/* Bounds under which no product of sums, fractions and maxima leaves 128 bits: sums stay below 2^82 (2^32 rows of
 * 2^50), times 100 or a fraction's part (2^20) times a maximum (2^14). Totals: edition_inexact(). */
#define MAXIMUM_MAX	10000
#define MONTHS_SPAN_MAX 240

static bool is_fraction(struct ratio r)
{
	return r.num >= 0 && r.num <= EDITION_FRACTION_MAX && r.den >= 1 &&
	       r.den <= EDITION_FRACTION_MAX;
}

static bool is_span(uint32_t months)
{
	return months >= 1 && months <= MONTHS_SPAN_MAX;
}

static bool steps_are_valid(size_t n, const struct people_step *steps)
{
	if (n < 1 || n > EDITION_STEPS_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (steps[i].holds.n_any < 1 || !is_fraction(steps[i].points_each) ||
			!is_fraction(steps[i].points_max))
			return false;
	return true;
}

static bool rule_is_valid(const struct edition *ed, const struct metric_rule *r)
{
	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
		return r->u.units.test.selection < ed->n_selections &&
		       r->u.units.test.from_micro >= 1 && is_span(r->u.units.test.months) &&
		       is_span(r->u.units.compare_months) && is_fraction(r->points_each);
	case RULE_PEOPLE:
		return steps_are_valid(r->u.people.n_steps, r->u.people.steps);
	case RULE_USAGE_GROWTH:
		return r->u.growth.selection < ed->n_selections &&
		       is_span(r->u.growth.window_months) && is_span(r->u.growth.compare_months) &&
		       is_fraction(r->points_each);
	case RULE_PRODUCTS_IN_USE:
		return r->u.products.selection < ed->n_selections &&
		       is_span(r->u.products.window_months) && is_fraction(r->points_each);
	default:
		return false;
	}
}

static bool area_is_valid(const struct edition *ed, const struct area *area)
{
	if (area->n_metrics < 1 || area->n_metrics > AREA_METRICS_MAX)
		return false;
	for (size_t i = 0; i < area->n_metrics; i++)
		if (area->metrics[i].maximum > MAXIMUM_MAX ||
			!rule_is_valid(ed, &area->metrics[i].rule))
			return false;
	return edition_inexact(ed, area) == NULL;
}

static bool edition_is_valid(const struct edition *ed)
{
	size_t n_metrics = 0;

	if (ed->n_certificates > EDITION_CERTIFICATES_MAX || ed->n_selections > 32 ||
		ed->n_areas < 1 || ed->n_areas > EDITION_AREAS_MAX || ed->usage_ready_day > 366)
		return false;
	if (!is_fraction(ed->qualifies_at) ||
		ed->qualifies_at.den != 1 || /* told as a whole number */
		!is_fraction(ed->metric_above))
		return false;
	for (size_t i = 0; i < ed->n_selections; i++)
		if (ed->selections[i].measure < 1 || ed->selections[i].measure >= MEASURE_END)
			return false;
	for (size_t i = 0; i < ed->n_areas; i++) {
		if (!area_is_valid(ed, &ed->areas[i]))
			return false;
		n_metrics += ed->areas[i].n_metrics;
	}
	return n_metrics <= EDITION_METRICS_MAX;
}

/* ---- sharing ---------------------------------------------------------------------------------------------------- */

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

static bool rules_equal(const struct metric_rule *a, const struct metric_rule *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == RULE_PEOPLE)
		return people_equal(a, b);
	if (!ratio_eq(a->points_each, b->points_each))
		return false;
	switch (a->kind) {
	case RULE_NET_CUSTOMER_ADDS:
		return a->u.units.test.selection == b->u.units.test.selection &&
		       a->u.units.test.from_micro == b->u.units.test.from_micro &&
		       a->u.units.test.months == b->u.units.test.months &&
		       a->u.units.compare_months == b->u.units.compare_months;
	case RULE_USAGE_GROWTH:
		return a->u.growth.selection == b->u.growth.selection &&
		       a->u.growth.window_months == b->u.growth.window_months &&
		       a->u.growth.compare_months == b->u.growth.compare_months &&
		       a->u.growth.minimum_micro == b->u.growth.minimum_micro;
	case RULE_PRODUCTS_IN_USE:
		return a->u.products.selection == b->u.products.selection &&
		       a->u.products.window_months == b->u.products.window_months;
	default:
		return false;
	}
}

static uint16_t pred_put(struct plan *plan, const struct people_predicate *p)
{
	size_t i = 0;

	while (i < plan->n_preds && !predicates_equal(plan->preds[i], p))
		i++;
	if (i == plan->n_preds)
		plan->preds[plan->n_preds++] = p;
	return (uint16_t)i;
}

static uint16_t feed_put(
	struct plan *plan, const struct edition *ed, uint16_t selection, enum feed_by by)
{
	size_t i = 0;

	while (i < plan->n_feeds &&
		(plan->feeds[i].selection != selection || plan->feeds[i].by != by))
		i++;
	if (i == plan->n_feeds) {
		enum measure m = ed->selections[selection].measure;
		uint8_t *n = &plan->n_selection_feeds[selection];

		plan->feeds[plan->n_feeds++] =
			(struct feed){ .selection = selection, .by = by, .measure = m };
		plan->selection_feeds[selection][(*n)++] = (uint8_t)i;
		plan->measures |= 1U << m;
	}
	return (uint16_t)i;
}

static void op_init(struct plan *plan, const struct edition *ed, struct op *op)
{
	const struct metric_rule *r = op->rule;

	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
		op->kind = &op_customers;
		op->feed = feed_put(plan, ed, r->u.units.test.selection, FEED_BY_CUSTOMER);
		break;
	case RULE_USAGE_GROWTH:
		op->kind = &op_growth;
		op->feed = feed_put(plan, ed, r->u.growth.selection, FEED_TOTAL);
		break;
	case RULE_PRODUCTS_IN_USE:
		op->kind = &op_products;
		op->feed = feed_put(plan, ed, r->u.products.selection, FEED_BY_PRODUCT);
		plan->n_product_ops++;
		break;
	case RULE_PEOPLE:
		op->kind = &op_people;
		plan->people = true;
		for (size_t i = 0; i < r->u.people.n_steps; i++)
			op->preds[i] = pred_put(plan, &r->u.people.steps[i].holds);
		return;
	default:
		return;
	}
	op->measure = plan->feeds[op->feed].measure;
	op->state = (uint16_t)plan->n_states++;
}

static size_t op_put(struct plan *plan, const struct edition *ed, const struct metric *m)
{
	size_t i = 0;

	while (i < plan->n_ops &&
		(plan->ops[i].maximum != m->maximum || !rules_equal(plan->ops[i].rule, &m->rule)))
		i++;
	if (i == plan->n_ops) {
		plan->ops[i] = (struct op){ .rule = &m->rule, .maximum = m->maximum };
		op_init(plan, ed, &plan->ops[i]);
		plan->n_ops++;
	}
	return i;
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

static void *fixed_zalloc(struct arena *ar, size_t n, size_t size)
{
	void *p = arena_alloc(ar, n * size + 1);

	if (p != NULL)
		memset(p, 0, n * size);
	return p;
}

static int shape_init(struct area_shape *shape, const struct edition *ed, const struct area *area,
	struct arena *ar)
{
	struct str *metrics = fixed_zalloc(ar, area->n_metrics, sizeof *metrics);
	uint32_t *maximum = fixed_zalloc(ar, area->n_metrics, sizeof *maximum);

	if (metrics == NULL || maximum == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < area->n_metrics; i++) {
		metrics[i] = area->metrics[i].id;
		maximum[i] = area->metrics[i].maximum;
	}
	*shape = (struct area_shape){ .area = area->id,
		.qualifies_at = (uint32_t)ed->qualifies_at.num,
		.track = area->tracks[0].id,
		.edition = ed->id,
		.n_metrics = (uint32_t)area->n_metrics,
		.metrics = metrics,
		.maximum = maximum };
	return 0;
}

static int areas_init(struct plan *plan, const struct edition *ed, struct arena *ar)
{
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ed->n_areas; i++) {
		plan->area_first[i] = at;
		for (size_t k = 0; k < ed->areas[i].n_metrics; k++) {
			size_t op = op_put(plan, ed, &ed->areas[i].metrics[k]);

			plan->ops[op].areas |= 1ULL << i;
			plan->metric_op[at++] = (uint16_t)op;
		}
		rc = shape_init(&plan->shapes[i], ed, &ed->areas[i], ar);
	}
	return rc;
}

static void link_feeds(struct plan *plan)
{
	uint16_t at = 0;

	for (size_t f = 0; f < plan->n_feeds; f++) {
		plan->feeds[f].ops = plan->feed_ops + at;
		for (size_t i = 0; i < plan->n_ops; i++)
			if (plan->ops[i].measure != 0 && plan->ops[i].feed == f) {
				plan->feed_ops[at++] = (uint16_t)i;
				plan->feeds[f].n_ops++;
			}
	}
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct op *op = &plan->ops[i];

		if (op->measure != 0) {
			plan->measure_ops[op->measure][i / 64] |= 1ULL << (i % 64);
			continue;
		}
		for (size_t s = 0; s < op->rule->u.people.n_steps; s++)
			plan->pred_ops[op->preds[s]][i / 64] |= 1ULL << (i % 64);
	}
}

static void attributes_init(struct plan *plan, const struct edition *ed)
{
	for (unsigned a = 1; a < ASSOC_KIND_END; a++)
		for (unsigned o = 0; o < OFFER_KIND_END; o++)
			for (size_t i = 0; i < ed->n_selections; i++) {
				const struct selection *s = &ed->selections[i];

				if ((s->associations >> a & 1) != 0 && (s->offers >> o & 1) != 0)
					plan->attributes[a][o][s->measure] |= 1U << i;
			}
}

int plan_init(struct plan *plan, const struct edition *ed, struct arena *ar)
{
	size_t n_metrics = 0, n_steps = 0;
	int rc;

	if (!edition_is_valid(ed))
		return ERR_INVALID;
	for (size_t i = 0; i < ed->n_areas; i++) {
		n_metrics += ed->areas[i].n_metrics;
		for (size_t k = 0; k < ed->areas[i].n_metrics; k++)
			if (ed->areas[i].metrics[k].rule.kind == RULE_PEOPLE)
				n_steps += ed->areas[i].metrics[k].rule.u.people.n_steps;
	}
	plan->ops = fixed_zalloc(ar, n_metrics, sizeof *plan->ops);
	plan->feeds = fixed_zalloc(ar, FEEDS_MAX, sizeof *plan->feeds);
	plan->feed_ops = fixed_zalloc(ar, n_metrics, sizeof *plan->feed_ops);
	plan->preds = fixed_zalloc(ar, n_steps, sizeof *plan->preds);
	plan->pred_ops = fixed_zalloc(ar, n_steps, sizeof *plan->pred_ops);
	plan->metric_op = fixed_zalloc(ar, n_metrics, sizeof *plan->metric_op);
	plan->shapes = fixed_zalloc(ar, ed->n_areas, sizeof *plan->shapes);
	if (plan->ops == NULL || plan->feeds == NULL || plan->feed_ops == NULL ||
		plan->preds == NULL || plan->pred_ops == NULL || plan->metric_op == NULL ||
		plan->shapes == NULL)
		return ERR_NOMEM;
	rc = areas_init(plan, ed, ar);
	if (rc != 0)
		return rc;
	plan->pred_words = (plan->n_preds + 63) / 64;
	link_feeds(plan);
	attributes_init(plan, ed);
	return 0;
}

/* ---- selections ------------------------------------------------------------------------------------------------- */

static bool is_listed(struct str s, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(s, list[i]))
			return true;
	return false;
}

static bool is_product(struct str s, const struct selection *sel)
{
	for (size_t i = 0; i < sel->n_products; i++)
		if (str_eq_nocase(s, sel->products[i].name) ||
			is_listed(s, sel->products[i].aliases, sel->products[i].n_aliases))
			return true;
	return sel->n_products == 0;
}

static bool passes(const struct usage_filter *f, struct str product, struct str component)
{
	return (f->products.n == 0 || is_listed(product, f->products.all, f->products.n)) &&
	       (f->components.n == 0 || is_listed(component, f->components.all, f->components.n));
}

static bool passes_one(const struct selection *s, struct str product, struct str component)
{
	for (size_t i = 0; i < s->n_filters; i++)
		if (passes(&s->filters[i], product, component))
			return true;
	return s->n_filters == 0;
}

uint32_t plan_select(const struct edition *ed, struct str product, struct str component)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < ed->n_selections; i++) {
		const struct selection *s = &ed->selections[i];

		if (!is_product(product, s) || !passes_one(s, product, component))
			continue;
		if (is_listed(product, s->excluded, s->n_excluded))
			continue;
		mask |= 1U << i;
	}
	return mask;
}
