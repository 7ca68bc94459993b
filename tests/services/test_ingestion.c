/* The ingestion service over its sockets: what it acknowledges, refuses, keeps, serves, and how it copes. */
#include "tests/services/ingestion_rig.h"

#include "services/ingestion/letters_core.h"

static struct rig rig;
static struct client producer, reader;

static void open_clients(void)
{
	client_open_in(&producer, rig.dir, "ingestion-publish");
	client_open_in(&reader, rig.dir, "ingestion");
}

static void close_clients(void)
{
	client_close(&producer);
	client_close(&reader);
}

static void begin(void)
{
	rig_start(&rig);
	open_clients();
}

static void end(void)
{
	close_clients();
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_OK);
}

static void restart(void)
{
	end();
	begin();
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

/* ---- publishing ------------------------------------------------------------------------------------------- */

static void test_hello_is_answered_with_the_limits(void **state)
{
	struct frame f = { .kind = FRAME_HELLO };

	(void)state;
	begin();
	f.u.hello.producer = STR("crm");
	client_send(&producer, &f, NULL);
	client_receive(&producer, FRAME_WELCOME, &f);
	assert_int_equal(f.u.welcome.max_batch_events, WIRE_BATCH_EVENTS_MAX);
	assert_int_equal(f.u.welcome.max_batch_bytes, WIRE_BATCH_BYTES_MAX);
	assert_int_equal(f.u.welcome.window_events, INGESTION_WINDOW_EVENTS);
	assert_int_equal(f.u.welcome.dedup_window_events, 65536);
	assert_int_equal(f.u.welcome.dedup_window_days, 45);
	end();
}

static void test_a_batch_is_acknowledged_with_its_position(void **state)
{
	struct batch b;
	struct frame f;

	(void)state;
	begin();
	batch_init(&b);
	batch_range(&b, 0, 100);
	client_exchange(&producer, 7, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 100);
	assert_int_equal(f.u.acknowledge.duplicates, 0);
	assert_int_equal(f.u.acknowledge.position, 100);
	assert_int_equal(f.u.acknowledge.n_refusals, 0);
	batch_range(&b, 100, 101);
	client_exchange(&producer, 8, &b, &f);
	assert_int_equal(f.u.acknowledge.position, 101);
	client_status(&reader, &f);
	assert_int_equal(f.u.status_answer.health, HEALTH_HEALTHY);
	assert_true(str_eq(f.u.status_answer.state, STR("running")));
	assert_true(str_eq(f.u.status_answer.service, STR("ingestion")));
	assert_int_equal(f.u.status_answer.n_positions, 1);
	assert_int_equal(f.u.status_answer.positions[0].end, 101);
	assert_int_equal(frame_counter(&f, "accepted"), 101);
	assert_int_equal(frame_counter(&f, "batches"), 2);
	assert_int_equal(frame_counter(&f, "dedup-entries"), 101);
	end();
	rig_assert_once(rig.dir, 101);
	batch_fini(&b);
}

static void test_repeats_are_duplicates_also_after_a_restart(void **state)
{
	struct batch b;
	struct frame f;

	(void)state;
	begin();
	batch_init(&b);
	batch_range(&b, 0, 50);
	batch_add(&b, 3);
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 50);
	assert_int_equal(f.u.acknowledge.duplicates, 1);
	batch_range(&b, 40, 60);
	client_exchange(&producer, 2, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 10);
	assert_int_equal(f.u.acknowledge.duplicates, 10);
	restart();
	batch_range(&b, 0, 70);
	client_exchange(&producer, 3, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 10);
	assert_int_equal(f.u.acknowledge.duplicates, 60);
	assert_int_equal(f.u.acknowledge.position, 70);
	batch_range(&b, 0, 70);
	client_exchange(&producer, 4, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 0);
	assert_int_equal(f.u.acknowledge.duplicates, 70);
	assert_int_equal(f.u.acknowledge.position, 70);
	end();
	rig_assert_once(rig.dir, 70);
	batch_fini(&b);
}

static void test_the_log_is_served_as_a_stream(void **state)
{
	struct frame f = { .kind = FRAME_READ }, got;
	struct batch b;

	(void)state;
	begin();
	batch_init(&b);
	batch_range(&b, 0, 10);
	client_exchange(&producer, 1, &b, &got);
	f.u.read.session = 5;
	f.u.read.credit = 1000;
	f.u.read.log = STR("events");
	client_send(&reader, &f, NULL);
	client_receive(&reader, FRAME_RECORDS, &got);
	assert_int_equal(got.u.records.session, 5);
	assert_int_equal(got.u.records.n_units, 1);
	assert_int_equal(got.u.records.unit_sizes[0], b.bytes.n);
	assert_int_equal(got.u.records.next_position, 10);
	batch_range(&b, 10, 15); /* a waiting reader is woken by the commit */
	client_exchange(&producer, 2, &b, &got);
	do
		assert_true(client_try_receive(&reader, RIG_DEADLINE_MS, &got));
	while (got.kind == FRAME_PROGRESS);
	assert_int_equal(got.kind, FRAME_RECORDS);
	assert_int_equal(got.u.records.first_position, 10);
	assert_int_equal(got.u.records.next_position, 15);
	end();
	batch_fini(&b);
}

