/* The window in which a repeated event is recognised, by a 128-bit hash of its (source, id).
 *
 * The window holds the last `events` accepted events or a few more (the number is rounded up to a power of two),
 * but nothing that was added more than `days` days ago, counted by the days of the log: an event added on day x is
 * known up to and including day x + days. Older ones are forgotten; a repeat of those is logged again, which is
 * harmless because facts are upserts.
 *
 * Memory: DEDUP_BYTES_PER_EVENT for each event of the window's room. Room starts at 4,096 events and grows by eight
 * up to the bound, so a small deployment stays small; at the default of 4,194,304 events it ends at 96 MiB. While
 * it grows, old and new room exist side by side. Once it has its full room nothing is allocated.
 *
 * Two different events with the same hash would make the second look like a repeat. With 128 bits of a seeded hash
 * that does not happen by accident; the seed is chosen at start, so that it cannot be brought about on purpose. */
#ifndef INGESTION_DEDUP_CORE_H
#define INGESTION_DEDUP_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/hash.h"
#include "common/base/mem.h"

#define DEDUP_BYTES_PER_EVENT 24 /* 16 in the ring, two slots of 4 in the table */
#define DEDUP_EVENTS_MIN      1024u
#define DEDUP_EVENTS_MAX      (1u << 26)
#define DEDUP_DAYS_MIN	      1u
#define DEDUP_DAYS_MAX	      3660u

struct dedup;

/* a       borrowed; must outlive the window.
 * events  DEDUP_EVENTS_MIN..DEDUP_EVENTS_MAX, days  DEDUP_DAYS_MIN..DEDUP_DAYS_MAX.
 * Returns 0, ERR_INVALID, ERR_NOMEM. */
int dedup_create(const struct alloc *a, uint32_t events, uint32_t days, struct dedup **ret_d);
void dedup_destroy(struct dedup *d); /* accepts NULL */

/* Makes sure that `n` events can be added without an allocation, by growing while the bound allows it. Full room
 * is no failure: the oldest give way. Returns 0, ERR_NOMEM (nothing changed). */
int dedup_reserve(struct dedup *d, size_t n);

/* Whether the hash was added and is still in the window. Cost: O(1), one or two cache misses. */
bool dedup_seen(const struct dedup *d, struct hash128 h);

/* Adds a hash; the oldest is forgotten when the room is full. Adding one that is known is harmless: it then counts
 * as the newest too. Room must have been reserved. Cost: amortised O(1). */
void dedup_add(struct dedup *d, struct hash128 h);

/* Tells the day of the log: what is too old is forgotten. A day before the newest told changes nothing. */
void dedup_day(struct dedup *d, day_no day);

/* Starts to bring into the cache what dedup_seen() will look at. */
void dedup_prefetch(const struct dedup *d, struct hash128 h);

uint32_t dedup_count(const struct dedup *d);  /* events in the window */
uint32_t dedup_window(const struct dedup *d); /* events it may hold: the bound, rounded up */
size_t dedup_bytes(const struct dedup *d);    /* memory held */

#endif
