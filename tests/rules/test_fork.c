/* What a fork says after some events is what the engine says once they have really happened, byte for byte: scores with
 * all explanations, on that day and on others, by the edition of the day and by another one, and what is told as changed.
 * And a fork leaves the engine as it was.
 *
 *   CAPSCORE_PROPERTY_ROUNDS   histories in all (60 unless given)
 *   CAPSCORE_PROPERTY_ONLY     tests whose name holds this
 *   CAPSCORE_PROPERTY_SEED     of the first; each failure prints its own
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/fork.h"
#include "tests/support/facts.h"
#include "tests/support/faulty.h"
#include "tests/support/history.h"
#include "tests/support/score_text.h"

#define ROUNDS_DEFAULT 60
#define EDITIONS_SHIP  8
#define TRIALS_MAX     128
#define TEXT_MAX       ((size_t)16 << 20)
#define FACTS_MAX      ((size_t)1 << 20)
#ifdef __SANITIZE_THREAD__
#define ONE_THREAD_IS_SLOW true
#else
#define ONE_THREAD_IS_SLOW false
#endif

static struct edition_box *boxes[EDITIONS_SHIP];
static size_t n_boxes;

/* ---- one history ------------------------------------------------------------------------------------------------- */

struct trial {
	const struct history_shape *shape;
	uint64_t seed;
	struct rng rng;
	struct engine *live;
	struct history h;
	size_t at; /* events that the live engine has */
};

#define FAIL(t, ...)                                                                               \
	do {                                                                                       \
		print_error("shape \"%s\", year %d, seed %" PRIu64 ", after event %zu: ",          \
			(t)->shape->name, (t)->shape->year, (t)->seed, (t)->at);                   \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		fail();                                                                            \
	} while (0)

static struct engine *new_engine(const struct alloc *a)
{
	struct engine_limits limits = { 1000, 1000, 100000 };
	struct engine *e = NULL;

	if (engine_create(a, edition_box_get(boxes[0]), &limits, &e) != 0)
		return NULL;
	for (size_t i = 1; i < n_boxes; i++) {
		const struct edition *ed = edition_box_get(boxes[i]);

		assert_int_equal(engine_add_edition(e, ed, ed->valid_from), 0);
	}
	return e;
}

static void settle(struct trial *t, struct engine *e, struct str partner, struct buf *out)
{
	const struct partner_change *changes;
	size_t n;

	if (engine_settle(e, &changes, &n) != 0)
		FAIL(t, "settle failed");
	for (size_t i = 0; out != NULL && i < n; i++)
		if (str_eq(changes[i].partner, partner))
			assert_int_equal(change_text(&changes[i], out), 0);
}

/* The score on a day, or that there is none. book: NULL for the edition of the day. */
static void write_score(struct trial *t, struct engine *e, struct rulebook *book,
	struct str partner, day_no day, struct buf *out)
{
	struct partner_score s;
	struct arena ar;
	int rc;

	arena_init(&ar, &mem_heap, SIZE_MAX);
	rc = book == NULL ? engine_score(e, partner, day, true, &ar, &s)
			  : engine_score_by(e, book, partner, day, true, &ar, &s);
	if (rc == ERR_NOTFOUND)
		assert_int_equal(buf_add(out, "none\n", 5), 0);
	else if (rc != 0 || score_text(&s, out) != 0)
		FAIL(t, "no score");
	arena_fini(&ar);
}

/* Whatever is asked of an engine: today, some days before and after, and by another edition. */
static void write_all(
	struct trial *t, struct engine *e, struct str partner, size_t other, struct buf *out)
{
	struct rulebook *book;
	day_no today = engine_day(e);

	write_score(t, e, NULL, partner, DAY_NONE, out);
	if (today != DAY_NONE) {
		write_score(t, e, NULL, partner, today - 40, out);
		write_score(t, e, NULL, partner, today + 75, out);
	}
	assert_int_equal(engine_book_create(e, edition_box_get(boxes[other]), &book), 0);
	write_score(t, e, book, partner, DAY_NONE, out);
	engine_book_destroy(e, book);
}

static void apply(struct trial *t, struct engine *e, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (engine_apply(e, &events[i], (uint32_t)i) != 0)
			FAIL(t, "the engine refused an event");
}

