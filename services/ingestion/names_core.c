#include "services/ingestion/names_core.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"

struct entry {
	uint8_t n_peer;
	uint8_t peer[NAMES_PEER_MAX];
	uint16_t n_name; /* 0: unused */
	char name[NAMES_NAME_MAX];
};

struct names {
	const struct alloc *a;
	struct entry *entries;
	size_t cap, next; /* the entry to be used next, and so the oldest */
	char hex[2 * NAMES_PEER_MAX];
};

int names_create(const struct alloc *a, size_t cap, struct names **ret_n)
{
	struct names *n = mem_zalloc(a, sizeof *n);

	if (n == NULL)
		return ERR_NOMEM;
	n->a = a;
	n->cap = cap;
	n->entries = mem_zalloc(a, cap * sizeof *n->entries);
	if (n->entries == NULL) {
		names_destroy(n);
		return ERR_NOMEM;
	}
	*ret_n = n;
	return 0;
}

void names_destroy(struct names *n)
{
	if (n == NULL)
		return;
	mem_free(n->a, n->entries, n->cap * sizeof *n->entries);
	mem_free(n->a, n, sizeof *n);
}

static struct entry *find(struct names *n, struct span peer)
{
	for (size_t i = 0; i < n->cap; i++) {
		struct entry *e = &n->entries[i];

		if (e->n_name > 0 && e->n_peer == peer.n && memcmp(e->peer, peer.p, peer.n) == 0)
			return e;
	}
	return NULL;
}

int names_put(struct names *n, struct span peer, struct str name)
{
	struct entry *e;

	assert(peer.n > 0 && peer.n <= NAMES_PEER_MAX);
	if (name.n == 0 || name.n > NAMES_NAME_MAX || !str_is_clean_utf8(name))
		return ERR_INVALID;
	e = find(n, peer);
	if (e == NULL) {
		e = &n->entries[n->next];
		n->next = (n->next + 1) % n->cap;
	}
	e->n_peer = (uint8_t)peer.n;
	memcpy(e->peer, peer.p, peer.n);
	e->n_name = (uint16_t)name.n;
	memcpy(e->name, name.p, name.n);
	return 0;
}

struct str names_get(struct names *n, struct span peer)
{
	static const char digits[] = "0123456789abcdef";
	const struct entry *e = find(n, peer);
	const uint8_t *p = peer.p;

	if (e != NULL)
		return (struct str){ e->name, e->n_name };
	assert(peer.n <= NAMES_PEER_MAX);
	for (size_t i = 0; i < peer.n; i++) {
		n->hex[2 * i] = digits[p[i] >> 4];
		n->hex[2 * i + 1] = digits[p[i] & 15];
	}
	return (struct str){ n->hex, 2 * peer.n };
}
