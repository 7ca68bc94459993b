#include "services/cli/score_view.h"

#include <langinfo.h>
#include <stdlib.h>
#include <unistd.h>

#include "services/cli/json_values.h"
#include "services/cli/layout.h"

#define NAME_WIDTH 34
#define BAR_WIDTH  28

struct score_view score_view_of_answer(const struct frame *f, day_no as_of)
{
	day_no usage = f->u.score_answer.usage_month;

	return (struct score_view){
		.partner = f->u.score_answer.partner,
		.edition = f->u.score_answer.edition,
		.as_of = as_of != DAY_NONE ? as_of : f->u.score_answer.freshness.day,
		.reference_month = usage == DAY_NONE ? MONTH_NONE : month_of_day(usage),
		.n_areas = f->u.score_answer.n_areas,
		.areas = f->u.score_answer.areas,
	};
}

struct score_style score_style_of(FILE *out, bool force)
{
	const char *no_color = getenv("NO_COLOR");
	bool terminal = isatty(fileno(out)) == 1;
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

	return (struct score_style){
		.color = (terminal || force) && (no_color == NULL || no_color[0] == '\0'),
		.unicode = utf8 && (terminal || force),
	};
}

static const char *color_of(enum area_status s, const struct score_style *style)
{
	if (!style->color)
		return "";
	switch (s) {
	case AREA_QUALIFIED:
	case AREA_ENROLLED:
		return "\033[32m";
	case AREA_RENEWAL_DUE:
		return "\033[33m";
	case AREA_LAPSED:
		return "\033[31m";
	default:
		return "";
	}
}

/* Points of a maximum as a bar. More than nothing shows, and less than everything never looks full. */
static void print_bar(
	FILE *out, struct ratio points, uint32_t maximum, const struct score_style *style)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	int parts = style->unicode ? 8 : 1, all = BAR_WIDTH * parts;
	int filled = maximum == 0 ? 0 : (int)(ratio_to_double(points) / maximum * all);
	int whole;

	if (filled <= 0 && points.num > 0)
		filled = 1;
	if (filled >= all)
		filled = ratio_cmp(points, ratio_int(maximum)) < 0 ? all - 1 : all;
	whole = filled / parts;
	for (int i = 0; i < whole; i++)
		fputs(style->unicode ? "█" : "#", out);
	if (style->unicode && filled % parts != 0) {
		fputs(eighths[filled % parts], out);
		whole++;
	}
	for (int i = whole; i < BAR_WIDTH; i++)
		fputs(style->unicode ? "░" : ".", out);
}

static void print_items(
	FILE *out, const char *title, const struct wire_item *items, size_t n, uint32_t total)
{
	if (n == 0)
		return;
	fprintf(out, "      %s", title);
	if (total > n)
		fprintf(out, " (%zu of %u)", n, total);
	fputs(":\n", out);
	for (size_t i = 0; i < n; i++) {
		char text[2 * EVENT_NAME_MAX + 64];
		struct sink s;

		sink_init(&s, text, sizeof text);
		sink_add(&s, items[i].id);
		if (items[i].detail.n > 0)
			sink_printf(&s, ": " STR_FMT, STR_ARG(items[i].detail));
		layout_wrapped(out, str_from(text), 8, 10);
	}
}

static void print_explanation(FILE *out, const struct wire_metric_score *m)
{
	char text[1024];
	struct sink s;

	layout_wrapped(out, m->sentence, 6, 6);
	for (size_t i = 0; i < m->n_conditions; i++) {
		const struct wire_condition *c = &m->conditions[i];

		sink_init(&s, text, sizeof text);
		sink_printf(&s, "%s " STR_FMT ": " STR_FMT " (wanted: " STR_FMT ")",
			c->met ? "[x]" : "[-]", STR_ARG(c->name), STR_ARG(c->actual),
			STR_ARG(c->expected));
		layout_wrapped(out, str_from(text), 6, 10);
	}
	print_items(out, "counts", m->counted, m->n_counted, m->counted_total);
	print_items(out, "nearly", m->nearly, m->n_nearly, m->nearly_total);
	sink_init(&s, text, sizeof text);
	sink_printf(&s, "rule " STR_FMT "; " STR_FMT, STR_ARG(m->rule), STR_ARG(m->source));
	layout_wrapped(out, str_from(text), 6, 8);
	for (size_t i = 0; i < m->n_unknown; i++) {
		sink_init(&s, text, sizeof text);
		sink_printf(&s, "unknown: " STR_FMT, STR_ARG(m->unknown[i]));
		layout_wrapped(out, str_from(text), 6, 8);
	}
}

