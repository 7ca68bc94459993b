/* Keeps the history of all partners in the tables of a store, made from the score log:
 *
 *   score log ──► pending rows ──commit──► days ──a month is old──► months ──it is very old──► base
 *                 (partner, day)           (day, partner)           (month, partner)           (partner)
 *
 * Days and months are kept as long as the settings say; `base` holds, for each partner, one row of all that came before, so
 * that how it stands is never forgotten. Time is the newest day of the score log. What is written and the position in the
 * score log that it was made from are committed together, so the same log gives the same tables, whatever stops in between.
 *
 * A commit is one of two kinds: pending rows (keeper_flush), or one slice of what grows old (keeper_fold). While it is on
 * its way, no other one begins, and the rows in it answer questions from memory. */
#ifndef HISTORY_KEEPER_H
#define HISTORY_KEEPER_H

#include "common/base/score.h"
#include "common/io/store.h"
#include "services/history/row_core.h"

struct keeper;

#define KEEPER_DAYS_MIN	  31
#define KEEPER_DAYS_MAX	  36500
#define KEEPER_MONTHS_MIN 1
#define KEEPER_MONTHS_MAX 1200

struct keeper_options {
	struct store *store; /* borrowed */
	int32_t days;	/* each day is kept for so many, KEEPER_DAYS_MIN.._MAX; whole months go */
	int32_t months; /* each month is kept for so many, KEEPER_MONTHS_MIN.._MAX */
	uint32_t rows;	/* pending ones before they are written; 0: 65,536 */
};

/* Reads what is there. ret_position: of the score log, where to read on. Returns 0, ERR_CORRUPT, ERR_NOMEM, ERR_IO,
 * ERR_INVALID (settings). */
int keeper_open(const struct keeper_options *options, struct keeper **ret_k, uint64_t *ret_position,
	struct err *e);
void keeper_close(struct keeper *k); /* accepts NULL */

/* A unit of the score log, whose first record is `first`. Returns 0, ERR_FULL (see keeper_is_full()), ERR_NOMEM. */
int keeper_take(struct keeper *k, const struct score_batch *batch, uint64_t first, struct err *e);
/* Records up to `first_position` can no longer be read: history goes on there, and says from which day on it is whole. */
void keeper_pass_over(struct keeper *k, uint64_t first_position);
/* There is no room for another unit before the commit that is on its way. */
bool keeper_is_full(const struct keeper *k);
bool keeper_is_busy(const struct keeper *k);	 /* a commit is on its way */
bool keeper_wants_flush(const struct keeper *k); /* many rows are pending */
bool keeper_is_written(const struct keeper *k);	 /* nothing is pending */

/* Puts all pending rows and the position into the group. Not while busy. *ret_any: there was something, and the keeper is
 * busy until keeper_durable(). Leaves the group empty on failure. Returns 0, ERR_FULL, ERR_NOMEM, ERR_CORRUPT, ERR_IO. */
int keeper_flush(struct keeper *k, struct store_group *g, bool *ret_any, struct err *e);
/* The same for a slice of what has grown too old to be kept as it is. */
int keeper_fold(struct keeper *k, struct store_group *g, bool *ret_any, struct err *e);
void keeper_durable(struct keeper *k); /* the commit is done */

/* ---- reading ---------------------------------------------------------------------------------------------- */

enum keeper_kind { KEPT_BASE, KEPT_MONTH, KEPT_DAY };

struct keeper_row {
	enum keeper_kind kind;
	day_no from,
		until; /* first and last day; DAY_NONE as from of KEPT_BASE, and before the first day of the log */
	struct row row;
};

/* Everything kept of a partner, in order of time, from memory and from the store as one commit left it. Rows live in the
 * arena. visit may return non-zero to end it, which is then returned. Returns 0, ERR_CORRUPT, ERR_NOMEM, ERR_IO. Cost: some
 * microseconds for each month and each day that is kept. */
int keeper_read(struct keeper *k, struct str partner, struct arena *ar,
	int (*visit)(void *ctx, const struct keeper_row *r), void *ctx, struct err *e);

struct keeper_stats {
	uint64_t changes;	 /* taken since the start */
	uint64_t position;	 /* of the score log, taken */
	uint64_t event_position; /* of the event log, as the score log tells it */
	uint64_t missed;   /* records of the score log that were gone before they could be read */
	uint64_t pending;  /* rows */
	uint64_t folded;   /* rows of days and months put together since the start */
	day_no day;	   /* the newest; DAY_NONE */
	day_no whole_from; /* DAY_NONE: nothing was missed */
	day_no days_from; /* the oldest day that is kept by day, where the log reaches back so far; DAY_NONE */
	month_no months_from; /* likewise; MONTH_NONE */
};
void keeper_stats_get(struct keeper *k, struct keeper_stats *ret);
const struct shapes *keeper_shapes(const struct keeper *k);

#endif
