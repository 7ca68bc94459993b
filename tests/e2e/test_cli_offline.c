/* The command line without any service, as a user runs it: exit codes, output, published examples through files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/base/text.h"
#include "tests/harness/cli.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* ---- exit codes and messages ------------------------------------------------------------------------------ */

static const struct row {
	const char *name, *args;
	int exit_code;
	const char *out, *err; /* parts; NULL: nothing at all is printed there */
} rows[] = {
	{ "no verb", "", 2, NULL, "Usage: capscore VERB" },
	{ "the overview", "--help", 0, "Exit codes:", NULL },
	{ "the version", "--version", 0, "capscore ", NULL },
	{ "an unknown verb", "scroe", 2, NULL, "did you mean 'score'?" },
	{ "help of a verb", "help score", 0, "Usage: capscore score", NULL },
	{ "--help of a verb", "rules --help", 0, "Usage: capscore rules", NULL },
	{ "help of an unknown verb", "help scroe", 2, NULL, "did you mean 'score'?" },
	{ "an unknown option", "score --ofline", 2, NULL, "did you mean '--offline'?" },
	{ "a bad day", "score --offline --as-of 2023-13-01 x.csv", 2, NULL,
		"'2023-13-01' is not a day" },
	{ "no files", "score --offline --as-of 2023-07-20", 2, NULL, "needs files" },
	{ "a missing file", "score --offline --as-of 2023-07-20 missing.csv", 3, NULL,
		"missing.csv: No such file" },
	{ "a folder without exports", "score --offline --as-of 2023-07-20 empty/", 3, NULL,
		"no files to read" },
	{ "an unknown edition", "score --offline --edition 1999-01 --as-of 2023-07-20 good.csv", 2,
		NULL, "1999-01" },
	{ "a file of another kind", "score --offline --as-of 2023-07-20 other.csv", 1, NULL,
		"other.csv: line 1 is not the header of a report" },
	{ "a JSON array of what is no event", "score --offline --as-of 2023-07-20 array.json", 1,
		NULL, "array.json:1:" },
	{ "a partner of whom nothing is known", "score --offline --as-of 2023-07-20 good.csv 999",
		1, NULL, "no fact of partner '999'" },
	{ "a score", "score --offline --as-of 2023-07-20 good.csv", 0,
		"Partner 1234567, edition 2023-06", NULL },
	{ "a score of one of them", "score --offline --as-of 2023-07-20 good.csv --partner 1234567",
		0, "as of 2023-07-20, usage of 2023-06", NULL },
	{ "the standard input", "score --offline --as-of 2023-07-20 - <good.csv", 0,
		"Partner 1234567", NULL },
	{ "a refused row is told, the others count", "score --offline --as-of 2023-07-20 bad.csv",
		1, "Partner 1234567", "bad.csv:3:34: bad-amount: ACR_USD 'much': not an amount" },
	{ "editions", "rules list", 0, "  2023-06  valid from 2023-06-13 to 2023-11-30\n", NULL },
	{ "rules without a word", "rules", 2, NULL, "rules check FILE" },
	{ "a good rule file", "rules check edition.yaml", 0, "ok: edition.yaml: edition 2023-06, ",
		NULL },
	{ "a bad rule file", "rules check bad.yaml", 1, NULL, "bad.yaml:" },
	{ "a missing rule file", "rules check missing.yaml", 3, NULL, "missing.yaml" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct cli_run *r = cli(row->args);

	assert_int_equal(r->exit_code, row->exit_code);
	if (row->out == NULL)
		assert_string_equal(r->out, "");
	else
		assert_contains(r->out, row->out);
	if (row->err == NULL)
		assert_string_equal(r->err, "");
	else
		assert_contains(r->err, row->err);
	free(r);
}

/* ---- the JSON of a score ---------------------------------------------------------------------------------- */

static json_t *find(json_t *list, const char *id)
{
	size_t i;
	json_t *o;

	json_array_foreach(list, i,
		o) if (strcmp(json_string_value(json_object_get(o, "id")), id) == 0) return o;
	fail_msg("no '%s'", id);
	return NULL;
}

static const char *text_of(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s == NULL)
		fail_msg("no text '%s'", name);
	return s;
}

