#include "common/io/huge_heap.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/err.h"

#define PAGE_SIZE   ((size_t)4096)
#define HUGE_SIZE   ((size_t)2 << 20)
#define BLOCK_SIZE  ((size_t)32 << 20)
#define PIECE_MAX   ((size_t)1 << 20) /* larger ones are mapped by themselves */
#define STEP	    ((size_t)16)
#define SMALL_STEPS 8 /* classes of 16, 32 .. 128 bytes; then four to a doubling */
#define CLASSES	    (SMALL_STEPS + 4 * 13)

/* At the start of each block. */
struct block {
	struct block *next;
	size_t pad;
};

/* A freed piece. */
struct piece {
	struct piece *next;
};

struct huge_heap {
	struct alloc alloc;
	struct block *blocks;
	uint8_t *at, *end; /* what is left of the newest block */
	struct piece *freed[CLASSES];
	struct mapping *mappings;
	size_t bytes;
};

/* A piece mapped by itself, in a list so that it can be found at the end. The bytes of the piece follow. */
struct mapping {
	struct mapping *next, **link;
	size_t size;
	size_t pad;
};

/* ---- mapping ---------------------------------------------------------------------------------------------- */

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* Aligned to a huge page. NULL when there is no memory. */
static void *map(size_t size)
{
	uint8_t *p = mmap(NULL, size + HUGE_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	before = round_up((uintptr_t)p, HUGE_SIZE) - (uintptr_t)p;
	if (before > 0)
		(void)munmap(p, before);
	p += before;
	if (before < HUGE_SIZE)
		(void)munmap(p + size, HUGE_SIZE - before);
	(void)madvise(p, size, MADV_HUGEPAGE); /* refused: small pages, then */
	return p;
}

static size_t mapping_size(size_t size)
{
	return round_up(size + sizeof(struct mapping), PAGE_SIZE);
}

static void link_mapping(struct huge_heap *h, struct mapping *m)
{
	m->next = h->mappings;
	m->link = &h->mappings;
	if (m->next != NULL)
		m->next->link = &m->next;
	h->mappings = m;
	h->bytes += m->size;
}

static void unlink_mapping(struct huge_heap *h, struct mapping *m)
{
	*m->link = m->next;
	if (m->next != NULL)
		m->next->link = m->link;
	h->bytes -= m->size;
}

static void *large_alloc(struct huge_heap *h, size_t size)
{
	struct mapping *m;

	if (size > SIZE_MAX / 2)
		return NULL;
	m = map(mapping_size(size));
	if (m == NULL)
		return NULL;
	m->size = mapping_size(size);
	link_mapping(h, m);
	return m + 1;
}

static void large_free(struct huge_heap *h, void *p)
{
	struct mapping *m = (struct mapping *)p - 1;

	unlink_mapping(h, m);
	(void)munmap(m, m->size);
}

/* ---- pieces ----------------------------------------------------------------------------------------------- */

/* The class whose pieces have at least `size` bytes, and how many they have. */
static unsigned class_of(size_t size, size_t *ret_bytes)
{
	unsigned doubling;
	size_t quarter, n;

	if (size <= SMALL_STEPS * STEP) {
		*ret_bytes = round_up(size, STEP);
		return (unsigned)(*ret_bytes / STEP) - 1;
	}
	doubling = 63u -
		   (unsigned)__builtin_clzll(size - 1); /* 2^doubling < size <= 2^(doubling + 1) */
	quarter = (size_t)1 << (doubling - 2);
	n = (size - 1 - ((size_t)1 << doubling)) / quarter; /* 0..3 */
	*ret_bytes = ((size_t)1 << doubling) + (n + 1) * quarter;
	return SMALL_STEPS + 4 * (doubling - 7) + (unsigned)n;
}

static int add_block(struct huge_heap *h)
{
	struct block *b = map(BLOCK_SIZE);

	if (b == NULL)
		return ERR_NOMEM;
	b->next = h->blocks;
	h->blocks = b;
	h->at = (uint8_t *)(b + 1);
	h->end = (uint8_t *)b + BLOCK_SIZE;
	h->bytes += BLOCK_SIZE;
	return 0;
}

static void *small_alloc(struct huge_heap *h, size_t size)
{
	size_t bytes;
	unsigned class = class_of(size, &bytes);
	void *p = h->freed[class];

	if (p != NULL) {
		h->freed[class] = h->freed[class]->next;
		return p;
	}
	if ((size_t)(h->end - h->at) < bytes && add_block(h) != 0)
		return NULL;
	p = h->at;
	h->at += bytes;
	return p;
}

static void small_free(struct huge_heap *h, void *p, size_t size)
{
	size_t bytes;
	unsigned class = class_of(size, &bytes);
	struct piece *freed = p;

	freed->next = h->freed[class];
	h->freed[class] = freed;
}

/* ---- the allocator ---------------------------------------------------------------------------------------- */

static void *take(struct huge_heap *h, size_t size)
{
	return size > PIECE_MAX ? large_alloc(h, size) : small_alloc(h, size);
}

static void give_back(struct huge_heap *h, void *p, size_t size)
{
	if (size > PIECE_MAX)
		large_free(h, p);
	else
		small_free(h, p, size);
}

/* The room that a piece of this size really has. */
static size_t room_of(size_t size)
{
	size_t bytes;

	if (size > PIECE_MAX)
		return mapping_size(size) - sizeof(struct mapping);
	(void)class_of(size, &bytes);
	return bytes;
}

static void *resize(void *ctx, void *p, size_t old_size, size_t size)
{
	struct huge_heap *h = ctx;
	void *q;

	if (p == NULL)
		return size == 0 ? NULL : take(h, size);
	if (size == 0) {
		give_back(h, p, old_size);
		return NULL;
	}
	if (room_of(size) == room_of(old_size))
		return p;
	q = take(h, size);
	if (q == NULL)
		return NULL;
	memcpy(q, p, size < old_size ? size : old_size);
	give_back(h, p, old_size);
	return q;
}

int huge_heap_create(struct huge_heap **ret_h)
{
	struct huge_heap *h = mem_zalloc(&mem_heap, sizeof *h);

	if (h == NULL)
		return ERR_NOMEM;
	h->alloc = (struct alloc){ resize, h };
	*ret_h = h;
	return 0;
}

void huge_heap_destroy(struct huge_heap *h)
{
	if (h == NULL)
		return;
	while (h->mappings != NULL)
		large_free(h, h->mappings + 1);
	while (h->blocks != NULL) {
		struct block *b = h->blocks;

		h->blocks = b->next;
		(void)munmap(b, BLOCK_SIZE);
	}
	mem_free(&mem_heap, h, sizeof *h);
}

const struct alloc *huge_heap_alloc(struct huge_heap *h)
{
	return &h->alloc;
}

size_t huge_heap_bytes(const struct huge_heap *h)
{
	return h->bytes;
}
