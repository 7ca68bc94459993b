/* Answers about the coming days of a partner. */
#ifndef SCORING_ANSWER_FORECAST_H
#define SCORING_ANSWER_FORECAST_H

#include "common/base/err.h"
#include "common/wire/frame.h"
#include "rules/engine/engine.h"

/* Days that are looked ahead when the question does not say until when. */
#define FORECAST_DAYS_DEFAULT 365u

/* Fills ret_frame with the answer to a FRAME_FORECAST_QUERY; everything in it lives in the arena, or as long as the
 * editions. A steady forecast is made on a fork that is told usage of the coming months, as much as in the last one: facts
 * of the partner and those months are bounded by STEADY_FACTS_MAX.
 * Returns 0, ERR_NOTFOUND (the partner is not known), ERR_RANGE (days in the wrong order, before today or too far ahead),
 * ERR_INVALID (no such area), ERR_FULL (too many facts for a steady one), ERR_NOMEM. */
#define STEADY_FACTS_MAX 200000
int answer_forecast(struct engine *e, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err);

#endif
