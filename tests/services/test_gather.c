/* Sorting in bounded memory: whatever goes to temporary files, the same comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/base/hash.h"
#include "services/imports/fact_bytes.h"
#include "services/imports/report.h"
#include "services/imports/sorter.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* ---- the sorter against a table --------------------------------------------------------------------------- */

#define KEYS 5000

/* Sums of 64-bit numbers behind padding, so that records are of the size wanted. */
static enum sorter_choice add_up(
	void *ctx, void *held, size_t n_held, const void *more, size_t n_more)
{
	uint64_t a, b;

	(void)ctx;
	assert_int_equal(n_held, n_more);
	memcpy(&a, held, sizeof a);
	memcpy(&b, more, sizeof b);
	a += b;
	memcpy(held, &a, sizeof a);
	return SORTER_KEEP;
}

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* Puts `n` numbers under random keys; what comes out must be the sums, in order. Returns the runs that were written. */
static uint64_t check_sorter(size_t memory, size_t n, size_t padding, uint64_t seed)
{
	static uint64_t want[KEYS];
	const struct sorter_options o = { .a = &mem_heap, .memory = memory, .fold = add_up };
	unsigned char value[512] = { 0 };
	struct err e = { 0 };
	struct sorter *s;
	struct span key, got;
	uint64_t runs;
	char text[16];
	int rc;

	memset(want, 0, sizeof want);
	assert_int_equal(sorter_create(&o, &s), 0);
	for (size_t i = 0; i < n; i++) {
		uint64_t k = next_random(&seed) % KEYS, v = next_random(&seed) % 1000 + 1;

		want[k] += v;
		memcpy(value, &v, sizeof v);
		(void)snprintf(text, sizeof text, "%05u", (unsigned)k);
		rc = sorter_put(s, (struct span){ text, 5 }, (struct span){ value, padding }, &e);
		if (rc != 0)
			fail_msg("%s", e.text);
	}
	assert_int_equal(sorter_finish(s, &e), 0);
	for (size_t k = 0; k < KEYS; k++) {
		uint64_t sum;

		if (want[k] == 0)
			continue;
		assert_int_equal(sorter_next(s, &key, &got, &e), 0);
		(void)snprintf(text, sizeof text, "%05u", (unsigned)k);
		assert_int_equal(key.n, 5);
		assert_memory_equal(key.p, text, 5);
		assert_int_equal(got.n, padding);
		memcpy(&sum, got.p, sizeof sum);
		assert_int_equal(sum, want[k]);
	}
	assert_int_equal(sorter_next(s, &key, &got, &e), ERR_NOTFOUND);
	assert_int_equal(sorter_stats_get(s)->put, n);
	runs = sorter_stats_get(s)->runs;
	sorter_destroy(s);
	return runs;
}

static void test_what_fits_into_memory_writes_nothing(void **state)
{
	(void)state;
	assert_int_equal(check_sorter(SORTER_MEMORY_MAX, 20000, 8, 1), 0);
	assert_int_equal(check_sorter(SORTER_MEMORY_MIN, 0, 8, 1), 0);
	assert_int_equal(check_sorter(SORTER_MEMORY_MIN, 1, 8, 1), 0);
}

static void test_more_than_memory_holds_comes_out_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		uint64_t runs = check_sorter(SORTER_MEMORY_MIN, 20000, 100, seed);

		assert_in_range(runs, 10, 1000);
	}
}

/* More runs than are merged at once, so that runs of runs are made. */
static void test_many_runs_are_merged_in_levels(void **state)
{
	uint64_t runs = check_sorter(SORTER_MEMORY_MIN, 60000, 500, 7);

	(void)state;
	assert_true(runs > 2 * SORTER_FAN);
}

static void test_a_folder_that_cannot_be_written_is_told(void **state)
{
	const struct sorter_options o = { .a = &mem_heap,
		.memory = SORTER_MEMORY_MIN,
		.dir = "/nowhere/at/all",
		.fold = add_up };
	unsigned char value[1000] = { 0 };
	struct err e = { 0 };
	struct sorter *s;
	int rc = 0;

	(void)state;
	assert_int_equal(sorter_create(&o, &s), 0);
	for (uint32_t k = 0; rc == 0 && k < 1000; k++)
		rc = sorter_put(
			s, (struct span){ &k, sizeof k }, (struct span){ value, sizeof value }, &e);
	assert_int_equal(rc, ERR_IO);
	assert_non_null(strstr(e.text, "/nowhere/at/all"));
	sorter_destroy(s);
}

