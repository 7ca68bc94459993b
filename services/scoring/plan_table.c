#include "services/scoring/plan_table.h"

#include <stdio.h>
#include <string.h>

#define SOURCE	       STR("urn:capscore:plan")
#define RECORDED_FIRST ((event_ms)DAY_MAX * MS_PER_DAY) /* later than whatever is recorded */
#define ARENA_MAX      ((size_t)64 << 20)

/* ---- forks ------------------------------------------------------------------------------------------------------- */

int plan_fork_day(struct engine *fork, day_no day)
{
	struct event ev = { .kind = FACT_DAY };
	const struct partner_change *changes;
	size_t n;
	int rc = 0;

	if (day <= engine_day(fork))
		return 0;
	ev.u.day.day = day;
	/* Of days that are still to come nobody has said that their months were without usage. */
	rc = engine_set_complete(fork, false);
	if (rc == 0)
		rc = engine_apply(fork, &ev, 0);
	return rc == 0 ? engine_settle(fork, &changes, &n) : rc;
}

int plan_fork(const struct engine *e, struct str partner, size_t max_facts, struct str track,
	bool points_only, day_no day, struct engine **ret)
{
	struct fork_request r = { partner, NULL, 0, max_facts, track, points_only };
	struct engine *fork;
	int rc = engine_fork(e, &mem_heap, &r, &fork);

	if (rc != 0)
		return rc;
	rc = plan_fork_day(fork, day);
	if (rc != 0) {
		engine_destroy(fork);
		return rc;
	}
	*ret = fork;
	return 0;
}

int plan_tell(
	struct engine *fork, struct str partner, const struct plan_unit *u, bool on, uint64_t *told)
{
	const struct partner_change *changes;
	char id[32];
	size_t n;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < u->n; i++) {
		struct event ev = on ? u->on[i] : u->off[i];

		(void)snprintf(id, sizeof id, "plan-%016llx", (unsigned long long)++*told);
		ev.id = str_from(id);
		ev.source = SOURCE;
		ev.recorded = ev.time = RECORDED_FIRST + (event_ms)(*told % MS_PER_DAY);
		if (ev.subject.n == 0)
			ev.subject = partner;
		rc = engine_apply(fork, &ev, 0);
	}
	return rc == 0 ? engine_settle(fork, &changes, &n) : rc;
}

