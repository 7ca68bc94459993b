#include "services/scoring/simulations.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/io/clock.h"

#define ARENA_MAX ((size_t)256 << 20)
#define CHILD_FD  (STDERR_FILENO + 1) /* where a child writes */

/* What a child writes before its answer. */
struct child_head {
	int rc;
	struct err err;
};

struct child {
	uv_pipe_t pipe;
	struct simulations *owner; /* NULL: nobody waits any more */
	pid_t pid;
	struct bus_peer peer;
	uint64_t request, began_ns;
	struct buf bytes; /* head and answer, as far as they came */
};

struct simulations {
	struct simulations_options options;
	uv_loop_t *loop;
	struct whatif *whatif;
	struct child *child; /* NULL: none */
	struct arena answer;
	uint64_t by_child;
};

int simulations_create(
	uv_loop_t *loop, const struct simulations_options *options, struct simulations **ret_s)
{
	const struct whatif_options w = { options->engine, options->editions, options->at_once };
	struct simulations *s = mem_zalloc(&mem_heap, sizeof *s);
	int rc;

	if (s == NULL)
		return ERR_NOMEM;
	s->options = *options;
	s->loop = loop;
	arena_init(&s->answer, &mem_heap, ARENA_MAX);
	rc = whatif_create(&w, &s->whatif);
	if (rc != 0) {
		mem_free(&mem_heap, s, sizeof *s);
		return rc;
	}
	*ret_s = s;
	return 0;
}

uint64_t simulations_by_child(const struct simulations *s)
{
	return s->by_child;
}

/* ---- in the child -------------------------------------------------------------------------------------------- */

static bool write_all(const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t w = write(CHILD_FD, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		at += w;
		n -= (size_t)w;
	}
	return true;
}

/* As a child that writes a snapshot: it touches nothing that it shares with its parent, closes what it inherited, leaves
 * without cleaning up, and dies with its parent. */
static _Noreturn void run_child(struct simulations *s, int fd, pid_t parent,
	const struct frame *query, const struct wire_freshness *freshness, struct arena *ar)
{
	struct child_head head = { .rc = 0 };
	struct frame answer;
	struct buf bytes;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || dup2(fd, CHILD_FD) < 0)
		_exit(1);
	(void)close_range(CHILD_FD + 1, ~0U, 0);
	buf_init(&bytes, &mem_heap, WIRE_BODY_MAX);
	whatif_set_max_facts(s->whatif, WHATIF_FACTS_MAX);
	head.rc = whatif_answer(s->whatif, query, freshness, ar, &answer, &head.err);
	if (head.rc == 0)
		head.rc = frame_encode(&answer, &bytes);
	_exit(write_all(&head, sizeof head) && write_all(bytes.p, head.rc == 0 ? bytes.n : 0) ? 0
											      : 1);
}

