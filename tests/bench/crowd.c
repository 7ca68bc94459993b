#include "tests/bench/crowd.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/wire/event_json.h"
#include "common/wire/wire.h"
#include "rules/compile/compile.h"
#include "services/generate/reports.h"
#include "services/generate/shipped.h"
#include "services/generate/stream.h"

#define MEMORY_MAX ((size_t)64 << 20)
#define LINE_BYTES ((size_t)64 << 10)

struct crowd {
	struct arena keep;
	struct world world;
	struct shelf shelf;
	struct edition_box *box;
	struct population p;
};

static _Noreturn void fatal(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

struct crowd *crowd_create(const struct crowd_options *o)
{
	const struct population_options options = { .seed = o->seed,
		.partners = o->partners,
		.customers = o->customers,
		.people = o->people,
		.largest = 2000,
		.from = o->from,
		.through = o->through,
		.corrections = 10 };
	const struct shipped_edition *ed = shipped_by_id(str_from(o->edition));
	struct crowd *c = calloc(1, sizeof *c);
	struct err e = { 0 };

	if (c == NULL)
		fatal("out of memory");
	arena_init(&c->keep, &mem_heap, MEMORY_MAX);
	if (ed == NULL || compile_edition(&mem_heap, ed->file, ed->text, NULL, &c->box) != 0)
		fatal("no such edition");
	shelf_fill(&c->shelf, edition_box_get(c->box));
	if (world_read(&c->keep, shipped_worlds[0].file, shipped_worlds[0].text, NULL, &c->world) !=
			0 ||
		population_init(&c->p, &options, &c->world, &c->shelf, &e) != 0)
		fatal("the population cannot be made");
	return c;
}

void crowd_destroy(struct crowd *c)
{
	edition_box_destroy(c->box);
	arena_fini(&c->keep);
	free(c);
}

/* ---- batches ------------------------------------------------------------------------------------------------------ */

struct filler {
	struct world_batches *before, *after, *out;
	event_ms cut;
	uint32_t batch_events, n;
	struct buf buf;
};

static void close_batch(struct filler *f)
{
	struct world_batch b = { .size = f->buf.n, .n = f->n };

	if (f->n == 0)
		return;
	b.p = malloc(f->buf.n);
	if (b.p == NULL || mem_grow(&mem_heap, (void **)&f->out->items, &f->out->cap, f->out->n + 1,
				   1u << 24, sizeof *f->out->items) != 0)
		fatal("out of memory");
	memcpy(b.p, f->buf.p, f->buf.n);
	f->out->items[f->out->n++] = b;
	f->out->events += b.n;
	f->out->bytes += b.size;
	buf_reset(&f->buf);
	f->n = 0;
}

static int add(void *ctx, const struct event *ev)
{
	struct filler *f = ctx;

	if (f->out == f->before && ev->recorded >= f->cut) {
		close_batch(f);
		f->out = f->after;
	}
	if (wire_encode_event(ev, &f->buf) != 0)
		fatal("an event cannot be encoded");
	if (++f->n == f->batch_events)
		close_batch(f);
	return 0;
}

void crowd_batches(struct crowd *c, event_ms cut, uint32_t batch_events,
	struct world_batches *before, struct world_batches *after)
{
	struct filler f = { .before = before,
		.after = after,
		.out = before,
		.cut = cut,
		.batch_events = batch_events };

	buf_init(&f.buf, &mem_heap, WIRE_BATCH_BYTES_MAX);
	(void)population_stream(&c->p, true, add, &f);
	close_batch(&f);
	buf_fini(&f.buf);
}

/* ---- making alone ------------------------------------------------------------------------------------------------- */

struct counter {
	uint64_t n;
	struct buf line; /* of JSON; unused when events are only drawn */
};

static int count(void *ctx, const struct event *ev)
{
	struct counter *c = ctx;

	(void)ev;
	c->n++;
	return 0;
}

uint64_t crowd_events(struct crowd *c)
{
	struct counter counter = { .n = 0 };

	(void)population_stream(&c->p, false, count, &counter);
	return counter.n;
}

static int write_line(void *ctx, const struct event *ev)
{
	struct counter *c = ctx;

	buf_reset(&c->line);
	c->n++;
	return event_to_json(ev, &c->line);
}

uint64_t crowd_lines(struct crowd *c)
{
	struct counter counter = { .n = 0 };

	buf_init(&counter.line, &mem_heap, LINE_BYTES);
	if (population_stream(&c->p, false, write_line, &counter) != 0)
		fatal("an event cannot be written");
	buf_fini(&counter.line);
	return counter.n;
}

uint64_t crowd_reports(struct crowd *c)
{
	FILE *out = fopen("/dev/null", "w");
	uint64_t rows = 0;

	if (out == NULL)
		fatal("/dev/null cannot be opened");
	for (month_no m = c->p.o.from; m <= c->p.o.through; m++)
		for (size_t i = 0; i < population_reports_count; i++)
			rows += population_export(&c->p, &population_reports[i], m, out);
	if (fclose(out) != 0)
		fatal("/dev/null cannot be written");
	return rows;
}
