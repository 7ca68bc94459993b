/* What populations are drawn from: sizes, seasons, stays, careers; what happens to lines on their way; faulty worlds. */
#include "tests/services/population_rig.h"

#include "common/base/err.h"
#include "services/generate/career.h"
#include "services/generate/delay.h"
#include "services/generate/shipped.h"
#include "services/shared/edition_open.h"
#include "tests/support/faulty.h"

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

/* ---- worlds -------------------------------------------------------------------------------------------------------- */

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
	struct CMUnitTest tests[16 + ARRAY_LEN(faults)] = {
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
	};
	size_t n = 10;

	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		tests[n++] = (struct CMUnitTest){ .name = faults[i].name,
			.test_func = test_fault,
			.initial_state = (void *)(uintptr_t)&faults[i] };
	return _cmocka_run_group_tests("population", tests, n, NULL, NULL);
}
