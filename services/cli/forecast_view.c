#include "services/cli/forecast_view.h"

#include <inttypes.h>

#include "services/cli/json_values.h"

#define WEEKS_MAX 60 /* columns of the drawing; with more, a column is several weeks */
#define ROWS	  10 /* of the drawing, 10 per cent of the points each */

/* ---- words ------------------------------------------------------------------------------------------------------- */

static void print_fall(FILE *out, enum fall_kind kind, struct str who, struct str what)
{
	switch (kind) {
	case FALL_CERTIFICATE:
		fprintf(out, "certificate " STR_FMT " of " STR_FMT " ends", STR_ARG(what),
			STR_ARG(who));
		break;
	case FALL_ATTESTATION:
		fprintf(out, STR_FMT " for " STR_FMT " counts no more", STR_ARG(what),
			STR_ARG(who));
		break;
	case FALL_USAGE:
		fprintf(out, "the last month becomes " STR_FMT, STR_ARG(what));
		break;
	case FALL_EDITION:
		fprintf(out, "edition " STR_FMT " becomes valid", STR_ARG(what));
		break;
	case FALL_RENEWAL:
		fprintf(out, "the renewal after " STR_FMT " asks for all requirements",
			STR_ARG(what));
		break;
	case FALL_ENROLLMENT:
		fprintf(out, "the enrollment of anniversary " STR_FMT " is over", STR_ARG(what));
		break;
	case FALL_AREA:
		fprintf(out, STR_FMT " is not held any more", STR_ARG(what));
		break;
	default:
		fputs("no day of the window qualifies any more", out);
	}
}

static void print_amount(FILE *out, const struct addition *a, struct str metric)
{
	char amount[RATIO_TEXT];

	switch (a->kind) {
	case ADDITION_PEOPLE:
		fprintf(out, "%" PRId64 " more %s", a->amount,
			a->amount == 1 ? "person" : "people");
		break;
	case ADDITION_USAGE:
		fprintf(out, "%s more usage in the last month",
			ratio_format_decimal(ratio_make(a->amount, 1000000), amount));
		break;
	case ADDITION_PRODUCTS:
		fprintf(out, "%" PRId64 " more product%s", a->amount, a->amount == 1 ? "" : "s");
		break;
	default:
		fprintf(out, "%" PRId64 " more", a->amount);
	}
	if (a->what.n > 0)
		fprintf(out, " (" STR_FMT ")", STR_ARG(a->what));
	fprintf(out, " for " STR_FMT, STR_ARG(metric));
}

/* ---- the drawing ------------------------------------------------------------------------------------------------- */

static const struct forecast_step *step_on(const struct forecast_track *t, day_no day)
{
	size_t i = t->n;

	while (i > 1 && t->steps[i - 1].from > day)
		i--;
	return &t->steps[i - 1];
}

/* The least of the days of a column. */
static int rows_of(const struct forecast_track *t, day_no from, day_no until)
{
	int least = ROWS + 1;

	for (day_no day = from; day <= until; day++) {
		const struct wire_area_standing *s = &step_on(t, day)->standing;
		int rows = s->maximum == 0
				   ? 0
				   : (int)(ratio_to_double(s->total) * ROWS / s->maximum + 0.5);

		least = rows < least ? rows : least;
	}
	return least;
}

static void draw_axis(FILE *out, day_no from, int columns, day_no width)
{
	char text[DAY_TEXT];
	int at = 0;

	fputs("      ", out);
	for (int c = 0; c < columns; c++) {
		day_no first = from + c * width;

		if (at > c || columns - c < 10 || (c > 0 && c % 13 != 0)) {
			if (at <= c) {
				fputc(' ', out);
				at = c + 1;
			}
			continue;
		}
		fputs(day_format(first, text), out);
		at = c + 10;
	}
	fputc('\n', out);
}

