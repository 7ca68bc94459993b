#include "common/base/intern.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/hash.h"
#include "common/base/slots.h"

/* Texts stand in chunks, each behind its length and on a border of 4 bytes: a place is the number of its chunk and how
 * many times 4 bytes into it. */
#define CHUNK_BITS 14
#define CHUNK_SIZE ((size_t)4 << CHUNK_BITS)
#define CHUNKS_MAX ((size_t)1 << (32 - CHUNK_BITS))
#define SLOTS_MIN  16

struct chunk {
	char *data;
	size_t size;
};

struct intern {
	const struct alloc *a;
	uint32_t *places; /* by number */
	size_t places_cap;
	uint64_t *slots; /* high 32 bits of the hash, low 32 bits number + 1; 0 is free */
	uint32_t n_slots;
	struct chunk *chunks;
	size_t n_chunks, cap_chunks, used; /* used: bytes of the last chunk */
	uint32_t n, max;
};

int intern_create(const struct alloc *a, uint32_t max, struct intern **ret_t)
{
	struct intern *t;

	if (max == 0 || max == UINT32_MAX)
		return ERR_INVALID;
	t = mem_zalloc(a, sizeof *t);
	if (t == NULL)
		return ERR_NOMEM;
	t->a = a;
	t->max = max;
	*ret_t = t;
	return 0;
}

void intern_destroy(struct intern *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n_chunks; i++)
		mem_free(t->a, t->chunks[i].data, t->chunks[i].size);
	mem_free(t->a, t->chunks, t->cap_chunks * sizeof *t->chunks);
	mem_free(t->a, t->places, t->places_cap * sizeof *t->places);
	mem_free(t->a, t->slots, t->n_slots * sizeof *t->slots);
	mem_free(t->a, t, sizeof *t);
}

static const char *stored(const struct intern *t, intern_id id)
{
	uint32_t place = t->places[id];

	return t->chunks[place >> CHUNK_BITS].data + (size_t)(place & ((1U << CHUNK_BITS) - 1)) * 4;
}

static struct str text_of(const struct intern *t, intern_id id)
{
	const char *at = stored(t, id);
	uint32_t n;

	memcpy(&n, at, sizeof n);
	return (struct str){ at + sizeof n, n };
}

static uint32_t home_of(const struct intern *t, uint64_t hash)
{
	return slot_of((uint32_t)(hash >> 32), t->n_slots);
}

/* The slots keep as much of the hash as finds their place, so texts are not read again. */
static int widen(struct intern *t)
{
	struct intern wider = *t;

	wider.n_slots = slots_for((uint64_t)t->n + 1, t->n_slots, SLOTS_MIN, UINT32_MAX);
	if (wider.n_slots == 0)
		return ERR_FULL;
	wider.slots = mem_zalloc(t->a, wider.n_slots * sizeof *wider.slots);
	if (wider.slots == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < t->n_slots; i++) {
		uint32_t at = home_of(&wider, t->slots[i]);

		if (t->slots[i] == 0)
			continue;
		while (wider.slots[at] != 0)
			at = slot_after(at, wider.n_slots);
		wider.slots[at] = t->slots[i];
	}
	mem_free(t->a, t->slots, t->n_slots * sizeof *t->slots);
	*t = wider;
	return 0;
}

/* The slot that holds s, or the free slot where it belongs. n_slots > 0. */
static uint32_t probe(const struct intern *t, struct str s, uint64_t h)
{
	uint32_t at = home_of(t, h);

	while (t->slots[at] != 0) {
		if (((t->slots[at] ^ h) >> 32) == 0 &&
			str_eq(text_of(t, (uint32_t)t->slots[at] - 1), s))
			break;
		at = slot_after(at, t->n_slots);
	}
	return at;
}

