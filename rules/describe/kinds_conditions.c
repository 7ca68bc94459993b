/* Conditions in words: what a specialization asks for, and what chooses a track. Each sentence is a clause that
 * stands after "when". */
#include "rules/describe/kinds.h"

/* ---- usage reached ------------------------------------------------------------------------------------------ */

struct str level_sentence(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;
	const struct selection *s = words_selection(w, r->u.level.selection);
	struct str customers = STR("");

	if (r->u.level.customers > 0)
		customers = words_text(w, ", from at least %u customer%s", r->u.level.customers,
			r->u.level.customers == 1 ? "" : "s");
	return words_text(w,
		"the %s (usage " STR_FMT ") is at least " STR_FMT "%s " STR_FMT STR_FMT,
		words_sum(s->measure), STR_ARG(s->id),
		STR_ARG(words_amount(w, r->u.level.at_least_micro, s->measure)),
		r->u.level.average ? " a month on average over" : " in",
		STR_ARG(words_months(w, r->u.level.months)), STR_ARG(customers));
}

struct str level_threshold(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;

	return words_text(w, STR_FMT "%s " STR_FMT,
		STR_ARG(words_amount(w, r->u.level.at_least_micro,
			words_selection(w, r->u.level.selection)->measure)),
		r->u.level.average ? " a month over" : " in",
		STR_ARG(words_months(w, r->u.level.months)));
}

size_t level_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	const struct metric_rule *r = t->rule;
	const struct selection *s = words_selection(w, r->u.level.selection);
	size_t n = 0;

	out[n++] = words_term("usage", "usage", s->id);
	out[n++] = words_term(r->u.level.average ? "average-of-months" : "total-of-months",
		r->u.level.average ? "average of months" : "total of months",
		words_text(w, "%u", r->u.level.months));
	out[n++] = words_term(
		"at-least", "at least", words_amount(w, r->u.level.at_least_micro, s->measure));
	if (r->u.level.customers > 0)
		out[n++] = words_term("customers", "from at least so many customers",
			words_text(w, "%u", r->u.level.customers));
	return n;
}

size_t level_usages(const struct metric_rule *r, uint16_t *out)
{
	out[0] = r->u.level.selection;
	return 1;
}

/* ---- share -------------------------------------------------------------------------------------------------- */

struct str share_sentence(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;
	const struct selection *s = words_selection(w, r->u.share.selection),
			       *of = words_selection(w, r->u.share.of_selection);

	return words_text(w,
		"the %s (usage " STR_FMT ") is at least %u per cent of the %s (usage " STR_FMT
		") in " STR_FMT,
		words_sum(s->measure), STR_ARG(s->id), r->u.share.percent, words_sum(of->measure),
		STR_ARG(of->id), STR_ARG(words_months(w, r->u.share.months)));
}

struct str share_threshold(struct words *w, const struct rule_told *t)
{
	return words_text(w, "%u %% of usage " STR_FMT, t->rule->u.share.percent,
		STR_ARG(words_selection(w, t->rule->u.share.of_selection)->id));
}

size_t share_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	const struct metric_rule *r = t->rule;

	out[0] = words_term("usage", "usage", words_selection(w, r->u.share.selection)->id);
	out[1] = words_term("of", "of usage", words_selection(w, r->u.share.of_selection)->id);
	out[2] = words_term(
		"in-months", "in the last months", words_text(w, "%u", r->u.share.months));
	out[3] = words_term(
		"at-least", "at least", words_text(w, "%u per cent", r->u.share.percent));
	return 4;
}

size_t share_usages(const struct metric_rule *r, uint16_t *out)
{
	out[0] = r->u.share.selection;
	out[1] = r->u.share.of_selection;
	return 2;
}

/* ---- attested ----------------------------------------------------------------------------------------------- */

struct str attested_threshold(struct words *w, const struct rule_told *t)
{
	uint32_t n = t->rule->u.attested.at_least;

	return words_text(w, "%u %s", n, attestation_words(t->rule->u.attested.kind, n != 1));
}

struct str attested_sentence(struct words *w, const struct rule_told *t)
{
	uint32_t within = t->rule->u.attested.within_months;
	struct str what = attested_threshold(w, t), when = STR("");

	if (within > 0)
		when = words_text(w, " of " STR_FMT, STR_ARG(words_months(w, within)));
	return words_text(w, "at least " STR_FMT STR_FMT " %s attested", STR_ARG(what),
		STR_ARG(when), t->rule->u.attested.at_least == 1 ? "is" : "are");
}

size_t attested_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	const struct metric_rule *r = t->rule;
	size_t n = 0;

	out[n++] = words_term(
		"kind", "attested", str_from(attestation_words(r->u.attested.kind, true)));
	out[n++] = words_term("at-least", "at least", words_text(w, "%u", r->u.attested.at_least));
	if (r->u.attested.within_months > 0)
		out[n++] = words_term("in-last-months", "in the last months",
			words_text(w, "%u", r->u.attested.within_months));
	return n;
}

/* ---- designations ------------------------------------------------------------------------------------------- */

static struct str area_names(struct words *w, const struct metric_rule *r, const char *last)
{
	struct str names[EDITION_AREAS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < r->u.held.n && n < EDITION_AREAS_MAX; i++)
		if (r->u.held.areas[i] < w->e->n_areas)
			names[n++] = w->e->areas[r->u.held.areas[i]].name;
	return words_list(w, names, n, last);
}

