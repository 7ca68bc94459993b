/* Snapshots: a restored engine goes on exactly as the saved one would; damaged or forged bytes are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/base/hash.h"
#include "tests/support/edition_azure.h"
#include "tests/support/faulty.h"
#include "tests/support/lab.h"

#define BLOBS_MAX 64
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

struct blobs {
	unsigned char *p[BLOBS_MAX];
	size_t n[BLOBS_MAX];
	size_t count, at;
	long fail_after; /* puts or gets that succeed; negative: all */
};

static int put(void *ctx, struct span blob)
{
	struct blobs *b = ctx;

	if (b->fail_after-- == 0)
		return ERR_IO;
	assert_true(b->count < BLOBS_MAX && blob.n <= 1024 * 1024);
	b->p[b->count] = malloc(blob.n);
	memcpy(b->p[b->count], blob.p, blob.n);
	b->n[b->count++] = blob.n;
	return 0;
}

static int get(void *ctx, struct span *ret)
{
	struct blobs *b = ctx;

	if (b->fail_after-- == 0)
		return ERR_IO;
	*ret = (struct span){ NULL, 0 };
	if (b->at < b->count) {
		*ret = (struct span){ b->p[b->at], b->n[b->at] };
		b->at++;
	}
	return 0;
}

static void blobs_free(struct blobs *b)
{
	for (size_t i = 0; i < b->count; i++)
		free(b->p[i]);
	b->count = 0;
}

static int load(const struct alloc *a, const struct edition *ed, struct blobs *b,
	struct engine **ret, struct err *err)
{
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct engine *e = NULL;
	int rc = engine_create(a, ed, &limits, &e);

	b->at = 0;
	if (rc == 0)
		rc = engine_load(e, get, b, err);
	if (rc != 0) {
		engine_destroy(e);
		return rc;
	}
	*ret = e;
	return 0;
}

static const char FACTS[] =
	"usage P C1 SQL 2022-06 1000; usage P C1 SQL 2023-06 2000; usage Q C1 Virtual_Machines 2023-06 2000; "
	"!usage P C2 Arc 2023-06 0; usage R C4 Monitor 2023-05 2000; reported R 2023-04; !reported R 2023-05; "
	"cert P A AZ-104; cert P B AZ-104 2023-01-01 2023-09-01; cert Q B XX-900; revoke R C AZ-700 2023-01-01; "
	"!cert R C AZ-305; link Q A; unlink R A; !link R B; assess P D DP-300 2023-01-01; day 2023-07-25";

static void save_sample(struct blobs *b, uint64_t *ret_digest)
{
	struct lab l;
	struct event ev;

	*b = (struct blobs){ .fail_after = -1 };
	lab_open(&l, &edition_azure);
	lab_tell(&l, FACTS);
	ev = later(usage("R", "C9", "Arc", "2023-03", 5), 900,
		"an-id-that-is-longer-than-sixteen-bytes");
	lab_apply(&l, &ev);
	ev = later(
		usage("R", "C9", "Arc", "2023-02", 5), 900, "0a000000-0000-4000-8000-000000000000");
	lab_apply(&l, &ev);
	ev = later(usage("R", "C9", "Arc", "2023-01", 5), 900, "0a000000000040008000000000000000");
	ev.u.usage.association = ASSOC_NONE;
	ev.u.usage.level1 = STR("Hybrid");
	ev.u.usage.group2 = STR("Management");
	ev.u.usage.group3 = STR("Servers");
	ev.u.usage.influencer = STR("SQL");
	ev.u.usage.compute_os = STR("Windows");
	lab_apply(&l, &ev);
	lab_settle(&l);
	assert_int_equal(engine_save(l.e, put, b), 0);
	*ret_digest = engine_digest(l.e);
	lab_close(&l);
}

/* ---- round trips ------------------------------------------------------------------------------------------------ */

static uint64_t seed;

static uint32_t pick(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 32) * n >> 32);
}

static struct event random_event(unsigned *today)
{
	static const char *const partners[] = { "P", "Q", "R", "S" };
	static const char *const months[] = { "2022-05", "2022-06", "2023-05", "2023-06",
		"2023-07" };
	static const char *const people[] = { "A", "B", "C", "D", "E" };
	static const char *const codes[] = { "AZ-104", "AZ-700", "AZ-305", "AZ-140", "XX-900" };
	static const char *const names[] = { "SQL", "Storage", "Virtual Machines" };
	static const char *const days[] = { "2023-01-01", "2023-07-01", "2023-08-15",
		"2024-01-01" };
	static const char *const customers[] = { "C1", "C2", "C3" };
	const char *p = partners[pick(4)];
	struct event ev;

