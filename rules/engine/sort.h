/* Sorting in place, without memory. Not stable. */
#ifndef RULES_ENGINE_SORT_H
#define RULES_ENGINE_SORT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a comes before b. */
typedef bool (*heap_less)(const void *a, const void *b, void *ctx);

/* n elements of `size` bytes. O(n log n). */
void heap_sort(void *base, size_t n, size_t size, heap_less less, void *ctx);

/* The greatest on top: lets the element at `at` sink to its place when those below it are in order. O(log n). */
void heap_sift(void *base, size_t at, size_t n, size_t size, heap_less less, void *ctx);

#endif
