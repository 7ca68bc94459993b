/* The settings of an edition, and how its qualification windows run, in words. */
#include "rules/describe/words.h"

/* ---- settings ----------------------------------------------------------------------------------------------- */

int describe_settings(const struct edition *e, struct arena *ar, struct settings_words *ret)
{
	struct words w = { .e = e, .ar = ar };
	char at[RATIO_TEXT], above[RATIO_TEXT];
	struct settings_words out;

	ratio_format(e->qualifies_at, at);
	ratio_format(e->metric_above, above);
	out.qualifies = words_text(&w,
		"An area qualifies with %s points or more in all%s, and %s%s%s in every metric.",
		at, e->total_compare == TOTAL_ROUNDED ? ", rounded half up to a whole number" : "",
		e->metric_at_least ? "" : "more than ", above,
		e->metric_at_least ? " or more" : "");
	out.month = words_text(&w,
		"A month of usage counts once it is reported complete; without such word from day %u of the "
		"next month on.",
		e->usage_ready_day);
	if (words_rc(&w) == 0)
		*ret = out;
	return words_rc(&w);
}

/* ---- windows ------------------------------------------------------------------------------------------------ */

static struct str count_of(struct words *w, uint32_t n, const char *one)
{
	return words_text(w, "%u %s%s", n, one, n == 1 ? "" : "s");
}

/* The days of which one that qualifies is enough, up to today. */
static struct str open_days(struct words *w, const struct window_rule *r)
{
	switch (r->open_form) {
	case WINDOW_SAME_DAY:
		return words_text(w, "any day since the same day of the month " STR_FMT " before",
			STR_ARG(count_of(w, r->open_n, "month")));
	case WINDOW_FULL_MONTHS:
		return words_text(w, "any day of this month or the " STR_FMT " before it",
			STR_ARG(count_of(w, r->open_n, "month")));
	default:
		return r->open_n == 1 ? STR("the day itself")
				      : words_text(w, "any of the last " STR_FMT,
						STR_ARG(count_of(w, r->open_n, "day")));
	}
}

static struct str renewal_window(struct words *w, const struct window_rule *r)
{
	struct str t;

	switch (r->renewal_form) {
	case WINDOW_SAME_DAY:
		t = words_text(w,
			"any day from the same day " STR_FMT " before the anniversary to it",
			STR_ARG(count_of(w, r->renewal_n, "month")));
		break;
	case WINDOW_FULL_MONTHS:
		t = words_text(w,
			"any day of the month of the anniversary or the " STR_FMT " before it",
			STR_ARG(count_of(w, r->renewal_n, "month")));
		break;
	default:
		t = words_text(w, "the anniversary or any of the " STR_FMT " before it",
			STR_ARG(count_of(w, r->renewal_n, "day")));
	}
	if (r->renewal_counts && r->renewal_days > 0)
		t = words_text(w, STR_FMT ", and of the " STR_FMT " after it", STR_ARG(t),
			STR_ARG(count_of(w, r->renewal_days, "day")));
	return t;
}

static struct str renewal_time(struct words *w, const struct window_rule *r)
{
	struct str due = STR(""), until = STR("on the anniversary");

	if (r->renewal_days > 0)
		until = words_text(w, "to the end of the " STR_FMT " after the anniversary",
			STR_ARG(count_of(w, r->renewal_days, "day")));
	if (r->due_days > 0)
		due = words_text(w, "is due from " STR_FMT " before the anniversary on and ",
			STR_ARG(count_of(w, r->due_days, "day")));
	return words_text(
		w, "The renewal " STR_FMT "can be made " STR_FMT ".", STR_ARG(due), STR_ARG(until));
}

int describe_window(
	const struct window_rule *r, const char *of, struct arena *ar, struct window_words *ret)
{
	struct words w = { .ar = ar };
	struct window_words out;
	char from[DAY_TEXT];
	struct str open = open_days(&w, r), renewal = renewal_window(&w, r);

	out.from = words_text(&w, "%s", day_format(r->from, from));
	out.sentence = words_text(&w,
		"From " STR_FMT " on: a %s counts as qualified when it qualifies on " STR_FMT
		". For a renewal it must qualify on " STR_FMT ". " STR_FMT,
		STR_ARG(out.from), of, STR_ARG(open), STR_ARG(renewal),
		STR_ARG(renewal_time(&w, r)));
	out.terms[0] = words_term("not-enrolled", "without an enrollment it must qualify on", open);
	out.terms[1] = words_term("renewal", "for a renewal it must qualify on", renewal);
	out.terms[2] = words_term("renewal-days", "days for a renewal after the anniversary",
		words_text(&w, "%u", r->renewal_days));
	out.terms[3] = words_term("renewal-days-count", "the days for a renewal count for it",
		r->renewal_counts ? STR("yes") : STR("no"));
	out.terms[4] =
		words_term("due-days-before", "days before the anniversary from which it is due",
			words_text(&w, "%u", r->due_days));
	if (words_rc(&w) == 0)
		*ret = out;
	return words_rc(&w);
}
