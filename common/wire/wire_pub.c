/* Heartbeat and welcome of the PUB socket. */
#include "capscore/v1/alert.pb-c.h"
#include "common/wire/frame.h"
#include "common/wire/pack.h"
#include "common/wire/unpack.h"

#define TOPICS_MAX 1000

int wire_encode_heartbeat(uint64_t end_position, uint64_t event_position,
	const struct wire_topic_end *recent, size_t n, struct buf *out)
{
	Capscore__V1__Heartbeat m = CAPSCORE__V1__HEARTBEAT__INIT;
	struct packing p;

	packing_init(&p, out->a);
	m.end_position = end_position;
	m.event_position = event_position;
	m.recent = pack_messages(&p, &capscore__v1__topic_end__descriptor, n, &m.n_recent);
	for (size_t i = 0; i < m.n_recent; i++) {
		m.recent[i]->partner = pack_text(&p, recent[i].partner);
		m.recent[i]->sequence = recent[i].sequence;
	}
	return packing_finish(&p, &m.base, out);
}

int wire_decode_heartbeat(struct span bytes, struct arena *ar, uint64_t *ret_end_position,
	uint64_t *ret_event_position, const struct wire_topic_end **ret_recent, size_t *ret_n,
	struct err *e)
{
	struct unpacking u = { .ar = ar, .e = e };
	const Capscore__V1__Heartbeat *m;
	struct wire_topic_end *recent;
	size_t n;

	if (bytes.n > WIRE_BODY_MAX)
		return err_set(e, ERR_FULL, "a heartbeat of %zu bytes", bytes.n);
	m = unpack_message(&u, &capscore__v1__heartbeat__descriptor, bytes);
	if (m == NULL)
		return u.rc;
	recent = unpack_list(&u, m->n_recent, TOPICS_MAX, sizeof *recent, "Heartbeat.recent", &n);
	for (size_t i = 0; i < n; i++) {
		recent[i].partner =
			unpack_text(&u, m->recent[i]->partner, EVENT_NAME_MAX, "TopicEnd.partner");
		recent[i].sequence = m->recent[i]->sequence;
	}
	if (u.rc != 0)
		return u.rc;
	*ret_end_position = m->end_position;
	*ret_event_position = m->event_position;
	*ret_recent = recent;
	*ret_n = n;
	return 0;
}

int wire_encode_pub_welcome(struct str feed, uint64_t end_position, struct buf *out)
{
	Capscore__V1__PubWelcome m = CAPSCORE__V1__PUB_WELCOME__INIT;
	struct packing p;

	packing_init(&p, out->a);
	m.protocol = WIRE_PROTOCOL;
	m.feed = pack_text(&p, feed);
	m.end_position = end_position;
	return packing_finish(&p, &m.base, out);
}
