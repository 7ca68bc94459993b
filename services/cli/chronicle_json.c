/* A partner's history for programs. */
#include "common/wire/event_json.h"
#include "services/cli/chronicle_view.h"
#include "services/cli/json_values.h"

static json_t *metrics_json(const struct wire_chronicle_area *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_metrics; i++) {
		const struct wire_chronicle_metric *m = &a->metrics[i];

		json_add(&list,
			json_pack("{s:o, s:o, s:o, s:I, s:I}", "id", text_json(m->metric), "before",
				points_json(m->before), "after", points_json(m->after),
				"maximum_before", (json_int_t)m->maximum_before, "maximum",
				(json_int_t)m->maximum_after));
	}
	return list;
}

static json_t *causes_json(const struct wire_chronicle_area *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_causes; i++)
		json_add(&list, json_integer((json_int_t)a->causes[i]));
	return list;
}

static json_t *standing_json(const struct wire_chronicle_area *a)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:b, s:s}", "edition", text_json(a->edition),
		"track", text_or_null_json(a->track), "total", points_json(a->total), "maximum",
		(json_int_t)a->maximum, "qualifies_at", (json_int_t)a->qualifies_at, "conditions",
		(int)a->conditions, "status", area_status_name(a->status));
}

static json_t *step_json(const struct chronicle_step *s)
{
	const struct wire_chronicle_area *a = s->area;
	json_t *o = standing_json(a);
	char month[MONTH_TEXT];

	if (o == NULL)
		return NULL;
	if (s->month)
		(void)json_object_set_new(
			o, "month", json_string(month_format(month_of_day(s->from), month)));
	else
		(void)json_object_set_new(o, "day", day_json(s->from));
	(void)json_object_set_new(o, "status_before",
		a->status_before == AREA_UNKNOWN ? json_null()
						 : json_string(area_status_name(a->status_before)));
	(void)json_object_set_new(o, "total_before", points_json(a->total_before));
	(void)json_object_set_new(o, "lowest", points_json(a->lowest));
	(void)json_object_set_new(o, "highest", points_json(a->highest));
	(void)json_object_set_new(o, "metrics", metrics_json(a));
	(void)json_object_set_new(o, "changes", json_integer((json_int_t)a->changes));
	(void)json_object_set_new(o, "events", causes_json(a));
	(void)json_object_set_new(o, "event_count", json_integer((json_int_t)a->cause_count));
	return o;
}

static json_t *areas_json(const struct chronicle *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_areas; i++) {
		const struct chronicle_area *a = &c->areas[i];
		json_t *steps = json_array();

		for (size_t k = 0; k < a->n_steps; k++)
			json_add(&steps, step_json(&a->steps[k]));
		json_add(&list, json_pack("{s:o, s:o, s:o}", "id", text_json(a->id), "before",
					a->before == NULL ? json_null() : standing_json(a->before),
					"points", steps));
	}
	return list;
}

static json_t *event_json(const struct fetched_event *f)
{
	json_t *event = json_null();
	struct buf text;

	buf_init(&text, &mem_heap, (size_t)1 << 20);
	if (!f->gone && event_to_json(&f->event, &text) == 0)
		event = json_loadb((const char *)text.p, text.n, 0, NULL);
	buf_fini(&text);
	return json_pack("{s:I, s:b, s:o}", "position", (json_int_t)f->position, "gone",
		(int)f->gone, "event", event);
}

int chronicle_print_json(const struct chronicle *c, const struct chronicle_style *style)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:o}", "partner",
		text_json(c->partner), "from", day_json(c->from), "until", day_json(c->until), "by",
		c->by_month ? "month" : "day", "by_day_from", day_json(c->days_from), "whole_from",
		day_json(c->whole_from), "lag", (json_int_t)c->lag, "areas", areas_json(c));
	json_t *events = json_array();

	for (size_t i = 0; style->events != NULL && i < style->n_events; i++)
		json_add(&events, event_json(&style->events[i]));
	if (o != NULL && style->events != NULL)
		(void)json_object_set_new(o, "events", events);
	else
		json_decref(events);
	return json_print(o);
}
