/* Slices, their order and distance, and the bounded writer. UTF-8: test_text_utf8.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/text.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct str none = { NULL, 0 };

static void test_order_is_bytewise_and_a_prefix_comes_first(void **state)
{
	static const struct str sorted[] = { STR_INIT(""), STR_INIT("A"), STR_INIT("Z"),
		STR_INIT("a"), STR_INIT("a\x01"), STR_INIT("aa"), STR_INIT("ab"), STR_INIT("b"),
		STR_INIT("\x7f"), STR_INIT("\xC3\xA9") };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sorted); i++)
		for (size_t k = 0; k < ARRAY_LEN(sorted); k++) {
			int c = str_cmp(sorted[i], sorted[k]);

			assert_int_equal(c < 0, i < k);
			assert_int_equal(c > 0, i > k);
			assert_int_equal(str_eq(sorted[i], sorted[k]), i == k);
		}
	assert_int_equal(str_cmp(none, STR("")), 0);
	assert_true(str_eq(none, str_from(NULL)));
}

static void test_case_is_ignored_for_ascii_only(void **state)
{
	(void)state;
	assert_true(str_eq_nocase(STR("AZ-104"), STR("az-104")));
	assert_true(str_eq_nocase(none, STR("")));
	assert_false(str_eq_nocase(STR("az-104"), STR("az-1040")));
	assert_false(str_eq_nocase(STR("@"), STR("`"))); /* 0x20 apart, no letters */
	assert_false(str_eq_nocase(STR("["), STR("{")));
	assert_false(
		str_eq_nocase(STR("\xC3\x89"), STR("\xC3\xA9"))); /* capital and small e acute */
}

/* The distance by its definition: the least over what may be done with the last characters. */
static unsigned plain_distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned best, other;

	if (n == 0 || m == 0)
		return (unsigned)(n + m);
	best = plain_distance(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
	other = plain_distance(a, n - 1, b, m) + 1;
	best = other < best ? other : best;
	other = plain_distance(a, n, b, m - 1) + 1;
	return other < best ? other : best;
}

static void test_the_distance_of_all_short_words(void **state)
{
	char a[4], b[4];

	(void)state;
	for (unsigned x = 0; x < 81; x++)
		for (unsigned y = 0; y < 81; y++)
			for (size_t n = 0; n <= 4; n++)
				for (size_t m = 0; m <= 4; m += 2) {
					unsigned u = x, v = y, want;

					for (size_t i = 0; i < 4; i++, u /= 3, v /= 3) {
						a[i] = (char)('a' + (int)(u % 3));
						b[i] = (char)('a' + (int)(v % 3));
					}
					want = plain_distance(a, n, b, m);
					assert_int_equal(str_distance((struct str){ a, n },
								 (struct str){ b, m }, 4),
						want);
					assert_int_equal(str_distance((struct str){ a, n },
								 (struct str){ b, m }, 1),
						want > 1 ? 2 : want);
				}
}

static void test_the_distance_of_long_words(void **state)
{
	char a[65], b[65];

	(void)state;
	memset(a, 'a', sizeof a);
	memset(b, 'A', sizeof b);
	b[63] = 'x';
	assert_int_equal(str_distance((struct str){ a, 64 }, (struct str){ b, 64 }, 3), 1);
	assert_int_equal(str_distance((struct str){ a, 65 }, (struct str){ b, 64 }, 3), 4);
	assert_int_equal(str_distance((struct str){ a, 64 }, (struct str){ b, 65 }, 3), 4);
	assert_int_equal(str_distance((struct str){ a, 64 }, none, 64), 64);
	assert_int_equal(str_distance(none, none, 0), 0);
}

/* Writes "ab", "cd7", "ef" into every capacity; the byte behind it must stay. */
static void test_a_sink_counts_on_when_it_is_full(void **state)
{
	const char whole[] = "abcd7ef";

	(void)state;
	for (size_t cap = 0; cap <= sizeof whole + 1; cap++) {
		char buf[16];
		struct sink s;

		memset(buf, '#', sizeof buf);
		sink_init(&s, buf, cap);
		assert_int_equal(sink_is_cut(&s), cap == 0);
		sink_add(&s, STR("ab"));
		sink_printf(&s, "cd%d", 7);
		sink_add(&s, none);
		sink_add(&s, STR("ef"));
		assert_int_equal(s.len, sizeof whole - 1);
		assert_int_equal(sink_is_cut(&s), cap < sizeof whole);
		assert_int_equal(buf[cap], '#');
		if (cap > 0) {
			size_t n = cap < sizeof whole ? cap - 1 : sizeof whole - 1;

			assert_memory_equal(buf, whole, n);
			assert_int_equal(buf[n], '\0');
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_is_bytewise_and_a_prefix_comes_first),
		cmocka_unit_test(test_case_is_ignored_for_ascii_only),
		cmocka_unit_test(test_the_distance_of_all_short_words),
		cmocka_unit_test(test_the_distance_of_long_words),
		cmocka_unit_test(test_a_sink_counts_on_when_it_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
