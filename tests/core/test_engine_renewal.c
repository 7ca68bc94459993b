/* Renewals of specializations: which one a day leads to, what it asks for, and that the turn of a year is told by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/edition_wide.h"
#include "tests/support/lab.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define AUDIT	  3 /* requirement of the specialization */
#define ON_NO_DAY "-"

static struct lab lab;

static int setup(void **state)
{
	(void)state;
	lab_open(&lab, &edition_wide);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

/* The next fact of an enrollment of P stands over those before it. */
static struct event enrollment(
	enum enrollment_state state, const char *on, const char *anniversary, const char *area)
{
	struct event ev = reported("P", "2023-06");

	ev.kind = FACT_ENROLLMENT;
	ev.u.enrollment = (struct fact_enrollment){ .area = str_from(area),
		.state = state,
		.on = day(on),
		.anniversary = day(anniversary),
		.track = STR("") };
	return ev;
}

static void enroll(enum enrollment_state state, const char *on, const char *anniversary)
{
	struct event ev = enrollment(state, on, anniversary, "kubernetes");

	lab_apply(&lab, &ev);
}

static void pass_to(const char *when)
{
	struct event ev = on_day(when);

	lab_apply(&lab, &ev);
}

static struct area_score area(const char *as_of)
{
	return lab_score(&lab, "P", as_of).areas[WIDE_KUBERNETES];
}

/* ---- which renewal ------------------------------------------------------------------------------------------ */

/* The windows of the edition begin on 2022-10-25, and leave 30 days after an anniversary. */
struct row {
	const char *name;
	enum enrollment_state state;
	const char *on, *anniversary, *as_of;
	uint32_t year;
	const char *renewal_on; /* "-": none */
	const char *asked_on;	/* "-": asked now */
};

static const struct row rows[] = {
	{ "the first anniversary is the renewal of year one", ENROLL_ENROLLED, "2023-07-01",
		"2024-07-01", "2023-07-01", 1, "2024-07-01", "2025-07-01" },
	{ "on the anniversary itself too", ENROLL_ENROLLED, "2023-07-01", "2024-07-01",
		"2024-07-01", 1, "2024-07-01", "2025-07-01" },
	{ "and in the days after it, in which it can still be made", ENROLL_ENROLLED, "2023-07-01",
		"2024-07-01", "2024-07-31", 1, "2024-07-01", "2025-07-01" },
	{ "after them nothing is enrolled", ENROLL_ENROLLED, "2023-07-01", "2024-07-01",
		"2024-08-01", 0, "-", "-" },
	{ "before the enrollment nothing is", ENROLL_ENROLLED, "2023-07-01", "2024-07-01",
		"2023-06-30", 0, "-", "-" },
	{ "without an anniversary it is 365 days later", ENROLL_ENROLLED, "2023-07-01", ON_NO_DAY,
		"2023-07-02", 1, "2024-06-30", "2025-06-30" },
	{ "who left is not enrolled", ENROLL_LEFT, "2023-07-01", "2024-07-01", "2023-08-01", 0, "-",
		"-" },
	{ "renewed once, days up to the first anniversary lead to it", ENROLL_RENEWED, "2023-07-01",
		"2025-07-01", "2024-07-01", 1, "2024-07-01", "2025-07-01" },
	{ "and the day after it to the second", ENROLL_RENEWED, "2023-07-01", "2025-07-01",
		"2024-07-02", 2, "2025-07-01", "-" },
	{ "the third asks less again", ENROLL_RENEWED, "2023-07-01", "2026-07-01", "2025-07-02", 3,
		"2026-07-01", "2027-07-01" },
	{ "the fourth asks for all", ENROLL_ENROLLED, "2023-07-01", "2027-07-01", "2027-07-31", 4,
		"2027-07-01", "-" },
	{ "a year may be half a year short", ENROLL_RENEWED, "2023-07-01", "2024-12-31",
		"2024-01-01", 2, "2024-12-31", "-" },
	{ "but not a day shorter", ENROLL_ENROLLED, "2023-07-01", "2024-12-30", "2024-01-01", 1,
		"2024-12-30", "2025-12-30" },
	{ "the first anniversary may be nearer than that", ENROLL_ENROLLED, "2023-07-01",
		"2023-09-01", "2023-08-01", 1, "2023-09-01", "2024-09-01" },
	{ "a renewal that begins the enrollment does not tell its number", ENROLL_RENEWED,
		"2023-07-01", "2024-07-01", "2023-08-01", 0, "2024-07-01", "-" },
	{ "nor does one without an anniversary", ENROLL_RENEWED, "2023-07-01", ON_NO_DAY,
		"2023-08-01", 0, "2024-06-30", "-" },
	{ "29 February is the 28th in other years", ENROLL_RENEWED, "2022-02-28", "2024-02-29",
		"2023-02-28", 1, "2023-02-28", "2024-02-29" },
	{ "and the day after it leads on", ENROLL_RENEWED, "2022-02-28", "2024-02-29", "2023-03-01",
		2, "2024-02-29", "-" },
	{ "the one after 29 February is told as the 28th", ENROLL_ENROLLED, "2023-03-01",
		"2024-02-29", "2023-04-01", 1, "2024-02-29", "2025-02-28" },
	{ "anniversaries before renewals are looked at do not count", ENROLL_RENEWED, "2019-10-24",
		"2023-10-24", "2023-07-01", 1, "2023-10-24", "2024-10-24" },
	{ "that of their first day does", ENROLL_RENEWED, "2019-10-25", "2023-10-25", "2023-07-01",
		2, "2023-10-25", "-" },
};

static void check_day(const char *want, day_no got)
{
	assert_int_equal(day(want), got);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct area_score a;
	const struct metric_score *m;
	bool asks_less = row->year % 2 == 1;

	lab_open(&lab, &edition_wide);
	enroll(row->state, row->on, row->anniversary);
	pass_to(row->as_of);
	lab_settle(&lab);
	for (int aside = 0; aside < 2; aside++) {
		a = area(aside ? row->as_of : NULL);
		m = &a.metrics[AUDIT];
		assert_int_equal(a.renewal_year, row->year);
		check_day(row->renewal_on, a.renewal_on);
		assert_int_equal(m->met, asks_less ? MET_NOT_ASKED : MET_NOT);
		assert_true(ratio_eq(m->points, ratio_int(asks_less)));
		check_day(row->asked_on, m->asked_on);
		/* What is asked every year is asked in any. */
		assert_int_equal(a.metrics[0].met, MET_NOT);
		assert_int_equal(a.metrics[0].asked_on, DAY_NONE);
		if (aside == 0)
			pass_to("2030-01-01");
		lab_settle(&lab);
	}
	lab_close(&lab);
}

/* ---- what is told ------------------------------------------------------------------------------------------- */

static const struct area_change *told(void)
{
	for (size_t i = 0; i < lab.n_changes; i++)
		for (size_t k = 0; k < lab.changes[i].n_areas; k++)
			if (str_eq(lab.changes[i].areas[k].shape->area, STR("kubernetes")))
				return &lab.changes[i].areas[k];
	return NULL;
}

static void expect_audit(int before, int after)
{
	const struct area_change *c = told();

	assert_non_null(c);
	assert_true(ratio_eq(c->before[AUDIT], ratio_int(before)));
	assert_true(ratio_eq(c->after[AUDIT], ratio_int(after)));
}

static void test_the_turn_of_a_year_is_told_on_its_day(void **state)
{
	(void)state;
	pass_to("2024-06-01");
	enroll(ENROLL_RENEWED, "2023-07-01", "2026-07-01");
	lab_settle(&lab);
	assert_int_equal(told()->status_after, AREA_ENROLLED);
	expect_audit(0, 1);
	pass_to("2024-07-01");
	lab_settle(&lab);
	assert_null(told());
	pass_to("2024-07-02");
	lab_settle(&lab);
	expect_audit(1, 0);
	pass_to("2025-07-01");
	lab_settle(&lab);
	assert_null(told());
	/* Days that pass at once turn it as well. */
	pass_to("2025-12-24");
	lab_settle(&lab);
	expect_audit(0, 1);
	pass_to("2026-08-01");
	lab_settle(&lab);
	expect_audit(1, 0);
	assert_int_equal(told()->status_after, AREA_LAPSED);
}

static void test_an_enrollment_begins_on_its_day(void **state)
{
	(void)state;
	pass_to("2023-07-01");
	enroll(ENROLL_ENROLLED, "2023-07-10", "2024-07-10");
	lab_settle(&lab);
	assert_int_equal(area(NULL).metrics[AUDIT].met, MET_NOT);
	pass_to("2023-07-10");
	lab_settle(&lab);
	expect_audit(0, 1);
}

static void test_a_withdrawn_enrollment_asks_for_all_again(void **state)
{
	struct event ev = enrollment(ENROLL_ENROLLED, "2023-07-01", "2024-07-01", "kubernetes");

	(void)state;
	pass_to("2023-08-01");
	lab_apply(&lab, &ev);
	lab_settle(&lab);
	expect_audit(0, 1);
	ev = retraction(ev);
	lab_apply(&lab, &ev);
	lab_settle(&lab);
	expect_audit(1, 0);
	assert_int_equal(told()->status_after, AREA_IN_PROGRESS);
}

static void test_an_enrollment_of_a_designation_asks_no_less(void **state)
{
	struct event ev = enrollment(ENROLL_ENROLLED, "2023-07-01", "2024-07-01", "security");

	(void)state;
	pass_to("2023-08-01");
	lab_apply(&lab, &ev);
	lab_settle(&lab);
	assert_int_equal(area(NULL).metrics[AUDIT].met, MET_NOT);
	for (size_t i = 0; i < WIDE_AREAS; i++) {
		assert_int_equal(lab_score(&lab, "P", NULL).areas[i].renewal_year, 0);
		assert_int_equal(lab_score(&lab, "P", NULL).areas[i].renewal_on, DAY_NONE);
	}
}

static void test_history_parts_at_the_turn_of_a_year(void **state)
{
	struct partner_score *scores;
	uint32_t year = 0;
	size_t n;

	(void)state;
	pass_to("2026-01-01");
	enroll(ENROLL_RENEWED, "2023-07-05", "2025-07-05");
	lab_settle(&lab);
	assert_int_equal(engine_history(lab.e, STR("P"), day("2023-07-01"), day("2025-09-01"),
				 &lab.ar, &scores, &n),
		0);
	for (size_t i = 0; i < n; i++) {
		const struct area_score *a = &scores[i].areas[WIDE_KUBERNETES];

		if (a->renewal_year == year)
			continue;
		switch (a->renewal_year) {
		case 1:
			assert_int_equal(scores[i].day, day("2023-07-05"));
			break;
		case 2:
			assert_int_equal(scores[i].day, day("2024-07-06"));
			break;
		default:
			assert_int_equal(scores[i].day, day("2025-08-05"));
		}
		year = a->renewal_year;
	}
	assert_int_equal(scores[n - 1].day, day("2025-09-01"));
	assert_int_equal(year, 0);
}

static void test_the_sentence_says_when_it_is_asked_again(void **state)
{
	struct area_score a;

	(void)state;
	pass_to("2023-08-01");
	enroll(ENROLL_ENROLLED, "2023-07-01", "2024-07-01");
	lab_settle(&lab);
	a = area(NULL);
	assert_true(str_eq(a.metrics[AUDIT].sentence,
		STR("not asked for in the renewal of 2024-07-01 (year 1), asked for again in that of "
		    "2025-07-01 (year 2). audits passed: 0 (wanted: at least 1 in the last 24 months)")));
	/* The condition itself says what there is. */
	assert_int_equal(a.metrics[AUDIT].n_conditions, 1);
	assert_int_equal(a.metrics[AUDIT].conditions[0].met, MET_NOT);
}

/* ---- snapshot ----------------------------------------------------------------------------------------------- */

struct blobs {
	struct arena ar;
	struct span all[64];
	size_t n, at;
};

static int put_blob(void *ctx, struct span blob)
{
	struct blobs *b = ctx;
	void *copy = arena_alloc(&b->ar, blob.n);

	assert_non_null(copy);
	assert_true(b->n < COUNT(b->all));
	memcpy(copy, blob.p, blob.n);
	b->all[b->n++] = (struct span){ copy, blob.n };
	return 0;
}

static int get_blob(void *ctx, struct span *ret_blob)
{
	struct blobs *b = ctx;

	*ret_blob = b->at < b->n ? b->all[b->at++] : (struct span){ NULL, 0 };
	return 0;
}

static void test_a_loaded_engine_turns_the_year_too(void **state)
{
	struct blobs b = { .n = 0 };
	struct lab other;
	struct err err;
	uint64_t digest;

	(void)state;
	pass_to("2024-07-01");
	enroll(ENROLL_RENEWED, "2023-07-01", "2025-07-01");
	lab_settle(&lab);
	digest = engine_digest(lab.e);
	arena_init(&b.ar, &mem_heap, (size_t)16 << 20);
	assert_int_equal(engine_save(lab.e, put_blob, &b), 0);
	lab_open(&other, &edition_wide);
	assert_int_equal(engine_load(other.e, get_blob, &b, &err), 0);
	assert_true(engine_digest(other.e) == digest);
	lab_close(&lab);
	lab = other;
	pass_to("2024-07-02");
	lab_settle(&lab);
	expect_audit(1, 0);
	assert_true(engine_digest(lab.e) != digest);
	arena_fini(&b.ar);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test_setup_teardown(
			test_the_turn_of_a_year_is_told_on_its_day, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_an_enrollment_begins_on_its_day, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_withdrawn_enrollment_asks_for_all_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_an_enrollment_of_a_designation_asks_no_less, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_history_parts_at_the_turn_of_a_year, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_sentence_says_when_it_is_asked_again, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_loaded_engine_turns_the_year_too, setup, teardown),
	};
	struct CMUnitTest tests[COUNT(rows) + COUNT(others)];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + n, others, sizeof others);
	return cmocka_run_group_tests_name("engine renewals", tests, NULL, NULL);
}
