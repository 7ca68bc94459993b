#include "tests/support/edition_wide.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define UNITS	 1000000
#define LIST(a)	 COUNT(a), a

/* ---- certificates, usage ------------------------------------------------------------------------------------ */

static const struct certificate certificates[] = {
	{ .code = STR_INIT("C-1"),
		.title = STR_INIT("One"),
		.retired_on = DAY_NONE,
		.counts_until = DAY_NONE },
	{ .code = STR_INIT("C-2"),
		.title = STR_INIT("Two"),
		.retired_on = DAY_NONE,
		.counts_until = DAY_NONE },
	{ .code = STR_INIT("C-3"),
		.title = STR_INIT("Three"),
		.retired_on = 19569,
		.counts_until = 19935 }, /* 2023-07-31, 2024-07-31 */
};
static const struct cert_set first = { .bits = { 1 } };
static const struct cert_set either[] = { { .bits = { 1 } }, { .bits = { 6 } } };

static const struct str directory_names[] = { STR_INIT("AADP"), STR_INIT("Azure AD Premium") };
static const struct product workloads[] = {
	{ .name = STR_INIT("Exchange") },
	{ STR_INIT("Directory"), LIST(directory_names) },
};
static const struct product apps[] = {
	{ .name = STR_INIT("Central") },
	{ .name = STR_INIT("Apps") },
	{ .name = STR_INIT("Insights") },
};
static const struct usage_rate rates[] = {
	{ MEASURE_MAU, 0, 1, 5000, 0 },
	{ MEASURE_MAU, 1, 1, 1000, 0 },
	{ MEASURE_CAPACITY, 2, 1, 1, 0 },
};
static const struct str components[] = { STR_INIT("Windows"), STR_INIT("Linux") };
static const struct str groups[] = { STR_INIT("Databases") }, hosts[] = { STR_INIT("Arc") };
static const struct usage_filter filters[] = {
	{ .components = { LIST(components) }, .group2 = { LIST(groups) } },
	{ .influencers = { LIST(hosts) } },
};
static const struct str left_out[] = { STR_INIT("Support") };

static const struct selection selections[WIDE_SELECTIONS] = {
	[WIDE_PAID] = { .id = STR_INIT("paid"),
		.measure = MEASURE_PAID_UNITS,
		.measures = 1u << MEASURE_PAID_UNITS,
		.associations = 1u << ASSOC_CPOR,
		.offers = 1u << OFFER_PAID,
		.n_products = 2,
		.products = workloads,
		.scale = 1,
		.source = STR_INIT("S1") },
	[WIDE_ACTIVE] = { .id = STR_INIT("active"),
		.measure = MEASURE_MAU,
		.measures = 1u << MEASURE_MAU,
		.associations = 1u << ASSOC_CPOR,
		.offers = 1u << OFFER_PAID,
		.n_products = 2,
		.products = workloads,
		.scale = 1,
		.source = STR_INIT("S1") },
	[WIDE_CONSUMPTION] = { .id = STR_INIT("consumption"),
		.measure = MEASURE_ACR,
		.measures = 1u << MEASURE_ACR,
		.associations = 1u << ASSOC_PAL | 1u << ASSOC_CSP_TIER_1,
		.offers = 1u << OFFER_PAID,
		.n_filters = 2,
		.filters = filters,
		.n_excluded = 1,
		.excluded = left_out,
		.scale = 1,
		.source = STR_INIT("S1") },
	[WIDE_VALUE] = { .id = STR_INIT("value"),
		.measure = MEASURE_VALUE,
		.measures = 1u << MEASURE_MAU | 1u << MEASURE_CAPACITY,
		.associations = 1u << ASSOC_CPOR,
		.offers = 1u << OFFER_PAID,
		.n_products = 3,
		.products = apps,
		.n_rates = 3,
		.rates = rates,
		.scale = 5,
		.source = STR_INIT("S1") },
};

/* ---- areas of points ---------------------------------------------------------------------------------------- */

#define RULE_INTO                                                                                  \
	.valid_from = DAY_NONE, .valid_until = DAY_NONE, .source = STR_INIT("S1, a section")
