/* Growing arrays, arenas, buffers and digests: bounds, alignment, memory kept over a reset, memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/mem.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- arrays ----------------------------------------------------------------------------------------------------- */

struct grow_row {
	const char *name;
	size_t cap, want, max, elem;
	int rc;
	size_t cap_after;
};

static const struct grow_row grow_rows[] = {
	{ "nothing wanted", 0, 0, 10, 8, 0, 0 },
	{ "the first elements come four at a time", 0, 1, 10, 8, 0, 4 },
	{ "a bound below four is kept", 0, 1, 3, 8, 0, 3 },
	{ "room that is there is enough", 4, 4, 10, 8, 0, 4 },
	{ "doubled", 4, 5, 100, 8, 0, 8 },
	{ "doubled until it is enough", 4, 33, 100, 8, 0, 64 },
	{ "not past the bound", 8, 9, 10, 8, 0, 10 },
	{ "up to the bound", 0, 10, 10, 8, 0, 10 },
	{ "one past the bound", 0, 11, 10, 8, ERR_FULL, 0 },
	{ "a bound that no memory holds", 0, 1, SIZE_MAX, 8, ERR_FULL, 0 },
};

static void test_growing(void **state)
{
	const struct grow_row *r = *state;
	struct faulty f = { .left = -1 };
	const struct alloc *a = faulty_alloc(&f);
	size_t cap = r->cap;
	void *p = cap == 0 ? NULL : mem_alloc(a, cap * r->elem), *before = p;

	assert_int_equal(mem_grow(a, &p, &cap, r->want, r->max, r->elem), r->rc);
	assert_int_equal(cap, r->cap_after);
	assert_int_equal(f.live_bytes, cap * r->elem);
	if (r->rc != 0)
		assert_ptr_equal(p, before);
	mem_free(a, p, cap * r->elem);
	assert_int_equal(f.live, 0);
	assert_int_equal(f.live_bytes, 0);
}

static void test_growing_without_memory_keeps_the_array(void **state)
{
	struct faulty f = { .left = 1 };
	const struct alloc *a = faulty_alloc(&f);
	size_t cap = 0;
	void *p = NULL, *before;

	(void)state;
	assert_int_equal(mem_grow(a, &p, &cap, 1, 100, 4), 0);
	memcpy(p, "keep", 4);
	before = p;
	assert_int_equal(mem_grow(a, &p, &cap, 5, 100, 4), ERR_NOMEM);
	assert_ptr_equal(p, before);
	assert_int_equal(cap, 4);
	assert_memory_equal(p, "keep", 4);
	mem_free(a, p, cap * 4);
	assert_int_equal(f.live, 0);
}

static void test_no_bytes_are_an_allocation_too(void **state)
{
	struct faulty f = { .left = -1 };
	const struct alloc *a = faulty_alloc(&f);
	void *p = mem_alloc(a, 0), *q = mem_zalloc(a, 0);

	(void)state;
	assert_non_null(p);
	assert_non_null(q);
	mem_free(a, p, 0);
	mem_free(a, q, 0);
	mem_free(a, NULL, 5);
	assert_int_equal(f.live, 0);
	assert_int_equal(f.live_bytes, 0);
}

/* ---- arenas ----------------------------------------------------------------------------------------------------- */

static void test_what_an_arena_gives_is_aligned_and_apart(void **state)
{
	unsigned char *p[200];
	size_t size[200];
	struct arena ar;

	(void)state;
	arena_init(&ar, &mem_heap, (size_t)8 << 20);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		size[i] = i * i % 5000;
		p[i] = arena_alloc(&ar, size[i]);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		memset(p[i], (int)i, size[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		for (size_t k = 0; k < size[i]; k++)
			assert_int_equal(p[i][k], (unsigned char)i);
	arena_fini(&ar);
}

static void test_a_steady_load_allocates_nothing_after_the_first_round(void **state)
{
	struct faulty f = { .left = -1 };
	struct arena ar;
	long calls = 0;

	(void)state;
	arena_init(&ar, faulty_alloc(&f), (size_t)8 << 20);
	for (int round = 0; round < 5; round++) {
		arena_reset(&ar);
		for (size_t i = 0; i < 300; i++)
			assert_non_null(arena_alloc(&ar, i * 7 % 3000 + (i % 50 == 0) * 70000));
		if (round > 0)
			assert_int_equal(f.calls, calls);
		calls = f.calls;
	}
	assert_true(ar.total <= ar.max);
	arena_fini(&ar);
	assert_int_equal(f.live, 0);
	assert_int_equal(f.live_bytes, 0);
}

static void test_an_arena_stops_at_its_bound(void **state)
{
	static const size_t bounds[] = { 0, 16, 1000, 65536, 100000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		struct arena ar;
		size_t got = 0;

		arena_init(&ar, &mem_heap, bounds[i]);
		while (arena_alloc(&ar, 16) != NULL)
			got += 16;
		assert_int_equal(got, bounds[i] / 16 * 16);
		assert_true(ar.total <= bounds[i]);
		assert_null(arena_alloc(&ar, 16));
		arena_fini(&ar);
	}
}

static void test_an_arena_refuses_what_no_memory_holds(void **state)
{
	static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 16, SIZE_MAX - 47,
		SIZE_MAX / 2 };
	struct arena ar;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct faulty f = { .left = 1 }; /* the first block is there, none that size */

		arena_init(&ar, faulty_alloc(&f), SIZE_MAX);
		assert_non_null(arena_alloc(&ar, 1));
		assert_null(arena_alloc(&ar, sizes[i]));
		assert_non_null(arena_alloc(&ar, 1));
		arena_fini(&ar);
		assert_int_equal(f.live, 0);
	}
}

