/* A partner as it is and as it would be, side by side, for people and for programs. */
#ifndef CLI_SIMULATE_VIEW_H
#define CLI_SIMULATE_VIEW_H

#include <stdio.h>

#include <jansson.h>

#include "common/wire/frame.h"

struct simulate_view {
	const struct frame *answer; /* FRAME_SIMULATE_ANSWER */
	struct str partner;
	bool all;     /* also areas and metrics in which nothing moves */
	bool explain; /* the score as it would be is told in full behind the table */
	bool color;
};

void simulate_print(const struct simulate_view *v, FILE *out);
/* The document of docs/cli.md; NULL when out of memory. */
json_t *simulate_json(const struct simulate_view *v);

#endif
