/* Every export of Partner Center moves the score that it feeds: files with the columns as they are documented go in, and
 * the points of a metric come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/harness/cli.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* ---- headers, as documented ------------------------------------------------------------------------------- */

#define CPOR                                                                                       \
	"CustomerTenantId,CustomerName,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,"        \
	"ClaimId,MpnId,DateAssociated,PartnerAttributionType,Date\n"
/* tenant, workload, users, seats, claim, since, month */
#define CLAIM(tenant, workload, users, seats, claim, since, month)                                 \
	tenant ",Contoso," workload "," users "," seats "," claim ",70," since ",CPOR," month      \
	       "-01\n"

#define OFFICE                                                                                      \
	"PGAPartnerID,CustomerTenantId,CustomerTpid,WorkloadName,Month,PaidAvailableUnits,"         \
	"MonthlyActiveUsers,CustomerName,CustomerMarket,CustomerSegment,IndustryName,VerticalName," \
	"EOU,PartnerID,PartnerName,PartnerLocation,PartnerAttributionType,IsDuplicateRowForPGA\n"
#define OFFICE_ROW(tenant, workload, month, seats, users, association, duplicate)                  \
	"7," tenant ",1," workload "," month "," seats "," users                                   \
	",Contoso,NO,SMB,x,y,z,70,Fabrikam,Oslo," association "," duplicate "\n"

#define EMS                                                                                        \
	"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,"    \
	"Month,SKU,SKUId,FreeVsPaidSKU,SalesModel,DetailedSalesModel,CustomerName,"                \
	"CustomerTenantId,CustomerTpid,CustomerSegment,CustomerMarket,IndustryName,VerticalName,"  \
	"EOU,MPNID,PartnerName,PartnerLocation,PartnerAttributionType,PartnerHierarchy,"           \
	"PaidAvailableUnits,MonthlyActiveUsers,AATPActiveUsage,MCASActiveUsage,"                   \
	"AADPPaidAvailableUnits,IntunePaidAvailableUnits,AzipPaidAvailableUnits,"                  \
	"AADPMonthlyActiveUsers,IntuneMonthlyActiveUsers,AzipMonthlyActiveUsers,MDM,MAM,SSPR\n"
/* subscription, month, paid, tenant, association, AATP, AADP seats, AADP users */
#define EMS_ROW(subscription, month, paid, tenant, association, aatp, seats, users)                \
	"7," subscription ",2022-01-01,2024-01-01,Active," month ",EMS E3,1," paid                 \
	",CSP,CSP,Contoso," tenant ",1,SMB,NO,x,y,z,70,Fabrikam,Oslo," association                 \
	",Global,0,0," aatp ",7," seats ",0,0," users ",0,0,0,0,0\n"

#define REVENUE                                                                                    \
	"FiscalMonthName,GlobalPartnerID,PartnerName,PartnerAssociationType,CustomerID,"           \
	"CustomerName,CustomerTenantID,CustomerTenantName,SubscriptionId,SubscriptionStartDate,"   \
	"Country,WorkloadCategory,Workloads,AdjustedRevenueAmtCD\n"
#define REVENUE_ROW(month, association, tenant, workload, amount)                                  \
	month ",7,Fabrikam," association ",1,Contoso," tenant                                      \
	      ",Contoso,s1,2022-01-01,NO,D365," workload "," amount "\n"

#define USAGE                                                                                      \
	"FiscalMonthName,GlobalPartnerID,PartnerName,PartnerAssociationType,CustomerID,"           \
	"CustomerName,CustomerTenantID,CustomerTenantName,SubscriptionID,SubscriptionStartDate,"   \
	"MetricType,WorkloadCategory,Workload,SkuGroup,PAMAU,MAC,MAU\n"
#define USAGE_ROW(month, association, tenant, metric, workload, capacity, users)                   \
	month ",7,Fabrikam," association ",1,Contoso," tenant ",Contoso,s1,2022-01-01," metric     \
	      ",D365," workload ",x,," capacity "," users "\n"

#define AZURE                                                                                       \
	"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,"           \
	"SubscriptionState,Month,ServiceLevel1,ServiceLevel2,ServiceLevel3,ServiceLevel4,"          \
	"ServiceGroup2,ServiceGroup3,ServiceInfluencer,ComputeOS,ComputeCoreSoftware,UsageUnits,"   \
	"UsageQuantity,CustomerName,CustomerTenantId,CustomerTpid,CustomerSegment,CustomerMarket,"  \
	"MPNID,PartnerName,PartnerLocation,PartnerAttributionType,SalesChannel,EnrollmentNumber,"   \
	"IsACRDuplicateAtPGALevel,ResellerID,ResellerName,IndustryName,VerticalName,EOU,AdminType," \
	"AssociationType,ACR_USD\n"
