/* capscore import: exports of Partner Center, as facts, to ingestion. */
#include "services/cli/transfer.h"
#include "services/cli/verbs.h"

int cmd_import(const struct verb *verb, int argc, char **argv)
{
	return transfer_import(verb, argc, argv);
}
