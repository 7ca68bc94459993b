#include "common/io/reply.h"

int reply_frame(struct bus_socket *s, const struct bus_peer *peer, const struct frame *f,
	struct buf *scratch)
{
	struct span bytes;
	int rc;

	buf_reset(scratch);
	rc = frame_encode(f, scratch);
	if (rc != 0)
		return rc;
	bytes = buf_span(scratch);
	return bus_send(s, peer, &bytes, 1);
}

int reply_failure(struct bus_socket *s, const struct bus_peer *peer, uint64_t request,
	const char *reason, const char *detail, struct buf *scratch)
{
	struct frame f = { .kind = FRAME_FAILURE };

	f.u.failure.request = request;
	f.u.failure.reason = str_from(reason);
	f.u.failure.detail = str_from(detail);
	return reply_frame(s, peer, &f, scratch);
}

int reply_decode(struct bus_socket *s, struct bus_message *m, struct arena *ar,
	struct frame *ret_frame, struct buf *scratch)
{
	struct err e = { 0 };
	const char *reason;
	int rc;

	if (m->n_frames == 0)
		rc = err_set(&e, ERR_SYNTAX, "an empty message");
	else
		rc = frame_decode(bus_frame(m, 0), ar, ret_frame, &e);
	if (rc == 0)
		return 0;
	reason = rc == ERR_PROTOCOL	 ? "protocol"
		 : rc == ERR_UNSUPPORTED ? "unsupported"
		 : rc == ERR_FULL	 ? "too-large"
					 : "malformed";
	(void)reply_failure(s, &m->peer, 0, reason, e.text, scratch);
	return rc;
}
