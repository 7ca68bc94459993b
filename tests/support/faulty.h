/* An allocator for tests: counts what lives and fails on command. Pure; link it everywhere.
 *
 *   for (int n = 0, rc = ERR_NOMEM; rc == ERR_NOMEM; n++) {
 *           struct faulty f = { .left = n };
 *           const struct alloc *a = faulty_alloc(&f);
 *           ... create from `a`, destroy ...
 *           assert_int_equal(f.live, 0);
 *   }
 */
#ifndef SUPPORT_FAULTY_H
#define SUPPORT_FAULTY_H

#include "common/base/mem.h"

struct faulty {
	long left;	   /* so many allocations succeed, then all fail; negative: none fails */
	long live;	   /* blocks allocated and not freed */
	long calls;	   /* allocations and enlargements asked for */
	size_t live_bytes; /* as asked for; wrong sizes given back show here */
	struct alloc alloc;
};

/* The allocator of f; valid as long as f stays where it is. */
const struct alloc *faulty_alloc(struct faulty *f);

#endif
