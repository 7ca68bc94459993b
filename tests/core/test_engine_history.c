/* How facts replace each other, in whatever order they arrive: the greatest (recorded, source, id) of a key stands,
 * a retraction leaves nothing, and the state is the same for every order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/support/edition_azure.h"
#include "tests/support/lab.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct lab lab;

static int setup(void **state)
{
	(void)state;
	lab_open(&lab, &edition_azure);
	lab_tell(&lab, "day 2023-07-25");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

static void assert_points(const char *partner, size_t area, size_t metric, const char *want)
{
	char got[RATIO_TEXT];

	assert_string_equal(ratio_format(lab_points(&lab, partner, area, metric), got), want);
}

static uint64_t stale(void)
{
	struct engine_stats s;

	engine_stats_get(lab.e, &s);
	return s.stale;
}

static void test_restated_month_replaces_the_old_value(void **state)
{
	(void)state;
	lab_tell(&lab, "usage P C1 SQL 2023-06 1000");
	assert_points("P", AREA_INFRA, METRIC_ADDS, "10");
	lab_tell(&lab, "usage P C1 SQL 2023-06 900");
	assert_points("P", AREA_INFRA, METRIC_ADDS, "0");
	assert_points("P", AREA_INFRA, METRIC_PRODUCTS, "2");
	lab_tell(&lab, "usage P C1 SQL 2023-06 0");
	assert_points("P", AREA_INFRA, METRIC_PRODUCTS, "0");
	assert_int_equal(stale(), 0);
}

/* Only what lies under the very same key is replaced. */
static void test_each_finer_text_is_part_of_the_key(void **state)
{
	struct engine_stats s;
	struct event ev;

	(void)state;
	lab_tell(&lab, "usage P C1 SQL 2023-06 400");
	for (size_t i = 0; i < 5; i++)
		for (int64_t dollars = 1; dollars <= 120; dollars += 119) {
			struct str *finer[5];

			ev = usage("P", "C1", "SQL", "2023-06", USD(dollars));
			finer[0] = &ev.u.usage.level1;
			finer[1] = &ev.u.usage.group2;
			finer[2] = &ev.u.usage.group3;
			finer[3] = &ev.u.usage.influencer;
			finer[4] = &ev.u.usage.compute_os;
			*finer[i] = STR("SQL");
			lab_apply(&lab, &ev);
		}
	engine_stats_get(lab.e, &s);
	assert_int_equal(s.usage_rows, 6);
	assert_points("P", AREA_INFRA, METRIC_ADDS, "10"); /* 400 and five times 120 */
	ev.retracted = true;
	ev.recorded++;
	lab_apply(&lab, &ev);
	assert_points("P", AREA_INFRA, METRIC_ADDS, "0");
	assert_int_equal(stale(), 0);
}

static void test_retraction_leaves_no_value_until_a_later_fact(void **state)
{
	struct event ev;

	(void)state;
	lab_tell(&lab, "usage P C1 SQL 2023-06 1000; !usage P C1 SQL 2023-06 0");
	assert_points("P", AREA_INFRA, METRIC_ADDS, "0");
	/* Recorded before the retraction, arriving after it. */
	ev = later(usage("P", "C1", "SQL", "2023-06", USD(5000)), 1, "late");
	lab_apply(&lab, &ev);
	assert_points("P", AREA_INFRA, METRIC_ADDS, "0");
	assert_int_equal(stale(), 1);
	lab_tell(&lab, "usage P C1 SQL 2023-06 2000");
	assert_points("P", AREA_INFRA, METRIC_ADDS, "10");
}

static void test_repeat_is_stale(void **state)
{
	static const char *const facts[] = { "usage P C1 SQL 2023-06 1000", "reported P 2023-06",
		"cert P A AZ-104", "assess P A AZ-104 2023-01-01", "link P A" };

	(void)state;
	for (size_t i = 0; i < COUNT(facts); i++) {
		const char *text = facts[i];
		struct lab_words words;
		struct event ev;

		assert_true(lab_next(&text, &words, &ev));
		lab_apply(&lab, &ev);
		assert_int_equal(stale(), i);
		lab_apply(&lab, &ev);
		assert_int_equal(stale(), i + 1);
	}
}