struct str held_sentence(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;

	if (r->u.held.n == 1)
		return words_text(
			w, "the designation " STR_FMT " is held", STR_ARG(area_names(w, r, "")));
	if (r->u.held.need == r->u.held.n)
		return words_text(w, "the designations " STR_FMT " are held",
			STR_ARG(area_names(w, r, " and ")));
	if (r->u.held.need == 1)
		return words_text(w, "the designation " STR_FMT " is held",
			STR_ARG(area_names(w, r, " or ")));
	return words_text(w, "at least %u of the designations " STR_FMT " are held", r->u.held.need,
		STR_ARG(area_names(w, r, " and ")));
}

struct str held_threshold(struct words *w, const struct rule_told *t)
{
	uint32_t n = t->rule->u.held.need;

	return words_text(w, "%u designation%s", n, n == 1 ? "" : "s");
}

size_t held_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	out[0] = words_term("at-least", "at least", words_text(w, "%u", t->rule->u.held.need));
	out[1] = words_term("of", "of the designations", area_names(w, t->rule, " and "));
	return 2;
}

/* ---- segments ----------------------------------------------------------------------------------------------- */

static struct str segment_names(struct words *w, const struct metric_rule *r)
{
	return words_names(w, r->u.segment.segments, r->u.segment.n, " or ");
}

struct str segment_sentence(struct words *w, const struct rule_told *t)
{
	const struct metric_rule *r = t->rule;

	return words_text(w,
		"of the customers of known segment with usage " STR_FMT
		" in the last month at least %u per cent are in the segment " STR_FMT,
		STR_ARG(words_selection(w, r->u.segment.selection)->id), r->u.segment.percent,
		STR_ARG(segment_names(w, r)));
}

struct str segment_threshold(struct words *w, const struct rule_told *t)
{
	return words_text(w, "%u %% in " STR_FMT, t->rule->u.segment.percent,
		STR_ARG(segment_names(w, t->rule)));
}

size_t segment_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	const struct metric_rule *r = t->rule;

	out[0] = words_term("usage", "usage", words_selection(w, r->u.segment.selection)->id);
	out[1] = words_term("in", "in the segments", segment_names(w, r));
	out[2] = words_term(
		"at-least", "at least", words_text(w, "%u per cent", r->u.segment.percent));
	return 3;
}

size_t segment_usages(const struct metric_rule *r, uint16_t *out)
{
	out[0] = r->u.segment.selection;
	return 1;
}

/* ---- so many of --------------------------------------------------------------------------------------------- */

struct str of_head(struct words *w, const struct rule_told *t)
{
	size_t n = t->rule->u.of.n;
	uint32_t need = t->rule->u.of.need;

	if (n == 1)
		return STR("this holds");
	if (need == n)
		return n == 2 ? STR("both of these hold") : STR("all of these hold");
	if (need == 1)
		return STR("one of these holds");
	return words_text(w, "at least %u of these %zu hold", need, n);
}

/* One condition in a sentence: in brackets where it lists others itself. */
static struct str inline_condition(struct words *w, const struct rule_child *c)
{
	struct str s = kind_sentence(w, &c->told);

	if (c->told.rule->kind == RULE_AT_LEAST_OF)
		return words_text(w, "(" STR_FMT ")", STR_ARG(s));
	return s;
}

struct str of_sentence(struct words *w, const struct rule_told *t)
{
	size_t n = t->rule->u.of.n;
	struct str *parts = words_array(w, n, sizeof *parts);

	if (parts == NULL)
		return STR("");
	for (size_t i = 0; i < n; i++) {
		struct rule_child c = of_part(t, i);

		parts[i] = inline_condition(w, &c);
	}
	if (n == 1)
		return parts[0];
	return words_text(w, STR_FMT ": " STR_FMT, STR_ARG(of_head(w, t)),
		STR_ARG(words_joined(w, parts, n, "; ",
			t->rule->u.of.need == n	  ? "; and "
			: t->rule->u.of.need == 1 ? "; or "
						  : "; ")));
}

struct str of_threshold(struct words *w, const struct rule_told *t)
{
	if (t->rule->u.of.need == t->rule->u.of.n)
		return words_text(w, "all of %zu", t->rule->u.of.n);
	return words_text(w, "%u of %zu", t->rule->u.of.need, t->rule->u.of.n);
}

size_t of_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	out[0] = words_term("number", "conditions needed", of_threshold(w, t));
	return 1;
}

size_t of_n_parts(const struct metric_rule *r)
{
	return r->u.of.n;
}

struct rule_child of_part(const struct rule_told *t, size_t i)
{
	const struct rule_condition *c = &t->rule->u.of.conditions[i];

	return (struct rule_child){ STR(""), c->name, { c->rule, t->maximum } };
}

/* ---- unknown ------------------------------------------------------------------------------------------------ */

struct str unknown_sentence(struct words *w, const struct rule_told *t)
{
	return words_text(w, "something not known (" STR_FMT ")", STR_ARG(t->rule->u.unknown.why));
}

struct str unknown_head(struct words *w, const struct rule_told *t)
{
	return words_text(w, "not known: " STR_FMT, STR_ARG(t->rule->u.unknown.why));
}

struct str unknown_threshold(struct words *w, const struct rule_told *t)
{
	(void)w;
	(void)t;
	return STR("not known");
}

size_t unknown_terms(struct words *w, const struct rule_told *t, struct rule_term *out)
{
	(void)w;
	out[0] = words_term("unknown", "what is not known", t->rule->u.unknown.why);
	return 1;
}
