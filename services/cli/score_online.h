/* The verb score without --offline: what the scoring service answers. */
#ifndef CLI_SCORE_ONLINE_H
#define CLI_SCORE_ONLINE_H

#include "services/cli/endpoints.h"
#include "services/cli/score_source.h"
#include "services/cli/score_verb.h"

struct score_list_options {
	const char *status; /* NULL: any; a name of enum area_status */
};

/* The score of r->partner, or its history. Returns an exit code. */
int score_online(const struct score_request *r, struct endpoints *ep);
/* The scoring service at an endpoint, which is borrowed. */
struct score_source score_service(struct endpoints *ep);

/* The standing of every partner that matches, page by page. Returns an exit code. */
int score_online_list(
	const struct score_request *r, struct endpoints *ep, const struct score_list_options *o);

#endif
