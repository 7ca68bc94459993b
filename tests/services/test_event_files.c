/* Files of events: arrays, single ones, protobuf in all its framings; what is recognised, where faults are said to
 * stand, and that pieces of any size read alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/wire/pb.h"
#include "common/wire/wire.h"
#include "services/imports/facts_reader.h"
#include "tests/support/event_samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* What a reading came to, as text: "+ID" an event, "LINE:COL REASON" a fault, in order. */
struct told {
	char text[8192];
	struct sink s;
	struct buf rejects;
	enum record_form form;
	struct reading reading;
	int rc;
	struct err err;
};

static int on_event(void *ctx, const struct event *ev, struct place at)
{
	struct told *t = ctx;

	(void)at;
	sink_printf(&t->s, "+" STR_FMT " ", STR_ARG(ev->id));
	return 0;
}

static void on_fault(void *ctx, const struct fault *f)
{
	struct told *t = ctx;

	if (f->at.column == PLACE_EVENT)
		sink_printf(&t->s, "#%u %s ", f->at.line, f->reason);
	else
		sink_printf(&t->s, "%u:%u %s ", f->at.line, f->at.column, f->reason);
	t->form = f->form;
	assert_int_equal(buf_add(&t->rejects, f->record.p, f->record.n), 0);
}

static void on_note(void *ctx, const char *file, const char *text)
{
	(void)ctx;
	(void)file;
	(void)text;
}

static void told_init(struct told *t)
{
	memset(t, 0, sizeof *t);
	sink_init(&t->s, t->text, sizeof t->text);
	buf_init(&t->rejects, &mem_heap, (size_t)8 << 20);
}

static struct reading_options options_of(enum events_format format)
{
	return (struct reading_options){
		.a = &mem_heap, .now = (event_ms)19539 * MS_PER_DAY, .format = format
	};
}

static void read_bytes(struct told *t, enum facts_accept accept, enum events_format format,
	const void *p, size_t n)
{
	struct reading_options options = options_of(format);
	struct reading_handler handler = { on_event, on_fault, on_note, t };
	char *copy = malloc(n + 1); /* an exact one, which readers may write into */
	struct input in;

	assert_non_null(copy);
	memcpy(copy, p, n);
	told_init(t);
	input_open_memory(&in, copy, n);
	t->rc = facts_read_input(&options, accept, "test", &in, &handler, &t->reading, &t->err);
	free(copy);
}

/* ---- JSON -------------------------------------------------------------------------------------------------- */

#define EVENT(id)                                                                                  \
	"{\"specversion\":\"1.0\",\"id\":\"" id                                                    \
	"\",\"source\":\"/crm\",\"type\":\"capscore.customer.v1\",\"subject\":\"77\","             \
	"\"time\":\"2023-07-01T00:00:00Z\",\"data\":{\"customer\":\"t1\"}}"
#define PRETTY(id)                                                                                      \
	"{\n  \"specversion\": \"1.0\",\n  \"id\": \"" id                                               \
	"\",\n  \"source\": \"/crm\",\n  \"type\": \"capscore.customer.v1\",\n  \"subject\": \"77\",\n" \
	"  \"time\": \"2023-07-01T00:00:00Z\",\n  \"data\": { \"customer\": \"t1\" }\n}"

struct text_row {
	const char *name;
	enum events_format format;
	const char *text, *want;
	const char *rejects;
};

