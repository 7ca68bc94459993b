#include "services/ingestion/acks_core.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"

struct ack {
	uint64_t group;
	size_t cost;
	size_t at;	/* in the byte ring: the peer's name, then the frame, without a break */
	size_t n_bytes; /* taken in the byte ring, with what was left unused before `at` */
	uint32_t n_frame;
	uint8_t n_peer;
	bool done; /* sent or given up; waits only for those before it */
};

/* Entries [first, end) by number, in a ring. Those before `due` belong to durable groups. The byte ring is filled
 * and emptied in the same order. */
struct acks {
	const struct alloc *a;
	struct ack *ring;
	uint32_t cap;
	uint64_t first, due, end;
	uint8_t *bytes;
	size_t cap_bytes, head, used;
	size_t held; /* not done */
	size_t waiting_cost;
	uint64_t durable;
	uint64_t dropped, gone;
};

int acks_create(const struct alloc *a, uint32_t max_acks, size_t max_bytes, struct acks **ret_q)
{
	struct acks *q = mem_zalloc(a, sizeof *q);

	if (q == NULL)
		return ERR_NOMEM;
	q->a = a;
	q->cap = max_acks;
	q->cap_bytes = max_bytes;
	q->ring = mem_alloc(a, max_acks * sizeof *q->ring);
	q->bytes = mem_alloc(a, max_bytes);
	if (q->ring == NULL || q->bytes == NULL) {
		acks_destroy(q);
		return ERR_NOMEM;
	}
	*ret_q = q;
	return 0;
}

void acks_destroy(struct acks *q)
{
	if (q == NULL)
		return;
	mem_free(q->a, q->ring, q->cap * sizeof *q->ring);
	mem_free(q->a, q->bytes, q->cap_bytes);
	mem_free(q->a, q, sizeof *q);
}

static struct ack *at(const struct acks *q, uint64_t number)
{
	return &q->ring[number % q->cap];
}

/* Bytes that n more would take: with the rest of the ring when they do not fit before its end. */
static size_t taken_by(const struct acks *q, size_t n)
{
	return q->head + n <= q->cap_bytes ? n : q->cap_bytes - q->head + n;
}

bool acks_has_room(const struct acks *q, size_t n_bytes)
{
	return q->end - q->first < q->cap && q->used + taken_by(q, n_bytes) <= q->cap_bytes;
}

int acks_add(struct acks *q, uint64_t group, size_t cost, struct span peer, struct span frame)
{
	size_t n = peer.n + frame.n, taken = taken_by(q, n);
	struct ack *ack;

	assert(peer.n <= UINT8_MAX && frame.n <= UINT32_MAX);
	assert(q->first == q->end || at(q, q->end - 1)->group <= group);
	if (!acks_has_room(q, n))
		return ERR_FULL;
	ack = at(q, q->end++);
	*ack = (struct ack){
		.group = group,
		.cost = cost,
		.at = taken == n ? q->head : 0,
		.n_bytes = taken,
		.n_frame = (uint32_t)frame.n,
		.n_peer = (uint8_t)peer.n,
	};
	if (peer.n > 0)
		memcpy(q->bytes + ack->at, peer.p, peer.n);
	if (frame.n > 0)
		memcpy(q->bytes + ack->at + peer.n, frame.p, frame.n);
	q->head = ack->at + n;
	q->used += taken;
	q->held++;
	q->waiting_cost += cost;
	acks_durable(q, q->durable);
	return 0;
}

void acks_durable(struct acks *q, uint64_t group)
{
	if (group > q->durable)
		q->durable = group;
	for (; q->due != q->end && at(q, q->due)->group <= q->durable; q->due++)
		q->waiting_cost -= at(q, q->due)->cost;
}

static struct span peer_of(const struct acks *q, const struct ack *ack)
{
	return (struct span){ q->bytes + ack->at, ack->n_peer };
}

static bool same_bytes(struct span a, struct span b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static void finish(struct acks *q, struct ack *ack)
{
	ack->done = true;
	q->held--;
}

static void trim(struct acks *q)
{
	for (; q->first != q->due && at(q, q->first)->done; q->first++)
		q->used -= at(q, q->first)->n_bytes;
	if (q->first == q->end)
		q->head = 0; /* empty: begin at the front, so that a large one finds room */
}

bool acks_is_half_full(const struct acks *q)
{
	return q->end - q->first >= q->cap / 2 || q->used >= q->cap_bytes / 2;
}

bool acks_flush(struct acks *q, ack_send send, void *ctx)
{
	struct span blocked[ACKS_BLOCKED_PEERS];
	size_t n_blocked = 0;

	for (uint64_t i = q->first; i != q->due && n_blocked < ACKS_BLOCKED_PEERS; i++) {
		struct ack *ack = at(q, i);
		struct span peer = peer_of(q, ack);
		size_t b = 0;

		while (b < n_blocked && !same_bytes(blocked[b], peer))
			b++;
		if (ack->done || b < n_blocked)
			continue;
		switch (send(ctx, peer,
			(struct span){ q->bytes + ack->at + ack->n_peer, ack->n_frame })) {
		case ACK_SENT:
			finish(q, ack);
			break;
		case ACK_GONE:
			q->gone++;
			finish(q, ack);
			break;
		case ACK_BLOCKED:
			blocked[n_blocked++] = peer;
			break;
		}
	}
	trim(q);
	while (q->first != q->due && acks_is_half_full(q)) {
		finish(q, at(q, q->first));
		q->dropped++;
		trim(q);
	}
	return q->first != q->due;
}

size_t acks_count(const struct acks *q)
{
	return q->held;
}

size_t acks_waiting_cost(const struct acks *q)
{
	return q->waiting_cost;
}

uint64_t acks_dropped(const struct acks *q)
{
	return q->dropped;
}

uint64_t acks_gone(const struct acks *q)
{
	return q->gone;
}
