/* Products in use, and metrics that are combined of parts, in words. */
#include "rules/describe/kinds.h"

/* ---- products in use ---------------------------------------------------------------------------------------- */

struct str products_sentence(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;

	return words_text(w, STR_FMT " for each product with %s above zero in " STR_FMT ".",
		STR_ARG(words_points(w, r->points_each)),
		words_measure(words_selection(w, r->u.products.selection)->measure),
		STR_ARG(words_months(w, r->u.products.window_months)));
}

struct str products_each(struct words *w, const struct rule_told *t)
{
	return words_text(w, STR_FMT " a product", STR_ARG(words_number(w, t->rule->points_each)));
}

struct str products_threshold(struct words *w, const struct rule_told *t)
{
	(void)w;
	(void)t;
	return STR("above zero");
}

size_t products_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	const struct metric_rule *r = t->rule;

	out[0] = words_term(
		"points", "points for each product in use", words_number(w, r->points_each));
	out[1] = words_term("usage", "usage", words_selection(w, r->u.products.selection)->id);
	out[2] = words_term("in-last-months", "in the last months",
		words_text(w, "%u", r->u.products.window_months));
	return 3;
}

size_t products_usages(const struct metric_rule *r, uint16_t *out)
{
	out[0] = r->u.products.selection;
	return 1;
}

/* ---- combined ----------------------------------------------------------------------------------------------- */

static struct str part_names(struct words *w, const struct metric_rule *r)
{
	struct str names[EDITION_PARTS_MAX];

	for (size_t i = 0; i < r->u.combined.n; i++)
		names[i] = r->u.combined.parts[i].name;
	return words_names(w, names, r->u.combined.n, " and ");
}

struct str combined_sentence(struct words *w, const struct rule_told *t)
{
	struct str names = part_names(w, t->rule);

	switch (t->rule->u.combined.how) {
	case COMBINE_HIGHEST:
		return words_text(w, "the %s of " STR_FMT " counts; they are never added.",
			t->rule->u.combined.n == 2 ? "higher" : "highest", STR_ARG(names));
	case COMBINE_ADDED:
		return words_text(w, "the points of " STR_FMT " are added, each never below zero.",
			STR_ARG(names));
	default:
		return words_text(w,
			STR_FMT " make one pool: a loss in one takes off from the others.",
			STR_ARG(names));
	}
}

struct str combined_each(struct words *w, const struct rule_told *t)
{
	struct str each[EDITION_PARTS_MAX];
	size_t n = t->rule->u.combined.n;
	bool same = true;

	for (size_t i = 0; i < n; i++) {
		struct rule_child part = combined_part(t, i);

		each[i] = kind_each(w, &part.told);
		same = same && str_eq(each[i], each[0]);
	}
	if (same)
		return each[0];
	return words_list(
		w, each, n, t->rule->u.combined.how == COMBINE_HIGHEST ? " or " : " and ");
}

struct str combined_threshold(struct words *w, const struct rule_told *t)
{
	(void)w;
	(void)t;
	return STR("by its parts");
}

size_t combined_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	static const char *const how[] = { [COMBINE_HIGHEST] = "the highest counts",
		[COMBINE_ADDED] = "they are added",
		[COMBINE_POOLED] = "they make one pool" };

	(void)w;
	out[0] = words_term("combined", "of its parts", str_from(how[t->rule->u.combined.how]));
	return 1;
}

size_t combined_n_parts(const struct metric_rule *r)
{
	return r->u.combined.n;
}

struct rule_child combined_part(const struct rule_told *t, size_t i)
{
	const struct rule_part *p = &t->rule->u.combined.parts[i];

	return (struct rule_child){ p->id, p->name, { p->rule, p->maximum } };
}
