/* The events of a generated population have the statistics that are promised, read back from the file. */
#include "tests/services/population_rig.h"

#include <unistd.h>

#include "common/base/err.h"
#include "common/wire/event_json.h"
#include "services/generate/career.h"

#define PARTNERS   60
#define CUSTOMERS  10
#define LATE_LINES 150
#define ARGUMENTS  "-n 60 --seed 20230720 --format events --late-lines 150"

/* A line as it was read. Texts are hashes. */
struct told {
	struct event ev;
	uint64_t id, subject, key; /* key: what the fact is about, without its amount */
	uint64_t body;		   /* of the whole line */
	uint64_t person;
};

static struct {
	struct told *lines;
	size_t n;
	char folder[RIG_FOLDER];
} stream;

static uint64_t hash_of(struct str s, uint64_t seed)
{
	return hash_bytes(s.p, s.n, seed);
}

static uint64_t key_of(const struct event *ev)
{
	const struct fact_usage *u = &ev->u.usage;
	uint64_t h = hash_of(ev->subject, (uint64_t)ev->kind);

	if (ev->kind == FACT_ACCOUNT)
		return hash_of(ev->u.account.location, 0);
	if (ev->kind != FACT_USAGE)
		return h;
	h = hash_of(u->customer, h);
	h = hash_of(u->product, h);
	h = hash_of(u->component, h);
	return hash_u64(h ^ ((uint64_t)u->month << 16 | (uint64_t)u->association << 8 |
				    (uint64_t)u->measure << 4 | u->duplicate));
}

static int read_stream(void **state)
{
	size_t n, cap = 0;
	char *text, *at, *end;
	struct arena ar;

	(void)state;
	rig_make(stream.folder);
	assert_int_equal(rig_generate(stream.folder, ARGUMENTS), 0);
	text = rig_read(stream.folder, "events.ndjson", &n);
	for (at = text; *at != '\0'; at++)
		cap += *at == '\n';
	stream.lines = calloc(cap, sizeof *stream.lines);
	assert_non_null(stream.lines);
	arena_init(&ar, &mem_heap, 1 << 20);
	for (at = text; *at != '\0'; at = end + 1) {
		struct told *t = &stream.lines[stream.n];
		struct refusal_detail detail;
		struct json_fault fault;

		end = strchr(at, '\n');
		assert_non_null(end);
		if (event_from_json((struct str){ at, (size_t)(end - at) }, &ar, &t->ev, &fault) !=
			0)
			fail_msg("line %zu: %s", stream.n + 1, fault.text);
		if (event_validate(&t->ev, &detail) != REFUSED_NOT)
			fail_msg("line %zu: %s", stream.n + 1, detail.text);
		t->id = hash_of(t->ev.id, 0);
		t->subject = hash_of(t->ev.subject, 0);
		t->key = key_of(&t->ev);
		t->body = hash_bytes(at, (size_t)(end - at), 0);
		if (t->ev.kind == FACT_CERTIFICATION)
			t->person = hash_of(t->ev.u.certification.certificate,
				hash_of(t->ev.u.certification.person, 0));
		stream.n++;
		arena_reset(&ar);
	}
	arena_fini(&ar);
	free(text);
	return 0;
}

static int drop_stream(void **state)
{
	(void)state;
	rig_remove(stream.folder);
	free(stream.lines);
	return 0;
}

