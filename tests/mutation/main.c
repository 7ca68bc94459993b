/* `make mutation`: changes the numbers of the editions that ship, one at a time, and lists those that no test notices.
 *
 *   mutation [--edition ID] [--sample N] [--seed N]
 *
 * --sample N  one number of every N; which of them follows from the seed. Ends with 1 when a number survives, 2 when the
 * check could not be made. */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "rules/compile/shipped.h"
#include "tests/mutation/mutation.h"

struct wish {
	struct str edition; /* empty: all */
	struct mutation_sample sample;
};

static void print_survivor(void *ctx, const struct mutation_survivor *s)
{
	printf("%s:%zu: " STR_FMT " -> %s survives: " STR_FMT "\n", (const char *)ctx, s->line,
		STR_ARG(s->number), s->mutant, STR_ARG(s->line_text));
	(void)fflush(stdout);
}

static int run_edition(const struct shipped_edition *s, const struct wish *w, size_t *survive)
{
	struct mutation_source source = { s->id, s->file, s->text, shipped_tests,
		shipped_tests_count };
	struct mutation_figures f;
	struct err e = { 0 };
	int rc = mutation_run(
		&source, &w->sample, print_survivor, (void *)(uintptr_t)s->file, &f, &e);

	if (rc != 0) {
		fprintf(stderr, "%s: %s\n", s->file, e.text);
		return rc;
	}
	printf(STR_FMT ": %zu numbers, %zu killed, %zu refused by the compiler, %zu survive"
		       " (%zu changes tried)\n",
		STR_ARG(s->id), f.n, f.killed, f.refused, f.survive, f.mutants);
	(void)fflush(stdout);
	*survive += f.survive;
	return 0;
}

/* An option with nothing behind it is as if it were not given, which spares the Makefile a branch. */
static bool read_options(int argc, char **argv, struct wish *w)
{
	for (int i = 1; i < argc; i += 2) {
		struct str option = str_from(argv[i]);

		if (i + 1 == argc)
			return false;
		if (str_eq(option, STR("--edition")))
			w->edition = str_from(argv[i + 1]);
		else if (str_eq(option, STR("--sample")))
			w->sample.every = strtoul(argv[i + 1], NULL, 10);
		else if (str_eq(option, STR("--seed")))
			w->sample.first = strtoul(argv[i + 1], NULL, 10);
		else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct wish w = { .sample = { 1, 0 } };
	size_t survive = 0, n = 0;
	int rc = 0;

	if (!read_options(argc, argv, &w)) {
		fprintf(stderr, "usage: mutation [--edition ID] [--sample N] [--seed N]\n");
		return 2;
	}
	for (size_t i = 0; i < shipped_count(); i++) {
		const struct shipped_edition *s = shipped_edition(i);

		if (w.edition.n > 0 && !str_eq(s->id, w.edition))
			continue;
		n++;
		if (run_edition(s, &w, &survive) != 0)
			rc = 2;
	}
	if (n == 0)
		fprintf(stderr, "no edition '" STR_FMT "' ships\n", STR_ARG(w.edition));
	if (rc != 0 || n == 0)
		return 2;
	return survive > 0;
}
