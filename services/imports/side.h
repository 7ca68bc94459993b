/* What people tell beside the exports, because no export tells it: which offers are not paid, which deployments are not
 * in production, and further names of workloads. Filled from side files (report_side.c), asked by the readers of usage.
 *
 * One for all files of a run; side files are read before the others. Bounded; not for sharing between threads. */
#ifndef IMPORTS_SIDE_H
#define IMPORTS_SIDE_H

#include "services/imports/products.h"

#define SIDE_ENTRIES_MAX 2000000 /* offers and production flags, together */

struct side;

int side_create(const struct alloc *a, struct side **ret_s); /* 0, ERR_NOMEM */
void side_destroy(struct side *s);			     /* accepts NULL */

struct products *side_products(const struct side *s);

/* What a subscription, or all that a customer has, was sold as. Exactly one of the two texts is given; ids are compared
 * without letter case. The entry of a later row stands. Returns 0, ERR_NOMEM, ERR_FULL. */
int side_put_offer(
	struct side *s, struct str subscription, struct str customer, enum offer_kind offer);
/* The offer of the subscription, otherwise that of the customer; false when neither is told. */
bool side_offer(const struct side *s, struct str subscription, struct str customer,
	enum offer_kind *ret_offer);

/* Whether a customer's use of a product is in production. product: empty for all products of the customer. */
int side_put_production(
	struct side *s, struct str customer, struct str product, bool in_production);
/* False only where it was told that it is not: for the product, otherwise for the customer. */
bool side_in_production(const struct side *s, struct str customer, struct str product);

#endif
