/* Rows of the exports and of side files as facts: what is read, what is passed over and what is refused, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/base/event_fields.h"
#include "rules/compile/compile.h"
#include "services/imports/paths.h"
#include "services/imports/person_key.h"
#include "services/imports/recognise.h"
#include "services/imports/side.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))
#define RECORDED     1690000000000 /* 2023-07-22 */

/* ---- a reading of a text, as text ------------------------------------------------------------------------- */

struct capture {
	char events[16384], faults[8192], notes[4096], letters[8192];
	struct sink e, f, n, l;
	struct reading reading;
	struct err err;
	int rc;
};

static void put_usage(struct sink *s, const struct fact_usage *u)
{
	const char *by = association_kind_name(u->association);
	char m[MONTH_TEXT];

	sink_printf(s, STR_FMT " [" STR_FMT "] %s %s %s %s %lld", STR_ARG(u->customer),
		STR_ARG(u->product), month_format(u->month, m), by == NULL ? "-" : by,
		measure_name(u->measure), offer_kind_name(u->offer),
		(long long)(u->amount_micro / 1000000));
}

/* A person is named by the first letters of the hash. */
static void put_person(struct sink *s, const struct event *ev)
{
	char d1[DAY_TEXT], d2[DAY_TEXT];

	if (ev->kind == FACT_ASSESSMENT)
		sink_printf(s, "%.4s [" STR_FMT "] %s %s", ev->u.assessment.person.p,
			STR_ARG(ev->u.assessment.assessment),
			day_format(ev->u.assessment.passed_on, d1),
			day_format(ev->u.assessment.expires_on, d2));
	else if (ev->kind == FACT_PERSON_LINK)
		sink_printf(s, "%.4s %s %s", ev->u.person_link.person.p,
			ev->u.person_link.linked ? "linked" : "unlinked",
			day_format(ev->u.person_link.since, d1));
	else
		sink_printf(s, "%.4s [" STR_FMT "] %s %s", ev->u.certification.person.p,
			STR_ARG(ev->u.certification.certificate),
			day_format(ev->u.certification.earned_on, d1),
			day_format(ev->u.certification.expires_on, d2));
}

static void put_fact(struct sink *s, const struct event *ev)
{
	const struct fact_association *a = &ev->u.association;
	char d[DAY_TEXT], m[MONTH_TEXT];

	switch (ev->kind) {
	case FACT_USAGE:
		put_usage(s, &ev->u.usage);
		break;
	case FACT_USAGE_REPORTED:
		sink_printf(s, "%s %s", measure_name(ev->u.usage_reported.measure),
			month_format(ev->u.usage_reported.month, m));
		break;
	case FACT_CUSTOMER:
		sink_printf(s, STR_FMT " " STR_FMT, STR_ARG(ev->u.customer.customer),
			STR_ARG(ev->u.customer.segment));
		break;
	case FACT_ASSOCIATION:
		sink_printf(s, STR_FMT " %s [" STR_FMT "] %s %s", STR_ARG(a->customer),
			association_kind_name(a->kind), STR_ARG(a->workload),
			day_format(a->from, d), a->claim == CLAIM_APPROVED ? "approved" : "-");
		break;
	case FACT_ACCOUNT:
		sink_add(s, ev->u.account.location);
		break;
	case FACT_ATTESTATION:
		sink_printf(s, STR_FMT " [" STR_FMT "] %s", STR_ARG(ev->u.attestation.scope),
			STR_ARG(ev->u.attestation.reference), day_format(ev->u.attestation.on, d));
		break;
	default:
		put_person(s, ev);
	}
}

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct capture *c = ctx;

	(void)at;
	sink_printf(&c->e, STR_FMT " %s ", STR_ARG(ev->subject), fact_kind_name(ev->kind));
	put_fact(&c->e, ev);
	sink_printf(&c->e, "\n");
	return 0;
}

static void on_fault(void *ctx, const struct fault *f)
{
	struct capture *c = ctx;

	sink_printf(&c->f, "%u:%u %s: %s\n", f->at.line, f->at.column, f->reason, f->text);
	sink_add(&c->l, f->letter);
}

static void on_note(void *ctx, const char *file, const char *text)
{
	struct capture *c = ctx;

	(void)file;
	sink_printf(&c->n, "%s\n", text);
}

static int public_key(void *ctx, struct person_key *ret_key, struct err *e)
{
	(void)ctx;
	(void)e;
	person_key_public(ret_key);
	return 0;
}

static struct capture *read_with(
	const struct alloc *a, const char *text, size_t n, struct side *side)
{
	struct capture *c = calloc(1, sizeof *c);
	struct reading_handler h = { on_event, on_fault, on_note, c };
	struct reading_options o = { .a = a, .person_key = public_key, .side = side };
	char *bytes = malloc(n + 1);
	struct input in;

	assert_non_null(c);
	assert_non_null(bytes);
	memcpy(bytes, text, n);
	sink_init(&c->e, c->events, sizeof c->events);
	sink_init(&c->f, c->faults, sizeof c->faults);
	sink_init(&c->n, c->notes, sizeof c->notes);
	sink_init(&c->l, c->letters, sizeof c->letters);
	c->reading = (struct reading){
		.options = &o, .handler = &h, .file = "x.csv", .recorded = RECORDED
	};
	input_open_memory(&in, bytes, n);
	c->rc = input_skip_bom(&in, &c->err);
	if (c->rc == 0)
		c->rc = report_read(&c->reading, &in, &c->err);
	free(bytes);
	assert_false(sink_is_cut(&c->e) || sink_is_cut(&c->f) || sink_is_cut(&c->l));
	return c;
}

