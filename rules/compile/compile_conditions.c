/* Conditions: what is met or not. They choose tracks and make up specializations. */
#include "rules/compile/conditions.h"

#include "common/base/event_fields.h"

#define NESTING_MAX    4 /* of any, all and at-least */
#define CONDITIONS_MAX 16
#define COUNT_MAX      1000000
#define GROWTH_MAX     1000 /* per cent: need and base together stay within 128 bits */
#define ONE_UNIT       1000000

const struct key condition_keys[C_N] = { [C_DESIGNATIONS] = { "designations", false },
	[C_USAGE] = { "usage", false },
	[C_USAGE_SHARE] = { "usage-share", false },
	[C_GROWTH] = { "growth", false },
	[C_UNITS] = { "units", false },
	[C_PEOPLE] = { "people", false },
	[C_ATTESTED] = { "attested", false },
	[C_SEGMENTS] = { "segments", false },
	[C_AT_LEAST] = { "at-least", false },
	[C_ANY] = { "any", false },
	[C_ALL] = { "all", false },
	[C_UNKNOWN] = { "unknown", false } };

static bool read_nested(struct program *p, const struct node *n, unsigned depth, struct str *name,
	struct metric_rule *r);

static bool only_in_specialization(struct program *p, const struct node *n)
{
	return p->scope.n > 0 ||
	       fail(&p->c, n->key,
		       "'%.*s' has a meaning in a specialization only; choose a track by something else",
		       SHOWN(n->key->text));
}

static bool read_designations(struct program *p, const struct node *n, struct metric_rule *r)
{
	enum { AT_LEAST, OF, N };
	static const struct key keys[N] = { { "at-least", true }, { "of", true } };
	const struct node *v[N];
	uint16_t *areas;
	size_t k = 0;
	bool ok = true;

	r->kind = RULE_AREAS_HELD;
	if (!only_in_specialization(p, n) || !read_map(&p->c, n, "'designations'", keys, N, v) ||
		!read_list(&p->c, v[OF], "'of' of 'designations'", EDITION_AREAS_MAX))
		return false;
	areas = keep(&p->c, v[OF]->n * sizeof *areas);
	if (areas == NULL)
		return false;
	for (const struct node *i = v[OF]->first; i != NULL; i = i->next) {
		int area = refer_area(p, i, p->n_metric_areas);

		if (area < 0) {
			ok = false;
			continue;
		}
		for (size_t j = 0; j < k; j++)
			if (areas[j] == area)
				ok = fail(&p->c, i,
					"area '%.*s' is listed twice in 'designations'; take one out",
					SHOWN(i->text));
		areas[k++] = (uint16_t)area;
	}
	r->u.held.n = k;
	r->u.held.areas = areas;
	return read_whole(&p->c, v[AT_LEAST], "'at-least' of 'designations'", 1, v[OF]->n,
		       &r->u.held.need) &&
	       ok;
}

static bool read_level(struct program *p, const struct node *n, struct metric_rule *r)
{
	enum { USAGE, TOTAL, AVERAGE, AT_LEAST, CUSTOMERS, N };
	static const struct key keys[N] = { { "usage", true }, { "total-of-months", false },
		{ "average-of-months", false }, { "at-least", true }, { "customers", false } };
	static const size_t either[] = { TOTAL, AVERAGE };
	const struct node *v[N];
	size_t which;
	bool ok;

	r->kind = RULE_USAGE_REACHED;
	if (!read_map(&p->c, n, "'usage'", keys, N, v))
		return false;
	ok = read_usage(p, v[USAGE], &r->u.level.selection);
	ok &= read_one_of(&p->c, n, "'usage'", keys, v, either, 2, true, &which);
	r->u.level.average = v[TOTAL] == NULL;
	if (v[TOTAL] != NULL)
		ok &= read_months(p, v[TOTAL], "'total-of-months'", &r->u.level.months);
	else
		ok &= read_months(p, v[AVERAGE], "'average-of-months'", &r->u.level.months);
	ok &= read_amount(&p->c, v[AT_LEAST], "'at-least' of 'usage'", &r->u.level.at_least_micro);
	if (v[CUSTOMERS] != NULL)
		ok &= read_whole(
			&p->c, v[CUSTOMERS], "'customers'", 1, COUNT_MAX, &r->u.level.customers);
	if (ok && r->u.level.at_least_micro == 0 && v[CUSTOMERS] == NULL)
		return fail(&p->c, v[AT_LEAST],
			"'at-least' of 'usage' is zero, so the condition is always met; give an amount or 'customers'");
	return ok;
}

