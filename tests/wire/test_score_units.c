/* Score changes are cut into units of the score log so that each encoded unit fits the frames that carry it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/wire/wire.h"
#include "services/scoring/scoring_core.h"

#define CHANGES 600

/* An edition of the widest kind, and points that take the most bytes. */
static struct {
	struct area_shape shapes[64];
	struct str metrics[AREA_METRICS_MAX];
	uint32_t maximum[AREA_METRICS_MAX];
	struct ratio points[AREA_METRICS_MAX];
	struct area_change areas[64];
	struct cause causes[CAUSES_MAX];
	struct score_change changes[CHANGES];
	char text[EVENT_SOURCE_MAX], ids[64][24], partners[CHANGES][24];
} world;

static struct score_batch batch_of(size_t n, size_t n_areas, size_t n_causes)
{
	memset(world.text, 'x', sizeof world.text);
	for (size_t m = 0; m < AREA_METRICS_MAX; m++) {
		world.metrics[m] = (struct str){ world.text, sizeof world.text - m };
		world.points[m] = (struct ratio){ ((int128)1 << 120) + 1, 1 };
	}
	for (size_t i = 0; i < n_areas; i++) {
		(void)snprintf(world.ids[i], sizeof world.ids[i], "a%zu", i);
		world.shapes[i] = (struct area_shape){ .area = str_from(world.ids[i]),
			.edition = STR("e"),
			.n_metrics = AREA_METRICS_MAX,
			.metrics = world.metrics,
			.maximum = world.maximum };
		world.areas[i] = (struct area_change){ &world.shapes[i], world.points, world.points,
			AREA_UNKNOWN, AREA_QUALIFIED, STR("") };
	}
	for (size_t i = 0; i < n_causes; i++)
		world.causes[i] = (struct cause){ UINT64_MAX, { world.text, EVENT_ID_MAX },
			{ world.text, EVENT_SOURCE_MAX } };
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(world.partners[i], sizeof world.partners[i], "%zu", i);
		world.changes[i] = (struct score_change){ .partner = str_from(world.partners[i]),
			.n_areas = n_areas,
			.areas = world.areas,
			.n_causes = n_causes,
			.causes = world.causes,
			.cause_count = UINT32_MAX };
	}
	return (struct score_batch){ n, world.changes, UINT64_MAX, 19538, false };
}

static size_t units_of(const struct score_batch *batch)
{
	size_t units = 0;
	struct buf unit;

	buf_init(&unit, &mem_heap, WIRE_BODY_MAX);
	for (size_t at = 0, n; at < batch->n_changes; at += n, units++) {
		struct score_batch part = *batch;

		n = scoring_unit_changes(batch, at);
		assert_true(n >= 1 && n <= batch->n_changes - at);
		part.changes += at;
		part.n_changes = n;
		buf_reset(&unit);
		assert_int_equal(wire_encode_scores(&part, &unit), 0);
	}
	buf_fini(&unit);
	return units;
}

static void test_a_few_small_changes_are_one_unit(void **state)
{
	struct score_batch b = batch_of(300, 1, 1);

	(void)state;
	assert_int_equal(units_of(&b), 1);
	assert_int_equal(scoring_unit_changes(&b, 299), 1);
	assert_int_equal(scoring_unit_changes(&b, 300), 0);
}

static void test_a_unit_has_a_bound_in_changes(void **state)
{
	struct score_batch b = batch_of(CHANGES, 1, 1);

	(void)state;
	assert_int_equal(scoring_unit_changes(&b, 0), SCORING_UNIT_CHANGES_MAX);
	assert_int_equal(units_of(&b), 2);
}

static void test_the_widest_changes_fit_whatever_their_points(void **state)
{
	struct score_batch b = batch_of(CHANGES, 64, CAUSES_MAX);

	(void)state;
	assert_true(units_of(&b) > 2);
}

/* Nearly all of what a unit may hold of each kind at once. */
static void test_the_fullest_unit_fits(void **state)
{
	struct score_batch b = batch_of(SCORING_UNIT_CHANGES_MAX, 2, CAUSES_MAX);

	(void)state;
	assert_int_equal(units_of(&b), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_few_small_changes_are_one_unit),
		cmocka_unit_test(test_a_unit_has_a_bound_in_changes),
		cmocka_unit_test(test_the_widest_changes_fit_whatever_their_points),
		cmocka_unit_test(test_the_fullest_unit_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
