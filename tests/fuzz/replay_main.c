/* Runs one fuzz target over the files given, without a fuzzer: a kept corpus is then an ordinary test. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX ((size_t)4 << 20)

static int replay(const char *path)
{
	uint8_t *data = malloc(INPUT_MAX);
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	int ok = data != NULL && f != NULL;

	if (ok) {
		n = fread(data, 1, INPUT_MAX, f);
		ok = !ferror(f);
	}
	if (ok)
		(void)LLVMFuzzerTestOneInput(data, n);
	else
		fprintf(stderr, "%s: cannot be read\n", path);
	if (f != NULL)
		(void)fclose(f);
	free(data);
	return ok ? 0 : -1;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) != 0)
			return 1;
	printf("%d inputs\n", argc - 1);
	return 0;
}