static void test_failing_memory_leaks_nothing(void **state)
{
	int rc = ERR_NOMEM;

	(void)state;
	for (long n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		const struct sorter_options o = {
			.a = faulty_alloc(&f), .memory = 2 * SORTER_MEMORY_MIN, .fold = add_up
		};
		unsigned char value[1000] = { 0 };
		struct span key, got;
		struct sorter *s = NULL;

		rc = sorter_create(&o, &s);
		for (uint32_t k = 0; rc == 0 && k < 500; k++)
			rc = sorter_put(s, (struct span){ &k, sizeof k },
				(struct span){ value, sizeof value }, NULL);
		if (rc == 0)
			rc = sorter_finish(s, NULL);
		while (rc == 0)
			rc = sorter_next(s, &key, &got, NULL);
		if (rc == ERR_NOTFOUND)
			rc = 0;
		sorter_destroy(s);
		assert_int_equal(f.live, 0);
		assert_true(n < 1000);
	}
	assert_int_equal(rc, 0);
}

/* ---- facts as bytes --------------------------------------------------------------------------------------- */

static struct event usage(const char *customer, const char *product, const char *os, month_no m)
{
	struct event ev = { .kind = FACT_USAGE, .subject = STR("7"), .time = 12345 };

	ev.u.usage.customer = str_from(customer);
	ev.u.usage.product = str_from(product);
	ev.u.usage.compute_os = str_from(os);
	ev.u.usage.month = m;
	ev.u.usage.measure = MEASURE_ACR;
	ev.u.usage.association = ASSOC_PAL;
	ev.u.usage.amount_micro = -5;
	return ev;
}

static void test_a_fact_comes_back_from_its_bytes(void **state)
{
	unsigned char a[FACT_BYTES_MAX], b[FACT_BYTES_MAX];
	struct event ev = usage("t1", "Firewall", "Linux", 24281), back;
	size_t n, n_back;

	(void)state;
	assert_int_equal(fact_pack(&ev, a, &n), 0);
	assert_int_equal(fact_unpack((struct span){ a, n }, &back), 0);
	assert_int_equal(back.u.usage.amount_micro, -5);
	assert_int_equal(back.u.usage.month, 24281);
	assert_int_equal(back.time, 12345);
	assert_true(str_eq(back.subject, STR("7")));
	assert_true(str_eq(back.u.usage.compute_os, STR("Linux")));
	assert_int_equal(fact_pack(&back, b, &n_back), 0);
	assert_int_equal(n, n_back);
	assert_memory_equal(a, b, n);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(fact_unpack((struct span){ a, cut }, &back), ERR_CORRUPT);
}

static int compare_keys(const struct event *x, const struct event *y)
{
	unsigned char a[FACT_KEY_MAX], b[FACT_KEY_MAX];
	size_t na = fact_key(x, a), nb = fact_key(y, b);

	return str_cmp((struct str){ (char *)a, na }, (struct str){ (char *)b, nb });
}

static void test_keys_are_in_the_order_of_their_fields(void **state)
{
	struct event sorted[] = { usage("a", "x", "", 24281), usage("a", "x", "Linux", 24281),
		usage("a", "x", "", 24282), usage("a", "xx", "", 24281),
		usage("ab", "a", "", 24281) };
	struct event other = sorted[0];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sorted); i++)
		for (size_t k = 0; k < ARRAY_LEN(sorted); k++) {
			int c = compare_keys(&sorted[i], &sorted[k]);

			assert_int_equal((c > 0) - (c < 0), (i > k) - (i < k));
		}
	other.u.usage.amount_micro = 99;
	assert_int_equal(compare_keys(&sorted[0], &other), 0);
}

