/* What the score log is known to hold, and the check that a replay makes the same again.
 *
 * Every output of scoring is chained into a digest. The score log's newest transaction carries a mark: how many
 * records it holds and the digest over all of them. After a restart the events since the snapshot are replayed;
 * their outputs are counted and chained but not written, until the count reaches the mark's, where the digests must
 * be equal; from there on outputs are written. So nothing is written twice, and a state that would continue with
 * other scores than those already given out is noticed before it says anything. Pure. */
#ifndef SCORING_LEDGER_CORE_H
#define SCORING_LEDGER_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

#define LEDGER_MARK_BYTES 40

struct ledger_mark {
	uint64_t outputs;	  /* records in the score log */
	uint64_t digest;	  /* chain over all of them */
	uint64_t event_position;  /* of the event log: after the newest unit that made an output */
	uint64_t calendar_digest; /* of the editions that scoring began with */
};

void ledger_mark_write(const struct ledger_mark *m, uint8_t out[LEDGER_MARK_BYTES]);
/* Returns 0 or ERR_CORRUPT. */
int ledger_mark_read(struct span bytes, struct ledger_mark *ret_m);

struct ledger {
	struct ledger_mark committed; /* what the log held at start */
	uint64_t outputs;	      /* made so far, written or replayed */
	uint64_t digest;
	bool replaying; /* outputs are compared, not written */
};

/* Starts from a snapshot (outputs and digest 0 without one).
 * Returns 0, ERR_MISMATCH: the snapshot is ahead of the log, or differs where both end. */
int ledger_start(
	struct ledger *l, const struct ledger_mark *committed, uint64_t outputs, uint64_t digest);

/* Takes one output unit of n_records.
 * ret_write  whether it must be written now.
 * Returns 0, ERR_MISMATCH: the replay made something else than what the log holds. */
int ledger_output(struct ledger *l, struct span unit, uint32_t n_records, bool *ret_write);

#endif
