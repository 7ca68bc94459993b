/* Rows that are not written yet, by partner and day: what the score log told since the last commit. Changes of one partner
 * on one day merge into one row. Bounded by rows and by bytes. Pure. */
#ifndef HISTORY_PENDING_CORE_H
#define HISTORY_PENDING_CORE_H

#include "common/base/date.h"
#include "services/history/row_core.h"

struct pending;

struct pending_row {
	day_no day;
	struct str partner;
	struct span bytes; /* row_read() reads them */
};

/* rows, bytes: what it holds at most. Memory comes as it is needed and is kept. Returns 0, ERR_NOMEM, ERR_INVALID. */
int pending_create(const struct alloc *a, uint32_t rows, size_t bytes, struct pending **ret_p);
void pending_destroy(struct pending *p); /* accepts NULL */
void pending_clear(struct pending *p);

/* Merges a row of one change into that of its partner and day. Returns 0, ERR_NOMEM, ERR_FULL (nothing changed). */
int pending_add(struct pending *p, const struct shapes *s, day_no day, struct str partner,
	const struct row *row);
/* Returns 0, ERR_NOTFOUND. ret is valid until something is added. */
int pending_get(const struct pending *p, day_no day, struct str partner, struct span *ret);

uint32_t pending_count(const struct pending *p);
size_t pending_bytes(const struct pending *p);	/* in use, replaced rows included */
day_no pending_oldest(const struct pending *p); /* DAY_NONE when empty */
/* Brings the rows into order of day, then partner; afterwards pending_row_at(0..count-1) follows it until a row is added.
 * Returns 0, ERR_NOMEM. */
int pending_sort(struct pending *p);
struct pending_row pending_row_at(const struct pending *p, uint32_t i);

#endif
