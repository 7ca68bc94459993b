/* Frames of status and of the dead-letter store (control.proto). */
#include "common/wire/frame_forms.h"

/* ---- status ----------------------------------------------------------------------------------------------- */

static void pack_status_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__StatusQuery *m = to;

	(void)p;
	m->request = f->u.status_query.request;
}

static void unpack_status_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__StatusQuery *m = from;

	(void)u;
	f->u.status_query.request = m->request;
}

FRAME_FORM(status_query, STATUS_QUERY);

static void pack_positions(struct packing *p, const struct frame *f, Capscore__V1__StatusAnswer *m)
{
	m->positions = pack_messages(p, &capscore__v1__position__descriptor,
		f->u.status_answer.n_positions, &m->n_positions);
	for (size_t i = 0; i < m->n_positions; i++) {
		const struct wire_position *position = &f->u.status_answer.positions[i];

		m->positions[i]->name = pack_text(p, position->name);
		m->positions[i]->first = position->first;
		m->positions[i]->end = position->end;
	}
}

static void pack_counters(struct packing *p, const struct frame *f, Capscore__V1__StatusAnswer *m)
{
	m->counters = pack_messages(p, &capscore__v1__counter__descriptor,
		f->u.status_answer.n_counters, &m->n_counters);
	for (size_t i = 0; i < m->n_counters; i++) {
		m->counters[i]->name = pack_text(p, f->u.status_answer.counters[i].name);
		m->counters[i]->value = f->u.status_answer.counters[i].value;
	}
}

static void pack_status_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__StatusAnswer *m = to;

	m->request = f->u.status_answer.request;
	m->service = pack_text(p, f->u.status_answer.service);
	m->version = pack_text(p, f->u.status_answer.version);
	m->health = (Capscore__V1__Health)f->u.status_answer.health;
	m->state = pack_text(p, f->u.status_answer.state);
	m->uptime_ms = f->u.status_answer.uptime_ms;
	pack_positions(p, f, m);
	pack_counters(p, f, m);
}

static void unpack_positions(
	struct unpacking *u, const Capscore__V1__StatusAnswer *m, struct frame *f)
{
	struct wire_position *list = unpack_list(u, m->n_positions, FRAME_COUNTERS_MAX,
		sizeof *list, "StatusAnswer.positions", &f->u.status_answer.n_positions);

	f->u.status_answer.positions = list;
	for (size_t i = 0; i < f->u.status_answer.n_positions; i++) {
		list[i].name =
			unpack_text(u, m->positions[i]->name, FRAME_NAME_MAX, "Position.name");
		list[i].first = m->positions[i]->first;
		list[i].end = m->positions[i]->end;
	}
}

static void unpack_counters(
	struct unpacking *u, const Capscore__V1__StatusAnswer *m, struct frame *f)
{
	struct wire_counter *list = unpack_list(u, m->n_counters, FRAME_COUNTERS_MAX, sizeof *list,
		"StatusAnswer.counters", &f->u.status_answer.n_counters);

	f->u.status_answer.counters = list;
	for (size_t i = 0; i < f->u.status_answer.n_counters; i++) {
		list[i].name = unpack_text(u, m->counters[i]->name, FRAME_NAME_MAX, "Counter.name");
		list[i].value = m->counters[i]->value;
	}
}

static void unpack_status_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__StatusAnswer *m = from;

	f->u.status_answer.request = m->request;
	f->u.status_answer.service =
		unpack_text(u, m->service, FRAME_NAME_MAX, "StatusAnswer.service");
	f->u.status_answer.version =
		unpack_text(u, m->version, FRAME_NAME_MAX, "StatusAnswer.version");
	f->u.status_answer.health = (enum wire_health)unpack_enum(
		u, (int)m->health, HEALTH_HEALTHY, HEALTH_FAILED, "StatusAnswer.health");
	f->u.status_answer.state = unpack_text(u, m->state, FRAME_NAME_MAX, "StatusAnswer.state");
	f->u.status_answer.uptime_ms = m->uptime_ms;
	unpack_positions(u, m, f);
	unpack_counters(u, m, f);
}