static void fork_and_write(struct trial *t, struct str partner, const struct event *events,
	size_t n, size_t other, struct buf *out)
{
	struct fork_request r = { partner, events, n, FACTS_MAX, { "", 0 } };
	uint64_t before = engine_digest(t->live);
	struct engine *fork;

	if (engine_fork(t->live, &mem_heap, &r, &fork) != 0)
		FAIL(t, "no fork");
	write_all(t, fork, partner, other, out);
	apply(t, fork, events, n);
	settle(t, fork, partner, out);
	write_all(t, fork, partner, other, out);
	engine_destroy(fork);
	if (engine_digest(t->live) != before)
		FAIL(t, "the fork changed what it came from");
}

static void show_difference(
	struct trial *t, struct str partner, const struct buf *want, const struct buf *is)
{
	size_t at = 0, line = 0;

	while (at < want->n && at < is->n && want->p[at] == is->p[at]) {
		at++;
		if (want->p[at - 1] == '\n')
			line = at;
	}
	FAIL(t, "fork of " STR_FMT "\n  live: %.300s\n  fork: %.300s", STR_ARG(partner),
		want->n > line ? (const char *)want->p + line : "(end)",
		is->n > line ? (const char *)is->p + line : "(end)");
}

#define PARTNERS_MAX 40

/* The partners that facts speak of, and one that nobody speaks of. */
static size_t partners_of(const struct trial *t, struct str *ret)
{
	size_t n = 0;

	ret[n++] = STR("nobody");
	for (size_t i = 0; i < t->h.n && n < PARTNERS_MAX; i++) {
		struct str id = t->h.events[i].subject;
		size_t k = 0;

		while (k < n && !str_eq(ret[k], id))
			k++;
		if (k == n && id.n > 0)
			ret[n++] = id;
	}
	return n;
}

/* Forks for each partner, then the events really happen, and each is as its fork said. */
static void step(struct trial *t, size_t n)
{
	struct str partners[PARTNERS_MAX];
	struct buf said[PARTNERS_MAX], now[PARTNERS_MAX];
	const struct event *events = &t->h.events[t->at];
	size_t n_partners = partners_of(t, partners);
	size_t other = rng_below(&t->rng, (unsigned)n_boxes);
	const struct partner_change *changes;
	size_t n_changes;

	for (size_t i = 0; i < n_partners; i++) {
		buf_init(&said[i], &mem_heap, TEXT_MAX);
		buf_init(&now[i], &mem_heap, TEXT_MAX);
		write_all(t, t->live, partners[i], other, &now[i]);
		fork_and_write(t, partners[i], events, n, other, &said[i]);
	}
	apply(t, t->live, events, n);
	assert_int_equal(engine_settle(t->live, &changes, &n_changes), 0);
	for (size_t i = 0; i < n_partners; i++) {
		for (size_t k = 0; k < n_changes; k++)
			if (str_eq(changes[k].partner, partners[i]))
				assert_int_equal(change_text(&changes[k], &now[i]), 0);
		write_all(t, t->live, partners[i], other, &now[i]);
		if (now[i].n != said[i].n || memcmp(now[i].p, said[i].p, now[i].n) != 0)
			show_difference(t, partners[i], &now[i], &said[i]);
		buf_fini(&said[i]);
		buf_fini(&now[i]);
	}
	t->at += n;
}

static void run_history(const struct history_shape *shape, uint64_t seed)
{
	struct trial t = { .shape = shape, .seed = seed, .rng = { seed ^ 0xf0f0 } };
	size_t first;

	assert_int_equal(history_make(&t.h, shape, seed), 0);
	t.live = new_engine(&mem_heap);
	assert_non_null(t.live);
	assert_int_equal(engine_set_complete(t.live, rng_below(&t.rng, 5) == 0), 0);
	first = rng_below(&t.rng, (unsigned)t.h.n + 1);
	apply(&t, t.live, t.h.events, first);
	t.at = first;
	settle(&t, t.live, (struct str){ "", 0 }, NULL);
	for (int steps = 0; steps < 4 && t.at < t.h.n; steps++) {
		size_t left = t.h.n - t.at, n = rng_below(&t.rng, 30);

		step(&t, n < left ? n : left);
	}
	engine_destroy(t.live);
	history_fini(&t.h);
}

