/* Decides which score changes are worth an alert. Pure: changes go in, alerts come out.
 *
 * Per partner and area, whatever the track, it knows whether the designation is held and what was last told of it:
 *
 *                qualifies                  at risk in some sense
 *   [not held] ────────────► GAINED ─► [held] ───────────────► AT_RISK ─► [held, at risk] ──► AT_RISK, graver
 *      ▲  │                               │  ▲                                │   │
 *      │  └─► WITHIN_REACH                │  └─────────── RECOVERED ◄─────────┘   │
 *      └────────── LOST ◄─────────────────┴───────────────────────────────────────┘
 *
 * A designation is held while its status says so: qualified, enrolled or renewal due. Held again after a renewal was due
 * is RENEWED. A held one is at risk in one or several senses (enum alert_sense), each with a level:
 *
 *   unmet    it does not qualify (too few points, a metric at zero, a requirement not met), and as far as its outlook is known
 *            no day of the window that decides its renewal qualified. Graver 90, 60, 30 and 7 days before that window ends.
 *   coast    it qualifies, but will not from a day within the horizon on if nothing new comes; or it does not, and is held by
 *            its window until such a day. Graver 60, 30 and 7 days before. A date that moves away by more than a week makes
 *            this lighter, so that its coming near again is told.
 *   single   without one customer or one person it would not qualify.
 *   margin   less than `margin` points above the threshold. Not where metrics are requirements.
 *
 * A sense is told once, and again when it gets graver. What hinders flapping: a sense that was not told waits for `hold_days`
 * and is not told when it has passed by then; the margin has passed only `recovery` points above the line where it began;
 * and RECOVERED is told when no sense is left. What waits is told by the last unit of the day on which the time is over.
 *
 * WITHDRAWN takes the place of GAINED, LOST or RECOVERED when a correction turns back what the last such alert told: one of
 * the unit's events withdrew a fact or restated usage, the fact is about a day not after that of the alert, and it moves a metric
 * that the alert was about. A feed that is overdue is an alert of its own and has no part in any of this; it is told by the last unit
 * that begins a day, so that a history which arrives month by month within a day makes none.
 *
 * The same changes at the same positions give the same alerts, byte for byte. Not for sharing between threads. */
#ifndef NOTIFICATION_CORE_H
#define NOTIFICATION_CORE_H

#include "common/base/alert.h"
#include "common/base/buf.h"
#include "common/base/mem.h"

struct notification;

/* Where nobody says another. */
#define NOTIFICATION_MARGIN   10 /* points */
#define NOTIFICATION_RECOVERY 2	 /* points */
#define NOTIFICATION_REACH    10 /* points */
#define NOTIFICATION_HOLD     0	 /* days */
#define NOTIFICATION_HORIZON  90 /* days */

struct notification_options {
	uint32_t max_partners; /* 1.. */
	struct ratio
		margin; /* points above the threshold below which a held designation is at risk; >= 0 */
	struct ratio recovery; /* points above that line from which it no longer is; >= 0 */
	struct ratio
		reach; /* points below the threshold within which one is within reach; >= 0; 0: that is never told */
	uint32_t hold_days;    /* that a risk lasts before it is told; 0: at once */
	uint32_t horizon_days; /* how near a coast date is a risk; 0: never */
	uint32_t muted;	       /* senses in which nothing is told: bits 1 << sense */
	bool points_only; /* outlooks and feeds are passed over, as when rules alone are tested */
};
#define NOTIFICATION_DEFAULTS(partners)                                                            \
	((struct notification_options){ .max_partners = (partners),                                \
		.margin = { NOTIFICATION_MARGIN, 1 },                                              \
		.recovery = { NOTIFICATION_RECOVERY, 1 },                                          \
		.reach = { NOTIFICATION_REACH, 1 },                                                \
		.hold_days = NOTIFICATION_HOLD,                                                    \
		.horizon_days = NOTIFICATION_HORIZON })

/* a borrowed. Returns 0, ERR_INVALID, ERR_NOMEM. */
int notification_create(const struct alloc *a, const struct notification_options *options,
	struct notification **ret_n);
void notification_destroy(struct notification *n); /* accepts NULL */

/* Takes one unit of the score log.
 * first       position of its first record in the score log.
 * ret_alerts  in order; belongs to n, valid until the next step. `position` is left 0: the log gives it.
 *             Texts and lists point into `batch` and n.
 * Returns 0, ERR_NOMEM, ERR_FULL (more partners than max_partners); n must be dropped then.
 * Cost: O(areas in the batch); a unit that begins a day on which something that waits is due looks at every partner. */
int notification_step(struct notification *n, const struct score_batch *batch, uint64_t first,
	const struct alert **ret_alerts, size_t *ret_n);

/* The partners whose state the last step changed, each once, in order of the step: what is to be saved with its alerts and
 * the position after it. May be more than had an alert, since what waits is remembered, too. */
void notification_changed(
	const struct notification *n, const struct str **ret_partners, size_t *ret_n);

/* What must survive of a partner: written whenever a step changed it, read back at start.
 * save: returns 0, ERR_NOTFOUND, ERR_NOMEM, ERR_FULL.   load: 0, ERR_CORRUPT, ERR_NOMEM, ERR_FULL; also reads what was
 * written when there were no senses, and when each track had a standing of its own: such tracks become one. */
int notification_save_partner(const struct notification *n, struct str partner, struct buf *out);
int notification_load_partner(struct notification *n, struct str partner, struct span state);

struct notification_stats {
	uint64_t partners, held, at_risk;
	uint64_t waiting; /* risks that are not told yet */
	uint64_t by_kind[ALERT_KIND_END];
};
void notification_stats_get(const struct notification *n, struct notification_stats *ret);
/* Sequence of the partner's newest alert, 0 when it has none. */
uint64_t notification_sequence(const struct notification *n, struct str partner);

#endif
