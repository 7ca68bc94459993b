/* Scores on demand (question.c) and why a metric has its points (explain.c, op_*.c). */
#ifndef RULES_ENGINE_EXPLAIN_H
#define RULES_ENGINE_EXPLAIN_H

#include "rules/engine/engine_internal.h"

/* A partner's standing on a day: the live one, or one computed aside. */
struct view {
	const struct partner *partner;
	uint32_t index;
	day_no day;
	month_no reference[MEASURE_END];
	const struct op_state *states;
	const uint32_t *counts;
};

/* Makes texts and lists in the arena; after a failure `failed` stays set and what is returned is empty. */
struct explainer {
	const struct engine *e;
	const struct view *view;
	const struct metric *metric;
	struct arena *ar;
	bool failed;
};
#define COUNTED_MAX 50
#define NEARLY_MAX  20

struct str explain_text(struct explainer *x, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "1,240.00 USD": exact, at least two decimals for money. buf of AMOUNT_TEXT bytes. Returns buf. */
#define AMOUNT_TEXT 96
const char *quantity_format(int128 micro, enum measure m, char *buf);
const char *quantity_format_bare(int128 micro, enum measure m, char *buf); /* without the unit */
/* "2023-06" or "2022-07 to 2023-06". buf of SPAN_TEXT bytes. */
#define SPAN_TEXT 24
const char *span_format(month_no last, uint32_t months, char *buf);
void *explain_array(
	struct explainer *x, size_t n, size_t size); /* zeroed; NULL when n is 0 or out of memory */

/* A candidate for a list of items. */
struct candidate {
	struct str id;
	int128 distance; /* order in `nearly`; unused in `counted` */
	month_no month;
	int128 amount;
	uint32_t index;
};
/* Sorts by id, or by distance and then id. */
void candidates_sort(struct candidate *c, size_t n, bool by_distance);

/* Fills all of *ret but metric and points. Returns 0 or ERR_NOMEM. */
int explain_metric(const struct engine *e, const struct view *v, const struct op *op,
	struct arena *ar, struct metric_score *ret);
/* Returns 0 or ERR_NOMEM. */
int view_init(
	const struct engine *e, uint32_t index, day_no day, struct arena *ar, struct view *ret);

#endif
