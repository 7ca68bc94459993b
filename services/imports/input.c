#include "services/imports/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_path(const char *path, struct input *in, struct err *e)
{
	if (strcmp(path, "-") == 0) {
		in->fd = STDIN_FILENO;
		return 0;
	}
	in->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path,
			strerror(errno));
	in->owns_fd = true;
	return 0;
}

int input_open(const struct alloc *a, const char *path, struct input *ret_in, struct err *e)
{
	struct input in = { .a = a, .fd = -1 };
	struct stat st;
	int rc = open_path(path, &in, e);

	if (rc != 0)
		return rc;
	if (fstat(in.fd, &st) != 0) {
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		rc = err_set(e, ERR_IO, "%s: is a folder; name the files in it", path);
	} else {
		if (S_ISREG(st.st_mode)) {
			in.size = (uint64_t)st.st_size;
			in.modified =
				(event_ms)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
		}
		in.buf = mem_alloc(a, INPUT_WINDOW);
		if (in.buf == NULL)
			rc = err_set(e, ERR_NOMEM, "%s: no memory for the read window", path);
	}
	if (rc != 0) {
		input_close(&in);
		return rc;
	}
	in.p = in.buf;
	*ret_in = in;
	return 0;
}

void input_open_memory(struct input *in, char *bytes, size_t n)
{
	*in = (struct input){ .fd = -1, .at_end = true, .p = bytes, .n = n, .taken = n, .size = n };
}

void input_close(struct input *in)
{
	if (in->owns_fd)
		(void)close(in->fd);
	if (in->buf != NULL)
		mem_free(in->a, in->buf, INPUT_WINDOW);
	*in = (struct input){ .fd = -1, .at_end = true };
}

int input_more(struct input *in, struct err *e)
{
	size_t end;
	ssize_t got;

	if (in->at_end)
		return ERR_NOTFOUND;
	end = (size_t)(in->p - in->buf) + in->n;
	if (end == INPUT_WINDOW) {
		if (in->n == INPUT_WINDOW)
			return ERR_FULL;
		memmove(in->buf, in->p, in->n);
		in->p = in->buf;
		end = in->n;
	}
	if (in->on_wait != NULL && in->modified == 0) {
		int rc = in->on_wait(in->wait_ctx, in->fd, e);

		if (rc != 0)
			return rc;
	}
	do
		got = read(in->fd, in->buf + end, INPUT_WINDOW - end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(e, ERR_IO, "reading: %s", strerror(errno));
	if (got == 0) {
		in->at_end = true;
		return ERR_NOTFOUND;
	}
	in->n += (size_t)got;
	in->taken += (uint64_t)got;
	return 0;
}

void input_skip(struct input *in, size_t n)
{
	in->p += n;
	in->n -= n;
}

int input_skip_bom(struct input *in, struct err *e)
{
	while (in->n < 3) {
		int rc = input_more(in, e);

		if (rc == ERR_NOTFOUND)
			break;
		if (rc != 0)
			return rc;
	}
	if (in->n >= 3 && memcmp(in->p, "\xEF\xBB\xBF", 3) == 0)
		input_skip(in, 3);
	else if (in->n >= 2 &&
		 (memcmp(in->p, "\xFF\xFE", 2) == 0 || memcmp(in->p, "\xFE\xFF", 2) == 0))
		return err_set(e, ERR_UNSUPPORTED,
			"the file is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)");
	return 0;
}