#define ADDS(rule_name, points, from, to, promoted, ...)                                           \
	{                                                                                          \
		.id = STR_INIT("adds"), .name = STR_INIT("Net customer adds"),                     \
		.rule_id = STR_INIT(rule_name), RULE_INTO, .maximum = 20, .rule = {                \
			.kind = RULE_NET_CUSTOMER_ADDS,                                            \
			.points_each = { points, 1 },                                              \
			.u.units = { .test = { WIDE_PAID, true, false, 1, from, to, promoted, 0,   \
					     0 },                                                  \
				.base_from_micro = from,                                           \
				.compare_months = 12,                                              \
				__VA_ARGS__ }                                                      \
		}                                                                                  \
	}

static const struct metric_rule growth_active = { .kind = RULE_USAGE_GROWTH,
	.points_each = { 1, 1 },
	.u.growth = { .selection = WIDE_ACTIVE,
		.window_months = 1,
		.compare_months = 12,
		.each_micro = 1000LL * UNITS,
		.filtered = true,
		.filter = { WIDE_PAID, true, false, 1, 300000001, UNIT_NO_BOUND, 0, 0, 0 },
		.since_association = true } };
static const struct metric_rule growth_consumption = { .kind = RULE_USAGE_GROWTH,
	.points_each = { 1, 1 },
	.u.growth = { .selection = WIDE_CONSUMPTION,
		.window_months = 12,
		.compare_months = 12,
		.each_micro = 1250LL * UNITS } };
static const struct rule_part growth_parts[] = {
	{ STR_INIT("users"), STR_INIT("Active users"), 30, &growth_active },
	{ STR_INIT("azure"), STR_INIT("Azure"), 20, &growth_consumption },
};

#define GROWTH(rule_name, combine)                                                                 \
	{                                                                                          \
		.id = STR_INIT("growth"), .name = STR_INIT("Usage growth"),                        \
		.rule_id = STR_INIT(rule_name), RULE_INTO, .maximum = 30, .rule = {                \
			.kind = RULE_COMBINED,                                                     \
			.u.combined = { combine, 2, growth_parts }                                 \
		}                                                                                  \
	}

static const struct metric enterprise_metrics[] = {
	ADDS("R-ENT-ADDS", 4, 300000001, UNIT_NO_BOUND, 0, .count = UNITS_NET),
	GROWTH("R-GROWTH", COMBINE_HIGHEST),
};
static const struct metric smb_metrics[] = {
	ADDS("R-SMB-ADDS", 2, 11LL * UNITS, 300LL * UNITS, 12, .count = UNITS_NET),
	GROWTH("R-GROWTH", COMBINE_HIGHEST),
};
static const struct track work_tracks[] = {
	{ STR_INIT("enterprise"), STR_INIT("Enterprise"), enterprise_metrics, NULL },
	{ STR_INIT("smb"), STR_INIT("SMB"), smb_metrics, NULL },
};

static const struct str small[] = { STR_INIT("SMB"), STR_INIT("Small") };
static const struct metric_rule when_small = { .kind = RULE_SEGMENT_SHARE,
	.u.segment = { WIDE_CONSUMPTION, 2, small, 80 } };

#define DEPLOYMENTS(rule_name, from)                                                               \
	{                                                                                          \
		.id = STR_INIT("deployments"), .name = STR_INIT("Deployments"),                    \
		.rule_id = STR_INIT(rule_name), .source = STR_INIT("S1"), .valid_from = 19540,     \
		.valid_until = DAY_NONE, .maximum = 20, /* from 2023-07-02 on */                   \
			.rule = {                                                                  \
				.kind = RULE_NET_DEPLOYMENTS,                                      \
				.points_each = { 4, 1 },                                           \
				.u.units = { .test = { WIDE_VALUE, false, false, 1, from,          \
						     UNIT_NO_BOUND, 0, 0, 0 },                     \
					.by_product = true,                                        \
					.base_from_micro = from,                                   \
					.compare_months = 12,                                      \
					.not_already = true }                                      \
			}                                                                          \
	}

