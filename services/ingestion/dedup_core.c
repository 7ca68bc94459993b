#include "services/ingestion/dedup_core.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"

#define ROOM_FIRST  4096u
#define ROOM_FACTOR 8u

/* From the event with number `first` on, until the next mark, the log's day was `day`. */
struct mark {
	day_no day;
	uint64_t first;
};

/* Events are numbered in order of arrival; those in the window are [oldest, next). Event number s lies in
 * ring[s & (room - 1)].
 *
 * The table has 2 * room slots (open addressing, linear probing, deletion by moving followers back, so there are no
 * tombstones). A slot is 0 when free; otherwise its low bits are the place in the ring and its high bits a tag, at
 * least one of them set, that saves most looks into the ring.
 *
 * Marks are in order of day and of number; the first one covers `oldest` once a day is known. */
struct dedup {
	const struct alloc *a;
	struct hash128 *ring;
	uint32_t *table;
	uint32_t room;	   /* events; a power of two */
	uint32_t room_max; /* likewise */
	uint64_t oldest, next;
	struct mark *marks; /* ring of cap_marks */
	uint32_t cap_marks, first_mark, n_marks;
	uint32_t days;
};

/* ---- the table -------------------------------------------------------------------------------------------- */

static uint32_t table_mask(const struct dedup *d)
{
	return 2 * d->room - 1;
}

static uint32_t home_of(const struct dedup *d, struct hash128 h)
{
	return (uint32_t)h.low & table_mask(d);
}

static uint32_t slot_of(const struct dedup *d, struct hash128 h, uint32_t place)
{
	uint32_t tag = ((uint32_t)(h.high >> 32) | 1u) * d->room; /* the tag sits above the place */

	return tag | place;
}

static void table_insert(struct dedup *d, struct hash128 h, uint32_t place)
{
	uint32_t m = table_mask(d), i = home_of(d, h);

	while (d->table[i] != 0)
		i = (i + 1) & m;
	d->table[i] = slot_of(d, h, place);
}

static void table_remove(struct dedup *d, struct hash128 h, uint32_t place)
{
	uint32_t m = table_mask(d), want = slot_of(d, h, place), hole = home_of(d, h);

	while (d->table[hole] != want)
		hole = (hole + 1) & m;
	for (uint32_t i = (hole + 1) & m; d->table[i] != 0; i = (i + 1) & m) {
		uint32_t home = home_of(d, d->ring[d->table[i] & (d->room - 1)]);

		if (((i - home) & m) < ((i - hole) & m))
			continue; /* it would move before its home */
		d->table[hole] = d->table[i];
		hole = i;
	}
	d->table[hole] = 0;
}

static void table_rebuild(struct dedup *d)
{
	memset(d->table, 0, (size_t)2 * d->room * sizeof *d->table);
	for (uint64_t s = d->oldest; s != d->next; s++) {
		uint32_t place = (uint32_t)s & (d->room - 1);

		table_insert(d, d->ring[place], place);
	}
}

/* ---- creation and growth ---------------------------------------------------------------------------------- */

