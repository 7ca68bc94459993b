#include "services/scoring/snapshots.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/io/clock.h"
#include "common/io/log.h"

struct snapshots {
	struct snapshots_options options;
	uv_signal_t on_child;
	pid_t child;		   /* 0: none */
	bool complete;		   /* PATH.new is whole and waits for its outputs to be durable */
	struct snapshot_head head; /* of the one being written or waiting */
	uint64_t began_ns;
	uint64_t durable; /* outputs */
	uint64_t failed;
};

static int write_state(const struct snapshots *s, const struct snapshot_head *head, struct err *e)
{
	struct snapshot_writer *w;
	int rc, end;

	rc = snapshot_create(s->options.path, head, &w, e);
	if (rc != 0)
		return rc;
	rc = engine_save(s->options.engine, snapshot_put, w);
	if (rc != 0)
		err_set(e, rc, "cannot write the state: %s", err_text(rc));
	end = snapshot_finish(&w, rc == 0 ? e : NULL);
	return rc != 0 ? rc : end;
}

static void put_in_place(struct snapshots *s)
{
	struct err e = { 0 };

	if (!s->complete || s->durable < s->head.outputs)
		return;
	s->complete = false;
	if (snapshot_switch(s->options.path, &e) != 0) {
		s->failed++;
		log_error("snapshot_failed", "reason=\"%s\"", e.text);
		return;
	}
	if (s->options.on_written != NULL)
		s->options.on_written(
			s->options.ctx, &s->head, (clock_mono_ns() - s->began_ns) / 1000000);
}

static void on_child(uv_signal_t *handle, int signum)
{
	struct snapshots *s = handle->data;
	int status;

	(void)signum;
	if (s->child == 0 || waitpid(s->child, &status, WNOHANG) != s->child)
		return;
	s->child = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		s->failed++;
		log_error("snapshot_failed",
			"status=%d remedy=\"see the line before; scoring goes on\"", status);
		snapshot_discard(s->options.path);
		return;
	}
	s->complete = true;
	put_in_place(s);
}

int snapshots_create(uv_loop_t *loop, const struct snapshots_options *options,
	struct snapshots **ret_s, struct err *e)
{
	struct snapshots *s = mem_zalloc(&mem_heap, sizeof *s);

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for snapshots");
	s->options = *options;
	snapshot_discard(options->path);
	if (uv_signal_init(loop, &s->on_child) != 0) {
		mem_free(&mem_heap, s, sizeof *s);
		return err_set(e, ERR_NOMEM, "no memory for a signal handle");
	}
	s->on_child.data = s;
	(void)uv_signal_start(&s->on_child, on_child, SIGCHLD);
	uv_unref((uv_handle_t *)&s->on_child);
	*ret_s = s;
	return 0;
}

/* The child shares the parent's sockets, locks and stores: it touches none of them, leaves without cleaning up, and
 * dies with its parent. It closes what it inherited at once, because a parent that is killed is started again faster
 * than its child ends, and the new one would find its socket and its store in use. */
static _Noreturn void run_child(const struct snapshots *s, pid_t parent)
{
	struct err why = { 0 };
	int rc;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	rc = write_state(s, &s->head, &why);
	if (rc != 0)
		log_error("snapshot_write", "reason=\"%s\"", why.text);
	_exit(rc == 0 ? 0 : 1);
}

int snapshots_begin(struct snapshots *s, const struct snapshot_head *head, struct err *e)
{
	pid_t parent = getpid(), pid;

	if (s->child != 0 || s->complete)
		return ERR_AGAIN;
	s->head = *head;
	s->began_ns = clock_mono_ns();
	pid = fork();
	if (pid < 0) {
		s->failed++;
		return err_set(e, ERR_IO, "cannot fork for a snapshot: %s", strerror(errno));
	}
	if (pid == 0)
		run_child(s, parent);
	s->child = pid;
	return 0;
}

void snapshots_durable(struct snapshots *s, uint64_t outputs)
{
	s->durable = outputs;
	put_in_place(s);
}

/* A child still writing would share the file: it is ended first. */
static void end_child(struct snapshots *s)
{
	if (s->child != 0) {
		(void)kill(s->child, SIGKILL);
		while (waitpid(s->child, NULL, 0) < 0 && errno == EINTR)
			;
		s->child = 0;
	}
	s->complete = false;
	snapshot_discard(s->options.path);
}

int snapshots_now(struct snapshots *s, const struct snapshot_head *head, struct err *e)
{
	int rc;

	end_child(s);
	s->head = *head;
	s->began_ns = clock_mono_ns();
	rc = write_state(s, head, e);
	if (rc == 0)
		rc = snapshot_switch(s->options.path, e);
	if (rc == 0 && s->options.on_written != NULL)
		s->options.on_written(
			s->options.ctx, head, (clock_mono_ns() - s->began_ns) / 1000000);
	return rc;
}

uint64_t snapshots_failed(const struct snapshots *s)
{
	return s->failed;
}

static void on_closed(uv_handle_t *handle)
{
	mem_free(&mem_heap, handle->data, sizeof(struct snapshots));
}

void snapshots_close(struct snapshots **ps)
{
	struct snapshots *s = *ps;

	*ps = NULL;
	if (s == NULL)
		return;
	end_child(s);
	uv_close((uv_handle_t *)&s->on_child, on_closed);
}

int snapshots_load(const char *path, uint64_t calendar_digest, struct engine *engine,
	struct snapshot_head *ret_head, struct err *e)
{
	struct snapshot_reader *r;
	int rc = snapshot_open(path, ret_head, &r, e);

	if (rc != 0)
		return rc;
	if (ret_head->calendar_digest != calendar_digest)
		rc = err_set(e, ERR_MISMATCH,
			"%s was made under other editions of the rules than the service starts with",
			path);
	if (rc == 0) {
		rc = engine_load(engine, snapshot_get, r, e);
		if (rc != 0)
			(void)err_wrap(e, "%s", path);
	}
	snapshot_close(r);
	return rc;
}
