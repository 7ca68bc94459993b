/* Scores as values: what the rule engine gives out, what the score log carries, what notification decides on. */
#ifndef BASE_SCORE_H
#define BASE_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/ratio.h"
#include "common/base/text.h"

/* Status of a designation (the statuses of the score page in Partner Center). UNKNOWN: the partner was not known. */
enum area_status {
	AREA_UNKNOWN = 0,
	AREA_IN_PROGRESS = 1, /* did not qualify on any day of its window */
	AREA_QUALIFIED = 2,   /* did on some day, and is not enrolled */
	AREA_ENROLLED = 3,
	AREA_RENEWAL_DUE = 4, /* until the days for the renewal are over */
	AREA_LAPSED = 5,      /* they are over, and it does not qualify anew */
	AREA_STATUS_END
};
const char *area_status_name(enum area_status s); /* "in-progress", "qualified" ... */

#define AREA_METRICS_MAX 16

/* What is the same for every change of one area (and track) in one edition. */
struct area_shape {
	struct str area;	   /* id */
	struct str track;	   /* id, empty where the area has none */
	struct str edition;	   /* id */
	uint32_t n_metrics;	   /* 1..AREA_METRICS_MAX */
	const struct str *metrics; /* ids, in the edition's order */
	const uint32_t *maximum;   /* points of each at most */
	uint32_t qualifies_at;	   /* total points needed to qualify */
	/* Metrics are conditions, 1 when met (specializations, Microsoft Cloud): no margin above the threshold. */
	bool conditions;
};

struct area_change {
	const struct area_shape *shape; /* with the track that counts after the change */
	const struct ratio *before;	/* points per metric, shape->n_metrics of them */
	const struct ratio *after;
	enum area_status status_before, status_after;
	struct str track_before; /* id of the track that counted before */
};

struct cause {
	uint64_t position; /* in the event log */
	struct str id, source;
};

#define CAUSES_MAX 8

/* ---- outlook: what a held area will come to if nothing new is told ------------------------------------------------ */

/* How far ahead an outlook sees. */
#define OUTLOOK_DAYS 400

/* Why an area comes to qualify no more on a day. */
enum fall_kind {
	FALL_CERTIFICATE = 1, /* who: the person; what: the certificate that ceases to count */
	FALL_ATTESTATION = 2, /* who: what it is about, may be empty; what: its kind */
	FALL_USAGE = 3,	  /* what: the month that the rules look at from that day on ("2023-06") */
	FALL_EDITION = 4, /* what: the edition that is valid from that day on */
	FALL_RENEWAL =
		5, /* what: the anniversary whose renewal the day leads to from then on: it asks for more */
	FALL_ENROLLMENT = 6, /* the enrollment ends; what: its anniversary */
	FALL_AREA = 7,	     /* what: an area that this one rests on, which falls on that day */
	FALL_WINDOW = 8,     /* the window holds no day any more on which it qualified */
	FALL_KIND_END
};
const char *fall_kind_name(enum fall_kind k); /* "certificate", "usage" ... */

struct fall {
	enum fall_kind kind;
	day_no on;
	struct str who, what; /* 0..EVENT_NAME_MAX bytes */
};

enum stand_kind { STAND_CUSTOMER = 1, STAND_PERSON = 2, STAND_KIND_END };
const char *stand_kind_name(enum stand_kind k); /* "customer", "person" */

/* One customer or person without whom the area would not qualify today. */
struct stand {
	enum stand_kind kind;
	struct str id;
	struct ratio total; /* of the area without */
	uint32_t metric;    /* 1 + the metric that has nothing without; 0: none */
};

enum addition_kind {
	ADDITION_PEOPLE = 1, /* amount: so many more people; what: what they hold */
	ADDITION_UNITS =
		2, /* amount: so many more customers, deployments ... (what the metric counts) */
	ADDITION_PRODUCTS = 3, /* amount: so many more products */
	ADDITION_USAGE =
		4, /* amount: millionths more of what the metric measures, in the last month that counts */
	ADDITION_REQUIREMENT = 5, /* a requirement that is not met, as the metric says; amount 1 */
	ADDITION_KIND_END
};
const char *addition_kind_name(enum addition_kind k); /* "people", "customers" ... */

