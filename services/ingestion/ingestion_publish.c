/* The producers' endpoint: Hello and Publish. */
#include "services/ingestion/ingestion_internal.h"

#include <inttypes.h>

#include "common/io/log.h"
#include "common/io/reply.h"
#include "common/wire/body.h"

_Static_assert(INGESTION_BATCH_MAX == WIRE_BATCH_EVENTS_MAX,
	"the core takes every batch that the wire allows");

/* A batch on its way through. */
struct publish {
	const struct bus_peer *peer;
	uint64_t batch; /* as the producer numbers it */
	enum wire_content content;
	struct span bytes;
	size_t n_refusals;
	size_t details; /* bytes of details in the answer so far */
	size_t cost;
	uint32_t accepted, duplicates;
};

static struct span name_of(const struct bus_peer *peer)
{
	return (struct span){ peer->id, peer->n };
}

static void on_hello(struct ingestion *s, const struct bus_peer *peer, const struct frame *f)
{
	struct frame answer = { .kind = FRAME_WELCOME };

	if (f->u.hello.producer.n > 0 &&
		names_put(s->names, name_of(peer), f->u.hello.producer) != 0) {
		ingestion_refuse_frame(s, s->publish, peer, f, "malformed",
			"producer: a name is clean UTF-8 of at most 256 bytes");
		return;
	}
	answer.u.welcome.max_batch_events = WIRE_BATCH_EVENTS_MAX;
	answer.u.welcome.max_batch_bytes = WIRE_BATCH_BYTES_MAX;
	answer.u.welcome.window_events = INGESTION_WINDOW_EVENTS;
	answer.u.welcome.dedup_window_events = dedup_window(ingestion_dedup(s->core));
	answer.u.welcome.dedup_window_days = s->options.dedup_days;
	(void)reply_frame(s->publish, peer, &answer, &s->scratch); /* a producer need not have it */
}

/* ---- refusals --------------------------------------------------------------------------------------------- */

/* A batch of nothing has nothing to keep. */
static int keep_letter(struct ingestion *s, struct publish *p, enum refusal refusal,
	struct str detail, struct span original, uint64_t *ret_letter)
{
	struct letter l = {
		.refusal = refusal,
		.detail = detail,
		.producer = names_get(s->names, name_of(p->peer)),
		.received = ingestion_now(s),
		.original = original,
		.size = (uint32_t)original.n,
	};

	*ret_letter = 0;
	return original.n == 0 ? 0 : ingestion_keep_letter(s, &l, ret_letter, &p->cost);
}

static int add_refusal(struct ingestion *s, struct publish *p, uint32_t index, enum refusal refusal,
	struct str detail, struct span original)
{
	struct wire_refusal *r = &s->refusals[p->n_refusals];
	uint64_t letter;
	int rc;

	if (detail.n > REFUSAL_DETAIL_MAX - 1)
		detail.n = REFUSAL_DETAIL_MAX - 1;
	rc = keep_letter(s, p, refusal, detail, original, &letter);
	if (rc != 0)
		return rc;
	s->count.refused[refusal]++;
	p->details += detail.n;
	*r = (struct wire_refusal){
		.index = index,
		.reason = str_from(refusal_name(refusal)),
		.detail = p->details <= ACK_DETAILS_MAX ? detail : STR(""),
		.dead_letter = letter,
	};
	p->n_refusals++;
	return 0;
}

static void log_refusals(struct ingestion *s, const struct publish *p)
{
	struct str name = names_get(s->names, name_of(p->peer));
	char text[NAMES_NAME_MAX + 1], quoted[2 * NAMES_NAME_MAX];

	(void)snprintf(text, sizeof text, STR_FMT, STR_ARG(name));
	log_warn("refused",
		"producer=%s batch=%" PRIu64 " events=%zu first_reason=" STR_FMT
		" first_letter=%" PRIu64,
		logger_quote(text, quoted, sizeof quoted), p->batch, p->n_refusals,
		STR_ARG(s->refusals[0].reason), s->refusals[0].dead_letter);
}

/* ---- the answer ------------------------------------------------------------------------------------------- */

/* The answer depends on the newest group that something is in, whether the batch added to it, or repeats what is
 * in it or in the one before, which may both not be on disk yet. */
static void acknowledge(struct ingestion *s, const struct publish *p)
{
	struct frame f = { .kind = FRAME_ACKNOWLEDGE };
	int rc;

	f.u.acknowledge.batch = p->batch;
	f.u.acknowledge.accepted = p->accepted;
	f.u.acknowledge.duplicates = p->duplicates;
	f.u.acknowledge.position = committer_next(s->committer);
	f.u.acknowledge.n_refusals = p->n_refusals;
	f.u.acknowledge.refusals = s->refusals;
	buf_reset(&s->scratch);
	rc = frame_encode(&f, &s->scratch);
	if (rc == 0)
		rc = acks_add(
			s->acks, s->group_newest, p->cost, name_of(p->peer), buf_span(&s->scratch));
	if (rc != 0) {
		s->count.unanswered++;
		log_error("unanswered", "batch=%" PRIu64 " why=%s", p->batch, err_name(rc));
	}
}

