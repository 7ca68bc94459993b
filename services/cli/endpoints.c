#include "services/cli/endpoints.h"

#include <stdio.h>

#include "common/io/query.h"

const char *service_id_name(enum service_id id)
{
	static const char *const names[] = { "ingestion", "scoring", "notification", "history" };

	return id < SERVICE_COUNT ? names[id] : "unknown";
}

const char *endpoint_of(struct endpoints *ep, enum service_id id)
{
	if (ep->given[id] != NULL)
		return ep->given[id];
	(void)snprintf(ep->buf[id], ENDPOINT_MAX, "ipc://%s/run/%s.sock", ep->data_dir,
		service_id_name(id));
	return ep->buf[id];
}

const char *endpoint_publish(struct endpoints *ep)
{
	if (ep->publish != NULL)
		return ep->publish;
	(void)snprintf(
		ep->publish_buf, ENDPOINT_MAX, "ipc://%s/run/ingestion-publish.sock", ep->data_dir);
	return ep->publish_buf;
}

static int failure(enum service_id id, const struct frame *a, struct err *e)
{
	struct str reason = a->u.failure.reason;
	int code = str_eq(reason, STR("unknown-partner")) ? ERR_NOTFOUND
		   : str_eq(reason, STR("unknown-area"))  ? ERR_INVALID
		   : str_eq(reason, STR("unknown-rules")) ? ERR_MISMATCH
		   : str_eq(reason, STR("bad-facts"))	  ? ERR_SYNTAX
		   : str_eq(reason, STR("too-large"))	  ? ERR_FULL
		   : str_eq(reason, STR("busy"))	  ? ERR_AGAIN
							  : ERR_PROTOCOL;

	return err_set(e, code, "%s answers: " STR_FMT " (" STR_FMT ")", service_id_name(id),
		STR_ARG(a->u.failure.detail), STR_ARG(reason));
}

int endpoint_ask(struct endpoints *ep, enum service_id id, const struct frame *question,
	unsigned timeout_ms, struct arena *ar, struct frame *ret_answer, struct err *e)
{
	const char *endpoint = endpoint_of(ep, id);
	int rc = query_ask(endpoint, question, timeout_ms, ar, ret_answer, e);

	if (rc == ERR_TIMEOUT || rc == ERR_CLOSED)
		return err_set(e, rc,
			"%s does not answer on %s; is it running? `capscore up --data-dir %s` starts the services",
			service_id_name(id), endpoint, ep->data_dir);
	if (rc == 0 && ret_answer->kind == FRAME_FAILURE)
		return failure(id, ret_answer, e);
	return rc;
}
