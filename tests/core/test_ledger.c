/* The score log's mark and the comparison that a replay must pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "services/scoring/ledger_core.h"

static const struct span units[] = { { "one", 3 }, { "two", 3 }, { "three", 5 } };
static const uint32_t counts[] = { 1, 4, 2 };

/* The mark of a log that holds the first n units. */
static struct ledger_mark mark_after(size_t n)
{
	struct ledger l;
	bool write;

	assert_int_equal(ledger_start(&l, &(struct ledger_mark){ 0 }, 0, 0), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(ledger_output(&l, units[i], counts[i], &write), 0);
	return (struct ledger_mark){
		.outputs = l.outputs, .digest = l.digest, .event_position = 10 * n
	};
}

static void test_empty_log_writes_at_once(void **state)
{
	struct ledger l;
	bool write = false;

	(void)state;
	assert_int_equal(ledger_start(&l, &(struct ledger_mark){ 0 }, 0, 0), 0);
	assert_false(l.replaying);
	assert_int_equal(ledger_output(&l, units[0], counts[0], &write), 0);
	assert_true(write);
}

static void test_replay_writes_nothing_until_it_has_caught_up(void **state)
{
	struct ledger_mark m = mark_after(2);
	struct ledger l;
	bool write = true;

	(void)state;
	assert_int_equal(ledger_start(&l, &m, 0, 0), 0);
	for (int i = 0; i < 2; i++) {
		assert_true(l.replaying);
		assert_int_equal(ledger_output(&l, units[i], counts[i], &write), 0);
		assert_false(write);
	}
	assert_false(l.replaying);
	assert_int_equal(ledger_output(&l, units[2], counts[2], &write), 0);
	assert_true(write);
	assert_int_equal(l.digest, mark_after(3).digest);
}

static void test_other_bytes_are_noticed(void **state)
{
	struct ledger_mark m = mark_after(2);
	struct ledger l;
	bool write;

	(void)state;
	assert_int_equal(ledger_start(&l, &m, 0, 0), 0);
	assert_int_equal(ledger_output(&l, units[2], counts[0], &write), 0);
	assert_int_equal(ledger_output(&l, units[1], counts[1], &write), ERR_MISMATCH);
}

static void test_other_counts_are_noticed(void **state)
{
	struct ledger_mark m = mark_after(2);
	struct ledger l;
	bool write;

	(void)state;
	assert_int_equal(ledger_start(&l, &m, 0, 0), 0);
	assert_int_equal(ledger_output(&l, units[0], counts[0] + 5, &write), ERR_MISMATCH);
}

static void test_snapshot_must_not_be_ahead_or_differ(void **state)
{
	struct ledger_mark one = mark_after(1), two = mark_after(2);
	struct ledger l;

	(void)state;
	assert_int_equal(ledger_start(&l, &one, two.outputs, two.digest), ERR_MISMATCH);
	assert_int_equal(ledger_start(&l, &one, one.outputs, one.digest + 1), ERR_MISMATCH);
	assert_int_equal(ledger_start(&l, &one, one.outputs, one.digest), 0);
	assert_false(l.replaying);
	assert_int_equal(ledger_start(&l, &two, one.outputs, one.digest), 0);
	assert_true(l.replaying);
}

static void test_mark_survives_writing_and_reading(void **state)
{
	struct ledger_mark m = { 1, UINT64_MAX, 3, 0x8000000000000000u }, back;
	uint8_t bytes[LEDGER_MARK_BYTES];

	(void)state;
	ledger_mark_write(&m, bytes);
	assert_int_equal(ledger_mark_read((struct span){ bytes, sizeof bytes }, &back), 0);
	assert_memory_equal(&m, &back, sizeof m);
	assert_int_equal(
		ledger_mark_read((struct span){ bytes, sizeof bytes - 1 }, &back), ERR_CORRUPT);
	bytes[0]++;
	assert_int_equal(
		ledger_mark_read((struct span){ bytes, sizeof bytes }, &back), ERR_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_log_writes_at_once),
		cmocka_unit_test(test_replay_writes_nothing_until_it_has_caught_up),
		cmocka_unit_test(test_other_bytes_are_noticed),
		cmocka_unit_test(test_other_counts_are_noticed),
		cmocka_unit_test(test_snapshot_must_not_be_ahead_or_differ),
		cmocka_unit_test(test_mark_survives_writing_and_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
