/* Events over the wire: round trips, and the hand decoder against the generated one on damaged bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capscore/v1/event.pb-c.h"
#include "common/base/event_fields.h"
#include "common/wire/event_type.h"
#include "common/wire/wire.h"
#include "tests/support/event_samples.h"

#define ARENA_MAX ((size_t)64 * 1024 * 1024)

struct fixture {
	struct buf buf;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct fixture fx;

	buf_init(&fx.buf, &mem_heap, (size_t)4 * 1024 * 1024);
	arena_init(&fx.arena, &mem_heap, ARENA_MAX);
	*state = &fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	buf_fini(&fx->buf);
	arena_fini(&fx->arena);
	return 0;
}

static struct event sample(int which)
{
	enum fact_kind kind = (enum fact_kind)(which / 2 + 1);

	return which % 2 == 0 ? event_sample_bare(kind) : event_sample_full(kind);
}
#define N_SAMPLES ((FACT_KIND_END - 1) * 2)

static void encode(struct fixture *fx, const struct event *ev)
{
	assert_int_equal(wire_encode_event(ev, &fx->buf), 0);
}

/* ---- round trips ------------------------------------------------------------------------------------------ */

static void test_every_fact_comes_back_as_it_went(void **state)
{
	struct fixture *fx = *state;
	struct decoded_event *got;
	struct event *logged;
	size_t n, at = 0;

	for (int i = 0; i < N_SAMPLES; i++) {
		struct event ev = sample(i);

		encode(fx, &ev);
	}
	assert_int_equal(wire_decode_events(buf_span(&fx->buf), &fx->arena, &got, &n, NULL), 0);
	assert_int_equal(n, N_SAMPLES);
	for (int i = 0; i < N_SAMPLES; i++) {
		struct event ev = sample(i);

		if (got[i].refusal != REFUSED_NOT)
			fail_msg("sample %d: %s", i, got[i].detail->text);
		assert_null(got[i].detail);
		assert_true(event_sample_eq(&got[i].event, &ev));
		assert_ptr_equal(got[i].bytes.p, fx->buf.p + at);
		at += got[i].bytes.n;
	}
	assert_int_equal(at, fx->buf.n);
	assert_int_equal(
		wire_decode_logged_events(buf_span(&fx->buf), &fx->arena, &logged, &n, NULL), 0);
	assert_int_equal(n, N_SAMPLES);
	for (int i = 0; i < N_SAMPLES; i++)
		assert_true(event_sample_eq(&logged[i], &got[i].event));
}

/* The generated code packs what it unpacked from our bytes into the same bytes: ours are canonical. */
static void test_encoding_is_that_of_the_generated_code(void **state)
{
	struct fixture *fx = *state;
	Capscore__V1__EventBatch *batch;
	uint8_t *packed;

	for (int i = 0; i < N_SAMPLES; i++) {
		struct event ev = sample(i);

		encode(fx, &ev);
	}
	batch = capscore__v1__event_batch__unpack(NULL, fx->buf.n, fx->buf.p);
	assert_non_null(batch);
	assert_int_equal(batch->n_events, N_SAMPLES);
	assert_int_equal(capscore__v1__event_batch__get_packed_size(batch), fx->buf.n);
	packed = malloc(fx->buf.n);
	assert_non_null(packed);
	(void)capscore__v1__event_batch__pack(batch, packed);
	assert_memory_equal(packed, fx->buf.p, fx->buf.n);
	free(packed);
	capscore__v1__event_batch__free_unpacked(batch, NULL);
}

static void test_a_retraction_comes_back(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_full(FACT_USAGE);
	struct decoded_event *got;
	size_t n;

	ev.retracted = true;
	encode(fx, &ev);
	assert_int_equal(wire_decode_events(buf_span(&fx->buf), &fx->arena, &got, &n, NULL), 0);
	assert_int_equal(got[0].refusal, REFUSED_NOT);
	assert_true(event_sample_eq(&got[0].event, &ev));
}

