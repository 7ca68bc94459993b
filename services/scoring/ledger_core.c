#include "services/scoring/ledger_core.h"

#include "common/base/err.h"
#include "common/base/hash.h"

#define MARK_VERSION 1

static void put_u64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

void ledger_mark_write(const struct ledger_mark *m, uint8_t out[LEDGER_MARK_BYTES])
{
	put_u64(out, MARK_VERSION);
	put_u64(out + 8, m->outputs);
	put_u64(out + 16, m->digest);
	put_u64(out + 24, m->event_position);
	put_u64(out + 32, m->calendar_digest);
}

int ledger_mark_read(struct span bytes, struct ledger_mark *ret_m)
{
	const uint8_t *p = bytes.p;

	if (bytes.n != LEDGER_MARK_BYTES || get_u64(p) != MARK_VERSION)
		return ERR_CORRUPT;
	ret_m->outputs = get_u64(p + 8);
	ret_m->digest = get_u64(p + 16);
	ret_m->event_position = get_u64(p + 24);
	ret_m->calendar_digest = get_u64(p + 32);
	return 0;
}

/* Where the counts meet, the digests must. */
static int compare(struct ledger *l)
{
	if (l->outputs > l->committed.outputs)
		return ERR_MISMATCH;
	if (l->outputs < l->committed.outputs)
		return 0;
	if (l->digest != l->committed.digest)
		return ERR_MISMATCH;
	l->replaying = false;
	return 0;
}

int ledger_start(
	struct ledger *l, const struct ledger_mark *committed, uint64_t outputs, uint64_t digest)
{
	*l = (struct ledger){ *committed, outputs, digest, true };
	return compare(l);
}

int ledger_output(struct ledger *l, struct span unit, uint32_t n_records, bool *ret_write)
{
	l->outputs += n_records;
	l->digest = digest_chain(l->digest, unit.p, unit.n);
	*ret_write = !l->replaying;
	return l->replaying ? compare(l) : 0;
}
