/* An engine of its own that begins with a partner's facts. */
#include "rules/engine/fork.h"

#include "common/base/err.h"
#include "common/base/hash.h"
#include "rules/engine/engine_internal.h"

#define NUMBERS_MAX ((size_t)1 << 30)
#define ROWS_SPARE  256 /* for those that are told to the fork */

/* ---- sets of numbers --------------------------------------------------------------------------------------------- */

/* In order of arrival, each once. */
struct numbers {
	uint32_t *all;
	size_t n, cap;
	uint32_t *slots; /* place in `all` + 1; 0 is free */
	size_t n_slots;
};

static uint32_t *slot_for(const struct numbers *t, uint32_t number)
{
	size_t at = (size_t)hash_u64(number) & (t->n_slots - 1);

	while (t->slots[at] != 0 && t->all[t->slots[at] - 1] != number)
		at = (at + 1) & (t->n_slots - 1);
	return &t->slots[at];
}

static int numbers_widen(struct numbers *t, const struct alloc *a)
{
	struct numbers wider = *t;

	wider.n_slots = t->n_slots == 0 ? 64 : t->n_slots * 2;
	wider.slots = mem_zalloc(a, wider.n_slots * sizeof *wider.slots);
	if (wider.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->n; i++)
		*slot_for(&wider, t->all[i]) = (uint32_t)i + 1;
	mem_free(a, t->slots, t->n_slots * sizeof *t->slots);
	*t = wider;
	return 0;
}

static int numbers_add(struct numbers *t, const struct alloc *a, uint32_t number)
{
	uint32_t *slot;
	int rc = (t->n + 1) * 2 > t->n_slots ? numbers_widen(t, a) : 0;

	if (rc != 0)
		return rc;
	slot = slot_for(t, number);
	if (*slot != 0)
		return 0;
	rc = mem_grow(a, (void **)&t->all, &t->cap, t->n + 1, NUMBERS_MAX, sizeof *t->all);
	if (rc != 0)
		return rc;
	t->all[t->n++] = number;
	*slot = (uint32_t)t->n;
	return 0;
}

static bool numbers_have(const struct numbers *t, uint32_t number)
{
	return t->n_slots > 0 && *slot_for(t, number) != 0;
}

static void numbers_fini(struct numbers *t, const struct alloc *a)
{
	mem_free(a, t->all, t->cap * sizeof *t->all);
	mem_free(a, t->slots, t->n_slots * sizeof *t->slots);
}

/* ---- what goes along --------------------------------------------------------------------------------------------- */

struct forking {
	const struct engine *from;
	const struct alloc *a;
	struct engine *to;
	size_t left; /* facts that may still be copied */
	struct numbers subjects, people, customers;
};

static int add_subject(struct forking *f, struct str id)
{
	uint32_t at = intern_find(f->from->partner_ids, id);

	return at == INTERN_NONE ? 0 : numbers_add(&f->subjects, f->a, at);
}

static int add_person(struct forking *f, struct str id)
{
	uint32_t at = intern_find(f->from->person_ids, id);

	return at == INTERN_NONE ? 0 : numbers_add(&f->people, f->a, at);
}

static int add_customer(struct forking *f, struct str id)
{
	uint32_t at = intern_find(f->from->names, id);

	return at == INTERN_NONE ? 0 : numbers_add(&f->customers, f->a, at);
}

/* Whatever an event speaks of. */
static int add_event(struct forking *f, const struct event *ev)
{
	int rc = add_subject(f, ev->subject);

	if (rc != 0)
		return rc;
	switch (ev->kind) {
	case FACT_ACCOUNT:
		return add_subject(f, ev->u.account.location);
	case FACT_CERTIFICATION:
		return add_person(f, ev->u.certification.person);
	case FACT_ASSESSMENT:
		return add_person(f, ev->u.assessment.person);
	case FACT_PERSON_LINK:
		return add_person(f, ev->u.person_link.person);
	case FACT_ASSOCIATION:
		return add_customer(f, ev->u.association.customer);
	default:
		return 0;
	}
}

/* Who shares an account with a subject, or would if a circle of accounts were broken. */
static int add_relatives(struct forking *f, uint32_t subject)
{
	const struct partner *p = f->from->partners[subject];
	const struct account *account = p->account == 0 ? NULL : &f->from->accounts[p->account - 1];
	int rc = numbers_add(&f->subjects, f->a, p->owner);

	for (uint32_t at = p->members; rc == 0 && at != NONE;
		at = f->from->partners[at]->next_member)
		rc = numbers_add(&f->subjects, f->a, at);
	if (rc == 0 && account != NULL && !account->stamp.retracted && account->global != NONE)
		rc = numbers_add(&f->subjects, f->a, account->global);
	return rc;
}

static int add_of_subject(struct forking *f, uint32_t subject)
{
	const struct partner *p = f->from->partners[subject];
	int rc = add_relatives(f, subject);

	for (uint32_t i = p->first_person; rc == 0 && i != NONE; i = f->from->people[i]->next)
		rc = numbers_add(&f->people, f->a, i);
	for (size_t i = 0; rc == 0 && i < p->associations.n; i++)
		if (p->associations.all[i].kind == ASSOC_CPOR)
			rc = numbers_add(&f->customers, f->a, p->associations.all[i].customer);
	return rc;
}

static int choose(struct forking *f, const struct fork_request *r)
{
	int rc = add_subject(f, r->partner);

	for (size_t i = 0; rc == 0 && i < r->n_events; i++)
		rc = add_event(f, &r->events[i]);
	for (size_t i = 0; rc == 0 && i < f->subjects.n; i++)
		rc = add_of_subject(f, f->subjects.all[i]);
	return rc;
}

