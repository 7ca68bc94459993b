/* The facts of one report file on their way out, in bounded memory.
 *
 * A reader hands in facts in the order of its rows. Facts with one natural key become one: usage is added up exactly, of
 * other facts the greatest rank stands. What does not fit into memory goes sorted to temporary files (sorter.h). At the
 * end all facts come in an order that does not depend on the order of the rows and that suits scoring:
 *
 *   accounts, people, customers, associations, what else there is; for every month but the newest of each partner and
 *   measure the word that it is complete; usage, oldest month first; and last the word for the newest months.
 *
 * So a month that is still arriving does not lower a score: scoring goes by the newest complete month. Not called
 * complete (unless the user says so) is a month with refused rows, and one that was not over when the export was made: an
 * alert must not come of usage that is only missing.
 *
 * With a ledger (ledger.h) only what differs from earlier imports comes out: new and changed facts, and retractions of
 * those that the file does not hold any more, within the scopes that the file speaks of. */
#ifndef IMPORTS_GATHER_H
#define IMPORTS_GATHER_H

#include "common/base/buf.h"
#include "services/imports/decimal.h"
#include "services/imports/reading.h"

#define GATHER_MEMORY_DEFAULT ((size_t)64 * 1024 * 1024)
#define GATHER_SCOPES_MAX     4000000 /* months of partners in one file */
#define GATHER_GROUP_MAX      4096    /* rows that say something of one fact (gather_row()) */
#define GATHER_ROW_MAX	      512     /* bytes of such a row */

struct gather;
struct report;

/* r  borrowed; r->options say how much memory there is and where the ledger is. Returns 0 or ERR_NOMEM. */
int gather_create(struct reading *r, const struct report *report, struct gather **ret_g);
void gather_destroy(struct gather *g); /* accepts NULL */

/* Adds usage. ev: kind FACT_USAGE with subject, and all of u.usage but the amount; id, source, time (the end of the month)
 * and recorded are set here. at: where the row stands; of several rows the first is remembered.
 * Returns 0 (also when the row was refused, because its texts are too long), or a code that stops the reading: ERR_NOMEM,
 * ERR_IO, ERR_NOSPACE. */
int gather_usage(struct gather *g, const struct event *ev, decimal24 amount, struct place at);

/* Any other fact but usage-reported. ev: as above, with `time` set. Usage with its amount goes too, where rows repeat an
 * amount instead of telling parts of it: a report does so with all rows of a key.
 * scope_month  month of the scope that the fact belongs to; MONTH_NONE where reports speak of the whole partner.
 * rank         of two facts with one natural key the greater stands (a day or a month, for example); of equal ranks the one
 *              whose bytes are the smaller, so that the order of rows does not matter. */
int gather_fact(struct gather *g, const struct event *ev, month_no scope_month, int64_t rank,
	struct place at);

/* A row that together with others says one fact. ev: kind, subject, and the fields of the natural key. At the end
 * report->combine() gets all rows of one key, at most GATHER_GROUP_MAX (those of the first lines), and makes a fact of
 * them. row: bytes of the report's own, at most GATHER_ROW_MAX. */
int gather_row(struct gather *g, const struct event *ev, month_no scope_month, struct span row,
	struct place at);

/* The file speaks of a partner (month MONTH_NONE: of the partner as a whole) or of a month of a partner; call it for
 * every row, also for those that are passed over or refused. What an earlier file said of the same scope, and this one
 * does not, is retracted, unless a row of it was refused.
 * m        whose month this is, for the word that it is complete; 0 when no such word is to be said.
 * refused  the row could not be read: its month is not called complete, and nothing of its scope is retracted. With an
 *          empty partner it may be any scope; with a partner and MONTH_NONE any month of that partner.
 * Returns 0, ERR_NOMEM, ERR_FULL (more than GATHER_SCOPES_MAX). */
int gather_scope(
	struct gather *g, struct str partner, enum measure m, month_no month, bool refused);

/* After the last row: gives out the facts (reading_emit()). state: of the report, for combine().
 * Returns 0 or a code that stops the reading. */
int gather_finish(struct gather *g, void *state);
/* After a failure: what went wrong with the temporary files or the ledger, if it was that. */
void gather_error(const struct gather *g, struct err *e);

/* ---- for report->combine() --------------------------------------------------------------------------------- */

struct gather_row {
	struct span bytes;
	struct place at;
};

#endif
