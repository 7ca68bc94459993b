/* Metrics, and the areas that are made of them. */
#include "rules/compile/parts.h"

#define MONTHS_MAX  60
#define AREA_POINTS 100

static const char *const measures[] = { "net-customer-adds", "people", "usage-growth",
	"products-in-use" };
static const enum rule_kind kinds[] = { RULE_NET_CUSTOMER_ADDS, RULE_PEOPLE, RULE_USAGE_GROWTH,
	RULE_PRODUCTS_IN_USE };
#define N_MEASURES (sizeof measures / sizeof measures[0])

static const char *rule_measure_at(size_t i)
{
	return measures[i];
}

static const char *basis_at(size_t i)
{
	static const char *const names[] = { "single-month", "trailing-twelve-months" };

	return names[i];
}

/* Every key that any kind of metric has; which belong to which kind stands in `fitting`. */
enum {
	M_ID,
	M_NAME,
	M_RULE,
	M_SOURCE,
	M_UNKNOWN,
	M_MEASURE,
	M_MAXIMUM, /* all */
	M_POINTS,
	M_USAGE,
	M_CUSTOMER,
	M_LAST,
	M_COMPARED,
	M_BASIS,
	M_MINIMUM,
	M_STEPS,
	M_N
};
static const struct key metric_keys[M_N] = { { "id", true }, { "name", true }, { "rule", true },
	{ "source", true }, { "unknown", false }, { "measure", true }, { "maximum", true },
	{ "points", false }, { "usage", false }, { "customer-reaches", false },
	{ "in-last-months", false }, { "compared-months", false }, { "basis", false },
	{ "minimum", false }, { "steps", false } };

#define BIT(k) (1u << (k))
static const uint32_t fitting[N_MEASURES] = {
	BIT(M_POINTS) | BIT(M_USAGE) | BIT(M_CUSTOMER) | BIT(M_LAST) | BIT(M_COMPARED),
	BIT(M_STEPS),
	BIT(M_POINTS) | BIT(M_USAGE) | BIT(M_BASIS) | BIT(M_COMPARED) | BIT(M_MINIMUM),
	BIT(M_POINTS) | BIT(M_USAGE) | BIT(M_LAST),
};

/* Keys of this kind that are missing, and keys that belong to another kind. */
static bool check_fitting(
	struct program *p, const struct node *n, const struct node *const *v, size_t kind)
{
	bool ok = true;

	for (size_t k = M_POINTS; k < M_N; k++) {
		bool fits = (fitting[kind] & BIT(k)) != 0;

		if (fits && v[k] == NULL)
			ok = fail(&p->c, n, "a metric that measures %s has no '%s'; add it",
				measures[kind], metric_keys[k].name);
		if (!fits && v[k] != NULL)
			ok = fail(&p->c, v[k]->key,
				"'%s' has no meaning where a metric measures %s; take it out",
				metric_keys[k].name, measures[kind]);
	}
	return ok;
}

static bool read_months(struct program *p, const struct node *n, const char *what, uint32_t *ret)
{
	return read_whole(&p->c, n, what, 1, MONTHS_MAX, ret);
}

static bool read_usage(struct program *p, const struct node *n, uint16_t *ret)
{
	int i = n == NULL ? -1 : refer(p, n, "selection", p->selections, p->e->n_selections);

	if (i >= 0)
		*ret = (uint16_t)i;
	return i >= 0;
}

static bool read_each(struct program *p, const struct node *n, struct ratio *ret)
{
	if (!read_points(&p->c, n, "'points'", ret))
		return false;
	if (ratio_is_zero(*ret))
		return fail(&p->c, n, "'points' is zero; give what one unit earns");
	return true;
}

static bool read_rule(
	struct program *p, const struct node *const *v, uint32_t maximum, struct metric_rule *r)
{
	size_t basis = 0;
	bool ok = true;

