/* capscore-scoring: options and start of the scoring service. */
#include "common/base/mem.h"
#include "services/scoring/scoring_service.h"
#include "services/shared/edition_shelf.h"
#include "services/shared/service_main.h"

#define ENDPOINT_MAX 512

static struct service_common common;
static const char *ingestion, *endpoint, *edition;
static int64_t max_partners, max_people, max_names, retain_mib, snapshot_events, snapshot_seconds;

static const struct option_spec options[] = {
	SERVICE_OPTIONS(common),
	{ .name = "edition",
		.type = OPTION_TEXT,
		.value = &edition,
		.metavar = "EDITION",
		.help = "score by this edition of the rules alone: an id (2023-06), a date, or a rule file; when not "
			"given by all that ship, each from its first day on" },
	{ .name = "ingestion",
		.type = OPTION_TEXT,
		.value = &ingestion,
		.metavar = "ENDPOINT",
		.help = "where to read the event log (ipc://DIR/run/ingestion.sock)" },
	{ .name = "endpoint",
		.type = OPTION_TEXT,
		.value = &endpoint,
		.metavar = "ENDPOINT",
		.help = "where to serve the score log, questions and status (ipc://DIR/run/scoring.sock)" },
	{ .name = "retain-mib",
		.type = OPTION_NUMBER,
		.value = &retain_mib,
		.initial = "16384",
		.min = 0,
		.max = 1 << 20,
		.metavar = "MIB",
		.help = "size of the score log; the oldest goes first; 0: all" },
	{ .name = "snapshot-events",
		.type = OPTION_NUMBER,
		.value = &snapshot_events,
		.initial = "4000000",
		.min = 1000,
		.max = INT64_MAX,
		.metavar = "N",
		.help = "write a snapshot of the state after so many events" },
	{ .name = "snapshot-seconds",
		.type = OPTION_NUMBER,
		.value = &snapshot_seconds,
		.initial = "60",
		.min = 1,
		.max = 86400,
		.metavar = "S",
		.help = "... or after this time, when any event came" },
	{ .name = "max-partners",
		.type = OPTION_NUMBER,
		.value = &max_partners,
		.initial = "2000000",
		.min = 1,
		.max = 100000000,
		.metavar = "N",
		.help = "bound on the partners held" },
	{ .name = "max-people",
		.type = OPTION_NUMBER,
		.value = &max_people,
		.initial = "20000000",
		.min = 1,
		.max = 1000000000,
		.metavar = "N",
		.help = "bound on the people held" },
	{ .name = "max-names",
		.type = OPTION_NUMBER,
		.value = &max_names,
		.initial = "100000000",
		.min = 1000,
		.max = 4000000000,
		.metavar = "N",
		.help = "bound on the distinct names held" },
};

static struct scoring_service *service;
static struct edition_shelf *shelf;
static char ingestion_buf[ENDPOINT_MAX], endpoint_buf[ENDPOINT_MAX];

static int open_rules(struct err *e)
{
	struct buf report;
	int rc = edition_shelf_create(&shelf);

	if (rc != 0)
		return err_set(e, rc, "no memory for the rules");
	buf_init(&report, &mem_heap, (size_t)4 << 20);
	rc = edition == NULL ? edition_shelf_add_shipped(shelf, e)
			     : edition_shelf_add(shelf, edition, &report, e);
	if (report.n > 0)
		fprintf(stderr, "%.*s", (int)report.n, (const char *)report.p);
	buf_fini(&report);
	return rc;
}

static int start(uv_loop_t *loop, struct err *e)
{
	struct scoring_service_options o = { .data_dir = common.data_dir,
		.limits = { (uint32_t)max_partners, (uint32_t)max_people, (uint32_t)max_names },
		.retain_bytes = (uint64_t)retain_mib << 20,
		.snapshot_events = (uint64_t)snapshot_events,
		.snapshot_ms = (uint64_t)snapshot_seconds * 1000,
		.on_stopped = service_stopped };
	int rc = open_rules(e);

	if (rc != 0)
		return rc;
	o.shelf = shelf;
	o.ingestion = service_endpoint(
		ingestion, common.data_dir, "ingestion", ingestion_buf, ENDPOINT_MAX, e);
	o.endpoint = service_endpoint(
		endpoint, common.data_dir, "scoring", endpoint_buf, ENDPOINT_MAX, e);
	if (o.ingestion == NULL || o.endpoint == NULL)
		return e->code;
	return scoring_service_start(loop, &o, &service, e);
}

static void stop(void)
{
	if (service != NULL)
		scoring_service_stop(service);
}

int main(int argc, char **argv)
{
	const struct service_program program = { .name = "capscore-scoring",
		.purpose =
			"reads the event log, keeps the score of every partner up to date, and writes each\n"
			"change to the score log. Answers questions about scores. Which edition of the rules\n"
			"holds on a day is said by their calendar: the editions that ship, and those that\n"
			"edition events bring (capscore rules publish).",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.common = &common,
		.start = start,
		.stop = stop };
	int rc = service_main(&program, argc, argv);

	edition_shelf_destroy(shelf);
	return rc;
}
