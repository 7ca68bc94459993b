/* Ids of imported events, made from what the event says: reading the same file twice gives the same ids, so the
 * second time all of it is a duplicate. */
#ifndef IMPORTS_EVENT_NAME_H
#define IMPORTS_EVENT_NAME_H

#include "common/base/event.h"

#define EVENT_NAME_TEXT 37

/* A UUID (RFC 9562, version 8) from a hash over source, partner, the whole fact and `recorded`; lower case.
 * The event's id is not looked at.
 * Returns buf. */
const char *event_name(const struct event *ev, char *buf);

#endif
