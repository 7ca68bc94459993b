/* Frames of questions for a score and their answers (query.proto). */
#include "common/wire/frame_parts.h"

#define CONDITIONS_MAX WIRE_CONDITIONS_MAX
#define COUNTED_MAX    50
#define NEARLY_MAX     20
#define UNKNOWN_MAX    WIRE_UNKNOWN_MAX
#define PARTS_MAX      4
#define CATALOGUE_MAX  256

/* ---- explanations ----------------------------------------------------------------------------------------- */

static Capscore__V1__Item **pack_items(
	struct packing *p, const struct wire_item *items, size_t n, size_t *ret_n)
{
	Capscore__V1__Item **list = pack_messages(p, &capscore__v1__item__descriptor, n, ret_n);

	for (size_t i = 0; i < *ret_n; i++) {
		list[i]->id = pack_text(p, items[i].id);
		list[i]->detail = pack_text(p, items[i].detail);
	}
	return list;
}

static const struct wire_item *unpack_items(struct unpacking *u, Capscore__V1__Item *const *items,
	size_t n, size_t max, const char *field, size_t *ret_n)
{
	struct wire_item *list = unpack_list(u, n, max, sizeof *list, field, ret_n);

	for (size_t i = 0; i < *ret_n; i++) {
		list[i].id = unpack_text(u, items[i]->id, FRAME_TEXT_MAX, "Item.id");
		list[i].detail = unpack_text(u, items[i]->detail, FRAME_TEXT_MAX, "Item.detail");
	}
	return list;
}

static enum wire_met unpack_met(
	struct unpacking *u, Capscore__V1__Met met, enum wire_met most, const char *field)
{
	return (enum wire_met)unpack_enum(u, (int)met, WIRE_NOT_MET, (int)most, field);
}

static Capscore__V1__PartScore **pack_part_scores(
	struct packing *p, const struct wire_part_score *s, size_t n, size_t *ret_n)
{
	Capscore__V1__PartScore **list =
		pack_messages(p, &capscore__v1__part_score__descriptor, n, ret_n);

	for (size_t i = 0; i < *ret_n; i++) {
		list[i]->id = pack_text(p, s[i].id);
		list[i]->name = pack_text(p, s[i].name);
		list[i]->points = pack_points(p, s[i].points);
		list[i]->maximum = s[i].maximum;
		list[i]->counts = s[i].counts;
	}
	return list;
}

static const struct wire_part_score *unpack_part_scores(struct unpacking *u,
	Capscore__V1__PartScore *const *m, size_t n, const char *field, size_t *ret_n)
{
	struct wire_part_score *list = unpack_list(u, n, PARTS_MAX, sizeof *list, field, ret_n);

	for (size_t i = 0; i < *ret_n; i++) {
		list[i].id = unpack_text(u, m[i]->id, FRAME_NAME_MAX, "PartScore.id");
		list[i].name = unpack_text(u, m[i]->name, FRAME_NAME_MAX, "PartScore.name");
		list[i].points = unpack_points(u, m[i]->points, "PartScore.points");
		list[i].maximum = m[i]->maximum;
		list[i].counts = m[i]->counts != 0;
	}
	return list;
}

static void pack_conditions(
	struct packing *p, const struct wire_metric_score *s, Capscore__V1__MetricExplanation *m)
{
	m->conditions = pack_messages(
		p, &capscore__v1__condition__descriptor, s->n_conditions, &m->n_conditions);
	for (size_t i = 0; i < m->n_conditions; i++) {
		m->conditions[i]->name = pack_text(p, s->conditions[i].name);
		m->conditions[i]->expected = pack_text(p, s->conditions[i].expected);
		m->conditions[i]->actual = pack_text(p, s->conditions[i].actual);
		m->conditions[i]->met = s->conditions[i].met == WIRE_MET;
		m->conditions[i]->state = (Capscore__V1__Met)s->conditions[i].met;
	}
}

static void unpack_conditions(struct unpacking *u, const Capscore__V1__MetricExplanation *m,
	struct wire_metric_score *ret)
{
	struct wire_condition *list = unpack_list(u, m->n_conditions, CONDITIONS_MAX, sizeof *list,
		"MetricExplanation.conditions", &ret->n_conditions);

