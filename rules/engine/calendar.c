/* Which edition is valid on which day: those there from the start, and those that events brought. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"
#include "common/base/hash.h"
#include "rules/engine/snapshot.h"

struct rulebook *calendar_on(const struct engine *e, day_no day)
{
	const struct calendar_entry *best = NULL, *first = NULL;

	for (size_t i = 0; i < e->n_calendar; i++) {
		const struct calendar_entry *c = &e->calendar[i];

		if (c->book == NULL)
			continue;
		if (first == NULL || c->from < first->from)
			first = c;
		if (c->from <= day &&
			(best == NULL || c->from > best->from ||
				(c->from == best->from && str_cmp(c->book->edition->id,
								  best->book->edition->id) > 0)))
			best = c;
	}
	return best != NULL ? best->book : first->book;
}

/* Partners are derived anew by the rules of the day at the next settle. */
static int use_book(struct engine *e, struct rulebook *book, const uint32_t *cause)
{
	int rc = 0;

	e->book = book;
	e->ready = ready_month(book->edition, e->day);
	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++)
		if (e->partners[i]->owner == i && e->partners[i]->told)
			rc = engine_touch_anew(e, i, cause);
	return rc;
}

#define PAST_DAYS                                                                                  \
	460 /* as far back as a status may look: an enrollment of a year, and its window */

int calendar_turn(struct engine *e, const uint32_t *cause)
{
	struct rulebook *book = calendar_on(e, e->day == DAY_NONE ? DAY_MAX : e->day);
	int rc = book == e->book ? 0 : use_book(e, book, cause);

	e->past_books = e->day != DAY_NONE && calendar_on(e, e->day - PAST_DAYS) != e->book;
	return rc;
}

/* Days before were judged by other editions than they are now. */
static int rejudge_past(struct engine *e, const uint32_t *cause)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < e->n_partners; i++)
		if (e->partners[i]->owner == i && e->partners[i]->told)
			rc = engine_touch_past(e, i, MONTH_MIN, cause);
	return rc;
}

static int add_entry(
	struct engine *e, const struct edition *edition, day_no from, struct calendar_entry **ret)
{
	struct calendar_entry *c;
	struct rulebook *book;
	int rc;

	if (e->n_calendar == EDITIONS_MAX)
		return ERR_FULL;
	rc = rulebook_create(&e->a, edition, &book);
	if (rc != 0)
		return rc;
	c = &e->calendar[e->n_calendar++];
	*c = (struct calendar_entry){
		.book = book, .id = NONE, .start = edition, .start_from = from, .from = from
	};
	*ret = c;
	return 0;
}

int engine_add_edition(struct engine *e, const struct edition *edition, day_no from)
{
	struct calendar_entry *c;
	int rc = add_entry(e, edition, from, &c);

	if (rc == 0)
		rc = calendar_turn(e, NULL);
	return rc == 0 ? rejudge_past(e, NULL) : rc;
}

/* ---- editions that events bring ---------------------------------------------------------------------------------- */

static struct calendar_entry *entry_of(struct engine *e, uint32_t id)
{
	for (size_t i = 0; i < e->n_calendar; i++)
		if (e->calendar[i].id == id ||
			(e->calendar[i].id == NONE &&
				str_eq(e->calendar[i].start->id, name_text(e, id))))
			return &e->calendar[i];
	return NULL;
}

static int keep_text(struct engine *e, struct calendar_entry *c, struct str text)
{
	char *copy = mem_alloc(&e->a, text.n + 1);

	if (copy == NULL)
		return ERR_NOMEM;
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (c->text.p != NULL)
		mem_free(&e->a, (void *)(uintptr_t)c->text.p, c->text.n + 1);
	c->text = (struct str){ copy, text.n };
	return 0;
}

/* The book of a text, or of an edition that ships. None (and 0) when the text is no edition: that is counted, and the
 * event is as if it had not been. */
