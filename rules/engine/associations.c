/* Customers associated with partners: which usage rows a partner is credited with, and from which month on.
 *
 * Each subject keeps its associations with a list per customer. CPOR claims of all subjects about one customer hang on a
 * list of the engine besides, because one claim ends where another partner's begins. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"
#include "common/base/hash.h"

#define ASSOCIATIONS_MAX ((size_t)1 << 31)

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static uint32_t *head_of(const struct associations *t, uint32_t customer)
{
	return &t->heads[(uint32_t)hash_u64(customer) & (t->n_heads - 1)];
}

static int widen(struct engine *e, struct associations *t)
{
	struct associations wider = *t;

	wider.n_heads = t->n_heads == 0 ? 8 : t->n_heads * 2;
	wider.heads = mem_zalloc(&e->a, wider.n_heads * sizeof *wider.heads);
	if (wider.heads == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->n; i++) {
		uint32_t *head = head_of(&wider, t->all[i].customer);

		t->all[i].next = *head;
		*head = (uint32_t)i + 1;
	}
	mem_free(&e->a, t->heads, t->n_heads * sizeof *t->heads);
	*t = wider;
	return 0;
}

void associations_fini(struct engine *e, struct associations *t)
{
	for (size_t i = 0; i < t->n; i++)
		stamp_fini(&e->a, &t->all[i].stamp);
	mem_free(&e->a, t->all, t->cap * sizeof *t->all);
	mem_free(&e->a, t->heads, t->n_heads * sizeof *t->heads);
}

static const struct association *first_of(const struct associations *t, uint32_t customer)
{
	uint32_t at = t->n == 0 ? 0 : *head_of(t, customer);

	return at == 0 ? NULL : &t->all[at - 1];
}

static const struct association *after(const struct associations *t, const struct association *a)
{
	return a->next == 0 ? NULL : &t->all[a->next - 1];
}

/* ---- claims ------------------------------------------------------------------------------------------------------ */

static int claim_add(struct engine *e, uint32_t subject, uint32_t place, uint32_t customer)
{
	size_t old = e->cap_claim_heads;
	int rc = mem_grow_tight(&e->a, (void **)&e->claim_heads, &e->cap_claim_heads,
		(size_t)customer + 1, UINT32_MAX, sizeof *e->claim_heads);

	if (rc == 0 && e->cap_claim_heads > old)
		memset(e->claim_heads + old, 0,
			(e->cap_claim_heads - old) * sizeof *e->claim_heads);
	if (rc == 0)
		rc = mem_grow_tight(&e->a, (void **)&e->claims, &e->cap_claims, e->n_claims + 1,
			ASSOCIATIONS_MAX, sizeof *e->claims);
	if (rc != 0)
		return rc;
	e->claims[e->n_claims] = (struct claim){ subject, place, e->claim_heads[customer] };
	e->claim_heads[customer] = (uint32_t)++e->n_claims;
	return 0;
}

static const struct claim *first_claim(const struct engine *e, uint32_t customer)
{
	uint32_t at = customer < e->cap_claim_heads ? e->claim_heads[customer] : 0;

	return at == 0 ? NULL : &e->claims[at - 1];
}

static const struct claim *next_claim(const struct engine *e, const struct claim *c)
{
	return c->next == 0 ? NULL : &e->claims[c->next - 1];
}

static bool is_granted(const struct association *a)
{
	return !a->stamp.retracted && (a->claim == CLAIM_NONE || a->claim == CLAIM_APPROVED);
}

static bool same_text(const struct engine *e, uint32_t a, uint32_t b)
{
	return a == b || str_eq_nocase(name_text(e, a), name_text(e, b));
}

/* Whether b comes after a in the order in which claims take over from each other. */
static bool comes_later(
	const struct engine *e, const struct association *a, const struct association *b)
{
	if (a->from != b->from) /* DAY_NONE is the least */
		return b->from > a->from;
	return stamp_cmp(e->names, &b->stamp, &a->stamp) > 0;
}

