/* capscore rules rehearse, with real services and on files: who gains, who loses, why, and what goes wrong. */
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
#include "tests/support/small_rules.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

static const char facts[] = "day 2024-05-25;"
			    "usage P c1 Service 2024-04 200;usage P c2 Service 2024-04 200;"
			    "usage P c3 Service 2024-04 200;cert P p1 C-1;"
			    "usage T c5 Service 2024-04 5000;usage T c6 Service 2024-04 5000";

#define USAGE(id, partner, customer, amount)                                                       \
	"{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/crm\","                          \
	"\"type\":\"capscore.usage.v1\",\"subject\":\"" partner                                    \
	"\",\"time\":\"2024-05-02T00:00:00Z\",\"data\":{\"customer\":\"" customer                  \
	"\",\"product\":\"Service\",\"month\":\"2024-04\",\"association\":\"pal\","                \
	"\"measure\":\"acr\",\"amount\":\"" amount "\"}}\n"
static const char events[] = USAGE("1", "P", "c1", "200") USAGE("2", "P", "c2", "200") USAGE(
	"3", "P", "c3", "200") USAGE("4", "T", "c5", "5000") USAGE("5", "T", "c6",
	"5000") "{\"specversion\":\"1.0\",\"id\":\"6\",\"source\":\"/crm\","
		"\"type\":\"capscore.certification.v1\",\"subject\":\"P\",\"time\":\"2024-05-02T00:00:00Z\","
		"\"data\":{\"person\":\"p1\",\"certificate\":\"C-1\",\"state\":\"earned\","
		"\"earned_on\":\"2021-06-30\"}}\n";

static struct scene *scene;

static struct cli_run *rehearse(bool online, const char *args, int exit_code)
{
	char command[1024];

	if (online)
		(void)snprintf(command, sizeof command, "rules rehearse --data-dir %s %s",
			scene->h.dir, args);
	else
		(void)snprintf(command, sizeof command,
			"rules rehearse %s --offline --edition small.yaml --as-of 2024-05-25 events.ndjson",
			args);
	return cli_expect(command, exit_code);
}

static const struct row {
	const char *name, *args;
	int exit_code;
	const char *parts[6],
		*absent; /* of the output, or of the message when the exit code is not 0 */
} rows[] = {
	{ "who loses, and why", "next.yaml", 0,
		{ "Edition next with the facts of 2024-05-25, scored by small now\n\nPartner P\n",
			"  loses Work at large (work)\n"
			"      qualified 70 / 100 (many) -> in-progress 50 / 100 (many), does not qualify\n"
			"      people: 40 / 40 -> 20 / 40\n",
			"  loses All of it (all)\n", "\n2 partners\n" },
		NULL },
	{ "who changes track", "next.yaml --area work", 0,
		{ "Partner T\n  changes track in Work at large (work)\n",
			"in-progress 50 / 100 (few), does not qualify -> in-progress 20 / 100\n        (many)",
			"work                                  0     1        0     0      1          0\n" },
		"All of it" },
	{ "rules that change nothing", "small.yaml", 0,
		{ "scored by small now",
			"work                                  0     0        0     0      0          2\n" },
		"Partner P" },
	{ "one that ships, by id", "2023-12", 0,
		{ "Edition 2023-12 ", "  loses Work at large (work)", "-> no such area\n" }, NULL },
	{ "one that ships, by date", "2023-07-01", 0, { "Edition 2023-06 " }, NULL },
	{ "an edition that does not ship", "1999-01", 2, { "1999-01" }, NULL },
	{ "a file that is not there", "missing.yaml", 3, { "missing.yaml" }, NULL },
	{ "a file with faults", "bad.yaml", 1,
		{ "bad.yaml:3:17: error: ", "\n  qualifies-at: seventy\n                ^~~~~~~\n",
			"bad.yaml is not a valid rule file" },
		NULL },
	{ "an area that is none", "next.yaml --area wrok", 2,
		{ "edition next has no area 'wrok'; did you mean 'work'?" }, NULL },
};

static void test_row(void **state)
{
	const struct row *row = *state;

	for (int online = 0; online < 2; online++) {
		struct cli_run *r = rehearse(online, row->args, row->exit_code);
		const char *said = row->exit_code == 0 ? r->out : r->err;

		for (size_t i = 0; i < ARRAY_LEN(row->parts) && row->parts[i] != NULL; i++)
			assert_contains(said, row->parts[i]);
		if (row->absent != NULL)
			assert_absent(said, row->absent);
		free(r);
	}
}

static void test_services_and_files_say_the_same(void **state)
{
	struct cli_run *a = rehearse(true, "next.yaml --json", 0),
		       *b = rehearse(false, "next.yaml --json", 0);

	(void)state;
	assert_string_equal(a->out, b->out);
	free(a);
	free(b);
}

