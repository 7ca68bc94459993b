/* An edition of the program's rules, compiled: plain immutable data that the engine runs.
 *
 * rules/compile makes it from a YAML file; nothing here knows of YAML. No solution area, certificate or
 * threshold is named in C: all of that is in these tables.
 *
 * Every amount is in millionths of its measure's unit, every number of points an exact fraction. */
#ifndef RULES_ENGINE_EDITION_H
#define RULES_ENGINE_EDITION_H

#include "common/base/event.h"
#include "common/base/mem.h"
#include "common/base/ratio.h"
#include "common/base/score.h"

#define EDITION_CERTIFICATES_MAX 256
#define EDITION_SELECTIONS_MAX	 128
#define EDITION_AREAS_MAX	 64
#define EDITION_TRACKS_MAX	 4 /* of one area */
#define EDITION_METRICS_MAX	 512 /* rules over all areas and tracks, parts and conditions included */
#define EDITION_STEPS_MAX	 8	 /* of one people rule */
#define EDITION_PARTS_MAX	 4	 /* of one combined metric */
#define EDITION_WINDOWS_MAX	 8	 /* of each kind */
#define EDITION_PRODUCTS_MAX	 512	 /* of one selection */
#define EDITION_FRACTION_MAX	 1000000 /* of both parts of a fraction of points, reduced */

/* A certificate or assessment that rules name. */
struct certificate {
	struct str code;  /* as rules and output call it */
	struct str title; /* official title */
	size_t n_aliases;
	const struct str *
		aliases; /* other codes and titles that mean the same; compared without case, like both above */
	day_no retired_on; /* DAY_NONE when not retired. Earned before this day it still counts ... */
	day_no counts_until; /* ... to this day inclusive; DAY_NONE when retired_on is */
	struct str source;
};

/* ---- usage ------------------------------------------------------------------------------------------------------ */

/* A product or workload that a selection lists. */
struct product {
	struct str name;
	size_t n_aliases;
	const struct str *
		aliases; /* other names in reports, or the products that count together under this name */
};

/* One way for a row to pass: it must hold one name of each list that is not empty (ASCII case ignored). */
struct usage_filter {
	struct names {
		size_t n;
		const struct str *all;
	} products, components, level1, group2, group3, influencers, compute_os;
};

/* What one unit of a measure is worth where a selection adds up weighted amounts (monthly consumption value). */
struct usage_rate {
	enum measure measure; /* MEASURE_MAU, MEASURE_CAPACITY ... */
	size_t first, n;      /* products[first .. first + n) of the selection */
	uint32_t weight;      /* amount * weight / selection.scale */
	uint32_t
		associations; /* bit for each that counts for these products; 0: those of the selection */
};

/* Which usage rows a rule looks at. A row must pass every part. */
struct selection {
	struct str id;
	enum measure measure; /* of the sums; MEASURE_VALUE where rates weigh them */
	uint32_t measures;    /* bit (1 << enum measure) for each whose rows pass */
	uint32_t
		associations; /* bit (1 << enum association_kind) for each that counts, for some product at least */
	uint32_t offers;   /* bit (1 << enum offer_kind) for each that counts */
	size_t n_products; /* when not 0: only these */
	const struct product *products;
	size_t n_filters; /* when not 0: a row passes when one of them lets it */
	const struct usage_filter *filters;
	size_t n_excluded; /* products that never pass */
	const struct str *excluded;
	size_t n_rates; /* when not 0: each product belongs to exactly one */
	const struct usage_rate *rates;
	uint32_t scale; /* 1 without rates. Sums are kept in 1 / (1,000,000 * scale) units. */
	struct str source;
};
#define RATE_WEIGHT_MAX 8191 /* so that no sum leaves 96 bits */

/* ---- people ----------------------------------------------------------------------------------------------------- */

/* Certificates as a set of indexes into edition.certificates. */
struct cert_set {
	uint64_t bits[EDITION_CERTIFICATES_MAX / 64];
};

/* "Holds all of one of these sets." */
struct people_predicate {
	size_t n_any; /* >= 1 */
	const struct cert_set *any;
};