/* Points by week; the row of the line that must be reached is drawn through. */
static void draw(const struct forecast_view *v, const struct forecast_track *t,
	const struct score_style *style, FILE *out)
{
	const char *full = style->unicode ? "\u2588" : "#",
		   *through = style->unicode ? "\u2500" : "-";
	day_no days = v->until - v->from + 1, width = 7;
	int columns, heights[WEEKS_MAX];

	while ((days + width - 1) / width > WEEKS_MAX)
		width += 7;
	columns = (int)((days + width - 1) / width);
	for (int c = 0; c < columns; c++) {
		day_no first = v->from + c * width, last = first + width - 1;

		heights[c] = rows_of(t, first, last < v->until ? last : v->until);
	}
	for (int row = ROWS; row > 0; row--) {
		bool on_line = (v->line * ROWS + 50) / 100 == (uint32_t)row;

		fprintf(out, "  %3u ", (unsigned)(row * 100 / ROWS));
		for (int c = 0; c < columns; c++)
			fputs(heights[c] >= row ? full : on_line ? through : " ", out);
		fputs(on_line ? "  needed\n" : "\n", out);
	}
	draw_axis(out, v->from, columns, width);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

static void print_step(FILE *out, const struct forecast_track *t, size_t i)
{
	const struct forecast_step *s = &t->steps[i];
	const struct wire_area_standing *a = &s->standing;
	char day[DAY_TEXT], total[RATIO_TEXT];

	fprintf(out, "  %s %6s / %3u  %s%s", day_format(s->from, day),
		ratio_format_decimal(a->total, total), a->maximum, area_status_name(a->status),
		a->qualifies ? "" : ", does not qualify");
	if (a->track.n > 0)
		fprintf(out, ", track " STR_FMT, STR_ARG(a->track));
	fputs("\n", out);
	for (size_t k = 0; k < s->n_falls; k++) {
		fputs("               ", out);
		print_fall(out, s->falls[k].kind, s->falls[k].who, s->falls[k].what);
		fputs("\n", out);
	}
}

static void print_outlook(FILE *out, const struct area_outlook *o)
{
	char day[DAY_TEXT], total[RATIO_TEXT];
	uint32_t option = 0;

	if (o->coast_on != DAY_NONE)
		fprintf(out, "  qualifies until the day before %s\n", day_format(o->coast_on, day));
	if (o->ends_on != DAY_NONE)
		fprintf(out, "  is held until the day before %s\n", day_format(o->ends_on, day));
	if (o->decides_on != DAY_NONE && !o->reached)
		fprintf(out, "  has to qualify on some day up to %s to be renewed\n",
			day_format(o->decides_on, day));
	for (size_t i = 0; i < o->n_stands; i++) {
		const struct stand *s = &o->stands[i];

		fprintf(out, "  without %s " STR_FMT ": %s", stand_kind_name(s->kind),
			STR_ARG(s->id), ratio_format_decimal(s->total, total));
		if (s->metric > 0)
			fprintf(out, ", nothing for " STR_FMT,
				STR_ARG(o->shape->metrics[s->metric - 1]));
		fputs("\n", out);
	}
	if (o->stand_count > o->n_stands)
		fprintf(out, "  and without any of %u more\n",
			o->stand_count - (uint32_t)o->n_stands);
	for (size_t i = 0; i < o->n_additions; i++) {
		const struct addition *a = &o->additions[i];

		fprintf(out, i == 0		   ? "  mended by "
			     : a->option == option ? "            and "
						   : "         or ");
		print_amount(out, a, o->shape->metrics[a->metric]);
		fputs("\n", out);
		option = a->option;
	}
}

static bool is_something(const struct forecast_track *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct wire_area_standing *s = &t->steps[i].standing;

		if ((s->form != WIRE_OF_REQUIREMENTS && s->total.num != 0) ||
			(s->status != AREA_IN_PROGRESS && s->status != AREA_UNKNOWN))
			return true;
	}
	return false;
}

static void print_area(const struct forecast_view *v, const struct forecast_track *t,
	const struct score_style *style, FILE *out)
{
	fprintf(out, "\n" STR_FMT "\n", STR_ARG(t->area));
	if (t->steps[0].standing.form == WIRE_OF_METRICS)
		draw(v, t, style, out);
	for (size_t i = 0; i < t->n; i++)
		print_step(out, t, i);
	if (t->outlook != NULL)
		print_outlook(out, t->outlook);
}

