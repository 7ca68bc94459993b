/* A byte buffer that grows up to a bound given at birth. The current length may be reset without giving the
 * memory back, so a steady load allocates nothing. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/mem.h"

/* Borrowed bytes. */
struct span {
	const void *p;
	size_t n;
};

struct buf {
	const struct alloc *a;
	uint8_t *p;
	size_t n;   /* bytes in use */
	size_t cap; /* bytes held */
	size_t max; /* bound on cap */
};

void buf_init(struct buf *b, const struct alloc *a, size_t max);
void buf_fini(struct buf *b);
static inline void buf_reset(struct buf *b)
{
	b->n = 0;
}
/* Makes room for n more bytes. Returns 0, ERR_NOMEM, ERR_FULL. */
int buf_reserve(struct buf *b, size_t n);
/* Returns 0, ERR_NOMEM, ERR_FULL; unchanged on failure. */
int buf_add(struct buf *b, const void *p, size_t n);
static inline struct span buf_span(const struct buf *b)
{
	return (struct span){ b->p, b->n };
}

#endif
