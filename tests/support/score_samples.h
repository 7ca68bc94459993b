/* A score batch and an alert with every field set, for tests and fixtures. */
#ifndef SUPPORT_SCORE_SAMPLES_H
#define SUPPORT_SCORE_SAMPLES_H

#include "common/base/alert.h"
#include "common/base/score.h"

/* Three changes over two shapes; some points need their high words. */
struct score_batch score_sample(void);
void alert_sample(struct alert *ret_alert);

bool area_outlook_eq(const struct area_outlook *a, const struct area_outlook *b);
bool score_batch_eq(const struct score_batch *a, const struct score_batch *b);
bool alert_eq(const struct alert *a, const struct alert *b);

#endif
