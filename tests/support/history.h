/* Random histories of events for property tests: valid facts of a few partners that meet on the same customers, people,
 * months and certificates, with values near the places where rules turn (1,000 USD, 300 seats, 40 %, the last month and
 * those a year before, days of expiry, anniversaries). The same shape and seed give the same history. Pure. */
#ifndef SUPPORT_HISTORY_H
#define SUPPORT_HISTORY_H

#include "common/base/event.h"
#include "common/base/mem.h"

struct rng {
	uint64_t state;
};
uint64_t rng_next(struct rng *r);
unsigned rng_below(struct rng *r, unsigned n); /* 0..n-1; n >= 1 */

enum history_order { HISTORY_ORDERED, HISTORY_NEARLY, HISTORY_SHUFFLED };

/* Themes, as bits: what usage and certificates are about. */
#define HISTORY_AZURE	    1U
#define HISTORY_MODERN_WORK 2U
#define HISTORY_SECURITY    4U
#define HISTORY_BUSINESS    8U
#define HISTORY_EVERYTHING  15U
/* Beside themes: partners near what specializations ask at the beginning. */
#define HISTORY_SPECIALIZED 16U

struct history_shape {
	const char *name;
	unsigned themes; /* 0: Azure alone, with facts that its areas look at */
	int year;	 /* in the middle of which it begins, with themes; 0: 2023 */
	enum history_order order;
	unsigned min_events, max_events; /* before duplicates */
	/* How many different ones there are. */
	unsigned partners, people, customers, products;
	/* What kinds of facts, as weights. */
	unsigned usage, certificates, links, markers, days, others;
	unsigned associations, accounts, customers_known, attestations,
		enrollments; /* with themes */
	/* Per cent of rows of usage that do not say by which association, and of facts that are told of a location. */
	unsigned unassociated, located;
	/* Per cent of enrollments that are of specializations and last for years, and of days that turn one of those years. */
	unsigned renewals;
	/* Per cent of events that say an earlier fact anew with another value, withdraw it, come later than a newer
	 * version, or come again as they were. */
	unsigned restated, retracted, stale, duplicated;
	/* Per cent of histories that begin with partners near a designation: people with certificates, customers over the
	 * threshold, some growth. */
	unsigned established;
};

/* Shapes of the whole programme, each around one part of it. */
extern const struct history_shape history_shapes[];
extern const size_t history_shape_count;

struct history {
	struct arena ar;
	size_t n;
	struct event *events; /* in order of arrival */
};

/* Returns 0 or ERR_NOMEM. */
int history_make(struct history *h, const struct history_shape *shape, uint64_t seed);
void history_fini(struct history *h);

/* Puts n indexes into an order of their own. */
void history_shuffle(struct rng *r, size_t *order, size_t n);

#endif
