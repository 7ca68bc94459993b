/* Any text as an event in JSON. What is taken is valid and survives JSON and the wire; a fault can be shown. */
#include <assert.h>

#include "common/wire/event_json.h"
#include "tests/support/event_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_taken(const struct event *ev, struct arena *ar)
{
	struct refusal_detail detail;
	struct json_fault fault;
	struct decoded_event *decoded;
	struct event again;
	struct buf buf;
	size_t n;

	assert(event_validate(ev, &detail) == REFUSED_NOT);
	buf_init(&buf, &mem_heap, (size_t)8 << 20);
	assert(event_to_json(ev, &buf) == 0);
	assert(event_from_json((struct str){ (const char *)buf.p, buf.n }, ar, &again, &fault) ==
		0);
	assert(ev->retracted || event_sample_eq(ev, &again));
	buf_reset(&buf);
	assert(wire_encode_event(ev, &buf) == 0);
	assert(wire_decode_events(buf_span(&buf), ar, &decoded, &n, NULL) == 0);
	assert(n == 1 && decoded[0].refusal == REFUSED_NOT &&
		event_sample_eq(ev, &decoded[0].event));
	buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_fault fault = { 0 };
	struct event ev;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	rc = event_from_json((struct str){ (const char *)data, size }, &ar, &ev, &fault);
	assert(rc == 0 || rc == ERR_SYNTAX || rc == ERR_INVALID || rc == ERR_NOMEM);
	if (rc == 0) {
		check_taken(&ev, &ar);
	} else {
		assert(fault.refusal != REFUSED_NOT && fault.text[0] != '\0');
		assert(str_is_clean_utf8(str_from(fault.text)));
	}
	arena_fini(&ar);
	return 0;
}
