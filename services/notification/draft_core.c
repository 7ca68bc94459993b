/* An alert that waits, as bytes: one walk over its members writes or reads them. */
#include <string.h>

#include "common/base/err.h"
#include "services/notification/notification_internal.h"

struct walk {
	struct buf *out; /* NULL: reading */
	const uint8_t *at;
	size_t left;
	struct arena *ar;
	int rc; /* the first failure */
};

static void walk_u64(struct walk *w, uint64_t *v)
{
	uint8_t b[8];

	if (w->rc != 0)
		return;
	if (w->out != NULL) {
		for (int i = 0; i < 8; i++)
			b[i] = (uint8_t)(*v >> (8 * i));
		w->rc = buf_add(w->out, b, sizeof b);
		return;
	}
	*v = 0;
	if (w->left < sizeof b) {
		w->rc = ERR_CORRUPT;
		return;
	}
	for (int i = 0; i < 8; i++)
		*v |= (uint64_t)w->at[i] << (8 * i);
	w->at += sizeof b;
	w->left -= sizeof b;
}

/* Any integer or enum. */
#define WALK(w, member)                                                                            \
	do {                                                                                       \
		uint64_t v_ = (uint64_t)(member);                                                  \
		walk_u64(w, &v_);                                                                  \
		(member) = (__typeof__(member))v_;                                                 \
	} while (0)

static void walk_text(struct walk *w, struct str *s)
{
	WALK(w, s->n);
	if (w->rc != 0)
		return;
	if (w->out != NULL) {
		w->rc = s->n > 0 ? buf_add(w->out, s->p, s->n) : 0;
		return;
	}
	if (s->n > w->left) {
		s->n = 0;
		w->rc = ERR_CORRUPT;
		return;
	}
	s->p = s->n > 0 ? (const char *)w->at : "";
	w->at += s->n;
	w->left -= s->n;
}

static void walk_ratio(struct walk *w, struct ratio *r)
{
	uint64_t words[] = { (uint64_t)(uint128)r->num, (uint64_t)((uint128)r->num >> 64),
		(uint64_t)(uint128)r->den, (uint64_t)((uint128)r->den >> 64) };

	for (int i = 0; i < 4; i++)
		walk_u64(w, &words[i]);
	r->num = (int128)((uint128)words[1] << 64 | words[0]);
	r->den = (int128)((uint128)words[3] << 64 | words[2]);
	if (w->rc == 0 && r->den <= 0)
		w->rc = ERR_CORRUPT;
}

static void walk_count(struct walk *w, size_t *n, size_t most)
{
	WALK(w, *n);
	if (w->rc == 0 && *n > most)
		w->rc = ERR_CORRUPT;
	if (w->rc != 0)
		*n = 0;
}

/* Room for a list that is read; a list that is written is copied there, so that it can be walked. */
static void *walk_list(struct walk *w, size_t n, size_t size, const void *from)
{
	void *list = arena_alloc(w->ar, n * size + 1);

	if (list == NULL) {
		w->rc = w->rc != 0 ? w->rc : ERR_NOMEM;
		return NULL;
	}
	memset(list, 0, n * size + 1);
	if (w->out != NULL && n > 0)
		memcpy(list, from, n * size);
	return list;
}

static void walk_points(struct walk *w, struct alert *al)
{
	walk_ratio(w, &al->total_before);
	walk_ratio(w, &al->total_after);
	walk_count(w, &al->n_metrics, AREA_METRICS_MAX);
	for (size_t i = 0; i < al->n_metrics; i++) {
		if (w->out == NULL)
			al->before[i] = al->after[i] = RATIO_ZERO;
		walk_text(w, &al->metrics[i]);
		walk_ratio(w, &al->before[i]);
		walk_ratio(w, &al->after[i]);
		WALK(w, al->maximum[i]);
	}
	walk_count(w, &al->n_causes, CAUSES_MAX);
	for (size_t i = 0; i < al->n_causes; i++) {
		WALK(w, al->causes[i].position);
		walk_text(w, &al->causes[i].id);
		walk_text(w, &al->causes[i].source);
	}
	WALK(w, al->cause_count);
}

