/* CloudEvents in protobuf (proto/io/cloudevents/v1): read by hand, so that hostile bytes meet no recursion.
 *
 * The attributes are those of JSON (event_json.h): subject, datacontenttype and dataschema as texts, time and
 * recordedtime as ce_timestamp or as text, retracted as ce_boolean or text. The fact is one of
 *   proto_data            an Any with the fact's message, "type.googleapis.com/capscore.v1.Usage"
 *   text_data, binary_data  the "data" of JSON, as text */
#ifndef WIRE_CLOUD_EVENT_H
#define WIRE_CLOUD_EVENT_H

#include "common/wire/event_json.h"

/* Texts of ret_event live in the arena and in the bytes. Missing recordedtime means the same as time.
 * Returns 0, ERR_SYNTAX (not a CloudEvent of protobuf), ERR_INVALID (not one of our events), ERR_NOMEM; on failure
 * ret_fault is filled, without line and column. */
int event_from_cloud(
	struct span bytes, struct arena *ar, struct event *ret_event, struct json_fault *ret_fault);

/* The message of proto/capscore/v1 that holds a fact: "Usage"; empty for a kind that is none. */
struct str cloud_fact_name(enum fact_kind k);

/* The next event of a CloudEventBatch. rest is what was not looked at yet.
 * Returns 1, 0 at the end, ERR_SYNTAX. */
int cloud_next_event(struct span *rest, struct span *ret_event);

/* Whether bytes are a CloudEventBatch rather than an EventBatch: its first event says "1.0" where CloudEvents do. */
bool cloud_is_batch(struct span bytes);

#endif
