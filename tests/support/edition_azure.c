#include "tests/support/edition_azure.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	AZ_104,
	AZ_305,
	AZ_700,
	AZ_600,
	WINDOWS_HYBRID,
	AZ_800,
	AZ_801,
	AZ_140,
	AZ_120,
	AZ_204,
	PL_400,
	AZ_220,
	AZ_400,
	PL_600,
	DP_300,
	AI_102,
	DP_100,
	DP_203,
	PL_300,
	MB_260,
	DP_420
};

#define TEXT(s)                                                                                    \
	{                                                                                          \
		(s), sizeof(s) - 1                                                                 \
	}
#define CERT(c, t)                                                                                 \
	{                                                                                          \
		.code = TEXT(c), .title = TEXT(t), .retired_on = DAY_NONE,                         \
		.counts_until = DAY_NONE                                                           \
	}
#define RETIRED(c, t)                                                                              \
	{                                                                                          \
		.code = TEXT(c), .title = TEXT(t), .retired_on = 19569, .counts_until = 19935      \
	}
/* 2023-07-31 and 2024-07-31 */

static const struct str hybrid_names[] = { TEXT("Windows Server Hybrid Administrator Associate") };

static const struct certificate certificates[] = {
	[AZ_104] = CERT("AZ-104", "Microsoft Certified: Azure Administrator Associate"),
	[AZ_305] = CERT("AZ-305", "Microsoft Certified: Azure Solutions Architect Expert"),
	[AZ_700] = CERT("AZ-700", "Microsoft Certified: Azure Network Engineer Associate"),
	[AZ_600] = RETIRED("AZ-600", "Microsoft Certified: Azure Stack Hub Operator Associate"),
	[WINDOWS_HYBRID] = { .code = TEXT("AZ-800+AZ-801"),
		.title = TEXT("Microsoft Certified: Windows Server Hybrid Administrator Associate"),
		.n_aliases = COUNT(hybrid_names),
		.aliases = hybrid_names,
		.retired_on = DAY_NONE,
		.counts_until = DAY_NONE },
	[AZ_800] = CERT("AZ-800", "Administering Windows Server Hybrid Core Infrastructure"),
	[AZ_801] = CERT("AZ-801", "Configuring Windows Server Hybrid Advanced Services"),
	[AZ_140] = CERT("AZ-140", "Microsoft Certified: Azure Virtual Desktop Specialty"),
	[AZ_120] = CERT("AZ-120", "Microsoft Certified: Azure for SAP Workloads Specialty"),
	[AZ_204] = CERT("AZ-204", "Microsoft Certified: Azure Developer Associate"),
	[PL_400] = CERT("PL-400", "Microsoft Certified: Power Platform Developer Associate"),
	[AZ_220] = RETIRED("AZ-220", "Microsoft Certified: Azure IoT Developer Specialty"),
	[AZ_400] = CERT("AZ-400", "Microsoft Certified: DevOps Engineer Expert"),
	[PL_600] = CERT("PL-600", "Microsoft Certified: Power Platform Solution Architect Expert"),
	[DP_300] = CERT("DP-300", "Microsoft Certified: Azure Database Administrator Associate"),
	[AI_102] = CERT("AI-102", "Microsoft Certified: Azure AI Engineer Associate"),
	[DP_100] = CERT("DP-100", "Microsoft Certified: Azure Data Scientist Associate"),
	[DP_203] = CERT("DP-203", "Microsoft Certified: Azure Data Engineer Associate"),
	[PL_300] = CERT("PL-300", "Microsoft Certified: Power BI Data Analyst Associate"),
	[MB_260] = CERT("MB-260", "Microsoft Certified: Customer Data Platform Specialty"),
	[DP_420] = CERT("DP-420", "Microsoft Certified: Azure Cosmos DB Developer Specialty"),
};

#define ONE(c)                                                                                     \
	{                                                                                          \
		{                                                                                  \
			1ULL << (c)                                                                \
		}                                                                                  \
	}

static const struct cert_set admin[] = { ONE(AZ_104) };
static const struct cert_set architect[] = { ONE(AZ_305) };
static const struct cert_set infra_step[] = { ONE(AZ_700), ONE(AZ_600), ONE(WINDOWS_HYBRID),
	{ { 1ULL << AZ_800 | 1ULL << AZ_801 } } };
static const struct cert_set infra_expert[] = { ONE(AZ_140), ONE(AZ_120) };
static const struct cert_set developer[] = { ONE(AZ_204), ONE(PL_400) };
static const struct cert_set apps_expert[] = { ONE(AZ_220), ONE(AZ_400), ONE(PL_600) };
static const struct cert_set data_step[] = { ONE(DP_300), ONE(AI_102), ONE(DP_100), ONE(DP_203),
	ONE(PL_300), ONE(MB_260), ONE(DP_420) };

#define HOLDS(sets)                                                                                \
	{                                                                                          \
		COUNT(sets), (sets)                                                                \
	}
#define GATE(n, sets)                                                                              \
	{                                                                                          \
		.holds = HOLDS(sets), .min_people = 2, .points_each = { 0, 1 },                    \
		.points_max = { 0, 1 }, .name = TEXT(n)                                            \
	}
#define EARN(n, sets, max)                                                                         \
	{                                                                                          \
		.holds = HOLDS(sets), .points_each = { 4, 1 }, .points_max = { (max), 1 },         \
		.name = TEXT(n)                                                                    \
	}

static const struct people_step infra_intermediate[] = { GATE("Azure Administrator", admin),
	EARN("Network Engineer, Stack Hub Operator or Windows Server Hybrid Administrator",
		infra_step, 20) };
static const struct people_step infra_advanced[] = { GATE("Azure Solutions Architect", architect),
	EARN("Azure Virtual Desktop or SAP Workloads", infra_expert, 20) };
