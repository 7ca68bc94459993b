#include "tests/support/lab.h"

#include <assert.h>
#include <stdlib.h>

void lab_open(struct lab *l, const struct edition *ed)
{
	struct engine_limits limits = ENGINE_LIMITS_DEFAULT;
	int rc;

	memset(l, 0, sizeof *l);
	facts_restart();
	arena_init(&l->ar, &mem_heap, SIZE_MAX);
	rc = engine_create(&mem_heap, ed, &limits, &l->e);
	assert(rc == 0);
}

void lab_close(struct lab *l)
{
	engine_destroy(l->e);
	arena_fini(&l->ar);
}

void lab_apply(struct lab *l, const struct event *ev)
{
	int rc = engine_apply(l->e, ev, l->cause++);

	assert(rc == 0);
}

/* Splits one fact into words, ending with NULL. */
static size_t split(const char **text, char *buf, size_t cap, char **words, size_t max)
{
	size_t n = 0, at = 0;

	while (**text == ' ' || **text == ';' || **text == '\n')
		(*text)++;
	while (**text != '\0' && **text != ';') {
		assert(n < max);
		words[n++] = buf + at;
		while (**text != '\0' && **text != ';' && **text != ' ') {
			assert(at + 1 < cap);
			buf[at++] = **text == '_' ? ' ' : **text;
			(*text)++;
		}
		buf[at++] = '\0';
		while (**text == ' ')
			(*text)++;
	}
	return n;
}

static struct event fact(const char *kind, char **w, size_t n)
{
	if (strcmp(kind, "day") == 0)
		return on_day(w[1]);
	if (strcmp(kind, "usage") == 0)
		return usage(w[1], w[2], w[3], w[4], USD(atoll(w[5])));
	if (strcmp(kind, "reported") == 0)
		return reported(w[1], w[2]);
	if (strcmp(kind, "cert") == 0)
		return cert_span(w[1], w[2], w[3], n > 4 ? w[4] : "2021-06-30", n > 5 ? w[5] : "-");
	if (strcmp(kind, "revoke") == 0)
		return revoked(w[1], w[2], w[3], w[4]);
	if (strcmp(kind, "assess") == 0)
		return assessment(w[1], w[2], w[3], w[4]);
	if (strcmp(kind, "link") == 0)
		return person_link(w[1], w[2], true);
	assert(strcmp(kind, "unlink") == 0);
	return person_link(w[1], w[2], false);
}

bool lab_next(const char **text, struct lab_words *buf, struct event *ret)
{
	char *words[8];
	size_t n = split(text, buf->buf, sizeof buf->buf, words, 8);

	if (n == 0)
		return false;
	*ret = fact(words[0] + (words[0][0] == '!'), words, n);
	ret->retracted = words[0][0] == '!';
	return true;
}

void lab_tell(struct lab *l, const char *facts)
{
	struct lab_words words;
	struct event ev;

	while (lab_next(&facts, &words, &ev))
		lab_apply(l, &ev);
}

void lab_settle(struct lab *l)
{
	int rc = engine_settle(l->e, &l->changes, &l->n_changes);

	assert(rc == 0);
}

struct partner_score lab_score(struct lab *l, const char *partner, const char *as_of)
{
	struct partner_score s;
	int rc;

	arena_reset(&l->ar);
	rc = engine_score(
		l->e, str_from(partner), as_of == NULL ? DAY_NONE : day(as_of), true, &l->ar, &s);
	assert(rc == 0);
	return s;
}

struct ratio lab_points(struct lab *l, const char *partner, size_t area, size_t metric)
{
	return lab_score(l, partner, NULL).areas[area].metrics[metric].points;
}
