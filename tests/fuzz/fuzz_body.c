/* Any bytes as the body of a Publish; the first one says in which form. What is accepted survives the wire and JSON, and
 * put together is an EventBatch with the same events; what is refused has a text that can be shown. A single CloudEvent
 * goes this way, too. */
#include <assert.h>

#include "common/wire/body.h"
#include "common/wire/event_json.h"
#include "tests/support/event_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_accepted(const struct decoded_event *d, struct arena *ar, struct buf *buf)
{
	struct refusal_detail detail;
	struct decoded_event *again;
	struct json_fault fault;
	struct event ev;
	size_t n;

	assert(event_validate(&d->event, &detail) == REFUSED_NOT);
	assert(wire_decode_events(d->bytes, ar, &again, &n, NULL) == 0);
	assert(n == 1 && again[0].refusal == REFUSED_NOT);
	assert(event_sample_eq(&d->event, &again[0].event));
	buf_reset(buf);
	assert(event_to_json(&d->event, buf) == 0);
	assert(event_from_json((struct str){ (const char *)buf->p, buf->n }, ar, &ev, &fault) == 0);
	assert(d->event.retracted || event_sample_eq(&d->event, &ev));
}

static void check_event(
	enum wire_content content, const struct decoded_event *d, struct arena *ar, struct buf *buf)
{
	struct decoded_event *kept;
	size_t n;

	assert((d->refusal == REFUSED_NOT) == (d->detail == NULL));
	if (d->refusal == REFUSED_NOT)
		check_accepted(d, ar, buf);
	else
		assert(d->detail->text[0] != '\0' && str_is_clean_utf8(str_from(d->detail->text)));
	/* What is kept of JSON reads as it did, whatever it is taken for later. */
	if (content == CONTENT_JSON && d->original.n > 0 && d->refusal == REFUSED_NOT) {
		assert(wire_decode_body(wire_guess_content(d->original), d->original, ar, &kept, &n,
			       NULL) == 0);
		assert(n == 1 && kept[0].refusal == REFUSED_NOT);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoded_event *events;
	enum wire_content content;
	struct err e = { 0 };
	struct arena ar;
	struct buf buf;
	size_t n = 0, total = 0;
	int rc;

	if (size == 0)
		return 0;
	content = (enum wire_content)(data[0] % CONTENT_END);
	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	buf_init(&buf, &mem_heap, (size_t)8 << 20);
	rc = wire_decode_body(content, (struct span){ data + 1, size - 1 }, &ar, &events, &n, &e);
	assert(rc == 0 || rc == ERR_SYNTAX || rc == ERR_FULL || rc == ERR_NOMEM);
	assert(rc == 0 || e.text[0] != '\0');
	for (size_t i = 0; rc == 0 && i < n; i++) {
		check_event(content, &events[i], &ar, &buf);
		total += events[i].refusal == REFUSED_NOT ? events[i].bytes.n : 0;
	}
	assert(total <= size); /* room in a group is reckoned by what came */
	(void)wire_guess_content((struct span){ data, size });
	buf_fini(&buf);
	arena_fini(&ar);
	return 0;
}
