/* Months, dates and amounts as exports print them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/event.h"
#include "services/imports/calendar.h"
#include "services/imports/decimal.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

static const struct month_row {
	const char *text;
	enum date_order order;
	const char *want; /* month, "ambiguous", "invalid" */
} months[] = {
	{ "2023-06", 0, "2023-06" },
	{ "2023/6", 0, "2023-06" },
	{ "202306", 0, "2023-06" },
	{ "06/2023", 0, "2023-06" },
	{ "6/2023", 0, "2023-06" },
	{ "2023-06-01", 0, "2023-06" },
	{ "20230601", 0, "2023-06" },
	{ "2023-06-01T00:00:00Z", 0, "2023-06" },
	{ "2023-06-01 00:00:00.000", 0, "2023-06" },
	{ "6/1/2023", 0, "2023-06" },
	{ "06/01/2023", 0, "2023-06" },
	{ "6/1/2023 12:00:00 AM", 0, "2023-06" },
	{ "12/1/2023 0:00", 0, "2023-12" },
	{ "1/1/2023", 0, "2023-01" },
	{ "Jun 2023", 0, "2023-06" },
	{ "June 2023", 0, "2023-06" },
	{ "JUNE, 2023", 0, "2023-06" },
	{ "Jun-2023", 0, "2023-06" },
	{ "June 1, 2023", 0, "2023-06" },
	{ "1 June 2023", 0, "2023-06" },
	{ "1/6/2023", 0, "ambiguous" },
	{ "6/30/2023", 0, "ambiguous" },
	{ "13/1/2023", 0, "invalid" },
	{ "1/6/2023", DATE_DAY_FIRST, "2023-06" },
	{ "1/6/2023", DATE_MONTH_FIRST, "2023-01" },
	{ "6/30/2023", DATE_MONTH_FIRST, "2023-06" },
	{ "6/30/2023", DATE_DAY_FIRST, "invalid" },
	{ "2023-13", 0, "invalid" },
	{ "2023-00", 0, "invalid" },
	{ "1999-12", 0, "invalid" },
	{ "2200-01", 0, "invalid" },
	{ "2023-02-30", 0, "invalid" },
	{ "Jun 23", 0, "invalid" },
	{ "Junk 2023", 0, "invalid" },
	{ "2023-06-01x", 0, "invalid" },
	{ "6/1/2023 25", 0, "invalid" },
	{ "45078", 0, "invalid" },
	{ "", 0, "invalid" },
	{ "-", 0, "invalid" },
};

static void test_month(void **state)
{
	const struct month_row *r = *state;
	month_no m = MONTH_NONE;
	char text[MONTH_TEXT];
	int rc = month_read(str_from(r->text), r->order, &m);

	assert_string_equal(rc == ERR_AGAIN ? "ambiguous"
			    : rc != 0	    ? "invalid"
					    : month_format(m, text),
		r->want);
}

static const struct date_row {
	const char *text;
	enum date_order order;
	const char *want;
} dates[] = {
	{ "2023-06-30", 0, "2023-06-30" },
	{ "2023-06-30T23:59:59+02:00", 0, "2023-06-30" },
	{ "20230630", 0, "2023-06-30" },
	{ "30 Jun 2023", 0, "2023-06-30" },
	{ "30-Jun-2023", 0, "2023-06-30" },
	{ "Jun 30, 2023", 0, "2023-06-30" },
	{ "June 30 2023", 0, "2023-06-30" },
	{ "Sept 3, 2023", 0, "2023-09-03" },
	{ "6/30/2023", 0, "2023-06-30" },
	{ "30/6/2023", 0, "2023-06-30" },
	{ "30.06.2023", 0, "2023-06-30" },
	{ "6/6/2023", 0, "2023-06-06" },
	{ "6/7/2023", 0, "ambiguous" },
	{ "6/7/2023 1:02:03 PM", DATE_MONTH_FIRST, "2023-06-07" },
	{ "6/7/2023", DATE_DAY_FIRST, "2023-07-06" },
	{ "31/31/2023", 0, "invalid" },
	{ "2/30/2023", 0, "invalid" },
	{ "2023-06", 0, "invalid" },
	{ "6/7/23", 0, "invalid" },
	{ "yesterday", 0, "invalid" },
};

static void test_date(void **state)
{
	const struct date_row *r = *state;
	struct date_read d;
	day_no day = DAY_NONE;
	char text[DAY_TEXT];
	int rc = date_read(str_from(r->text), &d);

	if (rc == 0)
		rc = date_settle(&d, r->order, &day);
	assert_string_equal(rc == ERR_AGAIN ? "ambiguous"
			    : rc != 0	    ? "invalid"
					    : day_format(day, text),
		r->want);
}

