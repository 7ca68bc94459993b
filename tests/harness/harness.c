#include "tests/harness/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/io/clock.h"
#include "common/io/query.h"

#define DEADLINE_NS (60ull * 1000 * 1000 * 1000)
#define END_NS	    (20ull * 1000 * 1000 * 1000)
#define ASK_MS	    500u
#define SHOWN	    1000 /* bytes of each log after a failure */
#define PAUSE_MS    5	 /* between two looks for an effect */

static struct harness *current;

static const char *const names[] = { "ingestion", "scoring", "notification", "history" };

/* The end of a service's log, since its folder may be gone soon. */
static void show_log(const struct harness *h, int s)
{
	char path[128], line[1024];
	long size;
	FILE *f;

	(void)snprintf(path, sizeof path, "%.40s/%s.log", h->dir, names[s]);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > SHOWN)
		(void)fseek(f, size - SHOWN, SEEK_SET);
	else
		rewind(f);
	fprintf(stderr, "harness: %s said:\n", names[s]);
	while (fgets(line, sizeof line, f) != NULL)
		fprintf(stderr, "  %s", line);
	(void)fclose(f);
}

void harness_fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "harness: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (current != NULL) {
		fprintf(stderr, "harness: the services' logs are in %s/*.log\n", current->dir);
		for (int s = 0; s < HARNESS_SERVICES; s++)
			if (current->pids[s] != 0)
				(void)kill(current->pids[s], SIGKILL);
		for (int s = 0; s < HARNESS_SERVICES; s++)
			show_log(current, s);
	}
	exit(1);
}

static void pause_briefly(void)
{
	(void)poll(NULL, 0, PAUSE_MS);
}

void harness_init(struct harness *h)
{
	char dir[] = "/tmp/capscore-test-XXXXXX";

	memset(h, 0, sizeof *h);
	h->bin = getenv("CAPSCORE_BIN");
	if (h->bin == NULL)
		harness_fail(
			"CAPSCORE_BIN is not set: it names the folder of the programs (make check sets it)");
	if (mkdtemp(dir) == NULL)
		harness_fail("cannot make a folder: %s", strerror(errno));
	(void)snprintf(h->dir, sizeof h->dir, "%s", dir);
	for (int s = 0; s < HARNESS_SERVICES; s++)
		(void)snprintf(h->endpoint[s], sizeof h->endpoint[s], "ipc://%s/run/%s.sock", dir,
			names[s]);
	(void)snprintf(h->publish, sizeof h->publish, "ipc://%s/run/ingestion-publish.sock", dir);
	current = h;
}

static _Noreturn void run_child(struct harness *h, enum harness_service s)
{
	char program[512], log[128];
	const char *args[HARNESS_ARGS_MAX + 4] = { program, "--data-dir", h->dir };
	size_t n = 3;
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(program, sizeof program, "%s/capscore-%s", h->bin, names[s]);
	(void)snprintf(log, sizeof log, "%.40s/%s.log", h->dir, names[s]);
	for (size_t i = 0; i < HARNESS_ARGS_MAX && h->args[s][i] != NULL; i++)
		args[n++] = h->args[s][i];
	args[n] = NULL;
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd >= 0) {
		(void)dup2(fd, 1);
		(void)dup2(fd, 2);
	}
	(void)execv(program, (char *const *)(uintptr_t)args);
	fprintf(stderr, "cannot run %s: %s\n", program, strerror(errno));
	_exit(127);
}

void harness_start(struct harness *h, enum harness_service s)
{
	pid_t pid = fork();

	if (pid < 0)
		harness_fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		run_child(h, s);
	h->pids[s] = pid;
}

void harness_start_all(struct harness *h)
{
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		harness_start(h, (enum harness_service)s);
}

