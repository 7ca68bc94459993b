/* The history service with real processes: killed with SIGKILL while it follows random traffic, what it answers is what a
 * plain walk over the score log gives; made anew from the same log, it answers the same bytes; and capscore history shows
 * it, with the events behind it, as long as the event log holds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/wire/wire.h"
#include "tests/harness/cli.h"
#include "tests/harness/scene.h"
#include "tests/harness/traffic.h"
#include "tests/support/history.h"
#include "tests/support/small_rules.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

#define KILLS	    12
#define PARTNERS    512
#define CHANGES_MAX 60000

/* ---- the score log, plainly ------------------------------------------------------------------------------- */

struct told {
	struct str partner, area;
	day_no day;
	struct ratio before, after;
	enum area_status status_before, status_after;
	uint32_t causes;
};

struct plain {
	struct tail log;
	struct arena ar;
	struct told *told;
	size_t n;
	struct str partners[PARTNERS];
	size_t n_partners;
};

static void note_partner(struct plain *p, struct str id)
{
	for (size_t i = 0; i < p->n_partners; i++)
		if (str_eq(p->partners[i], id))
			return;
	assert_true(p->n_partners < PARTNERS);
	p->partners[p->n_partners++] = id;
}

static void note_change(struct plain *p, const struct score_change *c, day_no day)
{
	if (c->n_areas > 0) /* there are changes of outlooks alone */
		note_partner(p, c->partner);
	for (size_t i = 0; i < c->n_areas; i++) {
		const struct area_change *a = &c->areas[i];

		assert_true(p->n < CHANGES_MAX);
		p->told[p->n++] = (struct told){ c->partner, a->shape->area, day,
			score_total(a->before, a->shape->n_metrics),
			score_total(a->after, a->shape->n_metrics), a->status_before,
			a->status_after, c->cause_count };
	}
}

/* Records from a position on, which begins a unit. */
static void read_from(struct plain *p, const struct harness *h, uint64_t position)
{
	struct err e = { 0 };

	memset(p, 0, sizeof *p);
	arena_init(&p->ar, &mem_heap, (size_t)1 << 30);
	p->told = calloc(CHANGES_MAX, sizeof *p->told);
	assert_non_null(p->told);
	tail_read(&p->log, h, HARNESS_SCORING, position, NULL);
	for (size_t i = 0; i < p->log.n_units; i++) {
		struct score_batch batch;

		assert_int_equal(wire_decode_scores(tail_span(&p->log, i), &p->ar, &batch, &e), 0);
		for (size_t k = 0; k < batch.n_changes; k++)
			note_change(p, &batch.changes[k], batch.day);
	}
}

static void free_plain(struct plain *p)
{
	tail_fini(&p->log);
	arena_fini(&p->ar);
	free(p->told);
}

/* ---- what history answers --------------------------------------------------------------------------------- */

static void ask(struct harness *h, struct str partner, bool by_month, day_no from, struct arena *ar,
	struct frame *ret)
{
	struct frame q = { .kind = FRAME_CHRONICLE_QUERY };

	q.u.chronicle_query.partner = partner;
	q.u.chronicle_query.from = from;
	q.u.chronicle_query.until = DAY_NONE;
	q.u.chronicle_query.by_month = by_month;
	harness_ask(h, HARNESS_HISTORY, &q, ar, ret);
	assert_int_equal(ret->kind, FRAME_CHRONICLE_ANSWER);
}

