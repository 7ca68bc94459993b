/* The reading side of the stream protocol (docs/adr/0003-one-stream-protocol.md).
 *
 * There is one position: what was taken. Messages come in order over one connection, so a message that begins after it,
 * or a Progress beyond it, means that something was lost on the way; the reader then opens a new session from there.
 * What comes again is recognised by its position and passed over.
 *
 * When the consumer has no room the message is kept, and the socket is not read: what follows waits in ZeroMQ's queue,
 * which the credit bounds. */
#include "common/io/stream.h"

#include <assert.h>
#include <string.h>

#include "common/io/clock.h"
#include "common/io/stream_filter.h"

#define CREDIT_DEFAULT 16384
#define CREDIT_MAX     (1 << 20)
#define SPARE_MESSAGES 1024 /* in the queue besides records: signs of life */
#define QUOTA	       8    /* messages per loop turn; one may hold a megabyte */
#define RESYNC_MS      100  /* least time between two sessions */
#define ARENA_MAX      ((size_t)64 * 1024 * 1024)

struct stream_reader {
	uv_loop_t *loop;
	struct bus_socket *socket;
	struct stream_reader_options options;
	char log[64];
	struct stream_filter filter;
	uint64_t session;
	uint64_t taken;	 /* position after the last unit taken */
	uint64_t asked;	 /* position of the last Read that was sent */
	uint64_t end;	 /* the log's end as last told */
	bool at_end;	 /* on_end has run since the last unit */
	bool ask_due;	 /* a Read could not be sent */
	bool resync_due; /* a new session waits for its time */
	bool stopped;	 /* refused, or the consumer failed */
	bool closing;
	bool delivering;
	bool heard;	    /* anything, ever */
	uint64_t heard_ms;  /* of the loop's clock */
	uint64_t resync_ms; /* when the session began */
	uv_timer_t keepalive;
	struct buf scratch;
	struct arena arena; /* the message at hand */

	/* The message at hand, while it is delivered or kept for a consumer without room. */
	bool held;
	zmq_msg_t body;
	const uint32_t *sizes, *counts;
	size_t n_units, next_unit, offset;
	uint64_t position; /* of the next unit's first record */
};

/* ---- asking ----------------------------------------------------------------------------------------------- */

static void ask(struct stream_reader *r)
{
	struct frame f = { .kind = FRAME_READ };
	struct span bytes;

	f.u.read.session = r->session;
	f.u.read.position = r->taken;
	f.u.read.credit = r->options.credit;
	f.u.read.log = str_from(r->log);
	f.u.read.filter = r->filter.filter;
	buf_reset(&r->scratch);
	r->ask_due = true;
	if (frame_encode(&f, &r->scratch) != 0)
		return;
	bytes = buf_span(&r->scratch);
	if (bus_send(r->socket, NULL, &bytes, 1) != 0)
		return;
	r->ask_due = false;
	r->asked = r->taken;
}

/* Half the window is used up: open it again, so that the server need not wait. */
static void give_credit(struct stream_reader *r)
{
	if (r->taken - r->asked >= (r->options.credit + 1) / 2)
		ask(r);
}

/* Something was lost on the way: from the last unit taken, in a new session. */
static void resync(struct stream_reader *r)
{
	uint64_t now = uv_now(r->loop);

	if (now - r->resync_ms < RESYNC_MS) {
		r->resync_due = true; /* with the next sign of life */
		return;
	}
	r->resync_due = false;
	r->resync_ms = now;
	r->session++;
	ask(r);
}

static void on_keepalive(uv_timer_t *h)
{
	struct stream_reader *r = h->data;

	if (r->stopped)
		return;
	if (r->resync_due)
		resync(r);
	else
		ask(r);
}

static void on_writable(void *ctx, struct bus_socket *socket)
{
	struct stream_reader *r = ctx;

	(void)socket;
	if (r->ask_due && !r->stopped)
		ask(r);
}

/* ---- delivering ------------------------------------------------------------------------------------------- */

static void stop(struct stream_reader *r)
{
	r->stopped = true;
	(void)uv_timer_stop(&r->keepalive);
}

static void look_for_end(struct stream_reader *r)
{
	if (r->at_end || r->taken != r->end)
		return;
	r->at_end = true;
	if (r->options.on_end != NULL)
		r->options.on_end(r->options.ctx, r->end);
}

