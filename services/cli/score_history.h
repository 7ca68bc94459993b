/* How a partner stood over days: `capscore score PARTNER --history`. */
#ifndef CLI_SCORE_HISTORY_H
#define CLI_SCORE_HISTORY_H

#include "services/cli/score_source.h"
#include "services/cli/score_verb.h"

/* Asks for the days of the request, page by page, and prints them.
 * today   the day to end on where the request names none.
 * Returns an exit code. */
int score_history(const struct score_request *r, const struct score_source *source, day_no today);

#endif
