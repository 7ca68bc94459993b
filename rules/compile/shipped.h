/* The editions that ship inside the program: the files of rules/editions, as text. */
#ifndef RULES_COMPILE_SHIPPED_H
#define RULES_COMPILE_SHIPPED_H

#include <stddef.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/text.h"

struct shipped_edition {
	struct str id;	  /* "2023-06" */
	const char *file; /* "rules/editions/2023-06.yaml", for messages */
	struct str text;
	struct str from; /* first and last day, as the file writes them; `until` empty when open */
	struct str until;
};

size_t shipped_count(void); /* at least 1 */
/* i: 0..shipped_count()-1, oldest first; they lie one behind the other. Lives for ever. */
const struct shipped_edition *shipped_edition(size_t i);
/* NULL when none has that id. */
const struct shipped_edition *shipped_by_id(struct str id);

/* The edition that a user asks for.
 * name      an id, a date (YYYY-MM-DD: the newest edition valid on it), or empty: the newest valid on `day`.
 * day       DAY_NONE: the newest of all.
 * ret_note  a sentence when the choice needs one (a day before the first edition takes the oldest), otherwise
 *           empty; on failure what is wrong, with the ids there are. May be NULL.
 * Returns 0 or ERR_NOTFOUND. */
int shipped_choose(
	struct str name, day_no day, const struct shipped_edition **ret, struct err *ret_note);

#endif
