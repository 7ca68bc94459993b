/* Group commit over a real store and a real loop. A gate in the store's fault hook holds a commit where a test needs
 * one that is under way; every wait has a deadline. */
#include "tests/io/store_fixture.h"

#include <uv.h>

#include "common/io/committer.h"

#define DEADLINE_MS 20000
#define DONE_MAX    4096

static struct folder folder;
static uv_loop_t loop;
static uv_timer_t deadline;
static struct store *store;
static struct committer *committer;

/* What the callbacks saw. */
static struct {
	size_t n_done, n_stalls, n_fails, n_closed;
	uint64_t first[DONE_MAX], end[DONE_MAX];
	struct err err;
	void (*in_done)(void);
} seen;

/* What the store's fault hook does, on the committer's thread. */
static struct {
	uv_sem_t entered, leave;
	bool is_gate;
	_Atomic int code; /* what a commit is answered, */
	_Atomic size_t n; /* and how many were */
} fault;

static int on_fault(void *ctx)
{
	(void)ctx;
	if (fault.is_gate) {
		uv_sem_post(&fault.entered);
		uv_sem_wait(&fault.leave);
	}
	fault.n++;
	return fault.code;
}

static void on_done(void *ctx, uint64_t first, uint64_t end)
{
	assert_ptr_equal(ctx, &seen);
	assert_true(seen.n_done < DONE_MAX);
	assert_true(store_end(store) >= end);
	seen.first[seen.n_done] = first;
	seen.end[seen.n_done++] = end;
	if (seen.in_done != NULL)
		seen.in_done();
}

static void on_stall(void *ctx, const struct err *e)
{
	assert_ptr_equal(ctx, &seen);
	seen.n_stalls++;
	seen.err = *e;
}

static void on_fail(void *ctx, const struct err *e)
{
	assert_ptr_equal(ctx, &seen);
	seen.n_fails++;
	seen.err = *e;
}

static void on_closed(void *ctx)
{
	assert_ptr_equal(ctx, &seen);
	seen.n_closed++;
}

static void on_deadline(uv_timer_t *t)
{
	(void)t;
	print_error("deadline passed: %zu done, %zu stalls, %zu fails\n", seen.n_done,
		seen.n_stalls, seen.n_fails);
	abort();
}

static void start(size_t max_group_bytes)
{
	struct committer_options o = { .max_group_bytes = max_group_bytes,
		.on_done = on_done,
		.on_stall = on_stall,
		.on_fail = on_fail,
		.ctx = &seen };
	struct err e = { 0 };

	assert_ok(committer_create(&loop, store, &o, &committer, &e), &e);
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof seen);
	memset(&fault, 0, sizeof fault);
	assert_int_equal(uv_sem_init(&fault.entered, 0), 0);
	assert_int_equal(uv_sem_init(&fault.leave, 0), 0);
	folder_make(&folder);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(uv_timer_init(&loop, &deadline), 0);
	assert_int_equal(uv_timer_start(&deadline, on_deadline, DEADLINE_MS, 0), 0);
	uv_unref((uv_handle_t *)&deadline);
	store = open_store(folder.path);
	store_set_fault(store, on_fault, NULL);
	return 0;
}

/* Closes the committer where the test has not, and looks that nothing is left on the loop. */
static int teardown(void **state)
{
	(void)state;
	if (committer != NULL)
		committer_close(&committer, on_closed, &seen);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(seen.n_closed, 1);
	uv_close((uv_handle_t *)&deadline, NULL);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&loop), 0);
	store_close(store);
	uv_sem_destroy(&fault.entered);
	uv_sem_destroy(&fault.leave);
	folder_remove(&folder);
	return 0;
}

static void turn(void)
{
	(void)uv_run(&loop, UV_RUN_ONCE);
}

static void turn_without_waiting(void)
{
	(void)uv_run(&loop, UV_RUN_NOWAIT);
}

