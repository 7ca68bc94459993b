/* Snapshot files: a state written once as a sequence of blobs and read back once.
 *
 * Format: a header (magic, version, position, digest, calendar digest), then per blob its length, a checksum and its
 * bytes, then an end mark with the number of blobs. A file is written under another name, synced, and put in place
 * by rename, so that a reader sees the old snapshot or the new one, never half of one. */
#ifndef IO_SNAPSHOT_H
#define IO_SNAPSHOT_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct snapshot_head {
	uint64_t position;	  /* of the event log: every event before it is in the state */
	uint64_t digest;	  /* chain over the outputs up to there */
	uint64_t outputs;	  /* score changes given out up to there */
	uint64_t calendar_digest; /* of the editions that the state began with */
};

struct snapshot_writer;

/* Writes to PATH.new. Returns 0, ERR_NOMEM, ERR_IO, ERR_NOSPACE. */
int snapshot_create(const char *path, const struct snapshot_head *head,
	struct snapshot_writer **ret_w, struct err *e);
/* ctx is the writer; the signature is the one engine_save() wants. */
int snapshot_put(void *ctx, struct span blob);
/* Writes the end mark and syncs; the file is complete under PATH.new. Frees the writer in any case. */
int snapshot_finish(struct snapshot_writer **w, struct err *e);
/* Puts PATH.new in the place of PATH and syncs the folder. Returns 0, ERR_IO. */
int snapshot_switch(const char *path, struct err *e);
/* Removes PATH.new when there is one. */
void snapshot_discard(const char *path);

struct snapshot_reader;

/* Returns 0, ERR_NOTFOUND (no snapshot), ERR_CORRUPT, ERR_NOMEM, ERR_IO. */
int snapshot_open(const char *path, struct snapshot_head *ret_head, struct snapshot_reader **ret_r,
	struct err *e);
/* The next blob, valid until the next call; ret_blob->p is NULL after the last. Returns 0, ERR_CORRUPT, ERR_NOMEM.
 * ctx is the reader; the signature is the one engine_load() wants. */
int snapshot_get(void *ctx, struct span *ret_blob);
void snapshot_close(struct snapshot_reader *r); /* accepts NULL */

#endif
