/* Metrics: what they are called, where they come from, and how they are measured. */
#include "rules/compile/keys.h"

#include <stdio.h>

static const struct {
	const char *name;
	enum rule_kind kind;
	uint32_t needed, takes; /* KEY_BIT() */
} measures[] = {
	{ "net-customer-adds", RULE_NET_CUSTOMER_ADDS, KEY_BIT(K_POINTS) | KEY_BIT(K_USAGE),
		UNITS_KEYS | KEY_BIT(K_POINTS) },
	{ "people", RULE_PEOPLE, KEY_BIT(K_STEPS), KEY_BIT(K_STEPS) },
	{ "usage-growth", RULE_USAGE_GROWTH,
		KEY_BIT(K_POINTS) | KEY_BIT(K_USAGE) | KEY_BIT(K_BASIS) | KEY_BIT(K_COMPARED),
		KEY_BIT(K_POINTS) | KEY_BIT(K_USAGE) | KEY_BIT(K_BASIS) | KEY_BIT(K_COMPARED) |
			KEY_BIT(K_MINIMUM) | KEY_BIT(K_BASE_MINIMUM) | KEY_BIT(K_FOR_EACH) |
			KEY_BIT(K_ELIGIBLE) | KEY_BIT(K_SINCE_ASSOCIATION) },
	{ "products-in-use", RULE_PRODUCTS_IN_USE,
		KEY_BIT(K_POINTS) | KEY_BIT(K_USAGE) | KEY_BIT(K_LAST),
		KEY_BIT(K_POINTS) | KEY_BIT(K_USAGE) | KEY_BIT(K_LAST) },
	{ "net-deployments", RULE_NET_DEPLOYMENTS, KEY_BIT(K_POINTS) | KEY_BIT(K_USAGE),
		UNITS_KEYS | KEY_BIT(K_POINTS) },
};
#define N_MEASURES (sizeof measures / sizeof measures[0])

static const char *rule_measure_at(size_t i)
{
	return measures[i].name;
}

/* The keys of a metric before those of its measure. */
enum {
	M_ID,
	M_NAME,
	M_RULE,
	M_SOURCE,
	M_MAXIMUM,
	M_MEASURE,
	M_UNKNOWN,
	M_SINCE,
	M_UNTIL,
	M_OPTIONS,
	M_PARTS,
	M_POOLED,
	M_KEYS, /* the keys of enum rule_key follow */
	M_N = M_KEYS + K_STEPS + 1
};
static const struct key metric_head[M_KEYS] = { { "id", true }, { "name", true }, { "rule", true },
	{ "source", true }, { "maximum", true }, { "measure", false }, { "unknown", false },
	{ "since", false }, { "until", false }, { "options", false }, { "parts", false },
	{ "pooled-parts", false } };

/* Keys of a part of a metric, in the same manner. */
enum { P_ID, P_NAME, P_MAXIMUM, P_MEASURE, P_KEYS, P_N = P_KEYS + K_STEPS + 1 };
static const struct key part_head[P_KEYS] = { { "id", true }, { "name", true },
	{ "maximum", false }, { "measure", true } };

/* The keys `head`, then those of every measure; what does not fit is told by check_fitting(). */
static bool read_with_measure(struct program *p, const struct node *n, const char *what,
	const struct key *head, size_t n_head, const struct node **v)
{
	struct key keys[M_N];

	memcpy(keys, head, n_head * sizeof *head);
	for (size_t k = 0; k <= K_STEPS; k++)
		keys[n_head + k] = (struct key){ rule_key_names[k], false };
	return read_map(&p->c, n, what, keys, n_head + K_STEPS + 1, v);
}

/* Keys of this measure that are missing, and keys that belong to another. v: by enum rule_key. */
static bool check_fitting(struct program *p, const struct node *n, const char *noun,
	const struct node *const *v, size_t measure)
{
	bool ok = true;

	for (size_t k = 0; k <= K_STEPS; k++) {
		if ((measures[measure].needed & KEY_BIT(k)) != 0 && v[k] == NULL)
			ok = fail(&p->c, n, "%s that measures %s has no '%s'; add it", noun,
				measures[measure].name, rule_key_names[k]);
		if ((measures[measure].takes & KEY_BIT(k)) == 0 && v[k] != NULL)
			ok = fail(&p->c, v[k]->key,
				"'%s' has no meaning where %s measures %s; take it out",
				rule_key_names[k], noun, measures[measure].name);
	}
	return ok;
}

