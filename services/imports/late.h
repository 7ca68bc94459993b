/* Rows that may be refused after the last one was read, because only then it is known in which order the file writes day
 * and month: kept as letters (letter.h) meanwhile. */
#ifndef IMPORTS_LATE_H
#define IMPORTS_LATE_H

#include "common/base/buf.h"
#include "services/imports/report.h"

#define LATE_BYTES_MAX ((size_t)4 << 20) /* of a file; the rows after that are not kept */

struct late_item {
	unsigned line;
	size_t at, n;
};
struct late {
	const struct alloc *a;
	struct buf bytes;
	struct late_item *items; /* ascending by line */
	size_t n, cap;
};

void late_init(struct late *l, const struct alloc *a);
void late_fini(struct late *l);
/* Keeps a row where refused rows are kept. Rows come in the order of the file. Returns 0 or ERR_NOMEM. */
int late_add(struct late *l, const struct report_row *row);
/* The letter of the row that begins on that line; empty when it is not kept. Cost: O(log rows). */
struct str late_find(const struct late *l, unsigned line);

#endif
