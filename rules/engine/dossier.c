/* Facts of a partner beside usage and people: segments of its customers, attestations, enrollments. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

#define FACTS_MAX ((size_t)1 << 31)

static int dossier_of(struct engine *e, uint32_t subject, struct dossier **ret)
{
	struct partner *p = e->partners[subject];

	if (p->dossier == NULL)
		p->dossier = mem_zalloc(&e->a, sizeof *p->dossier);
	*ret = p->dossier;
	return p->dossier == NULL ? ERR_NOMEM : 0;
}

void dossier_fini(struct engine *e, struct partner *p)
{
	struct dossier *d = p->dossier;

	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_segments; i++)
		stamp_fini(&e->a, &d->segments[i].stamp);
	for (size_t i = 0; i < d->n_attestations; i++)
		stamp_fini(&e->a, &d->attestations[i].stamp);
	for (size_t i = 0; i < d->n_enrollments; i++)
		stamp_fini(&e->a, &d->enrollments[i].stamp);
	mem_free(&e->a, d->segments, d->cap_segments * sizeof *d->segments);
	mem_free(&e->a, d->attestations, d->cap_attestations * sizeof *d->attestations);
	mem_free(&e->a, d->enrollments, d->cap_enrollments * sizeof *d->enrollments);
	mem_free(&e->a, d, sizeof *d);
}

/* Makes the stamp that of the event when it stands over it. Sets *ret_stale otherwise. */
static int stand(struct engine *e, const struct event *ev, struct stamp *s, bool *ret_stale)
{
	uint32_t source;
	int rc = name_put(e, ev->source, &source);

	*ret_stale = false;
	if (rc != 0)
		return rc;
	if (s->form != 0 && !stamp_is_older(e->names, s, ev->recorded, source, ev->id)) {
		*ret_stale = true;
		e->stats.stale++;
		return 0;
	}
	return stamp_set(&e->a, s, ev->recorded, source, ev->id, ev->retracted);
}

/* ---- segments ---------------------------------------------------------------------------------------------------- */

