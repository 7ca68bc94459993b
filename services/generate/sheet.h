/* Files of comma-separated values as Partner Center's users get them, in the ways in which they differ. */
#ifndef GENERATE_SHEET_H
#define GENERATE_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/date.h"
#include "common/base/text.h"

struct sheet_style {
	bool mark;	/* begins with a byte order mark */
	bool bare_lf;	/* lines end with LF, otherwise CRLF */
	bool quote_all; /* every field, otherwise only where it must be */
};

/* A record. Errors stay in `out` (ferror()). */
void sheet_mark(FILE *out, const struct sheet_style *style);
void sheet_row(FILE *out, const struct sheet_style *style, const struct str *cells, size_t n);

/* Gives the file the time of the export of a month: the 20th of the next one, 06:00 UTC, when Partner Center has the month
 * complete. Importers take it for the time of recording. Written bytes must be flushed before. A file system without
 * times is no reason to fail. */
void sheet_stamp(FILE *out, month_no month);

/* Room for the texts of a record's cells. Text that does not fit is cut; names are bounded so that all does. */
#define SCRATCH_BYTES 8192
struct scratch {
	char bytes[SCRATCH_BYTES];
	size_t used;
};
struct str scratch_put(struct scratch *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
