/* Certificates: the names that people's certificates and assessments go by. */
#include "rules/compile/parts.h"

#define ALIASES_MAX 16

/* Whether a certificate before number `upto` already goes by this name. */
static const struct certificate *named(const struct edition *e, size_t upto, struct str name)
{
	for (size_t i = 0; i < upto; i++) {
		const struct certificate *c = &e->certificates[i];

		if (str_eq_nocase(c->code, name) || str_eq_nocase(c->title, name))
			return c;
		for (size_t k = 0; k < c->n_aliases; k++)
			if (str_eq_nocase(c->aliases[k], name))
				return c;
	}
	return NULL;
}

static void check_name(struct program *p, const struct node *n, size_t index, struct str name)
{
	const struct certificate *other = named(p->e, index, name);

	if (other != NULL && name.n > 0)
		fail(&p->c, n,
			"'%.*s' already names the certificate '%.*s'; a name belongs to one certificate",
			SHOWN(name), SHOWN(other->code));
}

static void read_retirement(struct program *p, const struct node *n, struct certificate *ct)
{
	enum { ON, UNTIL, N };
	static const struct key keys[N] = { { "on", true }, { "counts-until", true } };
	const struct node *v[N];
	day_no on, until;

	if (!read_map(&p->c, n, "'retired'", keys, N, v))
		return;
	if (!read_day(&p->c, v[ON], "'on' of 'retired'", &on) ||
		!read_day(&p->c, v[UNTIL], "'counts-until'", &until))
		return;
	if (until < on) {
		fail(&p->c, v[UNTIL],
			"'counts-until' is before the retirement; give the last day on which it counts");
		return;
	}
	ct->retired_on = on;
	ct->counts_until = until;
}

static void read_certificate(
	struct program *p, const struct node *n, size_t index, struct certificate *ct)
{
	enum { CODE, TITLE, ALSO, RETIRED, SOURCE, N };
	static const struct key keys[N] = { { "code", true }, { "title", true }, { "also", false },
		{ "retired", false }, { "source", false } };
	const struct node *v[N];

	ct->retired_on = ct->counts_until = DAY_NONE;
	p->certificates[index].at = n;
	if (!read_map(&p->c, n, "a certificate", keys, N, v))
		return;
	if (read_text(&p->c, v[CODE], "'code' of a certificate", EVENT_NAME_MAX, &ct->code)) {
		p->certificates[index] = (struct declared){ .name = ct->code, .at = v[CODE] };
		check_name(p, v[CODE], index, ct->code);
	}
	if (read_text(&p->c, v[TITLE], "'title' of a certificate", EVENT_NAME_MAX, &ct->title))
		check_name(p, v[TITLE], index, ct->title);
	if (read_texts(&p->c, v[ALSO], "'also' of a certificate", ALIASES_MAX, EVENT_NAME_MAX,
		    &ct->n_aliases, &ct->aliases))
		for (const struct node *i = v[ALSO]->first; i != NULL; i = i->next)
			check_name(p, i, index, i->text);
	read_retirement(p, v[RETIRED], ct);
	(void)read_source(p, v[SOURCE], "'source' of a certificate", &ct->source);
}

void read_certificates(struct program *p, const struct node *n)
{
	struct certificate *cts;
	size_t k = 0;

	if (!read_list(&p->c, n, "'certificates'", EDITION_CERTIFICATES_MAX))
		return;
	cts = keep(&p->c, n->n * sizeof *cts);
	p->certificates = keep(&p->c, n->n * sizeof *p->certificates);
	if (cts == NULL || p->certificates == NULL)
		return;
	memset(cts, 0, n->n * sizeof *cts);
	memset(p->certificates, 0, n->n * sizeof *p->certificates);
	p->e->certificates = cts;
	for (const struct node *i = n->first; i != NULL; i = i->next, k++) {
		read_certificate(p, i, k, &cts[k]);
		p->e->n_certificates = k + 1;
	}
}
