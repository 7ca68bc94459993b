/* Reading a log over real sockets from a real store: in order, from anywhere, over restarts, filtered, refused. */
#include "stream_rig.h"

/* ---- reading ---------------------------------------------------------------------------------------------- */

static void test_a_reader_gets_what_was_there_and_what_comes(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	for (int i = 0; i < 20; i++)
		append(&src, 500);
	taker_open(&k, &net, 1000);
	run_to_end(&net, &k);
	assert_int_equal(k.n_units, 10000);
	for (unsigned i = 1; i <= 200; i++) {
		append(&src, i % 9 + 1);
		stream_server_wake(src.server);
		run_to_end(&net, &k);
	}
	assert_int_equal(stream_reader_end(k.reader), store_end(src.store));
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_reader_starts_at_any_position(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	uint64_t end;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append(&src, 10);
	append(&src, 13);
	end = store_end(src.store);
	for (uint64_t p = 0; p < end; p++) {
		struct taker k = { .src = &src, .start = p };

		taker_open(&k, &net, 3);
		run_to_end(&net, &k);
		stream_reader_close(&k.reader);
	}
	source_stop(&src);
	net_stop(&net);
}

static void test_the_end_is_told_once_each_time_it_is_reached(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src };
	uint64_t reads;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	taker_open(&k, &net, 100);
	net_run_until(&net, taker_is_at_end, &k); /* of an empty log */
	assert_int_equal(k.end, 0);
	append(&src, 3);
	k.ends = 0;
	stream_server_wake(src.server);
	net_run_until(&net, taker_is_at_end, &k);
	assert_int_equal(k.end, store_end(src.store));
	assert_int_equal(k.n_units, 3);
	/* Signs of life and their answers do not tell it again. */
	reads = src.reads;
	while (src.reads < reads + 5)
		(void)uv_run(&net.loop, UV_RUN_ONCE);
	assert_int_equal(k.ends, 1);
	assert_false(k.broken);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_consumer_without_room_gets_each_unit_once(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .again_every = 3 };
	uv_idle_t idle;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	for (int i = 0; i < 10; i++)
		append(&src, 100);
	taker_open(&k, &net, 50);
	resume_always(&net, &k, &idle);
	run_to_end(&net, &k);
	assert_int_equal(k.n_units, 1000);
	uv_close((uv_handle_t *)&idle, NULL);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_reader_may_be_closed_by_its_consumer(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .close_after = 5 };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append(&src, 100);
	taker_open(&k, &net, 1000);
	k.want = 5;
	net_run_until(&net, taker_has, &k);
	assert_null(k.reader);
	assert_int_equal(k.n_units, 5);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_reader_may_be_closed_at_the_end(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .close_at_end = true };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append(&src, 100);
	taker_open(&k, &net, 10);
	net_run_until(&net, taker_is_at_end, &k);
	assert_null(k.reader);
	assert_false(k.broken);
	assert_int_equal(k.n_units, 100);
	source_stop(&src);
	net_stop(&net);
}

static bool is_forgotten(void *ctx)
{
	struct taker *k = ctx;

	return k->n_units == k->fail_after && stream_server_readers(k->src->server) == 0;
}

