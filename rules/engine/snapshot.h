/* The form of a snapshot, for the two files that write and read it.
 *
 * A sequence of blobs. Each: kind (1 byte), number in the sequence (4), records, checksum of all before it with the
 * number as seed (8). Numbers are little-endian. Kinds come in the order of the enumeration; each may come in as many
 * blobs as it needs, the head and the end in exactly one.
 *
 *   HEAD      magic, format, edition digest, day, complete, counters, and how many records of each kind follow
 *   NAMES     text; the n-th has number n        PARTNERS, PEOPLE  likewise
 *   SHAPES    product, component (names), measure, association, offer, duplicate
 *   ROWS      partner, customer (name), shape, month, amount, stamp
 *   MARKERS   partner, measure, month, stamp
 *   REPORTS   person, partner, name, kind, state, earned, expires, ended, stamp
 *   LINKS     person, partner, linked, since, stamp
 *   OUTLOOKS  partner, day on which they are made anew, newest day of skilling, feeds that are overdue, and how many
 *             areas (2), each with its id (name) and the digest of what was told
 *   END       nothing
 * A stamp is recorded (8), source (4), retracted (1), length (1) and text of the id. A text is its length (2) and its
 * bytes. Sums, operators, points and reference months are not kept: they follow. */
#ifndef RULES_ENGINE_SNAPSHOT_H
#define RULES_ENGINE_SNAPSHOT_H

#include "rules/engine/engine_internal.h"

enum blob_kind {
	BLOB_HEAD = 1,
	BLOB_NAMES,
	BLOB_PARTNERS,
	BLOB_PEOPLE,
	BLOB_SHAPES,
	BLOB_ROWS,
	BLOB_MARKERS,
	BLOB_REPORTS,
	BLOB_LINKS,
	BLOB_ASSOCIATIONS,
	BLOB_SEGMENTS,
	BLOB_ATTESTATIONS,
	BLOB_ENROLLMENTS,
	BLOB_ACCOUNTS,
	BLOB_EDITIONS,
	BLOB_OUTLOOKS,
	BLOB_END,
	BLOB_KIND_END
};

#define SNAPSHOT_MAGIC	0x31474e4550414331ULL
#define SNAPSHOT_FORMAT 3
#define BLOB_FRONT	5
#define BLOB_BACK	8
#define BLOB_FULL	((size_t)1000 * 1000) /* a blob is closed at this size */

/* Over the editions that were in the calendar from the start: the facts are the same under any, their names are not. */
uint64_t calendar_digest(const struct engine *e);

#endif
