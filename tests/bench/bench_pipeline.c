/* The whole pipeline beside the limits of the machine, the same events in the same run (docs/benchmarks.md).
 *
 *   bench_pipeline [-r RUNS] [-n EVENTS] [-p PARTNERS] [-t TOGGLES]
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/figures.h"
#include "tests/bench/latency.h"
#include "tests/bench/pipeline.h"
#include "tests/bench/raw.h"

#define MILLION 1e6
#define GAP_MS	2 /* between single events */

static const uint64_t groups[] = { 256, 4096, 16384 };
static const uint64_t group_events[] = { 300000, 1500000, 3000000 };
#define GROUPS (sizeof groups / sizeof *groups)

static const char *const services[] = { "ingestion", "scoring", "notification", "history" };

/* What is asked for. */
struct plan {
	unsigned runs;
	uint64_t events;
	size_t toggles;
};

/* What all runs gave. */
struct rates {
	struct runs zmq, lmdb[GROUPS], store[GROUPS];
	struct runs acked, scored, notified; /* events per second */
	struct runs changes;		     /* score changes per second */
	struct runs group;		     /* events per commit of the event log */
	struct runs cpu[HARNESS_SERVICES], client;
	struct pipeline_result last;
};

static void measure_raw(const struct workload *t, struct rates *r)
{
	struct harness h;

	harness_init(&h); /* for its folder: the same disk as the services' */
	runs_add(&r->zmq, raw_zmq(h.dir, &t->day));
	for (size_t i = 0; i < GROUPS; i++) {
		runs_add(&r->lmdb[i], raw_lmdb(h.dir, &t->day, groups[i], group_events[i]));
		runs_add(&r->store[i], raw_store(h.dir, &t->day, groups[i], group_events[i]));
	}
	harness_fini(&h);
}

static void measure_pipeline(const struct workload *t, struct rates *r)
{
	struct pipeline_result *p = &r->last;
	struct harness h;
	double n;

	pipeline_start(&h, t);
	pipeline_run(&h, t, p);
	harness_fini(&h);
	n = (double)p->events;
	runs_add(&r->acked, n / p->acked_s);
	runs_add(&r->scored, n / p->scored_s);
	runs_add(&r->notified, n / p->notified_s);
	runs_add(&r->changes, (double)p->score_changes / p->scored_s);
	runs_add(&r->group, n / (double)p->commits);
	for (int s = 0; s < HARNESS_SERVICES; s++)
		runs_add(&r->cpu[s], p->cpu_s[s] * 1e9 / n);
	runs_add(&r->client, p->client_cpu_s * 1e9 / n);
	printf("run: %.3f M events/s acknowledged, %.3f M/s scored; %.2f score changes and %.4f alerts an event; "
	       "%llu snapshots; %.1f processors busy with other things\n",
		n / p->acked_s / MILLION, n / p->scored_s / MILLION, (double)p->score_changes / n,
		(double)p->alerts / n, (unsigned long long)p->snapshots, p->others);
	(void)fflush(stdout);
}

static void print_rates(const struct rates *r)
{
	char name[64];

	printf("\nlimits of the machine, million events a second (median, [least .. greatest])\n");
	runs_print("ZeroMQ, two processes, ipc", &r->zmq, MILLION, "M/s");
	for (size_t i = 0; i < GROUPS; i++) {
		(void)snprintf(name, sizeof name, "LMDB, %llu events a commit",
			(unsigned long long)groups[i]);
		runs_print(name, &r->lmdb[i], MILLION, "M/s");
	}
	for (size_t i = 0; i < GROUPS; i++) {
		(void)snprintf(name, sizeof name, "log store, %llu events a commit",
			(unsigned long long)groups[i]);
		runs_print(name, &r->store[i], MILLION, "M/s");
	}
	printf("\nthe pipeline, durable, from the first send\n");
	runs_print("all events acknowledged", &r->acked, MILLION, "M/s");
	runs_print("the last score read from the score log", &r->scored, MILLION, "M/s");
	runs_print("all scores seen by notification", &r->notified, MILLION, "M/s");
	runs_print("score changes", &r->changes, MILLION, "M/s");
	runs_print("events in a commit of the event log", &r->group, 1, "   ");
}

