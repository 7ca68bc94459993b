/* Giving out what was gathered: the order of the facts, and the word that months are complete. */
#include "services/imports/event_name.h"
#include "services/imports/gather_internal.h"

event_ms gather_recorded(const struct gather *g, const struct event *ev, event_ms of_export)
{
	return g->report->recorded_at_time ? ev->time : of_export;
}

void gather_name(const struct gather *g, struct event *ev, char *id)
{
	ev->source = str_from(g->source);
	ev->id = str_from(event_name(ev, id));
}

static int emit(struct gather *g, struct event *ev, struct place at)
{
	char id[EVENT_NAME_TEXT];

	ev->recorded = gather_recorded(g, ev, g->r->recorded);
	gather_name(g, ev, id);
	return reading_emit(g->r, ev, at);
}

static event_ms end_of_month(month_no m)
{
	return (event_ms)month_first_day(m + 1) * MS_PER_DAY;
}

/* ---- months that are complete ----------------------------------------------------------------------------- */

static bool is_running(const struct gather *g, const struct scope *s)
{
	return g->r->recorded < end_of_month(s->month);
}

static bool is_withheld(const struct gather *g, const struct scope *s)
{
	return (scope_has_refused(g, s) || is_running(g, s)) && !g->r->options->complete;
}

static bool is_month(const struct scope *s)
{
	return s->measure != 0 && s->month != MONTH_NONE;
}

int gather_complete(struct gather *g, bool newest,
	int (*put)(void *ctx, struct scope *s, struct event *ev), void *ctx)
{
	for (size_t i = 0; i < g->n_scopes; i++) {
		struct scope *s = &g->scopes[i];
		struct event ev = { .kind = FACT_USAGE_REPORTED };
		int rc;

		if (!is_month(s) || s->newest != newest || is_withheld(g, s))
			continue;
		ev.subject = scope_partner(g, s);
		ev.time = end_of_month(s->month);
		ev.u.usage_reported.measure = (enum measure)s->measure;
		ev.u.usage_reported.month = s->month;
		rc = put(ctx, s, &ev);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Says why months are withheld: those for which `why` holds, by the newest of them. */
static void note_withheld(struct gather *g,
	bool (*why)(const struct gather *g, const struct scope *s), const char *text)
{
	const struct scope *newest = NULL;
	char month[MONTH_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < g->n_scopes; i++)
		if (is_month(&g->scopes[i]) && why(g, &g->scopes[i])) {
			newest = &g->scopes[i];
			n++;
		}
	if (n > 0 && !g->r->options->complete)
		reading_note(g->r,
			"usage of %s of partner " STR_FMT "%s is not called complete: %s",
			month_format(newest->month, month), STR_ARG(scope_partner(g, newest)),
			n > 1 ? " and of others" : "", text);
}

static void note_all_withheld(struct gather *g)
{
	note_withheld(g, scope_has_refused,
		"rows were refused; scores stay on the last complete month; mend the rows and import again, or say "
		"--complete");
	note_withheld(g, is_running, "the month was not over when the export was made");
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

static int put_complete(void *ctx, struct scope *s, struct event *ev)
{
	(void)s;
	return emit(ctx, ev, (struct place){ 0, 0 });
}

static int emit_facts(struct gather *g, bool *told)
{
	struct gathered f;
	int rc;

	while ((rc = gather_next(g, &f)) == 0) {
		if (f.phase >= PHASE_COMPLETE && !*told) {
			*told = true;
			rc = gather_complete(g, false, put_complete, g);
		}
		if (rc == 0)
			rc = emit(g, &f.ev, f.at);
		if (rc == 0)
			rc = reading_check(g->r);
		if (rc != 0)
			return rc;
	}
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* Every fact, whatever was imported before. */
static int emit_all(struct gather *g)
{
	bool told = false;
	int rc = emit_facts(g, &told);

	if (rc == 0 && !told)
		rc = gather_complete(g, false, put_complete, g);
	return rc == 0 ? gather_complete(g, true, put_complete, g) : rc;
}

/* Where the first refusal ends the reading nothing may be given out before all that can be refused was looked at. */
static int look_through(struct gather *g)
{
	struct tally passed = g->r->passed;
	struct gathered f;
	int rc = 0;

	while (rc == 0) {
		char id[EVENT_NAME_TEXT];

		rc = gather_next(g, &f);
		if (rc != 0)
			break;
		f.ev.recorded = gather_recorded(g, &f.ev, g->r->recorded);
		gather_name(g, &f.ev, id);
		(void)reading_accepts(g->r, &f.ev, f.at);
		rc = reading_check(g->r);
	}
	g->r->passed = passed;
	if (rc != ERR_NOTFOUND)
		return rc;
	rc = reading_check(g->r);
	return rc == 0 ? sorter_rewind(g->sorter, &g->err) : rc;
}

int gather_finish(struct gather *g, void *state)
{
	int rc = scopes_sort(g);

	g->state = state;
	if (rc == 0)
		rc = sorter_finish(g->sorter, &g->err);
	if (rc == 0 && g->r->options->strict)
		rc = look_through(g);
	if (rc == 0)
		rc = g->r->options->changes == NULL ? emit_all(g) : join_run(g);
	if (rc == 0)
		note_all_withheld(g);
	return rc;
}

void gather_error(const struct gather *g, struct err *e)
{
	if (g->err.code != 0 && e != NULL && e->code == 0)
		*e = g->err;
}
