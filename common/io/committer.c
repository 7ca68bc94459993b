/* Group commit: two groups, one thread.
 *
 *              end of a turn, something added
 *       FREE ─────────────────────────────────► SYNCING ──► done: group reset, on_done; FREE again
 *                                                ▲    │
 *                              200 ms, same group│    ├───► ERR_NOSPACE: STALLED, on_stall the first time
 *                                                └────│─────────┘
 *                                                     └───► any other error: FAILED for good, on_fail
 *
 * The loop owns everything but the mailbox `shared`; a group belongs to the thread from hand-over to outcome. The end
 * of a turn is a prepare handle, which runs after every other callback of the turn, just before the loop sleeps; an
 * idle handle beside it keeps the loop from sleeping when the wish comes from another prepare handle. */
#include "common/io/committer.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>

#define RETRY_MS 200

enum state { STATE_FREE, STATE_SYNCING, STATE_STALLED, STATE_FAILED };

/* What passes between the loop and the thread, under `lock`. */
struct mailbox {
	uv_mutex_t lock;
	uv_cond_t changed;
	const struct store_group *job; /* set by the loop, cleared by the thread */
	bool stop;
	bool has_outcome; /* set by the thread, cleared by the loop; rc, first and err belong to it */
	int rc;
	uint64_t first;
	struct err err;
};

struct committer {
	struct committer_options options;
	struct store *store;
	enum state state;
	struct store_group *filling;
	struct store_group *syncing; /* empty unless SYNCING or STALLED (or FAILED) */
	uint64_t next;		     /* position of the first record of `filling` */
	size_t syncing_bytes;	     /* of units in `syncing` */
	bool has_told_stall;	     /* of the group in `syncing` */
	bool is_closing;
	void (*on_closed)(void *ctx);
	void *closed_ctx;
	uv_prepare_t turn_end;
	uv_idle_t stay_awake;
	uv_timer_t retry;
	uv_async_t wake;
	unsigned n_handles; /* not closed yet */
	uv_thread_t thread;
	struct mailbox shared;
};

/* ---- the thread -------------------------------------------------------------------------------------------- */

static void run_thread(void *arg)
{
	struct committer *c = arg;
	struct mailbox *m = &c->shared;
	sigset_t all;

	(void)sigfillset(
		&all); /* a sync is not to be interrupted; the loop's thread hears the signals */
	(void)pthread_sigmask(SIG_BLOCK, &all, NULL);
	uv_mutex_lock(&m->lock);
	while (!m->stop) {
		const struct store_group *job = m->job;
		struct err err = { .code = 0 };
		uint64_t first = 0;
		int rc;

		if (job == NULL) {
			uv_cond_wait(&m->changed, &m->lock);
			continue;
		}
		uv_mutex_unlock(&m->lock);
		rc = store_commit(c->store, job, &first, &err);
		uv_mutex_lock(&m->lock);
		m->job = NULL;
		m->rc = rc;
		m->first = first;
		m->err = err;
		m->has_outcome = true;
		(void)uv_async_send(&c->wake);
	}
	uv_mutex_unlock(&m->lock);
}

static void stop_thread(struct committer *c)
{
	uv_mutex_lock(&c->shared.lock);
	c->shared.stop = true;
	uv_cond_signal(&c->shared.changed);
	uv_mutex_unlock(&c->shared.lock);
	(void)uv_thread_join(&c->thread);
}

/* ---- the loop's side --------------------------------------------------------------------------------------- */

static void give_to_thread(struct committer *c)
{
	c->state = STATE_SYNCING;
	uv_mutex_lock(&c->shared.lock);
	c->shared.job = c->syncing;
	uv_cond_signal(&c->shared.changed);
	uv_mutex_unlock(&c->shared.lock);
}

static void hand_over_if_due(struct committer *c)
{
	struct store_group *full = c->filling;

	if (c->is_closing || c->state != STATE_FREE || store_group_is_empty(full))
		return;
	c->filling = c->syncing;
	c->syncing = full;
	c->syncing_bytes = store_group_bytes(full);
	c->next += store_group_records(full);
	give_to_thread(c);
}

/* The next group goes before on_done is told, so that the disk works meanwhile and on_done finds room. */
static void finish(struct committer *c, uint64_t first)
{
	uint64_t end = first + store_group_records(c->syncing);

	assert(end == c->next);
	store_group_reset(c->syncing);
	c->syncing_bytes = 0;
	c->has_told_stall = false;
	c->state = STATE_FREE;
	hand_over_if_due(c);
	c->options.on_done(c->options.ctx, first, end);
}

static void on_retry(uv_timer_t *t)
{
	give_to_thread(t->data);
}

static void stall(struct committer *c, const struct err *e)
{
	c->state = STATE_STALLED;
	(void)uv_timer_start(&c->retry, on_retry, RETRY_MS, 0);
	if (c->has_told_stall)
		return;
	c->has_told_stall = true;
	c->options.on_stall(c->options.ctx, e);
}