	switch (pick(8)) {
	case 0:
		ev = on_day("2023-06-01");
		*today += pick(20);
		ev.u.day.day += (day_no)*today;
		return ev;
	case 1:
		ev = person_link(p, people[pick(5)], pick(2) == 0);
		break;
	case 2:
	case 3:
		ev = cert_span(p, people[pick(5)], codes[pick(5)], days[pick(4)], days[pick(4)]);
		break;
	case 4:
		ev = reported(p, months[pick(5)]);
		break;
	default:
		ev = usage(p, customers[pick(3)], names[pick(3)], months[pick(5)], USD(pick(3000)));
		ev.u.usage.influencer = pick(4) == 0 ? STR("SAP") : STR("");
		ev.u.usage.compute_os = pick(4) == 0 ? STR("Linux") : STR("");
		break;
	}
	ev.retracted = pick(6) == 0;
	if (pick(3) == 0) /* late, and often at the same time as another */
		ev.recorded = recorded_at(pick(30));
	return ev;
}

static void assert_same_changes(
	const struct partner_change *a, const struct partner_change *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(str_eq(a[i].partner, b[i].partner));
		assert_int_equal(a[i].cause_count, b[i].cause_count);
		assert_int_equal(a[i].n_areas, b[i].n_areas);
		for (size_t k = 0; k < a[i].n_areas; k++) {
			const struct area_change *x = &a[i].areas[k], *y = &b[i].areas[k];

			assert_true(str_eq(x->shape->area, y->shape->area));
			assert_int_equal(x->status_before, y->status_before);
			assert_int_equal(x->status_after, y->status_after);
			for (size_t m = 0; m < x->shape->n_metrics; m++) {
				assert_true(ratio_eq(x->before[m], y->before[m]));
				assert_true(ratio_eq(x->after[m], y->after[m]));
			}
		}
	}
}

/* Saved and loaded now and then, the copy goes through the same events as the original and says the same. */
static void test_restored_engine_goes_on_as_the_saved_one(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= 20; s++) {
		struct blobs b = { .fail_after = -1 };
		struct engine *copy = NULL;
		unsigned today = 0;
		struct lab l;

		seed = s * 0x9e3779b97f4a7c15ULL;
		lab_open(&l, &edition_azure);
		if (pick(4) == 0)
			assert_int_equal(engine_set_complete(l.e, true), 0);
		for (unsigned n = 0; n < 300; n++) {
			struct event ev = random_event(&today);
			const struct partner_change *changes;
			size_t n_changes;

			lab_apply(&l, &ev);
			if (copy != NULL)
				assert_int_equal(engine_apply(copy, &ev, l.cause - 1), 0);
			if (pick(5) != 0)
				continue;
			lab_settle(&l);
			if (copy != NULL) {
				assert_int_equal(engine_settle(copy, &changes, &n_changes), 0);
				assert_int_equal(n_changes, l.n_changes);
				assert_same_changes(changes, l.changes, n_changes);
				assert_true(engine_digest(copy) == engine_digest(l.e));
			}
			if (pick(4) == 0) {
				struct engine_stats x, y;

				engine_destroy(copy);
				assert_int_equal(engine_save(l.e, put, &b), 0);
				assert_int_equal(
					load(&mem_heap, &edition_azure, &b, &copy, NULL), 0);
				blobs_free(&b);
				assert_true(engine_digest(copy) == engine_digest(l.e));
				engine_stats_get(l.e, &x);
				engine_stats_get(copy, &y);
				x.bytes = y.bytes = 0;
				assert_memory_equal(&x, &y, sizeof x);
			}
		}
		assert_non_null(copy);
		engine_destroy(copy);
		lab_close(&l);
	}
}

static void test_empty_engine_round_trip(void **state)
{
	struct blobs b = { .fail_after = -1 };
	struct engine *copy;
	struct lab l;

	(void)state;
	lab_open(&l, &edition_azure);
	assert_int_equal(engine_save(l.e, put, &b), 0);
	assert_int_equal(load(&mem_heap, &edition_azure, &b, &copy, NULL), 0);
	assert_true(engine_digest(copy) == engine_digest(l.e));
	assert_int_equal(engine_day(copy), DAY_NONE);
	engine_destroy(copy);
	lab_close(&l);
	blobs_free(&b);
}