/* Steps are gates in order: a step earns only when every step before it has at least its min_people. */
struct people_step {
	struct people_predicate holds;
	uint32_t min_people;	  /* needed to open the following steps; 0: does not gate */
	struct ratio points_each; /* per person of this step; 0 for a pure prerequisite */
	struct ratio points_max; /* cap of this step; the metric's maximum caps the whole as well */
	struct str name;	 /* for explanations, for example "Azure Administrator" */
};

/* ---- rules ------------------------------------------------------------------------------------------------------ */

enum rule_kind {
	/* Earn points: the metrics of solution areas. */
	RULE_NET_CUSTOMER_ADDS =
		1,	      /* u.units: units that pass now, less those that passed before */
	RULE_PEOPLE,	      /* u.people: people by steps of certificates */
	RULE_USAGE_GROWTH,    /* u.growth: per cent, or an amount, over a year before */
	RULE_PRODUCTS_IN_USE, /* u.products: distinct products with usage above zero over a window */
	RULE_NET_DEPLOYMENTS, /* u.units, told as deployments */
	RULE_COMBINED, /* u.combined: options of which the higher counts, or parts that are added */

	/* Are met or not: requirements of specializations, and what chooses a track. */
	RULE_UNITS_REACHED,  /* u.units: at least `need` units */
	RULE_GROWTH_REACHED, /* u.growth: growth of at least `need_micro` */
	RULE_USAGE_REACHED,  /* u.level: total or monthly average, from so many customers */
	RULE_USAGE_SHARE,    /* u.share: one selection at least so many per cent of another */
	RULE_PEOPLE_HOLD,    /* u.hold: so many people hold certificates */
	RULE_ATTESTED, /* u.attested: so many offers, references, audits, engagements, deployments */
	RULE_AREAS_HELD,    /* u.held: so many designations are held */
	RULE_SEGMENT_SHARE, /* u.segment: so many per cent of the customers are in some segments */
	RULE_AT_LEAST_OF,   /* u.of: so many of the conditions below it */
	RULE_UNKNOWN,	    /* u.unknown: the sources lost it; neither met nor not met */
	RULE_KIND_END
};
static inline bool rule_is_condition(enum rule_kind k)
{
	return k >= RULE_UNITS_REACHED;
}

#define UNIT_NO_BOUND INT64_MAX

/* When a unit passes in a month. A unit is a customer, or one product of a customer (`by_product` beside the test).
 * Amounts are in millionths of the measure's unit, for a weighted selection of the weighted value. */
struct unit_test {
	uint16_t selection;
	bool each_product; /* of a customer: one of its products alone must reach the range, not all together */
	bool sum; /* the months are added up; otherwise a single one of them must reach the range */
	uint32_t months; /* that end with the month looked at */
	int64_t from_micro,
		to_micro; /* the range, both inclusive; to_micro: UNIT_NO_BOUND when open */
	/* A unit above the range passes all the same when it was within it in one of so many months before; 0: never. */
	uint32_t promoted_months;
	/* When share_percent > 0: the same product's amount in share_selection must be at least so many per cent of the
	 * amount here, in the same month(s). Needs each_product or a unit by product. */
	uint16_t share_selection;
	uint32_t share_percent;
};

struct units_rule {
	struct unit_test test;
	bool by_product;	 /* the unit is a product of a customer (a workload-tenant) */
	int64_t base_from_micro; /* lower bound in the months compared with; as a rule test.from_micro */
	uint32_t compare_months; /* 12; 0: nothing is taken off */
	enum units_count {
		UNITS_NET,  /* those that pass now, less those that passed then */
		UNITS_NEW,  /* those that pass now and did not then */
		UNITS_BOTH, /* those that pass now and passed then */
		UNITS_NOW
	} count;
	/* A unit that an association of the last compare_months began to cover does not pass now if it passed in the month
	 * of that beginning already. */
	bool not_already;
	uint32_t need; /* RULE_UNITS_REACHED */
};

