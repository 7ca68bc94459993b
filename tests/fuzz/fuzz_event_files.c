/* Any bytes as a file of events, of the form that its first byte names or that the content tells. Every record comes to
 * an event or a fault, and a fault can be shown. */
#include <assert.h>
#include <stdlib.h>

#include "services/imports/facts_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct refusal_detail detail;

	(void)at;
	assert(event_validate(ev, &detail) == REFUSED_NOT);
	++*(uint64_t *)ctx;
	return 0;
}

static void on_fault(void *ctx, const struct fault *f)
{
	assert(f->text[0] != '\0' && str_is_clean_utf8(str_from(f->text)));
	assert(f->at.line > 0);
	++*(uint64_t *)ctx;
}

static void on_note(void *ctx, const char *file, const char *text)
{
	(void)ctx;
	(void)file;
	(void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t told = 0;
	struct reading_handler handler = { on_event, on_fault, on_note, &told };
	struct reading_options options = { .a = &mem_heap, .now = (event_ms)19539 * MS_PER_DAY };
	struct reading reading;
	struct err e = { 0 };
	struct input in;
	char *copy;
	int rc;

	if (size == 0)
		return 0;
	options.format = (enum events_format)(data[0] % EVENTS_FORMAT_END);
	copy = malloc(size); /* an exact one, which readers write into */
	assert(copy != NULL);
	memcpy(copy, data + 1, size - 1);
	input_open_memory(&in, copy, size - 1);
	rc = facts_read_input(&options, FACTS_NDJSON, "input", &in, &handler, &reading, &e);
	assert(rc == 0 || rc == ERR_UNSUPPORTED || rc == ERR_NOMEM);
	assert(rc != 0 || told == reading.records);
	free(copy);
	return 0;
}
