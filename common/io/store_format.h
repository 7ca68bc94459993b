/* How a group lies in the log: header, unit table, units back to back.
 *
 *   offset  bytes  content
 *        0      4  magic "CAPG"
 *        4      2  format version, 1
 *        6      2  zero
 *        8      8  XXH3 of everything from offset 16 on
 *       16      4  partition
 *       20      4  number of units, >= 1
 *       24      8  position of the first record; the key of the value says the same
 *       32      8  number of records
 *       40      8  bytes of units
 *       48      8  bytes of all values before this one since the log began
 *       56    8*n  per unit its size in bytes and its number of records, 4 bytes each
 *   56+8*n         the units
 *
 * Numbers are little-endian. The bytes before a group make the size of the log a subtraction. */
#ifndef IO_STORE_FORMAT_H
#define IO_STORE_FORMAT_H

#include "common/io/store_group.h"

#define STORE_FORMAT_VERSION 1

struct store_head {
	uint32_t magic;
	uint16_t version;
	uint16_t zero;
	uint64_t checksum;
	uint32_t partition;
	uint32_t n_units;
	uint64_t first;
	uint64_t n_records;
	uint64_t unit_bytes;
	uint64_t bytes_before;
};

/* Bytes of the value that holds the group. */
size_t store_format_size(const struct store_group *g);

/* Writes the value to `dst`, of store_format_size() bytes. */
void store_format_write(void *dst, const struct store_group *g, uint32_t partition, uint64_t first,
	uint64_t bytes_before);

/* Reads the header of the value found under key `first`, and checks that it fits the value's size; the checksum is
 * not looked at. Returns NULL, or what is wrong, as a text; *ret_head is then untouched. */
const char *store_format_head(struct span value, uint64_t first, struct store_head *ret_head);

/* Checks the rest: checksum, and that the unit table adds up. Returns NULL or what is wrong. */
const char *store_format_check(struct span value, const struct store_head *head);

/* Entry i of the unit table; i < n_units. */
struct store_unit store_format_unit(struct span value, size_t i);
/* Where the units begin. */
const uint8_t *store_format_units(struct span value, const struct store_head *head);

#endif