static const struct text_row texts[] = {
	{ "lines", EVENTS_BY_CONTENT, EVENT("a") "\n" EVENT("b") "\n", "+a +b ", "" },
	{ "an array", EVENTS_BY_CONTENT, "[" EVENT("a") "," EVENT("b") "]", "+a +b ", "" },
	{ "an array over many lines", EVENTS_BY_CONTENT,
		"\n[\n" PRETTY("a") ",\n" PRETTY("b") "\n]\n", "+a +b ", "" },
	{ "an empty array", EVENTS_BY_CONTENT, "[ ]", "", "" },
	{ "an array behind a byte order mark", EVENTS_BY_CONTENT, "\xEF\xBB\xBF[" EVENT("a") "]",
		"+a ", "" },
	{ "a brace alone begins one event", EVENTS_BY_CONTENT, PRETTY("a") "\n", "+a ", "" },
	{ "one event over many lines", EVENTS_JSON, PRETTY("a") "\n", "+a ", "" },
	{ "a fault is told where it stands", EVENTS_BY_CONTENT,
		"[" EVENT("a") ",\n  {\"specversion\": \"0.3\"},\n" EVENT("b") "]",
		"+a 2:4 malformed +b ", "{\"specversion\": \"0.3\"}" },
	{ "a fault on a later line of an element", EVENTS_BY_CONTENT,
		"[\n {\n  \"specversion\": \"1.0\",\n  \"id\": 7 } ]", "4:3 bad-id ",
		"{   \"specversion\": \"1.0\",   \"id\": 7 }" },
	{ "values that are no events", EVENTS_BY_CONTENT, "[1,\"],\",null,[{}]]",
		"1:2 malformed 1:7 malformed 1:12 malformed 1:14 malformed ", "1\"],\"null[{}]" },
	{ "a comma too many", EVENTS_BY_CONTENT, "[" EVENT("a") ",]", "+a 1:149 malformed ", "" },
	{ "no comma", EVENTS_BY_CONTENT, "[" EVENT("a") " " EVENT("b") "]", "1:149 malformed ",
		EVENT("a") " " EVENT("b") },
	{ "no end", EVENTS_BY_CONTENT, "[" EVENT("a") ",\n" EVENT("b"), "+a 2:147 malformed ", "" },
	{ "more behind the array", EVENTS_BY_CONTENT, "[" EVENT("a") "]\n{}", "+a 2:1 malformed ",
		"" },
	{ "one event that is two", EVENTS_JSON, EVENT("a") EVENT("b"), "1:147 malformed ",
		EVENT("a") EVENT("b") },
	{ "no array where one is asked for", EVENTS_JSON_BATCH, EVENT("a"), "1:1 malformed ", "" },
};

static void test_text(void **state)
{
	const struct text_row *row = *state;
	struct told t;

	read_bytes(&t, FACTS_NDJSON, row->format, row->text, strlen(row->text));
	assert_int_equal(t.rc, 0);
	assert_string_equal(t.text, row->want);
	assert_int_equal(t.rejects.n, strlen(row->rejects));
	assert_memory_equal(
		t.rejects.p == NULL ? (uint8_t *)"" : t.rejects.p, row->rejects, t.rejects.n);
	assert_int_equal(t.reading.records, t.reading.n_facts + t.reading.refused.total);
	buf_fini(&t.rejects);
}

/* ---- protobuf ---------------------------------------------------------------------------------------------- */

static uint8_t *put_attribute(uint8_t *p, const char *name, struct str value)
{
	uint8_t *entry = pb_open(p, 5), *v;

	p = pb_put_str(entry, 1, str_from(name));
	v = pb_open(p, 2);
	p = pb_close(v, pb_put_str(v, 3, value));
	return pb_close(entry, p);
}

/* A CloudEvent; without a subject when its id begins with "-". */
static size_t cloud(uint8_t *to, const char *id)
{
	uint8_t *p = pb_put_str(to, 1, str_from(id));

	p = pb_put_str(p, 2, STR("/crm"));
	p = pb_put_str(p, 3, STR("1.0"));
	p = pb_put_str(p, 4, STR("capscore.customer.v1"));
	if (id[0] != '-')
		p = put_attribute(p, "subject", STR("77"));
	p = put_attribute(p, "time", STR("2023-07-01T00:00:00Z"));
	return (size_t)(pb_put_str(p, 7, STR("{\"customer\":\"t1\"}")) - to);
}

