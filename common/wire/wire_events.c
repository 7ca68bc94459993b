/* Events from and to their encoding, by hand: the hot path of ingestion and scoring.
 *
 * A batch is walked twice: first to check its framing and to count, then event by event. Nothing is copied:
 * texts are slices of the batch. Why not the generated code: docs/adr/0004. */
#include "common/wire/event_type.h"
#include "common/wire/pb.h"
#include "common/wire/wire.h"

#include <assert.h>
#include <stdio.h>

#include "common/base/event_fields.h"

/* Field numbers of Event (event.proto). Facts run without gaps from EVENT_FACT + 1, in the order of fact_kind. */
enum {
	EVENT_ID = 1,
	EVENT_SOURCE = 2,
	EVENT_TYPE = 3,
	EVENT_SUBJECT = 4,
	EVENT_TIME = 5,
	EVENT_RECORDED = 6,
	EVENT_RETRACTED = 7,
	EVENT_FACT = 9,
};
#define BATCH_EVENT PB_TAG(1, PB_BYTES)

/* What decoding learns of an event besides its values. */
struct draft {
	struct str type;
	int32_t change; /* PersonLink.change as it stands */
};

/* ---- one event -------------------------------------------------------------------------------------------- */

static void clear_fact(struct event *ev, const struct fact_fields *fact)
{
	memset(&ev->u, 0, fact->size);
	for (unsigned left = fact->days; left != 0; left &= left - 1) {
		const struct event_field *f = &fact->fields[__builtin_ctz(left)];

		*(day_no *)((char *)ev + f->offset) = DAY_NONE;
	}
}

/* 0 means "not given" where a day is optional. The number that stands for DAY_NONE here is no day on the wire. */
static day_no day_of_wire(int32_t v, bool required)
{
	if (v == 0 && !required)
		return DAY_NONE;
	return v == DAY_NONE ? DAY_NONE + 1 : v;
}

static void store_number(uint64_t v, const struct event_field *f, void *to, struct draft *d)
{
	int32_t v32 = (int32_t)(uint32_t)v;

	switch ((enum field_form)f->form) {
	case FIELD_DAY:
		*(day_no *)to = day_of_wire(v32, f->required);
		break;
	case FIELD_MONTH:
	case FIELD_ENUM:
		*(int32_t *)to = v32;
		break;
	case FIELD_BOOL:
		*(bool *)to = v != 0;
		break;
	case FIELD_CHANGE:
		d->change = v32;
		*(bool *)to = v32 == CHANGE_LINKED;
		break;
	case FIELD_AMOUNT:
		*(int64_t *)to = pb_unzigzag(v);
		break;
	case FIELD_TEXT:
	case FIELD_LINES:
		break;
	}
}

static bool decode_fact(struct span bytes, struct event *ev, struct draft *d)
{
	const struct fact_fields *fact = &fact_fields[ev->kind];
	struct pb_in in = pb_in(bytes);

	clear_fact(ev, fact);
	d->change = 0;
	while (!pb_is_done(&in)) {
		const struct event_field *f;
		uint32_t tag;
		uint64_t v;

		if (!pb_read_tag(&in, &tag))
			return false;
		if ((tag >> 3) > fact->n) {
			if (!pb_skip(&in, tag))
				return false;
			continue;
		}
		f = &fact->fields[(tag >> 3) - 1];
		if (f->form == FIELD_TEXT || f->form == FIELD_LINES) {
			if ((tag & 7) != PB_BYTES ||
				!pb_read_str(&in, (struct str *)((char *)ev + f->offset)))
				return false;
			continue;
		}
		if ((tag & 7) != PB_VARINT || !pb_read_varint(&in, &v))
			return false;
		store_number(v, f, (char *)ev + f->offset, d);
	}
	return true;
}

