/* Events in JSON: there and back, what each mistake is told, exact amounts, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/wire/event_json.h"
#include "tests/support/event_samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct fixture {
	struct buf buf;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct fixture fx;

	buf_init(&fx.buf, &mem_heap, (size_t)4 * 1024 * 1024);
	arena_init(&fx.arena, &mem_heap, (size_t)16 * 1024 * 1024);
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

static struct str text_of(const struct buf *b)
{
	return (struct str){ (const char *)b->p, b->n };
}

/* ---- there and back --------------------------------------------------------------------------------------- */

static void test_every_fact_comes_back_as_it_went(void **state)
{
	struct fixture *fx = *state;

	for (int i = 0; i < N_SAMPLES; i++) {
		struct event sent = sample(i), got;
		struct json_fault fault;

		buf_reset(&fx->buf);
		assert_int_equal(event_to_json(&sent, &fx->buf), 0);
		assert_null(memchr(fx->buf.p, '\n', fx->buf.n));
		if (event_from_json(text_of(&fx->buf), &fx->arena, &got, &fault) != 0)
			fail_msg("%.*s: %s", (int)fx->buf.n, (char *)fx->buf.p, fault.text);
		assert_true(event_sample_eq(&sent, &got));
	}
}

static void test_a_retraction_shows_its_key_alone(void **state)
{
	struct fixture *fx = *state;
	struct event sent = event_sample_full(FACT_ENROLLMENT), got;
	struct json_fault fault;

	sent.retracted = true;
	assert_int_equal(event_to_json(&sent, &fx->buf), 0);
	assert_non_null(memmem(fx->buf.p, fx->buf.n, "\"data\":{\"area\":\"modern-work\"}}", 30));
	assert_int_equal(event_from_json(text_of(&fx->buf), &fx->arena, &got, &fault), 0);
	assert_true(got.retracted);
	assert_true(str_eq(got.u.enrollment.area, sent.u.enrollment.area));
}

static void test_the_form_is_the_documented_one(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_bare(FACT_USAGE);
	static const char want[] =
		"{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"/crm\",\"type\":\"capscore.usage.v1\","
		"\"subject\":\"1234567\",\"time\":\"2023-06-30T12:00:00.000Z\","
		"\"recordedtime\":\"2023-06-30T12:00:00.000Z\",\"data\":{\"customer\":\"c1\","
		"\"product\":\"Azure Firewall\",\"month\":\"2023-06\",\"association\":\"pal\",\"measure\":\"acr\","
		"\"amount\":\"-0.5\"}}";

	ev.u.usage.amount_micro = -500000;
	assert_int_equal(event_to_json(&ev, &fx->buf), 0);
	assert_int_equal(buf_add(&fx->buf, "", 1), 0);
	assert_string_equal((char *)fx->buf.p, want);
}

static void test_finer_grain_is_written_where_there_is_some(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_bare(FACT_USAGE);
	static const char want[] = "\"amount\":\"0\",\"service_level_1\":\"l1\","
				   "\"service_group_3\":\"g3\",\"compute_os\":\"os\"}}";

	ev.u.usage.level1 = STR("l1");
	ev.u.usage.group3 = STR("g3");
	ev.u.usage.compute_os = STR("os");
	assert_int_equal(event_to_json(&ev, &fx->buf), 0);
	assert_int_equal(buf_add(&fx->buf, "", 1), 0);
	assert_non_null(strstr((char *)fx->buf.p, want));
	/* They are part of the key, so a retraction names them. */
	ev.retracted = true;
	buf_reset(&fx->buf);
	assert_int_equal(event_to_json(&ev, &fx->buf), 0);
	assert_int_equal(buf_add(&fx->buf, "", 1), 0);
	assert_null(strstr((char *)fx->buf.p, "amount"));
	assert_non_null(strstr((char *)fx->buf.p, "\"compute_os\":\"os\"}}"));
}

