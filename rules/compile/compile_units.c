/* Units that pass, and growth: what metrics and conditions say of usage over months. */
#include "rules/compile/keys.h"

#define MONTHS_MAX 60

const char *const rule_key_names[K_END] = {
	[K_POINTS] = "points",
	[K_USAGE] = "usage",
	[K_UNIT] = "unit",
	[K_REACHES] = "customer-reaches",
	[K_EXCEEDS] = "customer-exceeds",
	[K_AT_MOST] = "customer-at-most",
	[K_BELOW] = "customer-below",
	[K_LAST] = "in-last-months",
	[K_SUM] = "sum-of-months",
	[K_ONE_WORKLOAD] = "in-one-workload",
	[K_PROMOTED] = "promoted-months",
	[K_SHARE] = "active-share",
	[K_COMPARED] = "compared-months",
	[K_BASE_REACHES] = "base-reaches",
	[K_NOT_ALREADY] = "not-already",
	[K_COUNT] = "count",
	[K_BASIS] = "basis",
	[K_MINIMUM] = "minimum",
	[K_BASE_MINIMUM] = "base-minimum",
	[K_FOR_EACH] = "for-each",
	[K_ELIGIBLE] = "eligible",
	[K_SINCE_ASSOCIATION] = "since-association",
	[K_STEPS] = "steps",
	[K_AT_LEAST] = "at-least",
	[K_AT_LEAST_PER_CENT] = "at-least-per-cent",
};

bool read_rule_map(struct program *p, const struct node *n, const char *what, uint32_t takes,
	uint32_t needed, const struct node **v)
{
	struct key keys[K_END];
	const struct node *values[K_END];
	size_t k = 0;

	for (size_t i = 0; i < K_END; i++) {
		v[i] = NULL;
		if (takes & KEY_BIT(i))
			keys[k++] = (struct key){ rule_key_names[i], (needed & KEY_BIT(i)) != 0 };
	}
	if (!read_map(&p->c, n, what, keys, k, values))
		return false;
	k = 0;
	for (size_t i = 0; i < K_END; i++)
		if (takes & KEY_BIT(i))
			v[i] = values[k++];
	return true;
}

/* Two keys of which one is given, or neither where none is needed. */
static bool one_of_two(struct program *p, const struct node *n, const char *what,
	const struct node *const *v, enum rule_key a, enum rule_key b, bool needed)
{
	const struct key keys[2] = { { rule_key_names[a], false }, { rule_key_names[b], false } };
	const struct node *const values[2] = { v[a], v[b] };
	static const size_t both[2] = { 0, 1 };
	size_t which;

	return read_one_of(&p->c, n, what, keys, values, both, 2, needed, &which);
}

bool read_months(struct program *p, const struct node *n, const char *what, uint32_t *ret)
{
	return read_whole(&p->c, n, what, 1, MONTHS_MAX, ret);
}

bool read_per_cent(struct program *p, const struct node *n, const char *what, uint32_t *ret)
{
	return read_whole(&p->c, n, what, 1, 100, ret);
}

bool read_usage(struct program *p, const struct node *n, uint16_t *ret)
{
	int i = n == NULL ? -1 : refer(p, n, "selection", p->selections, p->e->n_selections);

	if (i >= 0)
		*ret = (uint16_t)i;
	return i >= 0;
}

bool read_each(struct program *p, const struct node *n, struct ratio *ret)
{
	if (!read_points(&p->c, n, "'points'", ret))
		return false;
	if (ratio_is_zero(*ret))
		return fail(&p->c, n, "'points' is zero; give what one unit earns");
	return true;
}

/* An amount that is at least one millionth. */
static bool read_positive(struct program *p, const struct node *n, const char *what, int64_t *ret)
{
	if (!read_amount(&p->c, n, what, ret))
		return false;
	return *ret > 0 || fail(&p->c, n, "%s is zero; give an amount above it", what);
}

/* ---- when a unit passes --------------------------------------------------------------------------------------- */

static bool read_lower(struct program *p, const struct node *const *v, int64_t *ret)
{
	if (v[K_EXCEEDS] != NULL) {
		if (!read_amount(&p->c, v[K_EXCEEDS], "'customer-exceeds'", ret))
			return false;
		++*ret; /* the next amount there is */
		return true;
	}
	if (!read_amount(&p->c, v[K_REACHES], "'customer-reaches'", ret))
		return false;
	return *ret > 0 ||
	       fail(&p->c, v[K_REACHES],
		       "'customer-reaches' is zero, which everyone reaches; write 'customer-exceeds: 0' for any usage at all");
}

