/* A part of the data folder is damaged, missing or not the one that belongs to the rest: the services make it anew from
 * what is there, the same byte for byte, or refuse and say what to do. They never go on with other scores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io/query.h"
#include "rules/compile/shipped.h"
#include "tests/harness/scene.h"
#include "tests/harness/tail.h"
#include "tests/harness/traffic.h"
#include "tests/support/history.h"

#define GROUPS	   4
#define SEED	   77
#define EXIT_STATE 3 /* a stored state cannot be used */
#define DAMAGES	   24
#define PATH_TEXT  160

/* What every test starts from: services that have taken some traffic and were stopped in order. */
struct folder {
	struct traffic traffic;
	struct harness h;
	struct tail logs[HARNESS_PIPELINE];
};

static void start_all(struct folder *f)
{
	harness_start_all(&f->h);
}

static void stop(struct folder *f, enum harness_service s)
{
	assert_int_equal(harness_end(&f->h, s, SIGTERM), 0);
}

static void stop_all(struct folder *f)
{
	for (int s = HARNESS_PIPELINE - 1; s >= 0; s--)
		stop(f, (enum harness_service)s);
}

static void wait_for_scores(struct folder *f)
{
	harness_wait(&f->h, HARNESS_SCORING, "events-read", f->traffic.n_events);
	harness_wait(&f->h, HARNESS_SCORING, "scores", f->logs[HARNESS_SCORING].end);
}

static int fill(void **state)
{
	static const char *const ingestion[] = { "--days", "producer", "--dedup-days", "400",
		NULL };
	struct folder *f = calloc(1, sizeof *f);
	struct sender account;

	if (f == NULL)
		return -1;
	traffic_make(&f->traffic, SEED, GROUPS);
	harness_init(&f->h);
	memcpy(f->h.args[HARNESS_INGESTION], ingestion, sizeof ingestion);
	start_all(f);
	sender_send(&f->h, f->traffic.batches, f->traffic.n_batches, &account);
	traffic_settle(&f->traffic, &f->h);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		tail_read(&f->logs[s], &f->h, (enum harness_service)s, 0, NULL);
	stop_all(f);
	*state = f;
	return 0;
}

static int empty(void **state)
{
	struct folder *f = *state;

	harness_fini(&f->h);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		tail_fini(&f->logs[s]);
	traffic_fini(&f->traffic);
	free(f);
	return 0;
}

static void path_of(const struct folder *f, const char *name, char path[PATH_TEXT])
{
	(void)snprintf(path, PATH_TEXT, "%s/%s", f->h.dir, name);
}

static void move_away(const struct folder *f, const char *name)
{
	char from[PATH_TEXT], to[PATH_TEXT + 8];

	path_of(f, name, from);
	(void)snprintf(to, sizeof to, "%s.away", from);
	assert_int_equal(rename(from, to), 0);
}

static void assert_log_is_as_before(struct folder *f, enum harness_service s)
{
	struct tail now;

	tail_read(&now, &f->h, s, 0, NULL);
	assert_true(tail_same(&f->logs[s], &now));
	tail_fini(&now);
}

static void assert_refuses(
	struct folder *f, enum harness_service s, const char *reason, const char *remedy)
{
	assert_int_equal(harness_await_end(&f->h, s), EXIT_STATE);
	assert_true(harness_log_has(&f->h, s, reason));
	assert_true(harness_log_has(&f->h, s, remedy));
}

/* ---- the snapshot --------------------------------------------------------------------------------------------- */

