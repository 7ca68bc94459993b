/* The serving side of the stream protocol (docs/adr/0003-one-stream-protocol.md).
 *
 * A reader is a row in a table. What it may get lies between `sent` and the smaller of its limit and the log's end;
 * whoever has something to get is served in turn, one message each, and a turn of the loop sends a bounded amount:
 *
 *   waiting --records committed, or credit--> served --sent all--> waiting
 *                                             served --socket full--> blocked --writable--> served
 */
#include "common/io/stream.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/io/log.h"
#include "common/io/stream_filter.h"

#define UNITS_PER_MESSAGE 4096
#define UNITS_LOOKED_AT	  1024 /* with a filter: units decoded for one message */
#define MESSAGE_BYTES	  ((size_t)1024 * 1024)
#define TURN_MESSAGES	  8
#define TURN_BYTES	  ((size_t)2 * 1024 * 1024)
#define SWEEP_MS	  1000
#define EVICT_MS	  3000 /* a full table: who is silent for so long makes room */
#define TOLD_NOTHING	  UINT64_MAX

struct reader {
	struct bus_peer peer;
	struct stream_filter filter;
	uint64_t session;
	uint64_t sent;	/* position after what was sent or passed over */
	uint64_t limit; /* send units that begin before it */
	uint64_t told;	/* the log's end as this reader knows it has reached it, or TOLD_NOTHING */
	uint64_t heard_ms; /* of the loop's clock */
	bool owed;	   /* a Progress, in answer to a Read */
	bool blocked;	   /* the socket did not take the last message */
};

struct stream_server {
	uv_loop_t *loop;
	struct stream_server_options options;
	uv_idle_t more;	  /* active while readers could be served */
	uv_timer_t sweep; /* forgets the silent */
	unsigned n_open;  /* handles */
	size_t n_readers;
	size_t turn; /* whose turn it is */
	struct buf head, body;
	struct reader readers[STREAM_READERS_MAX];
	uint32_t sizes[UNITS_PER_MESSAGE];
	uint32_t counts[UNITS_PER_MESSAGE];
};

/* ---- the table of readers --------------------------------------------------------------------------------- */

static struct reader *find_reader(struct stream_server *s, const struct bus_peer *peer)
{
	for (size_t i = 0; i < s->n_readers; i++) {
		struct reader *r = &s->readers[i];

		if (r->peer.n == peer->n && memcmp(r->peer.id, peer->id, peer->n) == 0)
			return r;
	}
	return NULL;
}

static void forget_reader(struct stream_server *s, struct reader *r)
{
	struct reader *last = &s->readers[s->n_readers - 1];

	stream_filter_fini(&r->filter);
	if (r != last)
		*r = *last;
	memset(last, 0, sizeof(*last));
	s->n_readers--;
}

static void forget_silent(struct stream_server *s, uint64_t silence_ms)
{
	uint64_t now = uv_now(s->loop);

	for (size_t i = s->n_readers; i-- > 0;)
		if (now - s->readers[i].heard_ms > silence_ms)
			forget_reader(s, &s->readers[i]);
}

static struct reader *add_reader(struct stream_server *s, const struct bus_peer *peer)
{
	struct reader *r;

	if (s->n_readers == STREAM_READERS_MAX)
		forget_silent(s, EVICT_MS);
	if (s->n_readers == STREAM_READERS_MAX)
		return NULL;
	r = &s->readers[s->n_readers++];
	memset(r, 0, sizeof(*r));
	r->peer = *peer;
	return r;
}

/* ---- messages --------------------------------------------------------------------------------------------- */

static int send_head(struct stream_server *s, const struct bus_peer *peer, const struct frame *f)
{
	struct span bytes;
	int rc;

	buf_reset(&s->head);
	rc = frame_encode(f, &s->head);
	if (rc != 0)
		return rc;
	bytes = buf_span(&s->head);
	return bus_send(s->options.socket, peer, &bytes, 1);
}

