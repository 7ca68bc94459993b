/* The Azure usage report: usage facts by customer, service and month, and the segments of customers. */
#include "services/imports/fields.h"
#include "services/imports/side.h"

enum {
	COL_PARTNER,
	COL_CUSTOMER,
	COL_MONTH,
	COL_PRODUCT,
	COL_COMPONENT,
	COL_ASSOCIATION,
	COL_DUPLICATE,
	COL_DUPLICATE_OF_KIND,
	COL_SUBSCRIPTION,
	COL_SEGMENT,
	COL_AMOUNT,
	COL_FINER /* the first of them, in the order of enum azure_finer */
};

/* The texts that tell more than product and component, where the export has their columns. */
enum azure_finer {
	AZURE_LEVEL_1,
	AZURE_GROUP_2,
	AZURE_GROUP_3,
	AZURE_INFLUENCER,
	AZURE_COMPUTE_OS,
	AZURE_FINER
};

static const struct report_column columns[] = {
	[COL_PARTNER] = { "PGAMpnID", { "PGAPartnerID", "GlobalPartnerID" }, COLUMN_REQUIRED },
	[COL_CUSTOMER] = { "CustomerTenantId", { NULL }, COLUMN_REQUIRED },
	[COL_MONTH] = { "Month", { "MonthKey", "FiscalMonthName" }, COLUMN_REQUIRED },
	[COL_PRODUCT] = { "ServiceLevel2", { "ServiceName" }, COLUMN_REQUIRED },
	[COL_COMPONENT] = { "ServiceLevel4", { NULL }, 0 },
	[COL_ASSOCIATION] = { "PartnerAttributionType",
		{ "PartnerAttachType", "PartnerAssociationType" }, COLUMN_REQUIRED },
	[COL_DUPLICATE] = { "IsACRDuplicateAtPGALevel",
		{ "IsDuplicateRowForPGA", "IsDuplicateAtPGALevel" }, 0 },
	[COL_DUPLICATE_OF_KIND] = { "IsACRDuplicateAtPGAAttachTypeLevel", { NULL }, 0 },
	[COL_SUBSCRIPTION] = { "SubscriptionId", { NULL }, 0 },
	[COL_SEGMENT] = { "CustomerSegment", { NULL }, 0 },
	[COL_AMOUNT] = { "ACR_USD", { "ACRUSD", "TotalACR" }, COLUMN_REQUIRED },
	[COL_FINER + AZURE_LEVEL_1] = { "ServiceLevel1", { NULL }, 0 },
	[COL_FINER + AZURE_GROUP_2] = { "ServiceGroup2", { NULL }, 0 },
	[COL_FINER + AZURE_GROUP_3] = { "ServiceGroup3", { NULL }, 0 },
	[COL_FINER + AZURE_INFLUENCER] = { "ServiceInfluencer", { NULL }, 0 },
	[COL_FINER + AZURE_COMPUTE_OS] = { "ComputeOS", { NULL }, 0 },
};

static const char *const marks[] = { "SubscriptionStartDate", "SubscriptionEndDate", "FirstUseDate",
	"SubscriptionState", "ServiceLevel3", "ComputeCoreSoftware", "UsageUnits", "UsageQuantity",
	"MeterCategory", "CustomerName", "CustomerTpid", "CustomerMarket", "MPNID", "PartnerName",
	"PartnerLocation", "SalesChannel", "EnrollmentNumber", "ResellerID", "ResellerName",
	"IndustryName", "VerticalName", "EOU", "AdminType", "AssociationType",
	"IsACRDuplicateAtMPNLevel", "MonthlySubscriptionLevelACR", NULL };

static const char *const lacks[] = {
	"offers that do not count (support, internal, benefit, trial): all usage counts as paid unless a side file says "
	"otherwise",
	NULL,
};

struct azure {
	const struct alloc *a;
	struct gather *g;
};

static int azure_create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	struct azure *z = mem_zalloc(r->options->a, sizeof *z);

	if (z == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the rows");
	z->a = r->options->a;
	z->g = g;
	*ret_state = z;
	return 0;
}

