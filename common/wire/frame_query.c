/* Frames of questions to scoring and their answers (query.proto). */
#include "common/wire/frame_forms.h"
#include "common/wire/pb.h"

#define CONDITIONS_MAX 64
#define COUNTED_MAX    50
#define NEARLY_MAX     20
#define UNKNOWN_MAX    32

/* ---- parts ------------------------------------------------------------------------------------------------ */

static Capscore__V1__Points *pack_points(struct packing *p, struct ratio r)
{
	Capscore__V1__Points *m = pack_message(p, &capscore__v1__points__descriptor);
	struct pb_points words = pb_points(r);

	if (m == NULL)
		return NULL;
	m->num = words.num;
	m->den = words.den;
	m->num_high = words.num_high;
	m->den_high = words.den_high;
	return m;
}

/* 0 when absent. */
static struct ratio unpack_points(
	struct unpacking *u, const Capscore__V1__Points *m, const char *field)
{
	struct ratio r = RATIO_ZERO;

	if (m != NULL &&
		!pb_ratio(&(struct pb_points){ m->num, m->den, m->num_high, m->den_high }, &r))
		unpack_fail(u, ERR_RANGE, field, "not a fraction of points");
	return r;
}

static enum area_status unpack_status(
	struct unpacking *u, Capscore__V1__AreaStatus status, const char *field)
{
	return (enum area_status)unpack_enum(
		u, (int)status, AREA_UNKNOWN, AREA_STATUS_END - 1, field);
}

/* Left out when there is nothing in it. */
static Capscore__V1__Freshness *pack_freshness(struct packing *p, const struct wire_freshness *f)
{
	Capscore__V1__Freshness *m = NULL;

	if (f->event_position != 0 || f->lag_events != 0 || f->age_ms != 0 || f->day != DAY_NONE)
		m = pack_message(p, &capscore__v1__freshness__descriptor);
	if (m == NULL)
		return NULL;
	m->event_position = f->event_position;
	m->lag_events = f->lag_events;
	m->age_ms = f->age_ms;
	m->day = pack_day(f->day);
	return m;
}

static struct wire_freshness unpack_freshness(struct unpacking *u, const Capscore__V1__Freshness *m)
{
	if (m == NULL)
		return (struct wire_freshness){ .day = DAY_NONE };
	return (struct wire_freshness){ m->event_position, m->lag_events, m->age_ms,
		unpack_day(u, m->day, "Freshness.day") };
}

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
		list[i].id = unpack_text(u, items[i]->id, FRAME_NAME_MAX, "Item.id");
		list[i].detail = unpack_text(u, items[i]->detail, FRAME_TEXT_MAX, "Item.detail");
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
		m->conditions[i]->met = s->conditions[i].met;
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
		list[i].met = c->met != 0;
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
}

/* ---- scores ----------------------------------------------------------------------------------------------- */

static void pack_metric(
	struct packing *p, const struct wire_metric_score *s, Capscore__V1__MetricScore *m)
{
	m->metric = pack_text(p, s->metric);
	m->name = pack_text(p, s->name);
	m->points = pack_points(p, s->points);
	m->maximum = s->maximum;
	m->explanation = pack_explanation(p, s);
}

static void unpack_metric(
	struct unpacking *u, const Capscore__V1__MetricScore *m, struct wire_metric_score *ret)
{
	ret->metric = unpack_text(u, m->metric, FRAME_NAME_MAX, "MetricScore.metric");
	ret->name = unpack_text(u, m->name, FRAME_NAME_MAX, "MetricScore.name");
	ret->points = unpack_points(u, m->points, "MetricScore.points");
	ret->maximum = m->maximum;
	unpack_explanation(u, m->explanation, ret);
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
}

static void pack_score_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__ScoreQuery *m = to;

	m->request = f->u.score_query.request;
	m->partner = pack_text(p, f->u.score_query.partner);
	m->as_of = pack_day(f->u.score_query.as_of);
	m->explain = f->u.score_query.explain;
}

