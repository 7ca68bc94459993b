#include "services/cli/alert_view.h"

#include <inttypes.h>

#include <jansson.h>

#include "services/cli/paint.h"

static enum paint paint_of(enum alert_kind k)
{
	switch (k) {
	case ALERT_GAINED:
	case ALERT_RECOVERED:
	case ALERT_RENEWED:
	case ALERT_WITHIN_REACH:
	case ALERT_FEED_RESUMED:
		return PAINT_GOOD;
	case ALERT_AT_RISK:
	case ALERT_WITHDRAWN:
	case ALERT_FEED_OVERDUE:
		return PAINT_WARN;
	default:
		return PAINT_BAD;
	}
}

static const char *met_text(struct ratio points)
{
	return ratio_is_zero(points) ? "not met" : "met";
}

static void print_metrics(const struct alert *al, FILE *out)
{
	char before[RATIO_TEXT], after[RATIO_TEXT];

	for (size_t i = 0; al->conditions && i < al->n_metrics; i++)
		fprintf(out, "    %-28.*s %7s -> %s\n", STR_ARG(al->metrics[i]),
			met_text(al->before[i]), met_text(al->after[i]));
	for (size_t i = 0; !al->conditions && i < al->n_metrics; i++)
		fprintf(out, "    %-28.*s %6s -> %6s of %u\n", STR_ARG(al->metrics[i]),
			ratio_format_decimal(al->before[i], before),
			ratio_format_decimal(al->after[i], after), al->maximum[i]);
}

static void print_causes(const struct alert *al, FILE *out)
{
	for (size_t i = 0; i < al->n_causes; i++)
		fprintf(out,
			"    because of event " STR_FMT " from " STR_FMT " (position %" PRIu64
			")\n",
			STR_ARG(al->causes[i].id), STR_ARG(al->causes[i].source),
			al->causes[i].position);
	if (al->cause_count > al->n_causes)
		fprintf(out, "    and %zu more events\n", al->cause_count - al->n_causes);
}

static void print_risk(const struct alert *al, FILE *out)
{
	char day[DAY_TEXT];
	const char *separator = "    at risk: ";

	for (int s = 1; s < ALERT_SENSE_END; s++)
		if ((al->senses >> s & 1) != 0) {
			fprintf(out, "%s%s", separator, alert_sense_name((enum alert_sense)s));
			separator = ", ";
		}
	fprintf(out, "; severity %s", alert_severity_name(al->severity));
	if (al->by != DAY_NONE)
		fprintf(out, "; by %s, in %d days", day_format(al->by, day), al->by - al->day);
	fputc('\n', out);
}

static void print_falls(const struct alert *al, FILE *out)
{
	char day[DAY_TEXT];

	for (size_t i = 0; i < al->n_falls; i++)
		fprintf(out, "    ends on %s: %s " STR_FMT "%s" STR_FMT "\n",
			day_format(al->falls[i].on, day), fall_kind_name(al->falls[i].kind),
			STR_ARG(al->falls[i].what), al->falls[i].who.n > 0 ? " of " : "",
			STR_ARG(al->falls[i].who));
	if (al->fall_count > al->n_falls)
		fprintf(out, "    and %zu more end\n", al->fall_count - al->n_falls);
}

static void print_stands(const struct alert *al, FILE *out)
{
	char total[RATIO_TEXT];

	for (size_t i = 0; i < al->n_stands; i++)
		fprintf(out, "    without %s " STR_FMT ": %s%s" STR_FMT "\n",
			stand_kind_name(al->stands[i].kind), STR_ARG(al->stands[i].id),
			ratio_format_decimal(al->stands[i].total, total),
			al->stands[i].metric.n > 0 ? ", nothing in " : "",
			STR_ARG(al->stands[i].metric));
	if (al->stand_count > al->n_stands)
		fprintf(out, "    and %zu more without whom it would not qualify\n",
			al->stand_count - al->n_stands);
}

