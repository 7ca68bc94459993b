/* Memory for a state that is large and visited at random: an allocator whose memory the kernel may back with huge
 * pages, which spares most of the address translations that such visits cost (docs/benchmarks.md).
 *
 * Small pieces come from blocks of 32 MiB, in size classes four to a doubling; what is freed serves its class again
 * and goes back to the kernel with the whole heap only. Pieces over 1 MiB are mapped one by one, and go back at once.
 * Where the kernel has no huge pages everything works with small ones.
 *
 * For one thread. Sizes given when freeing must be those asked for, as struct alloc wants it. */
#ifndef IO_HUGE_HEAP_H
#define IO_HUGE_HEAP_H

#include <stddef.h>

#include "common/base/mem.h"

struct huge_heap;

/* Returns 0 or ERR_NOMEM. Takes no memory for pieces before the first one is asked for. */
int huge_heap_create(struct huge_heap **ret_h);
/* Gives everything back, freed or not. Accepts NULL. */
void huge_heap_destroy(struct huge_heap *h);
/* Valid as long as the heap. Pieces are aligned to 16 bytes. */
const struct alloc *huge_heap_alloc(struct huge_heap *h);
/* Bytes taken from the kernel, touched or not. */
size_t huge_heap_bytes(const struct huge_heap *h);

#endif
