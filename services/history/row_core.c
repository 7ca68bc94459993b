#include "services/history/row_core.h"

#include <string.h>

#include "common/base/err.h"
#include "common/base/hash.h"
#include "services/history/varint.h"

#define ROW_VERSION 1
#define CHECK_BYTES 4

/* ---- from changes ----------------------------------------------------------------------------------------- */

static void widen(struct row_entry *e, struct ratio total)
{
	if (ratio_cmp(total, e->low) < 0)
		e->low = total;
	if (ratio_cmp(total, e->high) > 0)
		e->high = total;
}

static struct row_entry entry_of(
	const struct score_change *c, const struct area_change *a, uint32_t shape)
{
	struct row_entry e = { .before = { shape, a->status_before, a->before },
		.after = { shape, a->status_after, a->after },
		.changes = 1,
		.cause_count = c->cause_count,
		.n_causes = c->n_causes < ROW_CAUSES_MAX ? c->n_causes : ROW_CAUSES_MAX };

	e.low = e.high = score_total(a->after, a->shape->n_metrics);
	if (a->status_before != AREA_UNKNOWN)
		widen(&e, score_total(a->before, a->shape->n_metrics));
	for (size_t i = 0; i < e.n_causes; i++)
		e.causes[i] = (struct row_cause){ c->causes[c->n_causes - e.n_causes + i].position,
			a->status_before != a->status_after };
	return e;
}

static struct str area_of(const struct shapes *s, const struct row_entry *e)
{
	return shapes_get(s, e->after.shape)->area;
}

int row_of_change(const struct shapes *s, const struct score_change *c, const uint32_t *numbers,
	uint64_t until, struct arena *ar, struct row *ret)
{
	struct row_entry *entries = arena_alloc(ar, c->n_areas * sizeof *entries);

	if (c->n_areas > ROW_AREAS_MAX)
		return ERR_FULL;
	if (entries == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->n_areas;
		i++) { /* few, and in the edition's order: by insertion */
		struct str area = c->areas[i].shape->area;
		size_t at = i;

		for (; at > 0 && str_cmp(area, area_of(s, &entries[at - 1])) < 0; at--)
			entries[at] = entries[at - 1];
		entries[at] = entry_of(c, &c->areas[i], numbers[i]);
	}
	*ret = (struct row){ until, c->n_areas, entries };
	return 0;
}

/* ---- merging ---------------------------------------------------------------------------------------------- */

/* Which cause gives way when there are too many: the oldest that decided nothing, else the oldest. */
static size_t least_cause(const struct row_cause *causes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!causes[i].decided)
			return i;
	return 0;
}

static void drop_cause(struct row_cause *causes, size_t *n, size_t at)
{
	for (size_t i = at + 1; i < *n; i++)
		causes[i - 1] = causes[i];
	(*n)--;
}

static void merge_causes(struct row_entry *e, const struct row_entry *older)
{
	struct row_cause all[2 * ROW_CAUSES_MAX];
	size_t n = 0, i = 0, k = 0;

	while (i < older->n_causes || k < e->n_causes) {
		bool old =
			k == e->n_causes ||
			(i < older->n_causes && older->causes[i].position <= e->causes[k].position);
		struct row_cause c = old ? older->causes[i++] : e->causes[k++];

		if (n > 0 && all[n - 1].position == c.position)
			all[n - 1].decided = all[n - 1].decided || c.decided;
		else
			all[n++] = c;
	}
	while (n > ROW_CAUSES_MAX)
		drop_cause(all, &n, least_cause(all, n));
	memcpy(e->causes, all, n * sizeof *all);
	e->n_causes = n;
}

static struct row_entry merge_entry(const struct row_entry *older, const struct row_entry *newer)
{
	struct row_entry e = *newer;

	e.before = older->before;
	widen(&e, older->low);
	widen(&e, older->high);
	e.changes += older->changes;
	e.cause_count += older->cause_count;
	merge_causes(&e, older);
	return e;
}