static void azure_destroy(void *state)
{
	struct azure *z = state;

	if (z != NULL)
		mem_free(z->a, z, sizeof *z);
}

/* One row, read. */
struct azure_row {
	struct str partner, customer, product, component, segment, finer[AZURE_FINER];
	month_no month; /* MONTH_NONE until read */
	enum association_kind association;
	enum offer_kind offer;
	bool duplicate, duplicate_of_kind;
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
	enum row_verdict v = ROW_PASSED;

	if (!field_is_deal(row, COL_ASSOCIATION, COL_SUBSCRIPTION))
		v = field_association(row, COL_ASSOCIATION, &x->association);
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
		!field_flag(row, COL_DUPLICATE_OF_KIND, &x->duplicate_of_kind) ||
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
	(void)side_offer(
		row->reading->side, row_text(row, COL_SUBSCRIPTION), x->customer, &x->offer);
	return read_finer(row, x) ? ROW_COUNTS : ROW_REFUSED;
}

static int note_refused(struct azure *z, const struct azure_row *x)
{
	bool known = x->partner.n > 0 && x->month != MONTH_NONE;

	return gather_scope(
		z->g, known ? x->partner : (struct str){ NULL, 0 }, MEASURE_ACR, x->month, true);
}

static int add_segment(struct azure *z, const struct azure_row *x, struct place at)
{
	struct event ev = { .kind = FACT_CUSTOMER, .subject = x->partner };

	if (x->segment.n == 0)
		return 0;
	ev.time = (event_ms)month_first_day(x->month + 1) * MS_PER_DAY;
	ev.u.customer.customer = x->customer;
	ev.u.customer.segment = x->segment;
	return gather_fact(z->g, &ev, MONTH_NONE, x->month, at);
}

static int add_usage(struct azure *z, const struct azure_row *x, struct place at)
{
	struct event ev = { .kind = FACT_USAGE, .subject = x->partner };
	struct fact_usage *u = &ev.u.usage;

	u->customer = x->customer;
	u->product = x->product;
	u->component = x->component;
	u->month = x->month;
	u->association = x->association;
	u->offer = x->offer;
	u->measure = MEASURE_ACR;
	u->level1 = x->finer[AZURE_LEVEL_1];
	u->group2 = x->finer[AZURE_GROUP_2];
	u->group3 = x->finer[AZURE_GROUP_3];
	u->influencer = x->finer[AZURE_INFLUENCER];
	u->compute_os = x->finer[AZURE_COMPUTE_OS];
	return gather_usage(z->g, &ev, x->amount, at);
}

static int add_row(struct azure *z, const struct report_row *row, const struct azure_row *x)
{
	int rc = gather_scope(z->g, x->partner, MEASURE_ACR, x->month, false);

	if (rc != 0)
		return rc;
	if (x->duplicate || x->duplicate_of_kind) {
		row_pass_over(row, "duplicate-at-global-account");
		return 0;
	}
	rc = add_usage(z, x, row->at);
	return rc != 0 ? rc : add_segment(z, x, row->at);
}

/* A row that does not count speaks of its month all the same, but does not make it complete. */
static int note_passed(struct azure *z, const struct report_row *row)
{
	month_no month = field_month_quiet(row, COL_MONTH);

	return month == MONTH_NONE ? 0
				   : gather_scope(z->g, row_text(row, COL_PARTNER), (enum measure)0,
					     month, false);
}

static int azure_row(void *state, const struct report_row *row)
{
	struct azure *z = state;
	struct azure_row x = { .month = MONTH_NONE };

	switch (read_row(row, &x)) {
	case ROW_PASSED:
		return note_passed(z, row);
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

const struct report report_azure = {
	.id = "azure-usage",
	.name = "Azure usage report",
	.rank = RANK_USAGE,
	.lacks = lacks,
	.n_columns = sizeof columns / sizeof *columns,
	.columns = columns,
	.marks = marks,
	.create = azure_create,
	.row = azure_row,
	.lost = azure_lost,
	.destroy = azure_destroy,
};