	ret->conditions = list;
	for (size_t i = 0; i < ret->n_conditions; i++) {
		const Capscore__V1__Condition *c = m->conditions[i];

		list[i].name = unpack_text(u, c->name, FRAME_TEXT_MAX, "Condition.name");
		list[i].expected =
			unpack_text(u, c->expected, FRAME_TEXT_MAX, "Condition.expected");
		list[i].actual = unpack_text(u, c->actual, FRAME_TEXT_MAX, "Condition.actual");
		list[i].met = unpack_met(u, c->state, WIRE_MET, "Condition.state");
		if (c->met && list[i].met == WIRE_NOT_MET) /* of a service that knew two values */
			list[i].met = WIRE_MET;
	}
}

static Capscore__V1__MetricExplanation *pack_explanation(
	struct packing *p, const struct wire_metric_score *s)
{
	Capscore__V1__MetricExplanation *m = NULL;

	if (s->explained)
		m = pack_message(p, &capscore__v1__metric_explanation__descriptor);
	if (m == NULL)
		return NULL;
	m->rule = pack_text(p, s->rule);
	m->source = pack_text(p, s->source);
	m->sentence = pack_text(p, s->sentence);
	pack_conditions(p, s, m);
	m->counted = pack_items(p, s->counted, s->n_counted, &m->n_counted);
	m->nearly = pack_items(p, s->nearly, s->n_nearly, &m->n_nearly);
	m->counted_total = s->counted_total;
	m->nearly_total = s->nearly_total;
	m->unknown = pack_texts(p, s->unknown, s->n_unknown, &m->n_unknown);
	m->parts = pack_part_scores(p, s->parts, s->n_parts, &m->n_parts);
	return m;
}

static void unpack_explanation(struct unpacking *u, const Capscore__V1__MetricExplanation *m,
	struct wire_metric_score *ret)
{
	ret->explained = m != NULL;
	if (m == NULL)
		return;
	ret->rule = unpack_text(u, m->rule, FRAME_NAME_MAX, "MetricExplanation.rule");
	ret->source = unpack_text(u, m->source, FRAME_TEXT_MAX, "MetricExplanation.source");
	ret->sentence = unpack_text(u, m->sentence, FRAME_TEXT_MAX, "MetricExplanation.sentence");
	unpack_conditions(u, m, ret);
	ret->counted = unpack_items(u, m->counted, m->n_counted, COUNTED_MAX,
		"MetricExplanation.counted", &ret->n_counted);
	ret->nearly = unpack_items(
		u, m->nearly, m->n_nearly, NEARLY_MAX, "MetricExplanation.nearly", &ret->n_nearly);
	ret->counted_total = m->counted_total;
	ret->nearly_total = m->nearly_total;
	ret->unknown = unpack_texts(u, m->unknown, m->n_unknown, UNKNOWN_MAX, FRAME_TEXT_MAX,
		"MetricExplanation.unknown", &ret->n_unknown);
	ret->parts = unpack_part_scores(
		u, m->parts, m->n_parts, "MetricExplanation.parts", &ret->n_parts);
}

/* ---- scores ----------------------------------------------------------------------------------------------- */

static void pack_metric(
	struct packing *p, const struct wire_metric_score *s, Capscore__V1__MetricScore *m)
{
	m->metric = pack_text(p, s->metric);
	m->name = pack_text(p, s->name);
	m->points = pack_points(p, s->points);
	m->maximum = s->maximum;
	m->met = (Capscore__V1__Met)s->met;
	m->asked_on = pack_day(s->asked_on);
	m->explanation = pack_explanation(p, s);
}

static void unpack_metric(
	struct unpacking *u, const Capscore__V1__MetricScore *m, struct wire_metric_score *ret)
{
	ret->metric = unpack_text(u, m->metric, FRAME_NAME_MAX, "MetricScore.metric");
	ret->name = unpack_text(u, m->name, FRAME_NAME_MAX, "MetricScore.name");
	ret->points = unpack_points(u, m->points, "MetricScore.points");
	ret->maximum = m->maximum;
	ret->met = unpack_met(u, m->met, WIRE_MET_NOT_ASKED, "MetricScore.met");
	ret->asked_on = unpack_day(u, m->asked_on, "MetricScore.asked_on");
	unpack_explanation(u, m->explanation, ret);
}

