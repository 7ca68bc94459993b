/* Outlooks over random histories of the whole programme:
 *
 *   - what has been told, change by change, is with every new day what an outlook made from nothing says, through
 *     corrections, late facts and snapshots;
 *   - dates are those of the forecast;
 *   - who an area stands on is found again by telling the history without that customer, or without that person.
 *
 *   CAPSCORE_PROPERTY_ROUNDS   histories in all (100 unless given)
 *   CAPSCORE_PROPERTY_SEED     of the first; each failure prints its own
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/forecast.h"
#include "rules/engine/outlook.h"
#include "tests/support/history.h"
#include "tests/support/lab.h"
#include "tests/support/score_samples.h"

#define ARRAY_LEN(a)   (sizeof(a) / sizeof((a)[0]))
#define ROUNDS_DEFAULT 100
#define PARTNERS_MAX   64
#ifdef __SANITIZE_THREAD__
#define ROUNDS_SHARE 20
#else
#define ROUNDS_SHARE 1
#endif

static const char *const edition_ids[] = { "fy23", "2023-06", "2023-12", "2026" };
static struct edition_box *boxes[ARRAY_LEN(edition_ids)];
/* Seen over all histories, so that a test that looks at nothing fails. */
static size_t seen_held, seen_coasts, seen_stands, seen_ends, seen_additions, seen_feeds;

/* What was told of an area last. */
struct told {
	bool held;
	struct area_outlook o; /* in the arena of the trial */
};
struct mirror {
	struct str partner;
	struct told areas[EDITION_AREAS_MAX];
	size_t n;
};

struct trial {
	const struct history_shape *shape;
	size_t edition;
	uint64_t seed;
	struct rng rng;
	struct history h;
	struct engine *e;
	struct arena ar; /* of what was told */
	struct mirror mirrors[PARTNERS_MAX];
	size_t n;
	bool complete;
};

#define FAIL(t, ...)                                                                               \
	do {                                                                                       \
		print_error("shape \"%s\", edition %s, seed %" PRIu64 ": ", (t)->shape->name,      \
			edition_ids[(t)->edition], (t)->seed);                                     \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		fail();                                                                            \
	} while (0)

static struct engine *new_engine(const struct trial *t, bool outlooks)
{
	struct engine_limits limits = { 1000, 1000, 100000 };
	struct engine *e = NULL;

	assert_int_equal(
		engine_create(&mem_heap, edition_box_get(boxes[t->edition]), &limits, &e), 0);
	if (outlooks)
		assert_int_equal(engine_set_outlook(e, &OUTLOOK_OPTIONS_DEFAULT), 0);
	return e;
}

/* ---- following --------------------------------------------------------------------------------------------------- */

static struct mirror *mirror_of(struct trial *t, struct str partner)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->mirrors[i].partner, partner))
			return &t->mirrors[i];
	if (t->n == PARTNERS_MAX)
		FAIL(t, "more partners than this test holds");
	t->mirrors[t->n] = (struct mirror){ .partner = partner };
	for (size_t i = 0; i < t->h.n; i++) /* of the history: engines come and go */
		if (str_eq(t->h.events[i].subject, partner))
			t->mirrors[t->n].partner = t->h.events[i].subject;
	return &t->mirrors[t->n++];
}

static struct told *told_of(struct mirror *m, struct str area)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->areas[i].o.shape->area, area))
			return &m->areas[i];
	m->areas[m->n] = (struct told){ .held = false };
	return &m->areas[m->n++];
}

static struct str copy_text(struct trial *t, struct str s)
{
	char *p = arena_alloc(&t->ar, s.n + 1);

	assert_non_null(p);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

/* Shapes belong to editions, which outlive the trial; ids and names to engines, which do not. */
static struct area_outlook copy_outlook(struct trial *t, const struct area_outlook *o)
{
	struct area_outlook c = *o;
	struct area_shape *shape = arena_alloc(&t->ar, sizeof *shape);
	struct fall *falls = arena_alloc(&t->ar, o->n_falls * sizeof *falls + 1);
	struct stand *stands = arena_alloc(&t->ar, o->n_stands * sizeof *stands + 1);
	struct addition *additions = arena_alloc(&t->ar, o->n_additions * sizeof *additions + 1);
	uint32_t *maximum = arena_alloc(&t->ar, AREA_METRICS_MAX * sizeof *maximum);
	struct str *metrics = arena_alloc(&t->ar, AREA_METRICS_MAX * sizeof *metrics);