struct growth_rule {
	uint16_t selection;
	uint32_t window_months;	 /* 1: the single month; 12: trailing twelve */
	uint32_t compare_months; /* 12 */
	int64_t minimum_micro;	 /* amount of the current window below which nothing is earned */
	int64_t base_minimum_micro; /* amount of the window compared with below which nothing is earned */
	int64_t each_micro;	    /* points are for each so much growth; 0: for each per cent */
	bool filtered; /* only usage of units that pass `filter` in the last month counts, now and then */
	bool filter_by_product;
	struct unit_test filter;
	/* Growth counts from the association on: a customer's product is compared with the month in which the association
	 * began, when that is later. */
	bool since_association;
	int64_t need_micro; /* RULE_GROWTH_REACHED: so much growth, or so many millionths of a per cent */
};

struct metric_rule;

/* A part of a combined metric. */
struct rule_part {
	struct str id, name;
	uint32_t maximum; /* of the part; as a rule the metric's */
	const struct metric_rule *rule;
};

/* A condition inside RULE_AT_LEAST_OF. */
struct rule_condition {
	struct str name;
	const struct metric_rule *rule; /* rule_is_condition() */
};

/* Reference month R: see engine.h. Months are counted back from R. */
struct metric_rule {
	enum rule_kind kind;
	struct ratio
		points_each; /* per net add, product, deployment, per cent or `each_micro`; not for people */
	union {
		struct units_rule units;
		struct {
			size_t n_steps; /* 1..EDITION_STEPS_MAX */
			const struct people_step *steps;
		} people;
		struct growth_rule growth;
		struct {
			uint16_t selection;
			uint32_t window_months; /* 12 */
		} products;
		struct {
			enum combine {
				COMBINE_HIGHEST, /* the best of its options, never added */
				COMBINE_ADDED, /* each part apart (never below zero), then added */
				COMBINE_POOLED, /* one pool: a loss in one part takes off from the others */
			} how;
			size_t n; /* 1..EDITION_PARTS_MAX */
			const struct rule_part *parts;
		} combined;
		struct {
			uint16_t selection;
			uint32_t months;
			bool average; /* the total divided by the months */
			int64_t at_least_micro;
			uint32_t
				customers; /* at least so many with usage above zero in the months; 0: any */
		} level;
		struct {
			uint16_t selection, of_selection;
			uint32_t months;
			uint32_t percent;
		} share;
		struct {
			struct people_predicate holds;
			uint32_t at_least;
		} hold;
		struct {
			enum attestation_kind kind;
			struct str scope; /* id of the specialization */
			uint32_t at_least;
			uint32_t
				within_months; /* attested in the last so many months; 0: at any time */
		} attested;
		struct {
			uint32_t need;
			size_t n;
			const uint16_t
				*areas; /* indexes into edition.areas, all of AREA_OF_METRICS */
		} held;
		struct {
			uint16_t selection; /* customers with usage above zero in the last month */
			size_t n;
			const struct str *segments; /* ASCII case ignored */
			uint32_t percent;
		} segment;
		struct {
			uint32_t need;
			size_t n; /* need..; all: need == n, any: need == 1 */
			const struct rule_condition *conditions;
		} of;
		struct {
			struct str why; /* a sentence */
		} unknown;
	} u;
};

/* ---- areas ------------------------------------------------------------------------------------------------------ */

enum renewal_year { RENEWAL_EVERY_YEAR, RENEWAL_SECOND_YEAR };

struct metric {
	struct str id;	    /* "net-customer-adds" */
	struct str name;    /* for people */
	struct str rule_id; /* "AZ-NCA" */
	struct str source;  /* document and section the rule comes from */
	size_t n_unknown; /* what the source leaves open about this rule, a sentence each: for explanations */
	const struct str *unknown;
	day_no valid_from,
		valid_until;	   /* of the rule, as the sources say; DAY_NONE: as the edition */
	uint32_t maximum;	   /* points at most; 1 for a requirement */
	enum renewal_year renewal; /* of a requirement: when a renewal asks for it */
	struct metric_rule rule;
};

struct track {
	struct str id;	 /* "smb"; empty for the only track of an area without tracks */
	struct str name; /* "SMB" */
	const struct metric
		*metrics; /* area.n_metrics; ids, names and maxima the same in every track */
	const struct metric_rule *when; /* TRACK_AUTOMATIC: a condition; NULL for the last track */
};

enum area_form {
	AREA_OF_METRICS, /* a solution area: points */
	AREA_OF_AREAS, /* held while all of some designations are (Microsoft Cloud): a metric for each, 1 when held */
	AREA_OF_REQUIREMENTS, /* a specialization: a metric for each requirement, 1 when met */
};

