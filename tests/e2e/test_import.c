/* Imports against real services: one export after the other, disturbed and not. What a disturbed import leaves behind,
 * once it was repeated, is what an undisturbed one does: the same events in the same order, and the same scores. */
#include <setjmp.h>
#include <signal.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/hash.h"
#include "tests/harness/tail.h"

#define HEADER "PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,ACR_USD\n"

/* ---- services, files, commands ---------------------------------------------------------------------------- */

static void start(struct harness *h)
{
	static const char *const ingestion[] = { "--days", "producer", NULL };

	harness_init(h);
	memcpy(h->args[HARNESS_INGESTION], ingestion, sizeof ingestion);
	harness_start_all(h);
	harness_wait(h, HARNESS_SCORING, "events-read", 0);
}

static void write_file(const struct harness *h, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", h->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static char *read_file(const struct harness *h, const char *name)
{
	char path[128];
	char *text = calloc(1, 1 << 20);
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", h->dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, f) < (1 << 20) - 1);
	(void)fclose(f);
	return text;
}

struct run {
	int exit_code;
	char *out, *err;
};

static void run_free(struct run *r)
{
	free(r->out);
	free(r->err);
}

static struct run capscore(const struct harness *h, const char *args)
{
	char command[1024];
	struct run r;
	int status;

	(void)snprintf(command, sizeof command,
		"cd %s && CAPSCORE_DATA_DIR=. %s/capscore %s >out 2>err", h->dir, h->bin, args);
	status = system(command);
	assert_true(WIFEXITED(status));
	r.exit_code = WEXITSTATUS(status);
	r.out = read_file(h, "out");
	r.err = read_file(h, "err");
	return r;
}

/* What must stand on the standard output and error. */
static void expect(
	const struct harness *h, const char *args, int exit_code, const char *out, const char *err)
{
	struct run r = capscore(h, args);

	if (r.exit_code != exit_code || strstr(r.out, out) == NULL || strstr(r.err, err) == NULL)
		fail_msg("%s: exit code %d, wanted %d, '%s', '%s'\n%s\n%s", args, r.exit_code,
			exit_code, out, err, r.out, r.err);
	run_free(&r);
}

static pid_t spawn_import(const struct harness *h, const char *file, const char *recorded)
{
	pid_t pid = fork();
	char path[256];

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	(void)snprintf(path, sizeof path, "%s/capscore", h->bin);
	if (chdir(h->dir) == 0 && freopen("import.out", "w", stdout) != NULL &&
		freopen("import.err", "w", stderr) != NULL)
		(void)execl(path, "capscore", "import", "--data-dir", ".", "--batch", "4",
			"--recorded", recorded, file, (char *)NULL);
	_exit(127);
}

/* ---- what is left behind ---------------------------------------------------------------------------------- */

struct legacy {
	uint64_t events, digest;
	char *score;
};

/* Events in their order; how they were grouped into units does not matter. */
static void take_log(const struct harness *h, struct legacy *l)
{
	struct tail t;
	struct buf all;

	tail_read(&t, h, HARNESS_INGESTION, 0, NULL);
	buf_init(&all, &mem_heap, (size_t)1 << 30);
	for (size_t i = 0; i < t.n_units; i++)
		assert_int_equal(buf_add(&all, tail_span(&t, i).p, tail_span(&t, i).n), 0);
	l->digest = hash_bytes(all.p, all.n, 0);
	l->events = t.end;
	buf_fini(&all);
	tail_fini(&t);
}

static struct legacy take_legacy(struct harness *h)
{
	struct legacy l;
	struct run r;

	harness_wait(
		h, HARNESS_SCORING, "events-read", harness_status(h, HARNESS_INGESTION, "events"));
	take_log(h, &l);
	r = capscore(h, "score 7 --explain");
	assert_int_equal(r.exit_code, 0);
	l.score = r.out;
	free(r.err);
	return l;
}

static void assert_same(struct legacy *a, struct legacy *b)
{
	assert_string_equal(a->score, b->score);
	assert_int_equal(a->events, b->events);
	assert_int_equal(a->digest, b->digest);
	free(b->score);
}

/* ---- exports ---------------------------------------------------------------------------------------------- */

#define CUSTOMERS 4000
#define MONTHS	  4

/* An export of months of partner 7. version: restates some amounts, drops some customers, adds others. */
static void write_export(const struct harness *h, const char *name, unsigned version)
{
	size_t cap = (size_t)CUSTOMERS * MONTHS * 64 + 256, n;
	char *text = malloc(cap);

	assert_non_null(text);
	n = (size_t)snprintf(text, cap, HEADER);
	for (unsigned c = 0; c < CUSTOMERS; c++)
		for (unsigned m = 0; m < MONTHS; m++) {
			if ((c + m) % 10 == version)
				continue;
			n += (size_t)snprintf(text + n, cap - n,
				"7,2023-%02u,Azure Firewall,t%u,PAL,%u.5\n", m + 3, c,
				1000 + c + (c % 5 == 0 ? version : 0));
		}
	write_file(h, name, text);
	free(text);
}

#define RECORDED_1 "2023-07-21T08:00:00Z"
#define RECORDED_2 "2023-08-21T08:00:00Z"

static void import_both(struct harness *h)
{
	write_export(h, "one.csv", 1);
	write_export(h, "two.csv", 2);
	expect(h, "day 2023-08-22", 0, "1 accepted", "");
	expect(h, "import --recorded " RECORDED_1 " one.csv", 0,
		"changes           14404  new 14404", "");
}

/* The undisturbed run that others are compared with. */
static struct legacy undisturbed;

static void test_an_export_over_the_one_before_yields_the_differences(void **state)
{
	struct harness h;

	(void)state;
	start(&h);
	import_both(&h);
	/* A tenth of the rows is gone, another tenth is new; of the rest a fifth has other amounts. */
	expect(&h, "import --dry-run --recorded " RECORDED_2 " two.csv", 0,
		"changes            5600  new 1600, changed 2400, retracted 1600", "");
	expect(&h, "import --dry-run --recorded " RECORDED_2 " two.csv", 0,
		"Partner 7, if 5600 facts came true", "");
	expect(&h, "import --recorded " RECORDED_2 " two.csv", 0,
		"changes            5600  new 1600, changed 2400, retracted 1600", "");
	undisturbed = take_legacy(&h);
	/* Again, and the older one once more: nothing. */
	expect(&h, "import --recorded " RECORDED_2 " two.csv", 0,
		"delivered: 0 accepted, 0 duplicates, 0 refused", "");
	expect(&h, "import --recorded " RECORDED_1 " one.csv", 0,
		"delivered: 0 accepted, 0 duplicates, 0 refused", "");
	/* Little memory, many sorted runs: the same. */
	expect(&h, "import --memory 1 --recorded " RECORDED_2 " two.csv", 0,
		"changes               0", "");
	/* All of it again is known there. */
	expect(&h, "import --fresh --recorded " RECORDED_2 " two.csv", 0,
		"delivered: 0 accepted, 14404 duplicates, 0 refused", "");
	harness_fini(&h);
}

/* ---- disturbed -------------------------------------------------------------------------------------------- */

/* Waits until the import has brought the event log to a position; false when it ended before, well. */
static bool await_events(struct harness *h, uint64_t want, pid_t import)
{
	while (harness_status(h, HARNESS_INGESTION, "events") < want) {
		int status;

		if (waitpid(import, &status, WNOHANG) != import)
			continue;
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		return false;
	}
	return true;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void assert_told(const struct harness *h)
{
	char *err = read_file(h, "import.err");

	if (strstr(err, "events are on disk; repeat the command to do the rest") == NULL)
		fail_msg("%s", err);
	free(err);
}

/* Imports two.csv, hit by `signal` when something of it has arrived, a few times, as far as it lasts that long. */
static void import_under(struct harness *h, int signal)
{
	for (int round = 0; round < 4; round++) {
		uint64_t from = harness_status(h, HARNESS_INGESTION, "events");
		pid_t import = spawn_import(h, "two.csv", RECORDED_2);

		if (!await_events(h, from + 300, import))
			break;
		(void)kill(import, signal);
		(void)end_of(import);
	}
}

static struct timespec ledger_changed(const struct harness *h)
{
	struct stat st;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/imports/data.mdb", h->dir);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mtim;
}

/* Copies a file into the pipe that an import reads. */
static void feed(const struct harness *h, const char *from, const char *to)
{
	char command[256];

	(void)snprintf(command, sizeof command, "cat %s/%s >%s/%s", h->dir, from, h->dir, to);
	assert_int_equal(system(command), 0);
}

/* An import that reads a pipe, which is open for writing when this returns: it has greeted ingestion, and has the ledger. */
static pid_t spawn_on_pipe(const struct harness *h, int *ret_fd)
{
	char path[128];
	pid_t import;

	(void)snprintf(path, sizeof path, "%s/pipe.csv", h->dir);
	(void)unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	import = spawn_import(h, "pipe.csv", RECORDED_2);
	*ret_fd = open(path, O_WRONLY);
	assert_true(*ret_fd >= 0);
	return import;
}

/* An import that has sent what it can and waits for acknowledgements: ingestion is asleep. */
static pid_t spawn_waiting(struct harness *h)
{
	struct timespec before = ledger_changed(h), now = before;
	int fd;
	pid_t import = spawn_on_pipe(h, &fd);

	(void)kill(h->pids[HARNESS_INGESTION], SIGSTOP);
	feed(h, "two.csv", "pipe.csv");
	(void)close(fd);
	while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec)
		now = ledger_changed(h);
	return import;
}

/* The signal comes while the import waits. Returns how it ended. */
static int hit_while_sending(struct harness *h, int signal)
{
	pid_t import = spawn_waiting(h);

	(void)kill(import, signal);
	(void)kill(h->pids[HARNESS_INGESTION], SIGCONT);
	return end_of(import);
}

static void test_an_importer_that_is_killed_is_finished_by_the_next_run(void **state)
{
	struct harness h;
	struct legacy left;

	(void)state;
	start(&h);
	import_both(&h);
	assert_int_equal(hit_while_sending(&h, SIGKILL), -SIGKILL);
	import_under(&h, SIGKILL);
	expect(&h, "import --recorded " RECORDED_2 " two.csv", 0, "delivered: ", "");
	left = take_legacy(&h);
	assert_same(&undisturbed, &left);
	expect(&h, "import --recorded " RECORDED_2 " two.csv", 0,
		"delivered: 0 accepted, 0 duplicates, 0 refused", "");
	harness_fini(&h);
}

static void test_an_interrupted_import_says_so_and_is_finished_by_the_next_run(void **state)
{
	struct harness h;
	struct legacy left;

	(void)state;
	start(&h);
	import_both(&h);
	assert_int_equal(hit_while_sending(&h, SIGINT), 130);
	assert_told(&h);
	import_under(&h, SIGINT);
	expect(&h, "import --recorded " RECORDED_2 " two.csv", 0, "delivered: ", "");
	left = take_legacy(&h);
	assert_same(&undisturbed, &left);
	harness_fini(&h);
}

static void test_ingestion_killed_during_an_import_loses_and_doubles_nothing(void **state)
{
	struct harness h;
	struct legacy left;
	pid_t import;

	(void)state;
	start(&h);
	import_both(&h);
	import = spawn_waiting(&h);
	assert_int_equal(harness_end(&h, HARNESS_INGESTION, SIGKILL), -SIGKILL);
	harness_start(&h, HARNESS_INGESTION);
	assert_int_equal(end_of(import), 0);
	left = take_legacy(&h);
	assert_same(&undisturbed, &left);
	harness_fini(&h);
}

/* ---- refused ---------------------------------------------------------------------------------------------- */

#define GOOD   "7,2023-06,Azure Firewall,t1,PAL,1000\n7,2023-06,Azure Firewall,t2,PAL,2000\n"
#define BAD    "7,2023-06,Azure Firewall,t3,PAL,3000x\n"
#define MENDED "7,2023-06,Azure Firewall,t3,PAL,3000\n"

static void mend(const struct harness *h)
{
	char command[512];

	(void)snprintf(command, sizeof command,
		"cd %s && CAPSCORE_DATA_DIR=. %s/capscore deadletter show 1 2>/dev/null | sed s/3000x/3000/ >mended.csv",
		h->dir, h->bin);
	assert_int_equal(system(command), 0);
}

static void test_a_refused_row_is_kept_mended_and_replayed(void **state)
{
	struct harness h;
	struct run whole, replayed;

	(void)state;
	start(&h);
	write_file(&h, "good.csv", HEADER GOOD MENDED);
	expect(&h, "day 2023-08-22", 0, "", "");
	expect(&h, "import --recorded " RECORDED_1 " good.csv", 0, "usage 3, usage-reported 1", "");
	harness_wait(&h, HARNESS_SCORING, "events-read", 5);
	whole = capscore(&h, "score 7 --explain");
	harness_fini(&h);

	start(&h);
	write_file(&h, "bad.csv", HEADER GOOD BAD);
	expect(&h, "day 2023-08-22", 0, "", "");
	expect(&h, "import --recorded " RECORDED_1 " bad.csv", 1, "dead letters: 1 kept (1 to 1",
		"bad.csv:4:33: bad-amount: ACR_USD '3000x': not an amount");
	expect(&h, "deadletter list", 0, "bad.csv:4:33: ACR_USD '3000x'", "");
	/* The same refusal is kept once. */
	expect(&h, "import --recorded " RECORDED_1 " bad.csv", 1, "dead letters: 1 kept (1 to 1",
		"");
	expect(&h, "deadletter replay 1", 1, "", "refused again; nothing of it was sent");
	mend(&h);
	expect(&h, "deadletter replay 1 --with mended.csv", 0, "letter 1: 2 facts, 2 events logged",
		"");
	expect(&h, "deadletter list", 0, "0 dead letters", "");
	harness_wait(&h, HARNESS_SCORING, "events-read", 5);
	replayed = capscore(&h, "score 7 --explain");
	assert_string_equal(whole.out, replayed.out);
	/* The ledger knows: neither file changes anything, and another export takes the row back. */
	expect(&h, "import --recorded " RECORDED_1 " bad.csv", 1,
		"delivered: 0 accepted, 0 duplicates", "");
	write_file(&h, "good.csv", HEADER GOOD MENDED);
	expect(&h, "import --recorded " RECORDED_2 " good.csv", 0,
		"delivered: 0 accepted, 0 duplicates", "");
	write_file(&h, "next.csv", HEADER GOOD);
	expect(&h, "import --recorded 2023-08-22T08:00:00Z next.csv", 0,
		"changes               1  retracted 1", "");
	run_free(&whole);
	run_free(&replayed);
	harness_fini(&h);
}

static void test_refused_rows_keep_their_month_and_strict_stops(void **state)
{
	struct harness h;

	(void)state;
	start(&h);
	write_file(&h, "good.csv", HEADER GOOD MENDED);
	write_file(&h, "bad.csv", HEADER "7,2023-06,Azure Firewall,t1,PAL,1500\n" BAD);
	expect(&h, "import --recorded " RECORDED_1 " good.csv", 0, "delivered: 4 accepted", "");
	expect(&h, "import --strict --recorded " RECORDED_2 " bad.csv", 1, "",
		"stopped at the first refusal (--strict); nothing of this file was sent");
	expect(&h, "deadletter list", 0, "0 dead letters", "");
	expect(&h, "import --recorded " RECORDED_2 " bad.csv", 1, "kept                  2", "");
	expect(&h, "import --recorded " RECORDED_2 " bad.csv", 1, "unchanged             1", "");
	expect(&h, "deadletter drop --all", 0, "1 dropped", "");
	expect(&h, "deadletter drop 1", 1, "", "there is no dead letter 1");
	harness_fini(&h);
}

static void test_refused_lines_of_events_are_kept_and_replayed(void **state)
{
	static const char event[] =
		"{\"specversion\":\"1.0\",\"id\":\"a1\",\"source\":\"/crm\",\"type\":\"capscore.customer.v1\","
		"\"subject\":\"7\",\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"t1\"}}\n";
	struct harness h;

	(void)state;
	start(&h);
	write_file(&h, "e.ndjson", "{\"specversion\":\"1.0\"}\n");
	write_file(&h, "mended.ndjson", event);
	expect(&h, "send e.ndjson", 1, "dead letters: 1 kept", "e.ndjson:1:");
	expect(&h, "deadletter show 1", 0, "{\"specversion\":\"1.0\"}\n", "events e.ndjson:1:");
	expect(&h, "deadletter replay 1", 1, "", "the letter: type: missing");
	expect(&h, "deadletter replay 1 --with mended.ndjson", 0, "letter 1: logged", "");
	expect(&h, "send e.ndjson", 1, "delivered: 0 accepted", "");
	expect(&h, "send mended.ndjson", 0, "delivered: 0 accepted, 1 duplicates", "");
	harness_fini(&h);
}

/* Killed again and again while the import goes on, at whatever it has come to. */
static void test_ingestion_killed_again_and_again_loses_and_doubles_nothing(void **state)
{
	struct harness h;
	struct legacy left;
	uint64_t at;
	pid_t import;

	(void)state;
	start(&h);
	import_both(&h);
	at = harness_status(&h, HARNESS_INGESTION, "events");
	import = spawn_import(&h, "two.csv", RECORDED_2);
	while (await_events(&h, at + 300, import)) {
		at = harness_status(&h, HARNESS_INGESTION, "events");
		assert_int_equal(harness_end(&h, HARNESS_INGESTION, SIGKILL), -SIGKILL);
		harness_start(&h, HARNESS_INGESTION);
	}
	left = take_legacy(&h);
	assert_same(&undisturbed, &left);
	harness_fini(&h);
}

static void test_one_import_at_a_time(void **state)
{
	struct harness h;
	pid_t import;
	int fd;

	(void)state;
	start(&h);
	import_both(&h);
	import = spawn_on_pipe(&h, &fd);
	expect(&h, "import two.csv", 3, "", "another import is at work on this data folder");
	feed(&h, "two.csv", "pipe.csv");
	(void)close(fd);
	assert_int_equal(end_of(import), 0);
	harness_fini(&h);
}

static int tear_down(void **state)
{
	(void)state;
	free(undisturbed.score);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_export_over_the_one_before_yields_the_differences),
		cmocka_unit_test(test_an_importer_that_is_killed_is_finished_by_the_next_run),
		cmocka_unit_test(
			test_an_interrupted_import_says_so_and_is_finished_by_the_next_run),
		cmocka_unit_test(test_ingestion_killed_during_an_import_loses_and_doubles_nothing),
		cmocka_unit_test(test_ingestion_killed_again_and_again_loses_and_doubles_nothing),
		cmocka_unit_test(test_a_refused_row_is_kept_mended_and_replayed),
		cmocka_unit_test(test_refused_rows_keep_their_month_and_strict_stops),
		cmocka_unit_test(test_refused_lines_of_events_are_kept_and_replayed),
		cmocka_unit_test(test_one_import_at_a_time),
	};

	return cmocka_run_group_tests_name("imports", tests, NULL, tear_down);
}