/* ---- refusals --------------------------------------------------------------------------------------------- */

/* A batch that holds a good event, a bad one and a good one; `spoil` makes the bad one. */
struct refusal_row {
	const char *name;
	void (*spoil)(struct event *ev);
	enum refusal want;
};

static void spoil_id(struct event *ev)
{
	ev->id = STR("");
}

static void spoil_source(struct event *ev)
{
	ev->source = STR("a\nb");
}

static void spoil_subject(struct event *ev)
{
	ev->subject = STR("");
}

static void spoil_time(struct event *ev)
{
	ev->time = ev->recorded = 1;
}

static void spoil_field(struct event *ev)
{
	ev->u.usage.customer = STR("");
}

static void spoil_day(struct event *ev)
{
	*ev = (struct event){ .id = ev->id,
		.source = ev->source,
		.time = ev->time,
		.recorded = ev->recorded,
		.kind = FACT_DAY,
		.u.day.day = RIG_DAY };
}

static const struct refusal_row refusal_rows[] = {
	{ "an event without id is refused", spoil_id, REFUSED_ID },
	{ "a source that is no clean text is refused", spoil_source, REFUSED_SOURCE },
	{ "an event without partner is refused", spoil_subject, REFUSED_SUBJECT },
	{ "a time outside the span is refused", spoil_time, REFUSED_TIME },
	{ "a missing field is refused", spoil_field, REFUSED_FIELD },
	{ "a producer's day is refused under the clock", spoil_day, REFUSED_DAY },
	{ "a type that names another fact is refused", NULL,
		REFUSED_TYPE }, /* by its bytes, below */
	{ "an event without a fact is refused", NULL, REFUSED_FACT },
};

static void replace_bytes(struct buf *b, const char *old, const char *fresh)
{
	size_t n = strlen(old);

	for (size_t i = 0; i + n <= b->n; i++) {
		if (memcmp(b->p + i, old, n) == 0) {
			memcpy(b->p + i, fresh, n);
			return;
		}
	}
	fail_msg("no %s in the batch", old);
}

static void add_without_fact(struct batch *b)
{
	static const uint8_t event[] = "\x0a\x02"
				       "e1"
				       "\x12\x05"
				       "/test"
				       "\x1a\x11"
				       "capscore.usage.v1"
				       "\x22\x01"
				       "p"
				       "\x28\x80\x80\xde\x9f\xa0\x63";
	uint8_t head[2] = { 0x0a, sizeof event - 1 };

	assert_int_equal(buf_add(&b->bytes, head, 2), 0);
	assert_int_equal(buf_add(&b->bytes, event, sizeof event - 1), 0);
}

static void add_bad(struct batch *b, const struct refusal_row *row)
{
	char id[24];
	struct event ev = rig_event(1, id);

	if (row->want == REFUSED_FACT) {
		add_without_fact(b);
		return;
	}
	if (row->spoil != NULL)
		row->spoil(&ev);
	if (row->want == REFUSED_TYPE) {
		struct batch one;

		batch_init(&one);
		batch_add_event(&one, &ev);
		replace_bytes(&one.bytes, "capscore.usage.v1", "capscore.udage.v1");
		assert_int_equal(buf_add(&b->bytes, one.bytes.p, one.bytes.n), 0);
		batch_fini(&one);
		return;
	}
	batch_add_event(b, &ev);
}

static void ask_letters(enum dead_letter_action action, uint64_t letter, uint64_t after,
	uint32_t limit, struct span replacement, struct frame *ret_f)
{
	struct frame f = { .kind = FRAME_DEAD_LETTER_QUERY };

	f.u.dead_letter_query.request = ++reader.requests;
	f.u.dead_letter_query.action = action;
	f.u.dead_letter_query.letter = letter;
	f.u.dead_letter_query.after = after;
	f.u.dead_letter_query.limit = limit;
	f.u.dead_letter_query.replacement = replacement;
	client_send(&reader, &f, NULL);
	client_receive(&reader, FRAME_DEAD_LETTER_ANSWER, ret_f);
	assert_int_equal(ret_f->u.dead_letter_answer.request, reader.requests);
}

static const struct span nothing = { NULL, 0 };

/* ---- records that a producer refused itself ------------------------------------------------------------------ */

static void keep(const struct wire_refused_record *records, size_t n)
{
	struct frame q = { .kind = FRAME_DEAD_LETTER_QUERY };

	q.u.dead_letter_query.request = ++reader.requests;
	q.u.dead_letter_query.action = DEAD_LETTER_KEEP;
	q.u.dead_letter_query.n_records = n;
	q.u.dead_letter_query.records = records;
	client_send(&reader, &q, NULL);
}