FRAME_FORM(status_answer, STATUS_ANSWER);

/* ---- dead letters ----------------------------------------------------------------------------------------- */

static void pack_record(
	struct packing *p, const struct wire_refused_record *r, Capscore__V1__RefusedRecord *m)
{
	m->reason = pack_text(p, r->reason);
	m->detail = pack_text(p, r->detail);
	m->producer = pack_text(p, r->producer);
	m->format = pack_text(p, r->format);
	m->file = pack_text(p, r->file);
	m->line = r->line;
	m->column = r->column;
	m->recorded_ms = r->recorded;
	m->original = pack_bytes(r->original);
}

static void unpack_record(
	struct unpacking *u, const Capscore__V1__RefusedRecord *m, struct wire_refused_record *ret)
{
	ret->reason = unpack_text(u, m->reason, FRAME_NAME_MAX, "RefusedRecord.reason");
	ret->detail = unpack_text(u, m->detail, FRAME_TEXT_MAX, "RefusedRecord.detail");
	ret->producer = unpack_text(u, m->producer, FRAME_NAME_MAX, "RefusedRecord.producer");
	ret->format = unpack_text(u, m->format, FRAME_NAME_MAX, "RefusedRecord.format");
	ret->file = unpack_text(u, m->file, FRAME_TEXT_MAX, "RefusedRecord.file");
	ret->line = m->line;
	ret->column = m->column;
	ret->recorded = m->recorded_ms;
	ret->original =
		unpack_bytes(u, &m->original, WIRE_BATCH_BYTES_MAX, "RefusedRecord.original");
}

static void pack_dead_letter_query(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__DeadLetterQuery *m = to;

	m->request = f->u.dead_letter_query.request;
	m->action = (Capscore__V1__DeadLetterQuery__Action)f->u.dead_letter_query.action;
	m->letter = f->u.dead_letter_query.letter;
	m->after = f->u.dead_letter_query.after;
	m->limit = f->u.dead_letter_query.limit;
	m->replacement = pack_bytes(f->u.dead_letter_query.replacement);
	m->records = pack_messages(p, &capscore__v1__refused_record__descriptor,
		f->u.dead_letter_query.n_records, &m->n_records);
	for (size_t i = 0; i < m->n_records; i++)
		pack_record(p, &f->u.dead_letter_query.records[i], m->records[i]);
}

static void unpack_dead_letter_query(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__DeadLetterQuery *m = from;
	struct wire_refused_record *list = unpack_list(u, m->n_records, WIRE_RECORDS_MAX,
		sizeof *list, "DeadLetterQuery.records", &f->u.dead_letter_query.n_records);

	f->u.dead_letter_query.records = list;
	for (size_t i = 0; i < f->u.dead_letter_query.n_records; i++)
		unpack_record(u, m->records[i], &list[i]);
	f->u.dead_letter_query.request = m->request;
	f->u.dead_letter_query.action = (enum dead_letter_action)unpack_enum(
		u, (int)m->action, DEAD_LETTER_LIST, DEAD_LETTER_DROP, "DeadLetterQuery.action");
	f->u.dead_letter_query.letter = m->letter;
	f->u.dead_letter_query.after = m->after;
	f->u.dead_letter_query.limit = m->limit;
	f->u.dead_letter_query.replacement = unpack_bytes(
		u, &m->replacement, WIRE_BATCH_BYTES_MAX, "DeadLetterQuery.replacement");
}

FRAME_FORM(dead_letter_query, DEAD_LETTER_QUERY);

static void pack_letter(
	struct packing *p, const struct wire_dead_letter *l, Capscore__V1__DeadLetter *m)
{
	m->letter = l->letter;
	m->reason = pack_text(p, l->reason);
	m->detail = pack_text(p, l->detail);
	m->received_ms = l->received;
	m->producer = pack_text(p, l->producer);
	m->original = pack_bytes(l->original);
	m->size = l->size;
	m->format = pack_text(p, l->format);
	m->file = pack_text(p, l->file);
	m->line = l->line;
	m->column = l->column;
	m->recorded_ms = l->recorded;
}

