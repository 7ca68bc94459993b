#include "services/history/pending_core.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/hash.h"

#define SLACK	    16 /* bytes a row may grow by before it moves */
#define SCRATCH_MAX ((size_t)16 << 20)

struct kept {
	day_no day;
	uint32_t partner_n;
	size_t partner, row; /* offsets into bytes */
	uint32_t row_n, row_cap;
};

struct pending {
	const struct alloc *a;
	uint32_t max_rows;
	struct kept *kept;
	size_t n, cap;
	uint32_t *slots; /* 1 + index, 0: free; power of two */
	size_t n_slots;
	struct buf bytes, encoded;
	struct arena scratch;
	day_no oldest;
};

int pending_create(const struct alloc *a, uint32_t rows, size_t bytes, struct pending **ret_p)
{
	struct pending *p;
	size_t n_slots = 16;

	if (rows == 0 || bytes == 0 || rows > UINT32_MAX / 4)
		return ERR_INVALID;
	while (n_slots < (size_t)rows * 2)
		n_slots *= 2;
	p = mem_zalloc(a, sizeof *p);
	if (p == NULL)
		return ERR_NOMEM;
	p->a = a;
	p->max_rows = rows;
	p->n_slots = n_slots;
	p->oldest = DAY_NONE;
	buf_init(&p->bytes, a, bytes);
	buf_init(&p->encoded, a, SCRATCH_MAX);
	arena_init(&p->scratch, a, SCRATCH_MAX);
	p->slots = mem_zalloc(a, n_slots * sizeof *p->slots);
	if (p->slots == NULL) {
		pending_destroy(p);
		return ERR_NOMEM;
	}
	*ret_p = p;
	return 0;
}

void pending_destroy(struct pending *p)
{
	if (p == NULL)
		return;
	mem_free(p->a, p->kept, p->cap * sizeof *p->kept);
	mem_free(p->a, p->slots, p->slots == NULL ? 0 : p->n_slots * sizeof *p->slots);
	buf_fini(&p->bytes);
	buf_fini(&p->encoded);
	arena_fini(&p->scratch);
	mem_free(p->a, p, sizeof *p);
}

void pending_clear(struct pending *p)
{
	if (p->n > 0)
		memset(p->slots, 0, p->n_slots * sizeof *p->slots);
	p->n = 0;
	p->oldest = DAY_NONE;
	buf_reset(&p->bytes);
}

static struct str partner_of(const struct pending *p, const struct kept *k)
{
	return (struct str){ (const char *)p->bytes.p + k->partner, k->partner_n };
}

/* The slot of a key: of its row, or the free one where it would go. */
static uint32_t *slot_of(const struct pending *p, day_no day, struct str partner)
{
	uint64_t hash = hash_bytes(partner.p, partner.n, (uint64_t)(uint32_t)day);

	for (size_t i = hash & (p->n_slots - 1);; i = (i + 1) & (p->n_slots - 1)) {
		const struct kept *k;

		if (p->slots[i] == 0)
			return &p->slots[i];
		k = &p->kept[p->slots[i] - 1];
		if (k->day == day && str_eq(partner_of(p, k), partner))
			return &p->slots[i];
	}
}

/* Takes in a key with a row of the bytes in p->encoded. */
static int put_new(struct pending *p, uint32_t *slot, day_no day, struct str partner)
{
	size_t n = p->encoded.n, room = partner.n + n + SLACK;
	struct kept *k;
	int rc = mem_grow(p->a, (void **)&p->kept, &p->cap, p->n + 1, p->max_rows, sizeof *p->kept);

	if (rc == 0)
		rc = buf_reserve(&p->bytes, room);
	if (rc != 0)
		return rc;
	k = &p->kept[p->n++];
	*k = (struct kept){ day, (uint32_t)partner.n, p->bytes.n, p->bytes.n + partner.n,
		(uint32_t)n, (uint32_t)(n + SLACK) };
	(void)buf_add(&p->bytes, partner.p, partner.n); /* there is room for both */
	(void)buf_add(&p->bytes, p->encoded.p, n);
	p->bytes.n += SLACK;
	*slot = (uint32_t)p->n;
	if (p->oldest == DAY_NONE || day < p->oldest)
		p->oldest = day;
	return 0;
}

