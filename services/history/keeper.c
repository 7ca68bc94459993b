#include "services/history/keeper_internal.h"

#include <assert.h>
#include <string.h>

#define ROWS_PENDING  65536u
#define BYTES_PENDING ((size_t)32 << 20)
/* Room beyond, so that the unit that passes the bound has a place: a unit of the score log is smaller than this. */
#define ROWS_BEYOND  65536u
#define BYTES_BEYOND ((size_t)64 << 20)
#define ROW_BYTES    ((size_t)4 << 20)
#define SCRATCH_MAX  ((size_t)64 << 20)
#define MARK_KEY     ((struct span){ "scores", 6 })

/* ---- keys and marks --------------------------------------------------------------------------------------- */

static void put_u32(uint8_t *out, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t read_u32(const uint8_t *in)
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

void key_make(struct key *k, int32_t number, struct str partner)
{
	assert(number >= 0 && partner.n < KEY_MAX - 4);
	put_u32(k->bytes, (uint32_t)number);
	if (partner.n > 0)
		memcpy(k->bytes + 4, partner.p, partner.n);
	k->n = 4 + partner.n;
}

int32_t key_number(struct span key)
{
	return key.n < 4 ? 0 : (int32_t)(read_u32(key.p) & INT32_MAX);
}

struct str key_partner(struct span key)
{
	return key.n < 4 ? STR("") : (struct str){ (const char *)key.p + 4, key.n - 4 };
}

static void mark_write(const struct keeper_mark *m, uint8_t out[MARK_BYTES])
{
	store_key_u64(m->position, out);
	store_key_u64(m->event_position, out + 8);
	store_key_u64(m->missed, out + 16);
	put_u32(out + 24, (uint32_t)m->day);
	put_u32(out + 28, (uint32_t)m->whole_from);
}

void mark_read(const uint8_t bytes[MARK_BYTES], struct keeper_mark *ret)
{
	*ret = (struct keeper_mark){ store_key_read_u64(bytes), store_key_read_u64(bytes + 8),
		store_key_read_u64(bytes + 16), (day_no)read_u32(bytes + 24),
		(day_no)read_u32(bytes + 28) };
}

/* ---- opening ---------------------------------------------------------------------------------------------- */

struct load {
	struct keeper *k;
	struct err *e;
};

static int load_shape(void *ctx, struct span key, struct span value)
{
	struct load *l = ctx;
	int rc = key.n == 4 ? shapes_load(l->k->shapes, read_u32(key.p), value) : ERR_CORRUPT;

	return rc == 0 ? 0 : err_set(l->e, rc, "table %s: %s", TABLE_SHAPES, err_text(rc));
}

static int restore(struct keeper *k, struct err *e)
{
	struct load l = { k, e };
	struct store *store = k->options.store;
	int rc = store_scan(store, TABLE_SHAPES, (struct span){ "", 0 }, load_shape, &l, e);

	if (rc != 0)
		return rc;
	k->shapes_written = shapes_count(k->shapes);
	k->mark = (struct keeper_mark){ .day = DAY_NONE, .whole_from = DAY_NONE };
	rc = store_get(store, TABLE_MARKS, MARK_KEY, &k->encoded, NULL);
	if (rc == 0 && k->encoded.n == MARK_BYTES)
		mark_read(k->encoded.p, &k->mark);
	else if (rc != ERR_NOTFOUND || k->shapes_written > 0)
		return err_set(e, rc == 0 || rc == ERR_NOTFOUND ? ERR_CORRUPT : rc,
			"table %s has no readable mark", TABLE_MARKS);
	k->written = k->mark;
	return 0;
}

static bool settings_are_sound(const struct keeper_options *o)
{
	return o->days >= KEEPER_DAYS_MIN && o->days <= KEEPER_DAYS_MAX &&
	       o->months >= KEEPER_MONTHS_MIN && o->months <= KEEPER_MONTHS_MAX;
}

int keeper_open(const struct keeper_options *options, struct keeper **ret_k, uint64_t *ret_position,
	struct err *e)
{
	struct keeper *k;
	uint32_t rows = options->rows == 0 ? ROWS_PENDING : options->rows;
	int rc;

	if (!settings_are_sound(options))
		return err_set(e, ERR_INVALID,
			"days are kept for %d to %d days, months for %d to %d", KEEPER_DAYS_MIN,
			KEEPER_DAYS_MAX, KEEPER_MONTHS_MIN, KEEPER_MONTHS_MAX);
	k = mem_zalloc(&mem_heap, sizeof *k);
	if (k == NULL)
		return err_set(e, ERR_NOMEM, "no memory for history");
	k->options = *options;
	k->options.rows = rows;
	arena_init(&k->rows, &mem_heap, SCRATCH_MAX);
	arena_init(&k->take, &mem_heap, SCRATCH_MAX);
	buf_init(&k->encoded, &mem_heap, ROW_BYTES);
	rc = shapes_create(&mem_heap, &k->shapes);
	if (rc == 0)
		rc = pending_create(
			&mem_heap, rows + ROWS_BEYOND, BYTES_PENDING + BYTES_BEYOND, &k->active);
	if (rc == 0)
		rc = pending_create(
			&mem_heap, rows + ROWS_BEYOND, BYTES_PENDING + BYTES_BEYOND, &k->frozen);
	rc = rc != 0 ? err_set(e, rc, "no memory for history") : restore(k, e);
	if (rc != 0) {
		keeper_close(k);
		return rc;
	}
	*ret_k = k;
	*ret_position = k->mark.position;
	return 0;
}

void keeper_close(struct keeper *k)
{
	if (k == NULL)
		return;
	pending_destroy(k->active);
	pending_destroy(k->frozen);
	shapes_destroy(k->shapes);
	arena_fini(&k->rows);
	arena_fini(&k->take);
	buf_fini(&k->encoded);
	mem_free(&mem_heap, k, sizeof *k);
}

/* ---- taking ----------------------------------------------------------------------------------------------- */

/* Shapes of a batch stand once, so their numbers are looked for once; few are in use at a time. */
#define NUMBERS_KNOWN 64
struct numbers {
	const struct area_shape *shapes[NUMBERS_KNOWN];
	uint32_t numbers[NUMBERS_KNOWN];
};

static int number_of(struct keeper *k, struct numbers *known, const struct area_shape *shape,
	uint32_t *ret_number)
{
	size_t i = ((uintptr_t)shape / sizeof *shape) % NUMBERS_KNOWN;
	int rc;

	if (known->shapes[i] != shape) {
		rc = shapes_add(k->shapes, shape, &known->numbers[i]);
		if (rc != 0)
			return rc;
		known->shapes[i] = shape;
	}
	*ret_number = known->numbers[i];
	return 0;
}

/* What is told before the first day begins belongs to no day: it stands under 0. */
static day_no key_day(day_no day)
{
	return day == DAY_NONE || day < 0 ? 0 : day;
}

static int take_change(
	struct keeper *k, struct numbers *known, const struct score_change *c, uint64_t until)
{
	uint32_t *numbers;
	struct row row;
	int rc = 0;

	if (c->n_areas == 0)
		return 0;
	arena_reset(&k->take);
	numbers = arena_alloc(&k->take, c->n_areas * sizeof *numbers);
	if (numbers == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; rc == 0 && i < c->n_areas; i++)
		rc = number_of(k, known, c->areas[i].shape, &numbers[i]);
	if (rc == 0)
		rc = row_of_change(k->shapes, c, numbers, until, &k->take, &row);
	return rc == 0 ? pending_add(k->active, k->shapes, key_day(k->mark.day), c->partner, &row)
		       : rc;
}

int keeper_take(struct keeper *k, const struct score_batch *batch, uint64_t first, struct err *e)
{
	struct numbers known = { .shapes = { NULL } };
	int rc = 0;

	if (batch->day != DAY_NONE && batch->day > k->mark.day)
		k->mark.day = batch->day;
	if (k->gap)
		k->mark.whole_from = k->mark.day;
	k->gap = false;
	for (size_t i = 0; rc == 0 && i < batch->n_changes; i++)
		rc = take_change(k, &known, &batch->changes[i], first + i + 1);
	if (rc != 0)
		return err_set(e, rc, "cannot take in the score changes at position %llu: %s",
			(unsigned long long)first, err_text(rc));
	k->mark.position = first + score_batch_records(batch);
	k->mark.event_position = batch->event_position;
	k->changes += batch->n_changes;
	return 0;
}

void keeper_pass_over(struct keeper *k, uint64_t first_position)
{
	k->mark.missed += first_position - k->mark.position;
	k->mark.position = first_position;
	k->gap = true;
}

bool keeper_wants_flush(const struct keeper *k)
{
	return pending_count(k->active) >= k->options.rows ||
	       pending_bytes(k->active) >= BYTES_PENDING;
}

bool keeper_is_busy(const struct keeper *k)
{
	return k->flight != LANDED;
}

bool keeper_is_full(const struct keeper *k)
{
	return keeper_is_busy(k) && keeper_wants_flush(k);
}

bool keeper_is_written(const struct keeper *k)
{
	return k->flight == LANDED && k->mark.position == k->written.position;
}

/* ---- writing ---------------------------------------------------------------------------------------------- */

int keeper_row_read(struct keeper *k, const char *table, struct span bytes, struct arena *ar,
	struct row *ret, struct err *e)
{
	int rc = row_read(k->shapes, bytes, ar, ret);

	return rc == 0 ? 0 : err_set(e, rc, "a row of table %s: %s", table, err_text(rc));
}

int keeper_merge_stored(struct keeper *k, struct store_view *v, const char *table, struct span key,
	struct row *row, struct err *e)
{
	struct span bytes;
	struct row older;
	int rc = store_view_get(v, table, key, &bytes, e);

	if (rc == ERR_NOTFOUND)
		return 0;
	if (rc == 0)
		rc = keeper_row_read(k, table, bytes, &k->rows, &older, e);
	if (rc == 0) {
		struct row newer = *row;

		rc = row_merge(k->shapes, &older, &newer, &k->rows, row);
		if (rc != 0)
			(void)err_set(e, rc, "a row of table %s: %s", table, err_text(rc));
	}
	return rc;
}

int keeper_put_row(struct keeper *k, struct store_group *g, const char *table, struct span key,
	const struct row *row, struct err *e)
{
	int rc;

	buf_reset(&k->encoded);
	rc = row_write(k->shapes, row, &k->encoded);
	if (rc == 0)
		rc = store_group_put(g, table, key, buf_span(&k->encoded));
	return rc == 0 ? 0 : err_set(e, rc, "writing table %s: %s", table, err_text(rc));
}

static int put_pending(
	struct keeper *k, struct store_view *v, struct store_group *g, uint32_t i, struct err *e)
{
	struct pending_row p = pending_row_at(k->active, i);
	struct span stored;
	struct key key;
	struct row row;
	int rc;

	key_make(&key, p.day, p.partner);
	rc = store_view_get(v, TABLE_DAYS, key_span(&key), &stored, e);
	if (rc == ERR_NOTFOUND) { /* as it is */
		rc = store_group_put(g, TABLE_DAYS, key_span(&key), p.bytes);
		return rc == 0 ? 0
			       : err_set(e, rc, "writing table %s: %s", TABLE_DAYS, err_text(rc));
	}
	arena_reset(&k->rows);
	if (rc == 0)
		rc = keeper_row_read(k, TABLE_DAYS, p.bytes, &k->rows, &row, e);
	if (rc == 0)
		rc = keeper_merge_stored(k, v, TABLE_DAYS, key_span(&key), &row, e);
	return rc == 0 ? keeper_put_row(k, g, TABLE_DAYS, key_span(&key), &row, e) : rc;
}

static int put_shapes(struct keeper *k, struct store_group *g, struct err *e)
{
	int rc = 0;

	for (uint32_t i = k->shapes_written; rc == 0 && i < shapes_count(k->shapes); i++) {
		uint8_t key[4];

		put_u32(key, i);
		rc = store_group_put(g, TABLE_SHAPES, (struct span){ key, sizeof key },
			shapes_bytes(k->shapes, i));
	}
	return rc == 0 ? 0 : err_set(e, rc, "writing table %s: %s", TABLE_SHAPES, err_text(rc));
}

static int put_mark(struct keeper *k, struct store_group *g, struct err *e)
{
	uint8_t bytes[MARK_BYTES];
	int rc;

	mark_write(&k->mark, bytes);
	rc = store_group_put(g, TABLE_MARKS, MARK_KEY, (struct span){ bytes, sizeof bytes });
	return rc == 0 ? 0 : err_set(e, rc, "writing table %s: %s", TABLE_MARKS, err_text(rc));
}

static int put_all(struct keeper *k, struct store_group *g, struct err *e)
{
	struct store_view *v;
	int rc = pending_sort(k->active);

	if (rc != 0)
		return err_set(e, rc, "sorting rows: %s", err_text(rc));
	rc = store_view_open(k->options.store, &v, e);
	if (rc != 0)
		return rc;
	for (uint32_t i = 0; rc == 0 && i < pending_count(k->active); i++)
		rc = put_pending(k, v, g, i, e);
	store_view_close(v);
	if (rc == 0)
		rc = put_shapes(k, g, e);
	return rc == 0 ? put_mark(k, g, e) : rc;
}

int keeper_flush(struct keeper *k, struct store_group *g, bool *ret_any, struct err *e)
{
	struct pending *swap = k->frozen;
	int rc;

	assert(k->flight == LANDED);
	*ret_any = false;
	if (k->mark.position == k->written.position)
		return 0;
	rc = put_all(k, g, e);
	if (rc != 0) {
		store_group_reset(g);
		return rc;
	}
	k->frozen = k->active;
	k->active = swap;
	k->shapes_written = shapes_count(k->shapes);
	k->written = k->mark;
	k->flight = FLUSHING;
	*ret_any = true;
	return 0;
}

void keeper_durable(struct keeper *k)
{
	if (k->flight == FLUSHING)
		pending_clear(k->frozen);
	k->flight = LANDED;
}

const struct shapes *keeper_shapes(const struct keeper *k)
{
	return k->shapes;
}
