/* What ingestion decides: batches by rows, and the days that are due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "services/ingestion/ingestion_core.h"
#include "tests/support/faulty.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define DAY_1	     19539 /* 2023-07-01 */

/* Those of a text that begins with 'e'. */
static bool is_valid_edition(void *ctx, const struct fact_edition *f, const char **ret_detail)
{
	(void)ctx;
	*ret_detail = "edition.text: not as it should be";
	return f->text.n > 0 && f->text.p[0] == 'e';
}

static struct ingestion_core *core_with(enum day_policy days)
{
	struct ingestion_core_options options = { days, 4096, 45, 99, { is_valid_edition, NULL } };
	struct ingestion_core *c = NULL;

	assert_int_equal(ingestion_core_create(&mem_heap, &options, &c), 0);
	return c;
}

/* A batch as text, an event a letter: a small letter is an event by that id, the same in upper case is refused,
 * '1'..'9' are day records of 2023-07-01 .. -09, '+' is an edition, '-' one that cannot be used, '!' one that is
 * withdrawn. Rows tell the outcome of each event in the same way: '+' accepted,
 * '=' duplicate, '-' refused. */
#define ROW_BATCHES 3
struct row {
	const char *name;
	enum day_policy days;
	const char *batch[ROW_BATCHES], *want[ROW_BATCHES];
	day_no want_day; /* after all */
};

static const struct row rows[] = {
	{ "new events are accepted", DAYS_FROM_CLOCK, { "abc" }, { "+++" }, DAY_NONE },
	{ "a repeat in a later batch is a duplicate", DAYS_FROM_CLOCK, { "ab", "bc" },
		{ "++", "=+" }, DAY_NONE },
	{ "a repeat in the same batch is a duplicate", DAYS_FROM_CLOCK, { "aabab" }, { "+=+==" },
		DAY_NONE },
	{ "a batch sent again is all duplicates", DAYS_FROM_CLOCK, { "abc", "abc" },
		{ "+++", "===" }, DAY_NONE },
	{ "refused events do not spoil the others", DAYS_FROM_CLOCK, { "aBc" }, { "+-+" },
		DAY_NONE },
	{ "a refused event does not make its id known", DAYS_FROM_CLOCK, { "A", "a", "a" },
		{ "-", "+", "=" }, DAY_NONE },
	{ "day records of producers are refused under the clock", DAYS_FROM_CLOCK, { "a1b" },
		{ "+-+" }, DAY_NONE },
	{ "and accepted where producers give the days", DAYS_FROM_PRODUCERS, { "a1", "3b" },
		{ "++", "++" }, DAY_1 + 2 },
	{ "an older day is logged and moves nothing", DAYS_FROM_PRODUCERS, { "5", "2" },
		{ "+", "+" }, DAY_1 + 4 },
	{ "a day record sent again is a duplicate", DAYS_FROM_PRODUCERS, { "22", "2" },
		{ "+=", "=" }, DAY_1 + 1 },
	{ "an edition is looked at", DAYS_FROM_CLOCK, { "a+-b" }, { "++-+" }, DAY_NONE },
	{ "one that cannot be used is not known afterwards", DAYS_FROM_CLOCK, { "-", "--" },
		{ "-", "--" }, DAY_NONE },
	{ "one that is withdrawn brings no text", DAYS_FROM_CLOCK, { "!" }, { "+" }, DAY_NONE },
	{ "an edition sent again is a duplicate", DAYS_FROM_CLOCK, { "+", "++" }, { "+", "==" },
		DAY_NONE },
	{ "a batch brings a few editions and no more", DAYS_FROM_CLOCK, { "--------a--" },
		{ "--------+--" }, DAY_NONE },
	{ "a batch of none", DAYS_FROM_CLOCK, { "", "a" }, { "", "+" }, DAY_NONE },
};

static const struct refusal_detail detail = { "subject: missing" };

static void make_event(const char *letter, struct event *ev, struct candidate *ca)
{
	*ev = (struct event){ .id = { letter, 1 }, .source = STR("/crm"), .kind = FACT_CUSTOMER };
	*ca = (struct candidate){ .event = ev };
	if (*letter >= '1' && *letter <= '9') {
		ev->kind = FACT_DAY;
		ev->u.day.day = DAY_1 + *letter - '1';
	} else if (*letter == '+' || *letter == '-' || *letter == '!') {
		ev->kind = FACT_EDITION;
		ev->retracted = *letter == '!';
		ev->u.edition.text = *letter == '+' ? STR("edition") : STR("x");
	} else if (*letter >= 'A' && *letter <= 'Z') {
		ca->refusal = REFUSED_SUBJECT;
		ca->detail = &detail;
	}
}

