#include "services/imports/late.h"

#include "common/base/err.h"
#include "services/imports/letter.h"

void late_init(struct late *l, const struct alloc *a)
{
	*l = (struct late){ .a = a };
	buf_init(&l->bytes, a, LATE_BYTES_MAX);
}

void late_fini(struct late *l)
{
	if (l->a == NULL)
		return;
	buf_fini(&l->bytes);
	mem_free(l->a, l->items, l->cap * sizeof *l->items);
	*l = (struct late){ .a = NULL };
}

int late_add(struct late *l, const struct report_row *row)
{
	struct str letter;
	size_t at = l->bytes.n;
	int rc;

	if (row->letter == NULL)
		return 0;
	letter = letter_of_row(row->letter, row);
	rc = letter.n == 0 ? ERR_FULL : buf_add(&l->bytes, letter.p, letter.n);
	if (rc == 0)
		rc = mem_grow(l->a, (void **)&l->items, &l->cap, l->n + 1, LATE_BYTES_MAX,
			sizeof *l->items);
	if (rc != 0)
		return rc == ERR_FULL ? 0 : rc;
	l->items[l->n++] = (struct late_item){ row->at.line, at, letter.n };
	return 0;
}

struct str late_find(const struct late *l, unsigned line)
{
	size_t from = 0, until = l->n;

	while (from < until) {
		size_t mid = from + (until - from) / 2;

		if (l->items[mid].line < line)
			from = mid + 1;
		else
			until = mid;
	}
	if (from == l->n || l->items[from].line != line)
		return (struct str){ NULL, 0 };
	return (struct str){ (const char *)l->bytes.p + l->items[from].at, l->items[from].n };
}
