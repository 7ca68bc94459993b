/* Growth of usage in words: as a metric, and as the condition that so much is reached. */
#include "rules/describe/kinds.h"

static enum measure measure_of(const struct words *w, const struct metric_rule *r)
{
	return words_selection(w, r->u.growth.selection)->measure;
}

/* "monthly active usage of the last month" */
static struct str what_grows(struct words *w, const struct metric_rule *r)
{
	return words_text(w, "%s of " STR_FMT, words_sum(measure_of(w, r)),
		STR_ARG(words_months(w, r->u.growth.window_months)));
}

/* "that of the same month a year before" */
static struct str what_before(struct words *w, const struct metric_rule *r)
{
	return words_text(w, "that of the same month%s " STR_FMT,
		r->u.growth.window_months == 1 ? "" : "s",
		STR_ARG(words_before(w, r->u.growth.compare_months)));
}

/* "per cent", "1,250 USD": what points are for each of. */
static struct str growth_step(struct words *w, const struct metric_rule *r)
{
	if (r->u.growth.each_micro == 0)
		return STR("per cent");
	return words_amount(w, r->u.growth.each_micro, measure_of(w, r));
}

/* "customers with more than 300 paid units in one workload alone in the last month" */
static struct str eligible(struct words *w, const struct metric_rule *r)
{
	const struct unit_test *f = &r->u.growth.filter;
	struct str promoted = units_promoted(w, f);

	return words_text(w, "%s with " STR_FMT " (usage " STR_FMT ")%s" STR_FMT,
		r->u.growth.filter_by_product ? "workloads of customers" : "customers",
		STR_ARG(units_passing(w, f)), STR_ARG(words_selection(w, f->selection)->id),
		promoted.n > 0 ? "; " : "", STR_ARG(promoted));
}

/* ---- the metric --------------------------------------------------------------------------------------------- */

/* Amounts without which nothing is earned: at most two. Returns how many. */
static size_t minima(struct words *w, const struct metric_rule *r, struct str *out)
{
	const struct growth_rule *g = &r->u.growth;
	size_t n = 0;

	if (g->minimum_micro > 0)
		out[n++] = words_text(w, STR_FMT " in " STR_FMT,
			STR_ARG(words_amount(w, g->minimum_micro, measure_of(w, r))),
			STR_ARG(words_months(w, g->window_months)));
	if (g->base_minimum_micro > 0)
		out[n++] = words_text(w, STR_FMT " " STR_FMT,
			STR_ARG(words_amount(w, g->base_minimum_micro, measure_of(w, r))),
			STR_ARG(words_before(w, g->compare_months)));
	return n;
}

/* A sentence, after a space, or nothing. */
static struct str minimum_sentence(struct words *w, const struct metric_rule *r)
{
	struct str parts[2];
	size_t n = minima(w, r, parts);

	if (n == 0)
		return STR("");
	return words_text(w, " With less than " STR_FMT " nothing is earned.",
		STR_ARG(words_list(w, parts, n, " or less than ")));
}

/* Whose usage counts, and from when on: sentences, after a space, or nothing. */
static struct str whose_sentences(struct words *w, const struct metric_rule *r)
{
	struct str all = STR("");

	if (r->u.growth.filtered)
		all = words_text(w, " For both times only the usage counts of " STR_FMT ".",
			STR_ARG(eligible(w, r)));
	if (r->u.growth.since_association)
		all = words_text(w,
			STR_FMT
			" A workload of a customer whose association began since then is compared "
			"with the month in which it began.",
			STR_ARG(all));
	return all;
}

struct str growth_sentence(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;

	return words_text(w,
		STR_FMT " for each " STR_FMT " by which the " STR_FMT " exceeds " STR_FMT
			"." STR_FMT STR_FMT,
		STR_ARG(words_points(w, r->points_each)), STR_ARG(growth_step(w, r)),
		STR_ARG(what_grows(w, r)), STR_ARG(what_before(w, r)),
		STR_ARG(minimum_sentence(w, r)), STR_ARG(whose_sentences(w, r)));
}

struct str growth_each(struct words *w, const struct rule_told *t)
{
	return words_text(w, STR_FMT "%s " STR_FMT, STR_ARG(words_number(w, t->rule->points_each)),
		t->rule->u.growth.each_micro == 0 ? " a" : " for each",
		STR_ARG(growth_step(w, t->rule)));
}