static bool read_usage_share(struct program *p, const struct node *n, struct metric_rule *r)
{
	enum { USAGE, OF, MONTHS, AT_LEAST, N };
	static const struct key keys[N] = { { "usage", true }, { "of", true },
		{ "in-months", true }, { "at-least", true } };
	const struct node *v[N];
	bool ok;

	r->kind = RULE_USAGE_SHARE;
	if (!read_map(&p->c, n, "'usage-share'", keys, N, v))
		return false;
	ok = read_usage(p, v[USAGE], &r->u.share.selection);
	ok &= read_usage(p, v[OF], &r->u.share.of_selection);
	ok &= read_months(p, v[MONTHS], "'in-months'", &r->u.share.months);
	return read_per_cent(p, v[AT_LEAST], "'at-least' of 'usage-share'", &r->u.share.percent) &&
	       ok;
}

static bool read_growth_need(
	struct program *p, const struct node *n, const struct node *const *v, struct growth_rule *g)
{
	static const struct key keys[2] = { { "at-least", false }, { "at-least-per-cent", false } };
	const struct node *const values[2] = { v[K_AT_LEAST], v[K_AT_LEAST_PER_CENT] };
	static const size_t both[2] = { 0, 1 };
	size_t which;

	if (!read_one_of(&p->c, n, "'growth'", keys, values, both, 2, true, &which))
		return false;
	if (!read_amount(&p->c, values[which],
		    which == 0 ? "'at-least' of 'growth'" : "'at-least-per-cent'", &g->need_micro))
		return false;
	g->each_micro = which == 0 ? ONE_UNIT : 0;
	if (g->need_micro == 0)
		return fail(&p->c, values[which],
			"growth of zero is none; give how much is needed at least");
	if (which == 1 && g->need_micro > (int64_t)GROWTH_MAX * ONE_UNIT)
		return fail(&p->c, values[which], "'at-least-per-cent' is out of range; at most %d",
			GROWTH_MAX);
	return true;
}

static bool read_growth_reached(struct program *p, const struct node *n, struct metric_rule *r)
{
	const uint32_t needed = KEY_BIT(K_USAGE) | KEY_BIT(K_BASIS) | KEY_BIT(K_COMPARED);
	const struct node *v[K_END];
	bool ok;

	r->kind = RULE_GROWTH_REACHED;
	if (!read_rule_map(p, n, "'growth'",
		    needed | KEY_BIT(K_BASE_MINIMUM) | KEY_BIT(K_AT_LEAST) |
			    KEY_BIT(K_AT_LEAST_PER_CENT),
		    needed, v))
		return false;
	ok = read_growth(p, v, &r->u.growth);
	return read_growth_need(p, n, v, &r->u.growth) && ok;
}

static bool read_units_reached(struct program *p, const struct node *n, struct metric_rule *r)
{
	const struct node *v[K_END];
	bool ok;

	r->kind = RULE_UNITS_REACHED;
	if (!read_rule_map(p, n, "'units'", UNITS_KEYS | KEY_BIT(K_AT_LEAST),
		    KEY_BIT(K_USAGE) | KEY_BIT(K_AT_LEAST), v))
		return false;
	ok = read_units(p, n, "'units'", v, &r->u.units);
	return read_whole(&p->c, v[K_AT_LEAST], "'at-least' of 'units'", 1, COUNT_MAX,
		       &r->u.units.need) &&
	       ok;
}

