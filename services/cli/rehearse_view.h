/* A rehearsal for people and for programs: changes as they come, and the summary. */
#ifndef CLI_REHEARSE_VIEW_H
#define CLI_REHEARSE_VIEW_H

#include <stdio.h>

#include <jansson.h>

#include "common/wire/frame.h"

#define REHEARSED_AREAS_MAX 128

/* What all pages together say. */
struct rehearsed {
	char edition[EVENT_NAME_MAX + 1], edition_now[EVENT_NAME_MAX + 1];
	day_no day; /* DAY_NONE before the first */
	uint64_t looked_at;
	size_t n_areas;
	struct {
		char id[EVENT_NAME_MAX + 1];
		uint64_t n[OUTCOME_END];
	} areas[REHEARSED_AREAS_MAX];
};

/* Adds a page; f is a FRAME_REHEARSE_ANSWER without faults. */
void rehearsed_add(struct rehearsed *r, const struct frame *f);

/* "Edition next with the facts of 2024-05-25, when small is valid" */
void rehearse_print_head(FILE *out, const struct rehearsed *r);
void rehearse_print_partner(FILE *out, const struct wire_rehearsed_partner *p);
void rehearse_print_summary(FILE *out, const struct rehearsed *r);
/* A report of the compiler, which came from elsewhere: without control characters. */
void rehearse_print_report(FILE *out, struct span report);

/* NULL when out of memory. */
json_t *rehearse_partner_json(const struct wire_rehearsed_partner *p);
/* partners: taken over. */
json_t *rehearse_json(const struct rehearsed *r, json_t *partners);

#endif
