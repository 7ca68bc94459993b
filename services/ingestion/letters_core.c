#include "services/ingestion/letters_core.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/hash.h"

/* ---- stored form ------------------------------------------------------------------------------------------ */

/* Version 1, refusal, detail length (2), producer length (2), size (4), received (8), all big-endian; then the
 * detail, the producer and the original. Version 2, of records: behind the head of version 1 the lengths of format (1),
 * reason (1) and file (2), line (4), column (4), recorded (8); then detail, producer, format, reason, file, original. */
#define FORM_VERSION 1
#define FORM_RECORD  2
#define FORM_HEAD    18
#define RECORD_HEAD  (FORM_HEAD + 20)

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

struct str letter_reason(const struct letter *l)
{
	return l->format.n > 0 ? l->reason : str_from(refusal_name(l->refusal));
}

static struct str cut(struct str s, size_t max)
{
	return (struct str){ s.p, cut_text(s, max) };
}

/* What both versions begin with. */
static void put_head(const struct letter *l, uint8_t *head, struct str detail, struct str producer)
{
	put(head, l->format.n > 0 ? FORM_RECORD : FORM_VERSION, 1);
	put(head + 1, (uint64_t)l->refusal, 1);
	put(head + 2, detail.n, 2);
	put(head + 4, producer.n, 2);
	put(head + 6, l->size, 4);
	put(head + 10, (uint64_t)l->received, 8);
}

int letter_encode(const struct letter *l, struct buf *out)
{
	bool record = l->format.n > 0;
	struct str texts[] = { cut(l->detail, record ? LETTER_RECORD_TEXT_MAX : REFUSAL_DETAIL_MAX),
		cut(l->producer, LETTER_PRODUCER_MAX), cut(l->format, 255), cut(l->reason, 255),
		cut(l->file, LETTER_RECORD_TEXT_MAX) };
	size_t n_original = at_most(l->original.n, LETTER_ORIGINAL_MAX);
	size_t n_texts = record ? 5 : 2, size = RECORD_HEAD + n_original;
	uint8_t head[RECORD_HEAD];
	int rc;

	for (size_t i = 0; i < n_texts; i++)
		size += texts[i].n;
	rc = buf_reserve(out, size);
	if (rc != 0)
		return rc;
	put_head(l, head, texts[0], texts[1]);
	put(head + FORM_HEAD, texts[2].n, 1);
	put(head + FORM_HEAD + 1, texts[3].n, 1);
	put(head + FORM_HEAD + 2, texts[4].n, 2);
	put(head + FORM_HEAD + 4, l->line, 4);
	put(head + FORM_HEAD + 8, l->column, 4);
	put(head + FORM_HEAD + 12, (uint64_t)l->recorded, 8);
	(void)buf_add(out, head, record ? RECORD_HEAD : FORM_HEAD);
	for (size_t i = 0; i < n_texts; i++)
		(void)buf_add(out, texts[i].p, texts[i].n);
	(void)buf_add(out, l->original.p, n_original);
	return 0;
}

static bool is_record(struct span stored)
{
	return stored.n >= RECORD_HEAD && ((const uint8_t *)stored.p)[0] == FORM_RECORD;
}

/* The head of a record; false when it makes no sense. lengths: of format, reason and file. */
static bool get_record(const uint8_t *p, struct letter *l, size_t lengths[3])
{
	lengths[0] = (size_t)get(p + FORM_HEAD, 1);
	lengths[1] = (size_t)get(p + FORM_HEAD + 1, 1);
	lengths[2] = (size_t)get(p + FORM_HEAD + 2, 2);
	l->line = (uint32_t)get(p + FORM_HEAD + 4, 4);
	l->column = (uint32_t)get(p + FORM_HEAD + 8, 4);
	l->recorded = (event_ms)get(p + FORM_HEAD + 12, 8);
	return p[1] == REFUSED_NOT && lengths[0] > 0;
}

