#include "services/imports/person_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_TEXT (2 * PERSON_KEY_BYTES)

int person_key_load(const char *path, struct person_key *ret_key, struct err *e)
{
	char text[KEY_TEXT + 3];
	struct person_key key;
	size_t n, got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t rd;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path,
			strerror(errno));
	rd = read(fd, text, sizeof text);
	(void)close(fd);
	if (rd < 0)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	n = (size_t)rd;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (n != KEY_TEXT ||
		sodium_hex2bin(key.bytes, sizeof key.bytes, text, n, NULL, &got, NULL) != 0 ||
		got != sizeof key.bytes)
		return err_set(e, ERR_SYNTAX,
			"%s: not a person key; it must hold %d hexadecimal digits", path, KEY_TEXT);
	*ret_key = key;
	sodium_memzero(&key, sizeof key);
	sodium_memzero(text, sizeof text);
	return 0;
}

static int make_folder_of(const char *path, struct err *e)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return 0;
	if ((size_t)(slash - path) >= sizeof folder)
		return err_set(e, ERR_INVALID, "%s: the path is too long", path);
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
	return 0;
}

/* Writes the key under a name of its own first, so that a key file is whole or not there. */
static int write_key(const char *path, const struct person_key *key, struct err *e)
{
	char text[KEY_TEXT + 2], temporary[4096];
	int fd, rc = 0;

	if ((size_t)snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid()) >=
		sizeof temporary)
		return err_set(e, ERR_INVALID, "%s: the path is too long", path);
	(void)sodium_bin2hex(text, sizeof text, key->bytes, sizeof key->bytes);
	text[KEY_TEXT] = '\n';
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_IO, "%s: %s", temporary, strerror(errno));
	if (write(fd, text, KEY_TEXT + 1) != KEY_TEXT + 1 || fsync(fd) != 0)
		rc = err_set(e, ERR_IO, "%s: %s", temporary, strerror(errno));
	(void)close(fd);
	/* link() and not rename(): whoever came first wins, and both then use the same key. */
	if (rc == 0 && link(temporary, path) != 0 && errno != EEXIST)
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	(void)unlink(temporary);
	sodium_memzero(text, sizeof text);
	return rc;
}

int person_key_load_or_make(
	const char *path, struct person_key *ret_key, bool *ret_made, struct err *e)
{
	struct person_key key;
	int rc = person_key_load(path, ret_key, e);

	*ret_made = false;
	if (rc != ERR_NOTFOUND)
		return rc;
	err_clear(e);
	if (sodium_init() < 0)
		return err_set(e, ERR_IO, "no source of random numbers");
	rc = make_folder_of(path, e);
	if (rc != 0)
		return rc;
	randombytes_buf(key.bytes, sizeof key.bytes);
	rc = write_key(path, &key, e);
	sodium_memzero(&key, sizeof key);
	if (rc == 0)
		rc = person_key_load(path, ret_key, e);
	*ret_made = rc == 0;
	return rc;
}

void person_key_public(struct person_key *ret_key)
{
	static const char text[PERSON_KEY_BYTES] = "capscore offline: no secret key";

	memcpy(ret_key->bytes, text, sizeof text);
}

const char *person_id(const struct person_key *key, struct str profile_id, char *buf)
{
	unsigned char hash[(PERSON_ID_TEXT - 1) / 2];
	crypto_generichash_state st;

	while (profile_id.n > 0 && profile_id.p[0] == ' ') {
		profile_id.p++;
		profile_id.n--;
	}
	while (profile_id.n > 0 && profile_id.p[profile_id.n - 1] == ' ')
		profile_id.n--;
	(void)crypto_generichash_init(&st, key->bytes, sizeof key->bytes, sizeof hash);
	for (size_t i = 0; i < profile_id.n; i++) {
		char c = profile_id.p[i];
		unsigned char folded = (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);

		(void)crypto_generichash_update(&st, &folded, 1);
	}
	(void)crypto_generichash_final(&st, hash, sizeof hash);
	return sodium_bin2hex(buf, PERSON_ID_TEXT, hash, sizeof hash);
}

struct str person_of(const struct person_key *key, struct str s, char *buf)
{
	static const struct str hashed = STR_INIT(PERSON_HASHED);

	if (s.n == hashed.n + PERSON_ID_TEXT - 1 && str_eq((struct str){ s.p, hashed.n }, hashed))
		return (struct str){ s.p + hashed.n, PERSON_ID_TEXT - 1 };
	return str_from(person_id(key, s, buf));
}
