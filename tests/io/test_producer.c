/* The producer against a server of the test's own, which can keep its answers to itself, forget and go away. What it
 * has logged outlives it, as ingestion's log does. */
#include "net.h"

#include "common/io/producer.h"
#include "common/io/reply.h"

#define BATCHES_MAX 6000

struct server {
	struct net *net;
	struct bus *
		bus; /* its own: when it is destroyed the endpoint is free, as when a process ends */
	struct bus_socket *s;
	struct arena arena;
	struct buf scratch;
	uint32_t window; /* said in Welcome */
	unsigned mute;	 /* so many batches are logged and not acknowledged */
	bool deaf;	 /* batches vanish */
	bool twice;	 /* every acknowledgement comes twice */
	uint32_t
		refuse_each; /* every so-manieth batch is refused as a whole, before those before it; 0: none */
	const char *failure; /* reason of a Failure in answer to Hello */
	bool logged[BATCHES_MAX + 1];
	uint64_t last; /* newest batch logged */
	uint64_t n_logged, n_repeated, n_hello, n_published;
	bool out_of_order; /* a batch was logged after a later one */
	bool altered;	   /* a batch came with other bytes than its number says */
	char name[64];
};

/* What a batch of this number holds; any bytes do for the producer. */
static void fill(uint64_t batch, uint8_t bytes[64])
{
	for (size_t i = 0; i < 64; i++)
		bytes[i] = (uint8_t)(batch * 31 + i);
}

static void welcome(struct server *v, const struct bus_peer *peer)
{
	struct frame f = { .kind = FRAME_WELCOME };

	v->n_hello++;
	if (v->failure != NULL) {
		(void)reply_failure(v->s, peer, 0, v->failure, "of no use", &v->scratch);
		return;
	}
	f.u.welcome.window_events = v->window;
	f.u.welcome.max_batch_events = 100;
	f.u.welcome.max_batch_bytes = 1000;
	assert_int_equal(reply_frame(v->s, peer, &f, &v->scratch), 0);
}

static void acknowledge(
	struct server *v, const struct bus_peer *peer, uint64_t batch, bool known, bool refused)
{
	struct wire_refusal refusal = { WIRE_WHOLE_BATCH, STR("too-large"), STR("test"), 1 };
	struct frame f = { .kind = FRAME_ACKNOWLEDGE };

	f.u.acknowledge.batch = batch;
	f.u.acknowledge.accepted = known || refused ? 0 : 10;
	f.u.acknowledge.duplicates = known ? 10 : 0;
	f.u.acknowledge.n_refusals = refused ? 1 : 0;
	f.u.acknowledge.refusals = &refusal;
	for (int i = 0; i < (v->twice ? 2 : 1); i++)
		(void)reply_frame(v->s, peer, &f, &v->scratch);
}

static void take_batch(
	struct server *v, const struct bus_peer *peer, uint64_t batch, struct span body)
{
	uint8_t want[64];
	bool known, refused;

	assert_in_range(batch, 1, BATCHES_MAX);
	fill(batch, want);
	v->altered = v->altered || body.n != 64 || memcmp(body.p, want, 64) != 0;
	v->n_published++;
	if (v->deaf)
		return;
	known = v->logged[batch];
	refused = v->refuse_each > 0 && batch % v->refuse_each == 0;
	if (known) {
		v->n_repeated++;
	} else {
		v->out_of_order = v->out_of_order || batch < v->last;
		v->last = batch;
		v->logged[batch] = true;
		v->n_logged++;
	}
	if (v->mute > 0 && !known && !refused) {
		v->mute--;
		return;
	}
	acknowledge(v, peer, batch, known, refused);
}

static void server_on_message(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct server *v = ctx;
	struct frame f;

	arena_reset(&v->arena);
	assert_int_equal(reply_decode(s, m, &v->arena, &f, &v->scratch), 0);
	if (f.kind == FRAME_HELLO) {
		(void)snprintf(v->name, sizeof(v->name), STR_FMT, STR_ARG(f.u.hello.producer));
		welcome(v, &m->peer);
		return;
	}
	assert_int_equal(f.kind, FRAME_PUBLISH);
	assert_int_equal(m->n_frames, 2);
	take_batch(v, &m->peer, f.u.publish.batch, bus_frame(m, 1));
}