static struct capture *read_text(const char *text)
{
	return read_with(&mem_heap, text, strlen(text), NULL);
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

#define CPOR                                                                                       \
	"CustomerTenantId,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,MpnId,"       \
	"DateAssociated,Date\n"
#define OFFICE                                                                                     \
	"PGAPartnerID,CustomerTenantId,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,"  \
	"PartnerID,PartnerAttributionType,IsDuplicateRowForPGA\n"
#define EMS                                                                                        \
	"PGAMpnID,SubscriptionId,Month,FreeVsPaidSKU,CustomerTenantId,PartnerAttributionType,"     \
	"AADPPaidAvailableUnits,AADPMonthlyActiveUsers,IntunePaidAvailableUnits,"                  \
	"IntuneMonthlyActiveUsers,AATPActiveUsage,MCASActiveUsage\n"
#define USAGE                                                                                      \
	"FiscalMonthName,GlobalPartnerID,PartnerAssociationType,CustomerTenantID,MetricType,"      \
	"Workload,PAMAU,MAC,MAU\n"
#define DYNAMICS                                                                                   \
	"SubscriptionId,Month,RevSumDivisionName,RevSumCategoryName,SKU,FreeVsPaidSKU,"            \
	"CustomerTenantId,MPNId,PartnerAttachType,AvailableSeats,AssignedSeats,ActiveSeats\n"
#define POWER_BI                                                                                   \
	"SubscriptionId,Month,SKU,FreeVsPaidSKU,CustomerTenantId,MPNId,PartnerAttachType,"         \
	"PartnerHierarchy,AvailableSeats,AssignedSeats,ActiveSeats\n"
#define PROFILE "MpnId,PartnerName,PGA_MPNId,PGA_PartnerName,City,Country,AccountType\n"
#define CUSTOMERS                                                                                  \
	"PGAMpnID,CustomerTenantId,CustomerSegment,Month,PartnerAttributionType,"                  \
	"IsDuplicateRowForPGA,BilledRevenueUSD\n"
#define SUBSCRIPTIONS                                                                              \
	"PGAMpnId,SubscriptionId,SubscriptionStartDate,CustomerTenantId,CustomerSegment,"          \
	"PartnerAttributionType,TotalSoldSeats,BilledRevenueUSD\n"
#define TEAMS                                                                                      \
	"PGAMpnID,CustomerId,CustomerTenantId,DateKey,Subworkload,Meeting count,Meeting duration\n"
#define COMPLETIONS                                                                                \
	"TrainingTitle,TrainingType,AADUserId,TrainingCompletionDate,Month,IcMCP,MCPID,MPNID\n"

static const struct row {
	const char *name, *text, *format, *events;
	const char *faults; /* NULL: none */
} rows[] = {
	{ "a claim is an association from its day on, and seats and users",
		CPOR "t1,EXO,600,1000,c1,70,2022-01-15,2023-06-30\n", "CPOR-M365 usage report",
		"70 association t1 cpor [Exchange Online] 2022-01-15 approved\n"
		"70 usage t1 [Exchange Online] 2023-06 cpor mau paid 600\n"
		"70 usage t1 [Exchange Online] 2023-06 cpor paid-units paid 1000\n"
		"70 usage-reported mau 2023-06\n70 usage-reported paid-units 2023-06\n",
		NULL },
	{ "of two claims the earlier day and the greater users stand",
		CPOR
		"t1,EXO,600,,c2,70,2022-03-15,2023-06\nt1,Exchange Online,590,,c1,70,2022-01-15,2023-06\n",
		"CPOR-M365 usage report",
		"70 association t1 cpor [Exchange Online] 2022-01-15 approved\n"
		"70 usage t1 [Exchange Online] 2023-06 cpor mau paid 600\n"
		"70 usage-reported mau 2023-06\n70 usage-reported paid-units 2023-06\n",
		NULL },
	{ "a later date shows the order of an earlier one",
		CPOR "t1,Teams,6,,c1,70,2/3/2022,2023-06\nt2,Teams,6,,c1,70,25/3/2022,2023-06\n",
		"CPOR-M365 usage report",
		"70 association t1 cpor [Teams] 2022-03-02 approved\n"
		"70 association t2 cpor [Teams] 2022-03-25 approved\n"
		"70 usage t1 [Teams] 2023-06 cpor mau paid 6\n70 usage t2 [Teams] 2023-06 cpor mau paid 6\n"
		"70 usage-reported mau 2023-06\n70 usage-reported paid-units 2023-06\n",
		NULL },
	{ "a claim whose day nobody can read is refused once; its usage stands",
		CPOR "t1,Teams,6,,c1,70,2/3/2022,2023-06\nt1,Teams,6,,c1,70,2/3/2022,2023-05\n",
		"CPOR-M365 usage report",
		"70 usage-reported mau 2023-05\n70 usage-reported paid-units 2023-05\n"
		"70 usage t1 [Teams] 2023-05 cpor mau paid 6\n70 usage t1 [Teams] 2023-06 cpor mau paid 6\n"
		"70 usage-reported mau 2023-06\n70 usage-reported paid-units 2023-06\n",
		"2:19 ambiguous-date: DateAssociated '2/3/2022': day and month cannot be told apart, and no "
		"other date of the file shows their order; write YYYY-MM-DD, or say --dates mdy or --dates dmy\n" },
	{ "faults of a claim",
		CPOR "t1,Teams,x,,c1,70,2022-01-15,2023-06\nt1,,6,,c1,70,2022-01-15,2023-06\n"
		     "t1,Teams,6,,c1,70,,2023-06\nt1,Teams,6,,c1,70,soon,2023-06\n",
		"CPOR-M365 usage report", "",
		"2:10 bad-amount: MonthlyActiveUsers 'x': not an amount; write it like 1234.56\n"
		"3:4 missing-value: WorkloadName '': no value; the workload is needed\n"
		"4:19 missing-value: DateAssociated '': no value; growth counts from the day of the claim on\n"
		"5:19 bad-date: DateAssociated 'soon': not a date between 2000-01-01 and 2199-12-31; write "
		"YYYY-MM-DD\n" },
	{ "Office 365: rows with one key are added up, claims are the location's",
		OFFICE
		"7,t1,Viva Engage,2023-06,10,5,70,CSP Tier 1,0\n7,t1,Yammer,2023-06,10,5,71,CSP Tier 1,0\n"
		"7,t1,Yammer,2023-06,10,5,70,CPOR,0\n7,t1,Yammer,2023-06,10,5,70,DPOR,1\n",
		"Office 365 license usage report",
		"7 usage t1 [Yammer] 2023-06 csp-tier-1 mau paid 10\n"
		"7 usage t1 [Yammer] 2023-06 csp-tier-1 paid-units paid 20\n"
		"70 usage t1 [Yammer] 2023-06 cpor mau paid 5\n"
		"70 usage t1 [Yammer] 2023-06 cpor paid-units paid 10\n"
		"7 usage-reported mau 2023-06\n7 usage-reported paid-units 2023-06\n"
		"70 usage-reported mau 2023-06\n70 usage-reported paid-units 2023-06\n",
		NULL },
	{ "Office 365 by the report API, without a global account",
		"CustomerTenantId,CustomerTpid,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,"
		"CustomerName,CustomerMarket,CustomerSegment,MPNId,PartnerName,PartnerLocationID,"
		"PartnerAttributionType,IsDuplicateRowForPGA\n"
		"t1,1,Teams,2023-06-01T00:00:00Z,10,5,c,m,s,70,n,l,Digital Partner of Record,False\n",
		"Office 365 license usage report",
		"70 usage t1 [Teams] 2023-06 dpor mau paid 5\n70 usage t1 [Teams] 2023-06 dpor paid-units paid 10\n"
		"70 usage-reported mau 2023-06\n70 usage-reported paid-units 2023-06\n",
		NULL },
	{ "Enterprise Mobility: several workloads in a row, free licences apart",
		EMS
		"7,s1,2023-06,Paid,t1,CSP Tier 2,100,60,50,40,7,3\n7,s2,2023-06,Free,t1,CSP Tier 2,9,8,,,,\n",
		"Enterprise Mobility license usage report",
		"7 usage t1 [Azure Active Directory Premium] 2023-06 csp-tier-2 mau paid 60\n"
		"7 usage t1 [Azure Active Directory Premium] 2023-06 csp-tier-2 mau trial 8\n"
		"7 usage t1 [Azure Active Directory Premium] 2023-06 csp-tier-2 paid-units paid 100\n"
		"7 usage t1 [Azure Active Directory Premium] 2023-06 csp-tier-2 paid-units trial 9\n"
		"7 usage t1 [Intune] 2023-06 csp-tier-2 mau paid 40\n"
		"7 usage t1 [Intune] 2023-06 csp-tier-2 paid-units paid 50\n"
		"7 usage t1 [Microsoft Defender for Cloud Apps] 2023-06 csp-tier-2 mau paid 3\n"
		"7 usage t1 [Microsoft Defender for Identity] 2023-06 csp-tier-2 mau paid 7\n"
		"7 usage-reported mau 2023-06\n7 usage-reported paid-units 2023-06\n",
		NULL },
	{ "Enterprise Mobility: a row counts whole or not at all",
		EMS
		"7,s1,2023-06,Paid,t1,CSP Tier 2,100,60,50,many,7,3\n7,s1,2023-06,Some,t1,CSP Tier 2,1,1,1,1,1,1\n",
		"Enterprise Mobility license usage report", "",
		"2:43 bad-amount: IntuneMonthlyActiveUsers 'many': not an amount; write it like 1234.56\n"
		"3:14 unknown-offer: FreeVsPaidSKU 'Some': none of Paid, Free, Trial, Support, Internal, Benefit\n" },
	{ "Business applications usage: users, capacity, users by admin link",
		USAGE
		"2023-06,7,CPOR OSU,t1,Paid,Dynamics 365 Sales,,,12\n2023-06,7,PAL,t1,Paid,Customer Insights,,5000,\n"
		"2023-06,7,PAL,t1,Paid,Power Apps,30,,\n2023-06,7,PAL,t1,Trial,Power Apps,,,8\n",
		"Business applications usage report",
		"7 usage t1 [Customer Insights] 2023-06 pal capacity paid 5000\n"
		"7 usage t1 [Power Apps] 2023-06 pal mau paid 30\n7 usage t1 [Power Apps] 2023-06 pal mau trial 8\n"
		"7 usage t1 [Sales] 2023-06 cpor mau paid 12\n"
		"7 usage-reported mau 2023-06\n7 usage-reported capacity 2023-06\n",
		NULL },
	{ "Business applications: attributions of no programme are passed over, unknown ones refused",
		USAGE
		"2023-06,7,Advisor,t1,Paid,Sales,,,12\n2023-06,7,Deal Registration,t1,Paid,Sales,,,12\n"
		"2023-06,7,\"PAL; Friend\",t1,Paid,Sales,,,12\n",
		"Business applications usage report", "",
		"4:11 unknown-association: PartnerAssociationType 'PAL; Friend': not an association that is known: "
		"Partner admin link, Partner of record, CSP Tier 1, CSP Tier 2, Transacting partner of record, CPOR\n" },
	{ "Dynamics 365 licences are seats",
		DYNAMICS
		"s1,2023-06,D365,Business Central,BC Premium,Paid,t1,70,CSP Tier 1,10,9,8\n",
		"Dynamics 365 license usage report",
		"70 usage t1 [Business Central] 2023-06 csp-tier-1 paid-units paid 10\n", NULL },
	{ "Power BI licences too",
		POWER_BI "s1,2023-06,Power BI Pro,Free,t1,70,CSP Tier 1,h,10,9,8\n",
		"Power BI license usage report",
		"70 usage t1 [Power BI] 2023-06 csp-tier-1 paid-units trial 10\n", NULL },
	{ "a profile makes accounts of locations, under the newer name of the level too",
		PROFILE
		"7,F,7,F,Oslo,NO,PGA\n70,F,7,F,Oslo,NO,PLA\n71,F,7,F,Bergen,NO,Branch\n72,F,7,F,Bergen,NO,Global\n",
		"Partner profile report", "7 account 70\n7 account 71\n",
		"5:20 contradicting-level: HierarchyLevel 'Global': the row calls account 72 global, and says that it "
		"belongs to 7; which of them is wrong?\n" },
	{ "customers: the segment of the newest month, associations without days",
		CUSTOMERS
		"7,t1,SMB,2023-05,CSP Tier 1,0,1\n7,t1,Enterprise,2023-06,Partner of record,0,1\n"
		"7,t2,,2023-06,CPOR RevRec,0,1\n7,t3,SMB,2023-06,H-something,0,1\n7,t4,SMB,2023-06,CSP Tier 1,1,1\n",
		"Customers and revenue report",
		"7 customer t1 Enterprise\n7 customer t3 SMB\n7 association t1 dpor [] - -\n"
		"7 association t1 csp-tier-1 [] - -\n",
		NULL },
	{ "subscriptions: the same",
		SUBSCRIPTIONS
		"7,s1,2022-01-01,T1,SMB,PAL,1,2\n"
		"7,00000000-0000-0000-0000-000000000000,,UNKNOWN,UNKNOWN,UNKNOWN,1,2\n",
		"Subscription details report", "7 customer T1 SMB\n7 association T1 pal [] - -\n",
		NULL },
	{ "completions: no expiry; assessments are told apart",
		COMPLETIONS
		"AZ-104,Certification,u,2023-01-10,2023-01,1,99,70\n"
		"Teams Calling Technical Assessment,Assessment,u,2023-02-10,2023-01,1,99,70\n",
		"TrainingCompletions data set",
		"70 certification 0bdd [AZ-104] 2023-01-10 -\n"
		"70 assessment 0bdd [Teams Calling Technical Assessment] 2023-02-10 -\n",
		NULL },
	{ "a dead letter carries the person as a hash",
		COMPLETIONS
		"AZ-104,Certification,u,2023-01-10,,1,person:0bdd0000000000000000000000000000,70\n",
		"TrainingCompletions data set", "70 certification 0bdd [AZ-104] 2023-01-10 -\n",
		NULL },
	{ "Teams: meetings", TEAMS "7,1,t1,2023-06-01,Meetings,4,100\n",
		"Teams meetings and calls report", "", NULL },
	{ "Teams: workloads, as the report API misspells them",
		"CustomerId,CustomerTenantId,MonthKey,SubWorkload,DesktopUsers,WebUsers,MobileUsers,AllUpPartiticipants\n"
		"1,t1,2023-06,Chat,1,1,1,3\n",
		"Teams monthly usage report", "", NULL },
	{ "Teams: apps",
		"CustomerId,CustomerTenantId,CustomerName,CustomerCountry,DateKey,AppName,UserCount\n1,t1,c,NO,2023-06,a,3\n",
		"Teams usage 3P apps report", "", NULL },
	{ "Microsoft Learn",
		"PGAMpnId,UserName,UserId,TrainingName,TrainingType,Products,Roles,CompletionDate,MPNId,PartnerName,Country\n"
		"7,maria,u,Intro,Module,a,b,2023-06-01,70,F,NO\n",
		"Microsoft Learn report", "", NULL },
	{ "resellers",
		"PGAMpnID,ResellerMpnID,ResellerName,ResellerMarket,IndirectProviderMpnID,IndirectProviderName,Month,"
		"Product,SubscriptionID,AvailableSeats,CustomerName,CustomerSegment\n7,8,R,NO,7,P,2023-06,p,s,1,c,SMB\n",
		"Reseller performance report", "", NULL },
	{ "eligibility of direct partners",
		"PGAMpnID,PartnerName,MPNID,MPNType,CustomerName,CustomerTenantId,MonthKey,SubscriptionId,"
		"ReportingPricingLevel,DetailPricingLevelName,SummaryPricingLevel,PartnerAttributionType\n"
		"7,F,70,t,c,t1,2023-06,s,a,b,c,CSP Tier 1\n",
		"CSP Direct Partner eligibility report", "", NULL },
	{ "links of persons",
		"PGAMpnID,MCPID,LinkedOn,Change\n7,99,2023-01-10,linked\n7,99,2023-05-10,unlinked\n7,98,,\n7,97,,left\n",
		"side file of person links",
		"7 person-link 0bdd unlinked 2023-05-10\n7 person-link 73d2 linked -\n",
		"5:7 unknown-change: Change (4 bytes, not shown: rows of this report hold names): neither linked nor "
		"unlinked\n" },
	{ "attestations",
		"PGAMpnID,Kind,Scope,Reference,On,Until\n7,audit,kubernetes,a-1,2023-04-20,2025-04-20\n7,party,x,,2023-04-20,\n"
		"7,audit,x,,,\n",
		"side file of attestations", "7 attestation kubernetes [a-1] 2023-04-20\n",
		"3:3 unknown-kind: Kind 'party': none of offer, reference, audit, engagement, deployment\n"
		"4:12 missing-value: On '': no value; a day is needed\n" },
	{ "faults of side files",
		"SubscriptionId,CustomerTenantId,Offer\ns1,,Trial\n,,Trial\ns2,,Gift\ns3,,\n",
		"side file of offers", "",
		"3:1 missing-value: SubscriptionId '': neither a subscription nor a customer; write SubscriptionId or "
		"CustomerTenantId\n"
		"4:5 unknown-offer: OfferType 'Gift': none of Paid, Free, Trial, Support, Internal, Benefit\n"
		"5:5 missing-value: OfferType '': no value; what it was sold as\n" },
	{ "names of workloads", "Workload,Product,Measures\nSales X,Sales,mau\nY,Y,users\n",
		"side file of workload names", "",
		"3:5 unknown-measure: Measures 'users': names of measures, parted by spaces: acr, mau, paid-units, "
		"capacity, adjusted-revenue\n" },
};

static void test_row(void **state)
{
	const struct row *r = *state;
	struct capture *c = read_text(r->text);

	assert_string_equal(c->faults, r->faults == NULL ? "" : r->faults);
	assert_string_equal(c->events, r->events);
	assert_string_equal(c->reading.format, r->format);
	assert_int_equal(c->rc, 0);
	free(c);
}

/* ---- headers, as documented ------------------------------------------------------------------------------- */

static const struct header {
	const char *name, *report, *columns;
} headers[] = {
	{ "header: Partner profile report", "Partner profile report",
		"MPNId,PartnerName,PGA_MPNID,PGA_PartnerName,City,Country,HierarchyLevel" },
	{ "header: Customers and revenue", "Customers and revenue report",
		"PGAMpnID,CustomerName,CustomerTenantId,CustomerTpid,DUNSNumber,CustomerSegment,TopSegment,"
		"CustomerMarket,CustomerStatus,CustomerTenantName,CustomerTenantCountry,TenantDomainName,Pr"
		"oduct,RawProductName,SKU,Month,MPNId,PartnerName,PartnerLocation,PartnerAttributionType,Sa"
		"lesChannel,IndustryName,VerticalName,EOU,IsDuplicateRowForPGA,AvailableSeats,BilledRevenue"
		"USD,AzureConsumedRevenueUSD,CPORRevenue,CPORPaidSeats,CPORActiveUsers" },
	{ "header: Reseller performance report", "Reseller performance report",
		"PGAMpnID,ResellerMpnID,ResellerName,ResellerMarket,IndirectProviderMpnID,IndirectProviderN"
		"ame,Month,Product,SubscriptionID,AvailableSeats,AssignedSeats,BilledRevenueUSD,CustomerNam"
		"e,CustomerTPid,CustomerSegment,CustomerMarket,ResellerStatus,IndustryName,VerticalName,EOU" },
	{ "header: Subscription details report", "Subscription details report",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionState,Month,"
		"IsAutoRenew,CustomerName,CustomerTenantId,CustomerTpid,DUNSNumber,CustomerSegment,TopSegme"
		"nt,CustomerMarket,ReportingProductName,Product,RawProductName,ProductPartNumber,SKU,RevSum"
		"DivisionName,SolutionArea,MPNID,PartnerName,PartnerLocation,PartnerAttributionType,SalesCh"
		"annel,IndustryName,VerticalName,EOU,PricingLevel,EnrollmentNumber,IsDuplicateRowForPGA,Sub"
		"scriptionStartMonth,ResellerID,ResellerName,AvailableSeatsEOP,AvailableSeats,BilledRevenue"
		"USD,AzureConsumedRevenueUSD,CPORRevenue,CPORPaidSeats,CPORActiveUsers" },
	{ "header: CSP Direct Partner eligibility", "CSP Direct Partner eligibility report",
		"PGAMpnID,PartnerName,MPNID,MPNType,CustomerName,CustomerID,CustomerTenantId,MonthKey,Subsc"
		"riptionId,ReportingPricingLevel,DetailPricingLevelName,SummaryPricingLevel,PartnerAttribut"
		"ionType,ProductPartNumber,Product,IsDuplicateRowForPGA,BilledRevenueUSD" },
	{ "header: Azure usage report", "Azure usage report",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,Subscriptio"
		"nState,Month,ServiceLevel1,ServiceLevel2,ServiceLevel3,ServiceLevel4,ServiceGroup2,Service"
		"Group3,ServiceInfluencer,ComputeOS,ComputeCoreSoftware,UsageUnits,UsageQuantity,CustomerNa"
		"me,CustomerTenantId,CustomerTpid,CustomerSegment,CustomerMarket,MPNID,PartnerName,PartnerL"
		"ocation,PartnerAttributionType,SalesChannel,EnrollmentNumber,IsACRDuplicateAtPGALevel,Rese"
		"llerID,ResellerName,IndustryName,VerticalName,EOU,AdminType,AssociationType,ACR_USD" },
	{ "header: Office 365 license usage report", "Office 365 license usage report",
		"PGAPartnerID,CustomerTenantId,CustomerTpid,WorkloadName,Month,PaidAvailableUnits,MonthlyAc"
		"tiveUsers,CustomerName,CustomerMarket,CustomerSegment,IndustryName,VerticalName,EOU,Partne"
		"rID,PartnerName,PartnerLocation,PartnerAttributionType,IsDuplicateRowForPGA" },
	{ "header: Enterprise Mobility license usage report",
		"Enterprise Mobility license usage report",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month"
		",SKU,SKUId,FreeVsPaidSKU,SalesModel,DetailedSalesModel,CustomerName,CustomerTenantId,Custo"
		"merTpid,CustomerSegment,CustomerMarket,IndustryName,VerticalName,EOU,MPNID,PartnerName,Par"
		"tnerLocation,PartnerAttributionType,PartnerHierarchy,PaidAvailableUnits,MonthlyActiveUsers"
		",AATPActiveUsage,MCASActiveUsage,AADPPaidAvailableUnits,IntunePaidAvailableUnits,AzipPaidA"
		"vailableUnits,AADPMonthlyActiveUsers,IntuneMonthlyActiveUsers,AzipMonthlyActiveUsers,MDM,M"
		"AM,SSPR" },
	{ "header: Dynamics 365 license usage report", "Dynamics 365 license usage report",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month"
		",RevSumDivisionName,RevSumCategoryName,SKU,SKUId,FreeVsPaidSKU,SalesModel,DetailedSalesMod"
		"el,CustomerName,CustomerTenantId,CustomerTpid,CustomerSegment,CustomerMarket,IndustryName,"
		"VerticalName,EOU,MPNID,PartnerName,PartnerLocation,PartnerAttachType,AvailableSeats,Assign"
		"edSeats,ActiveSeats,DeploymentOpportunity,ActiveUsagePercent" },
	{ "header: Power BI license usage report", "Power BI license usage report",
		"PGAMpnID,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month"
		",SKU,SKUId,FreeVsPaidSKU,SalesModel,DetailedSalesModel,CustomerName,CustomerTenantId,Custo"
		"merTpid,CustomerSegment,CustomerMarket,IndustryName,VerticalName,EOU,MPNId,PartnerName,Par"
		"tnerLocation,PartnerAttachType,PartnerHierarchy,AvailableSeats,AssignedSeats,ActiveSeats,D"
		"eploymentOpportunity,ActiveUsagePercent" },
	{ "header: Business applications revenue", "Business applications revenue report",
		"FiscalMonthName,GlobalPartnerID,PartnerName,PartnerAssociationType,CustomerID,CustomerName"
		",CustomerTenantID,CustomerTenantName,SubscriptionId,SubscriptionStartDate,Country,Workload"
		"Category,Workloads,AdjustedRevenueAmtCD" },
	{ "header: Business applications usage", "Business applications usage report",
		"FiscalMonthName,GlobalPartnerID,PartnerName,PartnerAssociationType,CustomerID,CustomerName"
		",CustomerTenantID,CustomerTenantName,SubscriptionID,SubscriptionStartDate,MetricType,Workl"
		"oadCategory,Workload,SkuGroup,PAMAU,MAC,MAU" },
	{ "header: Teams meetings and calls report", "Teams meetings and calls report",
		"PGAMpnID,CustomerId,CustomerTenantId,CustomerName,CustomerCountryCode,CustomerCountry,Cust"
		"omerSegment,IndustryName,VerticalName,EOU,DateKey,Subworkload,Meeting count,Meeting durati"
		"on" },
	{ "header: Teams monthly usage report", "Teams monthly usage report",
		"PGAMpnID,CustomerId,CustomerTenantId,CustomerName,CustomerCountryCode,CustomerCountry,Cust"
		"omerSegment,MonthKey,SubWorkload,DesktopUsers,WebUsers,MobileUsers,AllUpParticipants,Indus"
		"tryName,VerticalName,EOU" },
	{ "header: Teams usage 3P apps report", "Teams usage 3P apps report",
		"PGAMpnID,CustomerId,CustomerTenantId,CustomerName,CustomerCountryCode,CustomerCountry,Cust"
		"omerSegment,IndustryName,VerticalName,EOU,DateKey,AppName,Usercount" },
	{ "header: Trainings, exams and certifications",
		"Trainings, exams and certifications report",
		"PGAMpnId,TrainingActivityId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastN"
		"ame,Email,CorpEmail,TrainingCompletionDate,ExpirationDate,ActivationStatus,Month,IcMCP,MCP"
		"ID,MpnId,PartnerName,PartnerCityLocation,PartnerCountryLocation" },
	{ "header: Microsoft Learn report", "Microsoft Learn report",
		"PGAMpnId,UserName,UserId,TrainingName,TrainingType,Products,Roles,CompletionDate,MPNId,Par"
		"tnerName,Country" },
	{ "header: CPOR-M365 usage report", "CPOR-M365 usage report",
		"CustomerTenantId,CustomerName,WorkloadName,MonthlyActiveUsers,PaidAvailableUnits,ClaimId,M"
		"pnId,DateAssociated,PartnerAttributionType,Date" },
	{ "header: API: CustomersAndTenants", "Customers and revenue report",
		"PGAMpnId,MpnId,PartnerName,CustomerName,CustomerTpid,DUNSNumber,CustomerSegment,TopSegment"
		",CustomerMarket,CustomerStatus,CustomerTenantId,CustomerTenantName,CustomerTenantCountry,T"
		"enantDomainName,Product,RawProductName,ProductPartNumber,SKU,Month,PartnerLocationID,Partn"
		"erAttributionType,SalesChannel,IsDuplicateRowForPGA,AvailableSeats,BilledRevenueUSD,AzureC"
		"onsumedRevenueUSD" },
	{ "header: API: SeatsSubscriptionsAndRevenue", "Subscription details report",
		"PGAMpnId,MpnId,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionState,"
		"month,IsAutoRenew,CustomerName,CustomerTenantId,CustomerTpid,DUNSNumber,CustomerSegment,To"
		"pSegment,CustomerMarket,ProductFamily,ReportingProductName,Product,RawProductName,ProductP"
		"artNumber,SKU,RevSumDivisionName,PartnerName,SolutionArea,PartnerLocationID,PartnerAttribu"
		"tionType,SalesChannel,PricingLevel,EnrollmentNumber,IsDuplicateRowForPGA,SubscriptionStart"
		"Month,TotalSoldSeats,TotalAssignedSeats,BilledRevenueUSD,AzureConsumedRevenueUSD" },
	{ "header: API: Profile", "Partner profile report",
		"MpnId,PartnerName,PGA_MPNId,PGA_PartnerName,City,Country,HierarchyLevel" },
	{ "header: API: AzureUsage", "Azure usage report",
		"PGAMpnId,SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,FirstUseDate,Subscriptio"
		"nState,Month,ServiceName,MeterCategory,UsageUnits,UsageQuantity,CustomerName,CustomerTenan"
		"tId,CustomerTpid,CustomerSegment,CustomerMarket,MpnId,PartnerName,PartnerLocationID,Partne"
		"rAttributionType,SalesChannel,EnrollmentNumber,IsACRDuplicateAtPGALevel,ResellerID,Reselle"
		"rName,MonthlySubscriptionLevelACR,TotalACR" },
	{ "header: API: OfficeUsage", "Office 365 license usage report",
		"CustomerTenantId,CustomerTpid,WorkloadName,Month,PaidAvailableUnits,MonthlyActiveUsers,Cus"
		"tomerName,CustomerMarket,CustomerSegment,MPNId,PartnerName,PartnerLocationID,PartnerAttrib"
		"utionType,IsDuplicateRowForPGA" },
	{ "header: API: DynamicsUsage", "Dynamics 365 license usage report",
		"SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month,RevSumDi"
		"visionName,RevSumCategoryName,SKU,SKUId,FreeVsPaidSKU,SalesModel,DetailedSalesModel,Custom"
		"erName,CustomerTenantId,CustomerTpid,CustomerSegment,CustomerMarket,MPNId,PartnerName,Part"
		"nerLocationID,PartnerAttachType,AvailableSeats,AssignedSeats,ActiveSeats,DeploymentOpportu"
		"nity,ActiveUsagePercent" },
	{ "header: API: PowerBIUsage", "Power BI license usage report",
		"SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month,SKU,SKUI"
		"d,FreeVsPaidSKU,SalesModel,DetailedSalesModel,CustomerName,CustomerTenantId,CustomerTpid,C"
		"ustomerSegment,CustomerMarket,MPNId,PartnerName,PartnerLocationID,PartnerAttachType,Availa"
		"bleSeats,AssignedSeats,ActiveSeats,DeploymentOpportunity,ActiveUsagePercent,PartnerHierarc"
		"hy" },
	{ "header: API: EMSUsage", "Enterprise Mobility license usage report",
		"SubscriptionId,SubscriptionStartDate,SubscriptionEndDate,SubscriptionStatus,Month,SKU,Cust"
		"omerName,CustomerTenantId,CustomerTpid,MPNId,PartnerName,PartnerLocationID,PartnerAttachTy"
		"pe,PartnerHierarchy,PaidAvailableUnits,MonthlyActiveUsers,AADPPaidAvailableUnits,IntunePai"
		"dAvailableUnits,AzipPaidAvailableUnits,AADPMonthlyActiveUsers,IntuneMonthlyActiveUsers,Azi"
		"pMonthlyActiveUsers" },
	{ "header: API: CloudProductsResellerPerformance", "Reseller performance report",
		"ResellerMpnId,ResellerName,ResellerMarket,IndirectProviderMPNId,IndirectProviderName,Month"
		",Product,SubscriptionID,AvailableSeats,AssignedSeats,BilledRevenueUSD,CustomerName,Custome"
		"rTPid,CustomerSegment,CustomerMarket,ResellerStatus" },
	{ "header: API: TeamsUsage3PApps", "Teams usage 3P apps report",
		"CustomerId,CustomerTenantId,CustomerName,CustomerCountry,DateKey,AppName,UserCount" },
	{ "header: API: TeamsUsageWorkload", "Teams monthly usage report",
		"CustomerId,CustomerTenantId,MonthKey,SubWorkload,DesktopUsers,WebUsers,MobileUsers,AllUpPa"
		"rtiticipants" },
	{ "header: API: TeamsUsageMeetingsAndCalls", "Teams meetings and calls report",
		"CustomerId,CustomerTenantId,DateKey,SubWorkload,MeetingCount,MeetingDuration" },
	{ "header: API: TrainingCompletions", "TrainingCompletions data set",
		"TrainingActivityId,TrainingTitle,TrainingType,AADUserId,TrainingCompletionDate,Month,IcMCP"
		",MCPID,MPNID,PartnerName,PartnerCityLocation,PartnerCountryLocation" },
	{ "header: API: MSLearn", "Microsoft Learn report",
		"UserName,UserId,TrainingName,TrainingType,Products,Roles,CompletionDate,MPNId,PartnerName,"
		"CustomerMarket" },
};

static void expect_report(const char *header, const char *want)
{
	struct capture *c = read_text(header);

	if (c->rc != 0)
		fail_msg("%s", c->err.text);
	assert_string_equal(c->reading.format, want);
	free(c);
}

/* Whole; in capitals, with tabs and the columns in reverse; and with columns that nobody knows. */
static void test_header(void **state)
{
	const struct header *h = *state;
	char text[4096], copy[2048], more[4096];
	char *names[64], *at = copy;
	size_t n = 0;
	struct sink s;

	(void)snprintf(text, sizeof text, "%s\n", h->columns);
	expect_report(text, h->report);
	(void)snprintf(copy, sizeof copy, "%s", h->columns);
	while ((names[n] = strsep(&at, ",")) != NULL)
		n++;
	sink_init(&s, text, sizeof text);
	while (n-- > 0)
		sink_printf(&s, "%s%s", names[n], n > 0 ? "\t" : "\r\n");
	for (char *p = text; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	expect_report(text, h->report);
	(void)snprintf(more, sizeof more, "Colour,%s,Shape\n", h->columns);
	expect_report(more, h->report);
}

/* ---- what is found besides --------------------------------------------------------------------------------- */

static const struct unknown *unknown_of(const struct capture *c, const char *name)
{
	for (size_t i = 0; i < c->reading.unknowns.n; i++)
		if (strcmp(c->reading.unknowns.items[i].name, name) == 0)
			return &c->reading.unknowns.items[i];
	fail_msg("'%s' is not listed", name);
	return NULL;
}

static void test_unknown_names_are_kept_counted_and_told_with_the_nearest(void **state)
{
	struct capture *c = read_text(CPOR
		"t1,Sharepoint Onlin,6,,c,70,2022-01-15,2023-06\n"
		"t2,SHAREPOINT ONLIN,6,,c,70,2022-01-15,2023-06\nt1,Zzz,6,,c,70,2022-01-15,2023-06\n"
		"t1,MCAS,6,,c,70,2022-01-15,2023-06\n");

	(void)state;
	assert_non_null(strstr(c->events, "[Sharepoint Onlin]"));
	assert_int_equal(c->reading.unknowns.n, 3);
	assert_int_equal(unknown_of(c, "Sharepoint Onlin")->count, 2);
	assert_string_equal(unknown_of(c, "Sharepoint Onlin")->nearest, "SharePoint Online");
	assert_string_equal(unknown_of(c, "Zzz")->nearest, "");
	assert_int_equal(unknown_of(c, "MCAS")->kind, UNKNOWN_UNCOUNTED);
	free(c);
}

static void test_unknown_titles_are_kept_and_told_with_the_nearest(void **state)
{
	struct capture *c = read_text(COMPLETIONS
		"Microsoft Certified: Azure Administrator Asociate,Certification,u,2023-01-10,,1,99,70\n"
		"azure administrator associate,Certification,u,2023-01-10,,1,98,70\n");

	(void)state;
	assert_int_equal(c->reading.n_facts, 2);
	assert_int_equal(c->reading.unknowns.n, 1);
	assert_string_equal(c->reading.unknowns.items[0].nearest,
		"Microsoft Certified: Azure Administrator Associate");
	free(c);
}

static void test_the_list_of_unknown_names_is_bounded(void **state)
{
	char text[8192];
	struct capture *c;
	struct sink s;

	(void)state;
	sink_init(&s, text, sizeof text);
	sink_printf(&s, CPOR);
	for (int i = 0; i < UNKNOWNS_MAX + 5; i++)
		sink_printf(&s, "t1,Workload%d,6,,c,70,2022-01-15,2023-06\n", 1000 + i);
	c = read_text(text);
	assert_int_equal(c->reading.unknowns.n, UNKNOWNS_MAX);
	assert_int_equal(c->reading.unknowns.without_room, 5);
	free(c);
}

static void test_what_a_report_cannot_tell_is_said(void **state)
{
	size_t n;
	const struct report *const *all = reports_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (all[i]->rank == RANK_SIDE)
			continue;
		if (all[i]->lacks == NULL || all[i]->lacks[0] == NULL)
			fail_msg("%s", all[i]->name);
	}
}

/* ---- rows that are kept ------------------------------------------------------------------------------------ */

static void test_a_refused_row_is_kept_without_columns_that_are_not_read(void **state)
{
	struct capture *c = read_text(
		"CustomerName,CustomerTenantId,WorkloadName,MonthlyActiveUsers,MpnId,DateAssociated,Date\n"
		"Contoso,t1,\"a \"\"b\"\", c\",many,70,2022-01-15,2023-06\n");

	(void)state;
	assert_string_equal(c->letters,
		"\"MpnId\",\"CustomerTenantId\",\"WorkloadName\",\"MonthlyActiveUsers\",\"DateAssociated\",\"Date\"\n"
		"\"70\",\"t1\",\"a \"\"b\"\", c\",\"many\",\"2022-01-15\",\"2023-06\"\n");
	free(c);
}

static void test_a_kept_row_is_read_again_once_it_is_mended(void **state)
{
	struct capture *c = read_text(COMPLETIONS "AZ-104,Certification,u,2023-01-10,,1,99,\n");
	char *partner = strstr(c->letters, "\"\"");
	char mended[1024];
	struct capture *again;

	(void)state;
	assert_non_null(partner);
	assert_null(strstr(c->letters, "\"99\""));
	(void)snprintf(mended, sizeof mended, "%.*s\"70\"%s", (int)(partner - c->letters),
		c->letters, partner + 2);
	again = read_text(mended);
	assert_string_equal(again->events, "70 certification 0bdd [AZ-104] 2023-01-10 -\n");
	free(c);
	free(again);
}

/* Fields that slipped by one: a first name stands where the completion date is expected. */
static void test_of_a_row_that_slipped_only_numbers_are_kept_and_shown(void **state)
{
	struct capture *c = read_text(
		"PGAMpnId,TrainingTitle,TrainingType,IndividualFirstName,IndividualLastName,"
		"TrainingCompletionDate,ExpirationDate,ActivationStatus,MCPID\n"
		"7,a,certif x,extra,Maria,Lindqvist,Marker,Someone,99\n"
		"7,a,certif x,Maria,Lindqvist,2023-01-10,,Odd,99\n");

	(void)state;
	assert_int_equal(c->reading.refused.total, 2);
	assert_null(strstr(c->letters, "Lindqvist"));
	assert_null(strstr(c->letters, "Marker"));
	assert_null(strstr(c->letters, "Someone"));
	assert_null(strstr(c->faults, "Lindqvist"));
	assert_non_null(strstr(c->faults, "ActivationStatus 'Odd'"));
	assert_non_null(strstr(c->letters, "\"Odd\""));
	free(c);
}

/* In which order a file writes day and month shows at its end only. */
static void test_a_row_that_is_refused_at_the_end_is_kept_too(void **state)
{
	struct capture *c = read_text(
		"PGAMpnId,TrainingTitle,TrainingType,IndividualFirstName,TrainingCompletionDate,MCPID\n"
		"7,AZ-104,certif x,Maria,2023-01-10,98\n"
		"7,AZ-305,certif x,Maria,6/7/2023,99\n");

	(void)state;
	assert_int_equal(c->reading.refused.total, 1);
	assert_non_null(strstr(c->letters, "\"7\",\"AZ-305\",\"certif x\",\"6/7/2023\",\"person:"));
	assert_null(strstr(c->letters, "AZ-104"));
	assert_null(strstr(c->letters, "Maria"));
	free(c);
	c = read_text(
		"CustomerName,CustomerTenantId,WorkloadName,MonthlyActiveUsers,MpnId,DateAssociated,Date\n"
		"Contoso,t1,Exchange,5,70,6/7/2022,2023-06\n");
	assert_non_null(strstr(c->letters, "\"6/7/2022\""));
	free(c);
}

/* ---- side files -------------------------------------------------------------------------------------------- */

static void test_side_files_serve_the_files_of_their_run(void **state)
{
	static const char *const files[] = {
		"OfferType,SubscriptionId,CustomerTenantId\nInternal,,t2\nTrial,S1,\n",
		"CustomerTenantId,Workload,Production\nt3,,0\nt3,D365 Sales,1\n",
		"Workload,Product\nD365 Sales,Sales\n",
	};
	struct side *side;
	struct capture *c;

	(void)state;
	assert_int_equal(side_create(&mem_heap, &side), 0);
	/* The name of a workload is known before it is asked for. */
	for (size_t i = ARRAY_LEN(files); i-- > 0;) {
		c = read_with(&mem_heap, files[i], strlen(files[i]), side);
		assert_int_equal(c->rc, 0);
		assert_string_equal(c->faults, "");
		free(c);
	}
	c = read_with(&mem_heap,
		"FiscalMonthName,GlobalPartnerID,PartnerAssociationType,CustomerTenantID,SubscriptionID,Workload,MAU\n"
		"2023-06,7,DPOR,t1,s1,Sales,1\n2023-06,7,DPOR,t1,s2,Sales,2\n2023-06,7,DPOR,T2,s3,Sales,3\n"
		"2023-06,7,DPOR,t3,s4,D365 Sales,4\n2023-06,7,DPOR,t3,s4,Finance,5\n",
		strlen("FiscalMonthName,GlobalPartnerID,PartnerAssociationType,CustomerTenantID,SubscriptionID,Workload,MAU\n"
		       "2023-06,7,DPOR,t1,s1,Sales,1\n2023-06,7,DPOR,t1,s2,Sales,2\n2023-06,7,DPOR,T2,s3,Sales,3\n"
		       "2023-06,7,DPOR,t3,s4,D365 Sales,4\n2023-06,7,DPOR,t3,s4,Finance,5\n"),
		side);
	assert_string_equal(c->events,
		"7 usage T2 [Sales] 2023-06 dpor mau internal 3\n7 usage t1 [Sales] 2023-06 dpor mau paid 2\n"
		"7 usage t1 [Sales] 2023-06 dpor mau trial 1\n7 usage t3 [Sales] 2023-06 dpor mau paid 4\n"
		"7 usage-reported mau 2023-06\n7 usage-reported capacity 2023-06\n");
	assert_int_equal(tally_of(&c->reading.passed, "not-in-production"), 1);
	free(c);
	side_destroy(side);
}

/* ---- the table of products --------------------------------------------------------------------------------- */

static bool names_product(const struct selection *s, enum measure m, struct str name)
{
	if (s->n_rates == 0 && s->measure != m)
		return false;
	for (size_t i = 0; i < s->n_products; i++) {
		const struct product *p = &s->products[i];
		bool same = str_eq_nocase(p->name, name);

		for (size_t k = 0; k < p->n_aliases; k++)
			same |= str_eq_nocase(p->aliases[k], name);
		if (same)
			return true;
	}
	return false;
}

static bool is_counted(struct str product, enum measure m)
{
	bool counted = false;

	for (size_t i = 0; i < shipped_count() && !counted; i++) {
		const struct shipped_edition *s = shipped_edition(i);
		struct edition_box *box;
		const struct edition *e;

		assert_int_equal(compile_edition(&mem_heap, s->file, s->text, NULL, &box), 0);
		e = edition_box_get(box);
		for (size_t k = 0; k < e->n_selections; k++)
			counted |= names_product(&e->selections[k], m, product);
		edition_box_destroy(box);
	}
	return counted;
}

/* So a row of the table that says that rules count a product is true of an edition that ships. */
static void test_rules_know_every_product_of_the_table_by_its_measures(void **state)
{
	struct products *p;

	(void)state;
	assert_int_equal(products_create(&mem_heap, &p), 0);
	assert_true(products_count(p) > 100);
	for (size_t i = 0; i < products_count(p); i++) {
		struct str workload, product;
		unsigned measures;

		products_get(p, i, &workload, &product, &measures);
		for (unsigned m = 1; m < MEASURE_END; m++)
			if ((measures >> m & 1) != 0 && str_eq(workload, product) &&
				!is_counted(product, (enum measure)m))
				fail_msg(STR_FMT " by %s", STR_ARG(product),
					measure_name((enum measure)m));
	}
	products_destroy(p);
}

/* And every name that rules list for a workload comes to a product that the same rules list. */
static void test_every_workload_of_the_rules_is_in_the_table(void **state)
{
	struct products *p;

	(void)state;
	assert_int_equal(products_create(&mem_heap, &p), 0);
	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);
		struct edition_box *box;
		const struct edition *e;

