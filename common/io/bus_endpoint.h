/* Endpoints of the bus: which ones are allowed, and making room for an ipc socket. Used by bus.c alone. */
#ifndef IO_BUS_ENDPOINT_H
#define IO_BUS_ENDPOINT_H

#include <stdbool.h>

#include "common/base/err.h"

#define BUS_ENDPOINT_MAX 128 /* bytes with the NUL */
#define BUS_IPC_PATH_MAX 107 /* bytes; what the kernel takes in a socket address */

enum bus_transport { BUS_IPC, BUS_TCP4, BUS_TCP6 };

struct bus_address {
	enum bus_transport transport;
	char endpoint[BUS_ENDPOINT_MAX]; /* as ZeroMQ wants it: "localhost" has become 127.0.0.1 */
	const char *path;		 /* of an ipc socket, inside `endpoint`; otherwise NULL */
};

/* Takes ipc://PATH, tcp://127.A.B.C:PORT, tcp://localhost:PORT and tcp://[::1]:PORT. With `bind` the port may be
 * "*" or 0: the system chooses.
 * Returns 0, ERR_INVALID (not an endpoint), ERR_UNSUPPORTED (understood, but open to other machines or users). */
int bus_address_parse(
	const char *endpoint, bool bind, struct bus_address *ret_address, struct err *e);

/* Looks at what stands where an ipc socket is to be bound. A socket nobody listens on is left for ZeroMQ to
 * replace; anything else is in the way.
 * Returns 0, ERR_BUSY (somebody listens), ERR_EXISTS (not a socket), ERR_IO. */
int bus_ipc_check_free(const char *path, struct err *e);

#endif
