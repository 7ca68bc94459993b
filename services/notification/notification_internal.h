/* What the files of the notification core share. Nobody else includes this.
 *
 *   standing_core      what is remembered of partners and areas; saved and loaded
 *   draft_core         an alert that waits, as bytes
 *   risk_core          in which senses an area is at risk, and how gravely
 *   alert_text_core    the sentence of an alert
 *   tell_core          alerts out of occasions
 *   notification_core  a unit of the score log in, alerts out */
#ifndef NOTIFICATION_INTERNAL_H
#define NOTIFICATION_INTERNAL_H

#include "common/base/intern.h"
#include "services/notification/notification_core.h"

/* An alert that a correction may undo. sequence 0: none. */
struct mark {
	uint32_t sequence;
	day_no day;
	uint32_t moved; /* metrics that it was about: a bit of each name's hash */
};

/* What an outlook said of an area. */
enum seen {
	SEEN_OUTLOOK = 1, /* there is one */
	SEEN_QUALIFIES = 2,
	SEEN_REACHED = 4, /* a day of the window that decides qualified */
	SEEN_ONE_CUSTOMER = 8,
	SEEN_ONE_PERSON = 16
};

/* What is known and was told of one area. Compared bytewise: made with memset(). */
struct standing {
	intern_id area; /* in names */
	bool held;
	bool near;		       /* within reach was told, or need not be */
	uint8_t lack;		       /* enum alert_reason: why its points do not do; 0: they do */
	uint8_t outlook;	       /* bits of enum seen */
	uint8_t told[ALERT_SENSE_END]; /* level last told, by sense; 0 */
	day_no by;		       /* the day that the outlook comes to; DAY_NONE */
	day_no by_told;		       /* the one told last */
	day_no since;		       /* a risk waits since then; DAY_NONE */
	struct mark stood, risked;     /* the last GAINED or LOST, and AT_RISK */
	uint32_t draft_n;
	uint8_t *draft; /* the alert that waits: draft_n bytes; NULL: none */
};

struct subject {
	uint64_t sequence; /* of its newest alert */
	struct standing *areas;
	size_t n, cap;
	uint32_t n_waiting;    /* of areas */
	uint32_t changed_in;   /* the number of the step that changed it last */
	uint8_t feeds;	       /* told as overdue: bits 1 << kind */
	uint8_t feeds_waiting; /* overdue, to be told with the day */
	struct {
		day_no since, newest_on;
		month_no newest_month;
	} feed[FEED_KIND_END]; /* as it was told last, by kind */
};

struct notification {
	const struct alloc *a;
	struct notification_options options;
	struct intern *partners; /* number = index into table */
	struct intern *names;
	struct subject *table;
	size_t table_cap;
	struct alert *alerts; /* of the last step */
	size_t n_alerts, alerts_cap;
	struct str *changed; /* of the last step */
	size_t n_changed, changed_cap;
	uint32_t step;	      /* its number, from 1 */
	struct arena details; /* what its alerts point to */
	struct buf packing;
	day_no due; /* the earliest day on which something that waits is due, or before; DAY_NONE: nothing waits */
	uint64_t feeds_waiting; /* of all */
	struct notification_stats stats;
};

/* Why something may be told: a change of an area, an outlook of it, or both. */
struct occasion {
	const struct score_batch *batch;
	const struct score_change *change;
	const struct area_shape *shape;
	const struct area_change *area;	    /* NULL: its points did not change */
	const struct area_outlook *outlook; /* NULL: it is as before */
	uint64_t position;		    /* of the change */
};

/* ---- standing ------------------------------------------------------------------------------------------------- */

int subject_get(struct notification *n, struct str id, struct subject **ret_p);
struct str subject_id(const struct notification *n, const struct subject *p);
/* To be saved. Returns 0, ERR_NOMEM. */
int subject_changed(struct notification *n, struct subject *p);
/* NULL when nothing is remembered of the area. */
struct standing *standing_find(
	const struct notification *n, const struct subject *p, struct str area);
int standing_get(
	struct notification *n, struct subject *p, struct str area, struct standing **ret_s);
bool standing_is_at_risk(const struct standing *s); /* and that was told */
/* Adds its part to the stats, or takes it out. */
void standing_count(struct notification *n, const struct standing *s, bool in);
/* The alert waits, in place of one that did. Returns 0, ERR_NOMEM, ERR_FULL. */
int standing_wait(
	struct notification *n, struct subject *p, struct standing *s, const struct alert *al);
void standing_wait_no_more(struct notification *n, struct subject *p, struct standing *s);

/* ---- draft ---------------------------------------------------------------------------------------------------- */

/* Appends. Returns 0, ERR_NOMEM, ERR_FULL. */
int draft_pack(const struct alert *al, struct buf *out);
/* Texts and lists point into the bytes and the arena. Returns 0, ERR_CORRUPT, ERR_NOMEM. */
int draft_unpack(struct span bytes, struct arena *ar, struct alert *ret_al);

/* ---- risk ----------------------------------------------------------------------------------------------------- */

/* Why these points do not qualify, or are close to not qualifying; 0 when neither. told: it was told that they are close. */
enum alert_reason risk_lack(const struct notification *n, const struct area_change *c, bool told);
void risk_see(struct standing *s, const struct area_outlook *o);

struct risk {
	uint8_t level[ALERT_SENSE_END]; /* 0: not in this sense */
	enum alert_sense gravest;	/* of those above what was told; 0: none is */
	bool graver;			/* one that was told is graver now */
	uint32_t senses;		/* bits of all */
};
/* Eases what was told when the date has moved away. */
void risk_look(const struct notification *n, struct standing *s, day_no day, struct risk *ret_r);
enum alert_severity risk_severity(enum alert_sense sense, uint8_t level);
uint32_t risk_border(day_no by, day_no day); /* 90, 60, 30, 7; 0: further, or no day */
/* The level of a reason that was told when there were no senses. */
void risk_told_before(struct standing *s, enum alert_reason reason);

enum nearness { NEAR_NOT, NEAR_ABOUT /* as before */, NEAR_WITHIN };
enum nearness risk_nearness(
	const struct notification *n, const struct area_change *c, enum alert_reason *ret_reason);

/* ---- tell ----------------------------------------------------------------------------------------------------- */

/* An alert of an occasion, not told yet. */
int tell_prepare(
	struct notification *n, const struct occasion *o, enum alert_kind kind, struct alert *al);
/* With the points of what waits where the alert has none, and what lies ahead where its occasion had no outlook. */
int tell_complete(
	struct notification *n, const struct standing *s, bool has_outlook, struct alert *al);
/* Gives sequence, identity and, unless there is one, text. qualifies_at: points needed. ret_al may be NULL. */
int tell(struct notification *n, struct subject *p, const struct alert *al, uint32_t qualifies_at,
	const struct alert **ret_al);
uint32_t tell_moved(const struct alert *al); /* as in struct mark */

/* Fills al->text. */
void alert_say(struct alert *al, uint32_t qualifies_at);

#endif