static void test_records_of_producers_are_kept_once_and_dropped(void **state)
{
	struct wire_refused_record records[2] = { { .reason = STR("bad-month"),
							  .detail = STR("Month 'x'"),
							  .producer = STR("import"),
							  .format = STR("Azure usage report"),
							  .file = STR("azure.csv"),
							  .line = 7,
							  .column = 3,
							  .recorded = 1690000000000,
							  .original = { "Month\nx\n", 8 } },
		{ .reason = STR("bad-month"),
			.format = STR("Azure usage report"),
			.original = { "Month\ny\n", 8 } } };
	struct frame f;
	uint64_t first, second;

	(void)state;
	rig_make(&rig);
	begin();
	keep(records, 2);
	client_receive(&reader, FRAME_DEAD_LETTER_ANSWER, &f);
	assert_int_equal(f.u.dead_letter_answer.n_kept, 2);
	first = f.u.dead_letter_answer.kept[0];
	second = f.u.dead_letter_answer.kept[1];
	assert_int_equal(second, first + 1);
	assert_int_equal(f.u.dead_letter_answer.total, 2);
	/* The same again, from another place of the file. */
	records[0].line = 9;
	keep(records, 2);
	client_receive(&reader, FRAME_DEAD_LETTER_ANSWER, &f);
	assert_int_equal(f.u.dead_letter_answer.kept[0], first);
	assert_int_equal(f.u.dead_letter_answer.kept[1], second);
	assert_int_equal(f.u.dead_letter_answer.total, 2);

	ask_letters(DEAD_LETTER_SHOW, first, 0, 0, nothing, &f);
	assert_true(str_eq(f.u.dead_letter_answer.letters[0].reason, STR("bad-month")));
	assert_true(str_eq(f.u.dead_letter_answer.letters[0].file, STR("azure.csv")));
	assert_int_equal(f.u.dead_letter_answer.letters[0].line, 7);
	assert_int_equal(f.u.dead_letter_answer.letters[0].recorded, 1690000000000);
	assert_memory_equal(f.u.dead_letter_answer.letters[0].original.p, "Month\nx\n", 8);
	/* It is no event. */
	ask_letters(DEAD_LETTER_REPLAY, first, 0, 0, nothing, &f);
	assert_false(f.u.dead_letter_answer.replayed);
	ask_letters(DEAD_LETTER_DROP, first, 0, 0, nothing, &f);
	assert_true(f.u.dead_letter_answer.removed);
	assert_int_equal(f.u.dead_letter_answer.total, 1);
	ask_letters(DEAD_LETTER_DROP, first, 0, 0, nothing, &f);
	assert_false(f.u.dead_letter_answer.removed);
	/* Nothing to keep, and a record that does not say what it is. */
	keep(records, 0);
	client_receive(&reader, FRAME_FAILURE, &f);
	records[1].format = STR("");
	keep(records, 2);
	client_receive(&reader, FRAME_FAILURE, &f);
	end();
	rig_fini(&rig);
}

/* Refused, listed, shown, refused again, replayed as mended, gone; the rest of the batch is logged. */
static void test_refusal_row(void **state)
{
	const struct refusal_row *row = *state;
	char counter[40];
	struct batch b, mended;
	struct frame f;
	struct frame hello = { .kind = FRAME_HELLO };
	uint64_t letter;

	rig_make(&rig);
	rig.options.days = DAYS_FROM_CLOCK;
	begin();
	hello.u.hello.producer = STR("crm");
	client_send(&producer, &hello, NULL);
	client_receive(&producer, FRAME_WELCOME, &f);
	batch_init(&b);
	batch_init(&mended);
	batch_add(&b, 0);
	add_bad(&b, row);
	batch_add(&b, 2);
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 2);
	assert_int_equal(f.u.acknowledge.n_refusals, 1);
	assert_int_equal(f.u.acknowledge.refusals[0].index, 1);
	assert_true(str_eq(f.u.acknowledge.refusals[0].reason, str_from(refusal_name(row->want))));
	assert_true(f.u.acknowledge.refusals[0].detail.n > 0);
	letter = f.u.acknowledge.refusals[0].dead_letter;
	(void)snprintf(counter, sizeof counter, "refused-%s", refusal_name(row->want));
	assert_int_equal(client_counter(&reader, counter), 1);

	ask_letters(DEAD_LETTER_LIST, 0, 0, 0, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.n_letters, 1);
	assert_int_equal(f.u.dead_letter_answer.total, 1);
	assert_false(f.u.dead_letter_answer.more);
	assert_int_equal(f.u.dead_letter_answer.letters[0].letter, letter);
	assert_int_equal(f.u.dead_letter_answer.letters[0].received, rig.now);
	assert_true(str_eq(f.u.dead_letter_answer.letters[0].producer, STR("crm")));
	assert_true(str_eq(
		f.u.dead_letter_answer.letters[0].reason, str_from(refusal_name(row->want))));

	ask_letters(DEAD_LETTER_SHOW, letter, 0, 0, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.n_letters, 1);
	assert_true(f.u.dead_letter_answer.letters[0].original.n > 0);
	assert_int_equal(f.u.dead_letter_answer.letters[0].original.n,
		f.u.dead_letter_answer.letters[0].size);

	ask_letters(DEAD_LETTER_REPLAY, letter, 0, 0, nothing, &f);
	assert_false(f.u.dead_letter_answer.replayed);
	assert_true(str_eq(f.u.dead_letter_answer.reason, str_from(refusal_name(row->want))));
	assert_true(f.u.dead_letter_answer.detail.n > 0);

	batch_add(&mended, 1);
	ask_letters(DEAD_LETTER_REPLAY, letter, 0, 0, buf_span(&mended.bytes), &f);
	assert_true(f.u.dead_letter_answer.replayed);
	assert_int_equal(f.u.dead_letter_answer.total, 0);
	ask_letters(DEAD_LETTER_SHOW, letter, 0, 0, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.n_letters, 0);
	assert_true(str_eq(f.u.dead_letter_answer.reason, STR("unknown-letter")));
	end();
	rig_assert_once(rig.dir, 3);
	batch_fini(&b);
	batch_fini(&mended);
	rig_fini(&rig);
}