static uint32_t power_of_two(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static size_t ring_bytes(uint32_t room)
{
	return (size_t)room * sizeof(struct hash128);
}

static size_t table_bytes(uint32_t room)
{
	return (size_t)room * 2 * sizeof(uint32_t);
}

/* Moves to more room. Returns 0, ERR_NOMEM (nothing changed). */
static int grow_to(struct dedup *d, uint32_t room)
{
	struct hash128 *ring = mem_alloc(d->a, ring_bytes(room));
	uint32_t *table = mem_alloc(d->a, table_bytes(room));

	if (ring == NULL || table == NULL) {
		mem_free(d->a, ring, ring_bytes(room));
		mem_free(d->a, table, table_bytes(room));
		return ERR_NOMEM;
	}
	for (uint64_t s = d->oldest; s != d->next; s++)
		ring[s & (room - 1)] = d->ring[s & (d->room - 1)];
	mem_free(d->a, d->ring, ring_bytes(d->room));
	mem_free(d->a, d->table, table_bytes(d->room));
	d->ring = ring;
	d->table = table;
	d->room = room;
	table_rebuild(d);
	return 0;
}

int dedup_create(const struct alloc *a, uint32_t events, uint32_t days, struct dedup **ret_d)
{
	struct dedup *d;
	uint32_t room;
	int rc;

	if (events < DEDUP_EVENTS_MIN || events > DEDUP_EVENTS_MAX)
		return ERR_INVALID;
	if (days < DEDUP_DAYS_MIN || days > DEDUP_DAYS_MAX)
		return ERR_INVALID;
	d = mem_zalloc(a, sizeof *d);
	if (d == NULL)
		return ERR_NOMEM;
	d->a = a;
	d->days = days;
	d->room_max = power_of_two(events);
	d->cap_marks = days + 2; /* days x - days .. x, and the one being told */
	d->marks = mem_alloc(a, d->cap_marks * sizeof *d->marks);
	room = d->room_max < ROOM_FIRST ? d->room_max : ROOM_FIRST;
	rc = d->marks == NULL ? ERR_NOMEM : grow_to(d, room);
	if (rc != 0) {
		dedup_destroy(d);
		return rc;
	}
	*ret_d = d;
	return 0;
}

void dedup_destroy(struct dedup *d)
{
	if (d == NULL)
		return;
	mem_free(d->a, d->ring, ring_bytes(d->room));
	mem_free(d->a, d->table, table_bytes(d->room));
	mem_free(d->a, d->marks, d->cap_marks * sizeof *d->marks);
	mem_free(d->a, d, sizeof *d);
}

int dedup_reserve(struct dedup *d, size_t n)
{
	uint32_t room = d->room;
	size_t want = dedup_count(d) + n;

	while (room < want && room < d->room_max)
		room = room > d->room_max / ROOM_FACTOR ? d->room_max : room * ROOM_FACTOR;
	return room == d->room ? 0 : grow_to(d, room);
}

/* ---- the window ------------------------------------------------------------------------------------------- */

bool dedup_seen(const struct dedup *d, struct hash128 h)
{
	uint32_t m = table_mask(d), tag = slot_of(d, h, 0);

	for (uint32_t i = home_of(d, h); d->table[i] != 0; i = (i + 1) & m) {
		const struct hash128 *at;
		uint32_t place = d->table[i] & (d->room - 1);

		if ((d->table[i] ^ place) != tag)
			continue;
		at = &d->ring[place];
		if (at->low == h.low && at->high == h.high)
			return true;
	}
	return false;
}

/* Forgets what came before event number `until`. */
static void forget(struct dedup *d, uint64_t until)
{
	if (until - d->oldest > dedup_count(d) / 2) {
		d->oldest =
			until; /* many: what stays is quicker to insert than the rest is to remove */
		table_rebuild(d);
		return;
	}
	for (; d->oldest != until; d->oldest++) {
		uint32_t place = (uint32_t)d->oldest & (d->room - 1);

		table_remove(d, d->ring[place], place);
	}
}

void dedup_add(struct dedup *d, struct hash128 h)
{
	uint32_t place = (uint32_t)d->next & (d->room - 1);

	if (dedup_count(d) == d->room)
		forget(d, d->oldest + 1);
	d->ring[place] = h;
	table_insert(d, h, place);
	d->next++;
	/* The one that goes next but a few: its slot will be warm by then. */
	if (dedup_count(d) == d->room)
		dedup_prefetch(d, d->ring[(d->oldest + 8) & (d->room - 1)]);
}

static struct mark *mark_at(struct dedup *d, uint32_t i)
{
	return &d->marks[(d->first_mark + i) % d->cap_marks];
}

static void drop_first_mark(struct dedup *d)
{
	uint64_t until = d->n_marks > 1 ? mark_at(d, 1)->first : d->next;

	if (until > d->oldest)
		forget(d, until);
	d->first_mark = (d->first_mark + 1) % d->cap_marks;
	d->n_marks--;
}

void dedup_day(struct dedup *d, day_no day)
{
	if (d->n_marks > 0 && mark_at(d, d->n_marks - 1)->day >= day)
		return;
	while (d->n_marks > 0 && day - mark_at(d, 0)->day > (day_no)d->days)
		drop_first_mark(d);
	assert(d->n_marks < d->cap_marks);
	/* What came before the first day that is told counts as of that day. */
	*mark_at(d, d->n_marks) = (struct mark){ day, d->n_marks == 0 ? d->oldest : d->next };
	d->n_marks++;
}

void dedup_prefetch(const struct dedup *d, struct hash128 h)
{
	__builtin_prefetch(&d->table[home_of(d, h)]);
}

uint32_t dedup_count(const struct dedup *d)
{
	return (uint32_t)(d->next - d->oldest);
}

uint32_t dedup_window(const struct dedup *d)
{
	return d->room_max;
}

size_t dedup_bytes(const struct dedup *d)
{
	return sizeof *d + ring_bytes(d->room) + table_bytes(d->room) +
	       d->cap_marks * sizeof *d->marks;
}