struct tie {
	const char *name;
	const char *source[2], *id[2];
	unsigned second[2];
	size_t stands;
};

static const struct tie ties[] = {
	{ "the later recorded stands", { "//a", "//a" }, { "z", "a" }, { 1, 2 }, 1 },
	{ "at the same time the greater source stands", { "//b", "//a" }, { "a", "z" }, { 5, 5 },
		0 },
	{ "of two sources the longer stands when the shorter begins it", { "//a", "//a/b" },
		{ "z", "a" }, { 5, 5 }, 1 },
	{ "of one source the greater id stands", { "//a", "//a" }, { "a1", "a2" }, { 5, 5 }, 1 },
	{ "ids compare as texts, not as numbers", { "//a", "//a" }, { "10", "9" }, { 5, 5 }, 1 },
	{ "a packed UUID compares as its text", { "//a", "//a" },
		{ "ffffffff-0000-4000-8000-000000000000", "g" }, { 5, 5 }, 1 },
	{ "two packed UUIDs compare as their texts", { "//a", "//a" },
		{ "0a000000-0000-4000-8000-000000000000", "09000000-0000-4000-8000-000000000001" },
		{ 5, 5 }, 0 },
	{ "upper case is no packed UUID and comes before", { "//a", "//a" },
		{ "0A000000-0000-4000-8000-000000000000", "0a000000-0000-4000-8000-000000000000" },
		{ 5, 5 }, 1 },
	{ "a UUID without dashes is another text", { "//a", "//a" },
		{ "0a000000000040008000000000000000", "0a000000-0000-4000-8000-000000000000" },
		{ 5, 5 }, 0 },
	{ "a long id compares as its text", { "//a", "//a" },
		{ "export-2023-06-row-000000000000000000000001",
			"export-2023-06-row-000000000000000000000002" },
		{ 5, 5 }, 1 },
	{ "a long id and a short one", { "//a", "//a" },
		{ "export-2023-06-row-000000000000000000000001", "export" }, { 5, 5 }, 0 },
	{ "sixteen bytes and seventeen", { "//a", "//a" },
		{ "0123456789abcdef", "0123456789abcdef0" }, { 5, 5 }, 1 },
};

/* Both orders of arrival of both rows; once more each as a repeat. */
static void test_tie(void **state)
{
	const struct tie *t = *state;

	for (size_t first = 0; first < 2; first++) {
		lab_open(&lab, &edition_azure);
		lab_tell(&lab, "day 2023-07-25");
		for (size_t n = 0; n < 4; n++) {
			size_t i = (first + n) % 2;
			struct event ev = later(
				usage("P", "C1", "SQL", "2023-06", i == t->stands ? USD(1000) : 1),
				t->second[i], t->id[i]);
			struct event link = later(
				person_link("P", "A", i == t->stands), t->second[i], t->id[i]);

			ev.source = link.source = str_from(t->source[i]);
			lab_apply(&lab, &ev);
			lab_apply(&lab, &link);
		}
		assert_points("P", AREA_INFRA, METRIC_ADDS, "10");
		lab_tell(&lab, "cert Q A AZ-104; cert Q B AZ-104; link P B; cert P B AZ-700");
		assert_points("P", AREA_INFRA, METRIC_INTERMEDIATE, "4");
		lab_close(&lab);
	}
}

/* ---- orders ---------------------------------------------------------------------------------------------------- */

static uint64_t seed;

static uint32_t pick(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 32) * n >> 32);
}

#define HISTORY 400

static struct event history[HISTORY];

