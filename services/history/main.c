/* capscore-history: options and start of the history service. */
#include <sys/resource.h>

#include "services/history/history_service.h"
#include "services/history/keeper.h"
#include "services/shared/service_main.h"

#define ENDPOINT_MAX 512

static struct service_common common;
static const char *scoring, *endpoint;
static int64_t keep_days, keep_months, pending_rows, flush_ms, niceness;

static const struct option_spec options[] = {
	SERVICE_OPTIONS(common),
	{ .name = "keep-days",
		.type = OPTION_NUMBER,
		.value = &keep_days,
		.initial = "400",
		.min = KEEPER_DAYS_MIN,
		.max = KEEPER_DAYS_MAX,
		.metavar = "N",
		.help = "keep each day for so many days; whole months go, and stay as months" },
	{ .name = "keep-months",
		.type = OPTION_NUMBER,
		.value = &keep_months,
		.initial = "120",
		.min = KEEPER_MONTHS_MIN,
		.max = KEEPER_MONTHS_MAX,
		.metavar = "N",
		.help = "keep each month for so many months; then how a partner stood is all that stays" },
	{ .name = "scoring",
		.type = OPTION_TEXT,
		.value = &scoring,
		.metavar = "ENDPOINT",
		.help = "where to read the score log (ipc://DIR/run/scoring.sock)" },
	{ .name = "endpoint",
		.type = OPTION_TEXT,
		.value = &endpoint,
		.metavar = "ENDPOINT",
		.help = "where to answer questions and status (ipc://DIR/run/history.sock)" },
	{ .name = "pending-rows",
		.type = OPTION_NUMBER,
		.value = &pending_rows,
		.initial = "65536",
		.min = 1,
		.max = 1000000,
		.metavar = "N",
		.help = "write when so many partners' days are pending in memory" },
	{ .name = "flush-ms",
		.type = OPTION_NUMBER,
		.value = &flush_ms,
		.initial = "5000",
		.min = 1,
		.max = 3600000,
		.metavar = "MS",
		.help = "... or when they have waited so long; a restart reads the score log from there" },
	{ .name = "nice",
		.type = OPTION_NUMBER,
		.value = &niceness,
		.initial = "5",
		.min = 0,
		.max = 19,
		.metavar = "N",
		.help = "give way to the other services by so much where processors are short" },
};

static struct history_service *service;
static char scoring_buf[ENDPOINT_MAX], endpoint_buf[ENDPOINT_MAX];

static int start(uv_loop_t *loop, struct err *e)
{
	struct history_service_options o = { .data_dir = common.data_dir,
		.days = (int32_t)keep_days,
		.months = (int32_t)keep_months,
		.rows = (uint32_t)pending_rows,
		.flush_ms = (uint64_t)flush_ms,
		.on_stopped = service_stopped };

	o.scoring =
		service_endpoint(scoring, common.data_dir, "scoring", scoring_buf, ENDPOINT_MAX, e);
	o.endpoint = service_endpoint(
		endpoint, common.data_dir, "history", endpoint_buf, ENDPOINT_MAX, e);
	if (o.scoring == NULL || o.endpoint == NULL)
		return e->code;
	(void)setpriority(PRIO_PROCESS, 0, (int)niceness); /* where it fails, it is as before */
	return history_service_start(loop, &o, &service, e);
}

static void stop(void)
{
	if (service != NULL)
		history_service_stop(service);
}

int main(int argc, char **argv)
{
	const struct service_program program = { .name = "capscore-history",
		.purpose =
			"follows the score log, keeps how each partner stood by day and by month with the events\n"
			"that moved it, and answers questions about that (capscore history).",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.common = &common,
		.start = start,
		.stop = stop };

	return service_main(&program, argc, argv);
}