int letter_decode(struct span stored, struct letter *ret_l)
{
	const uint8_t *p = stored.p;
	bool record = is_record(stored);
	size_t lengths[5] = { 0 }, at = record ? RECORD_HEAD : FORM_HEAD;
	struct letter l = { 0 };
	struct str *texts[] = { &l.detail, &l.producer, &l.format, &l.reason, &l.file };

	if (stored.n < FORM_HEAD || (!record && p[0] != FORM_VERSION))
		return ERR_CORRUPT;
	if (record ? !get_record(p, &l, lengths + 2) : p[1] == REFUSED_NOT || p[1] >= REFUSAL_END)
		return ERR_CORRUPT;
	lengths[0] = (size_t)get(p + 2, 2);
	lengths[1] = (size_t)get(p + 4, 2);
	for (size_t i = 0; i < 5; i++) {
		if (lengths[i] > stored.n - at)
			return ERR_CORRUPT;
		*texts[i] = (struct str){ (const char *)p + at, lengths[i] };
		at += lengths[i];
	}
	l.refusal = (enum refusal)p[1];
	l.size = (uint32_t)get(p + 6, 4);
	l.received = (event_ms)get(p + 10, 8);
	l.original = (struct span){ p + at, stored.n - at };
	*ret_l = l;
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
	/* Positions of entries by hash, plus one; 0 for none. Entries that were taken out stay in it until it is made anew. */
	uint32_t *index;
	size_t n_index; /* a power of two, at least twice the entries */
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
	mem_free(b->a, b->index, b->n_index * sizeof *b->index);
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
}

static void enter(struct letters *b, size_t at)
{
	size_t i = b->entries[at].hash & (b->n_index - 1);

	while (b->index[i] != 0)
		i = (i + 1) & (b->n_index - 1);
	b->index[i] = (uint32_t)(at + 1);
}

static void enter_all(struct letters *b)
{
	memset(b->index, 0, b->n_index * sizeof *b->index);
	for (size_t i = b->first; i < b->end; i++)
		enter(b, i);
}

/* The index is twice as large as there is room for entries. */
static int make_index(struct letters *b)
{
	size_t n = b->n_index == 0 ? 64 : b->n_index;
	uint32_t *index;

	while (n < 2 * b->cap)
		n *= 2;
	if (n == b->n_index)
		return 0;
	index = mem_alloc(b->a, n * sizeof *index);
	if (index == NULL)
		return ERR_NOMEM;
	mem_free(b->a, b->index, b->n_index * sizeof *b->index);
	b->index = index;
	b->n_index = n;
	enter_all(b);
	return 0;
}

static int push(struct letters *b, struct entry e)
{
	void *p = b->entries;
	int rc;

	if (b->end == b->cap && b->live < b->cap - b->cap / 4) {
		compact(b);
		if (b->n_index > 0)
			enter_all(b);
	}
	rc = mem_grow(b->a, &p, &b->cap, b->end + 1, ENTRIES_MAX, sizeof *b->entries);
	if (rc != 0)
		return rc;
	b->entries = p;
	rc = make_index(b);
	if (rc != 0)
		return rc;
	b->entries[b->end] = e;
	enter(b, b->end++);
	b->live++;
	b->bytes += e.bytes;
	return 0;
}

static uint64_t hash_of(const struct letter *l)
{
	struct str producer = cut(l->producer, LETTER_PRODUCER_MAX);
	uint64_t h = hash_bytes(producer.p, producer.n, (uint64_t)l->refusal);

	if (l->format.n > 0) {
		struct str reason = cut(l->reason, 255);

		h = hash_bytes(reason.p, reason.n, h ^ (uint64_t)l->recorded);
	}
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

uint64_t letters_find(const struct letters *b, const struct letter *l)
{
	uint64_t h = hash_of(l);

	if (b->n_index == 0)
		return 0;
	for (size_t i = h & (b->n_index - 1); b->index[i] != 0; i = (i + 1) & (b->n_index - 1)) {
		size_t at = b->index[i] - 1;
		const struct entry *e = &b->entries[at];

		/* What lies before the first was dropped, and what lies behind the end was closed up. */
		if (at >= b->first && at < b->end && e->hash == h && e->bytes != 0)
			return e->letter;
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
	if (b->first == b->end) {
		b->first = b->end = 0;
		if (b->n_index > 0)
			memset(b->index, 0, b->n_index * sizeof *b->index);
	}
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
