#include "services/cli/cli.h"

#include <stdarg.h>
#include <string.h>

#define SPECS_MAX 48

void cli_print_verb_help(
	const struct verb *verb, const struct option_spec *specs, size_t n_specs, FILE *out)
{
	fprintf(out, "Usage: capscore %s%s%s\n\n", verb->name, verb->synopsis[0] == '\0' ? "" : " ",
		verb->synopsis);
	fprintf(out, "%s\n\nOptions:\n", verb->help);
	options_print(specs, n_specs, out);
	fprintf(out, "\nExit codes:\n");
#define X(name, code, text) fprintf(out, "  %d  %s\n", code, text);
	CLI_EXIT_TABLE(X)
#undef X
}

bool cli_parse(const struct verb *verb, const struct option_spec *specs, size_t n_specs, int argc,
	char **argv, int *ret_n_args, int *ret_exit)
{
	struct option_spec all[SPECS_MAX];
	bool help = false;
	struct err e = { 0 };

	if (n_specs >= SPECS_MAX) {
		*ret_exit = cli_fail(verb, CLI_INTERNAL, "more than %d options", SPECS_MAX - 1);
		return false;
	}
	if (n_specs > 0)
		memcpy(all, specs, n_specs * sizeof *specs);
	all[n_specs] = (struct option_spec){ .name = "help",
		.letter = 'h',
		.type = OPTION_FLAG,
		.value = &help,
		.help = "print this help" };
	if (options_parse(all, n_specs + 1, argc, argv, ret_n_args, &e) != 0) {
		*ret_exit = cli_fail(verb, CLI_USAGE, "%s\n`capscore %s --help` lists the options",
			e.text, verb->name);
		return false;
	}
	if (help) {
		cli_print_verb_help(verb, all, n_specs + 1, stdout);
		*ret_exit = CLI_OK;
		return false;
	}
	return true;
}

int cli_fail(const struct verb *verb, int exit_code, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "capscore %s: ", verb->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return exit_code;
}

int cli_exit_of(int code)
{
	switch (code) {
	case 0:
		return CLI_OK;
	case ERR_NOMEM:
		return CLI_INTERNAL;
	case ERR_INVALID:
		return CLI_USAGE;
	default:
		return CLI_UNREACHABLE;
	}
}
