/* The calendar against a walk that counts days one by one, and what the parsers take and refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/date.h"
#include "common/base/err.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static bool is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static unsigned days_in(int y, unsigned m)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[m - 1] + (m == 2 && is_leap(y));
}

static void test_every_day_of_eight_centuries_is_where_counting_puts_it(void **state)
{
	int y = 1600;
	unsigned m = 1, d = 1;

	(void)state;
	for (day_no at = -135140; y < 2400; at++) { /* 370 years, 90 of them leap, before 1970 */
		int got_y;
		unsigned got_m, got_d;

		day_to_civil(at, &got_y, &got_m, &got_d);
		assert_int_equal(got_y, y);
		assert_int_equal(got_m, m);
		assert_int_equal(got_d, d);
		assert_int_equal(day_from_civil(y, m, d), at);
		assert_int_equal(day_of_month(at), d);
		assert_int_equal(month_of_day(at), y * 12 + (int)m - 1);
		assert_int_equal(month_first_day(month_of_day(at)), at - (day_no)d + 1);
		if (++d > days_in(y, m)) {
			d = 1;
			if (++m > 12) {
				m = 1;
				y++;
			}
		}
	}
}

static void test_a_day_past_the_month_runs_into_the_next(void **state)
{
	(void)state;
	assert_int_equal(day_from_civil(2023, 2, 29), day_from_civil(2023, 3, 1));
	assert_int_equal(day_from_civil(2023, 12, 32), day_from_civil(2024, 1, 1));
}

static void test_the_accepted_span(void **state)
{
	(void)state;
	assert_int_equal(DAY_MIN, day_from_civil(2000, 1, 1));
	assert_int_equal(DAY_MAX, day_from_civil(2199, 12, 31));
	assert_int_equal(MONTH_MIN, month_of_day(DAY_MIN));
	assert_int_equal(MONTH_MAX, month_of_day(DAY_MAX));
	assert_false(day_is_valid(DAY_MIN - 1));
	assert_true(day_is_valid(DAY_MIN));
	assert_true(day_is_valid(DAY_MAX));
	assert_false(day_is_valid(DAY_MAX + 1));
	assert_false(day_is_valid(DAY_NONE));
	assert_false(month_is_valid(MONTH_MIN - 1));
	assert_true(month_is_valid(MONTH_MAX));
	assert_false(month_is_valid(MONTH_MAX + 1));
	assert_false(month_is_valid(MONTH_NONE));
}