/* One area of one point against the walk. Returns how many changes it stands for. */
static uint64_t check_area(const struct plain *p, struct str partner, day_no from, day_no until,
	const struct wire_chronicle_area *a)
{
	const struct told *first = NULL, *last = NULL;
	uint64_t n = 0, causes = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct told *t = &p->told[i];

		if (t->day < from || t->day > until || !str_eq(t->partner, partner) ||
			!str_eq(t->area, a->area))
			continue;
		first = first == NULL ? t : first;
		last = t;
		n++;
		causes += t->causes;
	}
	assert_non_null(first);
	assert_int_equal(a->changes, n);
	assert_int_equal(a->cause_count, causes);
	assert_int_equal(a->status_before, first->status_before);
	assert_int_equal(a->status, last->status_after);
	assert_true(ratio_eq(a->total_before, first->before));
	assert_true(ratio_eq(a->total, last->after));
	assert_true(ratio_cmp(a->lowest, a->total) <= 0 && ratio_cmp(a->highest, a->total) >= 0);
	assert_true(a->n_causes > 0 || a->cause_count == 0);
	return n;
}

static uint64_t check_page(const struct plain *p, struct str partner, const struct frame *a)
{
	uint64_t n = 0;

	for (size_t i = 0; i < a->u.chronicle_answer.n_points; i++) {
		const struct wire_chronicle_point *pt = &a->u.chronicle_answer.points[i];
		day_no until =
			pt->month ? month_first_day(month_of_day(pt->from) + 1) - 1 : pt->from;

		assert_true(i == 0 || pt->from > a->u.chronicle_answer.points[i - 1].from);
		for (size_t k = 0; k < pt->n_areas; k++)
			n += check_area(p, partner, pt->from, until, &pt->areas[k]);
	}
	return n;
}

static void check_partner(
	const struct plain *p, struct harness *h, struct str partner, bool by_month)
{
	uint64_t want = 0, got = 0;
	day_no from = DAY_NONE;
	struct frame a;
	struct arena ar;

	arena_init(&ar, &mem_heap, (size_t)256 << 20);
	do {
		ask(h, partner, by_month, from, &ar, &a);
		got += check_page(p, partner, &a);
		from = a.u.chronicle_answer.next;
	} while (a.u.chronicle_answer.more);
	for (size_t i = 0; i < p->n; i++)
		want += str_eq(p->told[i].partner, partner);
	assert_int_equal(got, want); /* none left out, none twice */
	arena_fini(&ar);
}

static uint64_t check_all(const struct plain *p, struct harness *h)
{
	for (size_t i = 0; i < p->n_partners; i++) {
		check_partner(p, h, p->partners[i], false);
		check_partner(p, h, p->partners[i], true);
	}
	return p->n;
}

/* A digest over all answers. */
static uint64_t digest_all(const struct plain *p, struct harness *h)
{
	uint64_t digest = 0;
	struct arena ar;
	struct frame a;
	struct buf bytes;

	arena_init(&ar, &mem_heap, (size_t)256 << 20);
	buf_init(&bytes, &mem_heap, (size_t)16 << 20);
	for (size_t i = 0; i < 2 * p->n_partners; i++) {
		arena_reset(&ar);
		ask(h, p->partners[i / 2], i % 2 == 0, DAY_NONE, &ar, &a);
		a.u.chronicle_answer.freshness.age_ms = 0;
		assert_int_equal(a.u.chronicle_answer.freshness.lag_events, 0);
		buf_reset(&bytes);
		assert_int_equal(frame_encode(&a, &bytes), 0);
		digest = digest * 31 + bytes.n;
		for (size_t k = 0; k < bytes.n; k++)
			digest = (digest ^ bytes.p[k]) * 0x100000001b3ull;
	}
	arena_fini(&ar);
	buf_fini(&bytes);
	return digest;
}

/* ---- killed, and made anew -------------------------------------------------------------------------------- */

static void set_args(struct harness *h, const char *flush_ms, const char *rows)
{
	const char *const ingestion[] = { "--days", "producer", "--dedup-days", "400", NULL };
	const char *const history[] = { "--keep-days", "36500", "--flush-ms", flush_ms,
		"--pending-rows", rows, NULL };

	memcpy(h->args[HARNESS_INGESTION], ingestion, sizeof ingestion);
	memcpy(h->args[HARNESS_HISTORY], history, sizeof history);
}

static void wait_for_history(struct harness *h)
{
	harness_wait(
		h, HARNESS_HISTORY, "scores-read", harness_status(h, HARNESS_SCORING, "scores"));
}

