#include "services/ingestion/letters_core.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/hash.h"

/* ---- stored form ------------------------------------------------------------------------------------------ */

/* version 1, refusal, detail length (2), producer length (2), size (4), received (8), all big-endian; then the
 * detail, the producer and the original. */
#define FORM_VERSION 1
#define FORM_HEAD    18

static void put(uint8_t *p, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static uint64_t get(const uint8_t *p, int n)
{
	uint64_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

static size_t at_most(size_t n, size_t max)
{
	return n < max ? n : max;
}

/* Texts are for people: a cut must not leave half a character behind. */
static size_t cut_text(struct str s, size_t max)
{
	size_t n = s.n;

	if (n <= max)
		return n;
	n = max;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

int letter_encode(const struct letter *l, struct buf *out)
{
	size_t n_detail = cut_text(l->detail, REFUSAL_DETAIL_MAX);
	size_t n_producer = cut_text(l->producer, LETTER_PRODUCER_MAX);
	size_t n_original = at_most(l->original.n, LETTER_ORIGINAL_MAX);
	uint8_t head[FORM_HEAD];
	int rc = buf_reserve(out, sizeof head + n_detail + n_producer + n_original);

	if (rc != 0)
		return rc;
	put(head, FORM_VERSION, 1);
	put(head + 1, (uint64_t)l->refusal, 1);
	put(head + 2, n_detail, 2);
	put(head + 4, n_producer, 2);
	put(head + 6, l->size, 4);
	put(head + 10, (uint64_t)l->received, 8);
	(void)buf_add(out, head, sizeof head);
	(void)buf_add(out, l->detail.p, n_detail);
	(void)buf_add(out, l->producer.p, n_producer);
	(void)buf_add(out, l->original.p, n_original);
	return 0;
}

int letter_decode(struct span stored, struct letter *ret_l)
{
	const uint8_t *p = stored.p;
	size_t n_detail, n_producer;

	if (stored.n < FORM_HEAD || p[0] != FORM_VERSION || p[1] == REFUSED_NOT ||
		p[1] >= REFUSAL_END)
		return ERR_CORRUPT;
	n_detail = (size_t)get(p + 2, 2);
	n_producer = (size_t)get(p + 4, 2);
	if (n_detail + n_producer > stored.n - FORM_HEAD)
		return ERR_CORRUPT;
	*ret_l = (struct letter){
		.refusal = (enum refusal)p[1],
		.detail = { (const char *)p + FORM_HEAD, n_detail },
		.producer = { (const char *)p + FORM_HEAD + n_detail, n_producer },
		.received = (event_ms)get(p + 10, 8),
		.original = { p + FORM_HEAD + n_detail + n_producer,
			stored.n - FORM_HEAD - n_detail - n_producer },
		.size = (uint32_t)get(p + 6, 4),
	};
	return 0;
}

/* ---- the book --------------------------------------------------------------------------------------------- */

struct entry {
	uint64_t letter;
	uint64_t hash;	/* of refusal, producer and original */
	uint32_t bytes; /* stored; 0: taken out */
};

/* entries[first .. end) in order of number; the first of them is never one that was taken out. `live` of them are
 * held, `bytes` in all. What is gone is closed up when the room is full and a quarter of it is gaps. */
#define ENTRIES_MAX ((size_t)2 * LETTERS_MAX)

struct letters {
	const struct alloc *a;
	size_t max_letters;
	uint64_t max_bytes;
	struct entry *entries;
	size_t cap, first, end, live;
	size_t hint; /* where the letter after the last one found would be */
	uint64_t bytes;
	uint64_t next, dropped;
};

int letters_create(
	const struct alloc *a, size_t max_letters, uint64_t max_bytes, struct letters **ret_b)
{
	struct letters *b;

	if (max_letters < 1 || max_letters > LETTERS_MAX || max_bytes < LETTER_BYTES_MAX)
		return ERR_INVALID;
	b = mem_zalloc(a, sizeof *b);
	if (b == NULL)
		return ERR_NOMEM;
	b->a = a;
	b->max_letters = max_letters;
	b->max_bytes = max_bytes;
	b->next = 1;
	*ret_b = b;
	return 0;
}

void letters_destroy(struct letters *b)
{
	if (b == NULL)
		return;
	mem_free(b->a, b->entries, b->cap * sizeof *b->entries);
	mem_free(b->a, b, sizeof *b);
}

/* Slides what is held to the front, over gaps and what is gone. */
static void compact(struct letters *b)
{
	size_t n = 0;

	for (size_t i = b->first; i < b->end; i++) {
		if (b->entries[i].bytes != 0)
			b->entries[n++] = b->entries[i];
	}
	b->first = 0;
	b->end = n;
	b->hint = n;
}

static int push(struct letters *b, struct entry e)
{
	void *p = b->entries;
	int rc;

	if (b->end == b->cap && b->live < b->cap - b->cap / 4)
		compact(b);
	rc = mem_grow(b->a, &p, &b->cap, b->end + 1, ENTRIES_MAX, sizeof *b->entries);
	if (rc != 0)
		return rc;
	b->entries = p;
	b->entries[b->end++] = e;
	b->live++;
	b->bytes += e.bytes;
	return 0;
}

static uint64_t hash_of(const struct letter *l)
{
	uint64_t h = hash_bytes(
		l->producer.p, cut_text(l->producer, LETTER_PRODUCER_MAX), (uint64_t)l->refusal);

	return hash_bytes(l->original.p, at_most(l->original.n, LETTER_ORIGINAL_MAX), h);
}

int letters_recall(struct letters *b, uint64_t letter, struct span stored)
{
	struct letter l;
	int rc = letter_decode(stored, &l);

	if (rc != 0)
		return rc;
	if (letter < b->next || stored.n > UINT32_MAX)
		return ERR_CORRUPT;
	rc = push(b, (struct entry){ letter, hash_of(&l), (uint32_t)stored.n });
	if (rc == 0)
		b->next = letter + 1;
	return rc;
}

void letters_recall_marks(struct letters *b, uint64_t next, uint64_t dropped)
{
	if (next > b->next)
		b->next = next;
	b->dropped = dropped;
}

uint64_t letters_find(struct letters *b, const struct letter *l)
{
	uint64_t h = hash_of(l);
	size_t low = b->end - b->first > LETTERS_LOOKBACK ? b->end - LETTERS_LOOKBACK : b->first;

	/* A batch that comes again has its letters in the same order. */
	if (b->hint >= low && b->hint < b->end && b->entries[b->hint].hash == h &&
		b->entries[b->hint].bytes != 0)
		return b->entries[b->hint++].letter;
	for (size_t i = b->end; i > low; i--) {
		const struct entry *e = &b->entries[i - 1];

		if (e->hash == h && e->bytes != 0) {
			b->hint = i;
			return e->letter;
		}
	}
	return 0;
}

uint64_t letters_oldest_over(const struct letters *b, size_t bytes)
{
	if (b->live == 0 || (b->live < b->max_letters && b->bytes + bytes <= b->max_bytes))
		return 0;
	return b->entries[b->first].letter;
}

/* Keeps the first entry a letter that is held. */
static void trim(struct letters *b)
{
	while (b->first < b->end && b->entries[b->first].bytes == 0)
		b->first++;
	if (b->first == b->end)
		b->first = b->end = b->hint = 0;
}

static void take_out(struct letters *b, struct entry *e)
{
	b->live--;
	b->bytes -= e->bytes;
	e->bytes = 0;
	trim(b);
}

void letters_drop(struct letters *b)
{
	assert(b->live > 0);
	take_out(b, &b->entries[b->first]);
	b->dropped++;
}

int letters_add(struct letters *b, const struct letter *l, size_t bytes, uint64_t *ret_letter)
{
	int rc;

	assert(letters_oldest_over(b, bytes) == 0 && bytes > 0 && bytes <= UINT32_MAX);
	rc = push(b, (struct entry){ b->next, hash_of(l), (uint32_t)bytes });
	if (rc == 0)
		*ret_letter = b->next++;
	return rc;
}

int letters_remove(struct letters *b, uint64_t letter)
{
	size_t low = b->first, high = b->end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (b->entries[mid].letter < letter)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == b->end || b->entries[low].letter != letter || b->entries[low].bytes == 0)
		return ERR_NOTFOUND;
	take_out(b, &b->entries[low]);
	return 0;
}

size_t letters_count(const struct letters *b)
{
	return b->live;
}

uint64_t letters_bytes(const struct letters *b)
{
	return b->bytes;
}

uint64_t letters_next(const struct letters *b)
{
	return b->next;
}

uint64_t letters_dropped(const struct letters *b)
{
	return b->dropped;
}
