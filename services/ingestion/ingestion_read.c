/* The readers' endpoint: the stream of events, status, dead letters. */
#include "services/ingestion/ingestion_internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/io/log.h"
#include "common/io/reply.h"
#include "common/wire/body.h"

/* ---- failures --------------------------------------------------------------------------------------------- */

static uint64_t request_of(const struct frame *f)
{
	switch (f == NULL ? FRAME_NONE : f->kind) {
	case FRAME_STATUS_QUERY:
		return f->u.status_query.request;
	case FRAME_SCORE_QUERY:
		return f->u.score_query.request;
	case FRAME_PARTNERS_QUERY:
		return f->u.partners_query.request;
	case FRAME_DEAD_LETTER_QUERY:
		return f->u.dead_letter_query.request;
	default:
		return 0;
	}
}

void ingestion_refuse_frame(struct ingestion *s, struct bus_socket *socket,
	const struct bus_peer *peer, const struct frame *f, const char *reason, const char *detail)
{
	s->count.failures++;
	log_warn("frame_refused", "reason=%s kind=%d", reason, f == NULL ? 0 : (int)f->kind);
	(void)reply_failure(socket, peer, request_of(f), reason, detail,
		&s->scratch); /* who asked asks again */
}

static void answer(struct ingestion *s, const struct bus_peer *peer, const struct frame *f)
{
	int rc = reply_frame(s->read, peer, f, &s->scratch);

	if (rc != 0 && rc != ERR_AGAIN &&
		rc != ERR_NOTFOUND) /* those two: nobody is there to read it */
		log_warn("answer_lost", "why=%s", err_name(rc));
}

/* ---- status ----------------------------------------------------------------------------------------------- */

#define COUNTERS_MAX (24 + REFUSAL_END)

struct counter_list {
	size_t n;
	struct wire_counter items[COUNTERS_MAX];
	char names[REFUSAL_END][32];
};

static void count(struct counter_list *l, const char *name, uint64_t value)
{
	l->items[l->n++] = (struct wire_counter){ str_from(name), value };
}

static void count_refusals(struct counter_list *l, const struct ingestion *s)
{
	for (int r = REFUSED_NOT + 1; r < REFUSAL_END; r++) {
		(void)snprintf(l->names[r], sizeof l->names[r], "refused-%s",
			refusal_name((enum refusal)r));
		count(l, l->names[r], s->count.refused[r]);
	}
}

static void count_all(struct counter_list *l, const struct ingestion *s)
{
	l->n = 0;
	count(l, "batches", s->count.batches);
	count(l, "bytes", s->count.bytes);
	count(l, "accepted", s->count.accepted);
	count(l, "duplicates", s->count.duplicates);
	count_refusals(l, s);
	count(l, "dead-letters", letters_count(s->letters));
	count(l, "dead-letter-bytes", letters_bytes(s->letters));
	count(l, "dead-letters-dropped", letters_dropped(s->letters));
	count(l, "dead-letters-replayed", s->count.replayed);
	count(l, "commits", s->count.commits);
	count(l, "stalls", s->count.stalls);
	count(l, "pauses", s->count.pauses);
	count(l, "day-records", s->count.days);
	count(l, "dedup-entries", dedup_count(ingestion_dedup(s->core)));
	count(l, "dedup-bytes", dedup_bytes(ingestion_dedup(s->core)));
	count(l, "pending-bytes", acks_waiting_cost(s->acks) + acks_waiting_cost(s->replies));
	count(l, "pending-answers", acks_count(s->acks) + acks_count(s->replies));
	count(l, "answers-dropped", acks_dropped(s->acks) + acks_dropped(s->replies));
	count(l, "answers-unroutable", acks_gone(s->acks) + acks_gone(s->replies));
	count(l, "batches-unanswered", s->count.unanswered);
	count(l, "frames-refused", s->count.failures);
	count(l, "readers", stream_server_readers(s->stream));
}