static void test_a_consumer_that_fails_stops_the_reading(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 100 };
	struct taker k = { .src = &src, .fail_after = 50 };
	uint64_t position;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append(&src, 100);
	taker_open(&k, &net, 20);
	net_run_until(&net, is_forgotten, &k); /* no sign of life any more */
	position = stream_reader_position(k.reader);
	assert_int_equal(position, k.next);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_large_units_pass_one_by_one(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append_kind(&src, 40, (size_t)400 * 1024, 1);
	taker_open(&k, &net, 0);
	run_to_end(&net, &k);
	assert_int_equal(k.n_units, 40);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

/* ---- restarts --------------------------------------------------------------------------------------------- */

/* The server goes at ever later points of the stream, each time with more to read when it comes back. */
static void restart_often(unsigned again_every)
{
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .again_every = again_every };
	uv_idle_t idle;

	net_start(&net);
	source_start(&src, &net);
	for (int i = 0; i < 5; i++)
		append(&src, 200);
	taker_open(&k, &net, 300);
	resume_always(&net, &k, &idle);
	for (unsigned round = 1; round <= 6; round++) {
		k.want = round * 500;
		net_run_until(&net, taker_has, &k);
		source_close(&src);
		source_open(&src);
		append(&src, 50);
		stream_server_wake(src.server);
	}
	run_to_end(&net, &k);
	assert_int_equal(k.n_units, 1300);
	uv_close((uv_handle_t *)&idle, NULL);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

static void test_a_restarted_server_loses_and_repeats_nothing(void **state)
{
	(void)state;
	restart_often(0);
}

static void test_a_restart_while_the_consumer_has_no_room_loses_nothing(void **state)
{
	(void)state;
	restart_often(2);
}

static bool has_no_reader(void *ctx)
{
	return stream_server_readers(((struct source *)ctx)->server) == 0;
}

static bool has_reader(void *ctx)
{
	return !has_no_reader(ctx);
}

static void test_a_silent_reader_is_forgotten_and_may_come_back(void **state)
{
	struct net net;
	struct source src = { .silence_ms = 5 }; /* shorter than the reader's signs of life */
	struct taker k = { .src = &src };

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	append(&src, 10);
	taker_open(&k, &net, 100);
	run_to_end(&net, &k);
	for (int i = 0; i < 3; i++) {
		net_run_until(&net, has_no_reader, &src);
		append(&src, 10);
		net_run_until(&net, has_reader, &src);
		run_to_end(&net, &k);
	}
	assert_int_equal(k.n_units, 40);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

/* ---- filters ---------------------------------------------------------------------------------------------- */

static void test_a_filter_leaves_out_and_keeps_the_positions(void **state)
{
	struct net net;
	struct source src = { .filtered = true };
	struct taker k = { .src = &src, .gaps = true };
	uint64_t passing = 0;

	(void)state;
	net_start(&net);
	source_start(&src, &net);
	for (unsigned i = 0; i < 30; i++) {
		/* Runs of other units, some longer than one message looks through. */
		append_kind(&src, i % 3 == 0 ? 3000 : 5, 0, 2);
		append_kind(&src, i % 4 + 1, 0, 1);
		passing += i % 4 + 1;
	}
	append_kind(&src, 2500, 0, 2);
	taker_open(&k, &net, 700);
	net_run_until(&net, taker_is_at_end, &k);
	assert_false(k.broken);
	assert_int_equal(k.n_units, passing);
	assert_int_equal(k.end, store_end(src.store));
	assert_int_equal(stream_reader_position(k.reader), store_end(src.store));
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

/* ---- refusals --------------------------------------------------------------------------------------------- */

struct refusal_row {
	const char *name;
	const char *log;
	uint64_t start;
	bool with_filter;
	const char *want;
};

static const struct refusal_row refusals[] = {
	{ "a position past the end is refused", "events", 1000000, false, "position-ahead" },
	{ "a dropped position is refused", "events", 0, false, "position-gone" },
	{ "a log that is none is refused", "elsewhere", 5, false, "unknown-log" },
	{ "a filter where none is taken is refused", "events", 5, true, "bad-filter" },
};

static void test_refusal(void **state)
{
	const struct refusal_row *row = *state;
	struct net net;
	struct source src = { .silence_ms = 0 };
	struct taker k = { .src = &src, .start = row->start, .gaps = row->with_filter };

	net_start(&net);
	src.store_options.retain_records = 100;
	source_start(&src, &net);
	for (int i = 0; i < 20; i++)
		append(&src, 20);
	assert_true(store_first(src.store) > 0);
	taker_open_log(&k, &net, row->log, 100);
	net_run_until(&net, taker_is_refused, &k);
	assert_string_equal(k.refused, row->want);
	assert_int_equal(k.refused_first, store_first(src.store));
	assert_int_equal(k.n_units, 0);
	assert_int_equal(stream_server_readers(src.server), 0);
	stream_reader_close(&k.reader);
	source_stop(&src);
	net_stop(&net);
}

#define FIXED(f)                                                                                   \
	{                                                                                          \
		.name = #f, .test_func = f                                                         \
	}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		FIXED(test_a_reader_gets_what_was_there_and_what_comes),
		FIXED(test_a_reader_starts_at_any_position),
		FIXED(test_the_end_is_told_once_each_time_it_is_reached),
		FIXED(test_a_consumer_without_room_gets_each_unit_once),
		FIXED(test_a_reader_may_be_closed_by_its_consumer),
		FIXED(test_a_reader_may_be_closed_at_the_end),
		FIXED(test_a_consumer_that_fails_stops_the_reading),
		FIXED(test_large_units_pass_one_by_one),
		FIXED(test_a_restarted_server_loses_and_repeats_nothing),
		FIXED(test_a_restart_while_the_consumer_has_no_room_loses_nothing),
		FIXED(test_a_silent_reader_is_forgotten_and_may_come_back),
		FIXED(test_a_filter_leaves_out_and_keeps_the_positions),
	};
	struct CMUnitTest tests[ARRAY_LEN(fixed) + ARRAY_LEN(refusals)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		tests[n++] = fixed[i];
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		tests[n++] = (struct CMUnitTest){ .name = refusals[i].name,
			.test_func = test_refusal,
			.initial_state = (void *)(uintptr_t)&refusals[i] };
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