static void remove_history(struct harness *h)
{
	char command[160];

	(void)snprintf(command, sizeof command, "rm -rf '%s/history'", h->dir);
	assert_int_equal(system(command), 0);
}

/* Somewhere inside whatever it is doing. */
static void kill_somewhere(struct harness *h, struct rng *rng, enum harness_service s)
{
	for (unsigned i = rng_below(rng, 4000); i > 0; i--)
		(void)getppid();
	assert_int_equal(harness_end(h, s, SIGKILL), -SIGKILL);
	harness_start(h, s);
}

static void test_killed_it_loses_and_doubles_nothing(void **state)
{
	struct rng rng = { 20230619 };
	struct sender account;
	struct plain plain;
	struct traffic t;
	struct harness h;
	uint64_t digest;

	(void)state;
	traffic_make(&t, 71, 40);
	harness_init(&h);
	set_args(&h, "1", "15");
	harness_start_all(&h);
	harness_start(&h, HARNESS_HISTORY);
	for (size_t i = 0; i < KILLS; i++) {
		size_t from = t.n_batches * i / KILLS, to = t.n_batches * (i + 1) / KILLS;

		sender_send(&h, t.batches + from, to - from, &account);
		kill_somewhere(&h, &rng, HARNESS_HISTORY);
		if (i % 4 == 3)
			kill_somewhere(&h, &rng, HARNESS_SCORING);
	}
	traffic_settle(&t, &h);
	wait_for_history(&h);
	read_from(&plain, &h, 0);
	assert_true(check_all(&plain, &h) > 1000);
	digest = digest_all(&plain, &h);
	assert_int_equal(harness_end(&h, HARNESS_HISTORY, SIGTERM), 0);
	harness_start(&h, HARNESS_HISTORY); /* all of it from the disk */
	wait_for_history(&h);
	assert_true(digest_all(&plain, &h) == digest);
	assert_int_equal(harness_end(&h, HARNESS_HISTORY, SIGTERM), 0);
	remove_history(&h);
	set_args(&h, "60000", "65536"); /* all of it from memory */
	harness_start(&h, HARNESS_HISTORY);
	wait_for_history(&h);
	assert_true(digest_all(&plain, &h) == digest);
	free_plain(&plain);
	harness_fini(&h);
	traffic_fini(&t);
}

/* Days that retention has passed are told as months, whether or not they are put together already. */
static void test_days_become_months(void **state)
{
	struct sender account;
	struct plain plain;
	struct traffic t;
	struct harness h;
	uint64_t digest;

	(void)state;
	traffic_make(&t, 72, 20);
	harness_init(&h);
	set_args(&h, "1", "15");
	h.args[HARNESS_HISTORY][1] = "31";
	harness_start_all(&h);
	harness_start(&h, HARNESS_HISTORY);
	sender_send(&h, t.batches, t.n_batches, &account);
	traffic_settle(&t, &h);
	wait_for_history(&h);
	read_from(&plain, &h, 0);
	assert_true(check_all(&plain, &h) > 500);
	digest = digest_all(&plain, &h);
	harness_wait(&h, HARNESS_HISTORY, "rows-folded", 10);
	assert_true(digest_all(&plain, &h) == digest);
	free_plain(&plain);
	harness_fini(&h);
	traffic_fini(&t);
}

