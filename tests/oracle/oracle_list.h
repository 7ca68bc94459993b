/* The list of events inside the oracle. */
#ifndef ORACLE_LIST_H
#define ORACLE_LIST_H

#include "tests/oracle/oracle.h"

struct kept {
	struct event ev;
	char *texts; /* what the slices of ev point into */
	bool superseded; /* an event for the same key with a greater (recorded, source, id) is in the list */
};

struct oracle {
	struct kept *all;
	size_t n, cap;
	struct str *partners;
	size_t n_partners, cap_partners;
	day_no day;
	bool complete;
};

/* Event i if it stands and is not a retraction, otherwise NULL. */
const struct event *oracle_standing(const struct oracle *o, size_t i);
/* Negative, 0 or positive as the version (recorded, source, id) of a is less than, the same as or greater than b's. */
int oracle_version_cmp(const struct event *a, const struct event *b);
int oracle_text_cmp(struct str a, struct str b); /* bytewise */
bool oracle_same(struct str a, struct str b);

#endif
