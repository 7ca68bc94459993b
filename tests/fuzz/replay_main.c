/* Runs one fuzz target without a fuzzer: over the files given, and over damaged copies of them.
 *
 * The damage comes from a seed that is printed; CAPSCORE_SEED repeats a run. So the suite has a short version of
 * fuzzing that needs no clang. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX ((size_t)4 << 20)
#define COPIES	  1000u /* damaged copies of each file */
#define GROW_MAX  16u	/* bytes that one step of damage adds at most */

static uint64_t next_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* One step of damage to `n` bytes with room for GROW_MAX more; returns the new length. */
static size_t damage(uint8_t *data, size_t n, uint64_t *rng)
{
	size_t at = next_random(rng) % (n + 1), len = next_random(rng) % (GROW_MAX + 1);

	switch (next_random(rng) % 4) {
	case 0: /* other bytes */
		for (size_t i = at; i < n && i < at + len; i++)
			data[i] = (uint8_t)next_random(rng);
		return n;
	case 1: /* bytes taken out */
		len = len > n - at ? n - at : len;
		memmove(data + at, data + at + len, n - at - len);
		return n - len;
	case 2: /* bytes from elsewhere put in */
		memmove(data + at + len, data + at, n - at);
		for (size_t i = at; i < at + len; i++)
			data[i] = data[next_random(rng) % (n + len)];
		return n + len;
	default: /* one bit */
		if (at < n)
			data[at] ^= (uint8_t)(1u << next_random(rng) % 8);
		return n;
	}
}

/* An exact allocation, so that a tool sees a read past the end. */
static int run(const uint8_t *data, size_t n)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);

	if (exact == NULL)
		return -1;
	if (n > 0)
		memcpy(exact, data, n);
	(void)LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

static int run_damaged(const uint8_t *data, size_t n, uint8_t *copy, uint64_t *rng)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < COPIES; i++) {
		size_t steps = 1 + next_random(rng) % 4, size = n;

		memcpy(copy, data, n);
		for (; steps > 0; steps--)
			size = damage(copy, size, rng);
		rc = run(copy, size);
	}
	return rc;
}

static int replay(const char *path, uint64_t *rng)
{
	uint8_t *data = malloc(INPUT_MAX), *copy = calloc(1, INPUT_MAX + (size_t)4 * GROW_MAX);
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	int rc = data != NULL && copy != NULL && f != NULL ? 0 : -1;

	if (rc == 0) {
		n = fread(data, 1, INPUT_MAX, f);
		rc = ferror(f) ? -1 : 0;
	}
	if (rc == 0)
		rc = run(data, n);
	if (rc == 0)
		rc = run_damaged(data, n, copy, rng);
	if (rc != 0)
		fprintf(stderr, "%s: cannot be read\n", path);
	if (f != NULL)
		(void)fclose(f);
	free(data);
	free(copy);
	return rc;
}

int main(int argc, char **argv)
{
	const char *given = getenv("CAPSCORE_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : 20230701, rng = seed | 1;

	printf("seed %llu\n", (unsigned long long)seed);
	(void)fflush(stdout);
	for (int i = 1; i < argc; i++)
		if (replay(argv[i], &rng) != 0)
			return 1;
	printf("%d inputs and %u damaged copies of each\n", argc - 1, COPIES);
	return 0;
}
