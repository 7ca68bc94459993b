/* Bodies of a Publish in every form: the same events come out, each is judged by itself, what is no body is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/wire/body.h"
#include "common/wire/event_json.h"
#include "common/wire/cloud_event.h"
#include "common/wire/json_scan.h"
#include "common/wire/pb.h"
#include "tests/support/event_samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES_MAX    ((size_t)4 << 20)

struct fixture {
	struct buf body;
	struct arena arena;
	struct decoded_event *events;
	size_t n;
	struct err err;
};

static int set_up(void **state)
{
	static struct fixture fx;

	memset(&fx, 0, sizeof fx);
	buf_init(&fx.body, &mem_heap, BYTES_MAX);
	arena_init(&fx.arena, &mem_heap, (size_t)64 << 20);
	*state = &fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	buf_fini(&fx->body);
	arena_fini(&fx->arena);
	return 0;
}

static int decode(struct fixture *fx, enum wire_content content, const char *body, size_t n)
{
	fx->n = 0;
	return wire_decode_body(
		content, (struct span){ body, n }, &fx->arena, &fx->events, &fx->n, &fx->err);
}

static int decode_text(struct fixture *fx, enum wire_content content, const char *body)
{
	return decode(fx, content, body, strlen(body));
}

#define EVENT(id)                                                                                  \
	"{\"specversion\":\"1.0\",\"id\":\"" id                                                    \
	"\",\"source\":\"/crm\",\"type\":\"capscore.customer.v1\",\"subject\":\"77\","             \
	"\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"t1\"}}"

/* ---- forms ------------------------------------------------------------------------------------------------- */

struct form {
	const char *name;
	enum wire_content content;
	const char *body;
	size_t want;	     /* events */
	const char *reasons; /* of each: a letter, '.' accepted, 'x' refused */
};

static const struct form forms[] = {
	{ "lines", CONTENT_NDJSON, EVENT("a") "\n\n \r\n" EVENT("b") "\r\n" EVENT("c"), 3, "..." },
	{ "lines behind a byte order mark", CONTENT_NDJSON, "\xEF\xBB\xBF" EVENT("a") "\n", 1,
		"." },
	{ "a bad line among good ones", CONTENT_NDJSON, EVENT("a") "\n{nonsense\n" EVENT("b"), 3,
		".x." },
	{ "an array", CONTENT_JSON_BATCH, " [ " EVENT("a") " ,\n" EVENT("b") "]\n", 2, ".." },
	{ "an empty array", CONTENT_JSON_BATCH, "[ ]", 0, "" },
	{ "an array in which not all is an event", CONTENT_JSON_BATCH,
		"[1, " EVENT("a") ", \"x,y]\", [[{}],2], " EVENT("b") "]", 5, "x.xx." },
	{ "an element that is missing", CONTENT_JSON_BATCH, "[" EVENT("a") ",," EVENT("b") "]", 3,
		".x." },
	{ "a comma that is missing", CONTENT_JSON_BATCH, "[" EVENT("a") EVENT("b") "]", 1, "x" },
	{ "one event", CONTENT_JSON, EVENT("a") "\n", 1, "." },
	{ "no line", CONTENT_NDJSON, "\n \n", 0, "" },
};

static void test_form(void **state)
{
	const struct form *f = *state;
	struct fixture *fx;

	assert_int_equal(set_up(state), 0);
	fx = *state;
	if (decode_text(fx, f->content, f->body) != 0)
		fail_msg("%s", fx->err.text);
	assert_int_equal(fx->n, f->want);
	for (size_t i = 0; i < fx->n; i++) {
		assert_int_equal(f->reasons[i] == '.', fx->events[i].refusal == REFUSED_NOT);
		assert_int_equal(
			fx->events[i].detail == NULL, fx->events[i].refusal == REFUSED_NOT);
	}
	assert_int_equal(tear_down(state), 0);
}

struct broken {
	const char *name;
	enum wire_content content;
	const char *body;
	size_t n; /* 0: as long as the text */
	int rc;
	const char *why;
};

