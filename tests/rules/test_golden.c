/* The tests that ship with every edition, each a test of its own named by its id: facts on days and what is expected
 * then, from the engine and the alert decision as `capscore rules test` runs them, and from the oracle. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/testing/testing.h"
#include "tests/oracle/oracle.h"

#define FILES_MAX 64
#define TESTS_MAX 2048
#define ARENA_MAX ((size_t)16 << 20)

struct file {
	struct edition_box *box;
	struct rule_tests *tests;
};

struct example {
	const struct rule_tests *tests;
	size_t number;
	char title[400]; /* "T008 nobody does step 2" */
};

static struct file files[FILES_MAX];
static struct example examples[TESTS_MAX];
static size_t n_examples;

static int open_edition(
	void *ctx, struct str name, const struct edition **ret_edition, struct err *e)
{
	struct file *f = ctx;
	const struct shipped_edition *s = shipped_by_id(name);
	int rc;

	if (s == NULL)
		return err_set(e, ERR_NOTFOUND, "no such edition ships");
	rc = compile_edition(&mem_heap, s->file, s->text, NULL, &f->box);
	if (rc == 0)
		*ret_edition = edition_box_get(f->box);
	return rc;
}

static void read_file(size_t i)
{
	struct rule_editions editions = { open_edition, &files[i] };
	struct buf report;

	buf_init(&report, &mem_heap, 1 << 20);
	if (rule_tests_read(&mem_heap, shipped_tests[i].file, shipped_tests[i].text, &editions,
		    &report, &files[i].tests) != 0) {
		fprintf(stderr, "%.*s", (int)report.n, (const char *)report.p);
		exit(1);
	}
	buf_fini(&report);
	for (size_t k = 0; k < rule_tests_count(files[i].tests) && n_examples < TESTS_MAX; k++) {
		const struct rule_test *t = rule_tests_get(files[i].tests, k);
		struct example *x = &examples[n_examples++];

		x->tests = files[i].tests;
		x->number = k;
		(void)snprintf(x->title, sizeof x->title, STR_FMT " " STR_FMT, STR_ARG(t->id),
			STR_ARG(t->name));
	}
}

