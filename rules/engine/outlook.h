/* Outlooks: what each held area of a partner will come to if nothing new is told (struct area_outlook), and feeds that are
 * overdue (struct feed_outlook). Off until asked for. Then engine_settle() reports them with partner_change: those that
 * differ from what was reported last.
 *
 * When they are made anew, so that the same events always give the same reports:
 *   - at once when an area of the partner comes to be held, ceases to be, or begins or ceases to qualify;
 *   - with the day: of partners that were touched by facts the day before, or by the day itself, and of those for whom a
 *     date enters a border.
 * So points that move within a day are seen in the outlook of the next. */
#ifndef RULES_ENGINE_OUTLOOK_H
#define RULES_ENGINE_OUTLOOK_H

#include "rules/engine/engine.h"

#define OUTLOOK_BORDERS_MAX 8

struct outlook_options {
	size_t n_borders;		       /* 1..OUTLOOK_BORDERS_MAX */
	uint32_t borders[OUTLOOK_BORDERS_MAX]; /* days, descending, 1..OUTLOOK_DAYS */
};
#define OUTLOOK_OPTIONS_DEFAULT ((struct outlook_options){ 4, { 90, 60, 30, 7 } })

/* A feed of usage is overdue from the day after the one on which the last closed month counts (usage_ready_day of the
 * edition) until usage of that month is told; one of skilling when it told nothing of the partner for so many days. */
#define FEED_SKILLING_DAYS 10

/* Turns outlooks on; before the first event, or before loading. Returns 0 or ERR_INVALID. */
int engine_set_outlook(struct engine *e, const struct outlook_options *o);

/* The outlooks of a partner as they are today, of held areas, in the edition's order, whether they are on or not.
 * ar  everything is allocated there.
 * Returns 0, ERR_INVALID (before the first day), ERR_NOTFOUND, ERR_AGAIN (the partner waits for a settle), ERR_NOMEM.
 * Cost: a forecast of OUTLOOK_DAYS, and O(rows + customers * operators + people). */
int engine_outlook(struct engine *e, struct str partner, struct arena *ar,
	struct area_outlook **ret_outlooks, size_t *ret_n);

#endif
