/* Explanations: what they say of each kind of rule, and that amounts are written exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "common/base/err.h"
#include "tests/support/edition_azure.h"
#include "tests/support/faulty.h"
#include "tests/support/lab.h"

static struct lab lab;

static int setup(void **state)
{
	(void)state;
	lab_open(&lab, &edition_azure);
	lab_tell(&lab,
		"usage P C1 SQL 2022-06 1000; usage P C1 SQL 2023-06 2000; usage P C2 Storage 2023-06 880; "
		"usage P C3 Arc 2023-05 12345; usage P C4 Arc 2023-06 -5; usage P C5 Key_Vault 2023-01 -1; "
		"usage P C6 Storage 2023-05 995; cert P A AZ-104; cert P B AZ-104; cert P C AZ-800; "
		"cert P D AZ-700 2021-01-01 2022-01-01; cert P B AZ-700; cert P E XX-900; day 2023-07-25");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

#define assert_str(s, want)                                                                        \
	do {                                                                                       \
		struct str got_ = (s);                                                             \
		if (!str_eq(got_, str_from(want)))                                                 \
			fail_msg("'" STR_FMT "', not '%s'", STR_ARG(got_), want);                  \
	} while (0)

static void assert_item(const struct explained_item *item, const char *id, const char *detail)
{
	assert_str(item->id, id);
	assert_str(item->detail, detail);
}

static void assert_condition(const struct explained_condition *c, const char *name,
	const char *expected, const char *actual, bool met)
{
	assert_str(c->name, name);
	assert_str(c->expected, expected);
	assert_str(c->actual, actual);
	assert_int_equal(c->met, met ? MET : MET_NOT);
}

static const struct metric_score *metric(size_t area, size_t i)
{
	return &lab_score(&lab, "P", NULL).areas[area].metrics[i];
}

static void test_customers(void **state)
{
	const struct metric_score *m = metric(AREA_INFRA, METRIC_ADDS);

	(void)state;
	assert_str(m->sentence,
		"2 customers at 1,000.00 USD or more in 2023-05 to 2023-06, 1 in 2022-05 to 2022-06: net 1");
	assert_int_equal(m->n_conditions, 3);
	assert_condition(&m->conditions[0],
		"customers at 1,000.00 USD or more in 2023-05 to 2023-06", "more than 1", "2",
		true);
	assert_condition(&m->conditions[2], "net customer adds", "at least 1, 3 for all 30 points",
		"1", true);
	assert_int_equal(m->counted_total, 2);
	assert_int_equal(m->n_counted, 2);
	assert_item(&m->counted[0], "C1", "2,000.00 USD in 2023-06");
	assert_item(&m->counted[1], "C3", "12,345.00 USD in 2023-05");
	assert_int_equal(m->nearly_total, 2);
	assert_int_equal(m->n_nearly, 2);
	assert_item(&m->nearly[0], "C6", "5.00 USD below in 2023-05 (995.00)");
	assert_item(&m->nearly[1], "C2", "120.00 USD below in 2023-06 (880.00)");
}

static void test_growth(void **state)
{
	const struct metric_score *m = metric(AREA_INFRA, METRIC_GROWTH);

	(void)state;
	assert_str(m->sentence,
		"2,875.00 USD in 2023-06 against 1,000.00 USD in 2022-06: growth of 187.5 %");
	assert_int_equal(m->n_conditions, 3);
	assert_condition(
		&m->conditions[0], "total 2023-06", "at least 1,000.00 USD", "2,875.00 USD", true);
	assert_condition(
		&m->conditions[1], "total 2022-06", "more than nothing", "1,000.00 USD", true);
	assert_condition(
		&m->conditions[2], "growth", "above 0 %, 20 % for all 20 points", "187.5 %", true);
	lab_tell(&lab, "!usage P C1 SQL 2022-06 0");
	m = metric(AREA_INFRA, METRIC_GROWTH);
	assert_condition(&m->conditions[2], "growth", "above 0 %, 20 % for all 20 points",
		"no percentage", false);
	assert_str(m->sentence,
		"2,875.00 USD in 2023-06 against 0.00 USD in 2022-06: growth over nothing has no "
		"percentage and earns no points");
	lab_tell(&lab, "usage P C1 SQL 2022-06 3; usage P C1 SQL 2023-06 4");
	assert_str(metric(AREA_INFRA, METRIC_GROWTH)->sentence,
		"879.00 USD in 2023-06 is below the minimum of 1,000.00 USD");
}

static void test_products(void **state)
{
	const struct metric_score *m = metric(AREA_INFRA, METRIC_PRODUCTS);

	(void)state;
	assert_str(m->sentence, "3 products with usage above zero in 2022-07 to 2023-06");
	assert_condition(&m->conditions[0], "products in use 2022-07 to 2023-06",
		"at least 1, 5 for all 10 points", "3", true);
	assert_int_equal(m->n_counted, 3);
	assert_item(&m->counted[0], "Arc", "12,340.00 USD");
	assert_item(&m->counted[2], "Storage", "1,875.00 USD");
	assert_int_equal(m->n_nearly, 1);
	assert_item(&m->nearly[0], "Key Vault", "-1.00 USD");
}

static void test_people(void **state)
{
	const struct metric_score *m = metric(AREA_INFRA, METRIC_INTERMEDIATE);

	(void)state;
	assert_int_equal(m->n_conditions, 2);
	assert_condition(&m->conditions[0], "Azure Administrator", "at least 2", "2", true);
	assert_condition(&m->conditions[1],
		"Network Engineer, Stack Hub Operator or Windows Server Hybrid Administrator",
		"at least 1; 4 points each, at most 20", "1", true);
	assert_int_equal(m->n_counted, 2);
	assert_item(&m->counted[0], "A", "Azure Administrator");
	assert_item(&m->counted[1], "B",
		"Azure Administrator; Network Engineer, Stack Hub Operator or Windows Server Hybrid Administrator");
	assert_int_equal(m->n_nearly, 4);
	assert_item(&m->nearly[0], "C",
		"lacks AZ-801 for Network Engineer, Stack Hub Operator or Windows Server Hybrid Administrator");
	assert_item(&m->nearly[1], "D",
		"lacks AZ-700 for Network Engineer, Stack Hub Operator or Windows Server Hybrid Administrator (lapsed or not "
		"yet earned)");
	assert_str(m->nearly[2].id, "A");
	assert_item(&m->nearly[3], "E", "lacks AZ-104 for Azure Administrator");
	assert_str(metric(AREA_INFRA, METRIC_ADVANCED)->sentence,
		"too few people for \"Azure Solutions Architect\", so the steps after it earn nothing; people by step: "
		"Azure Solutions Architect: 0 of 2 needed, Azure Virtual Desktop or SAP Workloads: 0");
}

static void test_explanation_of_another_day_speaks_of_that_day(void **state)
{
	struct partner_score s = lab_score(&lab, "P", "2021-08-01");

	(void)state;
	assert_str(
		s.areas[0].metrics[METRIC_ADDS].sentence, "no month of acr usage is complete yet");
	assert_item(&s.areas[0].metrics[METRIC_INTERMEDIATE].counted[2], "D",
		"Network Engineer, Stack Hub Operator or Windows Server Hybrid Administrator");
}

static void test_before_the_first_day(void **state)
{
	struct lab early;

	(void)state;
	lab_open(&early, &edition_azure);
	lab_tell(&early, "usage P C1 SQL 2023-06 2000");
	for (size_t i = 0; i < 5; i++)
		assert_str(lab_score(&early, "P", NULL).areas[0].metrics[i].sentence,
			"no day has been recorded yet, so nothing counts");
	lab_close(&early);
}

static void test_lists_are_cut_and_say_how_many_there_are(void **state)
{
	const struct metric_score *m;
	char facts[128];

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(facts, sizeof facts,
			"usage P X%03u SQL 2023-06 %u; cert P N%03u AZ-104", i, 900 + i, i);
		lab_tell(&lab, facts);
	}
	m = metric(AREA_INFRA, METRIC_ADDS);
	assert_int_equal(m->counted_total, 102);
	assert_int_equal(m->n_counted, 50);
	assert_int_equal(m->nearly_total, 102);
	assert_int_equal(m->n_nearly, 20);
	assert_str(m->nearly[0].id, "X099");
	assert_str(m->nearly[19].id, "X081"); /* C6 comes sixth */
	assert_str(m->counted[49].id, "X147");
	m = metric(AREA_INFRA, METRIC_INTERMEDIATE);
	assert_int_equal(m->counted_total, 202);
	assert_int_equal(m->n_counted, 50);
	assert_int_equal(m->n_nearly, 20);
}

