/* What is remembered of partners and areas, and how it survives. */
#include <string.h>

#include "common/base/err.h"
#include "services/notification/notification_internal.h"

#define AREAS_PER_PARTNER_MAX 256 /* that were ever held or near: those of several editions */
#define STATE_BY_TRACK	      1	  /* version: a standing for each track, read but not written */
#define STATE_BY_RISK	      2	  /* version: one risk, no senses; read but not written */
#define STATE_VERSION	      3
#define STATE_HEAD	      9 /* version and sequence */
#define DRAFT_MAX	      ((size_t)1 << 20)

int subject_get(struct notification *n, struct str id, struct subject **ret_p)
{
	uint32_t known = intern_count(n->partners);
	intern_id i;
	int rc;

	/* Room first, so that a partner that has a number also has a place. */
	rc = mem_grow(n->a, (void **)&n->table, &n->table_cap, (size_t)known + 1,
		(size_t)n->options.max_partners + 1, sizeof *n->table);
	if (rc == 0)
		rc = intern_put(n->partners, id, &i);
	if (rc != 0)
		return rc;
	if (i == known) {
		n->table[i] = (struct subject){ 0 };
		n->stats.partners++;
	}
	*ret_p = &n->table[i];
	return 0;
}

struct str subject_id(const struct notification *n, const struct subject *p)
{
	return intern_text(n->partners, (intern_id)(p - n->table));
}

int subject_changed(struct notification *n, struct subject *p)
{
	int rc;

	if (p->changed_in == n->step)
		return 0;
	rc = mem_grow(n->a, (void **)&n->changed, &n->changed_cap, n->n_changed + 1,
		SIZE_MAX / sizeof *n->changed / 2, sizeof *n->changed);
	if (rc != 0)
		return rc;
	n->changed[n->n_changed++] = subject_id(n, p);
	p->changed_in = n->step;
	return 0;
}

struct standing *standing_find(
	const struct notification *n, const struct subject *p, struct str area)
{
	intern_id id = p->n == 0 ? INTERN_NONE : intern_find(n->names, area);

	for (size_t i = 0; id != INTERN_NONE && i < p->n; i++)
		if (p->areas[i].area == id)
			return &p->areas[i];
	return NULL;
}

int standing_get(
	struct notification *n, struct subject *p, struct str area, struct standing **ret_s)
{
	struct standing *s = standing_find(n, p, area);
	intern_id id;
	int rc;

	if (s != NULL) {
		*ret_s = s;
		return 0;
	}
	rc = intern_put(n->names, area, &id);
	if (rc == 0)
		rc = mem_grow_tight(n->a, (void **)&p->areas, &p->cap, p->n + 1,
			AREAS_PER_PARTNER_MAX, sizeof *p->areas);
	if (rc != 0)
		return rc;
	s = &p->areas[p->n++];
	memset(s, 0, sizeof *s);
	s->area = id;
	s->by = s->by_told = s->since = s->stood.day = s->risked.day = DAY_NONE;
	*ret_s = s;
	return 0;
}

bool standing_is_at_risk(const struct standing *s)
{
	for (int k = 1; k < ALERT_SENSE_END; k++)
		if (s->told[k] > 0)
			return true;
	return false;
}

void standing_count(struct notification *n, const struct standing *s, bool in)
{
	uint64_t one = in ? 1 : UINT64_MAX;

	n->stats.held += s->held ? one : 0;
	n->stats.at_risk += standing_is_at_risk(s) ? one : 0;
}

/* ---- what waits --------------------------------------------------------------------------------------------- */

static int put_draft(
	struct notification *n, struct subject *p, struct standing *s, struct span bytes)
{
	uint8_t *draft = mem_alloc(n->a, bytes.n);

	if (draft == NULL)
		return ERR_NOMEM;
	memcpy(draft, bytes.p, bytes.n);
	standing_wait_no_more(n, p, s);
	s->draft = draft;
	s->draft_n = (uint32_t)bytes.n;
	p->n_waiting++;
	n->stats.waiting++;
	return 0;
}

int standing_wait(
	struct notification *n, struct subject *p, struct standing *s, const struct alert *al)
{
	day_no since = s->since;
	int rc;

	buf_reset(&n->packing);
	rc = draft_pack(al, &n->packing);
	if (rc == 0)
		rc = subject_changed(n, p);
	if (rc == 0)
		rc = put_draft(n, p, s, buf_span(&n->packing));
	s->since = since;
	return rc;
}

void standing_wait_no_more(struct notification *n, struct subject *p, struct standing *s)
{
	s->since = DAY_NONE;
	if (s->draft == NULL)
		return;
	mem_free(n->a, s->draft, s->draft_n);
	s->draft = NULL;
	s->draft_n = 0;
	p->n_waiting--;
	n->stats.waiting--;
}

