#include "common/io/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/hash.h"
#include "common/base/mem.h"

#define MAGIC	      0x4e53504143303153ULL
#define VERSION	      1u
#define BLOB_MAX      ((size_t)1 << 30)
#define WRITE_SIZE    ((size_t)1 << 20)
#define PATH_TEXT_MAX 4096

struct file_head {
	uint64_t magic;
	uint32_t version, reserved;
	struct snapshot_head head;
	uint64_t checksum; /* of everything before it */
};

/* Before each blob, and once more at the end with length 0 and the number of blobs as checksum. */
struct blob_head {
	uint64_t length; /* > 0 */
	uint64_t checksum;
};

struct snapshot_writer {
	int fd;
	struct buf pending;
	uint64_t n_blobs;
	int failed; /* first error code, sticky */
	int failed_errno;
};

static int io_error(struct err *e, const char *what, const char *path)
{
	int code = errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO;

	return err_set(e, code, "%s %s: %s", what, path, strerror(errno));
}

static int new_path(const char *path, char out[PATH_TEXT_MAX], struct err *e)
{
	int n = snprintf(out, PATH_TEXT_MAX, "%s.new", path);

	return n > 0 && n < PATH_TEXT_MAX ? 0 : err_set(e, ERR_INVALID, "path too long: %s", path);
}

/* ---- writing ---------------------------------------------------------------------------------------------- */

static int flush(struct snapshot_writer *w)
{
	size_t at = 0;

	while (w->failed == 0 && at < w->pending.n) {
		ssize_t n = write(w->fd, w->pending.p + at, w->pending.n - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			w->failed = errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO;
			w->failed_errno = errno;
		} else {
			at += (size_t)n;
		}
	}
	buf_reset(&w->pending);
	return w->failed;
}

static int add(struct snapshot_writer *w, const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n > 0) {
		size_t room = WRITE_SIZE - w->pending.n, step = n < room ? n : room;
		int rc = buf_add(&w->pending, b, step);

		if (rc != 0)
			return rc;
		b += step;
		n -= step;
		if (w->pending.n == WRITE_SIZE && flush(w) != 0)
			return w->failed;
	}
	return w->failed;
}

int snapshot_create(const char *path, const struct snapshot_head *head,
	struct snapshot_writer **ret_w, struct err *e)
{
	struct file_head fh = { .magic = MAGIC, .version = VERSION, .head = *head };
	struct snapshot_writer *w;
	char temp[PATH_TEXT_MAX];
	int rc = new_path(path, temp, e);

	if (rc != 0)
		return rc;
	w = mem_zalloc(&mem_heap, sizeof *w);
	if (w == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a snapshot");
	buf_init(&w->pending, &mem_heap, WRITE_SIZE);
	w->fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		rc = io_error(e, "cannot create", temp);
		mem_free(&mem_heap, w, sizeof *w);
		return rc;
	}
	fh.checksum = hash_bytes(&fh, offsetof(struct file_head, checksum), 0);
	rc = add(w, &fh, sizeof fh);
	if (rc != 0) {
		err_set(e, rc, "cannot write %s", temp);
		(void)close(w->fd);
		buf_fini(&w->pending);
		mem_free(&mem_heap, w, sizeof *w);
		return rc;
	}
	*ret_w = w;
	return 0;
}

int snapshot_put(void *ctx, struct span blob)
{
	struct snapshot_writer *w = ctx;
	struct blob_head bh = { blob.n, hash_bytes(blob.p, blob.n, 0) };
	int rc;

	if (blob.n == 0 || blob.n > BLOB_MAX)
		return ERR_INVALID;
	rc = add(w, &bh, sizeof bh);
	if (rc == 0)
		rc = add(w, blob.p, blob.n);
	w->n_blobs++;
	return rc;
}

int snapshot_finish(struct snapshot_writer **pw, struct err *e)
{
	struct snapshot_writer *w = *pw;
	struct blob_head end = { 0, w->n_blobs };
	int rc = add(w, &end, sizeof end);

	if (rc == 0)
		rc = flush(w);
	if (rc != 0)
		err_set(e, rc, "cannot write the snapshot: %s",
			w->failed_errno != 0 ? strerror(w->failed_errno) : err_text(rc));
	else if (fdatasync(w->fd) != 0)
		rc = io_error(e, "cannot sync", "the snapshot");
	if (close(w->fd) != 0 && rc == 0)
		rc = io_error(e, "cannot close", "the snapshot");
	buf_fini(&w->pending);
	mem_free(&mem_heap, w, sizeof *w);
	*pw = NULL;
	return rc;
}

