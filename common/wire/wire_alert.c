/* Alerts from and to their encoding. */
#include "common/wire/pb.h"
#include "common/wire/wire.h"

/* Field numbers of Alert (alert.proto). */
enum {
	ALERT_ID = 1,
	ALERT_POSITION,
	ALERT_SEQUENCE,
	ALERT_KIND,
	ALERT_REASON,
	ALERT_SEVERITY,
	ALERT_PARTNER,
	ALERT_AREA,
	ALERT_TRACK,
	ALERT_EDITION,
	ALERT_DAY,
	ALERT_TOTAL_BEFORE,
	ALERT_TOTAL_AFTER,
	ALERT_METRICS,
	ALERT_CAUSES,
	ALERT_CAUSE_COUNT,
	ALERT_SCORE_POSITION,
	ALERT_EVENT_POSITION,
	ALERT_TEXT
};
enum { METRIC_NAME = 1, METRIC_BEFORE, METRIC_AFTER, METRIC_MAXIMUM };
enum { CAUSE_POSITION = 1, CAUSE_ID, CAUSE_SOURCE };

#define ROOM_HEAD   (PB_TAG_MAX + PB_LENGTH_MAX)
#define ROOM_NUMBER (PB_TAG_MAX + PB_VARINT_MAX)

/* ---- encoding --------------------------------------------------------------------------------------------- */

static size_t room_for(const struct alert *a)
{
	size_t room = 20 * ROOM_NUMBER + ALERT_ID_TEXT + ALERT_TEXT_MAX + a->partner.n + a->area.n +
		      a->track.n + a->edition.n + (size_t)2 * PB_POINTS_ROOM;

	for (size_t i = 0; i < a->n_metrics; i++)
		room += 2 * ROOM_HEAD + ROOM_NUMBER + a->metrics[i].n + (size_t)2 * PB_POINTS_ROOM;
	for (size_t i = 0; i < a->n_causes; i++)
		room += 3 * ROOM_HEAD + ROOM_NUMBER + a->causes[i].id.n + a->causes[i].source.n;
	return room;
}

static uint8_t *put_metric(uint8_t *p, const struct alert *a, size_t i)
{
	uint8_t *metric = pb_open(p, ALERT_METRICS);

	p = pb_put_str(metric, METRIC_NAME, a->metrics[i]);
	p = pb_put_points(p, METRIC_BEFORE, a->before[i]);
	p = pb_put_points(p, METRIC_AFTER, a->after[i]);
	p = pb_put_number(p, METRIC_MAXIMUM, a->maximum[i]);
	return pb_close(metric, p);
}

static uint8_t *put_cause(uint8_t *p, const struct cause *c)
{
	uint8_t *cause = pb_open(p, ALERT_CAUSES);

	p = pb_put_number(cause, CAUSE_POSITION, c->position);
	p = pb_put_str(p, CAUSE_ID, c->id);
	p = pb_put_str(p, CAUSE_SOURCE, c->source);
	return pb_close(cause, p);
}

static uint8_t *put_alert(uint8_t *p, const struct alert *a)
{
	p = pb_put_str(p, ALERT_ID, str_from(a->id));
	p = pb_put_number(p, ALERT_POSITION, a->position);
	p = pb_put_number(p, ALERT_SEQUENCE, a->sequence);
	p = pb_put_number(p, ALERT_KIND, a->kind);
	p = pb_put_number(p, ALERT_REASON, a->reason);
	p = pb_put_number(p, ALERT_SEVERITY, a->severity);
	p = pb_put_str(p, ALERT_PARTNER, a->partner);
	p = pb_put_str(p, ALERT_AREA, a->area);
	p = pb_put_str(p, ALERT_TRACK, a->track);
	p = pb_put_str(p, ALERT_EDITION, a->edition);
	p = pb_put_number(p, ALERT_DAY, a->day == DAY_NONE ? 0 : (uint64_t)(int64_t)a->day);
	p = pb_put_points(p, ALERT_TOTAL_BEFORE, a->total_before);
	p = pb_put_points(p, ALERT_TOTAL_AFTER, a->total_after);
	for (size_t i = 0; i < a->n_metrics; i++)
		p = put_metric(p, a, i);
	for (size_t i = 0; i < a->n_causes; i++)
		p = put_cause(p, &a->causes[i]);
	p = pb_put_number(p, ALERT_CAUSE_COUNT, a->cause_count);
	p = pb_put_number(p, ALERT_SCORE_POSITION, a->score_position);
	p = pb_put_number(p, ALERT_EVENT_POSITION, a->event_position);
	return pb_put_str(p, ALERT_TEXT, str_from(a->text));
}

