/* capscore-notification: options and start of the notification service. */
#include "services/notification/notification_service.h"
#include "services/shared/service_main.h"

#define ENDPOINT_MAX 512
#define AS_TEXT(x)   #x
#define TEXT_OF(x)   AS_TEXT(x)

static struct service_common common;
static const char *scoring, *endpoint, *pub, *mute;
static int64_t margin, recovery, reach, hold_days, horizon_days, max_partners, retain_mib;

static const struct option_spec options[] = {
	SERVICE_OPTIONS(common),
	{ .name = "margin",
		.type = OPTION_NUMBER,
		.value = &margin,
		.initial = TEXT_OF(NOTIFICATION_MARGIN),
		.min = 0,
		.max = 30,
		.metavar = "POINTS",
		.help = "a held designation less than so many points above the threshold is at risk" },
	{ .name = "recovery",
		.type = OPTION_NUMBER,
		.value = &recovery,
		.initial = TEXT_OF(NOTIFICATION_RECOVERY),
		.min = 0,
		.max = 30,
		.metavar = "POINTS",
		.help = "and no longer is from so many points above that line on, so that what trembles there is told once" },
	{ .name = "reach",
		.type = OPTION_NUMBER,
		.value = &reach,
		.initial = TEXT_OF(NOTIFICATION_REACH),
		.min = 0,
		.max = 60,
		.metavar = "POINTS",
		.help = "one that is not held is within reach so many points below the threshold; 0: never tell that" },
	{ .name = "hold-days",
		.type = OPTION_NUMBER,
		.value = &hold_days,
		.initial = TEXT_OF(NOTIFICATION_HOLD),
		.min = 0,
		.max = 60,
		.metavar = "DAYS",
		.help = "that a risk lasts before it is told; what passes meanwhile is not; 0: at once" },
	{ .name = "horizon-days",
		.type = OPTION_NUMBER,
		.value = &horizon_days,
		.initial = TEXT_OF(NOTIFICATION_HORIZON),
		.min = 0,
		.max = OUTLOOK_DAYS,
		.metavar = "DAYS",
		.help = "a held designation that will end within so many days unless something new comes is at risk; 0: never" },
	{ .name = "mute",
		.type = OPTION_TEXT,
		.value = &mute,
		.metavar = "SENSES",
		.help = "senses of risk that are not told, separated by commas: unmet, coast, single, margin" },
	{ .name = "scoring",
		.type = OPTION_TEXT,
		.value = &scoring,
		.metavar = "ENDPOINT",
		.help = "where to read the score log (ipc://DIR/run/scoring.sock)" },
	{ .name = "endpoint",
		.type = OPTION_TEXT,
		.value = &endpoint,
		.metavar = "ENDPOINT",
		.help = "where to serve the alert feed and status (ipc://DIR/run/notification.sock)" },
	{ .name = "pub",
		.type = OPTION_TEXT,
		.value = &pub,
		.metavar = "ENDPOINT",
		.help = "where to publish alerts for SUB sockets (ipc://DIR/run/alerts.sock)" },
	{ .name = "retain-mib",
		.type = OPTION_NUMBER,
		.value = &retain_mib,
		.initial = "16384",
		.min = 0,
		.max = 1 << 20,
		.metavar = "MIB",
		.help = "size of the alert log; the oldest goes first; 0: all" },
	{ .name = "max-partners",
		.type = OPTION_NUMBER,
		.value = &max_partners,
		.initial = "2000000",
		.min = 1,
		.max = 100000000,
		.metavar = "N",
		.help = "bound on the partners held" },
};

static struct notification_service *service;
static char scoring_buf[ENDPOINT_MAX], endpoint_buf[ENDPOINT_MAX], pub_buf[ENDPOINT_MAX];

static int start(uv_loop_t *loop, struct err *e)
{
	struct notification_service_options o = { .data_dir = common.data_dir,
		.core = { .max_partners = (uint32_t)max_partners,
			.margin = ratio_int(margin),
			.recovery = ratio_int(recovery),
			.reach = ratio_int(reach),
			.hold_days = (uint32_t)hold_days,
			.horizon_days = (uint32_t)horizon_days },
		.retain_bytes = (uint64_t)retain_mib << 20,
		.on_stopped = service_stopped };

	o.scoring =
		service_endpoint(scoring, common.data_dir, "scoring", scoring_buf, ENDPOINT_MAX, e);
	o.endpoint = service_endpoint(
		endpoint, common.data_dir, "notification", endpoint_buf, ENDPOINT_MAX, e);
	o.pub = service_endpoint(pub, common.data_dir, "alerts", pub_buf, ENDPOINT_MAX, e);
	if (o.scoring == NULL || o.endpoint == NULL || o.pub == NULL)
		return e->code;
	if (notification_read_muted(mute, &o.core.muted, e) != 0)
		return e->code;
	return notification_service_start(loop, &o, &service, e);
}

static void stop(void)
{
	if (service != NULL)
		notification_service_stop(service);
}

int main(int argc, char **argv)
{
	const struct service_program program = { .name = "capscore-notification",
		.purpose =
			"reads the score log, decides which changes are worth an alert, writes the alert log,\n"
			"serves it as a feed from any position, and publishes each alert.",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.common = &common,
		.start = start,
		.stop = stop };

	return service_main(&program, argc, argv);
}
