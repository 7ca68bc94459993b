/* The publish endpoint takes events in every form: what is accepted is logged alike, what is refused is kept as it came
 * and can be given back. */
#include "tests/services/ingestion_rig.h"

#include "common/wire/body.h"
#include "common/wire/event_json.h"
#include "common/wire/pb.h"

static struct rig rig;
static struct client producer, reader;

static void begin(void)
{
	rig_make(&rig);
	rig.options.days = DAYS_FROM_CLOCK;
	rig_start(&rig);
	client_open_in(&producer, rig.dir, "ingestion-publish");
	client_open_in(&reader, rig.dir, "ingestion");
}

static void end(void)
{
	client_close(&producer);
	client_close(&reader);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
}

static void publish(uint64_t batch, const char *type, struct span body, struct frame *ret_f)
{
	struct frame f = { .kind = FRAME_PUBLISH };

	f.u.publish.batch = batch;
	f.u.publish.content_type = str_from(type);
	client_send(&producer, &f, &body);
	client_receive(&producer, FRAME_ACKNOWLEDGE, ret_f);
	assert_int_equal(ret_f->u.acknowledge.batch, batch);
}

static void ask_letter(enum dead_letter_action action, uint64_t letter, struct span replacement,
	struct frame *ret_f)
{
	struct frame f = { .kind = FRAME_DEAD_LETTER_QUERY };

	f.u.dead_letter_query.request = ++reader.requests;
	f.u.dead_letter_query.action = action;
	f.u.dead_letter_query.letter = letter;
	f.u.dead_letter_query.replacement = replacement;
	client_send(&reader, &f, NULL);
	client_receive(&reader, FRAME_DEAD_LETTER_ANSWER, ret_f);
}

/* ---- bodies ------------------------------------------------------------------------------------------------ */

/* An event of rig_event() as CloudEvents write it; without a subject when it is to be refused. */
static void put_json(struct buf *out, uint64_t number, bool good)
{
	char id[24];
	struct event ev = rig_event(number, id);

	if (!good)
		ev.subject = STR("");
	assert_int_equal(event_to_json(&ev, out), 0);
}

static uint8_t *put_attribute(uint8_t *p, const char *name, struct str value)
{
	uint8_t *entry = pb_open(p, 5), *v;

	p = pb_put_str(entry, 1, str_from(name));
	v = pb_open(p, 2);
	p = pb_close(v, pb_put_str(v, 3, value));
	return pb_close(entry, p);
}

static void put_cloud(struct buf *out, uint64_t number, bool good, bool in_batch)
{
	uint8_t event[2048], *p;
	struct buf json;
	const char *data;
	char id[24];
	struct event ev = rig_event(number, id);

	buf_init(&json, &mem_heap, 65536);
	assert_int_equal(event_to_json(&ev, &json), 0);
	assert_int_equal(buf_add(&json, "", 1), 0);
	data = strstr((char *)json.p, "\"data\":") + 7;
	p = pb_put_str(event, 1, ev.id);
	p = pb_put_str(p, 2, ev.source);
	p = pb_put_str(p, 3, STR("1.0"));
	p = pb_put_str(p, 4, STR("capscore.usage.v1"));
	if (good)
		p = put_attribute(p, "subject", ev.subject);
	p = put_attribute(p, "time", STR("2023-07-01T00:00:00Z"));
	p = pb_put_bytes(p, 7, data, strlen(data) - 1);
	assert_int_equal(buf_reserve(out, 4096), 0);
	if (in_batch)
		out->n = (size_t)(pb_put_bytes(out->p + out->n, 1, event, (size_t)(p - event)) -
				  out->p);
	else
		assert_int_equal(buf_add(out, event, (size_t)(p - event)), 0);
	buf_fini(&json);
}

static void put_text(struct buf *out, const char *text)
{
	assert_int_equal(buf_add(out, text, strlen(text)), 0);
}

