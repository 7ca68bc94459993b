/* What can be asked of an edition: a certificate by any of its names, and whether points stay exact. */
#include "rules/engine/edition.h"

static bool is_named(const struct certificate *c, struct str name)
{
	if (str_eq_nocase(c->code, name) || str_eq_nocase(c->title, name))
		return true;
	for (size_t i = 0; i < c->n_aliases; i++)
		if (str_eq_nocase(c->aliases[i], name))
			return true;
	return false;
}

int edition_certificate(const struct edition *e, struct str name)
{
	if (name.n == 0)
		return -1;
	for (size_t i = 0; i < e->n_certificates; i++)
		if (is_named(&e->certificates[i], name))
			return (int)i;
	return -1;
}

static bool widen(uint64_t *lcm, struct ratio r)
{
	if (r.den > 1) /* 0: not read, told elsewhere */
		*lcm *= (uint64_t)ratio_make(r.den, (int128)*lcm).num;
	return *lcm <= EDITION_FRACTION_MAX;
}

static bool widen_by_rule(uint64_t *lcm, const struct metric_rule *r)
{
	if (r->kind != RULE_PEOPLE)
		return widen(lcm, r->points_each);
	for (size_t i = 0; i < r->u.people.n_steps; i++)
		if (!widen(lcm, r->u.people.steps[i].points_each) ||
			!widen(lcm, r->u.people.steps[i].points_max))
			return false;
	return true;
}

const char *edition_inexact(const struct edition *e, const struct area *area)
{
	uint64_t lcm = 1;
	bool fits = widen(&lcm, e->metric_above);
	size_t n_growth = 0;

	for (size_t i = 0; fits && i < area->n_metrics; i++) {
		n_growth += area->metrics[i].rule.kind == RULE_USAGE_GROWTH;
		fits = widen_by_rule(&lcm, &area->metrics[i].rule);
	}
	if (!fits)
		return "the fractions of points have no common denominator up to 1000000; write simpler ones";
	if (n_growth > 1)
		return "more than one metric measures usage-growth; keep one";
	return NULL;
}
