#include "common/wire/unpack.h"

#include <string.h>

/* What protobuf-c asks for is preceded by its size: of a string it keeps no length, and one with a NUL inside would
 * seem shorter than it was sent. */
struct block {
	_Alignas(16) size_t size;
	_Alignas(16) char data[];
};

struct room {
	struct arena *ar;
	bool is_full;
};

static void *allocate(void *ctx, size_t size)
{
	struct room *room = ctx;
	struct block *b =
		size > SIZE_MAX - sizeof *b ? NULL : arena_alloc(room->ar, sizeof *b + size);

	room->is_full = room->is_full || b == NULL;
	if (b == NULL)
		return NULL;
	b->size = size;
	return b->data;
}

static void release(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

/* Of a string: protobuf-c allocates one byte more than it had on the wire. */
static size_t length(const char *text)
{
	const struct block *b;

	if (text == NULL || text == protobuf_c_empty_string)
		return 0;
	b = (const void *)(text - offsetof(struct block, data));
	return b->size - 1;
}

const void *unpack_message(
	struct unpacking *u, const ProtobufCMessageDescriptor *type, struct span bytes)
{
	struct room room = { u->ar, false };
	ProtobufCAllocator allocator = { allocate, release, &room };
	const void *m = protobuf_c_message_unpack(type, &allocator, bytes.n, bytes.p);

	if (m == NULL && room.is_full)
		u->rc = err_set(u->e, ERR_NOMEM, "no room for a %s of %zu bytes", type->short_name,
			bytes.n);
	else if (m == NULL)
		u->rc = err_set(
			u->e, ERR_SYNTAX, "%zu bytes that are not a %s", bytes.n, type->short_name);
	return m;
}

void unpack_fail(struct unpacking *u, int rc, const char *field, const char *what)
{
	if (u->rc == 0)
		u->rc = err_set(u->e, rc, "%s: %s", field, what);
}

struct str unpack_text(struct unpacking *u, const char *text, size_t max, const char *field)
{
	struct str s = { text, length(text) };

	if (s.n > max)
		unpack_fail(u, ERR_RANGE, field, "too long");
	else if (!str_is_clean_utf8(s))
		unpack_fail(u, ERR_SYNTAX, field, "not clean UTF-8");
	return s;
}

void *unpack_list(
	struct unpacking *u, size_t n, size_t max, size_t size, const char *field, size_t *ret_n)
{
	void *list;

	*ret_n = 0;
	if (n > max)
		unpack_fail(u, ERR_RANGE, field, "too many");
	if (n == 0 || u->rc != 0)
		return NULL;
	list = n > SIZE_MAX / size ? NULL : arena_alloc(u->ar, n * size);
	if (list == NULL) {
		unpack_fail(u, ERR_NOMEM, field, "out of memory");
		return NULL;
	}
	memset(list, 0, n * size);
	*ret_n = n;
	return list;
}

const struct str *unpack_texts(struct unpacking *u, char *const *texts, size_t n, size_t max,
	size_t max_bytes, const char *field, size_t *ret_n)
{
	struct str *list = unpack_list(u, n, max, sizeof *list, field, ret_n);

	for (size_t i = 0; i < *ret_n; i++)
		list[i] = unpack_text(u, texts[i], max_bytes, field);
	return list;
}

struct span unpack_bytes(
	struct unpacking *u, const ProtobufCBinaryData *data, size_t max, const char *field)
{
	if (data->len > max)
		unpack_fail(u, ERR_RANGE, field, "too long");
	return (struct span){ data->data, data->len };
}

int unpack_enum(struct unpacking *u, int v, int min, int max, const char *field)
{
	if (v >= min && v <= max)
		return v;
	unpack_fail(u, ERR_RANGE, field, "a value that this version does not know");
	return min;
}

day_no unpack_day(struct unpacking *u, int32_t v, const char *field)
{
	if (v != 0 && !day_is_valid(v))
		unpack_fail(u, ERR_RANGE, field, "a day outside 2000-01-01 to 2199-12-31");
	return v == 0 ? DAY_NONE : v;
}