/* Not repeated when the socket is full: the reader asks again within a second. */
static void refuse(struct stream_server *s, const struct bus_peer *peer, uint64_t session,
	const char *reason, const char *detail)
{
	struct frame f = { .kind = FRAME_REFUSED };

	f.u.refused.session = session;
	f.u.refused.reason = str_from(reason);
	f.u.refused.detail = str_from(detail);
	f.u.refused.first_position = store_first(s->options.store);
	f.u.refused.end_position = store_end(s->options.store);
	(void)send_head(s, peer, &f);
}

/* Looks after a send's result. Returns false when the reader is gone and its row with it. */
static bool settle(struct stream_server *s, struct reader *r, int rc)
{
	if (rc == ERR_NOTFOUND) {
		forget_reader(s, r);
		return false;
	}
	r->blocked = rc != 0; /* other failures are tried again with the next sweep */
	return true;
}

static void send_progress(struct stream_server *s, struct reader *r, uint64_t end)
{
	struct frame f = { .kind = FRAME_PROGRESS };
	int rc;

	f.u.progress.session = r->session;
	f.u.progress.position = r->sent;
	f.u.progress.end_position = end;
	rc = send_head(s, &r->peer, &f);
	if (!settle(s, r, rc) || rc != 0)
		return;
	r->owed = false;
	r->told = r->sent == end ? end : TOLD_NOTHING;
}

/* Leaves out the units that do not pass: runs of them become one entry of size 0. Returns the entries left. */
static size_t filter_units(struct stream_server *s, const struct reader *r, size_t n)
{
	size_t kept = 0;
	uint8_t *from = s->body.p, *to = s->body.p;

	for (size_t i = 0; i < n; i++) {
		struct span unit = { from, s->sizes[i] };
		uint32_t count = s->counts[i];

		from += unit.n;
		if (s->options.passes(s->options.ctx, &r->filter.filter, unit)) {
			memmove(to, unit.p, unit.n);
			to += unit.n;
			s->sizes[kept] = (uint32_t)unit.n;
			s->counts[kept++] = count;
		} else if (kept > 0 && s->sizes[kept - 1] == 0 &&
			   s->counts[kept - 1] <= UINT32_MAX - count) {
			s->counts[kept - 1] += count;
		} else {
			s->sizes[kept] = 0;
			s->counts[kept++] = count;
		}
	}
	s->body.n = (size_t)(to - s->body.p);
	return kept;
}

static int send_records(struct stream_server *s, const struct reader *r, const struct frame *f)
{
	zmq_msg_t body;
	int rc;

	buf_reset(&s->head);
	rc = frame_encode(f, &s->head);
	if (rc != 0)
		return rc;
	if (zmq_msg_init_size(&body, s->body.n) != 0)
		return ERR_NOMEM;
	if (s->body.n > 0)
		memcpy(zmq_msg_data(&body), s->body.p, s->body.n);
	return bus_send_body(s->options.socket, &r->peer, buf_span(&s->head), &body);
}

/* Reading failed for good, as far as this reader is concerned. */
static void give_up(struct stream_server *s, struct reader *r, int rc, const struct err *e)
{
	char quoted[256];

	if (rc == ERR_NOTFOUND) {
		refuse(s, &r->peer, r->session, "position-gone",
			"retention has dropped these records");
	} else if (rc == ERR_RANGE) {
		refuse(s, &r->peer, r->session, "position-ahead", "the log ends before it");
	} else {
		log_error("log_unreadable", "log=%s position=%llu error=%s", s->options.log,
			(unsigned long long)r->sent, logger_quote(e->text, quoted, sizeof(quoted)));
		refuse(s, &r->peer, r->session, "damaged", e->text);
	}
	forget_reader(s, r);
}

