/* Frames: every kind there and back, every truncation, every changed byte, and the bounds against the schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capscore/v1/alert.pb-c.h"
#include "capscore/v1/stream.pb-c.h"
#include "common/wire/frame.h"
#include "tests/support/faulty.h"
#include "tests/support/frame_samples.h"

struct fixture {
	struct buf buf, again;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct fixture fx;

	buf_init(&fx.buf, &mem_heap, (size_t)8 * 1024 * 1024);
	buf_init(&fx.again, &mem_heap, (size_t)8 * 1024 * 1024);
	arena_init(&fx.arena, &mem_heap, (size_t)64 * 1024 * 1024);
	*state = &fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	buf_fini(&fx->buf);
	buf_fini(&fx->again);
	arena_fini(&fx->arena);
	return 0;
}

static void encode(struct buf *out, const struct frame *f)
{
	buf_reset(out);
	assert_int_equal(frame_encode(f, out), 0);
}

static int decode(struct fixture *fx, struct span bytes, struct frame *ret)
{
	arena_reset(&fx->arena);
	return frame_decode(bytes, &fx->arena, ret, NULL);
}

/* What comes back encodes to the same bytes, so nothing was lost. That they say what they should is held by the
 * fixtures (test_fixtures.c). */
static void test_every_kind_comes_back_as_it_went(void **state)
{
	struct fixture *fx = *state;

	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++) {
		struct frame sent = frame_sample((enum frame_kind)k), got = { 0 };

		encode(&fx->buf, &sent);
		assert_int_equal(decode(fx, buf_span(&fx->buf), &got), 0);
		assert_int_equal(got.kind, k);
		encode(&fx->again, &got);
		assert_int_equal(fx->again.n, fx->buf.n);
		assert_memory_equal(fx->again.p, fx->buf.p, fx->buf.n);
	}
}

static void test_empty_frames_of_every_kind(void **state)
{
	struct fixture *fx = *state;

	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++) {
		struct frame got = { 0 };
		uint8_t bytes[] = { 0x08, 0x01, 0, 0, 0 };
		size_t n = 2;
		unsigned tag = capscore__v1__frame__descriptor.fields[k].id << 3 | 2;
		int rc;

		while (tag >= 0x80) {
			bytes[n++] = (uint8_t)(tag | 0x80);
			tag >>= 7;
		}
		bytes[n++] = (uint8_t)tag;
		bytes[n++] = 0;
		rc = decode(fx, (struct span){ bytes, n }, &got);
		assert_int_equal(
			rc, k == FRAME_STATUS_ANSWER ? ERR_RANGE : 0); /* health is required */
		if (k == FRAME_SCORE_QUERY)
			assert_int_equal(got.u.score_query.as_of, DAY_NONE);
		if (k == FRAME_SCORE_ANSWER)
			assert_int_equal(got.u.score_answer.freshness.day, DAY_NONE);
	}
}

static void test_values_arrive_in_their_fields(void **state)
{
	struct fixture *fx = *state;
	struct frame sent = frame_sample(FRAME_SCORE_ANSWER), got;
	const struct wire_metric_score *m;

	encode(&fx->buf, &sent);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), 0);
	memset(fx->buf.p, 0, fx->buf.n); /* everything lives in the arena */
	assert_int_equal(got.u.score_answer.request, sent.u.score_answer.request);
	assert_int_equal(got.u.score_answer.freshness.age_ms, sent.u.score_answer.freshness.age_ms);
	assert_int_equal(got.u.score_answer.n_areas, 2);
	assert_int_equal(got.u.score_answer.usage_month, sent.u.score_answer.usage_month);
	assert_true(str_eq(got.u.score_answer.areas[0].area, sent.u.score_answer.areas[0].area));
	assert_true(
		ratio_eq(got.u.score_answer.areas[0].total, sent.u.score_answer.areas[0].total));
	m = got.u.score_answer.areas[0].metrics;
	assert_true(m[0].explained);
	assert_false(m[1].explained);
	assert_int_equal(m[0].met, WIRE_MET_NOT_ASKED);
	assert_int_equal(m[0].asked_on, 20030);
	assert_int_equal(m[1].met, WIRE_NOT_MET);
	assert_int_equal(m[1].asked_on, DAY_NONE);
	assert_int_equal(m[0].n_conditions, 2);
	assert_int_equal(m[0].conditions[0].met, WIRE_MET);
	assert_int_equal(m[0].conditions[1].met, WIRE_MET_NOT_KNOWN);
	assert_int_equal(m[0].n_parts, 2);
	assert_true(m[0].parts[0].counts);
	assert_false(m[0].parts[1].counts);
	assert_true(str_eq(
		m[0].nearly[0].detail, sent.u.score_answer.areas[0].metrics[0].nearly[0].detail));
	assert_true(ratio_eq(m[1].points, sent.u.score_answer.areas[0].metrics[1].points));
}

