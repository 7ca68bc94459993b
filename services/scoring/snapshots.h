/* Snapshots of the scoring state, made by a forked child so that scoring goes on.
 *
 * A snapshot is put in place only when the score log durably holds every output made up to it: otherwise a crash
 * could leave a snapshot ahead of the log. */
#ifndef SCORING_SNAPSHOTS_H
#define SCORING_SNAPSHOTS_H

#include <uv.h>

#include "common/io/snapshot.h"
#include "rules/engine/engine.h"

struct snapshots;

struct snapshots_options {
	const char *path;
	const struct engine *engine; /* borrowed; settled whenever a snapshot begins */
	void (*on_written)(void *ctx, const struct snapshot_head *head,
		uint64_t took_ms); /* in place; may be NULL */
	void *ctx;
};

int snapshots_create(uv_loop_t *loop, const struct snapshots_options *options,
	struct snapshots **ret_s, struct err *e);
/* Forks a child that writes the state. Returns 0, ERR_AGAIN (one is being written or waits), ERR_IO. */
int snapshots_begin(struct snapshots *s, const struct snapshot_head *head, struct err *e);
/* The score log durably holds so many outputs. */
void snapshots_durable(struct snapshots *s, uint64_t outputs);
/* Writes and puts in place at once, without a child; for a clean stop, when every output is durable. */
int snapshots_now(struct snapshots *s, const struct snapshot_head *head, struct err *e);
uint64_t snapshots_failed(const struct snapshots *s); /* how many could not be written */
/* Ends a child that is writing and discards what it wrote. NULLs *s; frees when libuv has closed its handles. */
void snapshots_close(struct snapshots **s);

/* Loads the newest snapshot into a fresh engine that begins with the calendar of that digest. Returns 0, ERR_NOTFOUND,
 * ERR_CORRUPT, ERR_MISMATCH (made under another calendar or format), ERR_NOMEM; unless 0 or ERR_NOTFOUND the engine
 * must be dropped. */
int snapshots_load(const char *path, uint64_t calendar_digest, struct engine *engine,
	struct snapshot_head *ret_head, struct err *e);

#endif
