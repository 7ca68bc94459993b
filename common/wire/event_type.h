/* The CloudEvents type of a fact: "capscore.NAME.v1". */
#ifndef WIRE_EVENT_TYPE_H
#define WIRE_EVENT_TYPE_H

#include "common/base/event.h"

/* NUL-terminated too; empty for a kind that is none. */
struct str event_type_name(enum fact_kind k);
/* 0 when it is no type of ours. */
enum fact_kind event_type_by_name(struct str type);

#endif