static void test_the_standing_of_an_area_arrives(void **state)
{
	struct fixture *fx = *state;
	struct frame sent = frame_sample(FRAME_SCORE_ANSWER), got;
	const struct wire_area_score *a;

	encode(&fx->buf, &sent);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), 0);
	a = got.u.score_answer.areas;
	assert_int_equal(a[0].form, WIRE_OF_REQUIREMENTS);
	assert_true(a[0].qualifies && a[0].enrolled && a[0].automatic);
	assert_int_equal(a[0].enrolled_on, 19300);
	assert_int_equal(a[0].anniversary, 19665);
	assert_int_equal(a[0].window_from, 19400);
	assert_int_equal(a[0].window_until, 19666);
	assert_int_equal(a[0].last_qualified, 19538);
	assert_int_equal(a[0].renewal_on, 19665);
	assert_int_equal(a[0].renewal_year, 1);
	assert_int_equal(a[0].n_tracks, 2);
	assert_true(str_eq(a[0].track_reason, STR("the track with the most points counts")));
	assert_int_equal(a[0].n_catalogue, 1);
	assert_true(str_eq(a[0].catalogue[0].kind, STR("benefit")));
	assert_false(a[1].qualifies || a[1].enrolled || a[1].automatic);
	assert_int_equal(a[1].enrolled_on, DAY_NONE);
	assert_int_equal(a[1].last_qualified, DAY_NONE);
	assert_int_equal(a[1].renewal_on, DAY_NONE);
	assert_int_equal(a[1].renewal_year, 0);
}

/* A service from before the three values tells only `met`. */
static void test_a_condition_of_two_values_is_met_or_not(void **state)
{
	static const uint8_t met[] = { 0x08, 0x01, 0xba, 0x01, 0x0a, 0x2a, 0x08, 0x32, 0x06, 0x2a,
		0x04, 0x22, 0x02, 0x20, 0x01 };
	struct fixture *fx = *state;
	const struct wire_metric_score *m;
	struct frame got;

	assert_int_equal(decode(fx, (struct span){ met, sizeof met }, &got), 0);
	m = got.u.score_answer.areas[0].metrics;
	assert_int_equal(m[0].n_conditions, 1);
	assert_int_equal(m[0].conditions[0].met, WIRE_MET);
}

/* A message given in parts is one message, as protobuf has it; its bounds are those of the whole. */
static void test_parts_of_a_message_are_put_together(void **state)
{
	static const uint8_t head[] = { 0x08, 0x01, 0x52, 0xc8, 0x02 },
			     part[] = { 0x2a, 0x03, 0x0a, 0x01, 0x61 };
	struct fixture *fx = *state;
	struct frame got;

	assert_int_equal(buf_add(&fx->buf, head, sizeof head), 0);
	fx->buf.p[3] = 0x8a;
	fx->buf.p[4] = 0x00;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(buf_add(&fx->buf, part, sizeof part), 0);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), 0);
	assert_int_equal(got.u.read.filter.n_partners, 2);
	buf_reset(&fx->buf);
	assert_int_equal(buf_add(&fx->buf, head, sizeof head), 0);
	fx->buf.p[3] = 0xc5; /* 65 * 5 */
	for (size_t i = 0; i < WIRE_FILTER_MAX + 1; i++)
		assert_int_equal(buf_add(&fx->buf, part, sizeof part), 0);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), ERR_RANGE);
}

