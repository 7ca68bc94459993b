/* The history service: follows the score log, keeps how each partner stood by day and by month with the events that moved
 * it, and answers questions about that. It writes no log; it may lag or stand still without holding anybody up, and can be
 * made anew from the score log as far back as that reaches. */
#ifndef HISTORY_HISTORY_SERVICE_H
#define HISTORY_HISTORY_SERVICE_H

#include <uv.h>

#include "common/base/err.h"

struct history_service;

struct history_service_options {
	const char *data_dir;
	const char *endpoint; /* to bind */
	const char *scoring;  /* where to read the score log */
	int32_t days, months; /* how long each is kept (keeper.h) */
	uint32_t rows;	      /* pending before they are written; 0: the keeper's own */
	uint64_t flush_ms;    /* rows wait at most so long */
	void (*on_stopped)(void *ctx, int exit_code);
	void *ctx;
};

/* options is copied, texts are borrowed. Returns 0 or a code with a text; on_stopped does not run then. */
int history_service_start(uv_loop_t *loop, const struct history_service_options *options,
	struct history_service **ret_s, struct err *e);
void history_service_stop(struct history_service *s);

#endif
