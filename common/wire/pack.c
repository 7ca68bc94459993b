#include "common/wire/pack.h"

#include <stdint.h>
#include <string.h>

#include "common/base/err.h"

void packing_init(struct packing *p, const struct alloc *a)
{
	p->rc = 0;
	p->used = 0;
	arena_init(&p->more, a, PACKING_MAX);
}

static void *take(struct packing *p, size_t n, size_t size)
{
	void *at;

	if (p->rc != 0)
		return NULL;
	if (n <= (PACKING_ROOM - p->used) / size) {
		at = p->room + p->used;
		p->used += (n * size + 15) & ~(size_t)15;
		return at;
	}
	at = n > PACKING_MAX / size ? NULL : arena_alloc(&p->more, n * size);
	if (at == NULL)
		p->rc = ERR_NOMEM;
	return at;
}

int packing_finish(struct packing *p, const ProtobufCMessage *m, struct buf *out)
{
	size_t n = p->rc != 0 ? 0 : protobuf_c_message_get_packed_size(m);
	int rc = p->rc != 0 ? p->rc : buf_reserve(out, n);

	if (rc == 0 && n > 0)
		out->n += protobuf_c_message_pack(m, out->p + out->n);
	arena_fini(&p->more);
	return rc;
}

char *pack_text(struct packing *p, struct str s)
{
	char *copy = s.n == 0 ? NULL : take(p, s.n + 1, 1);

	if (copy == NULL)
		return (char *)(uintptr_t)protobuf_c_empty_string;
	if (memchr(s.p, '\0', s.n) != NULL)
		p->rc = ERR_INVALID;
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

char **pack_texts(struct packing *p, const struct str *texts, size_t n, size_t *ret_n)
{
	char **list = n == 0 ? NULL : take(p, n, sizeof *list);

	*ret_n = list == NULL ? 0 : n;
	for (size_t i = 0; i < *ret_n; i++)
		list[i] = pack_text(p, texts[i]);
	return list;
}

void *pack_message(struct packing *p, const ProtobufCMessageDescriptor *type)
{
	void *m = take(p, 1, type->sizeof_message);

	if (m != NULL)
		protobuf_c_message_init(type, m);
	return m;
}

void *pack_messages(
	struct packing *p, const ProtobufCMessageDescriptor *type, size_t n, size_t *ret_n)
{
	void **list = n == 0 ? NULL : take(p, n, sizeof *list);
	char *messages = list == NULL ? NULL : take(p, n, type->sizeof_message);

	*ret_n = messages == NULL ? 0 : n;
	for (size_t i = 0; i < *ret_n; i++) {
		list[i] = messages + i * type->sizeof_message;
		protobuf_c_message_init(type, list[i]);
	}
	return list;
}

ProtobufCBinaryData pack_bytes(struct span s)
{
	return (ProtobufCBinaryData){ s.n, (uint8_t *)(uintptr_t)s.p };
}

ProtobufCBinaryData *pack_spans(
	struct packing *p, const struct span *spans, size_t n, size_t *ret_n)
{
	ProtobufCBinaryData *list = n == 0 ? NULL : take(p, n, sizeof *list);

	*ret_n = list == NULL ? 0 : n;
	for (size_t i = 0; i < *ret_n; i++)
		list[i] = pack_bytes(spans[i]);
	return list;
}

int32_t pack_day(day_no d)
{
	return d == DAY_NONE ? 0 : d;
}
