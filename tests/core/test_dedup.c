/* The dedup window: what it recognises, what it forgets, and that it agrees with a slow twin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/base/err.h"
#include "services/ingestion/dedup_core.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct hash128 hash_no(uint64_t n)
{
	return hash128_bytes(&n, sizeof n, 7);
}

static struct dedup *window(uint32_t events, uint32_t days)
{
	struct dedup *d = NULL;

	assert_int_equal(dedup_create(&mem_heap, events, days, &d), 0);
	return d;
}

static void add(struct dedup *d, uint64_t from, uint64_t until)
{
	for (uint64_t n = from; n < until; n++) {
		assert_int_equal(dedup_reserve(d, 1), 0);
		dedup_add(d, hash_no(n));
	}
}

static void test_an_added_event_is_seen_and_others_are_not(void **state)
{
	struct dedup *d = window(1024, 45);

	(void)state;
	assert_false(dedup_seen(d, hash_no(1)));
	add(d, 0, 1000);
	for (uint64_t n = 0; n < 1000; n++)
		assert_true(dedup_seen(d, hash_no(n)));
	for (uint64_t n = 1000; n < 5000; n++)
		assert_false(dedup_seen(d, hash_no(n)));
	dedup_destroy(d);
}

static void test_the_oldest_gives_way_when_the_room_is_full(void **state)
{
	struct dedup *d = window(1500, 45); /* rounded up */

	(void)state;
	assert_int_equal(dedup_window(d), 2048);
	add(d, 0, 5000);
	assert_int_equal(dedup_count(d), 2048);
	assert_false(dedup_seen(d, hash_no(5000 - 2049)));
	for (uint64_t n = 5000 - 2048; n < 5000; n++)
		assert_true(dedup_seen(d, hash_no(n)));
	dedup_destroy(d);
}

static void test_room_grows_in_steps_and_forgets_nothing(void **state)
{
	struct faulty f = { .left = -1 };
	struct dedup *d = NULL;
	long calls;

	(void)state;
	assert_int_equal(dedup_create(faulty_alloc(&f), 1u << 18, 45, &d), 0);
	assert_true(dedup_bytes(d) < 128 * 1024);
	add(d, 0, 1u << 18);
	assert_int_equal(dedup_count(d), 1u << 18);
	for (uint64_t n = 0; n < 1u << 18; n++)
		assert_true(dedup_seen(d, hash_no(n)));
	assert_in_range(dedup_bytes(d), (size_t)DEDUP_BYTES_PER_EVENT << 18,
		((size_t)DEDUP_BYTES_PER_EVENT << 18) + 4096);
	calls = f.calls;
	assert_in_range(calls, 3, 12);
	add(d, 1u << 18, 3u << 18);
	assert_int_equal(f.calls, calls); /* no allocation in the steady state */
	dedup_destroy(d);
	assert_int_equal(f.live, 0);
	assert_int_equal(f.live_bytes, 0);
}

static void test_a_room_that_cannot_grow_says_so_and_goes_on(void **state)
{
	struct faulty f = { .left = -1 };
	struct dedup *d = NULL;

	(void)state;
	assert_int_equal(dedup_create(faulty_alloc(&f), 1u << 16, 45, &d), 0);
	add(d, 0, 4096);
	f.left = 1; /* the ring succeeds, the table does not */
	assert_int_equal(dedup_reserve(d, 1), ERR_NOMEM);
	for (uint64_t n = 0; n < 4096; n++)
		assert_true(dedup_seen(d, hash_no(n)));
	f.left = -1;
	add(d, 4096, 9000);
	assert_int_equal(dedup_count(d), 9000);
	dedup_destroy(d);
	assert_int_equal(f.live, 0);
}