/* A field of Event that is neither text nor number of the envelope: a fact, or one not known. */
static bool decode_other(struct pb_in *in, uint32_t tag, struct event *ev, struct draft *d)
{
	uint32_t number = tag >> 3;
	struct span fact;

	if (number <= EVENT_RETRACTED)
		return false; /* known, with another wire type */
	if (number <= EVENT_FACT || number >= EVENT_FACT + FACT_KIND_END)
		return pb_skip(in, tag);
	ev->kind = (enum fact_kind)(number - EVENT_FACT); /* of several facts the last stands */
	return (tag & 7) == PB_BYTES && pb_read_bytes(in, &fact) && decode_fact(fact, ev, d);
}

static bool decode_envelope(struct span bytes, struct event *ev, struct draft *d)
{
	struct pb_in in = pb_in(bytes);
	uint32_t tag;
	uint64_t v = 0;
	bool ok = true;

	while (ok && !pb_is_done(&in)) {
		if (!pb_read_tag(&in, &tag))
			return false;
		switch (tag) {
		case PB_TAG(EVENT_ID, PB_BYTES):
			ok = pb_read_str(&in, &ev->id);
			break;
		case PB_TAG(EVENT_SOURCE, PB_BYTES):
			ok = pb_read_str(&in, &ev->source);
			break;
		case PB_TAG(EVENT_TYPE, PB_BYTES):
			ok = pb_read_str(&in, &d->type);
			break;
		case PB_TAG(EVENT_SUBJECT, PB_BYTES):
			ok = pb_read_str(&in, &ev->subject);
			break;
		case PB_TAG(EVENT_TIME, PB_VARINT):
			ok = pb_read_varint(&in, &v);
			ev->time = pb_unzigzag(v);
			break;
		case PB_TAG(EVENT_RECORDED, PB_VARINT):
			ok = pb_read_varint(&in, &v);
			ev->recorded = pb_unzigzag(v);
			break;
		case PB_TAG(EVENT_RETRACTED, PB_VARINT):
			ok = pb_read_varint(&in, &v);
			ev->retracted = v != 0;
			break;
		default:
			ok = decode_other(&in, tag, ev, d);
		}
	}
	return ok;
}

/* False when the bytes are not an Event. ev->kind is 0 when it carries no fact of this version. */
static bool decode_event(struct span bytes, struct event *ev, struct draft *d)
{
	/* The fact is cleared by decode_fact(): it is the greater part of the struct. */
	ev->id = ev->source = ev->subject = (struct str){ NULL, 0 };
	ev->time = ev->recorded = 0;
	ev->retracted = false;
	ev->kind = (enum fact_kind)0;
	*d = (struct draft){ 0 };
	if (!decode_envelope(bytes, ev, d))
		return false;
	if (ev->recorded == 0)
		ev->recorded = ev->time;
	return true;
}

/* ---- refusals --------------------------------------------------------------------------------------------- */

static enum refusal check_type(
	const struct event *ev, const struct draft *d, struct refusal_detail *detail)
{
	struct str want = event_type_name(ev->kind);

	if (str_eq(d->type, want))
		return REFUSED_NOT;
	(void)snprintf(detail->text, sizeof detail->text,
		"type: expected \"%s\" for the fact it carries", want.p);
	return REFUSED_TYPE;
}

static enum refusal check_change(
	const struct event *ev, const struct draft *d, struct refusal_detail *detail)
{
	if (ev->kind != FACT_PERSON_LINK || ev->retracted ||
		enum_name(&change_names, d->change) != NULL)
		return REFUSED_NOT;
	(void)snprintf(detail->text, sizeof detail->text, "person-link.change %d: expected %d..%d",
		d->change, CHANGE_LINKED, CHANGE_UNLINKED);
	return REFUSED_FIELD;
}

static enum refusal judge(struct span bytes, struct event *ev, struct refusal_detail *detail)
{
	struct draft d;
	enum refusal r;

