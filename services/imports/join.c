/* The facts of a file beside what imports have said before, both in the order of their keys: what differs comes out.
 *
 * Facts come in groups: those of one phase, month and partner. The ledger's entries of a group lie together, in the same
 * order, so one walk over both finds what is new, changed, gone or as before. What is gone is kept aside until the end of
 * its group, because a row that is refused late forbids retracting, and so that a scope never seems emptier in between
 * than it was and will be.
 *
 * Which `recorded` a change carries decides over earlier events of the same fact (of two the later stands). It is that of
 * the export, or, where an export of the same time said something else before, the least that is later. */
#include <string.h>

#include "services/imports/event_name.h"
#include "services/imports/gather_internal.h"
#include "services/imports/held.h"
#include "services/imports/ledger.h"
#include "services/imports/recognise.h"

#define NO_SCOPE SIZE_MAX

/* What is asked of facts and scopes to say which group they belong to. */
struct group {
	unsigned phase;
	month_no month;
	struct str partner;
};

struct join {
	struct gather *g;
	struct reading *r;
	const struct reading_changes *to;
	struct ledger *ledger; /* NULL: nothing was imported before */
	/* The next fact and the next scope. */
	struct gathered fact;
	bool has_fact;
	size_t next_scope;   /* of g->scopes */
	unsigned next_phase; /* in which that scope comes next; PHASE_END: no more */
	/* The group under way. */
	struct group group;
	char partner[EVENT_PARTNER_MAX + 1];
	struct scope *scope; /* NULL: the file does not speak of it as a whole */
	bool has_entry;	     /* the ledger's next one of the group */
	struct span entry_key;
	struct ledger_entry entry;
	bool mended_before; /* of a mended row: it was added to this group before */
	bool mark_noted;
	bool letting_go; /* the change says what another report said: the entry goes once it has arrived */
	struct sorter
		*gone; /* keys and values of entries that the file does not have; NULL: none */
};

/* ---- scopes ----------------------------------------------------------------------------------------------- */

/* The first scope of a partner's month stands for those of all measures. */
static struct scope *first_of(struct gather *g, struct str partner, month_no month)
{
	size_t i = scopes_find(g, partner, month);

	return scope_is_of(g, i, partner, month) ? &g->scopes[i] : NULL;
}

static bool is_first(const struct gather *g, size_t i)
{
	return i == 0 || g->scopes[i].month != g->scopes[i - 1].month ||
	       g->scopes[i].partner != g->scopes[i - 1].partner;
}

/* Whether a row of the partner's month was refused, whatever it measures. */
static bool month_has_refused(const struct gather *g, const struct scope *first)
{
	size_t i = (size_t)(first - g->scopes);

	do
		if (scope_has_refused(g, &g->scopes[i]))
			return true;
	while (++i < g->n_scopes && !is_first(g, i));
	return false;
}

static void scope_key(const struct join *j, const struct scope *s, struct ledger_key *k)
{
	ledger_make_key(j->g->report->id, scope_partner(j->g, s), s->month, LEDGER_SCOPE,
		(struct span){ NULL, 0 }, k);
}

static void judge_scope(struct scope *s, const struct ledger_scope *before, event_ms recorded)
{
	s->known = true;
	s->superseded = before->recorded > recorded;
	s->same_export = before->recorded == recorded;
	s->settled = s->same_export && before->complete;
	s->was_complete = before->complete;
	s->unmended = s->same_export ? before->refused : 0;
	if (s->same_export && !before->complete)
		s->used = before->used; /* it is being finished */
	else
		s->used = before->used < recorded ? recorded : before->used + 1;
}

static int look_up_scopes(struct join *j)
{
	for (size_t i = 0; i < j->g->n_scopes; i++) {
		struct scope *s = &j->g->scopes[i];
		struct ledger_scope before;
		struct ledger_key k;
		struct span stored;
		int rc;

		s->used = j->r->recorded;
		if (!is_first(j->g, i) || j->ledger == NULL)
			continue;
		scope_key(j, s, &k);
		rc = ledger_get(j->ledger, &k, &stored, &j->g->err);
		if (rc == 0)
			rc = ledger_scope_decode(stored, &before);
		if (rc == 0)
			judge_scope(s, &before, j->r->recorded);
		else if (rc != ERR_NOTFOUND)
			return rc;
	}
	return 0;
}

