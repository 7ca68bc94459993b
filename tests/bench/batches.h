/* Batches of encoded events, as a producer would send them. */
#ifndef BENCH_BATCHES_H
#define BENCH_BATCHES_H

#include <stddef.h>
#include <stdint.h>

/* A batch of encoded events. */
struct world_batch {
	uint8_t *p;
	size_t size;
	uint32_t n;
};

struct world_batches {
	struct world_batch *items;
	size_t n, cap;
	uint64_t events;
	uint64_t bytes;
};

void world_batches_free(struct world_batches *b);

#endif
