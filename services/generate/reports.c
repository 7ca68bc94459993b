#include "services/generate/reports.h"

#include "services/generate/report_rows.h"

static const struct column profile[] = { { "MPNId", F_LOCATION_ID },
	{ "PartnerName", F_PARTNER_NAME }, { "PGA_MPNID", F_GLOBAL },
	{ "PGA_PartnerName", F_GLOBAL_NAME }, { "City", F_PARTNER_CITY },
	{ "Country", F_PARTNER_COUNTRY }, { "HierarchyLevel", F_HIERARCHY } };

static const struct column trainings[] = { { "PGAMpnId", F_GLOBAL },
	{ "TrainingActivityId", F_ACTIVITY }, { "TrainingTitle", F_TITLE },
	{ "TrainingType", F_TYPE }, { "IndividualFirstName", F_GIVEN },
	{ "IndividualLastName", F_FAMILY }, { "Email", F_EMAIL }, { "CorpEmail", F_CORP_EMAIL },
	{ "TrainingCompletionDate", F_COMPLETED }, { "ExpirationDate", F_EXPIRES },
	{ "ActivationStatus", F_TRAINING_STATUS }, { "Month", F_TRAINING_MONTH },
	{ "IcMCP", F_IS_MCP }, { "MCPID", F_MCP_ID }, { "MpnId", F_LOCATION_ID },
	{ "PartnerName", F_PARTNER_NAME }, { "PartnerCityLocation", F_PARTNER_CITY },
	{ "PartnerCountryLocation", F_PARTNER_COUNTRY } };

static const struct column completions[] = { { "TrainingActivityId", F_ACTIVITY },
	{ "TrainingTitle", F_TITLE }, { "TrainingType", F_TYPE }, { "AADUserId", F_USER_ID },
	{ "TrainingCompletionDate", F_COMPLETED }, { "Month", F_TRAINING_MONTH },
	{ "IcMCP", F_IS_MCP }, { "MCPID", F_MCP_ID }, { "MPNID", F_LOCATION_ID },
	{ "PartnerName", F_PARTNER_NAME }, { "PartnerCityLocation", F_PARTNER_CITY },
	{ "PartnerCountryLocation", F_PARTNER_COUNTRY } };

static const struct column customers[] = { { "PGAMpnID", F_GLOBAL },
	{ "CustomerName", F_CUSTOMER_NAME }, { "CustomerTenantId", F_TENANT },
	{ "CustomerTpid", F_TPID }, { "DUNSNumber", F_DUNS }, { "CustomerSegment", F_SEGMENT },
	{ "TopSegment", F_TOP_SEGMENT }, { "CustomerMarket", F_MARKET },
	{ "CustomerStatus", F_CUSTOMER_STATUS }, { "CustomerTenantName", F_TENANT_NAME },
	{ "CustomerTenantCountry", F_MARKET }, { "TenantDomainName", F_DOMAIN },
	{ "Product", F_PRODUCT }, { "RawProductName", F_RAW_PRODUCT }, { "SKU", F_SKU },
	{ "Month", F_MONTH }, { "MPNId", F_LOCATION_ID }, { "PartnerName", F_PARTNER_NAME },
	{ "PartnerLocation", F_PARTNER_PLACE }, { "PartnerAttributionType", F_ATTRIBUTION },
	{ "SalesChannel", F_CHANNEL }, { "IndustryName", F_INDUSTRY },
	{ "VerticalName", F_VERTICAL }, { "EOU", F_EOU }, { "IsDuplicateRowForPGA", F_DUPLICATE },
	{ "AvailableSeats", F_SEATS }, { "BilledRevenueUSD", F_BILLED },
	{ "AzureConsumedRevenueUSD", F_ACR }, { "CPORRevenue", F_CPOR_REVENUE },
	{ "CPORPaidSeats", F_CPOR_SEATS }, { "CPORActiveUsers", F_CPOR_USERS } };

