/* Who listens: plain SUB sockets on the alerts, and readers and producers that stop, die or flood, which must not hold
 * up anybody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <zmq.h>

#include "common/wire/frame.h"
#include "tests/harness/alerts.h"
#include "tests/harness/scene.h"
#include "tests/harness/traffic.h"

#define RECEIVE_MS 20000 /* only a broken program gets there */
#define FLOOD	   20000 /* frames of a peer that never receives */
#define GROUPS	   12

/* ---- SUB sockets ---------------------------------------------------------------------------------------------- */

struct subscriber {
	void *ctx, *socket;
	zmq_msg_t frames[2]; /* of the last message */
	int n_frames;
};

static void set_int(void *socket, int option, int value)
{
	assert_int_equal(zmq_setsockopt(socket, option, &value, sizeof value), 0);
}

/* The topics in order: when the welcome to the last one is there, the others count as well. */
static void subscribe(struct subscriber *s, const struct harness *h, const char *const *topics)
{
	char endpoint[128];

	memset(s, 0, sizeof *s);
	s->ctx = zmq_ctx_new();
	s->socket = zmq_socket(s->ctx, ZMQ_SUB);
	assert_non_null(s->socket);
	set_int(s->socket, ZMQ_RCVTIMEO, RECEIVE_MS);
	set_int(s->socket, ZMQ_LINGER, 0);
	for (; *topics != NULL; topics++)
		assert_int_equal(
			zmq_setsockopt(s->socket, ZMQ_SUBSCRIBE, *topics, strlen(*topics)), 0);
	(void)snprintf(endpoint, sizeof endpoint, "ipc://%s/run/alerts.sock", h->dir);
	assert_int_equal(zmq_connect(s->socket, endpoint), 0);
}

static void forget(struct subscriber *s)
{
	while (s->n_frames > 0)
		(void)zmq_msg_close(&s->frames[--s->n_frames]);
}

static void receive(struct subscriber *s)
{
	bool more = true;

	forget(s);
	while (more) {
		assert_true(s->n_frames < 2);
		(void)zmq_msg_init(&s->frames[s->n_frames]);
		if (zmq_msg_recv(&s->frames[s->n_frames], s->socket, 0) < 0)
			harness_fail("nothing came to a subscriber: %s", zmq_strerror(zmq_errno()));
		more = zmq_msg_more(&s->frames[s->n_frames]) != 0;
		s->n_frames++;
	}
}

static struct str text_of(struct subscriber *s, int frame)
{
	return (struct str){ zmq_msg_data(&s->frames[frame]), zmq_msg_size(&s->frames[frame]) };
}

static void unsubscribe(struct subscriber *s)
{
	forget(s);
	assert_int_equal(zmq_close(s->socket), 0);
	assert_int_equal(zmq_ctx_term(s->ctx), 0);
}

/* "welcome", directly followed by what a client needs for what it missed. */
static void expect_welcome(struct subscriber *s, const struct harness *h, uint64_t end_position)
{
	struct buf want;

	buf_init(&want, &mem_heap, 4096);
	assert_int_equal(buf_add(&want, "welcome", 7), 0);
	assert_int_equal(wire_encode_pub_welcome(
				 str_from(h->endpoint[HARNESS_NOTIFICATION]), end_position, &want),
		0);
	do
		receive(s);
	while (s->n_frames != 1); /* a heartbeat may come first */
	assert_int_equal(text_of(s, 0).n, want.n);
	assert_memory_equal(text_of(s, 0).p, want.p, want.n);
	buf_fini(&want);
}

/* The next message with a topic of that prefix. */
static void expect_topic(struct subscriber *s, const char *prefix)
{
	do
		receive(s);
	while (s->n_frames != 2 || text_of(s, 0).n < strlen(prefix) ||
		memcmp(text_of(s, 0).p, prefix, strlen(prefix)) != 0);
}

/* Waits for the heartbeat that says all this. */
static void expect_heartbeat(struct subscriber *s, struct arena *ar, uint64_t end_position,
	uint64_t event_position, const char *partner, uint64_t sequence)
{
	const struct wire_topic_end *recent;
	uint64_t end, event_end, newest = 0;
	size_t n;

	do {
		expect_topic(s, "heartbeat");
		arena_reset(ar);
		assert_int_equal(
			wire_decode_heartbeat((struct span){ text_of(s, 1).p, text_of(s, 1).n }, ar,
				&end, &event_end, &recent, &n, NULL),
			0);
	} while (end < end_position);
	assert_int_equal(end, end_position);
	assert_int_equal(event_end, event_position);
	for (size_t i = 0; i < n; i++)
		if (str_eq(recent[i].partner, str_from(partner)))
			newest = recent[i].sequence;
	assert_int_equal(newest, sequence);
}

