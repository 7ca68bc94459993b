/* Folders and locks of stores. */
#include "common/io/store_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"

struct store_claim {
	struct store_claim *next;
	dev_t dev;
	ino_t ino;
	pid_t pid; /* a child inherits the list by fork, not the claims */
	int fd;	   /* of the lock file; -1 for a reader */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct store_claim *claims; /* of this process, guarded by lock */

static void before_fork(void)
{
	(void)pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
	(void)pthread_mutex_unlock(&lock);
}

/* An flock belongs to all who share the descriptor: a child that outlives its parent would keep the folder locked. */
static void after_fork_in_child(void)
{
	for (struct store_claim *c = claims; c != NULL; c = c->next) {
		if (c->fd >= 0)
			(void)close(c->fd);
		c->fd = -1;
	}
	(void)pthread_mutex_unlock(&lock);
}

static void install_fork_handlers(void)
{
	(void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static int io_error(struct err *e, const char *path, const char *what)
{
	int code = errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO;

	return err_set(e, code, "%s: cannot %s: %s", path, what, strerror(errno));
}

int store_claim_sync(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return io_error(e, path, "open the folder");
	if (fsync(fd) != 0)
		rc = io_error(e, path, "sync the folder");
	(void)close(fd);
	return rc;
}

static int sync_parent(const char *path, struct err *e)
{
	char parent[PATH_MAX];
	char *slash;

	(void)snprintf(parent, sizeof parent, "%s", path);
	slash = strrchr(parent, '/');
	if (slash == NULL)
		return store_claim_sync(".", e);
	slash[slash == parent] = '\0';
	return store_claim_sync(parent, e);
}

int store_claim_folder(const char *path, struct err *e)
{
	char part[PATH_MAX];
	size_t n = strlen(path);
	struct stat st;

	if (n == 0 || n >= sizeof part - 32)
		return err_set(
			e, ERR_INVALID, "a folder's path has 1 to %zu bytes", sizeof part - 33);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) == 0) {
			int rc = sync_parent(part, e);

			if (rc != 0)
				return rc;
		} else if (errno != EEXIST && (stat(part, &st) != 0 || !S_ISDIR(st.st_mode))) {
			return io_error(e, part, "make the folder");
		}
	}
	return 0;
}

static int lock_file(const char *path, int *ret_fd, struct err *e)
{
	char file[PATH_MAX];
	int fd, rc = 0;

	(void)snprintf(file, sizeof file, "%.*s/writer.lock", (int)sizeof file - 16, path);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_error(e, file, "open the lock file");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_fd = fd;
		return 0;
	}
	if (errno == EWOULDBLOCK)
		rc = err_set(e, ERR_BUSY, "%s: another process writes to this folder", path);
	else
		rc = io_error(e, file, "lock");
	(void)close(fd);
	return rc;
}

/* With the mutex held. */
static int take(const char *path, bool writer, struct store_claim *c, struct err *e)
{
	for (const struct store_claim *o = claims; o != NULL; o = o->next)
		if (o->dev == c->dev && o->ino == c->ino && o->pid == c->pid)
			return err_set(
				e, ERR_BUSY, "%s: this process has the folder open already", path);
	if (writer) {
		int rc = lock_file(path, &c->fd, e);

		if (rc != 0)
			return rc;
	}
	c->next = claims;
	claims = c;
	return 0;
}

int store_claim_take(const char *path, bool writer, struct store_claim **ret_claim, struct err *e)
{
	struct store_claim *c;
	struct stat st;
	int rc;

	if (stat(path, &st) != 0) {
		if (errno == ENOENT)
			return err_set(e, ERR_NOTFOUND, "%s: no such folder", path);
		return io_error(e, path, "look at the folder");
	}
	c = mem_zalloc(&mem_heap, sizeof *c);
	if (c == NULL)
		return err_set(e, ERR_NOMEM, "opening %s", path);
	*c = (struct store_claim){ .dev = st.st_dev, .ino = st.st_ino, .pid = getpid(), .fd = -1 };
	(void)pthread_once(&once, install_fork_handlers);
	(void)pthread_mutex_lock(&lock);
	rc = take(path, writer, c, e);
	(void)pthread_mutex_unlock(&lock);
	if (rc != 0) {
		mem_free(&mem_heap, c, sizeof *c);
		return rc;
	}
	*ret_claim = c;
	return 0;
}

void store_claim_drop(struct store_claim *claim)
{
	if (claim == NULL)
		return;
	(void)pthread_mutex_lock(&lock);
	for (struct store_claim **p = &claims; *p != NULL; p = &(*p)->next) {
		if (*p == claim) {
			*p = claim->next;
			break;
		}
	}
	if (claim->fd >= 0)
		(void)close(claim->fd);
	(void)pthread_mutex_unlock(&lock);
	mem_free(&mem_heap, claim, sizeof *claim);
}
