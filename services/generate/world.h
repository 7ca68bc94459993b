/* A world for `capscore generate population`: what invented partners sell, to whom, how much, and how that changes.
 *
 * It is read from YAML (services/generate/worlds/default.yaml shows every key). Which certificates and products there
 * are is not said here but by an edition of the rules (shelf.h). */
#ifndef GENERATE_WORLD_H
#define GENERATE_WORLD_H

#include "common/base/event.h"
#include "services/generate/scenery.h"

#define WORLD_TEXT_MAX		262144 /* bytes of the file */
#define WORLD_LIST_MAX		64     /* markets, segments, associations of a kind */
#define WORLD_AZURE_MOST	12     /* services of one customer */
#define WORLD_WORKLOADS_MOST	8
#define WORLD_CERTIFICATES_MOST 8
#define WORLD_LOCATIONS_MOST	9

/* What customers buy, and what seasons and associations go by. */
enum trade { TRADE_AZURE, TRADE_SEATS, TRADE_BUSINESS, TRADE_END };

/* Amounts between least and most, by Zipf's law: a fraction of about least / x of them is above x. */
struct world_range {
	uint32_t least, most; /* 1 <= least <= most */
};

struct world_market {
	struct str country, code;
	struct scene_names cities;
};

struct world_segment {
	struct str name;
	uint32_t share; /* beside the others */
	struct world_range usd, seats, revenue, users;
};

struct world_association {
	enum association_kind kind;
	struct str name;    /* in reports */
	struct str channel; /* SalesChannel */
	uint32_t share;	    /* beside the others */
};

struct world {
	struct str name, title;
	struct scene scene;
	struct str certification_type; /* TrainingType of certificates */
	size_t n_markets, n_segments;
	const struct world_market *markets;
	const struct world_segment *segments;
	struct world_buys {
		uint32_t share; /* per cent of customers */
		uint32_t most;	/* services or workloads of one customer */
	} buys[TRADE_END];
	struct world_associations {
		size_t n;
		const struct world_association *items;
	} associations[TRADE_END];
	uint32_t seasons[TRADE_END][12]; /* per cent of an average month */
	/* Per cent each, unless the name says otherwise. */
	uint32_t second_attribution;
	uint32_t here_before, leave_a_year, come_back, shared; /* customers */
	uint32_t shrink, grow;				       /* a year, at most */
	uint32_t certificates_most; /* of a person, 1..WORLD_CERTIFICATES_MOST */
	uint32_t renew, earn_again, people_leave_a_year, extra;
	uint32_t focus, locations, locations_most, enrolled, deals; /* partners */
	uint32_t approved;					    /* CPOR claims */
	uint32_t active_least, active_most;			    /* of paid seats */
	uint32_t month_end;	      /* of a month's usage, on its last two days */
	struct scene_names teams;     /* sub-workloads of the Teams report */
	struct scene_names analytics; /* workloads that have a licence report of their own */
};

/* keep        everything in the world is allocated there.
 * name        of the file, for messages.
 * ret_report  gets "file:line:col: error: ..." with the source line, one message after the other; may be NULL.
 * Returns 0, ERR_SYNTAX (see the report), ERR_FULL (longer than WORLD_TEXT_MAX), ERR_NOMEM. */
int world_read(struct arena *keep, const char *name, struct str text, struct buf *ret_report,
	struct world *ret_world);

#endif