	if (!decode_event(bytes, ev, &d)) {
		(void)snprintf(detail->text, sizeof detail->text,
			"not an Event: cut short, or a field of a wrong type");
		return REFUSED_MALFORMED;
	}
	if (ev->kind != 0) {
		r = check_type(ev, &d, detail);
		if (r != REFUSED_NOT)
			return r;
	}
	r = event_validate(ev, detail);
	return r != REFUSED_NOT ? r : check_change(ev, &d, detail);
}

static int judge_entry(struct span content, struct arena *ar, struct decoded_event *ret)
{
	struct refusal_detail detail;

	ret->detail = NULL;
	ret->refusal = judge(content, &ret->event, &detail);
	if (ret->refusal == REFUSED_NOT)
		return 0;
	ret->detail = arena_alloc(ar, sizeof *ret->detail);
	if (ret->detail == NULL)
		return ERR_NOMEM;
	*ret->detail = detail;
	return 0;
}

/* ---- batches ---------------------------------------------------------------------------------------------- */

/* The next event of a batch. ret_whole takes in tag and length. Returns 1, 0 at the end, ERR_SYNTAX. */
static int next_entry(struct pb_in *in, struct span *ret_content, struct span *ret_whole)
{
	while (!pb_is_done(in)) {
		const uint8_t *start = in->p;
		uint32_t tag;

		if (!pb_read_tag(in, &tag))
			return ERR_SYNTAX;
		if (tag == BATCH_EVENT) {
			if (!pb_read_bytes(in, ret_content))
				return ERR_SYNTAX;
			*ret_whole = (struct span){ start, (size_t)(in->p - start) };
			return 1;
		}
		if (tag >> 3 == BATCH_EVENT >> 3 || !pb_skip(in, tag))
			return ERR_SYNTAX;
	}
	return 0;
}

static int count_entries(struct span batch, size_t *ret_n, struct err *e)
{
	struct pb_in in = pb_in(batch);
	struct span content, whole;
	size_t n = 0;
	int rc;

	while ((rc = next_entry(&in, &content, &whole)) > 0)
		n++;
	if (rc < 0)
		return err_set(e, rc,
			"not an EventBatch: broken at byte %zu of %zu, after %zu events",
			(size_t)(in.p - (const uint8_t *)batch.p), batch.n, n);
	*ret_n = n;
	return 0;
}

int wire_decode_events(struct span batch, struct arena *ar, struct decoded_event **ret_events,
	size_t *ret_n, struct err *e)
{
	struct decoded_event *events;
	struct pb_in in = pb_in(batch);
	struct span content;
	size_t n;
	int rc;

	if (batch.n > WIRE_BATCH_BYTES_MAX)
		return err_set(e, ERR_FULL, "a batch of %zu bytes, at most %zu", batch.n,
			WIRE_BATCH_BYTES_MAX);
	rc = count_entries(batch, &n, e);
	if (rc != 0)
		return rc;
	if (n > WIRE_BATCH_EVENTS_MAX)
		return err_set(
			e, ERR_FULL, "a batch of %zu events, at most %u", n, WIRE_BATCH_EVENTS_MAX);
	events = arena_alloc(ar, n * sizeof *events);
	if (events == NULL)
		return err_set(e, ERR_NOMEM, "%zu events", n);
	for (size_t i = 0; i < n; i++) {
		(void)next_entry(&in, &content, &events[i].bytes);
		events[i].original = events[i].bytes;
		if (judge_entry(content, ar, &events[i]) != 0)
			return err_set(e, ERR_NOMEM, "event %zu of %zu", i, n);
	}
	*ret_events = events;
	*ret_n = n;
	return 0;
}

int wire_decode_logged_events(
	struct span unit, struct arena *ar, struct event **ret_events, size_t *ret_n, struct err *e)
{
	struct pb_in in = pb_in(unit);
	struct event *events;
	struct span content, whole;
	struct draft d;
	size_t n;

