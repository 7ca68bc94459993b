/* The events of a generated population have the statistics that are promised, read back from the file. */
#include "tests/services/population_rig.h"

#include <unistd.h>

#include "common/base/err.h"
#include "common/wire/event_json.h"
#include "services/generate/career.h"
#include "services/generate/delay.h"
#include "services/generate/shipped.h"
#include "services/shared/edition_open.h"
#include "tests/support/faulty.h"

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

/* ---- what is drawn ------------------------------------------------------------------------------------------------ */

struct drawn {
	struct arena keep;
	struct world world;
	struct shelf shelf;
	struct edition_box *box;
	struct population p;
};

static const struct population_options plain = { .seed = 7,
	.partners = 1000,
	.customers = 20,
	.people = 5,
	.largest = 9999,
	.from = 2022 * 12,
	.through = 2023 * 12 + 11,
	.corrections = 0 };

static int set_up(void **state)
{
	struct drawn *d = calloc(1, sizeof *d);
	struct err e = { 0 };

	assert_non_null(d);
	arena_init(&d->keep, &mem_heap, 64 << 20);
	assert_int_equal(world_read(&d->keep, "world", shipped_worlds[0].text, NULL, &d->world), 0);
	assert_int_equal(edition_open("2023-06", DAY_NONE, NULL, &d->box, &e), 0);
	shelf_fill(&d->shelf, edition_box_get(d->box));
	assert_int_equal(population_init(&d->p, &plain, &d->world, &d->shelf, &e), 0);
	*state = d;
	return 0;
}

static int tear_down(void **state)
{
	struct drawn *d = *state;

	edition_box_destroy(d->box);
	arena_fini(&d->keep);
	free(d);
	return 0;
}

static void test_a_rank_has_its_part_of_the_first(void **state)
{
	const struct drawn *d = *state;
	uint32_t first = population_size(&d->p, 1, plain.customers);
	uint64_t total = 0;

	assert_in_range(
		first, 2600, 2750); /* 20,000 over the sum of 1/r up to 1000, which is 7.485 */
	for (uint32_t r = 1; r <= plain.partners; r++) {
		uint32_t n = population_size(&d->p, r, plain.customers);

		assert_in_range((int)(n * r), (int)(first - r / 2 - 1), (int)(first + r / 2 + 1));
		total += n;
	}
	assert_in_range((int)total, 19800, 20200);
}

static void test_every_rank_is_given_to_one_partner(void **state)
{
	const struct drawn *d = *state;
	bool seen[1001] = { false };
	struct partner p;
	uint32_t moved = 0;

	for (uint32_t i = 0; i < plain.partners; i++) {
		partner_draw(&d->p, i, &p);
		assert_in_range(p.rank, 1, plain.partners);
		assert_false(seen[p.rank]);
		seen[p.rank] = true;
		moved += p.rank != i + 1;
		assert_int_equal(p.n_customers, population_size(&d->p, p.rank, plain.customers));
	}
	assert_true(moved > 900);
}

/* Of those who were here all the time: the same workload, a year apart from its low to its high. */
static void test_amounts_follow_the_seasons(void **state)
{
	struct drawn *d = *state;
	struct line low[POPULATION_LINES_MAX], high[POPULATION_LINES_MAX];
	int64_t sum_low = 0, sum_high = 0;

	d->world.shrink = d->world.grow = 0;
	for (uint32_t i = 0; i < 200; i++) {
		struct partner p;
		struct customer c;

		partner_draw(&d->p, i, &p);
		customer_draw(&p, 0, &c);
		if (c.joined >= plain.from - 6 || c.left != MONTH_NONE || c.n_revenue == 0)
			continue;
		assert_int_equal(customer_lines(&c, 2022 * 12 + 7, 0, low),
			customer_lines(&c, 2022 * 12 + 11, 0, high));
		for (size_t k = 0; low[k].kind != LINE_REVENUE; k++)
			assert_int_equal(low[k].number, high[k].number);
		for (size_t k = c.n_services + c.n_workloads; low[k].kind != LINE_REVENUE; k++)
			;
		sum_low += low[c.n_services + c.n_workloads].amount_micro;
		sum_high += high[c.n_services + c.n_workloads].amount_micro;
	}
	/* 126 to 84 per cent: one and a half times. */
	assert_true(sum_low > 0);
	assert_in_range((int)(sum_high * 100 / sum_low), 140, 160);
}

static void test_one_customer_of_eight_leaves_in_a_year_and_some_return(void **state)
{
	const struct drawn *d = *state;
	uint64_t here = 0, left = 0, back = 0, all = 0, gone = 0;

	for (uint32_t i = 0; i < plain.partners; i++) {
		struct partner p;
		struct customer c;

		partner_draw(&d->p, i, &p);
		for (uint32_t k = 0; k < p.n_customers && k < 40; k++) {
			customer_draw(&p, k, &c);
			all++;
			gone += c.left != MONTH_NONE;
			back += c.back != MONTH_NONE;
			assert_true(c.back == MONTH_NONE || c.back >= c.left + 3);
			assert_false(c.left != MONTH_NONE && customer_is_here(&c, c.left));
			if (!customer_is_here(&c, plain.from))
				continue;
			here++;
			left += c.left != MONTH_NONE && c.left <= plain.from + 12;
		}
	}
	rig_about("customers that left in the first year", left, here, 1200);
	rig_about("customers that came back", back, gone, 2000);
	rig_about("customers from before, or of the first month", here, all, 5800 + 4200 / 24);
}

