/* An edition as the JSON of `capscore rules show --json` (docs/cli.md). */
#include "services/cli/json_values.h"
#include "services/cli/rules_verbs.h"

#define WORDS_BYTES_MAX ((size_t)64 << 20)

/* ---- areas -------------------------------------------------------------------------------------------------- */

static json_t *metrics_json(
	const struct edition *e, const struct area *a, const struct track *t, struct arena *ar)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_metrics; i++)
		json_add(&list, rules_metric_json(e, a, &t->metrics[i], ar));
	return list;
}

/* Empty for an area without tracks. */
static json_t *tracks_json(
	const struct edition *e, const struct area *a, const struct area_words *w, struct arena *ar)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->n_tracks; i++)
		if (a->tracks[i].id.n > 0)
			json_add(&list,
				json_pack("{s:o, s:o, s:o, s:o}", "id", text_json(a->tracks[i].id),
					"name", text_json(a->tracks[i].name), "when",
					text_or_null_json(w->when[i]), "metrics",
					metrics_json(e, a, &a->tracks[i], ar)));
	return list;
}

static json_t *enrolled_json(const struct area *a)
{
	return a->enrolled_track < 0 || (size_t)a->enrolled_track >= a->n_tracks
		       ? json_null()
		       : text_or_null_json(a->tracks[a->enrolled_track].id);
}

static json_t *area_json(const struct edition *e, const struct area *a, struct arena *ar)
{
	struct area_words w;

	if (describe_area(e, a, ar, &w) != 0)
		return NULL;
	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "id",
		text_json(a->id), "name", text_json(a->name), "form", area_form_name(a->form),
		"source", text_or_null_json(a->source), "qualifies", text_or_null_json(w.qualifies),
		"track", text_or_null_json(a->tracks[0].id), "track_choice",
		track_choice_name(a->choice), "track_chosen", text_or_null_json(w.choice),
		"enrolled_track", enrolled_json(a), "track_enrolled", text_or_null_json(w.enrolled),
		"metrics", metrics_json(e, a, &a->tracks[0], ar), "tracks",
		tracks_json(e, a, &w, ar));
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

/* ---- certificates, selections ------------------------------------------------------------------------------- */

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

static json_t *products_json(const struct product *products, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(&list, json_pack("{s:o, s:o}", "name", text_json(products[i].name), "also",
					texts_json(products[i].aliases, products[i].n_aliases)));
	return list;
}

/* A member for each list that has names. */
static json_t *filter_json(const struct usage_filter *f)
{
	json_t *o = json_object();

	for (size_t i = 0; i < FILTER_LISTS && o != NULL; i++) {
		const char *key;
		const struct names *l = filter_list(f, i, &key);

		if (l->n > 0 && json_object_set_new(o, key, texts_json(l->all, l->n)) != 0) {
			json_decref(o);
			o = NULL;
		}
	}
	return o;
}

static json_t *filters_json(const struct selection *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_filters; i++)
		json_add(&list, filter_json(&s->filters[i]));
	return list;
}

static json_t *rates_json(const struct selection *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_rates; i++) {
		const struct usage_rate *r = &s->rates[i];

		json_add(&list,
			json_pack("{s:s, s:o, s:o}", "measure", measure_name(r->measure), "rate",
				points_json(ratio_make(r->weight, s->scale == 0 ? 1 : s->scale)),
				"products", products_json(s->products + r->first, r->n)));
	}
	return list;
}

static json_t *associations_json(const struct selection *s)
{
	json_t *list = json_array();

	for (int i = 0; i < ASSOC_KIND_END; i++)
		if ((s->associations >> i & 1) != 0)
			json_add(&list,
				json_string(association_kind_name((enum association_kind)i)));
	return list;
}

static json_t *offers_json(const struct selection *s)
{
	json_t *list = json_array();

	for (int i = 0; i < OFFER_KIND_END; i++)
		if ((s->offers >> i & 1) != 0)
			json_add(&list, json_string(offer_kind_name((enum offer_kind)i)));
	return list;
}

