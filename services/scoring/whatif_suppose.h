/* Facts in short, turned into events by what is known of a partner: "one customer more", "this one leaves", "a fifth
 * more usage". Pure. */
#ifndef SCORING_WHATIF_SUPPOSE_H
#define SCORING_WHATIF_SUPPOSE_H

#include "common/base/err.h"
#include "common/wire/frame.h"
#include "rules/engine/fork.h"

/* What suppositions come to. Everything lives in the arena and the engine. */
struct supposed {
	size_t n, cap;
	struct event *
		events; /* recorded later than anything can be: they stand over all that is known */
	size_t n_notes; /* at most WIRE_NOTES_MAX */
	struct str notes[WIRE_NOTES_MAX]; /* sentences: what was taken where nothing was said */
};

#define SUPPOSED_EVENTS_MAX 65536

struct supposing {
	const struct engine *engine;   /* whose facts they change; settled */
	const struct edition *edition; /* by which products are chosen */
	struct str partner;
	struct str
		area; /* id or name: where a new customer's product is looked for; empty: in all */
	struct arena *ar;
};

/* Usage is changed in the months up to the partner's last one of its measure (engine_reference()), the last three unless
 * said otherwise, and in those after it. People and certificates change on the current day.
 * Returns 0, ERR_SYNTAX (one cannot be: err says which and why), ERR_FULL (more than SUPPOSED_EVENTS_MAX), ERR_NOMEM. */
int suppose(const struct supposing *x, const struct wire_supposition *list, size_t n,
	struct supposed *ret, struct err *err);

#endif
