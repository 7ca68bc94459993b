#include "services/imports/usage_rows.h"

#include "services/imports/side.h"

int usage_state_create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	struct usage_state *z = mem_zalloc(r->options->a, sizeof *z);

	if (z == NULL)
		return err_set(e, ERR_NOMEM, "no memory for reading a report");
	z->reading = r;
	z->gather = g;
	*ret_state = z;
	return 0;
}

void usage_state_destroy(void *state)
{
	struct usage_state *z = state;

	if (z != NULL)
		mem_free(z->reading->options->a, z, sizeof *z);
}

static bool has(const struct report_row *row, size_t column)
{
	return column != NO_COLUMN && row_has(row, column);
}

static struct str text(const struct report_row *row, size_t column)
{
	return has(row, column) ? row_text(row, column) : (struct str){ NULL, 0 };
}

/* One scope for each measure that the report tells, and that of the partner where it tells of that. */
static int tell_scope(struct gather *g, const struct usage_columns *c, struct str partner,
	month_no month, bool refused)
{
	int rc =
		!c->of_partner ? 0 : gather_scope(g, partner, (enum measure)0, MONTH_NONE, refused);

	for (unsigned m = 1; rc == 0 && m < MEASURE_END; m++)
		if ((c->measures >> m & 1) != 0)
			rc = gather_scope(
				g, partner, c->completes ? (enum measure)m : 0, month, refused);
	return rc;
}

static size_t partner_column(
	const struct report_row *row, const struct usage_columns *c, enum association_kind k)
{
	if (!has(row, c->partner))
		return c->location;
	if (k != ASSOC_CPOR || text_is_nothing(text(row, c->location)))
		return c->partner;
	return c->location;
}

static int refused(const struct report_row *row, const struct usage_columns *c, struct str partner,
	month_no month, enum row_verdict *ret_verdict)
{
	*ret_verdict = ROW_REFUSED;
	return tell_scope(row->gather, c, partner, month, true);
}

/* Neither of the accounts that the row may be about is looked at as if all of it had been read. */
static int refused_of_all(struct gather *g, const struct report_row *row,
	const struct usage_columns *c, month_no month)
{
	const size_t columns[] = { c->partner, c->location };
	bool named = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof columns / sizeof *columns; i++) {
		struct str partner = text(row, columns[i]);

		if (text_is_nothing(partner) || !str_is_clean_utf8(partner))
			continue;
		named = true;
		rc = tell_scope(g, c, partner, month, true);
	}
	return rc != 0 || named ? rc : tell_scope(g, c, (struct str){ NULL, 0 }, month, true);
}

static int refused_early(
	const struct report_row *row, const struct usage_columns *c, enum row_verdict *ret_verdict)
{
	*ret_verdict = ROW_REFUSED;
	return refused_of_all(row->gather, row, c, field_month_quiet(row, c->month));
}

/* What comes behind partner and month. */
static bool read_rest(
	const struct report_row *row, const struct usage_columns *c, struct usage_row *x)
{
	struct str subscription = text(row, c->subscription);

	if (!field_customer(row, c->customer, x->customer_text, &x->customer))
		return false;
	if (c->workload != NO_COLUMN && !field_product(row, c->workload, c->measures, &x->product))
		return false;
	if (has(row, c->offer))
		return field_offer(row, c->offer, subscription, x->customer, &x->offer);
	x->offer = OFFER_PAID;
	(void)side_offer(row->reading->side, subscription, x->customer, &x->offer);
	return true;
}

static int read_counted(const struct report_row *row, const struct usage_columns *c,
	struct usage_row *x, enum row_verdict *ret_verdict)
{
	bool duplicate = false;
	int rc;

	if (!field_partner(row, partner_column(row, c, x->association), &x->partner) ||
		!field_month(row, c->month, &x->month))
		return refused_early(row, c, ret_verdict);
	if (has(row, c->duplicate) && !field_flag(row, c->duplicate, &duplicate))
		return refused(row, c, x->partner, x->month, ret_verdict);
	if (!duplicate && !read_rest(row, c, x))
		return refused(row, c, x->partner, x->month, ret_verdict);
	rc = tell_scope(row->gather, c, x->partner, x->month, false);
	if (duplicate)
		row_pass_over(row, "duplicate-at-global-account");
	*ret_verdict = duplicate ? ROW_PASSED : ROW_COUNTS;
	return rc;
}

/* A row that does not count speaks of its month all the same, but does not make it complete. */
static int passed(const struct report_row *row, const struct usage_columns *c)
{
	month_no month = field_month_quiet(row, c->month);

	return month == MONTH_NONE
		       ? 0
		       : gather_scope(row->gather, text(row, partner_column(row, c, ASSOC_NONE)),
				 (enum measure)0, month, false);
}

int usage_row_read(const struct report_row *row, const struct usage_columns *c, struct usage_row *x,
	enum row_verdict *ret_verdict)
{
	*x = (struct usage_row){ .association = c->credited, .month = MONTH_NONE };
	*ret_verdict = ROW_COUNTS;
	if (has(row, c->association)) {
		if (has(row, c->subscription) &&
			field_is_deal(row, c->association, c->subscription))
			*ret_verdict = ROW_PASSED;
		else if (c->credited == ASSOC_NONE || text(row, c->association).n > 0)
			*ret_verdict = field_association(row, c->association, &x->association);
	}
	if (*ret_verdict == ROW_REFUSED)
		return refused_early(row, c, ret_verdict);
	return *ret_verdict == ROW_COUNTS ? read_counted(row, c, x, ret_verdict) : passed(row, c);
}

int usage_row_refused(
	const struct report_row *row, const struct usage_columns *c, const struct usage_row *x)
{
	return tell_scope(row->gather, c, x->partner, x->month, true);
}

int usage_row_add(
	const struct report_row *row, const struct usage_row *x, enum measure m, decimal24 amount)
{
	struct event ev = { .kind = FACT_USAGE, .subject = x->partner };
	struct fact_usage *u = &ev.u.usage;

	u->customer = x->customer;
	u->product = x->product;
	u->month = x->month;
	u->association = x->association;
	u->offer = x->offer;
	u->measure = m;
	return gather_usage(row->gather, &ev, amount, row->at);
}

int usage_row_lost(struct gather *g, const struct report_row *row, const struct usage_columns *c)
{
	return row != NULL ? refused_of_all(g, row, c, field_month_quiet(row, c->month))
			   : tell_scope(g, c, (struct str){ NULL, 0 }, MONTH_NONE, true);
}
