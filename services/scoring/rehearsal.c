#include "services/scoring/rehearsal.h"

#include "common/base/mem.h"
#include "rules/compile/compile.h"
#include "services/scoring/area_find.h"
#include "services/scoring/rehearsal_compare.h"

#define SCORES_MAX     ((size_t)256 << 20) /* of one partner, or the list of the next ones */
#define PAGE_BYTES_MAX (WIRE_BODY_MAX / 4) /* of changes in one answer */
#define LISTED_MAX     REHEARSAL_PAGE

/* Ids of the partners behind one, so that a page that ends early need not list them again. */
struct listed {
	struct str after;
	size_t n;
	bool more; /* there are further ones */
	struct str ids[LISTED_MAX];
	char room[(LISTED_MAX + 1) * EVENT_PARTNER_MAX];
};

struct rehearsal {
	struct engine *engine;
	uint64_t (*now_ns)(void);
	uint64_t budget_ns;
	struct edition_box *box; /* NULL: no text is kept */
	struct rulebook *book;
	uint64_t asked_ns; /* of the newest question about it */
	bool is_awaited;   /* its last answer said that there are more pages */
	bool is_listed;
	struct listed listed;
	struct buf report;
	struct arena scratch;
};

static uint64_t now_of(const struct rehearsal *r)
{
	return r->now_ns == NULL ? 0 : r->now_ns();
}

int rehearsal_create(
	struct engine *e, uint64_t (*now_ns)(void), uint64_t budget_ns, struct rehearsal **ret_r)
{
	struct rehearsal *r = mem_zalloc(&mem_heap, sizeof *r);

	if (r == NULL)
		return ERR_NOMEM;
	r->engine = e;
	r->now_ns = now_ns;
	r->budget_ns = budget_ns;
	buf_init(&r->report, &mem_heap, WIRE_REPORT_MAX);
	arena_init(&r->scratch, &mem_heap, SCORES_MAX);
	*ret_r = r;
	return 0;
}

static void drop(struct rehearsal *r)
{
	if (r->box == NULL)
		return;
	engine_book_destroy(r->engine, r->book);
	edition_box_destroy(r->box);
	r->box = NULL;
	r->book = NULL;
	r->is_listed = false;
	arena_fini(&r->scratch);
	arena_init(&r->scratch, &mem_heap, SCORES_MAX);
}

void rehearsal_destroy(struct rehearsal *r)
{
	if (r == NULL)
		return;
	drop(r);
	buf_fini(&r->report);
	arena_fini(&r->scratch);
	mem_free(&mem_heap, r, sizeof *r);
}

bool rehearsal_is_kept(const struct rehearsal *r)
{
	return r->box != NULL;
}

void rehearsal_tick(struct rehearsal *r)
{
	if (r->box != NULL && now_of(r) - r->asked_ns > REHEARSAL_IDLE_NS)
		drop(r);
}

/* ---- the text --------------------------------------------------------------------------------------------- */

/* Whether pages of another text are awaited. */
static bool is_busy(const struct rehearsal *r, uint64_t digest)
{
	return r->box != NULL && r->is_awaited && edition_box_get(r->box)->digest != digest &&
	       r->now_ns != NULL && now_of(r) - r->asked_ns < REHEARSAL_BUSY_NS;
}

/* ret_faulty: the text is none, as the report says. */
static int take_text(struct rehearsal *r, const struct frame *q, bool *ret_faulty, struct err *err)
{
	struct span text = q->u.rehearse_query.text;
	struct edition_box *box = NULL;
	struct rulebook *book = NULL;
	char name[1024 + 1];
	struct sink s;
	int rc;

	sink_init(&s, name, sizeof name);
	sink_add(&s, q->u.rehearse_query.name.n > 0 ? q->u.rehearse_query.name : STR("rules.yaml"));
	rc = compile_edition(&mem_heap, name, (struct str){ text.p, text.n }, &r->report, &box);
	*ret_faulty = rc == ERR_SYNTAX || rc == ERR_FULL;
	if (rc != 0)
		return *ret_faulty ? 0 : rc;
	if (is_busy(r, edition_box_get(box)->digest)) {
		edition_box_destroy(box);
		return err_set(
			err, ERR_AGAIN, "another edition is being rehearsed; ask again shortly");
	}
	rc = engine_book_create(r->engine, edition_box_get(box), &book);
	if (rc != 0) {
		edition_box_destroy(box);
		return rc;
	}
	drop(r);
	r->box = box;
	r->book = book;
	return 0;
}