/* ---- survival --------------------------------------------------------------------------------------------- */

/* Version, sequence (little-endian), feeds told, feeds that wait, and of each kind of feed since when, newest day and month in 32
 * bits each; then per area: the length of its text in 16 bits, its text, and the members below
 * in order, each in 32 bits, then what waits. */
#define WORDS	    19
#define FEEDS_BYTES (2 + 12 * (FEED_KIND_END - 1))

static void words_of(const struct standing *s, uint32_t *w)
{
	const uint32_t all[WORDS] = { s->held, s->near, s->lack, s->outlook, s->told[1], s->told[2],
		s->told[3], s->told[4], (uint32_t)s->by, (uint32_t)s->by_told, (uint32_t)s->since,
		s->stood.sequence, (uint32_t)s->stood.day, s->stood.moved, s->risked.sequence,
		(uint32_t)s->risked.day, s->risked.moved, s->draft != NULL, s->draft_n };

	_Static_assert(ALERT_SENSE_END == 5, "as many senses as words");
	memcpy(w, all, sizeof all);
}

static bool from_words(struct standing *s, const uint32_t *w)
{
	if (w[0] > 1 || w[1] > 1 || w[2] >= ALERT_REASON_END || w[3] > 31 || w[17] > 1)
		return false;
	for (int k = 1; k < ALERT_SENSE_END; k++) {
		if (w[3 + k] > UINT8_MAX)
			return false;
		s->told[k] = (uint8_t)w[3 + k];
	}
	s->held = w[0] == 1;
	s->near = w[1] == 1;
	s->lack = (uint8_t)w[2];
	s->outlook = (uint8_t)w[3];
	s->by = (day_no)w[8];
	s->by_told = (day_no)w[9];
	s->since = (day_no)w[10];
	s->stood = (struct mark){ w[11], (day_no)w[12], w[13] };
	s->risked = (struct mark){ w[14], (day_no)w[15], w[16] };
	return true;
}

static int save_standing(const struct notification *n, const struct standing *s, struct buf *out)
{
	struct str area = intern_text(n->names, s->area);
	uint8_t bytes[2 + 4 * WORDS] = { (uint8_t)area.n, (uint8_t)(area.n >> 8) };
	uint32_t words[WORDS];
	int rc = buf_add(out, bytes, 2);

	words_of(s, words);
	for (int i = 0; i < WORDS * 4; i++)
		bytes[i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));
	if (rc == 0)
		rc = buf_add(out, area.p, area.n);
	if (rc == 0)
		rc = buf_add(out, bytes, sizeof words);
	return rc == 0 && s->draft != NULL ? buf_add(out, s->draft, s->draft_n) : rc;
}

static void put_u32(uint8_t *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get_u32(const uint8_t *b)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++)
		v |= (uint32_t)b[i] << (8 * i);
	return v;
}

static void save_feeds(const struct subject *p, uint8_t *b)
{
	b[0] = p->feeds;
	b[1] = p->feeds_waiting;
	for (int k = 1; k < FEED_KIND_END; k++) {
		put_u32(b + 12 * k - 10, (uint32_t)p->feed[k].since);
		put_u32(b + 12 * k - 6, (uint32_t)p->feed[k].newest_on);
		put_u32(b + 12 * k - 2, (uint32_t)p->feed[k].newest_month);
	}
}

static void load_feeds(struct notification *n, struct subject *p, const uint8_t *b)
{
	p->feeds = b[0];
	p->feeds_waiting = b[1];
	for (int k = 1; k < FEED_KIND_END; k++) {
		p->feed[k].since = (day_no)get_u32(b + 12 * k - 10);
		p->feed[k].newest_on = (day_no)get_u32(b + 12 * k - 6);
		p->feed[k].newest_month = (month_no)get_u32(b + 12 * k - 2);
		n->feeds_waiting += p->feeds_waiting >> k & 1;
	}
}

int notification_save_partner(const struct notification *n, struct str partner, struct buf *out)
{
	intern_id i = intern_find(n->partners, partner);
	const struct subject *p;
	uint8_t head[STATE_HEAD + FEEDS_BYTES] = { STATE_VERSION };
	int rc;

	if (i == INTERN_NONE)
		return ERR_NOTFOUND;
	p = &n->table[i];
	for (int b = 0; b < 8; b++)
		head[1 + b] = (uint8_t)(p->sequence >> (8 * b));
	save_feeds(p, head + STATE_HEAD);
	rc = buf_add(out, head, sizeof head);
	for (size_t k = 0; rc == 0 && k < p->n; k++)
		rc = save_standing(n, &p->areas[k], out);
	return rc;
}