static void server_open(struct server *v)
{
	struct bus_options o = { .type = ZMQ_ROUTER,
		.max_message = WIRE_BATCH_BYTES_MAX,
		.high_water = 10000,
		.on_message = server_on_message,
		.ctx = v };

	assert_int_equal(bus_create(&v->net->loop, &v->bus, NULL), 0);
	assert_int_equal(bus_open(v->bus, &o, &v->s, NULL), 0);
	assert_int_equal(bus_bind(v->s, v->net->endpoint, NULL), 0);
}

static void server_close(struct server *v)
{
	bus_close(&v->s);
	bus_destroy(v->bus);
}

static void server_init(struct server *v, struct net *net)
{
	v->net = net;
	arena_init(&v->arena, &mem_heap, 1 << 20);
	buf_init(&v->scratch, &mem_heap, WIRE_FRAME_MAX);
}

static void server_fini(struct server *v)
{
	arena_fini(&v->arena);
	buf_fini(&v->scratch);
}

/* ---- who sends -------------------------------------------------------------------------------------------- */

struct sender {
	struct producer *p;
	bool patient;	  /* waits for acknowledgements, for ever as a test goes */
	uint64_t n, sent; /* batches to send, and sent */
	uint64_t acked, accepted, duplicates, refused;
	uint32_t most_in_flight;
	uint64_t n_again;
	bool twice; /* a batch was acknowledged twice */
	bool seen[BATCHES_MAX + 1];
	uint64_t close_at; /* after so many acknowledgements; 0: never */
	char failure[64];
};

static void send_more(void *ctx)
{
	struct sender *s = ctx;
	uint8_t bytes[64];
	uint64_t batch;

	while (s->sent < s->n) {
		fill(s->sent + 1, bytes);
		if (producer_send(s->p, (struct span){ bytes, sizeof(bytes) }, 10, &batch) != 0) {
			s->n_again++;
			return;
		}
		s->sent++;
		assert_int_equal(batch, s->sent);
		if (producer_in_flight(s->p) > s->most_in_flight)
			s->most_in_flight = producer_in_flight(s->p);
	}
}

static void on_ack(void *ctx, uint64_t batch, uint32_t n_events, const struct frame *ack)
{
	struct sender *s = ctx;

	assert_int_equal(n_events, 10);
	s->twice = s->twice || s->seen[batch];
	s->seen[batch] = true;
	s->acked++;
	s->accepted += ack->u.acknowledge.accepted;
	s->duplicates += ack->u.acknowledge.duplicates;
	s->refused += ack->u.acknowledge.n_refusals;
	if (s->acked == s->close_at)
		producer_close(&s->p);
}

static void on_failure(void *ctx, struct str reason, struct str detail)
{
	struct sender *s = ctx;

	(void)detail;
	(void)snprintf(s->failure, sizeof(s->failure), STR_FMT, STR_ARG(reason));
}

static void sender_open(struct sender *s, struct net *net, uint32_t window)
{
	struct producer_options o = { .endpoint = net->endpoint,
		.name = "a test",
		.window_events = window,
		.on_ack = on_ack,
		.on_writable = send_more,
		.on_failure = on_failure,
		.ctx = s,
		.resend_ms = s->patient ? NET_DEADLINE_MS : 60,
		.hello_ms = 30 };

	assert_int_equal(producer_create(net->bus, &net->loop, &o, &s->p, NULL), 0);
}

static bool is_done(void *ctx)
{
	struct sender *s = ctx;

	return s->acked >= s->n && producer_is_idle(s->p);
}

static bool is_welcome(void *ctx)
{
	return producer_is_welcome(((struct sender *)ctx)->p);
}

static void finish(struct net *net, struct server *v, struct sender *s)
{
	net_run_until(net, is_done, s);
	assert_false(s->twice);
	assert_int_equal(s->acked, s->n);
	assert_int_equal(v->n_logged, s->n);
	assert_false(v->out_of_order);
	assert_false(v->altered);
	producer_close(&s->p);
	server_close(v);
	server_fini(v);
	net_stop(net);
}

/* ---- tests ------------------------------------------------------------------------------------------------ */

