/* Any bytes as an Alert and as a Heartbeat. What is taken can be shown, and encodes to something that reads the same. */
#include <assert.h>

#include "common/wire/frame.h"
#include "tests/support/score_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_alert(const struct alert *a, struct arena *ar, struct buf *buf)
{
	struct alert again;
	char text[RATIO_TEXT];

	assert(str_is_clean_utf8(str_from(a->text)));
	(void)ratio_format_decimal(a->total_before, text);
	(void)ratio_format_decimal(a->total_after, text);
	for (size_t i = 0; i < a->n_metrics; i++)
		(void)ratio_format_decimal(a->after[i], text);
	buf_reset(buf);
	assert(wire_encode_alert(a, buf) == 0);
	assert(wire_decode_alert(buf_span(buf), ar, &again, NULL) == 0);
	assert(alert_eq(a, &again));
}

static void check_heartbeat(struct span bytes, struct arena *ar, struct buf *buf)
{
	const struct wire_topic_end *recent;
	uint64_t end, event;
	size_t n, n_again;

	if (wire_decode_heartbeat(bytes, ar, &end, &event, &recent, &n, NULL) != 0)
		return;
	buf_reset(buf);
	assert(wire_encode_heartbeat(end, event, recent, n, buf) == 0);
	assert(wire_decode_heartbeat(buf_span(buf), ar, &end, &event, &recent, &n_again, NULL) ==
		0);
	assert(n == n_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct alert alert;
	struct err e = { 0 };
	struct arena ar;
	struct buf buf;
	int rc;

	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	buf_init(&buf, &mem_heap, (size_t)8 << 20);
	rc = wire_decode_alert((struct span){ data, size }, &ar, &alert, &e);
	assert(rc == 0 || rc == ERR_SYNTAX);
	assert(rc == 0 || e.text[0] != '\0');
	if (rc == 0)
		check_alert(&alert, &ar, &buf);
	check_heartbeat((struct span){ data, size }, &ar, &buf);
	buf_fini(&buf);
	arena_fini(&ar);
	return 0;
}
