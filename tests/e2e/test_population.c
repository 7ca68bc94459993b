/* A generated population through real services: what they score is what the same files score without any service. */
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
#include "tests/harness/harness.h"

#define PARTNERS 24
#define DAY	 "2023-09-20"
#define GENERATE "generate population pop -n 24 -m 15 --people 12 --largest 80 --seed 4"

static struct cli_run *run(struct harness *h, const char *verb, const char *args)
{
	char command[512];

	(void)snprintf(command, sizeof command, "%s --data-dir %s %s", verb, h->dir, args);
	return cli_expect(command, 0);
}

/* Everything accepted is scored. */
static void await_scored(struct harness *h)
{
	harness_wait(
		h, HARNESS_SCORING, "events-read", harness_status(h, HARNESS_INGESTION, "events"));
}

static void start(struct harness *h)
{
	harness_init(h);
	h->args[HARNESS_INGESTION][0] = "--days";
	h->args[HARNESS_INGESTION][1] = "producer";
	harness_start_all(h);
}

static json_t *load(struct cli_run *r)
{
	json_t *doc = json_loads(r->out, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(doc);
	free(r);
	return doc;
}

/* Every partner in full, by services and by files. Returns how many areas of all partners are held. */
static size_t compare(struct harness *h, const char *files)
{
	char command[512];
	json_t *offline, *partners, *want;
	size_t i, held = 0;

	(void)snprintf(command, sizeof command, "score --offline --as-of %s --json %s", DAY, files);
	offline = load(cli_expect(command, 0));
	partners = json_object_get(offline, "partners");
	assert_true(json_array_size(partners) > 0);
	json_array_foreach(partners, i, want)
	{
		const char *id = json_string_value(json_object_get(want, "partner"));
		json_t *online, *got, *areas, *area;
		size_t k;

		(void)snprintf(command, sizeof command, "%s --json", id);
		online = load(run(h, "score", command));
		got = json_array_get(json_object_get(online, "partners"), 0);
		areas = json_object_get(want, "areas");
		json_array_foreach(areas, k, area)
		{
			json_t *served = json_array_get(json_object_get(got, "areas"), k);

			if (!json_equal(served, area))
				fail_msg("partner %s, services: %s\nfiles: %s", id,
					json_dumps(served, JSON_COMPACT),
					json_dumps(area, JSON_COMPACT));
			held += json_is_true(json_object_get(area, "qualifies"));
		}
		assert_int_equal(json_array_size(json_object_get(got, "areas")), k);
		json_decref(online);
	}
	assert_int_equal(json_array_size(partners), PARTNERS);
	json_decref(offline);
	return held;
}

static void test_events_score_as_their_file_does(void **state)
{
	struct harness h;
	struct cli_run *r;
	size_t held;

	(void)state;
	start(&h);
	r = run(&h, "send", "pop/events.ndjson");
	assert_contains(r->out, " 0 refused");
	assert_absent(r->out, " 0 duplicates"); /* some come twice */
	free(r);
	free(run(&h, "day", DAY));
	await_scored(&h);
	held = compare(&h, "pop/events.ndjson");
	assert_true(held > 0);
	harness_fini(&h);
}

/* What reports cannot tell: that a partner of whom the last month has no row has no usage any more (docs/imports.md). */
static void write_completeness(void)
{
	static const char *const measures[] = { "acr", "mau", "paid-units", "capacity",
		"adjusted-revenue" };
	static char text[PARTNERS * 5 * 320];
	char *at = text;

	for (int i = 0; i < PARTNERS * 5; i++)
		at += sprintf(at,
			"{\"specversion\":\"1.0\",\"id\":\"done-%d\",\"source\":\"/operations\","
			"\"type\":\"capscore.usage-reported.v1\",\"subject\":\"%d\","
			"\"time\":\"2023-09-20T00:00:00Z\","
			"\"data\":{\"measure\":\"%s\",\"month\":\"2023-08\"}}\n",
			i, 5000000 + i / 5, measures[i % 5]);
	cli_write("done.ndjson", text);
}

static void test_reports_score_as_their_files_do(void **state)
{
	/* The newest report on people alone: older ones know people who have left. */
	static const char files[] =
		"pop/trainings-2023-08.csv pop/*-usage-*.csv pop/business-revenue-*.csv "
		"pop/partner-profile-*.csv pop/customers-*.csv pop/subscriptions-*.csv";
	struct harness h;

	(void)state;
	start(&h);
	free(run(&h, "import", files));
	write_completeness();
	free(run(&h, "send", "done.ndjson"));
	free(run(&h, "day", DAY));
	await_scored(&h);
	(void)compare(&h, files);
	harness_fini(&h);
}

static int set_up(void **state)
{
	int rc = cli_folder_make(state);

	if (rc == 0)
		free(cli_expect(GENERATE, 0));
	return rc;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_score_as_their_file_does),
		cmocka_unit_test(test_reports_score_as_their_files_do),
	};

	return cmocka_run_group_tests(tests, set_up, cli_folder_remove);
}
