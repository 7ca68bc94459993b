/* Specializations: areas that are made of requirements, each met or not. */
#include "rules/compile/conditions.h"

/* The keys of a requirement before those of its condition. 'unknown' is among the latter: a text is the condition, a
 * list says what is unknown beside it. */
enum { R_ID, R_NAME, R_SOURCE, R_RENEWAL, R_KEYS, R_N = R_KEYS + C_N };
static const struct key requirement_head[R_KEYS] = { { "id", true }, { "name", true },
	{ "source", false }, { "renewal", false } };

enum { S_ID, S_NAME, S_RULE, S_SOURCE, S_UNKNOWN, S_REQUIRES, S_N };
static const struct key specialization_keys[S_N] = { { "id", true }, { "name", true },
	{ "rule", true }, { "source", true }, { "unknown", false }, { "requires", true } };

static const char *renewal_at(size_t i)
{
	static const char *const names[] = {
		[RENEWAL_EVERY_YEAR] = "every-year", [RENEWAL_SECOND_YEAR] = "second-year"
	};

	return names[i];
}

static void read_requirement(struct program *p, const struct node *n, const struct area *a,
	struct str rule, struct metric *m)
{
	struct key keys[R_N];
	const struct node *v[R_N];
	size_t renewal = RENEWAL_EVERY_YEAR;

	*m = (struct metric){
		.source = a->source, .valid_from = DAY_NONE, .valid_until = DAY_NONE, .maximum = 1
	};
	memcpy(keys, requirement_head, sizeof requirement_head);
	memcpy(keys + R_KEYS, condition_keys, sizeof condition_keys);
	if (!read_map(&p->c, n, "a requirement", keys, R_N, v))
		return;
	if (read_id(&p->c, v[R_ID], "'id' of a requirement", &m->id))
		(void)sub_rule_id(p, v[R_ID], rule, m->id, &m->rule_id);
	(void)read_text(&p->c, v[R_NAME], "'name' of a requirement", EVENT_NAME_MAX, &m->name);
	if (v[R_SOURCE] != NULL)
		(void)read_source(p, v[R_SOURCE], "'source' of a requirement", &m->source);
	if (v[R_RENEWAL] != NULL)
		(void)read_choice(&p->c, v[R_RENEWAL], "'renewal'", renewal_at,
			RENEWAL_SECOND_YEAR + 1, &renewal);
	m->renewal = (enum renewal_year)renewal;
	if (v[R_KEYS + C_UNKNOWN] != NULL && v[R_KEYS + C_UNKNOWN]->kind == NODE_LIST) {
		read_unknown(p, v[R_KEYS + C_UNKNOWN], &m->n_unknown, &m->unknown);
		v[R_KEYS + C_UNKNOWN] = NULL;
	}
	if (read_condition_keys(p, n, "a requirement", v + R_KEYS, 0, &m->rule))
		(void)count_rule(p, n, &m->rule);
}

/* What is unknown of the specialization as a whole is told with its first requirement. */
static void join_unknown(struct program *p, const struct node *n, struct metric *first)
{
	const struct str *whole = NULL;
	struct str *all;
	size_t n_whole = 0;

	read_unknown(p, n, &n_whole, &whole);
	if (n_whole == 0)
		return;
	all = keep(&p->c, (n_whole + first->n_unknown) * sizeof *all);
	if (all == NULL)
		return;
	memcpy(all, whole, n_whole * sizeof *all);
	for (size_t i = 0; i < first->n_unknown; i++)
		all[n_whole + i] = first->unknown[i];
	first->n_unknown += n_whole;
	first->unknown = all;
}

static void read_requires(struct program *p, const struct node *n, const struct node *unknown,
	struct str rule, struct area *a)
{
	struct metric *ms;
	size_t k = 0;

	if (!read_list(&p->c, n, "'requires'", AREA_METRICS_MAX))
		return;
	ms = keep(&p->c, n->n * sizeof *ms);
	if (ms == NULL)
		return;
	for (const struct node *i = n->first; i != NULL; i = i->next, k++)
		read_requirement(p, i, a, rule, &ms[k]);
	join_unknown(p, unknown, &ms[0]);
	(void)one_track(p, a, ms, k);
}

static void read_specialization(struct program *p, const struct node *n)
{
	const struct node *v[S_N];
	struct area *a = &p->areas[p->e->n_areas];
	struct str rule = { NULL, 0 };

	if (!read_map(&p->c, n, "a specialization", specialization_keys, S_N, v))
		return;
	a->form = AREA_OF_REQUIREMENTS;
	a->enrolled_track = -1;
	(void)declare_area(p, v[S_ID], a);
	(void)read_text(&p->c, v[S_NAME], "'name' of a specialization", EVENT_NAME_MAX, &a->name);
	if (read_text(&p->c, v[S_RULE], "'rule' of a specialization", EVENT_NAME_MAX, &rule))
		(void)claim_rule_id(p, v[S_RULE], rule);
	(void)read_source(p, v[S_SOURCE], "'source' of a specialization", &a->source);
	p->scope = a->id.n > 0 ? a->id : STR("?"); /* an id with a fault was told */
	read_requires(p, v[S_REQUIRES], v[S_UNKNOWN], rule, a);
	p->scope = (struct str){ NULL, 0 };
	p->e->n_areas++;
}

void read_specializations(struct program *p, const struct node *n)
{
	if (p->areas == NULL || !read_list(&p->c, n, "'specializations'", EDITION_AREAS_MAX))
		return;
	for (const struct node *i = n->first; i != NULL; i = i->next)
		read_specialization(p, i);
}