static size_t native(uint8_t *to, const char *id)
{
	struct event ev = event_sample_full(FACT_USAGE);
	struct pb_in in;
	struct span inside = { 0 };
	struct buf b;
	uint32_t tag = 0;

	buf_init(&b, &mem_heap, 65536);
	ev.id = str_from(id);
	if (id[0] == '-')
		ev.subject = STR("");
	assert_int_equal(wire_encode_event(&ev, &b), 0);
	in = pb_in(buf_span(&b));
	assert_true(pb_read_tag(&in, &tag) && pb_read_bytes(&in, &inside));
	memcpy(to, inside.p, inside.n);
	buf_fini(&b);
	return inside.n;
}

/* Events of these ids, framed. */
static size_t frame_events(
	enum events_format format, const char *const *ids, size_t n_ids, uint8_t *to)
{
	uint8_t *p = to, event[1024];

	for (size_t i = 0; i < n_ids; i++) {
		size_t n =
			format == EVENTS_EVENT_BATCH ? native(event, ids[i]) : cloud(event, ids[i]);

		if (format == EVENTS_CLOUDEVENT_STREAM) {
			p = pb_put_varint(p, n);
		} else if (format != EVENTS_CLOUDEVENT) {
			p = pb_put_varint(pb_put_varint(p, PB_TAG(1, PB_BYTES)), n);
		}
		memcpy(p, event, n);
		p += n;
	}
	return (size_t)(p - to);
}

static const char *const good_bad_good[] = { "a", "-b", "c" };

static const struct {
	const char *name;
	enum events_format format;
	size_t n;
	const char *want;
} framings[] = {
	{ "a CloudEvent", EVENTS_CLOUDEVENT, 1, "+a " },
	{ "a CloudEventBatch", EVENTS_CLOUDEVENT_BATCH, 3, "+a #2 bad-subject +c " },
	{ "a stream of CloudEvents", EVENTS_CLOUDEVENT_STREAM, 3, "+a #2 bad-subject +c " },
	{ "an EventBatch", EVENTS_EVENT_BATCH, 3, "+a #2 bad-subject +c " },
};

/* Named and recognised; the refused record is what can be sent again. */
static void test_framing(void **state)
{
	size_t row = (size_t)(uintptr_t)*state;
	uint8_t bytes[4096], record[1024];
	size_t n = frame_events(framings[row].format, good_bad_good, framings[row].n, bytes);

	for (int named = 0; named < 2; named++) {
		struct told t;

		read_bytes(&t, FACTS_NDJSON, named ? framings[row].format : EVENTS_BY_CONTENT,
			bytes, n);
		if (t.rc != 0)
			fail_msg("%s", t.err.text);
		assert_string_equal(t.text, framings[row].want);
		if (framings[row].n > 1) {
			size_t want = framings[row].format == EVENTS_EVENT_BATCH
					      ? native(record, "-b")
					      : cloud(record, "-b");

			assert_int_equal(t.rejects.n, want);
			assert_memory_equal(t.rejects.p, record, want);
			assert_int_equal(t.form, framings[row].format == EVENTS_EVENT_BATCH
							 ? RECORD_EVENT
							 : RECORD_CLOUDEVENT);
		}
		buf_fini(&t.rejects);
	}
}

/* Cut anywhere: what is there as a whole is read, the rest is one refusal. */
static void test_cut(void **state)
{
	size_t row = (size_t)(uintptr_t)*state;
	static const char *const ids[] = { "a", "b" };
	uint8_t bytes[4096];
	size_t n = frame_events(framings[row].format, ids, framings[row].n > 1 ? 2 : 1, bytes);

	for (size_t cut = 1; cut < n; cut++) {
		struct told t;

		read_bytes(&t, FACTS_NDJSON, framings[row].format, bytes, cut);
		assert_int_equal(t.rc, 0);
		assert_int_equal(t.reading.records, t.reading.n_facts + t.reading.refused.total);
		assert_true(t.reading.records >= 1 && t.reading.records <= 2);
		buf_fini(&t.rejects);
	}
}

