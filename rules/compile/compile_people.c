/* Steps of certificates: who counts in a step, and how many open the next. */
#include "rules/compile/parts.h"

#define ALTERNATIVES_MAX 64 /* sets of certificates, any of which will do */
#define NESTING_MAX	 4  /* of any and all */

struct alternatives {
	size_t n;
	struct cert_set sets[ALTERNATIVES_MAX];
};

static bool read_holds(
	struct program *p, const struct node *n, unsigned depth, struct alternatives *ret);

static bool too_many(struct program *p, const struct node *n)
{
	return fail(&p->c, n, "more than %d combinations of certificates; split the step",
		ALTERNATIVES_MAX);
}

/* Either of two: the sets of both. */
static bool join(struct program *p, const struct node *n, const struct alternatives *b,
	struct alternatives *a)
{
	if (a->n + b->n > ALTERNATIVES_MAX)
		return too_many(p, n);
	memcpy(&a->sets[a->n], b->sets, b->n * sizeof b->sets[0]);
	a->n += b->n;
	return true;
}

/* Both of two: each set of one united with each of the other. */
static bool cross(struct program *p, const struct node *n, const struct alternatives *b,
	struct alternatives *a)
{
	struct alternatives r = { .n = 0 };

	if (a->n * b->n > ALTERNATIVES_MAX)
		return too_many(p, n);
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++, r.n++)
			for (size_t w = 0; w < EDITION_CERTIFICATES_MAX / 64; w++)
				r.sets[r.n].bits[w] = a->sets[i].bits[w] | b->sets[j].bits[w];
	*a = r;
	return true;
}

static bool read_combination(
	struct program *p, const struct node *n, bool all, unsigned depth, struct alternatives *ret)
{
	struct alternatives part;
	bool ok = true, first = true;

	if (!read_list(&p->c, n, all ? "'all'" : "'any'", ALTERNATIVES_MAX))
		return false;
	ret->n = 0;
	for (const struct node *i = n->first; i != NULL; i = i->next) {
		if (!read_holds(p, i, depth + 1, &part)) {
			ok = false;
			continue;
		}
		if (!ok)
			continue;
		ok = first || !all ? join(p, i, &part, ret) : cross(p, i, &part, ret);
		first = false;
	}
	return ok;
}

/* CODE, or { any: [ ... ] }, or { all: [ ... ] }, one in the other up to NESTING_MAX. */
static bool read_holds(
	struct program *p, const struct node *n, unsigned depth, struct alternatives *ret)
{
	enum { ANY, ALL, N };
	static const struct key keys[N] = { { "any", false }, { "all", false } };
	const struct node *v[N];
	int i;

	if (n == NULL)
		return false;
	if (depth > NESTING_MAX)
		return fail(&p->c, n,
			"'any' and 'all' are nested too deeply; at most %d levels are read",
			NESTING_MAX);
	if (n->kind == NODE_MAP) {
		if (!read_map(&p->c, n, "'holds'", keys, N, v))
			return false;
		if ((v[ANY] == NULL) == (v[ALL] == NULL))
			return fail(&p->c, n, "'holds' needs either 'any' or 'all'");
		return read_combination(
			p, v[ANY] != NULL ? v[ANY] : v[ALL], v[ALL] != NULL, depth, ret);
	}
	if (n->kind == NODE_LIST)
		return fail(&p->c, n,
			"a list does not say whether any or all are needed; write 'any: [...]' or 'all: [...]'");
	i = refer(p, n, "certificate", p->certificates, p->e->n_certificates);
	if (i < 0)
		return false;
	memset(&ret->sets[0], 0, sizeof ret->sets[0]);
	ret->sets[0].bits[i / 64] |= (uint64_t)1 << (i % 64);
	ret->n = 1;
	return true;
}

bool read_predicate(struct program *p, const struct node *n, struct people_predicate *ret)
{
	struct alternatives alt;
	struct cert_set *sets;

	if (!read_holds(p, n, 0, &alt))
		return false;
	sets = keep(&p->c, alt.n * sizeof *sets);
	if (sets == NULL)
		return false;
	memcpy(sets, alt.sets, alt.n * sizeof *sets);
	*ret = (struct people_predicate){ alt.n, sets };
	return true;
}

