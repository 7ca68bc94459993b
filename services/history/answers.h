/* A question about one partner's history, answered from what the keeper holds. */
#ifndef HISTORY_ANSWERS_H
#define HISTORY_ANSWERS_H

#include "common/wire/frame.h"
#include "services/history/keeper.h"

/* query     FRAME_CHRONICLE_QUERY. freshness goes into the answer, with the newest day.
 * ret       lives in the arena.
 * Returns 0, ERR_NOTFOUND (nothing was ever told of the partner), ERR_INVALID (no score was ever told of such an area; e
 * names the nearest), ERR_RANGE (the days asked for end before they begin), ERR_NOMEM, ERR_CORRUPT, ERR_IO. */
int answer_chronicle(struct keeper *k, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret, struct err *e);

#endif
