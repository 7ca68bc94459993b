/* What the tests of common/io share: a loop with a bus and a fresh folder, and running until something is seen. */
#ifndef TESTS_IO_NET_H
#define TESTS_IO_NET_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/io/bus.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define NET_DEADLINE_MS 30000 /* only a broken program gets there */

struct net {
	uv_loop_t loop;
	struct bus *bus;
	uv_timer_t deadline;
	uv_prepare_t look;
	bool (*done)(void *ctx);
	void *done_ctx;
	bool late;
	char dir[64];
	char endpoint[96]; /* ipc://DIR/s */
};

static inline void net_on_deadline(uv_timer_t *t)
{
	struct net *net = t->data;

	net->late = true;
	uv_stop(&net->loop);
}

/* Before the loop sleeps: a timer of this turn may have brought it about. */
static inline void net_look(uv_prepare_t *h)
{
	struct net *net = h->data;

	if (net->done(net->done_ctx))
		uv_stop(&net->loop);
}

/* Runs the loop until `done` says so; the test fails when that does not come to pass. */
static inline void net_run_until(struct net *net, bool (*done)(void *ctx), void *ctx)
{
	net->late = false;
	net->done = done;
	net->done_ctx = ctx;
	assert_int_equal(uv_timer_start(&net->deadline, net_on_deadline, NET_DEADLINE_MS, 0), 0);
	assert_int_equal(uv_prepare_start(&net->look, net_look), 0);
	(void)uv_run(&net->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_prepare_stop(&net->look), 0);
	assert_int_equal(uv_timer_stop(&net->deadline), 0);
	assert_false(net->late);
}

static inline void net_start(struct net *net)
{
	memset(net, 0, sizeof(*net));
	assert_int_equal(uv_loop_init(&net->loop), 0);
	assert_int_equal(bus_create(&net->loop, &net->bus, NULL), 0);
	assert_int_equal(uv_timer_init(&net->loop, &net->deadline), 0);
	assert_int_equal(uv_prepare_init(&net->loop, &net->look), 0);
	net->deadline.data = net->look.data = net;
	(void)snprintf(net->dir, sizeof(net->dir), "/tmp/capscore-io-XXXXXX");
	assert_non_null(mkdtemp(net->dir));
	(void)snprintf(net->endpoint, sizeof(net->endpoint), "ipc://%s/s", net->dir);
}

static inline int net_remove_one(
	const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

/* Everything on the loop must have been closed by then: handles left over fail the test. */
static inline void net_stop(struct net *net)
{
	uv_close((uv_handle_t *)&net->deadline, NULL);
	uv_close((uv_handle_t *)&net->look, NULL);
	assert_int_equal(uv_run(&net->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&net->loop), 0);
	bus_destroy(net->bus);
	(void)nftw(net->dir, net_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