static void test_usage_without_association_comes_back(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_full(FACT_USAGE);
	Capscore__V1__EventBatch *batch;
	struct decoded_event *got;
	size_t n;

	ev.u.usage.association = ASSOC_NONE;
	encode(fx, &ev);
	assert_int_equal(wire_decode_events(buf_span(&fx->buf), &fx->arena, &got, &n, NULL), 0);
	assert_int_equal(got[0].refusal, REFUSED_NOT);
	assert_true(event_sample_eq(&got[0].event, &ev));
	batch = capscore__v1__event_batch__unpack(NULL, fx->buf.n, fx->buf.p);
	assert_non_null(batch);
	assert_int_equal(batch->events[0]->usage->association,
		CAPSCORE__V1__ASSOCIATION_KIND__ASSOCIATION_UNSPECIFIED);
	assert_int_equal(capscore__v1__event_batch__get_packed_size(batch), fx->buf.n);
	capscore__v1__event_batch__free_unpacked(batch, NULL);
}

/* What decoding finds where an event was before must not shine through. */
static void test_each_rare_text_comes_back_alone(void **state)
{
	const struct fact_fields *fact = &fact_fields[FACT_USAGE];
	struct fixture *fx = *state;
	struct event *got, full = event_sample_full(FACT_USAGE);
	size_t n;

	for (size_t i = fact->n_usual; i < fact->n; i++) {
		struct event ev = event_sample_bare(FACT_USAGE);

		memcpy((char *)&ev + fact->fields[i].offset, &full.u.usage.level1,
			sizeof(struct str));
		buf_reset(&fx->buf);
		encode(fx, &full);
		assert_int_equal(
			wire_decode_logged_events(buf_span(&fx->buf), &fx->arena, &got, &n, NULL),
			0);
		arena_reset(&fx->arena);
		buf_reset(&fx->buf);
		encode(fx, &ev);
		assert_int_equal(
			wire_decode_logged_events(buf_span(&fx->buf), &fx->arena, &got, &n, NULL),
			0);
		assert_true(event_sample_eq(got, &ev));
	}
}

/* The table that the decoder walks is the schema: names, numbers, types. */
static void test_the_field_table_is_the_schema(void **state)
{
	static const struct {
		ProtobufCType type;
	} type_of[] = {
		[FIELD_TEXT] = { PROTOBUF_C_TYPE_STRING },
		[FIELD_LINES] = { PROTOBUF_C_TYPE_STRING },
		[FIELD_DAY] = { PROTOBUF_C_TYPE_INT32 },
		[FIELD_MONTH] = { PROTOBUF_C_TYPE_INT32 },
		[FIELD_ENUM] = { PROTOBUF_C_TYPE_ENUM },
		[FIELD_CHANGE] = { PROTOBUF_C_TYPE_ENUM },
		[FIELD_BOOL] = { PROTOBUF_C_TYPE_BOOL },
		[FIELD_AMOUNT] = { PROTOBUF_C_TYPE_SINT64 },
	};

	(void)state;
	for (int k = 1; k < FACT_KIND_END; k++) {
		const ProtobufCFieldDescriptor *of_event = protobuf_c_message_descriptor_get_field(
			&capscore__v1__event__descriptor, (unsigned)k + 9);
		const ProtobufCMessageDescriptor *m;

		assert_non_null(of_event);
		m = of_event->descriptor;
		assert_int_equal(m->n_fields, fact_fields[k].n);
		for (size_t i = 0; i < fact_fields[k].n; i++) {
			const struct event_field *f = &fact_fields[k].fields[i];
			const ProtobufCFieldDescriptor *d =
				protobuf_c_message_descriptor_get_field(m, f->number);
			const ProtobufCEnumDescriptor *values;

			assert_non_null(d);
			assert_string_equal(d->name, f->name);
			assert_int_equal(d->type, type_of[f->form].type);
			if (d->type != PROTOBUF_C_TYPE_ENUM)
				continue;
			values = d->descriptor;
			for (unsigned v = 0; v < values->n_values; v++)
				assert_true(values->values[v].value == 0 ||
					    enum_name(f->names, values->values[v].value) != NULL);
			assert_int_equal(
				values->values[values->n_values - 1].value, f->names->end - 1);
		}
	}
}

/* ---- refusals --------------------------------------------------------------------------------------------- */

static enum refusal refusal_of(struct fixture *fx, struct span batch, const char **ret_detail)
{
	struct decoded_event *got;
	size_t n;

	arena_reset(&fx->arena);
	assert_int_equal(wire_decode_events(batch, &fx->arena, &got, &n, NULL), 0);
	assert_int_equal(n, 1);
	*ret_detail = got[0].detail == NULL ? "" : got[0].detail->text;
	return got[0].refusal;
}

