/* Writes the exports that a story's partners would download: the Azure usage report, and trainings, exams and
 * certifications. CSV as Partner Center gives it: UTF-8, CRLF, quotes where a field needs them.
 *
 * Everything the story leaves open comes from the seed, keyed by what it is for: the same seed gives the same
 * rows whatever months are written, and whichever partners. */
#ifndef GENERATE_EXPORT_H
#define GENERATE_EXPORT_H

#include <stdint.h>
#include <stdio.h>

#include "services/generate/story.h"

struct generator {
	const struct story *story;
	uint64_t seed;
};

/* Each writes one line of column names. Errors stay in `out` (ferror()). */
void export_usage_header(FILE *out);
void export_trainings_header(FILE *out);

/* One partner's rows of the usage of a month.
 * partner  index into story.partners.
 * copy     0 for the story's own partner; further numbers are other partners with the same story: their ids are
 *          the story's followed by five digits, their customers and people are others. At most 99999.
 * Returns the number of rows. */
uint64_t export_usage(
	const struct generator *g, size_t partner, uint32_t copy, month_no month, FILE *out);

/* All that the partner's people had completed by the end of a month. Returns the number of rows. */
uint64_t export_trainings(
	const struct generator *g, size_t partner, uint32_t copy, month_no month, FILE *out);

#endif