static void damage(const struct folder *f, struct rng *rng)
{
	char path[PATH_TEXT], byte;
	struct stat st;
	off_t at;
	int fd;

	path_of(f, "scoring.snapshot", path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	at = (off_t)(rng_next(rng) % (uint64_t)(rng_below(rng, 3) == 0 ? 64 : st.st_size));
	if (rng_below(rng, 4) == 0) {
		assert_int_equal(ftruncate(fd, at), 0);
	} else {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte = (char)(byte ^ (1 << rng_below(rng, 8)));
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	(void)close(fd);
}

static void test_a_damaged_snapshot_is_noticed_and_made_anew(void **state)
{
	struct folder *f = *state;
	struct rng rng = { SEED };
	char log[PATH_TEXT];

	path_of(f, "scoring.log", log);
	harness_start(&f->h, HARNESS_INGESTION);
	for (int i = 0; i < DAMAGES; i++) {
		damage(f, &rng);
		assert_int_equal(unlink(log), 0);
		harness_start(&f->h, HARNESS_SCORING);
		wait_for_scores(f);
		assert_true(harness_log_has(&f->h, HARNESS_SCORING, "ev=snapshot_unusable"));
		assert_log_is_as_before(f, HARNESS_SCORING);
		stop(f, HARNESS_SCORING);
	}
	harness_start(&f->h, HARNESS_SCORING);
	wait_for_scores(f);
	assert_true(traffic_check_scores(&f->traffic, &f->h) > 0);
}

static void test_without_a_snapshot_the_event_log_is_replayed(void **state)
{
	struct folder *f = *state;

	move_away(f, "scoring.snapshot");
	start_all(f);
	wait_for_scores(f);
	assert_true(traffic_check_scores(&f->traffic, &f->h) > 0);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		assert_log_is_as_before(f, (enum harness_service)s);
}

/* ---- logs that are missing ------------------------------------------------------------------------------------ */

static void test_a_missing_score_log_is_written_again_the_same(void **state)
{
	struct folder *f = *state;

	move_away(f, "scores");
	harness_start(&f->h, HARNESS_INGESTION);
	harness_start(&f->h, HARNESS_SCORING);
	wait_for_scores(f);
	assert_log_is_as_before(f, HARNESS_SCORING);
	assert_true(traffic_check_scores(&f->traffic, &f->h) > 0);
	harness_start(&f->h, HARNESS_NOTIFICATION);
	assert_log_is_as_before(f, HARNESS_NOTIFICATION);
}

/* Before the score log is whole again, the alerts are ahead of it. */
static void test_alerts_ahead_of_their_score_log_are_not_continued(void **state)
{
	struct folder *f = *state;

	move_away(f, "scores");
	harness_start(&f->h, HARNESS_SCORING);
	harness_start(&f->h, HARNESS_NOTIFICATION);
	assert_refuses(f, HARNESS_NOTIFICATION, "position-ahead", "move DATA/alerts away");
}

static void test_missing_alerts_are_written_again_the_same(void **state)
{
	struct folder *f = *state;

	move_away(f, "alerts");
	start_all(f);
	harness_wait(&f->h, HARNESS_NOTIFICATION, "alerts", f->logs[HARNESS_NOTIFICATION].end);
	assert_log_is_as_before(f, HARNESS_NOTIFICATION);
}

static void test_scores_ahead_of_their_event_log_are_not_continued(void **state)
{
	struct folder *f = *state;

	move_away(f, "events");
	start_all(f);
	assert_refuses(f, HARNESS_SCORING, "position-ahead", "move DATA/scores");
}

static void test_without_snapshot_and_events_scores_are_not_continued(void **state)
{
	struct folder *f = *state;

	move_away(f, "events");
	move_away(f, "scoring.snapshot");
	start_all(f);
	assert_refuses(
		f, HARNESS_SCORING, "the event log ends at position 0", "restore the event log");
}

/* ---- logs that are not what they were ------------------------------------------------------------------------- */

/* Flips a bit in the middle of the text, wherever the store keeps it. */
static void flip_inside(const struct folder *f, const char *name, struct str text)
{
	char path[PATH_TEXT];
	struct stat st;
	uint8_t *file, *at;
	int fd;

	path_of(f, name, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	file = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(file != MAP_FAILED);
	at = memmem(file, (size_t)st.st_size, text.p, text.n);
	assert_non_null(at);
	at[text.n / 2] ^= 1;
	assert_int_equal(munmap(file, (size_t)st.st_size), 0);
	(void)close(fd);
}

/* Scoring has no state, and cannot make one: it answers no question about scores. */
static void assert_is_replaying(struct folder *f)
{
	struct frame q = { .kind = FRAME_SCORE_QUERY }, a;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, (size_t)1 << 20);
	q.u.score_query.partner = f->traffic.events[0].ev.subject;
	while ((rc = query_ask(f->h.endpoint[HARNESS_SCORING], &q, 1000, &ar, &a, NULL)) != 0)
		assert_true(rc == ERR_TIMEOUT || rc == ERR_CLOSED); /* not up yet */
	assert_int_equal(a.kind, FRAME_FAILURE);
	assert_true(str_eq(a.u.failure.reason, STR("busy")));
	arena_fini(&ar);
}

static void test_a_damaged_event_is_not_scored(void **state)
{
	struct folder *f = *state;

	flip_inside(f, "events/data.mdb", f->traffic.events[100].ev.id);
	move_away(f, "scoring.snapshot");
	start_all(f);
	assert_refuses(
		f, HARNESS_INGESTION, "damaged group at position", "checksum does not match");
	assert_is_replaying(f);
}

/* Another log, as long: its units lie otherwise. */
static void test_another_event_log_is_not_continued(void **state)
{
	struct folder *f = *state;
	struct traffic other;
	struct sender account;

	traffic_make(&other, SEED + 1, GROUPS + 2);
	move_away(f, "events");
	harness_start(&f->h, HARNESS_INGESTION);
	sender_send(&f->h, other.batches, other.n_batches, &account);
	harness_start(&f->h, HARNESS_SCORING);
	assert_refuses(
		f, HARNESS_SCORING, "has no unit that begins at position", "move DATA/scores");
	traffic_fini(&other);
}

/* With a snapshot the beginning of the event log is not needed; without one its absence is noticed. */
static void test_events_that_retention_dropped_are_not_passed_over(void **state)
{
	struct folder *f = *state;
	struct sent_batch more = { .n_events = 0 };
	struct sender account;
	struct buf b;

	buf_init(&b, &mem_heap, WIRE_BATCH_BYTES_MAX);
	scene_encode("cert 88 p1 AZ-104", &b, &more.n_events);
	more.bytes = buf_span(&b);
	f->h.args[HARNESS_INGESTION][4] = "--retain-bytes";
	f->h.args[HARNESS_INGESTION][5] = "50000";
	harness_start(&f->h, HARNESS_INGESTION);
	sender_send(&f->h, &more, 1, &account);
	assert_int_equal(account.accepted, 1);
	harness_start(&f->h, HARNESS_SCORING);
	harness_wait(&f->h, HARNESS_SCORING, "events-read", f->traffic.n_events + 1);
	stop(f, HARNESS_SCORING);
	move_away(f, "scoring.snapshot");
	harness_start(&f->h, HARNESS_SCORING);
	assert_refuses(f, HARNESS_SCORING, "position-gone", "move DATA/scores");
	buf_fini(&b);
}

static void test_other_editions_are_not_mixed_with_the_scores(void **state)
{
	const struct shipped_edition *shipped = shipped_by_id(STR("2023-06"));
	static const char was[] = "customer-reaches: 1000";
	char rules[PATH_TEXT];
	struct folder *f = *state;
	const char *at;
	FILE *out;

	path_of(f, "rules.yaml", rules);
	out = fopen(rules, "w");
	assert_non_null(out);
	at = memmem(shipped->text.p, shipped->text.n, was, sizeof was - 1);
	assert_non_null(at);
	fprintf(out, "%.*scustomer-reaches: 2000", (int)(at - shipped->text.p), shipped->text.p);
	at += sizeof was - 1;
	fprintf(out, "%.*s", (int)(shipped->text.p + shipped->text.n - at), at);
	assert_int_equal(fclose(out), 0);
	f->h.args[HARNESS_SCORING][0] = "--edition";
	f->h.args[HARNESS_SCORING][1] = rules;
	start_all(f);
	assert_refuses(
		f, HARNESS_SCORING, "other editions of the rules", "start it without --edition");
	f->h.args[HARNESS_SCORING][0] = NULL;
	harness_start(&f->h, HARNESS_SCORING);
	wait_for_scores(f);
	assert_log_is_as_before(f, HARNESS_SCORING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_damaged_snapshot_is_noticed_and_made_anew, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_without_a_snapshot_the_event_log_is_replayed, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_a_missing_score_log_is_written_again_the_same, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_alerts_ahead_of_their_score_log_are_not_continued, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_missing_alerts_are_written_again_the_same, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_scores_ahead_of_their_event_log_are_not_continued, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_without_snapshot_and_events_scores_are_not_continued, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_events_that_retention_dropped_are_not_passed_over, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_another_event_log_is_not_continued, fill, empty),
		cmocka_unit_test_setup_teardown(test_a_damaged_event_is_not_scored, fill, empty),
		cmocka_unit_test_setup_teardown(
			test_other_editions_are_not_mixed_with_the_scores, fill, empty),
	};

	return cmocka_run_group_tests_name("damaged and missing parts", tests, NULL, NULL);
}
