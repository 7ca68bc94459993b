/* capscore up: runs the services together and stops them cleanly.
 *
 * Each service is a child process; one that dies is started again after a pause that doubles from 0.2 s to 5 s. One
 * that cannot start (it leaves by itself with an error within two seconds, three times in a row) ends the whole. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uv.h>

#include "common/io/clock.h"
#include "services/cli/endpoints.h"
#include "services/cli/paint.h"
#include "services/cli/verbs.h"

#define PAUSE_FIRST_MS 200u
#define PAUSE_MAX_MS   5000u
#define SHORT_LIFE_NS  (2ull * 1000 * 1000 * 1000)
#define SETTLED_NS     (1ull * 1000 * 1000 * 1000)
#define FAILED_STARTS  3u
#define STOP_MS	       15000u
#define PROBE_MS       200u
#define PROBE_WAIT_MS  100u
#define PATH_TEXT_MAX  4096
#define ARGS_MAX       24
#define ALERT_RULES    5

struct up;

struct child {
	struct up *up;
	enum service_id id;
	uv_process_t process;
	uv_timer_t pause;
	bool alive; /* started, and libuv has not let go of it yet */
	uint64_t started_ns;
	unsigned pause_ms, failed_starts;
	int log_fd; /* -1: our standard error */
	char path[PATH_TEXT_MAX];
	char *args[ARGS_MAX];
};

struct up {
	const struct verb *verb;
	struct endpoints ep;
	const char *edition, *days, *log_level, *mute;
	int64_t rules_of_alerts
		[ALERT_RULES]; /* in the order of the options that add_alert_rules() gives on */
	char alert_texts[ALERT_RULES][24];
	int64_t keep_days, keep_months;
	char days_text[24], months_text[24];
	bool log_files;

	uv_loop_t loop;
	uv_signal_t interrupt, term;
	uv_timer_t probe, deadline;
	struct child children[SERVICE_COUNT];
	bool stopping;
	int exit_code;
};

static void stop(struct up *u, int exit_code);

/* ---- one child -------------------------------------------------------------------------------------------- */

static void close_when_all_are_gone(struct up *u)
{
	for (int i = 0; i < SERVICE_COUNT; i++)
		if (u->children[i].alive)
			return;
	uv_close((uv_handle_t *)&u->interrupt, NULL);
	uv_close((uv_handle_t *)&u->term, NULL);
	uv_close((uv_handle_t *)&u->probe, NULL);
	uv_close((uv_handle_t *)&u->deadline, NULL);
	for (int i = 0; i < SERVICE_COUNT; i++)
		uv_close((uv_handle_t *)&u->children[i].pause, NULL);
}

static void start_child(struct child *c);

static void on_pause(uv_timer_t *timer)
{
	start_child(timer->data);
}

static void on_process_closed(uv_handle_t *handle)
{
	struct child *c = handle->data;

	c->alive = false;
	if (c->up->stopping)
		close_when_all_are_gone(c->up);
	else
		(void)uv_timer_start(&c->pause, on_pause, c->pause_ms, 0);
}

static void on_exit_child(uv_process_t *process, int64_t status, int signum)
{
	struct child *c = process->data;
	struct up *u = c->up;
	bool short_life = clock_mono_ns() - c->started_ns < SHORT_LIFE_NS;

	uv_close((uv_handle_t *)process, on_process_closed);
	if (u->stopping) {
		if (status != 0 || (signum != 0 && signum != SIGTERM && signum != SIGINT))
			u->exit_code = u->exit_code == CLI_OK ? CLI_REFUSED : u->exit_code;
		return;
	}
	c->failed_starts = short_life && signum == 0 ? c->failed_starts + 1 : 0;
	if (signum == 0 && status == CLI_USAGE) {
		(void)cli_fail(u->verb, CLI_USAGE,
			"%s does not take this configuration; its line above says why",
			service_id_name(c->id));
		stop(u, CLI_USAGE);
		return;
	}
	c->pause_ms = !short_life		       ? PAUSE_FIRST_MS
		      : c->pause_ms * 2 < PAUSE_MAX_MS ? c->pause_ms * 2
						       : PAUSE_MAX_MS;
	if (c->failed_starts >= FAILED_STARTS) {
		(void)cli_fail(u->verb, CLI_UNREACHABLE,
			"%s cannot start (exit code %d); its log line above says why",
			service_id_name(c->id), (int)status);
		stop(u, CLI_UNREACHABLE);
		return;
	}
	fprintf(stderr, "capscore up: %s ended (%s %d); starting it again in %u ms\n",
		service_id_name(c->id), signum != 0 ? "signal" : "exit code",
		signum != 0 ? signum : (int)status, c->pause_ms);
}