static json_t *scores(const char *args, int exit_code)
{
	struct cli_run *r = cli(args);
	json_error_t e;
	json_t *doc;

	if (r->exit_code != exit_code)
		fail_msg("exit code %d: %s", r->exit_code, r->err);
	doc = json_loads(r->out, JSON_REJECT_DUPLICATES, &e);
	if (doc == NULL)
		fail_msg("line %d: %s", e.line, e.text);
	free(r);
	return doc;
}

static json_t *metric_of(json_t *doc, const char *area, const char *metric)
{
	json_t *partner = json_array_get(json_object_get(doc, "partners"), 0);

	return find(
		json_object_get(find(json_object_get(partner, "areas"), area), "metrics"), metric);
}

static void test_json_has_the_documented_shape(void **state)
{
	json_t *doc =
		scores("score --offline --edition 2023-06 --as-of 2023-07-20 --json good.csv", 0);
	json_t *partners = json_object_get(doc, "partners"), *p = json_array_get(partners, 0), *a,
	       *m;

	(void)state;
	assert_int_equal(json_object_size(doc), 1);
	assert_int_equal(json_array_size(partners), 1);
	assert_string_equal(text_of(p, "partner"), "1234567");
	assert_string_equal(text_of(p, "edition"), "2023-06");
	assert_string_equal(text_of(p, "as_of"), "2023-07-20");
	assert_string_equal(text_of(p, "reference_month"), "2023-06");
	/* Six solution areas, Microsoft Cloud, and specializations. */
	assert_true(json_array_size(json_object_get(p, "areas")) > 7);
	a = find(json_object_get(p, "areas"), "infrastructure");
	assert_true(json_is_null(json_object_get(a, "track")));
	assert_string_equal(text_of(a, "status"), "in-progress");
	/* One customer more: 10. Growth from 1,500 to 1,550 is 10/3 per cent. One service: 2. */
	assert_string_equal(text_of(json_object_get(a, "total"), "fraction"), "46/3");
	assert_string_equal(text_of(json_object_get(a, "total"), "decimal"), "15.33");
	assert_int_equal(json_array_size(json_object_get(a, "metrics")), 5);
	m = metric_of(doc, "infrastructure", "usage-growth");
	assert_string_equal(text_of(json_object_get(m, "points"), "fraction"), "10/3");
	assert_int_equal(json_integer_value(json_object_get(m, "maximum")), 20);
	assert_non_null(text_of(m, "name"));
	assert_null(json_object_get(m, "explanation"));
	json_decref(doc);
}

static void test_json_explains_when_asked(void **state)
{
	json_t *doc = scores("score --offline --as-of 2023-07-20 --json --explain good.csv", 0);
	json_t *x = json_object_get(
		metric_of(doc, "infrastructure", "net-customer-adds"), "explanation");
	json_t *counted = json_object_get(x, "counted");

	(void)state;
	assert_non_null(text_of(x, "rule"));
	assert_non_null(text_of(x, "source"));
	assert_non_null(text_of(x, "sentence"));
	assert_true(json_array_size(json_object_get(x, "conditions")) > 0);
	assert_int_equal(json_array_size(json_object_get(x, "unknown")), 1);
	assert_int_equal(json_integer_value(json_object_get(counted, "total")), 2);
	assert_string_equal(
		text_of(json_array_get(json_object_get(counted, "items"), 0), "id"), "t1");
	json_decref(doc);
}

static void test_json_comes_clean_although_rows_were_refused(void **state)
{
	json_t *doc = scores("score --offline --as-of 2023-07-20 --json bad.csv", 1);

	(void)state;
	assert_int_equal(json_array_size(json_object_get(doc, "partners")), 1);
	json_decref(doc);
}