static void test_usage_without_association_is_written_without(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_full(FACT_USAGE), got;
	struct json_fault fault;

	ev.u.usage.association = ASSOC_NONE;
	assert_int_equal(event_to_json(&ev, &fx->buf), 0);
	assert_null(memmem(fx->buf.p, fx->buf.n, "association", 11));
	assert_int_equal(event_from_json(text_of(&fx->buf), &fx->arena, &got, &fault), 0);
	assert_true(event_sample_eq(&ev, &got));
}

/* Events that were not validated (a dead letter) must print too. */
static void test_anything_prints_as_json(void **state)
{
	struct fixture *fx = *state;
	struct event ev = event_sample_full(FACT_USAGE), got;
	struct json_fault fault;

	ev.id = STR("\x01\x7f\xff\"\\ \xE2\x82\xAC\xE2\x82");
	ev.time = INT64_MIN;
	ev.recorded = INT64_MAX;
	ev.u.usage.month = INT32_MIN;
	ev.u.usage.measure = (enum measure)99;
	ev.u.usage.amount_micro = INT64_MIN;
	assert_int_equal(event_to_json(&ev, &fx->buf), 0);
	assert_non_null(memmem(fx->buf.p, fx->buf.n,
		"\"\\u0001\\u007f\xEF\xBF\xBD\\\"\\\\ \xE2\x82\xAC\xEF\xBF\xBD\xEF\xBF\xBD\"", 31));
	/* JSON it is, an event it is not. */
	assert_int_equal(event_from_json(text_of(&fx->buf), &fx->arena, &got, &fault), ERR_INVALID);
}

static void test_a_full_buffer_keeps_what_it_had(void **state)
{
	struct event ev = event_sample_full(FACT_EDITION);
	struct buf small;

	(void)state;
	buf_init(&small, &mem_heap, 100);
	assert_int_equal(buf_add(&small, "abc", 3), 0);
	assert_int_equal(event_to_json(&ev, &small), ERR_FULL);
	assert_int_equal(small.n, 3);
	buf_fini(&small);
}

/* ---- mistakes --------------------------------------------------------------------------------------------- */

#define ENVELOPE(type)                                                                             \
	"{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/s\",\"type\":\"capscore." type ".v1\","
#define SUBJECT	    "\"subject\":\"1\",\"time\":\"2023-06-30T12:00:00Z\","
#define USAGE(more) ENVELOPE("usage") SUBJECT "\"data\":{" more "}}"
#define USAGE_KEY                                                                                  \
	"\"customer\":\"c\",\"product\":\"p\",\"month\":\"2023-06\",\"association\":\"pal\",\"measure\":\"acr\""

struct row {
	const char *name, *text;
	int rc;
	enum refusal refusal;
	const char *at; /* what the fault points to, NULL: the numbers stand */
	unsigned line, column;
	const char *fault;
};

