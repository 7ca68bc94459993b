/* Frames of a rehearsal: what would become of the partners under other rules (query.proto). */
#include "common/wire/frame_parts.h"

#define PARTNERS_MAX 250

static void pack_rehearse_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__RehearseQuery *m = to;

	m->request = f->u.rehearse_query.request;
	m->digest = f->u.rehearse_query.digest;
	m->name = pack_text(p, f->u.rehearse_query.name);
	m->text = pack_bytes(f->u.rehearse_query.text);
	m->area = pack_text(p, f->u.rehearse_query.area);
	m->after = pack_text(p, f->u.rehearse_query.after);
}

static void unpack_rehearse_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__RehearseQuery *m = from;

	f->u.rehearse_query.request = m->request;
	f->u.rehearse_query.digest = m->digest;
	f->u.rehearse_query.name = unpack_text(u, m->name, FRAME_TEXT_MAX, "RehearseQuery.name");
	f->u.rehearse_query.text = unpack_bytes(u, &m->text, EVENT_TEXT_MAX, "RehearseQuery.text");
	f->u.rehearse_query.area = unpack_text(u, m->area, FRAME_NAME_MAX, "RehearseQuery.area");
	f->u.rehearse_query.after = unpack_text(u, m->after, FRAME_NAME_MAX, "RehearseQuery.after");
}

FRAME_FORM(rehearse_query, REHEARSE_QUERY);

/* ---- changes ---------------------------------------------------------------------------------------------- */

/* Absent for NULL. */
static Capscore__V1__AreaStanding *pack_one_standing(
	struct packing *p, const struct wire_area_standing *s)
{
	size_t n = 0;
	Capscore__V1__AreaStanding **list = s == NULL ? NULL : pack_standings(p, s, 1, &n);

	return n == 0 ? NULL : list[0];
}

static const struct wire_area_standing *unpack_one_standing(
	struct unpacking *u, Capscore__V1__AreaStanding *m, const char *field)
{
	size_t n = 0;

	return m == NULL ? NULL : unpack_standings(u, &m, 1, field, &n);
}

static void pack_rehearsed_metrics(
	struct packing *p, const struct wire_rehearsed_change *s, Capscore__V1__RehearsedChange *m)
{
	m->metrics = pack_messages(
		p, &capscore__v1__rehearsed_metric__descriptor, s->n_metrics, &m->n_metrics);
	for (size_t i = 0; i < m->n_metrics; i++) {
		m->metrics[i]->metric = pack_text(p, s->metrics[i].metric);
		m->metrics[i]->before = pack_points(p, s->metrics[i].before);
		m->metrics[i]->after = pack_points(p, s->metrics[i].after);
		m->metrics[i]->maximum_before = s->metrics[i].maximum_before;
		m->metrics[i]->maximum_after = s->metrics[i].maximum_after;
	}
}

static void unpack_rehearsed_metrics(struct unpacking *u, const Capscore__V1__RehearsedChange *m,
	struct wire_rehearsed_change *ret)
{
	struct wire_rehearsed_metric *list =
		unpack_list(u, m->n_metrics, (size_t)2 * AREA_METRICS_MAX, sizeof *list,
			"RehearsedChange.metrics", &ret->n_metrics);

	ret->metrics = list;
	for (size_t i = 0; i < ret->n_metrics; i++) {
		const Capscore__V1__RehearsedMetric *x = m->metrics[i];

		list[i].metric =
			unpack_text(u, x->metric, FRAME_NAME_MAX, "RehearsedMetric.metric");
		list[i].before = unpack_points(u, x->before, "RehearsedMetric.before");
		list[i].after = unpack_points(u, x->after, "RehearsedMetric.after");
		list[i].maximum_before = x->maximum_before;
		list[i].maximum_after = x->maximum_after;
	}
}

static void pack_rehearsed_partner(struct packing *p, const struct wire_rehearsed_partner *s,
	Capscore__V1__RehearsedPartner *m)
{
	m->partner = pack_text(p, s->partner);
	m->changes = pack_messages(
		p, &capscore__v1__rehearsed_change__descriptor, s->n_changes, &m->n_changes);
	for (size_t i = 0; i < m->n_changes; i++) {
		const struct wire_rehearsed_change *c = &s->changes[i];

		m->changes[i]->outcome = (Capscore__V1__Outcome)c->outcome;
		m->changes[i]->area = pack_text(p, c->area);
		m->changes[i]->name = pack_text(p, c->name);
		m->changes[i]->before = pack_one_standing(p, c->before);
		m->changes[i]->after = pack_one_standing(p, c->after);
		pack_rehearsed_metrics(p, c, m->changes[i]);
	}
}

static void unpack_rehearsed_partner(struct unpacking *u, const Capscore__V1__RehearsedPartner *m,
	struct wire_rehearsed_partner *ret)
{
	struct wire_rehearsed_change *list =
		unpack_list(u, m->n_changes, (size_t)2 * FRAME_AREAS_MAX, sizeof *list,
			"RehearsedPartner.changes", &ret->n_changes);