enum track_choice {
	TRACK_ONLY,
	TRACK_HIGHEST, /* the track with the most points of the whole area counts; of equals the first */
	TRACK_AUTOMATIC, /* the first whose condition is met, otherwise the last */
};

struct area {
	struct str id;	 /* "infrastructure" */
	struct str name; /* "Infrastructure (Azure)" */
	enum area_form form;
	struct str source;
	size_t n_metrics;	      /* 1..AREA_METRICS_MAX */
	const struct metric *metrics; /* of tracks[0] */
	enum track_choice choice;
	size_t n_tracks; /* 1..EDITION_TRACKS_MAX */
	const struct track *tracks;
	/* Once enrolled the track stays for the enrollment: the one that the enrollment names, otherwise this one if it was
	 * the track of any month of the window before it, otherwise the track at that time; -1: the track stays open. */
	int enrolled_track;
};

/* ---- windows ---------------------------------------------------------------------------------------------------- */

enum window_form {
	WINDOW_DAYS,	    /* the last n days, the day itself included */
	WINDOW_SAME_DAY,    /* from the same day n months before */
	WINDOW_FULL_MONTHS, /* from the first day of the month n months before */
};

/* When a designation counts as qualified, from a day on. */
struct window_rule {
	day_no from;
	struct str source;
	enum window_form open_form; /* not enrolled: up to today */
	uint32_t open_n;
	enum window_form
		renewal_form; /* enrolled: up to the anniversary; full months: to the end of its month */
	uint32_t renewal_n;
	uint32_t renewal_days; /* after the anniversary, in which a renewal can be made */
	bool renewal_counts;   /* the days of renewal_days are in the window too */
	uint32_t due_days;     /* before the anniversary: from then on the renewal is due */
};

/* ---- catalogue -------------------------------------------------------------------------------------------------- */

enum catalogue_kind {
	CATALOGUE_BENEFIT = 1,
	CATALOGUE_INCENTIVE,
	CATALOGUE_COMPETENCY, /* a legacy competency, and what it became */
	CATALOGUE_EXPERT,     /* the expert programme */
	CATALOGUE_KIND_END
};

/* Something that comes with areas, or came before them. */
struct catalogue_entry {
	struct str id, name, text, source;
	enum catalogue_kind kind;
	size_t n_areas;
	const uint16_t *areas; /* indexes into edition.areas */
};

enum total_compare { TOTAL_EXACT, TOTAL_ROUNDED };

struct edition {
	struct str id;
	struct str title;
	day_no valid_from;
	day_no valid_until;	   /* last day, DAY_NONE when open */
	struct ratio qualifies_at; /* total needed (70) */
	struct ratio metric_above; /* every metric must be greater than this (0) ... */
	bool metric_at_least;	   /* ... or equal to it */
	enum total_compare
		total_compare; /* the exact total, or the one rounded to a whole number, half up */
	uint32_t
		usage_ready_day; /* day of the next month on which a month without a report counts (20) */
	size_t n_windows;	 /* in order of `from`; none: qualified is who qualifies today */
	const struct window_rule *windows;
	size_t n_specialization_windows;
	const struct window_rule *specialization_windows;
	size_t n_certificates;
	const struct certificate *certificates;
	size_t n_selections;
	const struct selection *selections;
	size_t n_areas; /* first those of metrics, then of areas, then of requirements */
	const struct area *areas;
	size_t n_unknown; /* what the sources leave open about the edition as a whole */
	const struct str *unknown;
	size_t n_catalogue;
	const struct catalogue_entry *catalogue;
	uint64_t digest; /* of the text it was compiled from */
};

/* The index of a certificate by code, title or alias, ASCII case ignored; -1 when the edition names none. */
int edition_certificate(const struct edition *e, struct str name);

/* Why the points of an area could leave the 128 bits in which they are kept exact; NULL when they cannot, whatever the
 * usage. The denominator of a total is at most the least common one of all fractions of the area, times the sum of
 * usage that a growth metric divides by. The text names the remedy and lives for ever. */
const char *edition_inexact(const struct edition *e, const struct area *area);

#endif
