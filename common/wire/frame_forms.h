/* The kinds of frames one by one: which message of the generated code carries a kind, and the way there and back.
 * Used by frame.c only. */
#ifndef WIRE_FRAME_FORMS_H
#define WIRE_FRAME_FORMS_H

#include "capscore/v1/stream.pb-c.h"
#include "common/wire/frame.h"
#include "common/wire/pack.h"
#include "common/wire/unpack.h"

struct frame_form {
	Capscore__V1__Frame__KindCase number;
	const ProtobufCMessageDescriptor *type;
	void (*pack)(struct packing *p, const struct frame *f, void *to); /* an empty message */
	void (*unpack)(struct unpacking *u, const void *from, struct frame *f); /* f is zeroed */
};

/* frame_NAME, of pack_NAME and unpack_NAME. */
#define FRAME_FORM(name, NAME)                                                                     \
	const struct frame_form frame_##name = { CAPSCORE__V1__FRAME__KIND_##NAME,                 \
		&capscore__v1__##name##__descriptor, pack_##name, unpack_##name }

/* frame_stream.c */
extern const struct frame_form frame_hello, frame_welcome, frame_publish, frame_acknowledge,
	frame_read, frame_records, frame_progress, frame_refused, frame_failure;
/* frame_control.c */
extern const struct frame_form frame_status_query, frame_status_answer, frame_dead_letter_query,
	frame_dead_letter_answer;
/* frame_score.c */
extern const struct frame_form frame_score_query, frame_score_answer;
/* frame_query.c */
extern const struct frame_form frame_partners_query, frame_partners_answer, frame_history_query,
	frame_history_answer;
/* frame_forecast.c */
extern const struct frame_form frame_forecast_query, frame_forecast_answer;
/* frame_rehearse.c */
extern const struct frame_form frame_rehearse_query, frame_rehearse_answer;
/* frame_simulate.c */
extern const struct frame_form frame_simulate_query, frame_simulate_answer;
/* frame_plan.c */
extern const struct frame_form frame_plan_query, frame_plan_answer;
/* frame_chronicle.c */
extern const struct frame_form frame_chronicle_query, frame_chronicle_answer;

/* Bounds on what is taken from a peer. */
#define FRAME_NAME_MAX	   EVENT_NAME_MAX /* bytes of names, ids, areas, metrics */
#define FRAME_TEXT_MAX	   1024		  /* bytes of sentences and details */
#define FRAME_COUNTERS_MAX 1024
#define FRAME_AREAS_MAX	   64
#define FRAME_PAGE_MAX	   1000 /* partners, dead letters */

#endif
