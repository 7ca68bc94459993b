/* What the rows of an Azure usage report add up to: amounts per natural key, segments of customers, and the months
 * each partner's rows cover. Bounded; answers in an order that does not depend on the order of the rows. */
#ifndef IMPORTS_AZURE_ROWS_H
#define IMPORTS_AZURE_ROWS_H

#include "common/base/intern.h"
#include "services/imports/decimal.h"
#include "services/imports/reading.h"

#define AZURE_KEYS_MAX	8000000 /* distinct keys in one file */
#define AZURE_NAMES_MAX 8000000

/* The texts of a key that tell more than product and component, where the export has their columns. */
enum azure_finer {
	AZURE_LEVEL_1,
	AZURE_GROUP_2,
	AZURE_GROUP_3,
	AZURE_INFLUENCER,
	AZURE_COMPUTE_OS,
	AZURE_FINER
};

/* As in struct fact_usage, texts by their number. No padding: it is hashed as bytes. */
struct azure_key {
	intern_id partner, customer, product, component, finer[AZURE_FINER];
	month_no month;
	uint32_t association;
};

struct azure_sum {
	struct azure_key key;
	decimal24 amount;
	struct place at; /* of the first row */
};

struct azure_customer {
	intern_id partner, customer;
	month_no month; /* of the newest row that names a segment */
	intern_id segment;
	struct place at;
};

struct azure_month {
	intern_id partner;
	month_no month;
	uint64_t rows, refused;
	bool newest; /* of its partner; set by azure_rows_sort() */
};

struct azure_rows {
	const struct alloc *a;
	struct intern *names, *keys, *customer_keys, *month_keys;
	struct azure_sum *sums; /* by number of its key */
	size_t n_sums, cap_sums;
	struct azure_customer *customers;
	size_t n_customers, cap_customers;
	struct azure_month *months;
	size_t n_months, cap_months;
};

int azure_rows_init(struct azure_rows *t, const struct alloc *a); /* Returns 0 or ERR_NOMEM */
void azure_rows_fini(struct azure_rows *t);

int azure_rows_name(
	struct azure_rows *t, struct str text, intern_id *ret_id); /* 0, ERR_NOMEM, ERR_FULL */
struct str azure_rows_text(const struct azure_rows *t, intern_id id);
/* Adds to the sum of a key. Returns 0, ERR_NOMEM, ERR_FULL, ERR_RANGE (the sum is too large: not added). */
int azure_rows_add(
	struct azure_rows *t, const struct azure_key *key, decimal24 amount, struct place at);
/* The segment of the newest month stands; within one month the bytewise smallest. */
int azure_rows_segment(struct azure_rows *t, const struct azure_customer *row);
/* Counts a row of a partner's month, good or refused. */
int azure_rows_month(struct azure_rows *t, intern_id partner, month_no month, bool refused);

/* Sorts: sums and months by month first, then by the texts of their keys; customers by partner and customer. Nothing
 * may be added afterwards. Returns 0 or ERR_NOMEM. */
int azure_rows_sort(struct azure_rows *t);

#endif
