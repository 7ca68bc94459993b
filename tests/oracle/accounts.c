/* Locations and the global accounts they belong to. */
#include "tests/oracle/oracle_list.h"

/* The global account that the newest word on the location names; empty when it belongs to none. */
static struct str account_of(const struct oracle *o, struct str location)
{
	for (size_t i = 0; i < o->n_accounts; i++) {
		const struct event *ev = oracle_standing(o, o->accounts[i]);

		if (ev != NULL && oracle_same(ev->u.account.location, location))
			return ev->subject;
	}
	return (struct str){ NULL, 0 };
}

/* Whether the chain of accounts from the subject comes back to it. */
static bool is_in_circle(const struct oracle *o, struct str subject)
{
	struct str at = account_of(o, subject);

	for (size_t steps = 0; at.n > 0 && steps <= o->n_accounts; steps++) {
		if (oracle_same(at, subject))
			return true;
		at = account_of(o, at);
	}
	return false;
}

/* A circle is no account at all for its members. */
struct str oracle_owner(const struct oracle *o, struct str subject)
{
	while (!is_in_circle(o, subject)) {
		struct str next = account_of(o, subject);

		if (next.n == 0)
			return subject;
		subject = next;
	}
	return subject;
}