int row_merge(const struct shapes *s, const struct row *older, const struct row *newer,
	struct arena *ar, struct row *ret)
{
	struct row_entry *entries =
		arena_alloc(ar, (older->n_entries + newer->n_entries) * sizeof *entries);
	size_t n = 0, i = 0, k = 0;

	if (entries == NULL)
		return ERR_NOMEM;
	while (i < older->n_entries || k < newer->n_entries) {
		const struct row_entry *o = i < older->n_entries ? &older->entries[i] : NULL;
		const struct row_entry *w = k < newer->n_entries ? &newer->entries[k] : NULL;
		int order = o == NULL ? 1 : w == NULL ? -1 : str_cmp(area_of(s, o), area_of(s, w));

		entries[n++] = order < 0 ? *o : order > 0 ? *w : merge_entry(o, w);
		i += order <= 0;
		k += order >= 0;
	}
	if (n > ROW_AREAS_MAX)
		return ERR_FULL;
	*ret = (struct row){ newer->until, n, entries };
	return 0;
}

/* ---- to bytes --------------------------------------------------------------------------------------------- */

static int add_ratio(struct buf *out, struct ratio r)
{
	uint128 sign = r.num < 0 ? ~(uint128)0 : 0;
	int rc = varint_add(out, (uint128)r.num << 1 ^ sign);

	return rc == 0 ? varint_add(out, (uint128)r.den) : rc;
}

static int add_state(const struct shapes *s, struct buf *out, const struct row_state *st)
{
	uint32_t n = shapes_get(s, st->shape)->n_metrics;
	int rc = varint_add(out, st->shape);

	if (rc == 0)
		rc = varint_add(out, (uint128)st->status);
	for (uint32_t i = 0; rc == 0 && i < n; i++)
		rc = add_ratio(out, st->points[i]);
	return rc;
}

static int add_causes(struct buf *out, const struct row_entry *e)
{
	uint64_t last = 0;
	int rc = varint_add(out, e->n_causes);

	for (size_t i = 0; rc == 0 && i < e->n_causes; i++) {
		rc = varint_add(
			out, (uint128)(e->causes[i].position - last) << 1 | e->causes[i].decided);
		last = e->causes[i].position;
	}
	return rc;
}

static int add_entry(const struct shapes *s, struct buf *out, const struct row_entry *e)
{
	int rc = add_state(s, out, &e->before);

	if (rc == 0)
		rc = add_state(s, out, &e->after);
	if (rc == 0)
		rc = add_ratio(out, e->low);
	if (rc == 0)
		rc = add_ratio(out, e->high);
	if (rc == 0)
		rc = varint_add(out, e->changes);
	if (rc == 0)
		rc = varint_add(out, e->cause_count);
	return rc == 0 ? add_causes(out, e) : rc;
}

int row_write(const struct shapes *s, const struct row *r, struct buf *out)
{
	size_t start = out->n;
	uint32_t check;
	int rc = varint_add(out, ROW_VERSION);

	if (rc == 0)
		rc = varint_add(out, r->until);
	if (rc == 0)
		rc = varint_add(out, r->n_entries);
	for (size_t i = 0; rc == 0 && i < r->n_entries; i++)
		rc = add_entry(s, out, &r->entries[i]);
	if (rc != 0) {
		out->n = start;
		return rc;
	}
	check = (uint32_t)hash_bytes(out->p + start, out->n - start, 0);
	for (unsigned i = 0; rc == 0 && i < CHECK_BYTES; i++)
		rc = buf_add(out, &(uint8_t){ (uint8_t)(check >> 8 * i) }, 1);
	if (rc != 0)
		out->n = start;
	return rc;
}

/* ---- from bytes ------------------------------------------------------------------------------------------- */

struct reading {
	const struct shapes *s;
	struct varint_in in;
	struct arena *ar;
	int rc;
};

