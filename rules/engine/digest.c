/* A digest of what is known and what follows from it. Every fact is hashed by its texts, and the hashes are added:
 * neither the order of arrival nor the numbers given on the way matter. */
#include "rules/engine/engine_internal.h"
#include "rules/engine/snapshot.h"

#include "common/base/hash.h"

#include <assert.h>

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	return digest_chain(h, p, n);
}

static uint64_t mix_text(uint64_t h, struct str s)
{
	return mix(h, s.n == 0 ? "" : s.p, s.n);
}

static uint64_t mix_number(uint64_t h, int64_t v)
{
	return mix(h, &v, sizeof v);
}

static uint64_t mix_stamp(const struct engine *e, uint64_t h, const struct stamp *s)
{
	char buf[STAMP_ID_BUF];

	h = mix_number(h, stamp_recorded(s));
	h = mix_text(h, name_text(e, s->source));
	h = mix_text(h, stamp_id(s, buf));
	return mix_number(h, s->retracted);
}

static uint64_t row_digest(const struct engine *e, uint64_t h, const struct row *r)
{
	const struct shape *s = &e->shapes.all[r->shape];
	const uint32_t names[] = { s->product, s->component, s->level1, s->group2, s->group3,
		s->influencer, s->compute_os };

	h = mix_text(mix_number(h, FACT_USAGE), name_text(e, r->customer));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		h = mix_text(mix_number(h, (int64_t)i), name_text(e, names[i]));
	h = mix_number(h, row_month(r));
	h = mix_number(h, s->measure | s->association << 8 | s->offer << 16 | s->duplicate << 24);
	h = mix_number(h, r->amount);
	return mix_stamp(e, h, &r->stamp);
}

/* What was told of a partner last. */
static uint64_t points_digest(const struct engine *e, const struct partner *p, uint64_t h)
{
	const struct edition *ed = p->derived->book->edition;
	uint8_t status[EDITION_AREAS_MAX];
	struct standing_view v = { .book = p->derived->book,
		.partner = p,
		.index = p->self,
		.day = e->day,
		.counts = p->derived->counts,
		.status = status };

	memcpy(v.reference, p->reference, sizeof v.reference);
	for (size_t i = 0; i < ed->n_areas; i++) {
		status[i] = p->derived->areas[i].status;
		v.asks_less |= (uint64_t)p->derived->areas[i].asks_less << i;
	}
	for (size_t i = 0; i < ed->n_areas; i++) {
		struct judged j;

		judge_track(&v, i, p->derived->areas[i].track, &j);
		for (size_t k = 0; k < ed->areas[i].n_metrics; k++) {
			h = mix(h, &j.points[k].num, sizeof j.points[k].num);
			h = mix(h, &j.points[k].den, sizeof j.points[k].den);
		}
		h = mix_number(mix_number(h, status[i]), p->derived->areas[i].track);
		if (ed->areas[i].form == AREA_OF_METRICS)
			h = mix_number(h, p->derived->areas[i].qualifies);
	}
	return h;
}

static uint64_t dossier_digest(const struct engine *e, uint64_t name, const struct dossier *d)
{
	uint64_t sum = 0, h;

	for (size_t i = 0; i < d->n_segments; i++) {
		h = mix_text(
			mix_number(name, FACT_CUSTOMER), name_text(e, d->segments[i].customer));
		h = mix_text(h, name_text(e, d->segments[i].text));
		sum += mix_stamp(e, h, &d->segments[i].stamp);
	}
	for (size_t i = 0; i < d->n_attestations; i++) {
		const struct attestation *a = &d->attestations[i];

		h = mix_number(mix_number(name, FACT_ATTESTATION), a->kind);
		h = mix_text(mix_text(h, name_text(e, a->scope)), name_text(e, a->reference));
		h = mix_number(mix_number(h, a->on), a->until);
		sum += mix_stamp(e, h, &a->stamp);
	}
	for (size_t i = 0; i < d->n_enrollments; i++) {
		const struct enrollment *n = &d->enrollments[i];

		h = mix_text(mix_number(name, FACT_ENROLLMENT), name_text(e, n->area));
		h = mix_number(mix_text(h, name_text(e, n->track)), n->state);
		h = mix_number(mix_number(h, n->on), n->anniversary);
		sum += mix_stamp(e, h, &n->stamp);
	}
	return sum;
}

