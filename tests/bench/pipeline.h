/* The services over the benchmark's world: what a producer sends, until the scores are durable. */
#ifndef BENCH_PIPELINE_H
#define BENCH_PIPELINE_H

#include "tests/bench/world.h"
#include "tests/harness/harness.h"

#define WINDOW_EVENTS 16384

/* Everything that the runs send, made once. */
struct workload {
	struct world_options options;
	bool without_history; /* the pipeline alone */
	struct world_batches history, day, sentinel;
	struct world after; /* to make more events that go on where these end */
};

void workload_make(struct workload *t, uint64_t n_events);
void workload_free(struct workload *t);

/* Starts the services in a fresh folder and returns when the history is scored, and notification and the
 * history service have seen it. */
void pipeline_start(struct harness *h, const struct workload *t);

struct pipeline_result {
	uint64_t events, score_changes, alerts, snapshots, commits;
	double acked_s, scored_s,
		notified_s; /* from the first send; scored: the last score is read, durable */
	double cpu_s[HARNESS_SERVICES]; /* user and system, threads included, until notified */
	double client_cpu_s;
	double others; /* processors that other processes and the kernel kept busy meanwhile */
};

/* Sends the day's traffic and the sentinel. Fails the caller when an event is lost on the way. */
void pipeline_run(struct harness *h, const struct workload *t, struct pipeline_result *ret);

#endif
