/* Each text once, under a number that stays; the steps of a look-up agree with the look-up; memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/err.h"
#include "common/base/intern.h"
#include "tests/support/faulty.h"

#define MANY 5000

static struct str text_of(uint32_t i, char *buf, size_t cap)
{
	return (struct str){ buf, (size_t)snprintf(buf, cap, "partner-%u", i) };
}

static void test_a_text_keeps_its_number_and_its_place(void **state)
{
	struct intern *t = NULL;
	const char *first;
	char buf[32];
	intern_id id;

	(void)state;
	assert_int_equal(intern_create(&mem_heap, MANY, &t), 0);
	assert_int_equal(intern_find(t, STR("partner-0")), INTERN_NONE);
	assert_int_equal(intern_put(t, STR("partner-0"), &id), 0);
	first = intern_text(t, 0).p;
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < MANY; i++) {
			assert_int_equal(intern_put(t, text_of(i, buf, sizeof buf), &id), 0);
			assert_int_equal(id, i);
		}
	assert_int_equal(intern_count(t), MANY);
	assert_ptr_equal(intern_text(t, 0).p, first);
	for (uint32_t i = 0; i < MANY; i++) {
		struct str s = text_of(i, buf, sizeof buf);
		uint64_t h = intern_hash(s);

		assert_true(str_eq(intern_text(t, i), s));
		assert_int_equal(intern_find(t, s), i);
		assert_int_equal(intern_find_hashed(t, s, h), i);
		intern_fetch_slot(t, h);
		assert_int_not_equal(intern_guess(t, h), INTERN_NONE);
		intern_fetch_text(t, i);
	}
	assert_int_equal(intern_find(t, STR("partner-5000")), INTERN_NONE);
	intern_destroy(t);
}

static void test_a_full_table_knows_what_it_has(void **state)
{
	struct intern *t = NULL;
	intern_id id = 99;

	(void)state;
	assert_int_equal(intern_create(&mem_heap, 2, &t), 0);
	assert_int_equal(intern_put(t, STR("a"), &id), 0);
	assert_int_equal(intern_put(t, STR(""), &id), 0);
	assert_int_equal(intern_put(t, STR("c"), &id), ERR_FULL);
	assert_int_equal(id, 1);
	assert_int_equal(intern_put(t, STR("a"), &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(intern_find(t, (struct str){ NULL, 0 }), 1);
	assert_int_equal(intern_find(t, STR("c")), INTERN_NONE);
	assert_int_equal(intern_count(t), 2);
	intern_destroy(t);
}

static void test_impossible_capacities_are_refused(void **state)
{
	struct intern *t = NULL;

	(void)state;
	assert_int_equal(intern_create(&mem_heap, 0, &t), ERR_INVALID);
	assert_int_equal(intern_create(&mem_heap, UINT32_MAX, &t), ERR_INVALID);
	assert_null(t);
	intern_destroy(NULL);
}

static void test_an_empty_table_answers(void **state)
{
	struct intern *t = NULL;

	(void)state;
	assert_int_equal(intern_create(&mem_heap, 1, &t), 0);
	intern_fetch_slot(t, 5);
	assert_int_equal(intern_guess(t, 5), INTERN_NONE);
	assert_int_equal(intern_find(t, STR("x")), INTERN_NONE);
	intern_destroy(t);
}

static void test_long_texts_and_their_neighbours(void **state)
{
	static const size_t sizes[] = { 1, 1024, 1025, 4096, 65536, 65537, 300000, 1 };
	enum { N = sizeof sizes / sizeof sizes[0] };
	char *text = malloc(300001);
	struct intern *t = NULL;
	intern_id id;

	(void)state;
	assert_non_null(text);
	assert_int_equal(intern_create(&mem_heap, 100, &t), 0);
	for (size_t i = 0; i < N; i++) {
		memset(text, (int)('a' + i), sizes[i]);
		assert_int_equal(intern_put(t, (struct str){ text, sizes[i] }, &id), 0);
		assert_int_equal(id, i);
	}
	for (size_t i = 0; i < N; i++) {
		memset(text, (int)('a' + i), sizes[i]);
		assert_true(str_eq(intern_text(t, (intern_id)i), (struct str){ text, sizes[i] }));
	}
	intern_destroy(t);
	free(text);
}

/* Puts a hundred texts; what fails changes nothing, and succeeds when memory is there again. */
static void fill(struct faulty *f, struct intern *t)
{
	char buf[32];

	for (uint32_t i = 0; i < 100; i++) {
		struct str s = text_of(i, buf, sizeof buf);
		intern_id id = 999;
		int rc = intern_put(t, s, &id);

		if (rc != 0) {
			assert_int_equal(rc, ERR_NOMEM);
			assert_int_equal(id, 999);
			assert_int_equal(intern_count(t), i);
			assert_int_equal(intern_find(t, s), INTERN_NONE);
			f->left = -1;
			assert_int_equal(intern_put(t, s, &id), 0);
		}
		assert_int_equal(id, i);
	}
}

static void test_memory_that_runs_out_changes_nothing(void **state)
{
	(void)state;
	for (long n = 0;; n++) {
		struct faulty f = { .left = n };
		struct intern *t = NULL;
		int rc = intern_create(faulty_alloc(&f), 100, &t);
		bool failed;

		assert_int_equal(t == NULL, rc != 0);
		if (rc == 0)
			fill(&f, t);
		failed = rc != 0 || f.left < 0;
		intern_destroy(t);
		assert_int_equal(f.live, 0);
		assert_int_equal(f.live_bytes, 0);
		if (!failed)
			break;
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_text_keeps_its_number_and_its_place),
		cmocka_unit_test(test_a_full_table_knows_what_it_has),
		cmocka_unit_test(test_impossible_capacities_are_refused),
		cmocka_unit_test(test_an_empty_table_answers),
		cmocka_unit_test(test_long_texts_and_their_neighbours),
		cmocka_unit_test(test_memory_that_runs_out_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