static void test_no_allocation_failure_leaks(void **state)
{
	int rc = ERR_NOMEM;

	(void)state;
	for (int n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct dedup *d = NULL;

		rc = dedup_create(faulty_alloc(&f), 4096, 45, &d);
		assert_int_equal(d == NULL, rc != 0);
		dedup_destroy(d);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
}

/* Ten events are added on each of `days`; then those that are still known are counted, from the newest back. */
struct day_row {
	const char *name;
	uint32_t keep;
	day_no days[6];
	size_t n_days;
	uint32_t want;
};

static const struct day_row day_rows[] = {
	{ "an event is known up to `days` days later", 2, { 100, 101, 102 }, 3, 30 },
	{ "and forgotten on the day after", 2, { 100, 101, 102, 103 }, 4, 30 },
	{ "a gap forgets all that is too old at once", 2, { 100, 101, 102, 104 }, 4, 20 },
	{ "a jump forgets everything", 45, { 100, 101, 1000 }, 3, 10 },
	{ "a day that goes back changes nothing", 2, { 100, 101, 90, 101, 102 }, 5, 50 },
	{ "what came before the first day counts as of that day", 2, { DAY_NONE, 100, 102 }, 3,
		30 },
	{ "and goes with it", 2, { DAY_NONE, 100, 103 }, 3, 10 },
};

static void test_day_row(void **state)
{
	const struct day_row *row = *state;
	struct dedup *d = window(4096, row->keep);
	uint64_t n = 0;

	for (size_t i = 0; i < row->n_days; i++, n += 10) {
		if (row->days[i] != DAY_NONE)
			dedup_day(d, row->days[i]);
		add(d, n, n + 10);
	}
	assert_int_equal(dedup_count(d), row->want);
	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(dedup_seen(d, hash_no(i)), i >= n - row->want);
	dedup_destroy(d);
}

static void test_bounds_outside_the_range_are_refused(void **state)
{
	struct dedup *d = NULL;

	(void)state;
	assert_int_equal(dedup_create(&mem_heap, DEDUP_EVENTS_MIN - 1, 45, &d), ERR_INVALID);
	assert_int_equal(dedup_create(&mem_heap, DEDUP_EVENTS_MAX + 1, 45, &d), ERR_INVALID);
	assert_int_equal(dedup_create(&mem_heap, 4096, 0, &d), ERR_INVALID);
	assert_int_equal(dedup_create(&mem_heap, 4096, DEDUP_DAYS_MAX + 1, &d), ERR_INVALID);
	assert_null(d);
}

/* The twin: every event ever added with its day, searched from the newest. */
#define TWIN_EVENTS 40000
struct twin {
	uint64_t key[TWIN_EVENTS];
	day_no day[TWIN_EVENTS];
	size_t n;
	day_no today;
};

static bool twin_seen(const struct twin *t, uint64_t key, size_t window_events, uint32_t days)
{
	for (size_t i = t->n; i > 0 && t->n - i < window_events; i--) {
		if (t->today - t->day[i - 1] > (day_no)days)
			return false;
		if (t->key[i - 1] == key)
			return true;
	}
	return false;
}

static const unsigned seeds[] = { 1, 2, 3, 20230701 };

static void test_agrees_with_the_slow_twin(void **state)
{
	static struct twin t;
	unsigned seed = (unsigned)(uintptr_t)*state;

	print_message("seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 4; round++) {
		uint32_t days = 1 + (uint32_t)rand() % 5, every = 20 + (uint32_t)rand() % 4000;
		uint64_t keys = 500 + (uint64_t)rand() % 6000;
		struct dedup *d = window(1024u << (round % 3), days);

		t.n = 0;
		t.today = 20000;
		dedup_day(d, t.today);
		for (int step = 0; step < 20000; step++) {
			/* near keys, so that chains of the table meet and wrap */
			uint64_t key = (uint64_t)rand() % keys;
			struct hash128 h = { key % 3 == 0 ? key : hash_no(key).low,
				hash_no(key).high };
			bool want = twin_seen(&t, key, dedup_window(d), days);

			if (dedup_seen(d, h) != want)
				fail_msg("seed %u round %d step %d", seed, round, step);
			if (!want || rand() % 50 == 0) { /* now and then one that is known */
				assert_int_equal(dedup_reserve(d, 1), 0);
				dedup_add(d, h);
				t.key[t.n] = key;
				t.day[t.n++] = t.today;
			}
			if ((uint32_t)rand() % every == 0) {
				t.today += 1 + rand() % (rand() % 8 == 0 ? 10 : 2);
				dedup_day(d, t.today);
			}
		}
		dedup_destroy(d);
	}
}

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(test_an_added_event_is_seen_and_others_are_not),
		cmocka_unit_test(test_the_oldest_gives_way_when_the_room_is_full),
		cmocka_unit_test(test_room_grows_in_steps_and_forgets_nothing),
		cmocka_unit_test(test_a_room_that_cannot_grow_says_so_and_goes_on),
		cmocka_unit_test(test_no_allocation_failure_leaks),
		cmocka_unit_test(test_bounds_outside_the_range_are_refused),
	};
	struct CMUnitTest tests[ARRAY_LEN(plain) + ARRAY_LEN(day_rows) + ARRAY_LEN(seeds)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < ARRAY_LEN(day_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = day_rows[i].name,
			.test_func = test_day_row,
			.initial_state = (void *)(uintptr_t)&day_rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
		tests[n++] = (struct CMUnitTest){ .name = "agrees with the slow twin",
			.test_func = test_agrees_with_the_slow_twin,
			.initial_state = (void *)(uintptr_t)seeds[i] };
	return _cmocka_run_group_tests("dedup", tests, n, NULL, NULL);
}
