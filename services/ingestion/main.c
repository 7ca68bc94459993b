/* capscore-ingestion: its options, and the service on a loop. */
#include <string.h>

#include "services/ingestion/ingestion_service.h"
#include "services/ingestion/letters_core.h"
#include "services/shared/service_main.h"

static struct {
	struct service_common common;
	const char *endpoint, *read_endpoint, *days;
	int64_t dedup_events, dedup_days, retain_bytes, dead_letters_max, dead_letter_bytes;
	struct ingestion *service;
} the;

static const struct option_spec options[] = {
	SERVICE_OPTIONS(the.common),
	{ .name = "endpoint",
		.type = OPTION_TEXT,
		.value = &the.endpoint,
		.metavar = "ENDPOINT",
		.help = "where producers publish; without it ipc://DIR/run/ingestion-publish.sock. TCP only on "
			"loopback addresses" },
	{ .name = "read-endpoint",
		.type = OPTION_TEXT,
		.value = &the.read_endpoint,
		.metavar = "ENDPOINT",
		.help = "where the event log is read, and status and dead letters are asked for; without it "
			"ipc://DIR/run/ingestion.sock" },
	{ .name = "days",
		.type = OPTION_TEXT,
		.value = &the.days,
		.initial = "clock",
		.metavar = "clock|producer",
		.help = "who says that a day has begun: the clock of this machine (missed days are caught up one "
			"by one), or producers by day events, for replays and rehearsals" },
	{ .name = "dedup-events",
		.type = OPTION_NUMBER,
		.value = &the.dedup_events,
		.initial = "4194304",
		.min = DEDUP_EVENTS_MIN,
		.max = DEDUP_EVENTS_MAX,
		.metavar = "N",
		.help = "an event that comes again is recognised among the last N accepted; takes up to 24 bytes "
			"of memory each, rounded up to a power of two" },
	{ .name = "dedup-days",
		.type = OPTION_NUMBER,
		.value = &the.dedup_days,
		.initial = "45",
		.min = DEDUP_DAYS_MIN,
		.max = DEDUP_DAYS_MAX,
		.metavar = "N",
		.help = "and until N days after the day it was logged on. Later it is logged again, which changes "
			"no score" },
	{ .name = "retain-bytes",
		.type = OPTION_NUMBER,
		.value = &the.retain_bytes,
		.initial = "0",
		.min = 0,
		.max = INT64_MAX / 4,
		.metavar = "BYTES",
		.help = "drop the oldest events when the log holds about so much; scoring must have read them by "
			"then. 0 keeps all, and refuses more when the store's 64 GiB are full" },
	{ .name = "dead-letters-max",
		.type = OPTION_NUMBER,
		.value = &the.dead_letters_max,
		.initial = "100000",
		.min = 1,
		.max = LETTERS_MAX,
		.metavar = "N",
		.help = "refused events that are kept; beyond it the oldest are dropped and counted" },
	{ .name = "dead-letter-bytes",
		.type = OPTION_NUMBER,
		.value = &the.dead_letter_bytes,
		.initial = "268435456",
		.min = LETTER_BYTES_MAX,
		.max = INT64_MAX / 4,
		.metavar = "BYTES",
		.help = "and so many bytes of them" },
};

static int start(uv_loop_t *loop, struct err *e)
{
	struct ingestion_options o = {
		.data_dir = the.common.data_dir,
		.endpoint = the.endpoint,
		.read_endpoint = the.read_endpoint,
		.days = DAYS_FROM_CLOCK,
		.dedup_events = (uint32_t)the.dedup_events,
		.dedup_days = (uint32_t)the.dedup_days,
		.retain_bytes = (uint64_t)the.retain_bytes,
		.dead_letters_max = (size_t)the.dead_letters_max,
		.dead_letter_bytes = (uint64_t)the.dead_letter_bytes,
		.on_stopped = service_stopped,
	};

	if (strcmp(the.days, "producer") == 0)
		o.days = DAYS_FROM_PRODUCERS;
	else if (strcmp(the.days, "clock") != 0)
		return err_set(
			e, ERR_INVALID, "--days '%s' is neither clock nor producer", the.days);
	return ingestion_start(loop, &o, &the.service, e);
}

static void stop(void)
{
	ingestion_stop(the.service);
}

int main(int argc, char **argv)
{
	const struct service_program program = {
		.name = "capscore-ingestion",
		.purpose =
			"takes events from producers, checks them, writes them to the event log in\n"
			"DIR/events, and acknowledges a batch once it is on disk. An event that was logged before\n"
			"is answered as a duplicate; an event that is not valid is refused with a reason and kept\n"
			"as a dead letter, to be mended and replayed. The log, the status and the dead letters are\n"
			"served on an endpoint of their own. Usually started by 'capscore up'.\n"
			"SIGTERM and SIGINT take no more events, wait up to 5 s for the disk, and leave.",
		.options = options,
		.n_options = sizeof options / sizeof options[0],
		.common = &the.common,
		.start = start,
		.stop = stop,
	};
	int code = service_main(&program, argc, argv);

	ingestion_destroy(the.service);
	return code;
}