static void expect_alert(struct scene *s, struct subscriber *sub, const char *topic,
	const struct tail *feed, uint64_t position, uint64_t sequence)
{
	struct alert al;

	expect_topic(sub, "alert/");
	assert_true(str_eq(text_of(sub, 0), str_from(topic)));
	/* The same bytes as in the feed. */
	assert_int_equal(text_of(sub, 1).n, feed->units[position].size);
	assert_memory_equal(
		text_of(sub, 1).p, tail_span(feed, position).p, feed->units[position].size);
	arena_reset(&s->ar);
	tail_alert(feed, position, &s->ar, &al);
	assert_int_equal(al.sequence, sequence);
}

static void test_a_subscriber_is_welcomed_and_hears_its_topics(void **state)
{
	static const char *const topics[] = { "alert/88/", "welcome", NULL };
	static const char *const beats[] = { "heartbeat", "welcome", NULL };
	struct scene *s = *state;
	struct subscriber sub, pulse;
	struct tail feed;

	(void)scene_tell(s, "day 2023-07-20");
	subscribe(&sub, &s->h, topics);
	subscribe(&pulse, &s->h, beats);
	expect_welcome(&sub, &s->h, 0);
	expect_welcome(&pulse, &s->h, 0);
	(void)scene_tell(s, scene_of(s, scene_qualified, "99")); /* for others */
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	(void)scene_tell(s, "revoke 88 88-p1 AZ-305 2023-07-02");
	tail_read(&feed, &s->h, HARNESS_NOTIFICATION, 0, NULL);
	assert_int_equal(feed.end, 3);
	expect_alert(s, &sub, "alert/88/infrastructure/gained", &feed, 1, 1);
	expect_alert(s, &sub, "alert/88/infrastructure/lost", &feed, 2, 2);
	expect_heartbeat(&pulse, &s->ar, 3, s->events, "88", 2);
	tail_fini(&feed);
	unsubscribe(&sub);
	unsubscribe(&pulse);
}

/* The service is killed and comes back: the subscriber is welcomed again, with the position from which the feed has
 * what it missed, and sequences go on. */
static void test_a_subscriber_outlives_the_service(void **state)
{
	static const char *const topics[] = { "alert/", "heartbeat", "welcome", NULL };
	struct scene *s = *state;
	struct subscriber sub;
	struct tail feed;

	(void)scene_tell(s, "day 2023-07-20");
	subscribe(&sub, &s->h, topics);
	expect_welcome(&sub, &s->h, 0);
	(void)scene_tell(s, scene_of(s, scene_qualified, "88"));
	assert_int_equal(harness_end(&s->h, HARNESS_NOTIFICATION, SIGKILL), -SIGKILL);
	harness_start(&s->h, HARNESS_NOTIFICATION);
	expect_welcome(&sub, &s->h, 1);
	(void)scene_tell(s, "revoke 88 88-p1 AZ-305 2023-07-02");
	harness_wait(&s->h, HARNESS_NOTIFICATION, "alerts", 2); /* its counters began anew */
	tail_read(&feed, &s->h, HARNESS_NOTIFICATION, 0, NULL);
	assert_int_equal(feed.end, 2);
	expect_alert(s, &sub, "alert/88/infrastructure/lost", &feed, 1, 2);
	expect_heartbeat(&sub, &s->ar, 2, s->events, "88", 2);
	tail_fini(&feed);
	unsubscribe(&sub);
}

/* ---- peers that do not receive -------------------------------------------------------------------------------- */

struct peer {
	void *ctx, *socket;
};

/* A DEALER that sends whatever it is told, and receives nothing. */
static void peer_open(struct peer *p, const char *endpoint)
{
	p->ctx = zmq_ctx_new();
	p->socket = zmq_socket(p->ctx, ZMQ_DEALER);
	assert_non_null(p->socket);
	set_int(p->socket, ZMQ_LINGER, 0);
	set_int(p->socket, ZMQ_SNDHWM, 0);
	set_int(p->socket, ZMQ_RCVHWM, 1);
	assert_int_equal(zmq_connect(p->socket, endpoint), 0);
}

