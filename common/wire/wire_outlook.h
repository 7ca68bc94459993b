/* Outlooks of areas and feeds inside score batches, by hand: parts of wire_scores.c. */
#ifndef WIRE_OUTLOOK_H
#define WIRE_OUTLOOK_H

#include "common/base/err.h"
#include "common/base/mem.h"
#include "common/base/score.h"
#include "common/wire/pb.h"

/* Bytes that one takes at most. */
size_t outlook_room(const struct area_outlook *o);
#define FEED_OUTLOOK_ROOM 64

/* Writes one as the field `number`; room was reserved. shape: its index in the batch. Returns the place after it. */
uint8_t *outlook_put(uint8_t *p, unsigned number, const struct area_outlook *o, size_t shape);
uint8_t *outlook_put_feed(uint8_t *p, unsigned number, const struct feed_outlook *f);

/* Reads one; texts point into `bytes`, arrays live in the arena.
 * Returns 0, ERR_SYNTAX (cut short, out of range, a shape that is not there), ERR_NOMEM. */
int outlook_read(struct span bytes, struct arena *ar, const struct area_shape *shapes,
	size_t n_shapes, struct area_outlook *ret, struct err *e);
int outlook_read_feed(struct span bytes, struct feed_outlook *ret, struct err *e);

#endif
