/* Editions in running services: one is published, replaced by the days and withdrawn, without a restart and through
 * kills; a text that is none stays outside. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/store.h"
#include "common/wire/wire.h"
#include "rules/engine/engine.h"
#include "tests/harness/alerts.h"
#include "tests/harness/cli.h"
#include "tests/harness/scene.h"
#include "tests/support/facts.h"

#define INFRA "infrastructure"

/* Half the consumption makes a customer of it. */
#define EDITION(id, from)                                                                          \
	"edition: { id: " id ", title: Smaller customers, based-on: 2023-06, valid-from: " from    \
	" }\n"                                                                                     \
	"shared-metrics:\n"                                                                        \
	"  - id: net-customer-adds\n"                                                              \
	"    customer-reaches: 500\n"
#define BROKEN                                                                                     \
	"edition: { id: broken, title: Broken, based-on: 2023-06, valid-from: 2023-07-01 }\n"      \
	"settings:\n"                                                                              \
	"  qualifies-at: many\n"

/* 70 points in infrastructure as of 2023-07-20, none of them for net customer adds, as no customer reaches 1,000 USD; with
 * half of that there are three new ones, and one a year before: 90. */
static const char small_customers[] =
	"cert $ $-p1 AZ-104;cert $ $-p2 AZ-104;cert $ $-p1 AZ-305;cert $ $-p2 AZ-305;"
	"cert $ $-p1 AZ-700;cert $ $-p2 AZ-700;cert $ $-p3 AZ-700;cert $ $-p4 AZ-700;cert $ $-p5 AZ-700;"
	"cert $ $-p1 AZ-140;cert $ $-p2 AZ-140;cert $ $-p3 AZ-140;cert $ $-p4 AZ-140;cert $ $-p5 AZ-140;"
	"usage $ c0 Storage 2022-06 900;"
	"usage $ c1 Storage 2023-06 900;usage $ c2 Backup 2023-06 900;usage $ c3 Sentinel 2023-06 900;"
	"usage $ c1 Functions 2023-06 10;usage $ c1 SQL_Database 2023-06 10";

static void begin(struct scene *s)
{
	(void)scene_tell(s, "day 2023-07-20");
	(void)scene_tell(s, scene_of(s, small_customers, "77"));
	assert_true(ratio_eq(scene_points(s, "77", INFRA), ratio_int(70)));
}

/* `capscore ARGS --data-dir` of the scene. */
static struct cli_run *capscore(const struct scene *s, const char *args, int exit_code)
{
	char all[512];

	(void)snprintf(all, sizeof all, "%s --data-dir %s", args, s->h.dir);
	return cli_expect(all, exit_code);
}

static void capscore_says(
	struct scene *s, const char *args, int exit_code, const char *out, const char *err)
{
	struct cli_run *r = capscore(s, args, exit_code);

	assert_contains(r->out, out);
	assert_contains(r->err, err);
	free(r);
	s->events = harness_status(&s->h, HARNESS_INGESTION, "events");
	scene_settle(s);
}

static struct event edition_event(const char *id, const char *from, const char *text)
{
	struct event ev = on_day("2023-07-20");

	ev.kind = FACT_EDITION;
	ev.u.edition = (struct fact_edition){ str_from(id), day(from), str_from(text) };
	return ev;
}

static struct sender send_event(struct scene *s, const struct event *ev)
{
	buf_reset(&s->batch);
	assert_int_equal(wire_encode_event(ev, &s->batch), 0);
	return scene_send(s, buf_span(&s->batch), 1);
}

static void assert_edition(struct scene *s, const char *id)
{
	struct frame q = { .kind = FRAME_SCORE_QUERY };

	q.u.score_query.partner = STR("77");
	q.u.score_query.as_of = DAY_NONE;
	assert_true(str_eq(
		scene_ask(s, HARNESS_SCORING, &q, FRAME_SCORE_ANSWER)->u.score_answer.edition,
		str_from(id)));
}

/* The last alert, which must be of that kind. */
static void assert_alert(struct scene *s, enum alert_kind kind, const char *edition)
{
	struct tail log;
	struct alert al;

	tail_read(&log, &s->h, HARNESS_NOTIFICATION, 0, NULL);
	assert_true(log.n_units > 0);
	tail_alert(&log, log.n_units - 1, &s->ar, &al);
	if (al.kind != kind)
		fail_msg("not %s: %s", alert_kind_name(kind), al.text);
	assert_true(str_eq(al.partner, STR("77")));
	assert_true(str_eq(al.area, STR(INFRA)));
	assert_true(str_eq(al.edition, str_from(edition)));
	tail_fini(&log);
}

/* ---- publishing ----------------------------------------------------------------------------------------------- */

