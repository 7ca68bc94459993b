#include "tests/bench/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests/harness/harness.h"

/* ---- a figure per run ------------------------------------------------------------------------------------- */

void runs_add(struct runs *r, double v)
{
	if (r->n < RUNS_MAX)
		r->v[r->n++] = v;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void sort_runs(const struct runs *r, struct runs *ret)
{
	*ret = *r;
	qsort(ret->v, ret->n, sizeof *ret->v, compare_doubles);
}

double runs_median(const struct runs *r)
{
	struct runs s;

	if (r->n == 0)
		return 0;
	sort_runs(r, &s);
	return (s.v[(s.n - 1) / 2] + s.v[s.n / 2]) / 2;
}

void runs_print(const char *name, const struct runs *r, double scale, const char *unit)
{
	struct runs s;

	sort_runs(r, &s);
	if (s.n == 0)
		return;
	printf("  %-46s %9.3f %s  [%.3f .. %.3f]\n", name, runs_median(r) / scale, unit,
		s.v[0] / scale, s.v[s.n - 1] / scale);
}

/* ---- latencies -------------------------------------------------------------------------------------------- */

void latencies_init(struct latencies *l, size_t cap)
{
	*l = (struct latencies){ .ns = calloc(cap, sizeof *l->ns), .cap = cap };
	if (l->ns == NULL)
		harness_fail("out of memory");
}

void latencies_add(struct latencies *l, uint64_t ns)
{
	if (l->n < l->cap)
		l->ns[l->n++] = ns;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest of them that at least `percent` of 100 do not pass. */
static double percentile_ms(const struct latencies *l, unsigned percent)
{
	size_t rank = (l->n * percent + 99) / 100;

	return (double)l->ns[rank == 0 ? 0 : rank - 1] / 1e6;
}

void latencies_print(const char *name, struct latencies *l)
{
	if (l->n == 0)
		return;
	qsort(l->ns, l->n, sizeof *l->ns, compare_u64);
	printf("  %-46s p50 %.2f ms  p90 %.2f ms  p99 %.2f ms  max %.2f ms  (%zu)\n", name,
		percentile_ms(l, 50), percentile_ms(l, 90), percentile_ms(l, 99),
		percentile_ms(l, 100), l->n);
}

void latencies_fini(struct latencies *l)
{
	free(l->ns);
	*l = (struct latencies){ 0 };
}

/* ---- the machine ------------------------------------------------------------------------------------------ */

/* The first line of a command's output, without its end; "unknown" when there is none. */
static void first_line(const char *command, char *buf, size_t size)
{
	FILE *f = popen(command, "r");

	if (f == NULL || fgets(buf, (int)size, f) == NULL)
		(void)snprintf(buf, size, "unknown");
	buf[strcspn(buf, "\n")] = '\0';
	if (f != NULL)
		(void)pclose(f);
}

void machine_print(const char *folder)
{
	char cpu[128], disk[128], load[64], command[256];
	struct utsname u;

	if (uname(&u) != 0)
		harness_fail("uname failed");
	first_line("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo", cpu, sizeof cpu);
	(void)snprintf(command, sizeof command,
		"df --output=fstype,source '%s' | tail -n 1 | tr -s ' '", folder);
	first_line(command, disk, sizeof disk);
	first_line("cut -d ' ' -f 1 /proc/loadavg", load, sizeof load);
	printf("machine: %ld x %s, %.0f GiB, kernel %s %s; disk: %s; load before: %s\n",
		sysconf(_SC_NPROCESSORS_ONLN), cpu,
		(double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / (1u << 30),
		u.release, u.machine, disk, load);
}
