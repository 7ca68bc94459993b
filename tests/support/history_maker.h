/* What the files that make histories share. */
#ifndef SUPPORT_HISTORY_MAKER_H
#define SUPPORT_HISTORY_MAKER_H

#include "tests/support/history.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ONE_OF(r, list) ((list)[rng_below((r), ARRAY_LEN(list))])

struct maker {
	struct history *h;
	const struct history_shape *shape;
	struct rng rng;
	size_t cap;
	day_no at; /* around which facts happen, told or not */
	event_ms recorded;
	unsigned number; /* of ids */
	bool no_memory;
};

static inline bool per_cent(struct rng *r, unsigned p)
{
	return rng_below(r, 100) < p;
}

struct str maker_text(struct maker *m, const char *prefix, unsigned number);
struct str maker_one_named(struct maker *m, const char *prefix, unsigned of);
day_no maker_near(struct maker *m, int before, int after);
month_no maker_month(struct maker *m); /* most around the last one and the same a year before */
/* Gives the event an id, a source and a time. */
void maker_envelope(struct maker *m, struct event *ev);
void maker_add(struct maker *m, const struct event *ev);

/* Of shapes with themes: the first day; a fact; another value for the key of a fact; partners near designations. */
day_no programme_begin(struct maker *m);
void programme_fact(struct maker *m, struct event *ev);
void programme_restate(struct maker *m, struct event *ev);
void programme_establish(struct maker *m);

#endif
