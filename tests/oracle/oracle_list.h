/* The list of events inside the oracle, and the comparison of texts. */
#ifndef ORACLE_LIST_H
#define ORACLE_LIST_H

#include "tests/oracle/oracle.h"

struct kept {
	struct event ev;
	char *texts; /* what the slices of ev point into */
	bool superseded; /* an event for the same key with a greater (recorded, source, id) is in the list */
	int cert; /* enum cert that a certification or assessment speaks of */
};

struct oracle {
	enum oracle_edition edition;
	struct kept *all;
	size_t n, cap;
	size_t *accounts; /* which of them speak of accounts */
	size_t n_accounts, cap_accounts;
	struct str *partners;
	size_t n_partners, cap_partners;
	day_no day;
	bool complete;
};

/* Event i if it stands and is not a retraction, otherwise NULL. */
const struct event *oracle_standing(const struct oracle *o, size_t i);
/* Negative, 0 or positive as the version (recorded, source, id) of a is less than, the same as or greater than b's. */
int oracle_version_cmp(const struct event *a, const struct event *b);

/* The partner for which counts what is said of the subject: the end of the chain of accounts, or the subject itself. */
struct str oracle_owner(const struct oracle *o, struct str subject);

int oracle_text_cmp(struct str a, struct str b); /* bytewise */
bool oracle_same(struct str a, struct str b);
bool oracle_same_name(struct str a, struct str b); /* ASCII case ignored */
/* Whether the text is one of some names ("Sentinel|Key Vault"), ASCII case ignored. */
bool oracle_names(const char *names, struct str text);

void *oracle_alloc(void *p, size_t bytes); /* as realloc(), but ends the program on failure */

#endif
