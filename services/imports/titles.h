/* The titles and codes of certificates and assessments that the editions of the rules name: the table by which a title in
 * an export becomes a certificate that counts.
 *
 * An export gives titles alone. Facts carry them as they stand, and an edition knows code, title and other names of each
 * certificate; here is only told whether any edition that ships knows one. */
#ifndef IMPORTS_TITLES_H
#define IMPORTS_TITLES_H

#include "common/base/err.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#define TITLES_MAX 16384

struct titles;

/* Those of all editions that ship. Returns 0, ERR_NOMEM. */
int titles_create(const struct alloc *a, struct titles **ret_t);
void titles_destroy(struct titles *t); /* accepts NULL */

/* Letter case does not matter. */
bool titles_know(const struct titles *t, struct str title);
/* The title that comes nearest, "Microsoft Certified:" and the like left out of the comparison; empty when none comes
 * near. */
struct str titles_nearest(const struct titles *t, struct str title);

#endif
