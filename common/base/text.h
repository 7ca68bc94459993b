/* Slices of text, and the few operations on them that the core needs. A slice borrows its bytes and is not
 * NUL-terminated. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p; /* may be NULL when n is 0 */
	size_t n;      /* bytes */
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_INIT(literal)                                                                          \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	} /* the same where a constant is needed */
#define STR_FMT	   "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_from(const char *z)
{
	return (struct str){ z, z == NULL ? 0 : strlen(z) };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Bytewise order, a shorter prefix first: negative, 0 or positive. */
int str_cmp(struct str a, struct str b);

/* Equal, ASCII letters compared without case. */
bool str_eq_nocase(struct str a, struct str b);

/* Valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF) without control characters
 * (below U+0020 and U+007F). */
bool str_is_clean_utf8(struct str s);

/* The number of single-character edits between a and b, ASCII case ignored, given up past `max`
 * (returns max + 1 then). For "did you mean". Inputs over 64 bytes count as past max. */
unsigned str_distance(struct str a, struct str b, unsigned max);

/* A writer into a fixed buffer: keeps counting when full, so `len` tells what would have been needed. */
struct sink {
	char *buf;
	size_t cap;
	size_t len;
};
void sink_init(struct sink *s, char *buf, size_t cap);
void sink_add(struct sink *s, struct str t);
void sink_printf(struct sink *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool sink_is_cut(
	const struct sink *s); /* the text did not fit (it is NUL-terminated all the same) */

#endif
