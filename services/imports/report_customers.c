/* Customers and revenue, and Subscription details: what is known of customers, and how the partner is associated with
 * them.
 *
 * Of an association only the kind is taken. The days of a subscription are not those of an association: a subscription
 * that was renewed begins anew, and usage before that day would no longer count. CPOR is left to its own report, which
 * knows the day of the claim. */
#include "services/imports/associations.h"
#include "services/imports/fields.h"

enum {
	COL_PARTNER,
	COL_CUSTOMER,
	COL_SEGMENT,
	COL_MONTH,
	COL_ASSOCIATION,
	COL_DUPLICATE,
	COL_SUBSCRIPTION, /* from here on not in all of these reports */
	COL_STARTED,
	N_CUSTOMERS_COLUMNS = COL_SUBSCRIPTION + 1,
	N_SUBSCRIPTIONS_COLUMNS = COL_STARTED + 1
};

#define COMMON                                                                                     \
	[COL_PARTNER] = { "PGAMpnID", { "PGAPartnerID", "GlobalPartnerID", "MPNId", "PartnerID" }, \
		COLUMN_REQUIRED },                                                                 \
	[COL_CUSTOMER] = { "CustomerTenantId", { NULL }, COLUMN_REQUIRED },                        \
	[COL_SEGMENT] = { "CustomerSegment", { NULL }, COLUMN_REQUIRED },                          \
	[COL_MONTH] = { "Month", { "MonthKey" }, 0 },                                              \
	[COL_ASSOCIATION] = { "PartnerAttributionType",                                            \
		{ "PartnerAttachType", "PartnerAssociationType" }, 0 },                            \
	[COL_DUPLICATE] = { "IsDuplicateRowForPGA", { "IsDuplicateAtPGALevel" }, 0 }

static const struct report_column customers_columns[] = {
	COMMON,
	[COL_SUBSCRIPTION] = { "SubscriptionGuid", { NULL }, 0 },
};
static const struct report_column subscriptions_columns[] = {
	COMMON,
	[COL_SUBSCRIPTION] = { "SubscriptionId", { NULL }, COLUMN_REQUIRED },
	[COL_STARTED] = { "SubscriptionStartDate", { NULL }, COLUMN_REQUIRED },
};

static const char *const customers_marks[] = { "CustomerName", "CustomerTpid", "DUNSNumber",
	"TopSegment", "CustomerMarket", "CustomerStatus", "CustomerTenantName",
	"CustomerTenantCountry", "TenantDomainName", "Product", "RawProductName", "SKU",
	"PartnerLocation", "SalesChannel", "IndustryName", "VerticalName", "EOU", "AvailableSeats",
	"BilledRevenueUSD", "AzureConsumedRevenueUSD", "CPORRevenue", "CPORPaidSeats",
	"CPORActiveUsers", "MPNId", "PartnerName", NULL };
static const char *const subscriptions_marks[] = { "SubscriptionEndDate", "SubscriptionState",
	"IsAutoRenew", "CustomerName", "CustomerTpid", "DUNSNumber", "TopSegment", "CustomerMarket",
	"ReportingProductName", "Product", "RawProductName", "ProductPartNumber", "SKU",
	"RevSumDivisionName", "SolutionArea", "PartnerLocation", "SalesChannel", "IndustryName",
	"VerticalName", "EOU", "PricingLevel", "EnrollmentNumber", "SubscriptionStartMonth",
	"ResellerID", "ResellerName", "AvailableSeatsEOP", "AvailableSeats", "BilledRevenueUSD",
	"AzureConsumedRevenueUSD", "CPORRevenue", "CPORPaidSeats", "CPORActiveUsers", "MPNId",
	"PartnerName", "TotalSoldSeats", "TotalAssignedSeats", "ProductFamily", NULL };

static const char *const lacks[] = {
	"since when a customer is associated (the CPOR-M365 usage report tells it of claims)",
	NULL,
};

static int create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	(void)r;
	(void)e;
	*ret_state = g; /* for lost(): there is no other state */
	return 0;
}

static void destroy(void *state)
{
	(void)state;
}

static int note_scope(struct gather *g, struct str partner, bool refused)
{
	return gather_scope(g, partner, (enum measure)0, MONTH_NONE, refused);
}

