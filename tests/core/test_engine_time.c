/* What the passing of days does: reference months, certificates that begin and end, people who move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/edition_azure.h"
#include "tests/support/lab.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Facts, then days or more facts, each with the points after it. */
struct row {
	const char *name;
	const char *facts;
	size_t area, metric;
	struct {
		const char *then;
		const char *want;
	} steps[8];
};

static const struct row rows[] = {
	/* reference months */
	{ "nothing counts before the first day", "usage P C1 SQL 2023-06 2000", AREA_INFRA,
		METRIC_ADDS, { { "", "0" }, { "day 2023-07-20", "10" } } },
	{ "a month counts from the ready day of the next one", "usage P C1 SQL 2023-06 2000",
		AREA_INFRA, METRIC_ADDS,
		{ { "day 2023-06-30", "0" }, { "day 2023-07-01", "0" }, { "day 2023-07-19", "0" },
			{ "day 2023-07-20", "10" } } },
	{ "a marker makes its month count as soon as it is closed",
		"usage P C1 SQL 2023-06 2000; reported P 2023-06", AREA_INFRA, METRIC_ADDS,
		{ { "day 2023-06-30", "0" }, { "day 2023-07-01", "10" } } },
	{ "with markers a month without one does not count",
		"usage P C1 SQL 2023-04 2000; usage P C1 SQL 2023-06 10; usage P C1 SQL 2023-05 10; reported P 2023-04",
		AREA_INFRA, METRIC_ADDS,
		{ { "day 2023-09-30", "10" }, { "reported P 2023-06", "0" },
			{ "!reported P 2023-06", "10" } } },
	{ "with a marker of a month that is not over, no month counts",
		"usage P C1 SQL 2023-06 2000; reported P 2023-09", AREA_INFRA, METRIC_ADDS,
		{ { "day 2023-09-30", "0" }, { "day 2023-10-01", "0" },
			{ "reported P 2023-06", "0" }, { "!reported P 2023-09", "10" } } },
	{ "the last marker retracted, rows decide again",
		"usage P C1 SQL 2023-04 2000; usage P C1 SQL 2023-06 10; usage P C1 SQL 2023-05 10; reported P 2023-04",
		AREA_INFRA, METRIC_ADDS,
		{ { "day 2023-09-30", "10" }, { "!reported P 2023-04", "0" } } },
	{ "a feed that is late holds the last month", "usage P C1 SQL 2023-06 2000", AREA_INFRA,
		METRIC_ADDS,
		{ { "day 2023-07-20", "10" }, { "day 2023-12-31", "10" },
			{ "usage P C2 SQL 2023-08 5", "0" } } },
	{ "the only row of the newest month retracted, the month before holds",
		"usage P C1 SQL 2023-06 2000; usage P C2 SQL 2023-08 5; day 2023-12-31", AREA_INFRA,
		METRIC_ADDS, { { "", "0" }, { "!usage P C2 SQL 2023-08 0", "10" } } },
	{ "a year later the customer stands in the base",
		"usage P C1 SQL 2023-06 2000; usage P C1 SQL 2024-06 2000", AREA_INFRA, METRIC_ADDS,
		{ { "day 2023-07-20", "10" }, { "day 2024-07-20", "0" } } },

	/* certificates */
	{ "a certificate counts from the day it is earned to its last day",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-700 2023-03-10 2023-09-30",
		AREA_INFRA, METRIC_INTERMEDIATE,
		{ { "day 2023-03-09", "0" }, { "day 2023-03-10", "4" }, { "day 2023-09-30", "4" },
			{ "day 2023-10-01", "0" } } },
	{ "many days at once pass over a whole life",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-700 2023-03-10 2023-09-30",
		AREA_INFRA, METRIC_INTERMEDIATE,
		{ { "day 2023-01-01", "0" }, { "day 2024-01-01", "0" } } },
	{ "a renewal moves the last day",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-700 2023-03-10 2023-09-30; day 2023-09-01",
		AREA_INFRA, METRIC_INTERMEDIATE,
		{ { "", "4" }, { "cert P C AZ-700 2023-03-10 2024-09-30", "4" },
			{ "day 2023-12-01", "4" }, { "day 2024-10-01", "0" } } },
	{ "a revoked certificate ends on its day",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-700; revoke P C AZ-700 2023-08-01",
		AREA_INFRA, METRIC_INTERMEDIATE,
		{ { "day 2023-07-31", "4" }, { "day 2023-08-01", "0" } } },
	{ "a gate closes when its second person's certificate ends",
		"cert P A AZ-104; cert P B AZ-104 2022-01-01 2023-06-30; cert P C AZ-700",
		AREA_INFRA, METRIC_INTERMEDIATE,
		{ { "day 2023-06-30", "4" }, { "day 2023-07-01", "0" },
			{ "cert P D AZ-104", "4" } } },
	{ "a retired certificate counts for its year when earned in time",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-600 2023-07-30", AREA_INFRA,
		METRIC_INTERMEDIATE,
		{ { "day 2023-08-01", "4" }, { "day 2024-07-31", "4" },
			{ "day 2024-08-01", "0" } } },
	{ "earned on the day of retirement it never counts",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-600 2023-07-31", AREA_INFRA,
		METRIC_INTERMEDIATE, { { "day 2023-08-01", "0" } } },

	/* people */
	{ "without links a person counts where the newest report comes from",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-700; day 2023-07-20", AREA_INFRA,
		METRIC_INTERMEDIATE,
		{ { "", "4" }, { "cert Q C DP-300", "0" }, { "!cert Q C DP-300", "4" } } },
	{ "a certificate the edition does not know moves a person as well",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-700; day 2023-07-20", AREA_INFRA,
		METRIC_INTERMEDIATE, { { "cert Q C XX-900", "0" }, { "cert P C XX-901", "4" } } },
	{ "a link decides over reports, wherever they come from",
		"cert Q A AZ-104; cert Q B AZ-104; cert Q C AZ-700; day 2023-07-20", AREA_INFRA,
		METRIC_INTERMEDIATE,
		{ { "link P A; link P B; link P C", "4" }, { "cert Q C AZ-700", "4" },
			{ "link Q C", "0" }, { "unlink Q C", "4" }, { "unlink P C", "0" },
			{ "!unlink P C", "0" }, { "!unlink Q C", "0" },
			{ "cert P C AZ-140", "4" } } },
	{ "of all partners the newest report of a certificate decides",
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-700; link P C; day 2023-07-20",
		AREA_INFRA, METRIC_INTERMEDIATE,
		{ { "revoke Q C AZ-700 2023-07-01", "0" }, { "!revoke Q C AZ-700 2023-07-01", "4" },
			{ "revoke Q C microsoft_certified:_azure_network_engineer_associate 2023-07-01",
				"0" } } },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	char got[RATIO_TEXT];
	struct lab l;

	lab_open(&l, &edition_azure);
	lab_tell(&l, row->facts);
	for (size_t i = 0; i < COUNT(row->steps) && row->steps[i].want != NULL; i++) {
		lab_tell(&l, row->steps[i].then);
		if (strcmp(ratio_format(lab_points(&l, "P", row->area, row->metric), got),
			    row->steps[i].want) != 0)
			fail_msg("step %zu (%s): %s points before the settle, not %s", i,
				row->steps[i].then, got, row->steps[i].want);
		lab_settle(&l);
		(void)engine_digest(l.e);
		if (strcmp(ratio_format(lab_points(&l, "P", row->area, row->metric), got),
			    row->steps[i].want) != 0)
			fail_msg("step %zu (%s): %s points, not %s", i, row->steps[i].then, got,
				row->steps[i].want);
	}
	lab_close(&l);
}

