/* A partner's history as it was told, read from the history service: all pages of an answer, sorted by area. */
#ifndef CLI_CHRONICLE_H
#define CLI_CHRONICLE_H

#include "services/cli/endpoints.h"

/* One point of one area. */
struct chronicle_step {
	day_no from; /* first day; DAY_NONE: before the first day of the log */
	bool month;  /* it speaks of a month */
	const struct wire_chronicle_area *area;
};

struct chronicle_area {
	struct str id;
	const struct wire_chronicle_area
		*before; /* how it stood before the first step; NULL: not known */
	size_t n_steps;
	const struct chronicle_step *steps; /* in order of time */
};

struct chronicle {
	struct str partner;
	day_no from, until; /* what was asked for, filled in */
	bool by_month;
	day_no today; /* the newest day of the score log; DAY_NONE: none yet */
	uint64_t lag; /* records of the score log that are not in it yet */
	day_no days_from, whole_from;
	size_t n_areas;
	const struct chronicle_area *areas; /* designations, then specializations, each by id */
};

/* Asks and puts the pages together.
 * area        empty: all.   from, until  DAY_NONE: the months before the newest day (all, by month); the newest day.
 * ret         lives in the arena.
 * Returns as endpoint_ask(), and ERR_INVALID where from lies behind until. */
int chronicle_read(struct endpoints *ep, struct str partner, struct str area, day_no from,
	day_no until, bool by_month, struct arena *ar, struct chronicle *ret, struct err *e);

/* Positions of all causes, sorted, each once. */
int chronicle_causes(
	const struct chronicle *c, struct arena *ar, uint64_t **ret_positions, size_t *ret_n);

bool chronicle_has_points(const struct chronicle_area *a); /* at some time that is told */
/* Anything to tell of it: a designation, or a specialization of which something is or was met. */
bool chronicle_is_something(const struct chronicle_area *a);

#endif
