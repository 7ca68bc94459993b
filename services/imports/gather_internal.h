/* What the files of gather share: the facts in their order, and the scopes of a file. */
#ifndef IMPORTS_GATHER_INTERNAL_H
#define IMPORTS_GATHER_INTERNAL_H

#include "common/base/intern.h"
#include "services/imports/fact_bytes.h"
#include "services/imports/gather.h"
#include "services/imports/report.h"
#include "services/imports/sorter.h"

/* The order in which facts are given out. The numbers are stored (ledger.h): never change one. */
enum gather_phase {
	PHASE_ACCOUNTS = 1,
	PHASE_PEOPLE = 2,
	PHASE_CUSTOMERS = 3,
	PHASE_ASSOCIATIONS = 4,
	PHASE_OTHERS = 5,
	PHASE_COMPLETE = 6, /* usage-reported: never gathered, made of the scopes */
	PHASE_USAGE = 7,
	PHASE_END
};

/* A fact, as it comes out of the sorter: valid until the next one is asked for. */
struct gathered {
	enum gather_phase phase;
	month_no month; /* of its scope; MONTH_NONE: the whole partner */
	struct str partner;
	struct span key;  /* fact_key() */
	struct event ev;  /* without id, source, recorded */
	decimal24 amount; /* exact, where is_sum */
	bool is_sum;	  /* usage that is added up */
	struct place at;
};

struct scope {
	intern_id partner;
	month_no month; /* MONTH_NONE: the whole partner */
	uint8_t measure;
	bool refused;
	uint32_t n_refused; /* rows */
	bool newest;	    /* month of its partner and measure; set by scopes_sort() */
	/* With a ledger; of the first scope of a partner's month, whatever the measure (join.c). */
	bool known;	   /* an earlier import spoke of it */
	bool superseded;   /* a later export did */
	bool same_export;  /* this very export did, or another of the same time */
	bool begun;	   /* a change of it was given out */
	bool settled;	   /* its record need not be written unless there is a change */
	event_ms used;	   /* `recorded` for changes */
	uint32_t unmended; /* rows refused of it that were not mended before this reading */
	bool was_complete;
};

/* The first record of a group of rows: the sorter forgets it while the others are read. */
struct gather_first {
	unsigned char key[SORTER_KEY_MAX], value[SORTER_VALUE_MAX];
	size_t n_key;
};

struct gather {
	struct reading *r;
	const struct report *report;
	void *state; /* of the report, for combine() */
	char source[64];
	struct sorter *sorter;
	struct intern *names, *scope_keys;
	struct scope *scopes;
	size_t n_scopes, cap_scopes;
	size_t last_scope; /* most rows are of the same scope as the one before */
	bool refused_anywhere;
	uint32_t n_refused_anywhere; /* rows */
	bool scopes_sorted;	     /* nothing may be added any more */
	struct err err;
	/* The record that was read ahead, behind a group of rows. */
	bool has_ahead;
	struct span ahead_key, ahead_value;
	unsigned char *group; /* the rows of one key: GATHER_GROUP_MAX of them; NULL until needed */
	struct gather_row *rows;
	struct gather_first *first;
};

/* The next fact in order. Returns 0, ERR_NOTFOUND (no more), ERR_IO, ERR_NOMEM. */
int gather_next(struct gather *g, struct gathered *ret);

/* Gives the event its source and id. ev->recorded must be set; id: EVENT_NAME_TEXT bytes. */
void gather_name(const struct gather *g, struct event *ev, char *id);
/* When a fact counts as recorded: when the export was made, or when it became true, as the report says. */
event_ms gather_recorded(const struct gather *g, const struct event *ev, event_ms of_export);
/* The word that months are complete: those that are (newest) or are not the newest of their partner; each goes to put(). */
int gather_complete(struct gather *g, bool newest,
	int (*put)(void *ctx, struct scope *s, struct event *ev), void *ctx);

/* Gives out the differences from what was imported before: g->r->options->changes (join.c). */
int join_run(struct gather *g);

struct str scope_partner(const struct gather *g, const struct scope *s);
/* Sorts by month (the whole partner first), partner, measure, and marks the newest. Returns 0 or ERR_NOMEM. */
int scopes_sort(struct gather *g);
/* After scopes_sort(): where the scopes of a partner's month begin, one for each measure, and whether the one at i is of
 * it. */
size_t scopes_find(const struct gather *g, struct str partner, month_no month);
bool scope_is_of(const struct gather *g, size_t i, struct str partner, month_no month);
/* A row of the scope was refused, before the sorting or after it. */
void scopes_refuse(struct gather *g, struct str partner, month_no month);
bool scope_has_refused(const struct gather *g, const struct scope *s);

#endif