/* One unit to the consumer. An entry of size 0 stands for records that the filter left out. */
static int deliver_unit(struct stream_reader *r, const uint8_t *body)
{
	uint32_t size = r->sizes[r->next_unit], count = r->counts[r->next_unit];
	uint64_t end = r->position + count;
	int rc = 0;

	if (end > r->taken && size > 0)
		rc = r->options.on_unit(r->options.ctx, (struct span){ body + r->offset, size },
			r->position, count);
	if (rc != 0 || r->closing)
		return rc;
	if (end > r->taken) {
		r->taken = end;
		r->at_end = false;
	}
	r->position = end;
	r->offset += size;
	r->next_unit++;
	return 0;
}

/* Delivers from the message at hand. Returns true when it is done with. */
static bool deliver(struct stream_reader *r)
{
	const uint8_t *body = zmq_msg_data(&r->body);
	int rc = 0;

	r->delivering = true;
	while (rc == 0 && r->next_unit < r->n_units && !r->closing)
		rc = deliver_unit(r, body);
	r->delivering = false;
	if (r->closing)
		return true;
	if (rc == ERR_AGAIN) {
		give_credit(r);
		return false;
	}
	if (rc != 0) {
		stop(r);
		return true;
	}
	give_credit(r);
	look_for_end(r);
	return true;
}

static bool is_well_formed(const struct frame *f, size_t body_size)
{
	uint64_t bytes = 0, records = 0;

	for (size_t i = 0; i < f->u.records.n_units; i++) {
		if (f->u.records.unit_counts[i] == 0)
			return false;
		bytes += f->u.records.unit_sizes[i];
		records += f->u.records.unit_counts[i];
	}
	return bytes == body_size && f->u.records.next_position >= f->u.records.first_position &&
	       records == f->u.records.next_position - f->u.records.first_position;
}

static void on_records(struct stream_reader *r, const struct frame *f, struct bus_message *m)
{
	if (m->n_frames != 2 || !is_well_formed(f, bus_frame(m, 1).n) ||
		f->u.records.first_position > r->taken) {
		resync(r);
		return;
	}
	r->end = f->u.records.end_position;
	r->sizes = f->u.records.unit_sizes;
	r->counts = f->u.records.unit_counts;
	r->n_units = f->u.records.n_units;
	r->next_unit = 0;
	r->offset = 0;
	r->position = f->u.records.first_position;
	(void)zmq_msg_move(&r->body, &m->frames[1]);
	if (deliver(r))
		return;
	r->held = true;
	bus_pause(r->socket, true);
}

static void on_progress(struct stream_reader *r, const struct frame *f)
{
	r->end = f->u.progress.end_position;
	if (f->u.progress.position > r->taken)
		resync(r);
	else
		look_for_end(r);
}

static void refused(struct stream_reader *r, struct str reason, struct str detail, uint64_t first)
{
	stop(r);
	if (r->options.on_refused != NULL)
		r->options.on_refused(r->options.ctx, reason, detail, first);
}

static uint64_t session_of(const struct frame *f)
{
	return f->kind == FRAME_RECORDS	   ? f->u.records.session
	       : f->kind == FRAME_PROGRESS ? f->u.progress.session
	       : f->kind == FRAME_REFUSED  ? f->u.refused.session
					   : 0;
}

static void on_message(void *ctx, struct bus_socket *socket, struct bus_message *m)
{
	struct stream_reader *r = ctx;
	struct frame f;

	(void)socket;
	if (r->stopped)
		return;
	arena_reset(&r->arena);
	r->heard = true;
	r->heard_ms = uv_now(r->loop);
	if (m->n_frames == 0 || frame_decode(bus_frame(m, 0), &r->arena, &f, NULL) != 0)
		return;
	if (f.kind == FRAME_FAILURE)
		refused(r, f.u.failure.reason, f.u.failure.detail, 0);
	if (session_of(&f) != r->session)
		return; /* of a session that was given up */
	if (f.kind == FRAME_RECORDS)
		on_records(r, &f, m);
	else if (f.kind == FRAME_PROGRESS)
		on_progress(r, &f);
	else if (!str_eq(f.u.refused.reason, STR("busy"))) /* that one is asked again */
		refused(r, f.u.refused.reason, f.u.refused.detail, f.u.refused.first_position);
}

