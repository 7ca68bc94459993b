/* A metric in words as JSON (docs/cli.md): a node for the rule, and one for each of its parts. */
#include "services/cli/json_values.h"
#include "services/cli/rules_verbs.h"

static json_t *option_json(const struct step_option *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->n; i++)
		json_add(&list, text_json(o->certificates[i]->code));
	return list;
}

static json_t *options_json(const struct step_option *options, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(&list, option_json(&options[i]));
	return list;
}

static json_t *steps_json(const struct rule_words *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->n_steps; i++) {
		const struct step_words *x = &w->steps[i];
		const struct people_step *s = x->step;

		json_add(&list,
			json_pack("{s:o, s:o, s:I, s:o, s:o, s:o}", "name", text_json(s->name),
				"sentence", text_json(x->sentence), "at_least_people",
				(json_int_t)s->min_people, "points_each",
				points_json(s->points_each), "maximum", points_json(s->points_max),
				"any_of", options_json(x->options, x->n_options)));
	}
	return list;
}

json_t *rules_terms_json(const struct rule_term *terms, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_add(&list, json_pack("{s:s, s:s, s:o}", "key", terms[i].key, "label",
					terms[i].label, "value", text_json(terms[i].value)));
	return list;
}

static json_t *usages_json(const struct rule_words *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->n_usages; i++)
		json_add(&list, text_json(w->usages[i]->id));
	return list;
}

static json_t *parts_json(const struct rule_words *w);

/* What every node has, but id, name and maximum. */
static json_t *rule_json(const struct rule_words *w)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "measure",
		w->measure, "sentence", text_json(w->sentence), "points_each", text_json(w->each),
		"threshold", text_json(w->threshold), "selection",
		w->n_usages == 0 ? json_null() : text_json(w->usages[0]->id), "selections",
		usages_json(w), "terms", rules_terms_json(w->terms, w->n_terms), "steps",
		steps_json(w), "any_of", options_json(w->options, w->n_options), "parts",
		parts_json(w));
}

/* Puts the members of `more` into `o`; takes both over. */
static json_t *joined(json_t *o, json_t *more)
{
	if (o == NULL || more == NULL || json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	return o;
}

static json_t *parts_json(const struct rule_words *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->n_parts; i++) {
		const struct rule_words *p = &w->parts[i];
		json_t *maximum =
			rule_is_condition(p->kind) ? json_null() : json_integer(p->maximum);

		json_add(&list,
			joined(json_pack("{s:o, s:o, s:o}", "id", text_or_null_json(p->id), "name",
				       text_or_null_json(p->name), "maximum", maximum),
				rule_json(p)));
	}
	return list;
}

json_t *rules_metric_json(
	const struct edition *e, const struct area *a, const struct metric *m, struct arena *ar)
{
	const char *renewal = describe_renewal(a, m);
	struct rule_words w;

	if (describe_metric(e, m, ar, &w) != 0)
		return NULL;
	return joined(
		json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "id", text_json(m->id),
			"name", text_json(m->name), "maximum", (json_int_t)m->maximum, "rule",
			text_json(m->rule_id), "source", text_json(m->source), "since",
			day_json(day_is_valid(m->valid_from) ? m->valid_from : DAY_NONE), "until",
			day_json(day_is_valid(m->valid_until) ? m->valid_until : DAY_NONE),
			"renewal", text_or_null_json(str_from(renewal)), "unknown",
			texts_json(m->unknown, m->n_unknown)),
		rule_json(&w));
}
