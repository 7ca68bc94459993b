#include "common/wire/frame.h"

#include "common/wire/frame_forms.h"
#include "common/wire/pb.h"

#define FRAME_PROTOCOL 1 /* field number */

static const struct frame_form *const forms[FRAME_KIND_END] = {
	[FRAME_HELLO] = &frame_hello,
	[FRAME_WELCOME] = &frame_welcome,
	[FRAME_PUBLISH] = &frame_publish,
	[FRAME_ACKNOWLEDGE] = &frame_acknowledge,
	[FRAME_READ] = &frame_read,
	[FRAME_RECORDS] = &frame_records,
	[FRAME_PROGRESS] = &frame_progress,
	[FRAME_REFUSED] = &frame_refused,
	[FRAME_STATUS_QUERY] = &frame_status_query,
	[FRAME_STATUS_ANSWER] = &frame_status_answer,
	[FRAME_SCORE_QUERY] = &frame_score_query,
	[FRAME_SCORE_ANSWER] = &frame_score_answer,
	[FRAME_PARTNERS_QUERY] = &frame_partners_query,
	[FRAME_PARTNERS_ANSWER] = &frame_partners_answer,
	[FRAME_DEAD_LETTER_QUERY] = &frame_dead_letter_query,
	[FRAME_DEAD_LETTER_ANSWER] = &frame_dead_letter_answer,
	[FRAME_HISTORY_QUERY] = &frame_history_query,
	[FRAME_HISTORY_ANSWER] = &frame_history_answer,
	[FRAME_FORECAST_QUERY] = &frame_forecast_query,
	[FRAME_FORECAST_ANSWER] = &frame_forecast_answer,
	[FRAME_FAILURE] = &frame_failure,
	[FRAME_REHEARSE_QUERY] = &frame_rehearse_query,
	[FRAME_REHEARSE_ANSWER] = &frame_rehearse_answer,
	[FRAME_SIMULATE_QUERY] = &frame_simulate_query,
	[FRAME_SIMULATE_ANSWER] = &frame_simulate_answer,
	[FRAME_PLAN_QUERY] = &frame_plan_query,
	[FRAME_PLAN_ANSWER] = &frame_plan_answer,
	[FRAME_CHRONICLE_QUERY] = &frame_chronicle_query,
	[FRAME_CHRONICLE_ANSWER] = &frame_chronicle_answer,
};

int frame_encode(const struct frame *f, struct buf *out)
{
	Capscore__V1__Frame frame = CAPSCORE__V1__FRAME__INIT;
	struct packing p;
	void *m;

	if (f->kind <= FRAME_NONE || (int)f->kind >= FRAME_KIND_END)
		return ERR_INVALID;
	packing_init(&p, out->a);
	m = pack_message(&p, forms[f->kind]->type);
	if (m != NULL)
		forms[f->kind]->pack(&p, f, m);
	frame.protocol = WIRE_PROTOCOL;
	frame.kind_case = forms[f->kind]->number;
	frame.hello =
		m; /* or whichever it is: every member of the oneof is a pointer to a message */
	return packing_finish(&p, &frame.base, out);
}

/* By hand and before anything else: a frame of another protocol need not unpack. */
static bool read_protocol(struct span bytes, uint64_t *ret_protocol)
{
	struct pb_in in = pb_in(bytes);
	uint32_t tag;

	*ret_protocol = 0;
	while (!pb_is_done(&in)) {
		bool ok = pb_read_tag(&in, &tag);

		if (ok && tag >> 3 != FRAME_PROTOCOL)
			ok = pb_skip(&in, tag);
		else if (ok)
			ok = (tag & 7) == PB_VARINT && pb_read_varint(&in, ret_protocol);
		if (!ok)
			return false;
	}
	return true;
}

static enum frame_kind kind_of(const Capscore__V1__Frame *frame)
{
	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++)
		if (forms[k]->number == frame->kind_case)
			return (enum frame_kind)k;
	return FRAME_NONE;
}

static int unpack_frame(struct span bytes, struct arena *ar, struct frame *f, struct err *e)
{
	struct unpacking u = { .ar = ar, .e = e };
	const Capscore__V1__Frame *frame =
		unpack_message(&u, &capscore__v1__frame__descriptor, bytes);

	if (frame == NULL)
		return u.rc;
	f->kind = kind_of(frame);
	if (f->kind == FRAME_NONE)
		return err_set(
			e, ERR_UNSUPPORTED, "a kind of frame that this version does not know");
	forms[f->kind]->unpack(&u, frame->hello, f); /* or whichever it is */
	return u.rc;
}

int frame_decode(struct span bytes, struct arena *ar, struct frame *ret_frame, struct err *e)
{
	struct frame f;
	uint64_t protocol;
	int rc;

	memset(&f, 0, sizeof f);
	if (bytes.n > WIRE_BODY_MAX)
		return err_set(
			e, ERR_FULL, "a frame of %zu bytes, at most %zu", bytes.n, WIRE_BODY_MAX);
	if (!read_protocol(bytes, &protocol))
		return err_set(e, ERR_SYNTAX, "%zu bytes that are not a Frame", bytes.n);
	if (protocol != WIRE_PROTOCOL)
		return err_set(e, ERR_PROTOCOL, "protocol %llu, this version speaks %u",
			(unsigned long long)protocol, WIRE_PROTOCOL);
	rc = unpack_frame(bytes, ar, &f, e);
	if (rc == 0)
		*ret_frame = f;
	return rc;
}
