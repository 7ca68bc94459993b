/* Business applications: adjusted revenue, and monthly active users or capacity, by workload. */
#include "services/imports/side.h"
#include "services/imports/usage_rows.h"

#define ASSOCIATION_NAMES                                                                          \
	"PartnerAssociationType",                                                                  \
	{                                                                                          \
		"PartnerAttributionType", "PartnerAttachType"                                      \
	}

static int lost(void *state, const struct report_row *row, const struct usage_columns *roles)
{
	return usage_row_lost(((struct usage_state *)state)->gather, row, roles);
}

/* ---- revenue ---------------------------------------------------------------------------------------------- */

enum {
	REVENUE_PARTNER,
	REVENUE_CUSTOMER,
	REVENUE_SUBSCRIPTION,
	REVENUE_MONTH,
	REVENUE_ASSOCIATION,
	REVENUE_WORKLOAD,
	REVENUE_AMOUNT,
};

static const struct report_column revenue_columns[] = {
	[REVENUE_PARTNER] = { "GlobalPartnerID",
		{ "PGAMpnID", "PGAPartnerID", "MPNId", "PartnerID" }, COLUMN_REQUIRED },
	[REVENUE_CUSTOMER] = { "CustomerTenantID", { NULL }, COLUMN_REQUIRED },
	[REVENUE_SUBSCRIPTION] = { "SubscriptionId", { NULL }, 0 },
	[REVENUE_MONTH] = { "FiscalMonthName", { "Month", "FiscalMonth", "MonthKey" },
		COLUMN_REQUIRED },
	[REVENUE_ASSOCIATION] = { ASSOCIATION_NAMES, COLUMN_REQUIRED },
	[REVENUE_WORKLOAD] = { "Workloads", { "Workload", "WorkloadName" }, COLUMN_REQUIRED },
	[REVENUE_AMOUNT] = { "AdjustedRevenueAmtCD", { "AdjustedRevenueCD", "AdjustedRevenueUSD" },
		COLUMN_REQUIRED },
};

static const char *const business_marks[] = { "PartnerName", "CustomerID", "CustomerName",
	"CustomerTenantName", "SubscriptionStartDate", "Country", "WorkloadCategory", NULL };

static const char *const revenue_lacks[] = {
	"whether rows of one subscription under several associations repeat its revenue; each row counts",
	NULL,
};

static const struct usage_columns revenue_roles = {
	.partner = REVENUE_PARTNER,
	.location = NO_COLUMN,
	.customer = REVENUE_CUSTOMER,
	.month = REVENUE_MONTH,
	.workload = REVENUE_WORKLOAD,
	.association = REVENUE_ASSOCIATION,
	.subscription = REVENUE_SUBSCRIPTION,
	.duplicate = NO_COLUMN,
	.offer = NO_COLUMN,
	.measures = 1U << MEASURE_ADJUSTED_REVENUE,
	.completes = true,
};

static int revenue_row(void *state, const struct report_row *row)
{
	struct usage_row x;
	enum row_verdict v;
	decimal24 amount;
	int rc = usage_row_read(row, &revenue_roles, &x, &v);

	(void)state;
	if (rc != 0 || v != ROW_COUNTS)
		return rc;
	if (!field_amount(row, REVENUE_AMOUNT,
		    "is the report downloaded with a role that sees revenue (Executive report viewer)?",
		    &amount))
		return usage_row_refused(row, &revenue_roles, &x);
	return usage_row_add(row, &x, MEASURE_ADJUSTED_REVENUE, amount);
}

static int revenue_lost(void *state, const struct report_row *row)
{
	return lost(state, row, &revenue_roles);
}

const struct report report_business_revenue = {
	.id = "business-revenue",
	.name = "Business applications revenue report",
	.rank = RANK_USAGE,
	.lacks = revenue_lacks,
	.n_columns = sizeof revenue_columns / sizeof *revenue_columns,
	.columns = revenue_columns,
	.marks = business_marks,
	.create = usage_state_create,
	.row = revenue_row,
	.lost = revenue_lost,
	.destroy = usage_state_destroy,
};

/* ---- usage ------------------------------------------------------------------------------------------------ */

enum {
	USAGE_PARTNER,
	USAGE_CUSTOMER,
	USAGE_SUBSCRIPTION,
	USAGE_MONTH,
	USAGE_ASSOCIATION,
	USAGE_WORKLOAD,
	USAGE_METRIC,
	USAGE_USERS,
	USAGE_USERS_BY_PAL,
	USAGE_CAPACITY,
};

