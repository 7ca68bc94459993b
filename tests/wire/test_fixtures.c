/* Compatibility: encoded fixtures of every message, which today's code must read and write byte for byte.
 *
 * tests/wire/fixtures holds NAME.bin for every message of proto/capscore/v1 (several for Event and Frame, one per
 * fact and kind) and fixtures.txt, what each of them says, field by field. A field that is renumbered or changes
 * its type shows as a difference. After a deliberate change (a field added), run
 *     CAPSCORE_REWRITE_FIXTURES=1 build/debug/tests/wire/test_fixtures
 * from the root of the tree and look at the difference of fixtures.txt: only additions are compatible. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capscore/v1/alert.pb-c.h"
#include "capscore/v1/event.pb-c.h"
#include "capscore/v1/score.pb-c.h"
#include "capscore/v1/stream.pb-c.h"
#include "common/wire/frame.h"
#include "tests/support/event_samples.h"
#include "tests/support/frame_samples.h"
#include "tests/support/score_samples.h"

#define FOLDER	     "tests/wire/fixtures"
#define PROTO_FOLDER "proto/capscore/v1"
#define MANY	     192

struct fixture {
	char name[64]; /* message, or message-variant */
	const ProtobufCMessageDescriptor *type;
	struct buf bytes;
};
static struct fixture fixtures[MANY];
static size_t n_fixtures;

static struct fixture *add(const ProtobufCMessageDescriptor *type, const char *variant)
{
	struct fixture *f = &fixtures[n_fixtures++];

	assert_true(n_fixtures <= MANY);
	(void)snprintf(f->name, sizeof f->name, "%s%s%s", type->short_name,
		variant[0] == '\0' ? "" : "-", variant);
	f->type = type;
	buf_init(&f->bytes, &mem_heap, (size_t)1024 * 1024);
	return f;
}

static struct fixture *find(const char *name)
{
	for (size_t i = 0; i < n_fixtures; i++)
		if (strcmp(fixtures[i].name, name) == 0)
			return &fixtures[i];
	return NULL;
}

/* ---- what is encoded -------------------------------------------------------------------------------------- */

static struct event retraction(void)
{
	struct event ev = event_sample_full(FACT_USAGE);

	ev.retracted = true;
	return ev;
}

/* The Event inside an entry of a batch. */
static void add_event(const char *variant, const struct event *ev)
{
	struct fixture *f = add(&capscore__v1__event__descriptor, variant);
	struct arena ar;
	struct decoded_event *got;
	size_t n, head;

	arena_init(&ar, &mem_heap, 1 << 20);
	assert_int_equal(wire_encode_event(ev, &f->bytes), 0);
	assert_int_equal(wire_decode_events(buf_span(&f->bytes), &ar, &got, &n, NULL), 0);
	head = got[0].bytes.n < 130 ? 2 : 3;
	memmove(f->bytes.p, f->bytes.p + head, f->bytes.n - head);
	f->bytes.n -= head;
	arena_fini(&ar);
}

static void add_events(void)
{
	struct fixture *batch = add(&capscore__v1__event_batch__descriptor, "");
	struct event ev = retraction();

	for (int k = 1; k < FACT_KIND_END; k++) {
		struct event full = event_sample_full((enum fact_kind)k);

		add_event(fact_kind_name((enum fact_kind)k), &full);
		assert_int_equal(wire_encode_event(&full, &batch->bytes), 0);
	}
	add_event("retraction", &ev);
}

/* What a frame carries, as the schema calls it: the kinds are in the schema's order, after the protocol number. */
static const char *kind_name(int k)
{
	const ProtobufCMessageDescriptor *type =
		capscore__v1__frame__descriptor.fields[k].descriptor;

	return type->short_name;
}

static void add_frames(void)
{
	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++) {
		struct frame f = frame_sample((enum frame_kind)k);

		assert_int_equal(
			frame_encode(
				&f, &add(&capscore__v1__frame__descriptor, kind_name(k))->bytes),
			0);
	}
}

static const struct wire_topic_end recent[] = { { STR_INIT("1234567"), 3 } };

static void add_others(void)
{
	struct score_batch scores = score_sample();
	struct alert alert;

	alert_sample(&alert);
	assert_int_equal(wire_encode_scores(
				 &scores, &add(&capscore__v1__score_batch__descriptor, "")->bytes),
		0);
	assert_int_equal(
		wire_encode_alert(&alert, &add(&capscore__v1__alert__descriptor, "")->bytes), 0);
	assert_int_equal(wire_encode_heartbeat(17, 99, recent, 1,
				 &add(&capscore__v1__heartbeat__descriptor, "")->bytes),
		0);
	assert_int_equal(wire_encode_pub_welcome(STR("tcp://127.0.0.1:7703"), 5,
				 &add(&capscore__v1__pub_welcome__descriptor, "")->bytes),
		0);
}

