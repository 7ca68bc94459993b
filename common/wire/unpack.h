/* From bytes to the messages of the generated code, and from those to domain values, with every check. Used inside
 * common/wire only.
 *
 *   struct unpacking u = { .ar = ar, .e = e };
 *   const T *m = unpack_message(&u, &t_descriptor, bytes);
 *   if (m != NULL)
 *           ... take values with the functions below ...
 *   return u.rc;
 *
 * Everything lives in the arena: protobuf-c allocates from it and its frees do nothing, so a hostile message can
 * take what the arena may hold and no more. The first failure is kept, with its text; the functions may be called
 * on after it, lists are empty then. */
#ifndef WIRE_UNPACK_H
#define WIRE_UNPACK_H

#include <protobuf-c/protobuf-c.h>

#include "common/base/buf.h"
#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/mem.h"
#include "common/base/text.h"

struct unpacking {
	struct arena *ar;
	struct err *e; /* may be NULL */
	int rc;	       /* the first failure */
};

/* NULL on failure: ERR_SYNTAX (not such a message), ERR_NOMEM. */
const void *unpack_message(
	struct unpacking *u, const ProtobufCMessageDescriptor *type, struct span bytes);

/* Everywhere: `field` is "Message.field", for the error's text. */
void unpack_fail(struct unpacking *u, int rc, const char *field, const char *what);

/* The text with the length it had on the wire, NULs inside it included; at most `max` bytes (ERR_RANGE) of clean
 * UTF-8 (ERR_SYNTAX). text: a string member of an unpacked message. */
struct str unpack_text(struct unpacking *u, const char *text, size_t max, const char *field);

/* A zeroed list of n elements in the arena, n at most `max` (ERR_RANGE). *ret_n is n, or 0 on failure. */
void *unpack_list(
	struct unpacking *u, size_t n, size_t max, size_t size, const char *field, size_t *ret_n);
const struct str *unpack_texts(struct unpacking *u, char *const *texts, size_t n, size_t max,
	size_t max_bytes, const char *field, size_t *ret_n);

/* At most `max` bytes (ERR_RANGE). */
struct span unpack_bytes(
	struct unpacking *u, const ProtobufCBinaryData *data, size_t max, const char *field);
/* min..max, or ERR_RANGE and min. */
int unpack_enum(struct unpacking *u, int v, int min, int max, const char *field);
/* DAY_NONE for 0; ERR_RANGE for days that are not valid. */
day_no unpack_day(struct unpacking *u, int32_t v, const char *field);

#endif