/* The lines in another order, freed by the caller. */
static const struct told **sorted(int (*order)(const void *, const void *))
{
	const struct told **by = malloc(stream.n * sizeof *by);

	assert_non_null(by);
	for (size_t i = 0; i < stream.n; i++)
		by[i] = &stream.lines[i];
	qsort(by, stream.n, sizeof *by, order);
	return by;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_id(const void *a, const void *b)
{
	const struct told *x = *(const struct told *const *)a, *y = *(const struct told *const *)b;
	int c = compare(x->id, y->id);

	return c != 0 ? c : compare((uint64_t)(uintptr_t)x, (uint64_t)(uintptr_t)y);
}

static int by_key(const void *a, const void *b)
{
	const struct told *x = *(const struct told *const *)a, *y = *(const struct told *const *)b;
	int c = compare(x->key, y->key);

	return c != 0 ? c : compare((uint64_t)x->ev.recorded, (uint64_t)y->ev.recorded);
}

static int by_person(const void *a, const void *b)
{
	const struct told *x = *(const struct told *const *)a, *y = *(const struct told *const *)b;
	int c = compare(x->person, y->person);

	return c != 0 ? c : compare((uint64_t)x->ev.recorded, (uint64_t)y->ev.recorded);
}

/* ---- statistics --------------------------------------------------------------------------------------------------- */

static void test_one_event_of_a_thousand_comes_twice_and_is_the_same(void **state)
{
	const struct told **by = sorted(by_id);
	uint64_t repeats = 0;

	(void)state;
	for (size_t i = 1; i < stream.n; i++) {
		if (by[i]->id != by[i - 1]->id)
			continue;
		repeats++;
		assert_true(by[i]->body == by[i - 1]->body);
		assert_true(i < 2 || by[i]->id != by[i - 2]->id);
		/* Each of the two may be held back, so they are at most two bounds apart. */
		assert_true(by[i] - by[i - 1] <= 2 * LATE_LINES + 2);
	}
	rig_about("repeats", repeats, stream.n - repeats, 10);
	free(by);
}

static void test_late_events_are_passed_by_no_more_than_the_bound(void **state)
{
	event_ms *newest = malloc(stream.n * sizeof *newest);
	uint64_t late = 0;

	(void)state;
	assert_non_null(newest);
	for (size_t i = 0; i < stream.n; i++) {
		event_ms own = stream.lines[i].ev.recorded;
		size_t passed = 0;

		newest[i] = i > 0 && newest[i - 1] > own ? newest[i - 1] : own;
		for (size_t k = i; k-- > 0 && newest[k] > own;)
			passed += stream.lines[k].ev.recorded > own;
		if (passed > LATE_LINES)
			fail_msg("line %zu was passed by %zu", i + 1, passed);
		late += passed > 0;
	}
	/* Two in a hundred, one in a thousand for the repeats. */
	rig_about("late events", late, stream.n, 210);
	free(newest);
}

static bool is_first_telling(const struct told *t, const struct told *before)
{
	return before == NULL || before->key != t->key;
}

static void test_one_amount_of_a_hundred_is_told_anew_later(void **state)
{
	const struct told **by = sorted(by_key);
	uint64_t keys = 0, restated = 0;
	month_no whole = 2023 * 12 + 8; /* all corrections have come */

	(void)state;
	for (size_t i = 0; i < stream.n; i++) {
		const struct told *t = by[i], *last = i > 0 ? by[i - 1] : NULL;

		/* Of seats only the users are told anew. */
		if (t->ev.kind != FACT_USAGE || t->ev.u.usage.month >= whole ||
			t->ev.u.usage.measure == MEASURE_PAID_UNITS || t->ev.u.usage.duplicate)
			continue;
		if (is_first_telling(t, last)) {
			keys++;
		} else if (last->id != t->id) {
			int months = month_of_day(day_of_ms(t->ev.recorded)) - t->ev.u.usage.month;

			restated++;
			assert_true(t->ev.recorded > last->ev.recorded);
			assert_true(t->ev.u.usage.amount_micro != last->ev.u.usage.amount_micro);
			assert_in_range(months, 1, 2);
		}
	}
	rig_about("restated amounts", restated, keys, 100);
	free(by);
}

static void test_usage_crowds_at_the_end_of_its_month(void **state)
{
	uint64_t all = 0, last = 0, first_days = 0;

	(void)state;
	for (size_t i = 0; i < stream.n; i++) {
		const struct event *ev = &stream.lines[i].ev;
		day_no next;

		if (ev->kind != FACT_USAGE)
			continue;
		next = month_first_day(ev->u.usage.month + 1);
		all++;
		last += day_of_ms(ev->time) >= next - 2;
		first_days += day_of_month(day_of_ms(ev->recorded)) <= 3;
		assert_true(ev->time < ev->recorded);
		assert_int_equal(month_of_day(day_of_ms(ev->time)), ev->u.usage.month);
	}
	rig_about("usage on the last two days", last, all, 5500);
	assert_true(first_days * 10 > all * 6); /* told in the first days of the next month */
}

static void test_of_four_certificates_that_end_one_lapses(void **state)
{
	const struct told **by = sorted(by_person);
	day_no until = month_first_day(2023 * 12 + 8) - 30;
	uint64_t ended = 0, lapsed = 0, renewed = 0;

	(void)state;
	for (size_t i = 0; i < stream.n; i++) {
		const struct fact_certification *c = &by[i]->ev.u.certification;

		if (by[i]->person == 0 || (i > 0 && by[i]->id == by[i - 1]->id))
			continue;
		if (c->state == CERT_EXPIRED) {
			lapsed++;
			assert_int_equal(c->ended_on, c->expires_on + 1);
			assert_true(day_of_ms(by[i]->ev.recorded) >= c->ended_on);
		} else if (c->state == CERT_RENEWED) {
			renewed++;
			assert_true(c->earned_on < c->expires_on - TERM_DAYS);
		}
		ended += c->state != CERT_EXPIRED && c->expires_on < until;
	}
	assert_true(ended > 300 && renewed > 100);
	/* People leave meanwhile, and what they let lapse is not told any more: a little less than a quarter. */
	assert_in_range(lapsed * 100 / (lapsed + renewed), 18, 32);
	free(by);
}

/* The global account of what a line is about. */
static uint64_t account_of(uint64_t subject, const uint64_t (*accounts)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (accounts[i][0] == subject)
			return accounts[i][1];
	return subject;
}

static int descending(const void *a, const void *b)
{
	return compare(*(const uint64_t *)b, *(const uint64_t *)a);
}

/* The size of a partner is how many customers its accounts have told of; repeats leave out. */
static void test_sizes_follow_zipfs_law(void **state)
{
	static uint64_t accounts[4 * PARTNERS * WORLD_LOCATIONS_MOST][2];
	const struct told **by = sorted(by_id);
	uint64_t names[PARTNERS], sizes[PARTNERS] = { 0 }, total = 0;
	size_t n_accounts = 0, n = 0;

	(void)state;
	for (size_t i = 0; i < stream.n; i++)
		if (stream.lines[i].ev.kind == FACT_ACCOUNT) {
			accounts[n_accounts][0] = stream.lines[i].key;
			accounts[n_accounts++][1] = stream.lines[i].subject;
		}
	for (size_t i = 0; i < stream.n; i++) {
		uint64_t account;
		size_t k = 0;

		if (by[i]->ev.kind != FACT_CUSTOMER || (i > 0 && by[i]->id == by[i - 1]->id))
			continue;
		account = account_of(by[i]->subject, (const uint64_t(*)[2])accounts, n_accounts);
		while (k < n && names[k] != account)
			k++;
		if (k == n) {
			assert_true(n < PARTNERS);
			names[n++] = account;
		}
		sizes[k]++;
		total++;
	}
	assert_int_equal(n, PARTNERS);
	assert_true(n_accounts > 10);
	qsort(sizes, n, sizeof *sizes, descending);
	assert_in_range((int)total, PARTNERS * CUSTOMERS - 30, PARTNERS * CUSTOMERS + 30);
	for (size_t r = 1; r <= n; r++)
		assert_in_range((int)(sizes[r - 1] * r), (int)(sizes[0] - r / 2 - 1),
			(int)(sizes[0] + r / 2 + 1));
	free(by);
}

static void test_kinds_of_facts_are_all_there(void **state)
{
	uint64_t of[FACT_KIND_END] = { 0 }, flagged = 0, azure = 0, states[CLAIM_STATE_END] = { 0 };

	(void)state;
	for (size_t i = 0; i < stream.n; i++) {
		const struct event *ev = &stream.lines[i].ev;

		of[ev->kind]++;
		if (ev->kind == FACT_ASSOCIATION)
			states[ev->u.association.claim]++;
		if (ev->kind == FACT_USAGE && ev->u.usage.measure == MEASURE_ACR) {
			flagged += ev->u.usage.duplicate;
			azure++;
		}
	}
	for (int k = FACT_CERTIFICATION; k < FACT_DAY; k++)
		if (of[k] == 0 && k != FACT_ASSESSMENT)
			fail_msg("there is no %s", fact_kind_name((enum fact_kind)k));
	assert_true(flagged * 100 > azure * 5 && flagged * 100 < azure * 20);
	assert_true(states[CLAIM_APPROVED] > states[CLAIM_REJECTED]);
	assert_true(states[CLAIM_UNDER_REVIEW] > 0 && states[CLAIM_REJECTED] > 0);
	assert_int_equal(of[FACT_DAY], 0);
}

/* ---- the verb ----------------------------------------------------------------------------------------------------- */

static uint64_t digest(const char *folder, const char *name)
{
	size_t n;
	char *text = rig_read(folder, name, &n);
	uint64_t h = hash_bytes(text, n, 0);

	free(text);
	return h;
}

static void test_the_seed_decides_every_byte(void **state)
{
	char a[RIG_FOLDER], b[RIG_FOLDER], c[RIG_FOLDER];

	(void)state;
	rig_make(a);
	rig_make(b);
	rig_make(c);
	assert_int_equal(rig_generate(a, "-n 5 -m 4 --seed 3"), 0);
	assert_int_equal(rig_generate(b, "-n 5 -m 4 --seed 3"), 0);
	assert_int_equal(rig_generate(c, "-n 5 -m 4 --seed 4"), 0);
	assert_true(digest(a, "events.ndjson") == digest(b, "events.ndjson"));
	assert_true(digest(a, "events.ndjson") != digest(c, "events.ndjson"));
	assert_true(digest(a, "azure-usage-2023-08.csv") == digest(b, "azure-usage-2023-08.csv"));
	assert_true(digest(a, "trainings-2023-06.csv") == digest(b, "trainings-2023-06.csv"));
	rig_remove(a);
	rig_remove(b);
	rig_remove(c);
}

static void test_days_are_told_when_they_are_asked_for(void **state)
{
	char a[RIG_FOLDER];
	size_t n, days = 0;
	char *text;

	(void)state;
	rig_make(a);
	assert_int_equal(rig_generate(a, "-n 2 -m 2 --format events --days"), 0);
	text = rig_read(a, "events.ndjson", &n);
	for (const char *at = text; (at = strstr(at, "capscore.day.v1")) != NULL; at++)
		days++;
	assert_int_equal(days, 31 + 31 + 30 + 20); /* July to 20 October */
	free(text);
	rig_remove(a);
}

static const struct wrong {
	const char *name, *arguments;
	int want;
} wrongs[] = {
	{ "no partners are refused", "-n 0", CLI_USAGE },
	{ "more partners than there is room for are refused", "-n 2000001", CLI_USAGE },
	{ "an unknown format is refused", "--format xml", CLI_USAGE },
	{ "an unknown report is refused", "--report azure", CLI_USAGE },
	{ "an unknown edition is refused", "--edition 1999", CLI_USAGE },
	{ "an unknown world is refused", "--world mars", CLI_USAGE },
	{ "a world that cannot be read is told", "--world ./mars.yaml", CLI_UNREACHABLE },
	{ "a month that is none is refused", "--through 2023-13", CLI_USAGE },
	{ "months before there was a programme are refused", "--through 2001-01", CLI_USAGE },
};

static void test_wrong_usage(void **state)
{
	const struct wrong *row = *state;
	char a[RIG_FOLDER];

	rig_make(a);
	assert_int_equal(rig_generate(a, row->arguments), row->want);
	rig_remove(a);
}

int main(void)
{
	const struct CMUnitTest read_back[] = {
		cmocka_unit_test(test_one_event_of_a_thousand_comes_twice_and_is_the_same),
		cmocka_unit_test(test_late_events_are_passed_by_no_more_than_the_bound),
		cmocka_unit_test(test_one_amount_of_a_hundred_is_told_anew_later),
		cmocka_unit_test(test_usage_crowds_at_the_end_of_its_month),
		cmocka_unit_test(test_of_four_certificates_that_end_one_lapses),
		cmocka_unit_test(test_sizes_follow_zipfs_law),
		cmocka_unit_test(test_kinds_of_facts_are_all_there),
	};
	struct CMUnitTest others[4 + ARRAY_LEN(wrongs)] = {
		cmocka_unit_test(test_the_seed_decides_every_byte),
		cmocka_unit_test(test_days_are_told_when_they_are_asked_for),
	};
	size_t n = 2;
	int failed = cmocka_run_group_tests(read_back, read_stream, drop_stream);

	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++)
		others[n++] = (struct CMUnitTest){ .name = wrongs[i].name,
			.test_func = test_wrong_usage,
			.initial_state = (void *)(uintptr_t)&wrongs[i] };
	return _cmocka_run_group_tests("generate population", others, n, NULL, NULL) + failed;
}
