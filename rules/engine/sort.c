#include "rules/engine/sort.h"

static void swap_bytes(unsigned char *a, unsigned char *b, size_t n)
{
	while (n-- > 0) {
		unsigned char t = *a;

		*a++ = *b;
		*b++ = t;
	}
}

void heap_sift(void *p, size_t at, size_t n, size_t size, heap_less less, void *ctx)
{
	unsigned char *base = p;

	for (size_t child = at * 2 + 1; child < n; child = at * 2 + 1) {
		if (child + 1 < n && less(base + child * size, base + (child + 1) * size, ctx))
			child++;
		if (!less(base + at * size, base + child * size, ctx))
			break;
		swap_bytes(base + at * size, base + child * size, size);
		at = child;
	}
}

void heap_sort(void *base, size_t n, size_t size, heap_less less, void *ctx)
{
	unsigned char *b = base;

	for (size_t i = n / 2; i-- > 0;)
		heap_sift(b, i, n, size, less, ctx);
	for (size_t end = n; end-- > 1;) {
		swap_bytes(b, b + end * size, size);
		heap_sift(b, 0, end, size, less, ctx);
	}
}