static uint64_t association_digest(
	const struct engine *e, uint64_t name, const struct association *a)
{
	uint64_t h = mix_text(mix_number(name, FACT_ASSOCIATION), name_text(e, a->customer));

	h = mix_text(mix_text(h, name_text(e, a->workload)), name_text(e, a->subscription));
	h = mix_number(mix_number(h, a->kind), a->claim);
	return mix_stamp(e, mix_number(mix_number(h, a->from), a->until), &a->stamp);
}

static uint64_t partner_digest(const struct engine *e, uint32_t index)
{
	const struct partner *p = e->partners[index];
	uint64_t name = mix_text(0, partner_id(e, index)), sum = mix_number(name, p->told);

	if (p->derived != NULL)
		sum += points_digest(e, p, name);
	for (uint32_t i = 0; i < p->rows.cap; i++)
		if (p->rows.slots[i].stamp.form != 0)
			sum += row_digest(e, name, &p->rows.slots[i]);
	for (size_t i = 0; i < p->n_markers; i++) {
		uint64_t h = mix_number(name, FACT_USAGE_REPORTED);

		h = mix_number(mix_number(h, p->markers[i].measure), p->markers[i].month);
		sum += mix_stamp(e, h, &p->markers[i].stamp);
	}
	for (size_t i = 0; i < p->associations.n; i++)
		sum += association_digest(e, name, &p->associations.all[i]);
	return p->dossier == NULL ? sum : sum + dossier_digest(e, name, p->dossier);
}

static uint64_t others_digest(const struct engine *e)
{
	uint64_t sum = 0, h;

	for (size_t i = 0; i < e->n_accounts; i++) {
		const struct account *a = &e->accounts[i];

		h = mix_text(mix_number(2, FACT_ACCOUNT), partner_id(e, a->location));
		if (a->global != NONE)
			h = mix_text(h, partner_id(e, a->global));
		sum += mix_stamp(e, h, &a->stamp);
	}
	for (size_t i = 0; i < e->n_calendar; i++) {
		const struct calendar_entry *c = &e->calendar[i];

		if (c->stamp.form == 0)
			continue;
		h = mix_text(mix_number(3, FACT_EDITION), name_text(e, c->id));
		sum += mix_stamp(e, mix_text(mix_number(h, c->from), c->text), &c->stamp);
	}
	return sum;
}

static uint64_t person_digest(const struct engine *e, uint32_t index)
{
	const struct person *p = e->people[index];
	uint64_t name = mix_text(1, person_id(e, index)), sum = 0;

	for (size_t i = 0; i < p->n_reports; i++) {
		const struct report *r = &p->reports[i];
		uint64_t h = mix_text(mix_number(name, r->kind), partner_id(e, r->partner));

		h = mix_number(mix_text(h, name_text(e, r->name)), r->state);
		h = mix_number(mix_number(mix_number(h, r->earned_on), r->expires_on), r->ended_on);
		sum += mix_stamp(e, h, &r->stamp);
	}
	for (size_t i = 0; i < p->n_links; i++) {
		uint64_t h = mix_text(
			mix_number(name, FACT_PERSON_LINK), partner_id(e, p->links[i].partner));

		h = mix_number(mix_number(h, p->links[i].linked), p->links[i].since);
		sum += mix_stamp(e, h, &p->links[i].stamp);
	}
	return sum;
}

uint64_t engine_digest(const struct engine *e)
{
	uint64_t sum = mix_number(mix_number(calendar_digest(e), e->day), e->complete);

	assert(e->n_touched == 0);
	for (uint32_t i = 0; i < e->n_partners; i++)
		sum += partner_digest(e, i);
	for (uint32_t i = 0; i < e->n_people; i++)
		sum += person_digest(e, i);
	return mix_number(sum + others_digest(e), 0);
}