/* noun: "a metric" or "a part". v: by enum rule_key. */
static bool read_measured(struct program *p, const struct node *n, const char *noun,
	const struct node *measure, const struct node *const *v, uint32_t maximum,
	struct metric_rule *r)
{
	char what[64];
	size_t i = 0;
	bool ok;

	snprintf(what, sizeof what, "'measure' of %s", noun);
	if (!read_choice(&p->c, measure, what, rule_measure_at, N_MEASURES, &i))
		return false;
	snprintf(what, sizeof what, "%s that measures %s", noun, measures[i].name);
	r->kind = measures[i].kind;
	r->points_each = RATIO_ZERO;
	ok = check_fitting(p, n, noun, v, i);
	if (r->kind == RULE_PEOPLE)
		return read_steps(p, v[K_STEPS], maximum, r) && ok;
	ok &= read_each(p, v[K_POINTS], &r->points_each);
	switch (r->kind) {
	case RULE_USAGE_GROWTH:
		return read_growth(p, v, &r->u.growth) && ok;
	case RULE_PRODUCTS_IN_USE:
		ok &= read_usage(p, v[K_USAGE], &r->u.products.selection);
		return read_months(
			       p, v[K_LAST], "'in-last-months'", &r->u.products.window_months) &&
		       ok;
	default:
		return read_units(p, n, what, v, &r->u.units) && ok;
	}
}

/* ---- combined metrics ----------------------------------------------------------------------------------------- */

static bool read_part(
	struct program *p, const struct node *n, uint32_t maximum, struct rule_part *part)
{
	const struct node *v[P_N];
	struct metric_rule *rule = keep(&p->c, sizeof *rule);
	bool ok;

	if (rule == NULL || !read_with_measure(p, n, "a part of a metric", part_head, P_KEYS, v))
		return false;
	memset(rule, 0, sizeof *rule);
	part->rule = rule;
	part->maximum = maximum;
	ok = read_id(&p->c, v[P_ID], "'id' of a part", &part->id);
	ok &= read_text(&p->c, v[P_NAME], "'name' of a part", EVENT_NAME_MAX, &part->name);
	if (v[P_MAXIMUM] != NULL)
		ok &= read_whole(
			&p->c, v[P_MAXIMUM], "'maximum' of a part", 1, maximum, &part->maximum);
	return read_measured(p, n, "a part", v[P_MEASURE], v + P_KEYS, part->maximum, rule) && ok;
}

/* Whether the parts can earn what the metric offers, and each is of a kind that can be combined so. */
static bool check_parts(
	struct program *p, const struct node *n, uint32_t maximum, const struct metric_rule *r)
{
	uint32_t reach = 0;
	const struct node *at = n->first;
	bool ok = true;

	for (size_t i = 0; i < r->u.combined.n; i++, at = at->next) {
		const struct rule_part *part = &r->u.combined.parts[i];

		if (r->u.combined.how == COMBINE_HIGHEST)
			reach = part->maximum > reach ? part->maximum : reach;
		else
			reach += part->maximum;
		if (r->u.combined.how == COMBINE_POOLED && part->rule->kind == RULE_USAGE_GROWTH)
			ok = fail(&p->c, at,
				"growth cannot be pooled with other parts; add it under 'parts' instead");
	}
	if (reach < maximum)
		return fail(&p->c, n, "the %s at most %u points, but the metric's maximum is %u",
			r->u.combined.how == COMBINE_HIGHEST ? "best option earns"
							     : "parts together earn",
			reach, maximum);
	return ok;
}

static bool read_parts(struct program *p, const struct node *n, const char *what, enum combine how,
	uint32_t maximum, struct metric_rule *r)
{
	struct rule_part *parts;
	size_t k = 0;
	bool ok = true;

	r->kind = RULE_COMBINED;
	r->points_each = RATIO_ZERO;
	if (!read_list(&p->c, n, what, EDITION_PARTS_MAX))
		return false;
	parts = keep(&p->c, n->n * sizeof *parts);
	if (parts == NULL)
		return false;
	memset(parts, 0, n->n * sizeof *parts);
	for (const struct node *i = n->first; i != NULL; i = i->next, k++) {
		ok &= read_part(p, i, maximum, &parts[k]);
		for (size_t j = 0; j < k; j++)
			if (parts[k].id.n > 0 && str_eq(parts[j].id, parts[k].id))
				ok = fail(&p->c, i,
					"part '%.*s' is in this metric already; take one out",
					SHOWN(parts[k].id));
	}
	r->u.combined.how = how;
	r->u.combined.n = k;
	r->u.combined.parts = parts;
	return ok && check_parts(p, n, maximum, r);
}

