/* The ingestion process, killed with SIGKILL at random moments under load and stopped with SIGTERM: every event is in
 * the log exactly once, and no acknowledged one is missing. */
#include "tests/services/ingestion_rig.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define EVENTS_PER_BATCH 20
#define WINDOW		 16 /* batches */

struct process {
	pid_t pid;
	char dir[64];
};

/* Beside the tests' folder, or where CAPSCORE_BIN says. */
static void binary_path(char *path, size_t size)
{
	const char *bin = getenv("CAPSCORE_BIN");
	char self[1024];
	ssize_t n;

	if (bin != NULL) {
		(void)snprintf(path, size, "%s/capscore-ingestion", bin);
		return;
	}
	n = readlink("/proc/self/exe", self, sizeof self - 1);
	assert_true(n > 0);
	self[n] = '\0';
	*strstr(self, "/tests/") = '\0';
	(void)snprintf(path, size, "%s/bin/capscore-ingestion", self);
}

static void process_start(struct process *p)
{
	char path[1200];

	binary_path(path, sizeof path);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		(void)execl(path, path, "--data-dir", p->dir, "--days", "producer", "--log-level",
			"error", NULL);
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		_exit(127);
	}
}

/* It answers, so it has its signal handlers and its sockets. */
static void process_await(struct process *p)
{
	struct client reader;
	struct frame f;

	client_open_in(&reader, p->dir, "ingestion");
	client_status(&reader, &f);
	client_close(&reader);
}

/* Returns the exit code, or 1000 + the signal. */
static int process_wait(struct process *p)
{
	int status = 0;

	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Batch n holds the events from n * EVENTS_PER_BATCH on. */
static void send_batch(struct client *c, struct batch *b, uint64_t n)
{
	batch_range(b, n * EVENTS_PER_BATCH, (n + 1) * EVENTS_PER_BATCH);
	client_publish(c, n, b);
}

struct load {
	uint64_t next, acked; /* batches sent; acknowledged: acknowledgements come in order */
	struct batch batch;
};

/* A new connection: what was not acknowledged is sent again, as a producer does. */
static void load_reconnect(struct load *l, struct client *c, const char *dir)
{
	client_open_in(c, dir, "ingestion-publish");
	for (uint64_t n = l->acked; n < l->next; n++)
		send_batch(c, &l->batch, n);
}

static void load_take(struct load *l, struct client *c)
{
	struct frame f;

	client_receive(c, FRAME_ACKNOWLEDGE, &f);
	assert_int_equal(f.u.acknowledge.batch, l->acked);
	assert_int_equal(f.u.acknowledge.accepted + f.u.acknowledge.duplicates, EVENTS_PER_BATCH);
	assert_int_equal(f.u.acknowledge.n_refusals, 0);
	l->acked++;
}

/* Keeps the window full until so many batches are acknowledged. */
static void load_until(struct load *l, struct client *c, uint64_t target)
{
	while (l->acked < target) {
		while (l->next < l->acked + WINDOW)
			send_batch(c, &l->batch, l->next++);
		load_take(l, c);
	}
}

static void load_finish(struct load *l, struct client *c)
{
	while (l->acked < l->next)
		load_take(l, c);
}

static const unsigned seeds[] = { 1, 20230701 };

static void test_kill_row(void **state)
{
	unsigned seed = (unsigned)(uintptr_t)*state;
	struct process p;
	struct load load = { .next = 0 };
	struct client c;

	print_message("seed %u\n", seed);
	srand(seed);
	rig_make_folder(p.dir, sizeof p.dir);
	batch_init(&load.batch);
	for (int round = 0; round < 12; round++) {
		process_start(&p);
		load_reconnect(&load, &c, p.dir);
		load_until(&load, &c, load.acked + 1 + (uint64_t)rand() % 60);
		for (int spin = rand() % 2000; spin > 0;
			spin--) /* a moment of its own inside the next commit */
			(void)getppid();
		assert_int_equal(kill(p.pid, SIGKILL), 0);
		assert_int_equal(process_wait(&p), 1000 + SIGKILL);
		client_close(&c);
	}
	process_start(&p);
	load_reconnect(&load, &c, p.dir);
	load_finish(&load, &c);
	assert_int_equal(kill(p.pid, SIGTERM), 0);
	assert_int_equal(process_wait(&p), 0);
	client_close(&c);
	rig_assert_once(p.dir, load.next * EVENTS_PER_BATCH);
	batch_fini(&load.batch);
	rig_remove_folder(p.dir);
}

/* SIGTERM under load: what was acknowledged is there, the process leaves with 0, and a resend completes the rest. */
static void test_sigterm_under_load_leaves_in_order(void **state)
{
	struct load load = { .next = 0 };
	struct process p;
	struct client c;
	struct frame f;

	(void)state;
	rig_make_folder(p.dir, sizeof p.dir);
	batch_init(&load.batch);
	process_start(&p);
	process_await(&p);
	load_reconnect(&load, &c, p.dir);
	load_until(&load, &c, 20);
	for (int i = 0; i < 20; i++)
		send_batch(&c, &load.batch, load.next++);
	assert_int_equal(kill(p.pid, SIGTERM), 0);
	assert_int_equal(process_wait(&p), 0);
	while (client_try_receive(&c, 0, &f)) {
		assert_int_equal(f.u.acknowledge.batch, load.acked);
		load.acked++;
	}
	client_close(&c);
	assert_true(rig_read_log(p.dir, NULL, NULL) >= load.acked * EVENTS_PER_BATCH);
	process_start(&p);
	process_await(&p);
	load_reconnect(&load, &c, p.dir);
	load_finish(&load, &c);
	assert_int_equal(kill(p.pid, SIGINT), 0);
	assert_int_equal(process_wait(&p), 0);
	client_close(&c);
	rig_assert_once(p.dir, load.next * EVENTS_PER_BATCH);
	batch_fini(&load.batch);
	rig_remove_folder(p.dir);
}

static void test_wrong_options_are_told(void **state)
{
	char path[1200], command[1400];
	int status;

	(void)state;
	binary_path(path, sizeof path);
	(void)snprintf(command, sizeof command, "%s --dedup-events 5 2>/dev/null", path);
	status = system(command);
	assert_int_equal(WEXITSTATUS(status), 2);
	(void)snprintf(command, sizeof command, "%s --days never 2>/dev/null", path);
	status = system(command);
	assert_int_equal(WEXITSTATUS(status), 2);
	(void)snprintf(command, sizeof command, "%s --help | grep -q dead-letters-max", path);
	status = system(command);
	assert_int_equal(WEXITSTATUS(status), 0);
	(void)snprintf(command, sizeof command, "%s --version | grep -q capscore-ingestion", path);
	status = system(command);
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(test_sigterm_under_load_leaves_in_order),
		cmocka_unit_test(test_wrong_options_are_told),
	};
	struct CMUnitTest tests[ARRAY_LEN(plain) + ARRAY_LEN(seeds)];
	size_t n = 0;

	logger_init("test", LOG_ERROR);
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
		tests[n++] = (struct CMUnitTest){
			.name = "killed at random moments, every event is logged once",
			.test_func = test_kill_row,
			.initial_state = (void *)(uintptr_t)seeds[i]
		};
	return _cmocka_run_group_tests("ingestion, killed", tests, n, NULL, NULL);
}