static const struct people_step apps_intermediate[] = { GATE("Azure Administrator", admin),
	EARN("Azure or Power Platform Developer", developer, 20) };
static const struct people_step apps_advanced[] = { GATE("Azure Solutions Architect", architect),
	EARN("IoT Developer, DevOps Engineer or Power Platform Architect", apps_expert, 20) };
static const struct people_step data_intermediate[] = { GATE("Azure Solutions Architect",
								architect),
	GATE("Azure Administrator", admin), EARN("Data and AI role", data_step, 40) };

#define AZURE_ASSOCIATIONS                                                                         \
	(1U << ASSOC_PAL | 1U << ASSOC_DPOR | 1U << ASSOC_CSP_TIER_1 | 1U << ASSOC_CSP_TIER_2)

static const struct str machines[] = { TEXT("Virtual Machines"),
	TEXT("Virtual Machines Licenses") };

static const struct selection selections[] = {
	{ .id = TEXT("azure-acr"),
		.measure = MEASURE_ACR,
		.measures = 1U << MEASURE_ACR,
		.scale = 1,
		.associations = AZURE_ASSOCIATIONS,
		.offers = 1U << OFFER_PAID },
	{ .id = TEXT("azure-services"),
		.measure = MEASURE_ACR,
		.measures = 1U << MEASURE_ACR,
		.scale = 1,
		.associations = AZURE_ASSOCIATIONS,
		.offers = 1U << OFFER_PAID,
		.n_excluded = COUNT(machines),
		.excluded = machines },
};

#define ADDS                                                                                       \
	{                                                                                          \
		.id = TEXT("net-customer-adds"), .name = TEXT("Net customer adds"),                \
		.rule_id = TEXT("R-AZ-NCA"), .maximum = 30, .rule = {                              \
			.kind = RULE_NET_CUSTOMER_ADDS,                                            \
			.points_each = { 10, 1 },                                                  \
			.u.units = { .test = { .months = 2,                                        \
					     .from_micro = 1000000000,                             \
					     .to_micro = UNIT_NO_BOUND },                          \
				.base_from_micro = 1000000000,                                     \
				.compare_months = 12 }                                             \
		}                                                                                  \
	}
#define GROWTH                                                                                     \
	{                                                                                          \
		.id = TEXT("usage-growth"), .name = TEXT("Usage growth"),                          \
		.rule_id = TEXT("R-AZ-GROWTH"), .maximum = 20, .rule = {                           \
			.kind = RULE_USAGE_GROWTH,                                                 \
			.points_each = { 1, 1 },                                                   \
			.u.growth = { .window_months = 1,                                          \
				.compare_months = 12,                                              \
				.minimum_micro = 1000000000 }                                      \
		}                                                                                  \
	}
#define PRODUCTS                                                                                   \
	{                                                                                          \
		.id = TEXT("deployments"), .name = TEXT("Deployments"),                            \
		.rule_id = TEXT("R-AZ-DEPLOY"), .maximum = 10, .rule = {                           \
			.kind = RULE_PRODUCTS_IN_USE,                                              \
			.points_each = { 2, 1 },                                                   \
			.u.products = { 1, 12 }                                                    \
		}                                                                                  \
	}
#define PEOPLE(i, n, max, s)                                                                       \
	{                                                                                          \
		.id = TEXT(i), .name = TEXT(n), .rule_id = TEXT("R-AZ-PEOPLE"), .maximum = (max),  \
		.rule = {                                                                          \
			.kind = RULE_PEOPLE,                                                       \
			.u.people = { COUNT(s), (s) }                                              \
		}                                                                                  \
	}

static const struct metric infra[] = { ADDS, GROWTH, PRODUCTS,
	PEOPLE("intermediate", "Intermediate certifications", 20, infra_intermediate),
	PEOPLE("advanced", "Advanced certifications", 20, infra_advanced) };
static const struct metric apps[] = { ADDS, GROWTH, PRODUCTS,
	PEOPLE("intermediate", "Intermediate certifications", 20, apps_intermediate),
	PEOPLE("advanced", "Advanced certifications", 20, apps_advanced) };
static const struct metric data[] = { ADDS, GROWTH, PRODUCTS,
	PEOPLE("intermediate", "Intermediate certifications", 40, data_intermediate) };

static const struct track tracks[] = { [AREA_INFRA] = { .metrics = infra },
	[AREA_APPS] = { .metrics = apps },
	[AREA_DATA] = { .metrics = data } };

#define AREA(t, i, n, m)                                                                           \
	{                                                                                          \
		.id = TEXT(i), .name = TEXT(n), .n_metrics = COUNT(m), .metrics = (m),             \
		.n_tracks = 1, .tracks = &tracks[t], .enrolled_track = -1                          \
	}

static const struct area areas[] = {
	[AREA_INFRA] = AREA(AREA_INFRA, "infrastructure", "Infrastructure (Azure)", infra),
	[AREA_APPS] =
		AREA(AREA_APPS, "digital-app-innovation", "Digital & App Innovation (Azure)", apps),
	[AREA_DATA] = AREA(AREA_DATA, "data-ai", "Data & AI (Azure)", data),
};

const struct edition edition_azure = { .id = TEXT("2023-06-tables"),
	.title = TEXT("Azure areas of June 2023, as tables"),
	.valid_from = 19521,
	.valid_until = DAY_NONE,
	.qualifies_at = { 70, 1 },
	.metric_above = { 0, 1 },
	.usage_ready_day = 20,
	.n_certificates = COUNT(certificates),
	.certificates = certificates,
	.n_selections = COUNT(selections),
	.selections = selections,
	.n_areas = COUNT(areas),
	.areas = areas,
	.digest = 0x2306 };
