/* One question, one answer: status, scores, partners and dead letters, asked of a service over the bus.
 *
 * A question waits until the service is there, is sent once, and ends with an answer or with its timeout. */
#ifndef IO_QUERY_H
#define IO_QUERY_H

#include "common/io/bus.h"
#include "common/wire/frame.h"

#define QUERY_OPEN_MAX 64 /* questions without an answer */

struct query_client;

/* rc      0, ERR_TIMEOUT (no answer came), ERR_PROTOCOL (the answer is of a kind that does not belong to the question).
 * answer  NULL unless rc is 0; a FRAME_FAILURE where the service could not answer. Valid for the call.
 * e       text for people when rc is not 0. */
typedef void (*query_on_answer)(
	void *ctx, uint64_t request, int rc, const struct frame *answer, const struct err *e);

/* bus and loop borrowed. Returns 0, ERR_NOMEM, or what bus_connect() returned. */
int query_client_create(struct bus *bus, uv_loop_t *loop, const char *endpoint,
	struct query_client **ret_q, struct err *e);

/* Asks. `question` is one of the queries; its request number is chosen here and its content copied.
 * ret_request  may be NULL.
 * Returns 0 and on_answer runs once, later, or ERR_AGAIN (QUERY_OPEN_MAX questions are open), ERR_INVALID (no
 * question), ERR_FULL (longer than a frame may be), ERR_NOMEM and it never runs. */
int query_send(struct query_client *q, const struct frame *question, uint64_t timeout_ms,
	query_on_answer on_answer, void *ctx, uint64_t *ret_request);

/* Drops open questions; no callback runs any more. NULLs *q. May be called from a callback. */
void query_client_close(struct query_client **q);

/* Asks and waits, on a loop of its own: for programs that do nothing else meanwhile.
 * ret_answer  filled for 0 only, may be a FRAME_FAILURE; everything in it lives in the arena.
 * Returns 0, ERR_CLOSED (nobody listens on the ipc endpoint; at once), ERR_TIMEOUT, ERR_PROTOCOL, ERR_INVALID (no
 * question, no endpoint), ERR_UNSUPPORTED (endpoint), ERR_FULL, ERR_NOMEM, ERR_IO. */
int query_ask(const char *endpoint, const struct frame *question, unsigned timeout_ms,
	struct arena *ar, struct frame *ret_answer, struct err *e);

#endif
