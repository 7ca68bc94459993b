/* Answering over a ROUTER: a frame encoded into a scratch buffer and sent to the peer that asked. */
#ifndef IO_REPLY_H
#define IO_REPLY_H

#include "common/io/bus.h"
#include "common/wire/frame.h"

/* scratch is reset first. Returns 0, or what frame_encode() or bus_send() returned. */
int reply_frame(struct bus_socket *s, const struct bus_peer *peer, const struct frame *f,
	struct buf *scratch);

/* Answers a Failure: request 0 when it is not known; reason is one of stream.proto's short names. */
int reply_failure(struct bus_socket *s, const struct bus_peer *peer, uint64_t request,
	const char *reason, const char *detail, struct buf *scratch);

/* Decodes the first frame of a message; where that fails, answers the Failure that says why and returns the
 * code. The frame lives in the arena. */
int reply_decode(struct bus_socket *s, struct bus_message *m, struct arena *ar,
	struct frame *ret_frame, struct buf *scratch);

#endif
