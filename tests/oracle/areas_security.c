/* Security (SEED, CRN, D23, S26): Azure and Microsoft 365 are computed apart and added; a customer may count in both. */
#include "tests/oracle/oracle_view.h"

#define ACR   KIND(MEASURE_ACR)
#define SEATS KIND(MEASURE_PAID_UNITS)
#define USERS KIND(MEASURE_MAU)

/* ---- services and workloads ------------------------------------------------------------------------------------- */

#define SERVICES_2023                                                                              \
	"Advanced Data Security|Advanced Threat Protection|Application Gateway|"                   \
	"Azure Active Directory B2C|Azure AD B2C|Azure Active Directory Domain Services|"          \
	"Azure AD Domain Services|Azure Active Directory for External Identities|"                 \
	"Azure AD for External Identities|Azure Bastion|Bastion|Azure DDOS Protection|"            \
	"DDoS Protection|Azure Defender|Azure Firewall|Firewall|Azure Firewall Manager|"           \
	"Firewall Manager|Azure Front Door Service|Azure Front Door|Front Door|"                   \
	"Azure IoT Security|IoT Security|Key Vault|Network Watcher|Security Center|Sentinel|"      \
	"Azure Sentinel|Microsoft Sentinel"

#define SERVICES_2026                                                                              \
	"Application Gateway|Azure Active Directory B2C|Azure AD B2C|"                             \
	"Azure Active Directory for External Identities|Azure AD for External Identities|"         \
	"Azure Bastion|Bastion|Azure DDoS Protection|DDoS Protection|Azure Firewall|Firewall|"     \
	"Azure Firewall Manager|Firewall Manager|Azure Front Door Service|Azure Front Door|"       \
	"Front Door|Azure IoT Security|IoT Security|Key Vault|Microsoft Defender for Cloud|"       \
	"Defender for Cloud|Microsoft Entra|Microsoft Entra Domain Services|"                      \
	"Entra Domain Services|Microsoft Entra Verified ID|Entra Verified ID|Microsoft Purview|"   \
	"Purview|Microsoft Security Copilot|Security Copilot|Sentinel|Azure Sentinel|"             \
	"Microsoft Sentinel"

/* By the service of level 2 or by that of level 4. The playbook names two whole groups as well. */
static bool is_service_fy23(const struct fact_usage *u)
{
	static const char more[] = "Network Security|Identity and Access Management";

	return oracle_names(SERVICES_2023, u->product) ||
	       oracle_names(SERVICES_2023, u->component) || oracle_names(more, u->product) ||
	       oracle_names(more, u->component);
}

static bool is_service_2023(const struct fact_usage *u)
{
	return oracle_names(SERVICES_2023, u->product) || oracle_names(SERVICES_2023, u->component);
}

static const struct product workloads_2023[] = {
	{ .names = "Azure Active Directory Premium|AADP|Entra ID P1|Microsoft Entra ID P1" },
	{ .names = "Microsoft Defender for Office 365|MDO|Defender for Office 365" },
	{ .names = "Microsoft Defender for Endpoint|MDE|Microsoft Defender for Endpoints|"
		   "Defender for Endpoint" },
	{ .names = "Microsoft Defender for Identity|MDI|Defender for Identity|AATP|Azure ATP" },
	{ .names = "Microsoft Information Protection|MIP|AIP|AZIP|Azure Information Protection" },
	{ .names = "Intune|Microsoft Intune|MEM-Intune" }, { .names = NULL }
};

static bool is_service_2026(const struct fact_usage *u)
{
	return oracle_names(SERVICES_2026, u->product) || oracle_names(SERVICES_2026, u->component);
}

static const struct product workloads_2026[] = {
	{ .names = "Entra ID P1|Microsoft Entra ID P1|AADP|Azure Active Directory Premium" },
	{ .names = "Microsoft Defender for Office 365|MDO|Defender for Office 365" },
	/* Plan 2 alone counts; a name without a plan counts too. */
	{ .names = "Microsoft Defender for Endpoint P2|MDE P2|MDE|Microsoft Defender for Endpoint|"
		   "Defender for Endpoint P2" },
	{ .names = "Microsoft Defender for Identity|MDI|Defender for Identity|AATP|Azure ATP" },
	{ .names = "Microsoft Purview Information Protection|Purview Information Protection|"
		   "Information Protection|MIP|AIP|AZIP" },
	{ .names = "Intune|Microsoft Intune|MEM-Intune" }, { .names = NULL }
};

/* ---- what is looked at ------------------------------------------------------------------------------------------ */

enum { ENTERPRISE, SMB }; /* of 2026; before there is one track, the first */

struct rules {
	bool made;
	struct pick acr, seats, users;
	struct units azure_adds, m365_adds;
	struct test azure_eligible, m365_eligible; /* for growth, in 2026 */
	struct growth azure_growth, m365_growth;
	int usd, people; /* of growth for a point */
	struct units azure_deployments, m365_deployments;
};