static const struct broken broken[] = {
	{ "no array", CONTENT_JSON_BATCH, EVENT("a"), 0, ERR_SYNTAX, "not a JSON array" },
	{ "nothing", CONTENT_JSON_BATCH, " ", 0, ERR_SYNTAX, "not a JSON array" },
	{ "an array without an end", CONTENT_JSON_BATCH, "[" EVENT("a"), 0, ERR_SYNTAX,
		"the array has no end" },
	{ "an array that ends with a comma", CONTENT_JSON_BATCH, "[" EVENT("a") ",", 0, ERR_SYNTAX,
		"the array has no end" },
	{ "a string without an end", CONTENT_JSON_BATCH, "[\"a]", 0, ERR_SYNTAX,
		"the array has no end" },
	{ "more behind the array", CONTENT_JSON_BATCH, "[" EVENT("a") "] x", 0, ERR_SYNTAX,
		"something stands behind the array, after 1 events" },
	{ "an event of a batch that is cut", CONTENT_CLOUDEVENT_BATCH, "\x0a\x05xy", 0, ERR_SYNTAX,
		"not a CloudEventBatch" },
	{ "a batch whose field is no event", CONTENT_CLOUDEVENT_BATCH, "\x08\x01", 0, ERR_SYNTAX,
		"not a CloudEventBatch" },
};

static void test_broken(void **state)
{
	const struct broken *b = *state;
	struct fixture *fx;

	assert_int_equal(set_up(state), 0);
	fx = *state;
	assert_int_equal(decode(fx, b->content, b->body, b->n > 0 ? b->n : strlen(b->body)), b->rc);
	if (strstr(fx->err.text, b->why) == NULL)
		fail_msg("%s", fx->err.text);
	assert_int_equal(tear_down(state), 0);
}

/* ---- what becomes of events ------------------------------------------------------------------------------- */

/* Put together, the accepted events are an EventBatch with the same events, no longer than what came. */
static void test_accepted_events_make_an_event_batch(void **state)
{
	struct fixture *fx = *state;
	struct decoded_event *again;
	struct buf lines, batch;
	size_t n;

	buf_init(&lines, &mem_heap, BYTES_MAX);
	buf_init(&batch, &mem_heap, BYTES_MAX);
	for (int k = 1; k < FACT_KIND_END; k++) {
		struct event ev = event_sample_full((enum fact_kind)k);

		assert_int_equal(event_to_json(&ev, &lines), 0);
		assert_int_equal(buf_add(&lines, "\n", 1), 0);
	}
	assert_int_equal(decode(fx, CONTENT_NDJSON, (char *)lines.p, lines.n), 0);
	assert_int_equal(fx->n, FACT_KIND_END - 1);
	for (size_t i = 0; i < fx->n; i++)
		assert_int_equal(buf_add(&batch, fx->events[i].bytes.p, fx->events[i].bytes.n), 0);
	assert_true(batch.n < lines.n);
	assert_int_equal(wire_decode_events(buf_span(&batch), &fx->arena, &again, &n, &fx->err), 0);
	assert_int_equal(n, fx->n);
	for (size_t i = 0; i < n; i++) {
		struct event ev = event_sample_full((enum fact_kind)(i + 1));

		assert_int_equal(again[i].refusal, REFUSED_NOT);
		assert_true(event_sample_eq(&again[i].event, &ev));
	}
	buf_fini(&lines);
	buf_fini(&batch);
}

/* A CloudEvent without what it needs, alone and in a batch. */
static size_t put_cloud(uint8_t *to, bool in_batch)
{
	uint8_t event[128], *p;

	p = pb_put_str(event, 1, STR("e\0 1"));
	p = pb_put_str(p, 2, STR("/crm"));
	p = pb_put_str(p, 3, STR("1.0"));
	p = pb_put_str(p, 4, STR("capscore.day.v1"));
	if (in_batch)
		return (size_t)(pb_put_bytes(to, 1, event, (size_t)(p - event)) - to);
	memcpy(to, event, (size_t)(p - event));
	return (size_t)(p - event);
}

