/* Numbers from a seed, keyed by what they are for, so that no draw depends on the draws before it. */
#ifndef GENERATE_DRAW_H
#define GENERATE_DRAW_H

#include <stdint.h>
#include <stdio.h>

#include "common/base/hash.h"

/* What is drawn. A new entry goes to the end: the numbers are part of the key. */
enum draw_for {
	DRAW_TENANT = 1,
	DRAW_TENANT_LOW,
	DRAW_SUBSCRIPTION,
	DRAW_SUBSCRIPTION_LOW,
	DRAW_SUBSCRIPTION_COUNT,
	DRAW_COMPANY,
	DRAW_ENDING,
	DRAW_INDUSTRY,
	DRAW_RESELLER,
	DRAW_TPID,
	DRAW_WEIGHT,
	DRAW_JITTER,
	DRAW_GIVEN,
	DRAW_FAMILY,
	DRAW_PROFILE,
	DRAW_ACTIVITY,
	DRAW_EXTRA,
	DRAW_EXTRA_DAY,
	DRAW_START,
	/* Populations. */
	DRAW_ORDER,
	DRAW_SIZE,
	DRAW_GROWTH,
	DRAW_FOCUS,
	DRAW_FOCUS_ONE,
	DRAW_LOCATIONS,
	DRAW_LOCATION,
	DRAW_MARKET,
	DRAW_CITY,
	DRAW_SEGMENT,
	DRAW_HERE_BEFORE,
	DRAW_JOINED,
	DRAW_LEFT,
	DRAW_LEFT_MONTH,
	DRAW_RETURN,
	DRAW_RETURN_MONTH,
	DRAW_SHARED,
	DRAW_SHARED_WITH,
	DRAW_BUYS,
	DRAW_BUYS_ONE,
	DRAW_BUYS_COUNT,
	DRAW_ASSOCIATION,
	DRAW_AMOUNT,
	DRAW_WORKLOAD,
	DRAW_WORKLOAD_PART,
	DRAW_ACTIVE,
	DRAW_ACTIVE_JITTER,
	DRAW_SECOND,
	DRAW_CORRECTED,
	DRAW_CORRECTED_BY,
	DRAW_CORRECTED_LAG,
	DRAW_PERSON_JOINED,
	DRAW_PERSON_LEFT,
	DRAW_PERSON_ID,
	DRAW_CERTIFICATES,
	DRAW_CERTIFICATE_AREA,
	DRAW_CERTIFICATE,
	DRAW_EARNED,
	DRAW_RENEWED,
	DRAW_RENEWED_EARLY,
	DRAW_AGAIN,
	DRAW_AGAIN_LATER,
	DRAW_ENROLLED,
	DRAW_ENROLLED_AREA,
	DRAW_ENROLLED_ON,
	DRAW_CLAIM,
	DRAW_CLAIM_DAY,
	DRAW_DEAL,
	DRAW_WEEKDAY,
	DRAW_DELIVERY,
	DRAW_CORRECTION_DAY,
	DRAW_HAPPENED,
	DRAW_HAPPENED_LAST,
	DRAW_HELD,
	DRAW_HELD_FOR,
	DRAW_REPEATED,
	DRAW_REPEATED_AFTER,
	DRAW_STYLE,
	DRAW_TEAMS,
};

/* A place in a story: partner, copy, group and member within the group. In a population: partner, what of it
 * (population.h), and which one of that. */
struct draw_key {
	uint64_t seed;
	uint32_t partner, copy, group, member;
};

static inline uint64_t draw(const struct draw_key *k, enum draw_for what, uint64_t index)
{
	uint64_t x = hash_u64(k->seed + 0x9e3779b97f4a7c15ULL * (uint64_t)what);

	x = hash_u64(x ^ ((uint64_t)k->partner << 32 | k->copy));
	x = hash_u64(x ^ ((uint64_t)k->group << 32 | k->member));
	return hash_u64(x ^ index);
}

/* 0..n-1; n >= 1. */
static inline uint64_t draw_below(
	const struct draw_key *k, enum draw_for what, uint64_t index, uint64_t n)
{
	return (draw(k, what, index) >> 8) % n;
}

#define GUID_TEXT 37
/* A version 4 identifier from two draws; returns text. */
static inline const char *draw_guid(const struct draw_key *k, enum draw_for high, enum draw_for low,
	uint64_t index, char text[GUID_TEXT])
{
	uint64_t a = draw(k, high, index), b = draw(k, low, index);

	(void)snprintf(text, GUID_TEXT, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		(unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		(unsigned)(0x8000 | (b >> 48 & 0x3fff)),
		(unsigned long long)(b & 0xffffffffffffULL));
	return text;
}

#endif
