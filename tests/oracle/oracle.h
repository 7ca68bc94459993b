/* The slow twin of the rule engine: keeps every event as it came and works out any partner's points on any day by
 * plain loops over all of them. It shares no code with the engine and reads no rule file: the numbers of the edition
 * of June 2023 are written out in oracle_score.c from the description of the programme. Tests compare the two.
 *
 * For histories of some thousand events; memory comes from malloc and a failure ends the program. */
#ifndef ORACLE_ORACLE_H
#define ORACLE_ORACLE_H

#include "common/base/event.h"
#include "common/base/ratio.h"

#define ORACLE_AREAS	   3
#define ORACLE_METRICS_MAX 5

struct oracle;

struct oracle *oracle_create(void);
void oracle_destroy(struct oracle *o); /* accepts NULL */

/* Copies the event, whatever it is. Repeats and stale copies may come. */
void oracle_add(struct oracle *o, const struct event *ev);
/* A month without rows is a month without usage. */
void oracle_set_complete(struct oracle *o, bool complete);

day_no oracle_day(const struct oracle *o); /* the greatest day so far; DAY_NONE before the first */

struct oracle_area {
	const char *id;
	size_t n_metrics;
	const char *metrics[ORACLE_METRICS_MAX]; /* ids */
	struct ratio points[ORACLE_METRICS_MAX];
	struct ratio total;
	bool qualified;
};

struct oracle_score {
	month_no reference; /* R of Azure consumed revenue; MONTH_NONE when there is none */
	struct oracle_area areas[ORACLE_AREAS];
};

/* day: DAY_NONE for the current one. False when nothing that counts was ever said of the partner. */
bool oracle_score(const struct oracle *o, struct str partner, day_no day, struct oracle_score *ret);

/* Every partner of which anything that counts was said, in order of first mention. */
size_t oracle_partner_count(const struct oracle *o);
struct str oracle_partner(const struct oracle *o, size_t i);

#endif
