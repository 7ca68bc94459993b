/* Frames of publishing and of reading a log (stream.proto). */
#include "common/wire/frame_forms.h"

/* ---- publishing ------------------------------------------------------------------------------------------- */

static void pack_hello(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Hello *m = to;

	m->producer = pack_text(p, f->u.hello.producer);
}

static void unpack_hello(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Hello *m = from;

	f->u.hello.producer = unpack_text(u, m->producer, FRAME_NAME_MAX, "Hello.producer");
}

FRAME_FORM(hello, HELLO);

static void pack_welcome(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Welcome *m = to;

	(void)p;
	m->max_batch_events = f->u.welcome.max_batch_events;
	m->max_batch_bytes = f->u.welcome.max_batch_bytes;
	m->window_events = f->u.welcome.window_events;
	m->dedup_window_events = f->u.welcome.dedup_window_events;
	m->dedup_window_days = f->u.welcome.dedup_window_days;
}

static void unpack_welcome(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Welcome *m = from;

	(void)u;
	f->u.welcome.max_batch_events = m->max_batch_events;
	f->u.welcome.max_batch_bytes = m->max_batch_bytes;
	f->u.welcome.window_events = m->window_events;
	f->u.welcome.dedup_window_events = m->dedup_window_events;
	f->u.welcome.dedup_window_days = m->dedup_window_days;
}

FRAME_FORM(welcome, WELCOME);

static void pack_publish(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Publish *m = to;

	m->batch = f->u.publish.batch;
	if (f->u.publish.content_type.n > 0)
		m->content_type = pack_text(p, f->u.publish.content_type);
}

static void unpack_publish(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Publish *m = from;

	f->u.publish.batch = m->batch;
	f->u.publish.content_type =
		unpack_text(u, m->content_type, FRAME_NAME_MAX, "Publish.content_type");
}

FRAME_FORM(publish, PUBLISH);

static void pack_acknowledge(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Acknowledge *m = to;

	m->batch = f->u.acknowledge.batch;
	m->accepted = f->u.acknowledge.accepted;
	m->duplicates = f->u.acknowledge.duplicates;
	m->position = f->u.acknowledge.position;
	m->refusals = pack_messages(
		p, &capscore__v1__refusal__descriptor, f->u.acknowledge.n_refusals, &m->n_refusals);
	for (size_t i = 0; i < m->n_refusals; i++) {
		const struct wire_refusal *r = &f->u.acknowledge.refusals[i];

		m->refusals[i]->index = r->index;
		m->refusals[i]->reason = pack_text(p, r->reason);
		m->refusals[i]->detail = pack_text(p, r->detail);
		m->refusals[i]->dead_letter = r->dead_letter;
	}
}

static void unpack_acknowledge(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Acknowledge *m = from;
	struct wire_refusal *list = unpack_list(u, m->n_refusals, WIRE_BATCH_EVENTS_MAX,
		sizeof *list, "Acknowledge.refusals", &f->u.acknowledge.n_refusals);

	f->u.acknowledge.batch = m->batch;
	f->u.acknowledge.accepted = m->accepted;
	f->u.acknowledge.duplicates = m->duplicates;
	f->u.acknowledge.position = m->position;
	f->u.acknowledge.refusals = list;
	for (size_t i = 0; i < f->u.acknowledge.n_refusals; i++) {
		const Capscore__V1__Refusal *r = m->refusals[i];

		list[i].index = r->index;
		list[i].reason = unpack_text(u, r->reason, FRAME_NAME_MAX, "Refusal.reason");
		list[i].detail = unpack_text(u, r->detail, FRAME_TEXT_MAX, "Refusal.detail");
		list[i].dead_letter = r->dead_letter;
	}
}

FRAME_FORM(acknowledge, ACKNOWLEDGE);

/* ---- reading a log ---------------------------------------------------------------------------------------- */

/* Left out when it is empty. */
static Capscore__V1__Filter *pack_filter(struct packing *p, const struct wire_filter *f)
{
	Capscore__V1__Filter *m = NULL;

	if (f->n_partners + f->n_areas + f->n_kinds > 0)
		m = pack_message(p, &capscore__v1__filter__descriptor);
	if (m == NULL)
		return NULL;
	m->partners = pack_texts(p, f->partners, f->n_partners, &m->n_partners);
	m->areas = pack_texts(p, f->areas, f->n_areas, &m->n_areas);
	m->kinds = pack_texts(p, f->kinds, f->n_kinds, &m->n_kinds);
	return m;
}

