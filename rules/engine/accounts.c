/* Locations of a global account: what is said of a location counts for the account at the end of its chain. A circle
 * counts as no account at all for those in it. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

#define ACCOUNTS_MAX ((size_t)1 << 31)

/* The account that a subject belongs to directly; NONE when to none. */
static uint32_t above(const struct engine *e, uint32_t subject)
{
	uint32_t at = e->partners[subject]->account;

	if (at == 0 || e->accounts[at - 1].stamp.retracted)
		return NONE;
	return e->accounts[at - 1].global;
}

/* Whether following the chain from a subject comes back to it. */
static bool is_in_circle(const struct engine *e, uint32_t subject)
{
	uint32_t at = above(e, subject);

	for (size_t i = 0; at != NONE && i <= e->n_accounts; i++, at = above(e, at))
		if (at == subject)
			return true;
	return false;
}

static uint32_t owner_of(const struct engine *e, uint32_t subject)
{
	uint32_t at = subject;

	while (!is_in_circle(e, at) && above(e, at) != NONE)
		at = above(e, at);
	return at;
}

static void unlink_member(struct engine *e, uint32_t subject)
{
	struct partner *p = e->partners[subject];
	uint32_t *at = &e->partners[p->owner]->members;

	while (*at != subject)
		at = &e->partners[*at]->next_member;
	*at = p->next_member;
	p->next_member = NONE;
}

/* Members stay in order of their ids, so that sums over them come in one order whatever the order of arrival. */
static void link_member(struct engine *e, uint32_t subject, uint32_t owner)
{
	uint32_t *at = &e->partners[owner]->members;

	while (*at != NONE && str_cmp(partner_id(e, *at), partner_id(e, subject)) < 0)
		at = &e->partners[*at]->next_member;
	e->partners[subject]->next_member = *at;
	*at = subject;
}

static int set_owner(struct engine *e, uint32_t subject, const uint32_t *cause)
{
	struct partner *p = e->partners[subject];
	uint32_t before = p->owner, owner = owner_of(e, subject);
	int rc;

	if (owner == before)
		return 0;
	rc = engine_touch_self(e, subject, cause);
	if (rc == 0)
		rc = engine_touch_anew(e, before, cause);
	if (rc == 0)
		rc = engine_touch_anew(e, owner, cause);
	if (rc != 0)
		return rc;
	if (before != subject)
		unlink_member(e, subject);
	p->owner = owner;
	if (owner != subject)
		link_member(e, subject, owner);
	return 0;
}

static int collect(struct engine *e, uint32_t owner, uint32_t **all, size_t *n, size_t *cap)
{
	int rc = 0;

	for (uint32_t at = e->partners[owner]->members; rc == 0 && at != NONE;
		at = e->partners[at]->next_member) {
		rc = mem_grow(&e->a, (void **)all, cap, *n + 1, ACCOUNTS_MAX, sizeof **all);
		if (rc == 0)
			(*all)[(*n)++] = at;
	}
	return rc;
}

/* Those whose chain leads through the location had its owner as theirs, or the location itself; in or out of a circle
 * it may be anybody. */
static int set_owners(
	struct engine *e, bool all, uint32_t before, uint32_t location, const uint32_t *cause)
{
	uint32_t *affected = NULL;
	size_t n = 0, cap = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && all && i < e->n_accounts; i++)
		rc = set_owner(e, e->accounts[i].location, cause);
	if (rc == 0 && !all)
		rc = collect(e, before, &affected, &n, &cap);
	if (rc == 0 && !all && before != location)
		rc = collect(e, location, &affected, &n, &cap);
	if (rc == 0)
		rc = set_owner(e, location, cause);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = set_owner(e, affected[i], cause);
	mem_free(&e->a, affected, cap * sizeof *affected);
	return rc;
}

int account_put(struct engine *e, uint32_t location, struct account **ret)
{
	struct partner *p = e->partners[location];
	int rc;

	if (p->account != 0) {
		*ret = &e->accounts[p->account - 1];
		return 0;
	}
	rc = mem_grow(&e->a, (void **)&e->accounts, &e->cap_accounts, e->n_accounts + 1,
		ACCOUNTS_MAX, sizeof *e->accounts);
	if (rc != 0)
		return rc;
	*ret = &e->accounts[e->n_accounts++];
	**ret = (struct account){ .location = location, .global = NONE };
	p->account = (uint32_t)e->n_accounts;
	return 0;
}

int accounts_settle(struct engine *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < e->n_accounts; i++)
		rc = set_owner(e, e->accounts[i].location, NULL);
	return rc;
}

int account_apply(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	uint32_t global, location, source;
	struct account *a;
	uint32_t before;
	bool circle;
	int rc = partner_get(e, ev->subject, cause, &global);

	if (rc == 0)
		rc = partner_place(e, ev->u.account.location, &location);
	if (rc == 0)
		rc = name_put(e, ev->source, &source);
	if (rc == 0)
		rc = account_put(e, location, &a);
	if (rc != 0)
		return rc;
	/* One location has one account: of two that claim it the newest version stands, a withdrawal ends its own claim. */
	if (a->stamp.form != 0 &&
		!stamp_is_older(e->names, &a->stamp, ev->recorded, source, ev->id)) {
		e->stats.stale++;
		return 0;
	}
	circle = is_in_circle(e, location);
	before = e->partners[location]->owner;
	rc = stamp_set(&e->a, &a->stamp, ev->recorded, source, ev->id, ev->retracted);
	if (rc != 0)
		return rc;
	a->global = global == location ? NONE : global;
	return set_owners(e, circle || is_in_circle(e, location), before, location, cause);
}
