/* What imports have said so far: every fact of every report, in a folder of its own (LMDB).
 *
 * A later import compares its facts with it, so that only differences become events, and what is not in the file any
 * more is retracted (join.h). The ledger follows the event log, never leads it: an entry is written as *pending* before
 * its event is sent, and is *confirmed* once ingestion has acknowledged the event. After a crash a pending entry says
 * that the log may hold the event or not; the next import sends it again under the same id, which is harmless.
 *
 * A scope is what a file speaks of as a whole: a partner, or a month of a partner, in one report. Its record tells by
 * which export it was last said. Why so: docs/adr/0018-a-ledger-of-imports.md.
 *
 * One process writes at a time; others may read meanwhile. Not for sharing between threads. */
#ifndef IMPORTS_LEDGER_H
#define IMPORTS_LEDGER_H

#include "common/base/buf.h"
#include "common/base/date.h"
#include "common/base/err.h"
#include "services/imports/decimal.h"

#define LEDGER_KEY_MAX	  511	/* bytes */
#define LEDGER_VALUE_MAX  16384 /* bytes */
#define LEDGER_REPORT_MAX 24	/* bytes of the id of a report */

struct ledger;

/* dir     folder of the ledger; made when it is to be written.
 * writer  claims it: ERR_BUSY when another process has it (e says so).
 * Returns 0, ERR_NOTFOUND (to be read, and there is none), ERR_BUSY, ERR_IO, ERR_NOSPACE, ERR_CORRUPT, ERR_NOMEM. */
int ledger_open(const char *dir, bool writer, struct ledger **ret_l, struct err *e);
void ledger_close(struct ledger **l); /* accepts NULL inside */

/* ---- keys ------------------------------------------------------------------------------------------------- */

struct ledger_key {
	unsigned char p[LEDGER_KEY_MAX];
	size_t n;
};

#define LEDGER_SCOPE  0	   /* phase of the record of a scope; its key is empty */
#define LEDGER_MENDED 0xFF /* phase of marks: a refused row that was mended; key: hash of the row */

/* month MONTH_NONE: the whole partner. key: of the fact (fact_key()); empty: what all of them begin with. */
void ledger_make_key(const char *report, struct str partner, month_no month, unsigned phase,
	struct span key, struct ledger_key *ret_k);

/* The phase of a key of which `rest` stands behind a report's id and its zero; LEDGER_SCOPE also of one that is none. */
unsigned ledger_key_phase(struct span rest);

/* ---- values ----------------------------------------------------------------------------------------------- */

struct ledger_entry {
	bool pending;	  /* not known whether the event is in the log */
	bool retracted;	  /* not said any more: the event took it back; goes once it is confirmed */
	bool only_mended; /* the fact comes of a mended row alone: no row of the file says it */
	event_ms recorded; /* of the event */
	decimal24 amount;  /* exact, as the file says it; usage only */
	decimal24 mended;  /* and what mended rows of the same file add to it */
	struct span fact;  /* fact_pack() of what the event says */
};

struct ledger_scope {
	event_ms recorded; /* of the export that spoke of it last */
	event_ms used;	  /* `recorded` of the events that came of it: the same or a little later */
	bool complete;	  /* false: its import was begun and is not over */
	uint32_t refused; /* rows of that export that were refused and are not mended yet */
};

/* Writes the stored form. buf: LEDGER_VALUE_MAX bytes. Returns its length. */
size_t ledger_entry_encode(const struct ledger_entry *x, unsigned char *buf);
int ledger_entry_decode(struct span stored, struct ledger_entry *ret); /* 0, ERR_CORRUPT */
size_t ledger_scope_encode(const struct ledger_scope *s, unsigned char *buf);
int ledger_scope_decode(struct span stored, struct ledger_scope *ret); /* 0, ERR_CORRUPT */

/* ---- reading ---------------------------------------------------------------------------------------------- */

/* What is stored under a key; valid until the next call on the ledger. Returns 0, ERR_NOTFOUND, ERR_IO. */
int ledger_get(struct ledger *l, const struct ledger_key *k, struct span *ret_value, struct err *e);

/* A walk over all keys that begin with a prefix, in order. What was written since ledger_walk() may be seen or not.
 * ret_rest: the key behind the prefix. Both spans are valid until the next call on the ledger.
 * Returns 0, ERR_NOTFOUND (no more), ERR_IO. */
int ledger_walk(struct ledger *l, const struct ledger_key *prefix, struct err *e);
int ledger_walk_next(
	struct ledger *l, struct span *ret_rest, struct span *ret_value, struct err *e);

/* ---- writing: between begin and commit -------------------------------------------------------------------- */

/* Returns 0, ERR_NOSPACE, ERR_IO, ERR_NOMEM. After a failure the transaction is given up. */
int ledger_begin(struct ledger *l, struct err *e);
int ledger_put(struct ledger *l, struct span key, struct span value, struct err *e);
int ledger_delete(
	struct ledger *l, struct span key, struct err *e); /* a key that is not there is fine */
/* On disk when it returns 0. */
int ledger_commit(struct ledger *l, struct err *e);

#endif