static void run_until_done(size_t n)
{
	while (seen.n_done < n)
		turn();
}

/* Turns until the thread stands in the gate. */
static void run_until_entered(void)
{
	while (uv_sem_trywait(&fault.entered) != 0)
		turn_without_waiting();
}

static void add(uint32_t n_records, size_t size)
{
	add_unit(committer_group(committer), committer_next(committer), n_records, size);
	committer_kick(committer);
}

static void assert_done(size_t i, uint64_t first, uint64_t end)
{
	assert_true(i < seen.n_done);
	assert_int_equal(seen.first[i], first);
	assert_int_equal(seen.end[i], end);
}

static void test_what_is_added_in_one_turn_is_one_group(void **state)
{
	(void)state;
	start(1 << 20);
	assert_true(committer_is_idle(committer));
	add(3, 100);
	assert_int_equal(committer_next(committer), 3);
	add(4, 100);
	assert_int_equal(committer_next(committer), 7);
	assert_int_equal(committer_pending_bytes(committer), 200);
	assert_false(committer_is_idle(committer));
	run_until_done(1);
	assert_done(0, 0, 7);
	assert_true(committer_is_idle(committer));
	assert_int_equal(committer_pending_bytes(committer), 0);
	check_log(store, 0, 7, UINT64_MAX, SIZE_MAX);
}

static void test_a_group_fills_while_another_is_synced(void **state)
{
	(void)state;
	start(1 << 20);
	fault.is_gate = true;
	add(1, 10);
	run_until_entered();
	for (int i = 0; i < 5; i++) {
		add(2, 20);
		turn_without_waiting();
	}
	assert_int_equal(seen.n_done, 0);
	assert_int_equal(store_end(store), 0);
	assert_int_equal(committer_next(committer), 11);
	assert_int_equal(committer_pending_bytes(committer), 110);
	uv_sem_post(&fault.leave);
	run_until_entered(); /* the second group, all at once */
	assert_int_equal(seen.n_done, 1);
	assert_int_equal(committer_pending_bytes(committer), 100);
	uv_sem_post(&fault.leave);
	run_until_done(2);
	assert_done(0, 0, 1);
	assert_done(1, 1, 11);
	check_log(store, 0, 11, UINT64_MAX, SIZE_MAX);
}

static void test_a_group_of_puts_alone_has_no_positions(void **state)
{
	struct buf out;
	struct err e = { 0 };

	(void)state;
	start(1 << 20);
	add(5, 10);
	run_until_done(1);
	assert_int_equal(store_group_put(committer_group(committer), "t", KEY("k"), KEY("v")), 0);
	committer_kick(committer);
	assert_false(committer_is_idle(committer));
	run_until_done(2);
	assert_done(1, 5, 5);
	buf_init(&out, &mem_heap, 10);
	assert_ok(store_get(store, "t", KEY("k"), &out, &e), &e);
	buf_fini(&out);
}

static void test_positions_go_on_where_the_log_ends(void **state)
{
	(void)state;
	(void)commit_units(store, 2, 50, 10);
	start(1 << 20);
	assert_int_equal(committer_next(committer), 100);
	add(1, 10);
	run_until_done(1);
	assert_done(0, 100, 101);
}

static void add_in_done(void)
{
	if (seen.n_done == 1)
		add(1, 900);
}

static void test_on_done_finds_room_although_the_filling_group_was_full(void **state)
{
	uint8_t unit[200] = { 0 };

	(void)state;
	start(1000);
	seen.in_done = add_in_done;
	fault.is_gate = true;
	add(1, 1000);
	run_until_entered();
	add(1, 900);
	assert_int_equal(store_group_add(committer_group(committer), (struct span){ unit, 200 }, 1),
		ERR_FULL);
	for (int i = 0; i < 3; i++)
		uv_sem_post(&fault.leave);
	run_until_done(3);
	assert_done(2, 2, 3);
	check_log(store, 0, 3, UINT64_MAX, SIZE_MAX);
}

