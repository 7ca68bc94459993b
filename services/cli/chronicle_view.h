/* A partner's history for people: points over time, and what moved them. 80 columns. */
#ifndef CLI_CHRONICLE_VIEW_H
#define CLI_CHRONICLE_VIEW_H

#include <stdio.h>

#include "services/cli/chronicle.h"
#include "services/cli/event_fetch.h"

struct chronicle_style {
	bool all;      /* also the specializations of which nothing was ever met */
	bool one_area; /* the area was asked for: it is told in any case */
	bool unicode;  /* block characters */
	/* The events behind the changes; NULL: their positions alone. */
	const struct fetched_event *events;
	size_t n_events;
};

void chronicle_print(const struct chronicle *c, const struct chronicle_style *style, FILE *out);

/* JSON, as docs/cli.md has it, to standard output. Returns 0 or ERR_NOMEM. */
int chronicle_print_json(const struct chronicle *c, const struct chronicle_style *style);

/* The event at a position; NULL: it was not fetched. */
const struct fetched_event *chronicle_event(const struct chronicle_style *style, uint64_t position);

#endif
