/* The state as blobs. */
#include "rules/engine/snapshot.h"

#include "common/base/err.h"
#include "common/base/hash.h"

#include <assert.h>

struct writer {
	const struct engine *e;
	struct buf b;
	uint32_t number;
	int rc;
	int (*put)(void *ctx, struct span blob);
	void *ctx;
};

static void put_bytes(struct writer *w, const void *p, size_t n)
{
	if (w->rc == 0)
		w->rc = buf_add(&w->b, p, n);
}

static void put_number(struct writer *w, uint64_t v, size_t bytes)
{
	unsigned char out[8];

	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(v >> (8 * i));
	put_bytes(w, out, bytes);
}

static void put_text(struct writer *w, struct str s)
{
	put_number(w, s.n, 2);
	put_bytes(w, s.p, s.n);
}

static void put_stamp(struct writer *w, const struct stamp *s)
{
	char buf[STAMP_ID_BUF];
	struct str id = stamp_id(s, buf);

	put_number(w, (uint64_t)stamp_recorded(s), 8);
	put_number(w, s->source, 4);
	put_number(w, s->retracted, 1);
	put_number(w, id.n, 1);
	put_bytes(w, id.p, id.n);
}

static void blob_open(struct writer *w, enum blob_kind kind)
{
	buf_reset(&w->b);
	put_number(w, kind, 1);
	put_number(w, w->number, 4);
}

static void blob_close(struct writer *w)
{
	if (w->rc != 0)
		return;
	put_number(w, hash_bytes(w->b.p, w->b.n, w->number), BLOB_BACK);
	if (w->rc == 0)
		w->rc = w->put(w->ctx, buf_span(&w->b));
	w->number++;
}

/* After a record: begins a new blob when this one is full. Records are small beside the room that is left. */
static void blob_next(struct writer *w, enum blob_kind kind)
{
	if (w->b.n < BLOB_FULL)
		return;
	blob_close(w);
	blob_open(w, kind);
}

static void save_texts(struct writer *w, enum blob_kind kind, const struct intern *t)
{
	blob_open(w, kind);
	for (uint32_t i = 0; w->rc == 0 && i < intern_count(t); i++) {
		put_text(w, intern_text(t, i));
		blob_next(w, kind);
	}
	blob_close(w);
}

static void save_shapes(struct writer *w)
{
	blob_open(w, BLOB_SHAPES);
	for (uint32_t i = 0; w->rc == 0 && i < w->e->shapes.n; i++) {
		const struct shape *s = &w->e->shapes.all[i];

		put_number(w, s->product, 4);
		put_number(w, s->component, 4);
		put_number(w, s->level1, 4);
		put_number(w, s->group2, 4);
		put_number(w, s->group3, 4);
		put_number(w, s->influencer, 4);
		put_number(w, s->compute_os, 4);
		put_number(w, s->measure, 1);
		put_number(w, s->association, 1);
		put_number(w, s->offer, 1);
		put_number(w, s->duplicate, 1);
		blob_next(w, BLOB_SHAPES);
	}
	blob_close(w);
}

static void save_rows(struct writer *w)
{
	blob_open(w, BLOB_ROWS);
	for (uint32_t i = 0; i < w->e->n_partners; i++) {
		const struct rows *rows = &w->e->partners[i]->rows;

		for (uint32_t k = 0; w->rc == 0 && k < rows->cap; k++) {
			const struct row *r = &rows->slots[k];

			if (r->stamp.form == 0)
				continue;
			put_number(w, i, 4);
			put_number(w, r->customer, 4);
			put_number(w, r->shape, 4);
			put_number(w, r->stamp.owner, 2);
			put_number(w, (uint64_t)r->amount, 8);
			put_stamp(w, &r->stamp);
			blob_next(w, BLOB_ROWS);
		}
	}
	blob_close(w);
}

static void save_markers(struct writer *w)
{
	blob_open(w, BLOB_MARKERS);
	for (uint32_t i = 0; i < w->e->n_partners; i++) {
		const struct partner *p = w->e->partners[i];

		for (size_t k = 0; w->rc == 0 && k < p->n_markers; k++) {
			put_number(w, i, 4);
			put_number(w, p->markers[k].measure, 1);
			put_number(w, p->markers[k].month, 2);
			put_stamp(w, &p->markers[k].stamp);
			blob_next(w, BLOB_MARKERS);
		}
	}
	blob_close(w);
}

static void save_reports(struct writer *w)
{
	blob_open(w, BLOB_REPORTS);
	for (uint32_t i = 0; i < w->e->n_people; i++) {
		const struct person *p = w->e->people[i];

		for (size_t k = 0; w->rc == 0 && k < p->n_reports; k++) {
			const struct report *r = &p->reports[k];

			put_number(w, i, 4);
			put_number(w, r->partner, 4);
			put_number(w, r->name, 4);
			put_number(w, r->kind, 1);
			put_number(w, r->state, 1);
			put_number(w, (uint32_t)r->earned_on, 4);
			put_number(w, (uint32_t)r->expires_on, 4);
			put_number(w, (uint32_t)r->ended_on, 4);
			put_stamp(w, &r->stamp);
			blob_next(w, BLOB_REPORTS);
		}
	}
	blob_close(w);
}