/* A score log that is shorter than its own history: what is left is read, and the gap is told. */
static void test_it_goes_on_behind_what_the_score_log_dropped(void **state)
{
	struct sender account;
	struct traffic t;
	struct harness h;
	struct plain plain;
	uint64_t missed;
	struct arena ar;
	struct frame a;

	(void)state;
	traffic_make(&t, 73, 150);
	harness_init(&h);
	set_args(&h, "1", "1000");
	h.args[HARNESS_SCORING][0] = "--retain-mib";
	h.args[HARNESS_SCORING][1] = "1";
	harness_start_all(&h);
	for (size_t i = 0; i < KILLS; i++) { /* in several commits: retention drops whole ones */
		size_t from = t.n_batches * i / KILLS, to = t.n_batches * (i + 1) / KILLS;

		sender_send(&h, t.batches + from, to - from, &account);
		harness_wait(&h, HARNESS_SCORING, "events-read", account.position);
	}
	traffic_settle(&t, &h);
	harness_start(&h, HARNESS_HISTORY);
	wait_for_history(&h);
	missed = harness_status(&h, HARNESS_HISTORY, "scores-missed");
	assert_true(missed > 0);
	read_from(&plain, &h, missed);
	arena_init(&ar, &mem_heap, (size_t)256 << 20);
	ask(&h, plain.partners[0], false, DAY_NONE, &ar, &a);
	assert_int_equal(a.u.chronicle_answer.whole_from, plain.told[0].day);
	assert_true(check_all(&plain, &h) > 0);
	arena_fini(&ar);
	free_plain(&plain);
	harness_fini(&h);
	traffic_fini(&t);
}

/* ---- on the command line ---------------------------------------------------------------------------------- */

static struct scene *scene;

static struct cli_run *history(const char *args, int exit_code)
{
	char command[1024];

	(void)snprintf(command, sizeof command, "history --data-dir %s %s", scene->h.dir, args);
	return cli_expect(command, exit_code);
}

static const struct row {
	const char *name, *args;
	int exit_code;
	const char *parts[6],
		*absent; /* of the output; of the message when the exit code is above 0 */
} rows[] = {
	{ "points by day, and what moved them", "P", 0,
		{ "Partner P, 2024-02-01 to 2024-07-20, as it was told at the time\n",
			"\nwork, edition small\n   100 |\n", "    70 |-",
			"  2024-05-25: 70, qualified, track many; people 0 to 40, adds 0 to 30\n"
			"      events ",
			"  2024-06-20: 70 to 60; adds 30 to 20\n      event ",
			"  2024-07-20: 60 to 60, qualified to in-progress\n" },
		"more" },
	{ "by month", "P --by month", 0,
		{ "Partner P, 2024-05 to 2024-07, as it was told", "\n  2024-05: 70, qualified",
			"\n  2024-06: 70 to 60; adds",
			"\n        2024-05    2024-07\n        QQQQQ QQQQQ iiiii\n" },
		"2024-05-25" },
	{ "one area, some days", "P --area work --from 2024-06-01 --until 2024-06-30", 0,
		{ "Partner P, 2024-06-01 to 2024-06-30", "\n  2024-06-20: 70 to 60" },
		"2024-05-25" },
	{ "nothing changed", "P --area work --from 2024-06-01 --until 2024-06-10", 0,
		{ "no change: 70 of 100, qualified", "    70 |####" }, "2024-06-20" },
	{ "with the events", "P --area work --events", 0,
		{ "\"type\":\"capscore.certification.v1\"", "\"type\":\"capscore.usage.v1\"" },
		"gone" },
	{ "blocks", "P --area work --color", 0, { "\u2588" }, "####" },
	{ "a partner that nobody knows", "N", 1, { "no score was ever told of this partner" },
		NULL },
	{ "an area that there is not", "P --area wrok", 2, { "did you mean 'work'?" }, NULL },
	{ "no partner", "", 2, { "takes one partner" }, NULL },
	{ "neither days nor months", "P --by week", 2, { "--by 'week' is neither day nor month" },
		NULL },
	{ "a day that is none", "P --from May", 2, { "--from 'May' is no day" }, NULL },
	{ "days the wrong way round", "P --from 2024-06-01 --until 2024-05-01", 2,
		{ "--from lies behind" }, NULL },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	struct cli_run *r = history(row->args, row->exit_code);
	const char *said = row->exit_code == 0 ? r->out : r->err;

	for (size_t i = 0; i < ARRAY_LEN(row->parts) && row->parts[i] != NULL; i++)
		assert_contains(said, row->parts[i]);
	if (row->absent != NULL)
		assert_absent(said, row->absent);
	free(r);
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
	json_t *doc = parse(history("P --area work --events --json", 0)), *area, *point, *event;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(doc, "partner")), "P");
	assert_string_equal(json_string_value(json_object_get(doc, "by")), "day");
	assert_string_equal(json_string_value(json_object_get(doc, "until")), "2024-07-20");
	assert_true(json_is_null(json_object_get(doc, "whole_from")));
	assert_int_equal(json_integer_value(json_object_get(doc, "lag")), 0);
	area = json_array_get(json_object_get(doc, "areas"), 0);
	assert_string_equal(json_string_value(json_object_get(area, "id")), "work");
	assert_true(json_is_null(json_object_get(area, "before")));
	assert_int_equal(json_array_size(json_object_get(area, "points")), 3);
	point = json_array_get(json_object_get(area, "points"), 1);
	assert_string_equal(json_string_value(json_object_get(point, "day")), "2024-06-20");
	assert_string_equal(json_string_value(json_object_get(point, "status")), "qualified");
	assert_int_equal(json_array_size(json_object_get(point, "events")), 1);
	event = json_array_get(json_object_get(doc, "events"), 0);
	assert_true(json_is_false(json_object_get(event, "gone")));
	assert_true(json_is_object(json_object_get(event, "event")));
	json_decref(doc);
}