static void test_amounts_are_exact(void **state)
{
	struct event ev = usage("P", "C2", "Storage", "2023-06", 999999999);

	(void)state;
	lab_apply(&lab, &ev);
	assert_item(&metric(AREA_INFRA, METRIC_ADDS)->nearly[0], "C2",
		"0.000001 USD below in 2023-06 (999.999999)");
	ev = usage("P", "C2", "Storage", "2023-06", 0);
	ev.u.usage.amount_micro = USAGE_AMOUNT_MAX - 880000;
	ev.id = STR("again");
	lab_apply(&lab, &ev);
	assert_item(&metric(AREA_INFRA, METRIC_ADDS)->counted[1], "C2",
		"999,999,999.12 USD in 2023-06");
}

static void test_texts_are_never_cut_inside_a_character(void **state)
{
	struct people_step steps[EDITION_STEPS_MAX];
	struct metric metric_ = edition_azure.areas[0].metrics[METRIC_INTERMEDIATE];
	struct area area = edition_azure.areas[0];
	struct edition ed = edition_azure;
	const struct track track = { .metrics = &metric_ };
	char name[256];

	(void)state;
	for (size_t i = 0; i + 2 < sizeof name; i += 3)
		memcpy(name + i, "\xe2\x82\xac", 3);
	for (size_t shift = 0; shift < 4; shift++) {
		struct lab l;
		struct partner_score s;

		for (size_t i = 0; i < EDITION_STEPS_MAX; i++) {
			steps[i] = edition_azure.areas[0]
					   .metrics[METRIC_INTERMEDIATE]
					   .rule.u.people.steps[0];
			steps[i].min_people = 1;
			steps[i].name = (struct str){ name, 240 - (i == 0 ? shift * 3 : 0) };
			if (i == 1) /* moves the place of the cut by a byte */
				steps[i].name = (struct str){ "abcdef", shift + 1 };
		}
		metric_.rule.u.people.n_steps = EDITION_STEPS_MAX;
		metric_.rule.u.people.steps = steps;
		area.n_metrics = 1;
		area.metrics = &metric_;
		area.tracks = &track;
		ed.n_areas = 1;
		ed.areas = &area;
		lab_open(&l, &ed);
		lab_tell(&l, "cert P A AZ-104; day 2023-07-20");
		s = lab_score(&l, "P", NULL);
		assert_true(s.areas[0].metrics[0].sentence.n > 700);
		assert_true(str_is_clean_utf8(s.areas[0].metrics[0].sentence));
		assert_true(str_is_clean_utf8(s.areas[0].metrics[0].counted[0].detail));
		lab_close(&l);
	}
}

