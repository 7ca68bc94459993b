/* Events in protobuf from files: single ones, batches and streams of any length. A batch is a message whose only field
 * is repeated, so it can be read event by event, as a stream is; the frames are
 *
 *   CloudEventBatch, EventBatch   tag of field 1, length, event
 *   a stream                      length, event
 */
#include <inttypes.h>

#include "common/wire/cloud_event.h"
#include "common/wire/pb.h"
#include "services/imports/facts_reader.h"

#define ARENA_MAX     ((size_t)32 * 1024 * 1024) /* for one event */
#define RECOGNISE_MAX ((size_t)64 * 1024) /* bytes within which an event must tell what it is */
#define HEAD_MAX      (PB_TAG_MAX + PB_LENGTH_MAX)
#define ENTRY_TAG     PB_TAG(1, PB_BYTES)

struct source {
	struct reading *r;
	struct input *in;
	enum events_format format;
	struct arena ar;
	uint64_t byte; /* of the front of the window */
};

static void skip(struct source *s, size_t n)
{
	s->byte += n;
	input_skip(s->in, n);
}

static struct place here(const struct source *s)
{
	return (struct place){ (unsigned)s->r->records, PLACE_EVENT };
}

/* ---- one event -------------------------------------------------------------------------------------------- */

static int refuse_event(struct source *s, struct span bytes, const char *reason, const char *text)
{
	s->r->record = (struct str){ bytes.p, bytes.n };
	reading_refuse(
		s->r, here(s), reason, "%s (the event begins at byte %" PRIu64 ")", text, s->byte);
	s->r->record = (struct str){ NULL, 0 };
	return 0;
}

static int take_cloud(struct source *s, struct span bytes)
{
	struct json_fault fault = { 0 };
	struct event ev;
	int rc = event_from_cloud(bytes, &s->ar, &ev, &fault);

	if (rc == ERR_NOMEM)
		return rc;
	return rc == 0 ? reading_emit(s->r, &ev, here(s))
		       : refuse_event(s, bytes, refusal_name(fault.refusal), fault.text);
}

/* whole: with tag and length. */
static int take_event(struct source *s, struct span whole, struct span bytes)
{
	struct decoded_event *d;
	size_t n;
	int rc = wire_decode_events(whole, &s->ar, &d, &n, NULL);

	if (rc == ERR_NOMEM)
		return rc;
	if (rc != 0 || n != 1)
		return refuse_event(s, bytes, refusal_name(REFUSED_MALFORMED), "not an Event");
	return d->refusal == REFUSED_NOT
		       ? reading_emit(s->r, &d->event, here(s))
		       : refuse_event(s, bytes, refusal_name(d->refusal), d->detail->text);
}

/* The event that stands behind `head` bytes at the front of the window. */
static int take(struct source *s, size_t head, size_t n)
{
	struct span bytes = { s->in->p + head, n };

	arena_reset(&s->ar);
	if (s->format == EVENTS_EVENT_BATCH)
		return take_event(s, (struct span){ s->in->p, head + n }, bytes);
	return take_cloud(s, bytes);
}

/* ---- frames ----------------------------------------------------------------------------------------------- */

/* So many bytes in the window, or as many as there are. Returns 0, ERR_IO. */
static int want(struct source *s, size_t n, struct err *e)
{
	while (s->in->n < n) {
		int rc = input_more(s->in, e);

		if (rc != 0)
			return rc == ERR_NOTFOUND ? 0 : rc;
	}
	return 0;
}

/* Drops more than the window may hold. */
static int skip_far(struct source *s, uint64_t n, struct err *e)
{
	while (n > 0) {
		size_t now = s->in->n < n ? s->in->n : (size_t)n;
		int rc;

		skip(s, now);
		n -= now;
		rc = n == 0 ? 0 : input_more(s->in, e);
		if (rc != 0)
			return rc == ERR_NOTFOUND ? 0 : rc;
	}
	return 0;
}

/* What stands before an event. False: no frame. */
static bool read_head(const struct source *s, uint32_t *ret_tag, size_t *ret_head, uint64_t *ret_n)
{
	size_t n = s->in->n < HEAD_MAX ? s->in->n : HEAD_MAX;
	struct pb_in in = pb_in((struct span){ s->in->p, n });
	bool ok = true;

	*ret_tag = ENTRY_TAG;
	if (s->format != EVENTS_CLOUDEVENT_STREAM)
		ok = pb_read_tag(&in, ret_tag) && (*ret_tag & 7) == PB_BYTES;
	ok = ok && pb_read_long_varint(&in, PB_LENGTH_MAX, ret_n);
	*ret_head = (size_t)(in.p - (const uint8_t *)s->in->p);
	return ok;
}

/* What cannot be found is not read; how much that is nobody knows. */
static int refuse_rest(struct source *s, const char *what)
{
	s->r->records++;
	reading_refuse(s->r, here(s), refusal_name(REFUSED_MALFORMED),
		"%s at byte %" PRIu64 "; what stands from there on is not read", what, s->byte);
	return ERR_NOTFOUND;
}