static void test_engine(void **state)
{
	const struct example *x = *state;
	struct rule_result result;
	struct buf report;
	struct arena ar;

	arena_init(&ar, &mem_heap, ARENA_MAX);
	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(rule_test_run(&mem_heap, x->tests, x->number, &ar, &result), 0);
	assert_int_equal(rule_result_print(x->tests, &result, &report), 0);
	if (result.n > 0)
		fail_msg("%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	arena_fini(&ar);
}

/* ---- the oracle --------------------------------------------------------------------------------------------- */

static void tell_day(struct oracle *o, day_no day)
{
	struct event ev = {
		.id = STR("day"), .source = STR("urn:golden"), .kind = FACT_DAY, .recorded = 1
	};

	ev.u.day.day = day;
	oracle_add(o, &ev);
}

static void check_metric(const struct rule_expect *x, const struct oracle_area *a, size_t i)
{
	static const enum oracle_met same[] = {
		[MET_NOT] = ORACLE_NOT_MET,
		[MET_UNKNOWN] = ORACLE_NOT_KNOWN,
		[MET] = ORACLE_MET,
		[MET_NOT_ASKED] = ORACLE_NOT_ASKED,
	};

	if (x->kind == RULE_EXPECT_METRIC)
		assert_true(ratio_eq(x->points, a->points[i]));
	if (x->kind == RULE_EXPECT_MET)
		assert_int_equal(same[x->met], a->met[i]);
}

static void check_area(const struct rule_expect *x, const struct oracle_area *a)
{
	if (x->kind == RULE_EXPECT_STATUS)
		assert_int_equal(x->status, a->status);
	if (x->kind == RULE_EXPECT_TOTAL)
		assert_true(ratio_eq(x->points, a->total));
	if (x->kind == RULE_EXPECT_TRACK)
		assert_true(str_eq(x->id, str_from(a->track)));
	for (size_t i = 0; x->kind == RULE_EXPECT_TRACK_TOTAL && i < a->n_tracks; i++)
		if (str_eq(x->id, str_from(a->tracks[i].id)))
			assert_true(ratio_eq(x->points, a->tracks[i].total));
	if (x->kind == RULE_EXPECT_WINDOW) {
		assert_int_equal(x->days.from, a->window_from);
		assert_int_equal(x->days.until, a->window_until);
	}
	if (x->kind == RULE_EXPECT_ANNIVERSARY)
		assert_int_equal(x->days.from, a->anniversary);
	if (x->kind == RULE_EXPECT_RENEWAL_YEAR)
		assert_int_equal(x->year, a->renewal_year);
	for (size_t i = 0; i < a->n_metrics; i++)
		if (str_eq(x->id, str_from(a->metrics[i])))
			check_metric(x, a, i);
}

static void check_days(const struct rule_expect *x, struct oracle_days days)
{
	assert_int_equal(x->days.from, days.from);
	assert_int_equal(x->days.until, days.until);
}

static void check_edition(const struct rule_expect *x, enum oracle_edition edition)
{
	day_no windows[ORACLE_WINDOWS_MAX];
	struct oracle_days days;

	if (x->kind == RULE_EXPECT_VALID)
		check_days(x, oracle_edition_days(edition));
	if (x->kind == RULE_EXPECT_RULE_VALID) {
		assert_true(oracle_rule_days(edition, x->id, &days));
		check_days(x, days);
	}
	if (x->kind != RULE_EXPECT_WINDOWS)
		return;
	assert_int_equal(x->n_from, oracle_window_days(edition, windows));
	for (size_t i = 0; i < x->n_from; i++)
		assert_int_equal(x->from[i], windows[i]);
}

static void test_oracle(void **state)
{
	const struct example *x = *state;
	const struct rule_test *t = rule_tests_get(x->tests, x->number);
	enum oracle_edition edition;
	struct oracle_score score;
	struct oracle *o;

	assert_true(oracle_edition_by_id(rule_tests_edition(x->tests)->id, &edition));
	o = oracle_create(edition);
	for (size_t i = 0; i < t->n_steps; i++) {
		const struct rule_step *s = &t->steps[i];

		if (s->day != DAY_NONE)
			tell_day(o, s->day);
		for (size_t k = 0; k < s->n_events; k++)
			oracle_add(o, &s->events[k]);
		score.n_areas = 0;
		for (size_t k = 0; k < s->n_expects; k++)
			if (s->expects[k].kind < RULE_EXPECT_VALID && score.n_areas == 0)
				assert_true(oracle_score(o, s->partner, DAY_NONE, &score));
		for (size_t k = 0; k < s->n_expects; k++)
			check_edition(&s->expects[k], edition);
		for (size_t k = 0; k < s->n_expects; k++)
			for (size_t a = 0; a < score.n_areas; a++)
				if (s->expects[k].area.n == 0 ||
					str_eq(s->expects[k].area, str_from(score.areas[a].id)))
					check_area(&s->expects[k], &score.areas[a]);
	}
	oracle_destroy(o);
}

static void test_every_edition_ships_its_tests(void **state)
{
	(void)state;
	for (size_t i = 0; i < shipped_count(); i++) {
		size_t found = 0;

		for (size_t k = 0; k < shipped_tests_count; k++)
			found += str_eq(
				rule_tests_edition(files[k].tests)->id, shipped_edition(i)->id);
		if (found == 0)
			fail_msg("rules/editions/tests has no tests of %s",
				shipped_edition(i)->file);
	}
}

int main(void)
{
	static struct CMUnitTest tests[2 * TESTS_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < shipped_tests_count && i < FILES_MAX; i++)
		read_file(i);
	for (size_t i = 0; i < n_examples; i++)
		tests[n++] = (struct CMUnitTest){ .name = examples[i].title,
			.test_func = test_engine,
			.initial_state = &examples[i] };
	for (size_t i = 0; i < n_examples; i++)
		tests[n++] = (struct CMUnitTest){ .name = examples[i].title,
			.test_func = test_oracle,
			.initial_state = &examples[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_edition_ships_its_tests);
	n = (size_t)_cmocka_run_group_tests("golden", tests, n, NULL, NULL);
	for (size_t i = 0; i < shipped_tests_count && i < FILES_MAX; i++) {
		rule_tests_destroy(files[i].tests);
		edition_box_destroy(files[i].box);
	}
	return (int)n;
}
