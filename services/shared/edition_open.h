/* Opens the edition of the rules that a user names: one that ships with the program, or a file. */
#ifndef SHARED_EDITION_OPEN_H
#define SHARED_EDITION_OPEN_H

#include <stdbool.h>

#include "rules/compile/compile.h"

/* name        an id ("2023-06"), a date (the edition valid on it), empty or NULL for the newest valid on `day`
 *             (DAY_NONE: of all), or the path of a rule file: anything with a slash or ending in .yaml or .yml.
 * ret_report  faults and warnings of the compiler, as text; may be NULL.
 * Returns 0, ERR_NOTFOUND (no such edition or file; e lists those there are), ERR_SYNTAX (see the report),
 * ERR_FULL (file too large), ERR_IO, ERR_NOMEM. The box belongs to the caller. */
int edition_open(const char *name, day_no day, struct buf *ret_report, struct edition_box **ret_box,
	struct err *e);

/* The text of a file of rules or of their tests. text_out: a buffer of EDITION_TEXT_MAX + 1 bytes at most.
 * Returns 0, ERR_NOTFOUND, ERR_IO, ERR_FULL (longer than EDITION_TEXT_MAX), ERR_NOMEM. */
int edition_read_file(const char *path, struct buf *text_out, struct err *e);

/* Whether that name is the path of a file. */
bool edition_is_path(const char *name);

#endif
