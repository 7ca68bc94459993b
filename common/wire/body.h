/* The body of a Publish, however it is written (content.h): its events, each judged by itself. */
#ifndef WIRE_BODY_H
#define WIRE_BODY_H

#include "common/wire/content.h"
#include "common/wire/wire.h"

/* Like wire_decode_events(), whose form is the first of several. Of the others
 *   decoded_event.bytes is the encoding of an accepted event as an entry of an EventBatch, made in the arena; put
 *   together they are never longer than the body;
 *   decoded_event.original is what came: the text of its JSON, without its line end or comma; its CloudEvent in a
 *   CloudEventBatch of one.
 * Blank lines of NDJSON are no events.
 * Returns 0, ERR_SYNTAX, ERR_FULL, ERR_NOMEM like wire_decode_events(). */
int wire_decode_body(enum wire_content content, struct span body, struct arena *ar,
	struct decoded_event **ret_events, size_t *ret_n, struct err *e);

/* How bytes of which nobody said it seem to be written: what was refused and kept (dead letters). JSON begins with a
 * bracket or brace, which no message here does; a CloudEventBatch has "1.0" in its first event. */
enum wire_content wire_guess_content(struct span bytes);

#endif
