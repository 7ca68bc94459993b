/* The forecast is exact: on each coming day it says what the score is once that day has really come. Over random histories
 * of the whole programme, by each edition, and with editions that become valid on one of the days.
 *
 *   CAPSCORE_PROPERTY_ROUNDS   histories in all (150 unless given)
 *   CAPSCORE_PROPERTY_SEED     of the first; each failure prints its own
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/forecast.h"
#include "tests/support/history.h"
#include "tests/support/lab.h"

#define ARRAY_LEN(a)   (sizeof(a) / sizeof((a)[0]))
#define ROUNDS_DEFAULT 150
#define PARTNERS_MAX   64
#ifdef __SANITIZE_THREAD__
#define ROUNDS_SHARE 20
#else
#define ROUNDS_SHARE 1
#endif

static const char *const edition_ids[] = { "fy23", "2023-06", "2023-12", "2026" };
static struct edition_box *boxes[ARRAY_LEN(edition_ids)];

struct trial {
	const struct history_shape *shape;
	size_t edition;
	uint64_t seed;
	struct rng rng;
	struct engine *e;
	struct arena ar; /* of the forecasts */
	struct str partners[PARTNERS_MAX];
	struct forecast forecasts[PARTNERS_MAX];
	size_t n;
};

#define FAIL(t, ...)                                                                               \
	do {                                                                                       \
		print_error("shape \"%s\", edition %s, seed %" PRIu64 ": ", (t)->shape->name,      \
			edition_ids[(t)->edition], (t)->seed);                                     \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		fail();                                                                            \
	} while (0)

static void settle(struct trial *t)
{
	const struct partner_change *changes;
	size_t n;

	if (engine_settle(t->e, &changes, &n) != 0)
		FAIL(t, "settle failed");
}

static void pass_to(struct trial *t, day_no day)
{
	struct event ev = {
		.kind = FACT_DAY, .id = STR("d"), .source = STR("/clock"), .u.day.day = day
	};

	if (engine_apply(t->e, &ev, 0) != 0)
		FAIL(t, "a day was refused");
	settle(t);
}

static void tell(struct trial *t, const struct history *h)
{
	unsigned batch = 1 + rng_below(&t->rng, 30);

	for (size_t i = 0; i < h->n; i++) {
		if (engine_apply(t->e, &h->events[i], (uint32_t)i) != 0)
			FAIL(t, "event %zu was refused", i);
		if (i % batch == batch - 1 || i + 1 == h->n)
			settle(t);
	}
}

/* Other editions become valid on some of the coming days. */
static void add_editions(struct trial *t)
{
	for (size_t i = 0; i < ARRAY_LEN(edition_ids); i++)
		if (i != t->edition && rng_below(&t->rng, 3) == 0)
			assert_int_equal(
				engine_add_edition(t->e, edition_box_get(boxes[i]),
					engine_day(t->e) - 20 + (day_no)rng_below(&t->rng, 200)),
				0);
	settle(t);
}

static void forecast_all(struct trial *t, const struct history *h, day_no until)
{
	for (size_t i = 0; i < h->n; i++) {
		struct str id = h->events[i].subject;
		size_t k = 0;

		while (k < t->n && !str_eq(t->partners[k], id))
			k++;
		if (k < t->n || id.n == 0 || t->n == PARTNERS_MAX)
			continue;
		if (engine_forecast(t->e, id, until, &t->ar, &t->forecasts[t->n]) == 0)
			t->partners[t->n++] = id;
	}
}

static const struct forecast_part *part_on(const struct forecast *f, day_no day)
{
	size_t i = f->n_parts;

	while (i > 0 && f->parts[i - 1].from > day)
		i--;
	return i == 0 ? NULL : &f->parts[i - 1];
}

static void compare_area(struct trial *t, struct str partner, day_no day,
	const struct forecast_area *said, const struct area_score *is)
{
	char text[DAY_TEXT], a[RATIO_TEXT], b[RATIO_TEXT];

	if (said->area != is->area || said->track != is->track || said->status != is->status ||
		said->qualifies != is->qualifies || !ratio_eq(said->total, is->total))
		FAIL(t, STR_FMT " on %s, " STR_FMT ": %s %s %d, forecast %s %s %d",
			STR_ARG(partner), day_format(day, text), STR_ARG(is->area->id),
			ratio_format(is->total, a), area_status_name(is->status), is->qualifies,
			ratio_format(said->total, b), area_status_name(said->status),
			said->qualifies);
	for (size_t m = 0; m < is->n_metrics; m++)
		if (is->metrics[m].met != MET_NOT_ASKED &&
			!ratio_eq(said->points[m], is->metrics[m].points))
			FAIL(t, STR_FMT " on %s, " STR_FMT " " STR_FMT ": %s, forecast %s",
				STR_ARG(partner), day_format(day, text), STR_ARG(is->area->id),
				STR_ARG(is->metrics[m].metric->id),
				ratio_format(is->metrics[m].points, a),
				ratio_format(said->points[m], b));
}