static bool read_combined(
	struct program *p, const struct node *const *v, uint32_t maximum, struct metric_rule *r)
{
	bool ok = true;

	for (size_t k = 0; k <= K_STEPS; k++)
		if (v[M_KEYS + k] != NULL)
			ok = fail(&p->c, v[M_KEYS + k]->key,
				"'%s' has no meaning where a metric is made of parts; write it in a part",
				rule_key_names[k]);
	if (maximum == 0) /* not read, told elsewhere */
		maximum = AREA_POINTS;
	if (v[M_OPTIONS] != NULL)
		return read_parts(p, v[M_OPTIONS], "'options'", COMBINE_HIGHEST, maximum, r) && ok;
	if (v[M_PARTS] != NULL)
		return read_parts(p, v[M_PARTS], "'parts'", COMBINE_ADDED, maximum, r) && ok;
	return read_parts(p, v[M_POOLED], "'pooled-parts'", COMBINE_POOLED, maximum, r) && ok;
}

/* ---- metrics -------------------------------------------------------------------------------------------------- */

bool claim_rule_id(struct program *p, const struct node *n, struct str id)
{
	for (size_t i = 0; i < p->n_rule_ids; i++)
		if (str_eq(p->rule_ids[i], id))
			return fail(&p->c, n,
				"rule '%.*s' is given to another metric already; each rule has its own id",
				SHOWN(id));
	if (p->n_rule_ids < EDITION_METRICS_MAX)
		p->rule_ids[p->n_rule_ids++] = id;
	return true;
}

bool read_validity(
	struct program *p, const struct node *since, const struct node *until, struct metric *m)
{
	bool ok = true;

	if (since != NULL)
		ok &= read_day(&p->c, since, "'since'", &m->valid_from);
	if (until != NULL)
		ok &= read_day(&p->c, until, "'until'", &m->valid_until);
	if (ok && since != NULL && until != NULL && m->valid_until < m->valid_from)
		return fail(&p->c, until,
			"'until' is before 'since'; give the last day on which the rule holds");
	return ok;
}

static bool read_metric_rule(
	struct program *p, const struct node *n, const struct node *const *v, struct metric *m)
{
	static const size_t either[] = { M_MEASURE, M_OPTIONS, M_PARTS, M_POOLED };
	size_t which;

	if (!read_one_of(&p->c, n, "a metric", metric_head, v, either, 4, false, &which))
		return false;
	if (which == 4)
		return fail(&p->c, n, "a metric has no 'measure'; add it");
	if (either[which] != M_MEASURE)
		return read_combined(p, v, m->maximum, &m->rule);
	return read_measured(p, n, "a metric", v[M_MEASURE], v + M_KEYS, m->maximum, &m->rule);
}

bool read_metric(struct program *p, const struct node *n, struct metric *m)
{
	const struct node *v[M_N];
	bool ok;

	memset(m, 0, sizeof *m);
	m->valid_from = m->valid_until = DAY_NONE;
	if (!read_with_measure(p, n, "a metric", metric_head, M_KEYS, v))
		return false;
	ok = read_id(&p->c, v[M_ID], "'id' of a metric", &m->id);
	ok &= read_text(&p->c, v[M_NAME], "'name' of a metric", EVENT_NAME_MAX, &m->name);
	ok &= read_text(&p->c, v[M_RULE], "'rule' of a metric", EVENT_NAME_MAX, &m->rule_id) &&
	      claim_rule_id(p, v[M_RULE], m->rule_id);
	ok &= read_source(p, v[M_SOURCE], "'source' of a metric", &m->source);
	read_unknown(p, v[M_UNKNOWN], &m->n_unknown, &m->unknown);
	ok &= read_validity(p, v[M_SINCE], v[M_UNTIL], m);
	ok &= read_whole(&p->c, v[M_MAXIMUM], "'maximum' of a metric", 1, AREA_POINTS, &m->maximum);
	return read_metric_rule(p, n, v, m) && ok;
}
