/* Dead letters: the stored form over hostile bytes, and the book over its bounds. Producers' names too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "services/ingestion/letters_core.h"
#include "services/ingestion/names_core.h"
#include "tests/support/faulty.h"

static struct letter sample(const char *original)
{
	return (struct letter){ .refusal = REFUSED_FIELD,
		.detail = STR("usage.month: 13"),
		.producer = STR("crm-export"),
		.received = 1688169600123LL,
		.original = { original, strlen(original) },
		.size = (uint32_t)strlen(original) };
}

/* What a producer refused itself. */
static struct letter record(const char *original)
{
	struct letter l = sample(original);

	l.refusal = REFUSED_NOT;
	l.format = STR("Azure usage report");
	l.reason = STR("bad-month");
	l.file = STR("azure-2023-06.csv");
	l.line = 70000;
	l.column = 3;
	l.recorded = 1690000000000LL;
	return l;
}

static void test_a_letter_comes_back_as_it_was_stored(void **state)
{
	struct letter in = sample("bytes of an event"), l;
	struct buf b;

	(void)state;
	buf_init(&b, &mem_heap, LETTER_BYTES_MAX);
	assert_int_equal(letter_encode(&in, &b), 0);
	assert_int_equal(letter_decode(buf_span(&b), &l), 0);
	assert_int_equal(l.refusal, in.refusal);
	assert_true(str_eq(l.detail, in.detail));
	assert_true(str_eq(l.producer, in.producer));
	assert_true(l.received == in.received);
	assert_int_equal(l.size, in.size);
	assert_int_equal(l.original.n, in.original.n);
	assert_memory_equal(l.original.p, in.original.p, in.original.n);
	buf_fini(&b);
}

static void test_a_record_comes_back_as_it_was_stored(void **state)
{
	struct letter in = record("Month\nx\n"), l;
	struct buf b;

	(void)state;
	buf_init(&b, &mem_heap, LETTER_BYTES_MAX);
	assert_int_equal(letter_encode(&in, &b), 0);
	assert_int_equal(letter_decode(buf_span(&b), &l), 0);
	assert_true(str_eq(l.detail, in.detail) && str_eq(l.producer, in.producer));
	assert_true(str_eq(l.format, in.format) && str_eq(l.file, in.file));
	assert_true(str_eq(letter_reason(&l), STR("bad-month")));
	assert_int_equal(l.line, in.line);
	assert_int_equal(l.column, in.column);
	assert_true(l.recorded == in.recorded && l.received == in.received);
	assert_int_equal(l.original.n, in.original.n);
	assert_memory_equal(l.original.p, in.original.p, in.original.n);
	in = sample("x");
	assert_true(str_eq(letter_reason(&in), STR("bad-field")));
	buf_fini(&b);
}

static void check_damage(struct letter in)
{
	struct letter l;
	struct buf b;

	buf_init(&b, &mem_heap, LETTER_BYTES_MAX);
	assert_int_equal(letter_encode(&in, &b), 0);
	for (size_t n = 0; n < b.n - 1; n++) { /* the original may be cut, nothing before it */
		uint8_t *cut = malloc(n + 1);

		memcpy(cut, b.p, n);
		assert_int_equal(letter_decode((struct span){ cut, n }, &l), ERR_CORRUPT);
		free(cut);
	}
	for (size_t i = 0; i < b.n; i++) {
		for (unsigned v = 0; v < 256; v++) {
			uint8_t was = b.p[i];

			b.p[i] = (uint8_t)v;
			if (letter_decode(buf_span(&b), &l) == 0) {
				assert_true((l.format.n > 0) == (l.refusal == REFUSED_NOT));
				assert_true(l.refusal < REFUSAL_END);
				assert_true(
					(const uint8_t *)l.original.p + l.original.n == b.p + b.n);
			}
			b.p[i] = was;
		}
	}
	buf_fini(&b);
}

static void test_damage_is_an_error_and_never_reads_outside(void **state)
{
	(void)state;
	check_damage(sample("x"));
	check_damage(record("x"));
}

static void test_long_texts_are_cut_between_characters_and_originals_at_the_bound(void **state)
{
	static char text[400], original[LETTER_ORIGINAL_MAX + 5];
	struct letter in = sample(""), l;
	struct buf b;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof text; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[0] = 'x';
	text[1] = 'x';
	memmove(text + 1, text + 2, sizeof text - 2); /* characters now begin at odd places */
	in.detail = in.producer = (struct str){ text, sizeof text - 1 };
	in.original = (struct span){ original, sizeof original };
	in.size = sizeof original;
	buf_init(&b, &mem_heap, LETTER_BYTES_MAX);
	assert_int_equal(letter_encode(&in, &b), 0);
	assert_int_equal(letter_decode(buf_span(&b), &l), 0);
	assert_int_equal(l.detail.n, REFUSAL_DETAIL_MAX - 1);
	assert_int_equal(l.producer.n, LETTER_PRODUCER_MAX - 1);
	assert_true(str_is_clean_utf8(l.detail));
	assert_int_equal(l.original.n, LETTER_ORIGINAL_MAX);
	assert_int_equal(l.size, LETTER_ORIGINAL_MAX + 5);
	buf_fini(&b);
}