static void test_framing_that_breaks_ends_the_reading(void **state)
{
	static const char *const ids[] = { "a" };
	uint8_t bytes[4096];
	size_t n = frame_events(EVENTS_CLOUDEVENT_BATCH, ids, 1, bytes);
	struct told t;

	(void)state;
	memcpy(bytes + n, "\x08\x01\x0a", 3);
	read_bytes(&t, FACTS_NDJSON, EVENTS_BY_CONTENT, bytes, n + 3);
	assert_string_equal(t.text, "+a #2 malformed ");
	buf_fini(&t.rejects);
}

/* Larger than the window: passed over without being held. */
static void test_an_event_that_is_too_large_is_passed_over(void **state)
{
	static const char *const ids[] = { "a" };
	size_t big = (size_t)9 << 20, n;
	uint8_t *bytes = calloc(1, big + 8192), *p;
	struct told t;

	(void)state;
	assert_non_null(bytes);
	n = frame_events(EVENTS_CLOUDEVENT_STREAM, ids, 1, bytes);
	p = pb_put_varint(bytes + n, big) + big;
	p += frame_events(EVENTS_CLOUDEVENT_STREAM, ids, 1, p);
	read_bytes(&t, FACTS_NDJSON, EVENTS_BY_CONTENT, bytes, (size_t)(p - bytes));
	assert_string_equal(t.text, "+a #2 too-large +a ");
	buf_fini(&t.rejects);
	free(bytes);
}

static void test_json_that_is_too_large_is_passed_over(void **state)
{
	size_t big = (size_t)9 << 20, n = 0;
	char *text = malloc(big + 8192);
	struct told t;

	(void)state;
	assert_non_null(text);
	n += (size_t)sprintf(text, "[" EVENT("a") ",\n\"");
	memset(text + n, ',', big);
	n += big;
	n += (size_t)sprintf(text + n, "\",\n" EVENT("b") "]");
	read_bytes(&t, FACTS_NDJSON, EVENTS_BY_CONTENT, text, n);
	assert_string_equal(t.text, "+a 2:1 too-large +b ");
	buf_fini(&t.rejects);
	free(text);
}

/* ---- what is what ------------------------------------------------------------------------------------------ */

static void test_what_is_no_events_is_not_taken_for_some(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} others[] = {
		{ "PGAMpnID,Month\n88,2023-06\n", 26 },
		{ "\n\n\nPGAMpnID,Month\n", 17 },
		{ "\x0a\x03\x61\x62\x63", 5 },
		{ "\0\0\0\0\0\0\0\0", 8 },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff", 8 },
		{ "\x89PNG\r\n\x1a\n", 8 },
	};
	struct told t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		read_bytes(&t, FACTS_NDJSON, EVENTS_BY_CONTENT, others[i].bytes, others[i].n);
		assert_int_equal(t.rc, ERR_UNSUPPORTED);
		assert_string_equal(t.text, "");
		buf_fini(&t.rejects);
	}
}

static void test_events_are_none_of_an_import(void **state)
{
	static const char *const ids[] = { "a" };
	uint8_t bytes[4096];
	size_t n = frame_events(EVENTS_CLOUDEVENT_STREAM, ids, 1, bytes);
	struct told t;

	(void)state;
	read_bytes(&t, FACTS_REPORTS, EVENTS_BY_CONTENT, bytes, n);
	assert_int_equal(t.rc, ERR_UNSUPPORTED);
	assert_non_null(strstr(t.err.text, "use `capscore send`"));
	buf_fini(&t.rejects);
}

static void test_formats_have_names_and_media_types(void **state)
{
	enum events_format f;

	(void)state;
	assert_true(events_format_by_name(STR("cloudevent-stream"), &f));
	assert_int_equal(f, EVENTS_CLOUDEVENT_STREAM);
	assert_true(events_format_by_name(STR("Application/CloudEvents-Batch+JSON"), &f));
	assert_int_equal(f, EVENTS_JSON_BATCH);
	assert_false(events_format_by_name(STR(""), &f));
	assert_false(events_format_by_name(STR("csv"), &f));
	for (int i = EVENTS_BY_CONTENT + 1; i < EVENTS_FORMAT_END; i++)
		assert_true(events_format_help((enum events_format)i)[0] != '\0');
}

