/* Changes on their way to ingestion, and the ledger that keeps up with them.
 *
 * Changes are taken in groups. A group is written to the ledger as pending, in one transaction together with the
 * confirmation of what was acknowledged meanwhile; then its events are delivered. So whenever the program is killed, the
 * ledger knows of every event that may be in the log, and says which of them are there for certain.
 *
 * Memory: the groups of which events are under way, OUTBOX_GROUP changes each; bounded by the window of ingestion. */
#ifndef CLI_OUTBOX_H
#define CLI_OUTBOX_H

#include "services/cli/delivery.h"
#include "services/imports/ledger.h"

#define OUTBOX_GROUP 4096

struct outbox;

/* Both are borrowed; the delivery's on_settled must be outbox_settled(), given the tag. Returns 0 or ERR_NOMEM. */
int outbox_create(struct ledger *ledger, struct delivery *delivery, struct outbox **ret_o);
void outbox_destroy(struct outbox *o); /* accepts NULL; forgets what is not acknowledged */

/* file: borrowed until outbox_drain(). Returns 0, what delivery_add() returns, or what the ledger returns. */
int outbox_change(struct outbox *o, const struct change *c, const char *file, struct err *e);
/* A scope that is complete is written once all changes before it are acknowledged: this waits for them. */
int outbox_scope(struct outbox *o, const struct scope_note *n, struct err *e);
/* Sends all, waits for all acknowledgements, and confirms them in the ledger. */
int outbox_drain(struct outbox *o, struct err *e);
/* Confirms what is acknowledged; waits for nothing. Returns what the ledger returns. */
int outbox_confirm(struct outbox *o, struct err *e);

void outbox_settled(void *tag, bool accepted);

#endif
