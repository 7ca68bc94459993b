/* Facts about usage: their natural keys, which of two versions stands, and what that changes. */
#include "rules/engine/engine_internal.h"

static struct shape shape_of(const struct fact_usage *u)
{
	return (struct shape){ .measure = (uint8_t)u->measure,
		.association = (uint8_t)u->association,
		.offer = (uint8_t)u->offer,
		.duplicate = u->duplicate };
}

/* The texts of a shape and where their numbers go. */
struct named {
	struct str text;
	uint32_t *number;
};
#define SHAPE_TEXTS 7

static void texts_of(const struct fact_usage *u, struct shape *s, struct named *out)
{
	const struct named all[SHAPE_TEXTS] = { { u->product, &s->product },
		{ u->component, &s->component }, { u->level1, &s->level1 },
		{ u->group2, &s->group2 }, { u->group3, &s->group3 },
		{ u->influencer, &s->influencer }, { u->compute_os, &s->compute_os } };

	memcpy(out, all, sizeof all);
}

static int usage_names(struct engine *e, const struct event *ev, struct usage_key *ret)
{
	const struct fact_usage *u = &ev->u.usage;
	struct shape shape = shape_of(u);
	struct named texts[SHAPE_TEXTS];
	int rc = name_put(e, ev->source, &ret->source);

	texts_of(u, &shape, texts);
	for (size_t i = 0; rc == 0 && i < SHAPE_TEXTS; i++)
		rc = name_put(e, texts[i].text, texts[i].number);
	if (rc == 0)
		rc = name_put(e, u->customer, &ret->customer);
	if (rc == 0)
		rc = shape_get(e, &shape, &ret->shape);
	return rc;
}

bool usage_find(const struct engine *e, const struct event *ev, uint64_t partner_hash,
	uint64_t customer_hash, struct usage_key *ret)
{
	const struct fact_usage *u = &ev->u.usage;
	struct shape shape = shape_of(u);
	struct named texts[SHAPE_TEXTS];
	const struct partner *p, *owner;

	ret->partner = intern_find_hashed(e->partner_ids, ev->subject, partner_hash);
	ret->customer = intern_find_hashed(e->names, u->customer, customer_hash);
	ret->source = intern_find(e->names, ev->source);
	if (ret->partner == NONE || ret->customer == NONE || ret->source == NONE ||
		!e->partners[ret->partner]->told)
		return false;
	texts_of(u, &shape, texts);
	for (size_t i = 0; i < SHAPE_TEXTS; i++) {
		/* Most of them are empty; the empty text was met first. */
		*texts[i].number =
			texts[i].text.n == 0 ? e->empty_name : intern_find(e->names, texts[i].text);
		if (*texts[i].number == NONE)
			return false;
	}
	ret->shape = shape_find(&e->shapes, &shape);
	p = e->partners[ret->partner];
	owner = e->partners[p->owner];
	if (ret->shape == NONE || p->rows.cap == 0)
		return false;
	rows_fetch(&p->rows, ret->customer, u->month);
	partner_fetch(e, owner, ret);
	return true;
}

/* The row now holds what stands; `was` and `is` tell whether it had and has a value. */
static int row_changed(struct engine *e, uint32_t index, const struct row *r, bool was, int64_t old,
	const uint32_t *cause)
{
	const struct shape *s = &e->shapes.all[r->shape];
	bool is = !r->stamp.retracted, edge = false;
	int rc = 0;

	if (was != is) {
		rc = partner_count_row(
			e, e->partners[index], (enum measure)s->measure, row_month(r), is, &edge);
		/* A month more or less may be one that past days referred to. */
		if (rc == 0 && edge)
			rc = engine_touch_past(e, index, MONTH_MIN, cause);
		if (rc == 0 && edge)
			rc = partner_refresh(e, index, 1U << s->measure, cause);
	}
	if (rc == 0)
		rc = partner_add(e, index, r->shape, r->customer, row_month(r),
			(int128)r->amount - old, cause);
	return rc;
}

int usage_resolve(
	struct engine *e, const struct event *ev, const uint32_t *cause, struct usage_key *ret)
{
	int rc = partner_get(e, ev->subject, cause, &ret->partner);

	if (rc == 0)
		rc = usage_names(e, ev, ret);
	if (rc == 0)
		rc = rows_reserve(&e->partners[ret->partner]->rows, &e->a);
	if (rc != 0)
		return rc;
	rows_fetch(&e->partners[ret->partner]->rows, ret->customer, ev->u.usage.month);
	partner_fetch(e, e->partners[e->partners[ret->partner]->owner], ret);
	return 0;
}

int usage_commit(struct engine *e, const struct event *ev, const struct usage_key *key,
	const uint32_t *cause)
{
	const struct fact_usage *u = &ev->u.usage;
	struct partner *p = e->partners[key->partner];
	struct row *r;
	int64_t old;
	bool was;
	int rc = rows_reserve(&p->rows, &e->a);

	if (rc != 0)
		return rc;
	note_customer(e, key->customer);
	r = rows_put(&p->rows, key->customer, key->shape, u->month);
	if (r->stamp.form == 0) {
		e->stats.usage_rows++;
		was = false;
	} else if (stamp_is_older(e->names, &r->stamp, ev->recorded, key->source, ev->id)) {
		was = !r->stamp.retracted;
	} else {
		e->stats.stale++;
		return 0;
	}
	old = r->amount;
	rc = stamp_set(&e->a, &r->stamp, ev->recorded, key->source, ev->id, ev->retracted);
	if (rc != 0)
		return rc;
	r->amount = ev->retracted ? 0 : u->amount_micro;
	if (was && r->amount != old)
		e->correcting = month_first_day(u->month);
	return row_changed(e, key->partner, r, was, old, cause);
}

static bool is_used(const struct engine *e, enum measure m)
{
	return (e->book->plan.measures >> m & 1) != 0;
}

int usage_apply(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	struct usage_key key;
	int rc;

	if (!is_used(e, ev->u.usage.measure))
		e->stats.unused++;
	rc = usage_resolve(e, ev, cause, &key);
	return rc != 0 ? rc : usage_commit(e, ev, &key, cause);
}

int usage_reported(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_usage_reported *u = &ev->u.usage_reported;
	uint32_t index, source;
	struct marker *m;
	int rc;

	if (!is_used(e, u->measure))
		e->stats.unused++;
	rc = partner_get(e, ev->subject, cause, &index);
	if (rc == 0)
		rc = name_put(e, ev->source, &source);
	if (rc == 0)
		rc = marker_put(e, e->partners[index], u->measure, u->month, &m);
	if (rc != 0)
		return rc;
	if (m->stamp.form != 0 &&
		!stamp_is_older(e->names, &m->stamp, ev->recorded, source, ev->id)) {
		e->stats.stale++;
		return 0;
	}
	rc = stamp_set(&e->a, &m->stamp, ev->recorded, source, ev->id, ev->retracted);
	if (rc == 0)
		rc = outlook_stale(e, index);
	if (rc == 0)
		rc = engine_touch_past(e, index, MONTH_MIN, cause);
	return rc != 0 ? rc : partner_refresh(e, index, 1U << u->measure, cause);
}