static int find_text(struct rehearsal *r, const struct frame *q, bool *ret_faulty, struct err *err)
{
	uint64_t digest = q->u.rehearse_query.digest;

	*ret_faulty = false;
	buf_reset(&r->report);
	if (q->u.rehearse_query.text.n > 0)
		return take_text(r, q, ret_faulty, err);
	if (r->box == NULL || edition_box_get(r->box)->digest != digest)
		return err_set(
			err, ERR_MISMATCH, "the text of the rules is not kept; send it again");
	return 0;
}

/* ---- partners --------------------------------------------------------------------------------------------- */

static int list_partners(struct rehearsal *r, struct str after)
{
	struct partner_score *scores;
	struct listed *l = &r->listed;
	char *room = l->room;
	int rc;

	if (r->is_listed && l->n > 0 && str_eq(l->after, after))
		return 0;
	r->is_listed = false;
	arena_reset(&r->scratch);
	scores = arena_alloc(&r->scratch, LISTED_MAX * sizeof *scores);
	if (scores == NULL)
		return ERR_NOMEM;
	rc = engine_list(r->engine, after, (struct str){ "", 0 }, AREA_UNKNOWN, LISTED_MAX,
		&r->scratch, scores, &l->n, &l->more);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < l->n; i++) {
		l->ids[i] = (struct str){ room, scores[i].partner.n };
		memcpy(room, scores[i].partner.p, scores[i].partner.n);
		room += scores[i].partner.n;
	}
	l->after = (struct str){ room, after.n };
	if (after.n > 0)
		memcpy(room, after.p, after.n);
	r->is_listed = true;
	return 0;
}

/* The first n of the list are done. */
static void pass_partners(struct rehearsal *r, size_t n)
{
	struct listed *l = &r->listed;

	l->after = n > 0 ? l->ids[n - 1] : l->after;
	l->n -= n;
	memmove(l->ids, l->ids + n, l->n * sizeof *l->ids);
}

/* A page being made. */
struct page {
	struct rehearsed_pair pairs[REHEARSED_PAIRS_MAX];
	size_t n_pairs;
	struct wire_rehearsed_area *tally;
	struct wire_rehearsed_partner *partners;
	size_t n_partners, bytes;
	struct arena *ar;
};

static int look_at(struct rehearsal *r, struct str partner, struct page *p)
{
	struct partner_score now, then;
	size_t bytes = 0;
	int rc;

	arena_reset(&r->scratch);
	rc = engine_score(r->engine, partner, DAY_NONE, false, &r->scratch, &now);
	if (rc == 0)
		rc = engine_score_by(
			r->engine, r->book, partner, DAY_NONE, false, &r->scratch, &then);
	if (rc == 0)
		rc = rehearsal_compare(&now, &then, p->pairs, p->n_pairs, p->tally, p->ar,
			&p->partners[p->n_partners], &bytes);
	if (rc == ERR_NOTFOUND) /* became a location of another partner since it was listed */
		return 0;
	if (rc == 0 && p->partners[p->n_partners].n_changes > 0) {
		p->n_partners++;
		p->bytes += bytes;
	}
	return rc;
}