static void test_keys_too_long_are_kept_apart_by_a_hash(void **state)
{
	char x[EVENT_NAME_MAX + 1], y[EVENT_NAME_MAX + 1];
	unsigned char key[FACT_KEY_MAX];
	struct event a, b, c;

	(void)state;
	memset(x, 'x', sizeof x - 1);
	memset(y, 'x', sizeof y - 1);
	x[EVENT_NAME_MAX] = y[EVENT_NAME_MAX] = '\0';
	y[EVENT_NAME_MAX - 1] = 'y';
	a = usage(x, x, x, 24281);
	b = usage(x, x, y, 24281);
	c = usage(x, y, x, 24281);
	assert_int_equal(fact_key(&a, key), FACT_KEY_MAX);
	assert_int_equal(compare_keys(&a, &a), 0);
	assert_int_not_equal(compare_keys(&a, &b), 0);
	assert_int_not_equal(compare_keys(&a, &c), 0);
	assert_int_not_equal(compare_keys(&b, &c), 0);
}

/* ---- a report in little memory ---------------------------------------------------------------------------- */

struct capture {
	uint64_t digest;
	uint64_t n;
};

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct capture *c = ctx;
	unsigned char bytes[FACT_BYTES_MAX];
	size_t n;

	assert_int_equal(fact_pack(ev, bytes, &n), 0);
	c->digest = digest_chain(c->digest, bytes, n);
	c->digest = digest_chain(c->digest, ev->id.p, ev->id.n);
	c->digest = digest_chain(c->digest, &at, sizeof at);
	c->n++;
	return 0;
}

static void on_fault(void *ctx, const struct fault *f)
{
	(void)ctx;
	fail_msg("%s", f->text);
}

static void on_note(void *ctx, const char *file, const char *text)
{
	(void)ctx;
	(void)file;
	(void)text;
}

/* Rows of few customers, so that keys come again and again, in an order of their own. */
static char *make_export(size_t rows, size_t *ret_n)
{
	size_t cap = 200 + rows * 100, n;
	char *text = malloc(cap);
	uint64_t seed = 42;

	assert_non_null(text);
	n = (size_t)snprintf(text, cap,
		"PGAMpnID,Month,ServiceLevel2,CustomerTenantId,PartnerAttributionType,CustomerSegment,ACR_USD\n");
	for (size_t i = 0; i < rows; i++) {
		unsigned r = (unsigned)next_random(&seed);

		n += (size_t)snprintf(text + n, cap - n,
			"%u,2023-%02u,Service %u,t%u,PAL,%s,%u.%06u\n", r % 5, r / 5 % 6 + 1,
			r / 30 % 40, r / 1200 % 50, r % 2 ? "SMB" : "Enterprise", r % 1000,
			r % 999983);
	}
	*ret_n = n;
	return text;
}

static struct capture read_export(const char *text, size_t n, size_t memory)
{
	struct capture c = { 0 };
	const struct reading_handler h = { on_event, on_fault, on_note, &c };
	const struct reading_options o = { .a = &mem_heap, .memory = memory };
	struct reading r = {
		.options = &o, .handler = &h, .file = "x.csv", .recorded = 1690000000000
	};
	char *bytes = malloc(n);
	struct input in;
	struct err e = { 0 };

	assert_non_null(bytes);
	memcpy(bytes, text, n);
	input_open_memory(&in, bytes, n);
	if (report_read(&r, &in, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(r.n_facts, c.n);
	free(bytes);
	return c;
}

static void test_a_report_is_the_same_in_little_memory(void **state)
{
	size_t n;
	char *text = make_export(60000, &n);
	struct capture large = read_export(text, n, 0);
	struct capture little = read_export(text, n, SORTER_MEMORY_MIN);

	(void)state;
	assert_true(large.n > 20000);
	assert_int_equal(large.n, little.n);
	assert_int_equal(large.digest, little.digest);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_fits_into_memory_writes_nothing),
		cmocka_unit_test(test_more_than_memory_holds_comes_out_the_same),
		cmocka_unit_test(test_many_runs_are_merged_in_levels),
		cmocka_unit_test(test_a_folder_that_cannot_be_written_is_told),
		cmocka_unit_test(test_failing_memory_leaks_nothing),
		cmocka_unit_test(test_a_fact_comes_back_from_its_bytes),
		cmocka_unit_test(test_keys_are_in_the_order_of_their_fields),
		cmocka_unit_test(test_keys_too_long_are_kept_apart_by_a_hash),
		cmocka_unit_test(test_a_report_is_the_same_in_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
