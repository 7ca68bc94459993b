/* Single events out of the event log, by their positions. */
#ifndef CLI_EVENT_FETCH_H
#define CLI_EVENT_FETCH_H

#include "common/base/event.h"
#include "services/cli/endpoints.h"

struct fetched_event {
	uint64_t position;
	bool gone; /* the log no longer holds it, or does not reach so far */
	struct event event;
};

/* positions   sorted, each once.
 * ret         n of them, in that order, in the arena.
 * Returns 0, ERR_TIMEOUT (ingestion does not answer; e says how to start it), ERR_CORRUPT, ERR_NOMEM, ERR_PROTOCOL. */
int event_fetch(struct endpoints *ep, const uint64_t *positions, size_t n, struct arena *ar,
	const struct fetched_event **ret, struct err *e);

#endif
