/* The CPOR-M365 usage report: claims of customers' workloads, with seats and active users of each month.
 *
 * A row is a claim and a month. It becomes an association from the day of the claim on, approved, since only such claims
 * are in the report; and usage of the workload. A workload that stands under two claims repeats its users, so usage is
 * not added up here: the greatest amount stands. */
#include "services/imports/late.h"
#include "services/imports/side.h"
#include "services/imports/usage_rows.h"

enum {
	COL_LOCATION,
	COL_CUSTOMER,
	COL_WORKLOAD,
	COL_USERS,
	COL_SEATS,
	COL_FROM,
	COL_MONTH,
	COL_ASSOCIATION,
};

static const struct report_column columns[] = {
	[COL_LOCATION] = { "MpnId", { "PartnerID", "PGAMpnID", "PGAPartnerID", "GlobalPartnerID" },
		COLUMN_REQUIRED },
	[COL_CUSTOMER] = { "CustomerTenantId", { NULL }, COLUMN_REQUIRED },
	[COL_WORKLOAD] = { "WorkloadName", { "Workload", "Workloads" }, COLUMN_REQUIRED },
	[COL_USERS] = { "MonthlyActiveUsers", { "MAU" }, COLUMN_REQUIRED },
	[COL_SEATS] = { "PaidAvailableUnits", { NULL }, 0 },
	[COL_FROM] = { "DateAssociated", { "AssociationDate", "AssociatedDate" }, COLUMN_REQUIRED },
	[COL_MONTH] = { "Date", { "Month", "MonthKey", "DateKey" }, COLUMN_REQUIRED },
	[COL_ASSOCIATION] = { "PartnerAttributionType",
		{ "PartnerAttachType", "PartnerAssociationType" }, 0 },
};

static const char *const marks[] = { "CustomerName", "ClaimId", NULL };

static const char *const lacks[] = {
	"whether a claim was withdrawn: it is no longer in a later export",
	"claims that are not approved",
	NULL,
};

static const struct usage_columns roles = {
	.partner = COL_LOCATION,
	.location = NO_COLUMN,
	.customer = COL_CUSTOMER,
	.month = COL_MONTH,
	.workload = COL_WORKLOAD,
	.association = COL_ASSOCIATION,
	.subscription = NO_COLUMN,
	.duplicate = NO_COLUMN,
	.offer = NO_COLUMN,
	.measures = 1U << MEASURE_MAU | 1U << MEASURE_PAID_UNITS,
	.credited = ASSOC_CPOR,
	.completes = true,
	.of_partner = true,
};

struct cpor {
	struct reading *r;
	struct gather *g;
	struct date_orders orders;
	struct late late; /* rows whose days wait for that order */
};

/* A day of association, until the order of day and month is known. */
struct cpor_claim {
	struct date_read from;
	struct place at;
};

static int cpor_create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	struct cpor *z = mem_zalloc(r->options->a, sizeof *z);

	if (z == NULL)
		return err_set(e, ERR_NOMEM, "no memory for reading a report");
	z->r = r;
	z->g = g;
	late_init(&z->late, r->options->a);
	*ret_state = z;
	return 0;
}

static void cpor_destroy(void *state)
{
	struct cpor *z = state;

	if (z == NULL)
		return;
	late_fini(&z->late);
	mem_free(z->r->options->a, z, sizeof *z);
}

static bool read_from(struct cpor *z, const struct report_row *row, struct cpor_claim *c)
{
	struct str s;

	memset(c, 0, sizeof *c); /* its bytes are kept, also those between the members */
	if (!row_required(row, COL_FROM, EVENT_NAME_MAX,
		    "growth counts from the day of the claim on", &s))
		return false;
	if (date_read(s, &c->from) != 0) {
		row_refuse(row, COL_FROM, REASON_DATE,
			"not a date between 2000-01-01 and 2199-12-31; write YYYY-MM-DD");
		return false;
	}
	date_orders_see(&z->orders, &c->from);
	c->at = row_place(row, COL_FROM);
	return true;
}

static int add_claim(struct cpor *z, const struct report_row *row, const struct usage_row *x,
	const struct cpor_claim *c)
{
	struct event ev = { .kind = FACT_ASSOCIATION, .subject = x->partner };
	struct fact_association *a = &ev.u.association;
	int rc;

	a->customer = x->customer;
	a->kind = x->association;
	a->workload = x->product;
	a->claim = CLAIM_APPROVED;
	a->until = DAY_NONE;
	rc = c->from.day == DAY_NONE ? late_add(&z->late, row) : 0;
	return rc != 0 ? rc
		       : gather_row(z->g, &ev, MONTH_NONE, (struct span){ c, sizeof *c }, row->at);
}

