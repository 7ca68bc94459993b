/* The reports of Partner Center that a population's exports are: their columns, and which rows they have.
 *
 * Column names are as published (insights-data-definitions.md, 08/11/2023; those of the training completions as the
 * query of the same name gives them). Rows come partner by partner, so memory does not grow with the population. */
#ifndef GENERATE_REPORTS_H
#define GENERATE_REPORTS_H

#include "services/generate/fields.h"
#include "services/generate/population.h"
#include "services/generate/sheet.h"

struct report_job;

struct population_report {
	const char *name; /* of the file, before the month */
	const struct column *columns;
	size_t n_columns;
	/* Puts the rows of job->partner. */
	void (*rows)(struct report_job *job);
	bool on_request; /* only when it is asked for by name */
};

extern const struct population_report population_reports[];
extern const size_t population_reports_count;

/* Writes one report of a month, as it is on the 20th of the next one. A month before of which something is told anew is
 * in it too, whole: what a report says of a partner and a month is all there is. People are told with all that they
 * have completed. Byte order mark, line ends, quotes and the form of months vary from file to file, by the seed.
 * Returns the number of rows. Errors stay in `out` (ferror()). */
uint64_t population_export(
	const struct population *p, const struct population_report *report, month_no m, FILE *out);

#endif
