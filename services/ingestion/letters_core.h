/* Dead letters: what was refused, kept so that it can be listed, mended and replayed.
 *
 * Two things live here, both pure: the form in which a letter is stored, and the book, which knows of every letter
 * held its number and size, gives out numbers, and says which letters give way when a bound is reached. The letters
 * themselves are in a table of the store. */
#ifndef INGESTION_LETTERS_CORE_H
#define INGESTION_LETTERS_CORE_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/event.h"
#include "common/base/mem.h"

#define LETTER_PRODUCER_MAX 256
#define LETTER_ORIGINAL_MAX                                                                        \
	((size_t)1024 * 1024) /* of a batch that was no EventBatch, so much is kept */
#define LETTER_BYTES_MAX (LETTER_ORIGINAL_MAX + 4096)

/* ---- stored form ------------------------------------------------------------------------------------------ */

struct letter {
	enum refusal refusal; /* REFUSED_NOT for a record that its producer refused: see `format` */
	struct str
		detail; /* at most REFUSAL_DETAIL_MAX bytes are kept, of records LETTER_RECORD_TEXT_MAX */
	struct str producer; /* at most LETTER_PRODUCER_MAX bytes are kept */
	event_ms received;
	struct span
		original; /* an EventBatch of one event, or the bytes that were none; cut at LETTER_ORIGINAL_MAX */
	uint32_t size; /* bytes before the cut */
	/* Of a record that its producer refused (proto RefusedRecord); format is empty otherwise. */
	struct str format, reason,
		file; /* at most 255, 255 and LETTER_RECORD_TEXT_MAX bytes are kept */
	uint32_t line, column;
	event_ms recorded;
};
#define LETTER_RECORD_TEXT_MAX 1024

/* Why it was refused, in a word. */
struct str letter_reason(const struct letter *l);

/* Appends the stored form. Returns 0, ERR_NOMEM, ERR_FULL. */
int letter_encode(const struct letter *l, struct buf *out);
/* Texts and original point into `stored`. Returns 0, ERR_CORRUPT. */
int letter_decode(struct span stored, struct letter *ret_l);

/* ---- the book --------------------------------------------------------------------------------------------- */

struct letters;

/* max_letters  1..LETTERS_MAX, held at most. max_bytes  of stored forms, at least LETTER_BYTES_MAX.
 * Memory: 24 bytes a letter, and 4 to 16 of index, growing with the letters held.
 * Returns 0, ERR_INVALID, ERR_NOMEM. */
#define LETTERS_MAX 10000000u
int letters_create(
	const struct alloc *a, size_t max_letters, uint64_t max_bytes, struct letters **ret_b);
void letters_destroy(struct letters *b); /* accepts NULL */

/* While starting: a letter that is stored, in order of number. Returns 0, ERR_NOMEM, ERR_CORRUPT (not in order). */
int letters_recall(struct letters *b, uint64_t letter, struct span stored);
/* While starting, after the letters: the marks kept in the store. */
void letters_recall_marks(struct letters *b, uint64_t next, uint64_t dropped);

/* The letter that holds the same refusal of the same bytes by the same producer (of records: of a file of the same time):
 * a batch that is sent again because its acknowledgement was lost, or a file that is imported again, must not fill the
 * store. 0 when there is none. O(1). */
uint64_t letters_find(const struct letters *b, const struct letter *l);

/* Room for one more of `bytes`: gives the oldest letter that has to give way first, or 0 when there is room. The
 * caller deletes it from the store, calls letters_drop(), and asks again. */
uint64_t letters_oldest_over(const struct letters *b, size_t bytes);
/* Takes the oldest out and counts it as dropped. */
void letters_drop(struct letters *b);

/* Enters a new letter; there must be room. Returns 0 and its number (from 1, never used again), ERR_NOMEM. */
int letters_add(struct letters *b, const struct letter *l, size_t bytes, uint64_t *ret_letter);
/* Takes a letter out that was replayed. Returns 0, ERR_NOTFOUND. */
int letters_remove(struct letters *b, uint64_t letter);

size_t letters_count(const struct letters *b);
uint64_t letters_bytes(const struct letters *b);
uint64_t letters_next(const struct letters *b);	   /* to be kept in the store */
uint64_t letters_dropped(const struct letters *b); /* likewise: because a bound was reached, ever */

#endif