static void outcome(const struct batch_effects *out, size_t n, char *text)
{
	memset(text, '=', n);
	text[n] = '\0';
	for (size_t i = 0; i < out->n_accepted; i++) {
		assert_true(i == 0 || out->accepted[i] > out->accepted[i - 1]);
		text[out->accepted[i]] = '+';
	}
	for (size_t i = 0; i < out->n_refused; i++)
		text[out->refused[i].index] = '-';
	assert_int_equal(out->n_accepted + out->n_duplicates + out->n_refused, n);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct ingestion_core *c = core_with(row->days);
	day_no day = DAY_NONE;

	for (size_t b = 0; b < ROW_BATCHES && row->batch[b] != NULL; b++) {
		size_t n = strlen(row->batch[b]);
		struct event events[16];
		struct candidate batch[16];
		struct batch_effects out;
		char text[17];

		for (size_t i = 0; i < n; i++)
			make_event(&row->batch[b][i], &events[i], &batch[i]);
		assert_int_equal(ingestion_decide(c, batch, n, &out), 0);
		outcome(&out, n, text);
		assert_string_equal(text, row->want[b]);
		if (out.day != DAY_NONE)
			day = out.day;
	}
	assert_int_equal(day, row->want_day);
	assert_int_equal(ingestion_day(c), row->want_day);
	ingestion_core_destroy(c);
}

static void test_a_refusal_carries_reason_and_detail(void **state)
{
	struct ingestion_core *c = core_with(DAYS_FROM_CLOCK);
	struct event events[2];
	struct candidate batch[2];
	struct batch_effects out;
	struct ingestion_refused first;

	(void)state;
	make_event("A", &events[0], &batch[0]);
	make_event("1", &events[1], &batch[1]);
	assert_false(ingestion_is_clean(c, batch, 2, &first));
	assert_int_equal(first.index, 0);
	assert_int_equal(first.refusal, REFUSED_SUBJECT);
	assert_int_equal(ingestion_decide(c, batch, 2, &out), 0);
	assert_int_equal(out.n_refused, 2);
	assert_int_equal(out.refused[0].refusal, REFUSED_SUBJECT);
	assert_string_equal(out.refused[0].detail, "subject: missing");
	assert_int_equal(out.refused[1].refusal, REFUSED_DAY);
	assert_non_null(strstr(out.refused[1].detail, "--days clock"));
	make_event("b", &events[0], &batch[0]);
	assert_true(ingestion_is_clean(c, batch, 1, &first));
	ingestion_core_destroy(c);
}

static void test_an_edition_past_those_of_one_batch_is_told_so(void **state)
{
	struct ingestion_core *c = core_with(DAYS_FROM_CLOCK);
	struct event events[INGESTION_EDITIONS_MAX + 1];
	struct candidate batch[INGESTION_EDITIONS_MAX + 1];
	struct ingestion_refused first;
	struct batch_effects out;
	char id[] = "0";

	(void)state;
	for (size_t i = 0; i <= INGESTION_EDITIONS_MAX; i++)
		make_event("-", &events[i], &batch[i]);
	assert_int_equal(ingestion_decide(c, batch, INGESTION_EDITIONS_MAX + 1, &out), 0);
	assert_int_equal(out.n_refused, INGESTION_EDITIONS_MAX + 1);
	assert_int_equal(out.refused[0].refusal, REFUSED_EDITION);
	assert_string_equal(out.refused[0].detail, "edition.text: not as it should be");
	assert_non_null(strstr(out.refused[INGESTION_EDITIONS_MAX].detail, "another one"));
	assert_false(ingestion_is_clean(c, batch, 1, &first));
	assert_int_equal(first.refusal, REFUSED_EDITION);
	make_event("+", &events[0], &batch[0]);
	events[0].id = str_from(id);
	assert_true(ingestion_is_clean(c, batch, 1, &first));
	ingestion_core_destroy(c);
}

static void test_the_same_texts_split_elsewhere_are_another_event(void **state)
{
	struct ingestion_core *c = core_with(DAYS_FROM_CLOCK);
	struct event events[3] = {
		{ .id = STR("c"), .source = STR("ab"), .kind = FACT_CUSTOMER },
		{ .id = STR("bc"), .source = STR("a"), .kind = FACT_CUSTOMER },
		{ .id = STR("c"), .source = STR("ab"), .kind = FACT_USAGE, .retracted = true },
	};
	struct candidate batch[3] = { { .event = &events[0] }, { .event = &events[1] },
		{ .event = &events[2] } };
	struct batch_effects out;

	(void)state;
	assert_int_equal(ingestion_decide(c, batch, 3, &out), 0);
	assert_int_equal(out.n_accepted, 2);
	assert_int_equal(out.n_duplicates, 1); /* (source, id) alone names an event */
	ingestion_core_destroy(c);
}