static void test_one_in_ten_spends_ten_times_the_least(void **state)
{
	const struct drawn *d = *state;
	uint64_t all = 0, twice = 0, ten = 0;

	for (uint32_t i = 0; i < plain.partners; i++) {
		struct line lines[POPULATION_LINES_MAX];
		struct partner p;
		struct customer c;
		int64_t usd = 0;
		month_no m = plain.from + 3; /* April: a season of 99 per cent */

		partner_draw(&d->p, i, &p);
		customer_draw(&p, 0, &c);
		if (c.n_services == 0 || c.segment != &d->world.segments[0] || p.growth < -8 ||
			p.growth > 8 || c.joined > plain.from - 1 || !customer_is_here(&c, m))
			continue;
		(void)customer_lines(&c, m, 0, lines);
		for (size_t k = 0; k < c.n_services; k++)
			usd += lines[k].amount_micro / 1000000;
		all++;
		twice += usd > 2 * c.segment->usd.least;
		ten += usd > 10 * c.segment->usd.least;
	}
	rig_about("customers above twice the least", twice, all, 5000);
	rig_about("customers above ten times the least", ten, all, 1000);
}

static void test_a_retired_certificate_is_not_earned_any_more(void **state)
{
	const struct drawn *d = *state;
	const struct edition *ed = d->shelf.edition;
	size_t retired = 0;

	for (uint32_t i = 0; i < plain.partners; i++) {
		struct partner p;
		struct person who;
		struct term terms[TERMS_MAX];

		partner_draw(&d->p, i, &p);
		person_draw(&p, 0, &who);
		for (size_t c = 0; c < who.n_certificates; c++) {
			const struct certificate *of = &ed->certificates[who.certificates[c]];
			size_t n = person_terms(&who, c, DAY_MAX, terms);

			for (size_t k = 0; k < n; k++) {
				assert_true(terms[k].since <= terms[k].on);
				assert_true(terms[k].on < terms[k].until);
				assert_true(k == 0 || terms[k].on <= terms[k - 1].until ||
					    terms[k - 1].ends);
				assert_true(who.left == DAY_NONE || terms[k].on < who.left);
				if (of->retired_on != DAY_NONE)
					assert_true(terms[k].on < of->retired_on);
			}
			retired += of->retired_on != DAY_NONE;
		}
	}
	assert_true(retired > 20);
}

/* ---- lines on their way ------------------------------------------------------------------------------------------- */

static const struct delay_options rough = { .seed = 5, .bound = 8, .held = 500, .repeated = 5000 };

/* What came out: numbers of one byte each. */
struct arrivals {
	uint8_t at[4096];
	size_t n;
	size_t room; /* afterwards the end of the road refuses */
};

static int arrive(void *ctx, struct span line)
{
	struct arrivals *a = ctx;

	if (a->n == a->room)
		return ERR_IO;
	a->at[a->n++] = *(const uint8_t *)line.p;
	return 0;
}

static int travel(const struct alloc *a, struct arrivals *out, bool in_place)
{
	struct delay *d = NULL;
	int rc = delay_create(a, &rough, arrive, out, &d);

	for (unsigned i = 0; rc == 0 && i < 200; i++) {
		uint8_t line = (uint8_t)i;

		rc = delay_put(d, (struct span){ &line, 1 }, in_place);
	}
	if (rc == 0)
		rc = delay_flush(d);
	delay_destroy(d);
	return rc;
}

static void test_lines_are_held_and_repeated_within_the_bound(void **state)
{
	struct arrivals out = { .room = sizeof out.at };
	unsigned seen[200] = { 0 };

	(void)state;
	assert_int_equal(travel(&mem_heap, &out, false), 0);
	for (size_t i = 0; i < out.n; i++) {
		unsigned later = 0;
		bool passed[200] = { false };

		seen[out.at[i]]++;
		for (size_t k = 0; k < i; k++)
			if (out.at[k] > out.at[i] && !passed[out.at[k]]) {
				passed[out.at[k]] = true;
				later++;
			}
		assert_in_range(later, 0, rough.bound);
	}
	for (size_t i = 0; i < 200; i++)
		assert_in_range(seen[i], 1, 2);
	assert_in_range(out.n, 270, 330);
}

static void test_lines_in_place_pass_as_they_are(void **state)
{
	struct arrivals out = { .room = sizeof out.at };

	(void)state;
	assert_int_equal(travel(&mem_heap, &out, true), 0);
	assert_int_equal(out.n, 200);
	for (size_t i = 0; i < out.n; i++)
		assert_int_equal(out.at[i], i);
}

