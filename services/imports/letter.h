/* A refused row of an export as it may be kept: without what the report does not read, and so without names, addresses and
 * whatever else a later edition of the export adds.
 *
 * A letter is a table of its own: a header line with the columns that the report reads, and the row. So it can be read as
 * the export was, once its fault is mended. Where rows hold names of people:
 *   - the profile id is written as the keyed hash that facts carry ("person:" and the id), which the reader takes;
 *   - of a row whose dates are none, fields may have slipped into each other's place: then only values without a letter
 *     are kept;
 *   - a row whose fields cannot be told apart is not kept at all.
 * Where rows hold none, such a row is kept as it stands, under the header of its file. */
#ifndef IMPORTS_LETTER_H
#define IMPORTS_LETTER_H

#include "services/imports/person_key.h"
#include "services/imports/report.h"

#define LETTER_MAX 65536 /* bytes; a row that is longer is not kept */

/* Room for one letter at a time. */
struct letter {
	char text[LETTER_MAX];
	char header[LETTER_MAX /
		    4]; /* of the file, with its line end; empty where rows hold names of people */
	size_t n_header;
	struct person_key key; /* for reports that have people */
};

/* The letter of a row, in l->text; empty when it is too long. l: key set where a column holds people. */
struct str letter_of_row(struct letter *l, const struct report_row *row);

/* Remembers the header that the reader stands on, for the rows below. */
void letter_set_header(struct letter *l, const struct report *report, const struct csv *c);
/* The letter of a row that has another number of fields than the header, and of a line that cannot be read; empty where it
 * may hold names. */
struct str letter_of_fields(struct letter *l, const struct csv *c);
struct str letter_of_line(struct letter *l, const struct csv *c);

/* Whether a value of the row may be shown and kept: anything of reports without people; otherwise numbers and dates, and
 * texts of rows in which dates are where they belong. */
bool letter_may_hold(const struct report_row *row, size_t column);

#endif
