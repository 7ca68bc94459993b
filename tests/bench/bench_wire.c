/* What one event costs on the wire: the decoder written by hand beside the generated code, which gets an arena or the
 * heap, over the same batches of 256 different usage events; and what a frame costs. Processor time, so that other
 * work on the machine disturbs little. The texts of the generated code are not checked, nor its fields. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "capscore/v1/event.pb-c.h"
#include "common/wire/frame.h"
#include "tests/bench/figures.h"
#include "tests/support/frame_samples.h"

#define BATCH	256
#define BATCHES 64 /* one after the other, so that not everything is in the nearest cache */
#define ROUNDS	20
#define RUNS	9
#define FRAMES	2000

struct bench {
	struct buf batches[BATCHES];
	struct arena arena;
	struct buf out;
	Capscore__V1__EventBatch *messages[BATCHES]; /* unpacked on the heap */
	struct event *events[BATCHES];		     /* decoded into `keep` */
	struct arena keep;
};

static uint64_t cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void expect(bool ok)
{
	assert(ok);
	(void)ok;
}

static void add_event(struct buf *batch, uint32_t n)
{
	char id[40], partner[16], customer[40];
	struct event ev = { .source = STR("//bench/usage"),
		.time = 1690000000000 + n,
		.recorded = 1690000001000 + n,
		.kind = FACT_USAGE };

	(void)snprintf(id, sizeof id, "%08x-0000-4000-8000-%012x", n / 7, n);
	(void)snprintf(partner, sizeof partner, "%07u", 1000000 + n % 10000);
	(void)snprintf(customer, sizeof customer, "%08x-aaaa-4bbb-8ccc-%012x", n % 10000, n);
	ev.id = str_from(id);
	ev.subject = str_from(partner);
	ev.u.usage = (struct fact_usage){ .customer = str_from(customer),
		.product = STR("Virtual Machines"),
		.component = STR(""),
		.month = 24281,
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.offer = OFFER_PAID,
		.amount_micro = 1234567890 + n };
	expect(wire_encode_event(&ev, batch) == 0);
}

static void set_up(struct bench *b)
{
	buf_init(&b->out, &mem_heap, (size_t)1 << 24);
	arena_init(&b->arena, &mem_heap, (size_t)1 << 24);
	arena_init(&b->keep, &mem_heap, (size_t)1 << 28);
	for (uint32_t i = 0; i < BATCHES; i++) {
		size_t n;

		buf_init(&b->batches[i], &mem_heap, (size_t)1 << 20);
		for (uint32_t k = 0; k < BATCH; k++)
			add_event(&b->batches[i], i * BATCH + k);
		b->messages[i] =
			capscore__v1__event_batch__unpack(NULL, b->batches[i].n, b->batches[i].p);
		expect(b->messages[i] != NULL);
		expect(wire_decode_logged_events(
			       buf_span(&b->batches[i]), &b->keep, &b->events[i], &n, NULL) == 0);
	}
}

static void tear_down(struct bench *b)
{
	for (size_t i = 0; i < BATCHES; i++) {
		capscore__v1__event_batch__free_unpacked(b->messages[i], NULL);
		buf_fini(&b->batches[i]);
	}
	arena_fini(&b->arena);
	arena_fini(&b->keep);
	buf_fini(&b->out);
}

/* ---- what is measured, one batch at a time ------------------------------------------------------------------ */

static void read_by_hand(struct bench *b, size_t i)
{
	struct event *events;
	size_t n;

	expect(wire_decode_logged_events(buf_span(&b->batches[i]), &b->arena, &events, &n, NULL) ==
		0);
	expect(n == BATCH);
}

static void read_and_validate_by_hand(struct bench *b, size_t i)
{
	struct decoded_event *events;
	size_t n;

	expect(wire_decode_events(buf_span(&b->batches[i]), &b->arena, &events, &n, NULL) == 0);
	expect(n == BATCH && events[0].refusal == REFUSED_NOT);
}

static void *arena_allocate(void *ctx, size_t size)
{
	return arena_alloc(ctx, size);
}

static void arena_release(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

static void unpack_into_arena(struct bench *b, size_t i)
{
	ProtobufCAllocator a = { arena_allocate, arena_release, &b->arena };

	expect(capscore__v1__event_batch__unpack(&a, b->batches[i].n, b->batches[i].p) != NULL);
}

static void unpack_and_free(struct bench *b, size_t i)
{
	Capscore__V1__EventBatch *m =
		capscore__v1__event_batch__unpack(NULL, b->batches[i].n, b->batches[i].p);

	expect(m != NULL);
	capscore__v1__event_batch__free_unpacked(m, NULL);
}

static void write_by_hand(struct bench *b, size_t i)
{
	for (size_t k = 0; k < BATCH; k++)
		expect(wire_encode_event(&b->events[i][k], &b->out) == 0);
	expect(b->out.n == b->batches[i].n);
}

static void pack_message(struct bench *b, size_t i)
{
	size_t n = capscore__v1__event_batch__get_packed_size(b->messages[i]);

	expect(buf_reserve(&b->out, n) == 0);
	expect(capscore__v1__event_batch__pack(b->messages[i], b->out.p) == b->batches[i].n);
}

static void measure(struct bench *b, const char *name, void (*step)(struct bench *b, size_t i))
{
	struct runs runs = { .n = 0 };

	for (int run = 0; run < RUNS; run++) {
		uint64_t start = cpu_ns();

		for (size_t i = 0; i < (size_t)BATCHES * ROUNDS; i++) {
			arena_reset(&b->arena);
			buf_reset(&b->out);
			step(b, i % BATCHES);
		}
		runs_add(&runs, (double)(cpu_ns() - start) / (BATCHES * ROUNDS * BATCH));
	}
	runs_print(name, &runs, 1, "ns/event");
}

/* ---- frames ------------------------------------------------------------------------------------------------- */

static void measure_frame(struct bench *b, const char *name, enum frame_kind kind)
{
	struct frame f = frame_sample(kind), got;
	struct runs runs = { .n = 0 };

	for (int run = 0; run < RUNS; run++) {
		uint64_t start = cpu_ns();

		for (size_t i = 0; i < FRAMES; i++) {
			arena_reset(&b->arena);
			buf_reset(&b->out);
			expect(frame_encode(&f, &b->out) == 0);
			expect(frame_decode(buf_span(&b->out), &b->arena, &got, NULL) == 0);
		}
		runs_add(&runs, (double)(cpu_ns() - start) / FRAMES);
	}
	runs_print(name, &runs, 1, "ns/frame");
}

int main(void)
{
	static struct bench b;

	set_up(&b);
	printf("%zu bytes an event\n", b.batches[0].n / BATCH);
	measure(&b, "read, by hand", read_by_hand);
	measure(&b, "read and validated, by hand", read_and_validate_by_hand);
	measure(&b, "unpacked into an arena", unpack_into_arena);
	measure(&b, "unpacked on the heap, freed", unpack_and_free);
	measure(&b, "written, by hand", write_by_hand);
	measure(&b, "packed", pack_message);
	measure_frame(&b, "Publish there and back", FRAME_PUBLISH);
	measure_frame(&b, "Acknowledge there and back", FRAME_ACKNOWLEDGE);
	measure_frame(&b, "Records there and back", FRAME_RECORDS);
	measure_frame(&b, "ScoreAnswer there and back", FRAME_SCORE_ANSWER);
	tear_down(&b);
	return 0;
}
