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
#define EDITION_SELECTIONS_MAX	 32
#define EDITION_AREAS_MAX	 64
#define EDITION_METRICS_MAX	 256	 /* over all areas */
#define EDITION_STEPS_MAX	 8	 /* of one people rule */
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

/* Which usage rows a rule looks at. A row must pass every part. */
struct selection {
	struct str id;
	enum measure measure;
	uint32_t associations; /* bit (1 << enum association_kind) for each that counts */
	uint32_t offers;       /* bit (1 << enum offer_kind) for each that counts */
	size_t n_products;     /* when not 0: only these products (exact, ASCII case ignored) */
	const struct str *products;
	size_t n_components; /* when not 0: only these components */
	const struct str *components;
	size_t n_excluded; /* products that never pass */
	const struct str *excluded;
	struct str source;
};

/* Certificates as a set of indexes into edition.certificates. */
struct cert_set {
	uint64_t bits[EDITION_CERTIFICATES_MAX / 64];
};

/* "Holds all of one of these sets." */
struct people_predicate {
	size_t n_any; /* >= 1 */
	const struct cert_set *any;
};

enum rule_kind {
	/* Customers over a threshold in any of the last look_back months, minus the same a year before. */
	RULE_NET_CUSTOMER_ADDS = 1,
	/* People by steps of certificates. */
	RULE_PEOPLE,
	/* Growth of usage in per cent over a year before. */
	RULE_USAGE_GROWTH,
	/* Distinct products with usage above zero over a window. */
	RULE_PRODUCTS_IN_USE,
};

/* Steps are gates in order: a step earns only when every step before it has at least its min_people. */
struct people_step {
	struct people_predicate holds;
	uint32_t min_people;	  /* needed to open the following steps; 0: does not gate */
	struct ratio points_each; /* per person of this step; 0 for a pure prerequisite */
	struct ratio points_max; /* cap of this step; the metric's maximum caps the whole as well */
	struct str name;	 /* for explanations, for example "Azure Administrator" */
};

/* Reference month R: see engine.h. Months are counted back from R. */
struct metric_rule {
	enum rule_kind kind;
	struct ratio
		points_each; /* per net add, per product, per 1 per cent; unused by RULE_PEOPLE */
	union {
		struct {
			uint16_t selection;
			int64_t at_least_micro; /* amount a customer must reach in a single month (>=) */
			uint32_t look_back; /* months R, R-1, ...; 2: in either of the last two */
			uint32_t compare_months; /* 12 */
		} customers;
		struct {
			size_t n_steps; /* 1..EDITION_STEPS_MAX */
			const struct people_step *steps;
		} people;
		struct {
			uint16_t selection;
			uint32_t window_months;	 /* 1: the single month; 12: trailing twelve */
			uint32_t compare_months; /* 12 */
			int64_t minimum_micro; /* amount of the current window below which nothing is earned */
		} growth;
		struct {
			uint16_t selection;
			uint32_t window_months; /* 12 */
		} products;
	} u;
};

struct metric {
	struct str id;	    /* "net-customer-adds" */
	struct str name;    /* for people */
	struct str rule_id; /* "AZ-NCA" */
	struct str source;  /* document and section the rule comes from */
	size_t n_unknown; /* what the source leaves open about this rule, a sentence each: for explanations */
	const struct str *unknown;
	uint32_t maximum; /* points at most */
	struct metric_rule rule;
};

struct area {
	struct str id;	  /* "infrastructure" */
	struct str name;  /* "Infrastructure (Azure)" */
	struct str track; /* id, empty when the area has none */
	size_t n_metrics; /* 1..AREA_METRICS_MAX */
	const struct metric *metrics;
};

struct edition {
	struct str id;
	struct str title;
	day_no valid_from;
	day_no valid_until;	   /* last day, DAY_NONE when open */
	struct ratio qualifies_at; /* total needed (70) */
	struct ratio metric_above; /* every metric must be greater than this (0) */
	uint32_t
		usage_ready_day; /* day of the next month on which a month without a report counts (20) */
	size_t n_certificates;
	const struct certificate *certificates;
	size_t n_selections;
	const struct selection *selections;
	size_t n_areas;
	const struct area *areas;
	size_t n_unknown; /* what the sources leave open about the edition as a whole */
	const struct str *unknown;
	uint64_t digest; /* of the text it was compiled from */
};

/* The index of a certificate by code, title or alias, ASCII case ignored; -1 when the edition names none. */
int edition_certificate(const struct edition *e, struct str name);

/* Why the points of an area could leave the 128 bits in which they are kept exact; NULL when they cannot, whatever the
 * usage. The denominator of a total is at most the least common one of all fractions of the area, times the sum of
 * usage that a growth metric divides by. The text names the remedy and lives for ever. */
const char *edition_inexact(const struct edition *e, const struct area *area);

#endif