static void assert_whole_batch_refused(const struct batch *b, enum refusal want)
{
	struct frame f;

	client_exchange(&producer, 1, b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 0);
	assert_int_equal(f.u.acknowledge.n_refusals, 1);
	assert_int_equal(f.u.acknowledge.refusals[0].index, WIRE_WHOLE_BATCH);
	assert_true(str_eq(f.u.acknowledge.refusals[0].reason, str_from(refusal_name(want))));
}

static void test_what_is_no_batch_is_refused_whole_and_kept(void **state)
{
	struct batch b;
	struct frame f;

	(void)state;
	begin();
	batch_init(&b);
	assert_int_equal(buf_add(&b.bytes, "\xff\xff\xff no batch", 12), 0);
	assert_whole_batch_refused(&b, REFUSED_MALFORMED);
	ask_letters(DEAD_LETTER_LIST, 0, 0, 0, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.n_letters, 1);
	ask_letters(DEAD_LETTER_SHOW, f.u.dead_letter_answer.letters[0].letter, 0, 0, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.letters[0].original.n, b.bytes.n);
	assert_memory_equal(f.u.dead_letter_answer.letters[0].original.p, b.bytes.p, b.bytes.n);
	buf_reset(&b.bytes);
	assert_whole_batch_refused(
		&b, REFUSED_MALFORMED); /* of nothing, there is nothing to keep */
	assert_int_equal(client_counter(&reader, "dead-letters"), 1);
	end();
	batch_fini(&b);
}

static void test_a_batch_over_the_limits_is_refused_whole(void **state)
{
	struct batch b;
	struct frame f;
	char id[24];
	static char text[EVENT_TEXT_MAX];
	uint64_t letter;

	(void)state;
	begin();
	batch_init(&b);
	batch_range(&b, 0, WIRE_BATCH_EVENTS_MAX);
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, WIRE_BATCH_EVENTS_MAX);
	batch_range(&b, WIRE_BATCH_EVENTS_MAX, 2 * WIRE_BATCH_EVENTS_MAX + 1);
	assert_whole_batch_refused(&b, REFUSED_TOO_LARGE);
	batch_range(&b, 0, 0);
	memset(text, 'x', sizeof text);
	for (uint64_t i = 0; i < 5; i++) { /* over 1 MiB */
		struct event ev = rig_event(i, id);

		ev.kind = FACT_EDITION;
		ev.subject = STR("");
		ev.u.edition = (struct fact_edition){ STR("e"), RIG_DAY, { text, sizeof text } };
		batch_add_event(&b, &ev);
	}
	assert_whole_batch_refused(&b, REFUSED_TOO_LARGE);
	ask_letters(DEAD_LETTER_LIST, 0, 0, 0, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.n_letters, 2);
	letter = f.u.dead_letter_answer.letters[1].letter;
	assert_int_equal(f.u.dead_letter_answer.letters[1].size, b.bytes.n);
	ask_letters(DEAD_LETTER_SHOW, letter, 0, 0, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.letters[0].original.n, LETTER_ORIGINAL_MAX);
	ask_letters(DEAD_LETTER_REPLAY, letter, 0, 0, nothing,
		&f); /* what was cut cannot be replayed */
	assert_false(f.u.dead_letter_answer.replayed);
	assert_true(str_eq(f.u.dead_letter_answer.reason, STR("too-large")));
	end();
	batch_fini(&b);
}

/* The fault quotes the text: what is told of it is cut between characters, and answers decode. */
static void test_an_edition_that_cannot_be_used_is_refused_with_its_fault(void **state)
{
	static const char front[] =
		"edition: { id: e, title: T, based-on: 2023-06, valid-from: 2023-10-01 }\n";
	struct event ev;
	struct batch b;
	struct frame f;
	char id[24], text[512];
	size_t n = sizeof front - 1;

	(void)state;
	begin();
	memcpy(text, front, n);
	for (size_t i = 0; i < 150; i++, n += 2)
		memcpy(text + n, "\xc3\xb6", 2);
	memcpy(text + n, ": 1\n", 4);
	for (size_t shift = 0; shift < 2; shift++) {
		ev = rig_event(shift, id);
		ev.kind = FACT_EDITION;
		ev.subject = STR("");
		ev.u.edition = (struct fact_edition){ STR("e"), RIG_DAY, { text, n + 4 } };
		batch_init(&b);
		batch_add_event(&b, &ev);
		client_exchange(&producer, 1, &b, &f);
		assert_int_equal(f.u.acknowledge.n_refusals, 1);
		assert_true(str_eq(f.u.acknowledge.refusals[0].reason, STR("bad-edition")));
		assert_true(f.u.acknowledge.refusals[0].detail.n > 100);
		assert_memory_equal(f.u.acknowledge.refusals[0].detail.p, "edition.text:2:", 15);
		batch_fini(&b);
		memmove(text + sizeof front, text + sizeof front - 1, n + 4 - (sizeof front - 1));
		text[sizeof front - 1] = 'x'; /* the cut falls elsewhere */
		n++;
	}
	assert_int_equal(client_counter(&reader, "refused-bad-edition"), 2);
	end();
}

