/* An alert as a value: what notification decides, what the alert log carries. */
#ifndef BASE_ALERT_H
#define BASE_ALERT_H

#include "common/base/score.h"

#define ALERT_KIND_TABLE(X)                                                                        \
	X(ALERT_GAINED, 1, "gained")                                                               \
	X(ALERT_AT_RISK, 2, "at-risk")                                                             \
	X(ALERT_RECOVERED, 3, "recovered")                                                         \
	X(ALERT_LOST, 4, "lost")                                                                   \
	X(ALERT_RENEWED, 5, "renewed")                                                             \
	X(ALERT_WITHIN_REACH, 6, "within-reach")                                                   \
	X(ALERT_WITHDRAWN, 7, "withdrawn")                                                         \
	X(ALERT_FEED_OVERDUE, 8, "feed-overdue")                                                   \
	X(ALERT_FEED_RESUMED, 9, "feed-resumed")

#define ALERT_REASON_TABLE(X)                                                                      \
	X(ALERT_BECAUSE_QUALIFIES, 1, "qualifies")                                                 \
	X(ALERT_BECAUSE_WITHIN_MARGIN, 2, "within-margin")                                         \
	X(ALERT_BECAUSE_BELOW_THRESHOLD, 3, "below-threshold")                                     \
	X(ALERT_BECAUSE_METRIC_AT_ZERO, 4, "metric-at-zero")                                       \
	X(ALERT_BECAUSE_MARGIN_RESTORED, 5, "margin-restored")                                     \
	X(ALERT_BECAUSE_COAST_DATE, 6, "coast-date")                                               \
	X(ALERT_BECAUSE_WINDOW_ENDS, 7, "window-ends")                                             \
	X(ALERT_BECAUSE_ONE_CUSTOMER, 8, "one-customer")                                           \
	X(ALERT_BECAUSE_ONE_PERSON, 9, "one-person")                                               \
	X(ALERT_BECAUSE_RISK_PASSED, 10, "risk-passed")                                            \
	X(ALERT_BECAUSE_ANNIVERSARY, 11, "anniversary")                                            \
	X(ALERT_BECAUSE_FEW_POINTS, 12, "few-points")                                              \
	X(ALERT_BECAUSE_ONE_METRIC, 13, "one-metric")                                              \
	X(ALERT_BECAUSE_ONE_REQUIREMENT, 14, "one-requirement")                                    \
	X(ALERT_BECAUSE_CORRECTED, 15, "corrected")                                                \
	X(ALERT_BECAUSE_USAGE_LATE, 16, "usage-late")                                              \
	X(ALERT_BECAUSE_SKILLING_LATE, 17, "skilling-late")                                        \
	X(ALERT_BECAUSE_REPORTED, 18, "reported")

#define ALERT_SEVERITY_TABLE(X)                                                                    \
	X(ALERT_INFO, 1, "info")                                                                   \
	X(ALERT_WARNING, 2, "warning")                                                             \
	X(ALERT_CRITICAL, 3, "critical")

/* In which sense a held designation is at risk; the gravest first. */
#define ALERT_SENSE_TABLE(X)                                                                       \
	X(ALERT_SENSE_UNMET, 1, "unmet") /* it does not qualify, and nothing saves its renewal */  \
	X(ALERT_SENSE_COAST, 2, "coast") /* without anything new it will end within the horizon */ \
	X(ALERT_SENSE_SINGLE, 3, "single") /* one customer or one person holds it up */            \
	X(ALERT_SENSE_MARGIN, 4, "margin") /* few points above the threshold */

#define X(name, number, text) name = number,
enum alert_kind { ALERT_KIND_TABLE(X) ALERT_KIND_END };
enum alert_reason { ALERT_REASON_TABLE(X) ALERT_REASON_END };
enum alert_severity { ALERT_SEVERITY_TABLE(X) ALERT_SEVERITY_END };
enum alert_sense { ALERT_SENSE_TABLE(X) ALERT_SENSE_END };
#undef X