static Capscore__V1__CatalogueEntry **pack_catalogue(
	struct packing *p, const struct wire_catalogue_entry *s, size_t n, size_t *ret_n)
{
	Capscore__V1__CatalogueEntry **list =
		pack_messages(p, &capscore__v1__catalogue_entry__descriptor, n, ret_n);

	for (size_t i = 0; i < *ret_n; i++) {
		list[i]->id = pack_text(p, s[i].id);
		list[i]->kind = pack_text(p, s[i].kind);
		list[i]->name = pack_text(p, s[i].name);
		list[i]->text = pack_text(p, s[i].text);
	}
	return list;
}

static void unpack_catalogue(
	struct unpacking *u, const Capscore__V1__AreaScore *m, struct wire_area_score *ret)
{
	struct wire_catalogue_entry *list = unpack_list(u, m->n_catalogue, CATALOGUE_MAX,
		sizeof *list, "AreaScore.catalogue", &ret->n_catalogue);

	ret->catalogue = list;
	for (size_t i = 0; i < ret->n_catalogue; i++) {
		const Capscore__V1__CatalogueEntry *c = m->catalogue[i];

		list[i].id = unpack_text(u, c->id, FRAME_NAME_MAX, "CatalogueEntry.id");
		list[i].kind = unpack_text(u, c->kind, FRAME_NAME_MAX, "CatalogueEntry.kind");
		list[i].name = unpack_text(u, c->name, FRAME_NAME_MAX, "CatalogueEntry.name");
		list[i].text = unpack_text(u, c->text, FRAME_TEXT_MAX, "CatalogueEntry.text");
	}
}

static void pack_enrollment(const struct wire_area_score *s, Capscore__V1__AreaScore *m)
{
	m->qualifies = s->qualifies;
	m->enrolled = s->enrolled;
	m->automatic = s->automatic;
	m->enrolled_on = pack_day(s->enrolled_on);
	m->anniversary = pack_day(s->anniversary);
	m->window_from = pack_day(s->window_from);
	m->window_until = pack_day(s->window_until);
	m->last_qualified = pack_day(s->last_qualified);
	m->renewal_on = pack_day(s->renewal_on);
	m->renewal_year = s->renewal_year;
}

static void unpack_enrollment(
	struct unpacking *u, const Capscore__V1__AreaScore *m, struct wire_area_score *ret)
{
	ret->qualifies = m->qualifies != 0;
	ret->enrolled = m->enrolled != 0;
	ret->automatic = m->automatic != 0;
	ret->enrolled_on = unpack_day(u, m->enrolled_on, "AreaScore.enrolled_on");
	ret->anniversary = unpack_day(u, m->anniversary, "AreaScore.anniversary");
	ret->window_from = unpack_day(u, m->window_from, "AreaScore.window_from");
	ret->window_until = unpack_day(u, m->window_until, "AreaScore.window_until");
	ret->last_qualified = unpack_day(u, m->last_qualified, "AreaScore.last_qualified");
	ret->renewal_on = unpack_day(u, m->renewal_on, "AreaScore.renewal_on");
	ret->renewal_year = m->renewal_year;
}

static void pack_area(
	struct packing *p, const struct wire_area_score *s, Capscore__V1__AreaScore *m)
{
	m->area = pack_text(p, s->area);
	m->name = pack_text(p, s->name);
	m->track = pack_text(p, s->track);
	m->total = pack_points(p, s->total);
	m->status = (Capscore__V1__AreaStatus)s->status;
	m->metrics = pack_messages(
		p, &capscore__v1__metric_score__descriptor, s->n_metrics, &m->n_metrics);
	for (size_t i = 0; i < m->n_metrics; i++)
		pack_metric(p, &s->metrics[i], m->metrics[i]);
	m->form = (Capscore__V1__AreaForm)s->form;
	m->track_name = pack_text(p, s->track_name);
	pack_enrollment(s, m);
	m->tracks = pack_part_scores(p, s->tracks, s->n_tracks, &m->n_tracks);
	m->track_reason = pack_text(p, s->track_reason);
	m->catalogue = pack_catalogue(p, s->catalogue, s->n_catalogue, &m->n_catalogue);
}