static void print_additions(const struct alert *al, FILE *out)
{
	char amount[RATIO_TEXT];

	for (size_t i = 0; i < al->n_additions; i++) {
		const struct alert_addition *x = &al->additions[i];
		int64_t per = x->kind == ADDITION_USAGE ? 1000000 : 1;

		fprintf(out, "    %s " STR_FMT ": %s more %s%s" STR_FMT "\n",
			i == 0					   ? "mended by"
			: x->option == al->additions[i - 1].option ? "      and"
								   : "       or",
			STR_ARG(x->metric),
			ratio_format_decimal((struct ratio){ x->amount, per }, amount),
			addition_kind_name(x->kind), x->what.n > 0 ? " with " : "",
			STR_ARG(x->what));
	}
}

void alert_print(const struct alert *al, bool details, FILE *out)
{
	char day[DAY_TEXT];

	fprintf(out, "%s  %s%-12s%s  %s\n", day_format(al->day, day),
		paint_on(out, paint_of(al->kind)), alert_kind_name(al->kind), paint_off(out),
		al->text);
	if (details) {
		if (al->kind == ALERT_AT_RISK)
			print_risk(al, out);
		print_metrics(al, out);
		print_falls(al, out);
		print_stands(al, out);
		print_additions(al, out);
		print_causes(al, out);
	}
}

static json_t *text(struct str s)
{
	return json_stringn(s.n == 0 ? "" : s.p, s.n);
}

static json_t *points(struct ratio r)
{
	char fraction[RATIO_TEXT], decimal[RATIO_TEXT];

	return json_pack("{s:s,s:s}", "fraction", ratio_format(r, fraction), "decimal",
		ratio_format_decimal(r, decimal));
}

static json_t *day_or_null(day_no d)
{
	char text_of_day[DAY_TEXT];

	return d == DAY_NONE ? json_null() : json_string(day_format(d, text_of_day));
}

static json_t *text_or_null(struct str s)
{
	return s.n == 0 ? json_null() : text(s);
}

static json_t *falls(const struct alert *al)
{
	json_t *list = json_array();

	for (size_t i = 0; i < al->n_falls; i++)
		json_array_append_new(list,
			json_pack("{s:s,s:o,s:o,s:o}", "kind", fall_kind_name(al->falls[i].kind),
				"day", day_or_null(al->falls[i].on), "what",
				text_or_null(al->falls[i].what), "who",
				text_or_null(al->falls[i].who)));
	return list;
}

static json_t *stands(const struct alert *al)
{
	json_t *list = json_array();

	for (size_t i = 0; i < al->n_stands; i++)
		json_array_append_new(list,
			json_pack("{s:s,s:o,s:o,s:o}", "kind", stand_kind_name(al->stands[i].kind),
				"id", text(al->stands[i].id), "total_without",
				points(al->stands[i].total), "metric_at_zero",
				text_or_null(al->stands[i].metric)));
	return list;
}

static json_t *additions(const struct alert *al)
{
	json_t *list = json_array();
	char amount[RATIO_TEXT];

	for (size_t i = 0; i < al->n_additions; i++) {
		const struct alert_addition *x = &al->additions[i];
		int64_t per = x->kind == ADDITION_USAGE ? 1000000 : 1;

		json_array_append_new(list,
			json_pack("{s:i,s:o,s:s,s:s,s:o}", "option", (int)x->option, "metric",
				text(x->metric), "kind", addition_kind_name(x->kind), "amount",
				ratio_format_decimal((struct ratio){ x->amount, per }, amount),
				"what", text_or_null(x->what)));
	}
	return list;
}

static json_t *senses(const struct alert *al)
{
	json_t *list = json_array();

	for (int s = 1; s < ALERT_SENSE_END; s++)
		if ((al->senses >> s & 1) != 0)
			json_array_append_new(
				list, json_string(alert_sense_name((enum alert_sense)s)));
	return list;
}