	r->points_each = RATIO_ZERO;
	if (r->kind == RULE_PEOPLE)
		return read_steps(p, v[M_STEPS], maximum, r);
	ok = read_each(p, v[M_POINTS], &r->points_each);
	switch (r->kind) {
	case RULE_NET_CUSTOMER_ADDS:
		ok &= read_usage(p, v[M_USAGE], &r->u.units.test.selection);
		ok &= read_amount(
			&p->c, v[M_CUSTOMER], "'customer-reaches'", &r->u.units.test.from_micro);
		ok &= read_months(p, v[M_LAST], "'in-last-months'", &r->u.units.test.months);
		r->u.units.base_from_micro = r->u.units.test.from_micro;
		r->u.units.test.to_micro = UNIT_NO_BOUND;
		return ok & read_months(p, v[M_COMPARED], "'compared-months'",
				    &r->u.units.compare_months);
	case RULE_USAGE_GROWTH:
		ok &= read_usage(p, v[M_USAGE], &r->u.growth.selection);
		ok &= read_choice(&p->c, v[M_BASIS], "'basis'", basis_at, 2, &basis);
		r->u.growth.window_months = basis == 0 ? 1 : 12;
		ok &= read_amount(&p->c, v[M_MINIMUM], "'minimum'", &r->u.growth.minimum_micro);
		return ok & read_months(p, v[M_COMPARED], "'compared-months'",
				    &r->u.growth.compare_months);
	default:
		ok &= read_usage(p, v[M_USAGE], &r->u.products.selection);
		return ok &
		       read_months(p, v[M_LAST], "'in-last-months'", &r->u.products.window_months);
	}
}

static bool read_rule_id(struct program *p, const struct node *n, struct str *ret)
{
	if (!read_text(&p->c, n, "'rule' of a metric", EVENT_NAME_MAX, ret))
		return false;
	for (size_t i = 0; i < p->n_rules; i++)
		if (str_eq(p->rules[i], *ret))
			return fail(&p->c, n,
				"rule '%.*s' is given to another metric already; each rule has its own id",
				SHOWN(*ret));
	if (p->n_rules < EDITION_METRICS_MAX)
		p->rules[p->n_rules++] = *ret;
	return true;
}

bool read_metric(struct program *p, const struct node *n, struct metric *m)
{
	const struct node *v[M_N];
	size_t kind = 0;
	bool ok;

	memset(m, 0, sizeof *m);
	m->valid_from = m->valid_until = DAY_NONE;
	if (!read_map(&p->c, n, "a metric", metric_keys, M_N, v))
		return false;
	ok = read_id(&p->c, v[M_ID], "'id' of a metric", &m->id);
	ok &= read_text(&p->c, v[M_NAME], "'name' of a metric", EVENT_NAME_MAX, &m->name);
	ok &= read_rule_id(p, v[M_RULE], &m->rule_id);
	ok &= read_source(p, v[M_SOURCE], "'source' of a metric", &m->source);
	read_unknown(p, v[M_UNKNOWN], &m->n_unknown, &m->unknown);
	ok &= read_whole(&p->c, v[M_MAXIMUM], "'maximum' of a metric", 1, AREA_POINTS, &m->maximum);
	if (!read_choice(&p->c, v[M_MEASURE], "'measure' of a metric", rule_measure_at, N_MEASURES,
		    &kind))
		return false;
	ok &= check_fitting(p, n, v, kind);
	m->rule.kind = kinds[kind];
	return read_rule(p, v, m->maximum, &m->rule) && ok;
}

void read_shared_metrics(struct program *p, const struct node *n)
{
	size_t k = 0;

	if (!read_list(&p->c, n, "'shared-metrics'", EDITION_METRICS_MAX))
		return;
	p->shared = keep(&p->c, n->n * sizeof *p->shared);
	p->shared_metrics = keep(&p->c, n->n * sizeof *p->shared_metrics);
	if (p->shared == NULL || p->shared_metrics == NULL)
		return;
	for (const struct node *i = n->first; i != NULL; i = i->next) {
		(void)read_metric(p, i, &p->shared_metrics[k]);
		for (size_t j = 0; j < k; j++)
			if (str_eq(p->shared[j].name, p->shared_metrics[k].id))
				fail(&p->c, i,
					"a shared metric '%.*s' is declared already; choose another id",
					SHOWN(p->shared_metrics[k].id));
		p->shared[k] = (struct declared){ .name = p->shared_metrics[k].id, .at = i };
		p->n_shared = ++k;
	}
}

