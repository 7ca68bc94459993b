/* The kinds of metrics, worded: one row each, at the end of the file. */
#include "rules/describe/words.h"

static enum measure measure_of(const struct words *w, uint16_t selection)
{
	return selection < w->e->n_selections ? w->e->selections[selection].measure : 0;
}

static struct str selection_id(const struct words *w, uint16_t selection)
{
	return selection < w->e->n_selections ? w->e->selections[selection].id : STR("-");
}

static struct rule_term term(const char *key, const char *label, struct str value)
{
	return (struct rule_term){ key, label, value };
}

static struct rule_term each_term(struct words *w, const char *label, const struct metric *m)
{
	return term("points", label, words_number(w, m->rule.points_each));
}

/* ---- net customer adds -------------------------------------------------------------------------------------- */

static struct str customers_sentence(struct words *w, const struct metric *m)
{
	const struct metric_rule *r = &m->rule;
	enum measure measure = measure_of(w, r->u.units.test.selection);
	uint32_t back = r->u.units.test.months;
	struct str when = back == 1   ? STR("in the last month")
			  : back == 2 ? STR("in the last month or the one before")
				      : words_text(w, "in one of the last %u months", back);

	return words_text(w,
		STR_FMT " for each net customer add. A customer counts with at least " STR_FMT
			" of %s in a single month, " STR_FMT
			"; the customers of the same month%s " STR_FMT " are taken off.",
		STR_ARG(words_points(w, r->points_each)),
		STR_ARG(words_amount(w, r->u.units.test.from_micro, measure)),
		words_measure(measure), STR_ARG(when), back == 1 ? "" : "s",
		STR_ARG(words_before(w, r->u.units.compare_months)));
}

static struct str customers_each(struct words *w, const struct metric *m)
{
	return words_text(w, STR_FMT " a net add", STR_ARG(words_number(w, m->rule.points_each)));
}

static struct str customers_threshold(struct words *w, const struct metric *m)
{
	enum measure measure = measure_of(w, m->rule.u.units.test.selection);

	return words_text(w, STR_FMT " in a month",
		STR_ARG(words_amount(w, m->rule.u.units.test.from_micro, measure)));
}

static size_t customers_terms(struct words *w, const struct metric *m, struct rule_term *out)
{
	const struct metric_rule *r = &m->rule;
	uint16_t s = r->u.units.test.selection;

	out[0] = each_term(w, "points for each net customer add", m);
	out[1] = term("usage", "usage", selection_id(w, s));
	out[2] = term("customer-reaches", "a customer reaches",
		words_amount(w, r->u.units.test.from_micro, measure_of(w, s)));
	out[3] = term("in-last-months", "in the last months",
		words_text(w, "%u", r->u.units.test.months));
	out[4] = term("compared-months", "compared with months before",
		words_text(w, "%u", r->u.units.compare_months));
	return 5;
}

static uint16_t customers_usage(const struct metric_rule *r)
{
	return r->u.units.test.selection;
}

/* ---- growth ------------------------------------------------------------------------------------------------- */

static struct str growth_sentence(struct words *w, const struct metric *m)
{
	const struct metric_rule *r = &m->rule;
	enum measure measure = measure_of(w, r->u.growth.selection);
	struct str window = words_months(w, r->u.growth.window_months);

	return words_text(w,
		STR_FMT " for each per cent by which the %s of " STR_FMT
			" exceeds that of the same month%s " STR_FMT ". With less than " STR_FMT
			" in " STR_FMT " nothing is earned.",
		STR_ARG(words_points(w, r->points_each)), words_measure(measure), STR_ARG(window),
		r->u.growth.window_months == 1 ? "" : "s",
		STR_ARG(words_before(w, r->u.growth.compare_months)),
		STR_ARG(words_amount(w, r->u.growth.minimum_micro, measure)), STR_ARG(window));
}

static struct str growth_each(struct words *w, const struct metric *m)
{
	return words_text(w, STR_FMT " a per cent", STR_ARG(words_number(w, m->rule.points_each)));
}

static struct str growth_threshold(struct words *w, const struct metric *m)
{
	const struct metric_rule *r = &m->rule;
	enum measure measure = measure_of(w, r->u.growth.selection);

	return words_text(w, STR_FMT " in " STR_FMT,
		STR_ARG(words_amount(w, r->u.growth.minimum_micro, measure)),
		STR_ARG(words_months(w, r->u.growth.window_months)));
}

static size_t growth_terms(struct words *w, const struct metric *m, struct rule_term *out)
{
	const struct metric_rule *r = &m->rule;
	uint16_t s = r->u.growth.selection;

	out[0] = each_term(w, "points for each per cent of growth", m);
	out[1] = term("usage", "usage", selection_id(w, s));
	out[2] = term("basis", "growth of", words_months(w, r->u.growth.window_months));
	out[3] = term("minimum", "needed before anything is earned",
		words_amount(w, r->u.growth.minimum_micro, measure_of(w, s)));
	out[4] = term("compared-months", "compared with months before",
		words_text(w, "%u", r->u.growth.compare_months));
	return 5;
}

