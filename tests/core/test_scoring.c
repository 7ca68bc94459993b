/* Scoring by a calendar of editions: which one holds on a day, editions that events bring, and the replay of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "services/scoring/scoring_core.h"
#include "tests/support/edition_azure.h"
#include "tests/support/lab.h"

/* 90 points in infrastructure as of July 2023: 70 are enough for one edition, 95 are wanted by the other. */
static const char qualified[] =
	"cert 88 p1 AZ-104;cert 88 p2 AZ-104;cert 88 p1 AZ-305;cert 88 p2 AZ-305;"
	"cert 88 p1 AZ-700;cert 88 p2 AZ-700;cert 88 p3 AZ-700;cert 88 p4 AZ-700;cert 88 p5 AZ-700;"
	"cert 88 p1 AZ-140;cert 88 p2 AZ-140;cert 88 p3 AZ-140;cert 88 p4 AZ-140;cert 88 p5 AZ-140;"
	"usage 88 c0 Storage 2022-06 3000;"
	"usage 88 c1 Storage 2023-06 2000;usage 88 c2 Backup 2023-06 2000;usage 88 c3 Sentinel 2023-06 2000;"
	"usage 88 c1 Functions 2023-06 10;usage 88 c1 SQL_Database 2023-06 10";

#define CHANGES_MAX 64
#define MANY	    1200 /* partners: more than two parts */

/* What came out of all steps, as far as it tells editions apart. */
struct outcome {
	size_t n;
	struct {
		uint64_t position;
		char edition[32];
		enum area_status before, after;
	} changes[CHANGES_MAX];
};

struct world {
	struct edition easy, hard, other;
	const struct edition *start[2];
	struct scoring *s;
	uint64_t position;
	unsigned opened; /* texts */
	unsigned parts;	 /* of the unit taken last */
	struct outcome out;
};

/* A text is the name of an edition; anything else does not compile. */
static int open_text(void *ctx, struct str id, struct str text, const struct edition **ret_edition)
{
	struct world *w = ctx;
	const struct edition *all[] = { &w->easy, &w->hard, &w->other };

	w->opened++;
	for (size_t i = 0; i < 3; i++)
		if (str_eq(text.n > 0 ? text : id, all[i]->id)) {
			*ret_edition = all[i];
			return 0;
		}
	return ERR_SYNTAX;
}

static struct edition edition(const char *id, const char *from, int qualifies_at, uint64_t digest)
{
	struct edition e = edition_azure;

	e.id = str_from(id);
	e.valid_from = day(from);
	e.qualifies_at = ratio_int(qualifies_at);
	e.digest = digest;
	return e;
}

static void make(struct world *w, size_t n_start)
{
	struct engine_limits limits = { MANY, 100, 10000 };
	struct scoring_rules rules = { w->start, n_start, { open_text, w } };

	assert_int_equal(scoring_create(&mem_heap, &rules, &limits, &w->s), 0);
}

static void begin(struct world *w, size_t n_start)
{
	memset(w, 0, sizeof *w);
	facts_restart();
	w->easy = edition("easy", "2023-01-01", 70, 1);
	w->hard = edition("hard", "2023-08-01", 95, 2);
	w->other = edition("other", "2023-07-15", 95, 3);
	w->start[0] = &w->easy;
	w->start[1] = &w->hard;
	make(w, n_start);
}

static void take_down(struct world *w, const struct score_batch *batch)
{
	for (size_t i = 0; i < batch->n_changes; i++)
		for (size_t a = 0; a < batch->changes[i].n_areas; a++) {
			const struct area_change *c = &batch->changes[i].areas[a];

			if (!str_eq(c->shape->area, STR("infrastructure")))
				continue;
			assert_true(w->out.n < CHANGES_MAX);
			w->out.changes[w->out.n].position = batch->event_position;
			(void)snprintf(w->out.changes[w->out.n].edition, 32, STR_FMT,
				STR_ARG(c->shape->edition));
			w->out.changes[w->out.n].before = c->status_before;
			w->out.changes[w->out.n++].after = c->status_after;
		}
}

static void step(struct world *w, const struct event *events, size_t n)
{
	struct scoring_unit unit = { w->position, n, events };
	struct score_batch batch;
	bool done = false;

	assert_int_equal(scoring_take(w->s, &unit), 0);
	w->position += n;
	for (w->parts = 0; !done; w->parts++) {
		assert_int_equal(scoring_part(w->s, &unit, &batch, &done), 0);
		take_down(w, &batch);
	}
}

/* One unit each. */
static void tell(struct world *w, const char *facts)
{
	struct lab_words words;
	struct event ev;

	while (lab_next(&facts, &words, &ev))
		step(w, &ev, 1);
}