static const struct column subscriptions[] = { { "PGAMpnID", F_GLOBAL },
	{ "SubscriptionId", F_SUBSCRIPTION }, { "SubscriptionStartDate", F_SUBSCRIPTION_START },
	{ "SubscriptionEndDate", F_SUBSCRIPTION_END },
	{ "SubscriptionState", F_SUBSCRIPTION_STATE }, { "Month", F_MONTH },
	{ "IsAutoRenew", F_AUTO_RENEW }, { "CustomerName", F_CUSTOMER_NAME },
	{ "CustomerTenantId", F_TENANT }, { "CustomerTpid", F_TPID }, { "DUNSNumber", F_DUNS },
	{ "CustomerSegment", F_SEGMENT }, { "TopSegment", F_TOP_SEGMENT },
	{ "CustomerMarket", F_MARKET }, { "ReportingProductName", F_REPORTING_PRODUCT },
	{ "Product", F_PRODUCT }, { "RawProductName", F_RAW_PRODUCT },
	{ "ProductPartNumber", F_PART_NUMBER }, { "SKU", F_SKU },
	{ "RevSumDivisionName", F_DIVISION }, { "SolutionArea", F_SOLUTION_AREA },
	{ "MPNID", F_LOCATION_ID }, { "PartnerName", F_PARTNER_NAME },
	{ "PartnerLocation", F_PARTNER_PLACE }, { "PartnerAttributionType", F_ATTRIBUTION },
	{ "SalesChannel", F_CHANNEL }, { "IndustryName", F_INDUSTRY },
	{ "VerticalName", F_VERTICAL }, { "EOU", F_EOU }, { "PricingLevel", F_PRICING },
	{ "EnrollmentNumber", F_ENROLLMENT }, { "IsDuplicateRowForPGA", F_DUPLICATE },
	{ "SubscriptionStartMonth", F_SUBSCRIPTION_MONTH }, { "ResellerID", F_RESELLER_ID },
	{ "ResellerName", F_RESELLER_NAME }, { "AvailableSeatsEOP", F_SEATS },
	{ "AvailableSeats", F_SEATS }, { "BilledRevenueUSD", F_BILLED },
	{ "AzureConsumedRevenueUSD", F_ACR }, { "CPORRevenue", F_CPOR_REVENUE },
	{ "CPORPaidSeats", F_CPOR_SEATS }, { "CPORActiveUsers", F_CPOR_USERS } };

static const struct column azure[] = { { "PGAMpnID", F_GLOBAL },
	{ "SubscriptionId", F_SUBSCRIPTION }, { "SubscriptionStartDate", F_SUBSCRIPTION_START },
	{ "SubscriptionEndDate", F_SUBSCRIPTION_END }, { "FirstUseDate", F_FIRST_USE },
	{ "SubscriptionState", F_SUBSCRIPTION_STATE }, { "Month", F_MONTH },
	{ "ServiceLevel1", F_LEVEL_1 }, { "ServiceLevel2", F_LEVEL_2 },
	{ "ServiceLevel3", F_LEVEL_3 }, { "ServiceLevel4", F_LEVEL_4 },
	{ "ServiceGroup2", F_GROUP_2 }, { "ServiceGroup3", F_GROUP_3 },
	{ "ServiceInfluencer", F_INFLUENCER }, { "ComputeOS", F_OS },
	{ "ComputeCoreSoftware", F_SOFTWARE }, { "UsageUnits", F_UNITS },
	{ "UsageQuantity", F_QUANTITY }, { "CustomerName", F_CUSTOMER_NAME },
	{ "CustomerTenantId", F_TENANT }, { "CustomerTpid", F_TPID },
	{ "CustomerSegment", F_SEGMENT }, { "CustomerMarket", F_MARKET },
	{ "MPNID", F_LOCATION_ID }, { "PartnerName", F_PARTNER_NAME },
	{ "PartnerLocation", F_PARTNER_PLACE }, { "PartnerAttributionType", F_ATTRIBUTION },
	{ "SalesChannel", F_CHANNEL }, { "EnrollmentNumber", F_ENROLLMENT },
	{ "IsACRDuplicateAtPGALevel", F_DUPLICATE }, { "ResellerID", F_RESELLER_ID },
	{ "ResellerName", F_RESELLER_NAME }, { "IndustryName", F_INDUSTRY },
	{ "VerticalName", F_VERTICAL }, { "EOU", F_EOU }, { "AdminType", F_ADMIN_TYPE },
	{ "AssociationType", F_ASSOCIATION_TYPE }, { "ACR_USD", F_ACR } };

static const struct column office[] = { { "PGAPartnerID", F_GLOBAL },
	{ "CustomerTenantId", F_TENANT }, { "CustomerTpid", F_TPID },
	{ "WorkloadName", F_WORKLOAD }, { "Month", F_MONTH }, { "PaidAvailableUnits", F_SEATS },
	{ "MonthlyActiveUsers", F_ACTIVE }, { "CustomerName", F_CUSTOMER_NAME },
	{ "CustomerMarket", F_MARKET }, { "CustomerSegment", F_SEGMENT },
	{ "IndustryName", F_INDUSTRY }, { "VerticalName", F_VERTICAL }, { "EOU", F_EOU },
	{ "PartnerID", F_LOCATION_ID }, { "PartnerName", F_PARTNER_NAME },
	{ "PartnerLocation", F_PARTNER_PLACE }, { "PartnerAttributionType", F_ATTRIBUTION },
	{ "IsDuplicateRowForPGA", F_DUPLICATE } };