/* ---- the book --------------------------------------------------------------------------------------------- */

static struct letters *book(size_t max)
{
	struct letters *b = NULL;

	assert_int_equal(letters_create(&mem_heap, max, 2 * LETTER_BYTES_MAX, &b), 0);
	return b;
}

static uint64_t enter(struct letters *b, const char *original, size_t bytes)
{
	struct letter l = sample(original);
	uint64_t letter = 0;

	assert_int_equal(letters_add(b, &l, bytes, &letter), 0);
	return letter;
}

static void test_numbers_count_up_and_are_never_used_again(void **state)
{
	struct letters *b = book(10);

	(void)state;
	assert_int_equal(enter(b, "a", 10), 1);
	assert_int_equal(enter(b, "b", 10), 2);
	assert_int_equal(letters_remove(b, 2), 0);
	assert_int_equal(letters_remove(b, 2), ERR_NOTFOUND);
	assert_int_equal(letters_remove(b, 77), ERR_NOTFOUND);
	assert_int_equal(enter(b, "c", 10), 3);
	letters_destroy(b);
	b = book(10);
	letters_recall_marks(b, 4, 9);
	assert_int_equal(enter(b, "d", 10), 4);
	assert_int_equal(letters_dropped(b), 9);
	letters_destroy(b);
}

static void test_the_oldest_gives_way_at_either_bound_and_is_counted(void **state)
{
	struct letters *b = book(3);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(letters_oldest_over(b, 10), 0);
		(void)enter(b, "a", 10);
	}
	assert_int_equal(letters_oldest_over(b, 10), 1);
	letters_drop(b);
	assert_int_equal(letters_oldest_over(b, 10), 0);
	assert_int_equal(letters_count(b), 2);
	assert_int_equal(letters_oldest_over(b, 2 * LETTER_BYTES_MAX - 20), 0);
	assert_int_equal(letters_oldest_over(b, 2 * LETTER_BYTES_MAX - 19), 2);
	letters_drop(b);
	letters_drop(b);
	assert_int_equal(
		letters_oldest_over(b, 2 * LETTER_BYTES_MAX), 0); /* alone, it has to fit */
	assert_int_equal(letters_dropped(b), 3);
	assert_int_equal(letters_bytes(b), 0);
	letters_destroy(b);
}

static void test_the_book_stays_small_over_many_letters_and_gaps(void **state)
{
	struct faulty f = { .left = -1 };
	struct letters *b = NULL;

	(void)state;
	assert_int_equal(letters_create(faulty_alloc(&f), 100, 2 * LETTER_BYTES_MAX, &b), 0);
	for (uint64_t n = 1; n <= 10000; n++) {
		while (letters_oldest_over(b, 10) != 0)
			letters_drop(b);
		assert_int_equal(enter(b, "a", 10), n);
		if (n % 3 == 0)
			assert_int_equal(letters_remove(b, n - 1), 0);
	}
	assert_int_equal(letters_count(b), 100);
	assert_int_equal(letters_bytes(b), 1000);
	assert_true(f.live_bytes < 16 * 1024);
	for (uint64_t n = 10000; letters_count(b) > 0; n--)
		(void)letters_remove(b, n);
	assert_int_equal(letters_bytes(b), 0);
	letters_destroy(b);
	assert_int_equal(f.live, 0);
}

static void test_a_batch_sent_again_finds_its_letters(void **state)
{
	struct letters *b = book(1000);
	struct letter l;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++) {
			char original[16];

			(void)snprintf(original, sizeof original, "%d", i);
			l = sample(original);
			if (round == 0)
				(void)enter(b, original, 10);
			assert_int_equal(letters_find(b, &l), i + 1);
		}
	}
	l = sample("other");
	assert_int_equal(letters_find(b, &l), 0);
	l = sample("5");
	l.producer = STR("somebody else");
	assert_int_equal(letters_find(b, &l), 0);
	l = sample("5");
	l.refusal = REFUSED_ID;
	assert_int_equal(letters_find(b, &l), 0);
	assert_int_equal(letters_remove(b, 6), 0);
	l = sample("5");
	assert_int_equal(letters_find(b, &l), 0);
	letters_destroy(b);
}

static void test_a_record_is_known_by_reason_and_time_of_its_file(void **state)
{
	struct letters *b = book(20000);
	struct letter l;
	char original[16];
	uint64_t letter;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(original, sizeof original, "%d", i);
		l = record(original);
		assert_int_equal(letters_add(b, &l, 10, &letter), 0);
	}
	/* However long ago, and whatever was taken out meanwhile. */
	for (uint64_t n = 1; n <= 10000; n += 2)
		assert_int_equal(letters_remove(b, n), 0);
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(original, sizeof original, "%d", i);
		l = record(original);
		assert_int_equal(letters_find(b, &l), i % 2 == 0 ? 0 : i + 1);
	}
	l = record("1");
	l.file = STR("elsewhere.csv");
	l.line = 1;
	assert_int_equal(letters_find(b, &l), 2);
	l.recorded++;
	assert_int_equal(letters_find(b, &l), 0);
	l = record("1");
	l.reason = STR("bad-amount");
	assert_int_equal(letters_find(b, &l), 0);
	letters_destroy(b);
}

