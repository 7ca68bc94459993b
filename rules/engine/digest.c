/* A digest of what is known and what follows from it. Every fact is hashed by its texts, and the hashes are added:
 * neither the order of arrival nor the numbers given on the way matter. */
#include "rules/engine/engine_internal.h"

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

	h = mix_number(h, s->recorded);
	h = mix_text(h, name_text(e, s->source));
	h = mix_text(h, stamp_id(s, buf));
	return mix_number(h, s->retracted);
}

static uint64_t row_digest(const struct engine *e, uint64_t h, const struct row *r)
{
	const struct shape *s = &e->shapes.all[r->shape];

	h = mix_text(mix_number(h, FACT_USAGE), name_text(e, r->customer));
	h = mix_text(h, name_text(e, s->product));
	h = mix_text(h, name_text(e, s->component));
	h = mix_number(h, row_month(r));
	h = mix_number(h, s->measure | s->association << 8 | s->offer << 16 | s->duplicate << 24);
	h = mix_number(h, r->amount);
	return mix_stamp(e, h, &r->stamp);
}

static uint64_t points_digest(const struct engine *e, const struct partner *p, uint64_t h)
{
	for (size_t i = 0; i < e->edition->n_areas; i++) {
		for (size_t k = 0; k < e->edition->areas[i].n_metrics; k++) {
			const struct ratio *r = &p->points[plan_op(&e->plan, i, k)];

			h = mix(h, &r->num, sizeof r->num);
			h = mix(h, &r->den, sizeof r->den);
		}
		h = mix_number(h, p->status[i]);
	}
	return h;
}

static uint64_t partner_digest(const struct engine *e, uint32_t index)
{
	const struct partner *p = e->partners[index];
	uint64_t name = mix_text(0, partner_id(e, index)), sum = points_digest(e, p, name);

	for (uint32_t i = 0; i < p->rows.cap; i++)
		if (p->rows.slots[i].stamp.form != 0)
			sum += row_digest(e, name, &p->rows.slots[i]);
	for (size_t i = 0; i < p->n_markers; i++) {
		uint64_t h = mix_number(name, FACT_USAGE_REPORTED);

		h = mix_number(mix_number(h, p->markers[i].measure), p->markers[i].month);
		sum += mix_stamp(e, h, &p->markers[i].stamp);
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
	uint64_t sum = mix_number(mix_number(e->edition->digest, e->day), e->complete);

	assert(e->n_touched == 0);
	for (uint32_t i = 0; i < e->n_partners; i++)
		sum += partner_digest(e, i);
	for (uint32_t i = 0; i < e->n_people; i++)
		sum += person_digest(e, i);
	return mix_number(sum, 0);
}