static const struct row rows[] = {
	{ "usage", USAGE(USAGE_KEY ",\"amount\":1"), 0, REFUSED_NOT, NULL, 0, 0, NULL },
	{ "null is not given",
		USAGE(USAGE_KEY ",\"amount\":1,\"component\":null,\"duplicate\":null"), 0,
		REFUSED_NOT, NULL, 0, 0, NULL },
	{ "finer grain",
		USAGE(USAGE_KEY
			",\"amount\":1,\"service_level_1\":\"Compute\",\"service_group_2\":null,"
			"\"service_group_3\":\"\",\"service_influencer\":\"SAP\",\"compute_os\":\"Linux\""),
		0, REFUSED_NOT, NULL, 0, 0, NULL },
	{ "a service group that there is not", USAGE(USAGE_KEY ",\"service_group_1\":\"x\""),
		ERR_INVALID, REFUSED_FIELD, "\"service_group_1\"", 0, 0,
		"data: unknown member \"service_group_1\", did you mean \"service_group_2\"?" },
	{ "finer grain that is a number", USAGE(USAGE_KEY ",\"amount\":1,\"compute_os\":7"),
		ERR_INVALID, REFUSED_FIELD, "\"compute_os\"", 0, 0,
		"usage.compute_os: expected a string" },
	{ "attributes of other extensions",
		"{\"traceparent\":\"00-1\",\"sequence\":\"7\","
		"\"datacontenttype\":\"application/json; charset=utf-8\",\"dataschema\":\"x:y\","
		"\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/s\",\"type\":\"capscore.day.v1\","
		"\"time\":\"2023-06-30T12:00:00Z\",\"data\":{\"day\":\"2023-06-30\"}}",
		0, REFUSED_NOT, NULL, 0, 0, NULL },
	{ "nothing", "", ERR_SYNTAX, REFUSED_MALFORMED, NULL, 1, 0,
		"not JSON: '[' or '{' expected near end of file" },
	{ "half an object", "{\n \"id\": ", ERR_SYNTAX, REFUSED_MALFORMED, NULL, 2, 7,
		"not JSON: unexpected token near end of file" },
	{ "two objects", "{} {}", ERR_SYNTAX, REFUSED_MALFORMED, NULL, 1, 4,
		"not JSON: end of file expected near '{'" },
	{ "the same member twice", "{\"id\":\"a\",\"id\":\"b\"}", ERR_SYNTAX, REFUSED_MALFORMED,
		NULL, 1, 14, "not JSON: duplicate object key near '\"id\"'" },
	{ "a list", "[]", ERR_INVALID, REFUSED_MALFORMED, NULL, 0, 0,
		"expected an object: one event" },
	{ "no specversion", "{\"id\":\"e\"}", ERR_INVALID, REFUSED_MALFORMED, NULL, 0, 0,
		"specversion: expected \"1.0\"" },
	{ "another specversion", "{\"specversion\":\"0.3\"}", ERR_INVALID, REFUSED_MALFORMED,
		"\"specversion\"", 0, 0, "specversion: expected \"1.0\"" },
	{ "an attribute in another case", "{\"specversion\":\"1.0\",\n  \"recordedTime\":\"x\"}",
		ERR_INVALID, REFUSED_MALFORMED, "\"recordedTime\"", 0, 0,
		"unknown attribute \"recordedTime\", did you mean \"recordedtime\"?" },
	{ "an attribute that is none", "{\"my_attribute\":\"x\"}", ERR_INVALID, REFUSED_MALFORMED,
		"\"my_attribute\"", 0, 0,
		"unknown attribute \"my_attribute\": names of attributes are lower-case letters and digits" },
	{ "data that is not JSON", "{\"specversion\":\"1.0\",\"datacontenttype\":\"text/xml\"}",
		ERR_INVALID, REFUSED_MALFORMED, "\"datacontenttype\"", 0, 0,
		"datacontenttype: expected \"application/json\"" },
	{ "an id that is a number", "{\"specversion\":\"1.0\",\"id\":1}", ERR_INVALID, REFUSED_ID,
		"\"id\"", 0, 0, "id: expected a string" },
	{ "no type", "{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/s\"}", ERR_INVALID,
		REFUSED_TYPE, NULL, 0, 0,
		"type: missing, expected \"capscore.NAME.v1\", for example \"capscore.usage.v1\"" },
	{ "a type that is nearly one", ENVELOPE("usages") SUBJECT "\"data\":{}}", ERR_INVALID,
		REFUSED_TYPE, "\"type\"", 0, 0,
		"type: \"capscore.usages.v1\" is no fact, did you mean \"capscore.usage.v1\"?" },
	{ "a type of others", "{\"specversion\":\"1.0\",\"type\":\"com.example.thing\"}",
		ERR_INVALID, REFUSED_TYPE, "\"type\"", 0, 0,
		"type: \"com.example.thing\" is no fact; expected \"capscore.NAME.v1\", for example "
		"\"capscore.usage.v1\"" },
	{ "no time", ENVELOPE("usage") "\"data\":{}}", ERR_INVALID, REFUSED_TIME, NULL, 0, 0,
		"time: expected an RFC 3339 time from 2000 to 2199, for example \"2023-06-30T12:00:00Z\"" },
	{ "a day for a time", ENVELOPE("usage") "\"time\":\"2023-06-30\"}", ERR_INVALID,
		REFUSED_TIME, "\"time\"", 0, 0,
		"time: expected an RFC 3339 time from 2000 to 2199, for example \"2023-06-30T12:00:00Z\"" },
	{ "a bad recordedtime", ENVELOPE("usage") SUBJECT "\"recordedtime\":7}", ERR_INVALID,
		REFUSED_TIME, "\"recordedtime\"", 0, 0,
		"recordedtime: expected an RFC 3339 time from 2000 to 2199, for example \"2023-06-30T12:00:00Z\"" },
	{ "retracted as text", ENVELOPE("usage") SUBJECT "\"retracted\":\"yes\"}", ERR_INVALID,
		REFUSED_FIELD, "\"retracted\"", 0, 0, "retracted: expected true or false" },
	{ "no data", ENVELOPE("usage") "\"time\":\"2023-06-30T12:00:00Z\"}", ERR_INVALID,
		REFUSED_FACT, NULL, 0, 0, "data: missing" },
	{ "data as text", ENVELOPE("usage") "\"time\":\"2023-06-30T12:00:00Z\",\"data\":\"{}\"}",
		ERR_INVALID, REFUSED_FACT, "\"data\"", 0, 0, "data: expected an object" },
	{ "a member that is nearly one", USAGE(USAGE_KEY ",\"ammount\":1"), ERR_INVALID,
		REFUSED_FIELD, "\"ammount\"", 0, 0,
		"data: unknown member \"ammount\", did you mean \"amount\"?" },
	{ "a member that is none", USAGE("\"somethingelse\":1"), ERR_INVALID, REFUSED_FIELD,
		"\"somethingelse\"", 0, 0,
		"data: unknown member \"somethingelse\"; a usage has customer, product, component, month, association, "
		"measure, offer, duplicate, amount, service_level_1, service_group_2, service_group_3, "
		"service_influencer, compute_os" },
	{ "the name of the wire", USAGE("\"amount_micro\":1"), ERR_INVALID, REFUSED_FIELD,
		"\"amount_micro\"", 0, 0,
		"data: unknown member \"amount_micro\"; a usage has customer, product, component, month, association, "
		"measure, offer, duplicate, amount, service_level_1, service_group_2, service_group_3, "
		"service_influencer, compute_os" },
	{ "no customer",
		USAGE("\"product\":\"p\",\"month\":\"2023-06\",\"association\":\"pal\",\"measure\":\"acr\","
		      "\"amount\":1"),
		ERR_INVALID, REFUSED_FIELD, NULL, 0, 0, "usage.customer: missing" },
	{ "no month", USAGE("\"customer\":\"c\",\"product\":\"p\""), ERR_INVALID, REFUSED_FIELD,
		NULL, 0, 0, "usage.month: missing" },
	{ "a month that is none", USAGE("\"month\":\"2023-13\",\"customer\":\"c\""), ERR_INVALID,
		REFUSED_FIELD, "\"month\"", 0, 0,
		"usage.month: expected a month, for example \"2023-06\"" },
	{ "no amount", USAGE(USAGE_KEY), ERR_INVALID, REFUSED_FIELD, NULL, 0, 0,
		"usage.amount: missing" },
	{ "an amount with seven decimals", USAGE(USAGE_KEY ",\"amount\":\"0.1234567\""),
		ERR_INVALID, REFUSED_FIELD, "\"amount\"", 0, 0,
		"usage.amount: expected a decimal with at most six decimals, for example \"1234.56\"" },
	{ "an amount over the greatest", USAGE(USAGE_KEY ",\"amount\":1000000001"), ERR_INVALID,
		REFUSED_FIELD, "\"amount\"", 0, 0,
		"usage.amount: expected at most 1000000000 and at least -1000000000" },
	{ "a number with seven decimals", USAGE(USAGE_KEY ",\"amount\":0.1234567"), ERR_INVALID,
		REFUSED_FIELD, "\"amount\"", 0, 0,
		"usage.amount: a number that cannot be read exactly; write it as a string with at most six "
		"decimals" },
	{ "a number beyond all", USAGE(USAGE_KEY ",\"amount\":1e30"), ERR_INVALID, REFUSED_FIELD,
		"\"amount\"", 0, 0,
		"usage.amount: expected at most 1000000000 and at least -1000000000" },
	{ "an amount that is a list", USAGE(USAGE_KEY ",\"amount\":[]"), ERR_INVALID, REFUSED_FIELD,
		"\"amount\"", 0, 0,
		"usage.amount: expected a decimal with at most six decimals, for example \"1234.56\"" },
	{ "usage without association",
		USAGE("\"customer\":\"c\",\"product\":\"p\",\"month\":\"2023-06\",\"measure\":\"mau\",\"amount\":1"),
		0, REFUSED_NOT, NULL, 0, 0, NULL },
	{ "usage of no association",
		USAGE("\"customer\":\"c\",\"product\":\"p\",\"month\":\"2023-06\",\"association\":null,"
		      "\"measure\":\"mau\",\"amount\":1"),
		0, REFUSED_NOT, NULL, 0, 0, NULL },
	{ "usage of an association without a name",
		USAGE("\"customer\":\"c\",\"product\":\"p\",\"month\":\"2023-06\",\"association\":\"\""),
		ERR_INVALID, REFUSED_FIELD, "\"association\"", 0, 0,
		"usage.association: expected one of cpor, dpor, pal, csp-tier-1, csp-tier-2, transacting-por, not \"\"" },
	{ "an association of no kind",
		ENVELOPE("association") SUBJECT "\"data\":{\"customer\":\"c\"}}", ERR_INVALID,
		REFUSED_FIELD, NULL, 0, 0,
		"association.kind: expected one of cpor, dpor, pal, csp-tier-1, csp-tier-2, transacting-por" },
	{ "a measure that is none",
		USAGE("\"customer\":\"c\",\"product\":\"p\",\"month\":\"2023-06\","
		      "\"association\":\"pal\",\"measure\":\"ACR\""),
		ERR_INVALID, REFUSED_FIELD, "\"measure\"", 0, 0,
		"usage.measure: expected one of acr, mau, paid-units, capacity, adjusted-revenue, not \"ACR\"" },
	{ "a flag that is a number", USAGE(USAGE_KEY ",\"duplicate\":1"), ERR_INVALID,
		REFUSED_FIELD, "\"duplicate\"", 0, 0, "usage.duplicate: expected true or false" },
	{ "a customer that is a number", USAGE("\"customer\":7"), ERR_INVALID, REFUSED_FIELD,
		"\"customer\"", 0, 0, "usage.customer: expected a string" },
	{ "a change that is none",
		ENVELOPE("person-link") SUBJECT "\"data\":{\"person\":\"p\",\"change\":\"moved\"}}",
		ERR_INVALID, REFUSED_FIELD, "\"change\"", 0, 0,
		"person-link.change: expected one of linked, unlinked, not \"moved\"" },
	{ "a day that is none",
		ENVELOPE("assessment") SUBJECT "\"data\":{\"passed_on\":\"2023-02-29\","
					       "\"person\":\"p\",\"assessment\":\"a\"}}",
		ERR_INVALID, REFUSED_FIELD, "\"passed_on\"", 0, 0,
		"assessment.passed_on: expected a day, for example \"2023-06-30\"" },
	{ "what the validator finds",
		ENVELOPE("assessment") SUBJECT "\"data\":{\"person\":\"p\","
					       "\"assessment\":\"a\"}}",
		ERR_INVALID, REFUSED_FIELD, NULL, 0, 0, "assessment.passed_on: missing" },
	{ "no subject",
		ENVELOPE(
			"account") "\"time\":\"2023-06-30T12:00:00Z\",\"data\":{\"location\":\"1\"}}",
		ERR_INVALID, REFUSED_SUBJECT, NULL, 0, 0, "subject: missing" },
	{ "control characters do not reach the terminal",
		"{\"specversion\":\"1.0\",\"type\":\"\\u001b[31m\"}", ERR_INVALID, REFUSED_TYPE,
		"\"type\"", 0, 0,
		"type: \"?[31m\" is no fact; expected \"capscore.NAME.v1\", for "
		"example \"capscore.usage.v1\"" },
};

