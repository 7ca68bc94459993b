#include "services/cli/rehearse_view.h"

#include <inttypes.h>

#include "services/cli/json_values.h"
#include "services/cli/layout.h"
#include "services/cli/paint.h"

#define ID_WIDTH 33 /* of the summary */

/* Each outcome as JSON calls it and its count, as a sentence says it, and above its column. */
static const struct {
	const char *name, *member, *verb, *title;
	enum paint paint;
} outcomes[OUTCOME_END] = {
	[OUTCOME_UNCHANGED] = { "unchanged", "unchanged", "keeps", "unchanged", PAINT_NONE },
	[OUTCOME_GAINS] = { "gains", "gains", "gains", "gain", PAINT_GOOD },
	[OUTCOME_LOSES] = { "loses", "loses", "loses", "lose", PAINT_BAD },
	[OUTCOME_ENDANGERED] = { "endangered", "endangered", "holds without qualifying", "at risk",
		PAINT_WARN },
	[OUTCOME_SAVED] = { "saved", "saved", "qualifies again in", "safe", PAINT_GOOD },
	[OUTCOME_TRACK] = { "changes-track", "changes_track", "changes track in", "track",
		PAINT_NONE },
};
/* Columns of the summary, and members of its JSON. */
static const enum wire_outcome columns[] = { OUTCOME_GAINS, OUTCOME_LOSES, OUTCOME_ENDANGERED,
	OUTCOME_SAVED, OUTCOME_TRACK, OUTCOME_UNCHANGED };
#define N_COLUMNS (sizeof columns / sizeof *columns)

static void keep_text(char *to, struct str s)
{
	(void)snprintf(to, EVENT_NAME_MAX + 1, STR_FMT, STR_ARG(s));
}

void rehearsed_add(struct rehearsed *r, const struct frame *f)
{
	keep_text(r->edition, f->u.rehearse_answer.edition);
	keep_text(r->edition_now, f->u.rehearse_answer.edition_now);
	r->day = f->u.rehearse_answer.freshness.day;
	r->looked_at += f->u.rehearse_answer.looked_at;
	for (size_t i = 0; i < f->u.rehearse_answer.n_areas; i++) {
		const struct wire_rehearsed_area *a = &f->u.rehearse_answer.areas[i];
		size_t k = 0;

		while (k < r->n_areas && !str_eq(str_from(r->areas[k].id), a->area))
			k++;
		if (k == REHEARSED_AREAS_MAX)
			continue;
		if (k == r->n_areas) {
			memset(&r->areas[k], 0, sizeof r->areas[k]);
			keep_text(r->areas[k].id, a->area);
			r->n_areas++;
		}
		for (int o = 0; o < OUTCOME_END; o++)
			r->areas[k].n[o] += a->n[o];
	}
}

/* ---- text ------------------------------------------------------------------------------------------------- */

void rehearse_print_head(FILE *out, const struct rehearsed *r)
{
	char day[DAY_TEXT];

	fprintf(out, "Edition %s with the facts of %s, scored by %s now\n", r->edition,
		r->day == DAY_NONE ? "no day" : day_format(r->day, day), r->edition_now);
}

static void say_standing(struct sink *s, const struct wire_area_standing *a)
{
	char total[RATIO_TEXT];

	if (a == NULL) {
		sink_add(s, STR("no such area"));
		return;
	}
	sink_printf(s, "%s %s / %u", area_status_name(a->status),
		ratio_format_decimal(a->total, total), a->maximum);
	if (a->track.n > 0)
		sink_printf(s, " (" STR_FMT ")", STR_ARG(a->track));
	if (!a->qualifies)
		sink_add(s, STR(", does not qualify"));
}

static void say_points(struct sink *s, struct ratio points, uint32_t maximum)
{
	char text[RATIO_TEXT];

	if (maximum == 0)
		sink_add(s, STR("none"));
	else
		sink_printf(s, "%s / %u", ratio_format_decimal(points, text), maximum);
}

