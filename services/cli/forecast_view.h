/* A forecast for people and for programs. */
#ifndef CLI_FORECAST_VIEW_H
#define CLI_FORECAST_VIEW_H

#include <stdio.h>

#include <jansson.h>

#include "common/base/score.h"
#include "common/wire/frame.h"
#include "services/cli/score_view.h"

/* An area from a day on, up to the next step. */
struct forecast_step {
	day_no from;
	struct str edition;
	struct wire_area_standing standing;
	size_t n_falls; /* why it is no more what it was in the step before */
	const struct wire_forecast_fall *falls;
};
struct forecast_track {
	struct str area;
	size_t n, cap;
	struct forecast_step *steps;
	const struct area_outlook *outlook; /* NULL: it is not held, or was not told */
};
struct forecast_view {
	struct str partner;
	day_no from, until;
	bool steady, all;
	uint32_t line; /* total points that a designation needs on the first day */
	size_t n_areas;
	struct forecast_track *areas;
};

void forecast_print(const struct forecast_view *v, const struct score_style *style, FILE *out);
/* NULL when out of memory. The caller decrefs. */
json_t *forecast_json(const struct forecast_view *v);

#endif
