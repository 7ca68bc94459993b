/* Real services as child processes in a folder of their own, for end-to-end tests and benchmarks.
 *
 * Nothing here waits by the clock: every wait looks for an effect until a deadline, and fails the caller loudly when
 * it does not come. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/mem.h"
#include "common/wire/frame.h"

enum harness_service {
	HARNESS_INGESTION,
	HARNESS_SCORING,
	HARNESS_NOTIFICATION,
	HARNESS_PIPELINE, /* how many write a log, one after the other */
	HARNESS_HISTORY = HARNESS_PIPELINE,
	HARNESS_SERVICES
};

#define HARNESS_ARGS_MAX 12

struct harness {
	char dir[64];		      /* data folder, under /tmp (short, for socket paths) */
	const char *bin;	      /* folder of the programs, from CAPSCORE_BIN */
	pid_t pids[HARNESS_SERVICES]; /* 0: not running */
	const char *args[HARNESS_SERVICES]
			[HARNESS_ARGS_MAX];  /* extra arguments, NULL-ended; set before starting */
	char endpoint[HARNESS_SERVICES][96]; /* read endpoints */
	char publish[96];
};

void harness_init(struct harness *h);
void harness_start(struct harness *h, enum harness_service s);
void harness_start_all(
	struct harness *h); /* the pipeline; history is started by whom it concerns */
/* Sends the signal and waits for the end, at most 20 s. Returns the exit code, or minus the signal that ended it. */
int harness_end(struct harness *h, enum harness_service s, int signal);
/* Fails when a service that was started has ended by itself. */
void harness_check_alive(struct harness *h);
/* Waits for a service to end by itself, until the deadline. Returns its exit code, or minus the signal. */
int harness_await_end(struct harness *h, enum harness_service s);
/* Whether the service's log holds the text. */
bool harness_log_has(const struct harness *h, enum harness_service s, const char *text);
/* Ends what runs (SIGTERM), checks exit code 0 of each, removes the folder. */
void harness_fini(struct harness *h);

/* Asks a service; retries while it does not answer or is busy, until the deadline. */
void harness_ask(struct harness *h, enum harness_service s, const struct frame *question,
	struct arena *ar, struct frame *ret_answer);
/* A position or counter of a service's status; UINT64_MAX when it has none of that name. */
uint64_t harness_status(struct harness *h, enum harness_service s, const char *name);
/* Waits until it is at least `value`. */
void harness_wait(struct harness *h, enum harness_service s, const char *name, uint64_t value);

/* Prints and exits with 1. */
_Noreturn void harness_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
