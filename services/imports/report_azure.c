/* The Azure usage report: usage facts by customer, service and month.
 *
 * Rows with the same natural key are added up exactly. Out come, in this order: what is known of customers; the word
 * that usage of a month is complete, for every month but each partner's newest; the usage, oldest month first; and
 * last the word for the newest month. So a month that is still arriving does not lower a score: scoring goes by
 * the newest complete month.
 *
 * Not called complete (unless the user says so) is a month with refused rows, and one that was not over when the
 * export was made: an alert must not come of usage that is only missing. */
#include <stdio.h>

#include "services/imports/azure_rows.h"
#include "services/imports/event_name.h"
#include "services/imports/fields.h"

enum {
	COL_PARTNER,
	COL_CUSTOMER,
	COL_MONTH,
	COL_PRODUCT,
	COL_COMPONENT,
	COL_ASSOCIATION,
	COL_DUPLICATE,
	COL_SEGMENT,
	COL_AMOUNT,
	COL_FINER /* the first of them, in the order of enum azure_finer */
};

static const struct report_column columns[] = {
	[COL_PARTNER] = { "PGAMpnID", { "PGAPartnerID", "GlobalPartnerID" }, true },
	[COL_CUSTOMER] = { "CustomerTenantId", { NULL }, true },
	[COL_MONTH] = { "Month", { "MonthKey", "FiscalMonthName" }, true },
	[COL_PRODUCT] = { "ServiceLevel2", { NULL }, true },
	[COL_COMPONENT] = { "ServiceLevel4", { NULL }, false },
	[COL_ASSOCIATION] = { "PartnerAttributionType",
		{ "PartnerAttachType", "PartnerAssociationType" }, true },
	[COL_DUPLICATE] = { "IsACRDuplicateAtPGALevel",
		{ "IsDuplicateRowForPGA", "IsDuplicateAtPGALevel" }, false },
	[COL_SEGMENT] = { "CustomerSegment", { NULL }, false },
	[COL_AMOUNT] = { "ACR_USD", { "ACRUSD" }, true },
	[COL_FINER + AZURE_LEVEL_1] = { "ServiceLevel1", { NULL }, false },
	[COL_FINER + AZURE_GROUP_2] = { "ServiceGroup2", { NULL }, false },
	[COL_FINER + AZURE_GROUP_3] = { "ServiceGroup3", { NULL }, false },
	[COL_FINER + AZURE_INFLUENCER] = { "ServiceInfluencer", { NULL }, false },
	[COL_FINER + AZURE_COMPUTE_OS] = { "ComputeOS", { NULL }, false },
};

#define SOURCE STR("urn:capscore:import:azure-usage")

struct azure {
	struct reading *r;
	struct azure_rows rows;
	uint64_t refused_anywhere; /* rows refused of which partner or month is not known */
};