static const struct metric business_small[] = { DEPLOYMENTS("R-BS-D", 5000LL * UNITS) };
static const struct metric business_large[] = { DEPLOYMENTS("R-BL-D", 10000LL * UNITS) };
static const struct track business_tracks[] = {
	{ STR_INIT("smb"), STR_INIT("SMB"), business_small, &when_small },
	{ STR_INIT("enterprise"), STR_INIT("Enterprise"), business_large, NULL },
};

static const struct people_step steps[] = {
	{ .holds = { 1, &first },
		.min_people = 1,
		.points_each = { 4, 1 },
		.points_max = { 4, 1 },
		.name = STR_INIT("Base") },
	{ .holds = { 2, either },
		.points_each = { 20, 3 },
		.points_max = { 40, 1 },
		.name = STR_INIT("Top") },
};
static const struct str open_questions[] = { STR_INIT("Whether one person is enough.") };
static const struct metric security_metrics[] = {
	{ .id = STR_INIT("skilling"),
		.name = STR_INIT("Skilling"),
		.rule_id = STR_INIT("R-SEC-SKILL"),
		RULE_INTO,
		.n_unknown = 1,
		.unknown = open_questions,
		.maximum = 40,
		.rule = { .kind = RULE_PEOPLE, .u.people = { 2, steps } } },
	GROWTH("R-SEC-GROWTH", COMBINE_POOLED),
};
static const struct track security_tracks[] = { { .metrics = security_metrics } };

/* ---- areas of conditions ------------------------------------------------------------------------------------ */

static const uint16_t held[] = { WIDE_WORK, WIDE_SECURITY };
#define HELD(area_id, area_name, at)                                                               \
	{                                                                                          \
		.id = STR_INIT(area_id), .name = STR_INIT(area_name),                              \
		.rule_id = STR_INIT("R-CLOUD"), RULE_INTO, .maximum = 1, .rule = {                 \
			.kind = RULE_AREAS_HELD,                                                   \
			.u.held = { 1, 1, &held[at] }                                              \
		}                                                                                  \
	}
static const struct metric cloud_metrics[] = {
	HELD("work", "Work", 0),
	HELD("security", "Security", 1),
};
static const struct track cloud_tracks[] = { { .metrics = cloud_metrics } };

static const struct metric_rule average = { .kind = RULE_USAGE_REACHED,
	.u.level = { WIDE_CONSUMPTION, 3, true, 300LL * UNITS, 2 } },
				share = { .kind = RULE_USAGE_SHARE,
					.u.share = { WIDE_ACTIVE, WIDE_PAID, 12, 20 } },
				grown = { .kind = RULE_GROWTH_REACHED,
					.u.growth = { .selection = WIDE_ACTIVE,
						.window_months = 1,
						.compare_months = 12,
						.base_minimum_micro = 50LL * UNITS,
						.need_micro = 35LL * UNITS } },
				lost = { .kind = RULE_UNKNOWN,
					.u.unknown = { STR_INIT(
						"The number of people is not printed.") } };
static const struct rule_condition inner[] = { { STR_INIT(""), &share }, { STR_INIT(""), &grown },
	{ STR_INIT(""), &lost } };
static const struct metric_rule two_of_inner = { .kind = RULE_AT_LEAST_OF,
	.u.of = { 2, 3, inner } };
static const struct rule_condition outer[] = { { STR_INIT("Consumption"), &average },
	{ STR_INIT("Use"), &two_of_inner } };

#define REQUIREMENT(the_id, the_name, rule_name, ...)                                              \
	{                                                                                          \
		.id = STR_INIT(the_id), .name = STR_INIT(the_name),                                \
		.rule_id = STR_INIT("R-SP-KUBE." rule_name), RULE_INTO, .maximum = 1, __VA_ARGS__  \
	}
