#include "services/imports/fact_bytes.h"

#include "common/base/event_fields.h"
#include "common/base/hash.h"

struct str event_field_text(const struct event *ev, const struct event_field *f)
{
	struct str s;

	memcpy(&s, (const char *)ev + f->offset, sizeof s);
	return s;
}

int64_t event_field_number(const struct event *ev, const struct event_field *f)
{
	const char *at = (const char *)ev + f->offset;
	int64_t wide;
	int32_t n;
	bool b;

	switch (f->form) {
	case FIELD_AMOUNT:
		memcpy(&wide, at, sizeof wide);
		return wide;
	case FIELD_BOOL:
	case FIELD_CHANGE:
		memcpy(&b, at, sizeof b);
		return b;
	default:
		memcpy(&n, at, sizeof n);
		return n;
	}
}

static void set_number(struct event *ev, const struct event_field *f, int64_t v)
{
	char *at = (char *)ev + f->offset;
	int32_t n = (int32_t)v;
	bool b = v != 0;

	if (f->form == FIELD_AMOUNT)
		memcpy(at, &v, sizeof v);
	else if (f->form == FIELD_BOOL || f->form == FIELD_CHANGE)
		memcpy(at, &b, sizeof b);
	else
		memcpy(at, &n, sizeof n);
}

static bool is_text(const struct event_field *f)
{
	return f->form == FIELD_TEXT || f->form == FIELD_LINES;
}

/* ---- keys ------------------------------------------------------------------------------------------------- */

#define KEY_KEPT (FACT_KEY_MAX - sizeof(struct hash128)) /* of a key that is too long */

/* A key being written; what does not fit goes into the hash alone. */
struct key {
	unsigned char *p;
	size_t n;
	struct hash128 over;
	bool is_over;
};

static void key_add(struct key *k, const void *p, size_t n)
{
	if (!k->is_over && k->n + n <= FACT_KEY_MAX) {
		if (n > 0)
			memcpy(k->p + k->n, p, n);
		k->n += n;
		return;
	}
	if (!k->is_over) {
		size_t fits = k->n < KEY_KEPT ? KEY_KEPT - k->n : 0;

		k->over = hash128_bytes(k->p, k->n, 0);
		if (fits > 0)
			memcpy(k->p + k->n, p, fits < n ? fits : n);
		k->is_over = true;
	}
	/* Each piece is hashed with what was hashed before it. */
	k->over.low ^= hash_bytes(p, n, k->over.high);
	k->over.high ^= hash_bytes(p, n, k->over.low);
	k->n = FACT_KEY_MAX;
}

/* Numbers in the order of their values: the sign turned, the greatest byte first. */
static void key_add_number(struct key *k, int64_t v)
{
	uint32_t u = (uint32_t)(int32_t)v ^ 0x80000000u;
	const unsigned char b[4] = { (unsigned char)(u >> 24), (unsigned char)(u >> 16),
		(unsigned char)(u >> 8), (unsigned char)u };

	key_add(k, b, sizeof b);
}

size_t fact_key(const struct event *ev, unsigned char *buf)
{
	const struct fact_fields *fact = &fact_fields[ev->kind];
	struct key k = { .p = buf };
	unsigned char kind = (unsigned char)ev->kind;

	key_add(&k, &kind, 1);
	for (size_t i = 0; i < fact->n; i++) {
		const struct event_field *f = &fact->fields[i];
		struct str s;

		if (!f->key)
			continue;
		if (!is_text(f)) {
			key_add_number(&k, event_field_number(ev, f));
			continue;
		}
		/* A text holds no zero byte, so one ends it. */
		s = event_field_text(ev, f);
		key_add(&k, s.p, s.n);
		key_add(&k, "", 1);
	}
	if (k.is_over)
		memcpy(buf + KEY_KEPT, &k.over, sizeof k.over);
	return k.n;
}

/* ---- whole facts ------------------------------------------------------------------------------------------ */

