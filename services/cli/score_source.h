/* Who answers questions about scores: the scoring service, or the engine run here on files. */
#ifndef CLI_SCORE_SOURCE_H
#define CLI_SCORE_SOURCE_H

#include "common/base/err.h"
#include "common/wire/frame.h"

struct score_source {
	/* Everything in the answer lives in the arena, or as long as the source. The answer is of the kind that belongs
	 * to the question.
	 * Returns 0, ERR_NOTFOUND (unknown partner), ERR_INVALID (unknown area), or another code; e says why. */
	int (*ask)(void *ctx, const struct frame *question, struct arena *ar,
		struct frame *ret_answer, struct err *e);
	void *ctx;
};

#endif