int snapshot_switch(const char *path, struct err *e)
{
	char temp[PATH_TEXT_MAX], *slash;
	int fd, rc = new_path(path, temp, e);

	if (rc != 0)
		return rc;
	if (rename(temp, path) != 0)
		return io_error(e, "cannot put in place", temp);
	slash = strrchr(temp, '/');
	if (slash == NULL)
		strcpy(temp, ".");
	else
		*slash = '\0';
	fd = open(temp[0] == '\0' ? "/" : temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return io_error(e, "cannot open the folder", temp);
	rc = fsync(fd) != 0 ? io_error(e, "cannot sync the folder", temp) : 0;
	(void)close(fd);
	return rc;
}

void snapshot_discard(const char *path)
{
	char temp[PATH_TEXT_MAX];

	if (new_path(path, temp, NULL) == 0)
		(void)unlink(temp);
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

struct snapshot_reader {
	FILE *f;
	uint64_t left; /* bytes of the file not read yet */
	struct buf blob;
	uint64_t n_blobs;
	bool ended;
};

static int read_exactly(struct snapshot_reader *r, void *p, size_t n)
{
	if (n > r->left || fread(p, 1, n, r->f) != n)
		return ERR_CORRUPT;
	r->left -= n;
	return 0;
}

/* Only an ordinary file: anything else could keep the start waiting for ever. */
static int open_file(const char *path, FILE **ret_f, uint64_t *ret_size, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return errno == ENOENT ? err_set(e, ERR_NOTFOUND, "no snapshot at %s", path)
				       : io_error(e, "cannot open", path);
	if (fstat(fd, &st) != 0)
		rc = io_error(e, "cannot look at", path);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(e, ERR_CORRUPT, "%s is no ordinary file", path);
	else if ((*ret_f = fdopen(fd, "rb")) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for reading %s", path);
	if (rc != 0)
		(void)close(fd);
	else
		*ret_size = (uint64_t)st.st_size;
	return rc;
}

int snapshot_open(const char *path, struct snapshot_head *ret_head, struct snapshot_reader **ret_r,
	struct err *e)
{
	struct file_head fh;
	struct snapshot_reader *r;
	uint64_t size = 0;
	FILE *f = NULL;
	int rc = open_file(path, &f, &size, e);

	if (rc != 0)
		return rc;
	r = mem_zalloc(&mem_heap, sizeof *r);
	if (r == NULL) {
		(void)fclose(f);
		return err_set(e, ERR_NOMEM, "no memory for reading %s", path);
	}
	r->f = f;
	r->left = size;
	buf_init(&r->blob, &mem_heap, BLOB_MAX);
	(void)setvbuf(f, NULL, _IOFBF, WRITE_SIZE);
	if (read_exactly(r, &fh, sizeof fh) != 0 || fh.magic != MAGIC || fh.version != VERSION ||
		fh.checksum != hash_bytes(&fh, offsetof(struct file_head, checksum), 0)) {
		snapshot_close(r);
		return err_set(e, ERR_CORRUPT, "%s is damaged or of another version", path);
	}
	*ret_head = fh.head;
	*ret_r = r;
	return 0;
}

int snapshot_get(void *ctx, struct span *ret_blob)
{
	struct snapshot_reader *r = ctx;
	struct blob_head bh;
	int rc;

	*ret_blob = (struct span){ NULL, 0 };
	if (r->ended)
		return 0;
	rc = read_exactly(r, &bh, sizeof bh);
	if (rc != 0)
		return rc;
	if (bh.length == 0) {
		r->ended = true;
		return bh.checksum == r->n_blobs ? 0 : ERR_CORRUPT;
	}
	if (bh.length > BLOB_MAX || bh.length > r->left)
		return ERR_CORRUPT; /* before room is made for it */
	buf_reset(&r->blob);
	rc = buf_reserve(&r->blob, bh.length);
	if (rc == 0)
		rc = read_exactly(r, r->blob.p, bh.length);
	if (rc != 0)
		return rc;
	if (hash_bytes(r->blob.p, bh.length, 0) != bh.checksum)
		return ERR_CORRUPT;
	r->n_blobs++;
	*ret_blob = (struct span){ r->blob.p, bh.length };
	return 0;
}

void snapshot_close(struct snapshot_reader *r)
{
	if (r == NULL)
		return;
	(void)fclose(r->f);
	buf_fini(&r->blob);
	mem_free(&mem_heap, r, sizeof *r);
}
