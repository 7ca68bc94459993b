/* The limits of the machine for the same batches: ZeroMQ without Capscore, LMDB without Capscore, and our log store
 * without the services. */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include "tests/bench/figures.h"
#include "tests/bench/world.h"

/* Events per second from one process to another, PUSH to PULL over an ipc socket in `dir`, one batch a message. */
double raw_zmq(const char *dir, const struct world_batches *b);

/* Events per second made durable, `group_events` to a commit, over at most `max_events` of the batches, in a fresh
 * store in `dir`. raw_lmdb: one value per transaction, appended, LMDB's default sync. raw_store: store_commit(). */
double raw_lmdb(
	const char *dir, const struct world_batches *b, uint64_t group_events, uint64_t max_events);
double raw_store(
	const char *dir, const struct world_batches *b, uint64_t group_events, uint64_t max_events);

/* The time of n commits of one batch of one event each, paced by `gap_ms`: LMDB alone, the least that a durable step
 * of the pipeline can take. */
void raw_commits(const char *dir, const struct world_batch *one, size_t n, int gap_ms,
	struct latencies *ret);

#endif
