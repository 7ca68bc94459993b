/* One question to a service, one answer, without a loop of one's own: for command-line tools and tests. */
#ifndef IO_QUERY_H
#define IO_QUERY_H

#include "common/base/mem.h"
#include "common/wire/frame.h"

/* Sends `question` to the ROUTER at `endpoint` and waits for the frame that answers it, at most timeout_ms.
 * The question's request number should not be 0; an answer to another request is passed over.
 * ret_answer  may be a FRAME_FAILURE; everything in it lives in the arena.
 * Returns 0, ERR_TIMEOUT (nobody answered), ERR_INVALID, ERR_UNSUPPORTED (the endpoint), ERR_SYNTAX and the like
 * (the answer cannot be read), ERR_NOMEM. */
int query_ask(const char *endpoint, const struct frame *question, unsigned timeout_ms,
	struct arena *ar, struct frame *ret_answer, struct err *e);

#endif
