/* The client library against a real ingestion service: what is acknowledged, refused, repeated after a restart; the full
 * window; deadlines; loops of the caller's own. */
#include "tests/services/ingestion_rig.h"

#include <poll.h>

#include "common/wire/event_json.h"
#include "services/client/capscore_client.h"

#define MANY 5000u

static struct rig rig;

/* What callbacks told. */
struct told {
	struct capscore_client *c;
	uint64_t acks, accepted, duplicates, refused, position, last_batch;
	uint8_t seen[MANY]; /* by tag: acknowledged without a refusal */
	char reason[64], detail[256];
	uint64_t refused_tag, dead_letter;
	uint32_t refused_index;
	bool own;	/* batches are of the test's making: tags are theirs */
	bool busy;	/* what must be refused inside of a callback was */
	uint64_t again; /* events to be added in callbacks */
};

static size_t json_of(uint64_t number, char *to, size_t size)
{
	char id[24];
	struct event ev = rig_event(number, id);
	struct buf b;
	size_t n;

	buf_init(&b, &mem_heap, 65536);
	assert_int_equal(event_to_json(&ev, &b), 0);
	n = b.n;
	assert_true(n < size);
	memcpy(to, b.p, n);
	buf_fini(&b);
	return n;
}

static int add(struct capscore_client *c, uint64_t number, struct capscore_error *e)
{
	char text[1024];
	size_t n = json_of(number, text, sizeof text);

	return capscore_client_add(c, CAPSCORE_JSON, text, n, number, e);
}

static void on_ack(void *ctx, const struct capscore_ack *ack)
{
	struct told *t = ctx;

	t->acks++;
	t->accepted += ack->accepted;
	t->duplicates += ack->duplicates;
	t->position = ack->position;
	t->last_batch = ack->batch;
	for (size_t i = 0; i < ack->n_tags && !t->own; i++)
		t->seen[ack->tags[i]]++;
	for (size_t i = 0; i < ack->n_refusals; i++) {
		const struct capscore_refusal *r = &ack->refusals[i];

		t->refused++;
		t->refused_tag = r->tag;
		t->refused_index = r->index;
		t->dead_letter = r->dead_letter;
		(void)snprintf(t->reason, sizeof t->reason, "%s", r->reason);
		(void)snprintf(t->detail, sizeof t->detail, "%s", r->detail);
		if (!t->own)
			t->seen[r->tag]--;
	}
	t->busy = capscore_client_poll(t->c, 0, NULL) == CAPSCORE_E_BUSY &&
		  capscore_client_flush(t->c, 0, NULL) == CAPSCORE_E_BUSY &&
		  capscore_client_ready(t->c, 0, NULL) == CAPSCORE_E_BUSY;
	if (t->again > 0)
		assert_int_equal(add(t->c, --t->again, NULL), 0);
}

static char endpoint[128];

static struct capscore_client_options options_for(struct told *t)
{
	memset(t, 0, sizeof *t);
	(void)snprintf(endpoint, sizeof endpoint, "ipc://%s/run/ingestion-publish.sock", rig.dir);
	return (struct capscore_client_options){
		.endpoint = endpoint, .name = "test", .on_ack = on_ack, .ctx = t
	};
}

static struct capscore_client *open_client(
	struct told *t, const struct capscore_client_options *options)
{
	struct capscore_client_options o = options_for(t);
	struct capscore_client *c = NULL;
	struct capscore_error e = { 0 };

	if (options != NULL) {
		o.batch_events = options->batch_events;
		o.window_events = options->window_events;
		o.linger_ms = options->linger_ms;
		o.silence_ms = options->silence_ms;
	}
	if (capscore_client_open(&o, &c, &e) != 0)
		fail_msg("%s", e.text);
	t->c = c;
	return c;
}

