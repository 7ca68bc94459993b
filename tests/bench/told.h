/* Facts of a uniform population, told to an engine one by one: for benchmarks whose figures are a partner's, or a million
 * partners'. Each asserts that nothing fails. Not for sharing between threads. */
#ifndef BENCH_TOLD_H
#define BENCH_TOLD_H

#include "rules/engine/engine.h"

/* Usage of a customer in the month `months` before 2026-06: of one of five products, by its number. */
void told_usage(struct engine *e, uint32_t partner, uint32_t customer, uint32_t months);
/* A certificate, and the last day on which it counts. */
void told_certificate(struct engine *e, uint32_t partner, uint32_t person, const char *certificate,
	day_no expires_on);
/* That a day begins; settled, unless `ret_changed` is NULL. */
void told_day(struct engine *e, day_no day, size_t *ret_changed);
/* Returns how many partners changed. */
size_t told_settle(struct engine *e);

#endif
