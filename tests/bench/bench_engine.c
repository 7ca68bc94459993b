/* What one event costs the rule engine: usage of 10,000 partners with 20 customers over 14 months, restated in random
 * order, 256 events to a settle; certificates; a day; a snapshot.
 *
 *   bench_engine [PARTNERS [EDITION [outlooks]]]   10000 and 2023-06 unless given; with outlooks of held areas or without
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/err.h"
#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/forecast.h"
#include "rules/engine/outlook.h"

#define CUSTOMERS 20
#define MONTHS	  14
#define PEOPLE	  10
#define BATCH	  256
#define EVENTS	  2000000u

/* Time of this thread: the figures are of the engine, whatever else the machine does. */
static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t seed = 42;

static uint32_t pick(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 32) * n >> 32);
}

static const char *const products[] = { "SQL Database", "Storage", "Virtual Machines",
	"Azure App Service", "Key Vault", "Azure Monitor" };
static const char *const codes[] = { "AZ-104", "AZ-305", "AZ-700", "AZ-140", "AZ-204", "AZ-400",
	"DP-300" };

/* Texts of an event, as a decoder would leave them. */
struct texts {
	char id[40], partner[24], customer[40], person[40];
};

static struct event base_event(struct texts *t, enum fact_kind kind, uint32_t partner, uint64_t n)
{
	(void)snprintf(
		t->id, sizeof t->id, "%08x-0000-4000-8000-%012" PRIx64, (unsigned)(n >> 8), n);
	(void)snprintf(t->partner, sizeof t->partner, "%07u", 1000000 + partner);
	return (struct event){ .id = str_from(t->id),
		.source = STR("//bench/usage"),
		.subject = str_from(t->partner),
		.recorded = (event_ms)(1690000000000u + n),
		.kind = kind };
}

static struct event usage_event(
	struct texts *t, uint32_t partner, uint32_t customer, uint32_t month, uint64_t n)
{
	struct event ev = base_event(t, FACT_USAGE, partner, n);

	(void)snprintf(
		t->customer, sizeof t->customer, "%08x-aaaa-4bbb-8ccc-%012x", partner, customer);
	ev.u.usage = (struct fact_usage){ .customer = str_from(t->customer),
		.product = str_from(products[customer % 6]),
		.component = STR(""),
		.month = 24281 - (month_no)month,
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.offer = OFFER_PAID,
		.amount_micro = (int64_t)(500 + pick(1500)) * 1000000 + pick(1000000) };
	return ev;
}

static struct event cert_event(
	struct texts *t, uint32_t partner, uint32_t person, uint32_t code, uint64_t n)
{
	struct event ev = base_event(t, FACT_CERTIFICATION, partner, n);

	(void)snprintf(t->person, sizeof t->person, "p%08x%04x", partner, person);
	ev.u.certification = (struct fact_certification){ .person = str_from(t->person),
		.certificate = str_from(codes[code]),
		.state = CERT_EARNED,
		.earned_on = 19000 + (day_no)pick(500),
		.expires_on = 19500 + (day_no)pick(365),
		.ended_on = DAY_NONE };
	return ev;
}

static uint32_t cause;

static void apply(struct engine *e, const struct event *ev)
{
	int rc = engine_apply(e, ev, cause++);

	assert(rc == 0);
}

static void apply_all(struct engine *e, const struct event *events)
{
	int rc = engine_apply_all(e, events, BATCH, cause);

	assert(rc == 0);
	cause += BATCH;
}

static size_t settle(struct engine *e)
{
	const struct partner_change *c;
	size_t n;
	int rc = engine_settle(e, &c, &n);

	assert(rc == 0);
	return n;
}

/* Returns the milliseconds that the day took. */
static double pass_day(struct engine *e, day_no day, size_t *ret_changed)
{
	struct texts t;
	struct event ev = base_event(&t, FACT_DAY, 0, 0);
	uint64_t t0 = now_ns();

	ev.subject = (struct str){ NULL, 0 };
	ev.u.day.day = day;
	apply(e, &ev);
	*ret_changed = settle(e);
	return (double)(now_ns() - t0) / 1e6;
}

