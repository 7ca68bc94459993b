/* A producer on a loop that sends a list of batches in order and keeps account of their acknowledgements. */
#ifndef HARNESS_SENDER_H
#define HARNESS_SENDER_H

#include "common/io/producer.h"
#include "tests/harness/harness.h"
#include "tests/harness/loop.h"

struct sent_batch {
	struct span bytes; /* an EventBatch, borrowed */
	uint32_t n_events;
};

struct sender {
	struct producer *producer;
	const struct sent_batch *batches;
	size_t next;				/* to be sent */
	size_t limit;				/* batches [next, limit) may be sent now */
	size_t acked;				/* batches */
	uint64_t accepted, duplicates, refused; /* events */
	uint64_t position;			/* of the event log, as acknowledged last */
};

/* Sends nothing before sender_allow(). window_events: how much is sent ahead of the acknowledgements. patient: nothing is
 * sent twice because it takes long; not for tests that kill ingestion. */
void sender_open(struct sender *s, struct loop *l, const struct harness *h,
	const struct sent_batch *batches, uint32_t window_events, bool patient);
/* Batches before `limit` may go now. */
void sender_allow(struct sender *s, size_t limit);
bool sender_is_done(void *sender); /* everything allowed is acknowledged */
void sender_close(struct sender *s);

/* One after the other: sends all and waits for the acknowledgements, on a loop of its own. */
void sender_send(const struct harness *h, const struct sent_batch *batches, size_t n,
	struct sender *ret_account);

#endif