static const struct column mobility[] = { { "PGAMpnID", F_GLOBAL },
	{ "SubscriptionId", F_SUBSCRIPTION }, { "SubscriptionStartDate", F_SUBSCRIPTION_START },
	{ "SubscriptionEndDate", F_SUBSCRIPTION_END },
	{ "SubscriptionStatus", F_SUBSCRIPTION_STATE }, { "Month", F_MONTH }, { "SKU", F_SKU },
	{ "SKUId", F_SKU_ID }, { "FreeVsPaidSKU", F_FREE }, { "SalesModel", F_SALES_MODEL },
	{ "DetailedSalesModel", F_SALES_DETAIL }, { "CustomerName", F_CUSTOMER_NAME },
	{ "CustomerTenantId", F_TENANT }, { "CustomerTpid", F_TPID },
	{ "CustomerSegment", F_SEGMENT }, { "CustomerMarket", F_MARKET },
	{ "IndustryName", F_INDUSTRY }, { "VerticalName", F_VERTICAL }, { "EOU", F_EOU },
	{ "MPNID", F_LOCATION_ID }, { "PartnerName", F_PARTNER_NAME },
	{ "PartnerLocation", F_PARTNER_PLACE }, { "PartnerAttributionType", F_ATTRIBUTION },
	{ "PartnerHierarchy", F_HIERARCHY }, { "PaidAvailableUnits", F_SEATS },
	{ "MonthlyActiveUsers", F_ACTIVE }, { "AATPActiveUsage", F_AATP_ACTIVE },
	{ "MCASActiveUsage", F_MCAS_ACTIVE }, { "AADPPaidAvailableUnits", F_AADP_SEATS },
	{ "IntunePaidAvailableUnits", F_INTUNE_SEATS }, { "AzipPaidAvailableUnits", F_AZIP_SEATS },
	{ "AADPMonthlyActiveUsers", F_AADP_ACTIVE },
	{ "IntuneMonthlyActiveUsers", F_INTUNE_ACTIVE },
	{ "AzipMonthlyActiveUsers", F_AZIP_ACTIVE }, { "MDM", F_EMPTY }, { "MAM", F_EMPTY },
	{ "SSPR", F_EMPTY } };

#define LICENCE_HEAD                                                                               \
	{ "PGAMpnID", F_GLOBAL }, { "SubscriptionId", F_SUBSCRIPTION },                            \
		{ "SubscriptionStartDate", F_SUBSCRIPTION_START },                                 \
		{ "SubscriptionEndDate", F_SUBSCRIPTION_END },                                     \
		{ "SubscriptionStatus", F_SUBSCRIPTION_STATE },                                    \
	{                                                                                          \
		"Month", F_MONTH                                                                   \
	}
#define LICENCE_SKU                                                                                \
	{ "SKU", F_SKU }, { "SKUId", F_SKU_ID }, { "FreeVsPaidSKU", F_FREE },                      \
		{ "SalesModel", F_SALES_MODEL }, { "DetailedSalesModel", F_SALES_DETAIL },         \
		{ "CustomerName", F_CUSTOMER_NAME }, { "CustomerTenantId", F_TENANT },             \
		{ "CustomerTpid", F_TPID }, { "CustomerSegment", F_SEGMENT },                      \
		{ "CustomerMarket", F_MARKET }, { "IndustryName", F_INDUSTRY },                    \
		{ "VerticalName", F_VERTICAL },                                                    \
	{                                                                                          \
		"EOU", F_EOU                                                                       \
	}
#define LICENCE_SEATS                                                                              \
	{ "AvailableSeats", F_SEATS }, { "AssignedSeats", F_ASSIGNED },                            \
		{ "ActiveSeats", F_ACTIVE }, { "DeploymentOpportunity", F_OPPORTUNITY },           \
	{                                                                                          \
		"ActiveUsagePercent", F_ACTIVE_PERCENT                                             \
	}

static const struct column dynamics[] = { LICENCE_HEAD, { "RevSumDivisionName", F_DIVISION },
	{ "RevSumCategoryName", F_WORKLOAD }, LICENCE_SKU, { "MPNID", F_LOCATION_ID },
	{ "PartnerName", F_PARTNER_NAME }, { "PartnerLocation", F_PARTNER_PLACE },
	{ "PartnerAttachType", F_ATTRIBUTION }, LICENCE_SEATS };

