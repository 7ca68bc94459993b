/* What the verbs send and import do alike: read files, deliver their facts, tell what became of them. An import delivers
 * the differences from earlier ones (services/imports/ledger.h). */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include "services/cli/files.h"

/* Each returns an exit code. */
int transfer_send(const struct verb *verb, int argc, char **argv);
int transfer_import(const struct verb *verb, int argc, char **argv);

#endif