int wire_encode_alert(const struct alert *alert, struct buf *out)
{
	int rc = buf_reserve(out, room_for(alert));

	if (rc != 0)
		return rc;
	out->n = (size_t)(put_alert(out->p + out->n, alert) - out->p);
	return 0;
}

/* ---- decoding --------------------------------------------------------------------------------------------- */

static bool is_text(struct str s, size_t max)
{
	return s.n <= max && str_is_clean_utf8(s);
}

static bool copy_text(struct str s, char *to, size_t cap)
{
	if (!is_text(s, cap - 1))
		return false;
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	return true;
}

/* 32 lower-case hexadecimal digits. */
static bool copy_id(struct str s, char *to)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n == ALERT_ID_TEXT - 1 && copy_text(s, to, ALERT_ID_TEXT);
}

static bool read_metric(struct span bytes, struct alert *a)
{
	struct pb_in in = pb_in(bytes);
	size_t i = a->n_metrics;
	bool ok = true;

	if (i == AREA_METRICS_MAX)
		return false;
	a->n_metrics++;
	a->metrics[i] = (struct str){ NULL, 0 };
	a->before[i] = a->after[i] = RATIO_ZERO;
	a->maximum[i] = 0;
	while (ok && !pb_is_done(&in)) {
		uint64_t v = 0;
		uint32_t tag;

		if (!pb_read_tag(&in, &tag))
			return false;
		if (tag == PB_TAG(METRIC_NAME, PB_BYTES))
			ok = pb_read_str(&in, &a->metrics[i]);
		else if (tag >> 3 == METRIC_BEFORE || tag >> 3 == METRIC_AFTER)
			ok = pb_read_points(
				&in, tag, tag >> 3 == METRIC_BEFORE ? &a->before[i] : &a->after[i]);
		else if (tag == PB_TAG(METRIC_MAXIMUM, PB_VARINT))
			ok = pb_read_varint(&in, &v) && ((a->maximum[i] = (uint32_t)v), true);
		else
			ok = tag >> 3 > METRIC_MAXIMUM && pb_skip(&in, tag);
	}
	return ok && is_text(a->metrics[i], EVENT_NAME_MAX);
}

static bool read_cause(struct span bytes, struct alert *a)
{
	struct pb_in in = pb_in(bytes);
	struct cause *c = &a->causes[a->n_causes];
	bool ok = true;

	if (a->n_causes == CAUSES_MAX)
		return false;
	a->n_causes++;
	*c = (struct cause){ 0 };
	while (ok && !pb_is_done(&in)) {
		uint32_t tag;

		if (!pb_read_tag(&in, &tag))
			return false;
		if (tag == PB_TAG(CAUSE_POSITION, PB_VARINT))
			ok = pb_read_varint(&in, &c->position);
		else if (tag == PB_TAG(CAUSE_ID, PB_BYTES))
			ok = pb_read_str(&in, &c->id);
		else if (tag == PB_TAG(CAUSE_SOURCE, PB_BYTES))
			ok = pb_read_str(&in, &c->source);
		else
			ok = tag >> 3 > CAUSE_SOURCE && pb_skip(&in, tag);
	}
	return ok && is_text(c->id, EVENT_ID_MAX) && is_text(c->source, EVENT_SOURCE_MAX);
}

