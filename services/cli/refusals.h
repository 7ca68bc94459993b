/* Records that were refused on the way in, handed to the dead-letter store of ingestion in batches. */
#ifndef CLI_REFUSALS_H
#define CLI_REFUSALS_H

#include "services/cli/endpoints.h"
#include "services/imports/reading.h"

struct refusals;

/* ep: borrowed; ingestion is asked by it. producer: as letters call it; borrowed. Returns 0 or ERR_NOMEM. */
int refusals_create(struct endpoints *ep, const char *producer, struct refusals **ret_r);
void refusals_destroy(struct refusals *r); /* accepts NULL; forgets what was not flushed */

/* Takes a fault whose record or letter is kept (reading.h); others are counted only. format, recorded: of its file.
 * Returns 0, ERR_NOMEM, or what asking ingestion returns. */
int refusals_add(struct refusals *r, const struct fault *f, const char *format, event_ms recorded,
	struct err *e);
/* On disk there when it returns 0. */
int refusals_flush(struct refusals *r, struct err *e);

struct refusals_counts {
	uint64_t kept;	      /* letters, those that were kept before included */
	uint64_t not_kept;    /* whose bytes may not be kept, or are not known any more */
	uint64_t first, last; /* numbers of the letters; 0: none */
};
const struct refusals_counts *refusals_counts_get(const struct refusals *r);

#endif