static const struct column analytics[] = { LICENCE_HEAD, LICENCE_SKU, { "MPNId", F_LOCATION_ID },
	{ "PartnerName", F_PARTNER_NAME }, { "PartnerLocation", F_PARTNER_PLACE },
	{ "PartnerAttachType", F_ATTRIBUTION }, { "PartnerHierarchy", F_HIERARCHY },
	LICENCE_SEATS };

static const struct column revenue[] = { { "FiscalMonthName", F_MONTH },
	{ "GlobalPartnerID", F_GLOBAL }, { "PartnerName", F_PARTNER_NAME },
	{ "PartnerAssociationType", F_ATTRIBUTION }, { "CustomerID", F_CUSTOMER_ID },
	{ "CustomerName", F_CUSTOMER_NAME }, { "CustomerTenantID", F_TENANT },
	{ "CustomerTenantName", F_TENANT_NAME }, { "SubscriptionId", F_SUBSCRIPTION },
	{ "SubscriptionStartDate", F_SUBSCRIPTION_START }, { "Country", F_MARKET },
	{ "WorkloadCategory", F_CATEGORY }, { "Workloads", F_WORKLOAD },
	{ "AdjustedRevenueAmtCD", F_REVENUE } };

static const struct column usage[] = { { "FiscalMonthName", F_MONTH },
	{ "GlobalPartnerID", F_GLOBAL }, { "PartnerName", F_PARTNER_NAME },
	{ "PartnerAssociationType", F_ATTRIBUTION }, { "CustomerID", F_CUSTOMER_ID },
	{ "CustomerName", F_CUSTOMER_NAME }, { "CustomerTenantID", F_TENANT },
	{ "CustomerTenantName", F_TENANT_NAME }, { "SubscriptionID", F_SUBSCRIPTION },
	{ "SubscriptionStartDate", F_SUBSCRIPTION_START }, { "MetricType", F_METRIC_TYPE },
	{ "WorkloadCategory", F_CATEGORY }, { "Workload", F_WORKLOAD }, { "SkuGroup", F_SKU_GROUP },
	{ "PAMAU", F_PAMAU }, { "MAC", F_MAC }, { "MAU", F_MAU } };

static const struct column teams[] = { { "PGAMpnID", F_GLOBAL }, { "CustomerId", F_CUSTOMER_ID },
	{ "CustomerTenantId", F_TENANT }, { "CustomerName", F_CUSTOMER_NAME },
	{ "CustomerCountryCode", F_COUNTRY_CODE }, { "CustomerCountry", F_MARKET },
	{ "CustomerSegment", F_SEGMENT }, { "MonthKey", F_MONTH }, { "SubWorkload", F_WORKLOAD },
	{ "DesktopUsers", F_DESKTOP }, { "WebUsers", F_WEB }, { "MobileUsers", F_MOBILE },
	{ "AllUpParticipants", F_ALL_UP }, { "IndustryName", F_INDUSTRY },
	{ "VerticalName", F_VERTICAL }, { "EOU", F_EOU } };

static const struct column claims[] = { { "CustomerTenantId", F_TENANT },
	{ "CustomerName", F_CUSTOMER_NAME }, { "WorkloadName", F_WORKLOAD },
	{ "MonthlyActiveUsers", F_ACTIVE }, { "PaidAvailableUnits", F_SEATS },
	{ "ClaimId", F_CLAIM }, { "MpnId", F_LOCATION_ID }, { "DateAssociated", F_ASSOCIATED },
	{ "PartnerAttributionType", F_ATTRIBUTION }, { "Date", F_MONTH } };

#define COLUMNS(a) (a), sizeof(a) / sizeof *(a)

const struct population_report population_reports[] = {
	{ "partner-profile", COLUMNS(profile), rows_profile, false },
	{ "trainings", COLUMNS(trainings), rows_trainings, false },
	{ "training-completions", COLUMNS(completions), rows_trainings, true },
	{ "customers", COLUMNS(customers), rows_customers, false },
	{ "subscriptions", COLUMNS(subscriptions), rows_subscriptions, false },
	{ "azure-usage", COLUMNS(azure), rows_azure, false },
	{ "cpor-m365-usage", COLUMNS(claims), rows_claims, false },
	{ "office-365-usage", COLUMNS(office), rows_office, false },
	{ "enterprise-mobility-usage", COLUMNS(mobility), rows_mobility, false },
	{ "business-revenue", COLUMNS(revenue), rows_revenue, false },
	{ "business-usage", COLUMNS(usage), rows_usage, false },
	{ "dynamics-365-usage", COLUMNS(dynamics), rows_dynamics, false },
	{ "power-bi-usage", COLUMNS(analytics), rows_analytics, false },
	{ "teams-usage", COLUMNS(teams), rows_teams, false },
};
const size_t population_reports_count = sizeof population_reports / sizeof *population_reports;