static uint16_t growth_usage(const struct metric_rule *r)
{
	return r->u.growth.selection;
}

/* ---- products in use ---------------------------------------------------------------------------------------- */

static struct str products_sentence(struct words *w, const struct metric *m)
{
	const struct metric_rule *r = &m->rule;

	return words_text(w, STR_FMT " for each product with %s above zero in " STR_FMT ".",
		STR_ARG(words_points(w, r->points_each)),
		words_measure(measure_of(w, r->u.products.selection)),
		STR_ARG(words_months(w, r->u.products.window_months)));
}

static struct str products_each(struct words *w, const struct metric *m)
{
	return words_text(w, STR_FMT " a product", STR_ARG(words_number(w, m->rule.points_each)));
}

static struct str products_threshold(struct words *w, const struct metric *m)
{
	(void)w;
	(void)m;
	return STR("above zero");
}

static size_t products_terms(struct words *w, const struct metric *m, struct rule_term *out)
{
	out[0] = each_term(w, "points for each product in use", m);
	out[1] = term("usage", "usage", selection_id(w, m->rule.u.products.selection));
	out[2] = term("in-last-months", "in the last months",
		words_text(w, "%u", m->rule.u.products.window_months));
	return 3;
}

static uint16_t products_usage(const struct metric_rule *r)
{
	return r->u.products.selection;
}

/* ---- people ------------------------------------------------------------------------------------------------- */

static struct str people_step_words(
	struct words *w, const struct people_step *s, size_t number, bool last, uint32_t maximum)
{
	struct str points = STR(""), cap = STR(""), gate = STR("");

	if (ratio_is_zero(s->points_each))
		return words_text(w, "prerequisite, at least %u %s of step %zu (" STR_FMT ")",
			s->min_people, s->min_people == 1 ? "person" : "people", number,
			STR_ARG(s->name));
	points = words_points(w, s->points_each);
	if (ratio_cmp(s->points_max, ratio_int(maximum)) < 0)
		cap = words_text(w, ", at most " STR_FMT, STR_ARG(words_number(w, s->points_max)));
	if (s->min_people > 0 && !last)
		gate = words_text(
			w, ", and at least %u of them before the next step counts", s->min_people);
	return words_text(w, STR_FMT " for each person of step %zu (" STR_FMT ")" STR_FMT STR_FMT,
		STR_ARG(points), number, STR_ARG(s->name), STR_ARG(cap), STR_ARG(gate));
}

static struct str people_sentence(struct words *w, const struct metric *m)
{
	size_t n = m->rule.u.people.n_steps;
	struct str all = STR("");

	for (size_t i = 0; i < n; i++) {
		struct str step = people_step_words(
			w, &m->rule.u.people.steps[i], i + 1, i + 1 == n, m->maximum);

		all = words_text(w, STR_FMT "%s" STR_FMT, STR_ARG(all), i == 0 ? "" : "; then ",
			STR_ARG(step));
	}
	return words_text(w, STR_FMT ". A person counts once in a step, and may count in several.",
		STR_ARG(all));
}

static struct str people_each(struct words *w, const struct metric *m)
{
	struct str parts[EDITION_STEPS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < m->rule.u.people.n_steps; i++) {
		struct ratio each = m->rule.u.people.steps[i].points_each;

		if (!ratio_is_zero(each))
			parts[n++] = words_number(w, each);
	}
	return words_text(w, STR_FMT " a person", STR_ARG(words_list(w, parts, n, " then ")));
}

static struct str people_threshold(struct words *w, const struct metric *m)
{
	struct str parts[EDITION_STEPS_MAX];
	size_t n = 0, n_steps = m->rule.u.people.n_steps;

	for (size_t i = 0; i + 1 < n_steps; i++) {
		const struct people_step *s = &m->rule.u.people.steps[i];

		if (s->min_people > 0)
			parts[n++] = words_text(w, "%u %s in step %zu", s->min_people,
				s->min_people == 1 ? "person" : "people", i + 1);
	}
	return n == 0 ? STR("-") : words_list(w, parts, n, ", ");
}

static const struct people_step *people_steps(const struct metric_rule *r, size_t *ret_n)
{
	*ret_n = r->u.people.n_steps;
	return r->u.people.steps;
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

static const struct kind_words kinds[] = {
	{ RULE_NET_CUSTOMER_ADDS, "net-customer-adds", customers_sentence, customers_each,
		customers_threshold, customers_terms, customers_usage, NULL },
	{ RULE_PEOPLE, "people", people_sentence, people_each, people_threshold, NULL, NULL,
		people_steps },
	{ RULE_USAGE_GROWTH, "usage-growth", growth_sentence, growth_each, growth_threshold,
		growth_terms, growth_usage, NULL },
	{ RULE_PRODUCTS_IN_USE, "products-in-use", products_sentence, products_each,
		products_threshold, products_terms, products_usage, NULL },
};

const struct kind_words *kind_words_of(enum rule_kind kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}
