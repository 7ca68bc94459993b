#include "services/imports/training_rows.h"

#include <stdlib.h>

int training_rows_init(struct training_rows *t, const struct alloc *a)
{
	memset(t, 0, sizeof *t);
	t->a = a;
	return intern_create(a, TRAINING_ROWS_MAX, &t->names);
}

void training_rows_fini(struct training_rows *t)
{
	intern_destroy(t->names);
	mem_free(t->a, t->rows, t->cap * sizeof *t->rows);
}

int training_rows_add(struct training_rows *t, const struct training_row *row)
{
	int rc = mem_grow(
		t->a, (void **)&t->rows, &t->cap, t->n + 1, TRAINING_ROWS_MAX, sizeof *t->rows);

	if (rc == 0)
		t->rows[t->n++] = *row;
	return rc;
}

static int by_text(const struct training_rows *t, intern_id a, intern_id b)
{
	return a == b ? 0 : str_cmp(intern_text(t->names, a), intern_text(t->names, b));
}

static int by_number(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static day_no last_day(const struct training_row *r)
{
	return r->expires_on == DAY_NONE ? DAY_MAX : r->expires_on;
}

static int compare_keys(
	const struct training_rows *t, const struct training_row *a, const struct training_row *b)
{
	int c = by_text(t, a->partner, b->partner);

	if (c == 0)
		c = by_text(t, a->person, b->person);
	return c != 0 ? c : by_text(t, a->certificate, b->certificate);
}

static int compare_rows(const void *pa, const void *pb, void *ctx)
{
	const struct training_row *a = pa, *b = pb;
	int c = compare_keys(ctx, a, b);

	if (c == 0)
		c = by_number(b->completed_on, a->completed_on);
	if (c == 0)
		c = by_number(last_day(b), last_day(a));
	return c != 0 ? c : by_number(a->state, b->state); /* a good state before a bad one */
}

void training_rows_sort(struct training_rows *t)
{
	if (t->n > 1)
		qsort_r(t->rows, t->n, sizeof *t->rows, compare_rows, t);
}

size_t training_rows_group(const struct training_rows *t, size_t from)
{
	size_t n = 1;

	while (from + n < t->n && compare_keys(t, &t->rows[from], &t->rows[from + n]) == 0)
		n++;
	return n;
}

void training_rows_merge(
	const struct training_rows *t, size_t from, size_t n, struct fact_certification *ret_c)
{
	const struct training_row *newest = &t->rows[from];
	struct fact_certification c = {
		.person = intern_text(t->names, newest->person),
		.certificate = intern_text(t->names, newest->certificate),
		.state = newest->state,
		.earned_on = newest->completed_on,
		.expires_on = newest->expires_on,
		.ended_on = DAY_NONE,
	};

	for (size_t i = from + 1; i < from + n && last_day(&t->rows[i]) >= c.earned_on - 1; i++) {
		if (c.state == CERT_EARNED && t->rows[i].completed_on < c.earned_on)
			c.state = CERT_RENEWED;
		c.earned_on = t->rows[i].completed_on;
	}
	if (c.state == CERT_EXPIRED)
		c.ended_on = c.expires_on + 1;
	/* The export does not say since when: it counts on no day. */
	if (c.state == CERT_REVOKED)
		c.ended_on = c.earned_on;
	*ret_c = c;
}