#define AZURE_ROW(subscription, month, service, tenant, association, duplicate, amount)            \
	"7," subscription ",2022-01-01,,,Active," month ",Compute," service                        \
	",,,,,,,,h,1,Contoso," tenant ",1,,NO,70,Fabrikam,Oslo," association ",CSP,e," duplicate   \
	",,,x,y,z,,," amount "\n"

#define TRAININGS                                                                                  \
	"PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,"              \
	"IndividualLastName,Email,CorpEmail,TrainingCompletionDate,ExpirationDate,"                \
	"ActivationStatus,Month,IcMCP,MCPID,MpnId,PartnerName,PartnerCityLocation,"                \
	"PartnerCountryLocation\n"
#define TRAINING(title, type, expires, profile)                                                    \
	"7,a1," title "," type                                                                     \
	",Maria,Lindqvist,m@home.example,m@work.example,2023-01-10," expires                       \
	",Active,2023-01,1," profile ",70,Fabrikam,Oslo,Norway\n"

#define COMPLETIONS                                                                                \
	"TrainingActivityId,TrainingTitle,TrainingType,AADUserId,TrainingCompletionDate,Month,"    \
	"IcMCP,MCPID,MPNID,PartnerName,PartnerCityLocation,PartnerCountryLocation\n"
#define COMPLETION(title, profile)                                                                 \
	"a1," title ",Certification,u1,2023-01-10,2023-01,1," profile ",7,Fabrikam,Oslo,Norway\n"

#define PROFILE                                                                                    \
	"MPNId,PartnerName,PGA_MPNID,PGA_PartnerName,City,Country,HierarchyLevel\n"                \
	"7,Fabrikam,7,Fabrikam,Oslo,Norway,Global\n70,Fabrikam AS,7,Fabrikam,Oslo,Norway,Location\n"

#define CUSTOMERS                                                                                  \
	"PGAMpnID,CustomerName,CustomerTenantId,CustomerTpid,DUNSNumber,CustomerSegment,"          \
	"TopSegment,CustomerMarket,CustomerStatus,CustomerTenantName,CustomerTenantCountry,"       \
	"TenantDomainName,Product,RawProductName,SKU,Month,MPNId,PartnerName,PartnerLocation,"     \
	"PartnerAttributionType,SalesChannel,IndustryName,VerticalName,EOU,IsDuplicateRowForPGA,"  \
	"AvailableSeats,BilledRevenueUSD,AzureConsumedRevenueUSD,CPORRevenue,CPORPaidSeats,"       \
	"CPORActiveUsers\n"
#define CUSTOMER(tenant, segment, month, association)                                              \
	"7,Contoso," tenant ",1,2," segment                                                        \
	",t,NO,Active,Contoso,NO,c.example,Azure,Azure,s," month ",70,Fabrikam,Oslo," association  \
	",CSP,x,y,z,0,1,2,3,,,\n"

#define SUBSCRIPTIONS                                                                                \
	"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionState,Month," \
	"IsAutoRenew,CustomerName,CustomerTenantId,CustomerTpid,DUNSNumber,CustomerSegment,"         \
	"TopSegment,CustomerMarket,ReportingProductName,Product,RawProductName,ProductPartNumber,"   \
	"SKU,RevSumDivisionName,SolutionArea,MPNID,PartnerName,PartnerLocation,"                     \
	"PartnerAttributionType,SalesChannel,IndustryName,VerticalName,EOU,PricingLevel,"            \
	"EnrollmentNumber,IsDuplicateRowForPGA,SubscriptionStartMonth,ResellerID,ResellerName,"      \
	"AvailableSeatsEOP,AvailableSeats,BilledRevenueUSD,AzureConsumedRevenueUSD,CPORRevenue,"     \
	"CPORPaidSeats,CPORActiveUsers\n"
#define SUBSCRIPTION(tenant, segment, association)                                                 \
	"7,s1,2022-01-01,2024-01-01,Active,2023-06,1,Contoso," tenant ",1,2," segment              \
	",t,NO,Azure,Azure,Azure,p,s,d,a,70,Fabrikam,Oslo," association                            \
	",CSP,x,y,z,l,e,0,2022-01,,,1,1,2,3,,,\n"

