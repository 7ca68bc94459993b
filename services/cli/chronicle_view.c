#include "services/cli/chronicle_view.h"

#include <inttypes.h>
#include <string.h>

#include "common/wire/event_json.h"
#include "services/cli/layout.h"

#define LEVELS	   10 /* lines of a chart */
#define CHART_COLS 68
#define LEFT_COLS  8

const struct fetched_event *chronicle_event(const struct chronicle_style *style, uint64_t position)
{
	for (size_t i = 0; style->events != NULL && i < style->n_events; i++)
		if (style->events[i].position == position)
			return &style->events[i];
	return NULL;
}

/* ---- the chart -------------------------------------------------------------------------------------------- */

/* How an area stood at the end of the time that a column shows; NULL: not known. */
struct chart {
	size_t n;     /* columns */
	size_t width; /* characters of one */
	const struct wire_chronicle_area *at[CHART_COLS];
	bool is_before[CHART_COLS]; /* it stood as `before` says */
	day_no from, until;
	bool by_month;
};

/* Days or months that the chart spans. */
static size_t span_of(const struct chronicle *c)
{
	return c->by_month ? (size_t)(month_of_day(c->until) - month_of_day(c->from)) + 1
			   : (size_t)(c->until - c->from) + 1;
}

/* The last day of a column. */
static day_no column_end(const struct chronicle *c, const struct chart *ch, size_t col)
{
	size_t unit = (col + 1) * span_of(c) / ch->n;

	return c->by_month ? month_first_day(month_of_day(c->from) + (month_no)unit) - 1
			   : c->from + (day_no)unit - 1;
}

static day_no step_day(const struct chronicle_step *s)
{
	return s->from;
}

static void fill_chart(const struct chronicle *c, const struct chronicle_area *a, struct chart *ch)
{
	const struct wire_chronicle_area *now = a->before;
	size_t span = span_of(c), next = 0;

	memset(ch, 0, sizeof *ch);
	ch->n = span < CHART_COLS ? span : CHART_COLS;
	ch->width = CHART_COLS / ch->n < 6 ? CHART_COLS / ch->n : 6;
	if (now == NULL && a->n_steps > 0 && a->steps[0].area->status_before != AREA_UNKNOWN)
		ch->is_before[0] = true; /* retention left no row before it, the first step tells */
	for (size_t i = 0; i < ch->n; i++) {
		day_no end = column_end(c, ch, i);
		bool as_before = now == NULL && ch->is_before[0];

		while (next < a->n_steps && step_day(&a->steps[next]) <= end) {
			now = a->steps[next++].area;
			as_before = false;
		}
		ch->at[i] = as_before ? a->steps[0].area : now;
		ch->is_before[i] = as_before;
	}
}

static double share(const struct chart *ch, size_t col)
{
	const struct wire_chronicle_area *a = ch->at[col];

	if (a == NULL || a->maximum == 0)
		return 0;
	return ratio_to_double(ch->is_before[col] ? a->total_before : a->total) / a->maximum;
}

static enum area_status status_at(const struct chart *ch, size_t col)
{
	const struct wire_chronicle_area *a = ch->at[col];

	return a == NULL ? AREA_UNKNOWN : ch->is_before[col] ? a->status_before : a->status;
}

static const char *cell(const struct chart *ch, size_t col, int level, bool line, bool unicode)
{
	double points = share(ch, col) * LEVELS;

	if (ch->at[col] != NULL && points >= level)
		return unicode ? "\u2588" : "#";
	if (ch->at[col] != NULL && points >= level - 0.5 && !line)
		return unicode ? "\u2584" : ":";
	return line ? "-" : " ";
}

/* Blanks are printed when something follows them. */
static void put_cell(FILE *out, const char *text, int *blanks)
{
	if (*text == ' ') {
		(*blanks)++;
		return;
	}
	layout_pad(out, *blanks);
	*blanks = 0;
	fputs(text, out);
}

/* Between two columns, where there is room for one. */
static bool is_gap(const struct chart *ch, size_t k)
{
	return ch->width > 2 && k + 1 == ch->width;
}

static void print_level(const struct chart *ch, int level, const struct wire_chronicle_area *newest,
	bool unicode, FILE *out)
{
	unsigned points = newest->maximum * (unsigned)level / LEVELS;
	bool line = points == newest->qualifies_at;
	int blanks = 0;

	fprintf(out, "  %4u |", points);
	for (size_t i = 0; i < ch->n; i++)
		for (size_t k = 0; k < ch->width; k++) {
			bool gap = is_gap(ch, k);

			put_cell(out,
				!gap   ? cell(ch, i, level, line, unicode)
				: line ? "-"
				       : " ",
				&blanks);
		}
	fputs(line ? " <\n" : "\n", out);
}

