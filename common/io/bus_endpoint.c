/* Which endpoints the bus accepts. There is no encryption, so nothing may leave the machine: TCP on loopback
 * addresses only, named as addresses, so that no name service can send it elsewhere. */
#include "common/io/bus_endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/text.h"

_Static_assert(sizeof(((struct sockaddr_un *)NULL)->sun_path) == BUS_IPC_PATH_MAX + 1,
	"the limit named in messages is the kernel's");

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int parse_ipc(const char *endpoint, struct bus_address *a, struct err *e)
{
	const char *path = endpoint + strlen("ipc://");
	size_t n = strlen(path);

	if (n == 0 || strcmp(path, "*") == 0)
		return err_set(e, ERR_INVALID, "%s: a path is missing after ipc://", endpoint);
	if (path[0] == '@')
		return err_set(e, ERR_UNSUPPORTED,
			"%s: an abstract socket is open to every user; give a path instead",
			endpoint);
	if (n > BUS_IPC_PATH_MAX)
		return err_set(e, ERR_INVALID,
			"the socket path has %zu bytes, the system takes at most %d; use a shorter or "
			"a relative data folder: %s",
			n, BUS_IPC_PATH_MAX, path);
	a->transport = BUS_IPC;
	memcpy(a->endpoint, endpoint, strlen(endpoint) + 1);
	a->path = a->endpoint + strlen("ipc://");
	return 0;
}

/* Decimal digits only; -1 when not a port. */
static long parse_port(const char *text, bool bind)
{
	long port = 0;

	if (bind && strcmp(text, "*") == 0)
		return 0;
	if (text[0] == '\0' || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
		return -1;
	for (; *text != '\0'; text++)
		port = port * 10 + (*text - '0');
	return port > 65535 || (port == 0 && !bind) ? -1 : port;
}

static int parse_host(
	struct str host, enum bus_transport *ret_transport, char *ret_host, size_t cap)
{
	struct in_addr v4;
	char text[64];

	if (str_eq(host, STR("localhost")))
		host = STR("127.0.0.1");
	if (str_eq(host, STR("[::1]"))) {
		*ret_transport = BUS_TCP6;
		(void)snprintf(ret_host, cap, "[::1]");
		return 0;
	}
	if (host.n >= sizeof(text))
		return ERR_UNSUPPORTED;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (inet_pton(AF_INET, text, &v4) != 1 || ntohl(v4.s_addr) >> 24 != 127)
		return ERR_UNSUPPORTED;
	*ret_transport = BUS_TCP4;
	(void)snprintf(ret_host, cap, "%s", text);
	return 0;
}

static int parse_tcp(const char *endpoint, bool bind, struct bus_address *a, struct err *e)
{
	const char *host = endpoint + strlen("tcp://");
	const char *colon = strrchr(host, ':');
	enum bus_transport transport;
	char name[64];
	long port;

	if (colon == NULL || colon == host)
		return err_set(e, ERR_INVALID, "%s: expected tcp://127.0.0.1:PORT", endpoint);
	port = parse_port(colon + 1, bind);
	if (port < 0)
		return err_set(e, ERR_INVALID, "%s: \"%s\" is not a port", endpoint, colon + 1);
	if (parse_host((struct str){ host, (size_t)(colon - host) }, &transport, name,
		    sizeof(name)) != 0)
		return err_set(e, ERR_UNSUPPORTED,
			"%s: TCP is not encrypted here and works on loopback addresses only "
			"(127.0.0.1, localhost, [::1])",
			endpoint);
	a->transport = transport;
	a->path = NULL;
	if (port == 0)
		(void)snprintf(a->endpoint, sizeof(a->endpoint), "tcp://%s:*", name);
	else
		(void)snprintf(a->endpoint, sizeof(a->endpoint), "tcp://%s:%ld", name, port);
	return 0;
}

int bus_address_parse(
	const char *endpoint, bool bind, struct bus_address *ret_address, struct err *e)
{
	if (starts_with(endpoint, "ipc://"))
		return parse_ipc(endpoint, ret_address, e);
	if (starts_with(endpoint, "tcp://"))
		return parse_tcp(endpoint, bind, ret_address, e);
	return err_set(e, ERR_INVALID, "%s: an endpoint starts with ipc:// or tcp://", endpoint);
}

int bus_ipc_check_free(const char *path, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, rc, why;

	if (lstat(path, &st) != 0) {
		if (errno == ENOENT)
			return 0;
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	}
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_EXISTS,
			"%s exists and is not a socket; move it away or choose another path", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, ERR_IO, "socket: %s", strerror(errno));
	memcpy(a.sun_path, path, strlen(path) + 1);
	rc = connect(fd, (struct sockaddr *)&a, sizeof(a));
	why = rc == 0 ? 0 : errno;
	(void)close(fd);
	if (why == ECONNREFUSED || why == ENOENT)
		return 0;
	if (why == 0 || why == EAGAIN || why == EINPROGRESS)
		return err_set(e, ERR_BUSY, "%s: another process listens here", path);
	return err_set(e, ERR_IO, "%s: %s", path, strerror(why));
}