static void assert_points_to(const struct row *row, const struct json_fault *fault)
{
	unsigned line = row->line, column = row->column;

	if (row->at != NULL) {
		assert_non_null(strstr(row->text, row->at));
		line = column = 1;
		for (const char *c = row->text; c < strstr(row->text, row->at); c++) {
			column = *c == '\n' ? 1 : column + 1;
			line += *c == '\n';
		}
	}
	assert_int_equal(fault->line, line);
	assert_int_equal(fault->column, column);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct fixture *fx;
	struct event ev;
	struct json_fault fault = { .refusal = REFUSED_NOT };

	(void)set_up((void **)&fx);
	assert_string_equal(err_name(event_from_json(str_from(row->text), &fx->arena, &ev, &fault)),
		err_name(row->rc));
	if (row->fault != NULL)
		assert_string_equal(fault.text, row->fault);
	assert_string_equal(refusal_name(fault.refusal), refusal_name(row->refusal));
	assert_points_to(row, &fault);
	(void)tear_down((void **)&fx);
}

static void test_recorded_defaults_to_time(void **state)
{
	struct fixture *fx = *state;
	struct event ev;
	struct json_fault fault;

	assert_int_equal(event_from_json(str_from(USAGE(USAGE_KEY ",\"amount\":1")), &fx->arena,
				 &ev, &fault),
		0);
	assert_true(ev.time == 1688126400000LL && ev.recorded == ev.time);
}

