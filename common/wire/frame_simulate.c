/* Frames of a what-if: a partner as it is, and as it would be (query.proto). */
#include "common/wire/frame_parts.h"

/* ---- questions -------------------------------------------------------------------------------------------- */

static void pack_supposition(
	struct packing *p, const struct wire_supposition *s, Capscore__V1__Supposition *m)
{
	m->kind = (Capscore__V1__SuppositionKind)s->kind;
	m->who = pack_text(p, s->who);
	m->name = pack_text(p, s->name);
	m->count = s->count;
	m->measure = (Capscore__V1__Measure)s->measure;
	m->amount_micro = s->amount_micro;
	m->change = s->change;
	m->has_amount = s->has_amount;
	m->months = s->months;
	m->association = (Capscore__V1__AssociationKind)s->association;
}

static void unpack_supposition(
	struct unpacking *u, const Capscore__V1__Supposition *m, struct wire_supposition *ret)
{
	ret->kind = (enum wire_supposition_kind)unpack_enum(
		u, (int)m->kind, 1, SUPPOSE_END - 1, "Supposition.kind");
	ret->who = unpack_text(u, m->who, FRAME_NAME_MAX, "Supposition.who");
	ret->name = unpack_text(u, m->name, FRAME_NAME_MAX, "Supposition.name");
	ret->measure = (enum measure)unpack_enum(
		u, (int)m->measure, 0, MEASURE_END - 1, "Supposition.measure");
	ret->association = (enum association_kind)unpack_enum(
		u, (int)m->association, ASSOC_NONE, ASSOC_KIND_END - 1, "Supposition.association");
	ret->count = m->count;
	ret->months = m->months;
	ret->has_amount = m->has_amount != 0;
	ret->amount_micro = m->amount_micro;
	ret->change = m->change;
	if (m->count > WIRE_SUPPOSED_COUNT_MAX)
		unpack_fail(u, ERR_RANGE, "Supposition.count", "more than 1000");
	if (m->months > WIRE_SUPPOSED_MONTHS_MAX)
		unpack_fail(u, ERR_RANGE, "Supposition.months", "more than 36");
	if (m->amount_micro > USAGE_AMOUNT_MAX || m->amount_micro < -USAGE_AMOUNT_MAX)
		unpack_fail(u, ERR_RANGE, "Supposition.amount_micro", "out of range");
	if (m->change < -10000 || m->change > 100000000)
		unpack_fail(u, ERR_RANGE, "Supposition.change", "out of range");
}

static void pack_simulate_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__SimulateQuery *m = to;

	m->request = f->u.simulate_query.request;
	m->partner = pack_text(p, f->u.simulate_query.partner);
	m->events = pack_spans(
		p, f->u.simulate_query.batches, f->u.simulate_query.n_batches, &m->n_events);
	m->suppositions = pack_messages(p, &capscore__v1__supposition__descriptor,
		f->u.simulate_query.n_suppositions, &m->n_suppositions);
	for (size_t i = 0; i < m->n_suppositions; i++)
		pack_supposition(p, &f->u.simulate_query.suppositions[i], m->suppositions[i]);
	m->day = pack_day(f->u.simulate_query.day);
	m->edition = pack_text(p, f->u.simulate_query.edition);
	m->track = pack_text(p, f->u.simulate_query.track);
	m->area = pack_text(p, f->u.simulate_query.area);
	m->explain = f->u.simulate_query.explain;
}

static void unpack_simulate_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__SimulateQuery *m = from;
	struct span *batches = unpack_list(u, m->n_events, WIRE_SIMULATE_BATCHES, sizeof *batches,
		"SimulateQuery.events", &f->u.simulate_query.n_batches);
	struct wire_supposition *list = unpack_list(u, m->n_suppositions, WIRE_SUPPOSITIONS_MAX,
		sizeof *list, "SimulateQuery.suppositions", &f->u.simulate_query.n_suppositions);

	f->u.simulate_query.request = m->request;
	f->u.simulate_query.partner =
		unpack_text(u, m->partner, FRAME_NAME_MAX, "SimulateQuery.partner");
	f->u.simulate_query.batches = batches;
	for (size_t i = 0; i < f->u.simulate_query.n_batches; i++)
		batches[i] = unpack_bytes(
			u, &m->events[i], WIRE_BATCH_BYTES_MAX, "SimulateQuery.events");
	f->u.simulate_query.suppositions = list;
	for (size_t i = 0; i < f->u.simulate_query.n_suppositions; i++)
		unpack_supposition(u, m->suppositions[i], &list[i]);
	f->u.simulate_query.day = unpack_day(u, m->day, "SimulateQuery.day");
	f->u.simulate_query.edition =
		unpack_text(u, m->edition, FRAME_NAME_MAX, "SimulateQuery.edition");
	f->u.simulate_query.track = unpack_text(u, m->track, FRAME_NAME_MAX, "SimulateQuery.track");
	f->u.simulate_query.area = unpack_text(u, m->area, FRAME_NAME_MAX, "SimulateQuery.area");
	f->u.simulate_query.explain = m->explain != 0;
}

