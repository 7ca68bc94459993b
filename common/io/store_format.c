/* Writes and checks the values of the log. */
#include "common/io/store_format.h"

#include <string.h>

#include "common/base/hash.h"

#define MAGIC	   0x47504143u /* "CAPG" */
#define HEAD_BYTES sizeof(struct store_head)
#define SUM_FROM   16 /* the checksum covers everything from here */

_Static_assert(HEAD_BYTES == 56, "the header has no holes");
_Static_assert(sizeof(struct store_unit) == 8, "nor has the unit table");
_Static_assert(offsetof(struct store_head, partition) == SUM_FROM, "after the checksum");
_Static_assert(
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they lie in memory");

size_t store_format_size(const struct store_group *g)
{
	return HEAD_BYTES + g->units.n + g->bytes.n;
}

static uint64_t checksum(const uint8_t *value, size_t n)
{
	return hash_bytes(value + SUM_FROM, n - SUM_FROM, MAGIC);
}

void store_format_write(void *dst, const struct store_group *g, uint32_t partition, uint64_t first,
	uint64_t bytes_before)
{
	uint8_t *p = dst;
	struct store_head h = { .magic = MAGIC,
		.version = STORE_FORMAT_VERSION,
		.partition = partition,
		.n_units = (uint32_t)store_group_units(g),
		.first = first,
		.n_records = g->n_records,
		.unit_bytes = g->bytes.n,
		.bytes_before = bytes_before };

	memcpy(p, &h, HEAD_BYTES);
	memcpy(p + HEAD_BYTES, g->units.p, g->units.n);
	memcpy(p + HEAD_BYTES + g->units.n, g->bytes.p, g->bytes.n);
	h.checksum = checksum(p, store_format_size(g));
	memcpy(p + offsetof(struct store_head, checksum), &h.checksum, sizeof h.checksum);
}

const char *store_format_head(struct span value, uint64_t first, struct store_head *ret_head)
{
	struct store_head h;
	uint64_t table;

	if (value.n < HEAD_BYTES)
		return "shorter than a header";
	memcpy(&h, value.p, HEAD_BYTES);
	if (h.magic != MAGIC || h.zero != 0)
		return "not a group of records";
	if (h.version != STORE_FORMAT_VERSION)
		return "written in a format that this version does not know";
	table = (uint64_t)h.n_units * sizeof(struct store_unit);
	if (h.first != first)
		return "header names another position";
	if (h.n_units == 0 || h.n_records < h.n_units || h.n_records > UINT64_MAX - first)
		return "counts make no sense";
	if (h.unit_bytes > value.n || table > value.n ||
		HEAD_BYTES + table + h.unit_bytes != value.n)
		return "size does not match the header";
	*ret_head = h;
	return NULL;
}

const char *store_format_check(struct span value, const struct store_head *head)
{
	uint64_t bytes = 0, records = 0;

	if (checksum(value.p, value.n) != head->checksum)
		return "checksum does not match";
	for (size_t i = 0; i < head->n_units; i++) {
		struct store_unit u = store_format_unit(value, i);

		if (u.size == 0 || u.n_records == 0)
			return "empty unit";
		bytes += u.size;
		records += u.n_records;
	}
	if (bytes != head->unit_bytes || records != head->n_records)
		return "unit table does not add up";
	return NULL;
}

struct store_unit store_format_unit(struct span value, size_t i)
{
	struct store_unit u;

	memcpy(&u, (const uint8_t *)value.p + HEAD_BYTES + i * sizeof u, sizeof u);
	return u;
}

const uint8_t *store_format_units(struct span value, const struct store_head *head)
{
	return (const uint8_t *)value.p + HEAD_BYTES + head->n_units * sizeof(struct store_unit);
}
