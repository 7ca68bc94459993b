/* Hashes and checksums. XXH3 comes from libxxhash, compiled in (its header needs no library at link time);
 * why that one: docs/adr/. Not for secrets. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash128 {
	uint64_t low, high;
};

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);
struct hash128 hash128_bytes(const void *p, size_t n, uint64_t seed);

/* Spreads the bits of a packed key over the whole word (a finaliser, one-to-one). */
static inline uint64_t hash_u64(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	return x;
}

/* A running digest: the digest after a chunk is a function of the digest before it and the chunk. */
static inline uint64_t digest_chain(uint64_t before, const void *p, size_t n)
{
	return hash_bytes(p, n, before ^ 0x9e3779b97f4a7c15ULL);
}

#endif
