/* Days that have grown old become months, months that have grown very old become what came before everything. */
#include "services/history/keeper_internal.h"

#include <assert.h>

#define SLICE_ROWS 4096u /* read for one commit: some 20 ms */
#define MONTH_DAYS 31

/* ---- days into a month ------------------------------------------------------------------------------------ */

/* The rows of one day, in order of partner. */
struct column {
	day_no day;
	bool is_done;
	struct span key, value;
};

/* Moves to the first row with a key of `from` or greater, if it is of that day. */
static int seek(struct store_view *v, struct column *c, struct span from, struct err *e)
{
	int rc = store_view_from(v, TABLE_DAYS, from, &c->key, &c->value, e);

	c->is_done = rc == ERR_NOTFOUND || (rc == 0 && key_number(c->key) != c->day);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int next(struct store_view *v, struct column *c, struct err *e)
{
	struct key after;

	key_make(&after, c->day, key_partner(c->key));
	after.bytes[after.n++] = 0; /* the least key behind it */
	return seek(v, c, key_span(&after), e);
}

static const struct column *least(const struct column *columns)
{
	const struct column *l = NULL;

	for (size_t i = 0; i < MONTH_DAYS; i++)
		if (!columns[i].is_done && (l == NULL || str_cmp(key_partner(columns[i].key),
								 key_partner(l->key)) < 0))
			l = &columns[i];
	return l;
}

/* One partner: the rows of its days go, one of the month comes. */
static int fold_partner(struct keeper *k, struct store_view *v, struct store_group *g,
	struct column *columns, struct str partner, month_no month, uint32_t *n_rows, struct err *e)
{
	struct row row = { 0, 0, NULL }, day, older;
	struct key key;
	int rc = 0;

	arena_reset(&k->rows);
	for (size_t i = 0; rc == 0 && i < MONTH_DAYS; i++) {
		struct column *c = &columns[i];

		if (c->is_done || !str_eq(key_partner(c->key), partner))
			continue;
		rc = keeper_row_read(k, TABLE_DAYS, c->value, &k->rows, &day, e);
		older = row;
		if (rc == 0)
			rc = row_merge(k->shapes, &older, &day, &k->rows, &row);
		if (rc == 0)
			rc = store_group_delete(g, TABLE_DAYS, c->key);
		if (rc == 0)
			rc = next(v, c, e);
		(*n_rows)++;
	}
	if (rc != 0)
		return err_set(e, rc, "putting days together: %s", err_text(rc));
	key_make(&key, month, partner);
	rc = keeper_merge_stored(k, v, TABLE_MONTHS, key_span(&key), &row, e);
	return rc == 0 ? keeper_put_row(k, g, TABLE_MONTHS, key_span(&key), &row, e) : rc;
}

static int fold_days(struct keeper *k, struct store_view *v, struct store_group *g, month_no month,
	struct err *e)
{
	struct column columns[MONTH_DAYS];
	const struct column *l;
	uint32_t n_rows = 0;
	int rc = 0;

	for (int i = 0; rc == 0 && i < MONTH_DAYS; i++) {
		struct key key;

		columns[i] = (struct column){ .day = month_first_day(month) + i };
		key_make(&key, columns[i].day, STR(""));
		columns[i].is_done = month_of_day(columns[i].day) != month;
		if (!columns[i].is_done)
			rc = seek(v, &columns[i], key_span(&key), e);
	}
	while (rc == 0 && n_rows < SLICE_ROWS && (l = least(columns)) != NULL)
		rc = fold_partner(k, v, g, columns, key_partner(l->key), month, &n_rows, e);
	k->folded += n_rows;
	return rc;
}

/* ---- a month into what came before everything ------------------------------------------------------------- */

static int fold_months(struct keeper *k, struct store_view *v, struct store_group *g,
	month_no month, struct err *e)
{
	struct key from;
	struct span key, value;
	uint32_t n = 0;
	int rc;

	key_make(&from, month, STR(""));
	rc = store_view_from(v, TABLE_MONTHS, key_span(&from), &key, &value, e);
	while (rc == 0 && n < SLICE_ROWS && key_number(key) == month) {
		struct str partner = key_partner(key);
		struct span base = { partner.p, partner.n };
		struct row row;

		arena_reset(&k->rows);
		rc = keeper_row_read(k, TABLE_MONTHS, value, &k->rows, &row, e);
		if (rc == 0)
			rc = keeper_merge_stored(k, v, TABLE_BASE, base, &row, e);
		if (rc == 0)
			rc = keeper_put_row(k, g, TABLE_BASE, base, &row, e);
		if (rc == 0)
			rc = store_group_delete(g, TABLE_MONTHS, key);
		if (rc != 0)
			return err_set(e, rc, "putting months together: %s", err_text(rc));
		key_make(&from, month, partner);
		from.bytes[from.n++] = 0;
		rc = store_view_from(v, TABLE_MONTHS, key_span(&from), &key, &value, e);
		n++;
	}
	k->folded += n;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* ---- what is due ------------------------------------------------------------------------------------------ */

/* Due by the newest day that is written, so that a restart, which goes on from there, finds nothing put together before its
 * time. */

/* The number of the oldest row of a table. */
static bool oldest_of(struct store_view *v, const char *table, int32_t *ret_number)
{
	struct span key, value;

	if (store_view_from(v, table, (struct span){ "", 0 }, &key, &value, NULL) != 0)
		return false;
	*ret_number = key_number(key);
	return true;
}

/* The month whose days are due: its last one has been kept long enough, and no row of it is pending. */
static bool days_are_due(struct keeper *k, struct store_view *v, month_no *ret_month)
{
	day_no oldest;

	if (!oldest_of(v, TABLE_DAYS, &oldest))
		return false;
	*ret_month = month_of_day(oldest);
	return *ret_month < keeper_first_days(k, k->written.day) &&
	       (pending_count(k->active) == 0 ||
		       pending_oldest(k->active) >= month_first_day(*ret_month + 1));
}

static bool months_are_due(struct keeper *k, struct store_view *v, month_no *ret_month)
{
	return oldest_of(v, TABLE_MONTHS, ret_month) &&
	       *ret_month < keeper_first_month(k, k->written.day);
}

int keeper_fold(struct keeper *k, struct store_group *g, bool *ret_any, struct err *e)
{
	struct store_view *v;
	month_no month;
	int rc;

	assert(k->flight == LANDED);
	*ret_any = false;
	if (k->written.day == DAY_NONE)
		return 0;
	rc = store_view_open(k->options.store, &v, e);
	if (rc != 0)
		return rc;
	*ret_any = true;
	if (days_are_due(k, v, &month))
		rc = fold_days(k, v, g, month, e);
	else if (months_are_due(k, v, &month))
		rc = fold_months(k, v, g, month, e);
	else
		*ret_any = false;
	store_view_close(v);
	if (rc != 0)
		store_group_reset(g);
	else if (*ret_any)
		k->flight = FOLDING;
	return rc;
}
