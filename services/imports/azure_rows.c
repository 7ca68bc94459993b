#include "services/imports/azure_rows.h"

#include <stdlib.h>

int azure_rows_init(struct azure_rows *t, const struct alloc *a)
{
	int rc;

	memset(t, 0, sizeof *t);
	t->a = a;
	rc = intern_create(a, AZURE_NAMES_MAX, &t->names);
	if (rc == 0)
		rc = intern_create(a, AZURE_KEYS_MAX, &t->keys);
	if (rc == 0)
		rc = intern_create(a, AZURE_KEYS_MAX, &t->customer_keys);
	if (rc == 0)
		rc = intern_create(a, AZURE_KEYS_MAX, &t->month_keys);
	return rc;
}

void azure_rows_fini(struct azure_rows *t)
{
	intern_destroy(t->names);
	intern_destroy(t->keys);
	intern_destroy(t->customer_keys);
	intern_destroy(t->month_keys);
	mem_free(t->a, t->sums, t->cap_sums * sizeof *t->sums);
	mem_free(t->a, t->customers, t->cap_customers * sizeof *t->customers);
	mem_free(t->a, t->months, t->cap_months * sizeof *t->months);
}

int azure_rows_name(struct azure_rows *t, struct str text, intern_id *ret_id)
{
	return intern_put(t->names, text, ret_id);
}

struct str azure_rows_text(const struct azure_rows *t, intern_id id)
{
	return intern_text(t->names, id);
}

int azure_rows_add(
	struct azure_rows *t, const struct azure_key *key, decimal24 amount, struct place at)
{
	intern_id id;
	int rc = mem_grow(t->a, (void **)&t->sums, &t->cap_sums, t->n_sums + 1, AZURE_KEYS_MAX + 1,
		sizeof *t->sums);

	if (rc == 0)
		rc = intern_put(t->keys, (struct str){ (const char *)key, sizeof *key }, &id);
	if (rc != 0)
		return rc;
	if (id == t->n_sums) {
		t->sums[id] = (struct azure_sum){ .key = *key, .at = at };
		t->n_sums++;
	}
	return decimal_add(&t->sums[id].amount, amount);
}

static bool stands_over(
	const struct azure_rows *t, const struct azure_customer *a, const struct azure_customer *b)
{
	if (a->month != b->month)
		return a->month > b->month;
	return str_cmp(azure_rows_text(t, a->segment), azure_rows_text(t, b->segment)) < 0;
}

int azure_rows_segment(struct azure_rows *t, const struct azure_customer *row)
{
	intern_id key[2] = { row->partner, row->customer }, id;
	int rc = mem_grow(t->a, (void **)&t->customers, &t->cap_customers, t->n_customers + 1,
		AZURE_KEYS_MAX + 1, sizeof *t->customers);

	if (rc == 0)
		rc = intern_put(
			t->customer_keys, (struct str){ (const char *)key, sizeof key }, &id);
	if (rc != 0)
		return rc;
	if (id == t->n_customers)
		t->customers[t->n_customers++] = *row;
	else if (stands_over(t, row, &t->customers[id]))
		t->customers[id] = *row;
	return 0;
}

int azure_rows_month(struct azure_rows *t, intern_id partner, month_no month, bool refused)
{
	uint32_t key[2] = { partner, (uint32_t)month };
	intern_id id;
	int rc = mem_grow(t->a, (void **)&t->months, &t->cap_months, t->n_months + 1,
		AZURE_KEYS_MAX + 1, sizeof *t->months);

	if (rc == 0)
		rc = intern_put(t->month_keys, (struct str){ (const char *)key, sizeof key }, &id);
	if (rc != 0)
		return rc;
	if (id == t->n_months)
		t->months[t->n_months++] =
			(struct azure_month){ .partner = partner, .month = month };
	if (refused)
		t->months[id].refused++;
	else
		t->months[id].rows++;
	return 0;
}

static int by_text(const struct azure_rows *t, intern_id a, intern_id b)
{
	return a == b ? 0 : str_cmp(azure_rows_text(t, a), azure_rows_text(t, b));
}

static int by_number(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_sums(const void *pa, const void *pb, void *ctx)
{
	const struct azure_key *a = &((const struct azure_sum *)pa)->key;
	const struct azure_key *b = &((const struct azure_sum *)pb)->key;
	int c = by_number(a->month, b->month);

	if (c == 0)
		c = by_text(ctx, a->partner, b->partner);
	if (c == 0)
		c = by_text(ctx, a->customer, b->customer);
	if (c == 0)
		c = by_text(ctx, a->product, b->product);
	if (c == 0)
		c = by_text(ctx, a->component, b->component);
	if (c == 0)
		c = by_number(a->association, b->association);
	for (size_t i = 0; c == 0 && i < AZURE_FINER; i++)
		c = by_text(ctx, a->finer[i], b->finer[i]);
	return c;
}

static int compare_customers(const void *pa, const void *pb, void *ctx)
{
	const struct azure_customer *a = pa, *b = pb;
	int c = by_text(ctx, a->partner, b->partner);

	return c != 0 ? c : by_text(ctx, a->customer, b->customer);
}

static int compare_months(const void *pa, const void *pb, void *ctx)
{
	const struct azure_month *a = pa, *b = pb;
	int c = by_number(a->month, b->month);

	return c != 0 ? c : by_text(ctx, a->partner, b->partner);
}

/* Months are sorted, so the newest of a partner is the last that names it. */
static int mark_newest(struct azure_rows *t)
{
	size_t n_names = intern_count(t->names);
	bool *seen = mem_zalloc(t->a, n_names + 1);

	if (seen == NULL)
		return ERR_NOMEM;
	for (size_t i = t->n_months; i-- > 0;) {
		t->months[i].newest = !seen[t->months[i].partner];
		seen[t->months[i].partner] = true;
	}
	mem_free(t->a, seen, n_names + 1);
	return 0;
}

int azure_rows_sort(struct azure_rows *t)
{
	if (t->n_sums > 1)
		qsort_r(t->sums, t->n_sums, sizeof *t->sums, compare_sums, t);
	if (t->n_customers > 1)
		qsort_r(t->customers, t->n_customers, sizeof *t->customers, compare_customers, t);
	if (t->n_months > 1)
		qsort_r(t->months, t->n_months, sizeof *t->months, compare_months, t);
	return mark_newest(t);
}
