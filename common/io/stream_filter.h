/* A copy of a stream's filter that outlives the message it came in. */
#ifndef IO_STREAM_FILTER_H
#define IO_STREAM_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/wire/frame.h"

struct stream_filter {
	struct wire_filter filter; /* points into mem */
	void *mem;		   /* NULL for an empty filter */
	size_t size;		   /* of mem */
};

bool stream_filter_is_empty(const struct wire_filter *f); /* NULL counts as empty */

/* Copies f, which may be NULL. Returns 0, ERR_RANGE (over WIRE_FILTER_MAX entries), ERR_NOMEM. */
int stream_filter_init(struct stream_filter *ret, const struct wire_filter *f);
void stream_filter_fini(struct stream_filter *f);

#endif
