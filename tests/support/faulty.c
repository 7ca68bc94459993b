#include "tests/support/faulty.h"

#include <stdlib.h>

static void *faulty_resize(void *ctx, void *p, size_t old_size, size_t size)
{
	struct faulty *f = ctx;
	void *q;

	if (size == 0) {
		if (p != NULL) {
			f->live--;
			f->live_bytes -= old_size;
		}
		free(p);
		return NULL;
	}
	f->calls++;
	if (f->left == 0)
		return NULL;
	if (f->left > 0)
		f->left--;
	q = realloc(p, size);
	if (q == NULL)
		return NULL;
	f->live += p == NULL;
	f->live_bytes += size - (p == NULL ? 0 : old_size);
	return q;
}

const struct alloc *faulty_alloc(struct faulty *f)
{
	f->alloc = (struct alloc){ faulty_resize, f };
	return &f->alloc;
}
