/* Group commit without a timer: while one group is being synced on a thread, the next one fills.
 *
 * The loop adds to the filling group; when the thread is free the group is handed over at the end of the loop turn;
 * when the sync is done on_done runs on the loop with the group's positions, in order, at the end of a turn too and
 * after the next group was handed over: so on_done finds room to add. A group that fails with
 * ERR_NOSPACE is tried again every 200 ms (nothing is acknowledged meanwhile, on_stall says so once); any other
 * failure is final: on_fail runs, and the service must stop. */
#ifndef IO_COMMITTER_H
#define IO_COMMITTER_H

#include <uv.h>

#include "common/io/store.h"

struct committer;

struct committer_options {
	size_t max_group_bytes; /* of units in one group; at least twice the largest unit */
	/* first, end: positions of the group's records (equal when it has none). Any of these may close the
	 * committer. */
	void (*on_done)(void *ctx, uint64_t first, uint64_t end);
	void (*on_stall)(void *ctx, const struct err *e);
	void (*on_fail)(void *ctx, const struct err *e);
	void *ctx;
};

/* loop and store borrowed, until on_closed; nobody else may commit to the store meanwhile. Keeps the loop alive until
 * it is closed. Returns 0, ERR_NOMEM, ERR_INVALID (max_group_bytes), ERR_IO (no thread). */
int committer_create(uv_loop_t *loop, struct store *store, const struct committer_options *options,
	struct committer **ret_c, struct err *e);

/* The group that is filling, to add units, puts and deletes to. It is handed to the thread at the end of a loop
 * turn in which something was added, when the thread is free: what is added in one turn is committed as one. Valid
 * until the loop turns. */
struct store_group *committer_group(struct committer *c);
/* The position that the next record added will get. */
uint64_t committer_next(const struct committer *c);
/* Must be called after adding, so that the hand-over is arranged. */
void committer_kick(struct committer *c);
/* Nothing is filling and nothing is being synced; or a commit has failed for good, and nothing ever will be. */
bool committer_is_idle(const struct committer *c);
/* Records and bytes added and not yet durable, over both groups: for back-pressure. */
size_t committer_pending_bytes(const struct committer *c);
/* A clean stop waits until the committer is idle. Otherwise a commit under way is waited for, what fills or stalls is
 * dropped (nobody was told that it is durable), and no callback runs any more. NULLs *c; on_closed (may be NULL) runs
 * when the memory is free. */
void committer_close(struct committer **c, void (*on_closed)(void *ctx), void *ctx);

#endif
