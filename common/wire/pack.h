/* From domain values to the messages of the generated code, and from those to bytes. Used inside common/wire only.
 *
 *   struct packing p;
 *   packing_init(&p, out->a);
 *   ... fill a message; what it refers to comes from the functions below ...
 *   return packing_finish(&p, &message.base, out);
 *
 * The parts live in the packing itself while they fit, so that frames of ordinary size allocate nothing; what is
 * more comes from the allocator given, and goes back at the end. The first failure is kept and returned at the
 * end; until then the functions may be called on. */
#ifndef WIRE_PACK_H
#define WIRE_PACK_H

#include <protobuf-c/protobuf-c.h>

#include "common/base/buf.h"
#include "common/base/date.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#define PACKING_ROOM ((size_t)16 * 1024)
#define PACKING_MAX  ((size_t)64 * 1024 * 1024) /* bound on what is more */

struct packing {
	int rc;		   /* the first failure */
	size_t used;	   /* of room */
	struct arena more; /* what does not fit */
	_Alignas(16) unsigned char room[PACKING_ROOM];
};

void packing_init(struct packing *p, const struct alloc *a);
/* Appends the encoded message and gives the memory back. Returns 0, ERR_NOMEM, ERR_FULL, ERR_INVALID (a text with a
 * NUL in it, which the generated code could not carry); nothing is appended on failure. */
int packing_finish(struct packing *p, const ProtobufCMessage *m, struct buf *out);

/* The text with a NUL behind it. */
char *pack_text(struct packing *p, struct str s);
char **pack_texts(struct packing *p, const struct str *texts, size_t n, size_t *ret_n);

/* An empty message. NULL when out of memory. */
void *pack_message(struct packing *p, const ProtobufCMessageDescriptor *type);
/* A list of n empty messages. *ret_n is n, or 0 when out of memory. */
void *pack_messages(
	struct packing *p, const ProtobufCMessageDescriptor *type, size_t n, size_t *ret_n);

/* Borrowed: the bytes stay where they are. */
ProtobufCBinaryData pack_bytes(struct span s);
ProtobufCBinaryData *pack_spans(
	struct packing *p, const struct span *spans, size_t n, size_t *ret_n);
/* 0 for DAY_NONE. */
int32_t pack_day(day_no d);

#endif