/* Usage that does not say by which association. */
#define EVENT_WITHOUT_ASSOCIATION                                                                    \
	"{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/crm\",\"type\":\"capscore.usage.v1\"," \
	"\"subject\":\"7\",\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"t1\","         \
	"\"product\":\"Key Vault\",\"month\":\"2023-06\",\"measure\":\"acr\",\"amount\":\"1500\"}}\n"

/* ---- what comes of them ------------------------------------------------------------------------------------ */

static const struct example {
	const char *name;
	const char *files[4]; /* their contents; NULL: no more */
	const char *area, *metric, *want;
	const char *edition, *as_of; /* NULL: 2023-06, and 2023-07-20 */
} examples[] = {
	/* Modern Work */
	{ "claims: active users grow from the month of the claim on",
		{ CPOR CLAIM("t1", "Exchange", "600", "1000", "c1", "2022-01-15", "2023-06") CLAIM(
			"t1", "Exchange", "100", "1000", "c1", "2022-01-15", "2022-06") },
		"modern-work", "usage-growth", "15", NULL, NULL },
	{ "claims: growth before the claim is not the partner's",
		{ CPOR CLAIM("t1", "Exchange", "600", "1000", "c1", "2023-05-15", "2023-06") CLAIM(
			"t1", "Exchange", "500", "1000", "c1", "2023-05-15", "2023-05") CLAIM("t1",
			"Exchange", "100", "1000", "c1", "2023-05-15", "2022-06") },
		"modern-work", "usage-growth", "3", NULL, NULL },
	{ "claims: two of one workload do not count its users twice",
		{ CPOR CLAIM("t1", "EXO", "600", "1000", "c1", "2022-01-15", "2023-06") CLAIM(
			"t1", "Exchange Online", "600", "1000", "c2", "2022-03-15", "2023-06")
				CLAIM("t1", "EXO", "100", "1000", "c1", "2022-01-15", "2022-06") },
		"modern-work", "usage-growth", "15", NULL, NULL },
	{ "claims: a new tenant is a customer add",
		{ CPOR CLAIM("t1", "Intune", "1", "301", "c1", "2023-01-15", "2023-06") },
		"modern-work", "net-customer-adds", "4", NULL, NULL },
	{ "claims: forty per cent of the seats active is a deployment",
		{ CPOR CLAIM("t1", "Teams", "400", "1000", "c1", "2022-01-15", "2023-06") },
		"modern-work", "deployments", "5", NULL, NULL },
	{ "claims: a location's claims are those of its global account",
		{ CPOR CLAIM("t1", "Intune", "1", "301", "c1", "2023-01-15", "2023-06"), PROFILE },
		"modern-work", "net-customer-adds", "4", NULL, NULL },
	{ "Office 365: partner of record",
		{ OFFICE OFFICE_ROW("t1", "SharePoint", "2023-06", "900", "500", "DPOR",
			"0") OFFICE_ROW("t1", "SharePoint", "2022-06", "900", "100", "DPOR", "0") },
		"modern-work", "usage-growth", "3", NULL, NULL },
	{ "Office 365: rows flagged as duplicates do not count",
		{ OFFICE OFFICE_ROW("t1", "SharePoint", "2023-06", "900", "500", "DPOR", "0")
				OFFICE_ROW("t1", "SharePoint", "2023-06", "900", "500", "DPOR", "1")
					OFFICE_ROW("t1", "SharePoint", "2022-06", "900", "100",
						"DPOR", "False") },
		"modern-work", "usage-growth", "3", NULL, NULL },
	{ "Office 365: cloud solution provider, small customers",
		{ OFFICE OFFICE_ROW("t1", "Teams", "2023-06", "300", "150", "CSP Tier 1", "0") },
		"modern-work", "net-customer-adds", "2", NULL, NULL },
	{ "Office 365: claims stand beside the CPOR export once",
		{ OFFICE OFFICE_ROW("t1", "Exchange", "2023-06", "1000", "600", "CPOR", "0")
				OFFICE_ROW("t1", "Exchange", "2022-06", "1000", "100", "CPOR", "0"),
			CPOR CLAIM("t1", "Exchange", "600", "1000", "c1", "2022-01-15", "2023-06")
				CLAIM("t1", "Exchange", "100", "1000", "c1", "2022-01-15",
					"2022-06"),
			PROFILE },
		"modern-work", "usage-growth", "15", NULL, NULL },

	/* Security */
	{ "Enterprise Mobility: protected users",
		{ EMS EMS_ROW("s1", "2023-06", "Paid", "t1", "CPOR", "0", "1000", "600")
				EMS_ROW("s1", "2022-06", "Paid", "t1", "CPOR", "0", "1000", "100"),
			PROFILE },
		"security", "usage-growth", "4", NULL, NULL },
	{ "Enterprise Mobility: subscriptions of a tenant are added up",
		{ EMS EMS_ROW("s1", "2023-06", "Paid", "t1", "CPOR", "0", "600", "300")
				EMS_ROW("s2", "2023-06", "Paid", "t1", "CPOR", "0", "400", "325"),
			PROFILE },
		"security", "usage-growth", "5", NULL, NULL },
	{ "Enterprise Mobility: users of Defender for Identity count without seats",
		{ EMS EMS_ROW("s1", "2023-06", "Paid", "t1", "CPOR", "250", "1000", "0"), PROFILE },
		"security", "usage-growth", "2", NULL, NULL },
	{ "Enterprise Mobility: free licences do not count",
		{ EMS EMS_ROW("s1", "2023-06", "Free", "t1", "CPOR", "0", "1000", "600"), PROFILE },
		"security", "usage-growth", "0", NULL, NULL },
	{ "Enterprise Mobility: a provider's customers, from 2026 on",
		{ EMS EMS_ROW("s1", "2026-07", "Paid", "t1", "CSP Tier 2", "0", "1000", "600") },
		"security", "net-customer-adds", "2", "2026", "2026-08-20" },
	{ "claims of security workloads",
		{ CPOR CLAIM("t1", "AADP", "300", "1000", "c1", "2022-01-15", "2023-06"), PROFILE },
		"security", "deployments", "10/3", NULL, NULL },
	{ "Azure in Security: admin link",
		{ AZURE AZURE_ROW(
			"s1", "2023-06", "Key Vault", "t1", "Partner admin link", "0", "12500") },
		"security", "usage-growth", "10", NULL, NULL },

	/* Business Applications */
	{ "revenue: a workload at a tenant is a customer add",
		{ REVENUE REVENUE_ROW("Jun 2023", "CPOR OSA", "t1", "Dynamics 365 Sales", "260") },
		"business-applications", "net-customer-adds", "3", NULL, NULL },
	{ "revenue: subscriptions are added up, names of a workload are one",
		{ REVENUE REVENUE_ROW("Jun 2023", "CSP T1", "t1", "Business Central", "130")
				REVENUE_ROW("\"June, 2023\"", "CSP T1", "t1",
					"Dynamics 365 Business Central", "130") },
		"business-applications", "net-customer-adds", "3", NULL, NULL },
	{ "usage: growth from a base that is too small is none",
		{ USAGE USAGE_ROW("2023-06", "CPOR OSU", "t1", "Paid", "Dynamics 365 Sales", "",
			"110") USAGE_ROW("2022-06", "CPOR OSU", "t1", "Paid", "Dynamics 365 Sales",
			"", "100") },
		"business-applications", "usage-growth", "0", NULL, NULL },
	{ "usage: above the least value of the base a point for each per cent",
		{ USAGE USAGE_ROW("2023-06", "DPOR", "t1", "Paid", "Sales", "", "550")
				USAGE_ROW("2022-06", "DPOR", "t1", "Paid", "Sales", "", "500") },
		"business-applications", "usage-growth", "10", NULL, NULL },
	{ "usage: trials do not count",
		{ USAGE USAGE_ROW("2023-06", "DPOR", "t1", "Trial", "Sales", "", "550") },
		"business-applications", "deployments", "0", NULL, NULL },
	{ "usage: a deployment",
		{ USAGE USAGE_ROW("2023-06", "DPOR", "t1", "Paid", "Sales", "", "550") },
		"business-applications", "deployments", "4", NULL, NULL },
	{ "usage: capacity of Customer Insights, by admin link",
		{ USAGE USAGE_ROW(
			"2023-06", "PAL", "t1", "Paid", "Customer Insights", "100000", "") },
		"business-applications", "deployments", "4", NULL, NULL },
	{ "usage: of several associations the one that is credited",
		{ USAGE USAGE_ROW(
			"2023-06", "\"DPOR, PAL\"", "t1", "Paid", "Power Apps", "", "200") },
		"business-applications", "deployments", "4", NULL, NULL },
	{ "side file: not in production",
		{ USAGE USAGE_ROW("2023-06", "DPOR", "t1", "Paid", "Sales", "", "550"),
			"CustomerTenantId,Workload,Production\nt1,Dynamics 365 Sales,no\n" },
		"business-applications", "deployments", "0", NULL, NULL },
	{ "side file: another name of a workload",
		{ USAGE USAGE_ROW("2023-06", "DPOR", "t1", "Paid", "Sales Premium 2", "", "550"),
			"Workload,Product\nSales Premium 2,Sales\n" },
		"business-applications", "deployments", "4", NULL, NULL },

	/* Azure */
	{ "Azure: a customer add",
		{ AZURE AZURE_ROW(
			"s1", "2023-06", "Virtual Machines", "t1", "CSP Tier 1", "0", "1000") },
		"infrastructure", "net-customer-adds", "10", NULL, NULL },
	{ "Azure: tabs, a byte order mark and names of the report API",
		{ "\xEF\xBB\xBFPGAMpnId\tSubscriptionId\tMonth\tServiceName\tCustomerTenantId\t"
		  "PartnerAttributionType\tIsACRDuplicateAtPGALevel\tTotalACR\r\n"
		  "7\ts1\t2023-06\tVirtual Machines\tt1\tPartner of record\t0\t1000\r\n" },
		"infrastructure", "net-customer-adds", "10", NULL, NULL },
	{ "Azure: duplicates and deal registrations do not count",
		{ AZURE AZURE_ROW("s1", "2023-06", "VPN", "t1", "CSP Tier 1", "1", "1000")
				AZURE_ROW("00000000-0000-0000-0000-000000000000", "2023-06",
					"UNKNOWN", "UNKNOWN", "UNKNOWN", "0", "1000") },
		"infrastructure", "net-customer-adds", "0", NULL, NULL },
	{ "side file: a trial subscription",
		{ AZURE AZURE_ROW("S1", "2023-06", "VPN", "t1", "CSP Tier 1", "0", "1000"),
			"SubscriptionId,OfferType\ns1,Trial\n" },
		"infrastructure", "net-customer-adds", "0", NULL, NULL },
	{ "side file: a customer with internal use, one of its subscriptions paid",
		{ AZURE AZURE_ROW("s1", "2023-06", "VPN", "t1", "CSP Tier 1", "0", "1000")
				AZURE_ROW("s2", "2023-06", "Bastion", "t1", "CSP Tier 1", "0",
					"1000"),
			"SubscriptionId,CustomerTenantId,OfferType\n,t1,Internal\ns2,,Paid\n" },
		"infrastructure", "deployments", "2", NULL, NULL },
	{ "customers: segments decide the track",
		{ AZURE AZURE_ROW("s1", "2026-07", "VPN", "t1", "CSP Tier 1", "0", "600"),
			CUSTOMERS CUSTOMER("t1", "SMB", "2026-07", "CSP Tier 1") },
		"infrastructure", "net-customer-adds", "10", "2026", "2026-08-20" },
	{ "customers: in another segment the customer is too small",
		{ AZURE AZURE_ROW("s1", "2026-07", "VPN", "t1", "CSP Tier 1", "0", "600"),
			CUSTOMERS CUSTOMER("t1", "Enterprise", "2026-07", "CSP Tier 1") },
		"infrastructure", "net-customer-adds", "0", "2026", "2026-08-20" },
	{ "subscriptions: segments likewise",
		{ AZURE AZURE_ROW("s1", "2026-07", "VPN", "t1", "CSP Tier 1", "0", "600"),
			SUBSCRIPTIONS SUBSCRIPTION("t1", "SMB", "CSP Tier 1") },
		"infrastructure", "net-customer-adds", "10", "2026", "2026-08-20" },
	{ "customers: associations credit usage that tells none",
		{ EVENT_WITHOUT_ASSOCIATION,
			CUSTOMERS CUSTOMER("t1", "SMB", "2023-06", "CSP Tier 2") },
		"infrastructure", "net-customer-adds", "10", NULL, NULL },
	{ "customers: an advisor's do not",
		{ EVENT_WITHOUT_ASSOCIATION,
			CUSTOMERS CUSTOMER("t1", "SMB", "2023-06", "Advisor") },
		"infrastructure", "net-customer-adds", "0", NULL, NULL },

	/* People */
	{ "trainings: certificates by their titles",
		{ TRAININGS TRAINING("Microsoft Certified: Azure Administrator Associate",
			"Certification", "2024-01-10",
			"1") TRAINING("azure administrator associate", "Certification",
			"2024-01-10", "2")
				TRAINING("Exam AZ-700: Designing", "Exam", "2024-01-10", "3") },
		"infrastructure", "intermediate-certifications", "4", NULL, NULL },
	{ "trainings: assessments",
		{ TRAININGS TRAINING("Teams Meetings and Meeting Rooms Technical Assessment",
			"Technical Assessment", "", "1") },
		"modern-work", "advanced-certifications", "15", NULL, NULL },
	{ "completions: no expiry is told, so it counts",
		{ COMPLETIONS COMPLETION("AZ-104", "1") COMPLETION("AZ-104", "2")
				COMPLETION("AZ-700", "2") },
		"infrastructure", "intermediate-certifications", "4", NULL, "2026-06-20" },
	{ "completions: a download that tells expiry stands over them",
		{ COMPLETIONS COMPLETION("MS-900", "1"),
			TRAININGS TRAINING("MS-900", "Certification", "2023-02-10", "1") },
		"modern-work", "intermediate-certifications", "0", NULL, NULL },
	{ "side file: a person who left",
		{ TRAININGS TRAINING("MS-900", "Certification", "", "1")
				TRAINING("MS-900", "Certification", "", "2"),
			"PGAMpnID,MCPID,LinkedOn,Change\n7,1,2023-03-01,unlinked\n" },
		"modern-work", "intermediate-certifications", "5", NULL, NULL },
};

