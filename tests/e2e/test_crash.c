/* The services are killed with SIGKILL at random moments under load and started again, while a producer with a window
 * of several batches goes on sending. Then: every acknowledged event is in the event log once and in order, all scores
 * are the oracle's, and all three logs are, byte for byte, those of a run that nothing disturbed.
 *
 *   CAPSCORE_CRASH_ROUNDS   rounds of killing in all (10 unless given); twenty make one run, then folder and seed change
 *   CAPSCORE_CRASH_SEED     of the first run; each prints its own
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io/clock.h"
#include "common/wire/wire.h"
#include "tests/harness/alerts.h"
#include "tests/harness/tail.h"
#include "tests/harness/traffic.h"
#include "tests/support/history.h"

#define ROUNDS_DEFAULT	 10
#define ROUNDS_OF_RUN	 20 /* of one run: one folder, one traffic */
#define GROUPS_PER_ROUND 2  /* about 700 events */
#define WINDOW_EVENTS	 1500
#define PATIENCE_NS	 (1500ull * 1000 * 1000)
#define SPIN_MAX	 4000u

/* What the end of a round is derived from. */
#define MOMENT_TABLE(X)                                                                            \
	X(MOMENT_ACKS, "acknowledgements")                                                         \
	X(MOMENT_SCORES, "score changes")                                                          \
	X(MOMENT_ALERTS, "alerts")                                                                 \
	X(MOMENT_SNAPSHOT, "a snapshot being written")                                             \
	X(MOMENT_SWITCH, "a snapshot put in place")                                                \
	X(MOMENT_RESTART, "a service just started")

enum moment {
#define X(name, text) name,
	MOMENT_TABLE(X)
#undef X
		MOMENT_END
};
static const char *const moment_names[] = {
#define X(name, text) text,
	MOMENT_TABLE(X)
#undef X
};

struct run {
	struct rng rng;
	unsigned rounds;
	struct traffic traffic;
	struct harness h;
	struct loop loop;
	struct sender sender;
	struct tail tails[HARNESS_PIPELINE]; /* followed from the beginning, through all kills */
	uint64_t ends[HARNESS_PIPELINE];
	/* The round at hand. */
	enum moment moment;
	uint64_t target;
	ino_t snapshot; /* that was in place */
	uint64_t idle_since_ns;
	bool missed; /* the moment did not come: nothing was left to do */
	unsigned kills, damages, n_moments[MOMENT_END], n_missed;
};

static void set_args(struct harness *h)
{
	/* Risks wait, so kills hit what waits, too. */
	static const char *const notification[] = { "--hold-days", "1", NULL };
	/* So that every repeat is recognised, however many days pass. */
	static const char *const ingestion[] = { "--days", "producer", "--dedup-days", "400",
		NULL };
	static const char *const scoring[] = { "--snapshot-events", "1000", "--snapshot-seconds",
		"1", NULL };

	memcpy(h->args[HARNESS_INGESTION], ingestion, sizeof ingestion);
	memcpy(h->args[HARNESS_SCORING], scoring, sizeof scoring);
	memcpy(h->args[HARNESS_NOTIFICATION], notification, sizeof notification);
}

/* ---- moments -------------------------------------------------------------------------------------------------- */

static ino_t file_number(const struct run *r, const char *name)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/%s", r->h.dir, name);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static bool has_come(const struct run *r)
{
	switch (r->moment) {
	case MOMENT_ACKS:
		return r->sender.acked >= r->target;
	case MOMENT_SCORES:
		return r->tails[HARNESS_SCORING].end >= r->target;
	case MOMENT_ALERTS:
		return r->tails[HARNESS_NOTIFICATION].end >= r->target;
	case MOMENT_SNAPSHOT:
		return file_number(r, "scoring.snapshot.new") != 0;
	case MOMENT_SWITCH:
		return file_number(r, "scoring.snapshot") != r->snapshot;
	default:
		return true;
	}
}

/* A round whose batches are all acknowledged may have nothing more to bring the moment about. */
static bool is_over(void *ctx)
{
	struct run *r = ctx;

	if (has_come(r))
		return true;
	if (!sender_is_done(&r->sender)) {
		r->idle_since_ns = 0;
		return false;
	}
	if (r->idle_since_ns == 0)
		r->idle_since_ns = clock_mono_ns();
	r->missed = clock_mono_ns() - r->idle_since_ns > PATIENCE_NS;
	return r->missed;
}

static void draw_moment(struct run *r, size_t batches)
{
	r->moment = (enum moment)rng_below(&r->rng, MOMENT_END);
	r->missed = false;
	r->idle_since_ns = 0;
	r->snapshot = file_number(r, "scoring.snapshot");
	if (r->moment == MOMENT_ACKS)
		r->target = r->sender.acked + rng_below(&r->rng, (unsigned)batches);
	else if (r->moment == MOMENT_SCORES)
		r->target = r->tails[HARNESS_SCORING].end + 1 + rng_below(&r->rng, 100);
	else
		r->target = r->tails[HARNESS_NOTIFICATION].end + 1 + rng_below(&r->rng, 5);
}