static int add_amount(struct cpor *z, const struct report_row *row, const struct usage_row *x,
	enum measure m, decimal24 amount)
{
	struct event ev = { .kind = FACT_USAGE, .subject = x->partner };
	struct fact_usage *u = &ev.u.usage;
	int rc = decimal_to_micro(amount, &u->amount_micro);

	if (rc != 0)
		return 0; /* read already, so it is in range */
	ev.time = (event_ms)month_first_day(x->month + 1) * MS_PER_DAY;
	u->customer = x->customer;
	u->product = x->product;
	u->month = x->month;
	u->association = x->association;
	u->offer = x->offer;
	u->measure = m;
	return gather_fact(z->g, &ev, x->month, u->amount_micro, row->at);
}

static int cpor_row(void *state, const struct report_row *row)
{
	struct cpor *z = state;
	struct usage_row x;
	enum row_verdict v;
	decimal24 users, seats;
	struct cpor_claim c;
	bool has_users, has_seats;
	int rc = usage_row_read(row, &roles, &x, &v);

	if (rc != 0 || v != ROW_COUNTS)
		return rc;
	if (!field_amount_optional(row, COL_USERS, &users, &has_users) ||
		!field_amount_optional(row, COL_SEATS, &seats, &has_seats) ||
		!read_from(z, row, &c))
		return usage_row_refused(row, &roles, &x);
	rc = add_claim(z, row, &x, &c);
	if (rc == 0 && has_users)
		rc = add_amount(z, row, &x, MEASURE_MAU, users);
	if (rc == 0 && has_seats)
		rc = add_amount(z, row, &x, MEASURE_PAID_UNITS, seats);
	return rc;
}

static int cpor_lost(void *state, const struct report_row *row)
{
	return usage_row_lost(((struct cpor *)state)->g, row, &roles);
}

static int settle(const struct cpor *z, const struct cpor_claim *c, unsigned line, day_no *ret_from)
{
	int rc = date_settle(&c->from, date_orders_get(&z->orders, z->r->options->dates), ret_from);

	z->r->letter = late_find(&z->late, line);
	if (rc == ERR_AGAIN)
		reading_refuse(z->r, c->at, REASON_AMBIGUOUS,
			"%s '%d/%d/%04d': day and month cannot be told apart, and no other date of the file shows their "
			"order; write YYYY-MM-DD, or say --dates mdy or --dates dmy",
			columns[COL_FROM].name, c->from.first, c->from.second, c->from.year);
	else if (rc != 0)
		reading_refuse(z->r, c->at, REASON_DATE,
			"%s '%d/%d/%04d': no such date in this order of day and month",
			columns[COL_FROM].name, c->from.first, c->from.second, c->from.year);
	z->r->letter.n = 0;
	return rc;
}

/* Of several claims of one workload the earliest says since when it is associated. Rows of one claim repeat its day, so a
 * day that cannot be read is told once. */
static void cpor_combine(void *state, const struct gather_row *rows, size_t n, struct event *ev,
	struct place *ret_at, bool *ret_good, bool *ret_refused)
{
	day_no first = DAY_NONE;

	for (size_t i = 0; i < n && !*ret_refused; i++) {
		struct cpor_claim c;
		day_no from;

		memcpy(&c, rows[i].bytes.p, sizeof c);
		if (settle(state, &c, rows[i].at.line, &from) != 0) {
			*ret_refused = true;
		} else if (first == DAY_NONE || from < first) {
			first = from;
			*ret_at = rows[i].at;
		}
	}
	*ret_good = first != DAY_NONE;
	ev->u.association.from = first;
	ev->time = (event_ms)first * MS_PER_DAY;
}

const struct report report_cpor = {
	.id = "cpor-usage",
	.name = "CPOR-M365 usage report",
	.rank = RANK_CLAIMS,
	.lacks = lacks,
	.n_columns = sizeof columns / sizeof *columns,
	.columns = columns,
	.marks = marks,
	.create = cpor_create,
	.row = cpor_row,
	.lost = cpor_lost,
	.combine = cpor_combine,
	.destroy = cpor_destroy,
};