static void on_status(struct ingestion *s, const struct bus_peer *peer, const struct frame *f)
{
	struct wire_position position = { STR("events"), store_first(s->store),
		store_end(s->store) };
	struct counter_list list;
	struct frame a = { .kind = FRAME_STATUS_ANSWER };

	count_all(&list, s);
	a.u.status_answer.request = f->u.status_query.request;
	a.u.status_answer.service = STR("ingestion");
	a.u.status_answer.version = STR(CAPSCORE_VERSION);
	a.u.status_answer.state = str_from(ingestion_state_name(s->state));
	a.u.status_answer.health = s->stalled ? HEALTH_DEGRADED : HEALTH_HEALTHY;
	a.u.status_answer.uptime_ms = (int64_t)(uv_now(s->loop) - s->started_ms);
	a.u.status_answer.n_positions = 1;
	a.u.status_answer.positions = &position;
	a.u.status_answer.n_counters = list.n;
	a.u.status_answer.counters = list.items;
	answer(s, peer, &a);
}

/* ---- dead letters: list and show -------------------------------------------------------------------------- */

#define LIST_DEFAULT 100u
#define LIST_MAX     1000u

struct listing {
	struct ingestion *s;
	size_t limit, n;
	bool more;
	struct wire_dead_letter *items;
};

static struct str copied(struct arena *ar, struct str text)
{
	char *p = arena_alloc(ar, text.n);

	if (p == NULL)
		return STR("");
	memcpy(p, text.p, text.n);
	return (struct str){ p, text.n };
}

/* A letter as it is told. Texts are those of `l`. */
static void describe(const struct letter *l, uint64_t number, struct wire_dead_letter *ret)
{
	*ret = (struct wire_dead_letter){
		.letter = number,
		.reason = letter_reason(l),
		.detail = l->detail,
		.producer = l->producer,
		.received = l->received,
		.original = l->original,
		.size = l->size,
		.format = l->format,
		.file = l->file,
		.line = l->line,
		.column = l->column,
		.recorded = l->recorded,
	};
}

static int visit_letter(void *ctx, struct span key, struct span value)
{
	struct listing *list = ctx;
	struct wire_dead_letter d;
	struct letter l;

	if (list->n == list->limit) {
		list->more = true;
		return 1;
	}
	if (key.n != 8 || letter_decode(value, &l) != 0)
		return 0; /* told when the service started */
	describe(&l, store_key_read_u64(key.p), &d);
	d.original = (struct span){ NULL, 0 };
	d.reason = copied(&list->s->arena, d.reason);
	d.detail = copied(&list->s->arena, d.detail);
	d.producer = copied(&list->s->arena, d.producer);
	d.format = copied(&list->s->arena, d.format);
	d.file = copied(&list->s->arena, d.file);
	list->items[list->n++] = d;
	return 0;
}

static void on_list(
	struct ingestion *s, const struct bus_peer *peer, const struct frame *f, struct frame *a)
{
	uint32_t limit = f->u.dead_letter_query.limit;
	struct listing list = { .s = s,
		.limit = limit == 0	    ? LIST_DEFAULT
			 : limit > LIST_MAX ? LIST_MAX
					    : limit };
	struct err e = { 0 };
	uint8_t from[8];
	int rc;

	list.items = arena_alloc(&s->arena, list.limit * sizeof *list.items);
	if (list.items == NULL) {
		ingestion_refuse_frame(s, s->read, peer, f, "busy", "no memory for the answer");
		return;
	}
	store_key_u64(
		f->u.dead_letter_query.after + 1, from); /* past the last number it starts over */
	rc = store_scan(s->store, TABLE_LETTERS, (struct span){ from, 8 }, visit_letter, &list, &e);
	if (rc < 0 && rc != ERR_NOTFOUND) {
		ingestion_refuse_frame(s, s->read, peer, f, "busy", e.text);
		return;
	}
	a->u.dead_letter_answer.n_letters = list.n;
	a->u.dead_letter_answer.letters = list.items;
	a->u.dead_letter_answer.more = list.more;
	answer(s, peer, a);
}

