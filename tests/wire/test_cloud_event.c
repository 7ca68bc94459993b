/* CloudEvents in protobuf: what protoc writes is read, every fact comes through, what each mistake is told, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "capscore/v1/event.pb-c.h"
#include "common/wire/cloud_event.h"
#include "common/wire/pb.h"
#include "tests/support/event_samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES_MAX    ((size_t)1 << 20)

struct fixture {
	struct buf bytes, json;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct fixture fx;

	buf_init(&fx.bytes, &mem_heap, BYTES_MAX);
	buf_init(&fx.json, &mem_heap, BYTES_MAX);
	arena_init(&fx.arena, &mem_heap, (size_t)64 << 20);
	*state = &fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	buf_fini(&fx->bytes);
	buf_fini(&fx->json);
	arena_fini(&fx->arena);
	return 0;
}

/* ---- by another encoder ----------------------------------------------------------------------------------- */

/* Has protoc encode a CloudEvent (or, without attributes, whatever `text` says). */
static void encode_text(struct buf *out, const char *text)
{
	char in[] = "/tmp/capscore-cloud-XXXXXX", command[512];
	int fd = mkstemp(in);
	FILE *f;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	(void)snprintf(command, sizeof command,
		"protoc -Iproto --encode=io.cloudevents.v1.CloudEvent proto/io/cloudevents/v1/cloudevents.proto "
		"proto/capscore/v1/event.proto <%s",
		in);
	f = popen(command, "r");
	assert_non_null(f);
	buf_reset(out);
	assert_int_equal(buf_reserve(out, 65536), 0);
	out->n = fread(out->p, 1, 65536, f);
	assert_int_equal(pclose(f), 0);
	(void)unlink(in);
}

#define HEAD	"id: 'e1' source: '/crm' spec_version: '1.0' type: 'capscore.usage.v1' "
#define SUBJECT "attributes { key: 'subject' value { ce_string: '77' } } "
#define TIME                                                                                       \
	"attributes { key: 'time' value { ce_timestamp { seconds: 1688169600 nanos: 250000000 } } } "
#define ATTRIBUTE(name, value) "attributes { key: '" name "' value { " value " } } "
#define USAGE                                                                                         \
	"proto_data { [type.googleapis.com/capscore.v1.Usage] { customer: 't1' product: 'Key Vault' " \
	"month: 24281 association: PAL measure: ACR amount_micro: 1500000 } } "
#define JSON_DATA                                                                                       \
	"{\"customer\":\"t1\",\"product\":\"Key Vault\",\"month\":\"2023-06\",\"association\":\"pal\"," \
	"\"measure\":\"acr\",\"amount\":\"1.5\"}"
#define WANT(recorded)                                                                               \
	"{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/crm\",\"type\":\"capscore.usage.v1\"," \
	"\"subject\":\"77\",\"time\":\"2023-07-01T00:00:00.250Z\",\"recordedtime\":\"" recorded      \
	"\",\"data\":" JSON_DATA "}"

struct row {
	const char *name;
	const char *text;
	enum refusal refusal;
	const char *want; /* the event in JSON, or part of what is said */
};