static void start_child(struct child *c)
{
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD, .data.fd = c->log_fd >= 0 ? c->log_fd : 2 },
		{ .flags = UV_INHERIT_FD, .data.fd = c->log_fd >= 0 ? c->log_fd : 2 },
	};
	uv_process_options_t o = { .file = c->path,
		.args = c->args,
		.exit_cb = on_exit_child,
		.stdio = stdio,
		.stdio_count = 3 };
	int rc;

	if (c->up->stopping)
		return;
	c->started_ns = clock_mono_ns();
	c->process.data = c;
	c->alive = true;
	rc = uv_spawn(&c->up->loop, &c->process, &o);
	if (rc == 0)
		return;
	(void)cli_fail(c->up->verb, CLI_UNREACHABLE,
		"cannot start %s: %s; is Capscore installed whole?", c->path, uv_strerror(rc));
	uv_close((uv_handle_t *)&c->process, on_process_closed);
	stop(c->up, CLI_UNREACHABLE);
}

/* ---- all of them ------------------------------------------------------------------------------------------ */

static void on_deadline(uv_timer_t *timer)
{
	struct up *u = timer->data;

	for (int i = 0; i < SERVICE_COUNT; i++)
		if (u->children[i].alive) {
			fprintf(stderr,
				"capscore up: %s did not stop in %u s; killing it (nothing acknowledged is lost)\n",
				service_id_name((enum service_id)i), STOP_MS / 1000);
			(void)uv_process_kill(&u->children[i].process, SIGKILL);
		}
}

static void stop(struct up *u, int exit_code)
{
	if (u->stopping)
		return;
	u->stopping = true;
	u->exit_code = exit_code;
	(void)uv_timer_stop(&u->probe);
	for (int i = 0; i < SERVICE_COUNT; i++) {
		(void)uv_timer_stop(&u->children[i].pause);
		if (u->children[i].alive && !uv_is_closing((uv_handle_t *)&u->children[i].process))
			(void)uv_process_kill(&u->children[i].process, SIGTERM);
	}
	(void)uv_timer_start(&u->deadline, on_deadline, STOP_MS, 0);
	close_when_all_are_gone(u);
}

static void on_signal(uv_signal_t *handle, int signum)
{
	struct up *u = handle->data;

	(void)signum;
	if (!u->stopping)
		fprintf(stderr, "capscore up: stopping\n");
	stop(u, CLI_OK);
}

/* A child that failed to start, perhaps because other services run on the folder, must stay alive for a while
 * before an answer is taken for its own. */
static bool is_settled(const struct child *c)
{
	return c->alive && (c->failed_starts == 0 || clock_mono_ns() - c->started_ns >= SETTLED_NS);
}

static bool is_healthy(struct up *u, enum service_id id, struct arena *ar)
{
	struct frame q = { .kind = FRAME_STATUS_QUERY }, a;
	struct err e = { 0 };

	if (!is_settled(&u->children[id]))
		return false;
	q.u.status_query.request = 1;
	return endpoint_ask(&u->ep, id, &q, PROBE_WAIT_MS, ar, &a, &e) == 0 &&
	       a.kind == FRAME_STATUS_ANSWER && a.u.status_answer.health == HEALTH_HEALTHY;
}

static void on_probe(uv_timer_t *timer)
{
	struct up *u = timer->data;
	struct arena ar;
	bool all = true;

	arena_init(&ar, &mem_heap, (size_t)4 << 20);
	for (enum service_id id = 0; all && id < SERVICE_COUNT; id++)
		all = is_healthy(u, id, &ar);
	arena_fini(&ar);
	if (!all)
		return;
	(void)uv_timer_stop(timer);
	printf("%sready%s: ingestion, scoring, notification and history run on %s\n"
	       "  events go to %s (capscore send, capscore import)\n"
	       "  alerts come from %s (capscore watch)\n"
	       "Ctrl-C stops them.\n",
		paint_on(stdout, PAINT_GOOD), paint_off(stdout), u->ep.data_dir,
		endpoint_publish(&u->ep), endpoint_of(&u->ep, SERVICE_NOTIFICATION));
	(void)fflush(stdout);
}

