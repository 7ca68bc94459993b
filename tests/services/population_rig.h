/* A generated population, written by the command's own verb into a fresh folder, and read back. */
#ifndef POPULATION_RIG_H
#define POPULATION_RIG_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/hash.h"
#include "services/cli/generate_population.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof(*(a)))
#define RIG_ARGS_MAX 24
#define RIG_FOLDER   64

static int rig_remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static inline void rig_remove(const char *folder)
{
	(void)nftw(folder, rig_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void rig_make(char folder[RIG_FOLDER])
{
	strcpy(folder, "/tmp/capscore-population-XXXXXX");
	assert_non_null(mkdtemp(folder));
}

/* Runs `capscore generate population FOLDER ARGUMENT...`; the arguments are words with spaces between. What it prints on
 * the standard output goes nowhere. Returns its exit code. */
static inline int rig_generate(const char *folder, const char *arguments)
{
	char words[512], *argv[RIG_ARGS_MAX + 1];
	int argc = 0, rc, kept;

	argv[argc++] = (char *)(uintptr_t) "population";
	argv[argc++] = (char *)(uintptr_t)folder;
	assert_true(strlen(arguments) < sizeof words);
	strcpy(words, arguments);
	for (char *at = NULL, *w = strtok_r(words, " ", &at); w != NULL;
		w = strtok_r(NULL, " ", &at)) {
		assert_true(argc < RIG_ARGS_MAX);
		argv[argc++] = w;
	}
	argv[argc] = NULL;
	(void)fflush(stdout);
	kept = dup(STDOUT_FILENO);
	assert_non_null(freopen("/dev/null", "w", stdout));
	rc = population_verb.run(&population_verb, argc, argv);
	(void)fflush(stdout);
	assert_true(dup2(kept, STDOUT_FILENO) >= 0);
	(void)close(kept);
	return rc;
}

/* A whole file, with a NUL behind it; freed by the caller. */
static inline char *rig_read(const char *folder, const char *name, size_t *ret_n)
{
	char path[256];
	FILE *f;
	char *text;
	long n;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("there is no %s", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	rewind(f);
	text = malloc((size_t)n + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)n, f), n);
	text[n] = '\0';
	fclose(f);
	*ret_n = (size_t)n;
	return text;
}

/* `share` of `all` is about so many per ten thousand: within four standard deviations of a draw of that size. */
static inline void rig_about(const char *what, uint64_t share, uint64_t all, double want)
{
	double p = want / 10000, expected = p * (double)all;
	double off = (double)share - expected, variance = expected * (1 - p);

	if (all == 0 || off * off > 16 * variance + 1)
		fail_msg("%s: %llu of %llu, wanted about %.2f per cent", what,
			(unsigned long long)share, (unsigned long long)all, want / 100);
}

#endif
