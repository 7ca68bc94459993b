/* The messages of stream.proto, query.proto and control.proto as tables for the codec. */
#ifndef WIRE_FRAME_TABLES_H
#define WIRE_FRAME_TABLES_H

#include "common/wire/codec.h"
#include "common/wire/frame.h"

struct frame_form {
	uint8_t number;		       /* in the oneof of Frame */
	const struct message *message; /* offsets count from struct frame */
};

/* Indexed by kind; entry FRAME_NONE is empty. */
#define FRAME_KIND_END (FRAME_FAILURE + 1)
extern const struct frame_form frame_forms[FRAME_KIND_END];

extern const struct message message_heartbeat, message_pub_welcome;

struct wire_heartbeat {
	uint64_t end_position, event_position;
	size_t n_recent;
	const struct wire_topic_end *recent;
};
struct wire_pub_welcome {
	uint32_t protocol;
	struct str feed;
	uint64_t end_position;
};

#endif