static size_t segment_place(const struct dossier *d, uint32_t customer)
{
	size_t low = 0, high = d->n_segments;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (d->segments[mid].customer < customer)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int segment_put(struct engine *e, uint32_t subject, uint32_t customer, struct segment **ret)
{
	struct dossier *d;
	size_t at;
	int rc = dossier_of(e, subject, &d);

	if (rc != 0)
		return rc;
	at = segment_place(d, customer);
	if (at == d->n_segments || d->segments[at].customer != customer) {
		rc = mem_grow_tight(&e->a, (void **)&d->segments, &d->cap_segments,
			d->n_segments + 1, FACTS_MAX, sizeof *d->segments);
		if (rc != 0)
			return rc;
		memmove(d->segments + at + 1, d->segments + at,
			(d->n_segments - at) * sizeof *d->segments);
		d->segments[at] = (struct segment){ .customer = customer };
		d->n_segments++;
	}
	*ret = &d->segments[at];
	return 0;
}

int dossier_customer(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	uint32_t subject, customer = 0, text = 0;
	struct segment *s;
	struct partner *p;
	bool stale;
	int rc = partner_get(e, ev->subject, cause, &subject);

	if (rc == 0)
		rc = name_put(e, ev->u.customer.customer, &customer);
	if (rc == 0)
		rc = name_put(e, ev->u.customer.segment, &text);
	if (rc == 0)
		rc = segment_put(e, subject, customer, &s);
	if (rc == 0)
		rc = stand(e, ev, &s->stamp, &stale);
	if (rc != 0 || stale)
		return rc;
	note_customer(e, customer);
	s->text = text;
	if (!e->book->plan.segments)
		return 0;
	p = e->partners[e->partners[subject]->owner];
	p->rebuild = UINT8_MAX;
	return engine_touch_facts(e, subject, cause);
}

struct str segment_of(const struct engine *e, const struct partner *p, uint32_t customer)
{
	const struct segment *newest = NULL;

	for (uint32_t at = p->self; at != NONE; at = subject_next(e, p->self, at)) {
		const struct dossier *d = e->partners[at]->dossier;
		size_t i = d == NULL ? 0 : segment_place(d, customer);

		if (d == NULL || i == d->n_segments || d->segments[i].customer != customer ||
			d->segments[i].stamp.retracted)
			continue;
		if (newest == NULL ||
			stamp_cmp(e->names, &d->segments[i].stamp, &newest->stamp) > 0)
			newest = &d->segments[i];
	}
	return newest == NULL ? (struct str){ NULL, 0 } : name_text(e, newest->text);
}

/* ---- attestations ------------------------------------------------------------------------------------------------ */

int attestation_put(struct engine *e, uint32_t subject, enum attestation_kind kind, uint32_t scope,
	uint32_t reference, struct attestation **ret)
{
	struct dossier *d;
	int rc = dossier_of(e, subject, &d);

	for (size_t i = 0; rc == 0 && i < d->n_attestations; i++) {
		struct attestation *a = &d->attestations[i];

		if (a->kind == kind && a->scope == scope && a->reference == reference) {
			*ret = a;
			return 0;
		}
	}
	if (rc == 0)
		rc = mem_grow_tight(&e->a, (void **)&d->attestations, &d->cap_attestations,
			d->n_attestations + 1, FACTS_MAX, sizeof *d->attestations);
	if (rc != 0)
		return rc;
	*ret = &d->attestations[d->n_attestations++];
	**ret = (struct attestation){
		.kind = (uint8_t)kind, .scope = scope, .reference = reference
	};
	return 0;
}

int dossier_attestation(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_attestation *f = &ev->u.attestation;
	uint32_t subject, scope = 0, reference = 0;
	struct attestation *a;
	bool stale;
	int rc = partner_get(e, ev->subject, cause, &subject);

	if (rc == 0)
		rc = name_put(e, f->scope, &scope);
	if (rc == 0)
		rc = name_put(e, f->reference, &reference);
	if (rc == 0)
		rc = attestation_put(e, subject, f->kind, scope, reference, &a);
	if (rc == 0)
		rc = stand(e, ev, &a->stamp, &stale);
	if (rc != 0 || stale)
		return rc;
	a->on = ev->retracted ? DAY_NONE : f->on;
	a->until = ev->retracted ? DAY_NONE : f->until;
	e->partners[e->partners[subject]->owner]->facts_stale = true;
	return engine_touch(e, subject, cause);
}

static day_no earlier(day_no a, day_no b)
{
	return a < b ? a : b;
}

static void look_at(
	const struct attestation *a, uint32_t within, day_no day, uint32_t *n, day_no *next)
{
	day_no until = a->until == DAY_NONE ? DAY_NEVER : a->until + 1;

	if (within > 0)
		until = earlier(until, months_forward(a->on, within));
	if (day < a->on)
		*next = earlier(*next, a->on);
	if (day >= a->on && day < until) {
		*n += 1;
		*next = earlier(*next, until);
	}
}

uint32_t attested_on(const struct engine *e, const struct partner *p, const struct metric_rule *r,
	day_no day, day_no *ret_next)
{
	uint32_t n = 0;

	*ret_next = DAY_NEVER;
	for (uint32_t at = p->self; at != NONE; at = subject_next(e, p->self, at)) {
		const struct dossier *d = e->partners[at]->dossier;

		for (size_t i = 0; d != NULL && i < d->n_attestations; i++) {
			const struct attestation *a = &d->attestations[i];

			if (a->kind == r->u.attested.kind && !a->stamp.retracted &&
				str_eq(name_text(e, a->scope), r->u.attested.scope))
				look_at(a, r->u.attested.within_months, day, &n, ret_next);
		}
	}
	return n;
}

/* ---- enrollments ------------------------------------------------------------------------------------------------- */

int enrollment_put(struct engine *e, uint32_t subject, uint32_t area, struct enrollment **ret)
{
	struct dossier *d;
	int rc = dossier_of(e, subject, &d);

	for (size_t i = 0; rc == 0 && i < d->n_enrollments; i++)
		if (d->enrollments[i].area == area) {
			*ret = &d->enrollments[i];
			return 0;
		}
	if (rc == 0)
		rc = mem_grow_tight(&e->a, (void **)&d->enrollments, &d->cap_enrollments,
			d->n_enrollments + 1, FACTS_MAX, sizeof *d->enrollments);
	if (rc != 0)
		return rc;
	*ret = &d->enrollments[d->n_enrollments++];
	**ret = (struct enrollment){ .area = area };
	return 0;
}

int dossier_enrollment(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_enrollment *f = &ev->u.enrollment;
	uint32_t subject, area = 0, track = 0;
	struct enrollment *n;
	bool stale;
	int rc = partner_get(e, ev->subject, cause, &subject);

	if (rc == 0)
		rc = name_put(e, f->area, &area);
	if (rc == 0)
		rc = name_put(e, ev->retracted ? (struct str){ "", 0 } : f->track, &track);
	if (rc == 0)
		rc = enrollment_put(e, subject, area, &n);
	if (rc == 0)
		rc = stand(e, ev, &n->stamp, &stale);
	if (rc != 0 || stale)
		return rc;
	n->track = track;
	n->state = ev->retracted ? 0 : (uint8_t)f->state;
	n->on = ev->retracted ? DAY_NONE : f->on;
	n->anniversary = ev->retracted ? DAY_NONE : f->anniversary;
	e->partners[e->partners[subject]->owner]->facts_stale = true;
	return engine_touch_facts(e, subject, cause);
}
