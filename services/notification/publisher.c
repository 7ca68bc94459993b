#include "services/notification/publisher.h"

#include <stdio.h>

#include "common/io/log.h"
#include "common/wire/frame.h"

#define TOPIC_MAX	 1024
#define MESSAGE_MAX	 ((size_t)256 * 1024)
#define SUBSCRIPTION_MAX 512   /* bytes; ZeroMQ keeps some 40 bytes for each of them */
#define HIGH_WATER	 10000 /* messages kept for a slow subscriber before it loses some */

struct recent {
	char partner[EVENT_PARTNER_MAX];
	uint8_t n;
	uint64_t sequence;
};

struct publisher {
	struct publisher_options options;
	struct bus_socket *socket;
	uv_timer_t heartbeat;
	uint64_t end_position, sent;
	/* The newest alerts' partners, round and round; a partner may stand in it several times, the later counts. */
	struct recent recent[PUBLISHER_RECENT_MAX];
	size_t n_recent, next_recent;
	struct buf out;
};

static void on_heartbeat(uv_timer_t *timer)
{
	struct publisher *p = timer->data;
	struct wire_topic_end ends[PUBLISHER_RECENT_MAX];
	struct span frames[2];
	size_t start = p->n_recent < PUBLISHER_RECENT_MAX ? 0 : p->next_recent;

	for (size_t i = 0; i < p->n_recent; i++) {
		const struct recent *r = &p->recent[(start + i) % PUBLISHER_RECENT_MAX];

		ends[i] = (struct wire_topic_end){ { r->partner, r->n }, r->sequence };
	}
	buf_reset(&p->out);
	if (wire_encode_heartbeat(p->end_position, p->options.event_position(p->options.ctx), ends,
		    p->n_recent, &p->out) != 0)
		return;
	frames[0] = (struct span){ "heartbeat", 9 };
	frames[1] = buf_span(&p->out);
	(void)bus_send(p->socket, NULL, frames, 2);
}

/* Subscriptions arrive as messages on an XPUB; there is nothing to decide on them. */
static void on_subscription(void *ctx, struct bus_socket *s, struct bus_message *m)
{
	(void)ctx;
	(void)s;
	(void)m;
}

static int open_socket(struct publisher *p, struct bus *bus, struct err *e)
{
	struct bus_options o = { .type = ZMQ_XPUB,
		.max_message = SUBSCRIPTION_MAX,
		.high_water = HIGH_WATER,
		.linger_ms = 200,
		.on_message = on_subscription,
		.ctx = p };
	int rc = buf_add(&p->out, "welcome", 7);

	if (rc == 0)
		rc = wire_encode_pub_welcome(
			str_from(p->options.feed), p->options.end_position, &p->out);
	if (rc != 0)
		return err_set(e, rc, "cannot make the welcome message: %s", err_text(rc));
	o.welcome = buf_span(&p->out);
	rc = bus_open(bus, &o, &p->socket, e);
	return rc != 0 ? rc : bus_bind(p->socket, p->options.endpoint, e);
}

static void on_closed(uv_handle_t *handle)
{
	struct publisher *p = handle->data;

	buf_fini(&p->out);
	mem_free(&mem_heap, p, sizeof *p);
}

void publisher_close(struct publisher **pp)
{
	struct publisher *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	if (p->socket != NULL)
		bus_close(&p->socket);
	uv_close((uv_handle_t *)&p->heartbeat, on_closed);
}

int publisher_create(uv_loop_t *loop, struct bus *bus, const struct publisher_options *options,
	struct publisher **ret_p, struct err *e)
{
	struct publisher *p = mem_zalloc(&mem_heap, sizeof *p);
	int rc;

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the publisher");
	p->options = *options;
	p->end_position = options->end_position;
	buf_init(&p->out, &mem_heap, MESSAGE_MAX);
	(void)uv_timer_init(loop, &p->heartbeat);
	p->heartbeat.data = p;
	rc = open_socket(p, bus, e);
	if (rc != 0) {
		publisher_close(&p);
		return rc;
	}
	(void)uv_timer_start(
		&p->heartbeat, on_heartbeat, PUBLISHER_HEARTBEAT_MS, PUBLISHER_HEARTBEAT_MS);
	*ret_p = p;
	return 0;
}

static void remember(struct publisher *p, const struct alert *alert)
{
	struct recent *r = &p->recent[p->next_recent];

	r->n = (uint8_t)(alert->partner.n < EVENT_PARTNER_MAX ? alert->partner.n
							      : EVENT_PARTNER_MAX);
	memcpy(r->partner, alert->partner.p, r->n);
	r->sequence = alert->sequence;
	p->next_recent = (p->next_recent + 1) % PUBLISHER_RECENT_MAX;
	if (p->n_recent < PUBLISHER_RECENT_MAX)
		p->n_recent++;
}

void publisher_alert(struct publisher *p, const struct alert *alert, struct span encoded)
{
	struct str area = alert->feed != 0 ? STR("feed") : alert->area;
	char topic[TOPIC_MAX];
	struct span frames[2];
	struct sink t;

	sink_init(&t, topic, sizeof topic);
	sink_printf(&t, "alert/" STR_FMT "/" STR_FMT "/%s", STR_ARG(alert->partner), STR_ARG(area),
		alert_kind_name(alert->kind));
	frames[0] = (struct span){ topic, sink_is_cut(&t) ? sizeof topic - 1 : t.len };
	frames[1] = encoded;
	if (bus_send(p->socket, NULL, frames, 2) == 0)
		p->sent++;
	p->end_position = alert->position + 1;
	remember(p, alert);
}

uint64_t publisher_sent(const struct publisher *p)
{
	return p->sent;
}
