#include "tests/bench/pipeline.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/io/clock.h"
#include "common/io/store.h"
#include "common/wire/wire.h"
#include "tests/bench/feed.h"

#define LOOK_MS	    1 /* between two looks at the score log */
#define DEADLINE_NS (120ull * 1000 * 1000 * 1000)

/* ---- traffic ---------------------------------------------------------------------------------------------- */

void workload_make(struct workload *t, uint64_t n_events)
{
	world_init(&t->after, &t->options);
	t->history = t->day = t->sentinel = (struct world_batches){ 0 };
	world_history(&t->after, &t->history);
	world_traffic(&t->after, n_events, &t->day);
	world_sentinel(&t->after, &t->sentinel);
}

void workload_free(struct workload *t)
{
	world_batches_free(&t->history);
	world_batches_free(&t->day);
	world_batches_free(&t->sentinel);
}

/* ---- starting --------------------------------------------------------------------------------------------- */

static void set_options(struct harness *h)
{
	h->args[HARNESS_INGESTION][0] = "--days";
	h->args[HARNESS_INGESTION][1] = "producer";
	h->args[HARNESS_SCORING][0] = "--edition";
	h->args[HARNESS_SCORING][1] = "2023-06";
}

/* Until notification has seen what came of the events before `position`. */
static void settle(struct harness *h, uint64_t position)
{
	harness_wait(h, HARNESS_SCORING, "events-read", position);
	harness_wait(h, HARNESS_NOTIFICATION, "scores-read",
		harness_status(h, HARNESS_SCORING, "score-records"));
}

void pipeline_start(struct harness *h, const struct workload *t)
{
	const struct world_batches *const lists[] = { &t->history };
	struct fed fed;

	harness_init(h);
	set_options(h);
	harness_start_all(h);
	if (!t->without_history)
		harness_start(h, HARNESS_HISTORY);
	feed(h->publish, lists, 1, WINDOW_EVENTS, &fed);
	settle(h, fed.position);
	if (!t->without_history)
		harness_wait(h, HARNESS_HISTORY, "scores-read",
			harness_status(h, HARNESS_SCORING, "score-changes"));
}

/* ---- the end of a run ------------------------------------------------------------------------------------- */

static void check(int rc, const struct err *e)
{
	if (rc != 0)
		harness_fail("the score log: %s %s", err_name(rc), e->text);
}

/* Whether the newest unit of the log is the sentinel's. */
static bool has_sentinel(struct store *s, struct buf *unit)
{
	uint32_t size, count;
	uint64_t first;
	struct err e = { 0 };
	size_t n;

	if (store_end(s) == 0)
		return false;
	check(store_read(s, store_end(s) - 1, 1, WIRE_BODY_MAX, unit, &size, &count, 1, &n, &first,
		      &e),
		&e);
	return n == 1 && memmem(unit->p, unit->n, "sentinel", 8) != NULL;
}

/* Reads the score log beside the service that writes it: what is there is committed. */
static void wait_for_sentinel(struct harness *h)
{
	uint64_t until = clock_mono_ns() + DEADLINE_NS;
	struct store_options o = { .read_only = true };
	struct store *s;
	struct buf unit;
	struct err e = { 0 };
	char path[96];

	(void)snprintf(path, sizeof path, "%s/scores", h->dir);
	o.path = path;
	check(store_open(&o, &s, &e), &e);
	buf_init(&unit, &mem_heap, WIRE_BODY_MAX);
	while (!has_sentinel(s, &unit)) {
		if (clock_mono_ns() > until)
			harness_fail("the last event's score never came");
		(void)poll(NULL, 0, LOOK_MS);
	}
	buf_fini(&unit);
	store_close(s);
}

/* ---- processor time --------------------------------------------------------------------------------------- */

