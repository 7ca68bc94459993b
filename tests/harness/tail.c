#include "tests/harness/tail.h"

#include <stdio.h>
#include <string.h>

#include "common/wire/wire.h"

#define BYTES_MAX ((size_t)1 << 30)

static const char *const logs[] = { "events", "scores", "alerts" };

static int on_unit(void *ctx, struct span unit, uint64_t first, uint32_t n)
{
	struct tail *t = ctx;

	if (first < t->end && t->n_units > 0)
		harness_fail("%s: records from %llu came again after %llu", t->log,
			(unsigned long long)first, (unsigned long long)t->end);
	if (first > t->end && !t->filtered)
		harness_fail("%s: records from %llu came after %llu", t->log,
			(unsigned long long)first, (unsigned long long)t->end);
	if (mem_grow(&mem_heap, (void **)&t->units, &t->cap, t->n_units + 1,
		    SIZE_MAX / sizeof *t->units, sizeof *t->units) != 0)
		harness_fail("no memory for a copy of %s", t->log);
	t->units[t->n_units++] = (struct tail_unit){ first, n, t->bytes.n, unit.n };
	if (buf_add(&t->bytes, unit.p, unit.n) != 0)
		harness_fail("no memory for a copy of %s", t->log);
	if (t->n_units == 1)
		t->from = first;
	t->end = first + n;
	return 0;
}

static void on_end(void *ctx, uint64_t end)
{
	((struct tail *)ctx)->log_end = end;
}

static void on_refused(void *ctx, struct str reason, struct str detail, uint64_t first)
{
	struct tail *t = ctx;

	(void)detail;
	(void)first;
	t->refused = true;
	(void)snprintf(t->reason, sizeof t->reason, STR_FMT, STR_ARG(reason));
}

void tail_open(struct tail *t, struct loop *l, const struct harness *h, enum harness_service s,
	uint64_t from, const struct wire_filter *filter)
{
	struct stream_reader_options o = { .endpoint = h->endpoint[s],
		.log = logs[s],
		.position = from,
		.filter = filter,
		.on_unit = on_unit,
		.on_end = on_end,
		.on_refused = on_refused,
		.ctx = t,
		.keepalive_ms = 200 };
	struct err e = { 0 };

	memset(t, 0, sizeof *t);
	t->log = logs[s];
	t->filtered = filter != NULL;
	t->from = t->end = from;
	t->log_end = UINT64_MAX;
	buf_init(&t->bytes, &mem_heap, BYTES_MAX);
	if (stream_reader_create(l->bus, &l->uv, &o, &t->reader, &e) != 0)
		harness_fail("cannot follow %s: %s", t->log, e.text);
}

void tail_close(struct tail *t)
{
	stream_reader_close(&t->reader);
}

static bool has_all(void *ctx)
{
	const struct tail *t = ctx;

	return t->refused || t->log_end != UINT64_MAX;
}

void tail_read(struct tail *t, const struct harness *h, enum harness_service s, uint64_t from,
	const struct wire_filter *filter)
{
	struct loop l;

	loop_start(&l);
	tail_open(t, &l, h, s, from, filter);
	loop_until(&l, has_all, t, false, "reading a log to its end");
	tail_close(t);
	loop_stop(&l);
}

void tail_fini(struct tail *t)
{
	buf_fini(&t->bytes);
	mem_free(&mem_heap, t->units, t->cap * sizeof *t->units);
	memset(t, 0, sizeof *t);
}

bool tail_same(const struct tail *a, const struct tail *b)
{
	for (size_t i = 0; i < a->n_units && i < b->n_units; i++) {
		const struct tail_unit *x = &a->units[i], *y = &b->units[i];

		if (x->first == y->first && x->n == y->n && x->size == y->size &&
			memcmp(tail_span(a, i).p, tail_span(b, i).p, x->size) == 0)
			continue;
		fprintf(stderr,
			"%s differ at unit %zu: position %llu with %u records of %zu bytes, and position "
			"%llu with %u records of %zu bytes\n",
			a->log, i, (unsigned long long)x->first, x->n, x->size,
			(unsigned long long)y->first, y->n, y->size);
		return false;
	}
	if (a->n_units != b->n_units)
		fprintf(stderr, "%s: %zu units, and %zu\n", a->log, a->n_units, b->n_units);
	return a->n_units == b->n_units;
}

void tail_alert(const struct tail *t, size_t i, struct arena *ar, struct alert *ret)
{
	struct err e = { 0 };

	if (wire_decode_alert(tail_span(t, i), ar, ret, &e) != 0)
		harness_fail("alert %zu does not decode: %s", i, e.text);
	if (ret->position != t->units[i].first)
		harness_fail("alert %zu says position %llu and lies at %llu", i,
			(unsigned long long)ret->position, (unsigned long long)t->units[i].first);
}
