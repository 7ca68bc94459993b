/* Numbers in the bytes that history keeps: seven bits a byte, the lowest first. Reading never passes the end. */
#ifndef HISTORY_VARINT_H
#define HISTORY_VARINT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/ratio.h"

#define VARINT_MAX 19 /* bytes of 128 bits */

struct varint_in {
	const uint8_t *p, *end;
};

static inline struct varint_in varint_in(struct span s)
{
	const uint8_t *p = s.p;

	return (struct varint_in){ p, p == NULL ? NULL : p + s.n };
}

/* Nearly all numbers take one byte. */
static inline bool varint_read_long(struct varint_in *in, uint128 *ret)
{
	uint128 v = 0;

	if (in->p != in->end && *in->p < 0x80) {
		*ret = *in->p++;
		return true;
	}
	for (unsigned shift = 0; in->p != in->end && shift < 7 * VARINT_MAX; shift += 7) {
		uint8_t b = *in->p++;

		v |= (uint128)(b & 0x7f) << shift;
		if (b < 0x80) {
			*ret = v;
			return true;
		}
	}
	return false;
}

static inline bool varint_read(struct varint_in *in, uint64_t max, uint64_t *ret)
{
	uint128 v;

	if (!varint_read_long(in, &v) || v > max)
		return false;
	*ret = (uint64_t)v;
	return true;
}

static inline int varint_add(struct buf *out, uint128 v)
{
	uint8_t bytes[VARINT_MAX];
	size_t n = 0;

	if (v < 0x80 && out->n < out->cap) {
		out->p[out->n++] = (uint8_t)v;
		return 0;
	}
	for (; v >= 0x80; v >>= 7)
		bytes[n++] = (uint8_t)(v | 0x80);
	bytes[n++] = (uint8_t)v;
	return buf_add(out, bytes, n);
}

#endif