struct bytes_row {
	const char *name;
	const char *bytes; /* hexadecimal of one Event */
	enum refusal want;
	const char *detail;
};
#define MALFORMED "not an Event: cut short, or a field of a wrong type"
/* id "a", source "b"; then a day event of 2023-06-30 */
#define HEAD                                                                                       \
	"0a0161"                                                                                   \
	"120162"
#define TYPE_DAY                                                                                   \
	"1a0f"                                                                                     \
	"63617073636f72652e6461792e7631"
#define TIME "288098e5c2a162"
#define DAY                                                                                        \
	"a201"                                                                                     \
	"04"                                                                                       \
	"08d29801"

static const struct bytes_row bytes_rows[] = {
	{ "an empty event", "", REFUSED_ID, "id: missing" },
	{ "a group", "0b0c", REFUSED_MALFORMED, MALFORMED },
	{ "the end of a group", HEAD "fc01", REFUSED_MALFORMED, MALFORMED },
	{ "wire type 6", HEAD "fe0100", REFUSED_MALFORMED, MALFORMED },
	{ "field number 0", HEAD "0200", REFUSED_MALFORMED, MALFORMED },
	{ "an id of another wire type", "0801", REFUSED_MALFORMED, MALFORMED },
	{ "a time of another wire type", HEAD "2a0101", REFUSED_MALFORMED, MALFORMED },
	{ "a fact of another wire type", HEAD "a80101", REFUSED_MALFORMED, MALFORMED },
	{ "a text past the end", "0a0261", REFUSED_MALFORMED, MALFORMED },
	{ "a varint without end", HEAD "28ffffffffffffffffffff01", REFUSED_MALFORMED, MALFORMED },
	{ "a varint cut short", HEAD "2880", REFUSED_MALFORMED, MALFORMED },
	{ "a length past all bounds", "0affffffffff01", REFUSED_MALFORMED, MALFORMED },
	{ "no fact", HEAD TIME, REFUSED_FACT,
		"fact: none, or one that this version does not know" },
	{ "a fact of a later version", HEAD TIME "fa0100", REFUSED_FACT,
		"fact: none, or one that this version does not know" },
	{ "a fact without a type", HEAD TIME DAY, REFUSED_TYPE,
		"type: expected \"capscore.day.v1\" for the fact it carries" },
	{ "a day", HEAD TYPE_DAY TIME DAY, REFUSED_NOT, "" },
	{ "fields of a later version are passed over",
		HEAD TYPE_DAY TIME DAY "4001"
				       "410102030405060708"
				       "420161"
				       "4501020304"
				       "f2010161",
		REFUSED_NOT, "" },
	{ "the last of several values stands",
		"0a00"
		"0a0178" HEAD TYPE_DAY TIME "3801"
		"3800"
		"a20100"
		"a201020863" DAY,
		REFUSED_NOT, "" },
	{ "the last of several facts stands", HEAD TYPE_DAY TIME DAY "9a01030a0161", REFUSED_TYPE,
		"type: expected \"capscore.enrollment.v1\" for the fact it carries" },
	{ "a true written with many bits", HEAD TYPE_DAY TIME "38ff7f" DAY, REFUSED_FIELD,
		"retracted: a day that has begun cannot be withdrawn" },
	{ "padded tags, lengths and numbers",
		"8a808000"
		"8100"
		"61"
		"120162" TYPE_DAY "288098e5c2a1e28000" DAY,
		REFUSED_NOT, "" },
	{ "a field of the fact past its end", HEAD TYPE_DAY TIME "a2010208c0", REFUSED_MALFORMED,
		MALFORMED },
};

static void unhex(struct buf *out, const char *hex)
{
	for (; *hex != '\0'; hex += 2) {
		unsigned v;
		uint8_t byte;

		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		byte = (uint8_t)v;
		assert_int_equal(buf_add(out, &byte, 1), 0);
	}
}

static void test_bytes_row(void **state)
{
	const struct bytes_row *row = *state;
	struct fixture *fx;
	const char *detail;
	uint8_t head[2] = { 0x0a, 0 };

	(void)set_up((void **)&fx);
	head[1] = (uint8_t)(strlen(row->bytes) / 2);
	assert_in_range(head[1], 0, 127);
	assert_int_equal(buf_add(&fx->buf, head, 2), 0);
	unhex(&fx->buf, row->bytes);
	assert_string_equal(
		refusal_name(refusal_of(fx, buf_span(&fx->buf), &detail)), refusal_name(row->want));
	assert_string_equal(detail, row->detail);
	(void)tear_down((void **)&fx);
}

