#include "services/cli/refusals.h"

#include <stdlib.h>

#include "common/wire/pb.h"
#include "common/wire/wire.h"

#define BATCH_BYTES ((size_t)512 * 1024) /* of originals, before a batch goes */
#define TEXT_BYTES  ((size_t)2 * 1024 * 1024)
#define ANSWER_MAX  ((size_t)4 << 20)

struct refusals {
	struct endpoints *ep;
	const char *producer;
	struct arena texts; /* of the batch */
	struct wire_refused_record records[WIRE_RECORDS_MAX];
	size_t n, bytes;
	struct refusals_counts counts;
};

int refusals_create(struct endpoints *ep, const char *producer, struct refusals **ret_r)
{
	struct refusals *r = calloc(1, sizeof *r);

	if (r == NULL)
		return ERR_NOMEM;
	r->ep = ep;
	r->producer = producer;
	arena_init(&r->texts, &mem_heap, 2 * TEXT_BYTES);
	*ret_r = r;
	return 0;
}

void refusals_destroy(struct refusals *r)
{
	if (r != NULL)
		arena_fini(&r->texts);
	free(r);
}

static bool copy(struct refusals *r, struct str s, struct str *ret)
{
	char *p = arena_alloc(&r->texts, s.n + 1);

	if (p == NULL)
		return false;
	memcpy(p, s.p, s.n);
	*ret = (struct str){ p, s.n };
	return true;
}

/* Names of files may be longer than is taken; their end says more. */
static struct str end_of(struct str s, size_t max)
{
	return s.n <= max ? s : (struct str){ s.p + s.n - max, max };
}

/* An event in protobuf is kept as the only one of a batch, which tells what it is (wire_guess_content()). */
static bool copy_record(
	struct refusals *r, const struct fault *f, struct str bytes, struct str *ret)
{
	uint8_t *to;

	if (f->form == RECORD_LINE || f->record.n == 0)
		return copy(r, bytes, ret);
	to = arena_alloc(&r->texts, bytes.n + PB_TAG_MAX + PB_LENGTH_MAX);
	if (to == NULL)
		return false;
	*ret = (struct str){ (const char *)to,
		(size_t)(pb_put_bytes(to, 1, bytes.p, bytes.n) - to) };
	return true;
}

int refusals_add(struct refusals *r, const struct fault *f, const char *format, event_ms recorded,
	struct err *e)
{
	struct str bytes = f->record.n > 0 ? f->record : f->letter, original;
	struct wire_refused_record x = { .reason = str_from(f->reason),
		.producer = str_from(r->producer),
		.format = strncmp(format, "events", 6) == 0 ? STR("events") : str_from(format),
		.line = f->at.line,
		.column = f->at.column == PLACE_EVENT ? 0 : f->at.column,
		.recorded = recorded };
	int rc = 0;

	if (bytes.n == 0 || bytes.n > WIRE_BATCH_BYTES_MAX / 2) {
		r->counts.not_kept++;
		return 0;
	}
	if (r->n == WIRE_RECORDS_MAX || r->bytes + bytes.n > BATCH_BYTES)
		rc = refusals_flush(r, e);
	if (rc != 0)
		return rc;
	if (!copy_record(r, f, bytes, &original) || !copy(r, str_from(f->text), &x.detail) ||
		!copy(r, end_of(str_from(f->file), 256), &x.file))
		return err_set(e, ERR_NOMEM, "no memory for refused records");
	x.original = (struct span){ original.p, original.n };
	r->records[r->n++] = x;
	r->bytes += bytes.n;
	return 0;
}

static void count(struct refusals *r, const struct frame *a)
{
	for (size_t i = 0; i < a->u.dead_letter_answer.n_kept; i++) {
		uint64_t letter = a->u.dead_letter_answer.kept[i];

		r->counts.kept++;
		if (r->counts.first == 0 || letter < r->counts.first)
			r->counts.first = letter;
		if (letter > r->counts.last)
			r->counts.last = letter;
	}
}

int refusals_flush(struct refusals *r, struct err *e)
{
	struct frame q = { .kind = FRAME_DEAD_LETTER_QUERY }, a;
	struct arena ar;
	int rc;

	if (r->n == 0)
		return 0;
	arena_init(&ar, &mem_heap, ANSWER_MAX);
	q.u.dead_letter_query.request = 1;
	q.u.dead_letter_query.action = DEAD_LETTER_KEEP;
	q.u.dead_letter_query.n_records = r->n;
	q.u.dead_letter_query.records = r->records;
	rc = endpoint_ask(r->ep, SERVICE_INGESTION, &q, ASK_TIMEOUT_MS, &ar, &a, e);
	if (rc == 0 && a.kind != FRAME_DEAD_LETTER_ANSWER)
		rc = err_set(e, ERR_PROTOCOL, "ingestion sent another answer than asked for");
	if (rc == 0)
		count(r, &a);
	else
		(void)err_wrap(e, "keeping refused records as dead letters");
	arena_fini(&ar);
	r->n = r->bytes = 0;
	arena_reset(&r->texts);
	return rc;
}

const struct refusals_counts *refusals_counts_get(const struct refusals *r)
{
	return &r->counts;
}