static void test_blobs_stay_small(void **state)
{
	struct blobs b = { .fail_after = -1 };
	char customer[240];
	struct engine *copy;
	struct lab l;

	(void)state;
	memset(customer, 'c', sizeof customer);
	lab_open(&l, &edition_azure);
	for (unsigned i = 0; i < 30000; i++) {
		struct event ev;

		(void)snprintf(customer + 200, 40, "%u", i);
		ev = usage("P", customer, "SQL", "2023-06", i);
		lab_apply(&l, &ev);
	}
	lab_settle(&l);
	assert_int_equal(engine_save(l.e, put, &b), 0); /* put() checks the size */
	assert_true(b.count > 12);
	assert_int_equal(load(&mem_heap, &edition_azure, &b, &copy, NULL), 0);
	assert_true(engine_digest(copy) == engine_digest(l.e));
	engine_destroy(copy);
	lab_close(&l);
	blobs_free(&b);
}

/* ---- refusals --------------------------------------------------------------------------------------------------- */

static void test_another_edition_is_refused(void **state)
{
	struct edition other = edition_azure;
	struct engine *e = NULL;
	struct err err = { 0 };
	struct blobs b;
	uint64_t digest;

	(void)state;
	save_sample(&b, &digest);
	other.digest++;
	assert_int_equal(load(&mem_heap, &other, &b, &e, &err), ERR_MISMATCH);
	assert_int_equal(err.code, ERR_MISMATCH);
	assert_non_null(strstr(err.text, "edition"));
	assert_null(e);
	blobs_free(&b);
}

static void test_limits_hold_for_a_snapshot(void **state)
{
	struct engine_limits limits = { 3, 4, 100 };
	struct engine *e;
	struct blobs b;
	uint64_t digest;

	(void)state;
	save_sample(&b, &digest);
	assert_int_equal(engine_create(&mem_heap, &edition_azure, &limits, &e), 0);
	assert_int_equal(engine_load(e, get, &b, NULL), 0);
	assert_true(engine_digest(e) == digest);
	engine_destroy(e);
	limits.max_people = 3;
	b.at = 0;
	assert_int_equal(engine_create(&mem_heap, &edition_azure, &limits, &e), 0);
	assert_int_equal(engine_load(e, get, &b, NULL), ERR_FULL);
	engine_destroy(e);
	blobs_free(&b);
}

static void set_checksum(struct blobs *b, size_t i, size_t n)
{
	uint64_t check = hash_bytes(b->p[i], n - 8, i);

	for (size_t k = 0; k < 8; k++)
		b->p[i][n - 8 + k] = (unsigned char)(check >> (8 * k));
}

static int load_and_drop(struct blobs *b)
{
	struct engine *e;
	int rc = load(&mem_heap, &edition_azure, b, &e, NULL);

	if (rc == 0)
		engine_destroy(e);
	return rc;
}

static void test_every_truncation_is_corrupt(void **state)
{
	struct blobs b;
	uint64_t digest;

	(void)state;
	save_sample(&b, &digest);
	for (size_t i = 0; i < b.count; i++) {
		size_t whole = b.n[i];
		unsigned char tail[8];

		for (size_t n = 0; n < whole; n++) {
			b.n[i] = n;
			assert_int_equal(load_and_drop(&b), ERR_CORRUPT);
			if (n < 8)
				continue;
			/* Again with the checksum that belongs to the shorter blob. */
			memcpy(tail, b.p[i] + n - 8, 8);
			set_checksum(&b, i, n);
			assert_int_equal(load_and_drop(&b), ERR_CORRUPT);
			memcpy(b.p[i] + n - 8, tail, 8);
		}
		b.n[i] = whole;
	}
	assert_int_equal(load_and_drop(&b), 0);
	blobs_free(&b);
}

static void test_every_changed_byte_is_corrupt(void **state)
{
	struct blobs b;
	uint64_t digest;

	(void)state;
	save_sample(&b, &digest);
	for (size_t i = 0; i < b.count; i++)
		for (size_t n = 0; n < b.n[i]; n++) {
			b.p[i][n] ^= 1;
			assert_int_equal(load_and_drop(&b), ERR_CORRUPT);
			b.p[i][n] ^= 1;
		}
	blobs_free(&b);
}