static void test_a_link_says_which_way_it_changes(void **state)
{
	static const uint8_t unknown_change[] = { 0x12, 0, 0x10, 0x03 };
	struct fixture *fx = *state;
	struct event ev = event_sample_bare(FACT_PERSON_LINK);
	const char *detail;
	size_t at;

	encode(fx, &ev);
	/* The change is the last field: 10 01. */
	at = fx->buf.n - 2;
	assert_int_equal(fx->buf.p[at], 0x10);
	fx->buf.p[at + 1] = unknown_change[3];
	assert_int_equal(refusal_of(fx, buf_span(&fx->buf), &detail), REFUSED_FIELD);
	assert_string_equal(detail, "person-link.change 3: expected 1..2");
	fx->buf.p[at + 1] = 0;
	assert_int_equal(refusal_of(fx, buf_span(&fx->buf), &detail), REFUSED_FIELD);
	assert_string_equal(detail, "person-link.change 0: expected 1..2");
	/* A retraction needs the key alone. */
	ev.retracted = true;
	buf_reset(&fx->buf);
	encode(fx, &ev);
	fx->buf.p[fx->buf.n - 1] = 0;
	assert_int_equal(refusal_of(fx, buf_span(&fx->buf), &detail), REFUSED_NOT);
}

static void test_recorded_defaults_to_time(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_full(FACT_DAY);
	struct event *logged;
	size_t n;

	ev.recorded = 0;
	encode(fx, &ev);
	assert_int_equal(
		wire_decode_logged_events(buf_span(&fx->buf), &fx->arena, &logged, &n, NULL), 0);
	assert_true(logged[0].recorded == ev.time);
}

