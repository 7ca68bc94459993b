/* What every service's main() does alike: the loop, the signals, the options all services have, the exit codes. */
#ifndef SHARED_SERVICE_MAIN_H
#define SHARED_SERVICE_MAIN_H

#include <uv.h>

#include "common/io/options.h"

#define EXIT_USAGE	2 /* an option is wrong */
#define EXIT_FAILURE_IO 3 /* a file, a socket or a stored state cannot be used */

/* Options of every service; main() puts SERVICE_OPTIONS into its table. */
struct service_common {
	const char *data_dir;
	const char *log_level;
	bool help, version;
};
#define SERVICE_OPTIONS(c)                                                                         \
	{ .name = "data-dir",                                                                      \
		.letter = 'd',                                                                     \
		.type = OPTION_TEXT,                                                               \
		.value = &(c).data_dir,                                                            \
		.initial = "./capscore-data",                                                      \
		.metavar = "DIR",                                                                  \
		.help = "folder for everything the service keeps; made when missing" },            \
		{ .name = "log-level",                                                             \
			.type = OPTION_TEXT,                                                       \
			.value = &(c).log_level,                                                   \
			.initial = "info",                                                         \
			.metavar = "LEVEL",                                                        \
			.help = "error, warn, info or debug" },                                    \
		{ .name = "help",                                                                  \
			.letter = 'h',                                                             \
			.type = OPTION_FLAG,                                                       \
			.value = &(c).help,                                                        \
			.help = "show this and leave" },                                           \
	{                                                                                          \
		.name = "version", .type = OPTION_FLAG, .value = &(c).version,                     \
		.help = "show the version and leave"                                               \
	}

struct service_program {
	const char *name;    /* "capscore-scoring" */
	const char *purpose; /* a paragraph for --help */
	const struct option_spec *options;
	size_t n_options;
	struct service_common *common;
	/* Starts the service on the loop; it must call service_stopped() when it has stopped. Returns 0 or a code. */
	int (*start)(uv_loop_t *loop, struct err *e);
	void (*stop)(void); /* SIGTERM or SIGINT came */
};

/* Parses, starts, runs until the service has stopped. Returns the exit code for main(). */
int service_main(const struct service_program *program, int argc, char **argv);
/* For the service's on_stopped: ctx is not used. */
void service_stopped(void *ctx, int exit_code);

/* DATA/run/NAME.sock as an endpoint into buf, unless `given` names one; makes DATA/run. Returns the endpoint, or NULL
 * with e set. */
const char *service_endpoint(const char *given, const char *data_dir, const char *name, char *buf,
	size_t size, struct err *e);

#endif
