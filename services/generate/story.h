/* A story for `capscore generate`: what the exports of some invented partners say, month by month.
 *
 * It is read from YAML (services/generate/stories/demo.yaml shows every key) and fixes what scores depend on: usage of
 * customers and certificates of people. What it leaves open is drawn from a seed (generate_export.h). */
#ifndef GENERATE_STORY_H
#define GENERATE_STORY_H

#include "services/generate/scenery.h"

#define STORY_TEXT_MAX	   262144 /* bytes of the file */
#define STORY_PARTNERS_MAX 64
#define STORY_GROUPS_MAX   64  /* of customers, and of people, of one partner */
#define STORY_COUNT_MAX	   500 /* members of a group */
#define STORY_AMOUNTS_MAX  120
#define STORY_EARNED_MAX   16

/* From this month on, until the next one of the group. */
struct story_amount {
	month_no from;
	int64_t usd_micro; /* a month, of each customer of the group; 0: no rows */
};

struct story_customers {
	uint32_t count;
	struct str segment, market, channel;
	struct str attribution;
	struct str
		also; /* a second attribution under which the same usage is reported again; may be empty */
	size_t n_services;
	const uint16_t *services; /* indexes into story.scene.services */
	size_t n_amounts;
	const struct story_amount *amounts; /* by month */
};

struct story_earned {
	uint16_t training;
	day_no on, until; /* until: last day, DAY_NONE when it does not expire */
};

struct story_people {
	uint32_t count;
	size_t n_earned;
	const struct story_earned *earned;
};

struct story_partner {
	struct str id, location; /* global account and location account */
	struct str name, city, country;
	size_t n_customers;
	const struct story_customers *customers;
	size_t n_people;
	const struct story_people *people;
};

struct story {
	struct str name, title;
	month_no from, through;
	struct scene scene;
	size_t n_partners;
	const struct story_partner *partners;
};

/* keep        everything in the story is allocated there.
 * name        of the file, for messages.
 * ret_report  gets "file:line:col: error: ..." with the source line, one message after the other; may be NULL.
 * Returns 0, ERR_SYNTAX (see the report), ERR_FULL (longer than STORY_TEXT_MAX), ERR_NOMEM. */
int story_read(struct arena *keep, const char *name, struct str text, struct buf *ret_report,
	struct story *ret_story);

/* What a customer of the group uses in a month, in millionths of a dollar. */
int64_t story_usd(const struct story_customers *group, month_no m);

#endif
