/* Frames of a partner's history as the score log told it (query.proto). */
#include "common/wire/frame_parts.h"

static void pack_chronicle_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__ChronicleQuery *m = to;

	m->request = f->u.chronicle_query.request;
	m->partner = pack_text(p, f->u.chronicle_query.partner);
	m->area = pack_text(p, f->u.chronicle_query.area);
	m->from = pack_day(f->u.chronicle_query.from);
	m->until = pack_day(f->u.chronicle_query.until);
	m->step = f->u.chronicle_query.by_month ? CAPSCORE__V1__CHRONICLE_STEP__BY_MONTH
						: CAPSCORE__V1__CHRONICLE_STEP__BY_DAY;
}

static void unpack_chronicle_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__ChronicleQuery *m = from;

	f->u.chronicle_query.request = m->request;
	f->u.chronicle_query.partner =
		unpack_text(u, m->partner, FRAME_NAME_MAX, "ChronicleQuery.partner");
	f->u.chronicle_query.area = unpack_text(u, m->area, FRAME_NAME_MAX, "ChronicleQuery.area");
	f->u.chronicle_query.from = unpack_day(u, m->from, "ChronicleQuery.from");
	f->u.chronicle_query.until = unpack_day(u, m->until, "ChronicleQuery.until");
	f->u.chronicle_query.by_month =
		unpack_enum(u, (int)m->step, CAPSCORE__V1__CHRONICLE_STEP__BY_DAY,
			CAPSCORE__V1__CHRONICLE_STEP__BY_MONTH,
			"ChronicleQuery.step") == CAPSCORE__V1__CHRONICLE_STEP__BY_MONTH;
}

FRAME_FORM(chronicle_query, CHRONICLE_QUERY);

/* ---- areas ------------------------------------------------------------------------------------------------ */

static void pack_metrics(
	struct packing *p, const struct wire_chronicle_area *a, Capscore__V1__ChronicleArea *m)
{
	m->metrics = pack_messages(
		p, &capscore__v1__chronicle_metric__descriptor, a->n_metrics, &m->n_metrics);
	for (size_t i = 0; i < m->n_metrics; i++) {
		m->metrics[i]->metric = pack_text(p, a->metrics[i].metric);
		m->metrics[i]->before = pack_points(p, a->metrics[i].before);
		m->metrics[i]->after = pack_points(p, a->metrics[i].after);
		m->metrics[i]->maximum_before = a->metrics[i].maximum_before;
		m->metrics[i]->maximum_after = a->metrics[i].maximum_after;
	}
}

static void pack_area(
	struct packing *p, const struct wire_chronicle_area *a, Capscore__V1__ChronicleArea *m)
{
	m->area = pack_text(p, a->area);
	m->track = pack_text(p, a->track);
	m->edition = pack_text(p, a->edition);
	m->status = (Capscore__V1__AreaStatus)a->status;
	m->status_before = (Capscore__V1__AreaStatus)a->status_before;
	m->total = pack_points(p, a->total);
	m->total_before = pack_points(p, a->total_before);
	m->lowest = pack_points(p, a->lowest);
	m->highest = pack_points(p, a->highest);
	m->maximum = a->maximum;
	m->qualifies_at = a->qualifies_at;
	m->conditions = a->conditions;
	pack_metrics(p, a, m);
	m->changes = a->changes;
	m->cause_count = a->cause_count;
	m->causes = (uint64_t *)(uintptr_t)a->causes; /* packing only reads */
	m->n_causes = a->n_causes;
}

static Capscore__V1__ChronicleArea **pack_areas(
	struct packing *p, const struct wire_chronicle_area *a, size_t n, size_t *ret_n)
{
	Capscore__V1__ChronicleArea **list =
		pack_messages(p, &capscore__v1__chronicle_area__descriptor, n, ret_n);

	for (size_t i = 0; i < *ret_n; i++)
		pack_area(p, &a[i], list[i]);
	return list;
}

static void unpack_metrics(
	struct unpacking *u, const Capscore__V1__ChronicleArea *m, struct wire_chronicle_area *ret)
{
	struct wire_chronicle_metric *list = unpack_list(u, m->n_metrics, WIRE_CHRONICLE_METRICS,
		sizeof *list, "ChronicleArea.metrics", &ret->n_metrics);

	ret->metrics = list;
	for (size_t i = 0; i < ret->n_metrics; i++) {
		const Capscore__V1__ChronicleMetric *c = m->metrics[i];

		list[i].metric =
			unpack_text(u, c->metric, FRAME_NAME_MAX, "ChronicleMetric.metric");
		list[i].before = unpack_points(u, c->before, "ChronicleMetric.before");
		list[i].after = unpack_points(u, c->after, "ChronicleMetric.after");
		list[i].maximum_before = c->maximum_before;
		list[i].maximum_after = c->maximum_after;
	}
}