/* One bad event is refused by itself; its neighbours stay. */
static void test_a_bad_event_does_not_spoil_the_others(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_bare(FACT_USAGE);
	static const uint8_t bad[] = { 0x0a, 0x02, 0x0a, 0x7f };
	struct decoded_event *got;
	struct event *logged;
	struct err e = { 0 };
	size_t n;

	encode(fx, &ev);
	assert_int_equal(buf_add(&fx->buf, bad, sizeof bad), 0);
	encode(fx, &ev);
	assert_int_equal(wire_decode_events(buf_span(&fx->buf), &fx->arena, &got, &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_int_equal(got[0].refusal, REFUSED_NOT);
	assert_int_equal(got[1].refusal, REFUSED_MALFORMED);
	assert_int_equal(got[1].bytes.n, sizeof bad);
	assert_int_equal(got[2].refusal, REFUSED_NOT);
	assert_int_equal(wire_decode_logged_events(buf_span(&fx->buf), &fx->arena, &logged, &n, &e),
		ERR_CORRUPT);
	assert_string_equal(e.text, "event 1 of 3 does not decode");
}

static void test_broken_framing_is_no_batch(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_bare(FACT_USAGE);
	struct decoded_event *got = NULL;
	struct event *logged = NULL;
	struct err e = { 0 };
	size_t n = 77;

	encode(fx, &ev);
	encode(fx, &ev);
	for (size_t cut = 1; cut < fx->buf.n; cut++) {
		if (cut == fx->buf.n / 2)
			continue; /* one whole event */
		assert_int_equal(wire_decode_events(
					 (struct span){ fx->buf.p, cut }, &fx->arena, &got, &n, &e),
			ERR_SYNTAX);
		assert_int_equal(wire_decode_logged_events((struct span){ fx->buf.p, cut },
					 &fx->arena, &logged, &n, &e),
			ERR_CORRUPT);
	}
	assert_null(got);
	assert_null(logged);
	assert_int_equal(n, 77);
	fx->buf.p[0] = 0x08; /* events as numbers */
	assert_int_equal(
		wire_decode_events(buf_span(&fx->buf), &fx->arena, &got, &n, &e), ERR_SYNTAX);
}

static void test_a_batch_has_its_limits(void **state)
{
	struct fixture *fx = *state;
	struct decoded_event *got;
	struct err e = { 0 };
	size_t n;

	assert_int_equal(wire_decode_events((struct span){ NULL, 0 }, &fx->arena, &got, &n, &e), 0);
	assert_int_equal(n, 0);
	for (unsigned i = 0; i < WIRE_BATCH_EVENTS_MAX; i++)
		assert_int_equal(buf_add(&fx->buf, "\x0a\x00", 2), 0);
	assert_int_equal(wire_decode_events(buf_span(&fx->buf), &fx->arena, &got, &n, &e), 0);
	assert_int_equal(n, WIRE_BATCH_EVENTS_MAX);
	assert_int_equal(buf_add(&fx->buf, "\x0a\x00", 2), 0);
	assert_int_equal(
		wire_decode_events(buf_span(&fx->buf), &fx->arena, &got, &n, &e), ERR_FULL);
	assert_string_equal(e.text, "a batch of 4097 events, at most 4096");
	buf_reset(&fx->buf);
	assert_int_equal(buf_reserve(&fx->buf, WIRE_BATCH_BYTES_MAX + 1), 0);
	memset(fx->buf.p, 0, WIRE_BATCH_BYTES_MAX + 1);
	assert_int_equal(wire_decode_events((struct span){ fx->buf.p, WIRE_BATCH_BYTES_MAX + 1 },
				 &fx->arena, &got, &n, &e),
		ERR_FULL);
}

static void test_a_full_arena_is_an_answer(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_full(FACT_USAGE);
	struct decoded_event *got = NULL;
	struct event *logged = NULL;
	struct arena small;
	size_t n = 0;

	for (int i = 0; i < 600; i++)
		encode(fx, &ev);
	arena_init(&small, &mem_heap, 1000);
	assert_int_equal(wire_decode_events(buf_span(&fx->buf), &small, &got, &n, NULL), ERR_NOMEM);
	assert_int_equal(wire_decode_logged_events(buf_span(&fx->buf), &small, &logged, &n, NULL),
		ERR_NOMEM);
	assert_null(got);
	assert_null(logged);
	arena_fini(&small);
}

static void test_encoding_into_a_full_buffer_changes_nothing(void **state)
{
	struct event ev = event_sample_full(FACT_EDITION);
	struct buf small;

	(void)state;
	buf_init(&small, &mem_heap, 64);
	assert_int_equal(buf_add(&small, "abc", 3), 0);
	assert_int_equal(wire_encode_event(&ev, &small), ERR_FULL);
	assert_int_equal(small.n, 3);
	buf_fini(&small);
}

/* ---- against the generated decoder ------------------------------------------------------------------------ */

static bool text_is(struct str ours, const char *theirs)
{
	size_t n = strlen(theirs); /* theirs ends at a NUL inside the text */

	return ours.n >= n && str_eq((struct str){ ours.p, n }, (struct str){ theirs, n }) &&
	       (ours.n == n || ours.p[n] == '\0');
}

static bool day_is(day_no ours, int32_t theirs, bool required)
{
	if (theirs == 0 && !required)
		return ours == DAY_NONE;
	return theirs == DAY_NONE ? ours == DAY_NONE + 1 : ours == theirs;
}

static bool value_is(const struct event_field *f, const void *ours, const void *theirs)
{
	switch ((enum field_form)f->form) {
	case FIELD_TEXT:
	case FIELD_LINES:
		return text_is(*(const struct str *)ours, *(char *const *)theirs);
	case FIELD_DAY:
		return day_is(*(const day_no *)ours, *(const int32_t *)theirs, f->required);
	case FIELD_MONTH:
	case FIELD_ENUM:
		return *(const int32_t *)ours == *(const int32_t *)theirs;
	case FIELD_CHANGE:
		return *(const bool *)ours == (*(const int32_t *)theirs == CHANGE_LINKED);
	case FIELD_BOOL:
		return *(const bool *)ours == (*(const protobuf_c_boolean *)theirs != 0);
	case FIELD_AMOUNT:
		return *(const int64_t *)ours == *(const int64_t *)theirs;
	}
	return false;
}

static bool agrees(const struct event *ours, const Capscore__V1__Event *theirs)
{
	const ProtobufCMessage *fact =
		(const ProtobufCMessage *)theirs->usage; /* any member of the union */

	if (!text_is(ours->id, theirs->id) || !text_is(ours->source, theirs->source) ||
		!text_is(ours->subject, theirs->subject) || ours->time != theirs->time_ms ||
		ours->recorded !=
			(theirs->recorded_ms == 0 ? theirs->time_ms : theirs->recorded_ms) ||
		ours->retracted != (theirs->retracted != 0) ||
		(int)ours->kind + 9 != (int)theirs->fact_case)
		return false;
	for (size_t i = 0; i < fact_fields[ours->kind].n; i++) {
		const struct event_field *f = &fact_fields[ours->kind].fields[i];
		const ProtobufCFieldDescriptor *d =
			protobuf_c_message_descriptor_get_field(fact->descriptor, f->number);

		if (!value_is(f, (const char *)ours + f->offset, (const char *)fact + d->offset))
			return false;
	}
	return true;
}

/* What protobuf-c takes and we refuse on purpose: a tag that is out of the range of field numbers, and a bool of
 * another wire type than that of numbers. fact: the number of the fact that the bytes are, 0 for an Event. */
static bool has_odd_tag(const uint8_t *p, size_t n, uint64_t fact)
{
	uint64_t boolean = fact == 0 ? 7 : fact == 9 + FACT_USAGE ? 8 : 0;
	size_t i = 0;

	while (i < n) {
		uint64_t tag = 0, len = 0;
		unsigned shift = 0;

		do {
			tag |= (uint64_t)(p[i] & 0x7f) << shift;
			shift += 7;
		} while (p[i++] >= 0x80 && i < n && shift < 35);
		if (tag >> 3 == 0 || tag > UINT32_MAX || (tag >> 3 == boolean && (tag & 7) != 0))
			return true;
		switch (tag & 7) {
		case 0:
			while (i < n && p[i++] >= 0x80)
				;
			break;
		case 1:
			i += 8;
			break;
		case 5:
			i += 4;
			break;
		case 2:
			for (shift = 0; i < n && shift < 35; shift += 7) {
				len |= (uint64_t)(p[i] & 0x7f) << shift;
				if (p[i++] < 0x80)
					break;
			}
			if (len > n - i)
				return false;
			if (fact == 0 && tag >> 3 >= 10 && tag >> 3 <= 21 &&
				has_odd_tag(p + i, len, tag >> 3))
				return true;
			i += len;
			break;
		default:
			return false;
		}
	}
	return false;
}

static struct {
	unsigned long long compared, accepted, stricter;
} tally;

static void compare(const uint8_t *content, size_t n, struct arena *ar, const char *what)
{
	uint8_t batch[2048];
	struct event *ours = NULL;
	Capscore__V1__Event *theirs = capscore__v1__event__unpack(NULL, n, content);
	size_t head = 1, n_ours = 0;
	bool take, want;

	assert_true(n < sizeof batch - 8);
	batch[0] = 0x0a;
	for (size_t left = n; left >= 0x80; left >>= 7)
		batch[head++] = (uint8_t)(left | 0x80);
	batch[head] = (uint8_t)(n >> (7 * (head - 1)));
	head++;
	memcpy(batch + head, content, n);
	arena_reset(ar);
	take = wire_decode_logged_events(
		       (struct span){ batch, head + n }, ar, &ours, &n_ours, NULL) == 0;
	want = theirs != NULL && theirs->fact_case != CAPSCORE__V1__EVENT__FACT__NOT_SET;
	tally.compared++;
	tally.accepted += take;
	if (take != want) {
		if (take || !has_odd_tag(content, n, 0))
			fail_msg("%s: ours %s, the generated decoder %s", what,
				take ? "takes it" : "refuses", want ? "takes it" : "refuses");
		tally.stricter++;
	} else if (take && !agrees(ours, theirs)) {
		fail_msg("%s: other values", what);
	}
	if (theirs != NULL)
		capscore__v1__event__free_unpacked(theirs, NULL);
}

/* The content of a sample as an entry of a batch, without tag and length. */
static size_t content_of(struct fixture *fx, int which, uint8_t *content)
{
	struct event ev = sample(which);
	size_t head;

	buf_reset(&fx->buf);
	encode(fx, &ev);
	head = fx->buf.n >= 130 ? 3 : 2;
	memcpy(content, fx->buf.p + head, fx->buf.n - head);
	return fx->buf.n - head;
}

static void test_every_truncation_is_judged_as_by_the_generated_decoder(void **state)
{
	struct fixture *fx = *state;
	uint8_t content[1024];
	char what[64];

	for (int i = 0; i < N_SAMPLES; i++) {
		size_t n = content_of(fx, i, content);

		for (size_t cut = 0; cut <= n; cut++) {
			(void)snprintf(what, sizeof what, "sample %d cut at %zu", i, cut);
			compare(content, cut, &fx->arena, what);
		}
	}
}

static void test_every_changed_byte_is_judged_as_by_the_generated_decoder(void **state)
{
	struct fixture *fx = *state;
	uint8_t content[1024];
	char what[64];

	for (int i = 0; i < N_SAMPLES; i++) {
		size_t n = content_of(fx, i, content);

		for (size_t at = 0; at < n; at++)
			for (unsigned v = 0; v < 256; v += i % 2 == 0 ? 1 : 5) {
				uint8_t was = content[at];

				content[at] = (uint8_t)v;
				(void)snprintf(
					what, sizeof what, "sample %d byte %zu is %02x", i, at, v);
				compare(content, n, &fx->arena, what);
				content[at] = was;
			}
	}
}

static uint64_t next_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void mutate(uint8_t *content, size_t *n, uint64_t *rng)
{
	size_t at = next_random(rng) % (*n + 1), len = next_random(rng) % 8;

	switch (next_random(rng) % 4) {
	case 0: /* some bytes become others */
		for (size_t i = at; i < *n && i < at + len; i++)
			content[i] = (uint8_t)next_random(rng);
		break;
	case 1: /* some are taken out */
		len = len > *n - at ? *n - at : len;
		memmove(content + at, content + at + len, *n - at - len);
		*n -= len;
		break;
	case 2: /* some come in */
		memmove(content + at + len, content + at, *n - at);
		for (size_t i = at; i < at + len; i++)
			content[i] = (uint8_t)(next_random(rng) >> 3);
		*n += len;
		break;
	default: /* a continuation bit flips */
		if (at < *n)
			content[at] ^= 0x80;
	}
}

static void test_random_damage_is_judged_as_by_the_generated_decoder(void **state)
{
	struct fixture *fx = *state;
	const char *given = getenv("CAPSCORE_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : 0x5eed2023, rng = seed | 1;
	char what[96];

	print_message("seed %llu\n", (unsigned long long)seed);
	for (unsigned round = 0; round < 100000; round++) {
		uint8_t content[1024];
		size_t n = content_of(fx, (int)(next_random(&rng) % N_SAMPLES), content);

		for (uint64_t k = 1 + next_random(&rng) % 3; k > 0; k--)
			mutate(content, &n, &rng);
		(void)snprintf(
			what, sizeof what, "seed %llu round %u", (unsigned long long)seed, round);
		compare(content, n, &fx->arena, what);
	}
	print_message("%llu compared, %llu taken by both, %llu refused by ours alone\n",
		tally.compared, tally.accepted, tally.stricter);
	assert_true(tally.accepted > tally.compared / 20);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ARRAY_LEN(a)	   (sizeof(a) / sizeof((a)[0]))

int main(void)
{
	static const struct CMUnitTest plain[] = {
		WITH_FIXTURE(test_every_fact_comes_back_as_it_went),
		WITH_FIXTURE(test_encoding_is_that_of_the_generated_code),
		WITH_FIXTURE(test_a_retraction_comes_back),
		WITH_FIXTURE(test_usage_without_association_comes_back),
		WITH_FIXTURE(test_each_rare_text_comes_back_alone),
		cmocka_unit_test(test_the_field_table_is_the_schema),
		WITH_FIXTURE(test_a_link_says_which_way_it_changes),
		WITH_FIXTURE(test_recorded_defaults_to_time),
		WITH_FIXTURE(test_a_bad_event_does_not_spoil_the_others),
		WITH_FIXTURE(test_broken_framing_is_no_batch),
		WITH_FIXTURE(test_a_batch_has_its_limits),
		WITH_FIXTURE(test_a_full_arena_is_an_answer),
		cmocka_unit_test(test_encoding_into_a_full_buffer_changes_nothing),
		WITH_FIXTURE(test_every_truncation_is_judged_as_by_the_generated_decoder),
		WITH_FIXTURE(test_every_changed_byte_is_judged_as_by_the_generated_decoder),
		WITH_FIXTURE(test_random_damage_is_judged_as_by_the_generated_decoder),
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