struct loading {
	struct notification *n;
	struct subject *p;
	const uint8_t *b;
	size_t left;
	uint8_t version;
};

static void pass(struct loading *l, size_t n)
{
	l->b += n;
	l->left -= n;
}

static int load_draft(struct loading *l, struct standing *s, size_t size)
{
	struct alert al;
	int rc;

	if (size > l->left || size > DRAFT_MAX || s->since == DAY_NONE)
		return ERR_CORRUPT;
	arena_reset(&l->n->details);
	rc = draft_unpack((struct span){ l->b, size }, &l->n->details, &al);
	if (rc == 0) {
		day_no since = s->since, due = since + (day_no)l->n->options.hold_days;

		rc = put_draft(l->n, l->p, s, (struct span){ l->b, size });
		s->since = since;
		if (l->n->due == DAY_NONE || due < l->n->due)
			l->n->due = due;
	}
	pass(l, rc == 0 ? size : 0);
	return rc;
}

static int load_words(struct loading *l, struct standing *s)
{
	uint32_t words[WORDS] = { 0 };
	int rc;

	if (l->left < sizeof words)
		return ERR_CORRUPT;
	for (int i = 0; i < WORDS * 4; i++)
		words[i / 4] |= (uint32_t)l->b[i] << (8 * (i % 4));
	pass(l, sizeof words);
	if (!from_words(s, words))
		return ERR_CORRUPT;
	rc = words[17] == 1 ? load_draft(l, s, words[18]) : 0;
	standing_count(l->n, s, true);
	return rc;
}

/* Held, and the reason of the risk told last. An area that stands twice, once by each track, is held when one is. */
static int load_risk(struct loading *l, struct standing *s)
{
	if (l->left < 2 || l->b[0] > 1 || l->b[1] > ALERT_BECAUSE_MARGIN_RESTORED)
		return ERR_CORRUPT;
	standing_count(l->n, s, false);
	s->held = s->held || l->b[0] == 1;
	s->lack = s->lack == 0 || l->b[1] > ALERT_BECAUSE_WITHIN_MARGIN ? l->b[1] : s->lack;
	risk_told_before(s, (enum alert_reason)l->b[1]);
	standing_count(l->n, s, true);
	pass(l, 2);
	return 0;
}

static int load_standing(struct loading *l)
{
	size_t head = l->version == STATE_BY_TRACK ? 4 : 2, area_n, texts_n;
	size_t known = l->p->n;
	struct standing *s;
	int rc;

	if (l->left < head)
		return ERR_CORRUPT;
	area_n = texts_n = (size_t)l->b[0] | (size_t)l->b[1] << 8;
	if (l->version == STATE_BY_TRACK)
		texts_n += (size_t)l->b[2] | (size_t)l->b[3] << 8;
	if (l->left - head < texts_n)
		return ERR_CORRUPT;
	rc = standing_get(l->n, l->p, (struct str){ (const char *)l->b + head, area_n }, &s);
	if (rc != 0)
		return rc;
	if (l->version == STATE_VERSION && l->p->n == known)
		return ERR_CORRUPT;
	pass(l, head + texts_n);
	return l->version == STATE_VERSION ? load_words(l, s) : load_risk(l, s);
}

static void forget(struct notification *n, struct subject *p)
{
	for (; p->n > 0; p->n--) {
		standing_count(n, &p->areas[p->n - 1], false);
		standing_wait_no_more(n, p, &p->areas[p->n - 1]);
	}
	for (int k = 1; k < FEED_KIND_END; k++)
		n->feeds_waiting -= p->feeds_waiting >> k & 1;
	p->sequence = 0;
	p->feeds = p->feeds_waiting = 0;
}

int notification_load_partner(struct notification *n, struct str partner, struct span state)
{
	struct loading l = { .n = n, .b = state.p, .left = state.n };
	int rc;

	if (state.n < STATE_HEAD || l.b[0] < STATE_BY_TRACK || l.b[0] > STATE_VERSION ||
		(l.b[0] == STATE_VERSION && state.n < STATE_HEAD + FEEDS_BYTES))
		return ERR_CORRUPT;
	rc = subject_get(n, partner, &l.p);
	if (rc != 0)
		return rc;
	forget(n, l.p);
	l.version = l.b[0];
	for (int i = 0; i < 8; i++)
		l.p->sequence |= (uint64_t)l.b[1 + i] << (8 * i);
	pass(&l, STATE_HEAD);
	if (l.version == STATE_VERSION) {
		load_feeds(n, l.p, l.b);
		pass(&l, FEEDS_BYTES);
	}
	while (rc == 0 && l.left > 0)
		rc = load_standing(&l);
	return rc;
}
