/* What settle reports, lists, limits, and a failing allocator. */
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
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

static const char QUALIFYING[] =
	"usage P C1 SQL 2022-06 1000; usage P C1 SQL 2023-06 2000; usage P C2 Storage 2023-06 2000; "
	"usage P C3 Arc 2023-06 2000; usage P C4 Monitor 2023-06 2000; usage P C4 Vault 2023-06 1; "
	"cert P A AZ-104; cert P B AZ-104; cert P A AZ-305; cert P B AZ-305; "
	"cert P A AZ-700; cert P B AZ-700; cert P A AZ-140; cert P B AZ-120; day 2023-07-20";

static void test_new_partner_is_reported_even_with_nothing(void **state)
{
	(void)state;
	lab_tell(&lab, "cert P A XX-900");
	lab_settle(&lab);
	assert_int_equal(lab.n_changes, 1);
	assert_true(str_eq(lab.changes[0].partner, STR("P")));
	assert_int_equal(lab.changes[0].n_areas, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_ptr_equal(lab.changes[0].areas[i].shape, engine_shape(lab.e, i, 0));
		assert_int_equal(engine_shape(lab.e, i, 0)->qualifies_at, 70);
		assert_int_equal(lab.changes[0].areas[i].status_before, AREA_UNKNOWN);
		assert_int_equal(lab.changes[0].areas[i].status_after, AREA_IN_PROGRESS);
	}
	assert_int_equal(lab.changes[0].n_causes, 1);
	assert_int_equal(lab.changes[0].causes[0], 0);
	lab_settle(&lab);
	assert_int_equal(lab.n_changes, 0);
}

static void test_status_follows_total_and_every_metric(void **state)
{
	char total[RATIO_TEXT];

	(void)state;
	lab_tell(&lab, QUALIFYING);
	lab_settle(&lab);
	assert_string_equal(
		ratio_format(lab_score(&lab, "P", NULL).areas[AREA_INFRA].total, total), "76");
	assert_int_equal(lab_score(&lab, "P", NULL).areas[AREA_INFRA].status, AREA_QUALIFIED);
	/* 60 points, and two metrics at zero. */
	assert_int_equal(lab_score(&lab, "P", NULL).areas[AREA_APPS].status, AREA_IN_PROGRESS);
	assert_int_equal(lab.changes[0].areas[AREA_INFRA].status_after, AREA_QUALIFIED);
	lab_tell(&lab, "!cert P A AZ-700; !cert P B AZ-700; cert P C AZ-140; cert P D AZ-140");
	lab_settle(&lab);
	assert_string_equal(
		ratio_format(lab_score(&lab, "P", NULL).areas[AREA_INFRA].total, total), "76");
	assert_int_equal(lab_score(&lab, "P", NULL).areas[AREA_INFRA].status, AREA_IN_PROGRESS);
	assert_int_equal(lab.changes[0].n_areas, 1);
	assert_int_equal(lab.changes[0].areas[0].status_before, AREA_QUALIFIED);
	assert_int_equal(lab.changes[0].areas[0].status_after, AREA_IN_PROGRESS);
}

static void test_exactly_seventy_qualifies(void **state)
{
	char total[RATIO_TEXT];

	(void)state;
	lab_tell(&lab, QUALIFYING);
	lab_tell(&lab,
		"!usage P C4 Vault 2023-06 0; !usage P C3 Arc 2023-06 0; !cert P B AZ-700; cert P E AZ-700; "
		"usage P C5 Storage 2023-06 2000");
	lab_settle(&lab);
	assert_string_equal(
		ratio_format(lab_score(&lab, "P", NULL).areas[AREA_INFRA].total, total), "72");
	lab_tell(&lab, "!usage P C4 Monitor 2023-06 0; usage P C6 Storage 2023-06 2000");
	lab_settle(&lab);
	assert_string_equal(
		ratio_format(lab_score(&lab, "P", NULL).areas[AREA_INFRA].total, total), "70");
	assert_int_equal(lab_score(&lab, "P", NULL).areas[AREA_INFRA].status, AREA_QUALIFIED);
	lab_tell(&lab, "usage P C1 SQL 2022-06 6675"); /* 8,000 is 19.85 per cent more */
	lab_settle(&lab);
	assert_string_equal(ratio_format(lab_score(&lab, "P", NULL).areas[AREA_INFRA].total, total),
		"18650/267");
	assert_int_equal(lab_score(&lab, "P", NULL).areas[AREA_INFRA].status, AREA_IN_PROGRESS);
}