/* The consumption of twelve months together. */
static struct test over_a_year(const struct pick *acr, int128 from, int128 to, int promoted)
{
	return (struct test){
		.pick = acr, .sum = true, .months = 12, .from = from, .to = to, .promoted = promoted
	};
}

/* Paid seats of one workload. */
static struct test seats_of_one(const struct pick *seats, int128 from, int128 to, int promoted)
{
	return (struct test){ .pick = seats,
		.each_product = true,
		.months = 1,
		.from = from,
		.to = to,
		.promoted = promoted };
}

/* Both halves compare the trailing twelve months, or the last month, with those a year before. */
static void make_2023(struct rules *r)
{
	r->azure_adds.test = over_a_year(&r->acr, UNITS(100), 0, 0);
	r->m365_adds.test = seats_of_one(&r->seats, UNITS(25), 0, 0);
	r->azure_deployments.test = over_a_year(&r->acr, UNITS(12000), 0, 0);
	r->m365_deployments.test = seats_of_one(&r->seats, UNITS(25), 0, 0);
	r->usd = 1250;
	r->people = 125;
}

static void make_enterprise_2026(struct rules *r)
{
	r->azure_adds.test = over_a_year(&r->acr, UNITS(600), 0, 0);
	r->m365_adds.test = seats_of_one(&r->seats, MORE_THAN(300), 0, 0);
	r->azure_eligible = over_a_year(&r->acr, MORE_THAN(12000), 0, 0);
	r->m365_eligible = seats_of_one(&r->seats, MORE_THAN(300), 0, 0);
	r->azure_deployments.test = over_a_year(&r->acr, MORE_THAN(12000), 0, 0);
	r->m365_deployments.test = seats_of_one(&r->seats, MORE_THAN(300), 0, 0);
	r->usd = 1250;
	r->people = 125;
}

/* Who has grown above stays SMB for a year. */
static void make_smb_2026(struct rules *r)
{
	r->azure_adds.test = over_a_year(&r->acr, UNITS(600), 0, 0);
	r->m365_adds.test = seats_of_one(&r->seats, UNITS(5), UNITS(300), 12);
	r->azure_eligible = over_a_year(&r->acr, MORE_THAN(0), UNITS(12000), 12);
	r->m365_eligible = seats_of_one(&r->seats, UNITS(5), UNITS(300), 12);
	r->azure_deployments.test = over_a_year(&r->acr, UNITS(750), UNITS(12000), 12);
	r->m365_deployments.test = seats_of_one(&r->seats, UNITS(5), UNITS(300), 12);
	r->usd = 750;
	r->people = 50;
}

static void make(enum oracle_edition e, int track, struct rules *r)
{
	bool now = e == ORACLE_2026;
	const struct product *list = now ? workloads_2026 : workloads_2023;

	/* Azure by PAL, Microsoft 365 by CPOR; in 2026 both by CSP as well. */
	r->acr = (struct pick){ .measures = ACR,
		.kinds = PAL | (now ? CSP : 0),
		.filter = now		     ? is_service_2026
			  : e == ORACLE_FY23 ? is_service_fy23
					     : is_service_2023 };
	r->seats = (struct pick){
		.measures = SEATS, .kinds = CPOR | (now ? CSP : 0), .products = list
	};
	r->users = (struct pick){
		.measures = USERS, .kinds = CPOR | (now ? CSP : 0), .products = list
	};
	if (!now)
		make_2023(r);
	else if (track == ENTERPRISE)
		make_enterprise_2026(r);
	else
		make_smb_2026(r);
	/* CRN: 100 USD in twelve months, from less than 25 a month on average in the twelve before. */
	if (e == ORACLE_FY23)
		r->azure_adds.base = UNITS(12 * 25);
	/* 15 % of the seats active. */
	r->m365_deployments.test.share = &r->users;
	r->m365_deployments.test.percent = 15;
	r->azure_growth = (struct growth){ .pick = &r->acr, .window = 12 };
	r->m365_growth = (struct growth){ .pick = &r->users, .window = 1 };
	if (now) {
		r->azure_growth.filter = &r->azure_eligible;
		r->m365_growth.filter = &r->m365_eligible;
	}
	r->made = true;
}

static const struct rules *rules_of(enum oracle_edition e, int track)
{
	static struct rules rules[ORACLE_EDITIONS][2];

	if (!rules[e][track].made)
		make(e, track, &rules[e][track]);
	return &rules[e][track];
}

/* ---- skilling --------------------------------------------------------------------------------------------------- */

