/* Decides which score changes are worth an alert. Pure: changes go in, alerts come out.
 *
 * Per partner and area, whatever the track, it knows whether the designation is held and which risk was last told:
 *
 *                 qualifies                        total below threshold + margin
 *   [not held] ─────────────► GAINED ─► [held] ───────────────► AT_RISK ─► [held, at risk]
 *        ▲                                 │  ▲                                  │   │
 *        │            no longer held       │  └──────────── RECOVERED ◄──────────┘   │
 *        └──────── LOST ◄──────────────────┴─────────────────────────────────────────┘
 *
 * A designation is held while its status says so: qualified, enrolled or renewal due. A held one is at risk when its
 * total is below the threshold, a metric is at zero, or its total is less than `margin` above the threshold; a graver
 * reason than the one last told is told again. Where metrics are requirements (specializations, Microsoft Cloud) there
 * is no margin: a held one is at risk while a requirement is not met.
 *
 * The same changes at the same positions give the same alerts, byte for byte. Not for sharing between threads. */
#ifndef NOTIFICATION_CORE_H
#define NOTIFICATION_CORE_H

#include "common/base/alert.h"
#include "common/base/buf.h"
#include "common/base/mem.h"

struct notification;

/* The margin where nobody says another, in points. */
#define NOTIFICATION_MARGIN 10

struct notification_options {
	uint32_t max_partners; /* 1.. */
	struct ratio
		margin; /* points above the threshold below which a held designation is at risk; >= 0 */
};

/* a borrowed. Returns 0, ERR_INVALID, ERR_NOMEM. */
int notification_create(const struct alloc *a, const struct notification_options *options,
	struct notification **ret_n);
void notification_destroy(struct notification *n); /* accepts NULL */

/* Takes one unit of the score log.
 * first       position of its first change in the score log.
 * ret_alerts  in order; belongs to n, valid until the next step. `position` is left 0: the log gives it.
 *             Texts point into `batch`.
 * Returns 0, ERR_NOMEM, ERR_FULL (more partners than max_partners); n must be dropped then.
 * Cost: O(areas in the batch). */
int notification_step(struct notification *n, const struct score_batch *batch, uint64_t first,
	const struct alert **ret_alerts, size_t *ret_n);

/* What must survive of a partner: written beside each alert, read back at start.
 * save: returns 0, ERR_NOTFOUND, ERR_NOMEM, ERR_FULL.   load: 0, ERR_CORRUPT, ERR_NOMEM, ERR_FULL; also reads what was
 * written when each track had a standing of its own: such tracks become one. */
int notification_save_partner(const struct notification *n, struct str partner, struct buf *out);
int notification_load_partner(struct notification *n, struct str partner, struct span state);

struct notification_stats {
	uint64_t partners, held, at_risk;
	uint64_t by_kind[ALERT_KIND_END];
};
void notification_stats_get(const struct notification *n, struct notification_stats *ret);
/* Sequence of the partner's newest alert, 0 when it has none. */
uint64_t notification_sequence(const struct notification *n, struct str partner);

#endif
