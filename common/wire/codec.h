/* Messages by table: one description of a message serves its encoder, its decoder and the test that compares it
 * with the schema. For everything that is not an event or a score change; used inside common/wire only.
 *
 * Decoding refuses on purpose, besides what pb.h names: a nested message that is given twice, a list longer than
 * its bound, texts that are too long or not clean UTF-8, days and enumerations out of range. */
#ifndef WIRE_CODEC_H
#define WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/mem.h"

enum message_form {
	MESSAGE_STR = 1, /* struct str, at most `max` bytes */
	MESSAGE_BYTES,	 /* struct span, at most `max` bytes */
	MESSAGE_U32,	 /* uint32_t */
	MESSAGE_U64,	 /* uint64_t */
	MESSAGE_S64,	 /* int64_t, zigzag */
	MESSAGE_BOOL,	 /* bool */
	MESSAGE_ENUM,	 /* 32-bit enumeration, min..max */
	MESSAGE_DAY,	 /* day_no; 0 on the wire is DAY_NONE */
	MESSAGE_RATIO,	 /* struct ratio; absent is 0 */
	MESSAGE_ONE,	 /* a struct inside this one, described by `message` */
	MESSAGE_OPTIONAL, /* fields of this same struct, grouped in a message; `count` is a bool: present */
	MESSAGE_LIST, /* size_t at `count`, const T * at `offset`; at most `max` */
	MESSAGE_STRS, /* the same with const struct str *, each of at most MESSAGE_STRS_BYTES */
	MESSAGE_U32S, /* the same with const uint32_t *; lists that share a count have the same length */
};

#define MESSAGE_STRS_BYTES 256
#define MESSAGE_FIELDS_MAX 16

struct message_field {
	const char *name;	       /* as in the schema */
	uint8_t number;		       /* in the schema, 1..15 */
	uint8_t form;		       /* enum message_form */
	uint16_t offset;	       /* in the struct */
	uint16_t count;		       /* offset of the count, see the forms */
	uint32_t min, max;	       /* see the forms */
	const struct message *message; /* ONE, OPTIONAL, LIST */
};

struct message {
	const char *name; /* as in the schema */
	size_t size;	  /* of the struct */
	size_t n_fields;  /* at most MESSAGE_FIELDS_MAX, in order of number */
	const struct message_field *fields;
};

/* Appends the fields of a message, without tag and length. Returns 0, ERR_NOMEM, ERR_FULL; nothing appended then. */
int message_encode(const struct message *m, const void *value, struct buf *out);
/* The same as a nested message of a surrounding one. */
int message_encode_nested(
	const struct message *m, unsigned number, const void *value, struct buf *out);

/* Fills the struct at `value`, which the caller has zeroed. Texts point into `bytes`, lists into the arena.
 * Returns 0, ERR_SYNTAX, ERR_RANGE, ERR_NOMEM; the struct's content is undefined on failure. */
int message_decode(
	const struct message *m, struct span bytes, struct arena *ar, void *value, struct err *e);

#endif
