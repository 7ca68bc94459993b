/* Frames of questions about many partners and about a partner's past, and their answers (query.proto). */
#include "common/wire/frame_parts.h"

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
	m->areas = pack_standings(p, s->areas, s->n_areas, &m->n_areas);
}

static void unpack_standing(struct unpacking *u, const Capscore__V1__PartnerStanding *m,
	struct wire_partner_standing *ret)
{
	ret->partner = unpack_text(u, m->partner, FRAME_NAME_MAX, "PartnerStanding.partner");
	ret->areas =
		unpack_standings(u, m->areas, m->n_areas, "PartnerStanding.areas", &ret->n_areas);
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

/* ---- history ---------------------------------------------------------------------------------------------- */

static void pack_history_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__HistoryQuery *m = to;

	m->request = f->u.history_query.request;
	m->partner = pack_text(p, f->u.history_query.partner);
	m->from = pack_day(f->u.history_query.from);
	m->until = pack_day(f->u.history_query.until);
	m->area = pack_text(p, f->u.history_query.area);
}

static void unpack_history_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__HistoryQuery *m = from;

	f->u.history_query.request = m->request;
	f->u.history_query.partner =
		unpack_text(u, m->partner, FRAME_NAME_MAX, "HistoryQuery.partner");
	f->u.history_query.from = unpack_day(u, m->from, "HistoryQuery.from");
	f->u.history_query.until = unpack_day(u, m->until, "HistoryQuery.until");
	f->u.history_query.area = unpack_text(u, m->area, FRAME_NAME_MAX, "HistoryQuery.area");
}

FRAME_FORM(history_query, HISTORY_QUERY);

static void pack_history_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__HistoryAnswer *m = to;

	m->request = f->u.history_answer.request;
	m->freshness = pack_freshness(p, &f->u.history_answer.freshness);
	m->partner = pack_text(p, f->u.history_answer.partner);
	m->spans = pack_messages(p, &capscore__v1__history_span__descriptor,
		f->u.history_answer.n_spans, &m->n_spans);
	for (size_t i = 0; i < m->n_spans; i++) {
		const struct wire_history_span *s = &f->u.history_answer.spans[i];

		m->spans[i]->from = pack_day(s->from);
		m->spans[i]->edition = pack_text(p, s->edition);
		m->spans[i]->areas = pack_standings(p, s->areas, s->n_areas, &m->spans[i]->n_areas);
	}
	m->until = pack_day(f->u.history_answer.until);
}

static void unpack_history_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__HistoryAnswer *m = from;
	struct wire_history_span *list = unpack_list(u, m->n_spans, WIRE_SPANS_MAX, sizeof *list,
		"HistoryAnswer.spans", &f->u.history_answer.n_spans);

	f->u.history_answer.request = m->request;
	f->u.history_answer.freshness = unpack_freshness(u, m->freshness);
	f->u.history_answer.partner =
		unpack_text(u, m->partner, FRAME_NAME_MAX, "HistoryAnswer.partner");
	f->u.history_answer.spans = list;
	for (size_t i = 0; i < f->u.history_answer.n_spans; i++) {
		const Capscore__V1__HistorySpan *s = m->spans[i];

		list[i].from = unpack_day(u, s->from, "HistorySpan.from");
		list[i].edition = unpack_text(u, s->edition, FRAME_NAME_MAX, "HistorySpan.edition");
		list[i].areas = unpack_standings(
			u, s->areas, s->n_areas, "HistorySpan.areas", &list[i].n_areas);
	}
	f->u.history_answer.until = unpack_day(u, m->until, "HistoryAnswer.until");
}

FRAME_FORM(history_answer, HISTORY_ANSWER);
