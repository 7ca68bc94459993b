#include "services/cli/score_view.h"

#include <langinfo.h>
#include <stdlib.h>
#include <unistd.h>

#include "services/cli/layout.h"

#define NAME_WIDTH    34
#define BAR_WIDTH     28
#define SPECIAL_WIDTH 41 /* of the list of specializations */
#define STATUS_WIDTH  12

struct score_view score_view_of_answer(const struct frame *f, day_no as_of)
{
	day_no usage = f->u.score_answer.usage_month;
	struct score_view v = {
		.partner = f->u.score_answer.partner,
		.edition = f->u.score_answer.edition,
		.as_of = as_of != DAY_NONE ? as_of : f->u.score_answer.freshness.day,
		.reference_month = usage == DAY_NONE ? MONTH_NONE : month_of_day(usage),
		.n_areas = f->u.score_answer.n_areas,
		.areas = f->u.score_answer.areas,
	};

	v.explained = v.n_areas > 0 && v.areas[0].n_metrics > 0 && v.areas[0].metrics[0].explained;
	return v;
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

static const char *met_mark(enum wire_met met)
{
	static const char *const marks[] = { [WIRE_NOT_MET] = "[-]",
		[WIRE_MET_NOT_KNOWN] = "[?]",
		[WIRE_MET] = "[x]",
		[WIRE_MET_NOT_ASKED] = "[~]" };

	return marks[met];
}

/* Conditions inside others are indented by the engine. */
static int indent_of(struct str name)
{
	int n = 0;

	while ((size_t)n < name.n && name.p[n] == ' ')
		n++;
	return n;
}

static void print_conditions(FILE *out, const struct wire_metric_score *m)
{
	char text[3072];
	struct sink s;

	for (size_t i = 0; i < m->n_conditions; i++) {
		const struct wire_condition *c = &m->conditions[i];
		int in = indent_of(c->name);

		sink_init(&s, text, sizeof text);
		sink_printf(&s, "%s %.*s: " STR_FMT, met_mark(c->met), (int)c->name.n - in,
			c->name.p + in, STR_ARG(c->actual));
		if (c->met != WIRE_MET_NOT_KNOWN)
			sink_printf(&s, " (wanted: " STR_FMT ")", STR_ARG(c->expected));
		layout_wrapped(out, str_from(text), 6 + in, 10 + in);
	}
}

static void print_parts(FILE *out, const struct wire_metric_score *m)
{
	char text[1024], points[RATIO_TEXT];
	struct sink s;

	for (size_t i = 0; i < m->n_parts; i++) {
		const struct wire_part_score *p = &m->parts[i];

		sink_init(&s, text, sizeof text);
		sink_printf(&s, "part " STR_FMT ": %s / %u%s", STR_ARG(p->name),
			ratio_format_decimal(p->points, points), p->maximum,
			p->counts ? ", counts" : "");
		layout_wrapped(out, str_from(text), 6, 8);
	}
}

/* The sentence of a requirement of a single condition is that condition. */
static void print_explanation(FILE *out, const struct wire_metric_score *m, bool is_requirement)
{
	char text[2304];
	struct sink s;

	if (!is_requirement || m->n_conditions != 1)
		layout_wrapped(out, m->sentence, 6, 6);
	print_parts(out, m);
	print_conditions(out, m);
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

/* ---- areas ------------------------------------------------------------------------------------------------ */

static bool is_held(enum area_status s)
{
	return s == AREA_QUALIFIED || s == AREA_ENROLLED || s == AREA_RENEWAL_DUE;
}

static uint32_t how_many(const struct wire_area_score *a, enum wire_met met)
{
	uint32_t n = 0;

	for (size_t i = 0; i < a->n_metrics; i++)
		n += a->metrics[i].met == met;
	return n;
}

/* The row of an area: "  68.33 / 100", of requirements "     2 /   5, 1 not known". */
static void print_heading(
	FILE *out, const struct wire_area_score *a, const struct score_style *style)
{
	char name[EVENT_NAME_MAX + 32], total[RATIO_TEXT];
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
}

/* On a day of an earlier year the renewal that was ahead is another one than that of the anniversary known now. */
static void say_renewal(struct sink *s, const struct wire_area_score *a)
{
	char day[DAY_TEXT];

	if (a->renewal_on == DAY_NONE)
		return;
	if (a->renewal_year == 0)
		sink_add(s,
			STR(", renewal of a year that is not known (the enrollment must say since "
			    "when it lasts)"));
	else if (a->renewal_on == a->anniversary)
		sink_printf(s, ", renewal of year %u", a->renewal_year);
	else
		sink_printf(s, ", renewal of year %u on %s before it", a->renewal_year,
			day_format(a->renewal_on, day));
}

static void print_enrollment(FILE *out, const struct wire_area_score *a)
{
	char text[512], day[DAY_TEXT], other[DAY_TEXT];
	struct sink s;

	if (!a->enrolled)
		return;
	sink_init(&s, text, sizeof text);
	sink_printf(&s, "enrolled on %s, anniversary %s",
		a->enrolled_on == DAY_NONE ? "a day not known" : day_format(a->enrolled_on, day),
		a->anniversary == DAY_NONE ? "not known" : day_format(a->anniversary, other));
	if (a->automatic)
		sink_add(&s, STR(", by the enrollment of another designation"));
	say_renewal(&s, a);
	layout_wrapped(out, str_from(text), 2, 4);
}

/* Of an area that has a window of more than a day, or does not stand as its points say. */
static void print_window(FILE *out, const struct wire_area_score *a)
{
	char text[512], day[DAY_TEXT], other[DAY_TEXT];
	struct sink s;

	if (a->window_from == DAY_NONE || a->window_until == DAY_NONE ||
		(a->window_from == a->window_until && is_held(a->status) == a->qualifies))
		return;
	sink_init(&s, text, sizeof text);
	sink_printf(&s, "window %s to %s: ", day_format(a->window_from, day),
		day_format(a->window_until, other));
	if (a->qualifies)
		sink_add(&s, STR("qualifies now"));
	else if (a->last_qualified != DAY_NONE)
		sink_printf(
			&s, "does not qualify now, last on %s", day_format(a->last_qualified, day));
	else
		sink_add(&s, STR("no day on which it qualified"));
	layout_wrapped(out, str_from(text), 2, 4);
}

static void print_tracks(FILE *out, const struct wire_area_score *a)
{
	char text[1024], points[RATIO_TEXT];
	struct sink s;

	if (a->n_tracks == 0)
		return;
	sink_init(&s, text, sizeof text);
	sink_add(&s, STR("tracks: "));
	for (size_t i = 0; i < a->n_tracks; i++)
		sink_printf(&s, "%s" STR_FMT " %s%s", i == 0 ? "" : ", ",
			STR_ARG(a->tracks[i].name),
			ratio_format_decimal(a->tracks[i].points, points),
			a->tracks[i].counts ? " (counts)" : "");
	if (a->track_reason.n > 0)
		sink_printf(&s, "; " STR_FMT, STR_ARG(a->track_reason));
	layout_wrapped(out, str_from(text), 2, 4);
}

static void print_catalogue(FILE *out, const struct wire_area_score *a)
{
	char text[4096];
	struct sink s;

	if (a->n_catalogue == 0)
		return;
	sink_init(&s, text, sizeof text);
	sink_add(&s, STR("catalogue: "));
	for (size_t i = 0; i < a->n_catalogue; i++)
		sink_printf(&s, "%s" STR_FMT " (" STR_FMT ")", i == 0 ? "" : ", ",
			STR_ARG(a->catalogue[i].name), STR_ARG(a->catalogue[i].kind));
	sink_printf(
		&s, "; more with `capscore rules show --catalogue " STR_FMT "`", STR_ARG(a->area));
	layout_wrapped(out, str_from(text), 2, 4);
}

static void print_metric(
	FILE *out, const struct wire_metric_score *m, const struct score_style *style)
{
	char points[RATIO_TEXT];

	fputs("  ", out);
	layout_cell(out, m->name, NAME_WIDTH);
	fputc(' ', out);
	print_bar(out, m->points, m->maximum, style);
	fprintf(out, " %6s / %3u\n", ratio_format_decimal(m->points, points), m->maximum);
	if (m->explained)
		print_explanation(out, m, false);
}

static void print_requirement(
	FILE *out, const struct wire_area_score *a, const struct wire_metric_score *m)
{
	char text[EVENT_NAME_MAX + 96], day[DAY_TEXT];
	struct sink s;

	sink_init(&s, text, sizeof text);
	sink_printf(&s, "%s " STR_FMT "%s", met_mark(m->met), STR_ARG(m->name),
		m->met == WIRE_MET_NOT_KNOWN ? " (not known)" : "");
	if (m->met == WIRE_MET_NOT_ASKED)
		sink_printf(&s, " (not asked for in the renewal of year %u, again in that of %s)",
			a->renewal_year, day_format(m->asked_on, day));
	layout_wrapped(out, str_from(text), 2, 6);
	if (m->explained)
		print_explanation(out, m, true);
}

static void print_area(FILE *out, const struct wire_area_score *a, const struct score_style *style)
{
	print_heading(out, a, style);
	for (size_t i = 0; i < a->n_metrics; i++)
		if (a->form == WIRE_OF_METRICS)
			print_metric(out, &a->metrics[i], style);
		else
			print_requirement(out, a, &a->metrics[i]);
	print_enrollment(out, a);
	print_window(out, a);
	print_tracks(out, a);
	print_catalogue(out, a);
}

/* ---- specializations -------------------------------------------------------------------------------------- */

static bool is_special(const struct wire_area_score *a)
{
	return a->form == WIRE_OF_REQUIREMENTS;
}

bool score_is_something(const struct wire_area_score *a)
{
	return a->total.num != 0 || a->enrolled || a->status != AREA_IN_PROGRESS;
}

/* "Kubernetes on Azure    in-progress    2 / 5, 1 not known" */
static void print_special(
	FILE *out, const struct wire_area_score *a, const struct score_style *style)
{
	const char *color = color_of(a->status, style);
	uint32_t unknown = how_many(a, WIRE_MET_NOT_KNOWN);
	uint32_t not_asked = how_many(a, WIRE_MET_NOT_ASKED);
	char total[RATIO_TEXT];

	fputs("  ", out);
	layout_cell(out, a->name, SPECIAL_WIDTH);
	fprintf(out, " %s", color);
	layout_cell(out, str_from(area_status_name(a->status)), STATUS_WIDTH);
	fprintf(out, "%s %2s of %zu met", color[0] != '\0' ? "\033[0m" : "",
		ratio_format_decimal(a->total, total), a->n_metrics);
	if (not_asked > 0)
		fprintf(out, ", %u of them not asked for", not_asked);
	if (unknown > 0)
		fprintf(out, ", %u not known", unknown);
	fputs("\n", out);
}

static void print_specials(FILE *out, const struct score_view *v, const struct score_style *style)
{
	size_t n = 0, left_out = 0;

	for (size_t i = 0; i < v->n_areas; i++) {
		const struct wire_area_score *a = &v->areas[i];

		if (!is_special(a))
			continue;
		if (!v->all && !score_is_something(a)) {
			left_out++;
			continue;
		}
		if (n++ == 0)
			fputs("\nSpecializations\n", out);
		if (v->explained)
			fputs("\n", out);
		if (v->explained)
			print_area(out, a, style);
		else
			print_special(out, a, style);
	}
	if (left_out > 0)
		fprintf(out, "\n%zu %sspecialization%s of which nothing is met; --all lists %s\n",
			left_out, n == 0 ? "" : "more ", left_out == 1 ? "" : "s",
			left_out == 1 ? "it" : "them");
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
		if (is_special(&v->areas[i]) && !v->one_area)
			continue;
		fputs("\n", out);
		print_area(out, &v->areas[i], style);
	}
	if (!v->one_area)
		print_specials(out, v, style);
}