static struct event fact_edition(const char *id, const char *from, const char *text)
{
	struct event ev = on_day("2023-01-01");

	ev.kind = FACT_EDITION;
	ev.u.edition = (struct fact_edition){ str_from(id), day(from), str_from(text) };
	return ev;
}

static void publish(struct world *w, const char *id, const char *from, const char *text)
{
	struct event ev = fact_edition(id, from, text);

	step(w, &ev, 1);
}

static void withdraw(struct world *w, const char *id)
{
	struct event ev = fact_edition(id, "2023-01-01", "");

	ev.retracted = true;
	step(w, &ev, 1);
}

static void assert_holds(struct world *w, const char *id, enum area_status status)
{
	struct partner_score score;
	struct arena ar;

	arena_init(&ar, &mem_heap, SIZE_MAX);
	assert_int_equal(
		engine_score(scoring_engine(w->s), STR("88"), DAY_NONE, false, &ar, &score), 0);
	assert_true(str_eq(score.edition->id, str_from(id)));
	assert_int_equal(score.areas[AREA_INFRA].status, status);
	arena_fini(&ar);
}

static uint64_t refused(struct world *w)
{
	struct engine_stats es;

	engine_stats_get(scoring_engine(w->s), &es);
	return es.editions_refused;
}

static void end(struct world *w)
{
	scoring_destroy(w->s);
}

/* ---- days ------------------------------------------------------------------------------------------------- */

static void test_a_day_turns_to_the_next_edition(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 2);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	assert_holds(&w, "easy", AREA_QUALIFIED);
	tell(&w, "day 2023-07-31");
	assert_holds(&w, "easy", AREA_QUALIFIED);
	w.out.n = 0;
	tell(&w, "day 2023-08-01");
	assert_holds(&w, "hard", AREA_IN_PROGRESS);
	assert_int_equal(w.out.n, 1);
	assert_string_equal(w.out.changes[0].edition, "hard");
	assert_int_equal(w.out.changes[0].before, AREA_QUALIFIED);
	assert_int_equal(w.out.changes[0].after, AREA_IN_PROGRESS);
	end(&w);
}

static void test_one_edition_alone_holds_on_every_day(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	tell(&w, "day 2023-08-01");
	assert_holds(&w, "easy", AREA_QUALIFIED);
	end(&w);
}

static void test_the_calendar_needs_an_edition(void **state)
{
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	struct scoring_rules rules = { .n_editions = 0 };
	struct scoring *s = NULL;

	(void)state;
	assert_int_equal(scoring_create(&mem_heap, &rules, &limits, &s), ERR_INVALID);
	assert_null(s);
}

/* ---- events ----------------------------------------------------------------------------------------------- */

static void test_an_event_turns_at_once_when_its_day_has_come(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	w.out.n = 0;
	publish(&w, "other", "2023-07-20", "other");
	assert_holds(&w, "other", AREA_IN_PROGRESS);
	assert_int_equal(w.out.n, 1);
	assert_string_equal(w.out.changes[0].edition, "other");
	assert_int_equal(w.out.changes[0].before, AREA_QUALIFIED);
	end(&w);
}

static void test_an_event_for_later_waits_for_its_day(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	w.out.n = 0;
	publish(&w, "other", "2023-07-22", "other");
	tell(&w, "day 2023-07-21");
	assert_holds(&w, "easy", AREA_QUALIFIED);
	assert_int_equal(w.out.n, 0);
	tell(&w, "day 2023-07-22");
	assert_holds(&w, "other", AREA_IN_PROGRESS);
	end(&w);
}

static void test_the_shipped_edition_of_an_id_needs_no_text(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	publish(&w, "hard", "2023-07-01", "");
	assert_holds(&w, "hard", AREA_IN_PROGRESS);
	end(&w);
}

static void test_withdrawn_it_is_as_if_it_had_not_been(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	publish(&w, "other", "2023-07-20", "other");
	w.out.n = 0;
	withdraw(&w, "other");
	assert_holds(&w, "easy", AREA_QUALIFIED);
	assert_int_equal(w.out.n, 1);
	assert_string_equal(w.out.changes[0].edition, "easy");
	assert_int_equal(w.out.changes[0].after, AREA_QUALIFIED);
	end(&w);
}

static void test_withdrawn_the_edition_of_the_start_is_back(void **state)
{
	struct calendar_line lines[EDITIONS_MAX];
	struct world w;

	(void)state;
	begin(&w, 1);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	withdraw(&w, "easy"); /* never published: nothing to take back */
	assert_holds(&w, "easy", AREA_QUALIFIED);
	publish(&w, "easy", "2023-07-20", "hard");
	assert_holds(&w, "hard", AREA_IN_PROGRESS);
	withdraw(&w, "easy");
	assert_holds(&w, "easy", AREA_QUALIFIED);
	assert_int_equal(engine_calendar(scoring_engine(w.s), lines), 1);
	assert_int_equal(lines[0].from, day("2023-01-01"));
	assert_false(lines[0].told);
	end(&w);
}