/* Reads a letter into s->unit. Where that fails, answers and returns the code. */
static int find_letter(struct ingestion *s, const struct bus_peer *peer, const struct frame *f,
	struct frame *a, struct letter *ret_l)
{
	struct err e = { 0 };
	uint8_t key[8];
	int rc;

	store_key_u64(f->u.dead_letter_query.letter, key);
	buf_reset(&s->unit);
	rc = store_get(s->store, TABLE_LETTERS, (struct span){ key, 8 }, &s->unit, &e);
	if (rc == 0)
		rc = letter_decode(buf_span(&s->unit), ret_l);
	if (rc == 0)
		return 0;
	if (rc != ERR_NOTFOUND) {
		ingestion_refuse_frame(s, s->read, peer, f, "busy", err_text(rc));
		return rc;
	}
	a->u.dead_letter_answer.reason = STR("unknown-letter");
	a->u.dead_letter_answer.detail =
		STR("no letter of this number is held; it may have been replayed or dropped");
	answer(s, peer, a);
	return rc;
}

static void on_show(
	struct ingestion *s, const struct bus_peer *peer, const struct frame *f, struct frame *a)
{
	struct wire_dead_letter item;
	struct letter l;

	if (find_letter(s, peer, f, a, &l) != 0)
		return;
	describe(&l, f->u.dead_letter_query.letter, &item);
	a->u.dead_letter_answer.n_letters = 1;
	a->u.dead_letter_answer.letters = &item;
	answer(s, peer, a);
}

/* ---- dead letters: replay --------------------------------------------------------------------------------- */

static void refuse_replay(struct ingestion *s, const struct bus_peer *peer, struct frame *a,
	enum refusal refusal, const char *detail)
{
	a->u.dead_letter_answer.reason = str_from(refusal_name(refusal));
	a->u.dead_letter_answer.detail = str_from(detail);
	answer(s, peer, a);
}

/* Decodes what is to be logged into events of the arena and s->candidates; answers where it is refused. How it is
 * written it tells itself: letters keep events as they came. */
static int check_replay(struct ingestion *s, const struct bus_peer *peer, const struct frame *f,
	struct frame *a, struct span bytes, struct decoded_event **ret_events, size_t *ret_n)
{
	struct ingestion_refused first;
	struct err e = { 0 };
	int rc = wire_decode_body(
		wire_guess_content(bytes), bytes, &s->arena, ret_events, ret_n, &e);

	if (rc == ERR_NOMEM) {
		ingestion_refuse_frame(s, s->read, peer, f, "busy", err_text(rc));
		return rc;
	}
	if (rc == 0 && *ret_n == 0)
		rc = err_set(&e, ERR_SYNTAX, "a batch without events");
	if (rc != 0) {
		refuse_replay(
			s, peer, a, rc == ERR_FULL ? REFUSED_TOO_LARGE : REFUSED_MALFORMED, e.text);
		return rc;
	}
	ingestion_candidates(s, *ret_events, *ret_n);
	if (!ingestion_is_clean(s->core, s->candidates, *ret_n, &first)) {
		refuse_replay(s, peer, a, first.refusal, first.detail);
		return ERR_INVALID;
	}
	return 0;
}

/* Answered once what it tells of is on disk. */
static void answer_when_durable(
	struct ingestion *s, const struct bus_peer *peer, struct frame *a, size_t cost)
{
	struct span name = { peer->id, peer->n };
	int rc;

	a->u.dead_letter_answer.total = letters_count(s->letters);
	buf_reset(&s->scratch);
	rc = frame_encode(a, &s->scratch);
	if (rc == 0)
		rc = acks_add(s->replies, s->group_newest, cost, name, buf_span(&s->scratch));
	if (rc != 0)
		log_warn("answer_lost", "why=%s", err_name(rc));
	committer_kick(s->committer);
	ingestion_throttle(s);
}

