/* What counts for one partner, gathered once for a question, and the plain sums and counts that all areas are made of.
 *
 * Amounts of usage are in ten-millionths of a unit here, so that a tenth of a point of consumption value is whole. */
#ifndef ORACLE_VIEW_H
#define ORACLE_VIEW_H

#include "tests/oracle/certificates.h"
#include "tests/oracle/oracle_list.h"

#define UNITS(n)     ((int128)(n)*10000000)
#define MORE_THAN(n) (UNITS(n) + 1)

/* ---- associations (associations.c) ------------------------------------------------------------------------------ */

#define KIND(k) (1U << (k))
#define CPOR	KIND(ASSOC_CPOR)
#define DPOR	KIND(ASSOC_DPOR)
#define PAL	KIND(ASSOC_PAL)
#define CSP	(KIND(ASSOC_CSP_TIER_1) | KIND(ASSOC_CSP_TIER_2))

/* An association fact that stands, of whatever partner. */
struct bond {
	const struct event *ev;
	const struct fact_association *a;
	struct str owner;
	bool taken_over;  /* CPOR: by another partner, so that it ends ... */
	month_no ends_at; /* ... with this month; MONTH_NONE: it never counted */
};

struct bonds {
	size_t n;
	struct bond *all;
};

void oracle_bonds_init(const struct oracle *o, struct bonds *ret);
bool oracle_covers(const struct bond *b, month_no m);
/* The kind under which a row of usage counts; 0 when it counts nowhere. */
int oracle_row_kind(const struct bonds *b, const struct event *usage);

/* ---- usage (usage.c) -------------------------------------------------------------------------------------------- */

struct row {
	const struct event *ev;
	const struct fact_usage *u;
	int kind;     /* enum association_kind under which it counts, 0: nowhere */
	int customer; /* equal numbers: the same customer */
	int product;  /* equal numbers: the same spelling */
};

/* A product that a rule lists. */
struct product {
	const char *names;    /* "Entra ID P1|AADP": one product under several names */
	enum measure measure; /* whose rows count; 0: those of the pick */
	int tenths;	      /* worth of a unit in tenths; 0: a unit is worth one */
	unsigned kinds;	      /* of associations; 0: those of the pick */
};

/* Which rows a rule looks at. */
struct pick {
	unsigned measures; /* KIND() of each; of products with their own: all of them */
	unsigned kinds;	   /* of associations */
	bool any_offer;	   /* otherwise paid ones only */
	const struct product *products; /* up to one without names; NULL: every product */
	const char *except;		/* products that do not count; NULL: none */
	bool (*filter)(const struct fact_usage *u); /* NULL: none */
};

/* A row that a pick takes. */
struct taken {
	int customer;
	int product; /* number in pick.products; without: row.product */
	month_no month;
	int128 value;
};

struct takings {
	const struct pick *pick;
	size_t n;
	struct taken *all;
	/* Every pair of a customer and a product among them, once. */
	size_t n_pairs;
	struct taken *pairs;
};

/* When a customer, or a product of a customer, passes. */
struct test {
	const struct pick *pick;
	bool each_product; /* one product must reach the range alone */
	bool sum;	   /* the months together; otherwise one of them */
	int months;	   /* that end with the one looked at */
	int128 from, to;   /* both inclusive; to 0: open */
	int promoted; /* above the range passes when it was in it in one of so many months before */
	const struct pick *share; /* that product's amount here must be at least ... */
	int percent;		  /* ... so many per cent of that in pick */
};

enum unit { CUSTOMERS, WORKLOADS };

/* Units that pass now, and those that passed a year before. */
struct units {
	enum unit unit;
	struct test test;
	int128 base;	  /* lower bound a year before; 0: the same */
	bool not_already; /* what passed when the partner was associated in the year does not pass now */
};
struct counts {
	int64_t now, before, both;
};

struct growth {
	const struct pick *pick;
	int window;		   /* months */
	const struct test *filter; /* only units that pass it in the last month; NULL: all */
	enum unit filtered;
	bool since; /* compared with the month of the association where that is later */
};
struct amounts {
	int128 now, before;
};

struct view;
struct memo;

/* The last month of the measures (bits) on a day; MONTH_NONE when there is none. */
month_no oracle_last_month(const struct view *v, unsigned measures, day_no day);
const struct takings *oracle_take(struct view *v, const struct pick *p);
/* customer, product: -1 for all. Months first..last. */
int128 oracle_amount(struct view *v, const struct pick *p, int customer, int product,
	month_no first, month_no last);
/* Customers with more than nothing in the months. */
int64_t oracle_customers(struct view *v, const struct pick *p, month_no first, month_no last);
/* Distinct products with more than nothing in the months. */
int64_t oracle_products(struct view *v, const struct pick *p, month_no first, month_no last);
/* Where the view keeps what was worked out for a rule and a month; zero when it is new. */
struct memo *oracle_memo(struct view *v, const void *rule, month_no last, bool *ret_new);
struct counts oracle_count_units(struct view *v, const struct units *u, month_no last);
struct amounts oracle_growth(struct view *v, const struct growth *g, month_no last);

/* ---- people (people.c) ------------------------------------------------------------------------------------------ */

struct holder {
	struct str id;
	bool reported[N_CERTS];
	struct fact_certification newest[N_CERTS]; /* whichever partner gave the report */
};

