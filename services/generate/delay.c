#include "services/generate/delay.h"

#include <string.h>

#include "common/base/err.h"
#include "services/generate/draw.h"

/* A line that waits until `release` lines have been taken. */
struct held {
	uint64_t release, number; /* of two at the same time the earlier one comes first */
	uint8_t *p;
	size_t n;
};

struct delay {
	const struct alloc *a;
	struct delay_options o;
	struct draw_key key;
	delay_out out;
	void *ctx;
	struct held *heap; /* the next one first */
	size_t n, cap;
	uint64_t taken, n_held, n_repeated;
};

int delay_create(const struct alloc *a, const struct delay_options *o, delay_out out, void *ctx,
	struct delay **ret_delay)
{
	struct delay *d;

	if (o->bound < 1 || o->bound > DELAY_BOUND_MAX)
		return ERR_INVALID;
	d = mem_zalloc(a, sizeof *d);
	if (d == NULL)
		return ERR_NOMEM;
	d->a = a;
	d->o = *o;
	d->key = (struct draw_key){ .seed = o->seed };
	d->out = out;
	d->ctx = ctx;
	d->cap = 2 * ((size_t)o->bound + 1);
	d->heap = mem_alloc(a, d->cap * sizeof *d->heap);
	if (d->heap == NULL) {
		mem_free(a, d, sizeof *d);
		return ERR_NOMEM;
	}
	*ret_delay = d;
	return 0;
}

void delay_destroy(struct delay *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++)
		mem_free(d->a, d->heap[i].p, d->heap[i].n);
	mem_free(d->a, d->heap, d->cap * sizeof *d->heap);
	mem_free(d->a, d, sizeof *d);
}

/* ---- a heap ------------------------------------------------------------------------------------------------------- */

static bool is_before(const struct held *a, const struct held *b)
{
	return a->release != b->release ? a->release < b->release : a->number < b->number;
}

static void swap(struct held *a, struct held *b)
{
	struct held t = *a;

	*a = *b;
	*b = t;
}

static int hold(struct delay *d, struct span line, uint64_t lines)
{
	struct held h = { d->taken + lines, d->taken, NULL, line.n };
	size_t i = d->n;

	if (d->n == d->cap) /* every line is released within `bound`, so there is room */
		return ERR_FULL;
	h.p = mem_alloc(d->a, line.n);
	if (h.p == NULL)
		return ERR_NOMEM;
	memcpy(h.p, line.p, line.n);
	d->heap[d->n++] = h;
	for (; i > 0 && is_before(&d->heap[i], &d->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&d->heap[i], &d->heap[(i - 1) / 2]);
	return 0;
}

static void drop_first(struct delay *d)
{
	size_t i = 0;

	mem_free(d->a, d->heap[0].p, d->heap[0].n);
	d->heap[0] = d->heap[--d->n];
	for (;;) {
		size_t next = 2 * i + 1;

		if (next + 1 < d->n && is_before(&d->heap[next + 1], &d->heap[next]))
			next++;
		if (next >= d->n || !is_before(&d->heap[next], &d->heap[i]))
			return;
		swap(&d->heap[i], &d->heap[next]);
		i = next;
	}
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

static int release(struct delay *d, uint64_t upto)
{
	while (d->n > 0 && d->heap[0].release <= upto) {
		int rc = d->out(d->ctx, (struct span){ d->heap[0].p, d->heap[0].n });

		drop_first(d);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int delay_put(struct delay *d, struct span line, bool in_place)
{
	const struct draw_key *k = &d->key;
	uint64_t at = d->taken;
	int rc = 0;

	if (!in_place && draw_below(k, DRAW_REPEATED, at, 10000) < d->o.repeated) {
		rc = hold(d, line, 1 + draw_below(k, DRAW_REPEATED_AFTER, at, d->o.bound));
		d->n_repeated++;
	}
	if (rc == 0 && !in_place && draw_below(k, DRAW_HELD, at, 1000) < d->o.held) {
		rc = hold(d, line, 1 + draw_below(k, DRAW_HELD_FOR, at, d->o.bound));
		d->n_held++;
	} else if (rc == 0) {
		rc = d->out(d->ctx, line);
	}
	d->taken++;
	return rc == 0 ? release(d, at) : rc;
}

int delay_flush(struct delay *d)
{
	return release(d, UINT64_MAX);
}

uint64_t delay_held(const struct delay *d)
{
	return d->n_held;
}

uint64_t delay_repeated(const struct delay *d)
{
	return d->n_repeated;
}