/* ---- by hand ----------------------------------------------------------------------------------------------------- */

static struct engine *small_world(const struct alloc *a)
{
	const struct event facts[] = { on_day("2023-08-21"),
		usage("P", "c1", "Azure Firewall", "2023-07", USD(5000)),
		usage("P", "c2", "Azure Firewall", "2023-07", USD(5000)),
		usage("Q", "c1", "Azure Firewall", "2023-07", USD(5000)),
		cert("P", "anna", "AZ-104"), cert("Q", "bert", "AZ-104"),
		person_link("P", "bert", true) };
	struct engine *e = new_engine(a);
	const struct partner_change *changes;
	int rc = e == NULL ? ERR_NOMEM : 0;
	size_t n;

	for (size_t i = 0; rc == 0 && i < sizeof facts / sizeof *facts; i++)
		rc = engine_apply(e, &facts[i], 0);
	if (rc == 0)
		rc = engine_settle(e, &changes, &n);
	assert_int_equal(rc, 0);
	return e;
}

static void test_a_fork_takes_no_more_facts_than_allowed(void **state)
{
	struct fork_request r = { .partner = STR("P"), .max_facts = 5 };
	struct engine *live, *fork = NULL;

	(void)state;
	facts_restart();
	live = small_world(&mem_heap);
	/* Two rows, anna's certificate, bert's certificate and link. */
	assert_int_equal(engine_fork(live, &mem_heap, &r, &fork), 0);
	engine_destroy(fork);
	fork = NULL;
	r.max_facts = 4;
	assert_int_equal(engine_fork(live, &mem_heap, &r, &fork), ERR_FULL);
	assert_null(fork);
	engine_destroy(live);
}

