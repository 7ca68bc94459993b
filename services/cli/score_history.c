#include "services/cli/score_history.h"

#include "services/cli/history.h"
#include "services/cli/json_values.h"
#include "services/cli/layout.h"
#include "services/cli/score_view.h"

#define ARENA_MAX ((size_t)1 << 30)
#define MONTHS	  6 /* shown when no day is named: the month of the last day and the five before */

/* ---- text ------------------------------------------------------------------------------------------------- */

static void print_months(FILE *out, const struct history_area *a)
{
	char month[MONTH_TEXT], total[RATIO_TEXT];

	for (size_t i = 0; i < a->n_months; i++) {
		const struct history_month *m = &a->months[i];

		fprintf(out, "  %-24s %6s / %3u%s\n", month_format(m->month, month),
			ratio_format_decimal(m->highest, total), m->maximum,
			m->qualified ? "  qualified" : "");
	}
}

static void print_spans(FILE *out, const struct history_area *a)
{
	char from[DAY_TEXT], until[DAY_TEXT], total[RATIO_TEXT];

	for (size_t i = 0; i < a->n_spans; i++) {
		const struct history_span *s = &a->spans[i];
		const struct wire_area_standing *x = &s->standing;

		fprintf(out, "  %s to %s %6s / %3u  %s", day_format(s->from, from),
			day_format(s->until, until), ratio_format_decimal(x->total, total),
			x->maximum, area_status_name(x->status));
		if (x->track.n > 0)
			fprintf(out, ", track " STR_FMT, STR_ARG(x->track));
		if (i > 0 && !str_eq(s->edition, a->spans[i - 1].edition))
			fprintf(out, ", edition " STR_FMT, STR_ARG(s->edition));
		if (x->not_known > 0)
			fprintf(out, ", %u not known", x->not_known);
		fputs("\n", out);
	}
}

static bool is_shown(const struct score_request *r, const struct history_area *a)
{
	bool special =
		a->n_spans > 0 && a->spans[a->n_spans - 1].standing.form == WIRE_OF_REQUIREMENTS;

	return !special || r->all || r->area != NULL || history_is_something(a);
}

static void print_history(FILE *out, const struct score_request *r, const struct history *h)
{
	char from[DAY_TEXT], until[DAY_TEXT];
	size_t left_out = 0;

	fprintf(out, "Partner " STR_FMT ", %s to %s, with the facts known now\n",
		STR_ARG(r->partner), day_format(h->from, from), day_format(h->until, until));
	for (size_t i = 0; i < h->n_areas; i++) {
		if (!is_shown(r, &h->areas[i])) {
			left_out++;
			continue;
		}
		fprintf(out, "\n" STR_FMT ", highest of each month\n", STR_ARG(h->areas[i].id));
		print_months(out, &h->areas[i]);
		fputs("  by day\n", out);
		print_spans(out, &h->areas[i]);
	}
	if (left_out > 0)
		fprintf(out, "\n%zu specialization%s of which nothing was met; --all lists %s\n",
			left_out, left_out == 1 ? "" : "s", left_out == 1 ? "it" : "them");
}

/* ---- JSON ------------------------------------------------------------------------------------------------- */

static json_t *months_json(const struct history_area *a)
{
	json_t *list = json_array();
	char month[MONTH_TEXT];

	for (size_t i = 0; i < a->n_months; i++) {
		const struct history_month *m = &a->months[i];

		json_add(&list,
			json_pack("{s:s, s:o, s:I, s:b}", "month", month_format(m->month, month),
				"highest", points_json(m->highest), "maximum",
				(json_int_t)m->maximum, "qualified", (int)m->qualified));
	}
	return list;
}

static json_t *spans_json(const struct history_area *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_spans; i++) {
		const struct history_span *s = &a->spans[i];
		const struct wire_area_standing *x = &s->standing;

		json_add(&list,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:s, s:b, s:I}", "from",
				day_json(s->from), "until", day_json(s->until), "edition",
				text_json(s->edition), "track", text_or_null_json(x->track),
				"total", points_json(x->total), "maximum", (json_int_t)x->maximum,
				"status", area_status_name(x->status), "qualifies",
				(int)x->qualifies, "not_known", (json_int_t)x->not_known));
	}
	return list;
}

static json_t *history_json(const struct score_request *r, const struct history *h)
{
	json_t *areas = json_array();

	for (size_t i = 0; i < h->n_areas; i++) {
		const struct history_area *a = &h->areas[i];

		json_add(&areas,
			json_pack("{s:o, s:s, s:o, s:o}", "id", text_json(a->id), "form",
				score_form_name(a->n_spans == 0
							? WIRE_OF_METRICS
							: a->spans[a->n_spans - 1].standing.form),
				"months", months_json(a), "spans", spans_json(a)));
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "partner", text_json(r->partner), "from",
		day_json(h->from), "until", day_json(h->until), "areas", areas);
}

/* ---- the question ----------------------------------------------------------------------------------------- */

int score_history(const struct score_request *r, const struct score_source *source, day_no today)
{
	day_no until = r->until != DAY_NONE ? r->until : today;
	day_no from =
		r->from != DAY_NONE ? r->from : month_first_day(month_of_day(until) - (MONTHS - 1));
	struct history h;
	struct err e = { 0 };
	struct arena ar;
	int rc;

	if (from < DAY_MIN)
		from = DAY_MIN;
	if (until < from)
		return cli_fail(r->verb, CLI_USAGE, "--from lies after the last day asked for");
	arena_init(&ar, &mem_heap, ARENA_MAX);
	rc = history_read(source, r->partner, str_from(r->area == NULL ? "" : r->area), from, until,
		&ar, &h, &e);
	if (rc != 0)
		rc = cli_fail(
			r->verb, rc == ERR_NOTFOUND ? CLI_REFUSED : cli_exit_of(rc), "%s", e.text);
	else if (r->json)
		rc = json_print(history_json(r, &h)) == 0
			     ? CLI_OK
			     : cli_fail(r->verb, CLI_INTERNAL, "out of memory");
	else
		print_history(stdout, r, &h);
	arena_fini(&ar);
	return rc;
}