static void test_exports_and_events_mix(void **state)
{
	json_t *doc = scores(
		"score --offline --as-of 2023-07-20 --json good.csv events.ndjson 1234567", 0);
	json_t *m = metric_of(doc, "infrastructure", "deployments");

	(void)state;
	assert_string_equal(text_of(json_object_get(m, "points"), "fraction"), "4");
	json_decref(doc);
}

static void test_the_order_of_files_does_not_matter(void **state)
{
	struct cli_run *a =
		cli("score --offline --as-of 2023-07-20 --json --explain good.csv events.ndjson");
	struct cli_run *b =
		cli("score --offline --as-of 2023-07-20 --json --explain events.ndjson good.csv");

	(void)state;
	assert_string_equal(a->out, b->out);
	free(a);
	free(b);
}

static void test_nothing_personal_is_printed(void **state)
{
	static const char *const personal[] = { "Maria", "Lindqvist", "home.example", "998877665" };
	struct cli_run *r = cli("score --offline --as-of 2023-07-20 --explain people.csv");

	(void)state;
	assert_int_equal(r->exit_code, 0);
	assert_contains(r->out, "Azure Administrator");
	for (size_t i = 0; i < ARRAY_LEN(personal); i++) {
		assert_absent(r->out, personal[i]);
		assert_absent(r->err, personal[i]);
	}
	free(r);
}

static void test_bars_are_plain_without_a_terminal_and_blocks_when_asked(void **state)
{
	struct cli_run *plain = cli("score --offline --as-of 2023-07-20 good.csv");
	struct cli_run *forced, *no_color;

	(void)state;
	assert_contains(plain->out, "#########");
	assert_absent(plain->out, "\033[");
	setenv("LC_ALL", "C.UTF-8", 1);
	forced = cli("score --offline --as-of 2023-07-20 --color good.csv");
	assert_contains(forced->out, "█████████▎░");
	assert_contains(forced->out, "\033[");
	setenv("NO_COLOR", "1", 1);
	no_color = cli("score --offline --as-of 2023-07-20 --color good.csv");
	assert_absent(no_color->out, "\033[");
	unsetenv("NO_COLOR");
	unsetenv("LC_ALL");
	free(plain);
	free(forced);
	free(no_color);
}