static void test_a_road_that_ends_and_memory_that_is_lacking_are_told(void **state)
{
	struct arrivals out = { .room = 20 };

	(void)state;
	assert_int_equal(travel(&mem_heap, &out, false), ERR_IO);
	assert_int_equal(out.n, 20);
	for (int left = 0, rc = ERR_NOMEM; rc == ERR_NOMEM; left++) {
		struct faulty f = { .left = left };

		out = (struct arrivals){ .room = sizeof out.at };
		rc = travel(faulty_alloc(&f), &out, false);
		assert_true(rc == 0 || rc == ERR_NOMEM);
		assert_int_equal(f.live, 0);
	}
}

static void test_no_bound_and_too_much_of_it_are_refused(void **state)
{
	struct delay_options o = rough;
	struct delay *d = NULL;

	(void)state;
	o.bound = 0;
	assert_int_equal(delay_create(&mem_heap, &o, arrive, NULL, &d), ERR_INVALID);
	o.bound = DELAY_BOUND_MAX + 1;
	assert_int_equal(delay_create(&mem_heap, &o, arrive, NULL, &d), ERR_INVALID);
	assert_null(d);
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

static const struct fault {
	const char *name, *from, *to, *says;
} faults[] = {
	{ "an unknown key of a world is named", "month_end: 55", "month_ende: 55", "month_ende" },
	{ "eleven seasons are too few", "[97, 95, 100,", "[97, 95,", "12 months" },
	{ "a range upside down is refused", "usd: {least: 250, most: 20000}",
		"usd: {least: 250, most: 20}", "below 'least'" },
	{ "a share over a hundred is refused", "leave_a_year: 12", "leave_a_year: 120", "100" },
	{ "an association that is none is refused", "kind: csp-tier-2", "kind: csp-tier-3",
		"csp-tier-3" },
	{ "a weight of nothing is refused", "weight: 12", "weight: 0", "'weight'" },
	{ "a world without markets is refused", "markets:", "marketz:", "markets" },
};

static void test_fault(void **state)
{
	const struct fault *row = *state;
	struct str text = shipped_worlds[0].text;
	const char *at = memmem(text.p, text.n, row->from, strlen(row->from));
	char *changed = malloc(text.n + strlen(row->to) + 1);
	struct world world = { .n_markets = 77 };
	struct arena keep;
	struct buf report;
	int n;

	assert_non_null(at);
	assert_non_null(changed);
	n = sprintf(changed, "%.*s%s%.*s", (int)(at - text.p), text.p, row->to,
		(int)(text.p + text.n - at - (ptrdiff_t)strlen(row->from)), at + strlen(row->from));
	arena_init(&keep, &mem_heap, 64 << 20);
	buf_init(&report, &mem_heap, 1 << 20);
	assert_int_equal(
		world_read(&keep, "w.yaml", (struct str){ changed, (size_t)n }, &report, &world),
		ERR_SYNTAX);
	assert_int_equal(world.n_markets, 77);
	assert_int_equal(buf_add(&report, "", 1), 0);
	if (strstr((char *)report.p, row->says) == NULL ||
		strstr((char *)report.p, "w.yaml:") == NULL)
		fail_msg("wanted \"%s\" in: %s", row->says, (char *)report.p);
	buf_fini(&report);
	arena_fini(&keep);
	free(changed);
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
	struct CMUnitTest others[16 + ARRAY_LEN(wrongs) + ARRAY_LEN(faults)] = {
		cmocka_unit_test_setup_teardown(
			test_a_rank_has_its_part_of_the_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_every_rank_is_given_to_one_partner, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_amounts_follow_the_seasons, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_one_customer_of_eight_leaves_in_a_year_and_some_return, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_one_in_ten_spends_ten_times_the_least, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_retired_certificate_is_not_earned_any_more, set_up, tear_down),
		cmocka_unit_test(test_lines_are_held_and_repeated_within_the_bound),
		cmocka_unit_test(test_lines_in_place_pass_as_they_are),
		cmocka_unit_test(test_a_road_that_ends_and_memory_that_is_lacking_are_told),
		cmocka_unit_test(test_no_bound_and_too_much_of_it_are_refused),
		cmocka_unit_test(test_the_seed_decides_every_byte),
		cmocka_unit_test(test_days_are_told_when_they_are_asked_for),
	};
	size_t n = 12;
	int failed = cmocka_run_group_tests(read_back, read_stream, drop_stream);

	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++)
		others[n++] = (struct CMUnitTest){ .name = wrongs[i].name,
			.test_func = test_wrong_usage,
			.initial_state = (void *)(uintptr_t)&wrongs[i] };
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		others[n++] = (struct CMUnitTest){ .name = faults[i].name,
			.test_func = test_fault,
			.initial_state = (void *)(uintptr_t)&faults[i] };
	return _cmocka_run_group_tests("population", others, n, NULL, NULL) + failed;
}