static const char *const status_letters[AREA_STATUS_END] = { " ", "i", "Q", "E", "R", "L" };

static void print_statuses(const struct chart *ch, FILE *out)
{
	bool used[AREA_STATUS_END] = { false };
	int blanks = 0;
	bool any = false;

	layout_pad(out, LEFT_COLS);
	for (size_t i = 0; i < ch->n; i++) {
		enum area_status s = status_at(ch, i);

		used[s] = true;
		for (size_t k = 0; k < ch->width; k++) {
			bool gap = is_gap(ch, k);

			put_cell(out, gap ? " " : status_letters[s], &blanks);
		}
	}
	fputc('\n', out);
	layout_pad(out, LEFT_COLS);
	for (int s = AREA_IN_PROGRESS; s < AREA_STATUS_END; s++)
		if (used[s]) {
			fprintf(out, "%s%s %s", any ? ", " : "", status_letters[s],
				area_status_name((enum area_status)s));
			any = true;
		}
	fputc('\n', out);
}

static void print_axis(const struct chronicle *c, const struct chart *ch, FILE *out)
{
	char from[DAY_TEXT], until[DAY_TEXT];
	int n = (int)(ch->n * ch->width), left, right;

	fputs("       +", out);
	for (int i = 0; i < n; i++)
		fputc('-', out);
	fputc('\n', out);
	if (c->by_month) {
		left = (int)strlen(month_format(month_of_day(c->from), from));
		right = (int)strlen(month_format(month_of_day(c->until), until));
	} else {
		left = (int)strlen(day_format(c->from, from));
		right = (int)strlen(day_format(c->until, until));
	}
	fprintf(out, "        %s", from);
	layout_pad(out, n - left - right > 1 ? n - left - right : 1);
	fprintf(out, "%s\n", until);
}

static void print_chart(
	const struct chronicle *c, const struct chronicle_area *a, bool unicode, FILE *out)
{
	const struct wire_chronicle_area *newest =
		a->n_steps > 0 ? a->steps[a->n_steps - 1].area : a->before;
	struct chart ch;

	if (c->from == DAY_NONE || c->until == DAY_NONE || newest == NULL || newest->conditions ||
		!chronicle_has_points(a))
		return;
	fill_chart(c, a, &ch);
	for (int level = LEVELS; level > 0; level--)
		print_level(&ch, level, newest, unicode, out);
	print_axis(c, &ch, out);
	print_statuses(&ch, out);
}

/* ---- what moved it ---------------------------------------------------------------------------------------- */

static const char *points(struct ratio r, char buf[RATIO_TEXT])
{
	return ratio_format_decimal(r, buf);
}

static void add_moved(struct sink *s, const struct wire_chronicle_area *a)
{
	char before[RATIO_TEXT], after[RATIO_TEXT];
	bool any = false;

	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct wire_chronicle_metric *m = &a->metrics[i];

		if (ratio_eq(m->before, m->after))
			continue;
		sink_printf(s, "%s" STR_FMT " ", any ? ", " : "; ", STR_ARG(m->metric));
		if (a->conditions)
			sink_printf(s, "%s", ratio_is_zero(m->after) ? "no longer met" : "met");
		else
			sink_printf(
				s, "%s to %s", points(m->before, before), points(m->after, after));
		any = true;
	}
}

static void add_range(struct sink *s, const struct wire_chronicle_area *a)
{
	char low[RATIO_TEXT], high[RATIO_TEXT];

	if (a->changes > 1 && (ratio_cmp(a->lowest, ratio_min(a->total, a->total_before)) < 0 ||
				      (ratio_cmp(a->highest, a->total) > 0 &&
					      ratio_cmp(a->highest, a->total_before) > 0)))
		sink_printf(
			s, ", between %s and %s", points(a->lowest, low), points(a->highest, high));
}

static void print_step(const struct chronicle_step *step, bool same_track, FILE *out)
{
	const struct wire_chronicle_area *a = step->area;
	char when[DAY_TEXT], before[RATIO_TEXT], after[RATIO_TEXT], text[2048];
	struct sink s;

	sink_init(&s, text, sizeof text);
	sink_printf(&s, "%s: ",
		step->month ? month_format(month_of_day(step->from), when)
			    : day_format(step->from, when));
	if (a->status_before == AREA_UNKNOWN)
		sink_printf(&s, "%s", points(a->total, after));
	else
		sink_printf(
			&s, "%s to %s", points(a->total_before, before), points(a->total, after));
	if (a->conditions)
		sink_printf(&s, " of %u", a->maximum);
	add_range(&s, a);
	if (a->status_before == AREA_UNKNOWN)
		sink_printf(&s, ", %s", area_status_name(a->status));
	else if (a->status != a->status_before)
		sink_printf(&s, ", %s to %s", area_status_name(a->status_before),
			area_status_name(a->status));
	if (!same_track)
		sink_printf(
			&s, ", track " STR_FMT, STR_ARG(a->track.n > 0 ? a->track : STR("none")));
	add_moved(&s, a);
	layout_wrapped(
		out, (struct str){ text, s.len < sizeof text ? s.len : sizeof text - 1 }, 2, 6);
}