/* The month of the row, which says which segment is the newest; files without months are about now. */
static bool read_month(const struct report_row *row, month_no *ret)
{
	if (row_has(row, COL_MONTH))
		return field_month(row, COL_MONTH, ret);
	*ret = month_of_day(day_of_ms(row->reading->recorded));
	return true;
}

static int add_segment(const struct report_row *row, struct str partner, struct str customer,
	struct str segment, month_no month)
{
	struct event ev = { .kind = FACT_CUSTOMER, .subject = partner };

	if (segment.n == 0)
		return 0;
	ev.time = (event_ms)month_first_day(month + 1) * MS_PER_DAY;
	ev.u.customer.customer = customer;
	ev.u.customer.segment = segment;
	return gather_fact(row->gather, &ev, MONTH_NONE, month, row->at);
}

/* What the attribution says, where it says something that counts; a name that is not known is listed, since the row tells
 * of the customer all the same. */
static int add_association(
	const struct report_row *row, struct str partner, struct str customer, month_no month)
{
	struct event ev = { .kind = FACT_ASSOCIATION, .subject = partner };
	struct fact_association *a = &ev.u.association;
	struct str text = row_text(row, COL_ASSOCIATION);
	struct unknown *u;
	const char *reason;

	if (text_is_nothing(text))
		return 0;
	switch (association_read(text, &a->kind, &reason)) {
	case ASSOCIATION_READ:
		break;
	case ASSOCIATION_NOT_KNOWN:
		(void)unknowns_add(&row->reading->unknowns, UNKNOWN_ASSOCIATION, text, &u);
		return 0;
	default:
		return 0;
	}
	if (a->kind == ASSOC_CPOR)
		return 0;
	ev.time = (event_ms)month_first_day(month) * MS_PER_DAY;
	a->customer = customer;
	a->from = a->until = DAY_NONE;
	return gather_fact(row->gather, &ev, MONTH_NONE, month, row->at);
}

static int row_taken(void *state, const struct report_row *row)
{
	struct str partner, customer, segment;
	char guid[FIELD_GUID_TEXT];
	bool duplicate;
	month_no month;
	int rc;

	if (field_is_deal(row, COL_ASSOCIATION, COL_SUBSCRIPTION))
		return note_scope(state, row_text(row, COL_PARTNER), false);
	if (!field_partner(row, COL_PARTNER, &partner))
		return note_scope(state, (struct str){ NULL, 0 }, true);
	if (!field_flag(row, COL_DUPLICATE, &duplicate) || !read_month(row, &month) ||
		!field_customer(row, COL_CUSTOMER, guid, &customer) ||
		!row_optional(row, COL_SEGMENT, EVENT_NAME_MAX, &segment))
		return note_scope(state, partner, true);
	rc = note_scope(state, partner, false);
	if (rc != 0)
		return rc;
	if (duplicate) {
		row_pass_over(row, "duplicate-at-global-account");
		return 0;
	}
	rc = add_segment(row, partner, customer, segment, month);
	return rc != 0 ? rc : add_association(row, partner, customer, month);
}

static int lost(void *state, const struct report_row *row)
{
	struct str partner = { NULL, 0 };

	if (row != NULL && str_is_clean_utf8(row_text(row, COL_PARTNER)))
		partner = row_text(row, COL_PARTNER);
	return note_scope(state, partner, true);
}

const struct report report_customers = {
	.id = "customers",
	.name = "Customers and revenue report",
	.rank = RANK_CUSTOMERS,
	.lacks = lacks,
	.n_columns = N_CUSTOMERS_COLUMNS,
	.columns = customers_columns,
	.marks = customers_marks,
	.create = create,
	.row = row_taken,
	.lost = lost,
	.destroy = destroy,
};

const struct report report_subscriptions = {
	.id = "subscriptions",
	.name = "Subscription details report",
	.rank = RANK_CUSTOMERS,
	.lacks = lacks,
	.n_columns = N_SUBSCRIPTIONS_COLUMNS,
	.columns = subscriptions_columns,
	.marks = subscriptions_marks,
	.create = create,
	.row = row_taken,
	.lost = lost,
	.destroy = destroy,
};