/* A chunk with room for a text. Small tables stay small. */
static int add_chunk(struct intern *t, size_t bytes)
{
	size_t size = t->n < 64 && bytes <= 1024 ? 4096 : CHUNK_SIZE;
	int rc = mem_grow(t->a, (void **)&t->chunks, &t->cap_chunks, t->n_chunks + 1, CHUNKS_MAX,
		sizeof *t->chunks);
	struct chunk *c;

	if (rc != 0)
		return rc;
	c = &t->chunks[t->n_chunks];
	c->size = bytes > size ? bytes : size;
	c->data = mem_alloc(t->a, c->size);
	if (c->data == NULL)
		return ERR_NOMEM;
	t->n_chunks++;
	t->used = 0;
	return 0;
}

static int copy_text(struct intern *t, struct str s, uint32_t *ret_place)
{
	size_t bytes = (sizeof(uint32_t) + s.n + 3) & ~(size_t)3;
	uint32_t n = (uint32_t)s.n;
	char *to;

	if (s.n > UINT32_MAX - 8)
		return ERR_FULL;
	/* Nothing begins past what a place can tell: a chunk that is larger holds one text. */
	if (t->n_chunks == 0 || t->used >= CHUNK_SIZE ||
		t->chunks[t->n_chunks - 1].size - t->used < bytes) {
		int rc = add_chunk(t, bytes);

		if (rc != 0)
			return rc;
	}
	to = t->chunks[t->n_chunks - 1].data + t->used;
	memcpy(to, &n, sizeof n);
	if (s.n > 0)
		memcpy(to + sizeof n, s.p, s.n);
	*ret_place = (uint32_t)((t->n_chunks - 1) << CHUNK_BITS | t->used / 4);
	t->used += bytes;
	return 0;
}

int intern_put(struct intern *t, struct str s, intern_id *ret_id)
{
	uint64_t h = intern_hash(s);
	uint32_t at;
	int rc;

	if (t->n_slots > 0) {
		at = probe(t, s, h);
		if (t->slots[at] != 0) {
			*ret_id = (uint32_t)t->slots[at] - 1;
			return 0;
		}
	}
	if (t->n == t->max)
		return ERR_FULL;
	if (!slots_hold((uint64_t)t->n + 1, t->n_slots)) {
		rc = widen(t);
		if (rc != 0)
			return rc;
	}
	rc = mem_grow_tight(t->a, (void **)&t->places, &t->places_cap, (size_t)t->n + 1, t->max,
		sizeof *t->places);
	if (rc == 0)
		rc = copy_text(t, s, &t->places[t->n]);
	if (rc != 0)
		return rc;
	at = probe(t, s, h);
	t->slots[at] = (h & 0xffffffff00000000ULL) | (t->n + 1);
	*ret_id = t->n++;
	return 0;
}

uint64_t intern_hash(struct str s)
{
	return hash_bytes(s.p, s.n, 0);
}

intern_id intern_find_hashed(const struct intern *t, struct str s, uint64_t hash)
{
	uint32_t at;

	if (t->n_slots == 0)
		return INTERN_NONE;
	at = probe(t, s, hash);
	return t->slots[at] == 0 ? INTERN_NONE : (uint32_t)t->slots[at] - 1;
}

intern_id intern_find(const struct intern *t, struct str s)
{
	return intern_find_hashed(t, s, intern_hash(s));
}

void intern_fetch_slot(const struct intern *t, uint64_t hash)
{
	if (t->n_slots != 0)
		__builtin_prefetch(&t->slots[home_of(t, hash)]);
}

intern_id intern_guess(const struct intern *t, uint64_t hash)
{
	uint32_t at;

	if (t->n_slots == 0)
		return INTERN_NONE;
	at = home_of(t, hash);
	while (t->slots[at] != 0 && ((t->slots[at] ^ hash) >> 32) != 0)
		at = slot_after(at, t->n_slots);
	if (t->slots[at] == 0)
		return INTERN_NONE;
	__builtin_prefetch(&t->places[(uint32_t)t->slots[at] - 1]);
	return (uint32_t)t->slots[at] - 1;
}

void intern_fetch_text(const struct intern *t, intern_id id)
{
	const char *p = stored(t, id);

	__builtin_prefetch(p);
	__builtin_prefetch(p + 63);
}

struct str intern_text(const struct intern *t, intern_id id)
{
	assert(id < t->n);
	return text_of(t, id);
}

uint32_t intern_count(const struct intern *t)
{
	return t->n;
}
