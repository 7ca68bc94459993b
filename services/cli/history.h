/* The days of a partner, put together from answers: spans in which an area stood still, and the best of each month. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "common/wire/frame.h"
#include "services/cli/score_source.h"

/* An area stood so from a day to a day. */
struct history_span {
	day_no from, until;
	struct str edition;
	struct wire_area_standing standing;
};

struct history_month {
	month_no month;
	struct ratio highest; /* total of any day */
	uint32_t maximum;     /* of the total, on that day */
	bool qualified;	      /* on some day its points qualified */
};

struct history_area {
	struct str id;
	size_t n_spans, n_months; /* in order */
	struct history_span *spans;
	struct history_month *months; /* those in which it had a standing */
};

struct history {
	day_no from, until;
	size_t n_areas; /* as the newest edition has them, then those of older ones */
	struct history_area *areas;
};

/* partner, area  as in a HistoryQuery. from..until: valid days.
 * ret_h          lives in the arena.
 * Returns 0, ERR_NOMEM, or what the source returned; e says why. */
int history_read(const struct score_source *source, struct str partner, struct str area,
	day_no from, day_no until, struct arena *ar, struct history *ret_h, struct err *e);

/* Whether there is anything to tell of it: a total above zero, or a status, on some day. */
bool history_is_something(const struct history_area *a);

#endif