/* With a checksum that fits, a changed value may be a valid one; what it must never do is crash. */
static void test_forged_bytes_are_answered_by_a_code(void **state)
{
	static const unsigned char with[] = { 0x01, 0x80, 0xff, 0x7f, 0x10 };
	size_t refused = 0, taken = 0;
	struct blobs b;
	uint64_t digest;

	(void)state;
	save_sample(&b, &digest);
	for (size_t i = 0; i < b.count; i++)
		for (size_t n = 0; n + 8 < b.n[i]; n++)
			for (size_t w = 0; w < COUNT(with); w++) {
				int rc;

				b.p[i][n] ^= with[w];
				set_checksum(&b, i, b.n[i]);
				rc = load_and_drop(&b);
				assert_true(rc == 0 || rc == ERR_CORRUPT || rc == ERR_MISMATCH ||
					    rc == ERR_FULL);
				rc == 0 ? taken++ : refused++;
				b.p[i][n] ^= with[w];
				set_checksum(&b, i, b.n[i]);
			}
	assert_true(refused > 1000);
	assert_true(taken > 100);
	blobs_free(&b);
}

static void test_blobs_missing_or_out_of_order_are_corrupt(void **state)
{
	struct blobs b, c;
	uint64_t digest;

	(void)state;
	save_sample(&b, &digest);
	for (size_t i = 0; i < b.count; i++) {
		c = b; /* one is missing */
		memmove(c.p + i, c.p + i + 1, (c.count - i - 1) * sizeof c.p[0]);
		memmove(c.n + i, c.n + i + 1, (c.count - i - 1) * sizeof c.n[0]);
		c.count--;
		assert_int_equal(load_and_drop(&c), ERR_CORRUPT);
		c = b; /* one comes twice */
		memmove(c.p + i + 1, c.p + i, (c.count - i) * sizeof c.p[0]);
		memmove(c.n + i + 1, c.n + i, (c.count - i) * sizeof c.n[0]);
		c.count++;
		assert_int_equal(load_and_drop(&c), ERR_CORRUPT);
		if (i == 0)
			continue;
		c = b; /* two change places */
		c.p[i - 1] = b.p[i];
		c.n[i - 1] = b.n[i];
		c.p[i] = b.p[i - 1];
		c.n[i] = b.n[i - 1];
		assert_int_equal(load_and_drop(&c), ERR_CORRUPT);
	}
	c = b;
	c.count = 0;
	assert_int_equal(load_and_drop(&c), ERR_CORRUPT);
	blobs_free(&b);
}

static void test_callbacks_failing_pass_through(void **state)
{
	struct engine *e = NULL;
	struct err err;
	struct blobs b, c;
	uint64_t digest;
	struct lab l;

	(void)state;
	save_sample(&b, &digest);
	for (long n = 0; n <= (long)b.count; n++) {
		c = b;
		c.fail_after = n;
		err_clear(&err);
		assert_int_equal(load(&mem_heap, &edition_azure, &c, &e, &err), ERR_IO);
		assert_int_equal(err.code, ERR_IO);
	}
	blobs_free(&b);
	lab_open(&l, &edition_azure);
	for (long n = 0; n < 10; n++) {
		b.fail_after = n;
		assert_int_equal(engine_save(l.e, put, &b), ERR_IO);
		assert_int_equal(b.count, n);
		blobs_free(&b);
	}
	lab_close(&l);
}

static void test_out_of_memory_while_loading_leaks_nothing(void **state)
{
	struct blobs b;
	uint64_t digest;
	int rc = ERR_NOMEM;

	(void)state;
	save_sample(&b, &digest);
	for (long n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct engine *e = NULL;

		rc = load(faulty_alloc(&f), &edition_azure, &b, &e, NULL);
		engine_destroy(e);
		assert_int_equal(f.live, 0);
		assert_int_equal(f.live_bytes, 0);
	}
	assert_int_equal(rc, 0);
	blobs_free(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restored_engine_goes_on_as_the_saved_one),
		cmocka_unit_test(test_empty_engine_round_trip),
		cmocka_unit_test(test_blobs_stay_small),
		cmocka_unit_test(test_another_edition_is_refused),
		cmocka_unit_test(test_limits_hold_for_a_snapshot),
		cmocka_unit_test(test_every_truncation_is_corrupt),
		cmocka_unit_test(test_every_changed_byte_is_corrupt),
		cmocka_unit_test(test_forged_bytes_are_answered_by_a_code),
		cmocka_unit_test(test_blobs_missing_or_out_of_order_are_corrupt),
		cmocka_unit_test(test_callbacks_failing_pass_through),
		cmocka_unit_test(test_out_of_memory_while_loading_leaks_nothing),
	};

	return cmocka_run_group_tests_name("engine: snapshot", tests, NULL, NULL);
}