/* The last test: it takes the events away. */
static void test_events_that_retention_dropped_are_told_as_gone(void **state)
{
	struct cli_run *r;

	(void)state;
	assert_int_equal(harness_end(&scene->h, HARNESS_INGESTION, SIGTERM), 0);
	scene->h.args[HARNESS_INGESTION][2] = "--retain-bytes";
	scene->h.args[HARNESS_INGESTION][3] = "1";
	harness_start(&scene->h, HARNESS_INGESTION);
	(void)scene_tell(scene, "day 2024-07-21"); /* the newest commit stays, and is this */
	r = history("P --area work --events --until 2024-05-31", 0);
	assert_contains(r->out, "gone: the event log no longer holds it\n");
	assert_absent(r->out, "capscore.certification.v1");
	free(r);
}

static int set_up(void **state)
{
	static const char *const steps[] = {
		"day 2024-05-25;"
		"usage P c1 Service 2024-04 200;usage P c2 Service 2024-04 200;"
		"usage P c3 Service 2024-04 200;cert P p1 C-1",
		"day 2024-06-20", "usage P c4 Service 2024-05 200;usage P c5 Service 2024-05 200",
		"day 2024-07-20"
	};
	char path[160];

	(void)state;
	if (cli_folder_make(state) != 0)
		return -1;
	cli_write("small.yaml", small_rules);
	(void)snprintf(path, sizeof path, "%s/small.yaml", cli_folder());
	if (scene_open_by((void **)&scene, path) != 0)
		return -1;
	harness_start(&scene->h, HARNESS_HISTORY);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		(void)scene_tell(scene, steps[i]);
	wait_for_history(&scene->h);
	return 0;
}

static int tear_down(void **state)
{
	(void)scene_close((void **)&scene);
	return cli_folder_remove(state);
}

int main(void)
{
	const struct CMUnitTest logs[] = {
		cmocka_unit_test(test_killed_it_loses_and_doubles_nothing),
		cmocka_unit_test(test_days_become_months),
		cmocka_unit_test(test_it_goes_on_behind_what_the_score_log_dropped),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + 2];
	size_t n = 0;
	int failed;

	(void)setenv("LC_ALL", "C.UTF-8", 1); /* that of the machine may know no blocks */
	failed = cmocka_run_group_tests_name("history", logs, NULL, NULL);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_json_has_the_documented_shape);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_events_that_retention_dropped_are_told_as_gone);
	return failed +
	       _cmocka_run_group_tests("history on the command line", tests, n, set_up, tear_down);
}