/* ---- messages by their descriptors ------------------------------------------------------------------------- */

static const void *member(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (const char *)m + f->offset;
}

static size_t count(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	const void *quantifier = (const char *)m + f->quantifier_offset;

	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)quantifier;
	if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
		return *(const uint32_t *)quantifier == f->id;
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return (*(char *const *)member(m, f))[0] != '\0';
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(ProtobufCMessage *const *)member(m, f) != NULL;
	case PROTOBUF_C_TYPE_BYTES:
		return ((const ProtobufCBinaryData *)member(m, f))->len > 0;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SINT64:
		return *(const uint64_t *)member(m, f) != 0;
	default:
		return *(const uint32_t *)member(m, f) != 0;
	}
}

static size_t n_set(const ProtobufCMessage *m)
{
	size_t n = 0;

	for (unsigned i = 0; i < m->descriptor->n_fields; i++)
		n += count(m, &m->descriptor->fields[i]) > 0;
	return n;
}

static const ProtobufCMessage *message_at(
	const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i)
{
	const void *at = member(m, f);

	return f->label == PROTOBUF_C_LABEL_REPEATED ? (*(ProtobufCMessage * *const *)at)[i]
						     : *(ProtobufCMessage *const *)at;
}

/* Gives every message inside m a fixture of its own, the fullest one that occurs. */
static void add_parts(const ProtobufCMessage *m)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];

		for (size_t k = 0; f->type == PROTOBUF_C_TYPE_MESSAGE && k < count(m, f); k++) {
			const ProtobufCMessage *part = message_at(m, f, k);
			struct fixture *old = find(part->descriptor->short_name);
			ProtobufCMessage *before;

			add_parts(part);
			if (part->descriptor == &capscore__v1__event__descriptor)
				continue;
			if (old != NULL) {
				before = protobuf_c_message_unpack(
					old->type, NULL, old->bytes.n, old->bytes.p);
				if (n_set(before) >= n_set(part))
					part = NULL;
				protobuf_c_message_free_unpacked(before, NULL);
			}
			if (part == NULL)
				continue;
			if (old == NULL)
				old = add(part->descriptor, "");
			old->bytes.n = protobuf_c_message_get_packed_size(part);
			assert_int_equal(buf_reserve(&old->bytes, old->bytes.n), 0);
			(void)protobuf_c_message_pack(part, old->bytes.p);
		}
	}
}

static void add_all_parts(void)
{
	size_t whole = n_fixtures;

	for (size_t i = 0; i < whole; i++) {
		ProtobufCMessage *m = protobuf_c_message_unpack(
			fixtures[i].type, NULL, fixtures[i].bytes.n, fixtures[i].bytes.p);

		assert_non_null(m);
		add_parts(m);
		protobuf_c_message_free_unpacked(m, NULL);
	}
}

/* ---- messages as text ------------------------------------------------------------------------------------- */

static void dump_bytes(FILE *out, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	(void)fputc('"', out);
	for (size_t i = 0; i < n; i++)
		(void)fprintf(out,
			p[i] >= 0x20 && p[i] < 0x7f && p[i] != '"' && p[i] != '\\' ? "%c"
										   : "\\x%02x",
			p[i]);
	(void)fputc('"', out);
}

static void dump_value(FILE *out, const ProtobufCFieldDescriptor *f, const void *at, size_t i)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		dump_bytes(out, ((char *const *)at)[i], strlen(((char *const *)at)[i]));
		break;
	case PROTOBUF_C_TYPE_BYTES:
		dump_bytes(out, ((const ProtobufCBinaryData *)at)[i].data,
			((const ProtobufCBinaryData *)at)[i].len);
		break;
	case PROTOBUF_C_TYPE_UINT64:
		(void)fprintf(out, "%llu", (unsigned long long)((const uint64_t *)at)[i]);
		break;
	case PROTOBUF_C_TYPE_SINT64:
		(void)fprintf(out, "%lld", (long long)((const int64_t *)at)[i]);
		break;
	case PROTOBUF_C_TYPE_UINT32:
		(void)fprintf(out, "%lu", (unsigned long)((const uint32_t *)at)[i]);
		break;
	case PROTOBUF_C_TYPE_ENUM:
		(void)fprintf(out, "%s",
			protobuf_c_enum_descriptor_get_value(f->descriptor, ((const int *)at)[i])
				->name);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		(void)fprintf(out, ((const protobuf_c_boolean *)at)[i] ? "true" : "false");
		break;
	default:
		(void)fprintf(out, "%ld", (long)((const int32_t *)at)[i]);
	}
}

