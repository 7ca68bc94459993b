/* What the verbs send and import do alike: read files, deliver their facts, tell what became of them. */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include "services/cli/files.h"

/* Returns an exit code. */
int transfer_run(const struct verb *verb, enum facts_accept accept, int argc, char **argv);

#endif
