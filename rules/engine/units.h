/* Units (customers, or products of customers) and when they pass a test: what operators share that look at units. */
#ifndef RULES_ENGINE_UNITS_H
#define RULES_ENGINE_UNITS_H

#include "rules/engine/engine_internal.h"

/* Whether a unit passes in month m. from: the lower bound, in place of the test's.
 * role        ROLE_MAIN or ROLE_FILTER: the feed of the test's selection.
 * by_product  the unit is the product `sub` of the customer; otherwise the customer, and `sub` is not looked at. */
bool unit_passes(const struct op_ctx *x, const struct unit_test *t, enum feed_role role,
	bool by_product, uint32_t who, uint32_t sub, month_no m, int64_t from);
/* The same for a customer by products: whether one of its products but `except` passes that comes before `end`
 * (UINT32_MAX: all). */
bool unit_any_product(const struct op_ctx *x, const struct unit_test *t, enum feed_role role,
	uint32_t who, month_no m, int64_t from, uint32_t except, uint32_t end);
bool unit_product_passes(const struct op_ctx *x, const struct unit_test *t, enum feed_role role,
	uint32_t who, uint32_t sub, month_no m, int64_t from);

/* Sum of the months that end with `last`. */
int128 unit_sum(const struct op_ctx *x, enum feed_role role, uint32_t who, uint32_t sub,
	month_no last, uint32_t months);

/* The product of the main selection that is product `sub` of the role's selection; 0: none. */
uint32_t unit_main_sub(const struct op_ctx *x, enum feed_role role, uint32_t sub);
/* The other way; 0: none. main: the role of the selection that `sub` is of. */
uint32_t unit_role_sub(const struct op_ctx *x, enum feed_role role, uint32_t sub);

/* How many months before the one looked at a test reaches. */
uint32_t unit_reach(const struct unit_test *t);
/* The workload of product `sub` of a selection; sub 0: all that it lists. */
struct workload unit_workload(const struct op_ctx *x, uint16_t selection, uint32_t sub);

/* Whether a sum reaches a minimum of growth; without one (0) even what corrections took below zero does. */
static inline bool growth_reaches(int128 sum, int64_t minimum_micro, uint32_t scale)
{
	return minimum_micro == 0 || sum >= (int128)minimum_micro * scale;
}

#endif
