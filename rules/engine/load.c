/* Blobs back into a state. Every number is checked against what it may be: the bytes may be damaged or forged. */
#include "rules/engine/snapshot.h"

#include "common/base/err.h"
#include "common/base/hash.h"

#include <assert.h>

struct reader {
	struct engine *e;
	const unsigned char *p;
	size_t n;	 /* left of the blob's records */
	bool bad;	 /* read past the end, or a value out of range */
	uint32_t number; /* of the blob */
	enum blob_kind kind;
	uint64_t expected[BLOB_KIND_END], seen[BLOB_KIND_END]; /* records of a kind */
	struct err *err;
};

static uint64_t get_number(struct reader *r, size_t bytes)
{
	uint64_t v = 0;

	if (r->n < bytes) {
		r->bad = true;
		r->n = 0;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)r->p[i] << (8 * i);
	r->p += bytes;
	r->n -= bytes;
	return v;
}

/* A number below `end`. */
static uint32_t get_below(struct reader *r, size_t bytes, uint64_t end)
{
	uint64_t v = get_number(r, bytes);

	if (v >= end) {
		r->bad = true;
		return 0;
	}
	return (uint32_t)v;
}

static struct str get_bytes(struct reader *r, size_t n)
{
	struct str s = { (const char *)r->p, n };

	if (r->n < n) {
		r->bad = true;
		r->n = 0;
		return (struct str){ NULL, 0 };
	}
	r->p += n;
	r->n -= n;
	return s;
}

static day_no get_day(struct reader *r)
{
	day_no d = (day_no)(uint32_t)get_number(r, 4);

	if (d != DAY_NONE && !day_is_valid(d))
		r->bad = true;
	return d;
}

struct read_stamp {
	event_ms recorded;
	uint32_t source;
	bool retracted;
	struct str id;
};

static struct read_stamp get_stamp(struct reader *r)
{
	struct read_stamp s;

	s.recorded = (event_ms)get_number(r, 8);
	s.source = get_below(r, 4, intern_count(r->e->names));
	s.retracted = get_below(r, 1, 2) != 0;
	s.id = get_bytes(r, get_number(r, 1));
	if (s.id.n < 1 || s.id.n > EVENT_ID_MAX || s.recorded < 0 ||
		s.recorded > STAMP_RECORDED_MAX)
		r->bad = true;
	return s;
}

static int corrupt(struct reader *r, const char *what)
{
	return err_set(r->err, ERR_CORRUPT, "snapshot blob %u: %s", r->number, what);
}

