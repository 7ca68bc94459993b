/* Which report a header line belongs to.
 *
 * Names are compared by letters and digits alone, in any case: "PGA_MPNID" is "PgaMpnId". A header belongs to a
 * report when it has all columns that the report requires, under their own names or an alias. Of several such
 * reports it is the one that knows most of the header's names, so that columns left out at the download, or added
 * by a later edition of the export, do not matter. */
#ifndef IMPORTS_RECOGNISE_H
#define IMPORTS_RECOGNISE_H

#include "services/imports/report.h"

struct header_match {
	const struct report *report;
	size_t n_required, n_missing; /* of the required columns */
	size_t n_known;		      /* names of the header that the report knows */
	int field_of[REPORT_COLUMNS_MAX];
	const char *name_of[REPORT_COLUMNS_MAX]; /* the one it goes by in this header */
};

/* All reports that are known, in no particular order. */
const struct report *const *reports_all(size_t *ret_n);

/* c: holds the header. Returns 0, ERR_UNSUPPORTED (none: e names the known ones, the nearest, and the columns it
 * lacks; or a column stands twice; or the file is of another form). */
int header_recognise(const struct csv *c, struct header_match *ret_m, struct err *e);

/* Reads the header of an open input and says which report it is; in: byte order mark skipped. Returns 0,
 * ERR_UNSUPPORTED, ERR_IO. */
int header_read(struct csv *c, struct input *in, struct header_match *ret_m, struct err *e);

#endif
