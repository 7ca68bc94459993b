/* What a what-if costs. First in the engine: a fork of a partner, ten facts told to it, a settle, and its score with all
 * areas, without explanations and with them; partners of several sizes, by the calendar of all editions that ship; the
 * engine holds others beside, so that its tables are out of the cache. Then asked of the scoring service, alone and beside
 * a load: partners with ten customers and fourteen months.
 *
 *   bench_whatif [-n QUESTIONS] [-l EVENTS_A_SECOND] [-p PARTNERS] [-e]
 *
 * 2000, 85000 (half of what the pipeline scores) and 10000 unless given; -e: the engine alone.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/fork.h"
#include "tests/bench/asking.h"
#include "tests/bench/figures.h"

#define GAP_MS 2
#define TODAY  19590 /* 2023-08-21 */
#define NEWEST 24282 /* 2023-07 */
#define OTHERS 2000
#define FACTS  10

struct size {
	const char *name;
	uint32_t customers, products, months, people;
};
static const struct size sizes[] = { { "10 customers, 14 months", 10, 1, 14, 5 },
	{ "50 customers, 26 months, 4 products", 50, 4, 26, 25 },
	{ "200 customers, 26 months, 4 products", 200, 4, 26, 100 },
	{ "1,000 customers, 25 months, 4 products", 1000, 4, 25, 400 } };

/* Time of this thread: these figures are of the engine, whatever else the machine does. */
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
	"Azure App Service" };
static const char *const codes[] = { "AZ-104", "AZ-305", "AZ-700", "AZ-140", "AZ-204", "AZ-400",
	"DP-300" };

struct texts {
	char id[40], partner[24], customer[40], person[40];
};
static uint64_t n_told;

static struct event base_event(struct texts *t, enum fact_kind kind, const char *partner)
{
	uint64_t n = n_told++;

	(void)snprintf(
		t->id, sizeof t->id, "%08x-0000-4000-8000-%012" PRIx64, (unsigned)(n >> 8), n);
	(void)snprintf(t->partner, sizeof t->partner, "%s", partner);
	return (struct event){ .id = str_from(t->id),
		.source = STR("//bench/usage"),
		.subject = str_from(t->partner),
		.recorded = (event_ms)(1690000000000u + n),
		.kind = kind };
}

static struct event usage_event(
	struct texts *t, const char *partner, uint32_t customer, uint32_t product, uint32_t month)
{
	struct event ev = base_event(t, FACT_USAGE, partner);

	(void)snprintf(
		t->customer, sizeof t->customer, "%s-aaaa-4bbb-8ccc-%012x", partner, customer);
	ev.u.usage = (struct fact_usage){ .customer = str_from(t->customer),
		.product = str_from(products[(customer + product) % 4]),
		.month = NEWEST - (month_no)month,
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.amount_micro = (int64_t)(500 + pick(1500)) * 1000000 + pick(1000000) };
	return ev;
}

static struct event cert_event(struct texts *t, const char *partner, uint32_t person, uint32_t code)
{
	struct event ev = base_event(t, FACT_CERTIFICATION, partner);

	(void)snprintf(t->person, sizeof t->person, "p%s-%04x", partner, person);
	ev.u.certification = (struct fact_certification){ .person = str_from(t->person),
		.certificate = str_from(codes[code]),
		.state = CERT_EARNED,
		.earned_on = 19000 + (day_no)pick(500),
		.expires_on = 19600 + (day_no)pick(365),
		.ended_on = DAY_NONE };
	return ev;
}

static void apply(struct engine *e, const struct event *ev)
{
	int rc = engine_apply(e, ev, 0);

	assert(rc == 0);
}

static void settle(struct engine *e)
{
	const struct partner_change *c;
	size_t n;
	int rc = engine_settle(e, &c, &n);

	assert(rc == 0);
}

static void fill(struct engine *e, const char *partner, const struct size *s)
{
	struct texts t;
	struct event ev;

	for (uint32_t c = 0; c < s->customers; c++)
		for (uint32_t p = 0; p < s->products; p++)
			for (uint32_t m = 0; m < s->months; m++) {
				ev = usage_event(&t, partner, c, p, m);
				apply(e, &ev);
			}
	for (uint32_t i = 0; i < s->people * 3; i++) {
		ev = cert_event(&t, partner, i % s->people, i % 7);
		apply(e, &ev);
	}
	settle(e);
}

/* Facts of other customers and people than there are, and of some that are. */
static void hypothesis(const char *partner, const struct size *s, struct texts *t, struct event *ev)
{
	for (size_t i = 0; i < FACTS; i++)
		ev[i] = i % 2 == 0 ? usage_event(&t[i], partner, pick(s->customers * 2), 0, pick(3))
				   : cert_event(&t[i], partner, pick(s->people * 2), pick(7));
}

