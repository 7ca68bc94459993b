/* A population of invented partners: how many customers and people each one has, which customer uses how much of what
 * in which month, and what was told wrongly at first.
 *
 * Nothing is kept: every figure is drawn from the seed and from the place it stands at, in whole numbers, so that it
 * comes out the same in whatever order it is asked for and on whatever machine. Memory does not grow with the
 * population.
 *
 * Sizes follow Zipf's law: the partner of rank r has 1/r of the customers and of the people of the first, at least one.
 * Ranks are dealt out among the ids. */
#ifndef GENERATE_POPULATION_H
#define GENERATE_POPULATION_H

#include "services/generate/draw.h"
#include "services/generate/shelf.h"
#include "services/generate/world.h"

#define POPULATION_PARTNERS_MAX 2000000
#define POPULATION_MEAN_MAX	1000
#define POPULATION_LARGEST_MAX	9999
#define POPULATION_MONTHS_MAX	120
#define POPULATION_LINES_MAX	(WORLD_AZURE_MOST + 3 * WORLD_WORKLOADS_MOST)
#define POPULATION_MILLE_MAX	500 /* of corrections, duplicates and lines out of order */

struct population_options {
	uint64_t seed;
	uint32_t partners;	/* 1..POPULATION_PARTNERS_MAX */
	uint32_t customers;	/* a partner has on average; 1..POPULATION_MEAN_MAX */
	uint32_t people;	/* the same */
	uint32_t largest;	/* no partner has more of either; 1..POPULATION_LARGEST_MAX */
	month_no from, through; /* usage is told of these months; at most POPULATION_MONTHS_MAX */
	uint32_t corrections;	/* per mille of amounts that are restated */
};

struct population {
	struct population_options o;
	const struct world *world;
	const struct shelf *shelf;
	uint64_t harmonic; /* sum of 1/r over all ranks, in 1/2^32 */
	uint32_t order_bits;
};

/* world, shelf  borrowed; must outlive the population.
 * Returns 0, ERR_INVALID when an option is out of range or the edition has no certificates or workloads. */
int population_init(struct population *p, const struct population_options *o,
	const struct world *world, const struct shelf *shelf, struct err *e);

/* ---- partners ----------------------------------------------------------------------------------------------------- */

#define PARTNER_ID_TEXT 16

/* What of a partner a draw is for. */
enum draw_domain { DOMAIN_PARTNER = 1, DOMAIN_CUSTOMER, DOMAIN_PERSON };

struct partner {
	const struct population *of;
	uint32_t index; /* 0..partners - 1 */
	uint32_t rank;	/* from 1 */
	struct draw_key key;
	char id[PARTNER_ID_TEXT];
	uint32_t n_customers, n_people, n_locations; /* each at least 1 */
	int32_t growth;				     /* per cent a year */
	uint64_t focus; /* bit for each of the shelf's areas that it works in; at least one */
	const struct world_market *market;
	struct str city;
};

void partner_draw(const struct population *p, uint32_t index, struct partner *ret);
/* A location account; location 0 of a partner with one only is the partner itself. */
const char *partner_location(
	const struct partner *p, uint32_t location, char text[PARTNER_ID_TEXT]);
/* How many customers the partner of a rank has. */
uint32_t population_size(const struct population *p, uint32_t rank, uint32_t mean);

/* ---- customers ---------------------------------------------------------------------------------------------------- */

struct customer {
	const struct partner *partner;
	uint32_t index;
	struct draw_key key;
	char tenant[GUID_TEXT];
	uint32_t location;
	const struct world_segment *segment;
	const struct world_market *market;
	bool buys[TRADE_END];
	const struct world_association *association[TRADE_END];
	month_no joined; /* first month */
	month_no left,
		back; /* MONTH_NONE: not; left: first month without, back: first month again */
	size_t n_services, n_workloads, n_revenue, n_value;
	uint16_t services[WORLD_AZURE_MOST];	  /* of the scene */
	uint16_t workloads[WORLD_WORKLOADS_MOST]; /* of shelf->seats, and so on */
	uint16_t revenue[WORLD_WORKLOADS_MOST];
	uint16_t value[WORLD_WORKLOADS_MOST];
};

/* index  0..partner->n_customers - 1. The partner is borrowed. */
void customer_draw(const struct partner *p, uint32_t index, struct customer *ret);
bool customer_is_here(const struct customer *c, month_no m);

enum line_kind { LINE_AZURE, LINE_SEATS, LINE_REVENUE, LINE_VALUE };

/* What a customer used of one thing in a month. */
struct line {
	enum line_kind kind;
	uint16_t number; /* of the customer, the same in every month */
	uint16_t item;	 /* service of the scene, or workload of the shelf's list */
	const struct world_association *association;
	/* A second one, by which the same is told once more as a duplicate; NULL: there is none. */
	const struct world_association *second;
	int64_t amount_micro; /* USD, active users, or capacity */
	int64_t seats_micro;  /* LINE_SEATS: paid units */
	/* So many months after its own the line was told anew with another amount; 0: it never was. */
	uint32_t corrected_after;
};

#define CORRECTED_AFTER_MAX 2

/* The lines of a month as they stand so many months later; none when the customer is not here. Returns how many. */
size_t customer_lines(const struct customer *c, month_no m, uint32_t later,
	struct line lines[POPULATION_LINES_MAX]);

/* The workload of a line, which is not one of Azure. */
const struct shelf_product *line_product(const struct shelf *s, const struct line *l);

/* ---- claims ------------------------------------------------------------------------------------------------------- */

/* The customer's CPOR claim for the workloads of its seats: the day it was made, and whether it was approved. */
day_no customer_claim_day(const struct customer *c);
bool customer_claim_is_approved(const struct customer *c);

/* ---- enrollment --------------------------------------------------------------------------------------------------- */

/* True when the partner is enrolled, as the largest are; since when, and in which of the shelf's areas. */
bool partner_enrollment(const struct partner *p, day_no *ret_on, size_t *ret_area);

#endif
