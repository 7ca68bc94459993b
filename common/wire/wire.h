/* The wire: domain values to and from the protobuf messages of proto/capscore/v1. protobuf types stop here.
 *
 * Every decoder takes hostile bytes: it checks sizes, fields and enumerations and answers a code, never a crash.
 * Decoded values live in the arena given and in the input bytes; both must outlive them. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "common/base/alert.h"
#include "common/base/buf.h"
#include "common/base/event.h"
#include "common/base/mem.h"
#include "common/base/score.h"

#define WIRE_PROTOCOL	      1u
#define WIRE_BATCH_EVENTS_MAX 4096u
#define WIRE_BATCH_BYTES_MAX  ((size_t)1024 * 1024)
#define WIRE_FRAME_MAX	      ((size_t)64 * 1024)	/* encoded Frame */
#define WIRE_BODY_MAX	      ((size_t)4 * 1024 * 1024) /* second frame of Records */
#define WIRE_QUESTION_MAX     WIRE_BODY_MAX /* encoded Frame of a question that brings rules or facts */

/* ---- events ----------------------------------------------------------------------------------------------- */

struct decoded_event {
	struct event event; /* meaningful when refusal is REFUSED_NOT */
	enum refusal
		refusal; /* structure, type and every field checked (event_validate included) */
	struct refusal_detail *detail; /* NULL when not refused */
	struct span
		bytes; /* this event's encoding inside the batch, with its field tag and length, so that
	                          * concatenating such spans gives an EventBatch again */
	struct span original; /* what came, to be kept where it is refused: the same bytes here */
};

/* ret_events  array in the arena.
 * Returns 0, ERR_SYNTAX (not an EventBatch; e says why), ERR_FULL (over WIRE_BATCH_EVENTS_MAX or _BYTES_MAX),
 * ERR_NOMEM. One bad event does not spoil the others. Strings of events point into `batch`. */
int wire_decode_events(struct span batch, struct arena *ar, struct decoded_event **ret_events,
	size_t *ret_n, struct err *e);

/* Like wire_decode_events() for bytes that ingestion has validated before (a unit of the event log): fields are
 * not validated again. ERR_CORRUPT where an event does not decode. The fast path of scoring. */
int wire_decode_logged_events(struct span unit, struct arena *ar, struct event **ret_events,
	size_t *ret_n, struct err *e);

/* Appends one event as an entry of an EventBatch (tag, length, Event). Returns 0, ERR_NOMEM, ERR_FULL. */
int wire_encode_event(const struct event *ev, struct buf *out);

/* ---- score log -------------------------------------------------------------------------------------------- */

/* Appends an encoded ScoreBatch. Deterministic. Returns 0, ERR_NOMEM, ERR_FULL. */
int wire_encode_scores(const struct score_batch *batch, struct buf *out);
/* Returns 0, ERR_SYNTAX, ERR_NOMEM. */
int wire_decode_scores(
	struct span unit, struct arena *ar, struct score_batch *ret_batch, struct err *e);

/* ---- alert log -------------------------------------------------------------------------------------------- */

int wire_encode_alert(const struct alert *alert, struct buf *out);
int wire_decode_alert(struct span unit, struct arena *ar, struct alert *ret_alert, struct err *e);

#endif