/* Events 0 to 2, the middle one of which is refused. */
static void make_body(enum wire_content content, struct buf *out)
{
	struct batch b;

	batch_init(&b);
	if (content == CONTENT_JSON_BATCH)
		put_text(out, "[\n");
	for (uint64_t i = 0; i < 3; i++) {
		if (content == CONTENT_EVENT_BATCH) {
			char id[24];
			struct event ev = rig_event(i, id);

			if (i == 1)
				ev.subject = STR("");
			assert_int_equal(wire_encode_event(&ev, out), 0);
		} else if (content == CONTENT_CLOUDEVENT_BATCH) {
			put_cloud(out, i, i != 1, true);
		} else {
			put_json(out, i, i != 1);
			put_text(out, content == CONTENT_NDJSON ? "\n" : i < 2 ? ",\n" : "]");
		}
	}
	batch_fini(&b);
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum wire_content content;
} rows[] = {
	{ "an EventBatch", CONTENT_EVENT_BATCH },
	{ "a CloudEventBatch", CONTENT_CLOUDEVENT_BATCH },
	{ "an array of JSON", CONTENT_JSON_BATCH },
	{ "lines of JSON", CONTENT_NDJSON },
};

static void test_row(void **state)
{
	size_t row = (size_t)(uintptr_t)*state;
	enum wire_content content = rows[row].content;
	struct frame f;
	struct buf body, one;
	struct batch mended;
	uint64_t letter;

	begin();
	buf_init(&body, &mem_heap, 65536);
	buf_init(&one, &mem_heap, 65536);
	make_body(content, &body);
	publish(1, content_name(content).p, buf_span(&body), &f);
	assert_int_equal(f.u.acknowledge.accepted, 2);
	assert_int_equal(f.u.acknowledge.n_refusals, 1);
	assert_int_equal(f.u.acknowledge.refusals[0].index, 1);
	assert_true(str_eq(f.u.acknowledge.refusals[0].reason, STR("bad-subject")));
	letter = f.u.acknowledge.refusals[0].dead_letter;
	/* A repeat is a repeat, whatever it is written in. */
	publish(2, content_name(content).p, buf_span(&body), &f);
	assert_int_equal(f.u.acknowledge.duplicates, 2);
	assert_int_equal(f.u.acknowledge.refusals[0].dead_letter, letter);
	/* The letter holds what came. */
	ask_letter(DEAD_LETTER_SHOW, letter, (struct span){ 0 }, &f);
	assert_int_equal(f.u.dead_letter_answer.n_letters, 1);
	assert_non_null(memmem(body.p, body.n, f.u.dead_letter_answer.letters[0].original.p,
		f.u.dead_letter_answer.letters[0].original.n));
	/* As it is it is refused again, for its own fault. */
	ask_letter(DEAD_LETTER_REPLAY, letter, (struct span){ 0 }, &f);
	assert_false(f.u.dead_letter_answer.replayed);
	assert_true(str_eq(f.u.dead_letter_answer.reason, STR("bad-subject")));
	/* Mended it is taken, in the same form as in any other. */
	batch_init(&mended);
	if (content == CONTENT_CLOUDEVENT_BATCH)
		put_cloud(&one, 1, true, true);
	else if (content == CONTENT_EVENT_BATCH)
		batch_add(&mended, 1);
	else
		put_json(&one, 1, true);
	ask_letter(DEAD_LETTER_REPLAY, letter,
		content == CONTENT_EVENT_BATCH ? buf_span(&mended.bytes) : buf_span(&one), &f);
	assert_true(f.u.dead_letter_answer.replayed);
	assert_int_equal(client_counter(&reader, "dead-letters"), 0);
	end();
	rig_assert_once(rig.dir, 3);
	rig_fini(&rig);
	batch_fini(&mended);
	buf_fini(&body);
	buf_fini(&one);
}

/* ---- single ones, and faults -------------------------------------------------------------------------------- */

static void test_a_single_event_needs_no_batch(void **state)
{
	struct buf body;
	struct frame f;

	(void)state;
	begin();
	buf_init(&body, &mem_heap, 65536);
	put_json(&body, 0, true);
	publish(1, "application/cloudevents+json; charset=utf-8", buf_span(&body), &f);
	assert_int_equal(f.u.acknowledge.accepted, 1);
	buf_reset(&body);
	put_cloud(&body, 1, true, false);
	publish(2, "application/cloudevents+protobuf", buf_span(&body), &f);
	assert_int_equal(f.u.acknowledge.accepted, 1);
	end();
	rig_assert_once(rig.dir, 2);
	rig_fini(&rig);
	buf_fini(&body);
}