struct str growth_threshold(struct words *w, const struct rule_told *t)
{
	struct str parts[2];
	size_t n = minima(w, t->rule, parts);

	return n == 0 ? STR("-") : words_list(w, parts, n, ", ");
}

/* ---- what it is made of ------------------------------------------------------------------------------------- */

static size_t earned_term(struct words *w, const struct metric_rule *r, struct rule_term *out)
{
	bool per_cent = r->u.growth.each_micro == 0;
	struct str step = growth_step(w, r);

	if (r->kind == RULE_USAGE_GROWTH) {
		out[0] = words_term("points",
			per_cent ? "points for each per cent of growth"
				 : "points for so much growth",
			words_number(w, r->points_each));
		if (per_cent)
			return 1;
		out[1] = words_term("for-each", "points are for each", step);
		return 2;
	}
	if (per_cent)
		out[0] = words_term("at-least-per-cent", "grows by at least",
			words_text(w, STR_FMT " per cent",
				STR_ARG(words_micro(w, r->u.growth.need_micro, 0))));
	else
		out[0] = words_term("at-least", "grows by at least",
			words_amount(w, r->u.growth.need_micro, measure_of(w, r)));
	return 1;
}

size_t growth_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	const struct metric_rule *r = t->rule;
	size_t n = earned_term(w, r, out);

	out[n++] = words_term("usage", "usage", words_selection(w, r->u.growth.selection)->id);
	out[n++] = words_term("basis", "growth of", words_months(w, r->u.growth.window_months));
	if (r->u.growth.minimum_micro > 0)
		out[n++] = words_term("minimum", "needed before anything is earned",
			words_amount(w, r->u.growth.minimum_micro, measure_of(w, r)));
	out[n++] = words_term("compared-months", "compared with months before",
		words_text(w, "%u", r->u.growth.compare_months));
	if (r->u.growth.base_minimum_micro > 0)
		out[n++] = words_term("base-minimum", "needed in the time compared with",
			words_amount(w, r->u.growth.base_minimum_micro, measure_of(w, r)));
	if (r->u.growth.filtered)
		out[n++] = words_term("eligible", "only the usage of", eligible(w, r));
	if (r->u.growth.since_association)
		out[n++] = words_term(
			"since-association", "growth counts from the association on", STR("yes"));
	return n;
}

size_t growth_usages(const struct metric_rule *r, uint16_t *out)
{
	const struct growth_rule *g = &r->u.growth;
	size_t n = 0;

	out[n++] = g->selection;
	if (g->filtered)
		out[n++] = g->filter.selection;
	if (g->filtered && g->filter.share_percent > 0)
		out[n++] = g->filter.share_selection;
	return n;
}

/* ---- the condition ------------------------------------------------------------------------------------------ */

static struct str growth_need(struct words *w, const struct metric_rule *r)
{
	if (r->u.growth.each_micro == 0)
		return words_text(
			w, STR_FMT " per cent", STR_ARG(words_micro(w, r->u.growth.need_micro, 0)));
	return words_amount(w, r->u.growth.need_micro, measure_of(w, r));
}

struct str growth_reached_threshold(struct words *w, const struct rule_told *t)
{
	return words_text(w, "growth of " STR_FMT, STR_ARG(growth_need(w, t->rule)));
}

struct str growth_reached_sentence(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;
	struct str base = STR(""), whose = STR("");

	if (r->u.growth.base_minimum_micro > 0)
		base = words_text(w, ", which must be at least " STR_FMT,
			STR_ARG(words_amount(w, r->u.growth.base_minimum_micro, measure_of(w, r))));
	if (r->u.growth.filtered)
		whose = words_text(w, ", counting only " STR_FMT, STR_ARG(eligible(w, r)));
	return words_text(w,
		"the " STR_FMT " (usage " STR_FMT ") is at least " STR_FMT
		" above " STR_FMT STR_FMT STR_FMT,
		STR_ARG(what_grows(w, r)), STR_ARG(words_selection(w, r->u.growth.selection)->id),
		STR_ARG(growth_need(w, r)), STR_ARG(what_before(w, r)), STR_ARG(base),
		STR_ARG(whose));
}