/* Whether another partner's claim has taken over by the month. */
static bool is_taken_over(
	const struct engine *e, uint32_t subject, const struct association *a, month_no month)
{
	uint32_t owner = e->partners[subject]->owner;

	for (const struct claim *c = first_claim(e, a->customer); c != NULL; c = next_claim(e, c)) {
		const struct association *b = &e->partners[c->subject]->associations.all[c->place];

		if (e->partners[c->subject]->owner == owner || !is_granted(b) ||
			!same_text(e, a->workload, b->workload) ||
			!same_text(e, a->subscription, b->subscription) || !comes_later(e, a, b))
			continue;
		if (b->from == DAY_NONE || month_of_day(b->from) <= month)
			return true;
	}
	return false;
}

/* ---- cover ------------------------------------------------------------------------------------------------------- */

static bool is_restated(uint8_t kind)
{
	return kind == ASSOC_CSP_TIER_1 || kind == ASSOC_CSP_TIER_2;
}

static bool covers(
	const struct engine *e, uint32_t subject, const struct association *a, month_no month)
{
	if (!is_granted(a) || (a->until != DAY_NONE && month_of_day(a->until) < month))
		return false;
	if (!is_restated(a->kind) && a->from != DAY_NONE && month_of_day(a->from) > month)
		return false;
	return a->kind != ASSOC_CPOR || !is_taken_over(e, subject, a, month);
}

static bool speaks_of(
	const struct engine *e, const struct association *a, uint32_t customer, struct str product)
{
	struct str workload = name_text(e, a->workload);

	return a->customer == customer && !a->stamp.retracted &&
	       (workload.n == 0 || str_eq_nocase(workload, product));
}

/* Of the kinds of association that cover a row the one that is credited. */
static const uint8_t priority[ASSOC_KIND_END] = {
	[ASSOC_PAL] = 1,
	[ASSOC_TRANSACTING_POR] = 2,
	[ASSOC_DPOR] = 3,
	[ASSOC_CSP_TIER_1] = 4,
	[ASSOC_CSP_TIER_2] = 5,
	[ASSOC_CPOR] = 6,
};

enum association_kind row_credit(const struct engine *e, uint32_t subject, const struct shape *s,
	uint32_t customer, month_no month)
{
	const struct associations *t = &e->partners[subject]->associations;
	struct str product;
	bool told = false;
	uint8_t best = 0;

	if (t->n == 0)
		return (enum association_kind)s->association;
	product = name_text(e, s->product);
	for (const struct association *a = first_of(t, customer); a != NULL; a = after(t, a)) {
		if (!speaks_of(e, a, customer, product) ||
			(s->association != 0 && a->kind != s->association))
			continue;
		told = true;
		if (covers(e, subject, a, month) &&
			(best == 0 || priority[a->kind] < priority[best]))
			best = a->kind;
	}
	return (enum association_kind)(told ? best : s->association);
}

static bool is_about(const struct engine *e, const struct association *a, const struct workload *w)
{
	struct str text = name_text(e, a->workload);

	if (text.n == 0 || w->any)
		return true;
	for (size_t i = 0; i < w->n; i++)
		if (plan_names(&w->listed[i], text))
			return true;
	return w->n == 0 && str_eq_nocase(text, w->name);
}

static void look_for_beginning(const struct engine *e, uint32_t subject, uint32_t kinds,
	uint32_t customer, const struct workload *w, month_no at, month_no *first)
{
	const struct associations *t = &e->partners[subject]->associations;

	for (const struct association *a = first_of(t, customer); a != NULL; a = after(t, a)) {
		if (a->customer != customer || (kinds >> a->kind & 1) == 0 || a->from == DAY_NONE ||
			a->stamp.retracted || !is_about(e, a, w) || !covers(e, subject, a, at))
			continue;
		if (*first == MONTH_NONE || month_of_day(a->from) < *first)
			*first = month_of_day(a->from);
	}
}

