/* Alerts from and to their encoding. */
#include "capscore/v1/alert.pb-c.h"
#include "common/wire/pack.h"
#include "common/wire/pb.h"
#include "common/wire/unpack.h"
#include "common/wire/wire.h"

/* ---- encoding --------------------------------------------------------------------------------------------- */

static Capscore__V1__AlertPoints *pack_points(struct packing *p, struct ratio r)
{
	Capscore__V1__AlertPoints *m = pack_message(p, &capscore__v1__alert_points__descriptor);
	struct pb_points words = pb_points(r);

	if (m == NULL)
		return NULL;
	m->num = words.num;
	m->den = words.den;
	m->num_high = words.num_high;
	m->den_high = words.den_high;
	return m;
}

static void pack_metrics(struct packing *p, const struct alert *a, Capscore__V1__Alert *m)
{
	m->metrics = pack_messages(
		p, &capscore__v1__alert_metric__descriptor, a->n_metrics, &m->n_metrics);
	for (size_t i = 0; i < m->n_metrics; i++) {
		m->metrics[i]->metric = pack_text(p, a->metrics[i]);
		m->metrics[i]->before = pack_points(p, a->before[i]);
		m->metrics[i]->after = pack_points(p, a->after[i]);
		m->metrics[i]->maximum = a->maximum[i];
	}
}

static void pack_causes(struct packing *p, const struct alert *a, Capscore__V1__Alert *m)
{
	m->causes = pack_messages(p, &capscore__v1__cause__descriptor, a->n_causes, &m->n_causes);
	for (size_t i = 0; i < m->n_causes; i++) {
		m->causes[i]->position = a->causes[i].position;
		m->causes[i]->id = pack_text(p, a->causes[i].id);
		m->causes[i]->source = pack_text(p, a->causes[i].source);
	}
}

int wire_encode_alert(const struct alert *alert, struct buf *out)
{
	Capscore__V1__Alert m = CAPSCORE__V1__ALERT__INIT;
	struct packing p;

	packing_init(&p, out->a);
	m.id = pack_text(&p, str_from(alert->id));
	m.position = alert->position;
	m.sequence = alert->sequence;
	m.kind = (Capscore__V1__AlertKind)alert->kind;
	m.reason = (Capscore__V1__AlertReason)alert->reason;
	m.severity = (Capscore__V1__Severity)alert->severity;
	m.partner = pack_text(&p, alert->partner);
	m.area = pack_text(&p, alert->area);
	m.track = pack_text(&p, alert->track);
	m.edition = pack_text(&p, alert->edition);
	m.day = pack_day(alert->day);
	m.total_before = pack_points(&p, alert->total_before);
	m.total_after = pack_points(&p, alert->total_after);
	pack_metrics(&p, alert, &m);
	pack_causes(&p, alert, &m);
	m.cause_count = alert->cause_count;
	m.score_position = alert->score_position;
	m.event_position = alert->event_position;
	m.text = pack_text(&p, str_from(alert->text));
	m.track_before = pack_text(&p, alert->track_before);
	m.conditions = alert->conditions;
	return packing_finish(&p, &m.base, out);
}

/* ---- decoding --------------------------------------------------------------------------------------------- */

/* 0 when absent. */
static struct ratio unpack_points(
	struct unpacking *u, const Capscore__V1__AlertPoints *m, const char *field)
{
	struct ratio r = RATIO_ZERO;

	if (m != NULL &&
		!pb_ratio(&(struct pb_points){ m->num, m->den, m->num_high, m->den_high }, &r))
		unpack_fail(u, ERR_RANGE, field, "not a fraction of points");
	return r;
}

static struct str unpack_required(
	struct unpacking *u, const char *text, size_t max, const char *field)
{
	struct str s = unpack_text(u, text, max, field);

	if (s.n == 0)
		unpack_fail(u, ERR_SYNTAX, field, "missing");
	return s;
}

/* 32 lower-case hexadecimal digits. */
static void unpack_id(struct unpacking *u, const char *text, char *to)
{
	struct str s = unpack_text(u, text, ALERT_ID_TEXT - 1, "Alert.id");
	bool ok = s.n == ALERT_ID_TEXT - 1;

	for (size_t i = 0; ok && i < s.n; i++)
		ok = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f');
	if (ok)
		memcpy(to, s.p, s.n);
	else
		unpack_fail(u, ERR_SYNTAX, "Alert.id", "not 32 hexadecimal digits");
}

