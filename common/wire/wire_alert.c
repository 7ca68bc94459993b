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

static void pack_falls(struct packing *p, const struct alert *a, Capscore__V1__Alert *m)
{
	m->falls = pack_messages(p, &capscore__v1__fall__descriptor, a->n_falls, &m->n_falls);
	for (size_t i = 0; i < m->n_falls; i++) {
		m->falls[i]->kind = (Capscore__V1__FallKind)a->falls[i].kind;
		m->falls[i]->day = pack_day(a->falls[i].on);
		m->falls[i]->who = pack_text(p, a->falls[i].who);
		m->falls[i]->what = pack_text(p, a->falls[i].what);
	}
	m->fall_count = a->fall_count;
}

static void pack_stands(struct packing *p, const struct alert *a, Capscore__V1__Alert *m)
{
	m->stands =
		pack_messages(p, &capscore__v1__alert_stand__descriptor, a->n_stands, &m->n_stands);
	for (size_t i = 0; i < m->n_stands; i++) {
		m->stands[i]->kind = (Capscore__V1__StandKind)a->stands[i].kind;
		m->stands[i]->id = pack_text(p, a->stands[i].id);
		m->stands[i]->total = pack_points(p, a->stands[i].total);
		m->stands[i]->metric = pack_text(p, a->stands[i].metric);
	}
	m->stand_count = a->stand_count;
}

static void pack_additions(struct packing *p, const struct alert *a, Capscore__V1__Alert *m)
{
	m->additions = pack_messages(
		p, &capscore__v1__alert_addition__descriptor, a->n_additions, &m->n_additions);
	for (size_t i = 0; i < m->n_additions; i++) {
		m->additions[i]->option = a->additions[i].option;
		m->additions[i]->metric = pack_text(p, a->additions[i].metric);
		m->additions[i]->kind = (Capscore__V1__AdditionKind)a->additions[i].kind;
		m->additions[i]->amount = (uint64_t)a->additions[i].amount;
		m->additions[i]->what = pack_text(p, a->additions[i].what);
	}
}

/* senses   room for all. */
static void pack_risk(struct packing *p, const struct alert *a, Capscore__V1__AlertSense *senses,
	Capscore__V1__Alert *m)
{
	m->sense = (Capscore__V1__AlertSense)a->sense;
	m->senses = senses;
	for (int s = 1; s < ALERT_SENSE_END; s++)
		if ((a->senses >> s & 1) != 0)
			senses[m->n_senses++] = (Capscore__V1__AlertSense)s;
	m->by_day = pack_day(a->by);
	m->border = a->border;
	if (!ratio_is_zero(a->total_then))
		m->total_then = pack_points(p, a->total_then);
	pack_falls(p, a, m);
	pack_stands(p, a, m);
	pack_additions(p, a, m);
}

static void pack_feed(const struct alert *a, Capscore__V1__Alert *m)
{
	m->feed = (Capscore__V1__FeedKind)a->feed;
	m->feed_since_day = a->feed == 0 ? 0 : pack_day(a->feed_since);
	m->feed_newest_day = a->feed == 0 ? 0 : pack_day(a->feed_newest_on);
	m->feed_newest_month =
		a->feed == 0 || a->feed_newest_month == MONTH_NONE ? 0 : a->feed_newest_month;
}