static void test_what_is_recalled_from_the_log_is_a_duplicate(void **state)
{
	struct ingestion_core *c = core_with(DAYS_FROM_PRODUCERS);
	struct event events[3];
	struct candidate batch[3];
	struct batch_effects out;

	(void)state;
	make_event("a", &events[0], &batch[0]);
	make_event("3", &events[1], &batch[1]);
	make_event("b", &events[2], &batch[2]);
	ingestion_recall_day(c, DAY_1);
	assert_int_equal(ingestion_day(c), DAY_1);
	assert_int_equal(
		ingestion_recall_room(c, 100000), 0); /* more than the window is no failure */
	assert_int_equal(ingestion_recall(c, events, 2), 0);
	assert_int_equal(ingestion_recall(c, events, INGESTION_BATCH_MAX + 1), ERR_INVALID);
	ingestion_recall_day(c, DAY_NONE);
	assert_int_equal(ingestion_day(c), DAY_1 + 2);
	assert_int_equal(ingestion_decide(c, batch, 3, &out), 0);
	assert_int_equal(out.n_duplicates, 2);
	assert_int_equal(out.n_accepted, 1);
	assert_int_equal(out.accepted[0], 2);
	ingestion_core_destroy(c);
}

static void test_a_batch_that_finds_no_memory_changes_nothing(void **state)
{
	struct faulty f = { .left = -1 };
	struct ingestion_core_options options = { DAYS_FROM_CLOCK, 1u << 16, 45, 99,
		{ NULL, NULL } };
	struct ingestion_core *c = NULL;
	static struct event events[INGESTION_BATCH_MAX];
	static struct candidate batch[INGESTION_BATCH_MAX];
	static char ids[INGESTION_BATCH_MAX][8];
	struct batch_effects out;

	(void)state;
	assert_int_equal(ingestion_core_create(faulty_alloc(&f), &options, &c), 0);
	for (size_t i = 0; i < INGESTION_BATCH_MAX; i++) {
		int n = snprintf(ids[i], sizeof ids[i], "%zu", i);

		events[i] = (struct event){
			.id = { ids[i], (size_t)n }, .source = STR("s"), .kind = FACT_USAGE
		};
		batch[i] = (struct candidate){ .event = &events[i] };
	}
	assert_int_equal(ingestion_decide(c, batch, 1, &out), 0);
	f.left = 0;
	assert_int_equal(ingestion_decide(c, batch, INGESTION_BATCH_MAX, &out), ERR_NOMEM);
	assert_int_equal(dedup_count(ingestion_dedup(c)), 1);
	f.left = -1;
	assert_int_equal(ingestion_decide(c, batch, INGESTION_BATCH_MAX, &out), 0);
	assert_int_equal(out.n_accepted, INGESTION_BATCH_MAX - 1);
	assert_int_equal(ingestion_decide(c, batch, INGESTION_BATCH_MAX + 1, &out), ERR_INVALID);
	ingestion_core_destroy(c);
	assert_int_equal(f.live, 0);
}

