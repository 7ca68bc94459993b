#include "services/imports/account_groups.h"

#include "common/base/intern.h"
#include "services/imports/fact_bytes.h"
#include "services/imports/report.h"

/* By the number of an account's name. */
struct account {
	uint32_t owner; /* its global account; INTERN_NONE: it is none of a known one */
	uint32_t first; /* of its locations; INTERN_NONE: no (more) */
	uint32_t next;	/* location of the same global account */
};

struct account_groups {
	const struct alloc *a;
	struct intern *names;
	struct account *all;
	size_t n, cap;
};

static int number_of(struct account_groups *g, struct str name, intern_id *ret)
{
	int rc = mem_grow(
		g->a, (void **)&g->all, &g->cap, g->n + 1, ACCOUNT_GROUPS_MAX + 1, sizeof *g->all);

	if (rc == 0)
		rc = intern_put(g->names, name, ret);
	if (rc == 0 && *ret == g->n)
		g->all[g->n++] = (struct account){ INTERN_NONE, INTERN_NONE, INTERN_NONE };
	return rc;
}

static int add(struct account_groups *g, struct str global, struct str location)
{
	intern_id owner, member;
	int rc = number_of(g, global, &owner);

	if (rc == 0)
		rc = number_of(g, location, &member);
	if (rc != 0 || owner == member || g->all[member].owner != INTERN_NONE)
		return rc; /* of two that claim it the first in order: it is asked for more than needed at worst */
	g->all[member].owner = owner;
	g->all[member].next = g->all[owner].first;
	g->all[owner].first = member;
	return 0;
}

static int add_entry(struct account_groups *g, struct span value)
{
	struct ledger_entry x;
	struct event ev;
	int rc = ledger_entry_decode(value, &x);

	if (rc != 0 || x.retracted)
		return rc;
	rc = fact_unpack(x.fact, &ev);
	return rc != 0 || ev.kind != FACT_ACCOUNT ? rc : add(g, ev.subject, ev.u.account.location);
}

/* What begins with the report's id is all that it said; records of scopes are not facts. */
static int load(struct account_groups *g, struct ledger *l, struct err *e)
{
	struct ledger_key prefix;
	struct span rest, value;
	int rc;

	prefix.n = strlen(report_profile.id) + 1;
	memcpy(prefix.p, report_profile.id, prefix.n);
	rc = ledger_walk(l, &prefix, e);
	while (rc == 0) {
		rc = ledger_walk_next(l, &rest, &value, e);
		if (rc == 0 && ledger_key_phase(rest) != LEDGER_SCOPE)
			rc = add_entry(g, value);
	}
	return rc == ERR_NOTFOUND ? 0 : rc;
}

int account_groups_load(
	const struct alloc *a, struct ledger *l, struct account_groups **ret_g, struct err *e)
{
	struct account_groups *g = mem_zalloc(a, sizeof *g);
	int rc;

	if (g == NULL)
		return ERR_NOMEM;
	g->a = a;
	rc = intern_create(a, ACCOUNT_GROUPS_MAX, &g->names);
	if (rc == 0)
		rc = load(g, l, e);
	if (rc != 0) {
		account_groups_destroy(g);
		return rc;
	}
	*ret_g = g;
	return 0;
}

void account_groups_destroy(struct account_groups *g)
{
	if (g == NULL)
		return;
	intern_destroy(g->names);
	mem_free(g->a, g->all, g->cap * sizeof *g->all);
	mem_free(g->a, g, sizeof *g);
}

bool account_groups_next(const struct account_groups *g, struct str partner,
	struct account_cursor *c, struct str *ret)
{
	if (!c->begun) {
		intern_id id = intern_find(g->names, partner);

		c->begun = true;
		c->next = INTERN_NONE;
		*ret = partner;
		if (id == INTERN_NONE)
			return true;
		if (g->all[id].owner != INTERN_NONE)
			id = g->all[id].owner;
		c->next = g->all[id].first;
		*ret = intern_text(g->names, id);
		return true;
	}
	if (c->next == INTERN_NONE)
		return false;
	*ret = intern_text(g->names, c->next);
	c->next = g->all[c->next].next;
	return true;
}
