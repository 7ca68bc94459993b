#include "services/history/shapes_core.h"

#include <string.h>

#include "common/base/err.h"
#include "common/base/hash.h"
#include "services/history/varint.h"

#define SHAPE_BYTES_MAX ((size_t)64 * 1024)

struct kept {
	uint64_t hash;		 /* of the bytes */
	struct area_shape shape; /* texts point into the bytes */
	uint8_t *bytes;
	size_t n;
	struct str metrics[AREA_METRICS_MAX];
	uint32_t maximum[AREA_METRICS_MAX];
};

struct shapes {
	const struct alloc *a;
	struct kept **kept;
	size_t n, cap;
	struct buf scratch;
};

int shapes_create(const struct alloc *a, struct shapes **ret_s)
{
	struct shapes *s = mem_zalloc(a, sizeof *s);

	if (s == NULL)
		return ERR_NOMEM;
	s->a = a;
	buf_init(&s->scratch, a, SHAPE_BYTES_MAX);
	*ret_s = s;
	return 0;
}

void shapes_destroy(struct shapes *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++) {
		mem_free(s->a, s->kept[i]->bytes, s->kept[i]->n);
		mem_free(s->a, s->kept[i], sizeof **s->kept);
	}
	mem_free(s->a, s->kept, s->cap * sizeof *s->kept);
	buf_fini(&s->scratch);
	mem_free(s->a, s, sizeof *s);
}

/* ---- bytes ------------------------------------------------------------------------------------------------ */

static int add_text(struct buf *out, struct str t)
{
	int rc = varint_add(out, t.n);

	return rc == 0 ? buf_add(out, t.p, t.n) : rc;
}

static int write_shape(const struct area_shape *from, struct buf *out)
{
	int rc;

	buf_reset(out);
	rc = add_text(out, from->area);
	if (rc == 0)
		rc = add_text(out, from->track);
	if (rc == 0)
		rc = add_text(out, from->edition);
	if (rc == 0)
		rc = varint_add(out, (uint128)from->qualifies_at << 1 | from->conditions);
	if (rc == 0)
		rc = varint_add(out, from->n_metrics);
	for (uint32_t i = 0; rc == 0 && i < from->n_metrics; i++) {
		rc = add_text(out, from->metrics[i]);
		if (rc == 0)
			rc = varint_add(out, from->maximum[i]);
	}
	return rc;
}

static bool read_text(struct varint_in *in, struct str *ret)
{
	uint64_t n;

	if (!varint_read(in, (uint64_t)(in->end - in->p), &n) || n > (size_t)(in->end - in->p))
		return false;
	*ret = (struct str){ (const char *)in->p, (size_t)n };
	in->p += n;
	return true;
}

static bool read_shape(struct kept *k)
{
	struct varint_in in = varint_in((struct span){ k->bytes, k->n });
	struct area_shape *s = &k->shape;
	uint64_t threshold, n, maximum;

	if (!read_text(&in, &s->area) || !read_text(&in, &s->track) ||
		!read_text(&in, &s->edition) || !varint_read(&in, UINT32_MAX, &threshold) ||
		!varint_read(&in, AREA_METRICS_MAX, &n) || n == 0)
		return false;
	s->conditions = (threshold & 1) != 0;
	s->qualifies_at = (uint32_t)(threshold >> 1);
	s->n_metrics = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		if (!read_text(&in, &k->metrics[i]) || !varint_read(&in, UINT32_MAX, &maximum))
			return false;
		k->maximum[i] = (uint32_t)maximum;
	}
	s->metrics = k->metrics;
	s->maximum = k->maximum;
	return in.p == in.end;
}

/* ---- numbers ---------------------------------------------------------------------------------------------- */

static int take_in(struct shapes *s, struct span bytes, uint64_t hash)
{
	struct kept *k;
	int rc = mem_grow(s->a, (void **)&s->kept, &s->cap, s->n + 1, SHAPES_MAX, sizeof *s->kept);

	if (rc != 0)
		return rc;
	k = mem_zalloc(s->a, sizeof *k);
	if (k == NULL)
		return ERR_NOMEM;
	k->hash = hash;
	k->n = bytes.n;
	k->bytes = mem_alloc(s->a, bytes.n);
	if (k->bytes != NULL) {
		memcpy(k->bytes, bytes.p, bytes.n);
		if (read_shape(k)) {
			s->kept[s->n++] = k;
			return 0;
		}
	}
	rc = k->bytes == NULL ? ERR_NOMEM : ERR_CORRUPT;
	mem_free(s->a, k->bytes, bytes.n);
	mem_free(s->a, k, sizeof *k);
	return rc;
}

int shapes_add(struct shapes *s, const struct area_shape *shape, uint32_t *ret_number)
{
	struct span bytes;
	uint64_t hash;
	int rc = write_shape(shape, &s->scratch);

	if (rc != 0)
		return rc;
	bytes = buf_span(&s->scratch);
	hash = hash_bytes(bytes.p, bytes.n, 0);
	for (size_t i = 0; i < s->n; i++)
		if (s->kept[i]->hash == hash && s->kept[i]->n == bytes.n &&
			memcmp(s->kept[i]->bytes, bytes.p, bytes.n) == 0) {
			*ret_number = (uint32_t)i;
			return 0;
		}
	rc = take_in(s, bytes, hash);
	if (rc == 0)
		*ret_number = (uint32_t)s->n - 1;
	return rc;
}

int shapes_load(struct shapes *s, uint32_t number, struct span bytes)
{
	if (number != s->n || bytes.n == 0 || bytes.n > SHAPE_BYTES_MAX)
		return ERR_CORRUPT;
	return take_in(s, bytes, hash_bytes(bytes.p, bytes.n, 0));
}

uint32_t shapes_count(const struct shapes *s)
{
	return (uint32_t)s->n;
}

const struct area_shape *shapes_get(const struct shapes *s, uint32_t number)
{
	return number < s->n ? &s->kept[number]->shape : NULL;
}

struct span shapes_bytes(const struct shapes *s, uint32_t number)
{
	return (struct span){ s->kept[number]->bytes, s->kept[number]->n };
}
