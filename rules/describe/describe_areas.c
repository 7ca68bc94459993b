/* Areas in words: what an area without points asks for, and how one of its tracks is chosen. */
#include "rules/describe/words.h"

const char *area_form_name(enum area_form f)
{
	static const char *const names[] = { [AREA_OF_METRICS] = "metrics",
		[AREA_OF_AREAS] = "all-of",
		[AREA_OF_REQUIREMENTS] = "requirements" };

	return names[f];
}

const char *track_choice_name(enum track_choice c)
{
	static const char *const names[] = {
		[TRACK_ONLY] = "only", [TRACK_HIGHEST] = "highest", [TRACK_AUTOMATIC] = "automatic"
	};

	return names[c];
}

static struct str qualifies(struct words *w, const struct area *a)
{
	struct str names[AREA_METRICS_MAX];

	if (a->form == AREA_OF_METRICS)
		return STR("");
	if (a->form == AREA_OF_REQUIREMENTS)
		return a->n_metrics == 1
			       ? STR("Qualifies with its one requirement.")
			       : words_text(w, "Qualifies with all of its %zu requirements.",
					 a->n_metrics);
	for (size_t i = 0; i < a->n_metrics; i++)
		names[i] = a->metrics[i].name;
	return words_text(w, "Held while all of these designations are held: " STR_FMT ".",
		STR_ARG(words_list(w, names, a->n_metrics, " and ")));
}

/* ---- tracks ------------------------------------------------------------------------------------------------- */

/* The clause of each track; unsupported kinds are marked in w. */
static const struct str *conditions(struct words *w, const struct area *a)
{
	struct str *when = words_array(w, a->n_tracks, sizeof *when);
	struct rule_words rule;

	for (size_t i = 0; when != NULL && i < a->n_tracks; i++) {
		int rc = a->tracks[i].when == NULL
				 ? 0
				 : describe_condition(w->e, a->tracks[i].when, w->ar, &rule);

		w->unsupported = w->unsupported || rc == ERR_UNSUPPORTED;
		w->failed = w->failed || rc == ERR_NOMEM;
		if (rc == 0 && a->tracks[i].when != NULL)
			when[i] = rule.sentence;
	}
	return when;
}

static struct str choice(struct words *w, const struct area *a, const struct str *when)
{
	struct str parts[EDITION_TRACKS_MAX];
	size_t n = 0;

	if (a->choice == TRACK_HIGHEST)
		return STR(
			"Every track is scored; the one with the most points of the whole area counts, of "
			"equals the first.");
	if (a->choice == TRACK_ONLY || when == NULL)
		return STR("");
	for (size_t i = 0; i < a->n_tracks; i++)
		if (a->tracks[i].when == NULL)
			parts[n++] =
				words_text(w, "otherwise " STR_FMT, STR_ARG(a->tracks[i].name));
		else
			parts[n++] = words_text(w, STR_FMT " when " STR_FMT,
				STR_ARG(a->tracks[i].name), STR_ARG(when[i]));
	return words_text(w, "The track is chosen: " STR_FMT ".",
		STR_ARG(words_joined(w, parts, n, "; ", "; ")));
}

static struct str enrolled(struct words *w, const struct area *a)
{
	if (a->choice == TRACK_ONLY)
		return STR("");
	if (a->enrolled_track < 0 || (size_t)a->enrolled_track >= a->n_tracks)
		return STR(
			"An enrolled partner has the track that the enrollment names; without one the track "
			"goes on being chosen so.");
	return words_text(w,
		"Once enrolled the track stays for the enrollment: the one that the enrollment names, "
		"otherwise " STR_FMT
		" if it was the track of any month of the window before it, otherwise "
		"the track at that time.",
		STR_ARG(a->tracks[a->enrolled_track].name));
}

int describe_area(
	const struct edition *e, const struct area *a, struct arena *ar, struct area_words *ret)
{
	struct words w = { .e = e, .ar = ar };
	struct area_words out;

	out.when = conditions(&w, a);
	out.qualifies = qualifies(&w, a);
	out.choice = choice(&w, a, out.when);
	out.enrolled = enrolled(&w, a);
	if (words_rc(&w) == 0)
		*ret = out;
	return words_rc(&w);
}