static bool read_people(struct program *p, const struct node *n, struct metric_rule *r)
{
	enum { HOLDS, AT_LEAST, N };
	static const struct key keys[N] = { { "holds", true }, { "at-least", true } };
	const struct node *v[N];
	bool ok;

	r->kind = RULE_PEOPLE_HOLD;
	if (!read_map(&p->c, n, "'people'", keys, N, v))
		return false;
	ok = read_predicate(p, v[HOLDS], &r->u.hold.holds);
	return read_whole(&p->c, v[AT_LEAST], "'at-least' of 'people'", 1, PEOPLE_MAX,
		       &r->u.hold.at_least) &&
	       ok;
}

static const char *attestation_at(size_t i)
{
	return enum_name(&attestation_kind_names, (int)i);
}

static bool read_attested(struct program *p, const struct node *n, struct metric_rule *r)
{
	enum { KIND, AT_LEAST, MONTHS, N };
	static const struct key keys[N] = { { "kind", true }, { "at-least", true },
		{ "in-last-months", false } };
	const struct node *v[N];
	size_t kind = 0;
	bool ok;

	r->kind = RULE_ATTESTED;
	if (!only_in_specialization(p, n) || !read_map(&p->c, n, "'attested'", keys, N, v))
		return false;
	ok = read_choice(
		&p->c, v[KIND], "'kind' of 'attested'", attestation_at, ATTEST_KIND_END, &kind);
	r->u.attested.kind = (enum attestation_kind)kind;
	r->u.attested.scope = p->scope;
	if (v[MONTHS] != NULL)
		ok &= read_months(p, v[MONTHS], "'in-last-months'", &r->u.attested.within_months);
	return read_whole(&p->c, v[AT_LEAST], "'at-least' of 'attested'", 1, PEOPLE_MAX,
		       &r->u.attested.at_least) &&
	       ok;
}

static bool read_segments(struct program *p, const struct node *n, struct metric_rule *r)
{
	enum { USAGE, IN, AT_LEAST, N };
	static const struct key keys[N] = { { "usage", true }, { "in", true },
		{ "at-least", true } };
	const struct node *v[N];
	bool ok;

	r->kind = RULE_SEGMENT_SHARE;
	if (!read_map(&p->c, n, "'segments'", keys, N, v))
		return false;
	ok = read_usage(p, v[USAGE], &r->u.segment.selection);
	ok &= read_texts(&p->c, v[IN], "'in' of 'segments'", 32, EVENT_NAME_MAX, &r->u.segment.n,
		&r->u.segment.segments);
	return read_per_cent(p, v[AT_LEAST], "'at-least' of 'segments'", &r->u.segment.percent) &&
	       ok;
}

/* need: 0 for all of them. */
static bool read_conditions(struct program *p, const struct node *n, const char *what,
	uint32_t need, unsigned depth, struct metric_rule *r)
{
	struct rule_condition *all;
	struct metric_rule *rules;
	size_t k = 0;
	bool ok = true;

	r->kind = RULE_AT_LEAST_OF;
	if (!read_list(&p->c, n, what, CONDITIONS_MAX))
		return false;
	all = keep(&p->c, n->n * sizeof *all);
	rules = keep(&p->c, n->n * sizeof *rules);
	if (all == NULL || rules == NULL)
		return false;
	memset(all, 0, n->n * sizeof *all);
	memset(rules, 0, n->n * sizeof *rules);
	for (const struct node *i = n->first; i != NULL; i = i->next, k++) {
		all[k].rule = &rules[k];
		ok &= read_nested(p, i, depth + 1, &all[k].name, &rules[k]);
	}
	r->u.of.n = k;
	r->u.of.conditions = all;
	r->u.of.need = need == 0 ? (uint32_t)k : need;
	return ok;
}

