/* Rows of usage that a plan makes up: what counts them, and what they come to. Used by plan_*.c only. */
#ifndef SCORING_PLAN_ROWS_H
#define SCORING_PLAN_ROWS_H

#include "services/scoring/plan_parts.h"

#define ROW_MONTHS_MAX 14 /* in which one row is told at most */

/* Whether a selection counts a row; *ret_weight is then the weight of its amount. */
bool plan_row_admits(const struct plan_work *w, uint16_t selection, const struct fact_usage *u,
	uint32_t *ret_weight);
/* The metrics of the goal that a row bears upon, a bit each. */
uint64_t plan_row_metrics(const struct plan_work *w, const struct fact_usage *u);
/* A row of a listed product, or, where none is listed, of any, in the partner's last month; without customer and amount.
 * product: its place in the selection's list; past it: as the selection's filter has it. */
struct fact_usage plan_row(struct plan_work *w, uint16_t selection, size_t product);
/* Keeps a row apart from all others, by a field that no filter of its selection reads. */
void plan_row_mark(struct plan_work *w, struct fact_usage *u);
/* Adds a row to a unit that has room for ROW_MONTHS_MAX more: in the last month, and in those that come to be the last one
 * before the plan ends. */
void plan_row_add(struct plan_work *w, struct plan_unit *u, struct fact_usage row);
/* The amount of a row that comes to so many millionths of a selection's own unit. */
int64_t plan_row_amount(const struct plan_work *w, uint16_t selection, uint32_t weight, int128 sum);

#endif