month_no association_began(const struct engine *e, const struct partner *p, uint32_t kinds,
	uint32_t customer, const struct workload *w, month_no at)
{
	month_no first = MONTH_NONE;

	look_for_beginning(e, p->self, kinds, customer, w, at, &first);
	for (uint32_t m = p->members; m != NONE; m = e->partners[m]->next_member)
		look_for_beginning(e, m, kinds, customer, w, at, &first);
	return first;
}

/* ---- facts ------------------------------------------------------------------------------------------------------- */

int association_put(struct engine *e, uint32_t subject, uint32_t customer,
	enum association_kind kind, uint32_t workload, uint32_t subscription,
	struct association **ret)
{
	struct associations *t = &e->partners[subject]->associations;
	uint32_t *head;
	int rc;

	for (const struct association *a = first_of(t, customer); a != NULL; a = after(t, a))
		if (a->customer == customer && a->kind == kind && a->workload == workload &&
			a->subscription == subscription) {
			*ret = &t->all[a - t->all];
			return 0;
		}
	rc = mem_grow_tight(
		&e->a, (void **)&t->all, &t->cap, t->n + 1, ASSOCIATIONS_MAX, sizeof *t->all);
	if (rc == 0 && t->n >= t->n_heads)
		rc = widen(e, t);
	if (rc == 0 && kind == ASSOC_CPOR)
		rc = claim_add(e, subject, (uint32_t)t->n, customer);
	if (rc != 0)
		return rc;
	head = head_of(t, customer);
	*ret = &t->all[t->n++];
	**ret = (struct association){ .customer = customer,
		.workload = workload,
		.subscription = subscription,
		.kind = (uint8_t)kind,
		.next = *head };
	*head = (uint32_t)t->n;
	return 0;
}

/* Credit changes for the partner, and for a claim also for those that it may take over from or give way to. */
static int recredit(
	struct engine *e, uint32_t subject, const struct association *a, const uint32_t *cause)
{
	int rc = partner_recredit(e, subject, cause);

	if (a->kind != ASSOC_CPOR)
		return rc;
	for (const struct claim *c = first_claim(e, a->customer); rc == 0 && c != NULL;
		c = next_claim(e, c))
		rc = partner_recredit(e, c->subject, cause);
	return rc;
}

static int association_names(struct engine *e, const struct event *ev, uint32_t *subject,
	struct association **ret, uint32_t *source, const uint32_t *cause)
{
	const struct fact_association *f = &ev->u.association;
	uint32_t customer = 0, workload = 0, subscription = 0;
	int rc = partner_get(e, ev->subject, cause, subject);

	if (rc == 0)
		rc = name_put(e, f->customer, &customer);
	if (rc == 0)
		rc = name_put(e, f->workload, &workload);
	if (rc == 0)
		rc = name_put(e, f->subscription, &subscription);
	if (rc == 0)
		rc = name_put(e, ev->source, source);
	if (rc == 0)
		rc = association_put(e, *subject, customer, f->kind, workload, subscription, ret);
	return rc;
}

int association_apply(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_association *f = &ev->u.association;
	struct association *a;
	uint32_t subject, source;
	int rc = association_names(e, ev, &subject, &a, &source, cause);

	if (rc != 0)
		return rc;
	if (a->stamp.form != 0 &&
		!stamp_is_older(e->names, &a->stamp, ev->recorded, source, ev->id)) {
		e->stats.stale++;
		return 0;
	}
	rc = stamp_set(&e->a, &a->stamp, ev->recorded, source, ev->id, ev->retracted);
	if (rc != 0)
		return rc;
	a->claim = ev->retracted ? CLAIM_NONE : (uint8_t)f->claim;
	a->from = ev->retracted ? DAY_NONE : f->from;
	a->until = ev->retracted ? DAY_NONE : f->until;
	return recredit(e, subject, a, cause);
}