static void add_when_nothing_else_fills(void)
{
	if (seen.n_done < 10)
		add(1, 10);
}

static void test_what_on_done_adds_is_committed_without_another_kick(void **state)
{
	(void)state;
	start(1000);
	seen.in_done = add_when_nothing_else_fills;
	add(1, 10);
	run_until_done(10);
	assert_int_equal(store_end(store), 10);
	assert_true(committer_is_idle(committer));
}

static void add_from_prepare(uv_prepare_t *p)
{
	add(1, 10);
	(void)uv_prepare_stop(p);
}

static void test_a_kick_from_another_prepare_handle_is_not_slept_over(void **state)
{
	uv_prepare_t prepare;

	(void)state;
	start(1000);
	assert_int_equal(uv_prepare_init(&loop, &prepare), 0);
	assert_int_equal(uv_prepare_start(&prepare, add_from_prepare), 0);
	run_until_done(1);
	uv_close((uv_handle_t *)&prepare, NULL);
	turn_without_waiting();
}

/* ---- failures ---------------------------------------------------------------------------------------------- */

static void test_a_full_disk_is_told_once_and_waited_out(void **state)
{
	(void)state;
	start(1 << 20);
	fault.code = ERR_NOSPACE;
	add(2, 10);
	while (fault.n < 3) {
		if (committer_next(committer) < 11 && fault.n > 0)
			add(3, 10);
		turn();
		assert_int_equal(seen.n_done, 0);
		assert_int_equal(store_end(store), 0);
	}
	assert_int_equal(seen.n_stalls, 1);
	assert_int_equal(seen.err.code, ERR_NOSPACE);
	assert_false(committer_is_idle(committer));
	fault.code = 0;
	run_until_done(2);
	assert_int_equal(seen.n_fails, 0);
	assert_done(0, 0, 2);
	assert_done(1, 2, committer_next(committer));
	check_log(store, 0, committer_next(committer), UINT64_MAX, SIZE_MAX);

	fault.code = ERR_NOSPACE; /* the next stall is news again */
	add(1, 10);
	while (seen.n_stalls == 1)
		turn();
	fault.code = 0;
	run_until_done(3);
	assert_int_equal(seen.n_stalls, 2);
}

static void test_any_other_failure_is_final(void **state)
{
	(void)state;
	start(1 << 20);
	fault.code = ERR_IO;
	add(2, 10);
	while (seen.n_fails == 0)
		turn();
	assert_int_equal(seen.err.code, ERR_IO);
	assert_non_null(strstr(seen.err.text, folder.path));
	assert_true(committer_is_idle(committer));
	add(1, 10);
	for (int i = 0; i < 3; i++)
		turn_without_waiting();
	assert_int_equal(seen.n_fails, 1);
	assert_int_equal(seen.n_done, 0);
	assert_int_equal(store_end(store), 0);
}

/* ---- closing ----------------------------------------------------------------------------------------------- */

static void test_close_while_stalled_drops_what_nobody_was_told_of(void **state)
{
	(void)state;
	start(1 << 20);
	fault.code = ERR_NOSPACE;
	add(2, 10);
	while (seen.n_stalls == 0)
		turn();
	committer_close(&committer, on_closed, &seen);
	assert_null(committer);
	assert_int_equal(seen.n_closed, 0);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(seen.n_closed, 1);
	assert_int_equal(seen.n_done, 0);
	assert_int_equal(store_end(store), 0);
}

static void test_close_waits_for_the_commit_under_way_and_tells_nothing(void **state)
{
	(void)state;
	start(1 << 20);
	fault.is_gate = true;
	add(2, 10);
	run_until_entered();
	add(3, 10);
	uv_sem_post(&fault.leave);
	committer_close(&committer, on_closed, &seen);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(seen.n_done, 0);
	assert_int_equal(store_end(store), 2);
}

static void close_in_done(void)
{
	committer_close(&committer, on_closed, &seen);
}