static void test_reference_month_is_told(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, &edition_azure);
	lab_tell(&l, "usage P C1 SQL 2023-06 2000");
	assert_int_equal(lab_score(&l, "P", NULL).reference_month, MONTH_NONE);
	assert_int_equal(lab_score(&l, "P", NULL).day, DAY_NONE);
	lab_tell(&l, "day 2023-07-25");
	assert_int_equal(lab_score(&l, "P", NULL).reference_month, month("2023-06"));
	assert_int_equal(lab_score(&l, "P", "2023-07-10").reference_month, MONTH_NONE);
	assert_int_equal(lab_score(&l, "P", "2024-07-10").reference_month, month("2023-06"));
	lab_close(&l);
}

static void test_complete_mode_counts_a_month_without_rows(void **state)
{
	char got[RATIO_TEXT];
	struct lab l;

	(void)state;
	lab_open(&l, &edition_azure);
	lab_tell(&l, "usage P C1 SQL 2023-06 2000; day 2023-09-30");
	lab_settle(&l);
	assert_string_equal(ratio_format(lab_points(&l, "P", AREA_INFRA, METRIC_ADDS), got), "10");
	assert_int_equal(engine_set_complete(l.e, true), 0);
	assert_string_equal(ratio_format(lab_points(&l, "P", AREA_INFRA, METRIC_ADDS), got), "0");
	lab_settle(&l);
	assert_int_equal(l.n_changes, 1);
	assert_int_equal(l.changes[0].cause_count, 0);
	assert_int_equal(lab_score(&l, "P", NULL).reference_month, month("2023-08"));
	/* A partner that comes later refers to the same month, and a day moves it at the month's turn. */
	lab_tell(&l, "usage Q C1 SQL 2023-09 2000");
	assert_string_equal(ratio_format(lab_points(&l, "Q", AREA_INFRA, METRIC_ADDS), got), "0");
	lab_tell(&l, "day 2023-10-01");
	assert_string_equal(ratio_format(lab_points(&l, "Q", AREA_INFRA, METRIC_ADDS), got), "10");
	assert_int_equal(engine_set_complete(l.e, false), 0);
	assert_string_equal(ratio_format(lab_points(&l, "P", AREA_INFRA, METRIC_ADDS), got), "10");
	assert_string_equal(ratio_format(lab_points(&l, "Q", AREA_INFRA, METRIC_ADDS), got), "0");
	lab_close(&l);
}

static void test_days_do_not_run_backwards(void **state)
{
	struct lab l;

	(void)state;
	lab_open(&l, &edition_azure);
	assert_int_equal(engine_day(l.e), DAY_NONE);
	lab_tell(&l, "day 2023-07-25; day 2023-07-20; !day 2023-07-30");
	assert_int_equal(engine_day(l.e), day("2023-07-25"));
	lab_close(&l);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_reference_month_is_told),
		cmocka_unit_test(test_complete_mode_counts_a_month_without_rows),
		cmocka_unit_test(test_days_do_not_run_backwards),
	};
	struct CMUnitTest tests[COUNT(fixed) + COUNT(rows)];
	size_t n = COUNT(fixed);

	memcpy(tests, fixed, sizeof fixed);
	for (size_t i = 0; i < COUNT(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	return _cmocka_run_group_tests("engine: time", tests, n, NULL, NULL);
}