FRAME_FORM(simulate_query, SIMULATE_QUERY);

/* ---- answers ---------------------------------------------------------------------------------------------- */

/* Absent for NULL. */
static Capscore__V1__ScoreAnswer *pack_score(struct packing *p, const struct frame *score)
{
	Capscore__V1__ScoreAnswer *m =
		score == NULL ? NULL : pack_message(p, &capscore__v1__score_answer__descriptor);

	if (m != NULL)
		frame_score_answer.pack(p, score, m);
	return m;
}

static const struct frame *unpack_score(struct unpacking *u, const Capscore__V1__ScoreAnswer *m)
{
	struct frame *score;
	size_t n;

	if (m == NULL)
		return NULL;
	score = unpack_list(u, 1, 1, sizeof *score, "SimulateAnswer", &n);
	if (n == 0)
		return NULL;
	score->kind = FRAME_SCORE_ANSWER;
	frame_score_answer.unpack(u, m, score);
	return score;
}

static void pack_simulated_alerts(
	struct packing *p, const struct frame *f, Capscore__V1__SimulateAnswer *m)
{
	m->alerts = pack_messages(p, &capscore__v1__simulated_alert__descriptor,
		f->u.simulate_answer.n_alerts, &m->n_alerts);
	for (size_t i = 0; i < m->n_alerts; i++) {
		const struct wire_simulated_alert *a = &f->u.simulate_answer.alerts[i];

		m->alerts[i]->kind = (Capscore__V1__AlertKind)a->kind;
		m->alerts[i]->reason = (Capscore__V1__AlertReason)a->reason;
		m->alerts[i]->severity = (Capscore__V1__Severity)a->severity;
		m->alerts[i]->area = pack_text(p, a->area);
		m->alerts[i]->text = pack_text(p, a->text);
	}
}

static void unpack_simulated_alerts(
	struct unpacking *u, const Capscore__V1__SimulateAnswer *m, struct frame *f)
{
	struct wire_simulated_alert *list = unpack_list(u, m->n_alerts, WIRE_SIMULATED_ALERTS,
		sizeof *list, "SimulateAnswer.alerts", &f->u.simulate_answer.n_alerts);

	f->u.simulate_answer.alerts = list;
	for (size_t i = 0; i < f->u.simulate_answer.n_alerts; i++) {
		const Capscore__V1__SimulatedAlert *x = m->alerts[i];

		list[i].kind = (enum alert_kind)unpack_enum(
			u, (int)x->kind, 1, ALERT_KIND_END - 1, "SimulatedAlert.kind");
		list[i].reason = (enum alert_reason)unpack_enum(
			u, (int)x->reason, 1, ALERT_REASON_END - 1, "SimulatedAlert.reason");
		list[i].severity = (enum alert_severity)unpack_enum(
			u, (int)x->severity, 1, ALERT_SEVERITY_END - 1, "SimulatedAlert.severity");
		list[i].area = unpack_text(u, x->area, FRAME_NAME_MAX, "SimulatedAlert.area");
		list[i].text = unpack_text(u, x->text, FRAME_TEXT_MAX, "SimulatedAlert.text");
	}
}

static void pack_simulate_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__SimulateAnswer *m = to;

	m->request = f->u.simulate_answer.request;
	m->freshness = pack_freshness(p, &f->u.simulate_answer.freshness);
	m->before = pack_score(p, f->u.simulate_answer.before);
	m->without = pack_score(p, f->u.simulate_answer.without);
	m->after = pack_score(p, f->u.simulate_answer.after);
	pack_simulated_alerts(p, f, m);
	m->notes = pack_texts(
		p, f->u.simulate_answer.notes, f->u.simulate_answer.n_notes, &m->n_notes);
	m->facts = f->u.simulate_answer.facts;
}

static void unpack_simulate_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__SimulateAnswer *m = from;

	f->u.simulate_answer.request = m->request;
	f->u.simulate_answer.freshness = unpack_freshness(u, m->freshness);
	f->u.simulate_answer.before = unpack_score(u, m->before);
	f->u.simulate_answer.without = unpack_score(u, m->without);
	f->u.simulate_answer.after = unpack_score(u, m->after);
	unpack_simulated_alerts(u, m, f);
	f->u.simulate_answer.notes = unpack_texts(u, m->notes, m->n_notes, WIRE_NOTES_MAX,
		FRAME_TEXT_MAX, "SimulateAnswer.notes", &f->u.simulate_answer.n_notes);
	f->u.simulate_answer.facts = m->facts;
}

FRAME_FORM(simulate_answer, SIMULATE_ANSWER);