static void walk_falls(struct walk *w, struct alert *al)
{
	struct fall *list;

	walk_count(w, &al->n_falls, OUTLOOK_FALLS_MAX);
	WALK(w, al->fall_count);
	list = walk_list(w, al->n_falls, sizeof *list, al->falls);
	for (size_t i = 0; list != NULL && i < al->n_falls; i++) {
		WALK(w, list[i].kind);
		WALK(w, list[i].on);
		walk_text(w, &list[i].who);
		walk_text(w, &list[i].what);
	}
	al->falls = list;
}

static void walk_stands(struct walk *w, struct alert *al)
{
	struct alert_stand *list;

	walk_count(w, &al->n_stands, OUTLOOK_STANDS_MAX);
	WALK(w, al->stand_count);
	list = walk_list(w, al->n_stands, sizeof *list, al->stands);
	for (size_t i = 0; list != NULL && i < al->n_stands; i++) {
		WALK(w, list[i].kind);
		walk_text(w, &list[i].id);
		walk_ratio(w, &list[i].total);
		walk_text(w, &list[i].metric);
	}
	al->stands = list;
}

static void walk_additions(struct walk *w, struct alert *al)
{
	struct alert_addition *list;

	walk_count(w, &al->n_additions, OUTLOOK_ADDITIONS_MAX);
	list = walk_list(w, al->n_additions, sizeof *list, al->additions);
	for (size_t i = 0; list != NULL && i < al->n_additions; i++) {
		WALK(w, list[i].option);
		walk_text(w, &list[i].metric);
		WALK(w, list[i].kind);
		WALK(w, list[i].amount);
		walk_text(w, &list[i].what);
	}
	al->additions = list;
}

static void walk_alert(struct walk *w, struct alert *al)
{
	struct str text = str_from(al->text);

	WALK(w, al->kind);
	WALK(w, al->reason);
	WALK(w, al->severity);
	walk_text(w, &al->area);
	walk_text(w, &al->track);
	walk_text(w, &al->edition);
	walk_text(w, &al->track_before);
	WALK(w, al->conditions);
	WALK(w, al->day);
	WALK(w, al->score_position);
	WALK(w, al->event_position);
	WALK(w, al->sense);
	WALK(w, al->senses);
	WALK(w, al->by);
	WALK(w, al->border);
	walk_ratio(w, &al->total_then);
	walk_points(w, al);
	walk_falls(w, al);
	walk_stands(w, al);
	walk_additions(w, al);
	walk_text(w, &text);
	if (w->out == NULL && text.n >= ALERT_TEXT_MAX)
		w->rc = ERR_CORRUPT;
	if (w->out == NULL && w->rc == 0 && text.n > 0)
		memcpy(al->text, text.p, text.n);
}

int draft_pack(const struct alert *al, struct buf *out)
{
	struct alert copy = *al;
	struct arena lists;
	struct walk w = { .out = out, .ar = &lists };
	size_t before = out->n;

	arena_init(&lists, out->a, (size_t)64 * 1024);
	walk_alert(&w, &copy);
	arena_fini(&lists);
	if (w.rc != 0)
		out->n = before;
	return w.rc;
}

int draft_unpack(struct span bytes, struct arena *ar, struct alert *ret_al)
{
	struct walk w = { .at = bytes.p, .left = bytes.n, .ar = ar };
	struct alert al;

	memset(&al, 0, sizeof al);
	walk_alert(&w, &al);
	if (w.rc == 0 && (w.left > 0 || al.kind <= 0 || al.kind >= ALERT_KIND_END ||
				 al.reason <= 0 || al.reason >= ALERT_REASON_END ||
				 al.severity <= 0 || al.severity >= ALERT_SEVERITY_END))
		w.rc = ERR_CORRUPT;
	if (w.rc == 0)
		*ret_al = al;
	return w.rc;
}
