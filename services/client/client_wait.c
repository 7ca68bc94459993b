/* Acknowledgements, and waiting for them. */
#include "services/client/client_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- acknowledgements ------------------------------------------------------------------------------------- */

static const char *text_of(struct capscore_client *c, struct str s)
{
	char *copy = arena_alloc(&c->acks, s.n + 1);

	if (copy == NULL)
		return "";
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

/* The refusal of the whole batch; NULL when there is none. */
static const struct wire_refusal *find_whole(const struct frame *ack)
{
	for (size_t i = 0; i < ack->u.acknowledge.n_refusals; i++)
		if (ack->u.acknowledge.refusals[i].index == WIRE_WHOLE_BATCH)
			return &ack->u.acknowledge.refusals[i];
	return NULL;
}

static struct capscore_refusal refusal_of(
	struct capscore_client *c, const struct wire_refusal *from, uint32_t index, uint64_t tag)
{
	return (struct capscore_refusal){
		.tag = tag,
		.index = index,
		.reason = text_of(c, from->reason),
		.detail = text_of(c, from->detail),
		.dead_letter = from->dead_letter,
	};
}

/* A batch that was refused whole is so many refused events to a caller who added them one by one. */
static size_t list_refusals(struct capscore_client *c, const struct client_sent *s,
	const struct frame *ack, struct capscore_refusal *list)
{
	const struct wire_refusal *from = ack->u.acknowledge.refusals, *whole = find_whole(ack);
	size_t n = 0;

	if (whole != NULL && s->tags == NULL) {
		list[n++] = refusal_of(c, whole, CAPSCORE_WHOLE_BATCH, s->tag);
		return n;
	}
	for (uint32_t i = 0; whole != NULL && i < s->n_events; i++)
		list[n++] = refusal_of(c, whole, i, s->tags[i]);
	for (size_t i = 0; whole == NULL && i < ack->u.acknowledge.n_refusals; i++)
		if (n < s->n_events && from[i].index < s->n_events)
			list[n++] = refusal_of(c, &from[i], from[i].index,
				s->tags != NULL ? s->tags[from[i].index] : s->tag);
	return n;
}

static void tell(struct capscore_client *c, const struct client_sent *s, const struct frame *ack)
{
	struct capscore_ack a = {
		.batch = s->batch,
		.n_events = s->n_events,
		.accepted = ack->u.acknowledge.accepted,
		.duplicates = ack->u.acknowledge.duplicates,
		.position = ack->u.acknowledge.position,
		.n_tags = s->tags != NULL ? s->n_events : 1,
		.tags = s->tags != NULL ? s->tags : &s->tag,
	};
	struct capscore_refusal *list = NULL;

	arena_reset(&c->acks);
	if (ack->u.acknowledge.n_refusals > 0)
		list = arena_alloc(&c->acks, s->n_events * sizeof *list);
	if (list != NULL) /* without memory: the counts still say that some are missing */
		a.n_refusals = list_refusals(c, s, ack, list);
	a.refusals = list;
	c->stats.accepted += a.accepted;
	c->stats.duplicates += a.duplicates;
	c->stats.refused += s->n_events - a.accepted - a.duplicates;
	if (c->options.on_ack == NULL)
		return;
	c->inside = true;
	c->options.on_ack(c->options.ctx, &a);
	c->inside = false;
}

void client_on_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack)
{
	struct capscore_client *c = ctx;
	struct client_sent s;
	size_t i = 0;

	(void)n_events;
	while (i < c->n_sent && c->sent[(c->first + i) % c->cap_sent].batch != batch)
		i++;
	if (i == c->n_sent)
		return;
	s = c->sent[(c->first + i) % c->cap_sent];
	/* Mostly the oldest; otherwise the ones before it move up. */
	for (; i > 0; i--)
		c->sent[(c->first + i) % c->cap_sent] = c->sent[(c->first + i - 1) % c->cap_sent];
	c->first = (c->first + 1) % c->cap_sent;
	c->n_sent--;
	c->n_acks++;
	tell(c, &s, ack);
	free(s.tags);
}

/* Busy passes: what is not acknowledged is sent again. The rest does not. */
void client_on_failure(void *ctx, struct str reason, struct str detail)
{
	struct capscore_client *c = ctx;

	if (c->failure.code != 0 || str_eq(reason, STR("busy")))
		return;
	(void)err_set(&c->failure, ERR_PROTOCOL,
		"%s does not take events from here: " STR_FMT ": " STR_FMT, c->endpoint,
		STR_ARG(reason), STR_ARG(detail));
}