static json_t *at(json_t *list, const char *key, const char *value)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) if (strcmp(json_string_value(json_object_get(item, key)),
						      value) == 0) return item;
	fail_msg("no %s '%s'", key, value);
	return NULL;
}

static void test_json_has_the_documented_shape(void **state)
{
	struct cli_run *r = rehearse(true, "next.yaml --json", 0);
	json_t *doc = json_loads(r->out, JSON_REJECT_DUPLICATES, NULL), *c, *m;

	(void)state;
	assert_non_null(doc);
	assert_string_equal(json_string_value(json_object_get(doc, "edition")), "next");
	assert_string_equal(json_string_value(json_object_get(doc, "edition_now")), "small");
	assert_string_equal(json_string_value(json_object_get(doc, "as_of")), "2024-05-25");
	assert_int_equal(json_integer_value(json_object_get(doc, "looked_at")), 2);
	c = at(json_object_get(at(json_object_get(doc, "partners"), "partner", "P"), "changes"),
		"area", "work");
	assert_string_equal(json_string_value(json_object_get(c, "outcome")), "loses");
	m = json_object_get(c, "after");
	assert_string_equal(json_string_value(json_object_get(m, "status")), "in-progress");
	assert_true(json_is_false(json_object_get(m, "qualifies")));
	m = json_object_get(at(json_object_get(c, "metrics"), "id", "people"), "before");
	assert_int_equal(json_integer_value(json_object_get(m, "maximum")), 40);
	m = at(json_object_get(doc, "areas"), "id", "work");
	assert_int_equal(json_integer_value(json_object_get(m, "loses")), 1);
	assert_int_equal(json_integer_value(json_object_get(m, "changes_track")), 1);
	assert_int_equal(json_integer_value(json_object_get(m, "unchanged")), 0);
	json_decref(doc);
	free(r);
}

/* More partners than a page holds; events and other questions go on meanwhile and after. */
static void test_many_partners_are_rehearsed_in_pages(void **state)
{
	char text[65536], command[256];
	struct cli_run *r;
	struct sink s;

	(void)state;
	sink_init(&s, text, sizeof text);
	for (int i = 0; i < 600; i++)
		sink_printf(&s, "cert X%03d x%d C-1;", i, i);
	(void)scene_tell(scene, text);
	r = rehearse(true, "next.yaml --area work", 0);
	assert_contains(r->out, "\n602 partners\n");
	assert_contains(r->out, "Partner P\n  loses");
	free(r);
	(void)scene_tell(scene, "cert Y y1 C-1");
	(void)snprintf(command, sizeof command, "score --data-dir %s Y --area work", scene->h.dir);
	r = cli_expect(command, 0);
	assert_contains(r->out, "edition small");
	free(r);
}

static void test_words_that_do_not_go_together(void **state)
{
	static const char *const wrong[][2] = {
		{ "rules rehearse", "name an edition" },
		{ "rules rehearse next.yaml events.ndjson", "say --offline" },
		{ "rules rehearse next.yaml --as-of 2024-05-25", "go with --offline" },
		{ "rules rehearse next.yaml --offline", "needs files" },
		{ "rules rehearse next.yaml --offline --as-of 2024-13-01 events.ndjson",
			"'2024-13-01' is not a day" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct cli_run *r = cli_expect(wrong[i][0], 2);

		assert_contains(r->err, wrong[i][1]);
		free(r);
	}
}

static void test_without_a_service_it_says_so(void **state)
{
	struct cli_run *r = cli_expect("rules rehearse next.yaml --data-dir nowhere", 3);

	(void)state;
	assert_contains(r->err, "does not answer");
	free(r);
}

/* ---- set-up ------------------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
	static char path[256];

	if (cli_folder_make(state) != 0)
		return -1;
	cli_write("small.yaml", small_rules);
	cli_write("next.yaml", small_rules_next);
	cli_write("bad.yaml",
		"edition: { id: bad, title: Bad, valid-from: 2024-01-01, source: S }\n"
		"settings:\n  qualifies-at: seventy\n");
	cli_write("events.ndjson", events);
	(void)snprintf(path, sizeof path, "%s/small.yaml", cli_folder());
	if (scene_open_by((void **)&scene, path) != 0)
		return -1;
	(void)scene_tell(scene, facts);
	return 0;
}

static int tear_down(void **state)
{
	(void)scene_close((void **)&scene);
	return cli_folder_remove(state);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 5];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_services_and_files_say_the_same);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_json_has_the_documented_shape);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_words_that_do_not_go_together);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_without_a_service_it_says_so);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_many_partners_are_rehearsed_in_pages);
	return _cmocka_run_group_tests(
		"rehearsal on the command line", tests, n, set_up, tear_down);
}