static void test_every_batch_is_acknowledged_once_within_the_window(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	v.window = 300;
	server_open(&v);
	sender_open(&s, &net, 0);
	net_run_until(&net, is_welcome, &s);
	assert_string_equal(v.name, "a test");
	s.n = BATCHES_MAX;
	send_more(&s);
	assert_int_equal(s.sent, 30);
	net_run_until(&net, is_done, &s);
	assert_int_equal(s.most_in_flight, 300);
	assert_true(s.n_again > 0);
	assert_int_equal(s.accepted, 10 * BATCHES_MAX);
	finish(&net, &v, &s);
}

static void test_the_smaller_window_counts(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;
	struct producer_limits limits;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	v.window = 300;
	server_open(&v);
	sender_open(&s, &net, 50);
	net_run_until(&net, is_welcome, &s);
	producer_limits_get(s.p, &limits);
	assert_int_equal(limits.window_events, 50);
	assert_int_equal(limits.batch_events, 100);
	s.n = 500;
	send_more(&s);
	net_run_until(&net, is_done, &s);
	assert_int_equal(s.most_in_flight, 50);
	finish(&net, &v, &s);
}

static void test_batches_wait_for_a_server_that_is_not_there_yet(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	sender_open(&s, &net, 0);
	s.n = 200;
	send_more(&s);
	assert_int_equal(s.sent, 200);
	(void)uv_run(&net.loop, UV_RUN_NOWAIT);
	server_open(&v);
	finish(&net, &v, &s);
}

static bool has_logged_some(void *ctx)
{
	struct server *v = ctx;

	return v->mute == 0;
}

/* The server logs batches, and is killed before it acknowledges them. */
static void test_a_restarted_server_gets_unacknowledged_batches_again(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	v.window = 1000;
	server_open(&v);
	sender_open(&s, &net, 0);
	net_run_until(&net, is_welcome, &s);
	s.n = 1000;
	send_more(&s);
	for (unsigned round = 1; round <= 4; round++) {
		v.mute = 20;
		net_run_until(&net, has_logged_some, &v);
		server_close(&v);
		server_open(&v);
	}
	net_run_until(&net, is_done, &s);
	assert_true(v.n_repeated >= 80);
	assert_int_equal(s.accepted + s.duplicates, 10000);
	assert_true(
		s.duplicates >= 10); /* what was logged and not acknowledged came back as known */
	finish(&net, &v, &s);
}

static void test_lost_acknowledgements_are_asked_for_again(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;
	struct producer_stats stats;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	server_open(&v);
	sender_open(&s, &net, 0);
	v.mute = 5;
	s.n = 5;
	send_more(&s);
	net_run_until(&net, is_done, &s);
	assert_int_equal(s.duplicates, 50);
	producer_stats_get(s.p, &stats);
	assert_true(stats.resent >= 5);
	finish(&net, &v, &s);
}

static bool was_published(void *ctx)
{
	struct server *v = ctx;

	return v->n_published >= 20;
}

static void test_a_server_that_loses_batches_gets_them_until_it_answers(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	server_open(&v);
	sender_open(&s, &net, 0);
	v.deaf = true;
	s.n = 5;
	send_more(&s);
	net_run_until(&net, was_published, &v);
	assert_int_equal(s.acked, 0);
	v.deaf = false;
	finish(&net, &v, &s);
}

/* One more batch with every turn of the loop. */
static bool has_sent_more(void *ctx)
{
	struct sender *s = ctx;

	s->n++;
	send_more(s);
	return s->n == 40;
}

/* Batches that were lost with a connection are logged before those that were sent after it was gone. */
static void test_what_is_sent_while_nobody_is_there_does_not_overtake_what_was_lost(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	server_open(&v);
	s.patient = true;
	sender_open(&s, &net, 0);
	net_run_until(&net, is_welcome, &s);
	v.deaf = true;
	s.n = 20;
	send_more(&s);
	net_run_until(&net, was_published, &v);
	v.deaf = false;
	server_close(&v);
	net_run_until(&net, has_sent_more, &s);
	server_open(&v);
	finish(&net, &v, &s);
}