static bool is_mending(const struct join *j)
{
	return j->r->options->mending != NULL;
}

/* Rows that are refused and not mended: of this file, or, when it is a mended row of the file, one less than before,
 * unless it was added before. */
static uint32_t count_refused(const struct join *j, const struct scope *first)
{
	uint64_t n = j->g->n_refused_anywhere;
	size_t i = (size_t)(first - j->g->scopes);

	if (is_mending(j))
		return first->unmended > 0 ? first->unmended - first->begun : 0;
	do
		n += j->g->scopes[i].n_refused;
	while (++i < j->g->n_scopes && !is_first(j->g, i));
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static int note_scope(struct join *j, const struct scope *s, event_ms used, bool complete)
{
	struct ledger_scope x = { .recorded = j->r->recorded, .used = used, .complete = complete };
	unsigned char value[LEDGER_VALUE_MAX];
	struct ledger_key k;
	struct scope_note n = { .complete = complete };

	x.refused = complete ? count_refused(j, s) : s->unmended;
	scope_key(j, s, &k);
	n.key = (struct span){ k.p, k.n };
	n.value = (struct span){ value, ledger_scope_encode(&x, value) };
	return j->to->on_scope(j->to->ctx, &n);
}

/* Before the first change of a scope: that it is being imported. */
static int begin_scope(struct join *j, struct scope *s)
{
	if (s == NULL || s->begun)
		return 0;
	s->begun = true;
	if (is_mending(j) && s->same_export)
		return 0; /* its import is as far as it was */
	return note_scope(j, s, s->used, false);
}

/* That this report told of a measure of the month. */
static int note_fed(struct join *j, const struct scope *s)
{
	struct scope_note n = { .complete = true, .value = { "", 1 } };
	struct ledger_key k;

	if (s->measure == 0 || s->month == MONTH_NONE)
		return 0;
	held_fed_key(
		j->g->report->id, scope_partner(j->g, s), s->month, (enum measure)s->measure, &k);
	n.key = (struct span){ k.p, k.n };
	return j->to->on_scope(j->to->ctx, &n);
}

/* Once all changes are out: by which export each scope was said, and what it measures. */
static int end_scopes(struct join *j)
{
	const struct scope *first = NULL;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < j->g->n_scopes; i++) {
		struct scope *s = &j->g->scopes[i];

		first = is_first(j->g, i) ? s : first;
		if (first->superseded || (!first->begun && (first->settled || is_mending(j))))
			continue;
		if (first == s)
			rc = note_scope(j, s, s->used,
				!is_mending(j) || !s->same_export || s->was_complete);
		if (rc == 0)
			rc = note_fed(j, s);
	}
	return rc;
}

/* ---- mended rows: marks ------------------------------------------------------------------------------------ */

/* A mended row is added once to each group that it says something of. */
static void mark_key(const struct join *j, struct ledger_key *k)
{
	const struct mending *m = j->r->options->mending;
	unsigned char id[17];

	memcpy(id, &m->low, 8);
	memcpy(id + 8, &m->high, 8);
	id[16] = (unsigned char)j->group.phase;
	ledger_make_key(j->g->report->id, j->group.partner, j->group.month, LEDGER_MENDED,
		(struct span){ id, sizeof id }, k);
}

static int note_mark(struct join *j)
{
	struct scope_note n = { .value = { "", 1 } };
	struct ledger_key k;

	if (!is_mending(j) || j->mark_noted || j->mended_before)
		return 0;
	j->mark_noted = true;
	mark_key(j, &k);
	n.key = (struct span){ k.p, k.n };
	return j->to->on_scope(j->to->ctx, &n);
}

