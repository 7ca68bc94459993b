#include "services/shared/service_main.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "common/io/log.h"

#define PATH_TEXT_MAX 4096

/* One service per process: its loop's signals and its end are the process's. */
static struct {
	const struct service_program *program;
	uv_signal_t term, interrupt;
	bool stopping;
	int exit_code;
} the;

static void on_signal(uv_signal_t *handle, int signum)
{
	(void)handle;
	if (the.stopping)
		return;
	the.stopping = true;
	log_info("stopping", "signal=%d", signum);
	the.program->stop();
}

void service_stopped(void *ctx, int exit_code)
{
	(void)ctx;
	the.exit_code = exit_code;
	uv_close((uv_handle_t *)&the.term, NULL);
	uv_close((uv_handle_t *)&the.interrupt, NULL);
}

static void usage(const struct service_program *p)
{
	printf("%s: %s\n\nOptions (each also as an environment variable, CAPSCORE_ and its name in capitals):\n",
		p->name, p->purpose);
	options_print(p->options, p->n_options, stdout);
	printf("\nExit codes: 0 stopped in order, 1 stopped with work left undone, 2 an option is wrong,\n"
	       "3 a file, a socket or a stored state cannot be used. Logs go to standard error.\n");
}

static int run(const struct service_program *p)
{
	char quoted[ERR_TEXT_MAX * 2];
	uv_loop_t loop;
	struct err e = { 0 };
	int rc;

	the.program = p;
	(void)uv_loop_init(&loop);
	(void)uv_signal_init(&loop, &the.term);
	(void)uv_signal_init(&loop, &the.interrupt);
	(void)uv_signal_start(&the.term, on_signal, SIGTERM);
	(void)uv_signal_start(&the.interrupt, on_signal, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN);
	rc = p->start(&loop, &e);
	if (rc != 0) {
		log_error("cannot_start", "reason=%s", logger_quote(e.text, quoted, sizeof quoted));
		service_stopped(NULL, rc == ERR_INVALID ? EXIT_USAGE : EXIT_FAILURE_IO);
	}
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop);
	return the.exit_code;
}

int service_main(const struct service_program *p, int argc, char **argv)
{
	struct err e = { 0 };
	int n_args, level;

	if (options_parse(p->options, p->n_options, argc, argv, &n_args, &e) != 0) {
		fprintf(stderr, "%s: %s\nTry '%s --help'.\n", p->name, e.text, p->name);
		return EXIT_USAGE;
	}
	if (p->common->help) {
		usage(p);
		return 0;
	}
	if (p->common->version) {
		printf("%s %s\n", p->name, CAPSCORE_VERSION);
		return 0;
	}
	level = logger_level_by_name(p->common->log_level);
	if (n_args > 0 || level < 0) {
		if (n_args > 0)
			fprintf(stderr, "%s: takes no argument '%s'\n", p->name, argv[1]);
		else
			fprintf(stderr,
				"%s: --log-level '%s' is none of error, warn, info, debug\n",
				p->name, p->common->log_level);
		return EXIT_USAGE;
	}
	logger_init(strchr(p->name, '-') != NULL ? strchr(p->name, '-') + 1 : p->name,
		(enum log_level)level);
	return run(p);
}

/* Makes a folder and those above it. */
static int make_folders(const char *path, struct err *e)
{
	char part[PATH_TEXT_MAX];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof part)
		return err_set(e, ERR_INVALID, "the data folder's path is empty or too long");
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return err_set(
				e, ERR_IO, "cannot make the folder %s: %s", part, strerror(errno));
	}
	return 0;
}

const char *service_endpoint(const char *given, const char *data_dir, const char *name, char *buf,
	size_t size, struct err *e)
{
	int n;

	if (given != NULL)
		return given;
	n = snprintf(buf, size, "%s/run", data_dir);
	if (n < 0 || (size_t)n >= size) {
		(void)err_set(e, ERR_INVALID, "the data folder's path is too long");
		return NULL;
	}
	if (make_folders(buf, e) != 0)
		return NULL;
	n = snprintf(buf, size, "ipc://%s/run/%s.sock", data_dir, name);
	if (n < 0 || (size_t)n >= size) {
		(void)err_set(e, ERR_INVALID, "the data folder's path is too long");
		return NULL;
	}
	return buf;
}
