/* Batches have consecutive numbers, and those not acknowledged stand in a ring:
 *
 *        base ................ cursor ............. next
 *        sent, not acknowledged    waiting to be sent
 *
 * Sending again moves the cursor back to base; so it does when the connection is lost, because what is still in
 * the queue of a lost connection is gone, and what was not sent yet must not overtake it: ingestion logs batches in the
 * order in which they come. A batch is acknowledged out of order when it was refused as a whole;
 * then its slot stays as a hole until base has passed it. */
#include "common/io/producer.h"

#include <assert.h>
#include <string.h>

#define NAME_MAX_BYTES 256
#define WINDOW_MAX     (1u << 20) /* events, whatever anybody asks for */
#define BACKOFF	       8
#define RING_MIN       64
#define BATCHES_MAX    4096 /* not acknowledged */
#define HIGH_WATER                                                                                 \
	(2 * BATCHES_MAX +                                                                         \
		512) /* so that a full queue is rare and a lost connection is not taken for it */
#define ARENA_MAX ((size_t)4 * 1024 * 1024)

struct slot {
	zmq_msg_t bytes; /* shares its content with the copies that were sent */
	uint32_t n_events;
	enum wire_content content;
	bool open; /* not acknowledged; `bytes` is valid */
};

struct producer {
	uv_loop_t *loop;
	struct bus_socket *socket;
	struct producer_options options;
	char name[NAME_MAX_BYTES + 1];
	struct producer_limits limits;
	struct producer_stats stats;
	struct slot *ring;
	size_t cap; /* a power of two */
	uint64_t base, cursor, next;
	uint32_t in_flight;			    /* events */
	uint64_t heard_ms, greeted_ms, progress_ms; /* of the loop's clock */
	uint64_t tick_ms, ticked_ms;		    /* how often the timer runs, and when it did */
	bool was_away;
	uint64_t wait_ms; /* without progress before everything is sent again */
	uint64_t cuts;	  /* of the socket, as of the last look */
	bool hello_due;	  /* could not be sent */
	bool welcome;
	bool lost_sight; /* greeted after a silence: the answer means that batches may be lost */
	bool want_write;
	bool closing;
	uv_timer_t timer;
	struct buf head;
	struct arena arena;
};

static struct slot *slot_of(const struct producer *p, uint64_t batch)
{
	return &p->ring[batch & (p->cap - 1)];
}

/* ---- sending ---------------------------------------------------------------------------------------------- */

static void send_hello(struct producer *p)
{
	struct frame f = { .kind = FRAME_HELLO };
	struct span bytes;

	f.u.hello.producer = str_from(p->name);
	p->hello_due = true;
	p->greeted_ms = uv_now(p->loop);
	buf_reset(&p->head);
	if (frame_encode(&f, &p->head) != 0)
		return;
	bytes = buf_span(&p->head);
	if (bus_send(p->socket, NULL, &bytes, 1) == 0)
		p->hello_due = false;
}

static int send_slot(struct producer *p, uint64_t batch)
{
	struct frame f = { .kind = FRAME_PUBLISH };
	zmq_msg_t body;
	int rc;

	f.u.publish.batch = batch;
	if (slot_of(p, batch)->content != CONTENT_EVENT_BATCH)
		f.u.publish.content_type = content_name(slot_of(p, batch)->content);
	buf_reset(&p->head);
	rc = frame_encode(&f, &p->head);
	if (rc != 0)
		return rc;
	(void)zmq_msg_init(&body);
	if (zmq_msg_copy(&body, &slot_of(p, batch)->bytes) != 0) {
		(void)zmq_msg_close(&body);
		return ERR_NOMEM;
	}
	return bus_send_body(p->socket, NULL, buf_span(&p->head), &body);
}

static void rewind_to_base(struct producer *p)
{
	for (uint64_t b = p->base; b < p->cursor; b++)
		p->stats.resent += slot_of(p, b)->open ? 1 : 0;
	p->cursor = p->base;
	p->progress_ms = uv_now(p->loop);
}