static void test_only_changed_areas_are_reported(void **state)
{
	(void)state;
	lab_tell(&lab, "cert P A AZ-104; cert P B AZ-104; day 2023-07-20");
	lab_settle(&lab);
	lab_tell(&lab, "cert P C AZ-700");
	lab_settle(&lab);
	assert_int_equal(lab.n_changes, 1);
	assert_int_equal(lab.changes[0].n_areas, 1);
	assert_ptr_equal(lab.changes[0].areas[0].shape, engine_shape(lab.e, AREA_INFRA, 0));
	assert_true(ratio_is_zero(lab.changes[0].areas[0].before[METRIC_INTERMEDIATE]));
	assert_true(ratio_eq(lab.changes[0].areas[0].after[METRIC_INTERMEDIATE], ratio_int(4)));
	/* There and back again: nothing to report. */
	lab_tell(&lab, "cert P D AZ-700; !cert P D AZ-700; usage P C9 Virtual_Machines 2019-01 5");
	lab_settle(&lab);
	assert_int_equal(lab.n_changes, 0);
}

static void test_causes_are_those_that_changed_something(void **state)
{
	char facts[128];

	(void)state;
	lab_tell(&lab, "usage P C SQL 2023-06 10; usage Q C SQL 2023-06 10; day 2023-07-20");
	lab_settle(&lab);
	lab.cause = 100;
	lab_tell(&lab, "usage P C2 SQL 2020-01 5000"); /* 100: outside every window */
	for (int i = 0; i < 12; i++) {
		(void)snprintf(facts, sizeof facts,
			"usage P C SQL 2023-06 %d; usage Q C SQL 2023-06 %d",
			i % 2 == 1 ? 1000 + i : 500 + i, i);
		lab_tell(&lab, facts); /* 101, 103 ... are P's */
	}
	lab_settle(&lab);
	assert_int_equal(lab.n_changes, 1); /* Q's one service is gone and back: not a change */
	assert_true(str_eq(lab.changes[0].partner, STR("P")));
	assert_int_equal(lab.changes[0].n_causes, CAUSES_MAX);
	assert_int_equal(lab.changes[0].cause_count, 12);
	for (uint32_t i = 0; i < CAUSES_MAX; i++)
		assert_int_equal(lab.changes[0].causes[i], 101 + 2 * i);
}

static void test_day_is_the_cause_of_what_it_moves(void **state)
{
	(void)state;
	lab_tell(&lab,
		"usage P C SQL 2023-06 1000; usage Q C SQL 2023-06 10; "
		"cert R A AZ-104; cert R B AZ-104 2022-01-01 2023-07-19; cert R C AZ-700; day 2023-07-19");
	lab_settle(&lab);
	lab.cause = 7;
	lab_tell(&lab, "day 2023-07-20");
	lab_settle(&lab);
	assert_int_equal(lab.n_changes, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(lab.changes[i].cause_count, 1);
		assert_int_equal(lab.changes[i].causes[0], 7);
	}
}

static void test_partners_come_in_order_of_their_texts(void **state)
{
	static const char *const want[] = { "1", "10", "100000000000000000000001",
		"100000000000000000000002", "1000000000000000x", "2", "A", "a" };
	char facts[128];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		(void)snprintf(facts, sizeof facts, "cert %s A AZ-104", want[(i * 5 + 3) % 8]);
		lab_tell(&lab, facts);
	}
	lab_settle(&lab);
	assert_int_equal(lab.n_changes, 8);
	for (size_t i = 0; i < 8; i++)
		assert_true(str_eq(lab.changes[i].partner, str_from(want[i])));
}

static void test_many_partners_are_sorted(void **state)
{
	char facts[64];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(
			facts, sizeof facts, "cert prefix-of-all-%u A AZ-104", i * 7919 % 1000);
		lab_tell(&lab, facts);
	}
	lab_settle(&lab);
	assert_int_equal(lab.n_changes, 1000);
	for (size_t i = 1; i < 1000; i++)
		assert_true(str_cmp(lab.changes[i - 1].partner, lab.changes[i].partner) < 0);
}

