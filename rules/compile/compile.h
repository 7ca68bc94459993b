/* Turns the text of an edition (YAML, rules/README.md describes it) into the tables that the engine runs.
 *
 * A file may start from an edition that ships and say only what differs.
 *
 * Faults are reported all at once, each as "file:line:col: error: what is wrong; remedy" with the source line and
 * a caret under the place. Nothing is read from disk here: the caller brings the text. */
#ifndef RULES_COMPILE_COMPILE_H
#define RULES_COMPILE_COMPILE_H

#include "common/base/buf.h"
#include "rules/compile/shipped.h"
#include "rules/engine/edition.h"

#define EDITION_TEXT_MAX 262144

struct edition_box; /* owns an edition and all it points to */

/* a          borrowed; must outlive the box.
 * name       the file's name, for messages.
 * text       at most EDITION_TEXT_MAX bytes.
 * ret_report filled with the messages, one after the other, each ending with a newline; may hold warnings on
 *            success too. May be NULL.
 * Returns 0, ERR_SYNTAX (see the report), ERR_FULL (text too large), ERR_NOMEM. */
int compile_edition(const struct alloc *a, const char *name, struct str text,
	struct buf *ret_report, struct edition_box **ret_box);
/* The same with other editions to start from ('based-on') than those that ship. */
int compile_edition_on(const struct alloc *a, const char *name, struct str text,
	const struct shipped_edition *bases, size_t n_bases, struct buf *ret_report,
	struct edition_box **ret_box);
const struct edition *edition_box_get(const struct edition_box *box);
void edition_box_destroy(struct edition_box *box); /* accepts NULL */

#endif