static void test_an_arena_without_memory_stays_usable(void **state)
{
	struct faulty f = { .left = 0 };
	struct arena ar;

	(void)state;
	arena_init(&ar, faulty_alloc(&f), (size_t)1 << 20);
	assert_null(arena_alloc(&ar, 10));
	f.left = 1;
	assert_non_null(arena_alloc(&ar, 10));
	assert_null(arena_alloc(&ar, 100000));
	assert_non_null(arena_alloc(&ar, 10));
	arena_fini(&ar);
	arena_fini(&ar);
	assert_int_equal(f.live, 0);
}

/* ---- buffers ---------------------------------------------------------------------------------------------------- */

static void test_a_buffer_grows_to_its_bound_and_no_further(void **state)
{
	struct faulty f = { .left = -1 };
	struct buf b;

	(void)state;
	buf_init(&b, faulty_alloc(&f), 10);
	assert_int_equal(buf_add(&b, "12345", 5), 0);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_int_equal(buf_add(&b, "678901", 6), ERR_FULL);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), ERR_FULL);
	assert_int_equal(b.n, 5);
	assert_int_equal(buf_add(&b, "67890", 5), 0);
	assert_memory_equal(buf_span(&b).p, "1234567890", 10);
	assert_int_equal(buf_add(&b, "x", 1), ERR_FULL);
	buf_reset(&b);
	assert_int_equal(buf_add(&b, "x", 1), 0);
	assert_int_equal(buf_span(&b).n, 1);
	buf_fini(&b);
	buf_fini(&b);
	assert_int_equal(f.live, 0);
	assert_int_equal(f.live_bytes, 0);
}

static void test_a_buffer_without_memory_keeps_what_it_has(void **state)
{
	struct faulty f = { .left = 1 };
	struct buf b;

	(void)state;
	buf_init(&b, faulty_alloc(&f), 1000);
	assert_int_equal(buf_add(&b, "1234", 4), 0);
	assert_int_equal(buf_add(&b, "5", 1), ERR_NOMEM);
	assert_int_equal(b.n, 4);
	assert_memory_equal(b.p, "1234", 4);
	buf_fini(&b);
	assert_int_equal(f.live, 0);
}

/* ---- hashes ----------------------------------------------------------------------------------------------------- */

/* What is stored on disk is found by these: they must stay what they are. XXH3's own test values for no bytes. */
static void test_the_hashes_stay_what_they_are(void **state)
{
	struct hash128 h = hash128_bytes("", 0, 0);

	(void)state;
	assert_true(hash_bytes("", 0, 0) == 0x2d06800538d394c2ULL);
	assert_true(h.high == 0x99aa06d3014798d8ULL && h.low == 0x6001c324468d497fULL);
	assert_true(hash_bytes("a", 1, 0) != hash_bytes("a", 1, 1));
	assert_true(hash_bytes("ab", 1, 0) == hash_bytes("ac", 1, 0));
}

static void test_a_digest_depends_on_the_order_of_its_chunks(void **state)
{
	uint64_t ab = digest_chain(digest_chain(0, "a", 1), "b", 1);
	uint64_t ba = digest_chain(digest_chain(0, "b", 1), "a", 1);

	(void)state;
	assert_true(ab != ba);
	assert_true(ab == digest_chain(digest_chain(0, "a", 1), "b", 1));
	assert_true(ab != digest_chain(0, "ab", 2));
}

/* One-to-one: each step of the finaliser can be undone, here step by step. */
static void test_no_two_keys_share_a_spread(void **state)
{
	uint64_t inverse = 1, x = 1;

	(void)state;
	for (int i = 0; i < 6; i++) /* Newton: doubles the right bits */
		inverse *= 2 - 0xd6e8feb86659fd93ULL * inverse;
	for (int i = 0; i < 1000; i++) {
		uint64_t y;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		y = hash_u64(x);
		for (int k = 0; k < 2; k++) {
			y ^= y >> 32;
			y *= inverse;
		}
		assert_true((y ^ y >> 32) == x);
	}
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_growing_without_memory_keeps_the_array),
		cmocka_unit_test(test_no_bytes_are_an_allocation_too),
		cmocka_unit_test(test_what_an_arena_gives_is_aligned_and_apart),
		cmocka_unit_test(test_a_steady_load_allocates_nothing_after_the_first_round),
		cmocka_unit_test(test_an_arena_stops_at_its_bound),
		cmocka_unit_test(test_an_arena_refuses_what_no_memory_holds),
		cmocka_unit_test(test_an_arena_without_memory_stays_usable),
		cmocka_unit_test(test_a_buffer_grows_to_its_bound_and_no_further),
		cmocka_unit_test(test_a_buffer_without_memory_keeps_what_it_has),
		cmocka_unit_test(test_the_hashes_stay_what_they_are),
		cmocka_unit_test(test_a_digest_depends_on_the_order_of_its_chunks),
		cmocka_unit_test(test_no_two_keys_share_a_spread),
	};
	struct CMUnitTest tests[ARRAY_LEN(grow_rows) + ARRAY_LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(grow_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = grow_rows[i].name,
			.test_func = test_growing,
			.initial_state = (void *)(uintptr_t)&grow_rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		tests[n++] = others[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
