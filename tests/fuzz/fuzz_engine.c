/* Any bytes as the blobs of a saved engine, with checksums that are right: what damage alone would not get past. What is
 * taken can be asked for scores on any day, goes on with new days, and saves to bytes that load to the same state.
 *
 * The input is a sequence of: length of the records (2 bytes, little-endian), kind (1 byte), records. */
#include <assert.h>

#include "common/base/err.h"
#include "common/base/hash.h"
#include "rules/engine/snapshot.h"
#include "tests/support/edition_azure.h"
#include "tests/support/facts.h"

#define PARTNERS_ASKED 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct engine_limits limits = { 64, 64, 4096 };

struct input {
	const uint8_t *p;
	size_t n;
	uint32_t number;
	struct buf blob;
};

static int add_number(struct buf *b, uint64_t v, size_t bytes)
{
	uint8_t out[8];

	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(v >> (8 * i));
	return buf_add(b, out, bytes);
}

static int next_blob(void *ctx, struct span *ret_blob)
{
	struct input *in = ctx;
	size_t n;

	*ret_blob = (struct span){ NULL, 0 };
	if (in->n < 3)
		return 0;
	n = (size_t)in->p[0] | (size_t)in->p[1] << 8;
	n = n > in->n - 3 ? in->n - 3 : n;
	buf_reset(&in->blob);
	(void)add_number(&in->blob, in->p[2], 1);
	(void)add_number(&in->blob, in->number, 4);
	(void)buf_add(&in->blob, in->p + 3, n);
	(void)add_number(&in->blob, hash_bytes(in->blob.p, in->blob.n, in->number), BLOB_BACK);
	in->number++;
	in->p += 3 + n;
	in->n -= 3 + n;
	*ret_blob = buf_span(&in->blob);
	return 0;
}

/* Saved blobs in memory, each behind its length. */
struct saved {
	struct buf bytes;
	size_t at;
};

static int keep(void *ctx, struct span blob)
{
	struct saved *s = ctx;

	assert(add_number(&s->bytes, blob.n, 8) == 0);
	assert(buf_add(&s->bytes, blob.p, blob.n) == 0);
	return 0;
}

static int give_back(void *ctx, struct span *ret_blob)
{
	struct saved *s = ctx;
	uint64_t n = 0;

	*ret_blob = (struct span){ NULL, 0 };
	if (s->at == s->bytes.n)
		return 0;
	for (size_t i = 0; i < 8; i++)
		n |= (uint64_t)s->bytes.p[s->at + i] << (8 * i);
	*ret_blob = (struct span){ s->bytes.p + s->at + 8, n };
	s->at += 8 + n;
	return 0;
}

static void check_again(struct engine *e)
{
	struct saved s = { .at = 0 };
	struct engine *again;

	buf_init(&s.bytes, &mem_heap, (size_t)256 << 20);
	assert(engine_save(e, keep, &s) == 0);
	assert(engine_create(&mem_heap, &edition_azure, &limits, &again) == 0);
	assert(engine_load(again, give_back, &s, NULL) == 0);
	assert(engine_digest(again) == engine_digest(e));
	engine_destroy(again);
	buf_fini(&s.bytes);
}

static void ask(struct engine *e)
{
	static const day_no days[] = { DAY_NONE, DAY_MIN, DAY_MIN + 45, 19600, DAY_MAX };
	struct partner_score scores[PARTNERS_ASKED];
	struct arena ar;
	bool more;
	size_t n;

	arena_init(&ar, &mem_heap, (size_t)256 << 20);
	assert(engine_list(e, STR(""), STR(""), AREA_UNKNOWN, PARTNERS_ASKED, &ar, scores, &n,
		       &more) == 0);
	for (size_t i = 0; i < n; i++)
		for (size_t d = 0; d < ARRAY_LEN(days); d++) {
			struct partner_score one;

			assert(engine_score(e, scores[i].partner, days[d], true, &ar, &one) == 0);
		}
	arena_fini(&ar);
}

static void pass_day(struct engine *e, const char *text)
{
	const struct partner_change *changes;
	struct event ev = on_day(text);
	size_t n;

	assert(engine_apply(e, &ev, 0) == 0);
	assert(engine_settle(e, &changes, &n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { .p = data, .n = size };
	struct engine *e;
	struct err err = { 0 };
	int rc;

	buf_init(&in.blob, &mem_heap, (size_t)1 << 20);
	assert(engine_create(&mem_heap, &edition_azure, &limits, &e) == 0);
	rc = engine_load(e, next_blob, &in, &err);
	assert(rc == 0 || rc == ERR_CORRUPT || rc == ERR_MISMATCH || rc == ERR_FULL);
	assert(rc == 0 || err.text[0] != '\0');
	if (rc == 0) {
		check_again(e);
		ask(e);
		pass_day(e, "2024-03-20");
		pass_day(e, "2199-12-31");
		ask(e);
	}
	engine_destroy(e);
	buf_fini(&in.blob);
	return 0;
}