static void test_a_text_that_is_none_is_counted_and_changes_nothing(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 1);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	w.out.n = 0;
	publish(&w, "broken", "2023-07-20", "nonsense");
	assert_int_equal(refused(&w), 1);
	assert_int_equal(w.out.n, 0);
	assert_holds(&w, "easy", AREA_QUALIFIED);
	publish(&w, "other", "2023-07-20", "other");
	assert_holds(&w, "other", AREA_IN_PROGRESS);
	assert_int_equal(refused(&w), 1);
	end(&w);
}

static void test_a_full_calendar_refuses_and_goes_on(void **state)
{
	struct calendar_line lines[EDITIONS_MAX];
	char ids[EDITIONS_MAX + 1][16];
	struct world w;

	(void)state;
	begin(&w, 1);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	for (size_t i = 1; i <= EDITIONS_MAX; i++) {
		(void)snprintf(ids[i], sizeof ids[i], "later-%zu", i);
		publish(&w, ids[i], "2024-01-01", "other");
	}
	assert_int_equal(refused(&w), 1);
	assert_int_equal(w.opened, EDITIONS_MAX - 1);
	assert_int_equal(engine_calendar(scoring_engine(w.s), lines), EDITIONS_MAX);
	publish(&w, ids[1], "2023-07-20", "other"); /* one that is there already */
	assert_holds(&w, "other", AREA_IN_PROGRESS);
	assert_int_equal(refused(&w), 1);
	end(&w);
}

/* ---- replay ----------------------------------------------------------------------------------------------- */

struct pile {
	size_t n, at;
	struct {
		unsigned char *p;
		size_t n;
	} blobs[64];
};

static int put(void *ctx, struct span blob)
{
	struct pile *p = ctx;

	assert_true(p->n < 64);
	p->blobs[p->n].p = test_malloc(blob.n);
	memcpy(p->blobs[p->n].p, blob.p, blob.n);
	p->blobs[p->n++].n = blob.n;
	return 0;
}

static int get(void *ctx, struct span *ret_blob)
{
	struct pile *p = ctx;

	*ret_blob = (struct span){ NULL, 0 };
	if (p->at < p->n)
		*ret_blob = (struct span){ p->blobs[p->at].p, p->blobs[p->at].n };
	p->at++;
	return 0;
}

static void finish_story(struct world *w)
{
	tell(w, "day 2023-07-25");
	withdraw(w, "other");
	tell(w, "day 2023-08-02");
}

/* A snapshot taken while an edition of an event holds: what follows is what follows without it. */
static void test_a_snapshot_holds_the_editions_that_events_brought(void **state)
{
	struct pile pile = { 0 };
	struct outcome whole;
	struct err e = { 0 };
	uint64_t position;
	struct world w;
	size_t before;

	(void)state;
	begin(&w, 2);
	tell(&w, "day 2023-07-20");
	tell(&w, qualified);
	publish(&w, "other", "2023-07-20", "other");
	before = w.out.n;
	position = w.position;
	assert_int_equal(engine_save(scoring_engine(w.s), put, &pile), 0);
	finish_story(&w);
	whole = w.out;
	assert_true(whole.n > before + 1);

	scoring_destroy(w.s);
	make(&w, 2);
	assert_int_equal(engine_load(scoring_engine(w.s), get, &pile, &e), 0);
	assert_holds(&w, "other", AREA_IN_PROGRESS);
	w.position = position;
	w.out.n = before;
	finish_story(&w);
	assert_int_equal(w.out.n, whole.n);
	for (size_t i = before; i < whole.n; i++) {
		assert_string_equal(w.out.changes[i].edition, whole.changes[i].edition);
		assert_int_equal(w.out.changes[i].position, whole.changes[i].position);
		assert_int_equal(w.out.changes[i].before, whole.changes[i].before);
		assert_int_equal(w.out.changes[i].after, whole.changes[i].after);
	}
	for (size_t i = 0; i < pile.n; i++)
		test_free(pile.blobs[i].p);
	end(&w);
}

/* ---- the calendar ----------------------------------------------------------------------------------------- */

