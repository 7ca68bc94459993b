/* People and the certificates they hold, in words: by steps that earn points, and as a condition. */
#include "rules/describe/kinds.h"

/* ---- what they must hold ------------------------------------------------------------------------------------ */

static bool has(const struct cert_set *set, size_t i)
{
	return (set->bits[i / 64] >> (i % 64) & 1) != 0;
}

static void tell_option(struct words *w, const struct cert_set *set, struct step_option *ret)
{
	const struct certificate **certificates;
	struct str *codes;
	size_t n = 0;

	for (size_t i = 0; i < w->e->n_certificates; i++)
		n += has(set, i);
	certificates = words_array(w, n, sizeof(const struct certificate *));
	codes = words_array(w, n, sizeof *codes);
	if (certificates == NULL || codes == NULL)
		return;
	n = 0;
	for (size_t i = 0; i < w->e->n_certificates; i++)
		if (has(set, i)) {
			codes[n] = w->e->certificates[i].code;
			certificates[n++] = &w->e->certificates[i];
		}
	ret->n = n;
	ret->certificates = certificates;
	ret->text = words_list(w, codes, n, " and ");
}

const struct step_option *people_options(
	struct words *w, const struct people_predicate *holds, size_t *ret_n)
{
	struct step_option *options = words_array(w, holds->n_any, sizeof *options);

	for (size_t k = 0; options != NULL && k < holds->n_any; k++)
		tell_option(w, &holds->any[k], &options[k]);
	*ret_n = options == NULL ? 0 : holds->n_any;
	return options;
}

static const char *people_noun(uint32_t n)
{
	return n == 1 ? "person" : "people";
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

static struct str step_words_of(
	struct words *w, const struct people_step *s, size_t number, bool last, uint32_t maximum)
{
	struct str points = STR(""), cap = STR(""), gate = STR("");

	if (ratio_is_zero(s->points_each))
		return words_text(w, "prerequisite, at least %u %s of step %zu (" STR_FMT ")",
			s->min_people, people_noun(s->min_people), number, STR_ARG(s->name));
	points = words_points(w, s->points_each);
	if (ratio_cmp(s->points_max, ratio_int(maximum)) < 0)
		cap = words_text(w, ", at most " STR_FMT, STR_ARG(words_number(w, s->points_max)));
	if (s->min_people > 0 && !last)
		gate = words_text(
			w, ", and at least %u of them before the next step counts", s->min_people);
	return words_text(w, STR_FMT " for each person of step %zu (" STR_FMT ")" STR_FMT STR_FMT,
		STR_ARG(points), number, STR_ARG(s->name), STR_ARG(cap), STR_ARG(gate));
}

struct str people_sentence(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;
	size_t n = r->u.people.n_steps;
	struct str all = STR("");

	for (size_t i = 0; i < n; i++) {
		struct str step =
			step_words_of(w, &r->u.people.steps[i], i + 1, i + 1 == n, t->maximum);

		all = words_text(w, STR_FMT "%s" STR_FMT, STR_ARG(all), i == 0 ? "" : "; then ",
			STR_ARG(step));
	}
	return words_text(w, STR_FMT ". A person counts once in a step, and may count in several.",
		STR_ARG(all));
}

struct str people_each(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;
	struct str parts[EDITION_STEPS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < r->u.people.n_steps; i++) {
		struct ratio each = r->u.people.steps[i].points_each;

		if (!ratio_is_zero(each))
			parts[n++] = words_number(w, each);
	}
	return words_text(w, STR_FMT " a person", STR_ARG(words_list(w, parts, n, " then ")));
}

struct str people_threshold(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;
	struct str parts[EDITION_STEPS_MAX];
	size_t n = 0, n_steps = r->u.people.n_steps;

	for (size_t i = 0; i + 1 < n_steps; i++) {
		const struct people_step *s = &r->u.people.steps[i];

		if (s->min_people > 0)
			parts[n++] = words_text(w, "%u %s in step %zu", s->min_people,
				people_noun(s->min_people), i + 1);
	}
	return n == 0 ? STR("-") : words_list(w, parts, n, ", ");
}

const struct people_step *people_steps(const struct metric_rule *r, size_t *ret_n)
{
	*ret_n = r->u.people.n_steps;
	return r->u.people.steps;
}

/* ---- the condition ------------------------------------------------------------------------------------------ */

/* "AZ-104, AZ-305 or AZ-400"; ", or" where certificates are needed together, so that "and" cannot be misread. */
static struct str holds_text(struct words *w, const struct people_predicate *holds)
{
	size_t n = 0;
	const struct step_option *options = people_options(w, holds, &n);
	struct str *texts = words_array(w, n, sizeof *texts);
	bool together = false;

	for (size_t i = 0; texts != NULL && i < n; i++) {
		texts[i] = options[i].text;
		together = together || options[i].n > 1;
	}
	return texts == NULL ? STR("") : words_list(w, texts, n, together ? ", or " : " or ");
}

struct str hold_sentence(struct words *w, const struct rule_told *t)
{
	uint32_t need = t->rule->u.hold.at_least;

	return words_text(w, "at least %u %s hold%s " STR_FMT, need, people_noun(need),
		need == 1 ? "s" : "", STR_ARG(holds_text(w, &t->rule->u.hold.holds)));
}

struct str hold_threshold(struct words *w, const struct rule_told *t)
{
	uint32_t need = t->rule->u.hold.at_least;

	return words_text(w, "%u %s", need, people_noun(need));
}

/* What they hold is told as options. */
size_t hold_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	out[0] = words_term(
		"at-least", "people needed", words_text(w, "%u", t->rule->u.hold.at_least));
	return 1;
}

const struct people_predicate *hold_holds(const struct metric_rule *r)
{
	return &r->u.hold.holds;
}
