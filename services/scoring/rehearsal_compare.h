/* The scores of one partner by the rules of now and by others, side by side. Pure. */
#ifndef SCORING_REHEARSAL_COMPARE_H
#define SCORING_REHEARSAL_COMPARE_H

#include "common/wire/frame.h"
#include "rules/engine/engine.h"

/* Areas of two editions by id: those of the rehearsed one first, then those that it no longer has. */
struct rehearsed_pair {
	const struct area *now, *then; /* NULL: that edition has no such area */
};
#define REHEARSED_PAIRS_MAX (2 * EDITION_AREAS_MAX)

size_t rehearsal_pairs(
	const struct edition *now, const struct edition *then, struct rehearsed_pair *ret);

/* now, then   scores of one partner by the two editions that the pairs are of.
 * tally       a row for each pair: counts what becomes of the area.
 * ret         its changes live in the arena, none when nothing changes; texts are those of the editions and the engine.
 * ret_bytes   about how many bytes they take on the wire.
 * Returns 0 or ERR_NOMEM. */
int rehearsal_compare(const struct partner_score *now, const struct partner_score *then,
	const struct rehearsed_pair *pairs, size_t n_pairs, struct wire_rehearsed_area *tally,
	struct arena *ar, struct wire_rehearsed_partner *ret, size_t *ret_bytes);

#endif