/* ---- start ------------------------------------------------------------------------------------------------ */

static int find_program(struct child *c)
{
	char folder[PATH_TEXT_MAX];
	ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
	char *slash;
	int len;

	if (n <= 0)
		return cli_fail(c->up->verb, CLI_UNREACHABLE,
			"cannot tell where capscore is installed: %s", strerror(errno));
	folder[n] = '\0';
	slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	len = snprintf(c->path, sizeof c->path, "%s/capscore-%s", folder, service_id_name(c->id));
	if (len < 0 || (size_t)len >= sizeof c->path)
		return cli_fail(
			c->up->verb, CLI_UNREACHABLE, "the folder of capscore has too long a name");
	return CLI_OK;
}

static void add_arg(struct child *c, const char *name, const char *value)
{
	size_t n = 0;

	while (c->args[n] != NULL)
		n++;
	if (value == NULL || n + 3 > ARGS_MAX)
		return;
	c->args[n] = (char *)(uintptr_t)name; /* uv_spawn() only reads them */
	c->args[n + 1] = (char *)(uintptr_t)value;
}

static int open_log(struct child *c)
{
	char path[PATH_TEXT_MAX];
	int n;

	c->log_fd = -1;
	if (!c->up->log_files)
		return CLI_OK;
	(void)mkdir(c->up->ep.data_dir, 0700);
	n = snprintf(path, sizeof path, "%s/log", c->up->ep.data_dir);
	(void)mkdir(path, 0700);
	n = snprintf(
		path, sizeof path, "%s/log/%s.log", c->up->ep.data_dir, service_id_name(c->id));
	if (n > 0 && (size_t)n < sizeof path)
		c->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (c->log_fd < 0)
		return cli_fail(c->up->verb, CLI_UNREACHABLE, "cannot write the log file %s: %s",
			path, strerror(errno));
	return CLI_OK;
}

static void add_alert_rules(struct child *c)
{
	static const char *const names[ALERT_RULES] = { "--margin", "--recovery", "--reach",
		"--hold-days", "--horizon-days" };

	for (int i = 0; i < ALERT_RULES; i++)
		add_arg(c, names[i], c->up->alert_texts[i]);
}

static int prepare_child(struct up *u, enum service_id id)
{
	struct child *c = &u->children[id];
	int rc;

	c->up = u;
	c->id = id;
	c->pause_ms = PAUSE_FIRST_MS;
	(void)uv_timer_init(&u->loop, &c->pause);
	c->pause.data = c;
	rc = find_program(c);
	if (rc == CLI_OK)
		rc = open_log(c);
	if (rc != CLI_OK)
		return rc;
	c->args[0] = c->path;
	add_arg(c, "--data-dir", u->ep.data_dir);
	add_arg(c, "--log-level", u->log_level);
	if (id == SERVICE_INGESTION)
		add_arg(c, "--days", u->days);
	if (id == SERVICE_SCORING)
		add_arg(c, "--edition", u->edition);
	if (id == SERVICE_NOTIFICATION) {
		add_alert_rules(c);
		add_arg(c, "--mute", u->mute);
	}
	if (id == SERVICE_HISTORY) {
		add_arg(c, "--keep-days", u->days_text);
		add_arg(c, "--keep-months", u->months_text);
	}
	return CLI_OK;
}

static int run(struct up *u)
{
	int rc = CLI_OK;

	(void)signal(SIGPIPE, SIG_IGN); /* `capscore up | head` must not leave the services alone */
	(void)uv_loop_init(&u->loop);
	(void)uv_signal_init(&u->loop, &u->interrupt);
	(void)uv_signal_init(&u->loop, &u->term);
	(void)uv_timer_init(&u->loop, &u->probe);
	(void)uv_timer_init(&u->loop, &u->deadline);
	u->interrupt.data = u->term.data = u->probe.data = u->deadline.data = u;
	(void)uv_signal_start(&u->interrupt, on_signal, SIGINT);
	(void)uv_signal_start(&u->term, on_signal, SIGTERM);
	for (enum service_id id = 0; id < SERVICE_COUNT; id++) {
		int one = prepare_child(u, id);

		rc = rc == CLI_OK ? one : rc;
	}
	if (rc == CLI_OK) {
		for (int i = 0; i < SERVICE_COUNT; i++)
			start_child(&u->children[i]);
		if (!u->stopping)
			(void)uv_timer_start(&u->probe, on_probe, PROBE_MS, PROBE_MS);
	} else {
		stop(u, rc);
	}
	(void)uv_run(&u->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&u->loop);
	for (int i = 0; i < SERVICE_COUNT; i++)
		if (u->children[i].log_fd >= 0)
			(void)close(u->children[i].log_fd);
	return u->exit_code;
}

