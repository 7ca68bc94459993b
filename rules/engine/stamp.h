/* Versions of a fact: which event a held fact comes from, and which of two stands. */
#ifndef RULES_ENGINE_STAMP_H
#define RULES_ENGINE_STAMP_H

#include "common/base/event.h"
#include "common/base/intern.h"
#include "common/base/mem.h"

/* Which event a held fact comes from. The id keeps its text in 16 bytes where it can. There is one in every row, so the
 * parts share words: 28 bytes. */
struct stamp {
	uint32_t source; /* in names */
	uint32_t recorded_low;
	uint32_t recorded_high : 11; /* stamp_recorded() */
	uint32_t owner : 12;	     /* free for the struct around it */
	uint32_t form : 5; /* 0: no stamp; 1..16: bytes of text in `id`; or one of STAMP_* */
	uint32_t retracted : 1;
	unsigned char id[16];
};
#define STAMP_RECORDED_MAX (((event_ms)1 << 43) - 1) /* in 2248 */
static inline event_ms stamp_recorded(const struct stamp *s)
{
	return (event_ms)((uint64_t)s->recorded_high << 32 | s->recorded_low);
}
#define STAMP_UUID 17 /* "8-4-4-4-12" lower case hexadecimal, packed */
#define STAMP_HEX  18 /* 32 lower case hexadecimal digits, packed */
#define STAMP_HEAP 19 /* pointer and length of a copy */

/* Makes `s` the stamp of the event; gives back the memory of the one before. recorded: 0..STAMP_RECORDED_MAX.
 * Returns 0, ERR_NOMEM, ERR_INVALID. */
int stamp_set(const struct alloc *a, struct stamp *s, event_ms recorded, uint32_t source,
	struct str id, bool retracted);
void stamp_fini(const struct alloc *a, struct stamp *s);
#define STAMP_ID_BUF EVENT_ID_MAX
struct str stamp_id(
	const struct stamp *s, char *buf); /* the id's text; buf of STAMP_ID_BUF bytes */
/* Whether an event with these would stand over `s` (greater recorded, source, id). */
bool stamp_is_older(const struct intern *names, const struct stamp *s, event_ms recorded,
	uint32_t source, struct str id);
int stamp_cmp(const struct intern *names, const struct stamp *a, const struct stamp *b);

#endif