static void test_no_line_of_the_table_is_wider_than_80(void **state)
{
	struct cli_run *r = cli("score --offline --as-of 2023-07-20 good.csv");

	(void)state;
	for (char *line = strtok(r->out, "\n"); line != NULL; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(r);
}

/* ---- published examples, through the trainings export ----------------------------------------------------- */

/* Who holds what: letters are people, each followed by codes. */
static const struct example {
	const char *name, *holds, *area, *metric, *want;
} examples[] = {
	{ "T006: two and two people for the steps, three others",
		"A AZ-305,B AZ-305,C AZ-104,D AZ-104,E DP-300,F AI-102,G DP-100", "data-ai",
		"intermediate-certifications", "12" },
	{ "T007: the same two people for all steps",
		"A AZ-305,A AZ-104,A DP-300,B AZ-305,B AZ-104,B DP-300", "data-ai",
		"intermediate-certifications", "8" },
	{ "T008: a step without anybody", "A AZ-305,A DP-300,B AZ-305,B DP-300", "data-ai",
		"intermediate-certifications", "0" },
	{ "T012: step 1 and step 2 by different people", "A AZ-104,B AZ-104,C AZ-204,D PL-400",
		"digital-app-innovation", "intermediate-certifications", "8" },
	{ "T016: AZ-700 or AZ-800 and AZ-801", "A AZ-104,B AZ-104,C AZ-700,D AZ-800,D AZ-801",
		"infrastructure", "intermediate-certifications", "8" },
	{ "T018: one person is not enough for step 1", "A AZ-104,B AZ-700,C AZ-700",
		"infrastructure", "intermediate-certifications", "0" },
	{ "T020: advanced", "A AZ-305,B AZ-305,C AZ-400,D PL-600", "digital-app-innovation",
		"advanced-certifications", "8" },
};

static void test_example(void **state)
{
	const struct example *x = *state;
	char text[4096], holds[256], args[256];
	struct sink s;
	json_t *doc, *m;

	sink_init(&s, text, sizeof text);
	sink_printf(&s, "PGAMpnId,TrainingTitle,TrainingType,TrainingCompletionDate,ExpirationDate,"
			"ActivationStatus,MCPID\n");
	(void)snprintf(holds, sizeof holds, "%s", x->holds);
	for (char *h = strtok(holds, ","); h != NULL; h = strtok(NULL, ","))
		sink_printf(&s, "1234567,%s,Certification,2023-01-10,2024-01-10,Active,%c\n", h + 2,
			h[0]);
	cli_write("example.csv", text);
	(void)snprintf(args, sizeof args,
		"score --offline --edition 2023-06 --as-of 2023-07-20 --json example.csv");
	doc = scores(args, 0);
	m = metric_of(doc, x->area, x->metric);
	assert_string_equal(text_of(json_object_get(m, "points"), "fraction"), x->want);
	json_decref(doc);
}

/* ---- set-up ----------------------------------------------------------------------------------------------- */

#define AZ "PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ACR_USD\n"
#define GOOD                                                                                       \
	"1234567,2022-06,Azure Firewall,t1,Partner admin link,1500\n"                              \
	"1234567,2023-06,Azure Firewall,t1,Partner admin link,-450\n"                              \
	"1234567,2023-05,Azure Firewall,t1,Partner admin link,1000\n"                              \
	"1234567,2023-06,Azure Firewall,t2,CSP Tier 1,2000\n"

static int set_up(void **state)
{
	char command[256];

	if (cli_folder_make(state) != 0)
		return -1;
	cli_write("good.csv", AZ GOOD);
	cli_write("bad.csv", AZ "1234567,2023-06,Azure Firewall,t2,CSP Tier 1,2000\n"
				"1234567,2023-06,Key Vault,t3,PAL,much\n");
	cli_write("other.csv", "name,phone\nx,1\n");
	cli_write("array.json", "[{}]\n");
	(void)snprintf(command, sizeof command, "mkdir %s/empty", cli_folder());
	if (system(command) != 0)
		return -1;
	cli_write("bad.yaml", "edition:\n  id: [\n");
	cli_write("people.csv",
		"PGAMpnId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,Email,"
		"TrainingCompletionDate,ExpirationDate,ActivationStatus,MCPID\n"
		"1234567,AZ-104,Certification,Maria,Lindqvist,m@home.example,2023-01-10,2024-01-10,Active,998877665\n");
	cli_write("events.ndjson",
		"{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/crm\",\"type\":\"capscore.usage.v1\","
		"\"subject\":\"1234567\",\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"t9\","
		"\"product\":\"Key Vault\",\"month\":\"2023-06\",\"association\":\"pal\",\"measure\":\"acr\","
		"\"amount\":\"12.5\"}}\n");
	(void)snprintf(command, sizeof command, "cp rules/editions/2023-06.yaml %s/edition.yaml",
		cli_folder());
	return system(command);
}

#define ROWS(table, func)                                                                          \
	for (size_t i = 0; i < ARRAY_LEN(table); i++)                                              \
		tests[n++] = (struct CMUnitTest)                                                   \
		{                                                                                  \
			.name = table[i].name, .test_func = func,                                  \
			.initial_state = (void *)(uintptr_t)&table[i]                              \
		}
#define TEST(func) tests[n++] = (struct CMUnitTest)cmocka_unit_test(func)

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(examples) + 16];
	size_t n = 0;

	ROWS(rows, test_row);
	ROWS(examples, test_example);
	TEST(test_json_has_the_documented_shape);
	TEST(test_json_explains_when_asked);
	TEST(test_json_comes_clean_although_rows_were_refused);
	TEST(test_exports_and_events_mix);
	TEST(test_the_order_of_files_does_not_matter);
	TEST(test_nothing_personal_is_printed);
	TEST(test_bars_are_plain_without_a_terminal_and_blocks_when_asked);
	TEST(test_no_line_of_the_table_is_wider_than_80);
	return _cmocka_run_group_tests(
		"command line, offline", tests, n, set_up, cli_folder_remove);
}