/* After a cut the server may not have what was sent, nor know who is calling. */
static void look_for_cut(struct producer *p)
{
	struct bus_stats stats;

	bus_stats_get(p->socket, &stats);
	if (stats.cuts == p->cuts)
		return;
	p->cuts = stats.cuts;
	p->hello_due = true;
	p->lost_sight = false;
	rewind_to_base(p);
}

/* As much as the socket takes; the rest goes when it can send again, or with the timer. */
static void send_waiting(struct producer *p)
{
	look_for_cut(p);
	if (p->hello_due)
		send_hello(p);
	for (; p->cursor < p->next; p->cursor++)
		if (slot_of(p, p->cursor)->open && send_slot(p, p->cursor) != 0)
			return;
}

static void send_again(struct producer *p)
{
	rewind_to_base(p);
	send_waiting(p);
}

static void on_writable(void *ctx, struct bus_socket *s)
{
	(void)s;
	send_waiting(ctx);
}

/* ---- the window ------------------------------------------------------------------------------------------- */

static uint32_t window_of(const struct producer *p)
{
	uint32_t window = p->limits.window_events;

	if (p->options.window_events > 0 && p->options.window_events < window)
		window = p->options.window_events;
	return window < WINDOW_MAX ? window : WINDOW_MAX;
}

/* Doubles the ring, so that the slot of `next` is free. */
static int grow(struct producer *p)
{
	size_t cap = p->cap == 0 ? RING_MIN : p->cap * 2;
	struct slot *ring;

	if (p->next - p->base < p->cap)
		return 0;
	ring = mem_zalloc(&mem_heap, cap * sizeof(*ring));
	if (ring == NULL)
		return ERR_NOMEM;
	for (uint64_t b = p->base; b < p->next; b++) {
		struct slot *from = slot_of(p, b), *to = &ring[b & (cap - 1)];

		to->n_events = from->n_events;
		to->content = from->content;
		to->open = from->open;
		if (!from->open)
			continue;
		(void)zmq_msg_init(&to->bytes);
		(void)zmq_msg_move(&to->bytes, &from->bytes);
		(void)zmq_msg_close(&from->bytes);
	}
	mem_free(&mem_heap, p->ring, p->cap * sizeof(*ring));
	p->ring = ring;
	p->cap = cap;
	return 0;
}

int producer_send(struct producer *p, struct span batch, uint32_t n_events, uint64_t *ret_batch)
{
	return producer_send_as(p, CONTENT_EVENT_BATCH, batch, n_events, ret_batch);
}

int producer_send_as(struct producer *p, enum wire_content content, struct span batch,
	uint32_t n_events, uint64_t *ret_batch)
{
	struct slot *slot;

	if (n_events == 0 || batch.n == 0)
		return ERR_INVALID;
	if (n_events > p->limits.batch_events || batch.n > p->limits.batch_bytes)
		return ERR_FULL;
	/* A single batch may be larger than the window. */
	if ((p->in_flight > 0 && (uint64_t)p->in_flight + n_events > window_of(p)) ||
		p->next - p->base >= BATCHES_MAX) {
		p->want_write = true;
		return ERR_AGAIN;
	}
	if (grow(p) != 0)
		return ERR_NOMEM;
	slot = slot_of(p, p->next);
	if (zmq_msg_init_size(&slot->bytes, batch.n) != 0)
		return ERR_NOMEM;
	memcpy(zmq_msg_data(&slot->bytes), batch.p, batch.n);
	slot->n_events = n_events;
	slot->content = content;
	slot->open = true;
	if (p->in_flight == 0)
		p->progress_ms = uv_now(p->loop);
	p->in_flight += n_events;
	p->stats.batches++;
	if (ret_batch != NULL)
		*ret_batch = p->next;
	p->next++;
	send_waiting(p);
	return 0;
}

