/* Scores on demand (question.c) and why a metric has its points (explain.c, op_*.c). */
#ifndef RULES_ENGINE_EXPLAIN_H
#define RULES_ENGINE_EXPLAIN_H

#include "rules/engine/engine_internal.h"
#include "rules/engine/sort.h"

/* Makes texts and lists in the arena; after a failure `failed` stays set and what is returned is empty. */
struct explainer {
	struct engine *e;
	const struct standing_view *view;
	const struct metric *metric;
	const struct metric_rule *rule; /* of the operator: names in it are those of this metric */
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

/* Adds what a condition below another says, indented, under its name where it has one. */
void explain_child(struct explainer *x, size_t op, struct str name, struct metric_score *ret);

/* Fills all of *ret but metric and points. Returns 0 or ERR_NOMEM. */
int explain_metric(struct engine *e, const struct standing_view *v, const struct plan_metric *pm,
	struct arena *ar, struct metric_score *ret);
/* Puts before the sentence of a requirement that its renewal does not ask for it. Returns 0 or ERR_NOMEM. */
int explain_renewal(const struct renewal *r, struct arena *ar, struct metric_score *ret);
/* n conditions in the arena, given to the metric; NULL after a failure. */
struct explained_condition *explain_conditions(
	struct explainer *x, struct metric_score *ret, size_t n);
/* An amount of a selection, with and without its unit. buf of AMOUNT_TEXT bytes. Return buf. */
const char *selection_amount(
	const struct explainer *x, uint16_t selection, int128 amount, char *buf);
const char *selection_amount_bare(
	const struct explainer *x, uint16_t selection, int128 amount, char *buf);

/* What the rule kinds say. */
void units_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void growth_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void products_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void people_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void hold_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void level_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void share_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void segment_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void attested_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void held_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void of_explain(struct explainer *x, const struct op *op, struct metric_score *ret);
void unknown_explain(struct explainer *x, const struct op *op, struct metric_score *ret);

#endif
