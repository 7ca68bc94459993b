/* Everything that the engine says of a partner, as text: two scores are the same when their texts are. */
#ifndef SUPPORT_SCORE_TEXT_H
#define SUPPORT_SCORE_TEXT_H

#include "common/base/buf.h"
#include "rules/engine/engine.h"

/* Appends lines: each area, metric, condition, part, person and customer. Returns 0, ERR_NOMEM, ERR_FULL. */
int score_text(const struct partner_score *s, struct buf *out);
/* Likewise what a settle told of a partner, without its causes. */
int change_text(const struct partner_change *c, struct buf *out);

#endif