struct writer {
	unsigned char *p;
	size_t n;
	bool full;
};

static void put(struct writer *w, const void *p, size_t n)
{
	if (w->full || n > FACT_BYTES_MAX - w->n) {
		w->full = true;
		return;
	}
	if (n > 0)
		memcpy(w->p + w->n, p, n);
	w->n += n;
}

static void put_text(struct writer *w, struct str s)
{
	uint16_t n = (uint16_t)(s.n < FACT_BYTES_MAX ? s.n : FACT_BYTES_MAX);

	put(w, &n, sizeof n);
	put(w, s.p, s.n);
}

int fact_pack(const struct event *ev, unsigned char *buf, size_t *ret_n)
{
	const struct fact_fields *fact = &fact_fields[ev->kind];
	struct writer w = { .p = buf };
	unsigned char kind = (unsigned char)ev->kind;
	size_t given = event_fields_given(ev);

	put(&w, &kind, 1);
	kind = (unsigned char)given;
	put(&w, &kind, 1);
	put(&w, &ev->time, sizeof ev->time);
	put_text(&w, ev->subject);
	for (size_t i = 0; i < given; i++) {
		const struct event_field *f = &fact->fields[i];
		int64_t v;

		if (is_text(f)) {
			put_text(&w, event_field_text(ev, f));
			continue;
		}
		v = event_field_number(ev, f);
		put(&w, &v,
			f->form == FIELD_AMOUNT ? 8 : 4); /* little-endian, as all machines here */
	}
	if (w.full)
		return ERR_RANGE;
	*ret_n = w.n;
	return 0;
}

#define TIME_AT	   2 /* in a packed fact */
#define TIME_BYTES sizeof(event_ms)

bool fact_same(struct span a, struct span b)
{
	const unsigned char *pa = a.p, *pb = b.p;
	size_t behind = TIME_AT + TIME_BYTES;

	return a.n == b.n && a.n >= behind && memcmp(pa, pb, TIME_AT) == 0 &&
	       memcmp(pa + behind, pb + behind, a.n - behind) == 0;
}

struct reader {
	const unsigned char *p;
	size_t n;
	bool bad;
};

static void take(struct reader *r, void *to, size_t n)
{
	if (r->bad || n > r->n) {
		r->bad = true;
		memset(to, 0, n);
		return;
	}
	memcpy(to, r->p, n);
	r->p += n;
	r->n -= n;
}

static struct str take_text(struct reader *r)
{
	struct str s;
	uint16_t n;

	take(r, &n, sizeof n);
	if (r->bad || n > r->n) {
		r->bad = true;
		return (struct str){ NULL, 0 };
	}
	s = (struct str){ (const char *)r->p, n };
	r->p += n;
	r->n -= n;
	return s;
}

int fact_unpack(struct span bytes, struct event *ret_ev)
{
	struct reader r = { bytes.p, bytes.n, false };
	struct event ev = { 0 };
	unsigned char kind, given;

	take(&r, &kind, 1);
	take(&r, &given, 1);
	if (r.bad || kind == 0 || kind >= FACT_KIND_END || given > fact_fields[kind].n)
		return ERR_CORRUPT;
	ev.kind = (enum fact_kind)kind;
	take(&r, &ev.time, sizeof ev.time);
	ev.subject = take_text(&r);
	for (size_t i = 0; i < given; i++) {
		const struct event_field *f = &fact_fields[kind].fields[i];

		if (is_text(f)) {
			struct str s = take_text(&r);

			memcpy((char *)&ev + f->offset, &s, sizeof s);
		} else if (f->form == FIELD_AMOUNT) {
			int64_t v;

			take(&r, &v, sizeof v);
			set_number(&ev, f, v);
		} else {
			int32_t v;

			take(&r, &v, sizeof v);
			set_number(&ev, f, v);
		}
	}
	if (r.bad || r.n != 0)
		return ERR_CORRUPT;
	*ret_ev = ev;
	return 0;
}
