/* A full disk, made of a small tmpfs: nothing is acknowledged that is not kept, everything that answers goes on answering,
 * and when space is freed everybody goes on by himself. Skipped where a file system cannot be mounted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/harness/alerts.h"
#include "tests/harness/traffic.h"

#define GROUPS	      20
#define WINDOW_EVENTS 1500
#define DISK	      "size=16m"
#define CHUNK	      4096

struct disk {
	struct harness h;
	struct traffic t;
	struct loop loop;
	struct sender sender;
	uint64_t stalls; /* of ingestion, before the disk was filled */
};

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return good;
}

/* A mount namespace of one's own, as root or as anybody else; false where that is not allowed. */
static bool leave_namespace(void)
{
	unsigned uid = getuid(), gid = getgid();
	char uids[64], gids[64];

	if (unshare(CLONE_NEWNS) == 0)
		return true;
	(void)snprintf(uids, sizeof uids, "%u %u 1", uid, uid);
	(void)snprintf(gids, sizeof gids, "%u %u 1", gid, gid);
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", uids) && write_text("/proc/self/gid_map", gids);
}

static bool mount_at(const char *dir)
{
	if (!leave_namespace())
		return false;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return false;
	return mount("tmpfs", dir, "tmpfs", 0, DISK) == 0;
}

static void ballast_path(const struct disk *d, char path[128])
{
	(void)snprintf(path, 128, "%s/ballast", d->h.dir);
}

/* Takes all the space there is. */
static void fill_up(const struct disk *d)
{
	static const char chunk[CHUNK] = { 1 };
	char path[128];
	ssize_t n;
	int fd;

	ballast_path(d, path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	do
		n = write(fd, chunk, sizeof chunk);
	while (n > 0);
	assert_int_equal(errno, ENOSPC);
	(void)close(fd);
}

static void free_up(const struct disk *d)
{
	char path[128];

	ballast_path(d, path);
	assert_int_equal(unlink(path), 0);
}

static bool has_stalled(void *ctx)
{
	struct disk *d = ctx;

	return harness_status(&d->h, HARNESS_INGESTION, "stalls") > d->stalls;
}

/* With the disk full, whatever was acknowledged is in the log, and no more than is in the log was acknowledged. */
static void expect_a_full_disk(struct disk *d, size_t allowed)
{
	uint64_t acked;

	fill_up(d);
	d->stalls = harness_status(&d->h, HARNESS_INGESTION, "stalls");
	sender_allow(&d->sender, allowed);
	loop_until(&d->loop, has_stalled, d, true, "ingestion notices the full disk");
	acked = d->sender.position;
	assert_false(sender_is_done(&d->sender));
	assert_true(harness_status(&d->h, HARNESS_INGESTION, "events") >= acked);
	for (int s = 0; s < HARNESS_PIPELINE; s++) /* all of them answer */
		(void)harness_status(&d->h, (enum harness_service)s, "readers");
}

static void open_disk(struct disk *d)
{
	static const char *const ingestion[] = { "--days", "producer", "--dedup-days", "400",
		NULL };
	static const char *const scoring[] = { "--snapshot-events", "1000", "--snapshot-seconds",
		"1", NULL };

	memcpy(d->h.args[HARNESS_INGESTION], ingestion, sizeof ingestion);
	memcpy(d->h.args[HARNESS_SCORING], scoring, sizeof scoring);
	harness_start_all(&d->h);
	for (int s = 0; s < HARNESS_PIPELINE; s++) /* a start needs some space */
		(void)harness_status(&d->h, (enum harness_service)s, "readers");
	loop_start(&d->loop);
	sender_open(&d->sender, &d->loop, &d->h, d->t.batches, WINDOW_EVENTS, false);
}

static void check_all(struct disk *d)
{
	struct alert_account alerts = { { 0 } };
	struct tail log;

	traffic_settle(&d->t, &d->h);
	tail_read(&log, &d->h, HARNESS_INGESTION, 0, NULL);
	traffic_check_log(&d->t, &log);
	tail_fini(&log);
	assert_true(traffic_check_scores(&d->t, &d->h) > 0);
	tail_read(&log, &d->h, HARNESS_NOTIFICATION, 0, NULL);
	alerts_check(&log, &alerts);
	tail_fini(&log);
}

static void test_nothing_is_acknowledged_while_the_disk_is_full(void **state)
{
	struct disk *d = *state;

	open_disk(d);
	for (size_t round = 1; round <= 4; round++) {
		size_t allowed = d->t.n_batches * round / 5;

		expect_a_full_disk(d, allowed);
		if (round == 3) { /* killed while it waits for space */
			assert_int_equal(harness_end(&d->h, HARNESS_INGESTION, SIGKILL), -SIGKILL);
			free_up(d);
			harness_start(&d->h, HARNESS_INGESTION);
		} else {
			free_up(d);
		}
		loop_until(&d->loop, sender_is_done, &d->sender, false, "acknowledgements");
	}
	sender_allow(&d->sender, d->t.n_batches);
	loop_until(&d->loop, sender_is_done, &d->sender, false, "acknowledgements");
	sender_close(&d->sender);
	loop_stop(&d->loop);
	check_all(d);
}

/* The stages behind ingestion meet the full disk when they start over a log that is there. */
static void stall_and_go_on(struct disk *d, enum harness_service s)
{
	fill_up(d);
	harness_start(&d->h, s);
	harness_wait(&d->h, s, "disk-stalls", 1);
	free_up(d);
}

static void test_scoring_and_notification_wait_for_space(void **state)
{
	struct disk *d = *state;

	open_disk(d);
	assert_int_equal(harness_end(&d->h, HARNESS_SCORING, SIGTERM), 0);
	assert_int_equal(harness_end(&d->h, HARNESS_NOTIFICATION, SIGTERM), 0);
	sender_allow(&d->sender, d->t.n_batches);
	loop_until(&d->loop, sender_is_done, &d->sender, false, "acknowledgements");
	sender_close(&d->sender);
	loop_stop(&d->loop);
	stall_and_go_on(d, HARNESS_SCORING);
	harness_wait(&d->h, HARNESS_SCORING, "events-read", d->t.n_events);
	harness_wait(&d->h, HARNESS_SCORING, "scores",
		harness_status(&d->h, HARNESS_SCORING, "score-records"));
	stall_and_go_on(d, HARNESS_NOTIFICATION);
	check_all(d);
}

static int open_folder(void **state)
{
	struct disk *d = calloc(1, sizeof *d);

	if (d == NULL)
		return -1;
	harness_init(&d->h);
	if (!mount_at(d->h.dir)) {
		print_message(
			"skipped: no file system can be mounted here (%s)\n", strerror(errno));
		harness_fini(&d->h);
		exit(0);
	}
	traffic_make(&d->t, 4242, GROUPS);
	*state = d;
	return 0;
}

static int close_folder(void **state)
{
	struct disk *d = *state;
	int rc = 0;

	for (int s = HARNESS_PIPELINE - 1; s >= 0; s--)
		rc |= harness_end(&d->h, (enum harness_service)s, SIGTERM);
	rc |= umount(d->h.dir);
	harness_fini(&d->h);
	traffic_fini(&d->t);
	free(d);
	return rc;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_is_acknowledged_while_the_disk_is_full,
			open_folder, close_folder),
		cmocka_unit_test_setup_teardown(
			test_scoring_and_notification_wait_for_space, open_folder, close_folder),
	};

	return cmocka_run_group_tests_name("a full disk", tests, NULL, NULL);
}