static void unpack_letter(
	struct unpacking *u, const Capscore__V1__DeadLetter *m, struct wire_dead_letter *ret)
{
	ret->letter = m->letter;
	ret->reason = unpack_text(u, m->reason, FRAME_NAME_MAX, "DeadLetter.reason");
	ret->detail = unpack_text(u, m->detail, FRAME_TEXT_MAX, "DeadLetter.detail");
	ret->received = m->received_ms;
	ret->producer = unpack_text(u, m->producer, FRAME_NAME_MAX, "DeadLetter.producer");
	ret->original = unpack_bytes(u, &m->original, WIRE_BODY_MAX, "DeadLetter.original");
	ret->size = m->size;
	ret->format = unpack_text(u, m->format, FRAME_NAME_MAX, "DeadLetter.format");
	ret->file = unpack_text(u, m->file, FRAME_TEXT_MAX, "DeadLetter.file");
	ret->line = m->line;
	ret->column = m->column;
	ret->recorded = m->recorded_ms;
}

static void pack_dead_letter_answer(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__DeadLetterAnswer *m = to;

	m->request = f->u.dead_letter_answer.request;
	m->letters = pack_messages(p, &capscore__v1__dead_letter__descriptor,
		f->u.dead_letter_answer.n_letters, &m->n_letters);
	for (size_t i = 0; i < m->n_letters; i++)
		pack_letter(p, &f->u.dead_letter_answer.letters[i], m->letters[i]);
	m->more = f->u.dead_letter_answer.more;
	m->replayed = f->u.dead_letter_answer.replayed;
	m->reason = pack_text(p, f->u.dead_letter_answer.reason);
	m->detail = pack_text(p, f->u.dead_letter_answer.detail);
	m->total = f->u.dead_letter_answer.total;
	m->dropped = f->u.dead_letter_answer.dropped;
	m->n_kept = f->u.dead_letter_answer.n_kept;
	m->kept = (uint64_t *)(uintptr_t)f->u.dead_letter_answer.kept;
	m->removed = f->u.dead_letter_answer.removed;
}

static void unpack_dead_letter_answer(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__DeadLetterAnswer *m = from;
	struct wire_dead_letter *list = unpack_list(u, m->n_letters, FRAME_PAGE_MAX, sizeof *list,
		"DeadLetterAnswer.letters", &f->u.dead_letter_answer.n_letters);
	uint64_t *kept;

	f->u.dead_letter_answer.request = m->request;
	f->u.dead_letter_answer.letters = list;
	for (size_t i = 0; i < f->u.dead_letter_answer.n_letters; i++)
		unpack_letter(u, m->letters[i], &list[i]);
	f->u.dead_letter_answer.more = m->more != 0;
	f->u.dead_letter_answer.replayed = m->replayed != 0;
	f->u.dead_letter_answer.reason =
		unpack_text(u, m->reason, FRAME_NAME_MAX, "DeadLetterAnswer.reason");
	f->u.dead_letter_answer.detail =
		unpack_text(u, m->detail, FRAME_TEXT_MAX, "DeadLetterAnswer.detail");
	f->u.dead_letter_answer.total = m->total;
	f->u.dead_letter_answer.dropped = m->dropped;
	f->u.dead_letter_answer.removed = m->removed != 0;
	kept = unpack_list(u, m->n_kept, WIRE_RECORDS_MAX, sizeof *kept, "DeadLetterAnswer.kept",
		&f->u.dead_letter_answer.n_kept);
	for (size_t i = 0; i < f->u.dead_letter_answer.n_kept; i++)
		kept[i] = m->kept[i];
	f->u.dead_letter_answer.kept = kept;
}

FRAME_FORM(dead_letter_answer, DEAD_LETTER_ANSWER);