static void dump(FILE *out, const ProtobufCMessage *m, int depth)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		const void *at = f->label == PROTOBUF_C_LABEL_REPEATED
					 ? *(void *const *)member(m, f)
					 : member(m, f);

		for (size_t k = 0; k < count(m, f); k++) {
			(void)fprintf(out, "%*s%s", depth * 2, "", f->name);
			if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
				(void)fprintf(out, " {\n");
				dump(out, message_at(m, f, k), depth + 1);
				(void)fprintf(out, "%*s}\n", depth * 2, "");
			} else {
				(void)fprintf(out, ": ");
				dump_value(out, f, at, k);
				(void)fprintf(out, "\n");
			}
		}
	}
}

/* ---- files ------------------------------------------------------------------------------------------------ */

static char *read_whole(const char *path, size_t *ret_n)
{
	FILE *in = fopen(path, "rb");
	size_t cap = (size_t)4 * 1024 * 1024;
	char *text = malloc(cap);

	if (in == NULL)
		fail_msg("%s does not open (tests run from the root of the tree)", path);
	assert_non_null(text);
	*ret_n = fread(text, 1, cap - 1, in);
	text[*ret_n] = '\0';
	(void)fclose(in);
	return text;
}

static void write_whole(const char *path, const void *bytes, size_t n)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

static const char *path_of(const struct fixture *f)
{
	static char path[128];

	(void)snprintf(path, sizeof path, FOLDER "/%.64s.bin", f->name);
	return path;
}

/* What the bytes stored under each name say. */
static char *describe_all(void)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	for (size_t i = 0; i < n_fixtures; i++) {
		size_t size;
		char *bytes = read_whole(path_of(&fixtures[i]), &size);
		ProtobufCMessage *m =
			protobuf_c_message_unpack(fixtures[i].type, NULL, size, (uint8_t *)bytes);

		if (m == NULL)
			fail_msg("%s.bin does not unpack", fixtures[i].name);
		(void)fprintf(out, "== %s\n", fixtures[i].name);
		dump(out, m, 0);
		protobuf_c_message_free_unpacked(m, NULL);
		free(bytes);
	}
	(void)fclose(out);
	return text;
}

static void rewrite(void)
{
	char *text;

	for (size_t i = 0; i < n_fixtures; i++)
		write_whole(path_of(&fixtures[i]), fixtures[i].bytes.p, fixtures[i].bytes.n);
	text = describe_all();
	write_whole(FOLDER "/fixtures.txt", text, strlen(text));
	free(text);
	print_message("%zu fixtures written to " FOLDER "\n", n_fixtures);
}

static int prepare(void **state)
{
	(void)state;
	add_events();
	add_frames();
	add_others();
	add_all_parts();
	if (getenv("CAPSCORE_REWRITE_FIXTURES") != NULL)
		rewrite();
	return 0;
}

static int release(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_fixtures; i++)
		buf_fini(&fixtures[i].bytes);
	return 0;
}

/* ---- tests ------------------------------------------------------------------------------------------------ */

static void test_todays_encoders_write_the_fixtures(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_fixtures; i++) {
		size_t n;
		char *stored = read_whole(path_of(&fixtures[i]), &n);

		if (n != fixtures[i].bytes.n || memcmp(stored, fixtures[i].bytes.p, n) != 0)
			fail_msg("%s.bin holds other bytes than today's encoder writes",
				fixtures[i].name);
		free(stored);
	}
}

static void test_fixtures_say_what_they_said(void **state)
{
	size_t n;
	char *stored = read_whole(FOLDER "/fixtures.txt", &n), *today = describe_all();

	(void)state;
	for (size_t i = 0, line = 1; stored[i] != '\0' || today[i] != '\0';
		line += stored[i++] == '\n')
		if (stored[i] != today[i])
			fail_msg("fixtures.txt line %zu: the same bytes mean something else today",
				line);
	free(stored);
	free(today);
}

static struct span stored(const char *message, const char *variant, char **ret_bytes)
{
	char path[128];
	size_t n;

	(void)snprintf(path, sizeof path, FOLDER "/%s%s%s.bin", message,
		variant[0] == '\0' ? "" : "-", variant);
	*ret_bytes = read_whole(path, &n);
	return (struct span){ *ret_bytes, n };
}

static void test_todays_decoders_read_the_events(void **state)
{
	struct arena ar;
	struct decoded_event *got;
	char *bytes;
	size_t n;

	(void)state;
	arena_init(&ar, &mem_heap, 1 << 20);
	assert_int_equal(
		wire_decode_events(stored("EventBatch", "", &bytes), &ar, &got, &n, NULL), 0);
	assert_int_equal(n, FACT_KIND_END - 1);
	for (size_t i = 0; i < n; i++) {
		struct event want = event_sample_full((enum fact_kind)(i + 1));

		assert_int_equal(got[i].refusal, REFUSED_NOT);
		assert_true(event_sample_eq(&got[i].event, &want));
	}
	free(bytes);
	arena_fini(&ar);
}