static void print_ratios(const struct rates *r)
{
	double rate = runs_median(&r->scored);
	double lmdb = runs_median(&r->lmdb[GROUPS - 1]);

	printf("\nratios of medians, durable end to end (score read) to\n");
	printf("  ZeroMQ %.3f   LMDB at %llu a commit %.3f   the smaller of the two %.3f\n",
		rate / runs_median(&r->zmq), (unsigned long long)groups[GROUPS - 1], rate / lmdb,
		rate / (runs_median(&r->zmq) < lmdb ? runs_median(&r->zmq) : lmdb));
}

static void print_cpu(const struct rates *r)
{
	double sum = runs_median(&r->client);

	printf("\nprocessor time, nanoseconds an event (user and system, all threads)\n");
	for (int s = 0; s < HARNESS_SERVICES; s++) {
		runs_print(services[s], &r->cpu[s], 1, "ns");
		sum += runs_median(&r->cpu[s]);
	}
	runs_print("the producer that sends", &r->client, 1, "ns");
	printf("  together %.0f ns: two processors could do at most %.2f M events/s\n", sum,
		2e3 / sum);
}

static void measure_latency(struct workload *t, const struct plan *plan, double load_rate)
{
	struct latencies alert, ack;
	struct harness h;
	double loaded;

	latencies_init(&alert, plan->toggles);
	latencies_init(&ack, plan->toggles);
	pipeline_start(&h, t);
	loaded = latency_run(&h, &t->after, plan->toggles, GAP_MS, load_rate > 0 ? &t->day : NULL,
		load_rate, &alert, &ack);
	harness_fini(&h);
	if (load_rate > 0)
		printf("beside a load of %.3f M events/s\n", loaded / MILLION);
	else
		printf("nothing else going on\n");
	latencies_print("event to acknowledgement (one sync)", &ack);
	latencies_print("event to alert (three syncs)", &alert);
	latencies_fini(&alert);
	latencies_fini(&ack);
}

/* The limit for a step of the pipeline: what LMDB alone takes for a commit, at this moment, on this disk. */
static void measure_commits(const struct workload *t, const struct plan *plan)
{
	struct latencies commits;
	struct harness h;

	latencies_init(&commits, plan->toggles);
	harness_init(&h);
	raw_commits(h.dir, &t->sentinel.items[0], plan->toggles, GAP_MS, &commits);
	harness_fini(&h);
	latencies_print("LMDB alone, one event a commit", &commits);
	latencies_fini(&commits);
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long v = strtoull(text, &end, 10);

	if (v == 0 || *end != '\0')
		harness_fail("'%s' is not a number above zero", text);
	return v;
}

static void read_options(int argc, char **argv, struct plan *plan, struct workload *t)
{
	int c;

	while ((c = getopt(argc, argv, "r:n:p:t:H")) != -1) {
		if (c == '?')
			harness_fail(
				"usage: %s [-r RUNS] [-n EVENTS] [-p PARTNERS] [-t TOGGLES] [-H: without history]",
				argv[0]);
		else if (c == 'r')
			plan->runs = (unsigned)number(optarg);
		else if (c == 'n')
			plan->events = number(optarg);
		else if (c == 'p')
			t->options.partners = (uint32_t)number(optarg);
		else if (c == 'H')
			t->without_history = true;
		else
			plan->toggles = number(optarg);
	}
}

int main(int argc, char **argv)
{
	struct plan plan = { .runs = 3, .events = 3000000, .toggles = 1000 };
	static struct workload t = { .options = { .seed = 1,
					     .partners = 10000,
					     .customers = 10,
					     .people = 5,
					     .months = 14,
					     .batch_events = 256 } };
	static struct rates r;

	read_options(argc, argv, &plan, &t);
	machine_print("/tmp");
	workload_make(&t, plan.events);
	printf("world: %u partners, %llu events of history; %llu events in batches of %u, %.0f bytes "
	       "each; window %u\n",
		t.options.partners, (unsigned long long)t.history.events,
		(unsigned long long)t.day.events, t.options.batch_events,
		(double)t.day.bytes / (double)t.day.events, WINDOW_EVENTS);
	(void)fflush(stdout);
	for (unsigned i = 0; i < plan.runs; i++) {
		measure_raw(&t, &r);
		measure_pipeline(&t, &r);
	}
	print_rates(&r);
	print_ratios(&r);
	print_cpu(&r);
	printf("\nlatency of single events, each with its syncs\n");
	measure_commits(&t, &plan);
	measure_latency(&t, &plan, 0);
	measure_latency(&t, &plan, runs_median(&r.scored) / 2);
	workload_free(&t);
	return 0;
}
