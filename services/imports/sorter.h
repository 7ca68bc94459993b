/* Any number of records, sorted by key, in bounded memory.
 *
 * Records with one key are folded into one as they meet. What does not fit into memory goes as a sorted run to a
 * temporary file without a name, which is gone with the process, however it ends. At the end the runs are merged.
 *
 * Memory: at most `memory` bytes and 64 KiB for each run on disk, of which there are at most SORTER_FAN for every level
 * of merging: 64 MiB hold 4 GiB of runs at the first level, 256 GiB at the second. */
#ifndef IMPORTS_SORTER_H
#define IMPORTS_SORTER_H

#include "common/base/buf.h"
#include "common/base/err.h"

#define SORTER_MEMORY_MIN ((size_t)64 * 1024)
#define SORTER_MEMORY_MAX ((size_t)2 * 1024 * 1024 * 1024)
#define SORTER_KEY_MAX	  512
#define SORTER_VALUE_MAX  16384
#define SORTER_FAN	  64

enum sorter_choice { SORTER_KEEP, SORTER_TAKE };

struct sorter_options {
	const struct alloc *a;
	size_t memory;	 /* SORTER_MEMORY_MIN..SORTER_MEMORY_MAX; taken as it is needed */
	const char *dir; /* of the temporary files; NULL: TMPDIR, or /tmp */
	/* Two records have one key; `more` was put later. Changes `held` in place (SORTER_KEEP), or lets `more` replace it
	 * (SORTER_TAKE). Must not depend on the order: folding any two first has to come to the same. */
	enum sorter_choice (*fold)(
		void *ctx, void *held, size_t n_held, const void *more, size_t n_more);
	void *ctx;
};

struct sorter_stats {
	uint64_t put;		/* records given */
	uint64_t runs;		/* sorted runs written, merged ones included */
	uint64_t bytes_written; /* to temporary files */
};

struct sorter;

/* Returns 0, ERR_NOMEM. */
int sorter_create(const struct sorter_options *options, struct sorter **ret_s);
void sorter_destroy(struct sorter *s); /* accepts NULL */

/* Copies the record. Amortised O(1) while it fits into memory.
 * Returns 0, ERR_INVALID (too long), ERR_NOMEM, ERR_IO or ERR_NOSPACE (the temporary files: e says where). */
int sorter_put(struct sorter *s, struct span key, struct span value, struct err *e);

/* No more records come. Returns like sorter_put(). */
int sorter_finish(struct sorter *s, struct err *e);
/* The next record in order of keys; valid until the next call. value may be written to.
 * Returns 0, ERR_NOTFOUND (no more), ERR_IO. */
int sorter_next(struct sorter *s, struct span *ret_key, struct span *ret_value, struct err *e);

/* All records once more, from the first; after sorter_finish(). Returns 0, ERR_IO, ERR_NOMEM. */
int sorter_rewind(struct sorter *s, struct err *e);

const struct sorter_stats *sorter_stats_get(const struct sorter *s);

#endif