/* ---- damage ----------------------------------------------------------------------------------------------- */

static void test_every_truncation_gets_a_code(void **state)
{
	struct fixture *fx = *state;

	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++) {
		struct frame sent = frame_sample((enum frame_kind)k);

		encode(&fx->buf, &sent);
		for (size_t cut = 0; cut < fx->buf.n; cut++) {
			uint8_t *exact =
				malloc(cut + 1); /* so that a tool sees a read past the end */
			struct frame got = { .kind = FRAME_NONE };
			int rc;

			memcpy(exact + 1, fx->buf.p, cut);
			rc = decode(fx, (struct span){ exact + 1, cut }, &got);
			free(exact);
			assert_int_equal(rc, cut == 0	? ERR_PROTOCOL
					     : cut == 2 ? ERR_UNSUPPORTED
							: ERR_SYNTAX);
			assert_int_equal(got.kind, FRAME_NONE);
		}
	}
}

static void test_every_changed_byte_gets_an_answer(void **state)
{
	struct fixture *fx = *state;
	size_t taken = 0, refused = 0;

	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++) {
		struct frame sent = frame_sample((enum frame_kind)k), got;

		encode(&fx->buf, &sent);
		for (size_t at = 0; at < fx->buf.n; at++)
			for (unsigned flip = 1; flip<256; flip += k> FRAME_REFUSED ? 7 : 1) {
				fx->buf.p[at] ^= (uint8_t)flip;
				if (decode(fx, buf_span(&fx->buf), &got) == 0) {
					/* What was taken can be sent on. */
					encode(&fx->again, &got);
					taken++;
				} else {
					refused++;
				}
				fx->buf.p[at] ^= (uint8_t)flip;
			}
	}
	assert_true(taken > 1000 && refused > 1000);
}

struct bytes_row {
	const char *name;
	const char *hex;
	int want;
	const char *text;
};
static const struct bytes_row bytes_rows[] = {
	{ "nothing", "", ERR_PROTOCOL, "protocol 0, this version speaks 1" },
	{ "another protocol", "08022200", ERR_PROTOCOL, "protocol 2, this version speaks 1" },
	{ "the protocol as text", "0a0101", ERR_SYNTAX, "3 bytes that are not a Frame" },
	{ "no kind", "0801", ERR_UNSUPPORTED, "a kind of frame that this version does not know" },
	{ "a kind of a later version", "0801a20600", ERR_UNSUPPORTED,
		"a kind of frame that this version does not know" },
	{ "the last kind stands", "08011200220208 05", 0, "" },
	{ "of one kind twice the last stands", "08011205 0a03616263 1202 0a00", 0, "" },
	{ "a list of numbers where texts belong", "08015205 2a03 180101", ERR_SYNTAX,
		"9 bytes that are not a Frame" },
	{ "a producer of invalid bytes", "080112030a01ff", ERR_SYNTAX,
		"Hello.producer: not clean UTF-8" },
	{ "a producer with a NUL", "080112050a03610062", ERR_SYNTAX,
		"Hello.producer: not clean UTF-8" },
	{ "a producer that begins with a NUL", "080112050a03006162", ERR_SYNTAX,
		"Hello.producer: not clean UTF-8" },
	{ "a producer of a NUL", "080112030a0100", ERR_SYNTAX, "Hello.producer: not clean UTF-8" },
	{ "a NUL in a list of texts", "080152082a060a0161120100", ERR_SYNTAX,
		"Filter.areas: not clean UTF-8" },
	{ "a batch number as text", "080122030a0161", ERR_SYNTAX, "7 bytes that are not a Frame" },
	{ "a protocol number behind what does not unpack", "220208030802", ERR_PROTOCOL,
		"protocol 2, this version speaks 1" },
	{ "a day in 1970", "0801b201021801", ERR_RANGE,
		"ScoreQuery.as_of: a day outside 2000-01-01 to 2199-12-31" },
	{ "a status that is none", "0801c201021806", ERR_RANGE,
		"PartnersQuery.status: a value that this version does not know" },
	{ "no health", "0801aa0100", ERR_RANGE,
		"StatusAnswer.health: a value that this version does not know" },
	{ "lists that differ in length", "08015a07 1a020102 220103", ERR_SYNTAX,
		"Records.unit_counts: not as long as the list it belongs to" },
	{ "numbers one by one", "08015a06 1801 1802 2203", ERR_SYNTAX,
		"10 bytes that are not a Frame" },
	{ "lists packed and not", "08015a08 1801 1802 22020304", 0, "" },
	{ "points over nothing", "0801ba01062a042202 0801", ERR_RANGE,
		"AreaScore.total: not a fraction of points" },
	{ "a group", "0801130c", ERR_SYNTAX, "4 bytes that are not a Frame" },
};

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (; *hex != '\0'; hex++) {
		unsigned v;

		if (*hex == ' ')
			continue;
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		out[n++] = (uint8_t)v;
		hex++;
	}
	return n;
}