static void unpack_causes(
	struct unpacking *u, const Capscore__V1__ChronicleArea *m, struct wire_chronicle_area *ret)
{
	uint64_t *list = unpack_list(
		u, m->n_causes, CAUSES_MAX, sizeof *list, "ChronicleArea.causes", &ret->n_causes);

	for (size_t i = 0; i < ret->n_causes; i++)
		list[i] = m->causes[i];
	ret->causes = list;
}

static void unpack_area(
	struct unpacking *u, const Capscore__V1__ChronicleArea *m, struct wire_chronicle_area *ret)
{
	ret->area = unpack_text(u, m->area, FRAME_NAME_MAX, "ChronicleArea.area");
	ret->track = unpack_text(u, m->track, FRAME_NAME_MAX, "ChronicleArea.track");
	ret->edition = unpack_text(u, m->edition, FRAME_NAME_MAX, "ChronicleArea.edition");
	ret->status = unpack_status(u, m->status, "ChronicleArea.status");
	ret->status_before = unpack_status(u, m->status_before, "ChronicleArea.status_before");
	ret->total = unpack_points(u, m->total, "ChronicleArea.total");
	ret->total_before = unpack_points(u, m->total_before, "ChronicleArea.total_before");
	ret->lowest = unpack_points(u, m->lowest, "ChronicleArea.lowest");
	ret->highest = unpack_points(u, m->highest, "ChronicleArea.highest");
	ret->maximum = m->maximum;
	ret->qualifies_at = m->qualifies_at;
	ret->conditions = m->conditions != 0;
	unpack_metrics(u, m, ret);
	ret->changes = m->changes;
	ret->cause_count = m->cause_count;
	unpack_causes(u, m, ret);
}

static const struct wire_chronicle_area *unpack_areas(struct unpacking *u,
	Capscore__V1__ChronicleArea *const *m, size_t n, const char *field, size_t *ret_n)
{
	struct wire_chronicle_area *list =
		unpack_list(u, n, WIRE_CHRONICLE_AREAS, sizeof *list, field, ret_n);

	for (size_t i = 0; i < *ret_n; i++)
		unpack_area(u, m[i], &list[i]);
	return list;
}

/* ---- the answer ------------------------------------------------------------------------------------------- */

static void pack_chronicle_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__ChronicleAnswer *m = to;

	m->request = f->u.chronicle_answer.request;
	m->freshness = pack_freshness(p, &f->u.chronicle_answer.freshness);
	m->partner = pack_text(p, f->u.chronicle_answer.partner);
	m->before = pack_areas(
		p, f->u.chronicle_answer.before, f->u.chronicle_answer.n_before, &m->n_before);
	m->points = pack_messages(p, &capscore__v1__chronicle_point__descriptor,
		f->u.chronicle_answer.n_points, &m->n_points);
	for (size_t i = 0; i < m->n_points; i++) {
		const struct wire_chronicle_point *s = &f->u.chronicle_answer.points[i];

		m->points[i]->from = pack_day(s->from);
		m->points[i]->month = s->month;
		m->points[i]->areas = pack_areas(p, s->areas, s->n_areas, &m->points[i]->n_areas);
	}
	m->more = f->u.chronicle_answer.more;
	m->next = pack_day(f->u.chronicle_answer.next);
	m->days_from = pack_day(f->u.chronicle_answer.days_from);
	m->whole_from = pack_day(f->u.chronicle_answer.whole_from);
}

static void unpack_chronicle_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__ChronicleAnswer *m = from;
	struct wire_chronicle_point *list = unpack_list(u, m->n_points, WIRE_CHRONICLE_POINTS,
		sizeof *list, "ChronicleAnswer.points", &f->u.chronicle_answer.n_points);

	f->u.chronicle_answer.request = m->request;
	f->u.chronicle_answer.freshness = unpack_freshness(u, m->freshness);
	f->u.chronicle_answer.partner =
		unpack_text(u, m->partner, FRAME_NAME_MAX, "ChronicleAnswer.partner");
	f->u.chronicle_answer.before = unpack_areas(u, m->before, m->n_before,
		"ChronicleAnswer.before", &f->u.chronicle_answer.n_before);
	f->u.chronicle_answer.points = list;
	for (size_t i = 0; i < f->u.chronicle_answer.n_points; i++) {
		list[i].from = unpack_day(u, m->points[i]->from, "ChroniclePoint.from");
		list[i].month = m->points[i]->month != 0;
		list[i].areas = unpack_areas(u, m->points[i]->areas, m->points[i]->n_areas,
			"ChroniclePoint.areas", &list[i].n_areas);
	}
	f->u.chronicle_answer.more = m->more != 0;
	f->u.chronicle_answer.next = unpack_day(u, m->next, "ChronicleAnswer.next");
	f->u.chronicle_answer.days_from = unpack_day(u, m->days_from, "ChronicleAnswer.days_from");
	f->u.chronicle_answer.whole_from =
		unpack_day(u, m->whole_from, "ChronicleAnswer.whole_from");
}

FRAME_FORM(chronicle_answer, CHRONICLE_ANSWER);
