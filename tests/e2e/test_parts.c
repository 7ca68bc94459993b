/* A day that touches every partner is scored in parts. A service that is killed between them makes the same scores. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/harness/scene.h"

#define PARTNERS 1500 /* three parts */
#define BATCH	 250

/* Each has a certificate that counts for the last time on 2023-07-20. */
static void tell_partners(struct scene *s)
{
	static char text[BATCH * 64];

	(void)scene_tell(s, "day 2023-07-20");
	for (unsigned p = 0; p < PARTNERS;) {
		size_t n = 0;

		for (unsigned end = p + BATCH; p < end; p++)
			n += (size_t)snprintf(text + n, sizeof text - n,
				"cert %u %u-p1 MD-102 2022-07-21 2023-07-20;", 10000 + p,
				10000 + p);
		(void)scene_tell(s, text);
	}
}

static bool some_parts_are_durable(void *ctx)
{
	const struct tail *t = ctx;

	return t->end >=
	       2 * PARTNERS - PARTNERS / 2; /* of the day's changes some, beside the first ones */
}

/* Kills scoring as soon as something of the day is durable. */
static void kill_amid(struct scene *s)
{
	struct sent_batch day = { .n_events = 0 };
	struct sender account;
	struct loop l;
	struct tail t;

	buf_reset(&s->batch);
	scene_encode("day 2023-07-21", &s->batch, &day.n_events);
	day.bytes = buf_span(&s->batch);
	loop_start(&l);
	tail_open(&t, &l, &s->h, HARNESS_SCORING, 0, NULL);
	sender_send(&s->h, &day, 1, &account);
	loop_until(&l, some_parts_are_durable, &t, false, "scores of the day");
	assert_int_equal(harness_end(&s->h, HARNESS_SCORING, SIGKILL), -SIGKILL);
	tail_close(&t);
	loop_stop(&l);
	tail_fini(&t);
	harness_start(&s->h, HARNESS_SCORING);
	s->events = account.position;
	scene_settle(s);
}

static void test_killed_between_parts_the_scores_are_the_same(void **state)
{
	struct scene *calm, *killed;
	struct tail a, b;

	(void)state;
	assert_int_equal(scene_open((void **)&calm), 0);
	tell_partners(calm);
	(void)scene_tell(calm, "day 2023-07-21");
	tail_read(&a, &calm->h, HARNESS_SCORING, 0, NULL);
	assert_int_equal(a.end, 2 * PARTNERS);
	assert_int_equal(scene_open((void **)&killed), 0);
	tell_partners(killed);
	kill_amid(killed);
	tail_read(&b, &killed->h, HARNESS_SCORING, 0, NULL);
	assert_true(tail_same(&a, &b));
	tail_fini(&a);
	tail_fini(&b);
	(void)scene_close((void **)&killed);
	(void)scene_close((void **)&calm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_between_parts_the_scores_are_the_same),
	};

	return cmocka_run_group_tests_name("a day in parts", tests, NULL, NULL);
}
