/* The allocator behind the large states: contents, sizes, reuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/io/huge_heap.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BLOCK	     ((size_t)32 << 20)

struct row {
	const char *name;
	size_t size;
};

static const struct row rows[] = {
	{ "one byte", 1 },
	{ "one step", 16 },
	{ "one over a step", 17 },
	{ "the last small class", 128 },
	{ "one over it", 129 },
	{ "a power of two", 4096 },
	{ "one over a power of two", 4097 },
	{ "the largest piece of a block", (size_t)1 << 20 },
	{ "one over it: mapped by itself", ((size_t)1 << 20) + 1 },
	{ "larger than a block", ((size_t)40 << 20) + 5 },
};

static struct huge_heap *new_heap(void)
{
	struct huge_heap *h;

	assert_int_equal(huge_heap_create(&h), 0);
	assert_int_equal(huge_heap_bytes(h), 0);
	return h;
}

static void test_size(void **state)
{
	const struct row *row = *state;
	struct huge_heap *h = new_heap();
	const struct alloc *a = huge_heap_alloc(h);
	uint8_t *p = mem_alloc(a, row->size), *q = mem_alloc(a, row->size);

	assert_non_null(p);
	assert_non_null(q);
	assert_int_equal((uintptr_t)p % 16, 0);
	assert_true(p + row->size <= q || q + row->size <= p);
	memset(p, 0x11, row->size);
	memset(q, 0x22, row->size);
	for (size_t i = 0; i < row->size; i++)
		assert_int_equal(p[i], 0x11);
	mem_free(a, p, row->size);
	mem_free(a, q, row->size);
	huge_heap_destroy(h);
}

/* A piece with the number that all its bytes show. */
struct held {
	uint8_t *p;
	size_t size;
	uint8_t mark;
};

static uint64_t seed = 7;

static size_t draw(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 11) % n;
}

/* Mostly small, now and then over the border to mappings. */
static size_t draw_size(void)
{
	return 1 + (draw(50) == 0 ? draw(3u << 20) : draw(8) == 0 ? draw(70000) : draw(600));
}

static void check_held(const struct held *h)
{
	assert_int_equal(h->p[0], h->mark);
	assert_int_equal(h->p[h->size / 2], h->mark);
	assert_int_equal(h->p[h->size - 1], h->mark);
}

static void step(const struct alloc *a, struct held *h, uint8_t mark)
{
	size_t size = draw_size();

	if (h->p == NULL) {
		*h = (struct held){ mem_alloc(a, size), size, mark };
		assert_non_null(h->p);
		memset(h->p, mark, size);
	} else if (draw(2) == 0) {
		check_held(h);
		mem_free(a, h->p, h->size);
		h->p = NULL;
	} else {
		size_t kept = size < h->size ? size : h->size;

		check_held(h);
		h->p = a->resize(a->ctx, h->p, h->size, size);
		assert_non_null(h->p);
		assert_int_equal(h->p[0], h->mark);
		assert_int_equal(h->p[kept - 1], h->mark);
		h->size = size;
		memset(h->p, h->mark, size);
	}
}

static void test_pieces_keep_their_content(void **state)
{
	struct huge_heap *h = new_heap();
	static struct held held[500];

	(void)state;
	memset(held, 0, sizeof held);
	for (int i = 0; i < 60000; i++)
		step(huge_heap_alloc(h), &held[draw(ARRAY_LEN(held))], (uint8_t)i);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		if (held[i].p != NULL)
			check_held(&held[i]);
	huge_heap_destroy(h);
}

static void test_what_is_freed_serves_again(void **state)
{
	struct huge_heap *h = new_heap();
	const struct alloc *a = huge_heap_alloc(h);
	size_t taken;

	(void)state;
	mem_free(a, mem_alloc(a, 100), 100);
	taken = huge_heap_bytes(h);
	assert_int_equal(taken, BLOCK);
	for (int i = 0; i < 1000000; i++)
		mem_free(a, mem_alloc(a, 97 + (size_t)i % 16), 97 + (size_t)i % 16);
	assert_int_equal(huge_heap_bytes(h), taken);
	huge_heap_destroy(h);
}

static void test_large_pieces_go_back_at_once(void **state)
{
	struct huge_heap *h = new_heap();
	const struct alloc *a = huge_heap_alloc(h);
	void *p = mem_alloc(a, BLOCK), *q = mem_alloc(a, BLOCK), *r = mem_alloc(a, BLOCK);

	(void)state;
	assert_true(huge_heap_bytes(h) >= 3 * BLOCK);
	mem_free(a, q, BLOCK);
	mem_free(a, p, BLOCK);
	mem_free(a, r, BLOCK);
	assert_int_equal(huge_heap_bytes(h), 0);
	huge_heap_destroy(h);
}

static void test_too_much_is_refused(void **state)
{
	struct huge_heap *h = new_heap();
	const struct alloc *a = huge_heap_alloc(h);
	void *p = mem_alloc(a, 64);

	(void)state;
	assert_null(mem_alloc(a, SIZE_MAX - 5));
	assert_null(a->resize(a->ctx, p, 64, (size_t)1 << 60));
	memset(p, 1, 64); /* still there */
	huge_heap_destroy(h);
	huge_heap_destroy(NULL);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 4] = {
		cmocka_unit_test(test_pieces_keep_their_content),
		cmocka_unit_test(test_what_is_freed_serves_again),
		cmocka_unit_test(test_large_pieces_go_back_at_once),
		cmocka_unit_test(test_too_much_is_refused),
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[4 + i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_size,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