static void test_an_event_has_a_greatest_size(void **state)
{
	struct fixture *fx = *state;
	struct event ev;
	struct json_fault fault;
	char *text = malloc(WIRE_BATCH_BYTES_MAX + 1);

	assert_non_null(text);
	memset(text, ' ', WIRE_BATCH_BYTES_MAX + 1);
	assert_int_equal(event_from_json((struct str){ text, WIRE_BATCH_BYTES_MAX + 1 }, &fx->arena,
				 &ev, &fault),
		ERR_INVALID);
	assert_int_equal(fault.refusal, REFUSED_TOO_LARGE);
	memset(text, '[', WIRE_BATCH_BYTES_MAX);
	assert_int_equal(event_from_json((struct str){ text, WIRE_BATCH_BYTES_MAX }, &fx->arena,
				 &ev, &fault),
		ERR_SYNTAX);
	free(text);
}

static void test_a_full_arena_is_an_answer(void **state)
{
	struct fixture *fx = *state;
	struct event sent = event_sample_full(FACT_USAGE), got;
	struct json_fault fault;
	struct arena small;

	assert_int_equal(event_to_json(&sent, &fx->buf), 0);
	arena_init(&small, &mem_heap, 40);
	assert_int_equal(event_from_json(text_of(&fx->buf), &small, &got, &fault), ERR_NOMEM);
	arena_fini(&small);
}