static void pass_days(struct engine *e, day_no first, day_no last)
{
	double sum = 0, slowest = 0;
	size_t changed = 0, n;

	for (day_no d = first; d <= last; d++) {
		double ms = pass_day(e, d, &n);

		sum += ms;
		slowest = ms > slowest ? ms : slowest;
		changed += n;
	}
	printf("%d days one by one: %zu partners changed, %.1f ms a day, the slowest %.1f ms\n",
		(int)(last - first + 1), changed, sum / (last - first + 1), slowest);
}

/* Fills a batch of events ahead of the clock, applies it and settles once. */
static void run(struct engine *e, const char *what, uint32_t partners, bool certs, bool single)
{
	static struct texts texts[BATCH];
	static struct event events[BATCH];
	static uint64_t n = 100000000;
	uint64_t spent = 0, changes = 0, settling = 0;
	struct engine_stats before, after;

	engine_stats_get(e, &before);
	for (uint32_t done = 0; done < EVENTS; done += BATCH) {
		uint64_t t0, t1;

		for (uint32_t i = 0; i < BATCH; i++)
			events[i] = certs ? cert_event(&texts[i], pick(partners), pick(PEOPLE),
						    pick(7), n++)
					  : usage_event(&texts[i], pick(partners), pick(CUSTOMERS),
						    pick(MONTHS), n++);
		t0 = now_ns();
		if (single)
			for (uint32_t i = 0; i < BATCH; i++)
				apply(e, &events[i]);
		else
			apply_all(e, events);
		t1 = now_ns();
		changes += settle(e);
		settling += now_ns() - t1;
		spent += now_ns() - t0;
	}
	engine_stats_get(e, &after);
	printf("%-28s %6.0f ns per event (%.0f of them in settle), %.3f partners changed per event, memory %+" PRId64
	       " bytes\n",
		what, (double)spent / EVENTS, (double)settling / EVENTS, (double)changes / EVENTS,
		(int64_t)(after.bytes - before.bytes));
}

static void fill(struct engine *e, uint32_t partners)
{
	uint64_t t0 = now_ns(), n = 0;
	struct texts t;

	for (uint32_t p = 0; p < partners; p++) {
		for (uint32_t c = 0; c < CUSTOMERS; c++)
			for (uint32_t m = 0; m < MONTHS; m++) {
				struct event ev = usage_event(&t, p, c, m, n++);

				apply(e, &ev);
			}
		for (uint32_t c = 0; c < PEOPLE * 3; c++) {
			struct event ev = cert_event(&t, p, c % PEOPLE, (c + c / PEOPLE) % 7, n++);

			apply(e, &ev);
		}
		if (p % 64 == 63)
			(void)settle(e);
	}
	(void)settle(e);
	printf("filled: %.0f ns per event with making it, %" PRIu64 " events\n",
		(double)(now_ns() - t0) / (double)n, n);
}

struct blobs {
	struct span all[65536];
	size_t n, at, bytes;
};

static int put(void *ctx, struct span blob)
{
	struct blobs *b = ctx;
	void *copy = malloc(blob.n);

	assert(copy != NULL && b->n < 65536);
	memcpy(copy, blob.p, blob.n);
	b->all[b->n++] = (struct span){ copy, blob.n };
	b->bytes += blob.n;
	return 0;
}

static int get(void *ctx, struct span *ret)
{
	struct blobs *b = ctx;

	if (b->at < b->n)
		*ret = b->all[b->at++];
	return 0;
}