static void compare_day(struct trial *t, day_no day)
{
	struct arena ar;

	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	for (size_t i = 0; i < t->n; i++) {
		const struct forecast_part *part = part_on(&t->forecasts[i], day);
		struct partner_score is;

		if (part == NULL)
			FAIL(t, "a forecast without a part for day %d", (int)day);
		assert_int_equal(engine_score(t->e, t->partners[i], DAY_NONE, false, &ar, &is), 0);
		if (part->edition != is.edition || part->n_areas != is.n_areas ||
			part->reference_month != is.reference_month)
			FAIL(t, STR_FMT ": another edition or month on day %d",
				STR_ARG(t->partners[i]), (int)day);
		for (size_t k = 0; k < is.n_areas; k++)
			compare_area(t, t->partners[i], day, &part->areas[k], &is.areas[k]);
	}
	arena_fini(&ar);
}

static void run_history(const struct history_shape *shape, size_t edition, uint64_t seed)
{
	struct engine_limits limits = { 1000, 1000, 100000 };
	struct trial *t = calloc(1, sizeof *t);
	struct history h;
	day_no until;

	assert_non_null(t);
	*t = (struct trial){
		.shape = shape, .edition = edition, .seed = seed, .rng = { seed ^ 0xf0ca }
	};
	arena_init(&t->ar, &mem_heap, (size_t)256 << 20);
	assert_int_equal(history_make(&h, shape, seed), 0);
	assert_int_equal(
		engine_create(&mem_heap, edition_box_get(boxes[edition]), &limits, &t->e), 0);
	assert_int_equal(engine_set_complete(t->e, rng_below(&t->rng, 4) == 0), 0);
	tell(t, &h);
	if (engine_day(t->e) != DAY_NONE && engine_day(t->e) < DAY_MAX - 1000) {
		if (rng_below(&t->rng, 2) == 0)
			add_editions(t);
		until = engine_day(t->e) + 20 + (day_no)rng_below(&t->rng, 420);
		forecast_all(t, &h, until);
		for (day_no day = engine_day(t->e); day <= until;
			day +=
			rng_below(&t->rng, 12) == 0 ? (day_no)rng_below(&t->rng, 40) + 1 : 1) {
			pass_to(t, day);
			compare_day(t, day);
		}
	}
	engine_destroy(t->e);
	arena_fini(&t->ar);
	history_fini(&h);
	free(t);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void test_each_coming_day_is_as_forecast(void **state)
{
	const struct history_shape *shape = *state;
	uint64_t rounds = number_of("CAPSCORE_PROPERTY_ROUNDS", ROUNDS_DEFAULT) / ROUNDS_SHARE /
				  (history_shape_count * ARRAY_LEN(edition_ids)) +
			  1;
	uint64_t first = number_of("CAPSCORE_PROPERTY_SEED", 20260101);

	print_message(
		"%s: seeds %" PRIu64 " to %" PRIu64 "\n", shape->name, first, first + rounds - 1);
	for (size_t e = 0; e < ARRAY_LEN(edition_ids); e++)
		for (uint64_t i = 0; i < rounds; i++)
			run_history(shape, e, first + i);
}

static int compile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(edition_ids); i++) {
		const struct shipped_edition *s = shipped_by_id(str_from(edition_ids[i]));

		if (s == NULL || compile_edition(&mem_heap, s->file, s->text, NULL, &boxes[i]) != 0)
			return -1;
	}
	return 0;
}

static int release(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(edition_ids); i++)
		edition_box_destroy(boxes[i]);
	return 0;
}

int main(void)
{
	static struct CMUnitTest tests[64];
	size_t n = 0;

	for (size_t i = 0; i < history_shape_count && n < ARRAY_LEN(tests); i++)
		tests[n++] = (struct CMUnitTest){ .name = history_shapes[i].name,
			.test_func = test_each_coming_day_is_as_forecast,
			.initial_state = (void *)(uintptr_t)&history_shapes[i] };
	return _cmocka_run_group_tests("forecast", tests, n, compile, release);
}
