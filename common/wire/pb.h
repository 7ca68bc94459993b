/* Reading and writing the protobuf encoding by hand, for the messages on hot paths. Used inside common/wire, and where
 * encoded events are put into batches or taken out of files.
 *
 * Reading: a cursor never passes its end; every function answers false on malformed bytes. Refused on purpose,
 * although some decoders take them: field numbers of 0 and above 2^29 - 1, tags and lengths of more than five
 * bytes, groups.
 * Writing: the caller reserves room first; the functions return the place after what they wrote. */
#ifndef WIRE_PB_H
#define WIRE_PB_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/ratio.h"
#include "common/base/text.h"

enum pb_type { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 };

#define PB_TAG(number, type) ((uint32_t)(number) << 3 | (uint32_t)(type))
#define PB_VARINT_MAX	     10 /* bytes of the longest varint */
#define PB_TAG_MAX	     5
#define PB_LENGTH_MAX	     5

/* ---- reading ---------------------------------------------------------------------------------------------- */

struct pb_in {
	const uint8_t *p, *end;
};

static inline struct pb_in pb_in(struct span s)
{
	const uint8_t *p = s.p;

	return (struct pb_in){ p, p == NULL ? NULL : p + s.n };
}

static inline bool pb_is_done(const struct pb_in *in)
{
	return in->p == in->end;
}

bool pb_read_long_varint(struct pb_in *in, unsigned max_bytes, uint64_t *ret);

/* At most ten bytes; bits past the 64th are dropped, as every protobuf decoder does. */
static inline bool pb_read_varint(struct pb_in *in, uint64_t *ret)
{
	if (in->p != in->end && *in->p < 0x80) {
		*ret = *in->p++;
		return true;
	}
	return pb_read_long_varint(in, PB_VARINT_MAX, ret);
}

/* The tag as it stands: field number and wire type in one number. */
static inline bool pb_read_tag(struct pb_in *in, uint32_t *ret_tag)
{
	uint64_t v;

	if (in->p != in->end && *in->p < 0x80)
		v = *in->p++;
	else if (!pb_read_long_varint(in, PB_TAG_MAX, &v) || v > UINT32_MAX)
		return false;
	*ret_tag = (uint32_t)v;
	return v >= PB_TAG(1, 0);
}

static inline bool pb_read_bytes(struct pb_in *in, struct span *ret)
{
	uint64_t n;

	if (in->p != in->end && *in->p < 0x80)
		n = *in->p++;
	else if (!pb_read_long_varint(in, PB_LENGTH_MAX, &n))
		return false;
	if (n > (uint64_t)(in->end - in->p))
		return false;
	*ret = (struct span){ in->p, (size_t)n };
	in->p += n;
	return true;
}

static inline bool pb_read_str(struct pb_in *in, struct str *ret)
{
	struct span s;

	if (!pb_read_bytes(in, &s))
		return false;
	*ret = (struct str){ s.p, s.n };
	return true;
}

/* Passes over the value of a field that is not known. */
bool pb_skip(struct pb_in *in, uint32_t tag);

static inline int64_t pb_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* A list of at most `cap` unsigned numbers, packed or one by one. */
struct pb_list {
	uint64_t *v;
	size_t n, cap;
};
/* Adds what stands after `tag`, whose number the caller has recognised. False when malformed or too many. */
bool pb_read_list(struct pb_in *in, uint32_t tag, struct pb_list *l);

/* ---- writing ---------------------------------------------------------------------------------------------- */

static inline uint8_t *pb_put_varint(uint8_t *p, uint64_t v)
{
	while (v >= 0x80) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	return p;
}

/* A numeric field, left out when 0 (proto3). Room: PB_TAG_MAX + PB_VARINT_MAX. */
static inline uint8_t *pb_put_number(uint8_t *p, unsigned number, uint64_t v)
{
	return v == 0 ? p : pb_put_varint(pb_put_varint(p, PB_TAG(number, PB_VARINT)), v);
}

static inline uint8_t *pb_put_zigzag(uint8_t *p, unsigned number, int64_t v)
{
	return pb_put_number(p, number, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

/* Bytes with tag and length, also when empty. Room: PB_TAG_MAX + PB_LENGTH_MAX + n. */
static inline uint8_t *pb_put_bytes(uint8_t *p, unsigned number, const void *bytes, size_t n)
{
	p = pb_put_varint(pb_put_varint(p, PB_TAG(number, PB_BYTES)), n);
	if (n > 0)
		memcpy(p, bytes, n);
	return p + n;
}

/* A text field, left out when empty. */
static inline uint8_t *pb_put_str(uint8_t *p, unsigned number, struct str s)
{
	return s.n == 0 ? p : pb_put_bytes(p, number, s.p, s.n);
}

/* A nested message: open, write its fields, close. Room: PB_TAG_MAX + PB_LENGTH_MAX. */
static inline uint8_t *pb_open(uint8_t *p, unsigned number)
{
	return pb_put_varint(p, PB_TAG(number, PB_BYTES)) + 1;
}

/* inside   what pb_open() returned. The length gets one byte in advance; a longer one moves the content. */
static inline uint8_t *pb_close(uint8_t *inside, uint8_t *p)
{
	size_t n = (size_t)(p - inside);
	size_t more = n < 0x80 ? 0 : n < 0x4000 ? 1 : n < 0x200000 ? 2 : n < 0x10000000 ? 3 : 4;

	if (more > 0)
		memmove(inside + more, inside, n);
	(void)pb_put_varint(inside - 1, n);
	return p + more;
}

/* ---- exact points (AlertPoints, Points and the lists of AreaChange) ----------------------------------------- */

/* The low and high words of a fraction. */
struct pb_points {
	uint64_t num, den, num_high, den_high;
};

struct pb_points pb_points(struct ratio r);
/* False unless 0 < den < 2^118 and |num| < 2^126, so that what is shown or compared later stays in range. */
bool pb_ratio(const struct pb_points *v, struct ratio *ret);
/* True when score_total() of these stays within 128 bits. */
bool pb_can_add_up(const struct ratio *points, size_t n);

#endif