static bool read_upper(struct program *p, const struct node *const *v, int64_t *ret)
{
	*ret = UNIT_NO_BOUND;
	if (v[K_AT_MOST] != NULL)
		return read_amount(&p->c, v[K_AT_MOST], "'customer-at-most'", ret);
	if (v[K_BELOW] == NULL)
		return true;
	if (!read_positive(p, v[K_BELOW], "'customer-below'", ret))
		return false;
	--*ret;
	return true;
}

static bool read_range(struct program *p, const struct node *n, const char *what,
	const struct node *const *v, struct unit_test *t)
{
	const struct node *upper = v[K_AT_MOST] != NULL ? v[K_AT_MOST] : v[K_BELOW];
	bool ok = one_of_two(p, n, what, v, K_REACHES, K_EXCEEDS, true);

	ok &= one_of_two(p, n, what, v, K_AT_MOST, K_BELOW, false);
	if (!ok)
		return false;
	ok = read_lower(p, v, &t->from_micro);
	ok &= read_upper(p, v, &t->to_micro);
	if (ok && t->to_micro < t->from_micro)
		return fail(&p->c, upper,
			"no amount is within this range; the upper bound must not be below the lower one");
	return ok;
}

static bool read_share(
	struct program *p, const struct node *n, bool by_product, struct unit_test *t)
{
	enum { USAGE, AT_LEAST, N };
	static const struct key keys[N] = { { "usage", true }, { "at-least", true } };
	const struct node *v[N];
	bool ok;

	if (!read_map(&p->c, n, "'active-share'", keys, N, v))
		return false;
	ok = read_usage(p, v[USAGE], &t->share_selection);
	ok &= read_per_cent(p, v[AT_LEAST], "'at-least' of 'active-share'", &t->share_percent);
	if (!by_product && !t->each_product)
		return fail(&p->c, n->key,
			"'active-share' compares one product with itself; add 'unit: workload' or 'in-one-workload: true'");
	return ok;
}

static const char *unit_at(size_t i)
{
	static const char *const names[] = { "customer", "workload" };

	return names[i];
}

static bool read_unit(
	struct program *p, const struct node *const *v, bool *ret_by_product, struct unit_test *t)
{
	size_t unit = 0;
	bool ok = v[K_UNIT] == NULL || read_choice(&p->c, v[K_UNIT], "'unit'", unit_at, 2, &unit);

	*ret_by_product = unit == 1;
	if (v[K_ONE_WORKLOAD] != NULL)
		ok &= read_bool(&p->c, v[K_ONE_WORKLOAD], "'in-one-workload'", &t->each_product);
	if (t->each_product && *ret_by_product)
		return fail(&p->c, v[K_ONE_WORKLOAD]->key,
			"'in-one-workload' has no meaning with 'unit: workload'; take it out");
	return ok;
}

static bool read_test(struct program *p, const struct node *n, const char *what,
	const struct node *const *v, bool *ret_by_product, struct unit_test *t)
{
	bool ok = read_usage(p, v[K_USAGE], &t->selection);

	ok &= read_unit(p, v, ret_by_product, t);
	ok &= read_range(p, n, what, v, t);
	ok &= one_of_two(p, n, what, v, K_LAST, K_SUM, true);
	t->sum = v[K_SUM] != NULL;
	if (t->sum)
		ok &= read_months(p, v[K_SUM], "'sum-of-months'", &t->months);
	else
		ok &= read_months(p, v[K_LAST], "'in-last-months'", &t->months);
	if (v[K_PROMOTED] != NULL)
		ok &= read_months(p, v[K_PROMOTED], "'promoted-months'", &t->promoted_months);
	if (v[K_PROMOTED] != NULL && v[K_AT_MOST] == NULL && v[K_BELOW] == NULL)
		ok = fail(&p->c, v[K_PROMOTED]->key,
			"'promoted-months' has no meaning without an upper bound; add 'customer-at-most' or take it out");
	if (v[K_SHARE] != NULL)
		ok &= read_share(p, v[K_SHARE], *ret_by_product, t);
	return ok;
}