static void on_replay(
	struct ingestion *s, const struct bus_peer *peer, const struct frame *f, struct frame *a)
{
	struct span bytes = f->u.dead_letter_query.replacement, whole = { 0 };
	struct decoded_event *events = NULL;
	struct batch_effects out;
	struct letter l;
	size_t n = 0;
	int rc;

	if (find_letter(s, peer, f, a, &l) != 0)
		return;
	if (bytes.n == 0 && l.format.n > 0) {
		refuse_replay(s, peer, a, REFUSED_MALFORMED,
			"a record that its producer refused is no event: the producer reads it again, or a replacement "
			"is replayed");
		return;
	}
	if (bytes.n == 0 && l.original.n < l.size) {
		refuse_replay(s, peer, a, REFUSED_TOO_LARGE,
			"the bytes were cut when they were kept: replay a replacement");
		return;
	}
	if (bytes.n == 0) {
		void *kept = arena_alloc(
			&s->arena, l.original.n); /* s->unit is wanted for the new unit */

		if (kept == NULL) {
			ingestion_refuse_frame(s, s->read, peer, f, "busy", err_text(ERR_NOMEM));
			return;
		}
		memcpy(kept, l.original.p, l.original.n);
		bytes = (struct span){ kept, l.original.n };
	}
	if (check_replay(s, peer, f, a, bytes, &events, &n) != 0)
		return;
	rc = ingestion_decide(s->core, s->candidates, n, &out);
	if (rc != 0) {
		ingestion_refuse_frame(s, s->read, peer, f, "busy", err_text(rc));
		return;
	}
	s->count.duplicates += out.n_duplicates;
	s->count.replayed++;
	if (wire_guess_content(bytes) == CONTENT_EVENT_BATCH)
		whole = bytes; /* may be logged as it is */
	if (ingestion_append(s, whole, events, n, &out) != 0 ||
		ingestion_remove_letter(s, f->u.dead_letter_query.letter) != 0)
		return;
	log_info("replayed", "letter=%" PRIu64 " accepted=%zu duplicates=%zu",
		f->u.dead_letter_query.letter, out.n_accepted, out.n_duplicates);
	a->u.dead_letter_answer.replayed = true;
	answer_when_durable(s, peer, a, bytes.n);
}

/* ---- dead letters: keep and drop -------------------------------------------------------------------------- */

static int keep_record(struct ingestion *s, const struct wire_refused_record *r,
	uint64_t *ret_letter, size_t *cost)
{
	struct letter l = {
		.refusal = REFUSED_NOT,
		.detail = r->detail,
		.producer = r->producer,
		.received = ingestion_now(s),
		.original = r->original,
		.size = (uint32_t)r->original.n,
		.format = r->format,
		.reason = r->reason,
		.file = r->file,
		.line = r->line,
		.column = r->column,
		.recorded = r->recorded,
	};

	return ingestion_keep_letter(s, &l, ret_letter, cost);
}

static const char *fault_of_records(const struct frame *f)
{
	size_t bytes = 0;

	for (size_t i = 0; i < f->u.dead_letter_query.n_records; i++) {
		const struct wire_refused_record *r = &f->u.dead_letter_query.records[i];

		if (r->format.n == 0 || r->reason.n == 0)
			return "a record without format or reason";
		bytes += r->original.n;
	}
	return bytes > WIRE_BATCH_BYTES_MAX	       ? "records of more than 1 MiB in all"
	       : f->u.dead_letter_query.n_records == 0 ? "no records to keep"
						       : NULL;
}

static void on_keep(
	struct ingestion *s, const struct bus_peer *peer, const struct frame *f, struct frame *a)
{
	size_t n = f->u.dead_letter_query.n_records, cost = 0;
	uint64_t *kept = arena_alloc(&s->arena, n * sizeof *kept + 1);
	const char *fault = fault_of_records(f);