/* What it is at risk of; null for other kinds. */
static json_t *risk(const struct alert *al)
{
	if (al->kind != ALERT_AT_RISK)
		return json_null();
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:i,s:o,s:i,s:o}", "sense",
		alert_sense_name(al->sense), "senses", senses(al), "by", day_or_null(al->by),
		"border", al->border == 0 ? json_null() : json_integer(al->border), "total_then",
		al->reason == ALERT_BECAUSE_COAST_DATE ? points(al->total_then) : json_null(),
		"falls", falls(al), "fall_count", (int)al->fall_count, "concentration", stands(al),
		"concentration_count", (int)al->stand_count, "additions", additions(al));
}

static json_t *withdraws(const struct alert *al)
{
	if (al->kind != ALERT_WITHDRAWN)
		return json_null();
	return json_pack("{s:I,s:s}", "sequence", (json_int_t)al->withdraws, "kind",
		alert_kind_name(al->withdraws_kind));
}

static json_t *feed(const struct alert *al)
{
	char month[DAY_TEXT];

	if (al->feed == 0)
		return json_null();
	return json_pack("{s:s,s:o,s:o,s:o}", "kind", feed_kind_name(al->feed), "overdue_since",
		day_or_null(al->feed_since), "newest_day", day_or_null(al->feed_newest_on),
		"newest_month",
		al->feed_newest_month == MONTH_NONE
			? json_null()
			: json_string(month_format(al->feed_newest_month, month)));
}

void alert_print_json(const struct alert *al, FILE *out)
{
	json_t *o = json_object(), *metrics = json_array(), *causes = json_array();
	char day[DAY_TEXT];

	for (size_t i = 0; i < al->n_metrics; i++)
		json_array_append_new(
			metrics, json_pack("{s:o,s:o,s:o,s:i}", "id", text(al->metrics[i]),
					 "before", points(al->before[i]), "after",
					 points(al->after[i]), "maximum", (int)al->maximum[i]));
	for (size_t i = 0; i < al->n_causes; i++)
		json_array_append_new(
			causes, json_pack("{s:o,s:o,s:I}", "id", text(al->causes[i].id), "source",
					text(al->causes[i].source), "position",
					(json_int_t)al->causes[i].position));
	json_object_set_new(o, "id", json_string(al->id));
	json_object_set_new(o, "position", json_integer((json_int_t)al->position));
	json_object_set_new(o, "sequence", json_integer((json_int_t)al->sequence));
	json_object_set_new(o, "kind", json_string(alert_kind_name(al->kind)));
	json_object_set_new(o, "reason", json_string(alert_reason_name(al->reason)));
	json_object_set_new(o, "severity", json_string(alert_severity_name(al->severity)));
	json_object_set_new(o, "partner", text(al->partner));
	json_object_set_new(o, "area", text(al->area));
	json_object_set_new(o, "track", al->track.n == 0 ? json_null() : text(al->track));
	json_object_set_new(
		o, "track_before", al->track_before.n == 0 ? json_null() : text(al->track_before));
	json_object_set_new(o, "conditions", json_boolean(al->conditions));
	json_object_set_new(o, "edition", text(al->edition));
	json_object_set_new(o, "day",
		al->day == DAY_NONE ? json_null() : json_string(day_format(al->day, day)));
	json_object_set_new(o, "total_before", points(al->total_before));
	json_object_set_new(o, "total_after", points(al->total_after));
	json_object_set_new(o, "metrics", metrics);
	json_object_set_new(o, "causes", causes);
	json_object_set_new(o, "cause_count", json_integer(al->cause_count));
	json_object_set_new(o, "score_position", json_integer((json_int_t)al->score_position));
	json_object_set_new(o, "event_position", json_integer((json_int_t)al->event_position));
	json_object_set_new(o, "risk", risk(al));
	json_object_set_new(o, "withdraws", withdraws(al));
	json_object_set_new(o, "feed", feed(al));
	json_object_set_new(o, "text", json_string(al->text));
	(void)json_dumpf(o, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(o);
}