static const struct row rows[] = {
	{ "a fact as a message", HEAD SUBJECT TIME USAGE, REFUSED_NOT,
		WANT("2023-07-01T00:00:00.250Z") },
	{ "a fact as JSON in text", HEAD SUBJECT TIME "text_data: '" JSON_DATA "'", REFUSED_NOT,
		WANT("2023-07-01T00:00:00.250Z") },
	{ "a fact as JSON in bytes, with its content type",
		HEAD SUBJECT TIME ATTRIBUTE("datacontenttype",
			"ce_string: 'application/json'") "binary_data: '" JSON_DATA "'",
		REFUSED_NOT, WANT("2023-07-01T00:00:00.250Z") },
	{ "recordedtime as a text",
		HEAD SUBJECT TIME ATTRIBUTE("recordedtime", "ce_string: '2023-07-03T10:00:00Z'")
			USAGE,
		REFUSED_NOT, WANT("2023-07-03T10:00:00.000Z") },
	{ "attributes of other extensions pass",
		HEAD SUBJECT TIME ATTRIBUTE("traceparent", "ce_string: 'x'")
			ATTRIBUTE("sequence", "ce_integer: 7") USAGE,
		REFUSED_NOT, WANT("2023-07-01T00:00:00.250Z") },
	{ "dataschema passes",
		HEAD SUBJECT TIME ATTRIBUTE("dataschema", "ce_uri: 'https://example.org/x'") USAGE,
		REFUSED_NOT, WANT("2023-07-01T00:00:00.250Z") },
	{ "a retraction needs its key alone",
		HEAD SUBJECT TIME ATTRIBUTE("retracted",
			"ce_boolean: true") "proto_data { [type.googleapis.com/capscore.v1.Usage] { customer: 't1' "
					    "product: 'Key Vault' month: 24281 association: PAL measure: ACR } }",
		REFUSED_NOT, "\"retracted\":true" },
	{ "another fact than the type says",
		HEAD SUBJECT TIME
		"proto_data { [type.googleapis.com/capscore.v1.Customer] { customer: 't1' } }",
		REFUSED_FACT, "expected type.googleapis.com/capscore.v1.Usage" },
	{ "no data", HEAD SUBJECT TIME, REFUSED_FACT, "data: missing" },
	{ "no time", HEAD SUBJECT USAGE, REFUSED_TIME, "time: missing" },
	{ "a time that is none", HEAD SUBJECT ATTRIBUTE("time", "ce_boolean: true") USAGE,
		REFUSED_TIME, "time: expected a ce_timestamp" },
	{ "a time out of range",
		HEAD SUBJECT ATTRIBUTE("time", "ce_timestamp { seconds: -5 }") USAGE, REFUSED_TIME,
		"from 2000 to 2199" },
	{ "no subject", HEAD TIME USAGE, REFUSED_SUBJECT, "subject" },
	{ "a subject that is a number", HEAD TIME ATTRIBUTE("subject", "ce_integer: 77") USAGE,
		REFUSED_SUBJECT, "subject: expected a ce_string" },
	{ "another version",
		"id: 'e1' source: '/crm' spec_version: '0.3' type: 'capscore.usage.v1'",
		REFUSED_MALFORMED, "spec_version: expected \"1.0\"" },
	{ "a type in other writing",
		"id: 'e1' source: '/crm' spec_version: '1.0' type: 'capscore.usages.v1' " SUBJECT
			TIME USAGE,
		REFUSED_TYPE, "did you mean \"capscore.usage.v1\"?" },
	{ "an attribute in other writing",
		HEAD SUBJECT TIME ATTRIBUTE("recordedTime", "ce_string: 'x'") USAGE,
		REFUSED_MALFORMED, "did you mean \"recordedtime\"?" },
	{ "an attribute that has its own field",
		HEAD SUBJECT TIME ATTRIBUTE("id", "ce_string: 'x'") USAGE, REFUSED_MALFORMED,
		"has a field of its own" },
	{ "text that is not JSON", HEAD SUBJECT TIME "text_data: '{'", REFUSED_MALFORMED,
		"data: not JSON" },
	{ "JSON with an unknown member", HEAD SUBJECT TIME "text_data: '{\"customr\":1}'",
		REFUSED_FIELD, "did you mean \"customer\"?" },
	{ "bytes of another content type",
		HEAD SUBJECT TIME ATTRIBUTE(
			"datacontenttype", "ce_string: 'text/xml'") "binary_data: '<a/>'",
		REFUSED_MALFORMED, "datacontenttype: expected \"application/json\"" },
	{ "a field out of range",
		HEAD SUBJECT TIME
		"proto_data { [type.googleapis.com/capscore.v1.Usage] { customer: 't1' } }",
		REFUSED_FIELD, "usage." },
	{ "a text with a line end in it",
		"id: 'e\\n1' source: '/crm' spec_version: '1.0' type: 'capscore.usage.v1' " SUBJECT
			TIME USAGE,
		REFUSED_ID, "id" },
};