static uint128 read_long(struct reading *r)
{
	uint128 v = 0;

	if (r->rc == 0 && !varint_read_long(&r->in, &v))
		r->rc = ERR_CORRUPT;
	return v;
}

static uint64_t read_up_to(struct reading *r, uint64_t max)
{
	uint128 v = read_long(r);

	if (v > max)
		r->rc = ERR_CORRUPT;
	return r->rc == 0 ? (uint64_t)v : 0;
}

static struct ratio read_ratio(struct reading *r)
{
	uint128 zigzag = read_long(r), den = read_long(r);
	struct ratio v = { (int128)(zigzag >> 1) ^ -(int128)(zigzag & 1), (int128)den };

	if (r->rc == 0 && v.den > 0)
		return v;
	r->rc = r->rc != 0 ? r->rc : ERR_CORRUPT;
	return ratio_int(0);
}

static struct row_state read_state(struct reading *r)
{
	struct row_state st = { .shape = (uint32_t)read_up_to(r, UINT32_MAX) };
	const struct area_shape *shape = shapes_get(r->s, st.shape);
	struct ratio *points;

	st.status = (enum area_status)read_up_to(r, AREA_STATUS_END - 1);
	if (r->rc == 0 && shape == NULL)
		r->rc = ERR_CORRUPT;
	if (r->rc != 0)
		return st;
	points = arena_alloc(r->ar, shape->n_metrics * sizeof *points);
	if (points == NULL)
		r->rc = ERR_NOMEM;
	for (uint32_t i = 0; r->rc == 0 && i < shape->n_metrics; i++)
		points[i] = read_ratio(r);
	st.points = points;
	return st;
}

static void read_causes(struct reading *r, struct row_entry *e)
{
	uint64_t position = 0;

	e->n_causes = read_up_to(r, ROW_CAUSES_MAX);
	for (size_t i = 0; r->rc == 0 && i < e->n_causes; i++) {
		uint128 v = read_long(r);

		position += (uint64_t)(v >> 1);
		e->causes[i] = (struct row_cause){ position, (v & 1) != 0 };
	}
}

static struct row_entry read_entry(struct reading *r)
{
	struct row_entry e = { .before = read_state(r) };

	e.after = read_state(r);
	e.low = read_ratio(r);
	e.high = read_ratio(r);
	e.changes = read_up_to(r, UINT64_MAX);
	e.cause_count = read_up_to(r, UINT64_MAX);
	read_causes(r, &e);
	return e;
}

static bool is_sound(struct span bytes)
{
	const uint8_t *p = bytes.p;
	uint32_t check = 0;

	if (bytes.n <= CHECK_BYTES)
		return false;
	for (unsigned i = 0; i < CHECK_BYTES; i++)
		check |= (uint32_t)p[bytes.n - CHECK_BYTES + i] << 8 * i;
	return check == (uint32_t)hash_bytes(p, bytes.n - CHECK_BYTES, 0);
}

int row_read(const struct shapes *s, struct span bytes, struct arena *ar, struct row *ret)
{
	struct reading r = { .s = s, .ar = ar };
	struct row row;

	if (!is_sound(bytes))
		return ERR_CORRUPT;
	r.in = varint_in((struct span){ bytes.p, bytes.n - CHECK_BYTES });
	if (read_up_to(&r, UINT32_MAX) != ROW_VERSION)
		return ERR_CORRUPT;
	row.until = read_up_to(&r, UINT64_MAX);
	row.n_entries = read_up_to(&r, ROW_AREAS_MAX);
	row.entries = arena_alloc(ar, row.n_entries * sizeof *row.entries);
	if (row.entries == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; r.rc == 0 && i < row.n_entries; i++)
		row.entries[i] = read_entry(&r);
	if (r.rc == 0 && r.in.p != r.in.end)
		r.rc = ERR_CORRUPT;
	if (r.rc == 0)
		*ret = row;
	return r.rc;
}