/* Steps are gates in order: each earns when all before it have their people. */
struct step {
	enum cert any[24]; /* up to a NO_CERT */
	int needed;	   /* people that open what follows; 0: no gate */
	struct ratio each; /* points; den 0: none */
	int most;	   /* points of this step; 0: as many as come */
};
#define POINTS(n, d)                                                                               \
	{                                                                                          \
		(n), (d)                                                                           \
	}

/* Whether somebody holds a certificate, or all of a COMPOSITE one, on a day. */
bool oracle_holds(const struct view *v, const struct holder *h, enum cert c, day_no day);
/* People who hold one of some certificates (up to NO_CERT). */
int64_t oracle_people(const struct view *v, const enum cert *any, day_no day);
struct ratio oracle_skilling(
	const struct view *v, const struct step *steps, size_t n, int most, day_no day);

/* ---- standing (standing.c) -------------------------------------------------------------------------------------- */

enum area_number {
	INFRASTRUCTURE,
	APPS,
	DATA_AI,
	MODERN_WORK,
	SECURITY,
	BUSINESS,
	SOLUTION_AREAS,
	MICROSOFT_CLOUD = SOLUTION_AREAS,
	FIRST_SPECIALIZATION,
	KUBERNETES = FIRST_SPECIALIZATION,
	CLOUD_SECURITY,
	SAP_ON_AZURE,
	SMALL_BUSINESS,
	ADOPTION,
	TEAMWORK,
	DEVOPS,
	HYBRID,
	AREAS
};

/* The area's points and requirements on a day, what counts of them, and whether it qualifies; no status. */
void oracle_area_on(struct view *v, enum area_number n, day_no day, struct oracle_area *ret);
bool oracle_qualifies(struct view *v, enum area_number n, day_no day);
enum area_status oracle_status(
	struct view *v, enum area_number n, day_no day, day_no *ret_from, day_no *ret_until);
static inline bool oracle_is_held(enum area_status s)
{
	return s == AREA_QUALIFIED || s == AREA_ENROLLED || s == AREA_RENEWAL_DUE;
}
/* The anniversary of the enrollment that counts for an area; DAY_NONE when there is none. */
day_no oracle_anniversary(struct view *v, enum area_number n, day_no day);
/* The year of the renewal that a specialization is up for, the first being one; 0: not enrolled, or not known. */
unsigned oracle_renewal_year(const struct view *v, enum area_number n, day_no day);
/* The track that an enrollment fixes for a day: 0 or 1; -1 when it is open. */
int oracle_enrolled_track(struct view *v, enum area_number n, day_no day);
const char *oracle_area_id(enum area_number n);

/* ---- areas (areas_*.c, specializations.c) ----------------------------------------------------------------------- */

/* Each fills metrics and the points of every track. */
void oracle_azure(struct view *v, enum area_number n, day_no day, struct oracle_area *a);
void oracle_modern_work(struct view *v, day_no day, struct oracle_area *a);
void oracle_security(struct view *v, day_no day, struct oracle_area *a);
void oracle_business(struct view *v, day_no day, struct oracle_area *a);
/* Fills metrics and what is met. */
void oracle_specialization(struct view *v, enum area_number n, day_no day, struct oracle_area *a);
/* The track that the figures of a day choose: 0 or 1. */
int oracle_azure_track(struct view *v, day_no day);
int oracle_business_track(struct view *v, day_no day);

struct ratio oracle_capped(struct ratio points, int most); /* 0..most */
struct ratio oracle_times(int128 n, struct ratio points);
void oracle_metric(struct oracle_area *a, const char *id);
void oracle_require(struct oracle_area *a, const char *id, enum oracle_met met);
/* Points for the net number of units in the last month of the rule, without a cap. */
struct ratio oracle_net(struct view *v, const struct units *u, struct ratio each, day_no day);
/* `each` points for so much growth, at least 0. */
struct ratio oracle_more(
	struct view *v, const struct growth *g, int for_each, struct ratio each, day_no day);
/* A point for each per cent; 0 below the least amounts now and before. */
struct ratio oracle_per_cent(
	struct view *v, const struct growth *g, int least_now, int least_before, day_no day);

/* ---- the view (view.c) ------------------------------------------------------------------------------------------ */

_Noreturn void oracle_die(const char *why);

#define TAKINGS_MAX 96
#define MEMO_MAX    4096
#define DAYS_KEPT   2048

struct memo {
	const void *rule;
	month_no month;
	struct counts counts;
	struct amounts amounts;
};

struct view {
	const struct oracle *o;
	enum oracle_edition edition;
	struct str partner;
	struct bonds bonds;
	size_t n_rows, n_people, n_customers, n_markers, n_facts;
	struct row *rows;      /* of all its subjects, whether they count or not */
	struct holder *people; /* who belong to it */
	struct str *customers;
	const struct fact_usage_reported **markers;
	const struct event **facts; /* enrollments, attestations and segments */
	size_t n_takings;
	struct takings takings[TAKINGS_MAX];
	size_t n_memos;
	struct memo *memos;
	day_no today;
	signed char *
		qualifies; /* of each area, so many days back from today: 0 not looked at, 1 no, 2 yes */
};

struct view *oracle_view_create(const struct oracle *o, struct str partner, day_no today);
void oracle_view_destroy(struct view *v);
void oracle_gather_people(struct view *v);

#endif
