/* How producers call themselves (Hello), by their connection. Bounded: the oldest name gives way, and that producer
 * is then called by its connection id, as one that never said Hello. */
#ifndef INGESTION_NAMES_CORE_H
#define INGESTION_NAMES_CORE_H

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/base/text.h"

#define NAMES_PEER_MAX 255 /* bytes of a connection id */
#define NAMES_NAME_MAX 256 /* bytes of a name */

struct names;

/* cap  names, at least 1. Returns 0, ERR_NOMEM. */
int names_create(const struct alloc *a, size_t cap, struct names **ret_n);
void names_destroy(struct names *n); /* accepts NULL */

/* Returns 0, ERR_INVALID (empty, too long, or not clean UTF-8; nothing changed). */
int names_put(struct names *n, struct span peer, struct str name);

/* The name, or the connection id in hexadecimal. The text is valid until the next call of this module. */
struct str names_get(struct names *n, struct span peer);

#endif