static void test_a_published_edition_moves_scores_without_a_restart(void **state)
{
	struct scene *s = *state;
	pid_t scoring = s->h.pids[HARNESS_SCORING];

	begin(s);
	assert_int_equal(harness_status(&s->h, HARNESS_NOTIFICATION, "alerts"), 1);
	assert_alert(s, ALERT_WITHIN_REACH, "2023-06");
	cli_write("next.yaml", EDITION("next", "2023-07-01"));
	capscore_says(s, "rules publish next.yaml", 0,
		"changes against 2023-06, which is valid then:\n"
		"  Infrastructure (Azure)        1 change",
		"");
	assert_edition(s, "next");
	assert_true(ratio_eq(scene_points(s, "77", INFRA), ratio_int(90)));
	assert_alert(s, ALERT_GAINED, "next");
	capscore_says(
		s, "rules list", 0, "* next     from 2023-07-01 to 2023-11-30, published\n", "");
	capscore_says(s, "status --service scoring", 0, "  edition 2023-06 ", "");
	assert_int_equal(s->h.pids[HARNESS_SCORING], scoring);
	harness_check_alive(&s->h);
}

static void test_withdrawn_it_is_as_if_it_had_not_been_published(void **state)
{
	struct scene *s = *state;

	begin(s);
	cli_write("next.yaml", EDITION("next", "2023-07-01"));
	capscore_says(s, "rules publish next.yaml", 0, "published: next", "");
	capscore_says(s, "rules publish next --withdraw", 0, "withdrawn: next", "");
	assert_edition(s, "2023-06");
	assert_true(ratio_eq(scene_points(s, "77", INFRA), ratio_int(70)));
	assert_alert(s, ALERT_LOST, "2023-06");
	capscore_says(s, "rules list", 0, "* 2023-06  from 2023-06-13 to 2023-11-30\n", "");
}

static void test_a_shipped_edition_can_be_made_valid_earlier(void **state)
{
	struct scene *s = *state;

	begin(s);
	capscore_says(s, "rules publish 2023-12 --from 2023-07-20", 0, "published: 2023-12", "");
	assert_edition(s, "2023-12");
	capscore_says(s, "rules publish 2023-12 --withdraw", 0, "withdrawn: 2023-12", "");
	assert_edition(s, "2023-06");
	capscore_says(s, "rules list", 0, "  2023-12  from 2023-12-01 to 2026-06-30\n", "");
}

/* More texts than a calendar has room for: what was replaced is closed, and nothing speaks of it any more. */
static void test_an_id_can_be_published_again_and_again(void **state)
{
	struct scene *s = *state;

	begin(s);
	for (int i = 0; i < 2 * EDITIONS_MAX; i++) {
		char text[512];
		struct event ev = edition_event("next", "2023-07-01", text);

		(void)snprintf(text, sizeof text, "%s    points: %d\n",
			EDITION("next", "2023-07-01"), 5 + i % 2 * 10);
		ev.u.edition.text = str_from(text);
		assert_int_equal(send_event(s, &ev).accepted, 1);
		assert_true(ratio_eq(
			scene_points(s, "77", INFRA), ratio_int(70 + 2 * (5 + i % 2 * 10))));
	}
	assert_int_equal(harness_status(&s->h, HARNESS_SCORING, "editions-refused"), 0);
	assert_edition(s, "next");
}

static void test_the_days_turn_the_calendar(void **state)
{
	struct event ev = edition_event("next", "2023-07-22", EDITION("next", "2023-07-22"));
	struct scene *s = *state;

	(void)scene_tell(s, "day 2023-06-12");
	(void)scene_tell(s, scene_of(s, small_customers, "77"));
	assert_edition(s, "fy23");
	(void)scene_tell(s, "day 2023-06-13");
	assert_edition(s, "2023-06");
	(void)send_event(s, &ev);
	(void)scene_tell(s, "day 2023-07-21");
	assert_edition(s, "2023-06");
	(void)scene_tell(s, "day 2023-07-22");
	assert_edition(s, "next");
	assert_alert(s, ALERT_GAINED, "next");
	(void)scene_tell(s, "day 2023-12-01");
	assert_edition(s, "2023-12");
}

/* ---- texts that are none ---------------------------------------------------------------------------------------- */

static void test_a_text_that_does_not_compile_never_enters_the_log(void **state)
{
	struct event ev = edition_event("broken", "2023-07-01", BROKEN);
	struct event other = edition_event("another", "2023-07-01", EDITION("next", "2023-07-01"));
	struct event none = edition_event("none", "2023-07-01", "");
	struct scene *s = *state;
	uint64_t events;

	begin(s);
	events = harness_status(&s->h, HARNESS_INGESTION, "events");
	assert_int_equal(send_event(s, &ev).refused, 1);
	assert_int_equal(send_event(s, &other).refused, 1);
	assert_int_equal(send_event(s, &none).refused, 1);
	assert_int_equal(harness_status(&s->h, HARNESS_INGESTION, "events"), events);
	assert_int_equal(harness_status(&s->h, HARNESS_INGESTION, "refused-bad-edition"), 3);
	capscore_says(s, "deadletter list", 0,
		"edition.text:3:17: error: 'qualifies-at' 'many' is no number of points", "");
	capscore_says(s, "deadletter list", 0, "its id is 'next', the fact says 'another'", "");
	capscore_says(s, "deadletter list", 0, "no edition 'none' ships", "");
	cli_write("broken.yaml", BROKEN);
	capscore_says(s, "rules publish broken.yaml", 1, "", "broken.yaml:3:17: error:");
	assert_edition(s, "2023-06");
}

