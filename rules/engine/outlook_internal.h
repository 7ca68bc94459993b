/* What the parts of an outlook share: outlook.c, stands.c, mend.c. */
#ifndef RULES_ENGINE_OUTLOOK_INTERNAL_H
#define RULES_ENGINE_OUTLOOK_INTERNAL_H

#include "rules/engine/walk.h"

/* A standing that can be changed to see what would become of it: the numbers are copies. */
struct trial_view {
	struct standing_view v; /* states and counts: those below */
	struct op_state *states;
	uint32_t *counts;
	const struct walk_area *areas; /* for the tracks that are fixed */
};
/* Returns 0 or ERR_NOMEM. */
int trial_begin(struct trial_view *t, const struct walk *w, struct arena *ar);
void trial_judge(const struct trial_view *t, size_t area, struct judged *ret);

/* Customers and people of one area, in order. */
struct stand_list {
	struct stand *all;
	size_t n, cap;
};

/* stands.c: of areas (bits) that qualify, those without whom they would not. At most STAND_CUSTOMERS_MAX customers are
 * tried, those with the most usage. lists: one per area of the book, empty at first. Returns 0 or ERR_NOMEM.
 * Cost: O(rows + customers * operators + people). */
#define STAND_CUSTOMERS_MAX 256
int stands_find(const struct walk *w, uint64_t areas, struct arena *ar, struct stand_list *lists);

/* mend.c: the smallest additions that make an area qualify that does not; none where nothing that is known would.
 * Returns 0 or ERR_NOMEM. */
int mend_find(const struct walk *w, size_t area, struct arena *ar,
	struct addition ret[OUTLOOK_ADDITIONS_MAX], size_t *ret_n);

#endif
