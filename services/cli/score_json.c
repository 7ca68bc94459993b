/* Scores as the JSON of docs/cli.md. */
#include "services/cli/json_values.h"
#include "services/cli/score_view.h"

static const char *met_name(enum wire_met met)
{
	static const char *const names[] = { [WIRE_NOT_MET] = "not-met",
		[WIRE_MET_NOT_KNOWN] = "not-known",
		[WIRE_MET] = "met",
		[WIRE_MET_NOT_ASKED] = "not-asked" };

	return names[met];
}

const char *score_form_name(enum wire_area_form form)
{
	return form == WIRE_OF_METRICS ? "metrics"
	       : form == WIRE_OF_AREAS ? "all-of"
				       : "requirements";
}

/* ---- explanations ----------------------------------------------------------------------------------------- */

static json_t *items_json(const struct wire_item *items, size_t n, uint32_t total)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(&list, json_pack("{s:o, s:o}", "id", text_json(items[i].id), "detail",
					text_json(items[i].detail)));
	return json_pack("{s:I, s:o}", "total", (json_int_t)total, "items", list);
}

static json_t *conditions_json(const struct wire_condition *c, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(&list, json_pack("{s:o, s:o, s:o, s:b, s:s}", "name", text_json(c[i].name),
					"expected", text_json(c[i].expected), "actual",
					text_json(c[i].actual), "met", (int)(c[i].met == WIRE_MET),
					"state", met_name(c[i].met)));
	return list;
}

static json_t *parts_json(const struct wire_part_score *p, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(&list,
			json_pack("{s:o, s:o, s:o, s:I, s:b}", "id", text_json(p[i].id), "name",
				text_json(p[i].name), "points", points_json(p[i].points), "maximum",
				(json_int_t)p[i].maximum, "counts", (int)p[i].counts));
	return list;
}

static json_t *explanation_json(const struct wire_metric_score *m)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rule", text_json(m->rule),
		"source", text_json(m->source), "sentence", text_json(m->sentence), "parts",
		parts_json(m->parts, m->n_parts), "conditions",
		conditions_json(m->conditions, m->n_conditions), "counted",
		items_json(m->counted, m->n_counted, m->counted_total), "nearly",
		items_json(m->nearly, m->n_nearly, m->nearly_total), "unknown",
		texts_json(m->unknown, m->n_unknown));
}

static json_t *catalogue_json(const struct wire_catalogue_entry *c, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(&list, json_pack("{s:o, s:o, s:o, s:o}", "id", text_json(c[i].id), "kind",
					text_json(c[i].kind), "name", text_json(c[i].name), "text",
					text_json(c[i].text)));
	return list;
}

/* ---- scores ----------------------------------------------------------------------------------------------- */

static json_t *metric_json(const struct wire_metric_score *m)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:I, s:s, s:o}", "id", text_json(m->metric), "name",
		text_json(m->name), "points", points_json(m->points), "maximum",
		(json_int_t)m->maximum, "met", met_name(m->met), "asked_on", day_json(m->asked_on));

	if (o != NULL && m->explained &&
		json_object_set_new(o, "explanation", explanation_json(m)) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static json_t *enrollment_json(const struct wire_area_score *a)
{
	return a->enrolled
		       ? json_pack("{s:o, s:o, s:b}", "on", day_json(a->enrolled_on), "anniversary",
				 day_json(a->anniversary), "automatic", (int)a->automatic)
		       : json_null();
}

static json_t *renewal_json(const struct wire_area_score *a)
{
	if (a->renewal_on == DAY_NONE)
		return json_null();
	return json_pack("{s:o, s:o}", "on", day_json(a->renewal_on), "year",
		a->renewal_year == 0 ? json_null() : json_integer(a->renewal_year));
}

static json_t *window_json(const struct wire_area_score *a)
{
	return a->window_from == DAY_NONE
		       ? json_null()
		       : json_pack("{s:o, s:o}", "from", day_json(a->window_from), "until",
				 day_json(a->window_until));
}

/* What an explanation adds to an area. */
static int add_explained(json_t *o, const struct wire_area_score *a)
{
	if (json_object_set_new(o, "tracks", parts_json(a->tracks, a->n_tracks)) != 0 ||
		json_object_set_new(o, "track_reason", text_or_null_json(a->track_reason)) != 0 ||
		json_object_set_new(o, "catalogue", catalogue_json(a->catalogue, a->n_catalogue)) !=
			0)
		return ERR_NOMEM;
	return 0;
}

static json_t *area_json(const struct wire_area_score *a, bool explained)
{
	json_t *metrics = json_array(), *o;

	for (size_t i = 0; i < a->n_metrics; i++)
		json_add(&metrics, metric_json(&a->metrics[i]));
	o = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "id",
		text_json(a->area), "name", text_json(a->name), "form", score_form_name(a->form),
		"track", text_or_null_json(a->track), "track_name",
		text_or_null_json(a->track_name), "total", points_json(a->total), "status",
		area_status_name(a->status), "qualifies", (int)a->qualifies, "enrollment",
		enrollment_json(a), "renewal", renewal_json(a), "window", window_json(a),
		"last_qualified", day_json(a->last_qualified), "metrics", metrics);
	if (o != NULL && explained && add_explained(o, a) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
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
		json_add(&areas, area_json(&v->areas[i], v->explained));
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
