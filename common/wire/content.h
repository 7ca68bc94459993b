/* How the body of a Publish is written: media types, and what they say. */
#ifndef WIRE_CONTENT_H
#define WIRE_CONTENT_H

#include <stdbool.h>

#include "common/base/text.h"

/* Media type, and what the body is. The first is meant where none is given. */
#define WIRE_CONTENT_TABLE(X)                                                                      \
	X(CONTENT_EVENT_BATCH, "application/vnd.capscore.event-batch+protobuf",                    \
		"capscore.v1.EventBatch")                                                          \
	X(CONTENT_CLOUDEVENT_BATCH, "application/cloudevents-batch+protobuf",                      \
		"io.cloudevents.v1.CloudEventBatch")                                               \
	X(CONTENT_CLOUDEVENT, "application/cloudevents+protobuf", "io.cloudevents.v1.CloudEvent")  \
	X(CONTENT_JSON_BATCH, "application/cloudevents-batch+json", "a JSON array of CloudEvents") \
	X(CONTENT_JSON, "application/cloudevents+json", "a CloudEvent as a JSON object")           \
	X(CONTENT_NDJSON, "application/x-ndjson", "a CloudEvent as a JSON object on each line")

enum wire_content {
#define X(name, media_type, help) name,
	WIRE_CONTENT_TABLE(X)
#undef X
		CONTENT_END
};

/* "application/x-ndjson"; "" for one that is none. NUL-terminated too. */
struct str content_name(enum wire_content c);
const char *content_help(enum wire_content c);
/* Without regard to case and to what stands behind a semicolon ("; charset=utf-8"). An empty text is
 * CONTENT_EVENT_BATCH. False for a type that is not known. */
bool content_by_name(struct str name, enum wire_content *ret);

#endif