/* ---- waiting ---------------------------------------------------------------------------------------------- */

static void on_wake(uv_timer_t *timer)
{
	((struct capscore_client *)timer->data)->woken = true;
}

static uint64_t silence_ms(const struct capscore_client *c)
{
	uint64_t heard = producer_silence_ms(c->producer);
	uint64_t awaited = uv_now(&c->loop) - c->awaited_ms;

	if (producer_is_welcome(c->producer) && producer_is_idle(c->producer))
		return 0;
	return awaited < heard ? awaited : heard;
}

static int check_silence(const struct capscore_client *c, struct capscore_error *e)
{
	uint64_t silence = silence_ms(c);

	if (c->options.silence_ms == 0 || silence <= c->options.silence_ms)
		return 0;
	return client_fail(e, ERR_TIMEOUT, "nobody answers at %s (waited %" PRIu64 " s)",
		c->endpoint, silence / 1000);
}

/* Everything that can be done without waiting. The descriptor of the loop tells of what comes after this: the last turn
 * found nothing. */
static void drain(struct capscore_client *c)
{
	struct producer_stats before, after;

	do {
		producer_stats_get(c->producer, &before);
		(void)uv_run(&c->loop, UV_RUN_NOWAIT);
		producer_stats_get(c->producer, &after);
	} while (after.heard != before.heard);
}

struct wait {
	bool (*is_over)(const struct capscore_client *c, const struct wait *w);
	uint64_t acks; /* there were before */
};

static bool any_ack(const struct capscore_client *c, const struct wait *w)
{
	bool stays = c->n == 0 || (c->options.linger_ms == CAPSCORE_LINGER_NEVER && !c->push_due);

	return c->n_acks != w->acks || (stays && producer_is_idle(c->producer));
}

static bool all_acked(const struct capscore_client *c, const struct wait *w)
{
	(void)w;
	return c->n == 0 && producer_is_idle(c->producer);
}

static bool is_welcome(const struct capscore_client *c, const struct wait *w)
{
	(void)w;
	return producer_is_welcome(c->producer);
}

/* Returns 0 when it is over, ERR_AGAIN when the time is, or what went wrong. */
static int wait_for(
	struct capscore_client *c, const struct wait *w, int timeout_ms, struct capscore_error *e)
{
	int rc;

	if (c->inside)
		return client_fail(e, ERR_BUSY, "not from inside a callback");
	drain(c);
	c->woken = timeout_ms == 0;
	if (timeout_ms > 0)
		(void)uv_timer_start(&c->wake, on_wake, (uint64_t)timeout_ms, 0);
	while ((rc = client_check(c, e)) == 0 && !w->is_over(c, w)) {
		rc = check_silence(c, e);
		if (rc == 0 && c->woken)
			rc = ERR_AGAIN;
		if (rc != 0)
			break;
		(void)uv_run(&c->loop, UV_RUN_ONCE);
	}
	(void)uv_timer_stop(&c->wake);
	return rc;
}

int capscore_client_ready(struct capscore_client *c, int timeout_ms, struct capscore_error *e)
{
	struct wait w = { .is_over = is_welcome };
	int rc = wait_for(c, &w, timeout_ms, e);

	return rc != ERR_AGAIN ? rc
			       : client_fail(e, ERR_TIMEOUT, "nobody answers at %s (waited %d ms)",
					 c->endpoint, timeout_ms);
}

int capscore_client_poll(struct capscore_client *c, int timeout_ms, struct capscore_error *e)
{
	struct wait w = { .is_over = any_ack, .acks = c->n_acks };
	int rc = wait_for(c, &w, timeout_ms, e);

	return rc == 0 || rc == ERR_AGAIN ? (int)(c->n_acks - w.acks) : rc;
}

/* A batch that finds no room goes out when an acknowledgement has made some. */
int capscore_client_flush(struct capscore_client *c, int timeout_ms, struct capscore_error *e)
{
	struct wait w = { .is_over = all_acked };
	int rc = c->inside ? 0 : capscore_client_push(c, e);

	if (rc == 0 || rc == ERR_AGAIN)
		rc = wait_for(c, &w, timeout_ms, e);
	return rc != ERR_AGAIN
		       ? rc
		       : client_fail(e, ERR_TIMEOUT, "%u events are not acknowledged after %d ms",
				 producer_in_flight(c->producer) + c->n, timeout_ms);
}