static int azure_create(struct reading *r, void **ret_state, struct err *e)
{
	struct azure *z = mem_zalloc(r->options->a, sizeof *z);
	int rc;

	if (z == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the rows");
	z->r = r;
	rc = azure_rows_init(&z->rows, r->options->a);
	if (rc != 0) {
		azure_rows_fini(&z->rows);
		mem_free(r->options->a, z, sizeof *z);
		return rc;
	}
	*ret_state = z;
	return 0;
}

static void azure_destroy(void *state)
{
	struct azure *z = state;
	const struct alloc *a;

	if (z == NULL)
		return;
	a = z->r->options->a;
	azure_rows_fini(&z->rows);
	mem_free(a, z, sizeof *z);
}

/* One row, read. */
struct azure_row {
	struct str partner, customer, product, component, segment, finer[AZURE_FINER];
	month_no month; /* MONTH_NONE until read */
	enum association_kind association;
	bool duplicate;
	decimal24 amount;
	char customer_text[FIELD_GUID_TEXT];
};

static bool read_finer(const struct report_row *row, struct azure_row *x)
{
	for (size_t i = 0; i < AZURE_FINER; i++)
		if (!row_optional(row, COL_FINER + i, EVENT_NAME_MAX, &x->finer[i]))
			return false;
	return true;
}

/* Partner and month come first, so that a refused row is known by them as far as possible. */
static enum row_verdict read_row(const struct report_row *row, struct azure_row *x)
{
	enum row_verdict v = field_association(row, COL_ASSOCIATION, &x->association);

	if (v == ROW_PASSED)
		return v;
	x->month = MONTH_NONE;
	if (v == ROW_REFUSED) {
		/* The row is refused already; what else is wrong with it is not said twice. */
		x->partner = row_text(row, COL_PARTNER);
		x->month = field_month_quiet(row, COL_MONTH);
		return v;
	}
	if (!field_partner(row, COL_PARTNER, &x->partner) ||
		!field_month(row, COL_MONTH, &x->month) ||
		!field_customer(row, COL_CUSTOMER, x->customer_text, &x->customer) ||
		!row_required(
			row, COL_PRODUCT, EVENT_NAME_MAX, "the service is needed", &x->product) ||
		!field_flag(row, COL_DUPLICATE, &x->duplicate) ||
		!field_amount(row, COL_AMOUNT,
			"is the report downloaded with a role that sees revenue (Executive report viewer)?",
			&x->amount))
		return ROW_REFUSED;
	x->component = row_text(row, COL_COMPONENT);
	x->segment = row_text(row, COL_SEGMENT);
	if (x->component.n > EVENT_NAME_MAX || x->segment.n > EVENT_NAME_MAX) {
		row_refuse(row, x->component.n > EVENT_NAME_MAX ? COL_COMPONENT : COL_SEGMENT,
			REASON_TOO_LONG, "more than %d bytes", EVENT_NAME_MAX);
		return ROW_REFUSED;
	}
	return read_finer(row, x) ? ROW_COUNTS : ROW_REFUSED;
}

static int note_refused(struct azure *z, const struct azure_row *x)
{
	intern_id partner;
	int rc;

	if (x->partner.n == 0 || x->partner.n > EVENT_PARTNER_MAX || x->month == MONTH_NONE) {
		z->refused_anywhere++;
		return 0;
	}
	rc = azure_rows_name(&z->rows, x->partner, &partner);
	return rc != 0 ? rc : azure_rows_month(&z->rows, partner, x->month, true);
}

static int add_segment(
	struct azure *z, const struct azure_row *x, const struct azure_key *k, struct place at)
{
	struct azure_customer c = {
		.partner = k->partner, .customer = k->customer, .month = x->month, .at = at
	};
	int rc;

	if (x->segment.n == 0)
		return 0;
	rc = azure_rows_name(&z->rows, x->segment, &c.segment);
	return rc != 0 ? rc : azure_rows_segment(&z->rows, &c);
}

static int add_row(struct azure *z, const struct report_row *row, const struct azure_row *x)
{
	struct azure_key k = { .month = x->month, .association = x->association };
	struct azure_rows *t = &z->rows;
	int rc = azure_rows_name(t, x->partner, &k.partner);

	if (rc == 0)
		rc = azure_rows_month(t, k.partner, x->month, false);
	if (rc != 0 || x->duplicate) {
		if (rc == 0)
			row_pass_over(row, "duplicate-at-global-account");
		return rc;
	}
	rc = azure_rows_name(t, x->customer, &k.customer);
	if (rc == 0)
		rc = azure_rows_name(t, x->product, &k.product);
	if (rc == 0)
		rc = azure_rows_name(t, x->component, &k.component);
	for (size_t i = 0; rc == 0 && i < AZURE_FINER; i++)
		rc = azure_rows_name(t, x->finer[i], &k.finer[i]);
	if (rc == 0)
		rc = azure_rows_add(t, &k, x->amount, row->at);
	if (rc == ERR_RANGE) {
		row_refuse(row, COL_AMOUNT, REASON_AMOUNT,
			"the sum of this customer's service and month is too large");
		return azure_rows_month(t, k.partner, x->month, true);
	}
	return rc != 0 ? rc : add_segment(z, x, &k, row->at);
}

static int azure_row(void *state, const struct report_row *row)
{
	struct azure *z = state;
	struct azure_row x = { .month = MONTH_NONE };

	switch (read_row(row, &x)) {
	case ROW_PASSED:
		return 0;
	case ROW_REFUSED:
		return note_refused(z, &x);
	default:
		return add_row(z, row, &x);
	}
}

static int azure_lost(void *state, const struct report_row *row)
{
	struct azure *z = state;
	struct azure_row x = { .month = MONTH_NONE };

	if (row != NULL && str_is_clean_utf8(row_text(row, COL_PARTNER))) {
		x.month = field_month_quiet(row, COL_MONTH);
		x.partner = row_text(row, COL_PARTNER);
	}
	return note_refused(z, &x);
}

/* ---- giving out -------------------------------------------------------------------------------------------- */

static int emit(
	struct azure *z, struct event *ev, intern_id partner, event_ms time, struct place at)
{
	char id[EVENT_NAME_TEXT];

	ev->source = SOURCE;
	ev->subject = azure_rows_text(&z->rows, partner);
	ev->time = time;
	ev->recorded = z->r->recorded;
	ev->id = str_from(event_name(ev, id));
	return reading_emit(z->r, ev, at);
}

static event_ms end_of_month(month_no m)
{
	return (event_ms)month_first_day(m + 1) * MS_PER_DAY;
}

static int emit_customers(struct azure *z)
{
	for (size_t i = 0; i < z->rows.n_customers; i++) {
		const struct azure_customer *c = &z->rows.customers[i];
		struct event ev = { .kind = FACT_CUSTOMER };
		int rc;

		ev.u.customer.customer = azure_rows_text(&z->rows, c->customer);
		ev.u.customer.segment = azure_rows_text(&z->rows, c->segment);
		rc = emit(z, &ev, c->partner, end_of_month(c->month), c->at);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static void set_finer(const struct azure *z, const struct azure_key *k, struct fact_usage *u)
{
	u->level1 = azure_rows_text(&z->rows, k->finer[AZURE_LEVEL_1]);
	u->group2 = azure_rows_text(&z->rows, k->finer[AZURE_GROUP_2]);
	u->group3 = azure_rows_text(&z->rows, k->finer[AZURE_GROUP_3]);
	u->influencer = azure_rows_text(&z->rows, k->finer[AZURE_INFLUENCER]);
	u->compute_os = azure_rows_text(&z->rows, k->finer[AZURE_COMPUTE_OS]);
}

static int emit_usage(struct azure *z)
{
	for (size_t i = 0; i < z->rows.n_sums; i++) {
		const struct azure_sum *s = &z->rows.sums[i];
		struct event ev = { .kind = FACT_USAGE };
		struct fact_usage *u = &ev.u.usage;
		int rc;

		u->customer = azure_rows_text(&z->rows, s->key.customer);
		u->product = azure_rows_text(&z->rows, s->key.product);
		u->component = azure_rows_text(&z->rows, s->key.component);
		u->month = s->key.month;
		u->association = (enum association_kind)s->key.association;
		u->measure = MEASURE_ACR;
		set_finer(z, &s->key, u);
		if (decimal_to_micro(s->amount, &u->amount_micro) != 0) {
			reading_refuse(z->r, s->at, REASON_AMOUNT,
				"the rows of this customer, service and month add up to more than a thousand million");
			z->refused_anywhere++;
			rc = 0;
		} else {
			rc = emit(z, &ev, s->key.partner, end_of_month(s->key.month), s->at);
		}
		if (rc != 0)
			return rc;
	}
	return 0;
}

static bool has_refused(const struct azure *z, const struct azure_month *m)
{
	return m->refused + z->refused_anywhere > 0;
}

static bool is_running(const struct azure *z, const struct azure_month *m)
{
	return z->r->recorded < end_of_month(m->month);
}

static bool is_withheld(const struct azure *z, const struct azure_month *m)
{
	return (has_refused(z, m) || is_running(z, m)) && !z->r->options->complete;
}

static int emit_complete(struct azure *z, bool newest)
{
	for (size_t i = 0; i < z->rows.n_months; i++) {
		const struct azure_month *m = &z->rows.months[i];
		struct event ev = { .kind = FACT_USAGE_REPORTED };
		int rc;

		if (m->newest != newest || is_withheld(z, m))
			continue;
		ev.u.usage_reported.measure = MEASURE_ACR;
		ev.u.usage_reported.month = m->month;
		rc = emit(z, &ev, m->partner, end_of_month(m->month), (struct place){ 0, 0 });
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Says why months are withheld: those for which `why` holds, by the newest of them. */
static void note_withheld(struct azure *z,
	bool (*why)(const struct azure *z, const struct azure_month *m), const char *text)
{
	const struct azure_month *newest = NULL;
	char month[MONTH_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < z->rows.n_months; i++)
		if (why(z, &z->rows.months[i])) {
			newest = &z->rows.months[i];
			n++;
		}
	if (n > 0 && !z->r->options->complete)
		reading_note(z->r,
			"usage of %s of partner " STR_FMT "%s is not called complete: %s",
			month_format(newest->month, month),
			STR_ARG(azure_rows_text(&z->rows, newest->partner)),
			n > 1 ? " and of others" : "", text);
}

static void note_all_withheld(struct azure *z)
{
	note_withheld(z, has_refused,
		"rows were refused; scores stay on the last complete month; mend the rows and import again, or say "
		"--complete");
	note_withheld(z, is_running, "the month was not over when the export was made");
}

static int azure_finish(void *state)
{
	struct azure *z = state;
	int rc = azure_rows_sort(&z->rows);

	if (rc == 0)
		rc = emit_customers(z);
	if (rc == 0)
		rc = emit_complete(z, false);
	if (rc == 0)
		rc = emit_usage(z);
	if (rc == 0)
		rc = emit_complete(z, true);
	if (rc == 0)
		note_all_withheld(z);
	return rc;
}

const struct report report_azure = {
	.id = "azure-usage",
	.name = "Azure usage report",
	.n_columns = sizeof columns / sizeof *columns,
	.columns = columns,
	.create = azure_create,
	.row = azure_row,
	.lost = azure_lost,
	.finish = azure_finish,
	.destroy = azure_destroy,
};