static void test_refused_events_are_kept_as_they_came(void **state)
{
	static const char lines[] = EVENT("a") "\n{\"\x01\0\xff\n";
	struct fixture *fx = *state;
	uint8_t one[256], batch[256];
	size_t n_one = put_cloud(one, false), n_batch = put_cloud(batch, true);

	assert_int_equal(decode(fx, CONTENT_NDJSON, lines, sizeof lines - 1), 0);
	assert_int_equal(fx->n, 2);
	assert_int_equal(fx->events[1].refusal, REFUSED_MALFORMED);
	assert_int_equal(fx->events[1].original.n, 5);
	assert_memory_equal(fx->events[1].original.p, "{\"\x01\0\xff", 5);
	assert_int_equal(decode(fx, CONTENT_CLOUDEVENT_BATCH, (char *)batch, n_batch), 0);
	assert_int_equal(fx->events[0].refusal, REFUSED_TIME);
	assert_int_equal(fx->events[0].original.n, n_batch);
	assert_memory_equal(fx->events[0].original.p, batch, n_batch);
	assert_int_equal(decode(fx, CONTENT_CLOUDEVENT, (char *)one, n_one), 0);
	assert_int_equal(fx->events[0].original.n, n_batch);
	assert_memory_equal(fx->events[0].original.p, batch, n_batch);
}

static void test_what_was_kept_tells_how_it_is_written(void **state)
{
	struct fixture *fx = *state;
	uint8_t batch[256];
	size_t n = put_cloud(batch, true);
	struct event ev = event_sample_full(FACT_USAGE);

	assert_int_equal(wire_encode_event(&ev, &fx->body), 0);
	assert_int_equal(wire_guess_content(buf_span(&fx->body)), CONTENT_EVENT_BATCH);
	assert_int_equal(wire_guess_content((struct span){ batch, n }), CONTENT_CLOUDEVENT_BATCH);
	assert_int_equal(wire_guess_content((struct span){ " [1]", 4 }), CONTENT_JSON_BATCH);
	assert_int_equal(
		wire_guess_content((struct span){ "{\"a\":\n\"}\"}\n", 11 }), CONTENT_JSON);
	assert_int_equal(wire_guess_content((struct span){ "{}\n{}", 5 }), CONTENT_NDJSON);
	assert_int_equal(wire_guess_content((struct span){ "{", 1 }), CONTENT_JSON);
	assert_int_equal(wire_guess_content((struct span){ "", 0 }), CONTENT_EVENT_BATCH);
}

static void test_more_events_or_bytes_than_a_batch_may_have(void **state)
{
	struct fixture *fx = *state;
	struct buf b;

	buf_init(&b, &mem_heap, BYTES_MAX);
	for (unsigned i = 0; i < WIRE_BATCH_EVENTS_MAX; i++)
		assert_int_equal(buf_add(&b, "{}\n", 3), 0);
	assert_int_equal(decode(fx, CONTENT_NDJSON, (char *)b.p, b.n), 0);
	assert_int_equal(fx->n, WIRE_BATCH_EVENTS_MAX);
	assert_int_equal(buf_add(&b, "{}\n", 3), 0);
	assert_int_equal(decode(fx, CONTENT_NDJSON, (char *)b.p, b.n), ERR_FULL);
	b.n = 0;
	while (b.n <= WIRE_BATCH_BYTES_MAX)
		assert_int_equal(buf_add(&b, "                ", 16), 0);
	assert_int_equal(decode(fx, CONTENT_JSON_BATCH, (char *)b.p, b.n), ERR_FULL);
	buf_fini(&b);
}

/* The text for people is cut to what a refusal may carry; half a character would spoil the acknowledgement. */
static void test_a_long_detail_is_cut_between_characters(void **state)
{
	struct fixture *fx = *state;
	char body[600];
	struct str detail;

	for (int shift = 0; shift < 3; shift++) {
		(void)snprintf(body, sizeof body, "{\"%.*s", shift, "xx");
		for (int i = 0; i < 20; i++)
			strcat(body, "\xE2\x82\xAC\xE2\x82\xAC");
		strcat(body, "\":1}");
		assert_int_equal(decode_text(fx, CONTENT_NDJSON, body), 0);
		detail = str_from(fx->events[0].detail->text);
		assert_true(detail.n > 60 && str_is_clean_utf8(detail));
	}
}

