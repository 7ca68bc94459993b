/* A loop with a bus, run until something is observed. */
#ifndef HARNESS_LOOP_H
#define HARNESS_LOOP_H

#include "common/io/bus.h"

#define LOOP_DEADLINE_MS 60000 /* only a broken program gets there */

struct loop {
	uv_loop_t uv;
	struct bus *bus;
	uv_timer_t deadline;
	uv_prepare_t look;
	uv_idle_t spin;
	bool (*is_done)(void *ctx);
	void *ctx;
	bool done, late;
};

void loop_start(struct loop *l);
/* Runs until `is_done` says so, asked once per turn; harness_fail() with `what` when that does not come to pass.
 * Without sleeping between the turns when `spins`: for what comes from outside the loop, a file for example. */
void loop_until(
	struct loop *l, bool (*is_done)(void *ctx), void *ctx, bool spins, const char *what);
/* Everything on the loop must have been closed before. */
void loop_stop(struct loop *l);

#endif