int wire_encode_alert(const struct alert *alert, struct buf *out)
{
	Capscore__V1__Alert m = CAPSCORE__V1__ALERT__INIT;
	Capscore__V1__AlertSense senses[ALERT_SENSE_END];
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
	pack_risk(&p, alert, senses, &m);
	m.withdraws = alert->withdraws;
	m.withdraws_kind = (Capscore__V1__AlertKind)alert->withdraws_kind;
	pack_feed(alert, &m);
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

static void unpack_falls(struct unpacking *u, const Capscore__V1__Alert *m, struct alert *a)
{
	struct fall *list = unpack_list(
		u, m->n_falls, OUTLOOK_FALLS_MAX, sizeof *list, "Alert.falls", &a->n_falls);

	for (size_t i = 0; i < a->n_falls; i++) {
		const Capscore__V1__Fall *f = m->falls[i];

		list[i].kind = (enum fall_kind)unpack_enum(
			u, (int)f->kind, FALL_CERTIFICATE, FALL_KIND_END - 1, "Fall.kind");
		list[i].on = unpack_day(u, f->day, "Fall.day");
		list[i].who = unpack_text(u, f->who, EVENT_NAME_MAX, "Fall.who");
		list[i].what = unpack_text(u, f->what, EVENT_NAME_MAX, "Fall.what");
	}
	a->falls = list;
	a->fall_count = m->fall_count;
}

static void unpack_stands(struct unpacking *u, const Capscore__V1__Alert *m, struct alert *a)
{
	struct alert_stand *list = unpack_list(
		u, m->n_stands, OUTLOOK_STANDS_MAX, sizeof *list, "Alert.stands", &a->n_stands);

	for (size_t i = 0; i < a->n_stands; i++) {
		const Capscore__V1__AlertStand *s = m->stands[i];

		list[i].kind = (enum stand_kind)unpack_enum(
			u, (int)s->kind, STAND_CUSTOMER, STAND_KIND_END - 1, "AlertStand.kind");
		list[i].id = unpack_text(u, s->id, EVENT_NAME_MAX, "AlertStand.id");
		list[i].total = unpack_points(u, s->total, "AlertStand.total");
		list[i].metric = unpack_text(u, s->metric, EVENT_NAME_MAX, "AlertStand.metric");
	}
	a->stands = list;
	a->stand_count = m->stand_count;
}

static void unpack_additions(struct unpacking *u, const Capscore__V1__Alert *m, struct alert *a)
{
	struct alert_addition *list = unpack_list(u, m->n_additions, OUTLOOK_ADDITIONS_MAX,
		sizeof *list, "Alert.additions", &a->n_additions);

	for (size_t i = 0; i < a->n_additions; i++) {
		const Capscore__V1__AlertAddition *x = m->additions[i];

		list[i].option = x->option;
		list[i].metric = unpack_text(u, x->metric, EVENT_NAME_MAX, "AlertAddition.metric");
		list[i].kind = (enum addition_kind)unpack_enum(u, (int)x->kind, ADDITION_PEOPLE,
			ADDITION_KIND_END - 1, "AlertAddition.kind");
		list[i].amount = (int64_t)x->amount;
		if (list[i].amount < 1)
			unpack_fail(u, ERR_RANGE, "AlertAddition.amount", "not 1 or more");
		list[i].what = unpack_text(u, x->what, EVENT_NAME_MAX, "AlertAddition.what");
	}
	a->additions = list;
}

static void unpack_risk(struct unpacking *u, const Capscore__V1__Alert *m, struct alert *a)
{
	a->sense = (enum alert_sense)unpack_enum(
		u, (int)m->sense, 0, ALERT_SENSE_END - 1, "Alert.sense");
	for (size_t i = 0; i < m->n_senses; i++)
		a->senses |= 1U << unpack_enum(
				     u, (int)m->senses[i], 1, ALERT_SENSE_END - 1, "Alert.senses");
	a->by = unpack_day(u, m->by_day, "Alert.by_day");
	a->border = m->border;
	a->total_then = unpack_points(u, m->total_then, "Alert.total_then");
	unpack_falls(u, m, a);
	unpack_stands(u, m, a);
	unpack_additions(u, m, a);
}

static void unpack_feed(struct unpacking *u, const Capscore__V1__Alert *m, struct alert *a)
{
	a->feed = (enum feed_kind)unpack_enum(u, (int)m->feed, 0, FEED_KIND_END - 1, "Alert.feed");
	a->feed_since = unpack_day(u, m->feed_since_day, "Alert.feed_since_day");
	a->feed_newest_on = unpack_day(u, m->feed_newest_day, "Alert.feed_newest_day");
	a->feed_newest_month = MONTH_NONE;
	if (m->feed_newest_month != 0) {
		a->feed_newest_month = m->feed_newest_month;
		if (!month_is_valid(m->feed_newest_month))
			unpack_fail(u, ERR_RANGE, "Alert.feed_newest_month", "no month");
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
	a->area = unpack_text(u, m->area, EVENT_NAME_MAX, "Alert.area");
	if (a->area.n == 0 && m->feed == 0)
		unpack_fail(u, ERR_SYNTAX, "Alert.area", "missing");
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
	unpack_risk(u, m, a);
	a->withdraws = m->withdraws;
	a->withdraws_kind = (enum alert_kind)unpack_enum(
		u, (int)m->withdraws_kind, 0, ALERT_KIND_END - 1, "Alert.withdraws_kind");
	unpack_feed(u, m, a);
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
