/* What a day costs with a million partners: days on which hardly anything changes, the first of a month, and the one from
 * which on the usage of the month before is expected. Nothing else is told meanwhile.
 *
 *   bench_days [PARTNERS [EDITION]]   1000000 and 2026 unless given
 *
 * The services score such a day in parts (services/scoring/scoring_core.h); the longest part is what a question waits. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/outlook.h"
#include "services/scoring/scoring_core.h"
#include "tests/bench/told.h"

#define CUSTOMERS 2
#define PEOPLE	  2
#define FIRST_DAY 20660 /* 2026-07-26 */
#define DAYS	  27	/* to 2026-08-22 */

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fill(struct engine *e, uint32_t partners)
{
	static const char *const certificates[] = { "AZ-104", "AZ-305", "SC-200", "MS-102",
		"PL-300" };
	size_t changed;

	told_day(e, FIRST_DAY, &changed);
	for (uint32_t p = 0; p < partners; p++) {
		for (uint32_t c = 0; c < CUSTOMERS; c++) {
			told_usage(e, p, p + c, 0);
			told_usage(e, p, p + c, 12);
		}
		for (uint32_t i = 0; i < PEOPLE; i++)
			told_certificate(e, p, i, certificates[(p + i) % 5],
				FIRST_DAY + (day_no)((p * 7 + i * 101) % 365));
		if (p % 64 == 63)
			(void)told_settle(e);
	}
	(void)told_settle(e);
}

struct tick {
	double ms, part_ms; /* of the day; of its longest part */
	size_t parts, changed;
};

static struct tick tick(struct engine *e, day_no day)
{
	const struct partner_change *changes;
	struct tick t = { 0 };
	double start = now_ms(), last = start, now;
	bool done = false;
	size_t n;

	told_day(e, day, NULL);
	for (; !done; t.parts++, t.changed += n, last = now) {
		int rc = engine_settle_part(e, SCORING_PART_PARTNERS, &changes, &n, &done);

		assert(rc == 0);
		now = now_ms();
		if (now - last > t.part_ms)
			t.part_ms = now - last;
	}
	t.ms = last - start;
	return t;
}

static void run(struct engine *e, uint32_t partners)
{
	struct tick slowest = { 0 }, t;
	char day[DAY_TEXT];
	double sum = 0;
	day_no at = 0;

	for (day_no d = FIRST_DAY + 1; d <= FIRST_DAY + DAYS; d++) {
		t = tick(e, d);
		sum += t.ms;
		printf("  %s  %8.1f ms, %6zu partners changed, %5zu parts, the longest %.1f ms\n",
			day_format(d, day), t.ms, t.changed, t.parts, t.part_ms);
		if (t.ms > slowest.ms) {
			slowest = t;
			at = d;
		}
	}
	printf("%u partners: %.1f s a day on average, %.1f s the slowest (%s)\n", partners,
		sum / DAYS / 1e3, slowest.ms / 1e3, day_format(at, day));
}

int main(int argc, char **argv)
{
	uint32_t partners = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000000;
	const struct shipped_edition *s = shipped_by_id(str_from(argc > 2 ? argv[2] : "2026"));
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct edition_box *box = NULL;
	struct engine *e;
	int rc;

	assert(s != NULL);
	rc = compile_edition(&mem_heap, s->file, s->text, NULL, &box);
	assert(rc == 0);
	rc = engine_create(&mem_heap, edition_box_get(box), &limits, &e);
	assert(rc == 0);
	rc = engine_set_outlook(e, &OUTLOOK_OPTIONS_DEFAULT); /* as the service has it */
	assert(rc == 0);
	fill(e, partners);
	run(e, partners);
	engine_destroy(e);
	edition_box_destroy(box);
	return 0;
}
