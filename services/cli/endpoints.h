/* Where the services of a data folder listen, and asking them. */
#ifndef CLI_ENDPOINTS_H
#define CLI_ENDPOINTS_H

#include "common/base/mem.h"
#include "common/io/options.h"
#include "common/wire/frame.h"

#define ENDPOINT_MAX 512

enum service_id {
	SERVICE_INGESTION,
	SERVICE_SCORING,
	SERVICE_NOTIFICATION,
	SERVICE_HISTORY,
	SERVICE_COUNT
};
const char *service_id_name(enum service_id id); /* "ingestion" */

/* Options of every verb that talks to services. */
struct endpoints {
	const char *data_dir;
	const char *given[SERVICE_COUNT]; /* NULL: the socket in the data folder */
	const char *publish;		  /* where ingestion takes events; NULL likewise */
	char buf[SERVICE_COUNT][ENDPOINT_MAX];
	char publish_buf[ENDPOINT_MAX];
};
#define ENDPOINT_DATA_DIR(ep)                                                                      \
	{                                                                                          \
		.name = "data-dir", .letter = 'd', .type = OPTION_TEXT, .value = &(ep).data_dir,   \
		.initial = "./capscore-data", .metavar = "DIR",                                    \
		.help = "data folder of the services"                                              \
	}
#define ENDPOINT_OPTION(ep, id, option)                                                            \
	{                                                                                          \
		.name = option, .type = OPTION_TEXT, .value = &(ep).given[id],                     \
		.metavar = "ENDPOINT",                                                             \
		.help = "socket of this service, when it is not in the data folder"                \
	}

/* Endpoint of a service; borrowed from ep. */
const char *endpoint_of(struct endpoints *ep, enum service_id id);
const char *endpoint_publish(struct endpoints *ep);

#define ASK_TIMEOUT_MS 5000

/* Asks a service one question. A Failure answer becomes an error: ERR_NOTFOUND for an unknown partner, ERR_INVALID
 * for an unknown area, ERR_MISMATCH for rules that are not kept, ERR_SYNTAX for facts that cannot be, ERR_FULL for
 * too large, ERR_AGAIN for busy, ERR_PROTOCOL otherwise. No answer: ERR_TIMEOUT, with a text that says how to start the service. */
int endpoint_ask(struct endpoints *ep, enum service_id id, const struct frame *question,
	unsigned timeout_ms, struct arena *ar, struct frame *ret_answer, struct err *e);

#endif
