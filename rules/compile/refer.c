/* What the sections of a rule file refer to by name: sources, and names that were declared in it. */
#include "rules/compile/parts.h"

bool read_source(struct program *p, const struct node *n, const char *what, struct str *ret)
{
	struct str near, key;

	if (!read_text(&p->c, n, what, NOTE_TEXT_MAX, ret))
		return false;
	key = n->text;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] == ' ' || key.p[i] == ',')
			key.n = i;
	for (size_t i = 0; i < p->n_sources; i++)
		if (str_eq(key, p->sources[i]))
			return true;
	near = nearest(key, p->sources, p->n_sources);
	if (near.n > 0)
		return fail(&p->c, n,
			"%s starts with '%.*s', which 'sources' does not list; did you mean '%.*s'?",
			what, SHOWN(key), SHOWN(near));
	return fail(&p->c, n, "%s starts with '%.*s', which 'sources' does not list; add it there",
		what, SHOWN(key));
}

void read_unknown(struct program *p, const struct node *n, size_t *ret_n, const struct str **ret)
{
	(void)read_texts(&p->c, n, "'unknown'", 32, NOTE_TEXT_MAX, ret_n, ret);
}

int refer(struct program *p, const struct node *n, const char *what, struct declared *d, size_t n_d)
{
	struct str names[EDITION_METRICS_MAX] = { { NULL, 0 } }; /* the most that is declared */
	struct str near;

	_Static_assert(EDITION_CERTIFICATES_MAX <= EDITION_METRICS_MAX &&
			       EDITION_SELECTIONS_MAX <= EDITION_METRICS_MAX &&
			       EDITION_AREAS_MAX <= EDITION_METRICS_MAX,
		"names of every section fit");

	if (n->kind != NODE_TEXT) {
		fail(&p->c, n, "a %s must be named by a single value", what);
		return -1;
	}
	for (size_t i = 0; i < n_d; i++) {
		names[i] = d[i].name;
		if (str_eq(n->text, d[i].name)) {
			d[i].used = true;
			return (int)i;
		}
	}
	near = nearest(n->text, names, n_d);
	if (near.n > 0)
		fail(&p->c, n, "%s '%.*s' is not declared; did you mean '%.*s'?", what,
			SHOWN(n->text), SHOWN(near));
	else
		fail(&p->c, n, "%s '%.*s' is not declared; declare it, or name one that is", what,
			SHOWN(n->text));
	return -1;
}