static void test_a_fork_without_memory_says_so(void **state)
{
	struct fork_request r = { .partner = STR("P"), .max_facts = FACTS_MAX };
	struct engine *live;
	int rc = ERR_NOMEM;

	(void)state;
	facts_restart();
	live = small_world(&mem_heap);
	for (long n = 0; rc == ERR_NOMEM; n += 1 + n / 50) {
		struct faulty f = { .left = (int)n };
		struct engine *fork = NULL;

		rc = engine_fork(live, faulty_alloc(&f), &r, &fork);
		assert_int_equal(fork == NULL, rc != 0);
		engine_destroy(fork);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
	engine_destroy(live);
}

struct counts {
	size_t n[FACT_KIND_END], withdrawn;
};

static int count(void *ctx, const struct event *ev)
{
	struct counts *c = ctx;

	c->n[ev->kind]++;
	c->withdrawn += ev->retracted;
	return 0;
}

static void test_facts_of_a_partner_are_told_without_what_was_withdrawn(void **state)
{
	struct counts c = { .withdrawn = 0 };
	struct engine *live;
	struct event gone;

	(void)state;
	facts_restart();
	live = small_world(&mem_heap);
	gone = usage("P", "c2", "Azure Firewall", "2023-07", 0);
	gone.retracted = true;
	assert_int_equal(engine_apply(live, &gone, 0), 0);
	assert_int_equal(engine_facts(live, STR("P"), count, &c), 0);
	assert_int_equal(c.n[FACT_USAGE], 1);
	assert_int_equal(c.n[FACT_CERTIFICATION], 2);
	assert_int_equal(c.n[FACT_PERSON_LINK], 1);
	assert_int_equal(c.withdrawn, 0);
	assert_int_equal(engine_facts(live, STR("R"), count, &c), ERR_NOTFOUND);
	engine_destroy(live);
}

static void test_the_last_month_of_a_measure_is_told(void **state)
{
	struct engine *live;

	(void)state;
	facts_restart();
	live = small_world(&mem_heap);
	assert_int_equal(engine_reference(live, STR("P"), MEASURE_ACR), month("2023-07"));
	/* Without usage of it, and of nobody: the newest that may be meant. */
	assert_int_equal(engine_reference(live, STR("P"), MEASURE_MAU), month("2023-07"));
	assert_int_equal(engine_reference(live, STR("R"), MEASURE_MAU), month("2023-07"));
	engine_destroy(live);
}

static struct str track_of(struct engine *e, const char *area, struct arena *ar)
{
	struct partner_score s;

	assert_int_equal(engine_score(e, STR("P"), DAY_NONE, true, ar, &s), 0);
	for (size_t i = 0; i < s.n_areas; i++)
		if (str_eq(s.areas[i].area->id, str_from(area)))
			return s.areas[i].track->id;
	fail();
	return (struct str){ "", 0 };
}

static void test_a_track_that_is_asked_for_counts(void **state)
{
	static const char *const tracks[] = { "enterprise", "smb" };
	struct engine *live, *fork;
	struct arena ar;

	(void)state;
	facts_restart();
	live = small_world(&mem_heap);
	arena_init(&ar, &mem_heap, SIZE_MAX);
	for (size_t i = 0; i < 2; i++) {
		struct fork_request r = {
			.partner = STR("P"), .max_facts = FACTS_MAX, .track = str_from(tracks[i])
		};

		assert_int_equal(engine_fork(live, &mem_heap, &r, &fork), 0);
		assert_true(str_eq(track_of(fork, "modern-work", &ar), r.track));
		assert_true(str_eq(track_of(fork, "infrastructure", &ar), STR("")));
		engine_destroy(fork);
	}
	arena_fini(&ar);
	engine_destroy(live);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static struct trials {
	struct history_shape shape;
	char name[96];
} all[TRIALS_MAX];
static size_t n_all;

static uint64_t number_of(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void test_shape(void **state)
{
	const struct trials *x = *state;
	uint64_t rounds = number_of("CAPSCORE_PROPERTY_ROUNDS", ROUNDS_DEFAULT) / n_all + 1;
	uint64_t first = number_of("CAPSCORE_PROPERTY_SEED", 20260702);

	print_message("%s: seeds %" PRIu64 " to %" PRIu64 "\n", x->name, first, first + rounds - 1);
	for (uint64_t i = 0; i < rounds; i++)
		run_history(&x->shape, first + i);
}

static void add_trials(const struct history_shape *shape, int year)
{
	struct trials *x = &all[n_all++];

	x->shape = *shape;
	x->shape.year = year;
	(void)snprintf(x->name, sizeof x->name, "%s, %d", shape->name, year);
}

static int compile(void **state)
{
	(void)state;
	for (size_t i = 0; i < shipped_count() && i < EDITIONS_SHIP; i++) {
		const struct shipped_edition *s = shipped_edition(i);

		if (compile_edition(&mem_heap, s->file, s->text, NULL, &boxes[i]) != 0)
			return -1;
		n_boxes++;
	}
	return 0;
}

static int release(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_boxes; i++)
		edition_box_destroy(boxes[i]);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest by_hand[] = {
		cmocka_unit_test(test_a_fork_takes_no_more_facts_than_allowed),
		cmocka_unit_test(test_a_fork_without_memory_says_so),
		cmocka_unit_test(test_facts_of_a_partner_are_told_without_what_was_withdrawn),
		cmocka_unit_test(test_the_last_month_of_a_measure_is_told),
		cmocka_unit_test(test_a_track_that_is_asked_for_counts),
	};
	static struct CMUnitTest tests[TRIALS_MAX + 8];
	const char *only = getenv("CAPSCORE_PROPERTY_ONLY");
	size_t n = 0;

	for (size_t i = 0; i < history_shape_count && n_all + 2 <= TRIALS_MAX; i++) {
		add_trials(&history_shapes[i], 2023); /* editions turn on the way */
		if (!ONE_THREAD_IS_SLOW)
			add_trials(&history_shapes[i], 2026);
	}
	for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++)
		if (only == NULL || strstr(by_hand[i].name, only) != NULL)
			tests[n++] = by_hand[i];
	for (size_t i = 0; i < n_all; i++)
		if (only == NULL || strstr(all[i].name, only) != NULL)
			tests[n++] = (struct CMUnitTest){ .name = all[i].name,
				.test_func = test_shape,
				.initial_state = &all[i] };
	return _cmocka_run_group_tests("fork", tests, n, compile, release);
}