/* ---- units ---------------------------------------------------------------------------------------------------- */

static const char *count_at(size_t i)
{
	static const char *const names[] = {
		[UNITS_NET] = "net", [UNITS_NEW] = "new", [UNITS_BOTH] = "both", [UNITS_NOW] = "now"
	};

	return names[i];
}

/* The months before, which every count but that of now looks at. */
static bool read_compared(struct program *p, const struct node *n, const char *what,
	const struct node *const *v, struct units_rule *u)
{
	static const enum rule_key before[] = { K_COMPARED, K_BASE_REACHES, K_NOT_ALREADY };
	bool ok = true;

	u->base_from_micro = u->test.from_micro;
	if (u->count == UNITS_NOW) {
		for (size_t i = 0; i < 3; i++)
			if (v[before[i]] != NULL)
				ok = fail(&p->c, v[before[i]]->key,
					"'%s' has no meaning with 'count: now'; take it out",
					rule_key_names[before[i]]);
		return ok;
	}
	if (v[K_COMPARED] == NULL)
		return fail(&p->c, n, "%s has no 'compared-months'; add it", what);
	ok = read_months(p, v[K_COMPARED], "'compared-months'", &u->compare_months);
	if (v[K_BASE_REACHES] != NULL)
		ok &= read_positive(p, v[K_BASE_REACHES], "'base-reaches'", &u->base_from_micro);
	if (ok && v[K_BASE_REACHES] != NULL && u->base_from_micro > u->test.to_micro)
		ok = fail(&p->c, v[K_BASE_REACHES],
			"'base-reaches' is above the upper bound, so nothing would ever be compared");
	if (v[K_NOT_ALREADY] != NULL)
		ok &= read_bool(&p->c, v[K_NOT_ALREADY], "'not-already'", &u->not_already);
	return ok;
}

bool read_units(struct program *p, const struct node *n, const char *what,
	const struct node *const *v, struct units_rule *u)
{
	size_t count = UNITS_NET;
	bool ok = read_test(p, n, what, v, &u->by_product, &u->test);

	if (v[K_COUNT] != NULL &&
		!read_choice(&p->c, v[K_COUNT], "'count'", count_at, UNITS_NOW + 1, &count))
		return false;
	u->count = (enum units_count)count;
	return read_compared(p, n, what, v, u) && ok;
}

/* ---- growth --------------------------------------------------------------------------------------------------- */

static const char *basis_at(size_t i)
{
	static const char *const names[] = { "single-month", "trailing-twelve-months" };

	return names[i];
}

static bool read_eligible(struct program *p, const struct node *n, struct growth_rule *g)
{
	const struct node *v[K_END];

	if (!read_rule_map(p, n, "'eligible'", TEST_KEYS, KEY_BIT(K_USAGE), v))
		return false;
	g->filtered = true;
	return read_test(p, n, "'eligible'", v, &g->filter_by_product, &g->filter);
}

bool read_growth(struct program *p, const struct node *const *v, struct growth_rule *g)
{
	size_t basis = 0;
	bool ok = read_usage(p, v[K_USAGE], &g->selection);

	ok &= read_choice(&p->c, v[K_BASIS], "'basis'", basis_at, 2, &basis);
	g->window_months = basis == 0 ? 1 : 12;
	ok &= read_months(p, v[K_COMPARED], "'compared-months'", &g->compare_months);
	if (v[K_MINIMUM] != NULL)
		ok &= read_amount(&p->c, v[K_MINIMUM], "'minimum'", &g->minimum_micro);
	if (v[K_BASE_MINIMUM] != NULL)
		ok &= read_amount(
			&p->c, v[K_BASE_MINIMUM], "'base-minimum'", &g->base_minimum_micro);
	if (v[K_FOR_EACH] != NULL)
		ok &= read_positive(p, v[K_FOR_EACH], "'for-each'", &g->each_micro);
	if (v[K_SINCE_ASSOCIATION] != NULL)
		ok &= read_bool(&p->c, v[K_SINCE_ASSOCIATION], "'since-association'",
			&g->since_association);
	if (v[K_ELIGIBLE] != NULL)
		ok &= read_eligible(p, v[K_ELIGIBLE], g);
	return ok;
}