/* Returns 0, ERR_NOTFOUND at the end, or why the reading ends. */
static int read_frame(struct source *s, struct err *e)
{
	uint32_t tag;
	uint64_t n;
	size_t head;
	int rc = want(s, HEAD_MAX, e);

	if (rc != 0)
		return rc;
	if (s->in->n == 0)
		return ERR_NOTFOUND;
	if (!read_head(s, &tag, &head, &n))
		return refuse_rest(s, s->format == EVENTS_CLOUDEVENT_STREAM
					      ? "not the length of an event"
					      : "not an entry of a batch");
	if (tag != ENTRY_TAG) { /* a field that a later version added */
		skip(s, head);
		return skip_far(s, n, e);
	}
	if (n > WIRE_BATCH_BYTES_MAX) {
		s->r->records++;
		reading_refuse(s->r, here(s), refusal_name(REFUSED_TOO_LARGE),
			"an event of %" PRIu64 " bytes at byte %" PRIu64 ", at most %zu", n,
			s->byte, WIRE_BATCH_BYTES_MAX);
		skip(s, head);
		return skip_far(s, n, e);
	}
	rc = want(s, head + (size_t)n, e);
	if (rc != 0)
		return rc;
	if (s->in->n < head + n)
		return refuse_rest(s, "an event is cut short");
	s->r->records++;
	rc = take(s, head, (size_t)n);
	skip(s, head + (size_t)n);
	return rc;
}

static int read_single(struct source *s, struct err *e)
{
	int rc = want(s, WIRE_BATCH_BYTES_MAX + 1, e);

	if (rc != 0 || s->in->n == 0)
		return rc;
	s->r->records++;
	if (s->in->n > WIRE_BATCH_BYTES_MAX) {
		reading_refuse(s->r, here(s), refusal_name(REFUSED_TOO_LARGE),
			"an event of more than %zu bytes", WIRE_BATCH_BYTES_MAX);
		return 0;
	}
	return take(s, 0, s->in->n);
}

int protobuf_read(struct reading *r, enum events_format format, struct input *in, struct err *e)
{
	struct source s = { .r = r, .in = in, .format = format };
	int rc = 0;

	r->form = format == EVENTS_EVENT_BATCH ? RECORD_EVENT : RECORD_CLOUDEVENT;
	arena_init(&s.ar, r->options->a, ARENA_MAX);
	if (format == EVENTS_CLOUDEVENT)
		rc = read_single(&s, e);
	else
		while (rc == 0)
			rc = read_frame(&s, e);
	arena_fini(&s.ar);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* ---- recognising ------------------------------------------------------------------------------------------ */

enum guess { GUESS_NO, GUESS_CLOUD, GUESS_EVENT, GUESS_MORE };

/* Whether the fields at the front say so: field 3 is the version of a CloudEvent, or the type of an Event. */
static enum guess guess_event(struct pb_in in)
{
	static const struct str prefix = STR_INIT("capscore.");
	uint32_t tag;

	while (!pb_is_done(&in)) {
		struct str s;

		if (!pb_read_tag(&in, &tag))
			return in.end - in.p < PB_TAG_MAX ? GUESS_MORE : GUESS_NO;
		if (tag >> 3 > 8)
			return GUESS_NO;
		if (tag != PB_TAG(3, PB_BYTES)) {
			const uint8_t *before = in.p;
			uint64_t n;

			if ((tag & 7) !=
				PB_BYTES) /* Event.time_ms and what follows: then the type is missing */
				return GUESS_NO;
			if (pb_skip(&in, tag))
				continue;
			in.p = before;
			return pb_read_long_varint(&in, PB_LENGTH_MAX, &n) ||
					       in.end - in.p < PB_LENGTH_MAX
				       ? GUESS_MORE
				       : GUESS_NO;
		}
		if (!pb_read_str(&in, &s))
			return GUESS_MORE;
		if (str_eq(s, STR("1.0")))
			return GUESS_CLOUD;
		return s.n > prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0 ? GUESS_EVENT
									      : GUESS_NO;
	}
	return GUESS_MORE;
}

/* An event behind its length. */
static enum guess guess_framed(struct pb_in in)
{
	uint64_t n;

	if (!pb_read_long_varint(&in, PB_LENGTH_MAX, &n))
		return in.end - in.p < PB_LENGTH_MAX ? GUESS_MORE : GUESS_NO;
	if (n > WIRE_BATCH_BYTES_MAX)
		return GUESS_NO;
	if (n <= (uint64_t)(in.end - in.p)) {
		enum guess g;

		in.end = in.p + n;
		g = guess_event(in);
		return g == GUESS_MORE ? GUESS_NO : g; /* it is there as a whole */
	}
	return guess_event(in);
}

enum events_format protobuf_recognise(const struct input *in, bool *ret_more)
{
	struct pb_in all = pb_in((struct span){ in->p, in->n }), behind = all;
	enum guess entry = GUESS_NO, stream, single;
	uint32_t tag;

	*ret_more = false;
	if (in->n == 0)
		return EVENTS_BY_CONTENT;
	if (pb_read_tag(&behind, &tag) && tag == ENTRY_TAG)
		entry = guess_framed(behind);
	single = guess_event(all);
	stream = guess_framed(all);
	if (entry == GUESS_CLOUD)
		return EVENTS_CLOUDEVENT_BATCH;
	if (entry == GUESS_EVENT)
		return EVENTS_EVENT_BATCH;
	if (single == GUESS_CLOUD)
		return EVENTS_CLOUDEVENT;
	if (stream == GUESS_CLOUD)
		return EVENTS_CLOUDEVENT_STREAM;
	*ret_more = (entry == GUESS_MORE || single == GUESS_MORE || stream == GUESS_MORE) &&
		    in->n < RECOGNISE_MAX;
	return EVENTS_BY_CONTENT;
}
