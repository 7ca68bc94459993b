/* Memory through an interface, so that tests can count it and make it fail.
 *
 * Every module of the core takes a `const struct alloc *` when it is created and keeps it. Two allocators
 * are given: the heap, and an arena for what lives as long as one message or one batch. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

struct alloc {
	/* Like realloc(): p NULL allocates, size 0 frees and returns NULL. `old_size` is the size asked
	 * for before (0 for NULL). Returns NULL when out of memory, and p stays valid then. */
	void *(*resize)(void *ctx, void *p, size_t old_size, size_t size);
	void *ctx;
};

/* The heap of the C library. Thread-safe. */
extern const struct alloc mem_heap;

void *mem_alloc(const struct alloc *a, size_t size);  /* uninitialised; NULL when out of memory */
void *mem_zalloc(const struct alloc *a, size_t size); /* zeroed; NULL when out of memory */
void mem_free(const struct alloc *a, void *p, size_t size); /* size as asked for; accepts NULL */

/* Makes room for at least `want` elements of `elem` bytes in *p, growing by doubling up to `max` elements.
 * *cap is the room in elements. Returns 0, ERR_NOMEM, or ERR_FULL when want > max; *p is unchanged then. */
int mem_grow(const struct alloc *a, void **p, size_t *cap, size_t want, size_t max, size_t elem);
/* The same for arrays that there are many of: the first four places one by one, then a quarter more each time. */
int mem_grow_tight(
	const struct alloc *a, void **p, size_t *cap, size_t want, size_t max, size_t elem);

/* An arena: allocation by moving a pointer, freed all at once. Blocks are kept over a reset, so a steady
 * load allocates nothing. Not for sharing between threads. */
struct arena_block;
struct arena {
	const struct alloc *a;
	struct arena_block *first;
	struct arena_block *cur;
	size_t used;  /* bytes used in cur */
	size_t total; /* bytes held in all blocks */
	size_t max;   /* bound on `total` */
};

/* Allocates nothing yet. max: bytes the arena may hold at most. */
void arena_init(struct arena *ar, const struct alloc *a, size_t max);
void arena_fini(struct arena *ar);
void arena_reset(struct arena *ar); /* forgets everything, keeps the blocks */
void *arena_alloc(
	struct arena *ar, size_t size); /* 16-byte aligned; NULL when out of memory or past max */

#endif
