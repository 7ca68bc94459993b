/* Any bytes as an export: facts, faults or an error, never a crash. What comes out is valid, and faults have a place. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "services/imports/person_key.h"
#include "services/imports/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct refusal_detail detail;

	(void)ctx;
	(void)at;
	assert(event_validate(ev, &detail) == REFUSED_NOT);
	return 0;
}

static void on_fault(void *ctx, const struct fault *f)
{
	(void)ctx;
	assert(f->at.line > 0 && f->at.column > 0);
	assert(f->text[0] != '\0');
}

static void on_note(void *ctx, const char *file, const char *text)
{
	(void)ctx;
	(void)file;
	assert(text[0] != '\0');
}

static int person_key(void *ctx, struct person_key *ret_key, struct err *e)
{
	(void)ctx;
	(void)e;
	person_key_public(ret_key);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct reading_options options = { .a = &mem_heap, .person_key = person_key };
	const struct reading_handler handler = { on_event, on_fault, on_note, NULL };
	struct reading r = { .options = &options,
		.handler = &handler,
		.file = "fuzz.csv",
		.recorded = 1690000000000 };
	struct err e = { 0 };
	struct input in;
	char *bytes = malloc(size + 1);
	int rc;

	if (bytes == NULL)
		return 0;
	if (size > 0)
		memcpy(bytes, data, size);
	input_open_memory(&in, bytes, size);
	rc = input_skip_bom(&in, &e);
	if (rc == 0)
		rc = report_read(&r, &in, &e);
	assert(rc == 0 || rc == ERR_UNSUPPORTED);
	assert(rc == 0 || e.text[0] != '\0');
	free(bytes);
	return 0;
}
