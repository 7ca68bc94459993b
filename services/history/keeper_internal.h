/* What the files of the keeper share: keeper.c takes and writes, keeper_fold.c puts together what grows old, keeper_read.c
 * reads. Nobody else includes this. */
#ifndef HISTORY_KEEPER_INTERNAL_H
#define HISTORY_KEEPER_INTERNAL_H

#include "services/history/keeper.h"
#include "services/history/pending_core.h"

#define TABLE_DAYS   "days"
#define TABLE_MONTHS "months"
#define TABLE_BASE   "base"
#define TABLE_SHAPES "shapes"
#define TABLE_MARKS  "marks"

#define KEY_MAX                                                                                    \
	(4 + 256 + 1) /* a day or a month, the id of a partner, and a byte to seek behind it */

enum flight { LANDED, FLUSHING, FOLDING };

/* The same fields in the table, in this order, big-endian. */
struct keeper_mark {
	uint64_t position, event_position, missed;
	day_no day, whole_from;
};
#define MARK_BYTES 32

struct keeper {
	struct keeper_options options;
	struct shapes *shapes;
	uint32_t shapes_written;
	struct pending *active, *frozen; /* frozen: on its way into the store, or empty */
	enum flight flight;
	struct keeper_mark mark;    /* of what was taken */
	struct keeper_mark written; /* of the newest commit; of the one on its way while FLUSHING */
	bool gap;		    /* records were passed over, and none after them has come yet */
	struct arena rows, take;    /* scratch: of one row; of one change */
	struct buf encoded;
	uint64_t changes, folded;
};

struct key {
	uint8_t bytes[KEY_MAX];
	size_t n;
};

static inline struct span key_span(const struct key *k)
{
	return (struct span){ k->bytes, k->n };
}
/* Of the tables days and months. */
void key_make(struct key *k, int32_t number, struct str partner);
int32_t key_number(struct span key);
struct str key_partner(struct span key);

/* The first month whose days are kept one by one on a day, and the first one that is kept as a month: what lies before is due
 * to be put together, and is read as if it were. */
static inline month_no keeper_first_days(const struct keeper *k, day_no day)
{
	return month_of_day(day - k->options.days);
}
static inline month_no keeper_first_month(const struct keeper *k, day_no day)
{
	return month_of_day(day) - k->options.months;
}

void mark_read(const uint8_t bytes[MARK_BYTES], struct keeper_mark *ret);

/* Adds to a row what is stored under a key, if anything, as the older part. */
int keeper_merge_stored(struct keeper *k, struct store_view *v, const char *table, struct span key,
	struct row *row, struct err *e);
/* Reads a stored row into the scratch of rows; the text of a failure names the table. */
int keeper_row_read(struct keeper *k, const char *table, struct span bytes, struct arena *ar,
	struct row *ret, struct err *e);
int keeper_put_row(struct keeper *k, struct store_group *g, const char *table, struct span key,
	const struct row *row, struct err *e);

#endif
