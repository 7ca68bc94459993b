/* An edition as the JSON of `capscore rules show --json` (docs/cli.md). */
#include "rules/describe/describe.h"
#include "services/cli/json_values.h"
#include "services/cli/rules_verbs.h"

#define WORDS_BYTES_MAX ((size_t)64 << 20)

static json_t *option_json(const struct step_option *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->n; i++)
		json_add(&list, text_json(o->certificates[i]->code));
	return list;
}

static json_t *steps_json(const struct metric_words *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->n_steps; i++) {
		const struct people_step *s = w->steps[i].step;
		json_t *options = json_array();

		for (size_t k = 0; k < w->steps[i].n_options; k++)
			json_add(&options, option_json(&w->steps[i].options[k]));
		json_add(&list,
			json_pack("{s:o, s:o, s:I, s:o, s:o, s:o}", "name", text_json(s->name),
				"sentence", text_json(w->steps[i].sentence), "at_least_people",
				(json_int_t)s->min_people, "points_each",
				points_json(s->points_each), "maximum", points_json(s->points_max),
				"any_of", options));
	}
	return list;
}

static json_t *terms_json(const struct metric_words *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->n_terms; i++)
		json_add(&list, json_pack("{s:s, s:s, s:o}", "key", w->terms[i].key, "label",
					w->terms[i].label, "value", text_json(w->terms[i].value)));
	return list;
}

static json_t *metric_json(const struct edition *e, const struct metric *m, struct arena *ar)
{
	struct metric_words w;

	if (describe_metric(e, m, ar, &w) != 0)
		return NULL;
	return json_pack("{s:o, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
		text_json(m->id), "name", text_json(m->name), "measure", w.measure, "maximum",
		(json_int_t)m->maximum, "sentence", text_json(w.sentence), "points_each",
		text_json(w.each), "threshold", text_json(w.threshold), "rule",
		text_json(m->rule_id), "source", text_json(m->source), "selection",
		w.usage == NULL ? json_null() : text_json(w.usage->id), "terms", terms_json(&w),
		"steps", steps_json(&w), "unknown", texts_json(m->unknown, m->n_unknown));
}

static json_t *area_json(const struct edition *e, const struct area *a, struct arena *ar)
{
	json_t *metrics = json_array();

	for (size_t i = 0; i < a->n_metrics; i++)
		json_add(&metrics, metric_json(e, &a->metrics[i], ar));
	return json_pack("{s:o, s:o, s:o, s:o}", "id", text_json(a->id), "name", text_json(a->name),
		"track", text_or_null_json(a->tracks[0].id), "metrics", metrics);
}

static json_t *areas_json(const struct edition *e, const struct area *only)
{
	json_t *list = json_array();
	struct arena ar;

	arena_init(&ar, &mem_heap, WORDS_BYTES_MAX);
	for (size_t i = 0; i < e->n_areas; i++)
		if (only == NULL || only == &e->areas[i])
			json_add(&list, area_json(e, &e->areas[i], &ar));
	arena_fini(&ar);
	return list;
}

static json_t *certificates_json(const struct edition *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->n_certificates; i++) {
		const struct certificate *c = &e->certificates[i];

		json_add(&list,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "code", text_json(c->code),
				"title", text_json(c->title), "also",
				texts_json(c->aliases, c->n_aliases), "retired_on",
				day_json(c->retired_on), "counts_until", day_json(c->counts_until),
				"source", text_or_null_json(c->source)));
	}
	return list;
}

static json_t *selections_json(const struct edition *e)
{
	json_t *list = json_array();
	struct arena ar;

	arena_init(&ar, &mem_heap, WORDS_BYTES_MAX);
	for (size_t i = 0; i < e->n_selections; i++) {
		const struct selection *s = &e->selections[i];
		struct selection_words w;

		if (describe_selection(s, &ar, &w) != 0) {
			json_decref(list);
			list = NULL;
			break;
		}
		json_add(&list, json_pack("{s:o, s:s, s:o, s:o}", "id", text_json(s->id), "measure",
					measure_name(s->measure), "sentence", text_json(w.sentence),
					"source", text_json(s->source)));
	}
	arena_fini(&ar);
	return list;
}

json_t *rules_edition_json(const struct edition *e, const struct area *only)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "edition",
		text_json(e->id), "title", text_json(e->title), "valid_from",
		day_json(e->valid_from), "valid_until", day_json(e->valid_until), "qualifies_at",
		points_json(e->qualifies_at), "every_metric_above", points_json(e->metric_above),
		"usage_ready_day", (json_int_t)e->usage_ready_day, "unknown",
		texts_json(e->unknown, e->n_unknown), "areas", areas_json(e, only), "certificates",
		certificates_json(e), "selections", selections_json(e));
}
