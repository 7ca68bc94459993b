#include "tests/harness/sender.h"

#include <string.h>

static void send_some(struct sender *s)
{
	while (s->next < s->limit) {
		const struct sent_batch *b = &s->batches[s->next];
		int rc = producer_send(s->producer, b->bytes, b->n_events, NULL);

		if (rc == ERR_AGAIN)
			return;
		if (rc != 0)
			harness_fail("a batch was not sent: %s", err_name(rc));
		s->next++;
	}
}

static void on_writable(void *ctx)
{
	send_some(ctx);
}

static void on_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack)
{
	struct sender *s = ctx;

	if (ack->u.acknowledge.accepted + ack->u.acknowledge.duplicates +
			ack->u.acknowledge.n_refusals !=
		n_events)
		harness_fail("batch %llu of %u events: %u accepted, %u duplicates, %zu refusals",
			(unsigned long long)batch, n_events, ack->u.acknowledge.accepted,
			ack->u.acknowledge.duplicates, ack->u.acknowledge.n_refusals);
	s->acked++;
	s->accepted += ack->u.acknowledge.accepted;
	s->duplicates += ack->u.acknowledge.duplicates;
	s->refused += ack->u.acknowledge.n_refusals;
	s->position = ack->u.acknowledge.position;
}

static void on_failure(void *ctx, struct str reason, struct str detail)
{
	(void)ctx;
	harness_fail("ingestion does not take batches: " STR_FMT " " STR_FMT, STR_ARG(reason),
		STR_ARG(detail));
}

void sender_open(struct sender *s, struct loop *l, const struct harness *h,
	const struct sent_batch *batches, uint32_t window_events, bool patient)
{
	struct producer_options o = { .endpoint = h->publish,
		.name = "harness",
		.window_events = window_events,
		.on_ack = on_ack,
		.on_writable = on_writable,
		.on_failure = on_failure,
		.ctx = s,
		.resend_ms = patient ? LOOP_DEADLINE_MS : 1000,
		.hello_ms = patient ? LOOP_DEADLINE_MS : 100 };
	struct err e = { 0 };

	memset(s, 0, sizeof *s);
	s->batches = batches;
	if (producer_create(l->bus, &l->uv, &o, &s->producer, &e) != 0)
		harness_fail("cannot make a producer: %s", e.text);
}

void sender_allow(struct sender *s, size_t limit)
{
	s->limit = limit;
	send_some(s);
}

bool sender_is_done(void *sender)
{
	const struct sender *s = sender;

	return s->acked == s->limit;
}

void sender_close(struct sender *s)
{
	producer_close(&s->producer);
}

void sender_send(const struct harness *h, const struct sent_batch *batches, size_t n,
	struct sender *ret_account)
{
	struct loop l;

	loop_start(&l);
	sender_open(ret_account, &l, h, batches, 0, true);
	sender_allow(ret_account, n);
	loop_until(&l, sender_is_done, ret_account, false, "acknowledgements of all batches");
	sender_close(ret_account);
	loop_stop(&l);
}