static void ask(struct engine *e, const char *partner, const struct event *events, bool explain)
{
	struct fork_request r = { str_from(partner), events, FACTS, SIZE_MAX, { "", 0 } };
	struct partner_score before, after;
	struct engine *fork;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, SIZE_MAX);
	rc = engine_score(e, r.partner, DAY_NONE, explain, &ar, &before);
	assert(rc == 0);
	rc = engine_fork(e, &mem_heap, &r, &fork);
	assert(rc == 0);
	for (size_t i = 0; i < FACTS; i++)
		apply(fork, &events[i]);
	settle(fork);
	rc = engine_score(fork, r.partner, DAY_NONE, explain, &ar, &after);
	assert(rc == 0);
	engine_destroy(fork);
	arena_fini(&ar);
}

static void measure(
	struct engine *e, const char *partner, const struct size *s, size_t rounds, bool explain)
{
	struct event events[FACTS];
	struct texts texts[FACTS];
	struct latencies took;
	char name[96];

	latencies_init(&took, rounds);
	for (size_t i = 0; i < rounds; i++) {
		uint64_t t0;

		hypothesis(partner, s, texts, events);
		t0 = now_ns();
		ask(e, partner, events, explain);
		latencies_add(&took, now_ns() - t0);
	}
	(void)snprintf(name, sizeof name, "%u facts (%s)%s",
		s->customers * s->products * s->months + s->people * 3, s->name,
		explain ? ", explained" : "");
	latencies_print(name, &took);
	latencies_fini(&took);
}

static struct edition_box *boxes[EDITIONS_MAX];

static struct engine *open_engine(void)
{
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct engine *e = NULL;
	int rc = 0;

	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);
		const struct edition *ed;

		rc = compile_edition(&mem_heap, s->file, s->text, NULL, &boxes[i]);
		assert(rc == 0);
		ed = edition_box_get(boxes[i]);
		rc = i == 0 ? engine_create(&mem_heap, ed, &limits, &e)
			    : engine_add_edition(e, ed, ed->valid_from);
		assert(rc == 0);
	}
	return e;
}

static void measure_engine(size_t rounds)
{
	struct event day = { .kind = FACT_DAY };
	struct engine *e = open_engine();
	char partner[24];

	day.u.day.day = TODAY;
	apply(e, &day);
	for (int i = 0; i < OTHERS; i++) {
		(void)snprintf(partner, sizeof partner, "%07d", 2000000 + i);
		fill(e, partner, &sizes[0]);
	}
	printf("in the engine, processor time\n");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t n = sizes[i].customers > 100 ? rounds / 20 + 1 : rounds;

		(void)snprintf(partner, sizeof partner, "%07zu", 1000000 + i);
		fill(e, partner, &sizes[i]);
		measure(e, partner, &sizes[i], n, false);
		measure(e, partner, &sizes[i], n, true);
	}
	engine_destroy(e);
	for (size_t i = 0; i < shipped_count(); i++)
		edition_box_destroy(boxes[i]);
}

static void measure_service(const struct workload *t, size_t n, double load_rate)
{
	struct latencies took;
	struct harness h;
	double loaded;

	latencies_init(&took, n);
	pipeline_start(&h, t);
	(void)asking_run(&h, t, n, GAP_MS, NULL, 0, &took);
	latencies_print("asked of the service, nothing else going on", &took);
	latencies_fini(&took);
	latencies_init(&took, n);
	loaded = asking_run(&h, t, n, GAP_MS, &t->day, load_rate, &took);
	harness_fini(&h);
	printf("beside a load of %.3f M events/s\n", loaded / 1e6);
	latencies_print("asked of the service", &took);
	latencies_fini(&took);
}

int main(int argc, char **argv)
{
	static struct workload t = { .options = { .seed = 1,
					     .partners = 10000,
					     .customers = 10,
					     .people = 5,
					     .months = 14,
					     .batch_events = 256 } };
	size_t questions = 2000;
	bool engine_alone = false;
	double load = 85000;
	int c;

	while ((c = getopt(argc, argv, "n:l:p:e")) != -1) {
		if (c == '?')
			return 2;
		if (c == 'n')
			questions = (size_t)strtoul(optarg, NULL, 10);
		else if (c == 'l')
			load = strtod(optarg, NULL);
		else if (c == 'p')
			t.options.partners = (uint32_t)strtoul(optarg, NULL, 10);
		else
			engine_alone = true;
	}
	machine_print("/tmp");
	measure_engine(questions / 4 + 1);
	(void)fflush(stdout);
	if (engine_alone)
		return 0;
	workload_make(&t, (uint64_t)(load * 60));
	measure_service(&t, questions, load);
	workload_free(&t);
	return 0;
}
