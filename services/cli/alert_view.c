#include "services/cli/alert_view.h"

#include <inttypes.h>

#include <jansson.h>

#include "services/cli/paint.h"

static enum paint paint_of(enum alert_kind k)
{
	switch (k) {
	case ALERT_GAINED:
	case ALERT_RECOVERED:
		return PAINT_GOOD;
	case ALERT_AT_RISK:
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

void alert_print(const struct alert *al, bool details, FILE *out)
{
	char day[DAY_TEXT];

	fprintf(out, "%s  %s%-9s%s  %s\n", day_format(al->day, day),
		paint_on(out, paint_of(al->kind)), alert_kind_name(al->kind), paint_off(out),
		al->text);
	if (details) {
		print_metrics(al, out);
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
	json_object_set_new(o, "text", json_string(al->text));
	(void)json_dumpf(o, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(o);
}