		assert_int_equal(compile_edition(&mem_heap, s->file, s->text, NULL, &box), 0);
		e = edition_box_get(box);
		for (size_t k = 0; k < e->n_selections; k++) {
			const struct selection *sel = &e->selections[k];

			if (sel->n_rates == 0 && sel->measure == MEASURE_ACR)
				continue;
			for (size_t j = 0; j < sel->n_products; j++) {
				struct str product;
				unsigned measures;

				if (!products_find(p, sel->products[j].name, &product, &measures))
					fail_msg(STR_FMT, STR_ARG(sel->products[j].name));
			}
		}
		edition_box_destroy(box);
	}
	products_destroy(p);
}

/* ---- files in order ---------------------------------------------------------------------------------------- */

static void write_file(const char *folder, const char *name, const char *text, int minute)
{
	char path[256], command[512];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	(void)fclose(f);
	(void)snprintf(command, sizeof command, "touch -d '2023-07-01 00:%02d' %s", minute, path);
	assert_int_equal(system(command), 0);
}

static void test_files_of_a_folder_come_in_the_order_of_what_they_tell(void **state)
{
	char folder[] = "/tmp/capscore-paths-XXXXXX", command[256];
	static const char *const want[] = { "offers.tsv", "profile.csv", "people.csv",
		"sub/customers.csv", "claims.txt", "may.csv", "june.csv", "teams.csv",
		"unknown.csv" };
	struct paths p;
	struct err e = { 0 };
	char *args[] = { folder };

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(command, sizeof command, "mkdir %s/sub && mkdir %s/.git", folder, folder);
	assert_int_equal(system(command), 0);
	write_file(folder, "june.csv", OFFICE, 9);
	write_file(folder, "may.csv", OFFICE, 8);
	write_file(folder, "claims.txt", CPOR, 7);
	write_file(folder, "people.csv", COMPLETIONS, 6);
	write_file(folder, "sub/customers.csv", CUSTOMERS, 5);
	write_file(folder, "profile.csv", PROFILE, 4);
	write_file(folder, "offers.tsv", "OfferType\tSubscriptionId\n", 3);
	write_file(folder, "unknown.csv", "name,phone\n", 2);
	write_file(folder, "teams.csv", TEAMS "7,1,t1,2023-06-01,Meetings,4,100\n", 1);
	write_file(folder, ".hidden.csv", OFFICE, 1);
	write_file(folder, ".git/x.csv", OFFICE, 1);
	write_file(folder, "README.md", "about", 1);
	(void)snprintf(
		command, sizeof command, "ln -s . %s/loop && mkfifo %s/pipe.csv", folder, folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(paths_collect(&mem_heap, 1, args, true, &p, &e), 0);
	assert_int_equal(p.n, ARRAY_LEN(want));
	for (size_t i = 0; i < p.n; i++)
		assert_string_equal(p.names[i] + strlen(folder) + 1, want[i]);
	assert_int_equal(p.n_passed, 1);
	paths_fini(&p);
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* ---- failing memory ---------------------------------------------------------------------------------------- */

static void test_failing_memory_stops_the_reading_and_leaks_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i += 4) {
		int rc = ERR_NOMEM;

		/* Memory of the editions and of the table is asked for in many small pieces: not every one is failed. */
		for (long n = 0; rc == ERR_NOMEM; n += 1 + n / 16) {
			struct faulty f = { .left = n };
			struct capture *c = read_with(
				faulty_alloc(&f), rows[i].text, strlen(rows[i].text), NULL);

			rc = c->rc;
			assert_int_equal(f.live, 0);
			assert_int_equal(f.live_bytes, 0);
			free(c);
			assert_true(n < 1000000);
		}
		assert_int_equal(rc, 0);
	}
}

