/* Tables with open addressing and linear probing, of any number of slots: seven of eight may be used, and a full one
 * grows by a quarter. Most of the state lies in such tables, so what stays empty counts more than growing seldom. */
#ifndef BASE_SLOTS_H
#define BASE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

static inline uint32_t slot_of(uint32_t hash, uint32_t cap)
{
	return (uint32_t)((uint64_t)hash * cap >> 32);
}

static inline uint32_t slot_after(uint32_t at, uint32_t cap)
{
	return at + 1 == cap ? 0 : at + 1;
}

static inline bool slots_hold(uint64_t n, uint32_t cap)
{
	return n * 8 <= (uint64_t)cap * 7;
}

/* How many slots hold n: at least a quarter more than there are. 0 when that is more than `max`. */
static inline uint32_t slots_for(uint64_t n, uint32_t cap, uint32_t min, uint32_t max)
{
	uint64_t wider = cap == 0 ? min : (uint64_t)cap + cap / 4;

	if (wider * 7 < n * 8)
		wider = (n * 8 + 6) / 7;
	return wider > max ? 0 : (uint32_t)wider;
}

#endif
