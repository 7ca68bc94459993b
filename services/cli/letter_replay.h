/* A row of an export that was refused, given back after mending: read by the reader of its report, added to what its
 * export said, delivered, and known to the ledger. */
#ifndef CLI_LETTER_REPLAY_H
#define CLI_LETTER_REPLAY_H

#include "services/cli/endpoints.h"
#include "services/cli/files.h"

/* letter  as ingestion shows it: its original says which row it is, its `recorded` which export.
 * text    what to read instead of the original: a header line and the row.
 * ret_replayed  all facts of it are on disk, or were before; the letter can go.
 * Returns an exit code; what is wrong was said. */
int letter_replay(const struct verb *verb, struct endpoints *ep, const struct file_options *options,
	const struct wire_dead_letter *letter, struct str text, bool *ret_replayed);

#endif