static void test_the_book_is_read_back_from_the_store_in_order(void **state)
{
	struct letters *b = book(2); /* a smaller bound than when they were written */
	struct letter l = sample("a");
	struct buf stored;

	(void)state;
	buf_init(&stored, &mem_heap, LETTER_BYTES_MAX);
	assert_int_equal(letter_encode(&l, &stored), 0);
	for (uint64_t n = 10; n < 40; n += 10)
		assert_int_equal(letters_recall(b, n, buf_span(&stored)), 0);
	assert_int_equal(letters_recall(b, 30, buf_span(&stored)), ERR_CORRUPT);
	assert_int_equal(letters_recall(b, 31, (struct span){ "", 0 }), ERR_CORRUPT);
	assert_int_equal(letters_count(b), 3);
	assert_int_equal(letters_find(b, &l), 10);
	assert_int_equal(letters_next(b), 31);
	assert_int_equal(letters_oldest_over(b, 10), 10);
	letters_drop(b);
	assert_int_equal(letters_oldest_over(b, 10), 20);
	buf_fini(&stored);
	letters_destroy(b);
}

static void test_bounds_outside_the_range_are_refused(void **state)
{
	struct letters *b = NULL;

	(void)state;
	assert_int_equal(letters_create(&mem_heap, 0, 2 * LETTER_BYTES_MAX, &b), ERR_INVALID);
	assert_int_equal(
		letters_create(&mem_heap, LETTERS_MAX + 1, 2 * LETTER_BYTES_MAX, &b), ERR_INVALID);
	assert_int_equal(letters_create(&mem_heap, 10, LETTER_BYTES_MAX - 1, &b), ERR_INVALID);
	assert_null(b);
}

static void test_no_allocation_failure_leaks(void **state)
{
	int rc = ERR_NOMEM;

	(void)state;
	for (int n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct letters *b = NULL;
		struct letter l = sample("a");
		uint64_t letter;

		rc = letters_create(faulty_alloc(&f), 10, 2 * LETTER_BYTES_MAX, &b);
		if (rc == 0)
			rc = letters_add(b, &l, 10, &letter);
		letters_destroy(b);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
}

/* ---- names ------------------------------------------------------------------------------------------------ */

static void test_a_producer_is_called_by_its_name_or_its_connection(void **state)
{
	static char long_name[NAMES_NAME_MAX + 1];
	struct span one = { "\x00\x80\x01", 3 }, two = { "\x00\x80\x02", 3 },
		    three = { "\x00\x80\x03", 3 };
	struct names *n = NULL;

	(void)state;
	memset(long_name, 'a', sizeof long_name);
	assert_int_equal(names_create(&mem_heap, 2, &n), 0);
	assert_true(str_eq(names_get(n, one), STR("008001")));
	assert_int_equal(names_put(n, one, STR("crm")), 0);
	assert_int_equal(names_put(n, two, STR("billing")), 0);
	assert_true(str_eq(names_get(n, one), STR("crm")));
	assert_int_equal(names_put(n, two, STR("billing 2")), 0);
	assert_true(str_eq(names_get(n, two), STR("billing 2")));
	assert_int_equal(names_put(n, one, STR("")), ERR_INVALID);
	assert_int_equal(names_put(n, one, STR("a\nb")), ERR_INVALID);
	assert_int_equal(
		names_put(n, one, (struct str){ long_name, sizeof long_name }), ERR_INVALID);
	assert_true(str_eq(names_get(n, one), STR("crm")));
	assert_int_equal(names_put(n, three, (struct str){ long_name, sizeof long_name - 1 }), 0);
	assert_true(str_eq(names_get(n, one), STR("008001"))); /* the oldest gave way */
	assert_int_equal(names_get(n, three).n, NAMES_NAME_MAX);
	names_destroy(n);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_letter_comes_back_as_it_was_stored),
		cmocka_unit_test(test_a_record_comes_back_as_it_was_stored),
		cmocka_unit_test(test_a_record_is_known_by_reason_and_time_of_its_file),
		cmocka_unit_test(test_damage_is_an_error_and_never_reads_outside),
		cmocka_unit_test(
			test_long_texts_are_cut_between_characters_and_originals_at_the_bound),
		cmocka_unit_test(test_numbers_count_up_and_are_never_used_again),
		cmocka_unit_test(test_the_oldest_gives_way_at_either_bound_and_is_counted),
		cmocka_unit_test(test_the_book_stays_small_over_many_letters_and_gaps),
		cmocka_unit_test(test_a_batch_sent_again_finds_its_letters),
		cmocka_unit_test(test_the_book_is_read_back_from_the_store_in_order),
		cmocka_unit_test(test_bounds_outside_the_range_are_refused),
		cmocka_unit_test(test_no_allocation_failure_leaks),
		cmocka_unit_test(test_a_producer_is_called_by_its_name_or_its_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