static void test_a_batch_of_refused_events_only(void **state)
{
	struct batch b;
	struct frame f;

	(void)state;
	begin();
	batch_init(&b);
	for (uint64_t i = 0; i < WIRE_BATCH_EVENTS_MAX; i++) {
		char id[24];
		struct event ev = rig_event(i, id);

		ev.subject = STR("");
		batch_add_event(&b, &ev);
	}
	rig.options.dead_letters_max = 1000;
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.n_refusals, WIRE_BATCH_EVENTS_MAX);
	assert_int_equal(f.u.acknowledge.refusals[0].dead_letter, 1);
	assert_int_equal(f.u.acknowledge.refusals[4095].dead_letter, 4096);
	client_status(&reader, &f);
	assert_int_equal(frame_counter(&f, "refused-bad-subject"), WIRE_BATCH_EVENTS_MAX);
	assert_int_equal(frame_counter(&f, "dead-letters"), 1000);
	assert_int_equal(frame_counter(&f, "dead-letters-dropped"), 3096);
	ask_letters(DEAD_LETTER_LIST, 0, 3097, 10, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.n_letters, 10);
	assert_true(f.u.dead_letter_answer.more);
	assert_int_equal(f.u.dead_letter_answer.letters[0].letter, 3098);
	ask_letters(DEAD_LETTER_LIST, 0, 4095, 10, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.n_letters, 1);
	assert_false(f.u.dead_letter_answer.more);
	restart(); /* numbers and counts outlive the process */
	ask_letters(DEAD_LETTER_LIST, 0, 0, 1, nothing, &f);
	assert_int_equal(f.u.dead_letter_answer.total, 1000);
	assert_int_equal(f.u.dead_letter_answer.dropped, 3096);
	assert_int_equal(f.u.dead_letter_answer.letters[0].letter, 3097);
	batch_range(&b, 0, 1);
	b.bytes.p[b.bytes.n - 1] = 0xff;
	client_exchange(&producer, 2, &b, &f);
	assert_int_equal(f.u.acknowledge.n_refusals, 1);
	assert_int_equal(f.u.acknowledge.refusals[0].dead_letter, 4097);
	end();
	batch_fini(&b);
}

static void test_a_refused_batch_sent_again_is_kept_once(void **state)
{
	struct batch b;
	struct frame f;
	char id[24];
	struct event ev = rig_event(1, id);

	(void)state;
	begin();
	batch_init(&b);
	ev.subject = STR("");
	batch_add_event(&b, &ev);
	for (uint64_t i = 1; i < 4; i++) {
		client_exchange(&producer, i, &b, &f);
		assert_int_equal(f.u.acknowledge.refusals[0].dead_letter, 1);
	}
	assert_int_equal(client_counter(&reader, "dead-letters"), 1);
	end();
	batch_fini(&b);
}

/* ---- hostile frames --------------------------------------------------------------------------------------- */

static void expect_failure(
	struct client *c, const struct span *frames, size_t n, const char *reason)
{
	struct frame f;

	client_send_raw(c, frames, n);
	client_receive(c, FRAME_FAILURE, &f);
	if (reason != NULL && !str_eq(f.u.failure.reason, str_from(reason)))
		fail_msg("reason " STR_FMT ", not %s", STR_ARG(f.u.failure.reason), reason);
	assert_true(f.u.failure.detail.n > 0);
}

static void test_hostile_frames_get_a_failure(void **state)
{
	struct client *both[2] = { &producer, &reader };
	struct frame publish = { .kind = FRAME_PUBLISH };
	struct span three[3] = { { "", 0 }, { "", 0 }, { "", 0 } };
	struct buf head;

	(void)state;
	begin();
	buf_init(&head, &mem_heap, 4096);
	assert_int_equal(frame_encode(&publish, &head), 0);
	for (size_t i = 0; i < 2; i++) {
		expect_failure(both[i], &(struct span){ "", 0 }, 1, NULL);
		expect_failure(both[i], &(struct span){ "\xff\xff\xff", 3 }, 1, "malformed");
		expect_failure(both[i], &(struct span){ "\x08\x63", 2 }, 1, "protocol");
	}
	three[0] = buf_span(&head);
	expect_failure(&producer, three, 1, "malformed"); /* no body */
	expect_failure(&producer, three, 3, "malformed"); /* a third frame */
	expect_failure(&reader, three, 2, "unsupported"); /* the other endpoint's */
	end();
	buf_fini(&head);
}

static void test_each_endpoint_says_where_to_ask(void **state)
{
	struct frame f = { .kind = FRAME_STATUS_QUERY };

	(void)state;
	begin();
	f.u.status_query.request = 99;
	client_send(&producer, &f, NULL);
	client_receive(&producer, FRAME_FAILURE, &f);
	assert_int_equal(f.u.failure.request, 99);
	assert_true(str_eq(f.u.failure.reason, STR("unsupported")));
	f = (struct frame){ .kind = FRAME_HELLO };
	f.u.hello.producer = STR("crm");
	client_send(&reader, &f, NULL);
	client_receive(&reader, FRAME_FAILURE, &f);
	assert_true(str_eq(f.u.failure.reason, STR("unsupported")));
	end();
}

