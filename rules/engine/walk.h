/* Walking a partner through the coming days: what forecast.c and outlook.c share. */
#ifndef RULES_ENGINE_WALK_H
#define RULES_ENGINE_WALK_H

#include "rules/engine/engine_internal.h"

struct walker;

struct walk_area {
	struct judged *judged, *was; /* as it is, and as it was before it was judged last */
	struct area_standing st;
	/* The last day before this one on which it qualified, as far as that was looked for: from `looked_from` on. */
	day_no last, looked_from;
	day_no judged_on; /* so that `was` speaks of the day before */
	int fixed;	  /* the track that an enrollment fixes; -1 */
	int enrolled_track;
	bool track_known;
};

struct walk {
	struct engine *e;
	struct rulebook *book; /* of the day */
	uint32_t index;
	struct arena *ar;
	day_no day, until; /* day: of the step before; v.day is that of the last one */
	struct standing_view v;
	uint32_t *counts;
	uint8_t *status, *status_was; /* per area, and before the step */
	struct walk_area *areas;
	struct walker *people; /* those who turn, a heap by day */
	size_t n_people;
	struct cells cells;
	const struct rulebook *cells_by; /* by which the cells are; NULL: they are not filled */
	bool enrolled, months_ahead;
	uint64_t stale; /* areas that wait to be judged */
	/* Of the last step: */
	uint64_t
		changed; /* areas of which points, track or status are others; all of them when the edition is another */
	bool turned_edition;
	month_no reference_was[CLOCKS_MAX];
	uint64_t less_was; /* as v.asks_less */
};

/* Calls `each` for the partner as it stands today and for each coming day up to `until` on which something of its areas
 * or of the months that it refers to changes, without new facts. The engine has been through its first day. each() ends the walk with a code that is not 0, which is returned.
 * live  what is kept of the partner is up to date; otherwise it is counted anew, O(rows).
 * ar    everything lives there until the end of the walk. Returns also ERR_NOMEM. */
int walk_ahead(struct engine *e, uint32_t index, bool live, day_no until, struct arena *ar,
	int (*each)(void *ctx, const struct walk *w), void *ctx);
bool walk_is_live(const struct engine *e, uint32_t index);

/* Why an area fell in the last step, by the metrics that have fewer points and the status that is not held any more:
 * at most `max` in order, *ret_all of them in all. Texts live in the arena, or in the engine.
 * Returns 0 or ERR_NOMEM. */
int walk_falls(const struct walk *w, size_t area, struct arena *ar, struct fall *falls, size_t max,
	size_t *ret_n, uint32_t *ret_all);

#endif