static void test_bytes_row(void **state)
{
	const struct bytes_row *row = *state;
	struct fixture *fx;
	struct frame got;
	struct err e = { 0 };
	uint8_t bytes[64];
	size_t n = unhex(row->hex, bytes);

	(void)set_up((void **)&fx);
	assert_string_equal(err_name(frame_decode((struct span){ bytes, n }, &fx->arena, &got, &e)),
		err_name(row->want));
	assert_string_equal(e.text, row->text);
	(void)tear_down((void **)&fx);
}

/* ---- bounds ----------------------------------------------------------------------------------------------- */

static void test_a_filter_has_64_entries_in_all(void **state)
{
	struct fixture *fx = *state;
	struct frame f = { .kind = FRAME_READ }, got;
	struct str many[WIRE_FILTER_MAX];

	for (size_t i = 0; i < WIRE_FILTER_MAX; i++)
		many[i] = STR("1234567");
	f.u.read.log = STR("alerts");
	f.u.read.filter = (struct wire_filter){
		.n_partners = 60, .n_areas = 4, .partners = many, .areas = many
	};
	encode(&fx->buf, &f);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), 0);
	f.u.read.filter.n_kinds = 1;
	f.u.read.filter.kinds = many;
	encode(&fx->buf, &f);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), ERR_RANGE);
}

static void test_long_texts_and_lists_are_refused(void **state)
{
	static char text[2000];
	static struct wire_counter counters[1100];
	struct fixture *fx = *state;
	struct frame f = { .kind = FRAME_HELLO }, got;

	memset(text, 'x', sizeof text);
	f.u.hello.producer = (struct str){ text, 256 };
	encode(&fx->buf, &f);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), 0);
	f.u.hello.producer.n = 257;
	encode(&fx->buf, &f);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), ERR_RANGE);
	f = frame_sample(FRAME_STATUS_ANSWER);
	f.u.status_answer.counters = counters;
	f.u.status_answer.n_counters = 1024;
	encode(&fx->buf, &f);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), 0);
	f.u.status_answer.n_counters = 1025;
	encode(&fx->buf, &f);
	assert_int_equal(decode(fx, buf_span(&fx->buf), &got), ERR_RANGE);
}

/* A Records frame for small units must fit a buffer of WIRE_FRAME_MAX without much slack. */
static void test_many_units_fit_a_frame(void **state)
{
	static uint32_t sizes[6000], counts[6000];
	struct fixture *fx = *state;
	struct frame f = { .kind = FRAME_RECORDS }, got;
	struct buf frame;

	for (size_t i = 0; i < 6000; i++) {
		sizes[i] = 150;
		counts[i] = 1;
	}
	f.u.records.n_units = 6000;
	f.u.records.unit_sizes = sizes;
	f.u.records.unit_counts = counts;
	buf_init(&frame, &mem_heap, WIRE_FRAME_MAX);
	encode(&frame, &f);
	assert_int_equal(decode(fx, buf_span(&frame), &got), 0);
	assert_int_equal(got.u.records.n_units, 6000);
	assert_int_equal(got.u.records.unit_sizes[5999], 150);
	buf_fini(&frame);
}