static void make_history(void)
{
	static const char *const partners[] = { "P", "Q", "R" };
	static const char *const customers[] = { "C1", "C2", "C3", "C4" };
	static const char *const names[] = { "SQL", "Storage", "Virtual Machines", "Arc" };
	static const char *const months[] = { "2022-04", "2022-05", "2022-06", "2023-04", "2023-05",
		"2023-06", "2023-07" };
	static const char *const people[] = { "A", "B", "C", "D" };
	static const char *const codes[] = { "AZ-104",
		"Microsoft Certified: Azure Administrator Associate", "AZ-700", "AZ-800", "AZ-801",
		"AZ-305", "AZ-600", "no such certificate" };
	static const char *const days[] = { "2022-01-01", "2023-06-01", "2023-07-24", "2023-07-26",
		"2024-01-01" };

	facts_restart();
	for (size_t i = 0; i < HISTORY; i++) {
		const char *p = partners[pick(3)], *who = people[pick(4)];
		struct event ev;

		switch (pick(10)) {
		case 0:
			ev = reported(p, months[pick(7)]);
			break;
		case 1:
			ev = person_link(p, who, pick(2) == 0);
			break;
		case 2:
			ev = revoked(p, who, codes[pick(8)], days[pick(5)]);
			break;
		case 3:
		case 4:
			ev = cert_span(p, who, codes[pick(8)], days[pick(5)], days[pick(5)]);
			break;
		case 5:
			ev = assessment(p, who, codes[pick(8)], days[pick(5)]);
			break;
		default:
			ev = usage(p, customers[pick(4)], names[pick(4)], months[pick(7)],
				USD(pick(2000)) - USD(200));
			ev.u.usage.duplicate = pick(10) == 0;
			ev.u.usage.group2 = pick(10) == 0 ? STR("IaaS") : STR("");
			ev.u.usage.compute_os = pick(10) == 0 ? STR("Linux") : STR("");
			ev.u.usage.offer = pick(10) == 0 ? OFFER_TRIAL : OFFER_PAID;
			ev.u.usage.association = pick(5) == 0 ? ASSOC_CPOR : ASSOC_CSP_TIER_1;
			break;
		}
		ev.retracted = pick(6) == 0;
		ev.recorded = recorded_at(pick(HISTORY / 2));
		history[i] = ev;
	}
	history[HISTORY / 2] = on_day("2023-07-19");
	history[HISTORY / 2 + 1] = on_day("2023-07-25");
}

static void shuffle(void)
{
	for (uint32_t i = HISTORY - 1; i > 0; i--) {
		uint32_t k = pick(i + 1);
		struct event ev = history[i];

		history[i] = history[k];
		history[k] = ev;
	}
}

/* Applies the history, settling after a random number of events, some events twice. */
static uint64_t run_history(const char *scores[3], char texts[3][RATIO_TEXT])
{
	uint64_t digest;

	lab_open(&lab, &edition_azure);
	for (size_t i = 0; i < HISTORY; i++) {
		lab_apply(&lab, &history[i]);
		if (pick(8) == 0)
			lab_apply(&lab, &history[pick((uint32_t)i + 1)]);
		if (pick(8) == 0)
			lab_settle(&lab);
	}
	lab_settle(&lab);
	digest = engine_digest(lab.e);
	for (size_t i = 0; i < 3; i++) {
		static const char *const partners[] = { "P", "Q", "R" };

		scores[i] = ratio_format(
			lab_score(&lab, partners[i], NULL).areas[AREA_INFRA].total, texts[i]);
	}
	lab_close(&lab);
	return digest;
}

static void test_every_order_of_arrival_gives_the_same_state(void **state)
{
	const char *first[3], *again[3];
	char first_text[3][RATIO_TEXT], again_text[3][RATIO_TEXT];

	(void)state;
	for (uint64_t s = 1; s <= 60; s++) {
		uint64_t digest;

		seed = s * 0x9e3779b97f4a7c15ULL;
		make_history();
		digest = run_history(first, first_text);
		for (int n = 0; n < 4; n++) {
			shuffle();
			if (run_history(again, again_text) != digest)
				fail_msg("seed %u: another order, another digest", (unsigned)s);
			for (size_t i = 0; i < 3; i++)
				assert_string_equal(first[i], again[i]);
		}
	}
}

/* What settles reported, added up, is what the score says: before is always the after of the time before. */
static size_t area_of(const struct area_shape *shape)
{
	size_t i = 0;

	while (engine_shape(lab.e, i, 0) != shape)
		i++;
	return i;
}