static void test_creation_leaks_nothing_when_memory_fails(void **state)
{
	int rc = ERR_NOMEM;

	(void)state;
	for (int n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct ingestion_core_options options = { DAYS_FROM_CLOCK, 4096, 45, 99,
			{ NULL, NULL } };
		struct ingestion_core *c = NULL;

		rc = ingestion_core_create(faulty_alloc(&f), &options, &c);
		assert_int_equal(c == NULL, rc != 0);
		ingestion_core_destroy(c);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
}

/* ---- days ------------------------------------------------------------------------------------------------- */

struct day_row {
	const char *name;
	enum day_policy days;
	day_no logged; /* DAY_NONE for an empty log */
	event_ms now;
	struct day_effects want;
};

#define NOON(day) ((event_ms)(day)*MS_PER_DAY + MS_PER_DAY / 2)

static const struct day_row day_rows[] = {
	{ "an empty log begins with today", DAYS_FROM_CLOCK, DAY_NONE, NOON(DAY_1),
		{ DAY_1, 1, 0, false } },
	{ "a day that is logged is not due", DAYS_FROM_CLOCK, DAY_1, NOON(DAY_1),
		{ DAY_1, 0, 0, false } },
	{ "nor in its last millisecond", DAYS_FROM_CLOCK, DAY_1, (DAY_1 + 1) * MS_PER_DAY - 1,
		{ DAY_1, 0, 0, false } },
	{ "the next is due at midnight", DAYS_FROM_CLOCK, DAY_1, (DAY_1 + 1) * MS_PER_DAY,
		{ DAY_1 + 1, 1, 0, false } },
	{ "missed days are due one by one", DAYS_FROM_CLOCK, DAY_1, NOON(DAY_1 + 20),
		{ DAY_1 + 1, 20, 0, false } },
	{ "as many as the bound says", DAYS_FROM_CLOCK, DAY_1, NOON(DAY_1 + 3660),
		{ DAY_1 + 1, 3660, 0, false } },
	{ "beyond it the earliest are passed over", DAYS_FROM_CLOCK, DAY_1, NOON(DAY_1 + 3670),
		{ DAY_1 + 11, 3660, 10, false } },
	{ "a clock before the log's day is told", DAYS_FROM_CLOCK, DAY_1, NOON(DAY_1 - 1),
		{ DAY_1 - 1, 0, 0, true } },
	{ "a clock outside the accepted span writes nothing", DAYS_FROM_CLOCK, DAY_NONE, NOON(0),
		{ 0, 0, 0, false } },
	{ "with days of producers none is due", DAYS_FROM_PRODUCERS, DAY_1, NOON(DAY_1 + 20),
		{ DAY_1 + 20, 0, 0, false } },
};

static void test_day_row(void **state)
{
	const struct day_row *row = *state;
	struct ingestion_core *c = core_with(row->days);
	struct day_effects out;

	ingestion_recall_day(c, row->logged);
	ingestion_days_due(c, row->now, &out);
	assert_int_equal(out.n, row->want.n);
	assert_int_equal(out.skipped, row->want.skipped);
	assert_int_equal(out.clock_back, row->want.clock_back);
	if (out.n > 0)
		assert_int_equal(out.first, row->want.first);
	ingestion_days_due(c, row->now, &out);
	assert_int_equal(out.n, 0); /* asked again, nothing is due and nothing is told twice */
	assert_false(out.clock_back);
	ingestion_core_destroy(c);
}

static void test_the_day_event_is_valid_and_the_same_each_time(void **state)
{
	char text[INGESTION_DAY_ID];
	struct event ev;

	(void)state;
	ingestion_day_event(DAY_1, text, &ev);
	assert_int_equal(event_validate(&ev, &(struct refusal_detail){ "" }), REFUSED_NOT);
	assert_true(str_eq(ev.id, STR("day-2023-07-01")));
	assert_true(str_eq(ev.source, STR(INGESTION_DAY_SOURCE)));
	assert_int_equal(ev.u.day.day, DAY_1);
	assert_int_equal(ev.time, (event_ms)DAY_1 * MS_PER_DAY);
	assert_int_equal(ev.recorded, ev.time);
}

static void test_days_expire_the_window(void **state)
{
	struct ingestion_core *c = core_with(DAYS_FROM_CLOCK);
	struct event ev;
	struct candidate ca;
	struct batch_effects out;
	struct day_effects due;

	(void)state;
	make_event("a", &ev, &ca);
	ingestion_days_due(c, NOON(DAY_1), &due);
	assert_int_equal(ingestion_decide(c, &ca, 1, &out), 0);
	ingestion_days_due(c, NOON(DAY_1 + 45), &due);
	assert_int_equal(ingestion_decide(c, &ca, 1, &out), 0);
	assert_int_equal(out.n_duplicates, 1);
	ingestion_days_due(c, NOON(DAY_1 + 46), &due);
	assert_int_equal(ingestion_decide(c, &ca, 1, &out), 0);
	assert_int_equal(out.n_accepted, 1);
	ingestion_core_destroy(c);
}

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(test_a_refusal_carries_reason_and_detail),
		cmocka_unit_test(test_an_edition_past_those_of_one_batch_is_told_so),
		cmocka_unit_test(test_the_same_texts_split_elsewhere_are_another_event),
		cmocka_unit_test(test_what_is_recalled_from_the_log_is_a_duplicate),
		cmocka_unit_test(test_a_batch_that_finds_no_memory_changes_nothing),
		cmocka_unit_test(test_creation_leaks_nothing_when_memory_fails),
		cmocka_unit_test(test_the_day_event_is_valid_and_the_same_each_time),
		cmocka_unit_test(test_days_expire_the_window),
	};
	struct CMUnitTest tests[ARRAY_LEN(plain) + ARRAY_LEN(rows) + ARRAY_LEN(day_rows)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < ARRAY_LEN(day_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = day_rows[i].name,
			.test_func = test_day_row,
			.initial_state = (void *)(uintptr_t)&day_rows[i] };
	return _cmocka_run_group_tests("ingestion core", tests, n, NULL, NULL);
}