static void test_an_instant_belongs_to_the_day_it_lies_in(void **state)
{
	static const struct {
		event_ms t;
		day_no want;
	} rows[] = {
		{ 0, 0 },
		{ MS_PER_DAY - 1, 0 },
		{ MS_PER_DAY, 1 },
		{ -1, -1 },
		{ -MS_PER_DAY, -1 },
		{ -MS_PER_DAY - 1, -2 },
		{ (event_ms)DAY_MAX * MS_PER_DAY + MS_PER_DAY - 1, DAY_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(day_of_ms(rows[i].t), rows[i].want);
}

struct text_row {
	const char *text;
	int y;
	unsigned m, d;
};

static void test_days_as_text(void **state)
{
	static const struct text_row good[] = { { "2000-01-01", 2000, 1, 1 },
		{ "2199-12-31", 2199, 12, 31 }, { "2024-02-29", 2024, 2, 29 },
		{ "2000-02-29", 2000, 2, 29 } };
	static const char *const bad[] = { "", "2023", "2023-06", "2023-06-3", "2023-06-301",
		" 2023-06-30", "2023-06-30 ", "2023/06/30", "2023-6-30x", "2023-00-10",
		"2023-13-10", "2023-06-00", "2023-06-31", "2023-02-29", "2100-02-29", "2023-01-32",
		"1999-12-31", "2200-01-01", "+023-06-30", "2023-06--1", "20a3-06-30" };
	char buf[DAY_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		day_no d = DAY_NONE;

		assert_int_equal(day_parse(str_from(good[i].text), &d), 0);
		assert_int_equal(d, day_from_civil(good[i].y, good[i].m, good[i].d));
		assert_string_equal(day_format(d, buf), good[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		day_no d = 7;

		assert_int_equal(day_parse(str_from(bad[i]), &d), ERR_INVALID);
		assert_int_equal(d, 7);
	}
	assert_string_equal(day_format(DAY_NONE, buf), "-");
}

static void test_months_as_text(void **state)
{
	static const char *const good[] = { "2000-01", "2023-06", "2199-12" };
	static const char *const bad[] = { "", "2023", "2023-6", "2023-00", "2023-13", "2023-061",
		"1999-12", "2200-01", "2023_06", "2023-0a" };
	char buf[MONTH_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		month_no m = MONTH_NONE;

		assert_int_equal(month_parse(str_from(good[i]), &m), 0);
		assert_string_equal(month_format(m, buf), good[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		month_no m = 7;

		assert_int_equal(month_parse(str_from(bad[i]), &m), ERR_INVALID);
		assert_int_equal(m, 7);
	}
	assert_string_equal(month_format(MONTH_NONE, buf), "-");
}

/* What `text` reads as, printed again; `back` NULL: refused. */
struct instant_row {
	const char *text, *back;
};

static const struct instant_row instants[] = {
	{ "2023-06-30T10:00:00Z", "2023-06-30T10:00:00.000Z" },
	{ "2023-06-30t10:00:00z", "2023-06-30T10:00:00.000Z" },
	{ "2023-06-30T12:00:00.250+02:00", "2023-06-30T10:00:00.250Z" },
	{ "2023-06-30T23:30:00-01:30", "2023-07-01T01:00:00.000Z" },
	{ "2023-06-30T00:00:00.9999999Z", "2023-06-30T00:00:00.999Z" },
	{ "2023-06-30T00:00:00.5Z", "2023-06-30T00:00:00.500Z" },
	{ "2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z" },
	{ "2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000Z" },
	{ "2199-12-31T23:59:59.999Z", "2199-12-31T23:59:59.999Z" },
	{ "2000-01-01T00:00:00+23:59", "1999-12-31T00:01:00.000Z" },
	{ "", NULL },
	{ "2023-06-30", NULL },
	{ "2023-06-30T10:00:00", NULL },
	{ "2023-06-30 10:00:00Z", NULL },
	{ "2023-06-30T24:00:00Z", NULL },
	{ "2023-06-30T10:60:00Z", NULL },
	{ "2023-06-30T10:00:61Z", NULL },
	{ "2023-06-30T10:00:00.Z", NULL },
	{ "2023-06-30T10:00:00.5", NULL },
	{ "2023-06-30T10:00:00Zx", NULL },
	{ "2023-06-30T10:00:00+0200", NULL },
	{ "2023-06-30T10:00:00+24:00", NULL },
	{ "2023-06-30T10:00:00+02:60", NULL },
	{ "2023-06-30T10:00:00*02:00", NULL },
	{ "2023-06-31T10:00:00Z", NULL },
	{ "1999-12-31T10:00:00Z", NULL },
	{ "2023-06-30T10-00:00Z", NULL },
};

static void test_instants_as_text(void **state)
{
	char buf[INSTANT_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(instants); i++) {
		event_ms t = 7;
		int rc = instant_parse(str_from(instants[i].text), &t);

		if (instants[i].back == NULL) {
			assert_int_equal(rc, ERR_INVALID);
			assert_int_equal(t, 7);
		} else {
			assert_int_equal(rc, 0);
			assert_string_equal(instant_format(t, buf), instants[i].back);
		}
	}
}

/* Bytes past the slice are never read: each prefix stands alone in its own block. */
static void test_a_cut_text_is_refused(void **state)
{
	const char whole[] = "2023-06-30T12:00:00.250+02:00";

	(void)state;
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		char *cut = malloc(n + 1);
		day_no d;
		month_no m;
		event_ms t;

		assert_non_null(cut);
		memcpy(cut, whole, n);
		cut = realloc(cut, n == 0 ? 1 : n);
		assert_non_null(cut);
		assert_int_equal(instant_parse((struct str){ cut, n }, &t), ERR_INVALID);
		assert_int_equal(day_parse((struct str){ cut, n }, &d), n == 10 ? 0 : ERR_INVALID);
		assert_int_equal(month_parse((struct str){ cut, n }, &m), n == 7 ? 0 : ERR_INVALID);
		free(cut);
	}
}

static void test_every_instant_of_the_ends_fits_its_buffer(void **state)
{
	static const event_ms ends[] = { (event_ms)DAY_MIN * MS_PER_DAY,
		(event_ms)(DAY_MAX + 1) * MS_PER_DAY - 1, -1, 0, INT64_MIN, INT64_MAX };
	char buf[INSTANT_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		assert_true(strlen(instant_format(ends[i], buf)) < INSTANT_TEXT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_day_of_eight_centuries_is_where_counting_puts_it),
		cmocka_unit_test(test_a_day_past_the_month_runs_into_the_next),
		cmocka_unit_test(test_the_accepted_span),
		cmocka_unit_test(test_an_instant_belongs_to_the_day_it_lies_in),
		cmocka_unit_test(test_days_as_text),
		cmocka_unit_test(test_months_as_text),
		cmocka_unit_test(test_instants_as_text),
		cmocka_unit_test(test_a_cut_text_is_refused),
		cmocka_unit_test(test_every_instant_of_the_ends_fits_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