/* Of a process with its threads, and of its children that have ended. */
static double cpu_of(pid_t pid)
{
	unsigned long user, system, children_user, children_system;
	char path[64], line[1024];
	const char *rest;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		harness_fail("cannot read %s", path);
	(void)fclose(f);
	rest = strrchr(line, ')'); /* the name before it may hold anything */
	if (rest == NULL ||
		sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
			&user, &system, &children_user, &children_system) != 4)
		harness_fail("cannot understand %s", path);
	return (double)(user + system + children_user + children_system) /
	       (double)sysconf(_SC_CLK_TCK);
}

static double own_cpu(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Of all processors since the machine started, idle and waiting for the disk left out. */
static double machine_cpu(void)
{
	unsigned long user, nice, system, irq, softirq, steal;
	FILE *f = fopen("/proc/stat", "r");

	if (f == NULL || fscanf(f, "cpu %lu %lu %lu %*u %*u %lu %lu %lu", &user, &nice, &system,
				 &irq, &softirq, &steal) != 6)
		harness_fail("cannot understand /proc/stat");
	(void)fclose(f);
	return (double)(user + nice + system + irq + softirq + steal) /
	       (double)sysconf(_SC_CLK_TCK);
}

/* ---- a run ------------------------------------------------------------------------------------------------ */

/* Counters of the services, and processor times; the difference of two is a run. */
struct tally {
	uint64_t accepted, changes, alerts, snapshots, commits;
	double cpu_s[HARNESS_SERVICES], client_cpu_s, machine_s;
};

static void take_tally(struct harness *h, struct tally *ret)
{
	ret->accepted = harness_status(h, HARNESS_INGESTION, "accepted");
	ret->commits = harness_status(h, HARNESS_INGESTION, "commits");
	ret->changes = harness_status(h, HARNESS_SCORING, "scores");
	ret->snapshots = harness_status(h, HARNESS_SCORING, "snapshots");
	ret->alerts = harness_status(h, HARNESS_NOTIFICATION, "alerts");
	ret->client_cpu_s = own_cpu();
	ret->machine_s = machine_cpu();
	for (int s = 0; s < HARNESS_SERVICES; s++)
		ret->cpu_s[s] = h->pids[s] == 0 ? 0 : cpu_of(h->pids[s]);
}

static double seconds(uint64_t from, uint64_t to)
{
	return (double)(to - from) / 1e9;
}

void pipeline_run(struct harness *h, const struct workload *t, struct pipeline_result *ret)
{
	const struct world_batches *const lists[] = { &t->day, &t->sentinel };
	uint64_t events = t->day.events + t->sentinel.events, scored;
	struct tally before, after;
	struct fed fed;

	take_tally(h, &before);
	feed(h->publish, lists, 2, WINDOW_EVENTS, &fed);
	wait_for_sentinel(h);
	scored = clock_mono_ns();
	settle(h, fed.position);
	ret->notified_s = seconds(fed.first_send_ns, clock_mono_ns());
	take_tally(h, &after);
	if (after.accepted - before.accepted != events)
		harness_fail("%llu events sent, %llu logged", (unsigned long long)events,
			(unsigned long long)(after.accepted - before.accepted));
	ret->events = events;
	ret->acked_s = seconds(fed.first_send_ns, fed.acked_ns);
	ret->scored_s = seconds(fed.first_send_ns, scored);
	ret->score_changes = after.changes - before.changes;
	ret->alerts = after.alerts - before.alerts;
	ret->snapshots = after.snapshots - before.snapshots;
	ret->commits = after.commits - before.commits;
	ret->client_cpu_s = after.client_cpu_s - before.client_cpu_s;
	ret->others = after.machine_s - before.machine_s - ret->client_cpu_s;
	for (int s = 0; s < HARNESS_SERVICES; s++) {
		ret->cpu_s[s] = after.cpu_s[s] - before.cpu_s[s];
		ret->others -= ret->cpu_s[s];
	}
	ret->others /= ret->notified_s;
}