static void test_damaged_json_gets_an_answer(void **state)
{
	struct fixture *fx = *state;

	for (int i = 1; i < N_SAMPLES; i += 2) {
		struct event sent = sample(i), got;
		struct json_fault fault;

		buf_reset(&fx->buf);
		assert_int_equal(event_to_json(&sent, &fx->buf), 0);
		for (size_t cut = 0; cut < fx->buf.n; cut++) {
			arena_reset(&fx->arena);
			assert_int_equal(event_from_json((struct str){ (char *)fx->buf.p, cut },
						 &fx->arena, &got, &fault),
				ERR_SYNTAX);
		}
		for (size_t at = 0; at < fx->buf.n; at++)
			for (unsigned bit = 1; bit < 256; bit <<= 1) {
				int rc;

				fx->buf.p[at] ^= (uint8_t)bit;
				arena_reset(&fx->arena);
				rc = event_from_json(text_of(&fx->buf), &fx->arena, &got, &fault);
				assert_true(rc == 0 || rc == ERR_SYNTAX || rc == ERR_INVALID);
				if (rc != 0)
					assert_true(str_is_clean_utf8(str_from(fault.text)));
				fx->buf.p[at] ^= (uint8_t)bit;
			}
	}
}

/* ---- amounts ---------------------------------------------------------------------------------------------- */

