/* What is known of the attributes of a CloudEvent, whichever way it is written. Used inside common/wire only. */
#ifndef WIRE_EVENT_ATTRIBUTES_H
#define WIRE_EVENT_ATTRIBUTES_H

#include "common/wire/event_json.h"

/* Attributes of other extensions pass. What looks like one of ours in other writing does not: a fact whose
 * recordedtime went unseen would stand in the wrong order.
 * Returns 0, or ERR_INVALID with the fault's reason and text (its place is the caller's). */
int attribute_check(struct str name, struct json_fault *fault);

/* The fact that a type names. Returns like attribute_check(); the fault says which name may have been meant. */
int attribute_type(struct str type, enum fact_kind *ret_kind, struct json_fault *fault);

/* Whether a datacontenttype says JSON. */
bool attribute_content_is_json(struct str type);

/* Texts of the input go into the fault as they are; what a terminal would obey does not. */
void fault_make_printable(char *text);

/* The bytes that a text in base64 stands for, with or without padding, in the arena. Returns 0, ERR_SYNTAX, ERR_NOMEM. */
int base64_decode(struct str coded, struct arena *ar, struct str *ret);

#endif