static void test_a_frame_has_a_greatest_size(void **state)
{
	struct fixture *fx = *state;
	struct frame got;

	assert_int_equal(buf_reserve(&fx->buf, WIRE_BODY_MAX + 1), 0);
	memset(fx->buf.p, 0, WIRE_BODY_MAX + 1);
	assert_int_equal(decode(fx, (struct span){ fx->buf.p, WIRE_BODY_MAX + 1 }, &got), ERR_FULL);
	assert_int_equal(decode(fx, (struct span){ fx->buf.p, WIRE_BODY_MAX }, &got), ERR_SYNTAX);
}

static void test_a_full_arena_is_an_answer(void **state)
{
	struct fixture *fx = *state;
	struct frame sent = frame_sample(FRAME_SCORE_ANSWER), got = { 0 };
	struct arena small;
	int rc = ERR_NOMEM;

	encode(&fx->buf, &sent);
	for (size_t max = 16; rc == ERR_NOMEM; max += 16) {
		arena_init(&small, &mem_heap, max);
		rc = frame_decode(buf_span(&fx->buf), &small, &got, NULL);
		assert_int_equal(got.kind, rc == 0 ? FRAME_SCORE_ANSWER : FRAME_NONE);
		arena_fini(&small);
	}
	assert_int_equal(rc, 0);
}

static void test_encoding_fails_without_a_trace(void **state)
{
	struct frame f = frame_sample(FRAME_SCORE_ANSWER), none = { .kind = FRAME_NONE };
	struct buf small;

	(void)state;
	buf_init(&small, &mem_heap, 40);
	assert_int_equal(buf_add(&small, "abc", 3), 0);
	assert_int_equal(frame_encode(&f, &small), ERR_FULL);
	assert_int_equal(small.n, 3);
	assert_int_equal(frame_encode(&none, &small), ERR_INVALID);
	none.kind = (enum frame_kind)FRAME_KIND_END;
	assert_int_equal(frame_encode(&none, &small), ERR_INVALID);
	assert_int_equal(small.n, 3);
	buf_fini(&small);
}

/* The generated code ends a text at its first NUL: it must not leave cut. */
static void test_a_text_with_a_nul_is_not_sent(void **state)
{
	struct fixture *fx = *state;
	struct frame f = frame_sample(FRAME_READ);
	struct str areas[] = { STR_INIT("a\0b") };

	f.u.read.filter.areas = areas;
	assert_int_equal(frame_encode(&f, &fx->buf), ERR_INVALID);
	f = (struct frame){ .kind = FRAME_HELLO, .u.hello.producer = STR("\0") };
	assert_int_equal(frame_encode(&f, &fx->buf), ERR_INVALID);
	assert_int_equal(wire_encode_pub_welcome(STR("tcp\0"), 5, &fx->buf), ERR_INVALID);
	assert_int_equal(fx->buf.n, 0);
}

/* ---- memory ----------------------------------------------------------------------------------------------- */

static void test_a_steady_load_allocates_nothing(void **state)
{
	struct faulty heap = { .left = -1 };
	struct arena ar;
	struct buf out;
	struct frame got;
	long calls;

	(void)state;
	buf_init(&out, faulty_alloc(&heap), (size_t)1024 * 1024);
	arena_init(&ar, &heap.alloc, (size_t)1024 * 1024);
	assert_int_equal(buf_reserve(&out, 4096), 0);
	assert_non_null(arena_alloc(&ar, 1));
	calls = heap.calls;
	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++) {
		struct frame sent = frame_sample((enum frame_kind)k);

		buf_reset(&out);
		arena_reset(&ar);
		assert_int_equal(frame_encode(&sent, &out), 0);
		assert_int_equal(frame_decode(buf_span(&out), &ar, &got, NULL), 0);
	}
	assert_int_equal(heap.calls, calls);
	buf_fini(&out);
	arena_fini(&ar);
	assert_int_equal(heap.live, 0);
}