static void snapshot(const struct engine *e)
{
	static struct blobs b;
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct engine *copy;
	uint64_t t0 = now_ns(), t1, t2, t3;
	int rc = engine_save(e, put, &b);

	assert(rc == 0);
	t1 = now_ns();
	rc = engine_create(&mem_heap, engine_edition(e), &limits, &copy);
	assert(rc == 0);
	rc = engine_load(copy, get, &b, NULL);
	assert(rc == 0);
	t2 = now_ns();
	assert(engine_digest(e) == engine_digest(copy));
	t3 = now_ns();
	printf("snapshot: %.1f MB saved in %.0f ms, loaded in %.0f ms; two digests %.0f ms\n",
		(double)b.bytes / 1e6, (double)(t1 - t0) / 1e6, (double)(t2 - t1) / 1e6,
		(double)(t3 - t2) / 1e6);
	engine_destroy(copy);
	for (size_t i = 0; i < b.n; i++)
		free((void *)(uintptr_t)b.all[i].p);
}

/* A year ahead of each partner, and the outlooks of the areas that it holds. */
static void look_ahead(struct engine *e, uint32_t partners)
{
	uint64_t t0 = now_ns(), forecasting, looking;
	size_t parts = 0, outlooks = 0;
	struct texts t;
	struct arena ar;

	arena_init(&ar, &mem_heap, (size_t)256 << 20);
	for (uint32_t i = 0; i < partners; i++) {
		struct event ev = base_event(&t, FACT_DAY, i, 0);
		struct forecast f;
		int rc = engine_forecast(e, ev.subject, engine_day(e) + 365, &ar, &f);

		assert(rc == 0);
		parts += f.n_parts;
		arena_reset(&ar);
	}
	forecasting = now_ns() - t0;
	t0 = now_ns();
	for (uint32_t i = 0; i < partners; i++) {
		struct event ev = base_event(&t, FACT_DAY, i, 0);
		struct area_outlook *all;
		size_t n;
		int rc = engine_outlook(e, ev.subject, &ar, &all, &n);

		assert(rc == 0);
		outlooks += n;
		arena_reset(&ar);
	}
	looking = now_ns() - t0;
	arena_fini(&ar);
	printf("a year ahead: %.1f us a partner, %.1f parts; outlooks: %.1f us a partner, %.2f areas held\n",
		(double)forecasting / 1e3 / partners, (double)parts / partners,
		(double)looking / 1e3 / partners, (double)outlooks / partners);
}

int main(int argc, char **argv)
{
	uint32_t partners = argc > 1 ? (uint32_t)atoi(argv[1]) : 10000;
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct engine_stats stats;
	double ms;
	size_t n;
	const struct shipped_edition *s =
		shipped_by_id(argc > 2 ? str_from(argv[2]) : STR("2023-06"));
	struct edition_box *box = NULL;
	struct engine *e;
	int rc;

	assert(s != NULL);
	rc = compile_edition(&mem_heap, s->file, s->text, NULL, &box);
	assert(rc == 0);
	rc = engine_create(&mem_heap, edition_box_get(box), &limits, &e);
	assert(rc == 0);
	if (argc > 3 && strcmp(argv[3], "outlooks") == 0)
		rc = engine_set_outlook(e, &OUTLOOK_OPTIONS_DEFAULT);
	assert(rc == 0);
	(void)pass_day(e, 19558, &n); /* 2023-07-20: the last month is 2023-06 */
	fill(e, partners);
	engine_stats_get(e, &stats);
	printf("%" PRIu64 " partners, %" PRIu64 " rows, %" PRIu64 " people, %.1f MB\n",
		stats.partners, stats.usage_rows, stats.people, (double)stats.bytes / 1e6);
	run(e, "usage, one by one", partners, false, true);
	run(e, "usage, in batches", partners, false, false);
	run(e, "usage, 1 partner in 100", partners / 100 + 1, false, false);
	run(e, "certificates, one by one", partners, true, true);
	run(e, "certificates, in batches", partners, true, false);
	look_ahead(e, partners);
	pass_days(e, 19559, 19590);
	ms = pass_day(e, 19651, &n);
	printf("two months at once: %zu partners changed, %.1f ms\n", n, ms);
	snapshot(e);
	engine_destroy(e);
	edition_box_destroy(box);
	return 0;
}
