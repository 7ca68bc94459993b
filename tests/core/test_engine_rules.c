/* Each kind of rule, on the tables of the Azure areas: published examples (their numbers are those of the list of
 * worked examples), thresholds, windows and look-back on both sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/edition_azure.h"
#include "tests/support/lab.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *name;
	const char *facts;
	size_t area, metric;
	const char *want; /* points */
};

#define JUNE "day 2023-07-25;" /* reference month 2023-06 */

static const struct row rows[] = {
	/* people */
	{ "T012: apps intermediate, two administrators and two developers",
		JUNE "cert P A AZ-104; cert P B AZ-104; cert P C AZ-204; cert P D PL-400",
		AREA_APPS, METRIC_INTERMEDIATE, "8" },
	{ "T013: the same two people complete both steps",
		JUNE "cert P A AZ-104; cert P B AZ-104; cert P A AZ-204; cert P B PL-400",
		AREA_APPS, METRIC_INTERMEDIATE, "8" },
	{ "T014: one administrator is not enough",
		JUNE "cert P A AZ-104; cert P B AZ-204; cert P C AZ-204", AREA_APPS,
		METRIC_INTERMEDIATE, "0" },
	{ "T015: one more administrator opens the gate",
		JUNE "cert P A AZ-104; cert P B AZ-204; cert P C AZ-204; cert P B AZ-104",
		AREA_APPS, METRIC_INTERMEDIATE, "8" },
	{ "T016: infrastructure intermediate",
		JUNE
		"cert P A AZ-104; cert P B AZ-104; cert P C AZ-700; cert P D AZ-800; cert P D AZ-801",
		AREA_INFRA, METRIC_INTERMEDIATE, "8" },
	{ "T017: infrastructure, the same two people",
		JUNE "cert P A AZ-104; cert P B AZ-104; cert P A AZ-600; cert P B AZ-700",
		AREA_INFRA, METRIC_INTERMEDIATE, "8" },
	{ "T018: infrastructure, one administrator",
		JUNE "cert P A AZ-104; cert P B AZ-700; cert P C AZ-700", AREA_INFRA,
		METRIC_INTERMEDIATE, "0" },
	{ "T019: infrastructure, one more administrator",
		JUNE "cert P A AZ-104; cert P B AZ-700; cert P C AZ-700; cert P D AZ-104",
		AREA_INFRA, METRIC_INTERMEDIATE, "8" },
	{ "T020: apps advanced",
		JUNE "cert P A AZ-305; cert P B AZ-305; cert P C AZ-220; cert P D AZ-400",
		AREA_APPS, METRIC_ADVANCED, "8" },
	{ "T021: apps advanced, the same two people",
		JUNE "cert P A AZ-305; cert P B AZ-305; cert P A PL-600; cert P B AZ-400",
		AREA_APPS, METRIC_ADVANCED, "8" },
	{ "T006: data, three people of the third step",
		JUNE
		"cert P A AZ-305; cert P B AZ-305; cert P C AZ-104; cert P D AZ-104; cert P E DP-300; cert P F AI-102; "
		"cert P G PL-300",
		AREA_DATA, METRIC_INTERMEDIATE, "12" },
	{ "T008: data, nobody in the second step",
		JUNE "cert P A AZ-305; cert P B AZ-305; cert P A DP-300; cert P B DP-300",
		AREA_DATA, METRIC_INTERMEDIATE, "0" },
	{ "T093: data, ten people reach the maximum",
		JUNE
		"cert P A AZ-305; cert P B AZ-305; cert P A AZ-104; cert P B AZ-104; cert P A DP-300; cert P B DP-300; "
		"cert P C DP-300; cert P D DP-300; cert P E DP-300; cert P F DP-300; cert P G DP-300; "
		"cert P H DP-300; cert P I DP-300; cert P J DP-300; cert P K DP-300",
		AREA_DATA, METRIC_INTERMEDIATE, "40" },
	{ "a certificate goes by its title in any case of letters",
		JUNE
		"cert P A microsoft_certified:_azure_administrator_ASSOCIATE; cert P B az-104; "
		"cert P C Windows_Server_Hybrid_Administrator_Associate",
		AREA_INFRA, METRIC_INTERMEDIATE, "4" },
	{ "an assessment counts like a certificate of that name",
		JUNE "cert P A AZ-104; assess P B AZ-104 2023-01-01; cert P B AZ-700", AREA_INFRA,
		METRIC_INTERMEDIATE, "4" },
	{ "one half of the hybrid pair is nothing",
		JUNE "cert P A AZ-104; cert P B AZ-104; cert P C AZ-800; cert P D AZ-801",
		AREA_INFRA, METRIC_INTERMEDIATE, "0" },

	/* net customer adds */
	{ "T085: one net add", JUNE "usage P C1 SQL 2023-06 1000", AREA_DATA, METRIC_ADDS, "10" },
	{ "T086: three net adds",
		JUNE
		"usage P C1 SQL 2023-06 1000; usage P C2 SQL 2023-06 5000; usage P C3 SQL 2023-06 1000",
		AREA_DATA, METRIC_ADDS, "30" },
	{ "four net adds earn no more than three",
		JUNE
		"usage P C1 SQL 2023-06 1000; usage P C2 SQL 2023-06 5000; usage P C3 SQL 2023-06 1000; "
		"usage P C4 SQL 2023-06 1000",
		AREA_DATA, METRIC_ADDS, "30" },
	{ "999 dollars are below the threshold", JUNE "usage P C1 SQL 2023-06 999", AREA_DATA,
		METRIC_ADDS, "0" },
	{ "a customer's products add up",
		JUNE "usage P C1 SQL 2023-06 999; usage P C1 Storage 2023-06 1", AREA_DATA,
		METRIC_ADDS, "10" },
	{ "two months do not add up", JUNE "usage P C1 SQL 2023-06 500; usage P C1 SQL 2023-05 500",
		AREA_DATA, METRIC_ADDS, "0" },
	{ "one month below is no churn",
		JUNE "usage P C1 SQL 2023-05 1000; usage P C1 SQL 2023-06 10", AREA_DATA,
		METRIC_ADDS, "10" },
	{ "a customer over the threshold in both months is one",
		JUNE
		"usage P C1 SQL 2023-05 1000; usage P C1 SQL 2023-06 1000; usage P C2 SQL 2023-05 1000; "
		"usage P C2 SQL 2023-06 1000",
		AREA_DATA, METRIC_ADDS, "20" },
	{ "a customer over the threshold in both months of the base is one",
		JUNE
		"usage P C1 SQL 2023-06 1000; usage P C2 SQL 2023-06 1000; usage P C3 SQL 2022-05 1000; "
		"usage P C3 SQL 2022-06 1000",
		AREA_DATA, METRIC_ADDS, "10" },
	{ "two months below are churn",
		JUNE
		"usage P C1 SQL 2023-04 1000; usage P C1 SQL 2023-05 10; usage P C1 SQL 2023-06 10",
		AREA_DATA, METRIC_ADDS, "0" },
	{ "the base looks two months back as well",
		JUNE
		"usage P C1 SQL 2022-05 1000; usage P C1 SQL 2022-06 10; usage P C1 SQL 2023-06 1000",
		AREA_DATA, METRIC_ADDS, "0" },
	{ "three months before a year ago is out of the base",
		JUNE "usage P C1 SQL 2022-04 1000; usage P C1 SQL 2023-06 1000", AREA_DATA,
		METRIC_ADDS, "10" },
	{ "customers lost are set off against customers won",
		JUNE
		"usage P C1 SQL 2022-06 1000; usage P C2 SQL 2023-06 1000; usage P C3 SQL 2023-06 1000",
		AREA_DATA, METRIC_ADDS, "10" },
	{ "a net loss is no negative score",
		JUNE
		"usage P C1 SQL 2022-06 1000; usage P C2 SQL 2022-06 1000; usage P C3 SQL 2023-06 1000",
		AREA_DATA, METRIC_ADDS, "0" },

	/* growth */
	{ "T087: growth of one per cent",
		JUNE "usage P C1 SQL 2022-06 100000; usage P C1 SQL 2023-06 101000", AREA_DATA,
		METRIC_GROWTH, "1" },
	{ "T088: growth of twenty per cent",
		JUNE "usage P C1 SQL 2022-06 1000; usage P C1 SQL 2023-06 1200", AREA_DATA,
		METRIC_GROWTH, "20" },
	{ "T090: below 1,000 dollars",
		JUNE "usage P C1 SQL 2022-06 100; usage P C1 SQL 2023-06 999", AREA_DATA,
		METRIC_GROWTH, "0" },
	{ "exactly 1,000 dollars", JUNE "usage P C1 SQL 2022-06 100; usage P C1 SQL 2023-06 1000",
		AREA_DATA, METRIC_GROWTH, "20" },
	{ "growth is an exact fraction",
		JUNE "usage P C1 SQL 2022-06 3000; usage P C1 SQL 2023-06 3400", AREA_DATA,
		METRIC_GROWTH, "40/3" },
	{ "growth over nothing earns nothing", JUNE "usage P C1 SQL 2023-06 5000", AREA_DATA,
		METRIC_GROWTH, "0" },
	{ "growth over a credit earns nothing",
		JUNE "usage P C1 SQL 2022-06 -5; usage P C1 SQL 2023-06 5000", AREA_DATA,
		METRIC_GROWTH, "0" },
	{ "a decline earns nothing",
		JUNE "usage P C1 SQL 2022-06 5000; usage P C1 SQL 2023-06 4000", AREA_DATA,
		METRIC_GROWTH, "0" },
	{ "only the months compared matter",
		JUNE
		"usage P C1 SQL 2022-06 1000; usage P C1 SQL 2022-05 9000; usage P C1 SQL 2023-06 1100",
		AREA_DATA, METRIC_GROWTH, "10" },
	{ "sums of many great amounts stay exact",
		JUNE "usage P C1 SQL 2022-06 1000000000; usage P C2 SQL 2022-06 1000000000; "
		     "usage P C1 SQL 2023-06 1000000000; usage P C2 SQL 2023-06 1000000001",
		AREA_DATA, METRIC_GROWTH, "1/20000000" },

	/* products */
	{ "T091: one service in use", JUNE "usage P C1 SQL 2023-06 1", AREA_DATA, METRIC_PRODUCTS,
		"2" },
	{ "T092: five services in use",
		JUNE
		"usage P C1 A 2023-06 1; usage P C1 B 2023-01 1; usage P C2 C 2022-07 1; usage P C1 D 2023-06 1; "
		"usage P C1 E 2023-06 1",
		AREA_DATA, METRIC_PRODUCTS, "10" },
	{ "six services earn no more",
		JUNE
		"usage P C1 A 2023-06 1; usage P C1 B 2023-01 1; usage P C2 C 2022-07 1; usage P C1 D 2023-06 1; "
		"usage P C1 E 2023-06 1; usage P C1 F 2023-06 1",
		AREA_DATA, METRIC_PRODUCTS, "10" },
	{ "virtual machines are no deployment",
		JUNE
		"usage P C1 virtual_machines 2023-06 1; usage P C1 Virtual_Machines_Licenses 2023-06 1",
		AREA_DATA, METRIC_PRODUCTS, "0" },
	{ "thirteen months ago is out of the window",
		JUNE "usage P C1 SQL 2022-06 1; usage P C1 B 2023-06 1", AREA_DATA, METRIC_PRODUCTS,
		"2" },
	{ "a month after the last one does not count yet",
		JUNE "usage P C1 SQL 2023-07 1; usage P C1 B 2023-06 1", AREA_DATA, METRIC_PRODUCTS,
		"2" },
	{ "credits of the window can undo a service",
		JUNE "usage P C1 SQL 2023-06 5; usage P C2 SQL 2023-05 -5", AREA_DATA,
		METRIC_PRODUCTS, "0" },
	{ "one service at two customers is one",
		JUNE "usage P C1 SQL 2023-06 5; usage P C2 SQL 2023-05 5", AREA_DATA,
		METRIC_PRODUCTS, "2" },
};