	if (fault != NULL || kept == NULL) {
		ingestion_refuse_frame(s, s->read, peer, f, fault != NULL ? "malformed" : "busy",
			fault != NULL ? fault : "no memory for the answer");
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (keep_record(s, &f->u.dead_letter_query.records[i], &kept[i], &cost) != 0)
			return;
	a->u.dead_letter_answer.n_kept = n;
	a->u.dead_letter_answer.kept = kept;
	if (cost == 0) { /* all of them were kept before */
		answer(s, peer, a);
		return;
	}
	if (ingestion_mark_letters(s) != 0)
		return;
	log_info("records_kept", "records=%zu first_letter=%" PRIu64, n, kept[0]);
	answer_when_durable(s, peer, a, cost);
}

static void on_drop(
	struct ingestion *s, const struct bus_peer *peer, const struct frame *f, struct frame *a)
{
	struct letter l;

	if (find_letter(s, peer, f, a, &l) != 0 ||
		ingestion_remove_letter(s, f->u.dead_letter_query.letter) != 0)
		return;
	log_info("dropped", "letter=%" PRIu64, f->u.dead_letter_query.letter);
	a->u.dead_letter_answer.removed = true;
	answer_when_durable(s, peer, a, 64);
}

static void on_change(
	struct ingestion *s, const struct bus_peer *peer, const struct frame *f, struct frame *a)
{
	if (s->state != STATE_RUNNING || !ingestion_has_room(s))
		ingestion_refuse_frame(
			s, s->read, peer, f, "busy", "nothing can be logged at the moment");
	else if (f->u.dead_letter_query.action == DEAD_LETTER_REPLAY)
		on_replay(s, peer, f, a);
	else if (f->u.dead_letter_query.action == DEAD_LETTER_KEEP)
		on_keep(s, peer, f, a);
	else
		on_drop(s, peer, f, a);
}

static void on_dead_letter(struct ingestion *s, const struct bus_peer *peer, const struct frame *f)
{
	struct frame a = { .kind = FRAME_DEAD_LETTER_ANSWER };

	a.u.dead_letter_answer.request = f->u.dead_letter_query.request;
	a.u.dead_letter_answer.total = letters_count(s->letters);
	a.u.dead_letter_answer.dropped = letters_dropped(s->letters);
	switch (f->u.dead_letter_query.action) {
	case DEAD_LETTER_LIST:
		on_list(s, peer, f, &a);
		return;
	case DEAD_LETTER_SHOW:
		on_show(s, peer, f, &a);
		return;
	case DEAD_LETTER_REPLAY:
	case DEAD_LETTER_KEEP:
	case DEAD_LETTER_DROP:
		on_change(s, peer, f, &a);
		return;
	}
	ingestion_refuse_frame(
		s, s->read, peer, f, "malformed", "action: list, show, replay, keep or drop");
}

/* ---- the socket ------------------------------------------------------------------------------------------- */

void ingestion_on_read(void *ctx, struct bus_socket *socket, struct bus_message *m)
{
	struct ingestion *s = ctx;
	struct frame f;

	arena_reset(&s->arena);
	if (reply_decode(socket, m, &s->arena, &f, &s->scratch) != 0)
		s->count.failures++;
	else if (f.kind == FRAME_READ)
		stream_server_on_read(s->stream, &m->peer, &f);
	else if (f.kind == FRAME_STATUS_QUERY)
		on_status(s, &m->peer, &f);
	else if (f.kind == FRAME_DEAD_LETTER_QUERY)
		on_dead_letter(s, &m->peer, &f);
	else
		ingestion_refuse_frame(s, socket, &m->peer, &f, "unsupported",
			"this endpoint takes Read, StatusQuery and DeadLetterQuery; events go to the publish "
			"endpoint");
}