static void test_out_of_memory_is_an_answer(void **state)
{
	struct partner_score s;
	int rc = ERR_NOMEM;

	(void)state;
	for (long n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct arena ar;

		arena_init(&ar, faulty_alloc(&f), SIZE_MAX);
		rc = engine_score(lab.e, STR("P"), DAY_NONE, true, &ar, &s);
		arena_fini(&ar);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
	/* Every size of arena on the way, so that each single text fails once. */
	rc = ERR_NOMEM;
	for (size_t max = 0; rc == ERR_NOMEM; max += 64) {
		struct arena ar;

		arena_init(&ar, &mem_heap, max);
		rc = engine_score(lab.e, STR("P"), DAY_NONE, true, &ar, &s);
		arena_fini(&ar);
	}
	assert_int_equal(rc, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_customers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_growth, setup, teardown),
		cmocka_unit_test_setup_teardown(test_products, setup, teardown),
		cmocka_unit_test_setup_teardown(test_people, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_explanation_of_another_day_speaks_of_that_day, setup, teardown),
		cmocka_unit_test(test_before_the_first_day),
		cmocka_unit_test_setup_teardown(
			test_lists_are_cut_and_say_how_many_there_are, setup, teardown),
		cmocka_unit_test_setup_teardown(test_amounts_are_exact, setup, teardown),
		cmocka_unit_test(test_texts_are_never_cut_inside_a_character),
		cmocka_unit_test_setup_teardown(test_out_of_memory_is_an_answer, setup, teardown),
	};

	return cmocka_run_group_tests_name("engine: explain", tests, NULL, NULL);
}
