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

struct score_change {
	struct str partner;
	size_t n_areas;
	const struct area_change *areas;
	size_t n_causes; /* given below, at most CAUSES_MAX */
	const struct cause *causes;
	uint32_t cause_count; /* how many there were */
};

/* Everything one unit of the event log changed; changes sorted by partner id. */
struct score_batch {
	size_t n_changes;
	const struct score_change *changes;
	uint64_t event_position; /* after the unit */
	day_no day;		 /* DAY_NONE before the first day record */
};

struct ratio score_total(const struct ratio *points, size_t n);

#endif