void forecast_print(const struct forecast_view *v, const struct score_style *style, FILE *out)
{
	char from[DAY_TEXT], until[DAY_TEXT];
	size_t left_out = 0;

	fprintf(out, "Partner " STR_FMT ", %s to %s, %s\n", STR_ARG(v->partner),
		day_format(v->from, from), day_format(v->until, until),
		v->steady ? "if usage goes on as in the last month" : "if nothing new is told");
	for (size_t i = 0; i < v->n_areas; i++) {
		if (v->all || is_something(&v->areas[i]))
			print_area(v, &v->areas[i], style, out);
		else
			left_out++;
	}
	if (left_out > 0)
		fprintf(out, "\n%zu area%s of which nothing is held; --all lists %s\n", left_out,
			left_out == 1 ? "" : "s", left_out == 1 ? "it" : "them");
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *falls_json(const struct forecast_step *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_falls; i++)
		json_add(&list,
			json_pack("{s:s, s:o, s:o}", "kind", fall_kind_name(s->falls[i].kind),
				"who", text_or_null_json(s->falls[i].who), "what",
				text_or_null_json(s->falls[i].what)));
	return list;
}

static json_t *steps_json(const struct forecast_track *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->n; i++) {
		const struct forecast_step *s = &t->steps[i];
		const struct wire_area_standing *a = &s->standing;

		json_add(&list, json_pack("{s:o, s:o, s:o, s:o, s:I, s:s, s:b, s:o}", "from",
					day_json(s->from), "edition", text_json(s->edition),
					"track", text_or_null_json(a->track), "total",
					points_json(a->total), "maximum", (json_int_t)a->maximum,
					"status", area_status_name(a->status), "qualifies",
					(int)a->qualifies, "falls", falls_json(s)));
	}
	return list;
}

static json_t *stands_json(const struct area_outlook *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->n_stands; i++) {
		const struct stand *s = &o->stands[i];

		json_add(&list,
			json_pack("{s:s, s:o, s:o, s:o}", "kind", stand_kind_name(s->kind), "id",
				text_json(s->id), "total", points_json(s->total), "metric",
				s->metric == 0 ? json_null()
					       : text_json(o->shape->metrics[s->metric - 1])));
	}
	return list;
}

static json_t *additions_json(const struct area_outlook *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->n_additions; i++) {
		const struct addition *a = &o->additions[i];
		struct ratio amount = a->kind == ADDITION_USAGE ? ratio_make(a->amount, 1000000)
								: ratio_int(a->amount);

		json_add(&list,
			json_pack("{s:I, s:o, s:s, s:o, s:o}", "option", (json_int_t)a->option,
				"metric", text_json(o->shape->metrics[a->metric]), "kind",
				addition_kind_name(a->kind), "amount", points_json(amount), "what",
				text_or_null_json(a->what)));
	}
	return list;
}

static json_t *outlook_json(const struct area_outlook *o)
{
	if (o == NULL)
		return json_null();
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:b, s:I, s:o, s:o}", "qualifies",
		(int)o->qualifies, "coast_on", day_json(o->coast_on), "coast_total",
		o->coast_on == DAY_NONE ? json_null() : points_json(o->coast_total), "ends_on",
		day_json(o->ends_on), "decides_on", day_json(o->decides_on), "reached",
		(int)o->reached, "stand_count", (json_int_t)o->stand_count, "stands",
		stands_json(o), "additions", additions_json(o));
}

json_t *forecast_json(const struct forecast_view *v)
{
	json_t *areas = json_array();

	for (size_t i = 0; i < v->n_areas; i++) {
		const struct forecast_track *t = &v->areas[i];

		json_add(&areas, json_pack("{s:o, s:s, s:o, s:o}", "id", text_json(t->area), "form",
					 score_form_name(t->steps[0].standing.form), "steps",
					 steps_json(t), "outlook", outlook_json(t->outlook)));
	}
	return json_pack("{s:o, s:o, s:o, s:b, s:o}", "partner", text_json(v->partner), "from",
		day_json(v->from), "until", day_json(v->until), "steady", (int)v->steady, "areas",
		areas);
}