static void print_positions(const struct wire_chronicle_area *a, FILE *out)
{
	char text[512];
	struct sink s;

	sink_init(&s, text, sizeof text);
	sink_printf(&s, "event%s", a->n_causes == 1 ? "" : "s");
	for (size_t i = 0; i < a->n_causes; i++)
		sink_printf(&s, "%s %" PRIu64, i == 0 ? "" : ",", a->causes[i]);
	if (a->cause_count > a->n_causes)
		sink_printf(&s, " and %" PRIu64 " more", a->cause_count - a->n_causes);
	layout_wrapped(out, (struct str){ text, s.len }, 6, 8);
}

static void print_event(const struct fetched_event *f, FILE *out)
{
	struct buf json;

	fprintf(out, "      %" PRIu64 "  ", f->position);
	if (f->gone) {
		fputs("gone: the event log no longer holds it\n", out);
		return;
	}
	buf_init(&json, &mem_heap, (size_t)1 << 20);
	if (event_to_json(&f->event, &json) == 0)
		fprintf(out, "%.*s\n", (int)json.n, (const char *)json.p);
	else
		fputs("too large to show\n", out);
	buf_fini(&json);
}

static void print_causes(
	const struct wire_chronicle_area *a, const struct chronicle_style *style, FILE *out)
{
	const struct fetched_event *f;

	if (a->cause_count == 0)
		return;
	print_positions(a, out);
	for (size_t i = 0; i < a->n_causes; i++)
		if ((f = chronicle_event(style, a->causes[i])) != NULL)
			print_event(f, out);
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

/* The edition that the first thing told of an area goes by. */
static struct str first_edition(const struct chronicle_area *a)
{
	return a->before != NULL ? a->before->edition : a->steps[0].area->edition;
}

static void print_area(const struct chronicle *c, const struct chronicle_area *a,
	const struct chronicle_style *style, FILE *out)
{
	const struct wire_chronicle_area *b = a->before;
	struct str edition = first_edition(a), track = b != NULL ? b->track : STR("");
	char total[RATIO_TEXT];

	fprintf(out, "\n" STR_FMT ", edition " STR_FMT "\n", STR_ARG(a->id), STR_ARG(edition));
	print_chart(c, a, style->unicode, out);
	if (a->n_steps == 0 && b != NULL)
		fprintf(out, "  no change: %s of %u, %s\n", points(b->total, total), b->maximum,
			area_status_name(b->status));
	for (size_t i = 0; i < a->n_steps; i++) {
		const struct wire_chronicle_area *s = a->steps[i].area;

		if (!str_eq(edition, s->edition))
			fprintf(out, "  edition " STR_FMT "\n", STR_ARG(s->edition));
		print_step(&a->steps[i], str_eq(track, s->track), out);
		edition = s->edition;
		track = s->track;
		print_causes(s, style, out);
	}
}

static void print_head(const struct chronicle *c, FILE *out)
{
	char from[DAY_TEXT], until[DAY_TEXT];

	fprintf(out, "Partner " STR_FMT ", %s to %s, as it was told at the time\n",
		STR_ARG(c->partner),
		c->by_month && c->from != DAY_NONE ? month_format(month_of_day(c->from), from)
						   : day_format(c->from, from),
		c->by_month && c->until != DAY_NONE ? month_format(month_of_day(c->until), until)
						    : day_format(c->until, until));
	if (!c->by_month && c->days_from != DAY_NONE && c->from < c->days_from)
		fprintf(out, "Before %s only months are kept.\n", day_format(c->days_from, from));
	if (c->whole_from != DAY_NONE && (c->from == DAY_NONE || c->from < c->whole_from))
		fprintf(out, "Before %s scores are missing: the score log no longer held them.\n",
			day_format(c->whole_from, from));
	if (c->lag > 0)
		fprintf(out, "%" PRIu64 " score changes are still on their way.\n", c->lag);
}

void chronicle_print(const struct chronicle *c, const struct chronicle_style *style, FILE *out)
{
	size_t left_out = 0;

	print_head(c, out);
	for (size_t i = 0; i < c->n_areas; i++) { /* designations before specializations */
		if (style->all || style->one_area || chronicle_is_something(&c->areas[i]))
			print_area(c, &c->areas[i], style, out);
		else
			left_out++;
	}
	if (left_out > 0)
		fprintf(out, "\n%zu specialization%s of which nothing was met; --all lists %s\n",
			left_out, left_out == 1 ? "" : "s", left_out == 1 ? "it" : "them");
}