static const struct amount_row {
	const char *text;
	int rc;
	int64_t micro;
} amounts[] = {
	{ "0", 0, 0 },
	{ "1234.56", 0, 1234560000 },
	{ "-1234.56", 0, -1234560000 },
	{ "+.5", 0, 500000 },
	{ "7.", 0, 7000000 },
	{ "0001.50", 0, 1500000 },
	{ "1,234.56", 0, 1234560000 },
	{ "12,345,678.9", 0, 12345678900000 },
	{ "0.123456789012", 0, 123457 },
	{ "0.0000005", 0, 1 },
	{ "-0.0000005", 0, -1 },
	{ "0.00000049999999999999999999999", 0, 0 },
	{ "6.1E-05", 0, 61 },
	{ "1.5e3", 0, 1500000000 },
	{ "-1.1368683772161603E-13", 0, 0 },
	{ "1000000000", 0, USAGE_AMOUNT_MAX },
	{ "1000000000.000001", ERR_RANGE, 0 },
	{ "1e10", ERR_RANGE, 0 },
	{ "1e999999999999", ERR_RANGE, 0 },
	{ "0e999999999999", 0, 0 },
	{ "1e-999999999999", 0, 0 },
	{ "9999999999999999999999999999999999999999999999", ERR_RANGE, 0 },
	{ "1,234", ERR_INVALID, 0 },
	{ "1,23.4", ERR_INVALID, 0 },
	{ ",123.4", ERR_INVALID, 0 },
	{ "1234,567.8", ERR_INVALID, 0 },
	{ "1.234,56", ERR_INVALID, 0 },
	{ "$12", ERR_INVALID, 0 },
	{ "1 234", ERR_INVALID, 0 },
	{ "12abc", ERR_INVALID, 0 },
	{ "1e", ERR_INVALID, 0 },
	{ ".", ERR_INVALID, 0 },
	{ "-", ERR_INVALID, 0 },
	{ "", ERR_INVALID, 0 },
	{ "nan", ERR_INVALID, 0 },
};

static void test_amount(void **state)
{
	const struct amount_row *r = *state;
	decimal24 d = 1;
	int64_t micro = 0;

	assert_int_equal(decimal_parse(str_from(r->text), &d), r->rc);
	if (r->rc != 0)
		return;
	assert_int_equal(decimal_to_micro(d, &micro), 0);
	assert_int_equal(micro, r->micro);
}

static void test_amounts_add_up_without_rounding_between(void **state)
{
	decimal24 sum = 0, tenth, tiny;
	int64_t micro;

	(void)state;
	assert_int_equal(decimal_parse(STR("0.1"), &tenth), 0);
	assert_int_equal(decimal_parse(STR("0.000000000001"), &tiny), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(decimal_add(&sum, tenth), 0);
	for (int i = 0; i < 500000; i++)
		assert_int_equal(decimal_add(&sum, tiny), 0);
	assert_int_equal(decimal_to_micro(sum, &micro), 0);
	assert_int_equal(micro, 1000001); /* 1.0000005 rounds half away from zero */
}

static void test_a_sum_past_the_range_is_an_error_and_changes_nothing(void **state)
{
	decimal24 sum = 0, big, before;
	int64_t micro;
	int rc = 0;

	(void)state;
	assert_int_equal(decimal_parse(STR("1000000000"), &big), 0);
	assert_int_equal(decimal_add(&sum, big), 0);
	assert_int_equal(decimal_to_micro(sum, &micro), 0);
	assert_int_equal(decimal_add(&sum, big), 0);
	assert_int_equal(decimal_to_micro(sum, &micro), ERR_RANGE);
	for (long i = 0; i < 1000000 && rc == 0; i++) {
		before = sum;
		rc = decimal_add(&sum, big);
	}
	assert_int_equal(rc, ERR_RANGE);
	assert_true(sum == before);
}

#define ROWS(rows, func)                                                                           \
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)                                               \
		tests[n++] = (struct CMUnitTest)                                                   \
		{                                                                                  \
			.name = rows[i].text, .test_func = func,                                   \
			.initial_state = (void *)(uintptr_t)&rows[i]                               \
		}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(months) + ARRAY_LEN(dates) + ARRAY_LEN(amounts) + 2];
	size_t n = 0;

	ROWS(months, test_month);
	ROWS(dates, test_date);
	ROWS(amounts, test_amount);
	tests[n++] =
		(struct CMUnitTest)cmocka_unit_test(test_amounts_add_up_without_rounding_between);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_a_sum_past_the_range_is_an_error_and_changes_nothing);
	return _cmocka_run_group_tests("calendar and amounts", tests, n, NULL, NULL);
}