static json_t *find(json_t *list, const char *id)
{
	size_t i;
	json_t *o;

	json_array_foreach(list, i, o)
	{
		if (strcmp(json_string_value(json_object_get(o, "id")), id) == 0)
			return o;
	}
	fail_msg("no '%s'", id);
	return NULL;
}

static json_t *partner_seven(json_t *doc)
{
	json_t *p;
	size_t i;

	json_array_foreach(json_object_get(doc, "partners"), i, p)
	{
		const char *id = json_string_value(json_object_get(p, "partner"));

		if (strcmp(id, "7") == 0 || (strcmp(id, "70") == 0 && i == 0))
			return p;
	}
	fail_msg("no partner");
	return NULL;
}

static const char *points(json_t *doc, const char *area, const char *metric)
{
	json_t *a = find(json_object_get(partner_seven(doc), "areas"), area);
	json_t *m = find(json_object_get(a, "metrics"), metric);

	return json_string_value(json_object_get(json_object_get(m, "points"), "fraction"));
}

static void in_folder(const char *command)
{
	char text[512];

	(void)snprintf(text, sizeof text, "cd %s && %s", cli_folder(), command);
	assert_int_equal(system(text), 0);
}

static void write_files(const struct example *x)
{
	char name[32];

	in_folder("rm -rf case && mkdir case");
	for (size_t i = 0; i < ARRAY_LEN(x->files) && x->files[i] != NULL; i++) {
		(void)snprintf(name, sizeof name, "case/%c.csv", (char)('a' + i));
		cli_write(name, x->files[i]);
	}
}

static void test_example(void **state)
{
	const struct example *x = *state;
	char args[256];
	struct cli_run *r;
	json_error_t e;
	json_t *doc;

	write_files(x);
	(void)snprintf(args, sizeof args, "score --offline --edition %s --as-of %s --json case",
		x->edition != NULL ? x->edition : "2023-06",
		x->as_of != NULL ? x->as_of : "2023-07-20");
	r = cli(args);
	if (r->exit_code != 0)
		fail_msg("exit code %d: %s", r->exit_code, r->err);
	doc = json_loads(r->out, 0, &e);
	assert_non_null(doc);
	assert_string_equal(points(doc, x->area, x->metric), x->want);
	json_decref(doc);
	free(r);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(examples)];

	for (size_t i = 0; i < ARRAY_LEN(examples); i++)
		tests[i] = (struct CMUnitTest){ .name = examples[i].name,
			.test_func = test_example,
			.initial_state = (void *)(uintptr_t)&examples[i] };
	return _cmocka_run_group_tests(
		"exports", tests, ARRAY_LEN(tests), cli_folder_make, cli_folder_remove);
}
