/* Questions about the coming days, and their answers. */
#include "common/wire/frame_parts.h"

static void pack_forecast_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__ForecastQuery *m = to;

	m->request = f->u.forecast_query.request;
	m->partner = pack_text(p, f->u.forecast_query.partner);
	m->from = pack_day(f->u.forecast_query.from);
	m->until = pack_day(f->u.forecast_query.until);
	m->area = pack_text(p, f->u.forecast_query.area);
	m->days = f->u.forecast_query.days;
	m->steady = f->u.forecast_query.steady;
}

static void unpack_forecast_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__ForecastQuery *m = from;

	f->u.forecast_query.request = m->request;
	f->u.forecast_query.partner =
		unpack_text(u, m->partner, FRAME_NAME_MAX, "ForecastQuery.partner");
	f->u.forecast_query.from = unpack_day(u, m->from, "ForecastQuery.from");
	f->u.forecast_query.until = unpack_day(u, m->until, "ForecastQuery.until");
	f->u.forecast_query.area = unpack_text(u, m->area, FRAME_NAME_MAX, "ForecastQuery.area");
	f->u.forecast_query.days = m->days;
	f->u.forecast_query.steady = m->steady != 0;
}

FRAME_FORM(forecast_query, FORECAST_QUERY);

static void pack_span(
	struct packing *p, const struct wire_forecast_span *s, Capscore__V1__ForecastSpan *m)
{
	m->from = pack_day(s->from);
	m->edition = pack_text(p, s->edition);
	m->areas = pack_standings(p, s->areas, s->n_areas, &m->n_areas);
	m->qualifies_at = s->qualifies_at;
	m->falls =
		pack_messages(p, &capscore__v1__forecast_fall__descriptor, s->n_falls, &m->n_falls);
	for (size_t i = 0; i < m->n_falls; i++) {
		m->falls[i]->area = pack_text(p, s->falls[i].area);
		m->falls[i]->kind = (Capscore__V1__FallKind)s->falls[i].kind;
		m->falls[i]->who = pack_text(p, s->falls[i].who);
		m->falls[i]->what = pack_text(p, s->falls[i].what);
	}
}

static void unpack_span(
	struct unpacking *u, const Capscore__V1__ForecastSpan *m, struct wire_forecast_span *s)
{
	struct wire_forecast_fall *falls = unpack_list(
		u, m->n_falls, WIRE_FALLS_MAX, sizeof *falls, "ForecastSpan.falls", &s->n_falls);

	s->from = unpack_day(u, m->from, "ForecastSpan.from");
	s->edition = unpack_text(u, m->edition, FRAME_NAME_MAX, "ForecastSpan.edition");
	s->areas = unpack_standings(u, m->areas, m->n_areas, "ForecastSpan.areas", &s->n_areas);
	s->falls = falls;
	s->qualifies_at = m->qualifies_at;
	for (size_t i = 0; i < s->n_falls; i++) {
		const Capscore__V1__ForecastFall *f = m->falls[i];

		falls[i].area = unpack_text(u, f->area, FRAME_NAME_MAX, "ForecastFall.area");
		falls[i].kind = (enum fall_kind)unpack_enum(
			u, (int)f->kind, FALL_CERTIFICATE, FALL_KIND_END - 1, "ForecastFall.kind");
		falls[i].who = unpack_text(u, f->who, FRAME_NAME_MAX, "ForecastFall.who");
		falls[i].what = unpack_text(u, f->what, FRAME_NAME_MAX, "ForecastFall.what");
	}
}

static void pack_forecast_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__ForecastAnswer *m = to;

	m->request = f->u.forecast_answer.request;
	m->freshness = pack_freshness(p, &f->u.forecast_answer.freshness);
	m->partner = pack_text(p, f->u.forecast_answer.partner);
	m->spans = pack_messages(p, &capscore__v1__forecast_span__descriptor,
		f->u.forecast_answer.n_spans, &m->n_spans);
	for (size_t i = 0; i < m->n_spans; i++)
		pack_span(p, &f->u.forecast_answer.spans[i], m->spans[i]);
	m->until = pack_day(f->u.forecast_answer.until);
	m->outlook = pack_bytes(f->u.forecast_answer.outlook);
}

static void unpack_forecast_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__ForecastAnswer *m = from;
	struct wire_forecast_span *list = unpack_list(u, m->n_spans, WIRE_SPANS_MAX, sizeof *list,
		"ForecastAnswer.spans", &f->u.forecast_answer.n_spans);

	f->u.forecast_answer.request = m->request;
	f->u.forecast_answer.freshness = unpack_freshness(u, m->freshness);
	f->u.forecast_answer.partner =
		unpack_text(u, m->partner, FRAME_NAME_MAX, "ForecastAnswer.partner");
	f->u.forecast_answer.spans = list;
	for (size_t i = 0; i < f->u.forecast_answer.n_spans; i++)
		unpack_span(u, m->spans[i], &list[i]);
	f->u.forecast_answer.until = unpack_day(u, m->until, "ForecastAnswer.until");
	f->u.forecast_answer.outlook =
		unpack_bytes(u, &m->outlook, WIRE_OUTLOOK_MAX, "ForecastAnswer.outlook");
}

FRAME_FORM(forecast_answer, FORECAST_ANSWER);
