/* The scoring service: reads the event log, keeps every partner's score, writes what changes to the score log.
 *
 * The shell around scoring_core: it decodes, calls the core, and carries out what comes back. It decides nothing
 * about scores. Lifecycle:
 *
 *   STARTING ──► REPLAYING ──► RUNNING ──► DRAINING ──► STOPPED
 *                    └────────────┴───────────┴──► FAILED (state and log differ, disk broken, log gone)
 *
 * REPLAYING: outputs that are in the score log already are made again and compared, and questions are refused. */
#ifndef SCORING_SERVICE_H
#define SCORING_SERVICE_H

#include <uv.h>

#include "common/base/err.h"
#include "rules/engine/engine.h"

struct edition_shelf;

struct scoring_service_options {
	const char *
		data_dir; /* score log and snapshot live in DATA/scores and DATA/scoring.snapshot */
	const char *ingestion; /* endpoint of the event log */
	const char *endpoint;  /* to bind: score log, questions, status */
	struct edition_shelf *
		shelf; /* borrowed; holds what the calendar begins with, and takes what events bring */
	struct engine_limits limits;
	uint64_t retain_bytes;	  /* of the score log; 0: no bound */
	uint64_t snapshot_events; /* a snapshot after so many events ... */
	uint64_t snapshot_ms;	  /* ... or, when any event came, after this time */
	void (*on_stopped)(void *ctx, int exit_code); /* after everything is closed and freed */
	void *ctx;
};

struct scoring_service;

/* loop and everything in options borrowed until on_stopped. Returns 0 or a code with a text that says the remedy. */
int scoring_service_start(uv_loop_t *loop, const struct scoring_service_options *options,
	struct scoring_service **ret_s, struct err *e);
/* Drains: no new input, waits until what was computed is durable (at most 5 s), writes a snapshot, closes. */
void scoring_service_stop(struct scoring_service *s);

#endif
