/* A generated population: how fast it is made, and how fast the pipeline takes it (docs/benchmarks.md).
 *
 *   bench_population [-p PARTNERS] [-r RUNS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/io/clock.h"
#include "tests/bench/crowd.h"
#include "tests/bench/figures.h"
#include "tests/bench/pipeline.h"

#define MILLION 1e6

static void measure(const char *what, struct crowd *c, uint64_t (*make)(struct crowd *))
{
	uint64_t from = clock_mono_ns(), n = make(c);
	double ns = (double)(clock_mono_ns() - from);

	printf("  %-28s %9llu  %7.3f M/s  %6.0f ns each\n", what, (unsigned long long)n,
		(double)n * 1e3 / ns, ns / (double)n);
	(void)fflush(stdout);
}

/* The last months arrive at services that know the months before. */
static void measure_pipeline(
	const struct workload *t, struct runs *acked, struct runs *scored, struct runs *cpu)
{
	struct pipeline_result r;
	struct harness h;
	double n;

	pipeline_start(&h, t);
	pipeline_run(&h, t, &r);
	harness_fini(&h);
	n = (double)r.events;
	runs_add(acked, n / r.acked_s);
	runs_add(scored, n / r.scored_s);
	runs_add(cpu, r.cpu_s[HARNESS_SCORING] * 1e9 / n);
	printf("run: %.3f M events/s acknowledged, %.3f M/s scored; %.2f score changes and %.4f alerts an event; "
	       "%.1f processors busy with other things\n",
		n / r.acked_s / MILLION, n / r.scored_s / MILLION, (double)r.score_changes / n,
		(double)r.alerts / n, r.others);
	(void)fflush(stdout);
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (v == 0 || v > 1000000 || *end != '\0')
		harness_fail("'%s' is not a number from 1 to 1000000", text);
	return (uint32_t)v;
}

int main(int argc, char **argv)
{
	struct crowd_options o = { .seed = 1,
		.partners = 150,
		.customers = 10,
		.people = 5,
		.from = 2022 * 12 + 4,
		.through = 2023 * 12 + 6,
		.edition = "2023-06" };
	static struct workload t = { .options = { .seed = 1, .batch_events = 256 } };
	struct runs acked = { .n = 0 }, scored = { .n = 0 }, cpu = { .n = 0 };
	unsigned runs = 2;
	struct crowd *c;
	int option;

	while ((option = getopt(argc, argv, "p:r:")) != -1) {
		if (option == 'p')
			o.partners = number(optarg);
		else if (option == 'r')
			runs = number(optarg);
		else
			harness_fail("usage: %s [-p PARTNERS] [-r RUNS]", argv[0]);
	}
	if (runs > RUNS_MAX)
		harness_fail("at most %d runs", RUNS_MAX);
	c = crowd_create(&o);
	printf("a population of %u partners, %u customers and %u people on average, 15 months\n",
		o.partners, o.customers, o.people);
	measure("events drawn", c, crowd_events);
	measure("events as lines of JSON", c, crowd_lines);
	measure("rows of reports", c, crowd_reports);
	world_init(&t.after, &t.options);
	crowd_batches(c, (event_ms)day_from_civil(2023, 4, 1) * MS_PER_DAY, t.options.batch_events,
		&t.history, &t.day);
	world_sentinel(&t.after, &t.sentinel);
	printf("%llu events of history, then %llu in batches of %u, %.0f bytes each\n",
		(unsigned long long)t.history.events, (unsigned long long)t.day.events,
		t.options.batch_events, (double)t.day.bytes / (double)t.day.events);
	for (unsigned i = 0; i < runs; i++)
		measure_pipeline(&t, &acked, &scored, &cpu);
	runs_print("all events acknowledged", &acked, MILLION, "M/s");
	runs_print("the last score read from the score log", &scored, MILLION, "M/s");
	runs_print("processor time of scoring, of an event", &cpu, 1, "ns");
	workload_free(&t);
	crowd_destroy(c);
	return 0;
}
