/* Bytes of a file, of the standard input or of memory, through a window that can look ahead.
 *
 * The window shows unread bytes in one piece. Asking for more moves and refills it, up to INPUT_WINDOW bytes,
 * which is the longest record any reader takes. */
#ifndef IMPORTS_INPUT_H
#define IMPORTS_INPUT_H

#include <stdbool.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#define INPUT_WINDOW ((size_t)4 * 1024 * 1024)

struct input {
	const struct alloc *a;
	int fd; /* -1 for memory */
	bool owns_fd;
	bool at_end; /* nothing more will come from fd */
	char *buf;   /* INPUT_WINDOW bytes; NULL for memory */
	char *p;     /* unread bytes: p, n. Readers may write into them */
	size_t n;
	uint64_t taken; /* bytes read so far, the unread ones of the window included */
	uint64_t size;	/* of the file; 0 when it is not known (pipe) */
	/* Called before a read that may have to wait for what comes; a file never has to. NULL: just waits. */
	int (*on_wait)(void *ctx, int fd, struct err *e);
	void *wait_ctx;
	event_ms modified; /* the file's modification time; 0 when it has none (pipe, memory) */
};

/* path "-" is the standard input. Returns 0, ERR_NOTFOUND, ERR_IO (a folder, no permission ...), ERR_NOMEM. */
int input_open(const struct alloc *a, const char *path, struct input *ret_in, struct err *e);
/* bytes are borrowed and will be written to. */
void input_open_memory(struct input *in, char *bytes, size_t n);
void input_close(struct input *in);

/* Makes the window hold more bytes than now. Returns 0, ERR_NOTFOUND (end of input: nothing more), ERR_FULL (the
 * window is full), ERR_IO. The bytes may move. */
int input_more(struct input *in, struct err *e);
/* Drops n bytes from the front; n <= in->n. */
void input_skip(struct input *in, size_t n);
/* Skips a UTF-8 byte order mark. Returns 0, ERR_UNSUPPORTED (UTF-16; says what to do), ERR_IO. */
int input_skip_bom(struct input *in, struct err *e);

#endif
