/* Plans, for people and for programs. */
#ifndef CLI_PLAN_VIEW_H
#define CLI_PLAN_VIEW_H

#include <jansson.h>
#include <stdio.h>

#include "common/wire/frame.h"

struct plan_view {
	const struct frame *answer; /* FRAME_PLAN_ANSWER */
	struct str partner, target;
	struct str unit; /* of costs; may be empty */
};

void plan_print(const struct plan_view *v, FILE *out);
/* The document of docs/cli.md; NULL when out of memory. */
json_t *plan_json(const struct plan_view *v);

#endif
