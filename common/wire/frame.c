#include "common/wire/frame.h"

#include "common/wire/frame_tables.h"
#include "common/wire/pb.h"

#define FRAME_PROTOCOL 1 /* field number */

static int put_protocol(struct buf *out)
{
	uint8_t bytes[PB_TAG_MAX + PB_VARINT_MAX];

	return buf_add(
		out, bytes, (size_t)(pb_put_number(bytes, FRAME_PROTOCOL, WIRE_PROTOCOL) - bytes));
}

int frame_encode(const struct frame *f, struct buf *out)
{
	size_t before = out->n;
	int rc;

	if (f->kind <= FRAME_NONE || (int)f->kind >= FRAME_KIND_END)
		return ERR_INVALID;
	rc = put_protocol(out);
	if (rc == 0)
		rc = message_encode_nested(
			frame_forms[f->kind].message, frame_forms[f->kind].number, f, out);
	if (rc != 0)
		out->n = before;
	return rc;
}

static enum frame_kind kind_of(uint32_t number)
{
	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++)
		if (frame_forms[k].number == number)
			return (enum frame_kind)k;
	return FRAME_NONE;
}

/* Finds the protocol number and, of several messages, the last. */
static bool open_frame(struct span bytes, uint64_t *ret_protocol, enum frame_kind *ret_kind,
	struct span *ret_message)
{
	struct pb_in in = pb_in(bytes);
	uint32_t tag;

	while (!pb_is_done(&in)) {
		enum frame_kind kind;

		if (!pb_read_tag(&in, &tag))
			return false;
		kind = kind_of(tag >> 3);
		if (tag == PB_TAG(FRAME_PROTOCOL, PB_VARINT)) {
			if (!pb_read_varint(&in, ret_protocol))
				return false;
		} else if (kind != FRAME_NONE) {
			*ret_kind = kind;
			if ((tag & 7) != PB_BYTES || !pb_read_bytes(&in, ret_message))
				return false;
		} else if (tag >> 3 == FRAME_PROTOCOL || !pb_skip(&in, tag)) {
			return false;
		}
	}
	return true;
}

static int check_filter(const struct wire_filter *f, struct err *e)
{
	if (f->n_partners + f->n_areas + f->n_kinds > WIRE_FILTER_MAX)
		return err_set(e, ERR_RANGE, "Read.filter: more than %d entries", WIRE_FILTER_MAX);
	return 0;
}

/* The bytes move into the arena, so that texts live as long as the rest. */
static int own(struct span *bytes, struct arena *ar)
{
	void *copy = arena_alloc(ar, bytes->n);

	if (copy == NULL)
		return ERR_NOMEM;
	if (bytes->n > 0)
		memcpy(copy, bytes->p, bytes->n);
	bytes->p = copy;
	return 0;
}

int frame_decode(struct span bytes, struct arena *ar, struct frame *ret_frame, struct err *e)
{
	struct frame f;
	struct span message = { NULL, 0 };
	uint64_t protocol = 0;
	int rc;

	memset(&f, 0, sizeof f);
	if (bytes.n > WIRE_BODY_MAX)
		return err_set(
			e, ERR_FULL, "a frame of %zu bytes, at most %zu", bytes.n, WIRE_BODY_MAX);
	if (own(&bytes, ar) != 0)
		return err_set(e, ERR_NOMEM, "a frame of %zu bytes", bytes.n);
	if (!open_frame(bytes, &protocol, &f.kind, &message))
		return err_set(e, ERR_SYNTAX, "%zu bytes that are not a Frame", bytes.n);
	if (protocol != WIRE_PROTOCOL)
		return err_set(e, ERR_PROTOCOL, "protocol %llu, this version speaks %u",
			(unsigned long long)protocol, WIRE_PROTOCOL);
	if (f.kind == FRAME_NONE)
		return err_set(
			e, ERR_UNSUPPORTED, "a kind of frame that this version does not know");
	rc = message_decode(frame_forms[f.kind].message, message, ar, &f, e);
	if (rc == 0 && f.kind == FRAME_READ)
		rc = check_filter(&f.u.read.filter, e);
	if (rc != 0)
		return rc;
	*ret_frame = f;
	return 0;
}

/* ---- the PUB socket --------------------------------------------------------------------------------------- */

int wire_encode_heartbeat(uint64_t end_position, uint64_t event_position,
	const struct wire_topic_end *recent, size_t n, struct buf *out)
{
	struct wire_heartbeat beat = { end_position, event_position, n, recent };

	return message_encode(&message_heartbeat, &beat, out);
}

int wire_decode_heartbeat(struct span bytes, struct arena *ar, uint64_t *ret_end_position,
	uint64_t *ret_event_position, const struct wire_topic_end **ret_recent, size_t *ret_n,
	struct err *e)
{
	struct wire_heartbeat beat = { 0 };
	int rc;

	if (bytes.n > WIRE_BODY_MAX)
		return err_set(e, ERR_FULL, "a heartbeat of %zu bytes", bytes.n);
	if (own(&bytes, ar) != 0)
		return err_set(e, ERR_NOMEM, "a heartbeat of %zu bytes", bytes.n);
	rc = message_decode(&message_heartbeat, bytes, ar, &beat, e);
	if (rc != 0)
		return rc;
	*ret_end_position = beat.end_position;
	*ret_event_position = beat.event_position;
	*ret_recent = beat.recent;
	*ret_n = beat.n_recent;
	return 0;
}

int wire_encode_pub_welcome(struct str feed, uint64_t end_position, struct buf *out)
{
	struct wire_pub_welcome welcome = { WIRE_PROTOCOL, feed, end_position };

	return message_encode(&message_pub_welcome, &welcome, out);
}