static void unpack_filter(
	struct unpacking *u, const Capscore__V1__Filter *m, struct wire_filter *ret)
{
	if (m == NULL)
		return;
	if (m->n_partners + m->n_areas + m->n_kinds > WIRE_FILTER_MAX)
		unpack_fail(u, ERR_RANGE, "Read.filter", "too many entries");
	ret->partners = unpack_texts(u, m->partners, m->n_partners, WIRE_FILTER_MAX, FRAME_NAME_MAX,
		"Filter.partners", &ret->n_partners);
	ret->areas = unpack_texts(u, m->areas, m->n_areas, WIRE_FILTER_MAX, FRAME_NAME_MAX,
		"Filter.areas", &ret->n_areas);
	ret->kinds = unpack_texts(u, m->kinds, m->n_kinds, WIRE_FILTER_MAX, FRAME_NAME_MAX,
		"Filter.kinds", &ret->n_kinds);
}

static void pack_read(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Read *m = to;

	m->session = f->u.read.session;
	m->position = f->u.read.position;
	m->credit = f->u.read.credit;
	m->log = pack_text(p, f->u.read.log);
	m->filter = pack_filter(p, &f->u.read.filter);
}

static void unpack_read(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Read *m = from;

	f->u.read.session = m->session;
	f->u.read.position = m->position;
	f->u.read.credit = m->credit;
	f->u.read.log = unpack_text(u, m->log, FRAME_NAME_MAX, "Read.log");
	unpack_filter(u, m->filter, &f->u.read.filter);
}

FRAME_FORM(read, READ);

/* The lists stay where they are, both ways. */
static void pack_records(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Records *m = to;

	(void)p;
	m->session = f->u.records.session;
	m->first_position = f->u.records.first_position;
	m->n_unit_sizes = m->n_unit_counts = f->u.records.n_units;
	m->unit_sizes = (uint32_t *)(uintptr_t)f->u.records.unit_sizes;
	m->unit_counts = (uint32_t *)(uintptr_t)f->u.records.unit_counts;
	m->next_position = f->u.records.next_position;
	m->end_position = f->u.records.end_position;
}

static void unpack_records(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Records *m = from;

	if (m->n_unit_counts != m->n_unit_sizes)
		unpack_fail(u, ERR_SYNTAX, "Records.unit_counts",
			"not as long as the list it belongs to");
	f->u.records.session = m->session;
	f->u.records.first_position = m->first_position;
	f->u.records.n_units = m->n_unit_sizes;
	f->u.records.unit_sizes = m->unit_sizes;
	f->u.records.unit_counts = m->unit_counts;
	f->u.records.next_position = m->next_position;
	f->u.records.end_position = m->end_position;
}

FRAME_FORM(records, RECORDS);

static void pack_progress(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Progress *m = to;

	(void)p;
	m->session = f->u.progress.session;
	m->position = f->u.progress.position;
	m->end_position = f->u.progress.end_position;
}

static void unpack_progress(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Progress *m = from;

	(void)u;
	f->u.progress.session = m->session;
	f->u.progress.position = m->position;
	f->u.progress.end_position = m->end_position;
}

FRAME_FORM(progress, PROGRESS);

static void pack_refused(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Refused *m = to;

	m->session = f->u.refused.session;
	m->reason = pack_text(p, f->u.refused.reason);
	m->detail = pack_text(p, f->u.refused.detail);
	m->first_position = f->u.refused.first_position;
	m->end_position = f->u.refused.end_position;
}

static void unpack_refused(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Refused *m = from;

	f->u.refused.session = m->session;
	f->u.refused.reason = unpack_text(u, m->reason, FRAME_NAME_MAX, "Refused.reason");
	f->u.refused.detail = unpack_text(u, m->detail, FRAME_TEXT_MAX, "Refused.detail");
	f->u.refused.first_position = m->first_position;
	f->u.refused.end_position = m->end_position;
}

FRAME_FORM(refused, REFUSED);

/* ---- anything ---------------------------------------------------------------------------------------------- */

static void pack_failure(struct packing *p, const struct frame *f, void *to)
{
	Capscore__V1__Failure *m = to;

	m->request = f->u.failure.request;
	m->reason = pack_text(p, f->u.failure.reason);
	m->detail = pack_text(p, f->u.failure.detail);
}

static void unpack_failure(struct unpacking *u, const void *from, struct frame *f)
{
	const Capscore__V1__Failure *m = from;

	f->u.failure.request = m->request;
	f->u.failure.reason = unpack_text(u, m->reason, FRAME_NAME_MAX, "Failure.reason");
	f->u.failure.detail = unpack_text(u, m->detail, FRAME_TEXT_MAX, "Failure.detail");
}

FRAME_FORM(failure, FAILURE);