static void test_on_done_may_close_the_committer(void **state)
{
	(void)state;
	start(1 << 20);
	seen.in_done = close_in_done;
	add(2, 10);
	run_until_done(1);
	assert_null(committer);
}

static void test_a_group_size_of_nothing_is_refused(void **state)
{
	struct committer_options o = { .max_group_bytes = 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(committer_create(&loop, store, &o, &committer, &e), ERR_INVALID);
	assert_null(committer);
	seen.n_closed = 1; /* there is nothing to close */
}

/* ---- load -------------------------------------------------------------------------------------------------- */

static uint64_t step_random(uint64_t *x)
{
	*x = *x * 6364136223846793005u + 1442695040888963407u;
	return *x >> 33;
}

/* Beside the writing thread: a read somewhere in the log, and a look into a table that may not be there yet. */
static void read_beside(uint64_t r, struct buf *out)
{
	uint64_t end = store_end(store), at = end == 0 ? 0 : r % end, first = UINT64_MAX;
	char table[] = { 't', (char)('0' + r % 8), '\0' };
	uint32_t size = 0, count = 0;
	size_t n;
	struct err e = { 0 };
	int rc = store_get(store, table, KEY("k"), out, &e);

	assert_true(rc == ERR_NOTFOUND || (rc == 0 && out->n == 8));
	assert_ok(store_read(store, at, 1, 1, out, &size, &count, 1, &n, &first, &e), &e);
	assert_true(end == 0 || (n == 1 && first <= at && at < first + count));
}

static void test_under_load_positions_come_in_order_and_the_log_holds_all(void **state)
{
	uint64_t x = 20230630, want = 0;
	size_t n_units = 0;
	struct buf out;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)x);
	buf_init(&out, &mem_heap, 1 << 20);
	start(1 << 20);
	while (n_units < 3000) {
		size_t k = step_random(&x) % 16;

		for (; k > 0 && committer_pending_bytes(committer) < 1 << 19; k--, n_units++)
			add((uint32_t)(step_random(&x) % 500) + 1, step_random(&x) % 3000 + 1);
		if (step_random(&x) % 8 == 0) { /* now and then a table comes */
			char table[] = { 't', (char)('0' + n_units / 300 % 8), '\0' };

			assert_int_equal(store_group_put(committer_group(committer), table,
						 KEY("k"), KEY("8 bytes.")),
				0);
			committer_kick(committer);
		}
		turn_without_waiting();
		read_beside(step_random(&x), &out);
	}
	while (!committer_is_idle(committer))
		turn();
	for (size_t i = 0; i < seen.n_done; i++) {
		assert_done(i, want, seen.end[i]);
		want = seen.end[i];
	}
	assert_int_equal(want, committer_next(committer));
	assert_int_equal(want, store_end(store));
	assert_true(seen.n_done < n_units);
	check_log(store, 0, want, UINT64_MAX, 1 << 22);
	buf_fini(&out);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_what_is_added_in_one_turn_is_one_group),
		T(test_a_group_fills_while_another_is_synced),
		T(test_a_group_of_puts_alone_has_no_positions),
		T(test_positions_go_on_where_the_log_ends),
		T(test_on_done_finds_room_although_the_filling_group_was_full),
		T(test_what_on_done_adds_is_committed_without_another_kick),
		T(test_a_kick_from_another_prepare_handle_is_not_slept_over),
		T(test_a_full_disk_is_told_once_and_waited_out),
		T(test_any_other_failure_is_final),
		T(test_close_while_stalled_drops_what_nobody_was_told_of),
		T(test_close_waits_for_the_commit_under_way_and_tells_nothing),
		T(test_on_done_may_close_the_committer),
		T(test_a_group_size_of_nothing_is_refused),
		T(test_under_load_positions_come_in_order_and_the_log_holds_all),
	};

	return cmocka_run_group_tests_name("committer", tests, NULL, NULL);
}