/* Reads what comes next and sends it. Returns the bytes read, a measure of the work. */
static size_t serve_records(struct stream_server *s, struct reader *r, uint64_t end)
{
	bool filtered = r->filter.mem != NULL;
	struct frame f = { .kind = FRAME_RECORDS };
	struct err e = { 0 };
	uint64_t first, next;
	size_t n, work;
	int rc = store_read(s->options.store, r->sent, r->limit - r->sent, MESSAGE_BYTES, &s->body,
		s->sizes, s->counts, filtered ? UNITS_LOOKED_AT : UNITS_PER_MESSAGE, &n, &first,
		&e);

	if (rc == ERR_NOMEM || (rc == 0 && n == 0)) {
		r->blocked = true;
		return 0;
	}
	if (rc != 0) {
		give_up(s, r, rc, &e);
		return 0;
	}
	next = first;
	for (size_t i = 0; i < n; i++)
		next += s->counts[i];
	work = s->body.n;
	if (filtered)
		n = filter_units(s, r, n);
	f.u.records.session = r->session;
	f.u.records.first_position = first;
	f.u.records.next_position = next;
	f.u.records.end_position = end > next ? end : next;
	f.u.records.n_units = n;
	f.u.records.unit_sizes = s->sizes;
	f.u.records.unit_counts = s->counts;
	rc = send_records(s, r, &f);
	if (settle(s, r, rc) && rc == 0) {
		r->sent = next;
		r->owed = false;
		r->told = next >= end ? next : TOLD_NOTHING;
	}
	return work;
}

/* ---- serving ---------------------------------------------------------------------------------------------- */

static bool may_send(const struct reader *r, uint64_t end)
{
	return r->sent < r->limit && r->sent < end;
}

static bool has_work(const struct reader *r, uint64_t end)
{
	return !r->blocked && (may_send(r, end) || r->owed || (r->sent == end && r->told != end));
}

/* The next reader in turn that has work, or NULL. */
static struct reader *next_reader(struct stream_server *s, uint64_t end)
{
	for (size_t i = 0; i < s->n_readers; i++) {
		struct reader *r = &s->readers[s->turn++ % s->n_readers];

		if (has_work(r, end))
			return r;
	}
	return NULL;
}

static void on_more(uv_idle_t *h);

/* Sends a bounded amount, and arranges for another turn when there is more. */
static void serve(struct stream_server *s)
{
	uint64_t end = store_end(s->options.store);
	size_t work = 0;
	struct reader *r = NULL;

	for (int i = 0; i < TURN_MESSAGES && work < TURN_BYTES; i++) {
		r = next_reader(s, end);
		if (r == NULL)
			break;
		if (may_send(r, end))
			work += serve_records(s, r, end);
		else
			send_progress(s, r, end);
	}
	if (r != NULL)
		(void)uv_idle_start(&s->more, on_more);
	else
		(void)uv_idle_stop(&s->more);
}

static void on_more(uv_idle_t *h)
{
	serve(h->data);
}

/* At once when the loop is not on it already: the amount sent in a turn stays bounded whoever calls how often. */
static void serve_soon(struct stream_server *s)
{
	if (!uv_is_active((uv_handle_t *)&s->more))
		serve(s);
}

static void unblock(struct stream_server *s)
{
	for (size_t i = 0; i < s->n_readers; i++)
		s->readers[i].blocked = false;
	serve_soon(s);
}

static void on_sweep(uv_timer_t *h)
{
	struct stream_server *s = h->data;

	forget_silent(s, s->options.silence_ms);
	unblock(s);
}

/* ---- interface -------------------------------------------------------------------------------------------- */

/* Why a Read cannot be served, or NULL. */
static const char *check_read(
	struct stream_server *s, const struct frame *f, const char **ret_detail)
{
	uint64_t position = f->u.read.position;