/* Facts one way round and the other, settled after each or at the end: the points are the same. */
static void test_row(void **state)
{
	const struct row *row = *state;
	char got[RATIO_TEXT];
	struct lab_words words;
	struct event ev;
	struct lab l;

	lab_open(&l, &edition_azure);
	lab_tell(&l, row->facts);
	assert_string_equal(
		ratio_format(lab_points(&l, "P", row->area, row->metric), got), row->want);
	lab_settle(&l);
	assert_string_equal(
		ratio_format(lab_points(&l, "P", row->area, row->metric), got), row->want);
	lab_close(&l);
	/* Settled after each fact, so that each one is taken in by itself. */
	lab_open(&l, &edition_azure);
	for (const char *facts = row->facts; lab_next(&facts, &words, &ev);) {
		lab_apply(&l, &ev);
		lab_settle(&l);
	}
	assert_string_equal(
		ratio_format(lab_points(&l, "P", row->area, row->metric), got), row->want);
	/* The same day asked for from a day before. */
	lab_close(&l);
	lab_open(&l, &edition_azure);
	lab_tell(&l, row->facts + strlen(JUNE));
	lab_tell(&l, "day 2023-01-01");
	lab_settle(&l);
	assert_string_equal(ratio_format(lab_score(&l, "P", "2023-07-25")
						 .areas[row->area]
						 .metrics[row->metric]
						 .points,
				    got),
		row->want);
	/* The day last: rebuilt from the cells. */
	lab_tell(&l, "day 2023-07-25");
	lab_settle(&l);
	assert_string_equal(
		ratio_format(lab_points(&l, "P", row->area, row->metric), got), row->want);
	lab_close(&l);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(rows)];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	return _cmocka_run_group_tests("engine: rules", tests, n, NULL, NULL);
}