static json_t *selection_json(const struct selection *s, struct arena *ar)
{
	struct selection_words w;

	if (describe_selection(s, ar, &w) != 0)
		return NULL;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
		text_json(s->id), "measure", text_or_null_json(str_from(measure_name(s->measure))),
		"sentence", text_json(w.sentence), "associations", associations_json(s), "offers",
		offers_json(s), "products", products_json(s->products, s->n_products), "any",
		filters_json(s), "except_products", texts_json(s->excluded, s->n_excluded), "rates",
		rates_json(s), "source", text_json(s->source));
}

static json_t *selections_json(const struct edition *e)
{
	json_t *list = json_array();
	struct arena ar;

	arena_init(&ar, &mem_heap, WORDS_BYTES_MAX);
	for (size_t i = 0; i < e->n_selections; i++)
		json_add(&list, selection_json(&e->selections[i], &ar));
	arena_fini(&ar);
	return list;
}

/* ---- windows, catalogue ------------------------------------------------------------------------------------- */

static json_t *windows_json(const struct window_rule *windows, size_t n, const char *of)
{
	json_t *list = json_array();
	struct window_words w;
	struct arena ar;

	arena_init(&ar, &mem_heap, WORDS_BYTES_MAX);
	for (size_t i = 0; i < n; i++)
		json_add(&list, describe_window(&windows[i], of, &ar, &w) != 0
					? NULL
					: json_pack("{s:o, s:o, s:o, s:o}", "from",
						  day_json(windows[i].from), "sentence",
						  text_json(w.sentence), "terms",
						  rules_terms_json(w.terms, WINDOW_TERMS), "source",
						  text_or_null_json(windows[i].source)));
	arena_fini(&ar);
	return list;
}

static json_t *entry_areas_json(const struct edition *e, const struct catalogue_entry *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_areas; i++)
		json_add(&list, text_json(e->areas[c->areas[i]].id));
	return list;
}

static json_t *entries_json(const struct edition *e, const struct area *only)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->n_catalogue; i++) {
		const struct catalogue_entry *c = &e->catalogue[i];

		if (only == NULL || rules_entry_is_of(e, c, only))
			json_add(&list,
				json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "id", text_json(c->id),
					"kind", catalogue_kind_name(c->kind), "name",
					text_json(c->name), "text", text_json(c->text), "areas",
					entry_areas_json(e, c), "source", text_json(c->source)));
	}
	return list;
}

json_t *rules_catalogue_json(const struct edition *e, const struct area *only)
{
	return json_pack(
		"{s:o, s:o}", "edition", text_json(e->id), "catalogue", entries_json(e, only));
}

/* ---- the edition -------------------------------------------------------------------------------------------- */

json_t *rules_edition_json(const struct edition *e, const struct area *only)
{
	bool at_least = e->metric_at_least;

	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:o, s:{s:o, s:o}, s:o, s:o, "
		"s:o, s:o}",
		"edition", text_json(e->id), "title", text_json(e->title), "valid_from",
		day_json(e->valid_from), "valid_until", day_json(e->valid_until), "qualifies_at",
		points_json(e->qualifies_at), "every_metric_above",
		at_least ? json_null() : points_json(e->metric_above), "every_metric_at_least",
		at_least ? points_json(e->metric_above) : json_null(), "total_is_compared",
		e->total_compare == TOTAL_ROUNDED ? "rounded" : "exact", "usage_ready_day",
		(json_int_t)e->usage_ready_day, "unknown", texts_json(e->unknown, e->n_unknown),
		"windows", "designations", windows_json(e->windows, e->n_windows, "designation"),
		"specializations",
		windows_json(
			e->specialization_windows, e->n_specialization_windows, "specialization"),
		"areas", areas_json(e, only), "certificates", certificates_json(e), "selections",
		selections_json(e), "catalogue", entries_json(e, only));
}
