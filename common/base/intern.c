#include "common/base/intern.h"

#include <assert.h>

#include "common/base/err.h"
#include "common/base/hash.h"

#define CHUNK_SIZE ((size_t)256 * 1024)

struct chunk {
	struct chunk *next;
	size_t size, used;
	char data[];
};

struct intern {
	const struct alloc *a;
	struct str *texts; /* by number */
	size_t texts_cap;
	uint64_t *slots; /* high 32 bits of the hash, low 32 bits number + 1; 0 is free */
	size_t n_slots;	 /* a power of two, or 0 */
	struct chunk *chunks;
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
	struct chunk *c;

	if (t == NULL)
		return;
	for (c = t->chunks; c != NULL;) {
		struct chunk *next = c->next;

		mem_free(t->a, c, sizeof *c + c->size);
		c = next;
	}
	mem_free(t->a, t->texts, t->texts_cap * sizeof *t->texts);
	mem_free(t->a, t->slots, t->n_slots * sizeof *t->slots);
	mem_free(t->a, t, sizeof *t);
}

static int rehash(struct intern *t, size_t n_slots)
{
	uint64_t *slots = mem_zalloc(t->a, n_slots * sizeof *slots);

	if (slots == NULL)
		return ERR_NOMEM;
	for (uint32_t id = 0; id < t->n; id++) {
		uint64_t h = hash_bytes(t->texts[id].p, t->texts[id].n, 0);
		size_t at = h & (n_slots - 1);

		while (slots[at] != 0)
			at = (at + 1) & (n_slots - 1);
		slots[at] = (h & 0xffffffff00000000ULL) | (id + 1);
	}
	mem_free(t->a, t->slots, t->n_slots * sizeof *t->slots);
	t->slots = slots;
	t->n_slots = n_slots;
	return 0;
}

/* The slot that holds s, or the free slot where it belongs. n_slots > 0. */
static size_t probe(const struct intern *t, struct str s, uint64_t h)
{
	size_t at = h & (t->n_slots - 1);

	while (t->slots[at] != 0) {
		if (((t->slots[at] ^ h) >> 32) == 0 &&
			str_eq(t->texts[(uint32_t)t->slots[at] - 1], s))
			break;
		at = (at + 1) & (t->n_slots - 1);
	}
	return at;
}

static int copy_text(struct intern *t, struct str s, struct str *ret)
{
	struct chunk *c = t->chunks;

	if (c == NULL || c->size - c->used < s.n) {
		size_t size = s.n > CHUNK_SIZE / 4 ? s.n : CHUNK_SIZE;

		/* Small tables stay small. */
		if (t->n < 64 && s.n <= 1024)
			size = 4096;
		c = mem_alloc(t->a, sizeof *c + size);
		if (c == NULL)
			return ERR_NOMEM;
		c->size = size;
		c->used = 0;
		c->next = t->chunks;
		t->chunks = c;
	}
	if (s.n > 0)
		memcpy(c->data + c->used, s.p, s.n);
	*ret = (struct str){ c->data + c->used, s.n };
	c->used += s.n;
	return 0;
}

int intern_put(struct intern *t, struct str s, intern_id *ret_id)
{
	uint64_t h = intern_hash(s);
	size_t at;
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
	if ((t->n + 1) * (size_t)4 > t->n_slots * 3) {
		rc = rehash(t, t->n_slots == 0 ? 16 : t->n_slots * 2);
		if (rc != 0)
			return rc;
	}
	rc = mem_grow(t->a, (void **)&t->texts, &t->texts_cap, (size_t)t->n + 1, t->max,
		sizeof *t->texts);
	if (rc != 0)
		return rc;
	rc = copy_text(t, s, &t->texts[t->n]);
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
	size_t at;

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
		__builtin_prefetch(&t->slots[hash & (t->n_slots - 1)]);
}

intern_id intern_guess(const struct intern *t, uint64_t hash)
{
	size_t at = hash & (t->n_slots - 1);

	if (t->n_slots == 0)
		return INTERN_NONE;
	while (t->slots[at] != 0 && ((t->slots[at] ^ hash) >> 32) != 0)
		at = (at + 1) & (t->n_slots - 1);
	if (t->slots[at] == 0)
		return INTERN_NONE;
	__builtin_prefetch(&t->texts[(uint32_t)t->slots[at] - 1]);
	return (uint32_t)t->slots[at] - 1;
}

void intern_fetch_text(const struct intern *t, intern_id id)
{
	const char *p = t->texts[id].p;

	__builtin_prefetch(p);
	__builtin_prefetch(p + 63);
}

struct str intern_text(const struct intern *t, intern_id id)
{
	assert(id < t->n);
	return t->texts[id];
}

uint32_t intern_count(const struct intern *t)
{
	return t->n;
}