static int look_up_mark(struct join *j)
{
	struct ledger_key k;
	struct span stored;
	int rc;

	j->mark_noted = false;
	mark_key(j, &k);
	rc = ledger_get(j->ledger, &k, &stored, &j->g->err);
	j->mended_before = rc == 0;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* ---- giving out changes ----------------------------------------------------------------------------------- */

static int give(struct join *j, enum change_kind kind, struct event *ev, const struct event *before,
	struct place at, unsigned phase, struct span fact_key, struct ledger_entry *x)
{
	unsigned char value[LEDGER_VALUE_MAX];
	struct change c = { .kind = kind, .ev = ev, .before = before, .at = at };
	char id[EVENT_NAME_TEXT];
	struct ledger_key k;
	int rc = begin_scope(j, j->scope);

	if (rc == 0)
		rc = note_mark(j);
	if (rc != 0)
		return rc;
	x->pending = true;
	x->recorded = ev->recorded;
	x->retracted = ev->retracted || j->letting_go;
	ledger_make_key(j->g->report->id, ev->subject, j->group.month, phase, fact_key, &k);
	gather_name(j->g, ev, id);
	c.key = (struct span){ k.p, k.n };
	c.value = (struct span){ value, ledger_entry_encode(x, value) };
	return reading_change(j->r, &c);
}

static event_ms used_of(const struct join *j)
{
	return j->scope != NULL ? j->scope->used : j->r->recorded;
}

static int give_fact(struct join *j, enum change_kind kind, const struct ledger_entry *before,
	struct ledger_entry *x)
{
	struct gathered *f = &j->fact;
	struct event was;

	f->ev.recorded = gather_recorded(j->g, &f->ev, used_of(j));
	if (before != NULL && f->ev.recorded <= before->recorded)
		f->ev.recorded = before->recorded + (kind != CHANGE_AGAIN);
	if (kind == CHANGE_AGAIN)
		f->ev.recorded = before->recorded;
	if (kind != CHANGE_CHANGED || fact_unpack(before->fact, &was) != 0)
		before = NULL;
	return give(j, kind, &f->ev, before != NULL ? &was : NULL, f->at, f->phase, f->key, x);
}

/* ---- facts beside entries --------------------------------------------------------------------------------- */

static int next_entry(struct join *j)
{
	struct span value;
	int rc;

	j->has_entry = false;
	if (j->ledger == NULL)
		return 0;
	rc = ledger_walk_next(j->ledger, &j->entry_key, &value, &j->g->err);
	if (rc == ERR_NOTFOUND)
		return 0;
	if (rc == 0)
		rc = ledger_entry_decode(value, &j->entry);
	j->has_entry = rc == 0;
	return rc;
}

/* What mended rows of the same export added belongs to the fact; a later export has its own rows. */
static int add_mended(struct join *j, struct ledger_entry *x)
{
	struct gathered *f = &j->fact;
	decimal24 sum = f->amount;

	if (j->scope == NULL || !j->scope->same_export || j->entry.mended == 0)
		return 0;
	x->mended = j->entry.mended;
	if (decimal_add(&sum, x->mended) != 0 ||
		decimal_to_micro(sum, &f->ev.u.usage.amount_micro) != 0)
		return ERR_RANGE;
	return 0;
}

static int beside_entry(struct join *j, struct ledger_entry *x, unsigned char *bytes)
{
	const struct ledger_entry before = j->entry;
	bool same;
	size_t n;

	if (add_mended(j, x) != 0 || fact_pack(&j->fact.ev, bytes, &n) != 0)
		return ERR_CORRUPT; /* it was packed and added up before */
	x->fact = (struct span){ bytes, n };
	same = !before.retracted && fact_same(before.fact, x->fact);
	if (same && !before.pending && !j->r->options->fresh) {
		j->r->unchanged++;
		return 0;
	}
	if (j->scope == NULL && before.recorded > j->r->recorded) {
		j->r->superseded++;
		return 0;
	}
	return give_fact(j,
		same		   ? CHANGE_AGAIN
		: before.retracted ? CHANGE_NEW
				   : CHANGE_CHANGED,
		&before, x);
}

/* ---- mended rows: facts ------------------------------------------------------------------------------------ */

/* Adds what the row says to what its file said, where that stands. */
static int add_up(struct join *j, const struct ledger_entry *before, struct ledger_entry *x)
{
	struct gathered *f = &j->fact;
	bool same_file = j->scope != NULL && j->scope->same_export;
	decimal24 sum;

	x->only_mended = before == NULL || before->retracted || !same_file || before->only_mended;
	x->amount = 0;
	if (!f->is_sum)
		return 0;
	x->mended = f->amount;
	if (before != NULL && !before->retracted && same_file) {
		x->amount = before->amount;
		if (decimal_add(&x->mended, before->mended) != 0)
			return ERR_RANGE;
	}
	sum = x->mended;
	return decimal_add(&sum, x->amount) != 0 ||
			       decimal_to_micro(sum, &f->ev.u.usage.amount_micro) != 0
		       ? ERR_RANGE
		       : 0;
}

/* The row was added before; whether its facts have arrived may not be known. */
static int mend_again(struct join *j, struct ledger_entry *before)
{
	struct event ev;

	if (!before->pending) {
		j->r->unchanged++;
		return 0;
	}
	if (fact_unpack(before->fact, &ev) != 0)
		return ERR_CORRUPT;
	ev.recorded = before->recorded;
	ev.retracted = before->retracted;
	return give(j, CHANGE_AGAIN, &ev, NULL, j->fact.at, j->fact.phase, j->fact.key, before);
}

/* What imports have said of the fact. Returns 0, ERR_NOTFOUND, or a code. */
static int find_before(struct join *j, struct ledger_entry *ret)
{
	const struct gathered *f = &j->fact;
	struct ledger_key k;
	struct span stored;
	int rc;

	ledger_make_key(j->g->report->id, f->partner, f->month, f->phase, f->key, &k);
	rc = ledger_get(j->ledger, &k, &stored, &j->g->err);
	return rc == 0 ? ledger_entry_decode(stored, ret) : rc;
}

static int mend_fact(struct join *j)
{
	unsigned char bytes[FACT_BYTES_MAX];
	struct ledger_entry before, x = { 0 };
	struct gathered *f = &j->fact;
	int rc = find_before(j, &before);
	bool found = rc == 0, same;

	if (rc != 0 && rc != ERR_NOTFOUND)
		return rc;
	if (found && j->mended_before)
		return mend_again(j, &before);
	if (add_up(j, found ? &before : NULL, &x) != 0) {
		reading_refuse(j->r, f->at, REASON_AMOUNT, "the sum is too large");
		return 0;
	}
	if (fact_pack(&f->ev, bytes, &x.fact.n) != 0)
		return ERR_CORRUPT;
	x.fact.p = bytes;
	same = found && !before.retracted && fact_same(before.fact, x.fact);
	if (same && !before.pending && x.mended == before.mended) {
		j->r->unchanged++;
		return 0;
	}
	if (found && !same && j->scope == NULL && before.recorded >= j->r->recorded) {
		j->r->superseded++; /* other rows of the file have said it */
		return 0;
	}
	return give_fact(j, found && !before.retracted ? CHANGE_CHANGED : CHANGE_NEW,
		found ? &before : NULL, &x);
}

static int set_aside(struct join *j);

/* Entries in front of the fact are not in the file; the one of the fact is compared. */
static int take_fact(struct join *j)
{
	unsigned char bytes[FACT_BYTES_MAX];
	struct ledger_entry x = { .amount = j->fact.amount };
	const struct str key = { j->fact.key.p, j->fact.key.n };
	int rc = 0, c = 1;

	j->r->facts[j->fact.ev.kind]++;
	j->r->n_facts++;
	if (j->scope != NULL && j->scope->superseded) {
		j->r->superseded++;
		return 0;
	}
	if (is_mending(j))
		return mend_fact(j);
	while (rc == 0 && j->has_entry) {
		c = str_cmp((struct str){ j->entry_key.p, j->entry_key.n }, key);
		if (c >= 0)
			break;
		rc = set_aside(j);
	}
	if (rc != 0)
		return rc;
	if (j->has_entry && c == 0) {
		rc = beside_entry(j, &x, bytes);
		return rc != 0 ? rc : next_entry(j);
	}
	if (fact_pack(&j->fact.ev, bytes, &x.fact.n) != 0)
		return ERR_CORRUPT;
	x.fact.p = bytes;
	return give_fact(j, CHANGE_NEW, NULL, &x);
}

/* ---- what is gone ----------------------------------------------------------------------------------------- */

static enum sorter_choice keep_first(
	void *ctx, void *held, size_t n_held, const void *more, size_t n_more)
{
	(void)ctx;
	(void)held;
	(void)n_held;
	(void)more;
	(void)n_more;
	return SORTER_KEEP;
}

/* The ledger's next entry is not in the file. */
static int set_aside(struct join *j)
{
	const struct reading_options *o = j->r->options;
	const struct sorter_options so = { .a = o->a,
		.memory = GATHER_MEMORY_DEFAULT / 4,
		.dir = o->temp_dir,
		.fold = keep_first };
	unsigned char value[LEDGER_VALUE_MAX];
	size_t n = ledger_entry_encode(&j->entry, value);
	int rc = j->gone == NULL ? sorter_create(&so, &j->gone) : 0;

	if (rc == 0)
		rc = sorter_put(j->gone, j->entry_key, (struct span){ value, n }, &j->g->err);
	return rc == 0 ? next_entry(j) : rc;
}

/* What another report says of the same fact, the newest of them. Returns 0, ERR_NOTFOUND, or a code. bytes: FACT_BYTES_MAX,
 * for the texts of ret_ev. */
static int find_other(struct join *j, struct span key, unsigned char *bytes, struct event *ret_ev)
{
	struct ledger_entry newest = { 0 }, x;
	struct ledger_key k;
	struct span stored;
	size_t n;
	const struct report *const *all = reports_all(&n);

	for (size_t i = 0; i < n; i++) {
		int rc;

		if (all[i] == j->g->report)
			continue;
		ledger_make_key(
			all[i]->id, j->group.partner, j->group.month, j->group.phase, key, &k);
		rc = ledger_get(j->ledger, &k, &stored, &j->g->err);
		if (rc == 0)
			rc = ledger_entry_decode(stored, &x);
		if (rc == ERR_NOTFOUND || (rc == 0 && (x.retracted || x.fact.n > FACT_BYTES_MAX)))
			continue;
		if (rc != 0)
			return rc;
		if (newest.fact.n > 0 && newest.recorded >= x.recorded)
			continue;
		memcpy(bytes, x.fact.p, x.fact.n);
		newest.fact = (struct span){ bytes, x.fact.n };
		newest.recorded = x.recorded;
	}
	return newest.fact.n == 0 ? ERR_NOTFOUND : fact_unpack(newest.fact, ret_ev);
}

/* A retraction that may not have arrived is said again in any case. Where another report says the same fact, its word is
 * said once more instead. */
static int retract(struct join *j, struct span key, struct ledger_entry *x, bool may_retract)
{
	unsigned char bytes[FACT_BYTES_MAX];
	struct event ev, was;
	enum change_kind kind = CHANGE_RETRACTED;
	int rc;

	if (x->only_mended && j->scope != NULL && j->scope->same_export)
		return 0;
	if (!x->retracted && !may_retract) {
		j->r->kept += j->scope != NULL;
		return 0;
	}
	if (fact_unpack(x->fact, &was) != 0)
		return ERR_CORRUPT;
	rc = find_other(j, key, bytes, &ev);
	if (rc != 0 && rc != ERR_NOTFOUND)
		return rc;
	j->letting_go = rc == 0;
	if (rc == ERR_NOTFOUND) {
		ev = was;
		ev.retracted = true;
	}
	if (j->letting_go)
		kind = CHANGE_CHANGED;
	if (x->retracted) {
		kind = CHANGE_AGAIN;
		ev.recorded = x->recorded;
	} else {
		ev.recorded = used_of(j) > x->recorded ? used_of(j) : x->recorded + 1;
	}
	rc = give(j, kind, &ev, j->letting_go ? &was : NULL, (struct place){ 0, 0 }, j->group.phase,
		key, x);
	j->letting_go = false;
	return rc;
}

static int retract_all(struct join *j)
{
	bool may = j->scope != NULL && !j->r->options->partial &&
		   !month_has_refused(j->g, j->scope) &&
		   !j->g->report->recorded_at_time; /* a fuller report may say it still */
	int rc = sorter_finish(j->gone, &j->g->err);

	while (rc == 0) {
		struct ledger_entry x;
		struct span key, value;

		rc = sorter_next(j->gone, &key, &value, &j->g->err);
		if (rc == 0)
			rc = ledger_entry_decode(value, &x);
		if (rc == 0)
			rc = retract(j, key, &x, may);
		if (rc == 0)
			rc = reading_check(j->r);
	}
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* ---- groups ----------------------------------------------------------------------------------------------- */

static int compare_groups(const struct group *a, const struct group *b)
{
	if (a->phase != b->phase)
		return a->phase < b->phase ? -1 : 1;
	if (a->month != b->month)
		return a->month < b->month ? -1 : 1; /* the whole partner first */
	return str_cmp(a->partner, b->partner);
}

static struct group group_of_fact(const struct join *j)
{
	return (struct group){ j->fact.phase, j->fact.month, j->fact.partner };
}

static struct group group_of_scope(const struct join *j)
{
	const struct scope *s = &j->g->scopes[j->next_scope];

	return (struct group){ j->next_phase, s->month, scope_partner(j->g, s) };
}

static int read_fact(struct join *j)
{
	int rc = gather_next(j->g, &j->fact);

	j->has_fact = rc == 0;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* Every scope comes once in every phase, but that of completeness. */
static void skip_scope(struct join *j)
{
	do
		j->next_scope++;
	while (j->next_scope < j->g->n_scopes && !is_first(j->g, j->next_scope));
	if (j->next_scope < j->g->n_scopes)
		return;
	j->next_scope = 0;
	j->next_phase++;
	j->next_phase += j->next_phase == PHASE_COMPLETE;
}

static int begin_group(struct join *j, const struct group *grp)
{
	struct ledger_key prefix;
	int rc;

	memcpy(j->partner, grp->partner.p, grp->partner.n);
	j->group = *grp;
	j->group.partner.p = j->partner;
	j->scope = first_of(j->g, j->group.partner, grp->month);
	j->has_entry = false;
	if (j->ledger == NULL || (j->scope != NULL && j->scope->superseded))
		return 0;
	if (is_mending(j))
		return look_up_mark(j);
	ledger_make_key(j->g->report->id, j->group.partner, grp->month, grp->phase,
		(struct span){ NULL, 0 }, &prefix);
	rc = ledger_walk(j->ledger, &prefix, &j->g->err);
	return rc == 0 ? next_entry(j) : rc;
}

static int end_group(struct join *j)
{
	int rc = 0;

	while (rc == 0 && j->has_entry)
		rc = set_aside(j);
	if (rc == 0 && j->gone != NULL)
		rc = retract_all(j);
	sorter_destroy(j->gone);
	j->gone = NULL;
	return rc;
}

static int run_group(struct join *j, const struct group *grp)
{
	int rc = begin_group(j, grp);

	while (rc == 0 && j->has_fact) {
		struct group of_fact = group_of_fact(j);

		if (compare_groups(&of_fact, &j->group) != 0)
			break;
		rc = take_fact(j);
		if (rc == 0)
			rc = reading_check(j->r);
		if (rc == 0)
			rc = read_fact(j);
	}
	return rc == 0 ? end_group(j) : rc;
}

/* What imports have said of a fact. Returns 0, ERR_NOTFOUND, or a code. */
static int find_entry(struct join *j, const struct event *ev, month_no month, struct span key,
	struct ledger_entry *ret)
{
	struct ledger_key k;
	struct span stored;
	int rc;

	if (j->ledger == NULL)
		return ERR_NOTFOUND;
	ledger_make_key(j->g->report->id, ev->subject, month, PHASE_COMPLETE, key, &k);
	rc = ledger_get(j->ledger, &k, &stored, &j->g->err);
	return rc == 0 ? ledger_entry_decode(stored, ret) : rc;
}

/* The word that a month is complete that was not said before: at once, or after the last file of the run. */
static int give_word(struct join *j, const struct scope *s, struct event *ev, struct span key)
{
	unsigned char bytes[FACT_BYTES_MAX];
	struct ledger_entry x = { 0 };

	if (s->newest && j->to->held != NULL) {
		j->r->changes[CHANGE_NEW]++;
		return held_add(j->to->held, j->g->report->id, ev->subject,
			(enum measure)s->measure, s->month, ev->recorded);
	}
	if (fact_pack(ev, bytes, &x.fact.n) != 0)
		return ERR_CORRUPT;
	x.fact.p = bytes;
	return give(j, CHANGE_NEW, ev, NULL, (struct place){ 0, 0 }, PHASE_COMPLETE, key, &x);
}

/* The word that a month is complete: said once, never taken back. */
static int put_complete(void *ctx, struct scope *s, struct event *ev)
{
	struct join *j = ctx;
	unsigned char key[FACT_KEY_MAX];
	const struct span key_bytes = { key, fact_key(ev, key) };
	struct ledger_entry before;
	int rc;

	j->scope = first_of(j->g, ev->subject, s->month);
	j->group.month = s->month;
	if (is_mending(j) && (!j->scope->same_export || count_refused(j, j->scope) > 0))
		return 0; /* other rows of the month are refused still, or nothing is known of its export */
	j->r->facts[ev->kind]++;
	j->r->n_facts++;
	if (j->scope->superseded) {
		j->r->superseded++;
		return 0;
	}
	rc = find_entry(j, ev, s->month, key_bytes, &before);
	if (rc != 0 && rc != ERR_NOTFOUND)
		return rc;
	if (rc == 0 && !before.pending && !j->r->options->fresh) {
		j->r->unchanged++;
		return 0;
	}
	ev->recorded = j->scope->used;
	if (rc == ERR_NOTFOUND)
		rc = give_word(j, s, ev, key_bytes);
	else if (rc == 0) {
		ev->recorded = before.recorded;
		rc = give(j, CHANGE_AGAIN, ev, NULL, (struct place){ 0, 0 }, PHASE_COMPLETE,
			key_bytes, &before);
	}
	return rc == 0 ? reading_check(j->r) : rc;
}

/* The next group, by the next fact or the next scope; false when there is none. */
static bool next_group(const struct join *j, struct group *ret)
{
	bool has_scope = j->next_phase < PHASE_END && j->next_scope < j->g->n_scopes;
	struct group by_scope;

	if (j->has_fact)
		*ret = group_of_fact(j);
	if (!has_scope)
		return j->has_fact;
	by_scope = group_of_scope(j);
	if (!j->has_fact || compare_groups(&by_scope, ret) < 0)
		*ret = by_scope;
	return true;
}

static int run_groups(struct join *j, bool *told)
{
	struct group grp;
	int rc = read_fact(j);

	while (rc == 0 && next_group(j, &grp)) {
		struct group by_scope = { 0 };

		if (grp.phase > PHASE_COMPLETE && !*told) {
			*told = true;
			rc = gather_complete(j->g, false, put_complete, j);
		}
		if (j->next_phase < PHASE_END && j->next_scope < j->g->n_scopes)
			by_scope = group_of_scope(j);
		if (rc == 0)
			rc = run_group(j, &grp);
		/* grp may have been of the fact, which is another one by now. */
		if (by_scope.phase != 0 && compare_groups(&by_scope, &j->group) == 0)
			skip_scope(j);
	}
	return rc;
}

/* A run of many months. */
static int begin_run(struct join *j)
{
	int rc = 0;

	if (!j->r->options->bulk || j->ledger == NULL)
		return 0;
	for (size_t i = 0; rc == 0 && i < j->g->n_scopes; i++) {
		const struct scope *s = &j->g->scopes[i];

		if (s->measure != 0 && s->newest)
			rc = held_begin(j->r, j->g->report->id, scope_partner(j->g, s),
				(enum measure)s->measure, &j->g->err);
	}
	return rc;
}

int join_run(struct gather *g)
{
	struct join j = { .g = g,
		.r = g->r,
		.to = g->r->options->changes,
		.ledger = g->r->options->changes->ledger,
		.next_phase = PHASE_ACCOUNTS };
	bool told = false;
	int rc = look_up_scopes(&j);

	if (rc == 0)
		rc = begin_run(&j);
	if (rc == 0)
		rc = run_groups(&j, &told);
	if (rc == 0 && !told)
		rc = gather_complete(g, false, put_complete, &j);
	if (rc == 0)
		rc = gather_complete(g, true, put_complete, &j);
	if (rc == 0)
		rc = end_scopes(&j);
	sorter_destroy(j.gone);
	return rc;
}
