/* Reading what is kept of one partner: from the store as one commit left it, and from what is pending. */
#include "services/history/keeper_internal.h"

struct reading {
	struct keeper *k;
	struct store_view *view;
	struct str partner;
	struct arena *ar;
	struct err *e;
	bool frozen_counts; /* the commit that it is on its way with is not in the view */
	int (*visit)(void *ctx, const struct keeper_row *r);
	void *ctx;
	bool has_held;
	struct keeper_row held; /* not told yet: what comes next may be of the same month */
};

/* ---- rows in order ---------------------------------------------------------------------------------------- */

static int tell_held(struct reading *r)
{
	int rc = r->has_held ? r->visit(r->ctx, &r->held) : 0;

	r->has_held = false;
	return rc;
}

/* What is due to be put together is told as if it were. */
static struct keeper_row as_kept(const struct keeper *k, struct keeper_row row)
{
	month_no month = row.kind == KEPT_BASE ? MONTH_NONE : month_of_day(row.from);

	if (k->mark.day != DAY_NONE && row.kind == KEPT_DAY &&
		month < keeper_first_days(k, k->mark.day))
		row.kind = KEPT_MONTH;
	if (k->mark.day != DAY_NONE && row.kind == KEPT_MONTH &&
		month < keeper_first_month(k, k->mark.day))
		row.kind = KEPT_BASE;
	if (row.kind == KEPT_MONTH) {
		row.from = month_first_day(month);
		row.until = month_first_day(month + 1) - 1;
	}
	if (row.kind == KEPT_BASE)
		row.from = DAY_NONE;
	return row;
}

static int put(struct reading *r, struct keeper_row row)
{
	struct row older;
	int rc = 0;

	row = as_kept(r->k, row);
	if (r->has_held && (r->held.kind != row.kind || r->held.from != row.from))
		rc = tell_held(r);
	if (rc != 0)
		return rc;
	if (r->has_held) {
		older = r->held.row;
		rc = row_merge(r->k->shapes, &older, &row.row, r->ar, &row.row);
		if (rc != 0)
			return err_set(r->e, rc, "putting rows together: %s", err_text(rc));
	}
	r->held = row;
	r->has_held = true;
	return 0;
}

/* ---- from the tables -------------------------------------------------------------------------------------- */

static int read_base(struct reading *r)
{
	struct keeper_row row = { .kind = KEPT_BASE, .from = DAY_NONE, .until = DAY_NONE };
	struct span value;
	int rc = store_view_get(
		r->view, TABLE_BASE, (struct span){ r->partner.p, r->partner.n }, &value, r->e);

	if (rc == ERR_NOTFOUND)
		return 0;
	if (rc == 0)
		rc = keeper_row_read(r->k, TABLE_BASE, value, r->ar, &row.row, r->e);
	return rc == 0 ? put(r, row) : rc;
}

/* The next number after `number` that any row has, or one more; *ret_found: the partner has a row under `number`. */
static int look(struct reading *r, const char *table, int32_t number, bool *ret_found,
	struct span *ret_value, int32_t *ret_next)
{
	struct key key;
	struct span found;
	int rc;

