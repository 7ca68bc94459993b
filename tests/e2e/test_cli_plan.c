/* capscore plan, with real services and on files: plans, other prices, and what goes wrong. */
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

/* P needs 30 points of customers and has 25 by the track `few`, 20 by `many`; its certificate lapses in June. */
static const char facts[] = "day 2024-05-25;usage P c1 Service 2024-04 1500;"
			    "usage P c2 Service 2024-04 200;cert P p1 C-1 2023-06-30 2024-06-30;"
			    "cert Q q1 C-1";

#define USAGE(id, customer, amount)                                                                 \
	"{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/crm\","                           \
	"\"type\":\"capscore.usage.v1\",\"subject\":\"1234567\",\"time\":\"2199-05-02T00:00:00Z\"," \
	"\"data\":{\"customer\":\"" customer "\",\"product\":\"Storage\",\"month\":\"2023-07\","    \
	"\"association\":\"pal\",\"measure\":\"acr\",\"amount\":\"" amount "\"}}\n"

static struct scene *scene;

static struct cli_run *plan(const char *args, int exit_code)
{
	char command[1024];

	(void)snprintf(command, sizeof command, "plan --data-dir %s %s", scene->h.dir, args);
	return cli_expect(command, exit_code);
}

static json_t *parse(struct cli_run *r)
{
	json_error_t e;
	json_t *doc = json_loads(r->out, 0, &e);

	if (doc == NULL)
		fail_msg("%s: %s", e.text, r->out);
	free(r);
	return doc;
}

static void test_a_plan_of_the_service(void **state)
{
	struct cli_run *r = plan("P --target work", 0);

	(void)state;
	assert_contains(r->out,
		"Partner P, to qualify for work from 2024-05-25 through 2024-08-23:\n"
		"the first plan is the cheapest that these additions make.\n");
	assert_contains(r->out, "\nPlan 1: 12,150 USD\n  - p1: renews C-1 [150 USD]\n"
				"  - 1 new customer, together ");
	assert_contains(r->out, "Work at large");
	assert_contains(r->out, "  It buys elsewhere:\n    All of it ");
	assert_contains(r->out, "  It holds through 2024-08-23.\n");
	assert_contains(r->out, "\nAnother way, 2: 13,200 USD\n");
	free(r);
	/* Today alone, the certificate counts. */
	r = plan("P --target work --until 2024-05-25 --plans 1", 0);
	assert_contains(r->out, "\nPlan 1: 12,000 USD\n  - 1 new customer");
	assert_absent(r->out, "Another way");
	free(r);
}

static void test_what_a_plan_says_comes_true(void **state)
{
	json_t *doc = parse(plan("P --target work --until 2024-05-25 --plans 1 --json", 0));
	json_t *step = json_array_get(
		json_object_get(json_array_get(json_object_get(doc, "plans"), 0), "steps"), 0);
	double amount = json_number_value(json_object_get(step, "amount"));
	struct cli_run *r;
	char command[512];

	(void)state;
	assert_string_equal(json_string_value(json_object_get(doc, "outcome")), "found");
	assert_true(json_is_true(json_object_get(doc, "proven")));
	assert_string_equal(json_string_value(json_object_get(step, "add")), "customer");
	(void)snprintf(command, sizeof command,
		"simulate --data-dir %s P --customer acr=%.0f --area work --json", scene->h.dir,
		amount);
	r = cli_expect(command, 0);
	assert_contains(r->out, "\"qualifies\": true");
	free(r);
	json_decref(doc);
}

static void test_prices_decide(void **state)
{
	struct cli_run *r;

	(void)state;
	cli_write("costs.yaml", "unit: points\ncertificate: { any: 10, C-1: 3.5 }\nrenewal: 20\n"
				"customer: { work: 7, any: 100 }\n");
	r = plan("P --target 'work at large' --costs costs.yaml", 0);
	assert_contains(r->out, "\nPlan 1: 10.50 points\n");
	assert_contains(r->out, "new person with C-1 [3.50 points]");
	free(r);
	cli_write("bad.yaml", "certificat: 3\ncustomer: [1]\nrenewal: cheap\n");
	r = plan("P --target work --costs bad.yaml", 1);
	assert_contains(r->err, "bad.yaml:1:1: error: ");
	assert_contains(r->err, "certificate");
	assert_contains(r->err, "bad.yaml:2:");
	assert_contains(r->err, "bad.yaml:3:");
	free(r);
	cli_write("empty.yaml", "# nothing\n");
	r = plan("P --target work --costs empty.yaml", 1);
	assert_contains(r->err, "no price at all");
	free(r);
	r = plan("P --costs none.yaml", 3);
	assert_contains(r->err, "none.yaml");
	free(r);
	/* The table that ships reads as itself. */
	r = cli_expect("plan --costs-show", 0);
	cli_write("shipped.yaml", r->out);
	free(r);
	r = plan("P --target work --costs shipped.yaml", 0);
	assert_contains(r->out, "\nPlan 1: 12,150 USD\n");
	free(r);
}

static void test_what_goes_wrong_says_so(void **state)
{
	struct cli_run *r = plan("P --target wrk", 2);

	(void)state;
	assert_contains(r->err, "did you mean 'work'");
	free(r);
	r = plan("nobody", 1);
	assert_contains(r->err, "no event about this partner");
	free(r);
	r = plan("P --until 2024-01-01", 1);
	assert_contains(r->err, "before 2024-05-25");
	free(r);
	r = plan("P --until tomorrow", 2);
	free(r);
	r = plan("P --plans 0", 2);
	free(r);
	r = plan("P --as-of 2024-05-25", 2);
	assert_contains(r->err, "--as-of goes with --offline");
	free(r);
	r = cli_expect("plan P --data-dir nowhere", 3);
	assert_contains(r->err, "does not answer");
	free(r);
	r = cli_expect("plan P --offline", 2);
	assert_contains(r->err, "--offline needs files");
	free(r);
}

static void test_on_files_without_a_service(void **state)
{
	struct cli_run *r;

	(void)state;
	cli_write("azure.ndjson", USAGE("1", "c1", "1500") USAGE("2", "c2", "900"));
	/* Without usage a year before there is no growth in per cent, and so no designation of Azure. */
	r = cli_expect(
		"plan 1234567 --target infrastructure --offline --as-of 2023-08-21 azure.ndjson",
		1);
	assert_contains(r->out, "out of reach with what can be added now");
	assert_contains(r->out, "'Usage growth' stays at 0");
	free(r);
	r = cli_expect("plan 1234567 --target modern-work --offline --as-of 2023-08-21 "
		       "--edition 2023-06 azure.ndjson",
		0);
	assert_contains(r->out, "Plan 1: ");
	assert_contains(r->out, "with MS-102");
	free(r);
	r = cli_expect("plan 9 --offline azure.ndjson", 1);
	assert_contains(r->err, "no fact of partner '9' in these files");
	free(r);
}

static int set_up(void **state)
{
	static char path[256];

	if (cli_folder_make(state) != 0)
		return -1;
	cli_write("small.yaml", small_rules);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_plan_of_the_service),
		cmocka_unit_test(test_what_a_plan_says_comes_true),
		cmocka_unit_test(test_prices_decide),
		cmocka_unit_test(test_what_goes_wrong_says_so),
		cmocka_unit_test(test_on_files_without_a_service),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
