/* Customers, workloads and deployments that pass a test, in words: net customer adds, net deployments, and the
 * condition that so many are reached. */
#include "rules/describe/kinds.h"

enum unit_noun { UNIT_CUSTOMER, UNIT_WORKLOAD, UNIT_DEPLOYMENT };

static const struct {
	const char *one, *many, *brief;
} nouns[][UNITS_NOW + 1] = {
	[UNIT_CUSTOMER] = { [UNITS_NET] = { "net customer add", "net customer adds", "net add" },
		[UNITS_NEW] = { "new customer", "new customers", "new customer" },
		[UNITS_BOTH] = { "customer kept", "customers kept", "customer kept" },
		[UNITS_NOW] = { "customer", "customers", "customer" } },
	[UNIT_WORKLOAD] = { [UNITS_NET] = { "net workload add", "net workload adds", "net add" },
		[UNITS_NEW] = { "new workload", "new workloads", "new workload" },
		[UNITS_BOTH] = { "workload kept", "workloads kept", "workload kept" },
		[UNITS_NOW] = { "workload", "workloads", "workload" } },
	[UNIT_DEPLOYMENT] = { [UNITS_NET] = { "net deployment", "net deployments",
				      "net deployment" },
		[UNITS_NEW] = { "new deployment", "new deployments", "new deployment" },
		[UNITS_BOTH] = { "deployment kept", "deployments kept", "deployment kept" },
		[UNITS_NOW] = { "deployment", "deployments", "deployment" } },
};
/* As rule files call the ways to count. */
static const char *const counts[] = {
	[UNITS_NET] = "net", [UNITS_NEW] = "new", [UNITS_BOTH] = "both", [UNITS_NOW] = "now"
};

static enum unit_noun noun_of(const struct metric_rule *r)
{
	if (r->kind == RULE_NET_DEPLOYMENTS)
		return UNIT_DEPLOYMENT;
	return r->u.units.by_product ? UNIT_WORKLOAD : UNIT_CUSTOMER;
}

/* ---- what passes -------------------------------------------------------------------------------------------- */

/* "in the last month", "in a single month, in the last month or the one before" */
static struct str passing_when(struct words *w, const struct unit_test *t)
{
	if (t->months == 1)
		return STR("in the last month");
	if (t->sum)
		return words_text(
			w, "in " STR_FMT " together", STR_ARG(words_months(w, t->months)));
	if (t->months == 2)
		return STR("in a single month, in the last month or the one before");
	return words_text(w, "in a single month, in one of the last %u months", t->months);
}

struct str units_passing(struct words *w, const struct unit_test *t)
{
	const struct selection *of = words_selection(w, t->share_selection);
	struct str all = words_text(w, STR_FMT "%s " STR_FMT,
		STR_ARG(words_range(
			w, t->from_micro, t->to_micro, words_selection(w, t->selection)->measure)),
		t->each_product ? " in one workload alone" : "", STR_ARG(passing_when(w, t)));

	if (t->share_percent == 0)
		return all;
	return words_text(w,
		STR_FMT ", if the %s of the same workload (usage " STR_FMT
			") is at least %u per cent of that",
		STR_ARG(all), words_sum(of->measure), STR_ARG(of->id), t->share_percent);
}

struct str units_promoted(struct words *w, const struct unit_test *t)
{
	if (t->promoted_months == 0)
		return STR("");
	return words_text(w,
		"one above the range still counts when it was within it in %s%u month%s before",
		t->promoted_months == 1 ? "the " : "one of the ", t->promoted_months,
		t->promoted_months == 1 ? "" : "s");
}

/* "customer counts with ...", after an article. */
static struct str unit_counts(struct words *w, const struct metric_rule *r)
{
	const struct units_rule *u = &r->u.units;
	const char *unit = u->by_product ? "workload of a customer" : "customer";
	struct str passing = units_passing(w, &u->test);