/* Asks and drops what comes before the answer; asks again when none comes, as every client of a ROUTER has to. */
static void ask_through(struct client *c, const struct frame *question, enum frame_kind want)
{
	struct frame f = { .kind = FRAME_NONE };

	for (int tries = 0; tries < 20 && f.kind != want; tries++) {
		client_send(c, question, NULL);
		while (f.kind != want && client_try_receive(c, RIG_DEADLINE_MS / 20, &f))
			;
	}
	assert_int_equal(f.kind, want);
}

/* Random bytes, and valid messages with a byte changed. Whatever comes back, the service goes on. */
static void test_random_bytes_never_stop_it(void **state)
{
	struct frame publish = { .kind = FRAME_PUBLISH };
	struct client *both[2] = { &producer, &reader };
	struct batch b;
	struct buf head;

	(void)state;
	print_message("seed 20230701\n");
	srand(20230701);
	begin();
	batch_init(&b);
	buf_init(&head, &mem_heap, 4096);
	publish.u.publish.batch = 1;
	assert_int_equal(frame_encode(&publish, &head), 0);
	for (int round = 0; round < 2000; round++) {
		struct span frames[2];
		uint8_t noise[64];

		batch_range(&b, 0, 3);
		frames[0] = buf_span(&head);
		frames[1] = buf_span(&b.bytes);
		if (round % 2 == 0) {
			b.bytes.p[(size_t)rand() % b.bytes.n] = (uint8_t)rand();
		} else {
			for (size_t i = 0; i < sizeof noise; i++)
				noise[i] = (uint8_t)rand();
			frames[rand() % 2] = (struct span){ noise, (size_t)rand() % sizeof noise };
		}
		client_send_raw(both[rand() % 2], frames, 1 + (size_t)rand() % 2);
	}
	ask_through(&producer, &(struct frame){ .kind = FRAME_HELLO }, FRAME_WELCOME);
	ask_through(&reader, &(struct frame){ .kind = FRAME_STATUS_QUERY }, FRAME_STATUS_ANSWER);
	end();
	buf_fini(&head);
	batch_fini(&b);
}

/* ---- the disk --------------------------------------------------------------------------------------------- */

static void test_nothing_is_acknowledged_while_the_disk_is_full(void **state)
{
	struct batch b;
	struct frame f;

	(void)state;
	begin();
	batch_init(&b);
	atomic_store(&rig.fault, ERR_NOSPACE);
	batch_range(&b, 0, 10);
	client_publish(&producer, 1, &b);
	client_await_counter(&reader, "stalls", 1);
	client_publish(&producer, 2, &b); /* all duplicates, of events that are not on disk */
	batch_range(&b, 5, 15);
	client_publish(&producer, 3, &b);
	client_await_counter(&reader, "pending-answers", 3);
	client_status(&reader, &f);
	assert_int_equal(f.u.status_answer.health, HEALTH_DEGRADED);
	assert_int_equal(f.u.status_answer.positions[0].end, 0);
	assert_int_equal(frame_counter(&f, "duplicates"), 15);
	assert_false(client_try_receive(&producer, 0, &f));
	atomic_store(&rig.fault, 0);
	for (uint64_t n = 1; n <= 3; n++) {
		client_receive(&producer, FRAME_ACKNOWLEDGE, &f);
		assert_int_equal(f.u.acknowledge.batch, n); /* in order */
	}
	client_status(&reader, &f);
	assert_int_equal(f.u.status_answer.health, HEALTH_HEALTHY);
	assert_int_equal(f.u.status_answer.positions[0].end, 15);
	end();
	rig_assert_once(rig.dir, 15);
	batch_fini(&b);
}

static void test_a_store_that_fails_for_good_ends_the_service(void **state)
{
	struct batch b;
	struct frame f;

	(void)state;
	begin();
	batch_init(&b);
	atomic_store(&rig.fault, ERR_IO);
	batch_range(&b, 0, 10);
	client_publish(&producer, 1, &b);
	assert_int_equal(rig_join(&rig), INGESTION_EXIT_STORE);
	assert_false(client_try_receive(&producer, 0, &f));
	close_clients();
	atomic_store(&rig.fault, 0);
	begin(); /* the batch that was never acknowledged is sent again */
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 10);
	end();
	rig_assert_once(rig.dir, 10);
	batch_fini(&b);
}

static void test_a_stop_with_a_full_disk_gives_up_at_the_deadline(void **state)
{
	struct batch b;

	(void)state;
	rig.options.drain_ms = 100;
	begin();
	batch_init(&b);
	atomic_store(&rig.fault, ERR_NOSPACE);
	batch_range(&b, 0, 10);
	client_publish(&producer, 1, &b);
	client_await_counter(&reader, "stalls", 1);
	assert_int_equal(rig_stop(&rig), INGESTION_EXIT_UNDRAINED);
	close_clients();
	batch_fini(&b);
}

