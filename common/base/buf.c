#include "common/base/buf.h"

#include <string.h>

#include "common/base/err.h"

void buf_init(struct buf *b, const struct alloc *a, size_t max)
{
	*b = (struct buf){ .a = a, .max = max };
}

void buf_fini(struct buf *b)
{
	if (b->a != NULL)
		mem_free(b->a, b->p, b->cap);
	b->p = NULL;
	b->n = b->cap = 0;
}

int buf_reserve(struct buf *b, size_t n)
{
	if (n > b->max - b->n)
		return ERR_FULL;
	return mem_grow(b->a, (void **)&b->p, &b->cap, b->n + n, b->max, 1);
}

int buf_add(struct buf *b, const void *p, size_t n)
{
	int rc = buf_reserve(b, n);

	if (rc != 0)
		return rc;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	return 0;
}
