#include "tests/harness/loop.h"

#include <string.h>

#include "tests/harness/harness.h"

static void on_deadline(uv_timer_t *t)
{
	struct loop *l = t->data;

	l->late = true;
	uv_stop(&l->uv);
}

/* Before the loop sleeps: a timer of this turn may have brought it about. */
static void on_look(uv_prepare_t *h)
{
	struct loop *l = h->data;

	if (!l->done && l->is_done(l->ctx))
		l->done = true;
	if (l->done)
		uv_stop(&l->uv);
}

static void on_spin(uv_idle_t *h)
{
	(void)h; /* its being active keeps the loop from sleeping */
}

void loop_start(struct loop *l)
{
	struct err e = { 0 };

	memset(l, 0, sizeof *l);
	if (uv_loop_init(&l->uv) != 0 || bus_create(&l->uv, &l->bus, &e) != 0)
		harness_fail("cannot make a loop: %s", e.text);
	(void)uv_timer_init(&l->uv, &l->deadline);
	(void)uv_prepare_init(&l->uv, &l->look);
	(void)uv_idle_init(&l->uv, &l->spin);
	l->deadline.data = l->look.data = l->spin.data = l;
}

void loop_until(struct loop *l, bool (*is_done)(void *ctx), void *ctx, bool spins, const char *what)
{
	l->is_done = is_done;
	l->ctx = ctx;
	l->done = l->late = false;
	uv_update_time(&l->uv);
	(void)uv_timer_start(&l->deadline, on_deadline, LOOP_DEADLINE_MS, 0);
	(void)uv_prepare_start(&l->look, on_look);
	if (spins)
		(void)uv_idle_start(&l->spin, on_spin);
	(void)uv_run(&l->uv, UV_RUN_DEFAULT);
	(void)uv_idle_stop(&l->spin);
	(void)uv_prepare_stop(&l->look);
	(void)uv_timer_stop(&l->deadline);
	if (!l->done)
		harness_fail("%s: did not come to pass in %d s", what, LOOP_DEADLINE_MS / 1000);
}

void loop_stop(struct loop *l)
{
	uv_close((uv_handle_t *)&l->deadline, NULL);
	uv_close((uv_handle_t *)&l->look, NULL);
	uv_close((uv_handle_t *)&l->spin, NULL);
	(void)uv_run(&l->uv, UV_RUN_DEFAULT);
	if (uv_loop_close(&l->uv) != 0)
		harness_fail("handles are left open on a loop");
	bus_destroy(l->bus);
}