static void test_a_large_frame_without_memory_leaves_nothing(void **state)
{
	static struct wire_counter counters[1024];
	struct frame f = frame_sample(FRAME_STATUS_ANSWER);
	int rc = ERR_NOMEM;

	(void)state;
	for (size_t i = 0; i < 1024; i++)
		counters[i].name = STR("events_accepted");
	f.u.status_answer.counters = counters;
	f.u.status_answer.n_counters = 1024;
	for (int n = 0; rc == ERR_NOMEM; n++) {
		struct faulty heap = { .left = n };
		struct buf out;

		buf_init(&out, faulty_alloc(&heap), (size_t)1024 * 1024);
		rc = frame_encode(&f, &out);
		assert_int_equal(out.n > 0, rc == 0);
		assert_int_equal(rc == 0 || n < 10, true);
		buf_fini(&out);
		assert_int_equal(heap.live, 0);
	}
	assert_int_equal(rc, 0);
}

/* What a peer can make the arena hold ends at the arena's bound, and the time that it takes with it. */
static void test_a_frame_of_many_parts_ends_at_the_arenas_bound(void **state)
{
	static const char *const parts[] = { "1801", "0a00", "2a050a03616263", "2a00" };
	struct fixture *fx = *state;
	struct frame got;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		uint8_t part[16], head[] = { 0x08, 0x01, 0x52, 0, 0, 0, 0 };
		size_t n = 0, size = 0;

		for (; parts[i][2 * size] != '\0'; size++)
			part[size] = (uint8_t)strtoul(
				(char[]){ parts[i][2 * size], parts[i][2 * size + 1], '\0' }, NULL,
				16);
		n = (WIRE_BODY_MAX - sizeof head) / size * size;
		for (size_t k = 0; k < 4; k++)
			head[3 + k] = (uint8_t)(n >> (7 * k) | (k < 3 ? 0x80 : 0));
		buf_reset(&fx->buf);
		assert_int_equal(buf_add(&fx->buf, head, sizeof head), 0);
		for (size_t k = 0; k < n; k += size)
			assert_int_equal(buf_add(&fx->buf, part, size), 0);
		assert_int_equal(decode(fx, buf_span(&fx->buf), &got), ERR_NOMEM);
		assert_true(fx->arena.total <= fx->arena.max);
	}
}

/* ---- against the schema ----------------------------------------------------------------------------------- */

static int greatest(const ProtobufCEnumDescriptor *e)
{
	return e->values[e->n_values - 1].value;
}

/* Every kind of frame and the protocol number; what is refused as unknown is unknown to the schema too. */
static void test_kinds_and_values_are_those_of_the_schema(void **state)
{
	(void)state;
	assert_int_equal(capscore__v1__frame__descriptor.n_fields, FRAME_KIND_END - 1 + 1);
	assert_int_equal(greatest(&capscore__v1__health__descriptor), HEALTH_FAILED);
	assert_int_equal(greatest(&capscore__v1__area_status__descriptor), AREA_STATUS_END - 1);
	assert_int_equal(
		greatest(&capscore__v1__dead_letter_query__action__descriptor), DEAD_LETTER_DROP);
	assert_int_equal(greatest(&capscore__v1__alert_kind__descriptor), ALERT_KIND_END - 1);
	assert_int_equal(greatest(&capscore__v1__alert_reason__descriptor), ALERT_REASON_END - 1);
	assert_int_equal(greatest(&capscore__v1__severity__descriptor), ALERT_SEVERITY_END - 1);
}

/* ---- the PUB socket --------------------------------------------------------------------------------------- */