static void test_reported_changes_add_up_to_the_score(void **state)
{
	struct ratio last[3][3][AREA_METRICS_MAX];
	enum area_status status[3][3];

	(void)state;
	for (uint64_t s = 1; s <= 40; s++) {
		memset(status, 0, sizeof status);
		for (size_t i = 0; i < 9; i++)
			for (size_t m = 0; m < AREA_METRICS_MAX; m++)
				last[i / 3][i % 3][m] = RATIO_ZERO;
		seed = s * 0x2545f4914f6cdd1dULL;
		make_history();
		lab_open(&lab, &edition_azure);
		for (size_t n = 0; n < HISTORY; n++) {
			lab_apply(&lab, &history[n]);
			if (n + 1 < HISTORY && pick(4) != 0)
				continue;
			lab_settle(&lab);
			for (size_t i = 0; i < lab.n_changes; i++) {
				const struct partner_change *c = &lab.changes[i];
				size_t p = (size_t)(c->partner.p[0] - 'P');

				assert_true(i == 0 ||
					    str_cmp(lab.changes[i - 1].partner, c->partner) < 0);
				for (size_t a = 0; a < c->n_areas; a++) {
					size_t area = area_of(c->areas[a].shape);
					bool differs = c->areas[a].status_before == AREA_UNKNOWN;

					assert_int_equal(
						c->areas[a].status_before, status[p][area]);
					status[p][area] = c->areas[a].status_after;
					for (size_t m = 0; m < c->areas[a].shape->n_metrics; m++) {
						assert_true(ratio_eq(
							c->areas[a].before[m], last[p][area][m]));
						differs =
							differs || !ratio_eq(c->areas[a].before[m],
									   c->areas[a].after[m]);
						last[p][area][m] = c->areas[a].after[m];
					}
					assert_true(differs);
				}
			}
		}
		for (size_t p = 0; p < 3; p++) {
			struct partner_score score =
				lab_score(&lab, (const char *[]){ "P", "Q", "R" }[p], NULL);

			for (size_t a = 0; a < 3; a++) {
				assert_int_equal(score.areas[a].status, status[p][a]);
				for (size_t m = 0; m < score.areas[a].n_metrics; m++)
					assert_true(ratio_eq(
						score.areas[a].metrics[m].points, last[p][a][m]));
			}
		}
		lab_close(&lab);
	}
}

/* A question about another day answers what an engine on that day would. */
static void test_as_of_equals_the_engine_of_that_day(void **state)
{
	static const char *const days[] = { "2023-06-19", "2023-07-19", "2023-07-20", "2023-07-24",
		"2023-08-01", "2023-08-20", "2024-01-01", "2024-08-01" };

	(void)state;
	for (uint64_t s = 1; s <= 30; s++) {
		struct lab other;

		seed = s * 0xd1342543de82ef95ULL;
		make_history();
		lab_open(&lab, &edition_azure);
		for (size_t i = 0; i < HISTORY; i++)
			lab_apply(&lab, &history[i]);
		for (size_t d = 0; d < COUNT(days); d++) {
			lab_open(&other, &edition_azure);
			for (size_t i = 0; i < HISTORY; i++)
				if (history[i].kind != FACT_DAY)
					lab_apply(&other, &history[i]);
			lab_settle(&other);
			{
				struct event ev = on_day(days[d]);

				lab_apply(&other, &ev);
			}
			lab_settle(&other);
			for (size_t p = 0; p < 3; p++) {
				const char *name = (const char *[]){ "P", "Q", "R" }[p];
				struct partner_score a = lab_score(&lab, name, days[d]),
						     b = lab_score(&other, name, NULL);

				assert_int_equal(a.reference_month, b.reference_month);
				for (size_t i = 0; i < 3; i++)
					for (size_t m = 0; m < a.areas[i].n_metrics; m++)
						if (!ratio_eq(a.areas[i].metrics[m].points,
							    b.areas[i].metrics[m].points))
							fail_msg(
								"seed %u day %s partner %s area %zu metric %zu",
								(unsigned)s, days[d], name, i, m);
			}
			lab_close(&other);
		}
		lab_close(&lab);
	}
}