	if (r->kind == RULE_NET_DEPLOYMENTS)
		return words_text(w, "deployment is a %s with " STR_FMT, unit, STR_ARG(passing));
	return words_text(w, "%s counts with " STR_FMT, unit, STR_ARG(passing));
}

/* What the months before do to the count. */
static struct str compared(struct words *w, const struct metric_rule *r)
{
	const struct units_rule *u = &r->u.units;
	const char *s = u->test.months == 1 ? "" : "s";
	struct str before = words_before(w, u->compare_months);

	switch (u->count) {
	case UNITS_NEW:
		return words_text(w,
			"one that counted in the same month%s " STR_FMT " already is not new", s,
			STR_ARG(before));
	case UNITS_BOTH:
		return words_text(w, "it must have counted in the same month%s " STR_FMT " too", s,
			STR_ARG(before));
	case UNITS_NOW:
		return STR("");
	default:
		return words_text(w, "the %s of the same month%s " STR_FMT " are taken off",
			nouns[noun_of(r)][UNITS_NOW].many, s, STR_ARG(before));
	}
}

/* All that decides whether a unit counts, without the article at its beginning. */
static struct str counting(struct words *w, const struct metric_rule *r)
{
	const struct units_rule *u = &r->u.units;
	struct str parts[5];
	size_t n = 0;

	parts[n++] = unit_counts(w, r);
	if (u->compare_months > 0 && u->count != UNITS_NOW)
		parts[n++] = compared(w, r);
	if (u->compare_months > 0 && u->base_from_micro != u->test.from_micro)
		parts[n++] = words_text(w, "in the time before it takes " STR_FMT,
			STR_ARG(words_range(w, u->base_from_micro, u->test.to_micro,
				words_selection(w, u->test.selection)->measure)));
	if (u->test.promoted_months > 0)
		parts[n++] = units_promoted(w, &u->test);
	if (u->not_already)
		parts[n++] = words_text(w,
			"one that an association begun in the last %u months covers does not count when it "
			"already did in the month in which that began",
			u->compare_months);
	return words_joined(w, parts, n, "; ", "; ");
}

/* ---- metrics ------------------------------------------------------------------------------------------------ */

struct str units_sentence(struct words *w, const struct rule_told *t)
{
	return words_text(w, STR_FMT " for each %s. A " STR_FMT ".",
		STR_ARG(words_points(w, t->rule->points_each)),
		nouns[noun_of(t->rule)][t->rule->u.units.count].one, STR_ARG(counting(w, t->rule)));
}

struct str units_each(struct words *w, const struct rule_told *t)
{
	return words_text(w, STR_FMT " a %s", STR_ARG(words_number(w, t->rule->points_each)),
		nouns[noun_of(t->rule)][t->rule->u.units.count].brief);
}

struct str units_threshold(struct words *w, const struct rule_told *t)
{
	const struct unit_test *test = &t->rule->u.units.test;
	struct str range = words_range_short(
		w, test->from_micro, test->to_micro, words_selection(w, test->selection)->measure);
	struct str when =
		!test->sum || test->months == 1 ? STR("a month") : words_months(w, test->months);
	struct str share = STR("");

	if (test->share_percent > 0)
		share = words_text(w, ", share %u %%", test->share_percent);
	return words_text(w, STR_FMT "%s in " STR_FMT STR_FMT, STR_ARG(range),
		test->each_product ? " of one workload" : "", STR_ARG(when), STR_ARG(share));
}

/* ---- what it is made of ------------------------------------------------------------------------------------- */

static size_t range_terms(struct words *w, const struct unit_test *t, struct rule_term *out)
{
	enum measure m = words_selection(w, t->selection)->measure;
	struct str value;
	size_t n = 0;

	if (words_bound(w, t->from_micro, true, m, &value))
		out[n++] = words_term("customer-exceeds", "a customer exceeds", value);
	else
		out[n++] = words_term("customer-reaches", "a customer reaches", value);
	if (t->to_micro == UNIT_NO_BOUND)
		return n;
	if (words_bound(w, t->to_micro, false, m, &value))
		out[n++] = words_term("customer-below", "a customer is below", value);
	else
		out[n++] = words_term("customer-at-most", "a customer has at most", value);
	return n;
}

