/* Which of two versions of a fact stands: the greater (recorded, source, id), as texts. */
#include "rules/engine/stamp.h"

#include "common/base/err.h"

#define UUID_TEXT 36
#define HEX_TEXT  32

struct heap_id {
	char *p;
	uint16_t n;
};

static struct heap_id heap_get(const struct stamp *s)
{
	struct heap_id h;

	memcpy(&h.p, s->id, sizeof h.p);
	memcpy(&h.n, s->id + sizeof h.p, sizeof h.n);
	return h;
}

static void heap_set(struct stamp *s, struct heap_id h)
{
	memset(s->id, 0, sizeof s->id);
	memcpy(s->id, &h.p, sizeof h.p);
	memcpy(s->id + sizeof h.p, &h.n, sizeof h.n);
}

/* Values of lower case hexadecimal digits; everything else has a high bit. */
#define X4  0x80, 0x80, 0x80, 0x80
#define X16 X4, X4, X4, X4
static const uint8_t hex_values[256] = {
	X16, X16, X16,					 /* 0x00 */
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x80, 0x80, X4,	 /* "0" */
	X16, X16,					 /* 0x40 */
	0x80, 10, 11, 12, 13, 14, 15, 0x80, X4, X4, X16, /* "a" */
	X16, X16, X16, X16, X16, X16, X16, X16		 /* 0x80 */
};

static bool is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

/* Packs n pairs of digits. Returns what is wrong with them: 0 for nothing. */
static unsigned pack_pairs(const char *p, size_t n, unsigned char *out)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned high = hex_values[(unsigned char)p[2 * i]];
		unsigned low = hex_values[(unsigned char)p[2 * i + 1]];

		wrong |= high | low;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return wrong & 0x80;
}

/* Packs 32 lower case digits, with the dashes of a UUID or without. */
static bool pack(struct str id, unsigned char *out)
{
	const char *p = id.p;

	if (id.n == HEX_TEXT)
		return pack_pairs(p, 16, out) == 0;
	if (p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-')
		return false;
	return (pack_pairs(p, 4, out) | pack_pairs(p + 9, 2, out + 4) |
		       pack_pairs(p + 14, 2, out + 6) | pack_pairs(p + 19, 2, out + 8) |
		       pack_pairs(p + 24, 6, out + 10)) == 0;
}

static int keep_on_heap(const struct alloc *a, struct stamp *s, struct str id)
{
	struct heap_id h = { NULL, (uint16_t)id.n };

	if (s->form == STAMP_HEAP && heap_get(s).n == id.n) {
		memcpy(heap_get(s).p, id.p, id.n);
		return 0;
	}
	h.p = mem_alloc(a, id.n);
	if (h.p == NULL)
		return ERR_NOMEM;
	memcpy(h.p, id.p, id.n);
	stamp_fini(a, s);
	heap_set(s, h);
	s->form = STAMP_HEAP;
	return 0;
}

int stamp_set(const struct alloc *a, struct stamp *s, event_ms recorded, uint32_t source,
	struct str id, bool retracted)
{
	unsigned char packed[16];

	if (recorded < 0 || recorded > STAMP_RECORDED_MAX || id.n == 0 || id.n > EVENT_ID_MAX)
		return ERR_INVALID;
	s->recorded_low = (uint32_t)recorded;
	s->recorded_high = (uint32_t)(recorded >> 32) & 0x7ff;
	s->source = source;
	s->retracted = retracted;
	if (id.n <= sizeof s->id) {
		stamp_fini(a, s);
		memcpy(s->id, id.p, id.n);
		s->form = (uint32_t)id.n & 31;
		return 0;
	}
	if ((id.n == UUID_TEXT || id.n == HEX_TEXT) && pack(id, packed)) {
		stamp_fini(a, s);
		memcpy(s->id, packed, sizeof packed);
		s->form = id.n == UUID_TEXT ? STAMP_UUID : STAMP_HEX;
		return 0;
	}
	return keep_on_heap(a, s, id);
}

void stamp_fini(const struct alloc *a, struct stamp *s)
{
	if (s->form == STAMP_HEAP) {
		struct heap_id h = heap_get(s);

		mem_free(a, h.p, h.n);
	}
	s->form = 0;
	memset(s->id, 0, sizeof s->id);
}

struct str stamp_id(const struct stamp *s, char *buf)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	if (s->form == STAMP_HEAP)
		return (struct str){ heap_get(s).p, heap_get(s).n };
	if (s->form <= sizeof s->id)
		return (struct str){ (const char *)s->id, s->form };
	for (size_t i = 0; i < sizeof s->id; i++) {
		if (s->form == STAMP_UUID && is_dash(n))
			buf[n++] = '-';
		buf[n++] = digits[s->id[i] >> 4];
		buf[n++] = digits[s->id[i] & 15];
	}
	return (struct str){ buf, n };
}

static int cmp_sources(const struct intern *names, uint32_t a, uint32_t b)
{
	return a == b ? 0 : str_cmp(intern_text(names, a), intern_text(names, b));
}

bool stamp_is_older(const struct intern *names, const struct stamp *s, event_ms recorded,
	uint32_t source, struct str id)
{
	char buf[STAMP_ID_BUF];
	int c;

	if (stamp_recorded(s) != recorded)
		return stamp_recorded(s) < recorded;
	c = cmp_sources(names, s->source, source);
	if (c == 0)
		c = str_cmp(stamp_id(s, buf), id);
	return c < 0;
}

int stamp_cmp(const struct intern *names, const struct stamp *a, const struct stamp *b)
{
	char buf_a[STAMP_ID_BUF], buf_b[STAMP_ID_BUF];
	int c;

	if (stamp_recorded(a) != stamp_recorded(b))
		return stamp_recorded(a) < stamp_recorded(b) ? -1 : 1;
	c = cmp_sources(names, a->source, b->source);
	return c != 0 ? c : str_cmp(stamp_id(a, buf_a), stamp_id(b, buf_b));
}