/* A smallest addition that mends an area. Additions of one option are needed together; each option is enough. */
struct addition {
	uint32_t option; /* 1.. */
	uint32_t metric; /* of the shape, from 0 */
	enum addition_kind kind;
	int64_t amount;	 /* 1.. */
	struct str what; /* 0..EVENT_NAME_MAX bytes */
};

#define OUTLOOK_FALLS_MAX     8
#define OUTLOOK_STANDS_MAX    8
#define OUTLOOK_ADDITIONS_MAX 12

/* The outlook of an area: of one that is held, with what may end it; of one that has ceased to be held, `held` false and
 * nothing more. It replaces the one before of the same area. */
struct area_outlook {
	const struct area_shape *shape; /* with the track that counts */
	bool held;			/* qualified, enrolled or renewal due */
	bool qualifies;			/* today */
	struct ratio total;		/* today; zero when not held */
	/* The first coming day on which it does not qualify, though it does today. DAY_NONE when it does not today, or when that
	 * is more than OUTLOOK_DAYS away. */
	day_no coast_on;
	struct ratio coast_total; /* on coast_on; zero when there is none */
	day_no ends_on; /* the first coming day on which it is not held; DAY_NONE: more than OUTLOOK_DAYS away */
	/* Of an enrolled area the last day of the window in which its renewal has to qualify, and whether it does today, or did
	 * on some day of it. Of another: DAY_NONE, true. An area that is held, does not qualify and has not reached is short. */
	day_no decides_on;
	bool reached;
	/* The smallest border (in days, of those that outlooks are made with: 90, 60, 30 and 7 unless set) that the date which
	 * matters is within; 0: none. That is coast_on while it qualifies; otherwise decides_on where it has not reached, and
	 * ends_on where it has. A record is written anew when a day makes that date enter a border. */
	uint32_t border;
	size_t n_falls; /* given, at most OUTLOOK_FALLS_MAX, in order of day; fall_count: in all */
	const struct fall *falls;
	uint32_t fall_count;
	size_t n_stands; /* given, at most OUTLOOK_STANDS_MAX, least total first; stand_count: in all */
	const struct stand *stands;
	uint32_t stand_count;
	/* At most OUTLOOK_ADDITIONS_MAX, by option: of an area that does not qualify what would make it so today; of one whose
	 * coast date is within the widest border what would keep it on that day. */
	size_t n_additions;
	const struct addition *additions;
};

enum feed_kind { FEED_USAGE = 1, FEED_SKILLING = 2, FEED_KIND_END };
const char *feed_kind_name(enum feed_kind k); /* "usage", "skilling" */

/* How new what is told of a partner is: written when a feed becomes overdue, and when it is no longer. A feed that never told
 * anything of the partner is not overdue. */
struct feed_outlook {
	enum feed_kind kind;
	day_no newest_on; /* FEED_SKILLING: the newest day on which it told something; DAY_NONE */
	month_no newest_month; /* FEED_USAGE: the newest month that it told of; MONTH_NONE */
	day_no overdue_since;  /* DAY_NONE: it is not overdue */
};

struct score_change {
	struct str partner;
	size_t n_areas;
	const struct area_change *areas;
	size_t n_causes; /* given below, at most CAUSES_MAX */
	const struct cause *causes;
	uint32_t cause_count; /* how many there were */
	/* Of the areas whose outlook has changed, in the edition's order, and of the feeds; a change may have these alone. */
	size_t n_outlooks;
	const struct area_outlook *outlooks;
	size_t n_feeds; /* at most FEED_KIND_END - 1 */
	const struct feed_outlook *feeds;
	/* Some of the events were corrections: they withdrew a fact, or restated usage that had stood. The earliest day that
	 * such a fact is about (of usage the first of its month); 0: none was. */
	day_no corrected;
};

/* Everything one unit of the event log changed; changes sorted by partner id. */
struct score_batch {
	size_t n_changes;
	const struct score_change *changes;
	uint64_t event_position; /* after the unit */
	day_no day;		 /* DAY_NONE before the first day record */
	bool day_began; /* the unit began that day, and this batch is the last of what it changed */
};

/* Records that a batch counts in the score log: its changes; a day that changed nothing is one record all the same, so that
 * whoever reads the log sees the days pass. 0: it is not written. */
uint32_t score_batch_records(const struct score_batch *batch);

struct ratio score_total(const struct ratio *points, size_t n);

#endif