/* Somewhere inside whatever the services are doing. */
static void spin(struct rng *rng)
{
	for (unsigned i = rng_below(rng, SPIN_MAX); i > 0; i--)
		(void)getppid();
}

/* ---- killing -------------------------------------------------------------------------------------------------- */

/* What a disk may do to a snapshot. Scoring must notice, whatever byte it is. */
static void damage_snapshot(struct run *r)
{
	char path[128], byte;
	struct stat st;
	off_t at;
	int fd;

	(void)snprintf(path, sizeof path, "%s/scoring.snapshot", r->h.dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	assert_int_equal(fstat(fd, &st), 0);
	at = (off_t)(rng_next(&r->rng) % (uint64_t)st.st_size);
	switch (rng_below(&r->rng, 4)) {
	case 0:
		assert_int_equal(unlink(path), 0);
		break;
	case 1:
		assert_int_equal(ftruncate(fd, at), 0);
		break;
	default:
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte = (char)(byte ^ (1 << rng_below(&r->rng, 8)));
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	(void)close(fd);
	r->damages++;
}

static unsigned draw_victims(struct rng *rng)
{
	return rng_below(rng, 3) == 0 ? 1 + rng_below(rng, (1u << HARNESS_PIPELINE) - 1)
				      : 1u << rng_below(rng, HARNESS_PIPELINE);
}

static void kill_victims(struct run *r, unsigned victims)
{
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		if ((victims >> s & 1) != 0)
			assert_int_equal(kill(r->h.pids[s], SIGKILL), 0);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		if ((victims >> s & 1) != 0) {
			assert_int_equal(
				harness_end(&r->h, (enum harness_service)s, SIGKILL), -SIGKILL);
			r->kills++;
		}
}

static void start_victims(struct run *r, unsigned victims)
{
	unsigned first = rng_below(&r->rng, HARNESS_PIPELINE);

	for (unsigned i = 0; i < HARNESS_PIPELINE; i++) {
		unsigned s = (first + i) % HARNESS_PIPELINE;

		if ((victims >> s & 1) != 0)
			harness_start(&r->h, (enum harness_service)s);
	}
}

static void kill_round(struct run *r, unsigned round)
{
	size_t from = r->traffic.n_batches * round / r->rounds;
	size_t to = r->traffic.n_batches * (round + 1) / r->rounds;
	unsigned victims = draw_victims(&r->rng);
	bool by_file;

	draw_moment(r, to - from);
	by_file = r->moment == MOMENT_SNAPSHOT || r->moment == MOMENT_SWITCH;
	if (by_file)
		victims |= 1u << HARNESS_SCORING;
	sender_allow(&r->sender, to);
	loop_until(&r->loop, is_over, r, by_file, "the moment of a kill");
	harness_check_alive(&r->h);
	r->n_moments[r->moment]++;
	r->n_missed += r->missed;
	spin(&r->rng);
	kill_victims(r, victims);
	if ((victims >> HARNESS_SCORING & 1) != 0 && rng_below(&r->rng, 3) == 0)
		damage_snapshot(r);
	start_victims(r, victims);
	if (r->moment == MOMENT_RESTART) {
		for (unsigned i = rng_below(&r->rng, 40); i > 0; i--)
			spin(&r->rng);
		kill_victims(r, victims);
		start_victims(r, victims);
	}
}

/* ---- what holds afterwards ------------------------------------------------------------------------------------ */

/* Waits until everything sent has gone through all services and all followers. */
static bool has_everything(void *ctx)
{
	const struct run *r = ctx;

	return sender_is_done((void *)(uintptr_t)&r->sender) &&
	       r->tails[HARNESS_INGESTION].end >= r->traffic.n_events;
}

static void check_account(struct run *r)
{
	if (r->sender.refused != r->traffic.n_refused)
		harness_fail("%" PRIu64 " events refused, %zu were bad", r->sender.refused,
			r->traffic.n_refused);
	if (harness_status(&r->h, HARNESS_INGESTION, "dead-letters") != r->traffic.n_refused)
		harness_fail("%" PRIu64 " dead letters for %zu bad events",
			harness_status(&r->h, HARNESS_INGESTION, "dead-letters"),
			r->traffic.n_refused);
}

/* The same batches in the same order, in a fresh folder, and nothing happens to anybody. */
static void run_undisturbed(const struct traffic *t, struct tail logs[HARNESS_PIPELINE])
{
	struct harness h;
	struct sender account;

	harness_init(&h);
	set_args(&h);
	harness_start_all(&h);
	sender_send(&h, t->batches, t->n_batches, &account);
	traffic_settle(t, &h);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		tail_read(&logs[s], &h, (enum harness_service)s, 0, NULL);
	harness_fini(&h);
}

static void compare_with_undisturbed(struct run *r)
{
	struct tail calm[HARNESS_PIPELINE];

	run_undisturbed(&r->traffic, calm);
	for (int s = 0; s < HARNESS_PIPELINE; s++) {
		if (!tail_same(&r->tails[s], &calm[s]))
			harness_fail("%s: not what an undisturbed run writes", r->tails[s].log);
		tail_fini(&calm[s]);
	}
}

static void check_all(struct run *r, struct alert_account *alerts)
{
	size_t answers;

	for (int s = 0; s < HARNESS_PIPELINE; s++) {
		struct tail whole;

		tail_read(&whole, &r->h, (enum harness_service)s, 0, NULL);
		if (!tail_same(&r->tails[s], &whole))
			harness_fail("%s: the follower saw another log", whole.log);
		tail_fini(&whole);
	}
	traffic_check_log(&r->traffic, &r->tails[HARNESS_INGESTION]);
	check_account(r);
	answers = traffic_check_scores(&r->traffic, &r->h);
	alerts_check(&r->tails[HARNESS_NOTIFICATION], alerts);
	print_message("  %zu events in %zu batches (%zu repeats, %zu refused), %zu score changes, "
		      "%zu alerts, %zu answers like the oracle's\n",
		r->traffic.n_events, r->traffic.n_batches, r->traffic.n_repeats,
		r->traffic.n_refused, (size_t)r->tails[HARNESS_SCORING].end,
		(size_t)r->tails[HARNESS_NOTIFICATION].end, answers);
}

/* ---- runs ----------------------------------------------------------------------------------------------------- */

static bool followers_have(void *ctx)
{
	const struct run *r = ctx;

	for (int s = 0; s < HARNESS_PIPELINE; s++)
		if (r->tails[s].end < r->ends[s])
			return false;
	return true;
}

static void follow_to_the_ends(struct run *r)
{
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		r->ends[s] = harness_status(&r->h, (enum harness_service)s, r->tails[s].log);
	loop_until(&r->loop, followers_have, r, false, "the followers reach the ends");
}

static void one_run(uint64_t seed, unsigned rounds, struct alert_account *alerts)
{
	struct run *r = calloc(1, sizeof *r);

	assert_non_null(r);
	print_message("seed %" PRIu64 ", %u rounds\n", seed, rounds);
	r->rng.state = seed;
	r->rounds = rounds;
	traffic_make(&r->traffic, seed, GROUPS_PER_ROUND * rounds);
	harness_init(&r->h);
	set_args(&r->h);
	harness_start_all(&r->h);
	loop_start(&r->loop);
	sender_open(&r->sender, &r->loop, &r->h, r->traffic.batches, WINDOW_EVENTS, false);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		tail_open(&r->tails[s], &r->loop, &r->h, (enum harness_service)s, 0, NULL);
	for (unsigned round = 0; round < rounds; round++)
		kill_round(r, round);
	loop_until(&r->loop, has_everything, r, false, "the rest of the traffic");
	traffic_settle(&r->traffic, &r->h);
	follow_to_the_ends(r);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		tail_close(&r->tails[s]);
	sender_close(&r->sender);
	loop_stop(&r->loop);
	print_message("  %u kills, %u snapshots damaged; %u of the moments missed:", r->kills,
		r->damages, r->n_missed);
	for (int m = 0; m < MOMENT_END; m++)
		print_message(" %u %s%s", r->n_moments[m], moment_names[m],
			m + 1 < MOMENT_END ? "," : ".\n");
	(void)fflush(stdout);
	check_all(r, alerts);
	harness_fini(&r->h);
	compare_with_undisturbed(r);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		tail_fini(&r->tails[s]);
	traffic_fini(&r->traffic);
	free(r);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void test_nothing_is_lost_or_told_twice(void **state)
{
	uint64_t rounds = number_of("CAPSCORE_CRASH_ROUNDS", ROUNDS_DEFAULT);
	uint64_t seed = number_of("CAPSCORE_CRASH_SEED", 20230701);
	/* The traffic has no renewals. */
	static const enum alert_kind told[] = { ALERT_GAINED, ALERT_AT_RISK, ALERT_RECOVERED,
		ALERT_LOST, ALERT_WITHIN_REACH, ALERT_WITHDRAWN };
	struct alert_account alerts = { 0 };

	(void)state;
	for (; rounds > 0; seed++) {
		unsigned n = rounds < ROUNDS_OF_RUN ? (unsigned)rounds : ROUNDS_OF_RUN;

		one_run(seed, n, &alerts);
		rounds -= n;
	}
	/* Guards the guard: traffic without alerts would agree on nothing. */
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		print_message("  %llu %s\n", (unsigned long long)alerts.by_kind[told[i]],
			alert_kind_name(told[i]));
		assert_true(alerts.by_kind[told[i]] > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_lost_or_told_twice),
	};

	return cmocka_run_group_tests_name("services killed under load", tests, NULL, NULL);
}