/* Refused by what ingestion decides, not by how it is written: it is kept as it came all the same, and taken in the
 * end when the deployment takes days. */
static void test_a_day_that_is_not_accepted_is_kept_as_it_came(void **state)
{
	static const char day[] =
		"{\"specversion\":\"1.0\",\"id\":\"d\",\"source\":\"/c\",\"type\":\"capscore.day.v1\","
		"\"time\":\"2023-07-01T00:00:00Z\",\n\"data\":{\"day\":\"2023-07-01\"}}";
	uint64_t letter;
	struct frame f;

	(void)state;
	begin();
	publish(1, "application/cloudevents+json", (struct span){ day, sizeof day - 1 }, &f);
	assert_int_equal(f.u.acknowledge.n_refusals, 1);
	assert_true(str_eq(f.u.acknowledge.refusals[0].reason, STR("day-not-accepted")));
	letter = f.u.acknowledge.refusals[0].dead_letter;
	ask_letter(DEAD_LETTER_SHOW, letter, (struct span){ 0 }, &f);
	assert_int_equal(f.u.dead_letter_answer.letters[0].original.n, sizeof day - 1);
	assert_memory_equal(f.u.dead_letter_answer.letters[0].original.p, day, sizeof day - 1);
	end();
	rig.options.days = DAYS_FROM_PRODUCERS;
	rig_start(&rig);
	client_open_in(&producer, rig.dir, "ingestion-publish");
	client_open_in(&reader, rig.dir, "ingestion");
	ask_letter(DEAD_LETTER_REPLAY, letter, (struct span){ 0 }, &f);
	assert_true(f.u.dead_letter_answer.replayed);
	end();
	rig_fini(&rig);
}

static void test_what_is_no_body_is_refused_whole_and_kept(void **state)
{
	static const struct {
		const char *type, *body, *reason, *detail;
	} tries[] = {
		{ "text/csv", "a,b\n", "malformed", "content_type \"text/csv\" is not known" },
		{ "application/cloudevents-batch+json", "[{}", "malformed", "no end" },
		{ "application/cloudevents-batch+json", "[]", "malformed", "without events" },
		{ "application/x-ndjson", "\n\n", "malformed", "without events" },
		{ "application/cloudevents-batch+protobuf", "x", "malformed",
			"not a CloudEventBatch" },
		{ "", "{}", "malformed", "not an EventBatch" },
	};
	struct frame f;

	(void)state;
	begin();
	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		uint64_t letter;

		publish(i + 1, tries[i].type, (struct span){ tries[i].body, strlen(tries[i].body) },
			&f);
		assert_int_equal(f.u.acknowledge.accepted, 0);
		assert_int_equal(f.u.acknowledge.n_refusals, 1);
		assert_int_equal(f.u.acknowledge.refusals[0].index, WIRE_WHOLE_BATCH);
		assert_true(str_eq(f.u.acknowledge.refusals[0].reason, str_from(tries[i].reason)));
		if (memmem(f.u.acknowledge.refusals[0].detail.p,
			    f.u.acknowledge.refusals[0].detail.n, tries[i].detail,
			    strlen(tries[i].detail)) == NULL)
			fail_msg(STR_FMT, STR_ARG(f.u.acknowledge.refusals[0].detail));
		letter = f.u.acknowledge.refusals[0].dead_letter;
		ask_letter(DEAD_LETTER_SHOW, letter, (struct span){ 0 }, &f);
		assert_int_equal(
			f.u.dead_letter_answer.letters[0].original.n, strlen(tries[i].body));
	}
	end();
	rig_fini(&rig);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 3];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)i };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_a_single_event_needs_no_batch);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		test_a_day_that_is_not_accepted_is_kept_as_it_came);
	tests[n++] =
		(struct CMUnitTest)cmocka_unit_test(test_what_is_no_body_is_refused_whole_and_kept);
	return _cmocka_run_group_tests("forms of a Publish", tests, n, NULL, NULL);
}