	if (!str_eq(f->u.read.log, str_from(s->options.log))) {
		*ret_detail = "this endpoint serves another log";
		return "unknown-log";
	}
	if (!stream_filter_is_empty(&f->u.read.filter) && s->options.passes == NULL) {
		*ret_detail = "this log takes no filter";
		return "bad-filter";
	}
	if (position > store_end(s->options.store)) {
		*ret_detail = "the log ends before it";
		return "position-ahead";
	}
	if (position < store_first(s->options.store)) {
		*ret_detail = "retention has dropped these records";
		return "position-gone";
	}
	return NULL;
}

/* A new session, of a reader known or not. Returns NULL when it was refused. */
static struct reader *start_session(struct stream_server *s, struct reader *r,
	const struct bus_peer *peer, const struct frame *f)
{
	const char *detail = "too many readers, or out of memory";
	const char *reason = check_read(s, f, &detail);
	struct stream_filter filter = { .mem = NULL };

	if (reason == NULL && r == NULL)
		r = add_reader(s, peer);
	if (reason == NULL && (r == NULL || stream_filter_init(&filter, &f->u.read.filter) != 0))
		reason = "busy";
	if (reason != NULL) {
		refuse(s, peer, f->u.read.session, reason, detail);
		if (r != NULL)
			forget_reader(s, r);
		return NULL;
	}
	stream_filter_fini(&r->filter);
	r->filter = filter;
	r->session = f->u.read.session;
	r->sent = f->u.read.position;
	r->limit = f->u.read.position;
	r->told = TOLD_NOTHING;
	return r;
}

void stream_server_on_read(
	struct stream_server *s, const struct bus_peer *peer, const struct frame *f)
{
	struct reader *r = find_reader(s, peer);
	uint64_t position = f->u.read.position;
	uint64_t limit =
		position > UINT64_MAX - f->u.read.credit ? UINT64_MAX : position + f->u.read.credit;

	assert(f->kind == FRAME_READ);
	if (r == NULL || r->session != f->u.read.session)
		r = start_session(s, r, peer, f);
	if (r == NULL)
		return;
	r->heard_ms = uv_now(s->loop);
	if (limit > r->limit)
		r->limit = limit;
	else
		r->owed = true;
	serve_soon(s);
}

void stream_server_wake(struct stream_server *s)
{
	serve_soon(s);
}

void stream_server_on_writable(struct stream_server *s)
{
	unblock(s);
}

size_t stream_server_readers(const struct stream_server *s)
{
	return s->n_readers;
}

int stream_server_create(uv_loop_t *loop, const struct stream_server_options *options,
	struct stream_server **ret_s, struct err *e)
{
	struct stream_server *s = mem_zalloc(&mem_heap, sizeof(*s));
	uint64_t sweep_ms;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "stream of %s", options->log);
	s->loop = loop;
	s->options = *options;
	if (s->options.silence_ms == 0)
		s->options.silence_ms = STREAM_SILENCE_MS;
	buf_init(&s->head, &mem_heap, WIRE_FRAME_MAX);
	buf_init(&s->body, &mem_heap, WIRE_BODY_MAX);
	(void)uv_idle_init(loop, &s->more);
	(void)uv_timer_init(loop, &s->sweep);
	s->more.data = s->sweep.data = s;
	s->n_open = 2;
	sweep_ms = s->options.silence_ms < SWEEP_MS ? s->options.silence_ms : SWEEP_MS;
	(void)uv_timer_start(&s->sweep, on_sweep, sweep_ms, sweep_ms);
	*ret_s = s;
	return 0;
}

static void on_closed(uv_handle_t *h)
{
	struct stream_server *s = h->data;

	if (--s->n_open > 0)
		return;
	while (s->n_readers > 0)
		forget_reader(s, &s->readers[0]);
	buf_fini(&s->head);
	buf_fini(&s->body);
	mem_free(&mem_heap, s, sizeof(*s));
}

void stream_server_close(struct stream_server **ps)
{
	struct stream_server *s = *ps;

	if (s == NULL)
		return;
	*ps = NULL;
	uv_close((uv_handle_t *)&s->more, on_closed);
	uv_close((uv_handle_t *)&s->sweep, on_closed);
}