/* People are whole, so points above the maximum would say nothing that the maximum does not. */
static bool check_reach(struct program *p, const struct node *points, const struct people_step *s)
{
	char text[RATIO_TEXT];

	if (ratio_cmp(s->points_each, s->points_max) <= 0)
		return true;
	return fail(&p->c, points,
		"one person would earn more than the step can have; write %s, or raise the maximum",
		ratio_format(s->points_max, text));
}

static bool read_step(
	struct program *p, const struct node *n, uint32_t maximum, struct people_step *s)
{
	enum { NAME, HOLDS, PEOPLE, POINTS, MAXIMUM, N };
	static const struct key keys[N] = { { "name", true }, { "holds", true },
		{ "at-least-people", false }, { "points", false }, { "maximum", false } };
	const struct node *v[N];
	bool ok;

	*s = (struct people_step){ .points_each = RATIO_ZERO, .points_max = RATIO_ZERO };
	if (!read_map(&p->c, n, "a step", keys, N, v))
		return false;
	ok = read_text(&p->c, v[NAME], "'name' of a step", EVENT_NAME_MAX, &s->name);
	ok &= read_predicate(p, v[HOLDS], &s->holds);
	if (v[PEOPLE] != NULL)
		ok &= read_whole(
			&p->c, v[PEOPLE], "'at-least-people'", 1, PEOPLE_MAX, &s->min_people);
	if (v[PEOPLE] == NULL && v[POINTS] == NULL)
		ok = fail(&p->c, n,
			"a step without effect; give it 'at-least-people', 'points' or both");
	if (v[POINTS] == NULL && v[MAXIMUM] != NULL)
		ok = fail(&p->c, v[MAXIMUM]->key,
			"a step has a 'maximum' but no 'points'; give the points of each person");
	if (v[POINTS] == NULL)
		return ok;
	s->points_max = ratio_int(maximum);
	ok &= read_points(&p->c, v[POINTS], "'points' of a step", &s->points_each);
	if (ok && ratio_is_zero(s->points_each))
		ok = fail(&p->c, v[POINTS],
			"'points' of a step is zero; leave the key out for a mere prerequisite");
	if (v[MAXIMUM] != NULL)
		ok &= read_points(&p->c, v[MAXIMUM], "'maximum' of a step", &s->points_max);
	return ok && check_reach(p, v[POINTS], s);
}

/* A step that opens nothing behind it and earns nothing has no meaning, and neither has a maximum that the steps
 * cannot reach together. */
static bool check_steps(struct program *p, const struct node *n, uint32_t maximum,
	const struct people_step *s, size_t n_s)
{
	struct ratio reach = RATIO_ZERO;
	char text[RATIO_TEXT];

	if (ratio_is_zero(s[n_s - 1].points_each))
		return fail(&p->c, n->last,
			"the last step earns no points; a prerequisite comes before what it opens");
	for (size_t i = 0; i < n_s; i++)
		reach = ratio_add(reach, s[i].points_max);
	if (ratio_cmp(reach, ratio_int(maximum)) < 0)
		return fail(&p->c, n,
			"the steps earn at most %s points together, but the metric's maximum is %u",
			ratio_format(reach, text), maximum);
	return true;
}

bool read_steps(struct program *p, const struct node *n, uint32_t maximum, struct metric_rule *rule)
{
	struct people_step *steps;
	size_t k = 0;
	bool ok = true;

	if (!read_list(&p->c, n, "'steps'", EDITION_STEPS_MAX))
		return false;
	steps = keep(&p->c, n->n * sizeof *steps);
	if (steps == NULL)
		return false;
	for (const struct node *i = n->first; i != NULL; i = i->next, k++)
		ok &= read_step(p, i, maximum, &steps[k]);
	rule->u.people.n_steps = k;
	rule->u.people.steps = steps;
	return ok && check_steps(p, n, maximum, steps, k);
}