static size_t test_terms(struct words *w, const struct unit_test *t, struct rule_term *out)
{
	size_t n = range_terms(w, t, out);

	if (t->sum)
		out[n++] = words_term(
			"sum-of-months", "months added up", words_text(w, "%u", t->months));
	else
		out[n++] = words_term(
			"in-last-months", "in the last months", words_text(w, "%u", t->months));
	if (t->each_product)
		out[n++] = words_term("in-one-workload", "in one workload alone", STR("yes"));
	if (t->promoted_months > 0)
		out[n++] =
			words_term("promoted-months", "months that one above the range counts on",
				words_text(w, "%u", t->promoted_months));
	if (t->share_percent > 0)
		out[n++] = words_term("active-share", "share needed",
			words_text(w, "%u per cent in usage " STR_FMT, t->share_percent,
				STR_ARG(words_selection(w, t->share_selection)->id)));
	return n;
}

/* Those that rule files leave out as a rule are told only where they are set. */
static size_t rare_terms(struct words *w, const struct units_rule *u, struct rule_term *out)
{
	enum measure m = words_selection(w, u->test.selection)->measure;
	size_t n = 0;

	if (u->by_product)
		out[n++] = words_term("unit", "what is counted", STR("a workload of a customer"));
	if (u->base_from_micro != u->test.from_micro && u->compare_months > 0)
		out[n++] = words_term("base-reaches", "it takes in the time before",
			words_range_short(w, u->base_from_micro, UNIT_NO_BOUND, m));
	if (u->not_already)
		out[n++] = words_term("not-already",
			"left out when it counted as its association began", STR("yes"));
	if (u->count != UNITS_NET)
		out[n++] = words_term("count", "those counted", str_from(counts[u->count]));
	return n;
}

size_t units_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	const struct units_rule *u = &t->rule->u.units;
	const char *noun = nouns[noun_of(t->rule)][u->count].one;
	size_t n = 0;

	if (t->rule->kind == RULE_UNITS_REACHED)
		out[n++] = words_term("at-least", "at least", words_text(w, "%u", u->need));
	else
		out[n++] = words_term("points", words_text(w, "points for each %s", noun).p,
			words_number(w, t->rule->points_each));
	out[n++] = words_term("usage", "usage", words_selection(w, u->test.selection)->id);
	n += test_terms(w, &u->test, out + n);
	if (u->compare_months > 0)
		out[n++] = words_term("compared-months", "compared with months before",
			words_text(w, "%u", u->compare_months));
	return n + rare_terms(w, u, out + n);
}

size_t units_usages(const struct metric_rule *r, uint16_t *out)
{
	out[0] = r->u.units.test.selection;
	out[1] = r->u.units.test.share_selection;
	return r->u.units.test.share_percent > 0 ? 2 : 1;
}

/* ---- the condition ------------------------------------------------------------------------------------------ */

struct str units_reached_sentence(struct words *w, const struct rule_told *t)
{
	const struct units_rule *u = &t->rule->u.units;
	enum unit_noun noun = noun_of(t->rule);

	return words_text(w, "there %s at least %u %s (usage " STR_FMT "): a " STR_FMT,
		u->need == 1 ? "is" : "are", u->need,
		u->need == 1 ? nouns[noun][u->count].one : nouns[noun][u->count].many,
		STR_ARG(words_selection(w, u->test.selection)->id), STR_ARG(counting(w, t->rule)));
}

struct str units_reached_threshold(struct words *w, const struct rule_told *t)
{
	const struct units_rule *u = &t->rule->u.units;
	enum unit_noun noun = noun_of(t->rule);

	return words_text(w, "%u %s", u->need,
		u->need == 1 ? nouns[noun][u->count].one : nouns[noun][u->count].many);
}