static void check_event(struct fixture *fx, const struct row *row, const struct event *ev)
{
	assert_int_equal(row->refusal, REFUSED_NOT);
	buf_reset(&fx->json);
	assert_int_equal(event_to_json(ev, &fx->json), 0);
	assert_int_equal(buf_add(&fx->json, "", 1), 0);
	if (strstr((char *)fx->json.p, row->want) == NULL)
		fail_msg("%s", (char *)fx->json.p);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct json_fault fault = { 0 };
	struct fixture *fx;
	struct event ev;

	assert_int_equal(set_up(state), 0);
	fx = *state;
	encode_text(&fx->bytes, row->text);
	if (event_from_cloud(buf_span(&fx->bytes), &fx->arena, &ev, &fault) == 0) {
		check_event(fx, row, &ev);
	} else {
		if (fault.refusal != row->refusal || strstr(fault.text, row->want) == NULL)
			fail_msg("%s: %s", refusal_name(fault.refusal), fault.text);
	}
	assert_int_equal(tear_down(state), 0);
}

/* ---- every fact ------------------------------------------------------------------------------------------- */

static void put_attribute(struct buf *b, const char *name, unsigned number, struct span value)
{
	uint8_t entry[1024], attr[900], *p, *a;

	a = pb_put_bytes(attr, number, value.p, value.n);
	p = pb_put_str(entry, 1, str_from(name));
	p = pb_put_bytes(p, 2, attr, (size_t)(a - attr));
	assert_int_equal(buf_reserve(b, sizeof entry), 0);
	b->n = (size_t)(pb_put_bytes(b->p + b->n, 5, entry, (size_t)(p - entry)) - b->p);
}

static void put_instant(struct buf *b, const char *name, event_ms t)
{
	uint8_t stamp[32], *p = pb_put_number(stamp, 1, (uint64_t)(t / 1000));

	p = pb_put_number(p, 2, (uint64_t)(t % 1000) * 1000000);
	put_attribute(b, name, 7, (struct span){ stamp, (size_t)(p - stamp) });
}

/* The bytes of the fact inside an encoded event. */
static struct span fact_of(const struct buf *entry, enum fact_kind kind)
{
	struct pb_in in = pb_in(buf_span(entry));
	struct span s = { 0 };
	uint32_t tag;

	assert_true(pb_read_tag(&in, &tag) && pb_read_bytes(&in, &s));
	in = pb_in(s);
	while (pb_read_tag(&in, &tag))
		if (tag >> 3 == 9 + (unsigned)kind) {
			assert_true(pb_read_bytes(&in, &s));
			return s;
		} else {
			assert_true(pb_skip(&in, tag));
		}
	fail_msg("no fact");
	return s;
}

static void encode_sample(struct fixture *fx, const struct event *ev)
{
	char url[64], type[64];
	struct buf entry;
	struct span fact;
	uint8_t *any, *p;

	buf_init(&entry, &mem_heap, BYTES_MAX);
	assert_int_equal(wire_encode_event(ev, &entry), 0);
	fact = fact_of(&entry, ev->kind);
	(void)snprintf(
		url, sizeof url, "x/capscore.v1." STR_FMT, STR_ARG(cloud_fact_name(ev->kind)));
	buf_reset(&fx->bytes);
	assert_int_equal(buf_reserve(&fx->bytes, 4096 + fact.n), 0);
	p = pb_put_str(fx->bytes.p, 1, ev->id);
	p = pb_put_str(p, 2, ev->source);
	p = pb_put_str(p, 3, STR("1.0"));
	(void)snprintf(type, sizeof type, "capscore.%s.v1", fact_kind_name(ev->kind));
	p = pb_put_str(p, 4, str_from(type));
	any = pb_open(p, 8);
	p = pb_put_str(any, 1, str_from(url));
	p = pb_close(any, pb_put_bytes(p, 2, fact.p, fact.n));
	fx->bytes.n = (size_t)(p - fx->bytes.p);
	if (ev->subject.n > 0)
		put_attribute(
			&fx->bytes, "subject", 3, (struct span){ ev->subject.p, ev->subject.n });
	put_instant(&fx->bytes, "time", ev->time);
	put_instant(&fx->bytes, "recordedtime", ev->recorded);
	buf_fini(&entry);
}

static void test_every_fact_comes_through_as_a_message(void **state)
{
	struct fixture *fx = *state;

	for (int k = 1; k < FACT_KIND_END; k++)
		for (int full = 0; full < 2; full++) {
			struct event sent = full ? event_sample_full((enum fact_kind)k)
						 : event_sample_bare((enum fact_kind)k);
			struct json_fault fault;
			struct event got;

			encode_sample(fx, &sent);
			if (event_from_cloud(buf_span(&fx->bytes), &fx->arena, &got, &fault) != 0)
				fail_msg("%s: %s", fact_kind_name(sent.kind), fault.text);
			assert_true(event_sample_eq(&sent, &got));
		}
}