static void take_outcome(struct committer *c)
{
	struct mailbox *m = &c->shared;
	struct err err;
	uint64_t first;
	bool has_outcome;
	int rc;

	uv_mutex_lock(&m->lock);
	has_outcome = m->has_outcome;
	m->has_outcome = false;
	rc = m->rc;
	first = m->first;
	err = m->err;
	uv_mutex_unlock(&m->lock);
	if (!has_outcome)
		return;
	if (rc == 0) {
		finish(c, first);
	} else if (rc == ERR_NOSPACE) {
		stall(c, &err);
	} else {
		c->state = STATE_FAILED;
		c->options.on_fail(c->options.ctx, &err);
	}
}

static void on_turn_end(uv_prepare_t *p)
{
	struct committer *c = p->data;

	(void)uv_prepare_stop(&c->turn_end);
	(void)uv_idle_stop(&c->stay_awake);
	take_outcome(c);
	hand_over_if_due(c); /* also what on_done added */
}

static void on_idle(uv_idle_t *i)
{
	(void)i; /* being started is all it is for */
}

static void arrange_turn_end(struct committer *c)
{
	(void)uv_prepare_start(&c->turn_end, on_turn_end);
	(void)uv_idle_start(&c->stay_awake, on_idle);
}

static void on_wake(uv_async_t *a)
{
	arrange_turn_end(a->data);
}

/* ---- life -------------------------------------------------------------------------------------------------- */

static void destroy(struct committer *c)
{
	store_group_destroy(c->filling);
	store_group_destroy(c->syncing);
	uv_cond_destroy(&c->shared.changed);
	uv_mutex_destroy(&c->shared.lock);
	mem_free(&mem_heap, c, sizeof *c);
}

/* Everything that needs no loop. */
static int create(
	struct store *store, const struct committer_options *options, struct committer **ret_c)
{
	struct committer *c = mem_zalloc(&mem_heap, sizeof *c);
	int rc;

	if (c == NULL)
		return ERR_NOMEM;
	c->options = *options;
	c->store = store;
	c->next = store_end(store);
	if (uv_mutex_init(&c->shared.lock) != 0) {
		mem_free(&mem_heap, c, sizeof *c);
		return ERR_NOMEM;
	}
	if (uv_cond_init(&c->shared.changed) != 0) {
		uv_mutex_destroy(&c->shared.lock);
		mem_free(&mem_heap, c, sizeof *c);
		return ERR_NOMEM;
	}
	rc = store_group_create(&mem_heap, options->max_group_bytes, &c->filling);
	if (rc == 0)
		rc = store_group_create(&mem_heap, options->max_group_bytes, &c->syncing);
	if (rc != 0) {
		destroy(c);
		return rc;
	}
	*ret_c = c;
	return 0;
}

int committer_create(uv_loop_t *loop, struct store *store, const struct committer_options *options,
	struct committer **ret_c, struct err *e)
{
	struct committer *c;
	int rc = create(store, options, &c);

	if (rc != 0)
		return err_set(
			e, rc, "a committer with groups of %zu bytes", options->max_group_bytes);
	rc = uv_thread_create(&c->thread, run_thread, c);
	if (rc == 0) {
		rc = uv_async_init(loop, &c->wake, on_wake);
		if (rc != 0)
			stop_thread(c);
	}
	if (rc != 0) {
		destroy(c);
		return err_set(e, ERR_IO, "starting the committer's thread: %s", uv_strerror(rc));
	}
	(void)uv_prepare_init(loop, &c->turn_end); /* these three cannot fail */
	(void)uv_idle_init(loop, &c->stay_awake);
	(void)uv_timer_init(loop, &c->retry);
	c->wake.data = c->turn_end.data = c->stay_awake.data = c->retry.data = c;
	*ret_c = c;
	return 0;
}

static void on_handle_closed(uv_handle_t *h)
{
	struct committer *c = h->data;
	void (*on_closed)(void *ctx) = c->on_closed;
	void *ctx = c->closed_ctx;

	if (--c->n_handles > 0)
		return;
	destroy(c);
	if (on_closed != NULL)
		on_closed(ctx);
}

void committer_close(struct committer **c_ptr, void (*on_closed)(void *ctx), void *ctx)
{
	struct committer *c = *c_ptr;
	uv_handle_t *handles[] = { (uv_handle_t *)&c->wake, (uv_handle_t *)&c->turn_end,
		(uv_handle_t *)&c->stay_awake, (uv_handle_t *)&c->retry };

	*c_ptr = NULL;
	assert(!c->is_closing);
	c->is_closing = true;
	c->on_closed = on_closed;
	c->closed_ctx = ctx;
	stop_thread(c);
	c->n_handles = sizeof handles / sizeof handles[0];
	for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
		uv_close(handles[i], on_handle_closed);
}

/* ---- use --------------------------------------------------------------------------------------------------- */

struct store_group *committer_group(struct committer *c)
{
	return c->filling;
}

uint64_t committer_next(const struct committer *c)
{
	return c->next + store_group_records(c->filling);
}

void committer_kick(struct committer *c)
{
	if (c->state == STATE_FREE)
		arrange_turn_end(c);
}

bool committer_is_idle(const struct committer *c)
{
	return c->state == STATE_FAILED ||
	       (c->state == STATE_FREE && store_group_is_empty(c->filling));
}

size_t committer_pending_bytes(const struct committer *c)
{
	return store_group_bytes(c->filling) + c->syncing_bytes;
}