int cmd_up(const struct verb *verb, int argc, char **argv)
{
	struct up u = { .verb = verb };
	const struct option_spec specs[] = {
		ENDPOINT_DATA_DIR(u.ep),
		{ .name = "edition",
			.type = OPTION_TEXT,
			.value = &u.edition,
			.metavar = "EDITION",
			.help = "score by this edition of the rules alone: an id (2023-06), a date, or a rule file; when "
				"not given by all that ship, each from its first day on" },
		{ .name = "days",
			.type = OPTION_TEXT,
			.value = &u.days,
			.initial = "clock",
			.metavar = "WHO",
			.help = "who says that a day has begun: clock (UTC), or producer (for tests and replays, see "
				"capscore day)" },
		{ .name = "margin",
			.type = OPTION_NUMBER,
			.value = &u.rules_of_alerts[0],
			.initial = "10",
			.min = 0,
			.max = 30,
			.metavar = "POINTS",
			.help = "a held designation less than so many points above the threshold is at risk" },
		{ .name = "recovery",
			.type = OPTION_NUMBER,
			.value = &u.rules_of_alerts[1],
			.initial = "2",
			.min = 0,
			.max = 30,
			.metavar = "POINTS",
			.help = "and no longer is from so many points above that line on" },
		{ .name = "reach",
			.type = OPTION_NUMBER,
			.value = &u.rules_of_alerts[2],
			.initial = "10",
			.min = 0,
			.max = 60,
			.metavar = "POINTS",
			.help = "one that is not held is within reach so many points below the threshold; 0: never tell that" },
		{ .name = "hold-days",
			.type = OPTION_NUMBER,
			.value = &u.rules_of_alerts[3],
			.initial = "0",
			.min = 0,
			.max = 60,
			.metavar = "DAYS",
			.help = "that a risk lasts before it is told; 0: at once" },
		{ .name = "horizon-days",
			.type = OPTION_NUMBER,
			.value = &u.rules_of_alerts[4],
			.initial = "90",
			.min = 0,
			.max = 400,
			.metavar = "DAYS",
			.help = "a held designation that will end within so many days unless something new comes is at risk; "
				"0: never" },
		{ .name = "mute",
			.type = OPTION_TEXT,
			.value = &u.mute,
			.metavar = "SENSES",
			.help = "senses of risk that are not told, separated by commas: unmet, coast, single, margin" },
		{ .name = "keep-days",
			.type = OPTION_NUMBER,
			.value = &u.keep_days,
			.initial = "400",
			.min = 31,
			.max = 36500,
			.metavar = "N",
			.help = "history keeps each day for so many days" },
		{ .name = "keep-months",
			.type = OPTION_NUMBER,
			.value = &u.keep_months,
			.initial = "120",
			.min = 1,
			.max = 1200,
			.metavar = "N",
			.help = "... and each month for so many months" },
		{ .name = "log-level",
			.type = OPTION_TEXT,
			.value = &u.log_level,
			.initial = "info",
			.metavar = "LEVEL",
			.help = "error, warn, info or debug" },
		{ .name = "log-files",
			.type = OPTION_FLAG,
			.value = &u.log_files,
			.help = "write the services' logs to DIR/log instead of standard error" },
	};
	int n_args, exit_code;

	if (!cli_parse(verb, specs, sizeof specs / sizeof *specs, argc, argv, &n_args, &exit_code))
		return exit_code;
	if (n_args > 0)
		return cli_fail(verb, CLI_USAGE, "takes no argument '%s'", argv[1]);
	if (strcmp(u.days, "clock") != 0 && strcmp(u.days, "producer") != 0)
		return cli_fail(
			verb, CLI_USAGE, "--days '%s' is neither clock nor producer", u.days);
	for (int i = 0; i < ALERT_RULES; i++)
		(void)snprintf(u.alert_texts[i], sizeof u.alert_texts[i], "%lld",
			(long long)u.rules_of_alerts[i]);
	(void)snprintf(u.days_text, sizeof u.days_text, "%lld", (long long)u.keep_days);
	(void)snprintf(u.months_text, sizeof u.months_text, "%lld", (long long)u.keep_months);
	return run(&u);
}
