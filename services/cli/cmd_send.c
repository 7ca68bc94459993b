/* capscore send: events to ingestion. */
#include "services/cli/transfer.h"
#include "services/cli/verbs.h"

int cmd_send(const struct verb *verb, int argc, char **argv)
{
	return transfer_send(verb, argc, argv);
}