	ret->partner = unpack_text(u, m->partner, FRAME_NAME_MAX, "RehearsedPartner.partner");
	ret->changes = list;
	for (size_t i = 0; i < ret->n_changes; i++) {
		const Capscore__V1__RehearsedChange *c = m->changes[i];

		list[i].outcome = (enum wire_outcome)unpack_enum(u, (int)c->outcome,
			OUTCOME_UNCHANGED, OUTCOME_END - 1, "RehearsedChange.outcome");
		list[i].area = unpack_text(u, c->area, FRAME_NAME_MAX, "RehearsedChange.area");
		list[i].name = unpack_text(u, c->name, FRAME_NAME_MAX, "RehearsedChange.name");
		list[i].before = unpack_one_standing(u, c->before, "RehearsedChange.before");
		list[i].after = unpack_one_standing(u, c->after, "RehearsedChange.after");
		unpack_rehearsed_metrics(u, c, &list[i]);
	}
}

/* ---- answers ---------------------------------------------------------------------------------------------- */

static void pack_rehearsed_areas(
	struct packing *p, const struct frame *f, Capscore__V1__RehearseAnswer *m)
{
	m->areas = pack_messages(p, &capscore__v1__rehearsed_area__descriptor,
		f->u.rehearse_answer.n_areas, &m->n_areas);
	for (size_t i = 0; i < m->n_areas; i++) {
		const struct wire_rehearsed_area *a = &f->u.rehearse_answer.areas[i];

		m->areas[i]->area = pack_text(p, a->area);
		m->areas[i]->gains = a->n[OUTCOME_GAINS];
		m->areas[i]->loses = a->n[OUTCOME_LOSES];
		m->areas[i]->endangered = a->n[OUTCOME_ENDANGERED];
		m->areas[i]->saved = a->n[OUTCOME_SAVED];
		m->areas[i]->changes_track = a->n[OUTCOME_TRACK];
		m->areas[i]->unchanged = a->n[OUTCOME_UNCHANGED];
	}
}

static void unpack_rehearsed_areas(
	struct unpacking *u, const Capscore__V1__RehearseAnswer *m, struct frame *f)
{
	struct wire_rehearsed_area *list = unpack_list(u, m->n_areas, (size_t)2 * FRAME_AREAS_MAX,
		sizeof *list, "RehearseAnswer.areas", &f->u.rehearse_answer.n_areas);

	f->u.rehearse_answer.areas = list;
	for (size_t i = 0; i < f->u.rehearse_answer.n_areas; i++) {
		const Capscore__V1__RehearsedArea *a = m->areas[i];

		list[i].area = unpack_text(u, a->area, FRAME_NAME_MAX, "RehearsedArea.area");
		list[i].n[OUTCOME_GAINS] = a->gains;
		list[i].n[OUTCOME_LOSES] = a->loses;
		list[i].n[OUTCOME_ENDANGERED] = a->endangered;
		list[i].n[OUTCOME_SAVED] = a->saved;
		list[i].n[OUTCOME_TRACK] = a->changes_track;
		list[i].n[OUTCOME_UNCHANGED] = a->unchanged;
	}
}

static void pack_rehearse_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__RehearseAnswer *m = to;

	m->request = f->u.rehearse_answer.request;
	m->freshness = pack_freshness(p, &f->u.rehearse_answer.freshness);
	m->digest = f->u.rehearse_answer.digest;
	m->edition = pack_text(p, f->u.rehearse_answer.edition);
	m->edition_now = pack_text(p, f->u.rehearse_answer.edition_now);
	m->report = pack_bytes(f->u.rehearse_answer.report);
	m->partners = pack_messages(p, &capscore__v1__rehearsed_partner__descriptor,
		f->u.rehearse_answer.n_partners, &m->n_partners);
	for (size_t i = 0; i < m->n_partners; i++)
		pack_rehearsed_partner(p, &f->u.rehearse_answer.partners[i], m->partners[i]);
	pack_rehearsed_areas(p, f, m);
	m->looked_at = f->u.rehearse_answer.looked_at;
	m->last = pack_text(p, f->u.rehearse_answer.last);
	m->more = f->u.rehearse_answer.more;
}

static void unpack_rehearse_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__RehearseAnswer *m = from;
	struct wire_rehearsed_partner *list = unpack_list(u, m->n_partners, PARTNERS_MAX,
		sizeof *list, "RehearseAnswer.partners", &f->u.rehearse_answer.n_partners);

	f->u.rehearse_answer.request = m->request;
	f->u.rehearse_answer.freshness = unpack_freshness(u, m->freshness);
	f->u.rehearse_answer.digest = m->digest;
	f->u.rehearse_answer.edition =
		unpack_text(u, m->edition, FRAME_NAME_MAX, "RehearseAnswer.edition");
	f->u.rehearse_answer.edition_now =
		unpack_text(u, m->edition_now, FRAME_NAME_MAX, "RehearseAnswer.edition_now");
	f->u.rehearse_answer.report =
		unpack_bytes(u, &m->report, WIRE_REPORT_MAX, "RehearseAnswer.report");
	f->u.rehearse_answer.partners = list;
	for (size_t i = 0; i < f->u.rehearse_answer.n_partners; i++)
		unpack_rehearsed_partner(u, m->partners[i], &list[i]);
	unpack_rehearsed_areas(u, m, f);
	f->u.rehearse_answer.looked_at = m->looked_at;
	f->u.rehearse_answer.last = unpack_text(u, m->last, FRAME_NAME_MAX, "RehearseAnswer.last");
	f->u.rehearse_answer.more = m->more != 0;
}

FRAME_FORM(rehearse_answer, REHEARSE_ANSWER);
