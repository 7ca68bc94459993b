/* Any bytes as a ScoreBatch. What is taken adds up, and encodes to something that reads the same. */
#include <assert.h>

#include "common/wire/wire.h"
#include "tests/support/score_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_totals(const struct score_batch *b)
{
	for (size_t i = 0; i < b->n_changes; i++)
		for (size_t k = 0; k < b->changes[i].n_areas; k++) {
			const struct area_change *a = &b->changes[i].areas[k];

			assert(score_total(a->before, a->shape->n_metrics).den > 0);
			assert(score_total(a->after, a->shape->n_metrics).den > 0);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct score_batch batch, again;
	struct err e = { 0 };
	struct arena ar;
	struct buf buf;
	int rc;

	arena_init(&ar, &mem_heap, (size_t)256 << 20);
	buf_init(&buf, &mem_heap, (size_t)64 << 20);
	rc = wire_decode_scores((struct span){ data, size }, &ar, &batch, &e);
	assert(rc == 0 || rc == ERR_SYNTAX || rc == ERR_NOMEM);
	assert(rc == 0 || e.text[0] != '\0');
	if (rc == 0) {
		check_totals(&batch);
		assert(wire_encode_scores(&batch, &buf) == 0);
		assert(wire_decode_scores(buf_span(&buf), &ar, &again, &e) == 0);
		assert(score_batch_eq(&batch, &again));
	}
	buf_fini(&buf);
	arena_fini(&ar);
	return 0;
}