static void test_facts_of_no_rule_are_counted_and_kept(void **state)
{
	struct event ev = usage("P", "C", "SQL", "2023-06", USD(1));
	struct engine_stats s;
	struct partner_score score;

	(void)state;
	ev.u.usage.measure = MEASURE_MAU;
	lab_apply(&lab, &ev);
	engine_stats_get(lab.e, &s);
	assert_int_equal(s.unused, 1);
	assert_int_equal(s.events, 1);
	assert_int_equal(s.partners, 1); /* a later edition may have a rule for it */
	assert_int_equal(engine_score(lab.e, STR("P"), DAY_NONE, false, &lab.ar, &score), 0);
	lab_tell(&lab,
		"cert P A XX-900; cert P A AZ-104; !cert P A XX-900; usage P C SQL 2023-06 1; day 2023-07-01; day 2023-06-01");
	engine_stats_get(lab.e, &s);
	assert_int_equal(s.unknown_certificates, 2);
	assert_int_equal(s.certificates, 2);
	assert_int_equal(s.people, 1);
	assert_int_equal(s.customers, 1);
	assert_int_equal(s.usage_rows, 2);
	assert_int_equal(s.stale, 1);
	assert_int_equal(s.names, 8); /* P; A; source, XX-900, AZ-104, SQL, no component, C */
	assert_true(s.bytes > 1000);
}

/* ---- lists ----------------------------------------------------------------------------------------------------- */

static void list(const char *after, const char *area, enum area_status status, size_t limit,
	const char *want, bool more)
{
	struct partner_score scores[16];
	char got[64] = "";
	bool is_more;
	size_t n;

	arena_reset(&lab.ar);
	assert_int_equal(engine_list(lab.e, str_from(after), str_from(area), status, limit, &lab.ar,
				 scores, &n, &is_more),
		0);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(got + strlen(got), sizeof got - strlen(got), STR_FMT " ",
			STR_ARG(scores[i].partner));
	assert_string_equal(got, want);
	assert_int_equal(is_more, more);
}

static void test_list_pages_through_partners_that_match(void **state)
{
	(void)state;
	list("", "", AREA_UNKNOWN, 10, "", false);
	lab_tell(&lab, QUALIFYING);
	lab_tell(&lab, "cert D X AZ-104; cert B X AZ-104; cert A X AZ-104; cert C X AZ-104");
	list("", "infrastructure", AREA_QUALIFIED, 10, "P ", false); /* before the settle */
	lab_settle(&lab);
	list("", "", AREA_UNKNOWN, 10, "A B C D P ", false);
	list("", "", AREA_UNKNOWN, 2, "A B ", true);
	list("B", "", AREA_UNKNOWN, 2, "C D ", true);
	list("D", "", AREA_UNKNOWN, 2, "P ", false);
	list("P", "", AREA_UNKNOWN, 2, "", false);
	list("", "", AREA_UNKNOWN, 0, "", true);
	list("", "infrastructure", AREA_QUALIFIED, 10, "P ", false);
	list("", "", AREA_QUALIFIED, 10, "P ", false);
	list("", "data-ai", AREA_QUALIFIED, 10, "", false);
	list("", "data-ai", AREA_IN_PROGRESS, 4, "A B C D ", true);
	list("", "no-such-area", AREA_UNKNOWN, 4, "", false);
}

/* ---- limits ---------------------------------------------------------------------------------------------------- */

static int tell_limited(struct engine_limits limits, const char *facts)
{
	struct lab_words words;
	struct engine *e;
	struct event ev;
	int rc = engine_create(&mem_heap, &edition_azure, &limits, &e);

	assert_int_equal(rc, 0);
	while (rc == 0 && lab_next(&facts, &words, &ev))
		rc = engine_apply(e, &ev, 0);
	engine_destroy(e);
	return rc;
}

static void test_limits_answer_full(void **state)
{
	static const char facts[] = "cert P A AZ-104; cert Q B AZ-104; usage P C SQL 2023-06 1";

	(void)state;
	/* Names: P Q A B, //test AZ-104 SQL "" C. */
	assert_int_equal(tell_limited((struct engine_limits){ 2, 2, 9 }, facts), 0);
	assert_int_equal(tell_limited((struct engine_limits){ 1, 2, 9 }, facts), ERR_FULL);
	assert_int_equal(tell_limited((struct engine_limits){ 2, 1, 9 }, facts), ERR_FULL);
	assert_int_equal(tell_limited((struct engine_limits){ 2, 2, 8 }, facts), ERR_FULL);
	assert_int_equal(
		tell_limited((struct engine_limits){ 2, 2, 6 }, "cert P A AZ-104; cert P B AZ-104"),
		0);
	assert_int_equal(
		tell_limited((struct engine_limits){ 2, 2, 5 }, "cert P A AZ-104; cert P B AZ-104"),
		ERR_FULL);
}

