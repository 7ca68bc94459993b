/* An alert as a value: what notification decides, what the alert log carries. */
#ifndef BASE_ALERT_H
#define BASE_ALERT_H

#include "common/base/score.h"

#define ALERT_KIND_TABLE(X)                                                                        \
	X(ALERT_GAINED, 1, "gained")                                                               \
	X(ALERT_AT_RISK, 2, "at-risk")                                                             \
	X(ALERT_RECOVERED, 3, "recovered")                                                         \
	X(ALERT_LOST, 4, "lost")

#define ALERT_REASON_TABLE(X)                                                                      \
	X(ALERT_BECAUSE_QUALIFIES, 1, "qualifies")                                                 \
	X(ALERT_BECAUSE_WITHIN_MARGIN, 2, "within-margin")                                         \
	X(ALERT_BECAUSE_BELOW_THRESHOLD, 3, "below-threshold")                                     \
	X(ALERT_BECAUSE_METRIC_AT_ZERO, 4, "metric-at-zero")                                       \
	X(ALERT_BECAUSE_MARGIN_RESTORED, 5, "margin-restored")

#define ALERT_SEVERITY_TABLE(X)                                                                    \
	X(ALERT_INFO, 1, "info")                                                                   \
	X(ALERT_WARNING, 2, "warning")                                                             \
	X(ALERT_CRITICAL, 3, "critical")

#define X(name, number, text) name = number,
enum alert_kind { ALERT_KIND_TABLE(X) ALERT_KIND_END };
enum alert_reason { ALERT_REASON_TABLE(X) ALERT_REASON_END };
enum alert_severity { ALERT_SEVERITY_TABLE(X) ALERT_SEVERITY_END };
#undef X

const char *alert_kind_name(enum alert_kind k); /* "gained"; "unknown" out of range */
const char *alert_reason_name(enum alert_reason r);
const char *alert_severity_name(enum alert_severity s);
bool alert_kind_by_name(struct str s, enum alert_kind *ret);

#define ALERT_ID_TEXT  33
#define ALERT_TEXT_MAX 512

struct alert {
	char id[ALERT_ID_TEXT]; /* 32 hexadecimal digits; the same after a retry, a restart and a replay */
	uint64_t position; /* in the alert log */
	uint64_t sequence; /* of the partner's alerts, from 1 */
	enum alert_kind kind;
	enum alert_reason reason;
	enum alert_severity severity;
	struct str partner, area, track, edition;
	struct str track_before; /* the track before, where the change moved it; otherwise empty */
	bool conditions;	 /* metrics are requirements, 1 when met: totals count those met */
	day_no day;
	struct ratio total_before, total_after;
	size_t n_metrics; /* at most AREA_METRICS_MAX */
	struct str metrics[AREA_METRICS_MAX];
	struct ratio before[AREA_METRICS_MAX], after[AREA_METRICS_MAX];
	uint32_t maximum[AREA_METRICS_MAX];
	size_t n_causes; /* at most CAUSES_MAX */
	struct cause causes[CAUSES_MAX];
	uint32_t cause_count;
	uint64_t score_position;   /* of the score change */
	uint64_t event_position;   /* of the event log, after the unit that made it */
	char text[ALERT_TEXT_MAX]; /* one sentence for people */
};

#endif