static void peer_close(struct peer *p)
{
	assert_int_equal(zmq_close(p->socket), 0);
	assert_int_equal(zmq_ctx_term(p->ctx), 0);
}

static void peer_send(struct peer *p, const struct frame *f, struct span body)
{
	struct buf b;

	buf_init(&b, &mem_heap, WIRE_FRAME_MAX);
	assert_int_equal(frame_encode(f, &b), 0);
	assert_true(zmq_send(p->socket, b.p, b.n, body.n > 0 ? ZMQ_SNDMORE : 0) >= 0);
	if (body.n > 0)
		assert_true(zmq_send(p->socket, body.p, body.n, 0) >= 0);
	buf_fini(&b);
}

/* Asks for everything, a record at a time, and takes nothing. */
static void flood_with_reads(struct peer *p, const char *log)
{
	struct frame f = { .kind = FRAME_READ };

	f.u.read.session = 1;
	f.u.read.log = str_from(log);
	f.u.read.credit = 1;
	for (uint64_t i = 0; i < FLOOD; i++) {
		f.u.read.position = i / 10;
		peer_send(p, &f, (struct span){ NULL, 0 });
	}
}

/* Publishes the same batch for ever and takes no acknowledgement. */
static void flood_with_batches(struct peer *p, struct span batch)
{
	struct frame f = { .kind = FRAME_PUBLISH };

	for (uint64_t i = 1; i <= FLOOD; i++) {
		f.u.publish.batch = i;
		peer_send(p, &f, batch);
	}
}

static void test_peers_that_do_not_receive_hold_up_nobody(void **state)
{
	static const char *const logs[] = { "events", "scores", "alerts" };
	static const char *const all[] = { "", NULL };
	static const char *const args[] = { "--days", "producer", "--dedup-days", "400", NULL };
	struct alert_account alerts = { { 0 } };
	struct peer deaf[HARNESS_PIPELINE], dead[HARNESS_PIPELINE], mute;
	struct subscriber sleeper;
	struct sender account;
	struct traffic t;
	struct harness h;
	struct tail log;

	(void)state;
	traffic_make(&t, 900, GROUPS);
	harness_init(&h);
	memcpy(h.args[HARNESS_INGESTION], args, sizeof args);
	harness_start_all(&h);
	sender_send(&h, t.batches, t.n_batches / 2, &account);
	for (int s = 0; s < HARNESS_PIPELINE; s++) {
		peer_open(&deaf[s], h.endpoint[s]);
		flood_with_reads(&deaf[s], logs[s]);
		peer_open(&dead[s], h.endpoint[s]);
		flood_with_reads(&dead[s], logs[s]);
	}
	peer_open(&mute, h.publish);
	flood_with_batches(&mute, t.batches[0].bytes);
	subscribe(&sleeper, &h, all);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		peer_close(&dead[s]);
	sender_send(&h, t.batches + t.n_batches / 2, t.n_batches - t.n_batches / 2, &account);
	traffic_settle(&t, &h);
	tail_read(&log, &h, HARNESS_INGESTION, 0, NULL);
	traffic_check_log(&t, &log);
	tail_fini(&log);
	assert_true(traffic_check_scores(&t, &h) > 0);
	tail_read(&log, &h, HARNESS_NOTIFICATION, 0, NULL);
	alerts_check(&log, &alerts);
	assert_true(alerts.by_kind[ALERT_GAINED] > 0);
	tail_fini(&log);
	for (int s = 0; s < HARNESS_PIPELINE; s++)
		peer_close(&deaf[s]);
	/* Guards the guard: the answers did pile up. */
	assert_true(harness_status(&h, HARNESS_INGESTION, "pending-answers") > 0);
	/* Nor can it hold up an orderly end for longer than its deadline. */
	assert_int_equal(harness_end(&h, HARNESS_INGESTION, SIGTERM), 0);
	peer_close(&mute);
	unsubscribe(&sleeper);
	harness_fini(&h);
	traffic_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_subscriber_is_welcomed_and_hears_its_topics,
			scene_open, scene_close),
		cmocka_unit_test_setup_teardown(
			test_a_subscriber_outlives_the_service, scene_open, scene_close),
		cmocka_unit_test(test_peers_that_do_not_receive_hold_up_nobody),
	};

	return cmocka_run_group_tests_name("subscribers and readers", tests, NULL, NULL);
}