static void test_a_heartbeat_comes_back(void **state)
{
	static const struct wire_topic_end recent[] = { { STR_INIT("1234567"), 3 },
		{ STR_INIT("2"), 1ULL << 40 } };
	struct fixture *fx = *state;
	const struct wire_topic_end *got = NULL;
	uint64_t end = 0, event = 0;
	size_t n = 0;

	assert_int_equal(wire_encode_heartbeat(17, 99, recent, 2, &fx->buf), 0);
	for (size_t cut = 1; cut < fx->buf.n; cut++)
		(void)wire_decode_heartbeat(
			(struct span){ fx->buf.p, cut }, &fx->arena, &end, &event, &got, &n, NULL);
	assert_int_equal(
		wire_decode_heartbeat(buf_span(&fx->buf), &fx->arena, &end, &event, &got, &n, NULL),
		0);
	assert_int_equal(end, 17);
	assert_int_equal(event, 99);
	assert_int_equal(n, 2);
	assert_true(str_eq(got[0].partner, recent[0].partner));
	assert_true(got[1].sequence == 1ULL << 40);
}

static void test_the_welcome_is_that_of_the_schema(void **state)
{
	struct fixture *fx = *state;
	Capscore__V1__PubWelcome *w;

	assert_int_equal(wire_encode_pub_welcome(STR("tcp://127.0.0.1:7703"), 5, &fx->buf), 0);
	w = capscore__v1__pub_welcome__unpack(NULL, fx->buf.n, fx->buf.p);
	assert_non_null(w);
	assert_int_equal(w->protocol, 1);
	assert_string_equal(w->feed, "tcp://127.0.0.1:7703");
	assert_int_equal(w->end_position, 5);
	capscore__v1__pub_welcome__free_unpacked(w, NULL);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ARRAY_LEN(a)	   (sizeof(a) / sizeof((a)[0]))

int main(void)
{
	static const struct CMUnitTest plain[] = {
		WITH_FIXTURE(test_every_kind_comes_back_as_it_went),
		WITH_FIXTURE(test_empty_frames_of_every_kind),
		WITH_FIXTURE(test_values_arrive_in_their_fields),
		WITH_FIXTURE(test_the_standing_of_an_area_arrives),
		WITH_FIXTURE(test_a_condition_of_two_values_is_met_or_not),
		WITH_FIXTURE(test_parts_of_a_message_are_put_together),
		WITH_FIXTURE(test_every_truncation_gets_a_code),
		WITH_FIXTURE(test_every_changed_byte_gets_an_answer),
		WITH_FIXTURE(test_a_filter_has_64_entries_in_all),
		WITH_FIXTURE(test_long_texts_and_lists_are_refused),
		WITH_FIXTURE(test_many_units_fit_a_frame),
		WITH_FIXTURE(test_a_frame_has_a_greatest_size),
		WITH_FIXTURE(test_a_full_arena_is_an_answer),
		cmocka_unit_test(test_encoding_fails_without_a_trace),
		WITH_FIXTURE(test_a_text_with_a_nul_is_not_sent),
		cmocka_unit_test(test_a_steady_load_allocates_nothing),
		cmocka_unit_test(test_a_large_frame_without_memory_leaves_nothing),
		WITH_FIXTURE(test_a_frame_of_many_parts_ends_at_the_arenas_bound),
		cmocka_unit_test(test_kinds_and_values_are_those_of_the_schema),
		WITH_FIXTURE(test_a_heartbeat_comes_back),
		WITH_FIXTURE(test_the_welcome_is_that_of_the_schema),
	};
	static struct CMUnitTest tests[ARRAY_LEN(bytes_rows) + ARRAY_LEN(plain)];
	size_t n = 0;

	for (; n < ARRAY_LEN(bytes_rows); n++)
		tests[n] = (struct CMUnitTest){ .name = bytes_rows[n].name,
			.test_func = test_bytes_row,
			.initial_state = (void *)(uintptr_t)&bytes_rows[n] };
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		tests[n++] = plain[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