static void test_media_types(void **state)
{
	enum wire_content c;

	(void)state;
	for (int i = 0; i < CONTENT_END; i++) {
		assert_true(content_by_name(content_name((enum wire_content)i), &c));
		assert_int_equal(c, i);
	}
	assert_true(content_by_name(STR(""), &c));
	assert_int_equal(c, CONTENT_EVENT_BATCH);
	assert_true(content_by_name(STR("Application/X-NDJSON ; charset=utf-8"), &c));
	assert_int_equal(c, CONTENT_NDJSON);
	assert_false(content_by_name(STR("text/plain"), &c));
}

/* However an array is cut into pieces, the elements end where they end. */
static void test_elements_are_found_in_pieces_of_any_size(void **state)
{
	static const char text[] = "{\"a\\\"]\":[1,{\"b\":\"}\\\\\"}]} ,";

	(void)state;
	for (size_t piece = 1; piece < sizeof text; piece++) {
		struct json_scan s = { 0 };
		size_t at = 0, got, n;

		do {
			n = sizeof text - 1 - at;
			n = n < piece ? n : piece;
			got = json_scan(&s, text + at, n);
			at += got;
		} while (got == n && at < sizeof text - 1);
		assert_int_equal(at, sizeof text - 2);
	}
}

static void test_base64_instead_of_data(void **state)
{
	/* {"customer":"t1"} */
	static const char head[] =
		"{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"/crm\",\"type\":\"capscore.customer.v1\","
		"\"subject\":\"77\",\"time\":\"2023-07-01T00:00:00Z\",\"data_base64\":";
	static const struct {
		const char *value, *why;
	} tries[] = {
		{ "\"eyJjdXN0b21lciI6InQxIn0=\"}", NULL },
		{ "\"eyJjdXN0b21lciI6InQxIn0\"}", NULL },
		{ "\"eyJjdXN0b21lciI6InQxIn0=\",\"data\":{\"customer\":\"t1\"}}",
			"one of the two only" },
		{ "\"eyJjdXN0b21lciI6InQ!In0=\"}", "not base64" },
		{ "\"e\"}", "not base64" },
		{ "17}", "expected a string" },
		{ "\"eyJ\"}", "data: not JSON" },
		{ "\"W10=\"}", "data: expected an object" },
		{ "\"eyJjdXN0b21yIjoidDEifQ==\"}", "did you mean \"customer\"?" },
	};
	struct fixture *fx = *state;
	char body[1024];

	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		(void)snprintf(body, sizeof body, "%s%s", head, tries[i].value);
		assert_int_equal(decode_text(fx, CONTENT_JSON, body), 0);
		assert_int_equal(fx->n, 1);
		if (tries[i].why == NULL) {
			assert_int_equal(fx->events[0].refusal, REFUSED_NOT);
			assert_true(str_eq(fx->events[0].event.u.customer.customer, STR("t1")));
		} else if (fx->events[0].refusal == REFUSED_NOT ||
			   strstr(fx->events[0].detail->text, tries[i].why) == NULL) {
			fail_msg("%s: %s", tries[i].value,
				fx->events[0].detail == NULL ? "taken"
							     : fx->events[0].detail->text);
		}
	}
}

#define ROWS(list, function)                                                                       \
	for (size_t i = 0; i < ARRAY_LEN(list); i++)                                               \
		tests[n++] = (struct CMUnitTest)                                                   \
		{                                                                                  \
			.name = (list)[i].name, .test_func = (function),                           \
			.initial_state = (void *)(uintptr_t) & (list)[i]                           \
		}
#define TEST(f)                                                                                    \
	tests[n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(forms) + ARRAY_LEN(broken) + 8];
	size_t n = 0;

	ROWS(forms, test_form);
	ROWS(broken, test_broken);
	TEST(test_accepted_events_make_an_event_batch);
	TEST(test_refused_events_are_kept_as_they_came);
	TEST(test_what_was_kept_tells_how_it_is_written);
	TEST(test_more_events_or_bytes_than_a_batch_may_have);
	TEST(test_a_long_detail_is_cut_between_characters);
	TEST(test_media_types);
	TEST(test_elements_are_found_in_pieces_of_any_size);
	TEST(test_base64_instead_of_data);
	return _cmocka_run_group_tests("bodies of a Publish", tests, n, NULL, NULL);
}