int harness_await_end(struct harness *h, enum harness_service s)
{
	uint64_t until = clock_mono_ns() + END_NS;
	int status;

	for (;;) {
		pid_t got = waitpid(h->pids[s], &status, WNOHANG);

		if (got == h->pids[s])
			break;
		if (got < 0 || clock_mono_ns() > until)
			harness_fail("%s did not end", names[s]);
		pause_briefly();
	}
	h->pids[s] = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int harness_end(struct harness *h, enum harness_service s, int sig)
{
	if (h->pids[s] == 0)
		return 0;
	(void)kill(h->pids[s], sig);
	return harness_await_end(h, s);
}

bool harness_log_has(const struct harness *h, enum harness_service s, const char *text)
{
	char path[128], line[4096];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof path, "%.40s/%s.log", h->dir, names[s]);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof line, f) != NULL)
		found = strstr(line, text) != NULL;
	(void)fclose(f);
	return found;
}

static void remove_folder(struct harness *h)
{
	char command[128];

	(void)snprintf(command, sizeof command, "rm -rf '%.40s'", h->dir);
	if (system(command) != 0)
		fprintf(stderr, "harness: cannot remove %s\n", h->dir);
	current = NULL;
}

void harness_fini(struct harness *h)
{
	for (int s = 0; s < HARNESS_SERVICES; s++) {
		int rc = h->pids[s] == 0 ? 0 : harness_end(h, (enum harness_service)s, SIGTERM);

		if (rc != 0)
			harness_fail("%s ended with %d after SIGTERM", names[s], rc);
	}
	remove_folder(h);
}

/* ---- asking ----------------------------------------------------------------------------------------------- */

/* A service that has ended by itself will never answer. */
static void check_alive(struct harness *h, enum harness_service s)
{
	int status;

	if (h->pids[s] != 0 && waitpid(h->pids[s], &status, WNOHANG) == h->pids[s]) {
		h->pids[s] = 0;
		harness_fail("%s ended by itself (status %d)", names[s], status);
	}
}

void harness_check_alive(struct harness *h)
{
	for (int s = 0; s < HARNESS_SERVICES; s++)
		check_alive(h, (enum harness_service)s);
}

void harness_ask(struct harness *h, enum harness_service s, const struct frame *question,
	struct arena *ar, struct frame *ret_answer)
{
	uint64_t until = clock_mono_ns() + DEADLINE_NS;
	struct err e = { 0 };

	for (;;) {
		int rc = query_ask(h->endpoint[s], question, ASK_MS, ar, ret_answer, &e);

		if (rc == 0 && (ret_answer->kind != FRAME_FAILURE ||
				       !str_eq(ret_answer->u.failure.reason, STR("busy"))))
			return;
		check_alive(h, s);
		if (clock_mono_ns() > until)
			harness_fail("%s does not answer: %s", names[s], rc == 0 ? "busy" : e.text);
		pause_briefly();
	}
}

uint64_t harness_status(struct harness *h, enum harness_service s, const char *name)
{
	struct frame q = { .kind = FRAME_STATUS_QUERY }, a;
	uint64_t value = UINT64_MAX;
	struct arena ar;

	arena_init(&ar, &mem_heap, (size_t)4 << 20);
	q.u.status_query.request = 1;
	harness_ask(h, s, &q, &ar, &a);
	if (a.kind != FRAME_STATUS_ANSWER)
		harness_fail("%s answers something else than its status", names[s]);
	for (size_t i = 0; i < a.u.status_answer.n_positions; i++)
		if (str_eq(a.u.status_answer.positions[i].name, str_from(name)))
			value = a.u.status_answer.positions[i].end;
	for (size_t i = 0; i < a.u.status_answer.n_counters; i++)
		if (str_eq(a.u.status_answer.counters[i].name, str_from(name)))
			value = a.u.status_answer.counters[i].value;
	arena_fini(&ar);
	return value;
}

void harness_wait(struct harness *h, enum harness_service s, const char *name, uint64_t value)
{
	uint64_t until = clock_mono_ns() + DEADLINE_NS;
	uint64_t got;

	while ((got = harness_status(h, s, name)) == UINT64_MAX || got < value) {
		check_alive(h, s);
		if (clock_mono_ns() > until)
			harness_fail("%s: %s is %llu, waited for %llu", names[s], name,
				(unsigned long long)got, (unsigned long long)value);
		pause_briefly();
	}
}
