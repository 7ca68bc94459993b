/* The shapes of areas (which metrics, in which order, with which maximum) that history has met, each under a number: rows
 * name a shape by it. A shape never changes and never goes. Pure. */
#ifndef HISTORY_SHAPES_CORE_H
#define HISTORY_SHAPES_CORE_H

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/score.h"

#define SHAPES_MAX 16384u /* 40 areas of two tracks in 200 editions */

struct shapes;

int shapes_create(const struct alloc *a, struct shapes **ret_s);
void shapes_destroy(struct shapes *s); /* accepts NULL */

/* The number of a shape; one that is new is taken in, with a copy of its texts, under the next number. Returns 0,
 * ERR_NOMEM, ERR_FULL (SHAPES_MAX). */
int shapes_add(struct shapes *s, const struct area_shape *shape, uint32_t *ret_number);
uint32_t shapes_count(const struct shapes *s);
const struct area_shape *shapes_get(const struct shapes *s, uint32_t number); /* NULL: none */

/* What is stored of a shape, and taking it in again; numbers must come in order. Returns 0, ERR_NOMEM, ERR_FULL,
 * ERR_CORRUPT. */
struct span shapes_bytes(const struct shapes *s, uint32_t number);
int shapes_load(struct shapes *s, uint32_t number, struct span bytes);

#endif