void plan_lab_close(struct plan_lab *lab)
{
	for (size_t i = 0; i < PLAN_DAYS_MAX; i++) {
		if (lab->forks[i] != NULL)
			engine_destroy(lab->forks[i]);
		lab->forks[i] = NULL;
	}
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

struct sweep {
	struct plan_lab *lab;
	const struct plan_making *m;
	const struct plan_moves *moves;
	struct search_problem *p;
	struct arena scratch;
	uint32_t count[PLAN_MOVES_MAX];
};

static int set_count(struct sweep *s, size_t move, uint32_t to)
{
	const struct plan_move *m = &s->moves->all[move];
	int rc = 0;

	while (rc == 0 && s->count[move] != to) {
		bool on = s->count[move] < to;
		const struct plan_unit *u = &m->units[on ? s->count[move] : s->count[move] - 1];
		uint64_t told = s->lab->told;

		for (size_t d = 0; rc == 0 && d < s->lab->n_days; d++) {
			told = s->lab->told;
			rc = plan_tell(s->lab->forks[d], s->lab->partner, u, on, &told);
		}
		s->lab->told = told;
		s->count[move] += on ? 1 : -1U;
	}
	return rc;
}

/* The points of all targets that depend on the same moves, as things stand in the forks. */
static int read_points(struct sweep *s, const struct search_metric *like, size_t entry)
{
	int rc = 0;

	for (size_t d = 0; rc == 0 && d < s->lab->n_days; d++) {
		struct partner_score score;

		arena_reset(&s->scratch);
		rc = engine_score(
			s->lab->forks[d], s->lab->partner, DAY_NONE, false, &s->scratch, &score);
		for (size_t i = 0; rc == 0 && i < s->p->n_metrics; i++) {
			struct search_metric *t = &s->p->metrics[i];
			const struct plan_target *of = &s->m->targets[i];
			struct ratio points = score.areas[of->area].metrics[of->metric].points;

			if (t->n_moves != like->n_moves ||
				memcmp(t->moves, like->moves, t->n_moves) != 0)
				continue;
			((struct ratio *)(uintptr_t)t->points)[entry + d] = points;
			((double *)(uintptr_t)t->about)[entry + d] = ratio_to_double(points);
		}
	}
	return rc;
}

static size_t entries_of(const struct search_problem *p, const struct search_metric *t)
{
	size_t n = 1;

	for (size_t i = 0; i < t->n_moves && n <= PLAN_TABLE_MAX; i++)
		n *= p->most[t->moves[i]] + 1;
	return n;
}

static bool is_first(const struct search_problem *p, size_t metric)
{
	const struct search_metric *t = &p->metrics[metric];

	for (size_t i = 0; i < metric; i++)
		if (p->metrics[i].n_moves == t->n_moves &&
			memcmp(p->metrics[i].moves, t->moves, t->n_moves) == 0)
			return false;
	return true;
}

/* Counts up: the first move fastest. */
static int next_combination(struct sweep *s, const struct search_metric *t)
{
	for (size_t i = 0; i < t->n_moves; i++) {
		size_t move = t->moves[i];
		int rc;

		if (s->count[move] < s->p->most[move])
			return set_count(s, move, s->count[move] + 1);
		rc = set_count(s, move, 0);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int fill(struct sweep *s, const struct search_metric *t)
{
	size_t n = entries_of(s->p, t);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = read_points(s, t, i * s->lab->n_days);
		if (rc == 0)
			rc = next_combination(s, t); /* after the last: all zero again */
	}
	return rc;
}

static void look_for_falls(const struct search_problem *p, struct search_metric *t)
{
	size_t n = entries_of(p, t), stride = 1;

	for (size_t k = 0; k < t->n_moves; k++) {
		size_t most = p->most[t->moves[k]] + 1;

		for (size_t i = 0; i < n; i++)
			for (size_t d = 0; i / stride % most > 0 && d < p->n_days; d++)
				t->falls |= ratio_cmp(t->points[i * p->n_days + d],
						    t->points[(i - stride) * p->n_days + d]) < 0;
		stride *= most;
	}
}

static int make_room(struct sweep *s, size_t metric)
{
	struct search_metric *t = &s->p->metrics[metric];
	size_t n;

	*t = (struct search_metric){ .goal = s->m->targets[metric].goal };
	for (size_t i = 0; i < s->moves->n; i++)
		if ((s->moves->all[i].metrics >> metric & 1) != 0)
			t->moves[t->n_moves++] = (uint8_t)i;
	n = entries_of(s->p, t) * s->p->n_days;
	if (n > PLAN_TABLE_MAX)
		return ERR_FULL;
	t->points = arena_alloc(s->m->tables, n * sizeof *t->points);
	t->about = arena_alloc(s->m->tables, n * sizeof *t->about);
	return t->points == NULL || t->about == NULL ? ERR_NOMEM : 0;
}

/* Everything at once: the last entry of each table. */
static int fill_last(struct sweep *s, uint64_t *ret_beyond)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->p->n_moves; i++)
		rc = set_count(s, i, s->p->most[i]);
	for (size_t i = 0; rc == 0 && i < s->p->n_metrics; i++)
		if (is_first(s->p, i))
			rc = read_points(s, &s->p->metrics[i],
				(entries_of(s->p, &s->p->metrics[i]) - 1) * s->lab->n_days);
	*ret_beyond = rc == 0 ? search_beyond(s->p) : 0;
	for (size_t i = 0; rc == 0 && i < s->p->n_moves; i++)
		rc = set_count(s, i, 0);
	return rc;
}

int plan_tables(struct plan_lab *lab, const struct plan_making *m, const struct plan_moves *moves,
	struct search_problem *p, uint64_t *ret_beyond)
{
	struct sweep s = { .lab = lab, .m = m, .moves = moves, .p = p };
	int rc = 0;

	p->n_moves = moves->n;
	p->n_metrics = m->n_targets;
	p->n_days = lab->n_days;
	for (size_t i = 0; i < moves->n; i++) {
		p->cost[i] = moves->all[i].cost;
		p->most[i] = moves->all[i].n_units;
	}
	arena_init(&s.scratch, &mem_heap, ARENA_MAX);
	for (size_t i = 0; rc == 0 && i < p->n_metrics; i++)
		rc = make_room(&s, i);
	*ret_beyond = 0;
	if (rc == 0)
		rc = fill_last(&s, ret_beyond);
	for (size_t i = 0; rc == 0 && *ret_beyond == 0 && i < p->n_metrics; i++)
		if (is_first(p, i))
			rc = fill(&s, &p->metrics[i]);
	for (size_t i = 0; rc == 0 && *ret_beyond == 0 && i < p->n_metrics; i++)
		look_for_falls(p, &p->metrics[i]);
	arena_fini(&s.scratch);
	return rc;
}
