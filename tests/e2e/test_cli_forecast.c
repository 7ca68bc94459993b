/* capscore forecast, with real services and on files: what falls when, as text and JSON, that it comes true, and what goes
 * wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/harness/cli.h"
#include "tests/harness/scene.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* Four points for a person whose certificate ends. */
static const char facts[] = "cert Q A AZ-104;cert Q B AZ-104;cert Q C AZ-700 2023-01-01 2023-09-30;"
			    "day 2023-07-20";

static struct scene *scene;

static struct cli_run *forecast(const char *args, int exit_code)
{
	char command[1024];

	(void)snprintf(command, sizeof command, "forecast --data-dir %s %s", scene->h.dir, args);
	return cli_expect(command, exit_code);
}

static const struct row {
	const char *name, *args;
	int exit_code;
	const char *parts[5], *absent;
} rows[] = {
	{ "what falls when", "Q --days 100", 0,
		{ "Partner Q, 2023-07-20 to 2023-10-28, if nothing new is told\n",
			"infrastructure\n", "   70 ---------------  needed\n",
			"  2023-07-20      4 / 100  in-progress, does not qualify\n",
			"  2023-10-01      0 / 100  in-progress, does not qualify\n"
			"               certificate AZ-700 of C ends\n" },
		"modern-work" },
	{ "only until the day before", "Q --until 2023-09-30", 0,
		{ "2023-07-20 to 2023-09-30", "infrastructure" }, "2023-10-01" },
	{ "one area, by its name", "Q --area 'Modern Work' --days 30", 0,
		{ "modern-work\n", "      0 / 100" }, "infrastructure" },
	{ "all areas", "Q --all --days 30", 0, { "security\n", "microsoft-cloud\n" },
		"--all lists" },
	{ "usage that goes on", "P --steady --days 450 --area infrastructure", 0,
		{ "if usage goes on as in the last month", "the last month becomes 2024-06" },
		NULL },
	{ "whom it stands on, and what would mend it", "P --days 450", 0,
		{ "infrastructure\n",
			"  without person P-p1: 50, nothing for intermediate-certifications\n",
			"  without customer c0: 80, nothing for usage-growth\n" },
		NULL },
	{ "an unknown partner", "nobody", 1, { "no event about this partner has arrived" }, NULL },
	{ "an unknown area", "Q --area none", 2, { "has no area 'none'" }, NULL },
	{ "a day that is over", "Q --until 2023-07-19", 3, { "days from today" }, NULL },
	{ "a day that is none", "Q --until soon", 2, { "--until: 'soon' is not a day" }, NULL },
	{ "no partner", "", 2, { "name a partner" }, NULL },
	{ "a day of files", "Q --as-of 2023-07-20", 2, { "go with --offline" }, NULL },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct cli_run *r = forecast(row->args, row->exit_code);
	const char *said = row->exit_code == 0 ? r->out : r->err;

	for (size_t i = 0; i < ARRAY_LEN(row->parts) && row->parts[i] != NULL; i++)
		assert_contains(said, row->parts[i]);
	if (row->absent != NULL)
		assert_absent(said, row->absent);
	free(r);
}

/* The steps of an area. */
static json_t *steps_of(json_t *doc, const char *area)
{
	json_t *a;
	size_t i;

	json_array_foreach(json_object_get(doc, "areas"), i,
		a) if (strcmp(json_string_value(json_object_get(a, "id")), area) ==
		       0) return json_object_get(a, "steps");
	fail_msg("no area %s", area);
	return NULL;
}

static json_t *parse(struct cli_run *r)
{
	json_error_t e;
	json_t *doc = json_loads(r->out, JSON_REJECT_DUPLICATES, &e);

	if (doc == NULL)
		fail_msg("line %d: %s", e.line, e.text);
	free(r);
	return doc;
}

static void test_json_has_the_documented_shape(void **state)
{
	json_t *doc = parse(forecast("Q --json", 0)), *steps = steps_of(doc, "infrastructure"),
	       *last = json_array_get(steps, 1), *fall;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(doc, "partner")), "Q");
	assert_string_equal(json_string_value(json_object_get(doc, "from")), "2023-07-20");
	assert_string_equal(json_string_value(json_object_get(doc, "until")), "2024-07-19");
	assert_true(json_is_false(json_object_get(doc, "steady")));
	assert_string_equal(json_string_value(json_object_get(last, "from")), "2023-10-01");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(last, "total"), "fraction")),
		"0");
	fall = json_array_get(json_object_get(last, "falls"), 0);
	assert_string_equal(json_string_value(json_object_get(fall, "kind")), "certificate");
	assert_string_equal(json_string_value(json_object_get(fall, "who")), "C");
	assert_string_equal(json_string_value(json_object_get(fall, "what")), "AZ-700");
	json_decref(doc);
}

static void test_what_was_forecast_comes_true(void **state)
{
	struct ratio points;

	(void)state;
	(void)scene_tell(scene, "day 2023-09-30");
	points = scene_points(scene, "Q", "infrastructure");
	assert_true(ratio_eq(points, ratio_int(4)));
	(void)scene_tell(scene, "day 2023-10-01");
	points = scene_points(scene, "Q", "infrastructure");
	assert_true(ratio_is_zero(points));
}

static int set_up(void **state)
{
	if (cli_folder_make(state) != 0 || scene_open((void **)&scene) != 0)
		return -1;
	(void)scene_tell(scene, scene_of(scene, scene_qualified, "P"));
	(void)scene_tell(scene, facts);
	return 0;
}

static int tear_down(void **state)
{
	void *s = scene;
	int rc = scene_close(&s);

	return cli_folder_remove(state) != 0 ? -1 : rc;
}

int main(void)
{
	static struct CMUnitTest tests[ARRAY_LEN(rows) + 2];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_json_has_the_documented_shape);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_what_was_forecast_comes_true);
	return _cmocka_run_group_tests("forecast", tests, n, set_up, tear_down);
}