static void test_amounts(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t micro;
		const char *back;
	} amounts[] = {
		{ "0", 0, 0, "0" },
		{ "-0", 0, 0, "0" },
		{ "12", 0, 12000000, "12" },
		{ "-1234.5", 0, -1234500000, "-1234.5" },
		{ "0.000001", 0, 1, "0.000001" },
		{ "-0.000001", 0, -1, "-0.000001" },
		{ "007.10", 0, 7100000, "7.1" },
		{ "1000000000", 0, USAGE_AMOUNT_MAX, "1000000000" },
		{ "-1000000000.000000", 0, -USAGE_AMOUNT_MAX, "-1000000000" },
		{ "1000000000.000001", ERR_RANGE, 0, NULL },
		{ "99999999999999999999999999999999", ERR_RANGE, 0, NULL },
		{ "9223372036854775808", ERR_RANGE, 0, NULL },
		{ "1000000001x", ERR_INVALID, 0, NULL },
		{ "", ERR_INVALID, 0, NULL },
		{ "-", ERR_INVALID, 0, NULL },
		{ "+1", ERR_INVALID, 0, NULL },
		{ ".5", ERR_INVALID, 0, NULL },
		{ "5.", ERR_INVALID, 0, NULL },
		{ "1.2345678", ERR_INVALID, 0, NULL },
		{ "1e3", ERR_INVALID, 0, NULL },
		{ "1,000", ERR_INVALID, 0, NULL },
		{ " 1", ERR_INVALID, 0, NULL },
		{ "0x10", ERR_INVALID, 0, NULL },
	};
	char buf[AMOUNT_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
		int64_t micro = 77;

		if (amount_parse(str_from(amounts[i].text), &micro) != amounts[i].rc)
			fail_msg("%s", amounts[i].text);
		assert_true(micro == (amounts[i].rc == 0 ? amounts[i].micro : 77));
		if (amounts[i].rc == 0)
			assert_string_equal(amount_format(micro, buf), amounts[i].back);
	}
	assert_string_equal(amount_format(INT64_MIN, buf), "-9223372036854.775808");
}

/* Numbers in JSON are doubles; each that prints with six decimals must arrive as it was written. */
static void test_numbers_arrive_exactly(void **state)
{
	struct fixture *fx = *state;
	static const char *const numbers[] = { "0.1", "1234.56", "-0.000001", "999999999.999999",
		"123456789.123457", "1e3", "2.5E-1", "-7", "0.30000000000000004" };
	static const int64_t micro[] = { 100000, 1234560000, -1, 999999999999999, 123456789123457,
		1000000000, 250000, -7000000, 0 };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		char text[512];
		struct event ev;
		struct json_fault fault;
		int rc;

		(void)snprintf(text, sizeof text, USAGE(USAGE_KEY ",\"amount\":%s"), numbers[i]);
		rc = event_from_json(str_from(text), &fx->arena, &ev, &fault);
		assert_int_equal(rc, micro[i] == 0 ? ERR_INVALID : 0);
		if (rc == 0)
			assert_true(ev.u.usage.amount_micro == micro[i]);
	}
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest plain[] = {
		WITH_FIXTURE(test_every_fact_comes_back_as_it_went),
		WITH_FIXTURE(test_a_retraction_shows_its_key_alone),
		WITH_FIXTURE(test_the_form_is_the_documented_one),
		WITH_FIXTURE(test_finer_grain_is_written_where_there_is_some),
		WITH_FIXTURE(test_usage_without_association_is_written_without),
		WITH_FIXTURE(test_anything_prints_as_json),
		cmocka_unit_test(test_a_full_buffer_keeps_what_it_had),
		WITH_FIXTURE(test_recorded_defaults_to_time),
		WITH_FIXTURE(test_an_event_has_a_greatest_size),
		WITH_FIXTURE(test_a_full_arena_is_an_answer),
		WITH_FIXTURE(test_damaged_json_gets_an_answer),
		cmocka_unit_test(test_amounts),
		WITH_FIXTURE(test_numbers_arrive_exactly),
	};
	static struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(plain)];
	size_t n = 0;

	for (; n < ARRAY_LEN(rows); n++)
		tests[n] = (struct CMUnitTest){ .name = rows[n].name,
			.test_func = test_row,
			.initial_state = (void *)(uintptr_t)&rows[n] };
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		tests[n++] = plain[i];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