/* Puts the bytes in p->encoded in the place of a row's. */
static int put_again(struct pending *p, struct kept *k)
{
	size_t n = p->encoded.n;

	if (n > k->row_cap) {
		int rc = buf_reserve(&p->bytes, n + n / 4 + SLACK);

		if (rc != 0)
			return rc;
		k->row = p->bytes.n;
		k->row_cap = (uint32_t)(n + n / 4 + SLACK);
		p->bytes.n += k->row_cap;
	}
	memcpy(p->bytes.p + k->row, p->encoded.p, n);
	k->row_n = (uint32_t)n;
	return 0;
}

static struct span row_of(const struct pending *p, const struct kept *k)
{
	return (struct span){ p->bytes.p + k->row, k->row_n };
}

int pending_add(struct pending *p, const struct shapes *s, day_no day, struct str partner,
	const struct row *row)
{
	uint32_t *slot = slot_of(p, day, partner);
	struct row older, merged = *row;
	int rc = 0;

	arena_reset(&p->scratch);
	buf_reset(&p->encoded);
	if (*slot != 0) {
		rc = row_read(s, row_of(p, &p->kept[*slot - 1]), &p->scratch, &older);
		if (rc == 0)
			rc = row_merge(s, &older, row, &p->scratch, &merged);
	}
	if (rc == 0)
		rc = row_write(s, &merged, &p->encoded);
	if (rc != 0)
		return rc;
	return *slot == 0 ? put_new(p, slot, day, partner) : put_again(p, &p->kept[*slot - 1]);
}

int pending_get(const struct pending *p, day_no day, struct str partner, struct span *ret)
{
	uint32_t slot = *slot_of(p, day, partner);

	if (slot == 0)
		return ERR_NOTFOUND;
	*ret = row_of(p, &p->kept[slot - 1]);
	return 0;
}

uint32_t pending_count(const struct pending *p)
{
	return (uint32_t)p->n;
}

size_t pending_bytes(const struct pending *p)
{
	return p->bytes.n;
}

day_no pending_oldest(const struct pending *p)
{
	return p->oldest;
}

/* ---- order ------------------------------------------------------------------------------------------------ */

static int order(const struct pending *p, const struct kept *a, const struct kept *b)
{
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return str_cmp(partner_of(p, a), partner_of(p, b));
}

/* Merge sort: the order of equal keys does not arise, and the time does not depend on the input. */
static void sort(const struct pending *p, struct kept *a, struct kept *room, size_t n)
{
	size_t half = n / 2, i = 0, k = half;

	if (n < 2)
		return;
	sort(p, a, room, half);
	sort(p, a + half, room, n - half);
	memcpy(room, a, half * sizeof *a);
	for (size_t at = 0; i < half; at++)
		a[at] = k < n && order(p, &a[k], &room[i]) < 0 ? a[k++] : room[i++];
}

int pending_sort(struct pending *p)
{
	struct kept *room = mem_alloc(p->a, (p->n / 2 + 1) * sizeof *room);

	if (room == NULL)
		return ERR_NOMEM;
	sort(p, p->kept, room, p->n);
	mem_free(p->a, room, (p->n / 2 + 1) * sizeof *room);
	memset(p->slots, 0, p->n_slots * sizeof *p->slots);
	for (size_t i = 0; i < p->n; i++)
		*slot_of(p, p->kept[i].day, partner_of(p, &p->kept[i])) = (uint32_t)i + 1;
	return 0;
}

struct pending_row pending_row_at(const struct pending *p, uint32_t i)
{
	const struct kept *k = &p->kept[i];

	assert(i < p->n);
	return (struct pending_row){ k->day, partner_of(p, k), row_of(p, k) };
}
