/* The notification service: reads the score log, decides what is worth an alert, writes the alert log, and serves
 * it as a feed (from any position, filtered) and on a PUB socket.
 *
 * The shell around notification_core. Alerts, the state they leave behind and the input position are written in one
 * transaction; the state changes only where there is an alert, so a restart that reads some score changes again
 * decides as before and writes nothing twice. Lifecycle:
 *
 *   STARTING ──► RUNNING ──► DRAINING ──► STOPPED
 *                   └───────────┴──► FAILED */
#ifndef NOTIFICATION_SERVICE_H
#define NOTIFICATION_SERVICE_H

#include <uv.h>

#include "common/base/err.h"
#include "services/notification/notification_core.h"

struct notification_service_options {
	const char *data_dir; /* the alert log lives in DATA/alerts */
	const char *scoring;  /* endpoint of the score log */
	const char *endpoint; /* to bind: alert feed and status */
	const char *pub;      /* to bind: PUB socket */
	struct notification_options core;
	uint64_t retain_bytes; /* of the alert log; 0: no bound */
	void (*on_stopped)(void *ctx, int exit_code);
	void *ctx;
};

struct notification_service;

/* Senses that are not told, by name, separated by commas: "single,margin". NULL or empty: none.
 * ret_muted  as in struct notification_options. Returns 0 or ERR_INVALID with a text. */
int notification_read_muted(const char *names, uint32_t *ret_muted, struct err *e);

/* loop and everything in options borrowed until on_stopped. Returns 0 or a code with a text that says the remedy;
 * after a failure the loop must still be run until it ends. */
int notification_service_start(uv_loop_t *loop, const struct notification_service_options *options,
	struct notification_service **ret_s, struct err *e);
void notification_service_stop(struct notification_service *s);

#endif
