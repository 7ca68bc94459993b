/* What an edition of the rules gives a population to work with: the certificates that solution areas ask for, and the
 * workloads whose seats, users and revenue they look at. So no certificate and no product is named in C or in a
 * world, and a new edition brings its own. */
#ifndef GENERATE_SHELF_H
#define GENERATE_SHELF_H

#include "rules/engine/edition.h"

#define SHELF_PRODUCTS_MAX 128 /* of each kind; further ones are left out */

/* A workload. Names belong to the edition. */
struct shelf_product {
	struct str name;
	size_t n_aliases;
	const struct str *aliases;
	uint32_t associations; /* bit for each by which some area counts it */
	enum measure measure;  /* of users: MEASURE_MAU or MEASURE_CAPACITY */
};

struct shelf_products {
	size_t n;
	struct shelf_product items[SHELF_PRODUCTS_MAX];
};

/* A solution area with points, and the certificates that it asks for. */
struct shelf_area {
	struct str id;
	size_t n_certificates; /* may be 0 */
	uint16_t certificates
		[EDITION_CERTIFICATES_MAX]; /* indexes into edition->certificates, in the order of
	                                                    the edition's steps, each once */
};

struct shelf {
	const struct edition *edition;
	size_t n_areas;
	struct shelf_area areas[EDITION_AREAS_MAX];
	struct shelf_products seats;   /* paid units and active users */
	struct shelf_products revenue; /* adjusted revenue */
	struct shelf_products value;   /* users or capacity that are weighted by rates */
};

/* ed  borrowed; must outlive the shelf. A shelf is some 100 KiB: no place for a stack. */
void shelf_fill(struct shelf *shelf, const struct edition *ed);

/* The product goes by that name, ASCII case ignored. */
bool shelf_is_called(const struct shelf_product *p, struct str name);

#endif