static void test_a_stop_drains_what_is_pending(void **state)
{
	struct batch b;
	struct frame f;
	uint64_t n_acked = 0;

	(void)state;
	begin();
	batch_init(&b);
	atomic_store(&rig.fault, ERR_NOSPACE);
	for (uint64_t n = 0; n < 20; n++) {
		batch_range(&b, 10 * n, 10 * n + 10);
		client_publish(&producer, n, &b);
	}
	client_await_counter(&reader, "pending-answers", 20);
	(void)uv_async_send(&rig.stop);
	do
		client_status(&reader, &f); /* questions are answered while it drains */
	while (!str_eq(f.u.status_answer.state, STR("draining")));
	ask_letters(DEAD_LETTER_LIST, 0, 0, 0, nothing, &f);
	atomic_store(&rig.fault, 0);
	assert_int_equal(rig_join(&rig), INGESTION_EXIT_OK);
	for (; n_acked < 20; n_acked++) {
		client_receive(&producer, FRAME_ACKNOWLEDGE, &f);
		assert_int_equal(f.u.acknowledge.batch, n_acked);
	}
	close_clients();
	rig_assert_once(rig.dir, 200);
	batch_fini(&b);
}

static void test_a_flood_is_held_at_the_bound(void **state)
{
	const size_t bound = 256 * 1024;
	const uint64_t n_batches = 1000;
	struct batch b;
	struct frame f;
	uint64_t taken;

	(void)state;
	rig.options.pending_bytes_max = bound;
	begin();
	batch_init(&b);
	atomic_store(&rig.fault, ERR_NOSPACE);
	for (uint64_t n = 0; n < n_batches; n++) { /* a producer that knows no window */
		batch_range(&b, 50 * n, 50 * n + 50);
		client_publish(&producer, n, &b);
	}
	client_await_counter(&reader, "pauses", 1);
	client_status(&reader, &f);
	taken = frame_counter(&f, "batches");
	assert_true(frame_counter(&f, "pending-bytes") >= bound);
	assert_true(frame_counter(&f, "pending-bytes") < bound + b.bytes.n + 1);
	assert_true(taken < n_batches / 2);
	for (int i = 0; i < 50; i++) /* and it stays there */
		client_status(&reader, &f);
	assert_int_equal(frame_counter(&f, "batches"), taken);
	atomic_store(&rig.fault, 0);
	for (uint64_t n = 0; n < n_batches; n++) {
		client_receive(&producer, FRAME_ACKNOWLEDGE, &f);
		assert_int_equal(f.u.acknowledge.batch, n);
	}
	end();
	rig_assert_once(rig.dir, 50 * n_batches);
	batch_fini(&b);
}

static void test_a_replay_is_answered_when_it_is_durable(void **state)
{
	struct frame f = { .kind = FRAME_DEAD_LETTER_QUERY };
	struct batch b;

	(void)state;
	begin();
	batch_init(&b);
	assert_int_equal(buf_add(&b.bytes, "\xff", 1), 0);
	assert_whole_batch_refused(&b, REFUSED_MALFORMED);
	atomic_store(&rig.fault, ERR_NOSPACE);
	batch_range(&b, 0, 1);
	f.u.dead_letter_query.action = DEAD_LETTER_REPLAY;
	f.u.dead_letter_query.letter = 1;
	f.u.dead_letter_query.replacement = buf_span(&b.bytes);
	client_send(&reader, &f, NULL);
	client_await_counter(&reader, "stalls", 1); /* answered before the replay is */
	atomic_store(&rig.fault, 0);
	client_receive(&reader, FRAME_DEAD_LETTER_ANSWER, &f);
	assert_true(f.u.dead_letter_answer.replayed);
	end();
	rig_assert_once(rig.dir, 1);
	batch_fini(&b);
}

static void test_a_producer_that_left_holds_up_nobody(void **state)
{
	struct batch b;
	struct frame f;

	(void)state;
	begin();
	batch_init(&b);
	atomic_store(&rig.fault, ERR_NOSPACE);
	batch_range(&b, 0, 10);
	client_publish(&producer, 1, &b);
	client_await_counter(&reader, "pending-answers", 1);
	client_close(&producer);
	client_open_in(&producer, rig.dir, "ingestion-publish");
	client_publish(&producer, 2, &b); /* the same again, from a new connection */
	client_await_counter(&reader, "pending-answers", 2);
	atomic_store(&rig.fault, 0);
	client_receive(&producer, FRAME_ACKNOWLEDGE, &f);
	assert_int_equal(f.u.acknowledge.batch, 2);
	assert_int_equal(f.u.acknowledge.duplicates, 10);
	client_await_counter(&reader, "answers-unroutable", 1);
	end();
	batch_fini(&b);
}

/* ---- days ------------------------------------------------------------------------------------------------- */

struct days {
	size_t n;
	day_no days[64];
};

static void visit_day(void *ctx, uint64_t position, const struct event *ev)
{
	struct days *d = ctx;

	(void)position;
	if (ev->kind != FACT_DAY)
		return;
	assert_true(d->n < ARRAY_LEN(d->days));
	d->days[d->n++] = ev->u.day.day;
}