const char *alert_kind_name(enum alert_kind k); /* "gained"; "unknown" out of range */
const char *alert_reason_name(enum alert_reason r);
const char *alert_severity_name(enum alert_severity s);
const char *alert_sense_name(enum alert_sense s);
bool alert_kind_by_name(struct str s, enum alert_kind *ret);
bool alert_sense_by_name(struct str s, enum alert_sense *ret);

#define ALERT_ID_TEXT  33
#define ALERT_TEXT_MAX 512

/* One customer or person without whom the area would not qualify. */
struct alert_stand {
	enum stand_kind kind;
	struct str id;
	struct ratio total; /* without */
	struct str metric;  /* that has nothing without; empty: none */
};

/* As struct addition, with the metric by name. */
struct alert_addition {
	uint32_t
		option; /* from 1: those of one option are needed together, each option is enough */
	struct str metric;
	enum addition_kind kind;
	int64_t amount;
	struct str what;
};

struct alert {
	char id[ALERT_ID_TEXT]; /* 32 hexadecimal digits; the same after a retry, a restart and a replay */
	uint64_t position; /* in the alert log */
	uint64_t sequence; /* of the partner's alerts, from 1 */
	enum alert_kind kind;
	enum alert_reason reason;
	enum alert_severity severity;
	struct str partner, area, track, edition; /* of a feed: area, track and edition are empty */
	struct str track_before; /* the track before, where the change moved it; otherwise empty */
	bool conditions;	 /* metrics are requirements, 1 when met: totals count those met */
	day_no day;
	struct ratio total_before, total_after;
	/* At most AREA_METRICS_MAX; 0: it came without a change of points, and both totals are today's. */
	size_t n_metrics;
	struct str metrics[AREA_METRICS_MAX];
	struct ratio before[AREA_METRICS_MAX], after[AREA_METRICS_MAX];
	uint32_t maximum[AREA_METRICS_MAX];
	size_t n_causes; /* at most CAUSES_MAX */
	struct cause causes[CAUSES_MAX];
	uint32_t cause_count;
	uint64_t score_position; /* of the score change */
	uint64_t event_position; /* of the event log, after the unit that made it */
	/* Of ALERT_AT_RISK: */
	enum alert_sense sense; /* the gravest of those that are new; 0 of other kinds */
	uint32_t senses;	/* all in which it is at risk now: bits 1 << sense */
	/* The day it comes to: the first on which it does not qualify any more, or is not held, or the last on which a day that
	 * qualifies saves the renewal. DAY_NONE: none is known. */
	day_no by;
	uint32_t border; /* the smallest of 90, 60, 30 and 7 days that `by` is within; 0: none */
	struct ratio total_then; /* on that day, when `reason` is the coast date */
	size_t n_falls; /* what ends until then, at most OUTLOOK_FALLS_MAX; fall_count: in all */
	const struct fall *falls;
	uint32_t fall_count;
	size_t n_stands; /* the concentration, least total first, at most OUTLOOK_STANDS_MAX */
	const struct alert_stand *stands;
	uint32_t stand_count; /* in all */
	size_t n_additions;   /* the smallest that mend it, at most OUTLOOK_ADDITIONS_MAX */
	const struct alert_addition *additions;
	/* Of ALERT_WITHDRAWN: which alert of this partner a correction has undone. */
	uint64_t withdraws; /* its sequence */
	enum alert_kind withdraws_kind;
	/* Of feeds: */
	enum feed_kind feed;   /* 0 of other kinds */
	day_no feed_since;     /* overdue since then; DAY_NONE */
	day_no feed_newest_on; /* the newest that it told; DAY_NONE, MONTH_NONE */
	month_no feed_newest_month;
	char text[ALERT_TEXT_MAX]; /* one sentence for people */
};

#endif
