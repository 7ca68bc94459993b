/* Editions that stay opened, the first fault of a text, and the calendar in a status answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/shared/calendar_status.h"
#include "services/shared/edition_shelf.h"

#define NEXT(points)                                                                               \
	STR("edition: { id: next, title: Next, based-on: 2023-06, valid-from: 2023-10-01 }\n"      \
	    "settings: { qualifies-at: " points " }\n")

/* ---- the edition of a fact ---------------------------------------------------------------------------------- */

static const struct row {
	const char *name, *id, *text;
	int rc;
	const char *why; /* begins so */
} rows[] = {
	{ "one that ships needs no text", "2023-06", "", 0, "" },
	{ "one that does not ship does", "2099-01", "", ERR_NOTFOUND,
		"edition.text: missing, and no edition '2099-01' ships" },
	{ "an id of its own", "next",
		"edition: { id: next, title: N, based-on: 2023-06, valid-from: 2023-10-01 }", 0,
		"" },
	{ "an id that is another", "next",
		"edition: { id: other, title: N, based-on: 2023-06, valid-from: 2023-10-01 }",
		ERR_SYNTAX, "edition.text: its id is 'other', the fact says 'next'" },
	{ "the first fault has line and column", "next",
		"edition: { id: next, title: N, based-on: 2023-06, valid-from: 2023-10-01 }\n"
		"settings:\n  qualifies-at: x\n  usage-ready-day: 99\n",
		ERR_SYNTAX, "edition.text:3:17: error: " },
	{ "what is no YAML", "next", "[", ERR_SYNTAX, "edition.text:1:" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct edition_box *box = NULL;
	struct err why = { 0 };

	assert_int_equal(
		edition_of_fact(str_from(row->id), str_from(row->text), &box, &why), row->rc);
	assert_int_equal(box != NULL, row->rc == 0);
	if (strncmp(why.text, row->why, strlen(row->why)) != 0)
		fail_msg("'%s' does not begin with '%s'", why.text, row->why);
	assert_null(strchr(why.text, '\n'));
	edition_box_destroy(box);
}

/* ---- the shelf ---------------------------------------------------------------------------------------------- */

static void test_a_shelf_begins_with_what_ships(void **state)
{
	const struct edition *const *start;
	const struct edition *e = NULL;
	struct edition_shelf *s;
	struct err why = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(edition_shelf_create(&s), 0);
	assert_int_equal(edition_shelf_add_shipped(s, &why), 0);
	start = edition_shelf_start(s, &n);
	assert_int_equal(n, shipped_count());
	assert_int_equal(edition_shelf_open(s, start[1]->id, STR(""), &e, &why), 0);
	assert_ptr_equal(e, start[1]); /* not opened again */
	assert_int_equal(edition_shelf_count(s), 0);
	edition_shelf_destroy(s);
}

static void test_what_nobody_uses_is_swept_off(void **state)
{
	const struct edition *a = NULL, *b = NULL;
	struct edition_shelf *s;
	struct err why = { 0 };

	(void)state;
	assert_int_equal(edition_shelf_create(&s), 0);
	assert_int_equal(edition_shelf_add(s, "2023-06", NULL, &why), 0);
	assert_int_equal(edition_shelf_open(s, STR("next"), NEXT("60"), &a, &why), 0);
	assert_int_equal(edition_shelf_open(s, STR("next"), NEXT("65"), &b, &why), 0);
	assert_int_equal(edition_shelf_open(s, STR("next"), NEXT("none"), &b, &why), ERR_SYNTAX);
	assert_int_equal(edition_shelf_count(s), 2);
	edition_shelf_sweep(s, &b, 1);
	assert_int_equal(edition_shelf_count(s), 1);
	assert_true(ratio_eq(b->qualifies_at, ratio_int(65)));
	edition_shelf_sweep(s, NULL, 0);
	assert_int_equal(edition_shelf_count(s), 0);
	edition_shelf_destroy(s);
}

static void test_an_unknown_edition_is_not_added(void **state)
{
	struct edition_shelf *s;
	struct err why = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(edition_shelf_create(&s), 0);
	assert_int_equal(edition_shelf_add(s, "none", NULL, &why), ERR_NOTFOUND);
	(void)edition_shelf_start(s, &n);
	assert_int_equal(n, 0);
	edition_shelf_destroy(s);
	edition_shelf_destroy(NULL);
}

/* ---- the calendar in a status answer ------------------------------------------------------------------------ */

static void test_a_line_of_the_calendar_comes_back_from_a_position(void **state)
{
	static const struct calendar_status lines[] = {
		{ STR_INIT("2023-06"), 19521, 19692, false },
		{ STR_INIT("next"), 19631, DAY_NONE, true },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char buf[CALENDAR_STATUS_BUF];
		struct wire_position p = calendar_status_write(&lines[i], buf);
		struct calendar_status got;

		assert_true(calendar_status_read(&p, &got));
		assert_true(str_eq(got.id, lines[i].id));
		assert_int_equal(got.from, lines[i].from);
		assert_int_equal(got.until, lines[i].until);
		assert_int_equal(got.published, lines[i].published);
	}
}

static void test_days_are_numbers_that_people_read(void **state)
{
	struct wire_position other = { STR("events-read"), 0, 20230613 };
	struct calendar_status got;

	(void)state;
	assert_int_equal(calendar_status_number(19521), 20230613);
	assert_int_equal(calendar_status_day(20230613), 19521);
	assert_int_equal(calendar_status_number(DAY_NONE), 0);
	assert_int_equal(calendar_status_day(0), DAY_NONE);
	assert_int_equal(calendar_status_day(20230231), DAY_NONE);
	assert_int_equal(calendar_status_day(UINT64_MAX), DAY_NONE);
	assert_false(calendar_status_read(&other, &got));
}

int main(void)
{
	struct CMUnitTest tests[sizeof rows / sizeof *rows + 8];
	size_t n = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_a_shelf_begins_with_what_ships);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_what_nobody_uses_is_swept_off);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_an_unknown_edition_is_not_added);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_a_line_of_the_calendar_comes_back_from_a_position);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_days_are_numbers_that_people_read);
	return _cmocka_run_group_tests("editions kept open", tests, n, NULL, NULL);
}
