#include "common/wire/codec.h"

#include <assert.h>

#include "common/base/date.h"
#include "common/wire/pb.h"

/* ---- encoding --------------------------------------------------------------------------------------------- */

static const void *at(const void *value, size_t offset)
{
	return (const char *)value + offset;
}

static size_t count_of(const struct message_field *f, const void *value)
{
	return *(const size_t *)at(value, f->count);
}

static const void *element(const struct message_field *f, const void *value, size_t i)
{
	return *(const char *const *)at(value, f->offset) + i * f->message->size;
}

static const struct str *strs_of(const struct message_field *f, const void *value)
{
	return *(const struct str *const *)at(value, f->offset);
}

#define ROOM_NUMBER (PB_TAG_MAX + PB_VARINT_MAX)
#define ROOM_HEAD   (PB_TAG_MAX + PB_LENGTH_MAX)

static size_t room_for(const struct message *m, const void *value);

#define ROOM_U32 5 /* bytes of the longest 32-bit varint */

static size_t room_for_list(const struct message_field *f, const void *value)
{
	size_t n = count_of(f, value), room = ROOM_HEAD;

	if (f->form == MESSAGE_U32S)
		return room + n * ROOM_U32;
	for (size_t i = 0; i < n; i++)
		room += ROOM_HEAD + (f->form == MESSAGE_LIST
						    ? room_for(f->message, element(f, value, i))
						    : strs_of(f, value)[i].n);
	return room;
}

static size_t room_for_field(const struct message_field *f, const void *value)
{
	switch ((enum message_form)f->form) {
	case MESSAGE_STR:
		return ROOM_HEAD + ((const struct str *)at(value, f->offset))->n;
	case MESSAGE_BYTES:
		return ROOM_HEAD + ((const struct span *)at(value, f->offset))->n;
	case MESSAGE_RATIO:
		return PB_POINTS_ROOM;
	case MESSAGE_ONE:
		return ROOM_HEAD + room_for(f->message, at(value, f->offset));
	case MESSAGE_OPTIONAL:
		return *(const bool *)at(value, f->count) ? ROOM_HEAD + room_for(f->message, value)
							  : 0;
	case MESSAGE_LIST:
	case MESSAGE_STRS:
	case MESSAGE_U32S:
		return room_for_list(f, value);
	case MESSAGE_U32:
	case MESSAGE_U64:
	case MESSAGE_S64:
	case MESSAGE_BOOL:
	case MESSAGE_ENUM:
	case MESSAGE_DAY:
		break;
	}
	return ROOM_NUMBER;
}

static size_t room_for(const struct message *m, const void *value)
{
	size_t room = 0;

	for (size_t i = 0; i < m->n_fields; i++)
		room += room_for_field(&m->fields[i], value);
	return room;
}

static uint8_t *put_message(uint8_t *p, const struct message *m, const void *value);

static uint8_t *put_nested(uint8_t *p, unsigned number, const struct message *m, const void *value)
{
	uint8_t *inside = pb_open(p, number);

	return pb_close(inside, put_message(inside, m, value));
}

/* Left out when nothing in it is set. */
static uint8_t *put_one(uint8_t *p, const struct message_field *f, const void *value)
{
	uint8_t *inside = pb_open(p, f->number), *end = put_message(inside, f->message, value);

	return end == inside ? p : pb_close(inside, end);
}

static uint8_t *put_u32s(uint8_t *p, const struct message_field *f, const void *value)
{
	const uint32_t *v = *(const uint32_t *const *)at(value, f->offset);
	size_t n = count_of(f, value);
	uint8_t *inside;

	if (n == 0)
		return p;
	inside = p = pb_open(p, f->number);
	for (size_t i = 0; i < n; i++)
		p = pb_put_varint(p, v[i]);
	return pb_close(inside, p);
}

static uint8_t *put_list(uint8_t *p, const struct message_field *f, const void *value)
{
	size_t n = count_of(f, value);

	if (f->form == MESSAGE_U32S)
		return put_u32s(p, f, value);
	for (size_t i = 0; i < n; i++)
		p = f->form == MESSAGE_STRS
			    ? pb_put_bytes(
				      p, f->number, strs_of(f, value)[i].p, strs_of(f, value)[i].n)
			    : put_nested(p, f->number, f->message, element(f, value, i));
	return p;
}