/* Until 30 November 2023 one person for each prerequisite, and SC-200 in the last step too; then two, without it. */
static const struct step steps_2023_06[] = {
	{ .any = { AZ_500 }, .needed = 1 },
	{ .any = { SC_200, MS_500 }, .needed = 1 },
	{ .any = { SC_100, SC_200, SC_300, SC_400 }, .each = POINTS(40, 6) },
};
static const struct step steps_2023_12[] = {
	{ .any = { AZ_500 }, .needed = 2 },
	{ .any = { SC_200, MS_500 }, .needed = 2 },
	{ .any = { SC_100, SC_300, SC_400 }, .each = POINTS(40, 6) },
};
static const struct step enterprise_2026[] = {
	{ .any = { AZ_500, SC_500 }, .needed = 2 },
	{ .any = { SC_200 }, .needed = 2 },
	{ .any = { SC_100, SC_300, SC_400, SC_401 }, .each = POINTS(40, 6) },
};
static const struct step smb_2026[] = {
	{ .any = { AZ_500, SC_500 }, .needed = 1, .each = POINTS(4, 1), .most = 4 },
	{ .any = { SC_200 }, .needed = 1, .each = POINTS(4, 1), .most = 4 },
	{ .any = { SC_100, SC_300, SC_400, SC_401 }, .each = POINTS(8, 1) },
};

/* The playbook: six people, each with MS-500 and AZ-500 and one of three. */
static struct ratio six_people(const struct view *v, day_no day)
{
	int64_t n = 0;

	for (size_t i = 0; i < v->n_people; i++) {
		const struct holder *h = &v->people[i];

		n += oracle_holds(v, h, MS_500, day) && oracle_holds(v, h, AZ_500, day) &&
		     (oracle_holds(v, h, SC_200, day) || oracle_holds(v, h, SC_300, day) ||
			     oracle_holds(v, h, SC_400, day));
	}
	return oracle_capped(oracle_times(n, ratio_make(40, 6)), 40);
}

static struct ratio skilling(const struct view *v, int track, day_no day)
{
	switch (v->edition) {
	case ORACLE_FY23:
		return six_people(v, day);
	case ORACLE_2023_06:
		return oracle_skilling(v, steps_2023_06, 3, 40, day);
	case ORACLE_2023_12:
		return oracle_skilling(v, steps_2023_12, 3, 40, day);
	default:
		return oracle_skilling(
			v, track == ENTERPRISE ? enterprise_2026 : smb_2026, 3, 40, day);
	}
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

static struct ratio at_most(struct ratio points, int most)
{
	return ratio_min(points, ratio_int(most));
}

/* 2 points for each add, for SMB 4; Azure and Microsoft 365 in one pool. In fiscal year 2023 two halves of 10. */
static struct ratio adds(struct view *v, const struct rules *r, int track, day_no day)
{
	struct ratio each = ratio_int(track == SMB ? 4 : 2);
	struct ratio azure = oracle_net(v, &r->azure_adds, each, day);
	struct ratio m365 = oracle_net(v, &r->m365_adds, each, day);

	if (v->edition == ORACLE_FY23)
		return ratio_add(oracle_capped(azure, 10), oracle_capped(m365, 10));
	return oracle_capped(ratio_add(at_most(azure, 20), at_most(m365, 20)), 20);
}

/* Each half for itself, then added. */
static struct ratio growth(struct view *v, const struct rules *r, day_no day)
{
	struct ratio one = ratio_int(1);

	return oracle_capped(
		ratio_add(oracle_capped(oracle_more(v, &r->azure_growth, r->usd, one, day), 20),
			oracle_capped(oracle_more(v, &r->m365_growth, r->people, one, day), 20)),
		20);
}

/* 20 points for six, in one pool. */
static struct ratio deployments(struct view *v, const struct rules *r, day_no day)
{
	struct ratio each = ratio_make(20, 6);

	return oracle_capped(ratio_add(at_most(oracle_net(v, &r->azure_deployments, each, day), 20),
				     at_most(oracle_net(v, &r->m365_deployments, each, day), 20)),
		20);
}

static void score(struct view *v, int track, day_no day, struct ratio *points)
{
	const struct rules *r = rules_of(v->edition, track);

	points[0] = adds(v, r, track, day);
	points[1] = skilling(v, track, day);
	points[2] = growth(v, r, day);
	points[3] = deployments(v, r, day);
}

void oracle_security(struct view *v, day_no day, struct oracle_area *a)
{
	oracle_metric(a, "net-customer-adds");
	oracle_metric(a, "intermediate-certifications");
	oracle_metric(a, "usage-growth");
	oracle_metric(a, "deployments");
	if (v->edition == ORACLE_2026) {
		a->n_tracks = 2;
		a->tracks[ENTERPRISE].id = "enterprise";
		a->tracks[SMB].id = "smb";
	}
	for (size_t t = 0; t < a->n_tracks; t++)
		score(v, (int)t, day, a->tracks[t].points);
}
