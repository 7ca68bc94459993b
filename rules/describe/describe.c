/* Rules as trees of words: every node is filled from its row in the table of kinds. */
#include "rules/describe/kinds.h"

static struct str step_sentence(
	struct words *w, const struct people_step *s, uint32_t maximum, bool last)
{
	struct str gate = STR(""), points, cap = STR("");

	if (s->min_people > 0 && !last)
		gate = words_text(w, "at least %u %s before the next step counts", s->min_people,
			s->min_people == 1 ? "person" : "people");
	if (ratio_is_zero(s->points_each))
		return words_text(w, "prerequisite: " STR_FMT, STR_ARG(gate));
	points = words_points(w, s->points_each);
	if (ratio_cmp(s->points_max, ratio_int(maximum)) < 0)
		cap = words_text(w, ", at most " STR_FMT, STR_ARG(words_number(w, s->points_max)));
	return words_text(w, STR_FMT " for each person" STR_FMT "%s" STR_FMT, STR_ARG(points),
		STR_ARG(cap), gate.n > 0 ? "; " : "", STR_ARG(gate));
}

static void tell_steps(struct words *w, const struct people_step *steps, size_t n, uint32_t maximum,
	struct rule_words *ret)
{
	struct step_words *out = words_array(w, n, sizeof *out);

	for (size_t i = 0; out != NULL && i < n; i++) {
		out[i].step = &steps[i];
		out[i].sentence = step_sentence(w, &steps[i], maximum, i + 1 == n);
		out[i].options = people_options(w, &steps[i].holds, &out[i].n_options);
	}
	ret->steps = out;
	ret->n_steps = out == NULL ? 0 : n;
}

static void tell_usages(struct words *w, const struct kind_words *k, const struct metric_rule *r,
	struct rule_words *ret)
{
	uint16_t all[RULE_USAGES_MAX];
	size_t n = k->usages(r, all);

	for (size_t i = 0; i < n; i++)
		if (all[i] < w->e->n_selections)
			ret->usages[ret->n_usages++] = &w->e->selections[all[i]];
}

static void tell_rule(struct words *w, const struct rule_told *t, struct rule_words *ret);

static void tell_parts(struct words *w, const struct kind_words *k, const struct rule_told *t,
	struct rule_words *ret)
{
	size_t n = k->n_parts(t->rule);
	struct rule_words *parts = words_array(w, n, sizeof *parts);

	for (size_t i = 0; parts != NULL && i < n; i++) {
		struct rule_child c = k->part(t, i);

		tell_rule(w, &c.told, &parts[i]);
		parts[i].id = c.id;
		parts[i].name = c.name;
	}
	ret->parts = parts;
	ret->n_parts = parts == NULL ? 0 : n;
}

/* What the row says, with the maximum before it where there are points. */
static struct str whole_sentence(
	struct words *w, const struct kind_words *k, const struct rule_told *t)
{
	struct str s = k->sentence(w, t);

	if (rule_is_condition(t->rule->kind))
		return s;
	return words_text(w, "Up to %u point%s: " STR_FMT, t->maximum, t->maximum == 1 ? "" : "s",
		STR_ARG(s));
}

static void tell_rule(struct words *w, const struct rule_told *t, struct rule_words *ret)
{
	const struct kind_words *k = kind_words_of(t->rule->kind);
	const struct people_step *steps;
	size_t n;

	*ret = (struct rule_words){ .kind = t->rule->kind, .maximum = t->maximum };
	if (k == NULL) {
		w->unsupported = true;
		return;
	}
	ret->measure = k->measure;
	ret->sentence = whole_sentence(w, k, t);
	ret->head = k->head == NULL ? ret->sentence : k->head(w, t);
	ret->each = k->each == NULL ? STR("-") : k->each(w, t);
	ret->threshold = k->threshold == NULL ? STR("-") : k->threshold(w, t);
	ret->n_terms = k->terms == NULL ? 0 : k->terms(w, t, ret->terms);
	if (k->usages != NULL)
		tell_usages(w, k, t->rule, ret);
	if (k->steps != NULL) {
		steps = k->steps(t->rule, &n);
		tell_steps(w, steps, n, t->maximum, ret);
	}
	if (k->holds != NULL)
		ret->options = people_options(w, k->holds(t->rule), &ret->n_options);
	if (k->n_parts != NULL)
		tell_parts(w, k, t, ret);
}

/* A requirement says when it is met; of one that nobody knows, the sources' silence. */
static void make_requirement(struct words *w, const struct metric_rule *r, struct rule_words *ret)
{
	if (r->kind == RULE_UNKNOWN) {
		ret->sentence = words_text(w, "Not known: " STR_FMT, STR_ARG(r->u.unknown.why));
		ret->head = ret->sentence;
		return;
	}
	ret->sentence = words_text(w, "Met when " STR_FMT ".", STR_ARG(ret->sentence));
	ret->head = ret->n_parts == 0 ? ret->sentence
				      : words_text(w, "Met when " STR_FMT, STR_ARG(ret->head));
}

int describe_metric(
	const struct edition *e, const struct metric *m, struct arena *ar, struct rule_words *ret)
{
	struct words w = { .e = e, .ar = ar };
	const struct rule_told t = { &m->rule, m->maximum };
	struct rule_words out;

	tell_rule(&w, &t, &out);
	if (rule_is_condition(m->rule.kind))
		make_requirement(&w, &m->rule, &out);
	if (words_rc(&w) == 0)
		*ret = out;
	return words_rc(&w);
}

int describe_condition(const struct edition *e, const struct metric_rule *r, struct arena *ar,
	struct rule_words *ret)
{
	struct words w = { .e = e, .ar = ar };
	const struct rule_told t = { r, 0 };
	struct rule_words out;

	tell_rule(&w, &t, &out);
	if (words_rc(&w) == 0)
		*ret = out;
	return words_rc(&w);
}

static size_t add_usage(
	const struct selection *s, const struct selection **out, size_t n, size_t cap)
{
	for (size_t i = 0; i < n; i++)
		if (out[i] == s)
			return n;
	if (n < cap)
		out[n++] = s;
	return n;
}

static size_t add_usages(
	const struct rule_words *w, const struct selection **out, size_t n, size_t cap)
{
	for (size_t i = 0; i < w->n_usages; i++)
		n = add_usage(w->usages[i], out, n, cap);
	for (size_t i = 0; i < w->n_parts; i++)
		n = add_usages(&w->parts[i], out, n, cap);
	return n;
}

size_t describe_usages(const struct rule_words *w, const struct selection **out, size_t cap)
{
	return add_usages(w, out, 0, cap);
}

const char *describe_renewal(const struct area *a, const struct metric *m)
{
	if (a->form != AREA_OF_REQUIREMENTS)
		return NULL;
	return m->renewal == RENEWAL_SECOND_YEAR ? "every second year" : "every year";
}
