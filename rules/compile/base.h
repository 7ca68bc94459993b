/* Rule files that say only what differs from another edition (based-on).
 *
 * The tree of the base is merged with that of the file before anything is read: mappings key by key, lists of
 * entries with an id (or a code) entry by entry, everything else replaced. rules/README.md has the whole of it. */
#ifndef COMPILE_BASE_H
#define COMPILE_BASE_H

#include "rules/compile/shipped.h"
#include "rules/compile/tree.h"

#define BASES_MAX 4 /* one on the other, below one file */

/* The editions that a file can start from. */
struct base_shelf {
	const struct shipped_edition *all;
	size_t n;
};

/* root    the tree of r->text; replaced by the merged one where the file names a base. Nodes of a base get its
 *         id and the place of the value of 'based-on'.
 * digest  of the text; gets those of the bases too.
 * Faults go to r; those of the merge leave a whole tree, which is to be read on.
 * Returns 0, ERR_SYNTAX (the base cannot be had), ERR_NOMEM. */
int base_apply(struct arena *ar, struct report *r, const struct base_shelf *shelf,
	struct node **root, uint64_t *digest);

#endif