/* ---- in the parent ------------------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
	struct child *c = handle->data;

	buf_fini(&c->bytes);
	mem_free(&mem_heap, c, sizeof *c);
}

static void reap(struct child *c)
{
	if (c->owner != NULL)
		c->owner->child = NULL;
	c->owner = NULL;
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	uv_close((uv_handle_t *)&c->pipe, on_closed);
}

static int read_answer(
	struct simulations *s, const struct child *c, struct frame *ret, struct err *e)
{
	struct child_head head;
	struct span rest;

	if (c->bytes.n < sizeof head)
		return err_set(e, ERR_IO, "the process that simulated it ended without an answer");
	memcpy(&head, c->bytes.p, sizeof head);
	*e = head.err;
	if (head.rc != 0)
		return head.rc;
	rest = (struct span){ c->bytes.p + sizeof head, c->bytes.n - sizeof head };
	arena_reset(&s->answer);
	return frame_decode(rest, &s->answer, ret, e);
}

/* The child has ended, or is ended now: rc says why, 0 when it may have answered. */
static void finish(struct child *c, int rc)
{
	struct simulations *s = c->owner;
	struct err e = { 0 };
	struct frame answer;

	if (s == NULL)
		return;
	if (rc == ERR_TIMEOUT)
		(void)err_set(&e, rc, "it took longer than %u s",
			(unsigned)(SIMULATE_CHILD_NS / 1000000000u));
	else if (rc == 0)
		rc = read_answer(s, c, &answer, &e);
	s->options.on_answer(s->options.ctx, &c->peer, c->request, rc, &answer, &e);
	reap(c);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct child *c = handle->data;
	bool room = buf_reserve(&c->bytes, suggested) == 0;

	*ret = uv_buf_init(
		room ? (char *)c->bytes.p + c->bytes.n : NULL, room ? (unsigned)suggested : 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct child *c = stream->data;

	(void)buf;
	if (n > 0)
		c->bytes.n += (size_t)n;
	else if (n < 0)
		finish(c, n == UV_EOF ? 0 : n == UV_ENOBUFS ? ERR_NOMEM : ERR_IO);
}

static int listen_to(struct simulations *s, struct child *c, int fd)
{
	int rc = uv_pipe_init(s->loop, &c->pipe, 0); /* cannot fail: it is no IPC pipe */

	c->pipe.data = c;
	if (rc == 0)
		rc = uv_pipe_open(&c->pipe, fd);
	if (rc != 0) {
		(void)close(fd);
		return ERR_IO;
	}
	return uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read) == 0 ? 0 : ERR_IO;
}

static int start_child(struct simulations *s, struct child *c, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar)
{
	pid_t parent = getpid();
	int fds[2], rc;

	if (pipe(fds) != 0)
		return ERR_IO;
	c->pid = fork();
	if (c->pid == 0)
		run_child(s, fds[1], parent, query, freshness, ar);
	(void)close(fds[1]);
	if (c->pid < 0) {
		(void)close(fds[0]);
		return ERR_IO;
	}
	c->owner = s;
	s->child = c;
	rc = listen_to(s, c, fds[0]);
	return rc;
}

static int hand_over(struct simulations *s, const struct bus_peer *peer, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct err *err)
{
	struct child *c;
	int rc;

	if (s->child != NULL)
		return err_set(err, ERR_AGAIN,
			"another partner with very many facts is being simulated; ask again shortly");
	c = mem_zalloc(&mem_heap, sizeof *c);
	if (c == NULL)
		return ERR_NOMEM;
	c->peer = *peer;
	c->request = query->u.simulate_query.request;
	c->began_ns = clock_mono_ns();
	buf_init(&c->bytes, &mem_heap, WIRE_BODY_MAX + sizeof(struct child_head) + 65536);
	rc = start_child(s, c, query, freshness, ar);
	s->by_child++;
	if (rc == 0)
		return 0;
	if (c->owner != NULL)
		reap(c);
	else
		mem_free(&mem_heap, c, sizeof *c);
	return err_set(err, rc, "no process for a partner with very many facts: %s", err_text(rc));
}

int simulations_answer(struct simulations *s, const struct bus_peer *peer,
	const struct frame *query, const struct wire_freshness *freshness, struct arena *ar,
	struct frame *ret_frame, bool *ret_later, struct err *err)
{
	int rc = whatif_answer(s->whatif, query, freshness, ar, ret_frame, err);

	*ret_later = false;
	if (rc != ERR_FULL)
		return rc;
	err_clear(err);
	rc = hand_over(s, peer, query, freshness, ar, err);
	*ret_later = rc == 0;
	return rc;
}

void simulations_tick(struct simulations *s, uint64_t now_ns)
{
	whatif_tick(s->whatif);
	if (s->child != NULL && now_ns - s->child->began_ns > SIMULATE_CHILD_NS)
		finish(s->child, ERR_TIMEOUT);
}

void simulations_close(struct simulations **ps)
{
	struct simulations *s = *ps;

	*ps = NULL;
	if (s == NULL)
		return;
	if (s->child != NULL)
		reap(s->child);
	whatif_destroy(s->whatif);
	arena_fini(&s->answer);
	mem_free(&mem_heap, s, sizeof *s);
}