/* ---- answers ---------------------------------------------------------------------------------------------- */

static void on_welcome(struct producer *p, const struct frame *f)
{
	if (f->u.welcome.max_batch_events > 0)
		p->limits.batch_events = f->u.welcome.max_batch_events;
	if (f->u.welcome.max_batch_bytes > 0)
		p->limits.batch_bytes = f->u.welcome.max_batch_bytes;
	if (f->u.welcome.window_events > 0)
		p->limits.window_events = f->u.welcome.window_events;
	p->welcome = true;
	if (p->lost_sight)
		send_again(p);
	p->lost_sight = false;
}

static void on_acknowledge(struct producer *p, const struct frame *f)
{
	uint64_t batch = f->u.acknowledge.batch;
	struct slot *slot;

	if (batch < p->base || batch >= p->next || !slot_of(p, batch)->open) {
		p->stats.late_acks++; /* of a batch that was sent twice */
		return;
	}
	slot = slot_of(p, batch);
	slot->open = false;
	(void)zmq_msg_close(&slot->bytes);
	p->in_flight -= slot->n_events;
	p->stats.acknowledged++;
	p->progress_ms = uv_now(p->loop);
	p->wait_ms = p->options.resend_ms;
	while (p->base < p->next && !slot_of(p, p->base)->open)
		p->base++;
	if (p->cursor < p->base)
		p->cursor = p->base;
	p->options.on_ack(p->options.ctx, batch, slot->n_events, f);
	if (p->closing || !p->want_write || p->in_flight >= window_of(p) ||
		p->next - p->base >= BATCHES_MAX)
		return;
	p->want_write = false;
	if (p->options.on_writable != NULL)
		p->options.on_writable(p->options.ctx);
}

static void on_message(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	struct producer *p = ctx;
	struct frame f;

	(void)s;
	p->heard_ms = uv_now(p->loop);
	p->stats.heard++;
	arena_reset(&p->arena);
	if (m->n_frames == 0 || frame_decode(bus_frame(m, 0), &p->arena, &f, NULL) != 0)
		return;
	if (f.kind == FRAME_WELCOME)
		on_welcome(p, &f);
	else if (f.kind == FRAME_ACKNOWLEDGE)
		on_acknowledge(p, &f);
	else if (f.kind == FRAME_FAILURE && p->options.on_failure != NULL)
		p->options.on_failure(p->options.ctx, f.u.failure.reason, f.u.failure.detail);
}

static void on_timer(uv_timer_t *h)
{
	struct producer *p = h->data;
	uint64_t now = uv_now(p->loop);
	uint64_t away_ms = now - p->ticked_ms;
	uint64_t since;
	bool waits = p->in_flight > 0;

	/* When the loop did not run, that is no silence of the server; when it hardly ever runs, it may be. */
	p->ticked_ms = now;
	if (away_ms > 4 * p->tick_ms && !p->was_away) {
		p->was_away = true;
		p->heard_ms = p->progress_ms = now;
		return;
	}
	p->was_away = away_ms > 4 * p->tick_ms;
	since = p->heard_ms > p->progress_ms ? p->heard_ms : p->progress_ms;
	if ((waits || !p->welcome) && now - since >= p->options.hello_ms &&
		now - p->greeted_ms >= p->options.hello_ms) {
		p->lost_sight = waits;
		send_hello(p);
	}
	if (waits && now - p->progress_ms >= p->wait_ms) {
		if (p->wait_ms < p->options.resend_ms * BACKOFF)
			p->wait_ms *= 2;
		send_again(p);
	}
}

/* ---- opening, closing, asking about ----------------------------------------------------------------------- */

static void free_producer(struct producer *p)
{
	for (uint64_t b = p->base; b < p->next; b++)
		if (slot_of(p, b)->open)
			(void)zmq_msg_close(&slot_of(p, b)->bytes);
	mem_free(&mem_heap, p->ring, p->cap * sizeof(*p->ring));
	buf_fini(&p->head);
	arena_fini(&p->arena);
	mem_free(&mem_heap, p, sizeof(*p));
}

