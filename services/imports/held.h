/* Words that a month is complete, held back until all files of a run are read.
 *
 * Several reports may tell usage of one measure. A month of a partner and measure is complete when every report that told
 * of it in the month before has told of this one; otherwise a customer would seem lost because the other report comes
 * later. Which reports told of what is in the ledger ("fed" records); within a run the files may come in any order. */
#ifndef IMPORTS_HELD_H
#define IMPORTS_HELD_H

#include "services/imports/ledger.h"
#include "services/imports/reading.h"

#define HELD_MAX 4000000

struct held;

int held_create(const struct alloc *a, struct held **ret_h); /* Returns 0, ERR_NOMEM */
void held_destroy(struct held *h);			     /* accepts NULL */

/* A word to be said: which report says it, of what, and with which `recorded`. Returns 0, ERR_NOMEM, ERR_FULL. */
int held_add(struct held *h, const char *report, struct str partner, enum measure m, month_no month,
	event_ms recorded);

/* Says those that may be said, newest month first (so that scores go there at once), and forgets all. What may not is
 * told by a note.
 * r  its options have the ledger and where changes go; on_note gets the notes.
 * Returns 0, or a code that stops. */
int held_say(struct held *h, struct reading *r, struct err *e);

/* The record that a report told of a measure of a partner's month. */
void held_fed_key(const char *report, struct str partner, month_no month, enum measure m,
	struct ledger_key *ret);

/* The first word of a report about a partner and measure, before any usage of a run of many months: that the first month
 * which can be told is complete. It is true of everybody. Without any word scoring would go by the newest month that has
 * come, and so through every month that the run brings. Said once. r->options->changes needs a ledger.
 * Returns 0, or a code that stops. */
int held_begin(
	struct reading *r, const char *report, struct str partner, enum measure m, struct err *e);

#endif
