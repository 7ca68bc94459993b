/* Valid events for tests, one of every kind. */
#ifndef SUPPORT_EVENT_SAMPLES_H
#define SUPPORT_EVENT_SAMPLES_H

#include "common/base/event.h"

/* Only what is required is given. */
struct event event_sample_bare(enum fact_kind kind);
/* Every field has a value of its own, different from that of the bare one where it may. */
struct event event_sample_full(enum fact_kind kind);
/* Same kind, attributes and fields (texts by content). */
bool event_sample_eq(const struct event *a, const struct event *b);

#endif