static uint8_t *put_field(uint8_t *p, const struct message_field *f, const void *value)
{
	const void *v = at(value, f->offset);

	switch ((enum message_form)f->form) {
	case MESSAGE_STR:
		return pb_put_str(p, f->number, *(const struct str *)v);
	case MESSAGE_BYTES:
		return pb_put_str(p, f->number,
			(struct str){ ((const struct span *)v)->p, ((const struct span *)v)->n });
	case MESSAGE_U32:
	case MESSAGE_ENUM:
		return pb_put_number(p, f->number, *(const uint32_t *)v);
	case MESSAGE_U64:
		return pb_put_number(p, f->number, *(const uint64_t *)v);
	case MESSAGE_S64:
		return pb_put_zigzag(p, f->number, *(const int64_t *)v);
	case MESSAGE_BOOL:
		return pb_put_number(p, f->number, *(const bool *)v);
	case MESSAGE_DAY:
		return *(const day_no *)v == DAY_NONE
			       ? p
			       : pb_put_number(
					 p, f->number, (uint64_t)(int64_t) * (const day_no *)v);
	case MESSAGE_RATIO:
		return pb_put_points(p, f->number, *(const struct ratio *)v);
	case MESSAGE_ONE:
		return put_one(p, f, v);
	case MESSAGE_OPTIONAL:
		return *(const bool *)at(value, f->count)
			       ? put_nested(p, f->number, f->message, value)
			       : p;
	case MESSAGE_LIST:
	case MESSAGE_STRS:
	case MESSAGE_U32S:
		return put_list(p, f, value);
	}
	return p;
}

static uint8_t *put_message(uint8_t *p, const struct message *m, const void *value)
{
	for (size_t i = 0; i < m->n_fields; i++)
		p = put_field(p, &m->fields[i], value);
	return p;
}

int message_encode(const struct message *m, const void *value, struct buf *out)
{
	int rc = buf_reserve(out, room_for(m, value));
	uint8_t *start;

	if (rc != 0)
		return rc;
	start = out->p + out->n;
	out->n += (size_t)(put_message(start, m, value) - start);
	return 0;
}

int message_encode_nested(
	const struct message *m, unsigned number, const void *value, struct buf *out)
{
	int rc = buf_reserve(out, ROOM_HEAD + room_for(m, value));
	uint8_t *start;

	if (rc != 0)
		return rc;
	start = out->p + out->n;
	out->n += (size_t)(put_nested(start, number, m, value) - start);
	return 0;
}

/* ---- decoding --------------------------------------------------------------------------------------------- */

struct decoding {
	const struct message *m;
	struct arena *ar;
	char *value;
	struct err *e;
	size_t n[MESSAGE_FIELDS_MAX]; /* counted in the first walk, filled in the second */
};

static int fail(struct decoding *d, const struct message_field *f, int rc, const char *what)
{
	return err_set(d->e, rc, "%s.%s: %s", d->m->name, f->name, what);
}

static bool is_list(const struct message_field *f)
{
	return f->form == MESSAGE_LIST || f->form == MESSAGE_STRS || f->form == MESSAGE_U32S;
}

static enum pb_type type_of(const struct message_field *f)
{
	switch ((enum message_form)f->form) {
	case MESSAGE_U32:
	case MESSAGE_U64:
	case MESSAGE_S64:
	case MESSAGE_BOOL:
	case MESSAGE_ENUM:
	case MESSAGE_DAY:
		return PB_VARINT;
	default:
		return PB_BYTES;
	}
}

static bool type_fits(const struct message_field *f, uint32_t tag)
{
	return (tag & 7) == type_of(f) || (f->form == MESSAGE_U32S && (tag & 7) == PB_VARINT);
}

static const struct message_field *find(const struct message *m, uint32_t number)
{
	for (size_t i = 0; i < m->n_fields; i++)
		if (m->fields[i].number == number)
			return &m->fields[i];
	return NULL;
}

/* What is absent: a day is none and points are zero; the rest is zero bytes already. */
static void clear(const struct message *m, char *value)
{
	for (size_t i = 0; i < m->n_fields; i++) {
		const struct message_field *f = &m->fields[i];

		if (f->form == MESSAGE_DAY)
			*(day_no *)(void *)(value + f->offset) = DAY_NONE;
		else if (f->form == MESSAGE_RATIO)
			*(struct ratio *)(void *)(value + f->offset) = RATIO_ZERO;
		else if (f->form == MESSAGE_ONE)
			clear(f->message, value + f->offset);
		else if (f->form == MESSAGE_OPTIONAL)
			clear(f->message, value);
	}
}