	key_make(&key, number, r->partner);
	rc = store_view_from(r->view, table, key_span(&key), &found, ret_value, r->e);
	*ret_found =
		rc == 0 && key_number(found) == number && str_eq(key_partner(found), r->partner);
	*ret_next = rc != 0			 ? INT32_MAX
		    : key_number(found) > number ? key_number(found)
						 : number + 1;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int read_months(struct reading *r)
{
	int32_t month = 0, behind;
	int rc = 0;

	for (; rc == 0 && month != INT32_MAX; month = behind) {
		struct keeper_row row = { .kind = KEPT_MONTH };
		struct span value;
		bool found;

		rc = look(r, TABLE_MONTHS, month, &found, &value, &behind);
		if (rc != 0 || !found)
			continue;
		row.from = month_first_day(month);
		row.until = month_first_day(month + 1) - 1;
		rc = keeper_row_read(r->k, TABLE_MONTHS, value, r->ar, &row.row, r->e);
		if (rc == 0)
			rc = put(r, row);
	}
	return rc;
}

static int add_part(struct reading *r, struct span bytes, struct keeper_row *row, bool *has_any)
{
	struct row older = row->row, newer;
	int rc = keeper_row_read(r->k, TABLE_DAYS, bytes, r->ar, &newer, r->e);

	if (rc != 0)
		return rc;
	if (!*has_any) {
		row->row = newer;
		*has_any = true;
		return 0;
	}
	rc = row_merge(r->k->shapes, &older, &newer, r->ar, &row->row);
	return rc == 0 ? 0 : err_set(r->e, rc, "putting rows together: %s", err_text(rc));
}

/* The day's row in the store, then what is on its way, then what is pending. */
static int read_day(struct reading *r, day_no day, bool found, struct span value)
{
	struct keeper_row row = { .kind = KEPT_DAY, .from = day, .until = day };
	struct span bytes;
	bool has_any = false;
	int rc = found ? add_part(r, value, &row, &has_any) : 0;

	if (rc == 0 && r->frozen_counts && pending_get(r->k->frozen, day, r->partner, &bytes) == 0)
		rc = add_part(r, bytes, &row, &has_any);
	if (rc == 0 && pending_get(r->k->active, day, r->partner, &bytes) == 0)
		rc = add_part(r, bytes, &row, &has_any);
	return rc == 0 && has_any ? put(r, row) : rc;
}

/* The oldest pending day behind `day`; days between two pending ones are looked at, none is left out. */
static day_no pending_behind(const struct pending *p, day_no day)
{
	day_no oldest = pending_count(p) == 0 ? INT32_MAX : pending_oldest(p);

	return oldest > day ? oldest : day + 1;
}

static int read_days(struct reading *r)
{
	day_no end = r->k->mark.day == DAY_NONE ? 0 : r->k->mark.day;
	int32_t day = 0, behind;
	int rc = 0;

	for (; rc == 0 && day <= end; day = behind) {
		day_no pending = pending_behind(r->k->active, day);
		struct span value = { NULL, 0 };
		bool found;

		if (r->frozen_counts && pending_behind(r->k->frozen, day) < pending)
			pending = pending_behind(r->k->frozen, day);
		rc = look(r, TABLE_DAYS, day, &found, &value, &behind);
		if (pending < behind)
			behind = pending;
		if (rc == 0)
			rc = read_day(r, day, found, value);
	}
	return rc;
}

static bool is_in_view(struct reading *r)
{
	struct keeper_mark mark;
	struct span value;

	if (store_view_get(r->view, TABLE_MARKS, (struct span){ "scores", 6 }, &value, NULL) != 0 ||
		value.n != MARK_BYTES)
		return false;
	mark_read(value.p, &mark);
	return mark.position >= r->k->written.position;
}

int keeper_read(struct keeper *k, struct str partner, struct arena *ar,
	int (*visit)(void *ctx, const struct keeper_row *r), void *ctx, struct err *e)
{
	struct reading r = {
		.k = k, .partner = partner, .ar = ar, .e = e, .visit = visit, .ctx = ctx
	};
	int rc;

	if (partner.n == 0 || partner.n >= KEY_MAX - 4)
		return 0;
	rc = store_view_open(k->options.store, &r.view, e);
	if (rc != 0)
		return rc;
	r.frozen_counts = k->flight == FLUSHING && !is_in_view(&r);
	rc = read_base(&r);
	if (rc == 0)
		rc = read_months(&r);
	if (rc == 0)
		rc = read_days(&r);
	if (rc == 0)
		rc = tell_held(&r);
	store_view_close(r.view);
	return rc;
}

/* ---- figures ---------------------------------------------------------------------------------------------- */

void keeper_stats_get(struct keeper *k, struct keeper_stats *ret)
{
	*ret = (struct keeper_stats){ .changes = k->changes,
		.position = k->mark.position,
		.event_position = k->mark.event_position,
		.missed = k->mark.missed,
		.pending = pending_count(k->active) + pending_count(k->frozen),
		.folded = k->folded,
		.day = k->mark.day,
		.whole_from = k->mark.whole_from,
		.days_from = DAY_NONE,
		.months_from = MONTH_NONE };
	if (k->mark.day == DAY_NONE)
		return;
	ret->days_from = month_first_day(keeper_first_days(k, k->mark.day));
	ret->months_from = keeper_first_month(k, k->mark.day);
	if (ret->days_from < DAY_MIN) /* longer than there are days */
		ret->days_from = DAY_MIN;
	if (ret->months_from < MONTH_MIN)
		ret->months_from = MONTH_MIN;
}
