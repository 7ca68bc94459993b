#include "common/base/mem.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

#define ARENA_BLOCK_MIN ((size_t)64 * 1024)
#define ARENA_ALIGN	((size_t)16)

struct arena_block {
	struct arena_block *next;
	size_t size; /* bytes after this header */
	_Alignas(16) unsigned char data[];
};

static void *heap_resize(void *ctx, void *p, size_t old_size, size_t size)
{
	(void)ctx;
	(void)old_size;
	if (size == 0) {
		free(p);
		return NULL;
	}
	return realloc(p, size);
}

const struct alloc mem_heap = { .resize = heap_resize, .ctx = NULL };

void *mem_alloc(const struct alloc *a, size_t size)
{
	return a->resize(a->ctx, NULL, 0, size == 0 ? 1 : size);
}

void *mem_zalloc(const struct alloc *a, size_t size)
{
	void *p = mem_alloc(a, size);

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

void mem_free(const struct alloc *a, void *p, size_t size)
{
	if (p != NULL)
		(void)a->resize(a->ctx, p, size == 0 ? 1 : size, 0);
}

static int grow_to(const struct alloc *a, void **p, size_t *cap, size_t n, size_t elem)
{
	void *q = a->resize(a->ctx, *p, *cap * elem, n * elem);

	if (q == NULL)
		return ERR_NOMEM;
	*p = q;
	*cap = n;
	return 0;
}

int mem_grow(const struct alloc *a, void **p, size_t *cap, size_t want, size_t max, size_t elem)
{
	size_t n = *cap;

	if (want <= n)
		return 0;
	if (want > max || max > SIZE_MAX / elem)
		return ERR_FULL;
	n = n == 0 ? 4 : n;
	while (n < want)
		n = n > max / 2 ? max : n * 2;
	return grow_to(a, p, cap, n > max ? max : n, elem);
}

int mem_grow_tight(
	const struct alloc *a, void **p, size_t *cap, size_t want, size_t max, size_t elem)
{
	size_t n = *cap;

	if (want <= n)
		return 0;
	if (want > max || max > SIZE_MAX / elem)
		return ERR_FULL;
	n += n / 4; /* cannot wrap: n * elem is a size */
	if (n < want)
		n = want;
	return grow_to(a, p, cap, n > max ? max : n, elem);
}

void arena_init(struct arena *ar, const struct alloc *a, size_t max)
{
	memset(ar, 0, sizeof *ar);
	ar->a = a;
	ar->max = max;
}

void arena_fini(struct arena *ar)
{
	struct arena_block *b = ar->first;

	while (b != NULL) {
		struct arena_block *next = b->next;

		mem_free(ar->a, b, sizeof *b + b->size);
		b = next;
	}
	ar->first = ar->cur = NULL;
	ar->used = ar->total = 0;
}

void arena_reset(struct arena *ar)
{
	ar->cur = ar->first;
	ar->used = 0;
}

/* Moves on to a block with room for `size` bytes, taking a kept one before a new one. */
static int arena_advance(struct arena *ar, size_t size)
{
	struct arena_block *b = ar->cur != NULL ? ar->cur->next : ar->first;
	size_t want;

	while (b != NULL && b->size < size)
		b = b->next;
	if (b == NULL) {
		want = size > ARENA_BLOCK_MIN ? size : ARENA_BLOCK_MIN;
		if (want < ar->total / 2)
			want = ar->total / 2;
		if (ar->total + want > ar->max)
			want = size;
		if (ar->total + want > ar->max || want > SIZE_MAX - sizeof *b)
			return ERR_FULL;
		b = mem_alloc(ar->a, sizeof *b + want);
		if (b == NULL)
			return ERR_NOMEM;
		b->size = want;
		b->next = NULL;
		if (ar->cur == NULL) {
			b->next = ar->first;
			ar->first = b;
		} else {
			b->next = ar->cur->next;
			ar->cur->next = b;
		}
		ar->total += want;
	}
	ar->cur = b;
	ar->used = 0;
	return 0;
}

void *arena_alloc(struct arena *ar, size_t size)
{
	void *p;

	if (size > SIZE_MAX - ARENA_ALIGN)
		return NULL;
	size = (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	if (ar->cur == NULL && ar->first != NULL) {
		ar->cur = ar->first;
		ar->used = 0;
	}
	if (ar->cur == NULL || ar->cur->size - ar->used < size)
		if (arena_advance(ar, size) != 0)
			return NULL;
	p = ar->cur->data + ar->used;
	ar->used += size;
	return p;
}
