/* A row of history: how the areas of one partner stood before and after what happened in a stretch of time, a day or a
 * month, and which events moved them. Rows of one partner that follow one another merge into a row of the whole stretch,
 * so a day is made of changes, a month of days. Pure.
 *
 *   before ──► change ──► change ──► after        of an area; lowest and highest total on the way
 */
#ifndef HISTORY_ROW_CORE_H
#define HISTORY_ROW_CORE_H

#include "services/history/shapes_core.h"

#define ROW_CAUSES_MAX 8   /* of an area, in a row */
#define ROW_AREAS_MAX  256 /* of a row */

struct row_state {
	uint32_t shape; /* its number */
	enum area_status status;
	const struct ratio *points; /* of the shape's metrics */
};

struct row_cause {
	uint64_t position; /* in the event log */
	bool decided;	   /* it came with a change of status */
};

struct row_entry {
	struct row_state before, after; /* of the same area; edition and track may differ */
	struct ratio low, high; /* of the total; `before` counts too, where the partner was known */
	uint64_t changes;
	uint64_t
		cause_count; /* events behind all the changes, those without a place below included */
	size_t n_causes;
	struct row_cause causes
		[ROW_CAUSES_MAX]; /* by position; those that decided are kept first, then the newest */
};

struct row {
	uint64_t until; /* position in the score log after the newest change in it */
	size_t n_entries;
	struct row_entry *entries; /* sorted by id of the area */
};

/* A row of one change. numbers: of the shapes of c->areas. Points are borrowed from the change. Returns 0, ERR_NOMEM,
 * ERR_FULL (ROW_AREAS_MAX). */
int row_of_change(const struct shapes *s, const struct score_change *c, const uint32_t *numbers,
	uint64_t until, struct arena *ar, struct row *ret);
/* One row of two, the second of which lies behind the first. Points are borrowed from both. Returns as row_of_change(). */
int row_merge(const struct shapes *s, const struct row *older, const struct row *newer,
	struct arena *ar, struct row *ret);

/* As bytes, with a checksum. Appends. Returns 0, ERR_NOMEM, ERR_FULL. */
int row_write(const struct shapes *s, const struct row *r, struct buf *out);
/* Everything in ret lives in the arena. Returns 0, ERR_CORRUPT, ERR_NOMEM. */
int row_read(const struct shapes *s, struct span bytes, struct arena *ar, struct row *ret);

#endif