static void unpack_area(
	struct unpacking *u, const Capscore__V1__AreaScore *m, struct wire_area_score *ret)
{
	struct wire_metric_score *list = unpack_list(u, m->n_metrics, AREA_METRICS_MAX,
		sizeof *list, "AreaScore.metrics", &ret->n_metrics);

	ret->area = unpack_text(u, m->area, FRAME_NAME_MAX, "AreaScore.area");
	ret->name = unpack_text(u, m->name, FRAME_NAME_MAX, "AreaScore.name");
	ret->track = unpack_text(u, m->track, FRAME_NAME_MAX, "AreaScore.track");
	ret->total = unpack_points(u, m->total, "AreaScore.total");
	ret->status = unpack_status(u, m->status, "AreaScore.status");
	ret->metrics = list;
	for (size_t i = 0; i < ret->n_metrics; i++)
		unpack_metric(u, m->metrics[i], &list[i]);
	ret->form = unpack_form(u, m->form, "AreaScore.form");
	ret->track_name = unpack_text(u, m->track_name, FRAME_NAME_MAX, "AreaScore.track_name");
	unpack_enrollment(u, m, ret);
	ret->tracks =
		unpack_part_scores(u, m->tracks, m->n_tracks, "AreaScore.tracks", &ret->n_tracks);
	ret->track_reason =
		unpack_text(u, m->track_reason, FRAME_TEXT_MAX, "AreaScore.track_reason");
	unpack_catalogue(u, m, ret);
}

static void pack_score_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__ScoreQuery *m = to;

	m->request = f->u.score_query.request;
	m->partner = pack_text(p, f->u.score_query.partner);
	m->as_of = pack_day(f->u.score_query.as_of);
	m->explain = f->u.score_query.explain;
	m->area = pack_text(p, f->u.score_query.area);
}

static void unpack_score_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__ScoreQuery *m = from;

	f->u.score_query.request = m->request;
	f->u.score_query.partner = unpack_text(u, m->partner, FRAME_NAME_MAX, "ScoreQuery.partner");
	f->u.score_query.as_of = unpack_day(u, m->as_of, "ScoreQuery.as_of");
	f->u.score_query.explain = m->explain != 0;
	f->u.score_query.area = unpack_text(u, m->area, FRAME_NAME_MAX, "ScoreQuery.area");
}

FRAME_FORM(score_query, SCORE_QUERY);

static void pack_score_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__ScoreAnswer *m = to;

	m->request = f->u.score_answer.request;
	m->freshness = pack_freshness(p, &f->u.score_answer.freshness);
	m->partner = pack_text(p, f->u.score_answer.partner);
	m->edition = pack_text(p, f->u.score_answer.edition);
	m->areas = pack_messages(
		p, &capscore__v1__area_score__descriptor, f->u.score_answer.n_areas, &m->n_areas);
	for (size_t i = 0; i < m->n_areas; i++)
		pack_area(p, &f->u.score_answer.areas[i], m->areas[i]);
	m->usage_month = pack_day(f->u.score_answer.usage_month);
}

static void unpack_score_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__ScoreAnswer *m = from;
	struct wire_area_score *list = unpack_list(u, m->n_areas, FRAME_AREAS_MAX, sizeof *list,
		"ScoreAnswer.areas", &f->u.score_answer.n_areas);

	f->u.score_answer.request = m->request;
	f->u.score_answer.freshness = unpack_freshness(u, m->freshness);
	f->u.score_answer.partner =
		unpack_text(u, m->partner, FRAME_NAME_MAX, "ScoreAnswer.partner");
	f->u.score_answer.edition =
		unpack_text(u, m->edition, FRAME_NAME_MAX, "ScoreAnswer.edition");
	f->u.score_answer.areas = list;
	for (size_t i = 0; i < f->u.score_answer.n_areas; i++)
		unpack_area(u, m->areas[i], &list[i]);
	f->u.score_answer.usage_month = unpack_day(u, m->usage_month, "ScoreAnswer.usage_month");
}

FRAME_FORM(score_answer, SCORE_ANSWER);