	if (count_entries(unit, &n, e) != 0)
		return err_set(e, ERR_CORRUPT, "a unit of %zu bytes is not an EventBatch", unit.n);
	events = arena_alloc(ar, n * sizeof *events);
	if (events == NULL)
		return err_set(e, ERR_NOMEM, "%zu events", n);
	for (size_t i = 0; i < n; i++) {
		(void)next_entry(&in, &content, &whole);
		if (!decode_event(content, &events[i], &d) || events[i].kind == 0)
			return err_set(e, ERR_CORRUPT, "event %zu of %zu does not decode", i, n);
	}
	*ret_events = events;
	*ret_n = n;
	return 0;
}

/* ---- encoding --------------------------------------------------------------------------------------------- */

static uint64_t number_of_field(const struct event_field *f, const void *at)
{
	switch ((enum field_form)f->form) {
	case FIELD_DAY:
		return *(const day_no *)at == DAY_NONE ? 0
						       : (uint64_t)(int64_t) * (const day_no *)at;
	case FIELD_MONTH:
	case FIELD_ENUM:
		return (uint64_t)(int64_t) * (const int32_t *)at;
	case FIELD_CHANGE:
		return *(const bool *)at ? CHANGE_LINKED : CHANGE_UNLINKED;
	case FIELD_BOOL:
		return *(const bool *)at;
	case FIELD_AMOUNT:
		return (uint64_t) * (const int64_t *)at << 1 ^
		       (uint64_t)(*(const int64_t *)at >> 63);
	case FIELD_TEXT:
	case FIELD_LINES:
		break;
	}
	return 0;
}

/* n   event_fields_given() of the event, here and below. */
static uint8_t *put_fact(uint8_t *p, const struct event *ev, size_t n)
{
	const struct event_field *fields = fact_fields[ev->kind].fields;

	for (size_t i = 0; i < n; i++) {
		const struct event_field *f = &fields[i];
		const void *at = (const char *)ev + f->offset;

		if (f->form == FIELD_TEXT || f->form == FIELD_LINES)
			p = pb_put_str(p, f->number, *(const struct str *)at);
		else
			p = pb_put_number(p, f->number, number_of_field(f, at));
	}
	return p;
}

/* Bytes that the event takes at most. */
static size_t room_for(const struct event *ev, size_t n)
{
	const struct event_field *fields = fact_fields[ev->kind].fields;
	size_t room = 128 + event_type_name(ev->kind).n + ev->id.n + ev->source.n + ev->subject.n;

	for (size_t i = 0; i < n; i++) {
		const struct event_field *f = &fields[i];

		room += PB_TAG_MAX + PB_VARINT_MAX;
		if (f->form == FIELD_TEXT || f->form == FIELD_LINES)
			room += ((const struct str *)((const char *)ev + f->offset))->n;
	}
	return room;
}

static uint8_t *put_event(uint8_t *p, const struct event *ev, size_t n)
{
	uint8_t *event = pb_open(p, BATCH_EVENT >> 3), *fact;

	p = pb_put_str(event, EVENT_ID, ev->id);
	p = pb_put_str(p, EVENT_SOURCE, ev->source);
	p = pb_put_str(p, EVENT_TYPE, event_type_name(ev->kind));
	p = pb_put_str(p, EVENT_SUBJECT, ev->subject);
	p = pb_put_zigzag(p, EVENT_TIME, ev->time);
	p = pb_put_zigzag(p, EVENT_RECORDED, ev->recorded);
	p = pb_put_number(p, EVENT_RETRACTED, ev->retracted);
	fact = pb_open(p, EVENT_FACT + ev->kind);
	p = pb_close(fact, put_fact(fact, ev, n));
	return pb_close(event, p);
}

int wire_encode_event(const struct event *ev, struct buf *out)
{
	uint8_t *start, *end;
	size_t n;
	int rc;

	assert(ev->kind > 0 && ev->kind < FACT_KIND_END);
	n = event_fields_given(ev);
	rc = buf_reserve(out, room_for(ev, n));
	if (rc != 0)
		return rc;
	start = out->p + out->n;
	end = put_event(start, ev, n);
	out->n += (size_t)(end - start);
	return 0;
}
