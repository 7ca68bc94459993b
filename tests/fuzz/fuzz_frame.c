/* Any bytes as a Frame. What is taken encodes to bytes that read and encode the same. */
#include <assert.h>

#include "common/wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_taken(const struct frame *f, struct arena *ar)
{
	struct frame again;
	struct buf one, two;

	buf_init(&one, &mem_heap, (size_t)64 << 20);
	buf_init(&two, &mem_heap, (size_t)64 << 20);
	assert(frame_encode(f, &one) == 0);
	assert(frame_decode(buf_span(&one), ar, &again, NULL) == 0);
	assert(again.kind == f->kind);
	assert(frame_encode(&again, &two) == 0);
	assert(one.n == two.n && memcmp(one.p, two.p, one.n) == 0);
	buf_fini(&one);
	buf_fini(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f;
	struct err e = { 0 };
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, (size_t)256 << 20);
	rc = frame_decode((struct span){ data, size }, &ar, &f, &e);
	assert(rc == 0 || e.text[0] != '\0');
	if (rc == 0)
		check_taken(&f, &ar);
	arena_fini(&ar);
	return 0;
}