static void test_the_calendar_is_told_in_order_of_days(void **state)
{
	struct calendar_line lines[EDITIONS_MAX];
	struct world w;

	(void)state;
	begin(&w, 2);
	publish(&w, "other", "2023-07-15", "other");
	assert_int_equal(engine_calendar(scoring_engine(w.s), lines), 3);
	assert_true(str_eq(lines[0].edition->id, STR("easy")));
	assert_false(lines[0].told);
	assert_int_equal(lines[0].until, day("2023-07-15"));
	assert_true(str_eq(lines[1].edition->id, STR("other")));
	assert_true(lines[1].told);
	assert_int_equal(lines[1].from, day("2023-07-15"));
	assert_int_equal(lines[1].until, day("2023-08-01"));
	assert_int_equal(lines[2].until, DAY_NONE);
	withdraw(&w, "other");
	assert_int_equal(engine_calendar(scoring_engine(w.s), lines), 2);
	assert_int_equal(lines[0].until, day("2023-08-01"));
	end(&w);
}

static void test_the_start_digest_tells_calendars_apart(void **state)
{
	struct edition a = edition("a", "2023-01-01", 70, 1), b = edition("b", "2023-02-01", 70, 2),
		       c = edition("a", "2023-01-02", 70, 1);
	const struct edition *ab[] = { &a, &b }, *ba[] = { &b, &a }, *cb[] = { &c, &b };

	(void)state;
	assert_int_equal(scoring_rules_digest(ab, 2), scoring_rules_digest(ba, 2));
	assert_int_not_equal(scoring_rules_digest(ab, 2), scoring_rules_digest(ab, 1));
	assert_int_not_equal(scoring_rules_digest(ab, 1), scoring_rules_digest(ba, 1));
	assert_int_not_equal(scoring_rules_digest(ab, 2), scoring_rules_digest(cb, 2));
}

/* ---- parts ------------------------------------------------------------------------------------------------ */

/* One unit that tells of many partners. */
static void tell_many(struct scoring_unit *in, struct event *events, char (*ids)[16])
{
	for (size_t i = 0; i < MANY; i++) {
		struct lab_words words;
		const char *fact = "cert P A AZ-104";

		assert_true(lab_next(&fact, &words, &events[i]));
		(void)snprintf(ids[i], sizeof ids[i], "P%zu", 1000 + i);
		events[i].subject = str_from(ids[i]);
		events[i].u.certification.person = STR("somebody");
		events[i].u.certification.certificate = STR("AZ-104");
	}
	*in = (struct scoring_unit){ 0, MANY, events };
}

static void test_a_unit_on_many_partners_is_scored_in_parts(void **state)
{
	static struct event events[MANY];
	static char ids[MANY][16];
	struct scoring_unit unit;
	struct score_batch batch;
	struct partner_score score;
	struct arena ar;
	struct world w;
	size_t n = 0;
	bool done = false;

	(void)state;
	begin(&w, 1);
	arena_init(&ar, &mem_heap, SIZE_MAX);
	tell_many(&unit, events, ids);
	assert_int_equal(scoring_take(w.s, &unit), 0);
	for (w.parts = 0; !done; w.parts++) {
		assert_int_equal(scoring_part(w.s, &unit, &batch, &done), 0);
		for (size_t i = 0; i < batch.n_changes; i++, n++)
			assert_true(str_eq(batch.changes[i].partner, str_from(ids[n])));
		/* Those before and after it answer alike. */
		assert_int_equal(engine_score(scoring_engine(w.s), str_from(ids[0]), DAY_NONE,
					 false, &ar, &score),
			0);
		assert_int_equal(engine_score(scoring_engine(w.s), str_from(ids[MANY - 1]),
					 DAY_NONE, true, &ar, &score),
			0);
	}
	assert_int_equal(n, MANY);
	assert_int_equal(w.parts, (MANY + SCORING_PART_PARTNERS - 1) / SCORING_PART_PARTNERS);
	arena_fini(&ar);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_day_turns_to_the_next_edition),
		cmocka_unit_test(test_one_edition_alone_holds_on_every_day),
		cmocka_unit_test(test_the_calendar_needs_an_edition),
		cmocka_unit_test(test_an_event_turns_at_once_when_its_day_has_come),
		cmocka_unit_test(test_an_event_for_later_waits_for_its_day),
		cmocka_unit_test(test_the_shipped_edition_of_an_id_needs_no_text),
		cmocka_unit_test(test_withdrawn_it_is_as_if_it_had_not_been),
		cmocka_unit_test(test_withdrawn_the_edition_of_the_start_is_back),
		cmocka_unit_test(test_a_text_that_is_none_is_counted_and_changes_nothing),
		cmocka_unit_test(test_a_full_calendar_refuses_and_goes_on),
		cmocka_unit_test(test_a_snapshot_holds_the_editions_that_events_brought),
		cmocka_unit_test(test_the_calendar_is_told_in_order_of_days),
		cmocka_unit_test(test_the_start_digest_tells_calendars_apart),
		cmocka_unit_test(test_a_unit_on_many_partners_is_scored_in_parts),
	};

	return cmocka_run_group_tests_name("scoring by a calendar", tests, NULL, NULL);
}
