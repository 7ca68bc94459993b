/* What the state of the engine takes: bytes of a partner, of a customer-month and of a person, and what a million
 * partners of ten customers and five people come to.
 *
 *   bench_state [PARTNERS [MONTHS]]   10,000 partners with 14 months of usage, unless given
 *
 * Bytes are those that the engine asked its allocator for; beside them stands what the process holds. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/engine.h"
#include "tests/bench/told.h"

#define CUSTOMERS  10
#define PEOPLE	   5
#define MILLION	   1e6
#define GIB	   (1024.0 * 1024.0 * 1024.0)
#define LIMIT_GIB  12.0
#define DAY	   20660 /* 2026-07-26 */
#define EXPIRES(i) (20800 + (day_no)(i)*20)

struct filled {
	double engine, process; /* bytes */
};

static double process_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long all = 0, held = 0;
	int n = f == NULL ? 0 : fscanf(f, "%lu %lu", &all, &held);

	if (f != NULL)
		(void)fclose(f);
	return n == 2 ? (double)held * (double)sysconf(_SC_PAGESIZE) : 0;
}

static struct filled fill(const struct edition *edition, uint32_t partners, uint32_t customers,
	uint32_t months, uint32_t people)
{
	static const char *const certificates[] = { "AZ-104", "AZ-305", "SC-200", "MS-102",
		"PL-300" };
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	double before = process_bytes();
	struct engine_stats stats;
	struct filled r;
	struct engine *e;
	size_t changed;
	int rc = engine_create(&mem_heap, edition, &limits, &e);

	assert(rc == 0);
	told_day(e, DAY, &changed);
	for (uint32_t p = 0; p < partners; p++) {
		for (uint32_t c = 0; c < customers; c++)
			for (uint32_t m = 0; m < months; m++)
				told_usage(e, p, c, m);
		for (uint32_t i = 0; i < people; i++) {
			told_certificate(e, p, i, certificates[i % 5], EXPIRES(i));
			told_certificate(e, p, i, certificates[(i + 1) % 5], EXPIRES(i));
		}
		if (p % 64 == 63)
			(void)told_settle(e);
	}
	(void)told_settle(e);
	engine_stats_get(e, &stats);
	r = (struct filled){ (double)stats.bytes, process_bytes() - before };
	engine_destroy(e);
	return r;
}

static void measure(const char *id, uint32_t partners, uint32_t months)
{
	const struct shipped_edition *s = shipped_by_id(str_from(id));
	struct edition_box *box = NULL;
	struct filled one, more_months, more_people, all;
	double n = partners, month, person;
	int rc;

	assert(s != NULL);
	rc = compile_edition(&mem_heap, s->file, s->text, NULL, &box);
	assert(rc == 0);
	all = fill(edition_box_get(box), partners, CUSTOMERS, months, PEOPLE);
	one = fill(edition_box_get(box), partners, 1, 1, 0);
	more_months = fill(edition_box_get(box), partners, CUSTOMERS, months, 0);
	more_people = fill(edition_box_get(box), partners, 1, 1, PEOPLE);
	month = (more_months.engine - one.engine) / n / (CUSTOMERS * months - 1.0);
	person = (more_people.engine - one.engine) / n / PEOPLE;
	printf("edition %s: a partner with one row %.0f bytes; a further customer-month %.1f; a person with two certificates %.0f\n",
		id, one.engine / n, month, person);
	printf("  %u partners, %d customers, %u months, %d people: %.0f bytes a partner (the process holds %.0f); a million of them %.2f GiB\n",
		partners, CUSTOMERS, months, PEOPLE, all.engine / n, all.process / n,
		all.engine / n * MILLION / GIB);
	printf("  a million of them with a month of usage %.2f GiB; %.0f GiB hold %.1f months\n",
		(one.engine / n + (CUSTOMERS - 1) * month + PEOPLE * person) * MILLION / GIB,
		LIMIT_GIB,
		(LIMIT_GIB * GIB / MILLION - one.engine / n - PEOPLE * person + month) / month /
			CUSTOMERS);
	edition_box_destroy(box);
}

int main(int argc, char **argv)
{
	uint32_t partners = argc > 1 ? (uint32_t)atoi(argv[1]) : 10000;
	uint32_t months = argc > 2 ? (uint32_t)atoi(argv[2]) : 14;

	measure("2023-06", partners, months);
	measure("2026", partners, months);
	return 0;
}
