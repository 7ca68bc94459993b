/* Products under the names that exports give them.
 *
 * Exports call one workload by several names, which differ from report to report and from year to year ("AADP",
 * "Entra ID P1"). The table products.csv beside this file turns them into the names that facts carry and rules know.
 * A row of it says: a workload of this name is that product; and, of the product's own name, by which measures rules
 * count it. A file of the same columns adds names (docs/imports.md). Names are compared by letters and digits alone. */
#ifndef IMPORTS_PRODUCTS_H
#define IMPORTS_PRODUCTS_H

#include "common/base/err.h"
#include "common/base/event.h"
#include "common/base/mem.h"

#define PRODUCT_NAMES_MAX 4096

struct products;

/* With the names that ship. Returns 0, ERR_NOMEM. */
int products_create(const struct alloc *a, struct products **ret_p);
void products_destroy(struct products *p); /* accepts NULL */

/* Adds a name, or changes what it means. measures: bits 1 << enum measure; 0: those of the product if it is known.
 * Returns 0, ERR_NOMEM, ERR_FULL (PRODUCT_NAMES_MAX), ERR_INVALID (a name without letters and digits). */
int products_put(struct products *p, struct str workload, struct str product, unsigned measures);

/* What a workload is called in facts. False when no name of the table is like it. ret_measures: by which measures
 * rules count it, as bits 1 << enum measure. */
bool products_find(const struct products *p, struct str workload, struct str *ret_product,
	unsigned *ret_measures);
/* The name of the table that comes nearest; empty when none comes near. */
struct str products_nearest(const struct products *p, struct str workload);

size_t products_count(const struct products *p);
/* i: 0..products_count()-1. */
void products_get(const struct products *p, size_t i, struct str *ret_workload,
	struct str *ret_product, unsigned *ret_measures);

/* "mau paid-units" as bits. Returns 0, ERR_INVALID (another word). */
int measures_read(struct str text, unsigned *ret_measures);

#endif