/* How many elements of a list stand after a tag. */
static bool count_elements(
	struct pb_in *in, uint32_t tag, const struct message_field *f, size_t *ret_n)
{
	struct span s;

	*ret_n = 1;
	if (f->form != MESSAGE_U32S || (tag & 7) != PB_BYTES)
		return pb_skip(in, tag);
	if (!pb_read_bytes(in, &s))
		return false;
	*ret_n = 0;
	for (size_t i = 0; i < s.n; i++)
		*ret_n += ((const uint8_t *)s.p)[i] < 0x80;
	return true;
}

/* First walk: framing, wire types, lengths of lists. */
static int count(struct decoding *d, struct span bytes)
{
	struct pb_in in = pb_in(bytes);
	uint32_t tag;
	size_t n;

	while (!pb_is_done(&in)) {
		const struct message_field *f;

		if (!pb_read_tag(&in, &tag))
			return err_set(d->e, ERR_SYNTAX, "%s: cut short", d->m->name);
		f = find(d->m, tag >> 3);
		if (f != NULL && !type_fits(f, tag))
			return fail(d, f, ERR_SYNTAX, "another wire type");
		if (f == NULL ? !pb_skip(&in, tag) : !count_elements(&in, tag, f, &n))
			return err_set(d->e, ERR_SYNTAX, "%s: cut short", d->m->name);
		if (f == NULL)
			continue;
		d->n[f - d->m->fields] += n;
		if (is_list(f) && d->n[f - d->m->fields] > f->max)
			return fail(d, f, ERR_RANGE, "too many");
		if ((f->form == MESSAGE_ONE || f->form == MESSAGE_OPTIONAL) &&
			d->n[f - d->m->fields] > 1)
			return fail(d, f, ERR_SYNTAX, "given twice");
	}
	return 0;
}

static size_t element_size(const struct message_field *f)
{
	return f->form == MESSAGE_LIST	 ? f->message->size
	       : f->form == MESSAGE_STRS ? sizeof(struct str)
					 : sizeof(uint32_t);
}

static int allocate_lists(struct decoding *d)
{
	for (size_t i = 0; i < d->m->n_fields; i++) {
		const struct message_field *f = &d->m->fields[i];
		size_t bytes = d->n[i] * (is_list(f) ? element_size(f) : 0);
		void *list = NULL;

		if (!is_list(f))
			continue;
		for (size_t j = 0; j < i; j++)
			if (is_list(&d->m->fields[j]) && d->m->fields[j].count == f->count &&
				*(size_t *)(void *)(d->value + f->count) != d->n[i])
				return fail(
					d, f, ERR_SYNTAX, "not as long as the list it belongs to");
		if (bytes > 0) {
			list = arena_alloc(d->ar, bytes);
			if (list == NULL)
				return fail(d, f, ERR_NOMEM, "out of memory");
			memset(list, 0, bytes);
		}
		*(void **)(void *)(d->value + f->offset) = list;
		*(size_t *)(void *)(d->value + f->count) = d->n[i];
		d->n[i] = 0;
	}
	return 0;
}

static int store_number(struct decoding *d, const struct message_field *f, uint64_t v)
{
	void *to = d->value + f->offset;

	switch ((enum message_form)f->form) {
	case MESSAGE_U32:
		*(uint32_t *)to = (uint32_t)v;
		break;
	case MESSAGE_U64:
		*(uint64_t *)to = v;
		break;
	case MESSAGE_S64:
		*(int64_t *)to = pb_unzigzag(v);
		break;
	case MESSAGE_BOOL:
		*(bool *)to = v != 0;
		break;
	case MESSAGE_ENUM:
		*(uint32_t *)to = (uint32_t)v;
		break;
	case MESSAGE_DAY:
		*(day_no *)to = (uint32_t)v == 0 ? DAY_NONE : (day_no)(uint32_t)v;
		if ((uint32_t)v != 0 && !day_is_valid(*(day_no *)to))
			return fail(d, f, ERR_RANGE, "a day outside 2000-01-01 to 2199-12-31");
		break;
	default:
		break;
	}
	return 0;
}