static void test_the_clock_writes_every_day_once_and_in_order(void **state)
{
	struct days d = { 0 };
	struct batch b;
	struct frame f;

	(void)state;
	rig.options.days = DAYS_FROM_CLOCK;
	begin();
	batch_init(&b);
	batch_range(&b, 0, 1);
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.position, 2); /* the day came first */
	restart();				       /* on the same day: no second record */
	batch_range(&b, 1, 2);
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.position, 3);
	end();
	atomic_store(
		&rig.now, (int64_t)(RIG_DAY + 10) * MS_PER_DAY); /* ten days without the service */
	begin();
	assert_int_equal(client_counter(&reader, "day-records"), 10);
	atomic_store(&rig.now, (int64_t)(RIG_DAY + 11) * MS_PER_DAY); /* midnight while it runs */
	client_await_counter(&reader, "day-records", 11);
	end();
	assert_int_equal(rig_read_log(rig.dir, visit_day, &d), 14);
	assert_int_equal(d.n, 12);
	for (size_t i = 0; i < d.n; i++)
		assert_int_equal(d.days[i], RIG_DAY + (day_no)i);
	batch_fini(&b);
}

static void test_the_day_is_known_when_its_record_lies_before_the_tail(void **state)
{
	struct batch b;
	struct frame f;

	(void)state;
	rig.options.days = DAYS_FROM_CLOCK;
	rig.options.dedup_events = 1024;
	begin();
	batch_init(&b);
	batch_range(&b, 0, 3000);
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.position, 3001);
	batch_range(&b, 3000, 6000);
	client_exchange(&producer, 2, &b, &f);
	restart();
	assert_int_equal(client_counter(&reader, "day-records"), 0);
	assert_int_equal(client_counter(&reader, "dedup-entries"), 1024);
	end();
	batch_fini(&b);
}

static void test_days_of_producers_are_logged_where_they_give_them(void **state)
{
	struct days d = { 0 };
	struct batch b;
	struct frame f;
	char id[24];
	struct event ev = rig_event(0, id);

	(void)state;
	spoil_day(&ev);
	begin();
	batch_init(&b);
	batch_add_event(&b, &ev);
	client_exchange(&producer, 1, &b, &f);
	assert_int_equal(f.u.acknowledge.accepted, 1);
	end();
	assert_int_equal(rig_read_log(rig.dir, visit_day, &d), 1);
	assert_int_equal(d.n, 1);
	batch_fini(&b);
}

/* ---- starting --------------------------------------------------------------------------------------------- */

static void test_a_second_service_on_the_same_data_is_refused(void **state)
{
	struct rig other;

	(void)state;
	begin();
	other = rig;
	other.options.ctx = &other;
	assert_int_equal(rig_try_start(&other), ERR_BUSY);
	assert_true(strlen(other.start_err.text) > 0);
	assert_int_equal(client_counter(&reader, "batches"), 0); /* the first one is unharmed */
	end();
}

static void test_a_start_that_cannot_be_says_why(void **state)
{
	(void)state;
	rig.options.dedup_events = 1;
	assert_int_equal(rig_try_start(&rig), ERR_INVALID);
	assert_non_null(strstr(rig.start_err.text, "dedup"));
	rig.options.dedup_events = 4096;
	rig.options.endpoint = "tcp://192.0.2.1:5555";
	assert_int_not_equal(rig_try_start(&rig), 0);
	rig.options.endpoint = NULL;
	begin();
	end();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest plain[] = {
		TEST(test_hello_is_answered_with_the_limits),
		TEST(test_a_batch_is_acknowledged_with_its_position),
		TEST(test_repeats_are_duplicates_also_after_a_restart),
		TEST(test_the_log_is_served_as_a_stream),
		TEST(test_what_is_no_batch_is_refused_whole_and_kept),
		TEST(test_a_batch_over_the_limits_is_refused_whole),
		TEST(test_an_edition_that_cannot_be_used_is_refused_with_its_fault),
		TEST(test_a_batch_of_refused_events_only),
		TEST(test_a_refused_batch_sent_again_is_kept_once),
		TEST(test_hostile_frames_get_a_failure),
		TEST(test_each_endpoint_says_where_to_ask),
		TEST(test_random_bytes_never_stop_it),
		TEST(test_nothing_is_acknowledged_while_the_disk_is_full),
		TEST(test_a_store_that_fails_for_good_ends_the_service),
		TEST(test_a_stop_with_a_full_disk_gives_up_at_the_deadline),
		TEST(test_a_stop_drains_what_is_pending),
		TEST(test_a_flood_is_held_at_the_bound),
		TEST(test_records_of_producers_are_kept_once_and_dropped),
		TEST(test_a_replay_is_answered_when_it_is_durable),
		TEST(test_a_producer_that_left_holds_up_nobody),
		TEST(test_the_clock_writes_every_day_once_and_in_order),
		TEST(test_the_day_is_known_when_its_record_lies_before_the_tail),
		TEST(test_days_of_producers_are_logged_where_they_give_them),
		TEST(test_a_second_service_on_the_same_data_is_refused),
		TEST(test_a_start_that_cannot_be_says_why),
	};
	struct CMUnitTest tests[ARRAY_LEN(plain) + ARRAY_LEN(refusal_rows)];
	size_t n = 0;

	logger_init("ingestion", LOG_ERROR);
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < ARRAY_LEN(refusal_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = refusal_rows[i].name,
			.test_func = test_refusal_row,
			.initial_state = (void *)(uintptr_t)&refusal_rows[i] };
	return _cmocka_run_group_tests("ingestion", tests, n, NULL, NULL);
}
