/* What happens to lines on their way: some are held back and arrive behind later ones, some arrive twice.
 *
 * A line that is held back lets at most `bound` later lines pass; so does the repeat of a line. Which lines, is drawn
 * from the seed and from how many lines there were before. Memory: `bound` lines of each kind at most. */
#ifndef GENERATE_DELAY_H
#define GENERATE_DELAY_H

#include <stdbool.h>

#include "common/base/buf.h"

#define DELAY_BOUND_MAX 65536

struct delay_options {
	uint64_t seed;
	uint32_t bound;	   /* 1..DELAY_BOUND_MAX */
	uint32_t held;	   /* per mille of lines that are held back */
	uint32_t repeated; /* per ten thousand lines that arrive twice */
};

struct delay;

/* A line as it arrives. Anything but 0 stops. */
typedef int (*delay_out)(void *ctx, struct span line);

/* out, ctx  get the lines. Returns 0, ERR_INVALID (bound out of range), ERR_NOMEM. */
int delay_create(const struct alloc *a, const struct delay_options *o, delay_out out, void *ctx,
	struct delay **ret_delay);
void delay_destroy(struct delay *d); /* accepts NULL; lines that are held are dropped */

/* Takes a line, and gives out whatever arrives now. in_place: the line is neither held back nor repeated.
 * Returns 0, ERR_NOMEM, or what `out` returned. */
int delay_put(struct delay *d, struct span line, bool in_place);
/* Gives out all that is held. */
int delay_flush(struct delay *d);

/* How many lines were held back, and how many arrived twice. */
uint64_t delay_held(const struct delay *d);
uint64_t delay_repeated(const struct delay *d);

#endif