static void test_names_of_facts_are_those_of_the_schema(void **state)
{
	const ProtobufCMessageDescriptor *d = &capscore__v1__event__descriptor;

	(void)state;
	for (int k = 1; k < FACT_KIND_END; k++) {
		const ProtobufCFieldDescriptor *f =
			protobuf_c_message_descriptor_get_field(d, 9 + (unsigned)k);
		const ProtobufCMessageDescriptor *fact;

		assert_non_null(f);
		fact = f->descriptor;
		assert_true(str_eq(cloud_fact_name((enum fact_kind)k), str_from(fact->short_name)));
	}
}

/* ---- damage ----------------------------------------------------------------------------------------------- */

/* What is taken is valid; what is not has a reason and a text that can be shown. */
static void check_damaged(struct fixture *fx, struct span bytes)
{
	struct json_fault fault = { 0 };
	struct refusal_detail detail;
	struct event ev;

	arena_reset(&fx->arena);
	if (event_from_cloud(bytes, &fx->arena, &ev, &fault) == 0) {
		assert_int_equal(event_validate(&ev, &detail), REFUSED_NOT);
		return;
	}
	assert_int_not_equal(fault.refusal, REFUSED_NOT);
	assert_true(fault.text[0] != '\0' && str_is_clean_utf8(str_from(fault.text)));
}

static void test_truncations_and_changed_bytes_are_told(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_full(FACT_USAGE);

	encode_sample(fx, &ev);
	for (size_t n = 0; n < fx->bytes.n; n++) {
		uint8_t *exact = malloc(n + 1);

		assert_non_null(exact);
		memcpy(exact, fx->bytes.p, n);
		check_damaged(fx, (struct span){ exact, n });
		free(exact);
	}
	for (size_t i = 0; i < fx->bytes.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			fx->bytes.p[i] ^= (uint8_t)(1 << bit);
			check_damaged(fx, buf_span(&fx->bytes));
			fx->bytes.p[i] ^= (uint8_t)(1 << bit);
		}
}

/* Nested as deeply as fits: no more than one level is looked into. */
static void test_deep_nesting_costs_nothing(void **state)
{
	struct fixture *fx = *state;
	struct buf *b = &fx->bytes;
	struct json_fault fault;
	struct event ev;

	buf_reset(b);
	assert_int_equal(buf_reserve(b, 400000), 0);
	for (b->n = 400000; b->n > 0; b->n -= 4) {
		size_t inside = 400000 - b->n;

		if (inside + 4 > 400000)
			break;
		b->p[b->n - 4] = 0x42; /* field 8 */
		b->p[b->n - 3] = (uint8_t)(0x80 | (inside & 0x7f));
		b->p[b->n - 2] = (uint8_t)(0x80 | (inside >> 7 & 0x7f));
		b->p[b->n - 1] = (uint8_t)(inside >> 14);
	}
	assert_int_equal(event_from_cloud((struct span){ b->p, 400000 }, &fx->arena, &ev, &fault),
		ERR_INVALID);
	assert_non_null(strstr(fault.text, "spec_version"));
}

static void test_a_map_entry_that_stands_twice_is_refused(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_full(FACT_USAGE);
	struct json_fault fault;

	encode_sample(fx, &ev);
	put_instant(&fx->bytes, "recordedtime", ev.recorded + 5000);
	assert_int_equal(
		event_from_cloud(buf_span(&fx->bytes), &fx->arena, &ev, &fault), ERR_INVALID);
	assert_string_equal(fault.text, "attribute \"recordedtime\" stands twice");
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows) + 5];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
#define TEST(f)                                                                                    \
	tests[n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	TEST(test_every_fact_comes_through_as_a_message);
	TEST(test_names_of_facts_are_those_of_the_schema);
	TEST(test_truncations_and_changed_bytes_are_told);
	TEST(test_deep_nesting_costs_nothing);
	TEST(test_a_map_entry_that_stands_twice_is_refused);
	return _cmocka_run_group_tests("CloudEvents in protobuf", tests, n, NULL, NULL);
}