static void settle(struct ingestion *s, struct publish *p)
{
	if (p->n_refusals > 0) {
		if (p->cost > p->bytes.n && ingestion_mark_letters(s) != 0)
			return;
		log_refusals(s, p);
	}
	acknowledge(s, p);
	if (s->group_newest > s->group_durable)
		committer_kick(s->committer);
	else
		ingestion_flush(s);
	ingestion_throttle(s);
}

/* ---- publish ---------------------------------------------------------------------------------------------- */

static void refuse_batch(
	struct ingestion *s, struct publish *p, enum refusal refusal, const char *detail)
{
	if (add_refusal(s, p, WIRE_WHOLE_BATCH, refusal, str_from(detail), p->bytes) == 0)
		settle(s, p);
}

static void take_batch(struct ingestion *s, struct publish *p, const struct decoded_event *events,
	size_t n, const struct batch_effects *out)
{
	struct span whole = { 0 }; /* what came may be logged as it is, when it is an EventBatch */

	if (p->content == CONTENT_EVENT_BATCH)
		whole = p->bytes;
	p->accepted = (uint32_t)out->n_accepted;
	p->duplicates = (uint32_t)out->n_duplicates;
	s->count.duplicates += out->n_duplicates;
	if (ingestion_append(s, whole, events, n, out) != 0)
		return;
	for (size_t i = 0; i < out->n_refused; i++) {
		const struct ingestion_refused *r = &out->refused[i];

		if (add_refusal(s, p, r->index, r->refusal, str_from(r->detail),
			    events[r->index].original) != 0)
			return;
	}
	settle(s, p);
}

static void on_batch(struct ingestion *s, struct publish *p)
{
	struct decoded_event *events = NULL;
	struct batch_effects out;
	struct err e = { 0 };
	size_t n = 0;
	int rc = wire_decode_body(p->content, p->bytes, &s->arena, &events, &n, &e);

	if (rc == ERR_SYNTAX) {
		refuse_batch(s, p, REFUSED_MALFORMED, e.text);
		return;
	}
	if (rc == ERR_FULL) {
		refuse_batch(s, p, REFUSED_TOO_LARGE, e.text);
		return;
	}
	if (rc == 0 && n == 0) {
		refuse_batch(s, p, REFUSED_MALFORMED, "a batch without events");
		return;
	}
	if (rc == 0) {
		ingestion_candidates(s, events, n);
		rc = ingestion_decide(s->core, s->candidates, n, &out);
	}
	if (rc == 0)
		take_batch(s, p, events, n, &out);
	else
		ingestion_refuse_frame(s, s->publish, p->peer, NULL, "busy", err_text(rc));
}

static void refuse_content(struct ingestion *s, struct publish *p, struct str type)
{
	char text[REFUSAL_DETAIL_MAX];

	type.n = type.n < 40 ? type.n : 40;
	while (type.n > 0 && !str_is_clean_utf8(type)) /* half a character at the cut */
		type.n--;
	(void)snprintf(text, sizeof text,
		"content_type \"" STR_FMT "\" is not known; docs/protocol.md lists those that are",
		STR_ARG(type));
	refuse_batch(s, p, REFUSED_MALFORMED, text);
}

static void on_publish(struct ingestion *s, struct bus_message *m, const struct frame *f)
{
	struct publish p = { .peer = &m->peer, .batch = f->u.publish.batch };

	if (m->n_frames != 2) {
		ingestion_refuse_frame(s, s->publish, &m->peer, f, "malformed",
			"Publish has a second frame, with the events, and no third");
		return;
	}
	if (!ingestion_has_room(s)) {
		s->count.unanswered++; /* it is sent again, as after a lost acknowledgement */
		ingestion_throttle(s);
		return;
	}
	p.bytes = bus_frame(m, 1);
	p.cost = p.bytes.n;
	s->count.batches++;
	s->count.bytes += p.bytes.n;
	if (content_by_name(f->u.publish.content_type, &p.content))
		on_batch(s, &p);
	else
		refuse_content(s, &p, f->u.publish.content_type);
}

void ingestion_on_publish(void *ctx, struct bus_socket *socket, struct bus_message *m)
{
	struct ingestion *s = ctx;
	struct frame f;

	if (s->state != STATE_RUNNING)
		return; /* no acknowledgement: the producer sends it again */
	arena_reset(&s->arena);
	if (reply_decode(socket, m, &s->arena, &f, &s->scratch) != 0)
		s->count.failures++;
	else if (f.kind == FRAME_HELLO)
		on_hello(s, &m->peer, &f);
	else if (f.kind == FRAME_PUBLISH)
		on_publish(s, m, &f);
	else
		ingestion_refuse_frame(s, socket, &m->peer, &f, "unsupported",
			"this endpoint takes Hello and Publish; streams, status and dead letters are asked of the "
			"read endpoint");
}