static int check_str(struct decoding *d, const struct message_field *f, struct str s, size_t max)
{
	if (s.n > max)
		return fail(d, f, ERR_RANGE, "too long");
	if (!str_is_clean_utf8(s))
		return fail(d, f, ERR_SYNTAX, "not clean UTF-8");
	return 0;
}

static int store_bytes(struct decoding *d, const struct message_field *f, struct span s)
{
	void *to = d->value + f->offset;
	struct str text = { s.p, s.n };
	size_t i = d->n[f - d->m->fields];

	switch ((enum message_form)f->form) {
	case MESSAGE_STR:
		*(struct str *)to = text;
		return check_str(d, f, text, f->max);
	case MESSAGE_BYTES:
		*(struct span *)to = s;
		return s.n > f->max ? fail(d, f, ERR_RANGE, "too long") : 0;
	case MESSAGE_ONE:
		return message_decode(f->message, s, d->ar, to, d->e);
	case MESSAGE_OPTIONAL:
		*(bool *)(void *)(d->value + f->count) = true;
		return message_decode(f->message, s, d->ar, d->value, d->e);
	case MESSAGE_STRS:
		(*(struct str **)to)[i] = text;
		d->n[f - d->m->fields]++;
		return check_str(d, f, text, MESSAGE_STRS_BYTES);
	case MESSAGE_LIST:
		d->n[f - d->m->fields]++;
		return message_decode(
			f->message, s, d->ar, *(char **)to + i * f->message->size, d->e);
	default:
		return 0;
	}
}

static int store_u32s(
	struct decoding *d, const struct message_field *f, struct pb_in *in, uint32_t tag)
{
	uint32_t *list = *(uint32_t **)(void *)(d->value + f->offset);
	size_t *i = &d->n[f - d->m->fields];
	struct pb_in packed = *in;
	struct span s = { NULL, 0 };
	uint64_t v;

	if ((tag & 7) == PB_BYTES) {
		(void)pb_read_bytes(in, &s);
		packed = pb_in(s);
	} else {
		(void)pb_skip(in, tag);
		packed.end = in->p;
	}
	while (!pb_is_done(&packed)) {
		if (!pb_read_varint(&packed, &v))
			return fail(d, f, ERR_SYNTAX, "cut short");
		list[(*i)++] = (uint32_t)v;
	}
	return 0;
}

/* Second walk: the framing and the wire types are known to be right. */
static int store(struct decoding *d, struct span bytes)
{
	struct pb_in in = pb_in(bytes);
	int rc = 0;

	while (rc == 0 && !pb_is_done(&in)) {
		const struct message_field *f;
		uint32_t tag = 0;
		struct span s = { NULL, 0 };
		uint64_t v = 0;

		(void)pb_read_tag(&in, &tag);
		f = find(d->m, tag >> 3);
		if (f == NULL) {
			(void)pb_skip(&in, tag);
		} else if (f->form == MESSAGE_U32S) {
			rc = store_u32s(d, f, &in, tag);
		} else if (f->form == MESSAGE_RATIO) {
			if (!pb_read_points(
				    &in, tag, (struct ratio *)(void *)(d->value + f->offset)))
				rc = fail(d, f, ERR_RANGE, "not a fraction of points");
		} else if ((tag & 7) == PB_VARINT) {
			(void)pb_read_varint(&in, &v);
			rc = store_number(d, f, v);
		} else {
			(void)pb_read_bytes(&in, &s);
			rc = store_bytes(d, f, s);
		}
	}
	return rc;
}

/* Enumerations are looked at last, so that a missing one is seen too. */
static int check_enums(struct decoding *d)
{
	for (size_t i = 0; i < d->m->n_fields; i++) {
		const struct message_field *f = &d->m->fields[i];
		const uint32_t *v = (const void *)(d->value + f->offset);

		if (f->form == MESSAGE_ENUM && (*v < f->min || *v > f->max))
			return fail(d, f, ERR_RANGE, "a value that this version does not know");
	}
	return 0;
}

int message_decode(
	const struct message *m, struct span bytes, struct arena *ar, void *value, struct err *e)
{
	struct decoding d = { .m = m, .ar = ar, .value = value, .e = e };
	int rc;

	assert(m->n_fields <= MESSAGE_FIELDS_MAX);
	clear(m, value);
	rc = count(&d, bytes);
	if (rc == 0)
		rc = allocate_lists(&d);
	if (rc == 0)
		rc = store(&d, bytes);
	return rc != 0 ? rc : check_enums(&d);
}
