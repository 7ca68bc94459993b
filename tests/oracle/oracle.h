/* The slow twin of the rule engine: keeps every event as it came and works out any partner's points, statuses and
 * windows on any day by plain loops over all of them. It shares no code with the engine and reads no rule file: the
 * numbers of every edition are written out in the files beside this one from the description of the programme, a file
 * for each theme. Tests compare the two.
 *
 * SEED, CRN, D23 and so on are sources; rules/README.md says which.
 *
 * For histories of some thousand events; memory comes from malloc and a failure ends the program. */
#ifndef ORACLE_ORACLE_H
#define ORACLE_ORACLE_H

#include "common/base/event.h"
#include "common/base/ratio.h"
#include "common/base/score.h"

#define ORACLE_AREAS_MAX   16
#define ORACLE_METRICS_MAX 8
#define ORACLE_TRACKS_MAX  2

enum oracle_edition { ORACLE_FY23, ORACLE_2023_06, ORACLE_2023_12, ORACLE_2026, ORACLE_EDITIONS };
const char *oracle_edition_id(enum oracle_edition e); /* "2023-06" */
bool oracle_edition_by_id(struct str id, enum oracle_edition *ret);

/* DAY_NONE where they are open. */
struct oracle_days {
	day_no from, until;
};
struct oracle_days oracle_edition_days(enum oracle_edition e);
/* Of a single rule that holds for a part of the time of its pages only; false: not known here. */
bool oracle_rule_days(enum oracle_edition e, struct str rule, struct oracle_days *ret);
/* The days from which the window of designations has other rules. ret: room for ORACLE_WINDOWS_MAX. Returns how many. */
#define ORACLE_WINDOWS_MAX 5
size_t oracle_window_days(enum oracle_edition e, day_no *ret);

struct oracle;

struct oracle *oracle_create(enum oracle_edition edition);
void oracle_destroy(struct oracle *o); /* accepts NULL */

/* A month without rows is a month without usage. */
void oracle_set_complete(struct oracle *o, bool complete);

/* Copies the event, whatever it is. Repeats and stale copies may come. */
void oracle_add(struct oracle *o, const struct event *ev);

day_no oracle_day(const struct oracle *o); /* the greatest day so far; DAY_NONE before the first */

/* Whether a requirement is met, as far as the sources tell what it is. */
enum oracle_met {
	ORACLE_NOT_MET,
	ORACLE_MET,
	ORACLE_NOT_KNOWN,
	ORACLE_NOT_ASKED, /* by the renewal that an enrolled partner is up for: counts as met */
};

/* An area by one of its tracks. */
struct oracle_track {
	const char *id; /* "" for the only one of an area without tracks */
	struct ratio points[ORACLE_METRICS_MAX];
	struct ratio total;
};

struct oracle_area {
	const char *id;
	size_t n_metrics;
	const char *metrics[ORACLE_METRICS_MAX]; /* ids, of requirements and of areas too */
	/* Areas of requirements and of other areas only. */
	enum oracle_met met[ORACLE_METRICS_MAX];
	size_t n_tracks;
	struct oracle_track tracks[ORACLE_TRACKS_MAX];
	/* What counts: the points of one of the tracks. */
	const char *track;
	struct ratio points[ORACLE_METRICS_MAX];
	struct ratio total;
	bool qualifies; /* on that day alone, without a look at other days or enrollments */
	enum area_status status;
	/* Days of which any can decide: up to the day itself for who is not enrolled, those of the renewal for who is.
	 * DAY_NONE for areas of areas and before the first day. */
	day_no window_from, window_until;
	day_no anniversary; /* of the enrollment, its own or that of another area; DAY_NONE */
	/* Of a specialization: the year of the renewal that the day leads to; 0: not enrolled, or not known. */
	unsigned renewal_year;
};

struct oracle_score {
	month_no reference; /* R of Azure consumed revenue; MONTH_NONE when there is none */
	size_t n_areas;
	/* The three Azure areas, Modern Work, Security, Business Applications, Microsoft Cloud, then specializations. */
	struct oracle_area areas[ORACLE_AREAS_MAX];
};

/* day: DAY_NONE for the current one. False when nothing that counts was ever said of the partner, or when it is a
 * location of another. */
bool oracle_score(const struct oracle *o, struct str partner, day_no day, struct oracle_score *ret);
/* The area of that id, NULL when the edition has none here. */
const struct oracle_area *oracle_area_by_id(const struct oracle_score *s, struct str id);

/* Every partner of which anything that counts was said and that is no location now, in order of first mention. */
size_t oracle_partner_count(const struct oracle *o);
struct str oracle_partner(const struct oracle *o, size_t i);

#endif