	assert_true(shape != NULL && falls != NULL && stands != NULL && additions != NULL &&
		    maximum != NULL && metrics != NULL);
	*shape = *o->shape;
	for (size_t i = 0; i < o->shape->n_metrics; i++) {
		maximum[i] = o->shape->maximum[i];
		metrics[i] = o->shape->metrics[i];
	}
	shape->maximum = maximum;
	shape->metrics = metrics;
	c.shape = shape;
	for (size_t i = 0; i < o->n_falls; i++) {
		falls[i] = o->falls[i];
		falls[i].who = copy_text(t, o->falls[i].who);
		falls[i].what = copy_text(t, o->falls[i].what);
	}
	for (size_t i = 0; i < o->n_stands; i++) {
		stands[i] = o->stands[i];
		stands[i].id = copy_text(t, o->stands[i].id);
	}
	for (size_t i = 0; i < o->n_additions; i++) {
		additions[i] = o->additions[i];
		additions[i].what = copy_text(t, o->additions[i].what);
		assert_true(o->additions[i].amount >= 1 && o->additions[i].option >= 1);
	}
	c.falls = falls;
	c.stands = stands;
	c.additions = additions;
	seen_additions += o->n_additions;
	return c;
}

static void settle(struct trial *t)
{
	const struct partner_change *changes;
	size_t n;

	if (engine_settle(t->e, &changes, &n) != 0)
		FAIL(t, "settle failed");
	for (size_t i = 0; i < n; i++) {
		struct mirror *m = mirror_of(t, changes[i].partner);

		if (changes[i].n_areas + changes[i].n_outlooks + changes[i].n_feeds == 0)
			FAIL(t, "a change with nothing in it");
		if (i > 0 && str_cmp(changes[i - 1].partner, changes[i].partner) >= 0)
			FAIL(t, "changes are not in order of partner");
		seen_feeds += changes[i].n_feeds;
		for (size_t k = 0; k < changes[i].n_outlooks; k++) {
			const struct area_outlook *o = &changes[i].outlooks[k];
			struct area_outlook copy = copy_outlook(t, o);
			struct told *told = told_of(m, o->shape->area);

			if (told->held && o->held && area_outlook_eq(&told->o, o))
				FAIL(t, STR_FMT " " STR_FMT " is told the same again",
					STR_ARG(m->partner), STR_ARG(o->shape->area));
			*told = (struct told){ o->held, copy };
		}
	}
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

/* The dates of an outlook are those of the forecast. */
static void check_dates(
	struct trial *t, struct str partner, const struct area_outlook *o, const struct forecast *f)
{
	day_no coast = DAY_NONE, ends = DAY_NONE;

	for (size_t i = 1; i < f->n_parts; i++)
		for (size_t k = 0; k < f->parts[i].n_areas; k++) {
			const struct forecast_area *a = &f->parts[i].areas[k];
			bool held = a->status == AREA_QUALIFIED || a->status == AREA_ENROLLED ||
				    a->status == AREA_RENEWAL_DUE;

			if (!str_eq(a->area->id, o->shape->area))
				continue;
			if (coast == DAY_NONE && !a->qualifies)
				coast = f->parts[i].from;
			if (ends == DAY_NONE && !held)
				ends = f->parts[i].from;
		}
	if (o->ends_on != ends || (o->qualifies && o->coast_on != coast))
		FAIL(t, STR_FMT " " STR_FMT ": ends on %d and coasts to %d, forecast %d and %d",
			STR_ARG(partner), STR_ARG(o->shape->area), (int)o->ends_on,
			(int)o->coast_on, (int)ends, (int)coast);
	seen_coasts += o->coast_on != DAY_NONE;
	seen_ends += ends != DAY_NONE;
}

/* A date that was too far away to be seen when the outlook was made comes into sight within half of that. */
static bool was_out_of_sight(day_no told, day_no is, day_no today)
{
	return told == DAY_NONE && is != DAY_NONE && is > today + OUTLOOK_DAYS / 2;
}

static bool is_as_told(const struct area_outlook *told, const struct area_outlook *o, day_no today)
{
	struct area_outlook is = *o;
	bool hidden = false;

	if (was_out_of_sight(told->coast_on, o->coast_on, today)) {
		is.coast_on = told->coast_on;
		is.coast_total = told->coast_total;
		hidden = true;
	}
	if (was_out_of_sight(told->ends_on, o->ends_on, today)) {
		is.ends_on = told->ends_on;
		hidden = true;
	}
	if (hidden) {
		is.n_falls = told->n_falls;
		is.falls = told->falls;
		is.fall_count = told->fall_count;
	}
	return area_outlook_eq(told, &is);
}

static void print_outlook(const struct area_outlook *o)
{
	char a[RATIO_TEXT], b[RATIO_TEXT];

	print_error("  held %d qualifies %d total %s coast %d %s ends %d border %u decides %d "
		    "reached %d falls %u stands %u additions %zu\n",
		o->held, o->qualifies, ratio_format(o->total, a), (int)o->coast_on,
		ratio_format(o->coast_total, b), (int)o->ends_on, o->border, (int)o->decides_on,
		o->reached, o->fall_count, o->stand_count, o->n_additions);
}

static void check_told(struct trial *t, struct mirror *m, const struct area_outlook *all, size_t n)
{
	size_t held = 0;
	char text[DAY_TEXT];

	for (size_t i = 0; i < m->n; i++)
		held += m->areas[i].held;
	if (held != n)
		FAIL(t, STR_FMT " on %s: %zu areas were told to be held, %zu are",
			STR_ARG(m->partner), day_format(engine_day(t->e), text), held, n);
	for (size_t i = 0; i < n; i++) {
		struct told *told = told_of(m, all[i].shape->area);

		if (told->held && is_as_told(&told->o, &all[i], engine_day(t->e)))
			continue;
		print_outlook(&told->o);
		print_outlook(&all[i]);
		FAIL(t, STR_FMT " on %s: " STR_FMT " is not as it was told", STR_ARG(m->partner),
			day_format(engine_day(t->e), text), STR_ARG(all[i].shape->area));
	}
}

/* With a new day, before other facts come. */
static void look(struct trial *t)
{
	day_no today = engine_day(t->e);

	for (size_t i = 0; i < t->n; i++) {
		struct area_outlook *all = NULL;
		struct forecast f;
		struct arena ar;
		size_t n = 0;
		int rc;

		arena_init(&ar, &mem_heap, (size_t)64 << 20);
		rc = engine_outlook(t->e, t->mirrors[i].partner, &ar, &all, &n);
		assert_true(rc == 0 || rc == ERR_NOTFOUND);
		check_told(t, &t->mirrors[i], all, n);
		seen_held += n;
		if (n > 0)
			assert_int_equal(engine_forecast(t->e, t->mirrors[i].partner,
						 today + OUTLOOK_DAYS, &ar, &f),
				0);
		for (size_t k = 0; k < n; k++)
			check_dates(t, t->mirrors[i].partner, &all[k], &f);
		arena_fini(&ar);
	}
}

/* ---- without somebody -------------------------------------------------------------------------------------------- */

static bool is_of(const struct event *ev, enum stand_kind kind, struct str id)
{
	if (kind == STAND_CUSTOMER)
		return ev->kind == FACT_USAGE && str_eq(ev->u.usage.customer, id);
	switch (ev->kind) {
	case FACT_CERTIFICATION:
		return str_eq(ev->u.certification.person, id);
	case FACT_ASSESSMENT:
		return str_eq(ev->u.assessment.person, id);
	case FACT_PERSON_LINK:
		return str_eq(ev->u.person_link.person, id);
	default:
		return false;
	}
}

/* Whether the outlook says that the area stands on somebody; it lists a few and counts all. */
static const struct stand *stand_of(
	const struct area_outlook *o, enum stand_kind kind, struct str id)
{
	for (size_t i = 0; i < o->n_stands; i++)
		if (o->stands[i].kind == kind && str_eq(o->stands[i].id, id))
			return &o->stands[i];
	return NULL;
}

static void compare_without(struct trial *t, struct engine *without, struct str partner,
	enum stand_kind kind, struct str id)
{
	struct area_outlook *all = NULL;
	struct partner_score score = { 0 };
	struct arena ar;
	size_t n = 0;

	arena_init(&ar, &mem_heap, (size_t)64 << 20);
	if (engine_outlook(t->e, partner, &ar, &all, &n) != 0 ||
		engine_score(without, partner, DAY_NONE, false, &ar, &score) != 0)
		n = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < score.n_areas; k++) {
			const struct area_score *a = &score.areas[k];
			const struct stand *s = stand_of(&all[i], kind, id);

			if (!str_eq(a->area->id, all[i].shape->area) || !all[i].qualifies ||
				a->area->form != AREA_OF_METRICS || a->area->n_tracks > 1)
				continue;
			if (a->qualifies && s != NULL)
				FAIL(t, STR_FMT " " STR_FMT ": qualifies without " STR_FMT,
					STR_ARG(partner), STR_ARG(a->area->id), STR_ARG(id));
			if (!a->qualifies && s == NULL && all[i].n_stands == all[i].stand_count)
				FAIL(t, STR_FMT " " STR_FMT ": does not stand on " STR_FMT,
					STR_ARG(partner), STR_ARG(a->area->id), STR_ARG(id));
			if (s != NULL && !ratio_eq(s->total, a->total))
				FAIL(t, STR_FMT " " STR_FMT ": another total without " STR_FMT,
					STR_ARG(partner), STR_ARG(a->area->id), STR_ARG(id));
			seen_stands += s != NULL;
		}
	arena_fini(&ar);
}

/* The history again without a customer or a person, as far as it was told. In complete mode, so that the months that the
 * rules look at do not depend on whose usage there is. */
static void try_without(struct trial *t, enum stand_kind kind, struct str id)
{
	struct engine *without = new_engine(t, false);
	const struct partner_change *changes;
	size_t n;

	assert_int_equal(engine_set_complete(without, true), 0);
	for (size_t i = 0; i < t->h.n; i++)
		if (!is_of(&t->h.events[i], kind, id))
			assert_int_equal(engine_apply(without, &t->h.events[i], 0), 0);
	assert_int_equal(engine_settle(without, &changes, &n), 0);
	for (size_t i = 0; i < t->n; i++)
		compare_without(t, without, t->mirrors[i].partner, kind, id);
	engine_destroy(without);
}

static void try_some_without(struct trial *t)
{
	for (unsigned i = 0; i < 6; i++) {
		const struct event *ev = &t->h.events[rng_below(&t->rng, (unsigned)t->h.n)];

		if (ev->kind == FACT_USAGE)
			try_without(t, STAND_CUSTOMER, ev->u.usage.customer);
		else if (ev->kind == FACT_CERTIFICATION)
			try_without(t, STAND_PERSON, ev->u.certification.person);
	}
}

/* ---- a history --------------------------------------------------------------------------------------------------- */

#define BLOBS_MAX 64

struct blobs {
	struct arena ar;
	struct span all[BLOBS_MAX];
	size_t n, at;
};

static int put_blob(void *ctx, struct span blob)
{
	struct blobs *b = ctx;
	void *copy = arena_alloc(&b->ar, blob.n);

	assert_true(copy != NULL && b->n < BLOBS_MAX);
	memcpy(copy, blob.p, blob.n);
	b->all[b->n++] = (struct span){ copy, blob.n };
	return 0;
}

static int get_blob(void *ctx, struct span *ret_blob)
{
	struct blobs *b = ctx;

	*ret_blob = b->at < b->n ? b->all[b->at++] : (struct span){ NULL, 0 };
	return 0;
}

static void save_and_load(struct trial *t)
{
	struct blobs *b = calloc(1, sizeof *b);
	struct err err = { .code = 0 };

	assert_non_null(b);
	arena_init(&b->ar, &mem_heap, (size_t)64 << 20);
	if (engine_save(t->e, put_blob, b) != 0)
		FAIL(t, "saving failed");
	engine_destroy(t->e);
	t->e = new_engine(t, true);
	if (engine_load(t->e, get_blob, b, &err) != 0)
		FAIL(t, "loading failed: %s", err.text);
	assert_int_equal(engine_set_complete(t->e, t->complete), 0);
	arena_fini(&b->ar);
	free(b);
}

static void pass_to(struct trial *t, day_no day)
{
	struct event ev = {
		.kind = FACT_DAY, .id = STR("d"), .source = STR("/clock"), .u.day.day = day
	};

	if (engine_apply(t->e, &ev, 0) != 0)
		FAIL(t, "a day was refused");
	settle(t);
	look(t);
}

static void tell(struct trial *t)
{
	unsigned batch = 1 + rng_below(&t->rng, 30), save_at = rng_below(&t->rng, (unsigned)t->h.n);

	for (size_t i = 0; i < t->h.n; i++) {
		day_no before = engine_day(t->e);

		if (engine_apply(t->e, &t->h.events[i], (uint32_t)i) != 0)
			FAIL(t, "event %zu was refused", i);
		if (engine_day(t->e) != before || i % batch == batch - 1 || i + 1 == t->h.n ||
			i == save_at)
			settle(t);
		if (engine_day(t->e) != before)
			look(t);
		if (i == save_at)
			save_and_load(t);
	}
}

static void run_history(const struct history_shape *shape, size_t edition, uint64_t seed)
{
	struct trial *t = calloc(1, sizeof *t);

	assert_non_null(t);
	*t = (struct trial){
		.shape = shape, .edition = edition, .seed = seed, .rng = { seed ^ 0x0071 }
	};
	arena_init(&t->ar, &mem_heap, (size_t)256 << 20);
	assert_int_equal(history_make(&t->h, shape, seed), 0);
	t->e = new_engine(t, true);
	t->complete = rng_below(&t->rng, 2) == 0;
	assert_int_equal(engine_set_complete(t->e, t->complete), 0);
	tell(t);
	if (engine_day(t->e) != DAY_NONE && engine_day(t->e) < DAY_MAX - 1000) {
		if (t->complete)
			try_some_without(t);
		for (unsigned i = 0; i < 30; i++)
			pass_to(t, engine_day(t->e) + 1 + (day_no)rng_below(&t->rng, 12));
	}
	engine_destroy(t->e);
	arena_fini(&t->ar);
	history_fini(&t->h);
	free(t);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void test_what_was_told_is_what_there_is(void **state)
{
	const struct history_shape *shape = *state;
	uint64_t rounds = number_of("CAPSCORE_PROPERTY_ROUNDS", ROUNDS_DEFAULT) / ROUNDS_SHARE /
				  (history_shape_count * ARRAY_LEN(edition_ids)) +
			  1;
	uint64_t first = number_of("CAPSCORE_PROPERTY_SEED", 20260202);

	print_message(
		"%s: seeds %" PRIu64 " to %" PRIu64 "\n", shape->name, first, first + rounds - 1);
	for (size_t e = 0; e < ARRAY_LEN(edition_ids); e++)
		for (uint64_t i = 0; i < rounds; i++)
			run_history(shape, e, first + i);
}

static void test_histories_had_something_to_look_at(void **state)
{
	(void)state;
	print_message("%zu held, %zu coasts, %zu ends, %zu stands, %zu additions, %zu feeds\n",
		seen_held, seen_coasts, seen_ends, seen_stands, seen_additions, seen_feeds);
	assert_true(seen_held > 100 && seen_coasts > 10 && seen_ends > 10 && seen_stands > 3 &&
		    seen_additions > 10 && seen_feeds > 10);
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

	for (size_t i = 0; i < history_shape_count && n + 1 < ARRAY_LEN(tests); i++)
		tests[n++] = (struct CMUnitTest){ .name = history_shapes[i].name,
			.test_func = test_what_was_told_is_what_there_is,
			.initial_state = (void *)(uintptr_t)&history_shapes[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_histories_had_something_to_look_at);
	return _cmocka_run_group_tests("outlook", tests, n, compile, release);
}