/* Many at once, in pieces of any size, says and keeps the same as one by one. */
static void test_all_at_once_equals_one_by_one(void **state)
{
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;

	(void)state;
	for (uint64_t s = 1; s <= 60; s++) {
		struct engine *other;

		seed = s * 0xbf58476d1ce4e5b9ULL;
		make_history();
		lab_open(&lab, &edition_azure);
		assert_int_equal(engine_create(&mem_heap, &edition_azure, &limits, &other), 0);
		for (size_t at = 0; at < HISTORY;) {
			size_t n = pick(3) == 0 ? pick(3) : pick(60);
			const struct partner_change *changes;
			size_t n_changes;

			n = n < HISTORY - at ? n : HISTORY - at;
			assert_int_equal(engine_apply_all(other, history + at, n, (uint32_t)at), 0);
			for (size_t end = at + n; at < end; at++)
				lab_apply(&lab, &history[at]);
			if (pick(2) == 0)
				continue;
			lab_settle(&lab);
			assert_int_equal(engine_settle(other, &changes, &n_changes), 0);
			assert_int_equal(n_changes, lab.n_changes);
			for (size_t i = 0; i < n_changes; i++) {
				assert_true(str_eq(changes[i].partner, lab.changes[i].partner));
				assert_int_equal(changes[i].n_areas, lab.changes[i].n_areas);
				assert_int_equal(
					changes[i].cause_count, lab.changes[i].cause_count);
				assert_memory_equal(changes[i].causes, lab.changes[i].causes,
					changes[i].n_causes * sizeof(uint32_t));
			}
			assert_true(engine_digest(other) == engine_digest(lab.e));
		}
		engine_destroy(other);
		lab_close(&lab);
	}
}

/* The partner that says the newest has the person; when it takes that back, the one before it has again. */
static void test_withdrawing_the_newest_gives_the_person_back(void **state)
{
	static const char *const partners[] = { "P", "Q", "R" };
	static const struct step {
		const char *facts;
		int owner; /* in partners[], -1: nobody */
	} steps[] = {
		{ "cert P A AZ-104; day 2023-07-25", 0 },
		{ "cert Q A AZ-104", 1 },
		{ "cert R A AZ-104", 2 },
		{ "!cert Q A AZ-104", 2 },
		{ "!cert R A AZ-104", 0 },
		{ "cert Q A AZ-104", 1 },
		{ "link R A", 2 },
		{ "link P A", 0 },
		{ "unlink P A", 2 },
		{ "link Q A; link P A", 0 },
		{ "!link P A", 1 },
		{ "unlink Q A", 2 },
		{ "unlink R A", -1 },
		{ "!link R A; !link Q A", 1 },
	};

	(void)state;
	/* Each partner lacks a second administrator, and then has points. */
	lab_tell(&lab, "cert P K AZ-104; cert P K AZ-700; cert Q L AZ-104; cert Q L AZ-700; "
		       "cert R M AZ-104; cert R M AZ-700");
	for (size_t i = 0; i < COUNT(steps); i++) {
		lab_tell(&lab, steps[i].facts);
		lab_settle(&lab);
		for (int k = 0; k < 3; k++) {
			struct ratio points =
				lab_points(&lab, partners[k], AREA_INFRA, METRIC_INTERMEDIATE);

			assert_int_equal(ratio_is_zero(points), k != steps[i].owner);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test_setup_teardown(
			test_restated_month_replaces_the_old_value, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_each_finer_text_is_part_of_the_key, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_retraction_leaves_no_value_until_a_later_fact, setup, teardown),
		cmocka_unit_test_setup_teardown(test_repeat_is_stale, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_withdrawing_the_newest_gives_the_person_back, setup, teardown),
		cmocka_unit_test(test_every_order_of_arrival_gives_the_same_state),
		cmocka_unit_test(test_reported_changes_add_up_to_the_score),
		cmocka_unit_test(test_as_of_equals_the_engine_of_that_day),
		cmocka_unit_test(test_all_at_once_equals_one_by_one),
	};
	struct CMUnitTest tests[COUNT(fixed) + COUNT(ties)];
	size_t n = 0;

	memcpy(tests, fixed, sizeof fixed);
	n = COUNT(fixed);
	for (size_t i = 0; i < COUNT(ties); i++)
		tests[n++] = (struct CMUnitTest){ .name = ties[i].name,
			.test_func = test_tie,
			.initial_state = (void *)(uintptr_t)&ties[i] };
	return _cmocka_run_group_tests("engine: history", tests, n, NULL, NULL);
}