static void test_todays_decoders_read_scores_and_alerts(void **state)
{
	struct score_batch scores = score_sample(), got_scores;
	struct alert alert, got_alert;
	const struct wire_topic_end *got_recent;
	uint64_t end, event;
	struct arena ar;
	char *bytes[3];
	size_t n;

	(void)state;
	arena_init(&ar, &mem_heap, 1 << 20);
	alert_sample(&alert);
	assert_int_equal(
		wire_decode_scores(stored("ScoreBatch", "", &bytes[0]), &ar, &got_scores, NULL), 0);
	assert_true(score_batch_eq(&scores, &got_scores));
	assert_int_equal(
		wire_decode_alert(stored("Alert", "", &bytes[1]), &ar, &got_alert, NULL), 0);
	assert_true(alert_eq(&alert, &got_alert));
	assert_int_equal(wire_decode_heartbeat(stored("Heartbeat", "", &bytes[2]), &ar, &end,
				 &event, &got_recent, &n, NULL),
		0);
	assert_true(end == 17 && event == 99 && n == 1 && got_recent[0].sequence == 3);
	for (size_t i = 0; i < 3; i++)
		free(bytes[i]);
	arena_fini(&ar);
}

static void test_todays_decoders_read_the_frames(void **state)
{
	struct arena ar;
	struct buf again;

	(void)state;
	arena_init(&ar, &mem_heap, 1 << 20);
	buf_init(&again, &mem_heap, 1 << 20);
	for (int k = FRAME_NONE + 1; k < FRAME_KIND_END; k++) {
		struct frame got;
		char *bytes;
		struct span s = stored("Frame", kind_name(k), &bytes);

		buf_reset(&again);
		assert_int_equal(frame_decode(s, &ar, &got, NULL), 0);
		assert_int_equal(got.kind, k);
		assert_int_equal(frame_encode(&got, &again), 0);
		assert_int_equal(again.n, s.n);
		assert_memory_equal(again.p, s.p, s.n);
		free(bytes);
	}
	buf_fini(&again);
	arena_fini(&ar);
}

static bool has_fixture(const char *message)
{
	size_t n = strlen(message);

	for (size_t i = 0; i < n_fixtures; i++)
		if (strncmp(fixtures[i].name, message, n) == 0 &&
			(fixtures[i].name[n] == '\0' || fixtures[i].name[n] == '-'))
			return true;
	return false;
}

/* Every "message NAME {" of the schema. */
static void test_every_message_of_the_schema_has_a_fixture(void **state)
{
	DIR *folder = opendir(PROTO_FOLDER);
	struct dirent *file;
	size_t n_messages = 0;

	(void)state;
	assert_non_null(folder);
	while ((file = readdir(folder)) != NULL) {
		char path[512], *text, *at;
		size_t n;

		if (strstr(file->d_name, ".proto") == NULL)
			continue;
		(void)snprintf(path, sizeof path, PROTO_FOLDER "/%s", file->d_name);
		text = read_whole(path, &n);
		for (at = strstr(text, "message "); at != NULL; at = strstr(at + 1, "message ")) {
			char name[64];

			if ((at != text && at[-1] != '\n') ||
				sscanf(at, "message %63[A-Za-z]", name) != 1)
				continue;
			n_messages++;
			if (!has_fixture(name))
				fail_msg("%s: message %s has no fixture", file->d_name, name);
		}
		free(text);
	}
	(void)closedir(folder);
	assert_true(n_messages > 40);
}

/* A field that no fixture sets could change unseen. */
static void test_every_field_is_set_in_a_fixture(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_fixtures; i++)
		for (unsigned f = 0; f < fixtures[i].type->n_fields; f++) {
			bool set = false;

			for (size_t k = 0; k < n_fixtures && !set; k++) {
				ProtobufCMessage *m;

				if (fixtures[k].type != fixtures[i].type)
					continue;
				m = protobuf_c_message_unpack(fixtures[k].type, NULL,
					fixtures[k].bytes.n, fixtures[k].bytes.p);
				set = count(m, &m->descriptor->fields[f]) > 0;
				protobuf_c_message_free_unpacked(m, NULL);
			}
			if (!set)
				fail_msg("%s.%s is set in no fixture", fixtures[i].type->short_name,
					fixtures[i].type->fields[f].name);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_todays_encoders_write_the_fixtures),
		cmocka_unit_test(test_fixtures_say_what_they_said),
		cmocka_unit_test(test_todays_decoders_read_the_events),
		cmocka_unit_test(test_todays_decoders_read_scores_and_alerts),
		cmocka_unit_test(test_todays_decoders_read_the_frames),
		cmocka_unit_test(test_every_message_of_the_schema_has_a_fixture),
		cmocka_unit_test(test_every_field_is_set_in_a_fixture),
	};

	return cmocka_run_group_tests(tests, prepare, release);
}
