/* An edition as a list of statements, which is what diff.c compares. */
#ifndef DESCRIBE_STATEMENTS_H
#define DESCRIBE_STATEMENTS_H

#include "rules/describe/diff.h"

struct statement {
	enum diff_section section;
	struct str subject, metric, step;
	struct str
		what; /* empty: that the subject (or its metric, or its step) is there, `value` tells it whole */
	struct str value;
	bool member;  /* one of many under `what`: added or removed, never changed */
	uint64_t key; /* of all of the above but `value`, and of `value` too for a member */
	uint64_t subject_key, metric_key, step_key; /* of the statement that it is there; 0: none */
};

struct statements {
	struct arena *ar;
	struct statement *items;
	size_t n, cap;
};

/* Returns 0, ERR_NOMEM, ERR_UNSUPPORTED. */
int statements_of(const struct edition *e, struct arena *ar, struct statements *ret);

#endif
