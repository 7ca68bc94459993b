/* What notification would tell when a partner's score became another. */
#ifndef SCORING_WHATIF_ALERTS_H
#define SCORING_WHATIF_ALERTS_H

#include "common/wire/frame.h"
#include "rules/engine/engine.h"

/* before, after  NULL: there is no such partner. Areas are matched by id, whatever the editions.
 * only           the id of the area to tell of; empty: all
 * ret_alerts     in the arena, in the order of the areas of `after`; at most WIRE_SIMULATED_ALERTS.
 * By the points alone, with the settings that notification has unless told otherwise. Returns 0 or ERR_NOMEM. */
int whatif_alerts(const struct partner_score *before, const struct partner_score *after,
	struct str only, struct arena *ar, const struct wire_simulated_alert **ret_alerts,
	size_t *ret_n);

#endif