static const struct report_column usage_columns[] = {
	[USAGE_PARTNER] = { "GlobalPartnerID", { "PGAMpnID", "PGAPartnerID", "MPNId", "PartnerID" },
		COLUMN_REQUIRED },
	[USAGE_CUSTOMER] = { "CustomerTenantID", { NULL }, COLUMN_REQUIRED },
	[USAGE_SUBSCRIPTION] = { "SubscriptionID", { NULL }, 0 },
	[USAGE_MONTH] = { "FiscalMonthName", { "Month", "FiscalMonth", "MonthKey" },
		COLUMN_REQUIRED },
	[USAGE_ASSOCIATION] = { ASSOCIATION_NAMES, COLUMN_REQUIRED },
	[USAGE_WORKLOAD] = { "Workload", { "Workloads", "WorkloadName" }, COLUMN_REQUIRED },
	[USAGE_METRIC] = { "MetricType", { NULL }, 0 },
	[USAGE_USERS] = { "MAU", { "MonthlyActiveUsers" }, COLUMN_REQUIRED },
	[USAGE_USERS_BY_PAL] = { "PAMAU", { NULL }, 0 },
	[USAGE_CAPACITY] = { "MAC", { NULL }, 0 },
};

static const char *const usage_marks[] = { "PartnerName", "CustomerID", "CustomerName",
	"CustomerTenantName", "SubscriptionStartDate", "WorkloadCategory", "SkuGroup", NULL };

static const char *const usage_lacks[] = {
	"whether a deployment is in production (a side file can say which are not)",
	"whether rows of one subscription under several associations repeat its users; each row counts",
	NULL,
};

static const struct usage_columns usage_roles = {
	.partner = USAGE_PARTNER,
	.location = NO_COLUMN,
	.customer = USAGE_CUSTOMER,
	.month = USAGE_MONTH,
	.workload = USAGE_WORKLOAD,
	.association = USAGE_ASSOCIATION,
	.subscription = USAGE_SUBSCRIPTION,
	.duplicate = NO_COLUMN,
	.offer = USAGE_METRIC,
	.measures = 1U << MEASURE_MAU | 1U << MEASURE_CAPACITY,
	.completes = true,
};

/* Users that a partner reaches by admin link stand in a column of their own where MAU is empty. */
static bool read_users(const struct report_row *row, decimal24 *ret, bool *ret_told)
{
	return field_amount_optional(row, USAGE_USERS, ret, ret_told) &&
	       (*ret_told || field_amount_optional(row, USAGE_USERS_BY_PAL, ret, ret_told));
}

static int usage_row(void *state, const struct report_row *row)
{
	struct usage_row x;
	enum row_verdict v;
	decimal24 users, capacity;
	bool has_users, has_capacity;
	int rc = usage_row_read(row, &usage_roles, &x, &v);

	(void)state;
	if (rc != 0 || v != ROW_COUNTS)
		return rc;
	if (!read_users(row, &users, &has_users) ||
		!field_amount_optional(row, USAGE_CAPACITY, &capacity, &has_capacity))
		return usage_row_refused(row, &usage_roles, &x);
	if (!side_in_production(row->reading->side, x.customer, x.product)) {
		row_pass_over(row, "not-in-production");
		return 0;
	}
	if (has_users)
		rc = usage_row_add(row, &x, MEASURE_MAU, users);
	if (rc == 0 && has_capacity)
		rc = usage_row_add(row, &x, MEASURE_CAPACITY, capacity);
	return rc;
}

static int usage_lost(void *state, const struct report_row *row)
{
	return lost(state, row, &usage_roles);
}

const struct report report_business_usage = {
	.id = "business-usage",
	.name = "Business applications usage report",
	.rank = RANK_USAGE,
	.lacks = usage_lacks,
	.n_columns = sizeof usage_columns / sizeof *usage_columns,
	.columns = usage_columns,
	.marks = usage_marks,
	.create = usage_state_create,
	.row = usage_row,
	.lost = usage_lost,
	.destroy = usage_state_destroy,
};

/* ---- licences of Dynamics 365 and Power BI ---------------------------------------------------------------- */

/* Seats only. Active seats would be the users of the usage report above once more, under other associations, so both
 * would count: they are not taken. */

enum {
	LICENSE_PARTNER,
	LICENSE_CUSTOMER,
	LICENSE_SUBSCRIPTION,
	LICENSE_MONTH,
	LICENSE_OFFER,
	LICENSE_ASSOCIATION,
	LICENSE_SEATS,
	LICENSE_ACTIVE, /* not read: it tells these reports from others */
	LICENSE_WORKLOAD,
	LICENSE_COLUMNS
};