static void print_change(FILE *out, const struct wire_rehearsed_change *c)
{
	char text[2048];
	struct sink s;

	fprintf(out, "  %s%s%s " STR_FMT " (" STR_FMT ")\n",
		paint_on(out, outcomes[c->outcome].paint), outcomes[c->outcome].verb,
		paint_off(out), STR_ARG(c->name), STR_ARG(c->area));
	sink_init(&s, text, sizeof text);
	say_standing(&s, c->before);
	sink_add(&s, STR(" -> "));
	say_standing(&s, c->after);
	layout_wrapped(out, str_from(text), 6, 8);
	for (size_t i = 0; i < c->n_metrics; i++) {
		sink_init(&s, text, sizeof text);
		sink_printf(&s, STR_FMT ": ", STR_ARG(c->metrics[i].metric));
		say_points(&s, c->metrics[i].before, c->metrics[i].maximum_before);
		sink_add(&s, STR(" -> "));
		say_points(&s, c->metrics[i].after, c->metrics[i].maximum_after);
		layout_wrapped(out, str_from(text), 6, 8);
	}
}

void rehearse_print_partner(FILE *out, const struct wire_rehearsed_partner *p)
{
	fprintf(out, "\nPartner " STR_FMT "\n", STR_ARG(p->partner));
	for (size_t i = 0; i < p->n_changes; i++)
		print_change(out, &p->changes[i]);
}

void rehearse_print_summary(FILE *out, const struct rehearsed *r)
{
	fputc('\n', out);
	layout_pad(out, ID_WIDTH);
	for (size_t k = 0; k < N_COLUMNS; k++)
		fprintf(out, "  %*s", (int)strlen(outcomes[columns[k]].title),
			outcomes[columns[k]].title);
	fputc('\n', out);
	for (size_t i = 0; i < r->n_areas; i++) {
		layout_cell(out, str_from(r->areas[i].id), ID_WIDTH);
		for (size_t k = 0; k < N_COLUMNS; k++)
			fprintf(out, "  %*" PRIu64, (int)strlen(outcomes[columns[k]].title),
				r->areas[i].n[columns[k]]);
		fputc('\n', out);
	}
	fprintf(out, "%" PRIu64 " partner%s\n", r->looked_at, r->looked_at == 1 ? "" : "s");
}

void rehearse_print_report(FILE *out, struct span report)
{
	const unsigned char *p = report.p;

	for (size_t i = 0; i < report.n; i++)
		fputc(p[i] == '\n' || p[i] == '\t' || (p[i] >= ' ' && p[i] != 0x7f) ? p[i] : '?',
			out);
}

/* ---- JSON ------------------------------------------------------------------------------------------------- */

static json_t *standing_json(const struct wire_area_standing *a)
{
	return a == NULL
		       ? json_null()
		       : json_pack("{s:s, s:o, s:o, s:I, s:b}", "status",
				 area_status_name(a->status), "track", text_or_null_json(a->track),
				 "total", points_json(a->total), "maximum", (json_int_t)a->maximum,
				 "qualifies", (int)a->qualifies);
}

static json_t *side_json(struct ratio points, uint32_t maximum)
{
	return maximum == 0 ? json_null()
			    : json_pack("{s:o, s:I}", "points", points_json(points), "maximum",
				      (json_int_t)maximum);
}

static json_t *change_json(const struct wire_rehearsed_change *c)
{
	json_t *metrics = json_array();

	for (size_t i = 0; i < c->n_metrics; i++) {
		const struct wire_rehearsed_metric *m = &c->metrics[i];

		json_add(&metrics, json_pack("{s:o, s:o, s:o}", "id", text_json(m->metric),
					   "before", side_json(m->before, m->maximum_before),
					   "after", side_json(m->after, m->maximum_after)));
	}
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "area", text_json(c->area), "name",
		text_json(c->name), "outcome", outcomes[c->outcome].name, "before",
		standing_json(c->before), "after", standing_json(c->after), "metrics", metrics);
}

json_t *rehearse_partner_json(const struct wire_rehearsed_partner *p)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < p->n_changes; i++)
		json_add(&changes, change_json(&p->changes[i]));
	return json_pack("{s:o, s:o}", "partner", text_json(p->partner), "changes", changes);
}

static json_t *areas_json(const struct rehearsed *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_areas; i++) {
		json_t *o = json_pack("{s:s}", "id", r->areas[i].id);

		for (size_t k = 0; o != NULL && k < N_COLUMNS; k++)
			if (json_object_set_new(o, outcomes[columns[k]].member,
				    json_integer((json_int_t)r->areas[i].n[columns[k]])) != 0) {
				json_decref(o);
				o = NULL;
			}
		json_add(&list, o);
	}
	return list;
}

json_t *rehearse_json(const struct rehearsed *r, json_t *partners)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:I}", "edition", r->edition, "edition_now",
		r->edition_now, "as_of", day_json(r->day), "partners", partners, "areas",
		areas_json(r), "looked_at", (json_int_t)r->looked_at);
}
