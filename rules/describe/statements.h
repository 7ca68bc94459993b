/* An edition as a list of statements, which is what diff.c compares. */
#ifndef DESCRIBE_STATEMENTS_H
#define DESCRIBE_STATEMENTS_H

#include "rules/describe/diff.h"

struct statement {
	enum diff_section section;
	struct str at[DIFF_LEVELS];
	struct str what; /* empty: that the innermost of `at` is there, `value` tells it whole */
	struct str value;
	bool member;  /* one of many under `what`: added or removed, never changed */
	uint64_t key; /* of all of the above but `value`, and of `value` too for a member */
	uint64_t whole[DIFF_LEVELS]; /* the key of the statement that it is there; 0: none */
};

struct statements {
	struct arena *ar;
	struct statement *items;
	size_t n, cap;
	/* The statements by key: 1 + the index, 0 where free; a power of two. */
	uint32_t *slots;
	size_t n_slots;
};

/* Returns 0, ERR_NOMEM, ERR_UNSUPPORTED. */
int statements_of(const struct edition *e, struct arena *ar, struct statements *ret);

/* The first statement from place *at on that has the key, with *at behind it; NULL when there is none (any more).
 * Start with *at = 0. */
const struct statement *statements_next(const struct statements *l, uint64_t key, size_t *at);

#endif