/* Two growth metrics have the product of two sums of usage below the line: no area may add those up. */
static void test_create_refuses_points_that_would_not_stay_exact(void **state)
{
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct edition ed = edition_azure;
	struct metric metrics[2] = { edition_azure.areas[0].metrics[METRIC_ADDS],
		edition_azure.areas[0].metrics[METRIC_ADDS] };
	struct area area = edition_azure.areas[0];
	struct metric_rule growth = { .kind = RULE_USAGE_GROWTH,
		.points_each = ratio_int(1),
		.u.growth = { .window_months = 1, .compare_months = 12 } };
	struct engine *e = NULL;

	(void)state;
	ed.n_areas = 1;
	ed.areas = &area;
	area.n_metrics = 2;
	area.metrics = metrics;
	area.tracks = &(struct track){ .metrics = metrics };
	metrics[0].rule = growth;
	assert_int_equal(engine_create(&mem_heap, &ed, &limits, &e), 0);
	engine_destroy(e);
	e = NULL;
	metrics[1].rule = growth;
	assert_int_equal(engine_create(&mem_heap, &ed, &limits, &e), ERR_INVALID);
	metrics[1].rule = edition_azure.areas[0].metrics[METRIC_ADDS].rule;
	metrics[0].rule.points_each = ratio_make(1, 999983);
	metrics[1].rule.points_each = ratio_make(1, 2);
	assert_int_equal(engine_create(&mem_heap, &ed, &limits, &e), ERR_INVALID);
	assert_null(e);
}

static void test_create_refuses_what_it_cannot_run(void **state)
{
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct edition ed = edition_azure;
	struct selection selections[2] = { edition_azure.selections[0],
		edition_azure.selections[1] };
	struct metric metric = edition_azure.areas[0].metrics[METRIC_ADDS];
	struct area area = edition_azure.areas[0];
	struct engine *e = NULL;

	(void)state;
	assert_int_equal(
		engine_create(&mem_heap, &ed, &(struct engine_limits){ 0, 1, 1 }, &e), ERR_INVALID);
	ed.n_areas = 0;
	assert_int_equal(engine_create(&mem_heap, &ed, &limits, &e), ERR_INVALID);
	ed = edition_azure;
	ed.selections = selections;
	selections[1].measure = MEASURE_KINDS;
	assert_int_equal(engine_create(&mem_heap, &ed, &limits, &e), ERR_INVALID);
	ed = edition_azure;
	ed.n_areas = 1;
	ed.areas = &area;
	area.n_metrics = 1;
	area.metrics = &metric;
	area.tracks = &(struct track){ .metrics = &metric };
	metric.rule.u.units.test.selection = 2;
	assert_int_equal(engine_create(&mem_heap, &ed, &limits, &e), ERR_INVALID);
	metric.rule.u.units.test.selection = 1;
	metric.rule.u.units.test.from_micro = 0;
	assert_int_equal(engine_create(&mem_heap, &ed, &limits, &e), ERR_INVALID);
	assert_null(e);
	metric.rule.u.units.test.from_micro = 1;
	assert_int_equal(engine_create(&mem_heap, &ed, &limits, &e), 0);
	engine_destroy(e);
	engine_destroy(NULL);
}

/* ---- faults ---------------------------------------------------------------------------------------------------- */

static int put_nothing(void *ctx, struct span blob)
{
	(void)blob;
	(*(size_t *)ctx)++;
	return 0;
}

/* One life of an engine from an allocator that gives out. */
static int one_life(const struct alloc *a)
{
	static const char more[] =
		"; link Q A; usage Q C1 SQL 2023-06 5; reported Q 2023-06; day 2023-08-20; "
		"unlink Q A; !usage P C1 SQL 2023-06 0; cert P K AZ-104 2023-01-01 2023-12-31";
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	const struct partner_change *changes;
	struct partner_score score, scores[2];
	struct lab_words words;
	struct engine *e = NULL;
	struct arena ar;
	struct event ev;
	const char *facts;
	char text[1024];
	size_t n, blobs = 0;
	bool is_more;
	int rc;

	arena_init(&ar, a, SIZE_MAX);
	(void)snprintf(text, sizeof text, "%s%s", QUALIFYING, more);
	facts = text;
	facts_restart();
	rc = engine_create(a, &edition_azure, &limits, &e);
	while (rc == 0 && lab_next(&facts, &words, &ev)) {
		char id[64];

		/* An id that does not fit its place in the row. */
		(void)snprintf(id, sizeof id, "a-rather-long-event-id-" STR_FMT, STR_ARG(ev.id));
		ev.id = str_from(id);
		rc = engine_apply(e, &ev, 0);
	}
	if (rc == 0)
		rc = engine_settle(e, &changes, &n);
	if (rc == 0)
		rc = engine_score(e, STR("P"), 19600, true, &ar, &score);
	if (rc == 0)
		rc = engine_list(e, STR(""), STR(""), AREA_UNKNOWN, 2, &ar, scores, &n, &is_more);
	if (rc == 0)
		rc = engine_save(e, put_nothing, &blobs);
	if (rc == 0)
		rc = engine_set_complete(e, true);
	engine_destroy(e);
	arena_fini(&ar);
	return rc;
}