static void test_a_second_acknowledgement_is_ignored(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;
	struct producer_stats stats;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	v.twice = true;
	server_open(&v);
	sender_open(&s, &net, 0);
	s.n = 100;
	send_more(&s);
	net_run_until(&net, is_done, &s);
	producer_stats_get(s.p, &stats);
	assert_int_equal(stats.acknowledged, 100);
	assert_true(stats.late_acks >= 99);
	finish(&net, &v, &s);
}

/* Refused batches are answered at once, those before them only when they are sent again. */
static void test_acknowledgements_may_come_out_of_order(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	v.refuse_each = 3;
	v.mute = 67;
	server_open(&v);
	sender_open(&s, &net, 0);
	s.n = 100;
	send_more(&s);
	net_run_until(&net, is_done, &s);
	assert_int_equal(s.refused, 33);
	assert_int_equal(s.duplicates, 670);
	finish(&net, &v, &s);
}

static void test_what_no_server_takes_is_refused_at_once(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;
	uint8_t bytes[1001] = { 0 };

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	v.window = 50;
	server_open(&v);
	sender_open(&s, &net, 0);
	assert_int_equal(producer_send(s.p, (struct span){ bytes, 10 }, 0, NULL), ERR_INVALID);
	assert_int_equal(
		producer_send(s.p, (struct span){ bytes, 10 }, WIRE_BATCH_EVENTS_MAX + 1, NULL),
		ERR_FULL);
	net_run_until(&net, is_welcome, &s);
	assert_int_equal(producer_send(s.p, (struct span){ bytes, 1001 }, 1, NULL), ERR_FULL);
	assert_int_equal(producer_send(s.p, (struct span){ bytes, 64 }, 101, NULL), ERR_FULL);
	assert_true(producer_is_idle(s.p));
	/* A batch larger than the whole window goes alone. */
	fill(1, bytes);
	assert_int_equal(producer_send(s.p, (struct span){ bytes, 64 }, 60, NULL), 0);
	assert_int_equal(producer_send(s.p, (struct span){ bytes, 64 }, 1, NULL), ERR_AGAIN);
	producer_close(&s.p);
	server_close(&v);
	server_fini(&v);
	net_stop(&net);
}

static bool has_failed(void *ctx)
{
	return ((struct sender *)ctx)->failure[0] != '\0';
}

static void test_a_server_of_another_protocol_is_reported(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	v.failure = "protocol";
	server_open(&v);
	sender_open(&s, &net, 0);
	net_run_until(&net, has_failed, &s);
	assert_string_equal(s.failure, "protocol");
	producer_close(&s.p);
	server_close(&v);
	server_fini(&v);
	net_stop(&net);
}

static bool is_closed(void *ctx)
{
	return ((struct sender *)ctx)->p == NULL;
}

static void test_a_producer_closes_in_its_callback(void **state)
{
	struct net net;
	static struct server v;
	static struct sender s;

	(void)state;
	memset(&v, 0, sizeof(v));
	memset(&s, 0, sizeof(s));
	net_start(&net);
	server_init(&v, &net);
	server_open(&v);
	sender_open(&s, &net, 0);
	s.n = 100;
	s.close_at = 10;
	send_more(&s);
	net_run_until(&net, is_closed, &s);
	assert_int_equal(s.acked, 10);
	server_close(&v);
	server_fini(&v);
	net_stop(&net);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_batch_is_acknowledged_once_within_the_window),
		cmocka_unit_test(test_the_smaller_window_counts),
		cmocka_unit_test(test_batches_wait_for_a_server_that_is_not_there_yet),
		cmocka_unit_test(test_a_restarted_server_gets_unacknowledged_batches_again),
		cmocka_unit_test(test_lost_acknowledgements_are_asked_for_again),
		cmocka_unit_test(test_a_server_that_loses_batches_gets_them_until_it_answers),
		cmocka_unit_test(
			test_what_is_sent_while_nobody_is_there_does_not_overtake_what_was_lost),
		cmocka_unit_test(test_a_second_acknowledgement_is_ignored),
		cmocka_unit_test(test_acknowledgements_may_come_out_of_order),
		cmocka_unit_test(test_what_no_server_takes_is_refused_at_once),
		cmocka_unit_test(test_a_server_of_another_protocol_is_reported),
		cmocka_unit_test(test_a_producer_closes_in_its_callback),
	};

	return cmocka_run_group_tests_name("producer", tests, NULL, NULL);
}