static bool read_area_metric(struct program *p, const struct node *n, struct metric *m)
{
	int i;

	if (n->kind != NODE_TEXT)
		return read_metric(p, n, m);
	i = refer(p, n, "shared metric", p->shared, p->n_shared);
	if (i < 0)
		return false;
	*m = p->shared_metrics[i];
	return m->maximum > 0; /* its own fault was told where it is declared */
}

static void read_area_metrics(struct program *p, const struct node *n, struct area *a)
{
	const char *inexact;
	struct metric *ms;
	struct track *only;
	uint32_t total = 0;
	size_t k = 0;
	bool ok = true;

	if (!read_list(&p->c, n, "'metrics' of an area", AREA_METRICS_MAX))
		return;
	p->n_metrics += n->n;
	if (p->n_metrics > EDITION_METRICS_MAX) {
		fail(&p->c, n, "more than %d metrics over all areas; the engine takes no more",
			EDITION_METRICS_MAX);
		return;
	}
	ms = keep(&p->c, n->n * sizeof *ms);
	if (ms == NULL)
		return;
	memset(ms, 0, n->n * sizeof *ms);
	for (const struct node *i = n->first; i != NULL; i = i->next, k++) {
		ok &= read_area_metric(p, i, &ms[k]);
		for (size_t j = 0; j < k; j++)
			if (ms[k].id.n > 0 && str_eq(ms[j].id, ms[k].id))
				ok = fail(&p->c, i,
					"metric '%.*s' is in this area already; take one out",
					SHOWN(ms[k].id));
		total += ms[k].maximum;
	}
	a->n_metrics = k;
	a->metrics = ms;
	a->n_tracks = 1;
	a->enrolled_track = -1;
	only = keep(&p->c, sizeof *only);
	if (only == NULL)
		return;
	*only = (struct track){ .metrics = ms };
	a->tracks = only;
	if (ok && total != AREA_POINTS)
		fail(&p->c, n->key,
			"the metrics of area '%.*s' have %u points at most; together they must have %d",
			SHOWN(a->id), total, AREA_POINTS);
	inexact = ok ? edition_inexact(p->e, a) : NULL;
	if (inexact != NULL)
		fail(&p->c, n->key, "area '%.*s': %s", SHOWN(a->id), inexact);
}

void read_areas(struct program *p, const struct node *n)
{
	enum { ID, NAME, METRICS, N };
	static const struct key keys[N] = { { "id", true }, { "name", true }, { "metrics", true } };
	const struct node *v[N];
	struct area *areas;
	size_t k = 0;

	if (!read_list(&p->c, n, "'areas'", EDITION_AREAS_MAX))
		return;
	areas = keep(&p->c, n->n * sizeof *areas);
	if (areas == NULL)
		return;
	memset(areas, 0, n->n * sizeof *areas);
	for (const struct node *i = n->first; i != NULL; i = i->next) {
		struct area *a = &areas[k];

		if (!read_map(&p->c, i, "an area", keys, N, v))
			continue;
		if (read_id(&p->c, v[ID], "'id' of an area", &a->id))
			for (size_t j = 0; j < k; j++)
				if (str_eq(areas[j].id, a->id))
					fail(&p->c, v[ID],
						"an area '%.*s' is there already; choose another id",
						SHOWN(a->id));
		(void)read_text(&p->c, v[NAME], "'name' of an area", EVENT_NAME_MAX, &a->name);
		read_area_metrics(p, v[METRICS], a);
		k++;
	}
	p->e->areas = areas;
	p->e->n_areas = k;
}
