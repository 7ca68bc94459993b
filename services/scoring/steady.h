/* A partner whose usage goes on as it is: a fork that is told usage of the coming months. */
#ifndef SCORING_STEADY_H
#define SCORING_STEADY_H

#include "rules/engine/engine.h"

/* Usage of each month from the one after the last that counts, up to the month of `until`, is that of the last one, row by
 * row; where months are reported complete, so are those.
 * max_facts  copied and told, at most.
 * ret_fork   freed with engine_destroy().
 * Returns 0, ERR_NOTFOUND, ERR_FULL, ERR_NOMEM. */
int steady_fork(const struct engine *e, struct str partner, day_no until, size_t max_facts,
	struct engine **ret_fork);

#endif