int calendar_open(struct engine *e, struct str id, struct str text, struct rulebook **ret)
{
	const struct edition *edition;
	int rc = e->source.open(e->source.ctx, id, text, &edition);

	*ret = NULL;
	if (rc == 0)
		rc = rulebook_create(&e->a, edition, ret);
	if (rc == 0 || rc == ERR_NOMEM)
		return rc;
	e->stats.editions_refused++;
	return 0;
}

/* Partners hold what the old book derived until the next settle. */
static int retire(struct engine *e, struct rulebook *book)
{
	int rc;

	if (book == NULL)
		return 0;
	rc = mem_grow(&e->a, (void **)&e->retired, &e->cap_retired, e->n_retired + 1, 1 << 20,
		sizeof(struct rulebook *));
	if (rc == 0)
		e->retired[e->n_retired++] = book;
	return rc;
}

void calendar_settled(struct engine *e)
{
	while (e->n_retired > 0)
		rulebook_destroy(&e->a, e->retired[--e->n_retired]);
}

int calendar_entry_put(struct engine *e, struct str id, struct calendar_entry **ret)
{
	uint32_t name;
	int rc = name_put(e, id, &name);

	if (rc != 0)
		return rc;
	*ret = entry_of(e, name);
	if (*ret != NULL)
		return 0;
	if (e->n_calendar == EDITIONS_MAX)
		return ERR_FULL;
	*ret = &e->calendar[e->n_calendar++];
	**ret = (struct calendar_entry){ .id = name, .from = DAY_MAX };
	return 0;
}

int calendar_set(struct engine *e, struct calendar_entry *c, struct str id, day_no from,
	struct str text, struct rulebook *book)
{
	int rc = name_put(e, id, &c->id);

	if (rc == 0)
		rc = keep_text(e, c, text);
	if (rc == 0)
		rc = retire(e, c->book);
	if (rc != 0)
		return rc;
	c->from = from;
	c->book = book;
	return 0;
}

/* Without an event that speaks of it an edition of the start is valid from its own day, any other on none. */
int calendar_start_book(struct engine *e, const struct calendar_entry *c, struct rulebook **ret)
{
	*ret = NULL;
	return c->start != NULL ? rulebook_create(&e->a, c->start, ret) : 0;
}

/* Whether an edition of that id can be in the calendar: it is there already, or there is room for another. */
static bool has_room(const struct engine *e, struct str id)
{
	if (e->n_calendar < EDITIONS_MAX)
		return true;
	for (size_t i = 0; i < e->n_calendar; i++)
		if (str_eq(e->calendar[i].id != NONE ? name_text(e, e->calendar[i].id)
						     : e->calendar[i].start->id,
			    id))
			return true;
	return false;
}

int calendar_apply(struct engine *e, const struct event *ev, const uint32_t *cause)
{
	const struct fact_edition *f = &ev->u.edition;
	struct rulebook *book = NULL;
	struct calendar_entry *c;
	uint32_t source;
	int rc = 0;

	if (e->source.open == NULL) {
		e->stats.unused++;
		return 0;
	}
	if (!has_room(e, f->edition)) {
		e->stats.editions_refused++;
		return 0;
	}
	if (!ev->retracted) {
		rc = calendar_open(e, f->edition, f->text, &book);
		if (rc != 0 || book == NULL)
			return rc;
	}
	rc = calendar_entry_put(e, f->edition, &c);
	if (rc == 0)
		rc = name_put(e, ev->source, &source);
	if (rc == 0 && c->stamp.form != 0 &&
		!stamp_is_older(e->names, &c->stamp, ev->recorded, source, ev->id)) {
		e->stats.stale++;
		rulebook_destroy(&e->a, book);
		return 0;
	}
	if (rc == 0 && ev->retracted)
		rc = calendar_start_book(e, c, &book);
	if (rc == 0)
		rc = stamp_set(&e->a, &c->stamp, ev->recorded, source, ev->id, ev->retracted);
	if (rc == 0)
		rc = calendar_set(e, c, f->edition,
			!ev->retracted	   ? f->valid_from
			: c->start != NULL ? c->start_from
					   : DAY_MAX,
			ev->retracted ? (struct str){ "", 0 } : f->text, book);
	if (rc != 0) {
		rulebook_destroy(&e->a, book);
		return rc;
	}
	rc = calendar_turn(e, cause);
	if (rc == 0)
		rc = outlook_all_stale(e);
	return rc == 0 ? rejudge_past(e, cause) : rc;
}