static bool store_number(struct alert *a, uint32_t number, uint64_t v)
{
	switch (number) {
	case ALERT_POSITION:
		a->position = v;
		break;
	case ALERT_SEQUENCE:
		a->sequence = v;
		break;
	case ALERT_KIND:
		a->kind = (enum alert_kind)v;
		return v > 0 && v < ALERT_KIND_END;
	case ALERT_REASON:
		a->reason = (enum alert_reason)v;
		return v > 0 && v < ALERT_REASON_END;
	case ALERT_SEVERITY:
		a->severity = (enum alert_severity)v;
		return v > 0 && v < ALERT_SEVERITY_END;
	case ALERT_DAY:
		a->day = v == 0 ? DAY_NONE : (day_no)v;
		return v == 0 || (v <= DAY_MAX && day_is_valid((day_no)v));
	case ALERT_CAUSE_COUNT:
		a->cause_count = (uint32_t)v;
		break;
	case ALERT_SCORE_POSITION:
		a->score_position = v;
		break;
	case ALERT_EVENT_POSITION:
		a->event_position = v;
		break;
	default:
		return false; /* known, with another wire type */
	}
	return true;
}

static bool store_bytes(struct alert *a, uint32_t number, struct span s)
{
	struct str text = { s.p, s.n };

	switch (number) {
	case ALERT_ID:
		return copy_id(text, a->id);
	case ALERT_PARTNER:
		a->partner = text;
		return is_text(text, EVENT_PARTNER_MAX);
	case ALERT_AREA:
		a->area = text;
		return is_text(text, EVENT_NAME_MAX);
	case ALERT_TRACK:
		a->track = text;
		return is_text(text, EVENT_NAME_MAX);
	case ALERT_EDITION:
		a->edition = text;
		return is_text(text, EVENT_NAME_MAX);
	case ALERT_METRICS:
		return read_metric(s, a);
	case ALERT_CAUSES:
		return read_cause(s, a);
	case ALERT_TEXT:
		return copy_text(text, a->text, ALERT_TEXT_MAX);
	default:
		return false;
	}
}

/* Reads one field; what is not known is passed over. */
static bool read_field(struct pb_in *in, uint32_t tag, struct alert *a)
{
	uint32_t number = tag >> 3;
	struct span s;
	uint64_t v;

	if (number > ALERT_TEXT)
		return pb_skip(in, tag);
	if (number == ALERT_TOTAL_BEFORE || number == ALERT_TOTAL_AFTER)
		return pb_read_points(
			in, tag, number == ALERT_TOTAL_BEFORE ? &a->total_before : &a->total_after);
	if ((tag & 7) == PB_VARINT)
		return pb_read_varint(in, &v) && store_number(a, number, v);
	return (tag & 7) == PB_BYTES && pb_read_bytes(in, &s) && store_bytes(a, number, s);
}

static bool is_whole(const struct alert *a)
{
	return a->id[0] != '\0' && a->kind != 0 && a->reason != 0 && a->severity != 0 &&
	       a->partner.n > 0 && a->area.n > 0;
}

int wire_decode_alert(struct span unit, struct arena *ar, struct alert *ret_alert, struct err *e)
{
	struct pb_in in = pb_in(unit);
	struct alert *a = arena_alloc(ar, sizeof *a);
	uint32_t tag;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "an alert");
	memset(a, 0, sizeof *a);
	a->day = DAY_NONE;
	a->total_before = a->total_after = RATIO_ZERO;
	while (!pb_is_done(&in)) {
		size_t left = (size_t)(in.end - in.p);

		if (!pb_read_tag(&in, &tag) || !read_field(&in, tag, a))
			return err_set(e, ERR_SYNTAX,
				"not an Alert: broken or out of range at byte %zu of %zu",
				unit.n - left, unit.n);
	}
	if (!is_whole(a))
		return err_set(e, ERR_SYNTAX,
			"an Alert without id, kind, reason, severity, partner or area");
	*ret_alert = *a;
	return 0;
}