/* Sets the stamp of a place that must be new. */
static int keep_stamp(struct reader *r, struct stamp *s, const struct read_stamp *from)
{
	if (s->form != 0)
		return corrupt(r, "the same key twice");
	return stamp_set(&r->e->a, s, from->recorded, from->source, from->id, from->retracted);
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static int load_head(struct reader *r)
{
	struct engine *e = r->e;
	uint64_t magic = get_number(r, 8), format = get_number(r, 4), digest = get_number(r, 8);

	if (r->bad || magic != SNAPSHOT_MAGIC)
		return corrupt(r, "not a snapshot of an engine");
	if (format != SNAPSHOT_FORMAT)
		return err_set(r->err, ERR_MISMATCH, "snapshot of format %u, this program reads %d",
			(unsigned)format, SNAPSHOT_FORMAT);
	if (digest != calendar_digest(e))
		return err_set(r->err, ERR_MISMATCH,
			"snapshot of other editions, or of other texts of them");
	e->day = get_day(r);
	e->complete = get_below(r, 1, 2) != 0;
	if (r->bad)
		return 0; /* the caller says so */
	e->closed = closed_month(e->day);
	e->ready = ready_month(e->book->edition, e->day);
	e->stats.events = get_number(r, 8);
	e->stats.stale = get_number(r, 8);
	e->stats.unused = get_number(r, 8);
	e->stats.unknown_certificates = get_number(r, 8);
	e->stats.editions_refused = get_number(r, 8);
	for (int k = BLOB_NAMES; k < BLOB_END; k++)
		r->expected[k] = get_number(r, 8);
	return 0;
}

static int load_text(struct reader *r)
{
	struct str s = get_bytes(r, get_below(r, 2, EVENT_NAME_MAX + 1));
	bool told = r->kind == BLOB_PARTNERS && get_below(r, 1, 2) != 0;
	uint32_t number, expected = (uint32_t)r->seen[r->kind];
	int rc;

	if (r->bad)
		return 0;
	if (r->kind == BLOB_NAMES)
		rc = name_put(r->e, s, &number);
	else if (r->kind == BLOB_PARTNERS)
		rc = partner_place(r->e, s, &number);
	else
		rc = person_get(r->e, s, &number);
	if (rc == 0 && number != expected)
		return corrupt(r, "the same text twice");
	if (rc == 0 && r->kind == BLOB_PARTNERS)
		r->e->partners[number]->told = told;
	return rc;
}

static int load_shape(struct reader *r)
{
	uint32_t names = intern_count(r->e->names), number,
		 expected = (uint32_t)r->seen[BLOB_SHAPES];
	struct shape s = { 0 };
	int rc;

	s.product = get_below(r, 4, names);
	s.component = get_below(r, 4, names);
	s.level1 = get_below(r, 4, names);
	s.group2 = get_below(r, 4, names);
	s.group3 = get_below(r, 4, names);
	s.influencer = get_below(r, 4, names);
	s.compute_os = get_below(r, 4, names);
	s.measure = (uint8_t)get_below(r, 1, MEASURE_END);
	s.association = (uint8_t)get_below(r, 1, ASSOC_KIND_END);
	s.offer = (uint8_t)get_below(r, 1, OFFER_KIND_END);
	s.duplicate = get_below(r, 1, 2) != 0;
	if (r->bad)
		return 0;
	if (s.measure == 0)
		return corrupt(r, "a measure that cannot be");
	rc = shape_get(r->e, &s, &number);
	return rc == 0 && number != expected ? corrupt(r, "the same kind of row twice") : rc;
}

static int load_row(struct reader *r)
{
	struct engine *e = r->e;
	uint32_t partner = get_below(r, 4, e->n_partners);
	uint32_t customer = get_below(r, 4, intern_count(e->names));
	uint32_t shape = get_below(r, 4, e->shapes.n);
	month_no month = MONTH_MIN + (month_no)get_below(r, 2, MONTH_MAX - MONTH_MIN + 1);
	int64_t amount = (int64_t)get_number(r, 8);
	struct read_stamp stamp = get_stamp(r);
	const struct shape *s;
	struct row *row;
	bool edge;
	int rc;

	if (r->bad)
		return 0;
	if (amount > USAGE_AMOUNT_MAX || amount < -USAGE_AMOUNT_MAX ||
		(stamp.retracted && amount != 0))
		return corrupt(r, "an amount out of range");
	rc = rows_reserve(&e->partners[partner]->rows, &e->a);
	if (rc != 0)
		return rc;
	row = rows_put(&e->partners[partner]->rows, customer, shape, month);
	rc = keep_stamp(r, &row->stamp, &stamp);
	if (rc != 0)
		return rc;
	row->amount = amount;
	note_customer(e, customer);
	e->stats.usage_rows++;
	s = &e->shapes.all[shape];
	if (!stamp.retracted)
		rc = partner_count_row(
			e, e->partners[partner], (enum measure)s->measure, month, true, &edge);
	return rc;
}

static int load_marker(struct reader *r)
{
	struct engine *e = r->e;
	uint32_t partner = get_below(r, 4, e->n_partners);
	uint32_t measure = get_below(r, 1, MEASURE_END);
	month_no month = MONTH_MIN + (month_no)get_below(r, 2, MONTH_MAX - MONTH_MIN + 1);
	struct read_stamp stamp = get_stamp(r);
	struct marker *m;
	int rc;

	if (r->bad)
		return 0;
	if (measure == 0)
		return corrupt(r, "a measure that cannot be");
	rc = marker_put(e, e->partners[partner], (enum measure)measure, month, &m);
	return rc != 0 ? rc : keep_stamp(r, &m->stamp, &stamp);
}

static int load_report(struct reader *r)
{
	struct engine *e = r->e;
	uint32_t person = get_below(r, 4, e->n_people), partner = get_below(r, 4, e->n_partners);
	uint32_t name = get_below(r, 4, intern_count(e->names));
	uint32_t kind = get_below(r, 1, FACT_KIND_END), state = get_below(r, 1, CERT_REVOKED + 1);
	day_no earned_on = get_day(r), expires_on = get_day(r), ended_on = get_day(r);
	struct read_stamp stamp = get_stamp(r);
	struct report *report;
	int rc;

	if (r->bad)
		return 0;
	if ((kind != FACT_CERTIFICATION && kind != FACT_ASSESSMENT) ||
		(state == 0) != stamp.retracted)
		return corrupt(r, "a report that cannot be");
	rc = report_put(e, e->people[person], partner, name, (enum fact_kind)kind, &report);
	if (rc == 0)
		rc = keep_stamp(r, &report->stamp, &stamp);
	if (rc != 0)
		return rc;
	report->state = (uint8_t)state;
	report->earned_on = earned_on;
	report->expires_on = expires_on;
	report->ended_on = ended_on;
	e->stats.certificates++;
	return 0;
}

static int load_link(struct reader *r)
{
	struct engine *e = r->e;
	uint32_t person = get_below(r, 4, e->n_people), partner = get_below(r, 4, e->n_partners);
	bool linked = get_below(r, 1, 2) != 0;
	day_no since = get_day(r);
	struct read_stamp stamp = get_stamp(r);
	struct person_link *link;
	int rc;

	if (r->bad)
		return 0;
	if (linked && stamp.retracted)
		return corrupt(r, "a link that cannot be");
	rc = link_put(e, e->people[person], partner, &link);
	if (rc == 0)
		rc = keep_stamp(r, &link->stamp, &stamp);
	if (rc != 0)
		return rc;
	link->linked = linked;
	link->since = since;
	return 0;
}

static int load_association(struct reader *r)
{
	struct engine *e = r->e;
	uint32_t names = intern_count(e->names), subject = get_below(r, 4, e->n_partners);
	uint32_t customer = get_below(r, 4, names), workload = get_below(r, 4, names),
		 subscription = get_below(r, 4, names), kind = get_below(r, 1, ASSOC_KIND_END),
		 claim = get_below(r, 1, CLAIM_STATE_END);
	day_no from = get_day(r), until = get_day(r);
	struct read_stamp stamp = get_stamp(r);
	struct association *a;
	int rc;

	if (r->bad)
		return 0;
	if (kind == 0)
		return corrupt(r, "an association that cannot be");
	rc = association_put(
		e, subject, customer, (enum association_kind)kind, workload, subscription, &a);
	if (rc == 0)
		rc = keep_stamp(r, &a->stamp, &stamp);
	if (rc != 0)
		return rc;
	a->claim = (uint8_t)claim;
	a->from = from;
	a->until = until;
	return 0;
}

static int load_segment(struct reader *r)
{
	uint32_t names = intern_count(r->e->names), subject = get_below(r, 4, r->e->n_partners);
	uint32_t customer = get_below(r, 4, names), text = get_below(r, 4, names);
	struct read_stamp stamp = get_stamp(r);
	struct segment *s;
	int rc;

	if (r->bad)
		return 0;
	rc = segment_put(r->e, subject, customer, &s);
	if (rc == 0)
		rc = keep_stamp(r, &s->stamp, &stamp);
	if (rc != 0)
		return rc;
	note_customer(r->e, customer);
	s->text = text;
	return 0;
}

static int load_attestation(struct reader *r)
{
	uint32_t names = intern_count(r->e->names), subject = get_below(r, 4, r->e->n_partners);
	uint32_t scope = get_below(r, 4, names), reference = get_below(r, 4, names),
		 kind = get_below(r, 1, ATTEST_KIND_END);
	day_no on = get_day(r), until = get_day(r);
	struct read_stamp stamp = get_stamp(r);
	struct attestation *a;
	int rc;

	if (r->bad)
		return 0;
	rc = attestation_put(r->e, subject, (enum attestation_kind)kind, scope, reference, &a);
	if (rc == 0)
		rc = keep_stamp(r, &a->stamp, &stamp);
	if (rc != 0)
		return rc;
	a->on = on;
	a->until = until;
	return 0;
}

static int load_enrollment(struct reader *r)
{
	uint32_t names = intern_count(r->e->names), subject = get_below(r, 4, r->e->n_partners);
	uint32_t area = get_below(r, 4, names), track = get_below(r, 4, names),
		 state = get_below(r, 1, ENROLL_STATE_END);
	day_no on = get_day(r), anniversary = get_day(r);
	struct read_stamp stamp = get_stamp(r);
	struct enrollment *n;
	int rc;

	if (r->bad)
		return 0;
	rc = enrollment_put(r->e, subject, area, &n);
	if (rc == 0)
		rc = keep_stamp(r, &n->stamp, &stamp);
	if (rc != 0)
		return rc;
	n->track = track;
	n->state = (uint8_t)state;
	n->on = on;
	n->anniversary = anniversary;
	return 0;
}

static int load_account(struct reader *r)
{
	uint32_t location = get_below(r, 4, r->e->n_partners), global = (uint32_t)get_number(r, 4);
	struct read_stamp stamp = get_stamp(r);
	struct account *a;
	int rc;

	if (r->bad)
		return 0;
	if (global != NONE && global >= r->e->n_partners)
		return corrupt(r, "an account that cannot be");
	rc = account_put(r->e, location, &a);
	if (rc == 0)
		rc = keep_stamp(r, &a->stamp, &stamp);
	if (rc != 0)
		return rc;
	a->global = global;
	return 0;
}

static int load_edition(struct reader *r)
{
	struct engine *e = r->e;
	uint32_t id = get_below(r, 4, intern_count(e->names));
	day_no from = get_day(r);
	struct str text = get_bytes(r, get_below(r, 4, EVENT_TEXT_MAX + 1));
	struct read_stamp stamp = get_stamp(r);
	struct rulebook *book = NULL;
	struct calendar_entry *c;
	int rc = 0;

	if (r->bad)
		return 0;
	if (e->source.open == NULL)
		return corrupt(r, "an edition, and nothing to read it with");
	if (!stamp.retracted)
		rc = calendar_open(e, name_text(e, id), text, &book);
	if (rc == 0 && book == NULL && !stamp.retracted)
		return corrupt(r, "an edition that cannot be read");
	if (rc == 0)
		rc = calendar_entry_put(e, name_text(e, id), &c);
	if (rc == 0 && stamp.retracted)
		rc = calendar_start_book(e, c, &book);
	if (rc == 0)
		rc = keep_stamp(r, &c->stamp, &stamp);
	if (rc == 0)
		rc = calendar_set(e, c, name_text(e, id), from, text, book);
	if (rc != 0)
		rulebook_destroy(&e->a, book);
	return rc;
}

static int load_outlooks(struct reader *r)
{
	struct partner *p;
	uint32_t partner = get_below(r, 4, r->e->n_partners);
	day_no outlook_day = (day_no)(uint32_t)get_number(r, 4);
	day_no skilling_on = get_day(r);
	uint8_t overdue = (uint8_t)get_number(r, 1);
	size_t n = get_number(r, 2);
	int rc = 0;

	if (outlook_day != DAY_NEVER && !day_is_valid(outlook_day))
		r->bad = true;
	if (overdue >> FEED_KIND_END != 0 || n > (size_t)2 * EDITION_AREAS_MAX)
		r->bad = true;
	if (r->bad)
		return 0;
	p = r->e->partners[partner];
	if (p->n_outlooks > 0)
		return corrupt(r, "outlooks that stand twice");
	p->outlook_day = outlook_day;
	p->skilling_on = skilling_on;
	p->overdue = overdue;
	for (size_t i = 0; rc == 0 && !r->bad && i < n; i++) {
		uint32_t area = get_below(r, 4, intern_count(r->e->names));
		uint64_t digest = get_number(r, 8);

		rc = r->bad ? 0 : outlook_keep(r->e, p, area, digest);
	}
	return rc;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

/* Derives everything that is not kept. Nothing counts as touched. */
static int derive(struct engine *e)
{
	int rc = calendar_turn(e, NULL);

	e->ready = ready_month(e->book->edition, e->day);
	if (rc == 0)
		rc = accounts_settle(e);
	for (uint32_t i = 0; rc == 0 && i < e->n_people; i++)
		rc = person_update(e, i, true, NULL);
	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++) {
		e->partners[i]->anew = true;
		partner_note_past(e->partners[i], MONTH_MIN);
		rc = partner_restore(e, i);
	}
	mem_free(&e->a, e->touched, e->cap_touched * sizeof *e->touched);
	e->touched = NULL;
	e->n_touched = e->cap_touched = 0;
	arena_reset(&e->memories);
	calendar_settled(e);
	e->jumped = false;
	return rc;
}

/* ---- blobs ------------------------------------------------------------------------------------------------------ */

static int load_records(struct reader *r)
{
	static int (*const record[BLOB_KIND_END])(struct reader *) = {
		[BLOB_HEAD] = load_head,
		[BLOB_NAMES] = load_text,
		[BLOB_PARTNERS] = load_text,
		[BLOB_PEOPLE] = load_text,
		[BLOB_SHAPES] = load_shape,
		[BLOB_ROWS] = load_row,
		[BLOB_MARKERS] = load_marker,
		[BLOB_REPORTS] = load_report,
		[BLOB_LINKS] = load_link,
		[BLOB_ASSOCIATIONS] = load_association,
		[BLOB_SEGMENTS] = load_segment,
		[BLOB_ATTESTATIONS] = load_attestation,
		[BLOB_ENROLLMENTS] = load_enrollment,
		[BLOB_ACCOUNTS] = load_account,
		[BLOB_EDITIONS] = load_edition,
		[BLOB_OUTLOOKS] = load_outlooks,
	};

	while (r->n > 0 || r->kind == BLOB_HEAD) {
		int rc;

		if (record[r->kind] == NULL || (r->kind == BLOB_HEAD && r->seen[BLOB_HEAD] > 0))
			return corrupt(r, "bytes past the end");
		rc = record[r->kind](r);
		if (rc == 0 && r->bad)
			return corrupt(r, "cut short, or a number out of range");
		if (rc != 0)
			return rc;
		r->seen[r->kind]++;
		if (r->kind == BLOB_HEAD)
			return r->n > 0 ? corrupt(r, "bytes past the end") : 0;
	}
	return 0;
}

static int load_blob(struct reader *r, struct span blob)
{
	const unsigned char *p = blob.p;
	uint64_t check;
	int kind;

	r->p = p;
	r->n = blob.n;
	if (blob.n < BLOB_FRONT + BLOB_BACK)
		return corrupt(r, "cut short");
	r->p = p + blob.n - BLOB_BACK;
	r->n = BLOB_BACK;
	check = get_number(r, BLOB_BACK);
	if (check != hash_bytes(p, blob.n - BLOB_BACK, r->number))
		return corrupt(r, "wrong checksum");
	r->p = p;
	r->n = blob.n - BLOB_BACK;
	kind = (int)get_number(r, 1);
	if (get_number(r, 4) != r->number)
		return corrupt(r, "out of order");
	if (kind < (int)r->kind || kind >= BLOB_KIND_END || r->kind == BLOB_END ||
		(r->kind == 0) != (kind == BLOB_HEAD))
		return corrupt(r, "a part out of place");
	r->kind = (enum blob_kind)kind;
	return load_records(r);
}

int engine_load(
	struct engine *e, int (*get)(void *ctx, struct span *ret_blob), void *ctx, struct err *err)
{
	struct reader r = { .e = e, .err = err };
	int rc;

	assert(e->stats.events == 0 && e->n_partners == 0);
	for (;; r.number++) {
		struct span blob = { NULL, 0 };

		rc = get(ctx, &blob);
		if (rc == 0 && blob.p != NULL)
			rc = load_blob(&r, blob);
		if (rc != 0) {
			if (err != NULL && err->code == 0)
				(void)err_set(
					err, rc, "snapshot blob %u: %s", r.number, err_text(rc));
			return rc;
		}
		if (blob.p == NULL)
			break;
	}
	if (r.kind != BLOB_END)
		return corrupt(&r, "the end is missing");
	for (int k = BLOB_NAMES; k < BLOB_END; k++)
		if (r.seen[k] != r.expected[k])
			return corrupt(&r, "records are missing");
	return derive(e);
}