static void unpack_score_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__ScoreQuery *m = from;

	f->u.score_query.request = m->request;
	f->u.score_query.partner = unpack_text(u, m->partner, FRAME_NAME_MAX, "ScoreQuery.partner");
	f->u.score_query.as_of = unpack_day(u, m->as_of, "ScoreQuery.as_of");
	f->u.score_query.explain = m->explain != 0;
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

/* ---- partners --------------------------------------------------------------------------------------------- */

static void pack_partners_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__PartnersQuery *m = to;

	m->request = f->u.partners_query.request;
	m->area = pack_text(p, f->u.partners_query.area);
	m->status = (Capscore__V1__AreaStatus)f->u.partners_query.status;
	m->after = pack_text(p, f->u.partners_query.after);
	m->limit = f->u.partners_query.limit;
}

static void unpack_partners_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__PartnersQuery *m = from;

	f->u.partners_query.request = m->request;
	f->u.partners_query.area = unpack_text(u, m->area, FRAME_NAME_MAX, "PartnersQuery.area");
	f->u.partners_query.status = unpack_status(u, m->status, "PartnersQuery.status");
	f->u.partners_query.after = unpack_text(u, m->after, FRAME_NAME_MAX, "PartnersQuery.after");
	f->u.partners_query.limit = m->limit;
}

FRAME_FORM(partners_query, PARTNERS_QUERY);

static void pack_standing(
	struct packing *p, const struct wire_partner_standing *s, Capscore__V1__PartnerStanding *m)
{
	m->partner = pack_text(p, s->partner);
	m->areas =
		pack_messages(p, &capscore__v1__area_standing__descriptor, s->n_areas, &m->n_areas);
	for (size_t i = 0; i < m->n_areas; i++) {
		m->areas[i]->area = pack_text(p, s->areas[i].area);
		m->areas[i]->track = pack_text(p, s->areas[i].track);
		m->areas[i]->total = pack_points(p, s->areas[i].total);
		m->areas[i]->status = (Capscore__V1__AreaStatus)s->areas[i].status;
	}
}

static void unpack_standing(struct unpacking *u, const Capscore__V1__PartnerStanding *m,
	struct wire_partner_standing *ret)
{
	struct wire_area_standing *list = unpack_list(u, m->n_areas, FRAME_AREAS_MAX, sizeof *list,
		"PartnerStanding.areas", &ret->n_areas);

	ret->partner = unpack_text(u, m->partner, FRAME_NAME_MAX, "PartnerStanding.partner");
	ret->areas = list;
	for (size_t i = 0; i < ret->n_areas; i++) {
		const Capscore__V1__AreaStanding *a = m->areas[i];

		list[i].area = unpack_text(u, a->area, FRAME_NAME_MAX, "AreaStanding.area");
		list[i].track = unpack_text(u, a->track, FRAME_NAME_MAX, "AreaStanding.track");
		list[i].total = unpack_points(u, a->total, "AreaStanding.total");
		list[i].status = unpack_status(u, a->status, "AreaStanding.status");
	}
}

static void pack_partners_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__PartnersAnswer *m = to;

	m->request = f->u.partners_answer.request;
	m->freshness = pack_freshness(p, &f->u.partners_answer.freshness);
	m->partners = pack_messages(p, &capscore__v1__partner_standing__descriptor,
		f->u.partners_answer.n_partners, &m->n_partners);
	for (size_t i = 0; i < m->n_partners; i++)
		pack_standing(p, &f->u.partners_answer.partners[i], m->partners[i]);
	m->more = f->u.partners_answer.more;
}

static void unpack_partners_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__PartnersAnswer *m = from;
	struct wire_partner_standing *list = unpack_list(u, m->n_partners, FRAME_PAGE_MAX,
		sizeof *list, "PartnersAnswer.partners", &f->u.partners_answer.n_partners);

	f->u.partners_answer.request = m->request;
	f->u.partners_answer.freshness = unpack_freshness(u, m->freshness);
	f->u.partners_answer.partners = list;
	for (size_t i = 0; i < f->u.partners_answer.n_partners; i++)
		unpack_standing(u, m->partners[i], &list[i]);
	f->u.partners_answer.more = m->more != 0;
}

FRAME_FORM(partners_answer, PARTNERS_ANSWER);
