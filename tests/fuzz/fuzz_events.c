/* Any bytes as an EventBatch. What is accepted survives the wire and JSON unchanged, and the two decoders agree. */
#include <assert.h>

#include "common/wire/event_json.h"
#include "tests/support/event_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_wire(const struct event *ev, struct arena *ar, struct buf *buf)
{
	struct event *again;
	size_t n;

	buf_reset(buf);
	assert(wire_encode_event(ev, buf) == 0);
	assert(wire_decode_logged_events(buf_span(buf), ar, &again, &n, NULL) == 0);
	assert(n == 1 && event_sample_eq(ev, &again[0]));
}

static void check_json(const struct event *ev, struct arena *ar, struct buf *buf)
{
	struct event again;
	struct json_fault fault;

	buf_reset(buf);
	assert(event_to_json(ev, buf) == 0);
	assert(event_from_json((struct str){ (const char *)buf->p, buf->n }, ar, &again, &fault) ==
		0);
	assert(ev->retracted || event_sample_eq(ev, &again));
}

static void check_accepted(const struct decoded_event *d, struct arena *ar, struct buf *buf)
{
	struct event *logged;
	size_t n;

	assert(wire_decode_logged_events(d->bytes, ar, &logged, &n, NULL) == 0);
	assert(n == 1 && event_sample_eq(&d->event, &logged[0]));
	check_wire(&d->event, ar, buf);
	check_json(&d->event, ar, buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoded_event *events;
	struct err e = { 0 };
	struct arena ar;
	struct buf buf;
	size_t n = 0;
	int rc;

	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	buf_init(&buf, &mem_heap, (size_t)8 << 20);
	rc = wire_decode_events((struct span){ data, size }, &ar, &events, &n, &e);
	assert(rc == 0 || rc == ERR_SYNTAX || rc == ERR_FULL || rc == ERR_NOMEM);
	assert(rc == 0 || e.text[0] != '\0');
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const uint8_t *bytes = events[i].bytes.p;

		assert(bytes >= data && bytes + events[i].bytes.n <= data + size);
		assert((events[i].refusal == REFUSED_NOT) == (events[i].detail == NULL));
		if (events[i].refusal == REFUSED_NOT)
			check_accepted(&events[i], &ar, &buf);
	}
	buf_fini(&buf);
	arena_fini(&ar);
	return 0;
}