static int open_socket(struct producer *p, struct bus *bus, struct err *e)
{
	struct bus_options o = { .type = ZMQ_DEALER,
		.max_message = WIRE_BODY_MAX,
		.high_water = HIGH_WATER,
		.on_message = on_message,
		.on_writable = on_writable,
		.ctx = p };
	int rc = bus_open(bus, &o, &p->socket, e);

	if (rc == 0)
		rc = bus_connect(p->socket, p->options.endpoint, e);
	if (rc != 0)
		bus_close(&p->socket);
	return rc;
}

static void set_up(struct producer *p, uv_loop_t *loop, const struct producer_options *options)
{
	p->loop = loop;
	p->options = *options;
	if (p->options.resend_ms == 0)
		p->options.resend_ms = PRODUCER_RESEND_MS;
	if (p->options.hello_ms == 0)
		p->options.hello_ms = PRODUCER_HELLO_MS;
	p->wait_ms = p->options.resend_ms;
	p->limits = (struct producer_limits){ WIRE_BATCH_EVENTS_MAX, WIRE_BATCH_BYTES_MAX,
		PRODUCER_WINDOW_EVENTS };
	p->base = p->cursor = p->next = 1;
	p->heard_ms = uv_now(loop);
	buf_init(&p->head, &mem_heap, WIRE_FRAME_MAX);
	arena_init(&p->arena, &mem_heap, ARENA_MAX);
}

int producer_create(struct bus *bus, uv_loop_t *loop, const struct producer_options *options,
	struct producer **ret_p, struct err *e)
{
	struct producer *p;
	int rc;

	if (options->name != NULL && strlen(options->name) > NAME_MAX_BYTES)
		return err_set(
			e, ERR_INVALID, "a producer's name of more than %d bytes", NAME_MAX_BYTES);
	p = mem_zalloc(&mem_heap, sizeof(*p));
	if (p == NULL)
		return err_set(e, ERR_NOMEM, "producer");
	set_up(p, loop, options);
	if (options->name != NULL)
		memcpy(p->name, options->name, strlen(options->name));
	rc = open_socket(p, bus, e);
	if (rc != 0) {
		free_producer(p);
		return rc;
	}
	p->options.endpoint = p->options.name = NULL; /* not kept */
	p->tick_ms = (p->options.hello_ms < p->options.resend_ms ? p->options.hello_ms
								 : p->options.resend_ms) /
		     4;
	p->tick_ms = p->tick_ms == 0 ? 1 : p->tick_ms;
	p->ticked_ms = uv_now(loop);
	(void)uv_timer_init(loop, &p->timer);
	p->timer.data = p;
	(void)uv_timer_start(&p->timer, on_timer, p->tick_ms, p->tick_ms);
	send_hello(p);
	*ret_p = p;
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	free_producer(h->data);
}

void producer_close(struct producer **pp)
{
	struct producer *p = *pp;

	if (p == NULL)
		return;
	*pp = NULL;
	p->closing = true;
	bus_close(&p->socket);
	uv_close((uv_handle_t *)&p->timer, on_closed);
}

bool producer_is_idle(const struct producer *p)
{
	return p->in_flight == 0;
}

uint32_t producer_in_flight(const struct producer *p)
{
	return p->in_flight;
}

bool producer_is_welcome(const struct producer *p)
{
	return p->welcome;
}

uint64_t producer_silence_ms(const struct producer *p)
{
	return uv_now(p->loop) - p->heard_ms;
}

void producer_limits_get(const struct producer *p, struct producer_limits *ret)
{
	*ret = p->limits;
	ret->window_events = window_of(p);
}

void producer_stats_get(const struct producer *p, struct producer_stats *ret)
{
	*ret = p->stats;
}