#define ROWS(table, func)                                                                          \
	for (size_t i = 0; i < ARRAY_LEN(table); i++)                                              \
		tests[n++] = (struct CMUnitTest)                                                   \
		{                                                                                  \
			.name = table[i].name, .test_func = func,                                  \
			.initial_state = (void *)(uintptr_t)&table[i]                              \
		}
#define TEST(func) tests[n++] = (struct CMUnitTest)cmocka_unit_test(func)

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(headers) + 16];
	size_t n = 0;

	ROWS(rows, test_row);
	ROWS(headers, test_header);
	TEST(test_unknown_names_are_kept_counted_and_told_with_the_nearest);
	TEST(test_unknown_titles_are_kept_and_told_with_the_nearest);
	TEST(test_the_list_of_unknown_names_is_bounded);
	TEST(test_what_a_report_cannot_tell_is_said);
	TEST(test_a_refused_row_is_kept_without_columns_that_are_not_read);
	TEST(test_a_kept_row_is_read_again_once_it_is_mended);
	TEST(test_of_a_row_that_slipped_only_numbers_are_kept_and_shown);
	TEST(test_a_row_that_is_refused_at_the_end_is_kept_too);
	TEST(test_side_files_serve_the_files_of_their_run);
	TEST(test_rules_know_every_product_of_the_table_by_its_measures);
	TEST(test_every_workload_of_the_rules_is_in_the_table);
	TEST(test_files_of_a_folder_come_in_the_order_of_what_they_tell);
	TEST(test_failing_memory_stops_the_reading_and_leaks_nothing);
	return _cmocka_run_group_tests("rows of exports", tests, n, NULL, NULL);
}
