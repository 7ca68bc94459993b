/* Finds the data files that come with the programs: rule editions and the stories of sample data.
 *
 * They lie beside the programs, in ../share/capscore/KIND/NAME.yaml seen from the program's own folder; so it is
 * in the build tree and under any installation prefix. */
#ifndef IO_SHARE_H
#define IO_SHARE_H

#include <stddef.h>

#include "common/base/err.h"

#define SHARE_EDITIONS "editions"
#define SHARE_STORIES  "stories"

/* kind    one of the above.
 * name    a name to look up ("2023-06"), or a path: whatever holds a '/' or ends with ".yaml" is taken as it is.
 * path    receives the path, NUL-terminated, untouched on failure. cap: its size; PATH_MAX is enough.
 * Returns 0, ERR_NOTFOUND (there is no such file: the text lists the names there are), ERR_FULL (longer than
 * cap), ERR_IO. */
int share_find(const char *kind, const char *name, char *path, size_t cap, struct err *e);

#endif