static void save_links(struct writer *w)
{
	blob_open(w, BLOB_LINKS);
	for (uint32_t i = 0; i < w->e->n_people; i++) {
		const struct person *p = w->e->people[i];

		for (size_t k = 0; w->rc == 0 && k < p->n_links; k++) {
			put_number(w, i, 4);
			put_number(w, p->links[k].partner, 4);
			put_number(w, p->links[k].linked, 1);
			put_number(w, (uint32_t)p->links[k].since, 4);
			put_stamp(w, &p->links[k].stamp);
			blob_next(w, BLOB_LINKS);
		}
	}
	blob_close(w);
}

static void save_partners(struct writer *w)
{
	blob_open(w, BLOB_PARTNERS);
	for (uint32_t i = 0; w->rc == 0 && i < w->e->n_partners; i++) {
		put_text(w, intern_text(w->e->partner_ids, i));
		put_number(w, w->e->partners[i]->told, 1);
		blob_next(w, BLOB_PARTNERS);
	}
	blob_close(w);
}

static void save_associations(struct writer *w)
{
	blob_open(w, BLOB_ASSOCIATIONS);
	for (uint32_t i = 0; i < w->e->n_partners; i++) {
		const struct associations *t = &w->e->partners[i]->associations;

		for (size_t k = 0; w->rc == 0 && k < t->n; k++) {
			const struct association *a = &t->all[k];

			put_number(w, i, 4);
			put_number(w, a->customer, 4);
			put_number(w, a->workload, 4);
			put_number(w, a->subscription, 4);
			put_number(w, a->kind, 1);
			put_number(w, a->claim, 1);
			put_number(w, (uint32_t)a->from, 4);
			put_number(w, (uint32_t)a->until, 4);
			put_stamp(w, &a->stamp);
			blob_next(w, BLOB_ASSOCIATIONS);
		}
	}
	blob_close(w);
}

static const struct dossier no_dossier;

static const struct dossier *dossier_at(const struct engine *e, uint32_t i)
{
	return e->partners[i]->dossier != NULL ? e->partners[i]->dossier : &no_dossier;
}

static void save_segments(struct writer *w)
{
	blob_open(w, BLOB_SEGMENTS);
	for (uint32_t i = 0; i < w->e->n_partners; i++) {
		const struct dossier *d = dossier_at(w->e, i);

		for (size_t k = 0; w->rc == 0 && k < d->n_segments; k++) {
			put_number(w, i, 4);
			put_number(w, d->segments[k].customer, 4);
			put_number(w, d->segments[k].text, 4);
			put_stamp(w, &d->segments[k].stamp);
			blob_next(w, BLOB_SEGMENTS);
		}
	}
	blob_close(w);
}

static void save_attestations(struct writer *w)
{
	blob_open(w, BLOB_ATTESTATIONS);
	for (uint32_t i = 0; i < w->e->n_partners; i++) {
		const struct dossier *d = dossier_at(w->e, i);

		for (size_t k = 0; w->rc == 0 && k < d->n_attestations; k++) {
			const struct attestation *a = &d->attestations[k];

			put_number(w, i, 4);
			put_number(w, a->scope, 4);
			put_number(w, a->reference, 4);
			put_number(w, a->kind, 1);
			put_number(w, (uint32_t)a->on, 4);
			put_number(w, (uint32_t)a->until, 4);
			put_stamp(w, &a->stamp);
			blob_next(w, BLOB_ATTESTATIONS);
		}
	}
	blob_close(w);
}

static void save_enrollments(struct writer *w)
{
	blob_open(w, BLOB_ENROLLMENTS);
	for (uint32_t i = 0; i < w->e->n_partners; i++) {
		const struct dossier *d = dossier_at(w->e, i);

		for (size_t k = 0; w->rc == 0 && k < d->n_enrollments; k++) {
			const struct enrollment *n = &d->enrollments[k];

			put_number(w, i, 4);
			put_number(w, n->area, 4);
			put_number(w, n->track, 4);
			put_number(w, n->state, 1);
			put_number(w, (uint32_t)n->on, 4);
			put_number(w, (uint32_t)n->anniversary, 4);
			put_stamp(w, &n->stamp);
			blob_next(w, BLOB_ENROLLMENTS);
		}
	}
	blob_close(w);
}

static void save_accounts(struct writer *w)
{
	blob_open(w, BLOB_ACCOUNTS);
	for (size_t i = 0; w->rc == 0 && i < w->e->n_accounts; i++) {
		put_number(w, w->e->accounts[i].location, 4);
		put_number(w, w->e->accounts[i].global, 4);
		put_stamp(w, &w->e->accounts[i].stamp);
		blob_next(w, BLOB_ACCOUNTS);
	}
	blob_close(w);
}