static const struct metric kubernetes_metrics[] = {
	REQUIREMENT("designation", "Designation", "DESIGNATION",
		.rule = { .kind = RULE_AREAS_HELD, .u.held = { 1, 2, held } }),
	REQUIREMENT("performance", "Performance", "PERFORMANCE",
		.rule = { .kind = RULE_AT_LEAST_OF, .u.of = { 2, 2, outer } }),
	REQUIREMENT("people", "People", "PEOPLE",
		.rule = { .kind = RULE_PEOPLE_HOLD, .u.hold = { { 2, either }, 3 } }),
	REQUIREMENT("audit", "Audit", "AUDIT", .renewal = RENEWAL_SECOND_YEAR,
		.rule = { .kind = RULE_ATTESTED,
			.u.attested = { ATTEST_AUDIT, STR_INIT("kubernetes"), 1, 24 } }),
	REQUIREMENT("more", "More", "MORE",
		.rule = { .kind = RULE_UNKNOWN, .u.unknown = { STR_INIT("The cell is lost.") } }),
};
static const struct track kubernetes_tracks[] = { { .metrics = kubernetes_metrics } };

#define AREA(the_id, the_name, the_form, how, of_tracks, stays)                                    \
	{                                                                                          \
		.id = STR_INIT(the_id), .name = STR_INIT(the_name), .form = the_form,              \
		.source = STR_INIT("S1"), .n_metrics = COUNT(of_tracks##_metrics),                 \
		.metrics = of_tracks##_metrics, .choice = how,                                     \
		.n_tracks = COUNT(of_tracks##_tracks), .tracks = of_tracks##_tracks,               \
		.enrolled_track = stays                                                            \
	}
#define work_metrics	 enterprise_metrics
#define business_metrics business_small

static const struct area areas[WIDE_AREAS] = {
	[WIDE_WORK] = AREA("work", "Work", AREA_OF_METRICS, TRACK_HIGHEST, work, -1),
	[WIDE_BUSINESS] =
		AREA("business", "Business", AREA_OF_METRICS, TRACK_AUTOMATIC, business, 0),
	[WIDE_SECURITY] = AREA("security", "Security", AREA_OF_METRICS, TRACK_ONLY, security, -1),
	[WIDE_CLOUD] = AREA("cloud", "The whole cloud", AREA_OF_AREAS, TRACK_ONLY, cloud, -1),
	[WIDE_KUBERNETES] =
		AREA("kubernetes", "Kubernetes", AREA_OF_REQUIREMENTS, TRACK_ONLY, kubernetes, -1),
};

/* ---- windows, catalogue ------------------------------------------------------------------------------------- */

static const struct window_rule windows[] = {
	{ 19290, STR_INIT("S1"), WINDOW_DAYS, 1, WINDOW_DAYS, 30, 30, false, 0 }, /* 2022-10-25 */
	{ 19606, STR_INIT("S1"), WINDOW_SAME_DAY, 5, WINDOW_FULL_MONTHS, 5, 30, true,
		60 }, /* 2023-09-06 */
};
static const uint16_t entry_areas[] = { WIDE_WORK, WIDE_KUBERNETES };
static const struct catalogue_entry catalogue[] = {
	{ STR_INIT("licences"), STR_INIT("Licences"), STR_INIT("A hundred seats."), STR_INIT("S1"),
		CATALOGUE_BENEFIT, LIST(entry_areas) },
	{ STR_INIT("gold"), STR_INIT("Gold"), STR_INIT("Became a designation."), STR_INIT("S1"),
		CATALOGUE_COMPETENCY, 0, NULL },
};

const struct edition edition_wide = {
	.id = STR_INIT("wide"),
	.title = STR_INIT("One of everything"),
	.valid_from = 19509, /* 2023-06-01 */
	.valid_until = DAY_NONE,
	.qualifies_at = { 70, 1 },
	.metric_above = { 1, 1 },
	.metric_at_least = true,
	.total_compare = TOTAL_ROUNDED,
	.usage_ready_day = 20,
	.n_windows = 2,
	.windows = windows,
	.n_specialization_windows = 1,
	.specialization_windows = windows,
	.n_certificates = COUNT(certificates),
	.certificates = certificates,
	.n_selections = WIDE_SELECTIONS,
	.selections = selections,
	.n_areas = WIDE_AREAS,
	.areas = areas,
	.n_unknown = 1,
	.unknown = open_questions,
	.n_catalogue = COUNT(catalogue),
	.catalogue = catalogue,
};