void stream_reader_resume(struct stream_reader *r)
{
	if (!r->held || r->delivering || r->stopped)
		return;
	r->held = false;
	if (!deliver(r)) {
		r->held = true;
		return;
	}
	if (r->closing)
		return;
	r->heard_ms = uv_now(r->loop); /* it was we who did not listen */
	bus_pause(r->socket, false);
}

/* ---- opening, closing, asking about ----------------------------------------------------------------------- */

static int open_socket(struct stream_reader *r, struct bus *bus, struct err *e)
{
	struct bus_options o = { .type = ZMQ_DEALER,
		.max_message = WIRE_BODY_MAX,
		.high_water = (int)r->options.credit + SPARE_MESSAGES,
		.quota = QUOTA,
		.on_message = on_message,
		.on_writable = on_writable,
		.ctx = r };
	int rc = bus_open(bus, &o, &r->socket, e);

	if (rc == 0)
		rc = bus_connect(r->socket, r->options.endpoint, e);
	if (rc != 0)
		bus_close(&r->socket);
	return rc;
}

static void free_reader(struct stream_reader *r)
{
	(void)zmq_msg_close(&r->body);
	stream_filter_fini(&r->filter);
	buf_fini(&r->scratch);
	arena_fini(&r->arena);
	mem_free(&mem_heap, r, sizeof(*r));
}

static void set_defaults(struct stream_reader_options *o)
{
	if (o->credit == 0)
		o->credit = CREDIT_DEFAULT;
	if (o->credit > CREDIT_MAX)
		o->credit = CREDIT_MAX;
	if (o->keepalive_ms == 0)
		o->keepalive_ms = STREAM_KEEPALIVE_MS;
}

int stream_reader_create(struct bus *bus, uv_loop_t *loop,
	const struct stream_reader_options *options, struct stream_reader **ret_r, struct err *e)
{
	struct stream_reader *r;
	int rc;

	if (strlen(options->log) >= sizeof(r->log))
		return err_set(e, ERR_INVALID, "%s is no log", options->log);
	r = mem_zalloc(&mem_heap, sizeof(*r));
	if (r == NULL)
		return err_set(e, ERR_NOMEM, "reader of %s", options->log);
	r->loop = loop;
	r->options = *options;
	set_defaults(&r->options);
	memcpy(r->log, options->log, strlen(options->log) + 1);
	r->session = clock_mono_ns();
	r->taken = r->asked = r->end = options->position;
	r->heard_ms = uv_now(loop);
	buf_init(&r->scratch, &mem_heap, WIRE_FRAME_MAX);
	arena_init(&r->arena, &mem_heap, ARENA_MAX);
	(void)zmq_msg_init(&r->body);
	rc = stream_filter_init(&r->filter, options->filter);
	if (rc != 0)
		rc = err_set(e, rc, "filter of at most %d entries", WIRE_FILTER_MAX);
	if (rc == 0)
		rc = open_socket(r, bus, e);
	if (rc != 0) {
		free_reader(r);
		return rc;
	}
	r->options.endpoint = r->options.log = NULL; /* not kept */
	r->options.filter = NULL;
	(void)uv_timer_init(loop, &r->keepalive);
	r->keepalive.data = r;
	(void)uv_timer_start(
		&r->keepalive, on_keepalive, r->options.keepalive_ms, r->options.keepalive_ms);
	ask(r);
	*ret_r = r;
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	free_reader(h->data);
}

void stream_reader_close(struct stream_reader **pr)
{
	struct stream_reader *r = *pr;

	if (r == NULL)
		return;
	*pr = NULL;
	r->closing = r->stopped = true;
	bus_close(&r->socket);
	uv_close((uv_handle_t *)&r->keepalive, on_closed);
}

uint64_t stream_reader_position(const struct stream_reader *r)
{
	return r->taken;
}

uint64_t stream_reader_end(const struct stream_reader *r)
{
	return r->end;
}

uint64_t stream_reader_silence_ms(const struct stream_reader *r)
{
	if (!r->heard)
		return UINT64_MAX;
	return r->held ? 0 : uv_now(r->loop) - r->heard_ms;
}