static void print_area(FILE *out, const struct wire_area_score *a, const struct score_style *style)
{
	char name[160], total[RATIO_TEXT], points[RATIO_TEXT];
	const char *color = color_of(a->status, style);
	uint32_t maximum = 0;
	struct sink s;

	for (size_t i = 0; i < a->n_metrics; i++)
		maximum += a->metrics[i].maximum;
	sink_init(&s, name, sizeof name);
	sink_add(&s, a->name);
	if (a->track.n > 0)
		sink_printf(&s, ", track " STR_FMT, STR_ARG(a->track));
	layout_cell(out, str_from(name), NAME_WIDTH + 2);
	fprintf(out, " %s", color);
	layout_cell(out, str_from(area_status_name(a->status)), BAR_WIDTH);
	fprintf(out, "%s %6s / %3u\n", color[0] != '\0' ? "\033[0m" : "",
		ratio_format_decimal(a->total, total), maximum);
	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct wire_metric_score *m = &a->metrics[i];

		fputs("  ", out);
		layout_cell(out, m->name, NAME_WIDTH);
		fputc(' ', out);
		print_bar(out, m->points, m->maximum, style);
		fprintf(out, " %6s / %3u\n", ratio_format_decimal(m->points, points), m->maximum);
		if (m->explained)
			print_explanation(out, m);
	}
}

void score_print(const struct score_view *v, const struct score_style *style, FILE *out)
{
	char day[DAY_TEXT], month[MONTH_TEXT];

	fprintf(out, "%sPartner " STR_FMT "%s, edition " STR_FMT ", as of %s",
		style->color ? "\033[1m" : "", STR_ARG(v->partner), style->color ? "\033[0m" : "",
		STR_ARG(v->edition), day_format(v->as_of, day));
	if (v->reference_month != MONTH_NONE)
		fprintf(out, ", usage of %s", month_format(v->reference_month, month));
	fputs("\n", out);
	for (size_t i = 0; i < v->n_areas; i++) {
		fputs("\n", out);
		print_area(out, &v->areas[i], style);
	}
}

/* ---- JSON ------------------------------------------------------------------------------------------------- */

static json_t *items_json(const struct wire_item *items, size_t n, uint32_t total)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(
			    list, json_pack("{s:o, s:o}", "id", text_json(items[i].id), "detail",
					  text_json(items[i].detail))) != 0) {
			json_decref(list);
			return NULL;
		}
	return json_pack("{s:I, s:o}", "total", (json_int_t)total, "items", list);
}

static json_t *conditions_json(const struct wire_condition *c, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(
			    list, json_pack("{s:o, s:o, s:o, s:b}", "name", text_json(c[i].name),
					  "expected", text_json(c[i].expected), "actual",
					  text_json(c[i].actual), "met", (int)c[i].met)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *explanation_json(const struct wire_metric_score *m)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rule", text_json(m->rule),
		"source", text_json(m->source), "sentence", text_json(m->sentence), "conditions",
		conditions_json(m->conditions, m->n_conditions), "counted",
		items_json(m->counted, m->n_counted, m->counted_total), "nearly",
		items_json(m->nearly, m->n_nearly, m->nearly_total), "unknown",
		texts_json(m->unknown, m->n_unknown));
}

static json_t *metric_json(const struct wire_metric_score *m)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:I}", "id", text_json(m->metric), "name",
		text_json(m->name), "points", points_json(m->points), "maximum",
		(json_int_t)m->maximum);

	if (o != NULL && m->explained &&
		json_object_set_new(o, "explanation", explanation_json(m)) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *area_json(const struct wire_area_score *a)
{
	json_t *metrics = json_array();

	for (size_t i = 0; i < a->n_metrics; i++)
		if (json_array_append_new(metrics, metric_json(&a->metrics[i])) != 0) {
			json_decref(metrics);
			return NULL;
		}
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o}", "id", text_json(a->area), "name",
		text_json(a->name), "track", a->track.n == 0 ? json_null() : text_json(a->track),
		"total", points_json(a->total), "status", area_status_name(a->status), "metrics",
		metrics);
}

static json_t *month_json(month_no m)
{
	char text[MONTH_TEXT];

	return m == MONTH_NONE ? json_null() : json_string(month_format(m, text));
}

json_t *score_json(const struct score_view *v)
{
	json_t *areas = json_array();

	for (size_t i = 0; i < v->n_areas; i++)
		if (json_array_append_new(areas, area_json(&v->areas[i])) != 0) {
			json_decref(areas);
			return NULL;
		}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "partner", text_json(v->partner), "edition",
		text_json(v->edition), "as_of", day_json(v->as_of), "reference_month",
		month_json(v->reference_month), "areas", areas);
}

int score_json_add(json_t **doc, json_t *partner)
{
	if (partner == NULL)
		return ERR_NOMEM;
	if (*doc == NULL)
		*doc = json_pack("{s:[]}", "partners");
	if (*doc == NULL || json_array_append_new(json_object_get(*doc, "partners"), partner) != 0)
		return ERR_NOMEM;
	return 0;
}
