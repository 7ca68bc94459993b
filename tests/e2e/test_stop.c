/* SIGTERM under load: the service leaves with 0 within its deadline and nothing that was acknowledged is lost. A second
 * service on the same folder, or on the same endpoint, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/io/clock.h"
#include "tests/harness/alerts.h"
#include "tests/harness/scene.h"
#include "tests/harness/traffic.h"

#define GROUPS	      12
#define STOPS	      8
#define WINDOW_EVENTS 1500
#define DEADLINE_NS   (8ull * 1000 * 1000 * 1000) /* the services say 5 s */
#define EXIT_STATE    3

/* ---- SIGTERM -------------------------------------------------------------------------------------------------- */

static bool is_target_acked(void *ctx)
{
	struct sender *s = ctx;

	return s->acked >= s->limit / 2;
}

/* Stops the service when half of what may be sent is acknowledged, and starts it again. */
static void stop_under_load(struct harness *h, struct loop *l, struct sender *sender,
	const struct traffic *t, enum harness_service victim)
{
	for (size_t i = 0; i < STOPS; i++) {
		uint64_t began_ns;

		sender_allow(sender, t->n_batches * (i + 1) / STOPS);
		loop_until(l, is_target_acked, sender, false, "acknowledgements before a stop");
		began_ns = clock_mono_ns();
		assert_int_equal(harness_end(h, victim, SIGTERM), 0);
		assert_true(clock_mono_ns() - began_ns < DEADLINE_NS);
		harness_start(h, victim);
		(void)harness_status(h, victim, "readers"); /* it has its signal handlers */
	}
}

static void test_stop_row(void **state)
{
	enum harness_service victim = (enum harness_service)(uintptr_t)*state;
	static const char *const args[] = { "--days", "producer", "--dedup-days", "400", NULL };
	struct alert_account alerts = { { 0 } };
	struct sender sender;
	struct traffic t;
	struct harness h;
	struct loop l;
	struct tail log;

	traffic_make(&t, 500 + victim, GROUPS);
	harness_init(&h);
	memcpy(h.args[HARNESS_INGESTION], args, sizeof args);
	harness_start_all(&h);
	loop_start(&l);
	sender_open(&sender, &l, &h, t.batches, WINDOW_EVENTS, false);
	stop_under_load(&h, &l, &sender, &t, victim);
	loop_until(&l, sender_is_done, &sender, false, "the rest of the acknowledgements");
	sender_close(&sender);
	loop_stop(&l);
	traffic_settle(&t, &h);
	tail_read(&log, &h, HARNESS_INGESTION, 0, NULL);
	traffic_check_log(&t, &log);
	tail_fini(&log);
	assert_true(traffic_check_scores(&t, &h) > 0);
	tail_read(&log, &h, HARNESS_NOTIFICATION, 0, NULL);
	alerts_check(&log, &alerts);
	assert_true(alerts.by_kind[ALERT_GAINED] > 0);
	tail_fini(&log);
	harness_fini(&h);
	traffic_fini(&t);
}

/* ---- seconds -------------------------------------------------------------------------------------------------- */

static void expect_refused(struct harness *second, enum harness_service s, const char *why)
{
	harness_start(second, s);
	assert_int_equal(harness_await_end(second, s), EXIT_STATE);
	assert_true(harness_log_has(second, s, why));
}

static void test_a_second_service_on_a_folder_is_refused(void **state)
{
	struct scene *s = *state;
	struct harness second = s->h;

	(void)scene_tell(s, "day 2023-07-20"); /* all of them are up */
	memset(second.pids, 0, sizeof second.pids);
	for (int i = 0; i < HARNESS_PIPELINE; i++)
		expect_refused(
			&second, (enum harness_service)i, "another process writes to this folder");
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	assert_true(ratio_eq(scene_points(s, "88", "infrastructure"), ratio_int(90)));
}

static void test_a_second_service_on_an_endpoint_is_refused(void **state)
{
	static const char *const options[HARNESS_PIPELINE] = { "--read-endpoint", "--endpoint",
		"--endpoint" };
	struct scene *s = *state;
	struct harness second;

	(void)scene_tell(s, "day 2023-07-20");
	harness_init(&second);
	for (int i = 0; i < HARNESS_PIPELINE; i++) {
		second.args[i][0] = options[i];
		second.args[i][1] = s->h.endpoint[i];
		expect_refused(&second, (enum harness_service)i, "another process listens here");
	}
	harness_fini(&second);
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	assert_true(ratio_eq(scene_points(s, "88", "infrastructure"), ratio_int(90)));
}

int main(void)
{
	static const char *const names[HARNESS_PIPELINE] = { "ingestion stopped under load",
		"scoring stopped under load", "notification stopped under load" };
	struct CMUnitTest tests[HARNESS_PIPELINE + 2];

	for (int i = 0; i < HARNESS_PIPELINE; i++)
		tests[i] = (struct CMUnitTest){ .name = names[i],
			.test_func = test_stop_row,
			.initial_state = (void *)(uintptr_t)i };
	tests[HARNESS_PIPELINE] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		test_a_second_service_on_a_folder_is_refused, scene_open, scene_close);
	tests[HARNESS_PIPELINE + 1] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
		test_a_second_service_on_an_endpoint_is_refused, scene_open, scene_close);
	return cmocka_run_group_tests_name("stopping", tests, NULL, NULL);
}