/* ---- the calendar of another engine ------------------------------------------------------------------------------ */

static int copy_entry(struct engine *e, const struct engine *from, const struct calendar_entry *c)
{
	struct calendar_entry *to = &e->calendar[e->n_calendar++];
	char id[STAMP_ID_BUF];
	uint32_t source = 0;
	int rc = 0;

	*to = (struct calendar_entry){
		.id = NONE, .start = c->start, .start_from = c->start_from, .from = c->from
	};
	if (c->book != NULL)
		rc = rulebook_create(&e->a, c->book->edition, &to->book);
	if (rc == 0 && c->id != NONE)
		rc = name_put(e, name_text(from, c->id), &to->id);
	if (rc == 0 && c->text.p != NULL)
		rc = keep_text(e, to, c->text);
	if (rc != 0 || c->stamp.form == 0)
		return rc;
	rc = name_put(e, name_text(from, c->stamp.source), &source);
	return rc != 0 ? rc
		       : stamp_set(&e->a, &to->stamp, stamp_recorded(&c->stamp), source,
				 stamp_id(&c->stamp, id), c->stamp.retracted);
}

int calendar_copy(struct engine *e, const struct engine *from)
{
	int rc = 0;

	for (size_t i = 0; i < e->n_calendar; i++)
		rulebook_destroy(&e->a, e->calendar[i].book);
	e->n_calendar = 0;
	e->book = NULL;
	for (size_t i = 0; rc == 0 && i < from->n_calendar; i++)
		rc = copy_entry(e, from, &from->calendar[i]);
	return rc == 0 ? calendar_turn(e, NULL) : rc;
}

uint64_t calendar_digest(const struct engine *e)
{
	uint64_t h = 0;

	for (size_t i = 0; i < e->n_calendar; i++)
		if (e->calendar[i].start != NULL)
			h = digest_chain(h, &e->calendar[i].start->digest, sizeof(uint64_t));
	return h;
}

void calendar_fini(struct engine *e)
{
	calendar_settled(e);
	mem_free(&e->a, e->retired, e->cap_retired * sizeof(struct rulebook *));
	for (size_t i = 0; i < e->n_calendar; i++) {
		struct calendar_entry *c = &e->calendar[i];

		rulebook_destroy(&e->a, c->book);
		stamp_fini(&e->a, &c->stamp);
		if (c->text.p != NULL)
			mem_free(&e->a, (void *)(uintptr_t)c->text.p, c->text.n + 1);
	}
}

/* ---- what a caller sees of it ------------------------------------------------------------------------------------ */

/* Of one first day the greatest id is valid, which is how calendar_on() chooses. */
static bool is_before(const struct calendar_line *a, const struct calendar_line *b)
{
	return a->from != b->from ? a->from < b->from : str_cmp(a->edition->id, b->edition->id) < 0;
}

size_t engine_calendar(const struct engine *e, struct calendar_line *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n_calendar; i++) {
		const struct calendar_entry *c = &e->calendar[i];
		struct calendar_line line;
		size_t at = n;

		if (c->book == NULL)
			continue;
		line = (struct calendar_line){ c->book->edition, c->from, DAY_NONE,
			c->stamp.form != 0 && !c->stamp.retracted };
		for (; at > 0 && is_before(&line, &ret[at - 1]); at--)
			ret[at] = ret[at - 1];
		ret[at] = line;
		n++;
	}
	for (size_t i = 0; i + 1 < n; i++)
		ret[i].until = ret[i + 1].from;
	return n;
}
