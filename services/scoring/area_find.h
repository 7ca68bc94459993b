/* An area of an edition by the name that a question gives it. */
#ifndef SCORING_AREA_FIND_H
#define SCORING_AREA_FIND_H

#include "common/base/err.h"
#include "rules/engine/edition.h"

/* By id, then by name, ASCII case ignored. Returns NULL when there is none. */
const struct area *area_find(const struct edition *ed, struct str name);

/* "edition 2026 has no area 'x'; did you mean 'y'?", or the ids there are. Returns ERR_INVALID. */
int area_unknown(const struct edition *ed, struct str name, struct err *e);

#endif
