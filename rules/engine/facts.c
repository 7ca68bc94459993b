/* What is held, as events again: for a fork, and for questions about what there is. */
#include "rules/engine/engine_internal.h"

/* One walk over facts: `ev` has the subject, and is filled anew for each. */
struct telling {
	const struct engine *e;
	struct event ev;
	char id[STAMP_ID_BUF];
	fact_each each;
	void *ctx;
};

static int tell(struct telling *t, enum fact_kind kind, const struct stamp *s)
{
	t->ev.kind = kind;
	t->ev.id = stamp_id(s, t->id);
	t->ev.source = name_text(t->e, s->source);
	t->ev.recorded = t->ev.time = stamp_recorded(s);
	t->ev.retracted = s->retracted;
	return t->each(t->ctx, &t->ev);
}

static struct telling telling_of(
	const struct engine *e, uint32_t subject, fact_each each, void *ctx)
{
	struct telling t = { .e = e, .each = each, .ctx = ctx };

	t.ev.subject = partner_id(e, subject);
	return t;
}

/* ---- usage ------------------------------------------------------------------------------------------------------- */

static int tell_row(struct telling *t, const struct row *r)
{
	const struct engine *e = t->e;
	const struct shape *s = &e->shapes.all[r->shape];

	t->ev.u.usage = (struct fact_usage){ .customer = name_text(e, r->customer),
		.product = name_text(e, s->product),
		.component = name_text(e, s->component),
		.month = row_month(r),
		.association = (enum association_kind)s->association,
		.measure = (enum measure)s->measure,
		.offer = (enum offer_kind)s->offer,
		.duplicate = s->duplicate,
		.amount_micro = r->amount,
		.level1 = name_text(e, s->level1),
		.group2 = name_text(e, s->group2),
		.group3 = name_text(e, s->group3),
		.influencer = name_text(e, s->influencer),
		.compute_os = name_text(e, s->compute_os) };
	return tell(t, FACT_USAGE, &r->stamp);
}

static int tell_usage(struct telling *t, const struct partner *p)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < p->rows.cap; i++)
		if (p->rows.slots[i].stamp.form != 0)
			rc = tell_row(t, &p->rows.slots[i]);
	for (size_t i = 0; rc == 0 && i < p->n_markers; i++) {
		const struct marker *m = &p->markers[i];

		t->ev.u.usage_reported =
			(struct fact_usage_reported){ .measure = (enum measure)m->measure,
				.month = MONTH_MIN + m->month };
		rc = tell(t, FACT_USAGE_REPORTED, &m->stamp);
	}
	return rc;
}

/* ---- customers and papers ---------------------------------------------------------------------------------------- */

static int tell_association(struct telling *t, const struct association *a)
{
	t->ev.u.association = (struct fact_association){ .customer = name_text(t->e, a->customer),
		.kind = (enum association_kind)a->kind,
		.workload = name_text(t->e, a->workload),
		.subscription = name_text(t->e, a->subscription),
		.from = a->from,
		.until = a->until,
		.claim = (enum claim_state)a->claim };
	return tell(t, FACT_ASSOCIATION, &a->stamp);
}

static int tell_segment(struct telling *t, const struct segment *s)
{
	t->ev.u.customer =
		(struct fact_customer){ name_text(t->e, s->customer), name_text(t->e, s->text) };
	return tell(t, FACT_CUSTOMER, &s->stamp);
}

static int tell_attestation(struct telling *t, const struct attestation *a)
{
	t->ev.u.attestation = (struct fact_attestation){ (enum attestation_kind)a->kind,
		name_text(t->e, a->scope), name_text(t->e, a->reference), a->on, a->until };
	return tell(t, FACT_ATTESTATION, &a->stamp);
}

static int tell_enrollment(struct telling *t, const struct enrollment *n)
{
	t->ev.u.enrollment = (struct fact_enrollment){ name_text(t->e, n->area),
		(enum enrollment_state)n->state, n->on, n->anniversary, name_text(t->e, n->track) };
	return tell(t, FACT_ENROLLMENT, &n->stamp);
}

static int tell_dossier(struct telling *t, const struct dossier *d)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < d->n_segments; i++)
		rc = tell_segment(t, &d->segments[i]);
	for (size_t i = 0; rc == 0 && i < d->n_attestations; i++)
		rc = tell_attestation(t, &d->attestations[i]);
	for (size_t i = 0; rc == 0 && i < d->n_enrollments; i++)
		rc = tell_enrollment(t, &d->enrollments[i]);
	return rc;
}

/* The event's subject is the account; one that a location claims for itself makes it no location. */
static int tell_account(struct telling *t, const struct account *a)
{
	struct str location = t->ev.subject;
	int rc;

	t->ev.subject = a->global == NONE ? location : partner_id(t->e, a->global);
	t->ev.u.account.location = location;
	rc = tell(t, FACT_ACCOUNT, &a->stamp);
	t->ev.subject = location;
	return rc;
}

int subject_facts(const struct engine *e, uint32_t subject, fact_each each, void *ctx)
{
	struct telling t = telling_of(e, subject, each, ctx);
	const struct partner *p = e->partners[subject];
	int rc = tell_usage(&t, p);

	for (size_t i = 0; rc == 0 && i < p->associations.n; i++)
		rc = tell_association(&t, &p->associations.all[i]);
	if (rc == 0 && p->dossier != NULL)
		rc = tell_dossier(&t, p->dossier);
	if (rc == 0 && p->account != 0)
		rc = tell_account(&t, &e->accounts[p->account - 1]);
	return rc;
}

int claim_fact(const struct engine *e, const struct claim *c, fact_each each, void *ctx)
{
	struct telling t = telling_of(e, c->subject, each, ctx);

	return tell_association(&t, &e->partners[c->subject]->associations.all[c->place]);
}

/* ---- people ------------------------------------------------------------------------------------------------------ */

static int tell_report(struct telling *t, struct str person, const struct report *r)
{
	struct str name = name_text(t->e, r->name);

	t->ev.subject = partner_id(t->e, r->partner);
	if (r->kind == FACT_ASSESSMENT)
		t->ev.u.assessment =
			(struct fact_assessment){ person, name, r->earned_on, r->expires_on };
	else
		t->ev.u.certification = (struct fact_certification){ person, name,
			(enum certification_state)r->state, r->earned_on, r->expires_on,
			r->ended_on };
	return tell(t, (enum fact_kind)r->kind, &r->stamp);
}

int person_facts(const struct engine *e, uint32_t person, fact_each each, void *ctx)
{
	const struct person *p = e->people[person];
	struct str id = person_id(e, person);
	struct telling t = { .e = e, .each = each, .ctx = ctx };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->n_reports; i++)
		rc = tell_report(&t, id, &p->reports[i]);
	for (size_t i = 0; rc == 0 && i < p->n_links; i++) {
		const struct person_link *l = &p->links[i];

		t.ev.subject = partner_id(e, l->partner);
		t.ev.u.person_link = (struct fact_person_link){ id, l->linked, l->since };
		rc = tell(&t, FACT_PERSON_LINK, &l->stamp);
	}
	return rc;
}