static void unpack_sentence(struct unpacking *u, const char *text, char *to)
{
	struct str s = unpack_text(u, text, ALERT_TEXT_MAX - 1, "Alert.text");

	if (u->rc == 0 && s.n > 0)
		memcpy(to, s.p, s.n);
}

static void unpack_metrics(struct unpacking *u, const Capscore__V1__Alert *m, struct alert *a)
{
	if (m->n_metrics > AREA_METRICS_MAX) {
		unpack_fail(u, ERR_RANGE, "Alert.metrics", "too many");
		return;
	}
	a->n_metrics = m->n_metrics;
	for (size_t i = 0; i < a->n_metrics; i++) {
		const Capscore__V1__AlertMetric *metric = m->metrics[i];

		a->metrics[i] =
			unpack_text(u, metric->metric, EVENT_NAME_MAX, "AlertMetric.metric");
		a->before[i] = unpack_points(u, metric->before, "AlertMetric.before");
		a->after[i] = unpack_points(u, metric->after, "AlertMetric.after");
		a->maximum[i] = metric->maximum;
	}
}

static void unpack_causes(struct unpacking *u, const Capscore__V1__Alert *m, struct alert *a)
{
	if (m->n_causes > CAUSES_MAX) {
		unpack_fail(u, ERR_RANGE, "Alert.causes", "too many");
		return;
	}
	a->n_causes = m->n_causes;
	for (size_t i = 0; i < a->n_causes; i++) {
		const Capscore__V1__Cause *cause = m->causes[i];

		a->causes[i].position = cause->position;
		a->causes[i].id = unpack_text(u, cause->id, EVENT_ID_MAX, "Cause.id");
		a->causes[i].source =
			unpack_text(u, cause->source, EVENT_SOURCE_MAX, "Cause.source");
	}
}

/* a   zeroed. */
static void unpack_alert(struct unpacking *u, const Capscore__V1__Alert *m, struct alert *a)
{
	unpack_id(u, m->id, a->id);
	a->position = m->position;
	a->sequence = m->sequence;
	a->kind = (enum alert_kind)unpack_enum(
		u, (int)m->kind, ALERT_GAINED, ALERT_KIND_END - 1, "Alert.kind");
	a->reason = (enum alert_reason)unpack_enum(
		u, (int)m->reason, ALERT_BECAUSE_QUALIFIES, ALERT_REASON_END - 1, "Alert.reason");
	a->severity = (enum alert_severity)unpack_enum(
		u, (int)m->severity, ALERT_INFO, ALERT_SEVERITY_END - 1, "Alert.severity");
	a->partner = unpack_required(u, m->partner, EVENT_PARTNER_MAX, "Alert.partner");
	a->area = unpack_required(u, m->area, EVENT_NAME_MAX, "Alert.area");
	a->track = unpack_text(u, m->track, EVENT_NAME_MAX, "Alert.track");
	a->edition = unpack_text(u, m->edition, EVENT_NAME_MAX, "Alert.edition");
	a->day = unpack_day(u, m->day, "Alert.day");
	a->total_before = unpack_points(u, m->total_before, "Alert.total_before");
	a->total_after = unpack_points(u, m->total_after, "Alert.total_after");
	unpack_metrics(u, m, a);
	unpack_causes(u, m, a);
	a->cause_count = m->cause_count;
	a->score_position = m->score_position;
	a->event_position = m->event_position;
	unpack_sentence(u, m->text, a->text);
	a->track_before = unpack_text(u, m->track_before, EVENT_NAME_MAX, "Alert.track_before");
	a->conditions = m->conditions != 0;
}

int wire_decode_alert(struct span unit, struct arena *ar, struct alert *ret_alert, struct err *e)
{
	struct unpacking u = { .ar = ar, .e = e };
	const Capscore__V1__Alert *m = unpack_message(&u, &capscore__v1__alert__descriptor, unit);
	struct alert *a = m == NULL ? NULL : arena_alloc(ar, sizeof *a);

	if (m != NULL && a == NULL)
		unpack_fail(&u, ERR_NOMEM, "Alert", "out of memory");
	if (a != NULL) {
		memset(a, 0, sizeof *a);
		unpack_alert(&u, m, a);
	}
	if (u.rc == ERR_RANGE) { /* one code for what is no alert */
		u.rc = ERR_SYNTAX;
		if (e != NULL)
			e->code = ERR_SYNTAX;
	}
	if (u.rc == 0)
		*ret_alert = *a;
	return u.rc;
}