static void test_out_of_memory_is_an_answer_and_leaks_nothing(void **state)
{
	long n = 0;
	int rc = ERR_NOMEM;

	(void)state;
	for (; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };

		rc = one_life(faulty_alloc(&f));
		assert_int_equal(f.live, 0);
		assert_int_equal(f.live_bytes, 0);
	}
	assert_int_equal(rc, 0);
	assert_true(n > 50);
}

static void test_steady_load_allocates_nothing(void **state)
{
	static const char round[] =
		"usage P C1 SQL 2023-06 %u; usage P C2 Storage 2022-06 %u; cert P A AZ-104; "
		"link P B; day 2023-%02u-20";
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct faulty f = { .left = -1 };
	const struct partner_change *changes;
	struct engine *e;
	long calls = 0;
	size_t n;

	(void)state;
	assert_int_equal(engine_create(faulty_alloc(&f), &edition_azure, &limits, &e), 0);
	for (unsigned i = 0; i < 12; i++) {
		struct lab_words words;
		struct event ev;
		char text[256];
		const char *facts = text;

		(void)snprintf(text, sizeof text, round, 1000 + i, 900 + i * 10, i + 1);
		while (lab_next(&facts, &words, &ev))
			assert_int_equal(engine_apply(e, &ev, 0), 0);
		assert_int_equal(engine_settle(e, &changes, &n), 0);
		if (i == 7) /* every kind of day has been */
			calls = f.calls;
	}
	assert_int_equal(f.calls, calls);
	engine_destroy(e);
	assert_int_equal(f.live, 0);
}

/* `n` customers use the greatest amount there is, a tenth of it a year before; then one of ten ceases. */
static struct ratio growth_of_many(unsigned n, struct ratio *ret_told)
{
	struct ratio points;
	char fact[96];

	lab_open(&lab, &edition_azure);
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(fact, sizeof fact,
			"usage P C%u SQL 2022-06 950000000; usage P C%u SQL 2023-06 1000000000", i,
			i);
		lab_tell(&lab, fact);
	}
	lab_tell(&lab, "day 2023-07-20");
	lab_settle(&lab);
	for (unsigned i = 0; i < n; i += 50) {
		(void)snprintf(fact, sizeof fact, "!usage P C%u SQL 2023-06 0", i);
		lab_tell(&lab, fact);
	}
	points =
		lab_points(&lab, "P", AREA_INFRA, METRIC_GROWTH); /* a question beside the settle */
	lab_settle(&lab);
	assert_true(ratio_eq(points, lab_points(&lab, "P", AREA_INFRA, METRIC_GROWTH)));
	assert_int_equal(lab.n_changes, 1);
	*ret_told = lab.changes[0].areas[AREA_INFRA].before[METRIC_GROWTH];
	lab_close(&lab);
	return points;
}

/* 10,000 such customers add up to more than 64 bits hold. */
static void test_sums_past_64_bits_stay_exact(void **state)
{
	struct ratio few_told, many_told, few = growth_of_many(100, &few_told),
					  many = growth_of_many(10000, &many_told);

	(void)state;
	assert_false(ratio_is_zero(few));
	assert_false(ratio_eq(few, few_told));
	assert_true(ratio_eq(few, many));
	assert_true(ratio_eq(few_told, many_told));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_new_partner_is_reported_even_with_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_status_follows_total_and_every_metric, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exactly_seventy_qualifies, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_only_changed_areas_are_reported, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_causes_are_those_that_changed_something, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_day_is_the_cause_of_what_it_moves, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_partners_come_in_order_of_their_texts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_partners_are_sorted, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_facts_of_no_rule_are_counted_and_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_list_pages_through_partners_that_match, setup, teardown),
		cmocka_unit_test(test_limits_answer_full),
		cmocka_unit_test(test_sums_past_64_bits_stay_exact),
		cmocka_unit_test(test_create_refuses_points_that_would_not_stay_exact),
		cmocka_unit_test(test_create_refuses_what_it_cannot_run),
		cmocka_unit_test(test_out_of_memory_is_an_answer_and_leaks_nothing),
		cmocka_unit_test(test_steady_load_allocates_nothing),
	};

	return cmocka_run_group_tests_name("engine: settle", tests, NULL, NULL);
}