static int setup(void **state)
{
	(void)state;
	rig_make(&rig);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

static void flush(struct capscore_client *c)
{
	struct capscore_error e = { 0 };

	if (capscore_client_flush(c, RIG_DEADLINE_MS, &e) != 0)
		fail_msg("%s", e.text);
}

/* ---- delivery ---------------------------------------------------------------------------------------------- */

static void test_what_is_flushed_is_in_the_log(void **state)
{
	struct capscore_client_options o = { .batch_events = 64, .window_events = 200 };
	struct capscore_client_stats stats;
	struct capscore_client *c;
	struct capscore_error e = { 0 };
	struct told t;
	uint64_t full = 0;

	(void)state;
	rig_start(&rig);
	c = open_client(&t, &o);
	assert_int_equal(capscore_client_ready(c, RIG_DEADLINE_MS, &e), 0);
	for (uint64_t i = 0; i < MANY; i++) {
		int rc;

		while ((rc = add(c, i, &e)) == CAPSCORE_E_AGAIN) {
			full++;
			assert_true(capscore_client_poll(c, RIG_DEADLINE_MS, &e) > 0);
		}
		assert_int_equal(rc, 0);
	}
	flush(c);
	capscore_client_stats_get(c, &stats);
	assert_true(full > 0);
	assert_int_equal(stats.added, MANY);
	assert_int_equal(stats.accepted, MANY);
	assert_int_equal(stats.in_flight, 0);
	assert_int_equal(stats.window_events, 200);
	assert_true(stats.ready);
	assert_int_equal(t.accepted, MANY);
	assert_int_equal(t.position, MANY);
	assert_true(t.busy);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(t.seen[i], 1);
	capscore_client_close(&c);
	assert_null(c);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	rig_assert_once(rig.dir, MANY);
}

static void test_what_is_wrong_with_an_event_is_told_at_once(void **state)
{
	static const struct {
		enum capscore_event_format format;
		const char *bytes;
		int rc;
		const char *text;
	} tries[] = {
		{ CAPSCORE_JSON, "{", CAPSCORE_E_SYNTAX, "malformed: line 1, column 1: not JSON" },
		{ CAPSCORE_JSON, "{\"specversion\":\"1.0\",\n\"id\":7}", CAPSCORE_E_INVALID,
			"bad-id: line 2, column 1: id: expected a string" },
		{ CAPSCORE_CLOUDEVENT, "x", CAPSCORE_E_SYNTAX, "not a CloudEvent of protobuf" },
		{ (enum capscore_event_format)9, "x", CAPSCORE_E_INVALID, "format 9" },
	};
	struct capscore_client *c;
	struct told t;

	(void)state;
	rig_start(&rig);
	c = open_client(&t, NULL);
	assert_int_equal(add(c, 0, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		struct capscore_error e = { 0 };

		assert_int_equal(capscore_client_add(c, tries[i].format, tries[i].bytes,
					 strlen(tries[i].bytes), 0, &e),
			tries[i].rc);
		assert_int_equal(e.code, tries[i].rc);
		if (strstr(e.text, tries[i].text) == NULL)
			fail_msg("%s", e.text);
	}
	assert_int_equal(add(c, 1, NULL), 0);
	flush(c);
	assert_int_equal(t.accepted, 2);
	capscore_client_close(&c);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	rig_assert_once(rig.dir, 2);
}

static void test_an_event_that_the_service_refuses_is_told_by_its_tag(void **state)
{
	struct capscore_client *c;
	struct told t;

	(void)state;
	rig_start(&rig);
	c = open_client(&t, NULL);
	assert_int_equal(add(c, 0, NULL), 0);
	assert_int_equal(capscore_client_add(c, CAPSCORE_EVENT, "\x0a\x01x", 3, 17, NULL), 0);
	assert_int_equal(add(c, 2, NULL), 0);
	flush(c);
	assert_int_equal(t.accepted, 2);
	assert_int_equal(t.refused, 1);
	assert_int_equal(t.refused_tag, 17);
	assert_int_equal(t.refused_index, 1);
	assert_string_equal(t.reason, "bad-source");
	assert_true(t.detail[0] != '\0' && t.dead_letter > 0);
	capscore_client_close(&c);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
}

static void test_batches_of_the_callers_making_go_as_they_are(void **state)
{
	struct capscore_client *c;
	struct capscore_error e = { 0 };
	struct told t;
	char text[4096];
	size_t n;

	(void)state;
	rig_start(&rig);
	c = open_client(&t, NULL);
	t.own = true;
	n = json_of(0, text, sizeof text);
	text[n++] = '\n';
	n += json_of(1, text + n, sizeof text - n);
	assert_int_equal(capscore_client_send(c, CAPSCORE_NDJSON, text, n, 2, 0, &e), 0);
	text[0] = '[';
	n = 1 + json_of(2, text + 1, sizeof text - 1);
	text[n++] = ',';
	text[n++] = '7';
	text[n++] = ']';
	assert_int_equal(capscore_client_send(c, CAPSCORE_JSON_BATCH, text, n, 2, 0, &e), 0);
	flush(c);
	assert_int_equal(t.accepted, 3);
	assert_int_equal(t.refused, 1);
	assert_int_equal(t.refused_index, 1);
	assert_string_equal(t.reason, "malformed");
	/* What is no batch at all is refused whole, under the tag of the batch. */
	assert_int_equal(capscore_client_send(c, CAPSCORE_JSON_BATCH, "{}", 2, 1, 23, &e), 0);
	flush(c);
	assert_int_equal(t.refused, 2);
	assert_int_equal(t.refused_tag, 23);
	assert_int_equal(t.refused_index, CAPSCORE_WHOLE_BATCH);
	assert_int_equal(
		capscore_client_send(c, CAPSCORE_NDJSON, "", 0, 1, 0, &e), CAPSCORE_E_INVALID);
	assert_int_equal(
		capscore_client_send(c, CAPSCORE_NDJSON, "{}", 2, 5000, 0, &e), CAPSCORE_E_FULL);
	capscore_client_close(&c);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	rig_assert_once(rig.dir, 3);
}

static void test_callbacks_may_add(void **state)
{
	struct capscore_client *c;
	struct told t;

	(void)state;
	rig_start(&rig);
	c = open_client(&t, NULL);
	t.again = 5;
	assert_int_equal(add(c, 5, NULL), 0);
	while (t.accepted < 6)
		assert_true(capscore_client_poll(c, RIG_DEADLINE_MS, NULL) >= 0);
	capscore_client_close(&c);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	rig_assert_once(rig.dir, 6);
}

/* ---- time -------------------------------------------------------------------------------------------------- */

/* Added before the service is there, and over its restart: everything is logged once. */
static void test_the_service_may_come_late_and_go_away(void **state)
{
	struct capscore_client *c;
	struct capscore_error e = { 0 };
	struct told t;

	(void)state;
	rig_start(&rig); /* makes the folder of sockets */
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	c = open_client(&t, NULL);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(add(c, i, NULL), 0);
	assert_int_equal(capscore_client_flush(c, 1, &e), CAPSCORE_E_TIMEOUT);
	assert_non_null(strstr(e.text, "1000 events are not acknowledged after 1 ms"));
	rig_start(&rig);
	flush(c);
	assert_int_equal(t.accepted, 1000);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	for (uint64_t i = 1000; i < 2000; i++)
		assert_int_equal(add(c, i, NULL), 0);
	assert_int_equal(capscore_client_flush(c, 1, &e), CAPSCORE_E_TIMEOUT);
	rig_start(&rig);
	flush(c);
	assert_int_equal(t.accepted + t.duplicates, 2000);
	capscore_client_close(&c);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	rig_assert_once(rig.dir, 2000);
}

static void test_silence_is_told_when_something_is_awaited(void **state)
{
	struct capscore_client_options o = { .silence_ms = 50, .linger_ms = CAPSCORE_LINGER_NEVER };
	struct capscore_client *c;
	struct capscore_error e = { 0 };
	struct told t;

	(void)state;
	rig_start(&rig);
	c = open_client(&t, &o);
	assert_int_equal(capscore_client_ready(c, RIG_DEADLINE_MS, &e), 0);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	/* Nothing is under way, so there is nothing to wait for. */
	assert_int_equal(capscore_client_poll(c, -1, &e), 0);
	assert_int_equal(add(c, 0, &e), 0);
	assert_int_equal(capscore_client_poll(c, -1, &e), 0); /* nor by an event that lingers */
	assert_int_equal(capscore_client_push(c, &e), 0);
	assert_int_equal(capscore_client_poll(c, -1, &e), CAPSCORE_E_TIMEOUT);
	assert_non_null(strstr(e.text, "nobody answers at ipc://"));
	rig_start(&rig);
	while (t.accepted == 0) { /* it goes on trying all the same */
		int rc = capscore_client_poll(c, -1, &e);

		assert_true(rc >= 0 || rc == CAPSCORE_E_TIMEOUT);
	}
	capscore_client_close(&c);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	rig_assert_once(rig.dir, 1);
}

static void test_nobody_is_there(void **state)
{
	struct capscore_client *c;
	struct capscore_error e = { 0 };
	struct told t;

	(void)state;
	c = open_client(&t, NULL);
	assert_int_equal(capscore_client_ready(c, 1, &e), CAPSCORE_E_TIMEOUT);
	assert_int_equal(add(c, 0, NULL), 0);
	capscore_client_close(&c); /* what is under way is forgotten */
	capscore_client_close(&c);
}

/* A loop of the caller's own: poll is called when the descriptor or the time says so, and never waits itself. */
static void test_a_loop_of_ones_own(void **state)
{
	struct capscore_client_options o = { .batch_events = 10, .window_events = 50 };
	struct capscore_client *c;
	struct told t;
	uint64_t next = 0, until = uv_hrtime() + RIG_DEADLINE_MS * 1000000ULL;

	(void)state;
	rig_start(&rig);
	c = open_client(&t, &o);
	while (t.accepted < MANY && uv_hrtime() < until) {
		struct pollfd fd = { .fd = capscore_client_fd(c), .events = POLLIN };

		while (next < MANY && add(c, next, NULL) == 0)
			next++;
		assert_true(capscore_client_poll(c, 0, NULL) >= 0);
		if (t.accepted < MANY && next == MANY)
			(void)poll(&fd, 1, capscore_client_timeout(c));
	}
	assert_int_equal(t.accepted, MANY);
	capscore_client_close(&c);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
	rig_assert_once(rig.dir, MANY);
}

/* ---- options ------------------------------------------------------------------------------------------------ */

static void test_options_out_of_range(void **state)
{
	static char long_name[300];
	struct told t;
	struct capscore_client_options good = options_for(&t), o;
	struct capscore_client *c = NULL;
	struct capscore_error e = { 0 };

	(void)state;
	memset(long_name, 'x', sizeof long_name - 1);
	o = good;
	o.endpoint = NULL;
	assert_int_equal(capscore_client_open(&o, &c, &e), CAPSCORE_E_INVALID);
	o = good;
	o.endpoint = "nonsense";
	assert_int_equal(capscore_client_open(&o, &c, &e), CAPSCORE_E_INVALID);
	o.endpoint = "tcp://192.0.2.1:5555";
	assert_int_equal(capscore_client_open(&o, &c, &e), CAPSCORE_E_UNSUPPORTED);
	o = good;
	o.batch_events = 4097;
	assert_int_equal(capscore_client_open(&o, &c, &e), CAPSCORE_E_INVALID);
	assert_string_equal(e.text, "batch_events 4097: expected 1..4096");
	o = good;
	o.name = long_name;
	assert_int_equal(capscore_client_open(&o, &c, &e), CAPSCORE_E_INVALID);
	assert_null(c);
	assert_string_equal(capscore_client_version(), CAPSCORE_VERSION);
	assert_string_equal(
		capscore_error_text(CAPSCORE_E_AGAIN), "the window is full: poll, then try again");
	assert_true(capscore_error_text(-9999)[0] != '\0');
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_flushed_is_in_the_log),
		TEST(test_what_is_wrong_with_an_event_is_told_at_once),
		TEST(test_an_event_that_the_service_refuses_is_told_by_its_tag),
		TEST(test_batches_of_the_callers_making_go_as_they_are),
		TEST(test_callbacks_may_add),
		TEST(test_the_service_may_come_late_and_go_away),
		TEST(test_silence_is_told_when_something_is_awaited),
		TEST(test_nobody_is_there),
		TEST(test_a_loop_of_ones_own),
		TEST(test_options_out_of_range),
	};

	return cmocka_run_group_tests_name("the client library", tests, NULL, NULL);
}
