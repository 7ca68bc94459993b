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

/* ---- exactness ------------------------------------------------------------------------------------------------
 *
 * A total has the least common denominator of its metrics' points. Per cent of growth are divided by a sum of usage,
 * below 2^96, which leaves 2^20 (EDITION_FRACTION_MAX) to all other fractions; without it they may have 2^40. In both
 * cases the numerators, at most a hundred times as large, stay below 2^127. */
#define DENOMINATOR_MAX ((int128)1 << 40)

struct exactness {
	int128 lcm, max;
	size_t n_per_cent, n_amount; /* metrics and parts of growth, by what they divide by */
};

static void widen(struct exactness *x, struct ratio r)
{
	if (r.den > x->max || x->lcm > x->max)
		x->lcm = x->max + 1;
	else if (r.den > 1) /* 0: not read, told elsewhere */
		x->lcm *= ratio_make(r.den, x->lcm).num;
}

/* An amount of usage in 1 / (1,000,000 * scale) units, divided by `each`, times points. */
static void widen_by_amount(
	struct exactness *x, const struct edition *e, const struct metric_rule *r)
{
	const struct growth_rule *g = &r->u.growth;
	uint32_t scale = g->selection < e->n_selections ? e->selections[g->selection].scale : 1;

	if (r->points_each.den > 0 && r->points_each.num > 0)
		widen(x, ratio_make(r->points_each.num,
				 r->points_each.den * g->each_micro * (scale > 0 ? scale : 1)));
}

static void widen_by_rule(struct exactness *x, const struct edition *e, const struct metric_rule *r)
{
	switch (r->kind) {
	case RULE_PEOPLE:
		for (size_t i = 0; i < r->u.people.n_steps; i++) {
			widen(x, r->u.people.steps[i].points_each);
			widen(x, r->u.people.steps[i].points_max);
		}
		return;
	case RULE_USAGE_GROWTH:
		x->n_per_cent += r->u.growth.each_micro == 0;
		x->n_amount += r->u.growth.each_micro != 0;
		if (r->u.growth.each_micro != 0)
			widen_by_amount(x, e, r);
		else
			widen(x, r->points_each);
		return;
	case RULE_COMBINED:
		for (size_t i = 0; i < r->u.combined.n; i++)
			widen_by_rule(x, e, r->u.combined.parts[i].rule);
		return;
	default:
		if (!rule_is_condition(r->kind))
			widen(x, r->points_each);
	}
}

static const char *track_inexact(
	const struct edition *e, const struct metric *metrics, size_t n_metrics)
{
	struct exactness x = { .lcm = 1, .max = DENOMINATOR_MAX };

	widen(&x, e->metric_above);
	for (size_t i = 0; i < n_metrics; i++)
		widen_by_rule(&x, e, &metrics[i].rule);
	if (x.n_per_cent > 1)
		return "more than one metric measures usage-growth in per cent; keep one";
	if (x.n_per_cent > 0 && x.n_amount > 0)
		return "usage-growth in per cent does not stay exact beside growth 'for-each' of an amount; keep one of them";
	if (x.n_per_cent > 0 && x.lcm > EDITION_FRACTION_MAX)
		return "the fractions of points have no common denominator up to 1000000; write simpler ones";
	if (x.lcm > x.max)
		return "the fractions of points have no common denominator up to 2^40; write simpler ones, or rounder amounts under 'for-each'";
	return NULL;
}

const char *edition_inexact(const struct edition *e, const struct area *area)
{
	const char *why = track_inexact(e, area->metrics, area->n_metrics);

	for (size_t i = 1; why == NULL && i < area->n_tracks; i++)
		why = track_inexact(e, area->tracks[i].metrics, area->n_metrics);
	return why;
}
