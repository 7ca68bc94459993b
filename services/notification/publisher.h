/* The PUB side of notification: alerts for whoever subscribes, with a heartbeat that lets a subscriber notice what
 * it missed (proto/capscore/v1/alert.proto). Loss is possible here by design; the feed replays. */
#ifndef NOTIFICATION_PUBLISHER_H
#define NOTIFICATION_PUBLISHER_H

#include <uv.h>

#include "common/base/alert.h"
#include "common/io/bus.h"

struct publisher;

#define PUBLISHER_RECENT_MAX   1000
#define PUBLISHER_HEARTBEAT_MS 1000

struct publisher_options {
	const char *endpoint;  /* to bind */
	const char *feed;      /* endpoint of the alert feed, told to new subscribers */
	uint64_t end_position; /* of the alert log at start */
	/* How far the event log has been seen; told in heartbeats. */
	uint64_t (*event_position)(void *ctx);
	void *ctx;
};

int publisher_create(uv_loop_t *loop, struct bus *bus, const struct publisher_options *options,
	struct publisher **ret_p, struct err *e);
/* Publishes a durable alert: `encoded` is its unit in the alert log. */
void publisher_alert(struct publisher *p, const struct alert *alert, struct span encoded);
uint64_t publisher_sent(const struct publisher *p);
void publisher_close(struct publisher **p); /* accepts NULL inside */

#endif
