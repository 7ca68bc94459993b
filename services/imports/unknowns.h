/* Names in an export that nothing here knows: what they are, how often they stood there, and what may have been meant.
 *
 * A name that is not known refuses nothing: the fact is kept under it and counts as soon as a table learns it. The
 * list is bounded; what finds no room is counted. */
#ifndef IMPORTS_UNKNOWNS_H
#define IMPORTS_UNKNOWNS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/event.h"

#define UNKNOWNS_MAX 32

/* X(enumerator, name in JSON, how people call several of them) */
#define UNKNOWN_TABLE(X)                                                                           \
	X(UNKNOWN_CERTIFICATE, "certificate", "titles of certificates that no edition names")      \
	X(UNKNOWN_WORKLOAD, "workload", "workloads that no table names")                           \
	X(UNKNOWN_UNCOUNTED, "uncounted",                                                          \
		"workloads that no rule counts by what the report gives")                          \
	X(UNKNOWN_ASSOCIATION, "association", "associations that are not known")                   \
	X(UNKNOWN_LEVEL, "level", "levels of accounts that are not known")

enum unknown_kind {
#define X(name, json, text) name,
	UNKNOWN_TABLE(X)
#undef X
		UNKNOWN_KIND_END
};

struct unknown {
	enum unknown_kind kind;
	uint64_t count;
	char name[EVENT_NAME_MAX + 1];
	char nearest[EVENT_NAME_MAX + 1]; /* empty: nothing comes near */
};

struct unknowns {
	size_t n;
	uint64_t without_room; /* namings that found no place */
	struct unknown items[UNKNOWNS_MAX];
};

/* Counts a name. Returns true when it is new in the list; *ret_u can then be given its nearest. */
bool unknowns_add(
	struct unknowns *u, enum unknown_kind kind, struct str name, struct unknown **ret_u);

const char *unknown_kind_name(enum unknown_kind k); /* "certificate" */
const char *unknown_kind_text(enum unknown_kind k);

/* How far a name is from another, letter case ignored, for finding the nearest: the number of edits; where one name
 * holds the other it is near as well, the nearer the less there is besides. More than `max`: max + 1. */
unsigned name_distance(struct str a, struct str b, unsigned max);

#endif