/* What an ingestion that knew other rules may have let in. */
static void append(struct scene *s, const struct event *ev)
{
	char path[128];
	struct store_options o = { .path = path };
	struct store_group *g;
	struct store *store;
	uint64_t first;
	struct err e = { 0 };

	(void)snprintf(path, sizeof path, "%s/events", s->h.dir);
	assert_int_equal(harness_end(&s->h, HARNESS_INGESTION, SIGTERM), 0);
	buf_reset(&s->batch);
	assert_int_equal(wire_encode_event(ev, &s->batch), 0);
	assert_int_equal(store_open(&o, &store, &e), 0);
	assert_int_equal(store_group_create(&mem_heap, 1 << 20, &g), 0);
	assert_int_equal(store_group_add(g, buf_span(&s->batch), 1), 0);
	assert_int_equal(store_commit(store, g, &first, &e), 0);
	store_group_destroy(g);
	store_close(store);
	harness_start(&s->h, HARNESS_INGESTION);
	s->events = first + 1;
	scene_settle(s);
}

static void test_a_text_in_the_log_that_does_not_compile_is_passed_over(void **state)
{
	struct event ev = edition_event("broken", "2023-07-01", BROKEN);
	struct scene *s = *state;

	begin(s);
	append(s, &ev);
	assert_int_equal(harness_status(&s->h, HARNESS_SCORING, "editions-refused"), 1);
	assert_true(harness_log_has(&s->h, HARNESS_SCORING,
		"ev=edition_refused id=broken reason=\"edition.text:3:17: error: "));
	assert_edition(s, "2023-06");
	assert_true(ratio_eq(scene_points(s, "77", INFRA), ratio_int(70)));
	ev = edition_event("next", "2023-07-01", EDITION("next", "2023-07-01"));
	assert_int_equal(send_event(s, &ev).accepted, 1);
	assert_edition(s, "next");
}

/* ---- kills ------------------------------------------------------------------------------------------------------ */

/* Scoring leaves by a kill, or in order with a snapshot, and is there again. */
static void leave(struct scene *s, bool in_order)
{
	int rc = harness_end(&s->h, HARNESS_SCORING, in_order ? SIGTERM : SIGKILL);

	assert_int_equal(rc, in_order ? 0 : -SIGKILL);
	harness_start(&s->h, HARNESS_SCORING);
	scene_settle(s);
}

static void tell_story(struct scene *s, bool kills, struct tail *ret_scores)
{
	struct event ev;

	facts_restart();
	begin(s);
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	ev = edition_event("next", "2023-07-01", EDITION("next", "2023-07-01"));
	(void)send_event(s, &ev);
	if (kills)
		leave(s, false); /* the log alone says what the edition is */
	assert_edition(s, "next");
	ev = edition_event("later", "2023-07-25", EDITION("later", "2023-07-25"));
	(void)send_event(s, &ev);
	if (kills)
		leave(s, true); /* the snapshot does */
	(void)scene_tell(s, "day 2023-07-24");
	if (kills)
		leave(s, false); /* the snapshot, and the log behind it */
	(void)scene_tell(s, "day 2023-07-25");
	assert_edition(s, "later");
	ev = retraction(ev);
	(void)send_event(s, &ev);
	if (kills)
		leave(s, false);
	assert_edition(s, "next");
	(void)scene_tell(s, "day 2023-12-01");
	if (kills)
		leave(s, true);
	assert_edition(s, "2023-12");
	tail_read(ret_scores, &s->h, HARNESS_SCORING, 0, NULL);
}

static void test_through_kills_the_scores_are_the_same_byte_for_byte(void **state)
{
	struct scene *s = *state;
	struct tail disturbed, calm;
	void *other = NULL;

	tell_story(s, true, &disturbed);
	assert_int_equal(scene_open(&other), 0);
	tell_story(other, false, &calm);
	assert_true(calm.end >= 4);
	assert_true(tail_same(&disturbed, &calm));
	tail_fini(&disturbed);
	tail_fini(&calm);
	assert_int_equal(scene_close(&other), 0);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_a_published_edition_moves_scores_without_a_restart),
		SCENE(test_withdrawn_it_is_as_if_it_had_not_been_published),
		SCENE(test_a_shipped_edition_can_be_made_valid_earlier),
		SCENE(test_an_id_can_be_published_again_and_again),
		SCENE(test_the_days_turn_the_calendar),
		SCENE(test_a_text_that_does_not_compile_never_enters_the_log),
		SCENE(test_a_text_in_the_log_that_does_not_compile_is_passed_over),
		SCENE(test_through_kills_the_scores_are_the_same_byte_for_byte),
	};

	return cmocka_run_group_tests_name(
		"editions in running services", tests, cli_folder_make, cli_folder_remove);
}
