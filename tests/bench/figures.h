/* What a benchmark collects and prints: a figure per run, of which the median counts, and latencies. */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <stddef.h>
#include <stdint.h>

#define RUNS_MAX 16

/* One figure, once per run. */
struct runs {
	double v[RUNS_MAX];
	size_t n;
};

void runs_add(struct runs *r, double v);
double runs_median(const struct runs *r);
/* "name  median unit  [least .. greatest]", divided by `scale`; a line. */
void runs_print(const char *name, const struct runs *r, double scale, const char *unit);

/* Nanoseconds, as many as asked for. */
struct latencies {
	uint64_t *ns;
	size_t n, cap;
};

void latencies_init(struct latencies *l, size_t cap);
void latencies_add(struct latencies *l, uint64_t ns);
/* p50, p90, p99 and the greatest in milliseconds; a line. Sorts. */
void latencies_print(const char *name, struct latencies *l);
void latencies_fini(struct latencies *l);

/* The processors, the kernel and the disk under `folder`. */
void machine_print(const char *folder);

#endif