/* ---- pieces ------------------------------------------------------------------------------------------------ */

struct trickle {
	int to;
	const uint8_t *p;
	size_t left, piece;
};

/* Before each read the next piece is put into the pipe, so that every read gets one. */
static int on_wait(void *ctx, int fd, struct err *e)
{
	struct trickle *w = ctx;
	size_t n = w->left < w->piece ? w->left : w->piece;

	(void)fd;
	(void)e;
	if (w->to < 0)
		return 0; /* the end is to be read */
	assert_int_equal(write(w->to, w->p, n), n);
	w->p += n;
	w->left -= n;
	if (w->left == 0) {
		(void)close(w->to);
		w->to = -1;
	}
	return 0;
}

static void read_in_pieces(struct told *t, const void *bytes, size_t n, size_t piece)
{
	struct reading_handler handler = { on_event, on_fault, on_note, t };
	struct reading_options options = options_of(EVENTS_BY_CONTENT);
	struct trickle w = { .p = bytes, .left = n, .piece = piece };
	int fds[2], kept = dup(STDIN_FILENO);

	told_init(t);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	w.to = fds[1];
	options.on_wait = on_wait;
	options.wait_ctx = &w;
	t->rc = facts_read(&options, FACTS_NDJSON, "-", &handler, &t->reading, &t->err);
	(void)dup2(kept, STDIN_FILENO);
	(void)close(kept);
	(void)close(fds[0]);
}

static void test_pieces_of_any_size_read_alike(void **state)
{
	static const char array[] =
		"[" EVENT("a") ",\n {\"specversion\": \"0.3\"},\n" EVENT("b") "]";
	uint8_t bytes[4096];

	(void)state;
	for (size_t i = 0; i <= ARRAY_LEN(framings); i++) {
		bool json = i == ARRAY_LEN(framings);
		size_t n = json ? sizeof array - 1
				: frame_events(
					  framings[i].format, good_bad_good, framings[i].n, bytes);

		for (size_t piece = 1; piece < 64; piece += 3) {
			struct told t;

			read_in_pieces(&t, json ? (const void *)array : bytes, n, piece);
			if (t.rc != 0)
				fail_msg("%s, pieces of %zu", t.err.text, piece);
			assert_string_equal(
				t.text, json ? "+a 2:3 malformed +b " : framings[i].want);
			buf_fini(&t.rejects);
		}
	}
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(texts) + 2 * ARRAY_LEN(framings) + 7];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		tests[n++] = (struct CMUnitTest){ .name = texts[i].name,
			.test_func = test_text,
			.initial_state = (void *)(uintptr_t)&texts[i] };
	for (size_t i = 0; i < ARRAY_LEN(framings); i++) {
		tests[n++] = (struct CMUnitTest){ .name = framings[i].name,
			.test_func = test_framing,
			.initial_state = (void *)(uintptr_t)i };
		tests[n++] = (struct CMUnitTest){ .name = "the same, cut anywhere",
			.test_func = test_cut,
			.initial_state = (void *)(uintptr_t)i };
	}
#define TEST(f) tests[n++] = (struct CMUnitTest)cmocka_unit_test(f)
	TEST(test_framing_that_breaks_ends_the_reading);
	TEST(test_an_event_that_is_too_large_is_passed_over);
	TEST(test_json_that_is_too_large_is_passed_over);
	TEST(test_what_is_no_events_is_not_taken_for_some);
	TEST(test_events_are_none_of_an_import);
	TEST(test_formats_have_names_and_media_types);
	TEST(test_pieces_of_any_size_read_alike);
	return _cmocka_run_group_tests("files of events", tests, n, NULL, NULL);
}
