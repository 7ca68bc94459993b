/* Who has a store's folder open: one writer on the machine, and one handle in the process.
 *
 * The writer's claim is an flock on the file "writer.lock"; it ends with the process, whatever ends it, and a
 * forked child does not keep it. A second handle in the same process is refused too, reader or writer, because LMDB's
 * own locks do not survive that. */
#ifndef IO_STORE_CLAIM_H
#define IO_STORE_CLAIM_H

#include <stdbool.h>

#include "common/base/err.h"

struct store_claim;

/* Makes the folder and its parents where missing, mode 0700, durably. Returns 0, ERR_IO, ERR_NOSPACE. */
int store_claim_folder(const char *path, struct err *e);

/* Makes names that were given inside the folder durable. Returns 0, ERR_IO, ERR_NOSPACE. */
int store_claim_sync(const char *path, struct err *e);

/* The folder must exist. Returns 0, ERR_NOTFOUND, ERR_BUSY, ERR_NOMEM, ERR_IO. */
int store_claim_take(const char *path, bool writer, struct store_claim **ret_claim, struct err *e);
void store_claim_drop(struct store_claim *claim); /* accepts NULL */

#endif