/* Only what events brought: the others are there when the engine is made. */
static void save_editions(struct writer *w)
{
	blob_open(w, BLOB_EDITIONS);
	for (size_t i = 0; w->rc == 0 && i < w->e->n_calendar; i++) {
		const struct calendar_entry *c = &w->e->calendar[i];

		if (c->stamp.form == 0)
			continue;
		put_number(w, c->id, 4);
		put_number(w, (uint32_t)c->from, 4);
		put_number(w, c->text.n, 4);
		put_bytes(w, c->text.p, c->text.n);
		put_stamp(w, &c->stamp);
		blob_next(w, BLOB_EDITIONS);
	}
	blob_close(w);
}

static bool has_outlooks(const struct partner *p)
{
	return p->n_outlooks > 0 || p->overdue != 0 || p->skilling_on != DAY_NONE ||
	       p->outlook_day != DAY_NEVER;
}

static void save_outlooks(struct writer *w)
{
	blob_open(w, BLOB_OUTLOOKS);
	for (uint32_t i = 0; w->rc == 0 && i < w->e->n_partners; i++) {
		const struct partner *p = w->e->partners[i];

		if (!has_outlooks(p))
			continue;
		put_number(w, i, 4);
		put_number(w, (uint32_t)p->outlook_day, 4);
		put_number(w, (uint32_t)p->skilling_on, 4);
		put_number(w, p->overdue, 1);
		put_number(w, p->n_outlooks, 2);
		for (size_t k = 0; k < p->n_outlooks; k++) {
			put_number(w, p->outlooks[k].area, 4);
			put_number(w, p->outlooks[k].digest, 8);
		}
		blob_next(w, BLOB_OUTLOOKS);
	}
	blob_close(w);
}

/* How many records of each kind there are. */
static void count_records(const struct engine *e, uint64_t *n)
{
	n[BLOB_NAMES] = intern_count(e->names);
	n[BLOB_PARTNERS] = e->n_partners;
	n[BLOB_PEOPLE] = e->n_people;
	n[BLOB_SHAPES] = e->shapes.n;
	n[BLOB_ROWS] = e->stats.usage_rows;
	n[BLOB_REPORTS] = e->stats.certificates;
	n[BLOB_ACCOUNTS] = e->n_accounts;
	for (uint32_t i = 0; i < e->n_partners; i++) {
		n[BLOB_MARKERS] += e->partners[i]->n_markers;
		n[BLOB_ASSOCIATIONS] += e->partners[i]->associations.n;
		n[BLOB_SEGMENTS] += dossier_at(e, i)->n_segments;
		n[BLOB_ATTESTATIONS] += dossier_at(e, i)->n_attestations;
		n[BLOB_ENROLLMENTS] += dossier_at(e, i)->n_enrollments;
		n[BLOB_OUTLOOKS] += has_outlooks(e->partners[i]);
	}
	for (uint32_t i = 0; i < e->n_people; i++)
		n[BLOB_LINKS] += e->people[i]->n_links;
	for (size_t i = 0; i < e->n_calendar; i++)
		n[BLOB_EDITIONS] += e->calendar[i].stamp.form != 0;
}

static void save_head(struct writer *w)
{
	const struct engine *e = w->e;
	uint64_t n[BLOB_KIND_END] = { 0 };

	count_records(e, n);
	blob_open(w, BLOB_HEAD);
	put_number(w, SNAPSHOT_MAGIC, 8);
	put_number(w, SNAPSHOT_FORMAT, 4);
	put_number(w, calendar_digest(e), 8);
	put_number(w, (uint32_t)e->day, 4);
	put_number(w, e->complete, 1);
	put_number(w, e->stats.events, 8);
	put_number(w, e->stats.stale, 8);
	put_number(w, e->stats.unused, 8);
	put_number(w, e->stats.unknown_certificates, 8);
	put_number(w, e->stats.editions_refused, 8);
	for (int k = BLOB_NAMES; k < BLOB_END; k++)
		put_number(w, n[k], 8);
	blob_close(w);
}

int engine_save(const struct engine *e, int (*put)(void *ctx, struct span blob), void *ctx)
{
	struct writer w = { .e = e, .put = put, .ctx = ctx };

	assert(e->n_touched == 0);
	buf_init(&w.b, &e->a, (size_t)1024 * 1024);
	save_head(&w);
	save_texts(&w, BLOB_NAMES, e->names);
	save_partners(&w);
	save_texts(&w, BLOB_PEOPLE, e->person_ids);
	save_shapes(&w);
	save_rows(&w);
	save_markers(&w);
	save_reports(&w);
	save_links(&w);
	save_associations(&w);
	save_segments(&w);
	save_attestations(&w);
	save_enrollments(&w);
	save_accounts(&w);
	save_editions(&w);
	save_outlooks(&w);
	blob_open(&w, BLOB_END);
	blob_close(&w);
	buf_fini(&w.b);
	return w.rc;
}
