/* Answers that wait: first until the group of the log that they speak of is on disk, then until the peer's queue
 * takes them.
 *
 * Answers go out in the order in which they were added, for each peer; a peer whose queue is full holds up its own
 * answers only. When half of the room is held by such peers, their oldest answers are dropped and counted: a
 * producer that reads no acknowledgements sends its batches again. All memory is taken at create. */
#ifndef INGESTION_ACKS_CORE_H
#define INGESTION_ACKS_CORE_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/mem.h"

struct acks;

/* max_acks, max_bytes: bounds on the answers held, and on their bytes with the peers' names.
 * Returns 0, ERR_NOMEM. */
int acks_create(const struct alloc *a, uint32_t max_acks, size_t max_bytes, struct acks **ret_q);
void acks_destroy(struct acks *q); /* accepts NULL */

/* Whether an answer of so many bytes would find room. */
bool acks_has_room(const struct acks *q, size_t n_bytes);
/* group  the answer may go out once this group is durable; never less than that of the answer before.
 * cost   bytes of the question, summed up by acks_waiting_cost() while the group is not durable.
 * peer (at most 255 bytes) and frame are copied. Returns 0, ERR_FULL. */
int acks_add(struct acks *q, uint64_t group, size_t cost, struct span peer, struct span frame);

/* Groups up to this one are durable. */
void acks_durable(struct acks *q, uint64_t group);

/* How an answer fared. */
enum ack_sent {
	ACK_SENT,
	ACK_BLOCKED /* try again later */,
	ACK_GONE /* the peer is not there any more */
};
typedef enum ack_sent (*ack_send)(void *ctx, struct span peer, struct span frame);

/* Offers every answer that is due to `send`, in order, skipping peers that were found blocked in this call (at most
 * ACKS_BLOCKED_PEERS of them; then it stops). Returns whether answers that are due are left. */
#define ACKS_BLOCKED_PEERS 32
bool acks_flush(struct acks *q, ack_send send, void *ctx);

size_t acks_count(const struct acks *q);	/* held: waiting, or blocked */
size_t acks_waiting_cost(const struct acks *q); /* of those whose group is not durable */
bool acks_is_half_full(const struct acks *q);
uint64_t acks_dropped(const struct acks *q); /* because the peer did not take them in time */
uint64_t acks_gone(const struct acks *q);    /* because the peer was gone */

#endif