#define LICENSE_COMMON                                                                             \
	[LICENSE_PARTNER] = { "PGAMpnID",                                                          \
		{ "PGAPartnerID", "GlobalPartnerID", "MPNId", "PartnerID" }, COLUMN_REQUIRED },    \
	[LICENSE_CUSTOMER] = { "CustomerTenantId", { NULL }, COLUMN_REQUIRED },                    \
	[LICENSE_SUBSCRIPTION] = { "SubscriptionId", { NULL }, 0 },                                \
	[LICENSE_MONTH] = { "Month", { "MonthKey", "DateKey" }, COLUMN_REQUIRED },                 \
	[LICENSE_OFFER] = { "FreeVsPaidSKU", { NULL }, 0 },                                        \
	[LICENSE_ASSOCIATION] = { "PartnerAttachType",                                             \
		{ "PartnerAttributionType", "PartnerAssociationType" }, COLUMN_REQUIRED },         \
	[LICENSE_SEATS] = { "AvailableSeats", { NULL }, COLUMN_REQUIRED },                         \
	[LICENSE_ACTIVE] = { "ActiveSeats", { NULL }, COLUMN_REQUIRED }

static const struct report_column dynamics_columns[] = {
	LICENSE_COMMON,
	[LICENSE_WORKLOAD] = { "RevSumCategoryName", { "RevSumDivisionName" }, COLUMN_REQUIRED },
};
static const struct report_column power_bi_columns[] = {
	LICENSE_COMMON,
	[LICENSE_WORKLOAD] = { "SKU", { NULL }, COLUMN_REQUIRED },
};

static const char *const dynamics_marks[] = { "SubscriptionStartDate", "SubscriptionEndDate",
	"SubscriptionStatus", "RevSumDivisionName", "SKU", "SKUId", "SalesModel",
	"DetailedSalesModel", "CustomerTpid", "CustomerSegment", "AssignedSeats",
	"DeploymentOpportunity", "ActiveUsagePercent", NULL };
static const char *const power_bi_marks[] = { "SubscriptionStartDate", "SubscriptionEndDate",
	"SubscriptionStatus", "SKUId", "SalesModel", "DetailedSalesModel", "CustomerTpid",
	"CustomerSegment", "AssignedSeats", "PartnerHierarchy", "DeploymentOpportunity",
	"ActiveUsagePercent", NULL };

static const char *const license_lacks[] = {
	"monthly active users as the programme counts them: those are in the Business applications usage report; "
	"active seats are not taken, so that they do not count twice",
	NULL,
};

static const struct usage_columns license_roles = {
	.partner = LICENSE_PARTNER,
	.location = NO_COLUMN,
	.customer = LICENSE_CUSTOMER,
	.month = LICENSE_MONTH,
	.workload = NO_COLUMN,
	.association = LICENSE_ASSOCIATION,
	.subscription = LICENSE_SUBSCRIPTION,
	.duplicate = NO_COLUMN,
	.offer = LICENSE_OFFER,
	.measures = 1U << MEASURE_PAID_UNITS,
};

/* No rule counts seats of these, so names are not listed as unknown. */
static bool read_workload(const struct report_row *row, struct str *ret)
{
	struct str name;
	unsigned counted;

	if (!row_required(row, LICENSE_WORKLOAD, EVENT_NAME_MAX, "the workload is needed", &name))
		return false;
	if (!products_find(side_products(row->reading->side), name, ret, &counted))
		*ret = name;
	return true;
}

static int license_row(void *state, const struct report_row *row)
{
	struct usage_row x;
	enum row_verdict v;
	decimal24 seats;
	bool told;
	int rc = usage_row_read(row, &license_roles, &x, &v);

	(void)state;
	if (rc != 0 || v != ROW_COUNTS)
		return rc;
	if (!read_workload(row, &x.product) ||
		!field_amount_optional(row, LICENSE_SEATS, &seats, &told))
		return usage_row_refused(row, &license_roles, &x);
	return told ? usage_row_add(row, &x, MEASURE_PAID_UNITS, seats) : 0;
}

static int license_lost(void *state, const struct report_row *row)
{
	return lost(state, row, &license_roles);
}

const struct report report_dynamics = {
	.id = "dynamics-usage",
	.name = "Dynamics 365 license usage report",
	.rank = RANK_USAGE,
	.lacks = license_lacks,
	.n_columns = LICENSE_COLUMNS,
	.columns = dynamics_columns,
	.marks = dynamics_marks,
	.create = usage_state_create,
	.row = license_row,
	.lost = license_lost,
	.destroy = usage_state_destroy,
};

const struct report report_power_bi = {
	.id = "power-bi-usage",
	.name = "Power BI license usage report",
	.rank = RANK_USAGE,
	.lacks = license_lacks,
	.n_columns = LICENSE_COLUMNS,
	.columns = power_bi_columns,
	.marks = power_bi_marks,
	.create = usage_state_create,
	.row = license_row,
	.lost = license_lost,
	.destroy = usage_state_destroy,
};