static int look_at_page(struct rehearsal *r, struct str after, struct page *p, struct frame *ret)
{
	uint64_t begun_ns = now_of(r);
	size_t n = 0;
	struct str last;
	int rc = list_partners(r, after);

	while (rc == 0 && n < r->listed.n && p->bytes < PAGE_BYTES_MAX &&
		(n == 0 || now_of(r) - begun_ns < r->budget_ns || r->now_ns == NULL))
		rc = look_at(r, r->listed.ids[n++], p);
	if (rc != 0)
		return rc;
	last = n > 0 ? r->listed.ids[n - 1] : after;
	ret->u.rehearse_answer.looked_at = (uint32_t)n;
	ret->u.rehearse_answer.last = (struct str){ arena_alloc(p->ar, last.n), last.n };
	if (ret->u.rehearse_answer.last.p == NULL)
		return ERR_NOMEM;
	memcpy((char *)(uintptr_t)ret->u.rehearse_answer.last.p, last.n > 0 ? last.p : "", last.n);
	ret->u.rehearse_answer.more = n < r->listed.n || r->listed.more;
	pass_partners(r, n);
	return 0;
}

/* ---- answers ---------------------------------------------------------------------------------------------- */

/* The areas that are compared: all, or one that either edition has. */
static int choose_areas(const struct edition *now, const struct edition *then, struct str name,
	struct page *p, struct err *err)
{
	const struct area *a, *b;

	p->n_pairs = rehearsal_pairs(now, then, p->pairs);
	if (name.n == 0)
		return 0;
	a = area_find(then, name);
	b = area_find(now, name);
	if (a == NULL && b == NULL)
		return area_unknown(then, name, err);
	for (size_t i = 0; i < p->n_pairs; i++)
		if ((a != NULL && p->pairs[i].then == a) || (a == NULL && p->pairs[i].now == b))
			p->pairs[0] = p->pairs[i];
	p->n_pairs = 1;
	return 0;
}

static int begin_page(struct page *p)
{
	p->tally = arena_alloc(p->ar, p->n_pairs * sizeof *p->tally);
	p->partners = arena_alloc(p->ar, REHEARSAL_PAGE * sizeof *p->partners);
	if (p->tally == NULL || p->partners == NULL)
		return ERR_NOMEM;
	memset(p->tally, 0, p->n_pairs * sizeof *p->tally);
	for (size_t i = 0; i < p->n_pairs; i++)
		p->tally[i].area =
			p->pairs[i].then != NULL ? p->pairs[i].then->id : p->pairs[i].now->id;
	return 0;
}

static int answer_page(struct rehearsal *r, const struct frame *q, struct arena *ar,
	struct frame *ret, struct err *err)
{
	const struct edition *then = edition_box_get(r->box), *now = engine_edition(r->engine);
	struct page p = { .ar = ar };
	int rc = choose_areas(now, then, q->u.rehearse_query.area, &p, err);

	if (rc == 0)
		rc = begin_page(&p);
	if (rc == 0)
		rc = look_at_page(r, q->u.rehearse_query.after, &p, ret);
	ret->u.rehearse_answer.digest = then->digest;
	ret->u.rehearse_answer.edition = then->id;
	ret->u.rehearse_answer.edition_now = now->id;
	ret->u.rehearse_answer.n_partners = p.n_partners;
	ret->u.rehearse_answer.partners = p.partners;
	ret->u.rehearse_answer.n_areas = p.n_pairs;
	ret->u.rehearse_answer.areas = p.tally;
	return rc;
}

int rehearsal_answer(struct rehearsal *r, const struct frame *query,
	const struct wire_freshness *freshness, struct arena *ar, struct frame *ret_frame,
	struct err *err)
{
	struct frame answer = { .kind = FRAME_REHEARSE_ANSWER };
	bool faulty;
	int rc = find_text(r, query, &faulty, err);

	if (rc == 0 && !faulty)
		rc = answer_page(r, query, ar, &answer, err);
	if (rc != 0)
		return rc;
	if (!faulty) {
		r->asked_ns = now_of(r);
		r->is_awaited = answer.u.rehearse_answer.more;
	}
	answer.u.rehearse_answer.request = query->u.rehearse_query.request;
	answer.u.rehearse_answer.freshness = *freshness;
	answer.u.rehearse_answer.report = buf_span(&r->report);
	*ret_frame = answer;
	return 0;
}