/* ---- copying ----------------------------------------------------------------------------------------------------- */

static int take(void *ctx, const struct event *ev)
{
	struct forking *f = ctx;

	if (f->left == 0)
		return ERR_FULL;
	f->left--;
	return engine_apply(f->to, ev, 0);
}

/* Of some that were told of once no fact is left. Room for all rows at once saves moving them again and again. */
static int copy_subject(struct forking *f, uint32_t subject)
{
	const struct partner *p = f->from->partners[subject];
	struct str id = partner_id(f->from, subject);
	uint32_t number;
	int rc;

	if (p->rows.n > f->left)
		return ERR_FULL;
	rc = p->told ? partner_get(f->to, id, NULL, &number) : partner_place(f->to, id, &number);
	if (rc == 0 && p->rows.n > 0)
		rc = rows_expect(&f->to->partners[number]->rows, &f->to->a, p->rows.n + ROWS_SPARE);
	return rc == 0 ? subject_facts(f->from, subject, take, f) : rc;
}

/* Claims of others; those of the subjects that go along are among their facts. */
static int copy_claims(struct forking *f, uint32_t customer)
{
	const struct engine *e = f->from;
	uint32_t at = customer < e->cap_claim_heads ? e->claim_heads[customer] : 0;
	int rc = 0;

	for (; rc == 0 && at != 0; at = e->claims[at - 1].next)
		if (!numbers_have(&f->subjects, e->claims[at - 1].subject))
			rc = claim_fact(e, &e->claims[at - 1], take, f);
	return rc;
}

static int copy_facts(struct forking *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->subjects.n; i++)
		rc = copy_subject(f, f->subjects.all[i]);
	for (size_t i = 0; rc == 0 && i < f->people.n; i++)
		rc = person_facts(f->from, f->people.all[i], take, f);
	for (size_t i = 0; rc == 0 && i < f->customers.n; i++)
		rc = copy_claims(f, f->customers.all[i]);
	return rc;
}

/* The day comes last: until then nothing is derived. */
static int begin_day(struct forking *f)
{
	struct event ev = { .kind = FACT_DAY };
	const struct partner_change *changes;
	size_t n;
	int rc = engine_set_complete(f->to, f->from->complete);

	ev.u.day.day = f->from->day;
	if (rc == 0 && f->from->day != DAY_NONE)
		rc = engine_apply(f->to, &ev, 0);
	return rc == 0 ? engine_settle(f->to, &changes, &n) : rc;
}

static int fill(struct forking *f, const struct fork_request *r)
{
	int rc = calendar_copy(f->to, f->from);

	f->to->asked_track = r->track;
	if (rc == 0)
		rc = choose(f, r);
	if (rc == 0)
		rc = copy_facts(f);
	return rc == 0 ? begin_day(f) : rc;
}

int engine_fork(const struct engine *e, const struct alloc *a, const struct fork_request *r,
	struct engine **ret_fork)
{
	struct forking f = { .from = e, .a = a, .left = r->max_facts };
	int rc = engine_create(a, e->book->edition, &e->limits, &f.to);

	if (rc == 0)
		rc = fill(&f, r);
	numbers_fini(&f.subjects, a);
	numbers_fini(&f.people, a);
	numbers_fini(&f.customers, a);
	if (rc != 0) {
		engine_destroy(f.to);
		return rc;
	}
	*ret_fork = f.to;
	return 0;
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

struct standing_facts {
	fact_each each;
	void *ctx;
};

static int tell_standing(void *ctx, const struct event *ev)
{
	const struct standing_facts *s = ctx;

	return ev->retracted ? 0 : s->each(s->ctx, ev);
}

int engine_facts(const struct engine *e, struct str partner,
	int (*each)(void *ctx, const struct event *ev), void *ctx)
{
	uint32_t index = intern_find(e->partner_ids, partner);
	struct standing_facts s = { each, ctx };
	int rc = 0;

	if (index == INTERN_NONE || !e->partners[index]->told || partner_is_location(e, index))
		return ERR_NOTFOUND;
	for (uint32_t at = index; rc == 0 && at != NONE; at = subject_next(e, index, at)) {
		rc = subject_facts(e, at, tell_standing, &s);
		for (uint32_t i = e->partners[at]->first_person; rc == 0 && i != NONE;
			i = e->people[i]->next)
			rc = person_facts(e, i, tell_standing, &s);
	}
	return rc;
}

static size_t subject_fact_count(const struct partner *p)
{
	size_t n = p->rows.n + p->n_markers + p->associations.n + (p->account != 0);

	if (p->dossier != NULL)
		n += p->dossier->n_segments + p->dossier->n_attestations +
		     p->dossier->n_enrollments;
	return n;
}

size_t engine_fact_count(const struct engine *e, struct str partner)
{
	uint32_t index = intern_find(e->partner_ids, partner);
	size_t n = 0;

	if (index == INTERN_NONE || partner_is_location(e, index))
		return 0;
	for (uint32_t at = index; at != NONE; at = subject_next(e, index, at)) {
		n += subject_fact_count(e->partners[at]);
		for (uint32_t i = e->partners[at]->first_person; i != NONE; i = e->people[i]->next)
			n += e->people[i]->n_reports + e->people[i]->n_links;
	}
	return n;
}

month_no engine_reference(const struct engine *e, struct str partner, enum measure m)
{
	uint32_t index = intern_find(e->partner_ids, partner);
	month_no month = MONTH_NONE;

	if (e->day == DAY_NONE)
		return MONTH_NONE;
	if (index != INTERN_NONE)
		month = measure_month(e, e->partners[e->partners[index]->owner], m);
	return month != MONTH_NONE ? month : e->ready;
}