static bool read_at_least(
	struct program *p, const struct node *n, unsigned depth, struct metric_rule *r)
{
	enum { NUMBER, OF, N };
	static const struct key keys[N] = { { "number", true }, { "of", true } };
	const struct node *v[N];
	uint32_t need = 1;
	bool ok;

	r->kind = RULE_AT_LEAST_OF;
	if (!read_map(&p->c, n, "'at-least'", keys, N, v))
		return false;
	ok = read_whole(&p->c, v[NUMBER], "'number'", 1, CONDITIONS_MAX, &need);
	ok &= read_conditions(p, v[OF], "'of' of 'at-least'", need, depth, r);
	if (ok && need > r->u.of.n)
		return fail(&p->c, v[NUMBER], "'number' is %u, but 'of' has only %zu of them", need,
			r->u.of.n);
	return ok;
}

static bool read_unknown_condition(struct program *p, const struct node *n, struct metric_rule *r)
{
	r->kind = RULE_UNKNOWN;
	return read_text(&p->c, n, "'unknown' of a condition", NOTE_TEXT_MAX, &r->u.unknown.why);
}

static bool read_kind(
	struct program *p, size_t kind, const struct node *n, unsigned depth, struct metric_rule *r)
{
	static bool (*const readers[])(
		struct program *, const struct node *, struct metric_rule *) = {
		[C_DESIGNATIONS] = read_designations,
		[C_USAGE] = read_level,
		[C_USAGE_SHARE] = read_usage_share,
		[C_GROWTH] = read_growth_reached,
		[C_UNITS] = read_units_reached,
		[C_PEOPLE] = read_people,
		[C_ATTESTED] = read_attested,
		[C_SEGMENTS] = read_segments,
		[C_UNKNOWN] = read_unknown_condition,
	};

	if (kind == C_AT_LEAST)
		return read_at_least(p, n, depth, r);
	if (kind == C_ANY)
		return read_conditions(p, n, "'any'", 1, depth, r);
	if (kind == C_ALL)
		return read_conditions(p, n, "'all'", 0, depth, r);
	return readers[kind](p, n, r);
}

bool read_condition_keys(struct program *p, const struct node *n, const char *what,
	const struct node *const *v, unsigned depth, struct metric_rule *r)
{
	static const size_t all[C_N] = { C_DESIGNATIONS, C_USAGE, C_USAGE_SHARE, C_GROWTH, C_UNITS,
		C_PEOPLE, C_ATTESTED, C_SEGMENTS, C_AT_LEAST, C_ANY, C_ALL, C_UNKNOWN };
	size_t which;

	memset(r, 0, sizeof *r);
	r->points_each = RATIO_ZERO;
	if (depth > NESTING_MAX)
		return fail(&p->c, n,
			"conditions are nested too deeply; at most %d levels are read",
			NESTING_MAX);
	return read_one_of(&p->c, n, what, condition_keys, v, all, C_N, true, &which) &&
	       read_kind(p, all[which], v[all[which]], depth, r);
}

static bool read_nested(struct program *p, const struct node *n, unsigned depth, struct str *name,
	struct metric_rule *r)
{
	struct key keys[C_N + 1];
	const struct node *v[C_N + 1];
	bool ok;

	memset(r, 0, sizeof *r);
	memcpy(keys, condition_keys, sizeof condition_keys);
	keys[C_N] = (struct key){ "name", false };
	if (!read_map(&p->c, n, "a condition", keys, C_N + 1, v))
		return false;
	ok = v[C_N] == NULL ||
	     read_text(&p->c, v[C_N], "'name' of a condition", EVENT_NAME_MAX, name);
	return read_condition_keys(p, n, "a condition", v, depth, r) && ok;
}

bool read_condition(struct program *p, const struct node *n, struct metric_rule *ret)
{
	struct str name;

	return read_nested(p, n, 0, &name, ret);
}
