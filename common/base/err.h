/* Error codes and error texts.
 *
 * A function that can fail returns 0 or one of the negative codes below and leaves its outputs as they
 * were. The text for people goes into a caller-owned `struct err`, which may be NULL; programs never
 * parse it. The table is the only place where a code, its name and its meaning stand. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

#define ERR_TABLE(X)                                                                               \
	X(ERR_NOMEM, -1, "out of memory")                                                          \
	X(ERR_INVALID, -2, "invalid value")                                                        \
	X(ERR_RANGE, -3, "value out of range")                                                     \
	X(ERR_AGAIN, -4, "not now: full, try again")                                               \
	X(ERR_FULL, -5, "capacity reached")                                                        \
	X(ERR_NOTFOUND, -6, "not found")                                                           \
	X(ERR_EXISTS, -7, "exists already")                                                        \
	X(ERR_CORRUPT, -8, "stored data is damaged")                                               \
	X(ERR_IO, -9, "input or output failed")                                                    \
	X(ERR_NOSPACE, -10, "no space left on the disk")                                           \
	X(ERR_SYNTAX, -11, "syntax error")                                                         \
	X(ERR_PROTOCOL, -12, "the peer broke the protocol")                                        \
	X(ERR_TIMEOUT, -13, "no answer in time")                                                   \
	X(ERR_CLOSED, -14, "closed")                                                               \
	X(ERR_UNSUPPORTED, -15, "not supported")                                                   \
	X(ERR_MISMATCH, -16, "does not match what was stored")                                     \
	X(ERR_BUSY, -17, "in use by another process")

enum {
#define X(name, code, text) name = code,
	ERR_TABLE(X)
#undef X
};

#define ERR_TEXT_MAX 512

/* A text for people. Zero-initialise it, or call err_clear(). */
struct err {
	int code;		 /* 0 or the code of the failure */
	char text[ERR_TEXT_MAX]; /* always NUL-terminated; cut at the end when too long */
};

#if defined(__GNUC__)
#define ERR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define ERR_PRINTF(fmt, args)
#endif

void err_clear(struct err *e);

/* Sets code and text; returns `code`, so that `return err_set(e, ERR_X, ...)` reads well. e may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...) ERR_PRINTF(3, 4);

/* Puts "context: " before the text and keeps the code. Returns the code that e holds (0 for NULL). */
int err_wrap(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

/* The meaning of a code, for example "out of memory"; never NULL. */
const char *err_text(int code);

/* The name of a code, for example "ERR_NOMEM"; never NULL. */
const char *err_name(int code);

#endif
