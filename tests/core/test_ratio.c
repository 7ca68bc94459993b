/* Exact rationals against plain 128-bit arithmetic on small parts, their limits, and how they are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/ratio.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define SMALL	     24

/* Reduced, positive below the line, and worth num / den by cross-multiplication. */
static void assert_ratio(struct ratio r, int128 num, int128 den)
{
	int128 a = r.num < 0 ? -r.num : r.num, b = r.den;

	assert_true(r.den > 0);
	assert_true(r.num * den == num * r.den);
	while (b != 0) {
		int128 t = a % b;

		a = b;
		b = t;
	}
	assert_true(a == 1);
}

static void test_every_small_pair(void **state)
{
	(void)state;
	for (int a = -SMALL; a <= SMALL; a++)
		for (int b = 1; b <= SMALL; b++)
			for (int c = -SMALL; c <= SMALL; c++)
				for (int d = 1; d <= SMALL; d += 3) {
					struct ratio x = ratio_make(a, b), y = ratio_make(c, d);
					int want = a * d < c * b ? -1 : a * d > c * b;

					assert_ratio(ratio_add(x, y), a * d + c * b, b * d);
					assert_ratio(ratio_sub(x, y), a * d - c * b, b * d);
					assert_int_equal(ratio_cmp(x, y), want);
					assert_true(ratio_eq(x, y) == (want == 0));
					assert_true(ratio_eq(ratio_min(x, y), want <= 0 ? x : y));
				}
}

static void test_a_minus_below_the_line_moves_up(void **state)
{
	(void)state;
	assert_ratio(ratio_make(3, -6), -1, 2);
	assert_ratio(ratio_make(-3, -6), 1, 2);
	assert_ratio(ratio_make(0, -6), 0, 1);
	assert_true(ratio_is_zero(ratio_make(0, 5)));
	assert_true(ratio_eq(ratio_make(0, 5), RATIO_ZERO));
}

/* Numbers of 63 to 126 bits, seeded, so that both the 64-bit and the 128-bit way of reducing are taken. */
static void test_wide_parts_are_reduced(void **state)
{
	uint64_t seed = 0x2545f4914f6cdd1dULL;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t v[3];
		int128 common, a, b;

		for (size_t k = 0; k < 3; k++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			v[k] = seed;
		}
		common = (int128)(v[0] >> 1 >> (i % 62)) + 1;
		a = (int128)(v[1] >> 2 >> (i / 62 % 61));
		b = (int128)(v[2] >> 2) + 1;
		assert_true(a * b >= 0); /* at most 2^124: the check below stays in 128 bits */
		{
			struct ratio r = ratio_make(a * common, b * common);

			assert_true(r.den > 0 && r.num <= a && r.den <= b);
			assert_ratio(r, a, b);
		}
	}
}

static void test_usage_sums_of_the_greatest_amounts_add(void **state)
{
	int64_t most = INT64_MAX;
	struct ratio r = ratio_make(most, most - 1), sum = ratio_add(r, r);

	(void)state;
	assert_ratio(sum, 2 * (int128)most, most - 1);
	assert_ratio(ratio_sub(sum, r), most, most - 1);
	assert_int_equal(ratio_cmp(sum, r), 1);
	assert_ratio(ratio_add(ratio_int(INT64_MAX), ratio_int(INT64_MAX)), 2 * (int128)most, 1);
	assert_ratio(
		ratio_add(ratio_int(INT64_MIN), ratio_int(INT64_MIN)), 2 * (int128)INT64_MIN, 1);
}

struct shown_row {
	int64_t num, den;
	const char *exact, *decimal;
};

static const struct shown_row shown[] = {
	{ 0, 1, "0", "0" },
	{ 20, 1, "20", "20" },
	{ 40, 3, "40/3", "13.33" },
	{ 20, 3, "20/3", "6.67" },
	{ 5, 2, "5/2", "2.5" },
	{ 1, 8, "1/8", "0.13" },    /* 0.125: half goes up */
	{ -1, 8, "-1/8", "-0.13" }, /* and away from zero */
	{ 1, 200, "1/200", "0.01" },
	{ 1, 201, "1/201", "0" },
	{ -1, 201, "-1/201", "0" }, /* no "-0" */
	{ -1, 200, "-1/200", "-0.01" },
	{ 1, 10, "1/10", "0.1" },
	{ 1, 100, "1/100", "0.01" },
	{ 199, 200, "199/200", "1" }, /* 0.995 carries */
	{ 1989, 200, "1989/200", "9.95" },
	{ 1999, 200, "1999/200", "10" },
	{ 13999, 200, "13999/200", "70" },
	{ 69994, 1000, "34997/500", "69.99" }, /* below 70 does not show as 70 */
	{ INT64_MAX, 1, "9223372036854775807", "9223372036854775807" },
	{ INT64_MIN, 1, "-9223372036854775808", "-9223372036854775808" },
};

static void test_how_a_ratio_is_shown(void **state)
{
	char buf[RATIO_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		struct ratio r = ratio_make(shown[i].num, shown[i].den);

		assert_string_equal(ratio_format(r, buf), shown[i].exact);
		assert_string_equal(ratio_format_decimal(r, buf), shown[i].decimal);
	}
}

static void test_the_widest_value_fits_its_buffer(void **state)
{
	const int128 most = (int128)(((uint128)1 << 127) - 1);
	char buf[RATIO_TEXT];

	(void)state;
	assert_string_equal(ratio_format((struct ratio){ -most, most - 1 }, buf),
		"-170141183460469231731687303715884105727/170141183460469231731687303715884105726");
	assert_true(strlen(buf) < RATIO_TEXT);
}

static void test_hundredths_against_long_division(void **state)
{
	char buf[RATIO_TEXT], want[RATIO_TEXT];

	(void)state;
	for (int den = 1; den <= 60; den++)
		for (int num = 0; num <= 4 * den; num++) {
			int cents = (200 * num + den) / (2 * den);
			size_t n = (size_t)snprintf(
				want, sizeof want, "%d.%02d", cents / 100 % 1000, cents % 100);

			while (want[n - 1] == '0')
				want[--n] = '\0';
			if (want[n - 1] == '.')
				want[--n] = '\0';
			(void)ratio_format_decimal(ratio_make(num, den), buf);
			assert_string_equal(buf, want);
		}
}

static void test_the_nearest_double(void **state)
{
	(void)state;
	assert_true(ratio_to_double(ratio_make(5, 2)) == 2.5);
	assert_true(ratio_to_double(ratio_make(-1, 4)) == -0.25);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_small_pair),
		cmocka_unit_test(test_a_minus_below_the_line_moves_up),
		cmocka_unit_test(test_wide_parts_are_reduced),
		cmocka_unit_test(test_usage_sums_of_the_greatest_amounts_add),
		cmocka_unit_test(test_how_a_ratio_is_shown),
		cmocka_unit_test(test_the_widest_value_fits_its_buffer),
		cmocka_unit_test(test_hundredths_against_long_division),
		cmocka_unit_test(test_the_nearest_double),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
