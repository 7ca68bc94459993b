/* The forecast: what a partner's score will be on each coming day if nothing new is told. Certificates begin and end,
 * months become those that the rules look at, windows and renewals turn, editions become valid, attestations and
 * enrollments end; usage that is not told yet holds its last value.
 *
 * Exact: on each day of a part, engine_score() after day events up to that day gives the same points, tracks and statuses. */
#ifndef RULES_ENGINE_FORECAST_H
#define RULES_ENGINE_FORECAST_H

#include "rules/engine/engine.h"

struct forecast_area {
	const struct area *area;
	const struct track *track; /* that counts */
	enum area_status status;
	bool qualifies;
	struct ratio total;
	const struct ratio *points; /* area->n_metrics of them */
	/* Why a metric of it has fewer points than in the part before, or it is not held any more. */
	size_t n_falls;
	const struct fall *falls;
};

/* Days on which nothing changes: from its first day to the day before the next part's. */
struct forecast_part {
	day_no from;
	const struct edition *edition; /* valid then */
	month_no reference_month;      /* as in partner_score */
	size_t n_areas;
	const struct forecast_area *areas; /* in the edition's order */
};

struct forecast {
	struct str partner;
	day_no from, until; /* both included; from: the engine's day */
	size_t n_parts;	    /* 1.. */
	const struct forecast_part *parts;
};

/* How far ahead one may look. */
#define FORECAST_DAYS_MAX 1200

/* e      past its first day. Of a partner that waits for a settle everything is counted anew.
 * until  from the engine's day to FORECAST_DAYS_MAX after it.
 * ar     everything in ret_forecast is allocated there; texts are those of the engine and its editions.
 * Returns 0, ERR_INVALID (before the first day, or `until` out of range), ERR_NOTFOUND (no such partner), ERR_NOMEM.
 * Cost: O(people + what turns), and O(rows) for each day on which other months are looked at. Nothing that is kept
 * of the partner is touched. */
int engine_forecast(struct engine *e, struct str partner, day_no until, struct arena *ar,
	struct forecast *ret_forecast);

#endif
