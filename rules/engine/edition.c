/* Look-up of a certificate by any of its names. */
#include "rules/engine/edition.h"

static bool is_named(const struct certificate *c, struct str name)
{
	if (str_eq_nocase(c->code, name) || str_eq_nocase(c->title, name))
		return true;
	for (size_t i = 0; i < c->n_aliases; i++)
		if (str_eq_nocase(c->aliases[i], name))
			return true;
	return false;
}

int edition_certificate(const struct edition *e, struct str name)
{
	if (name.n == 0)
		return -1;
	for (size_t i = 0; i < e->n_certificates; i++)
		if (is_named(&e->certificates[i], name))
			return (int)i;
	return -1;
}
