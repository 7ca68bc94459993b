#include "services/imports/unknowns.h"

static void copy_name(char *buf, struct str s)
{
	size_t n = s.n > EVENT_NAME_MAX ? EVENT_NAME_MAX : s.n;

	if (n > 0)
		memcpy(buf, s.p, n);
	buf[n] = '\0';
}

bool unknowns_add(
	struct unknowns *u, enum unknown_kind kind, struct str name, struct unknown **ret_u)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->items[i].kind == kind && str_eq_nocase(str_from(u->items[i].name), name)) {
			u->items[i].count++;
			return false;
		}
	if (u->n == UNKNOWNS_MAX) {
		u->without_room++;
		return false;
	}
	*ret_u = &u->items[u->n++];
	(*ret_u)->kind = kind;
	(*ret_u)->count = 1;
	copy_name((*ret_u)->name, name);
	(*ret_u)->nearest[0] = '\0';
	return true;
}

const char *unknown_kind_name(enum unknown_kind k)
{
	static const char *const names[] = {
#define X(name, json, text) [name] = json,
		UNKNOWN_TABLE(X)
#undef X
	};

	return names[k];
}

const char *unknown_kind_text(enum unknown_kind k)
{
	static const char *const texts[] = {
#define X(name, json, text) [name] = text,
		UNKNOWN_TABLE(X)
#undef X
	};

	return texts[k];
}

static bool holds(struct str s, struct str part)
{
	for (size_t i = 0; part.n > 0 && i + part.n <= s.n; i++)
		if (str_eq_nocase((struct str){ s.p + i, part.n }, part))
			return true;
	return false;
}

#define PART_MIN 4 /* a shorter part says little */

unsigned name_distance(struct str a, struct str b, unsigned max)
{
	struct str longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a;
	unsigned d = str_distance(a, b, max);

	if (d > max && shorter.n >= PART_MIN && holds(longer, shorter))
		d = 1 + (unsigned)(longer.n - shorter.n) / 16;
	return d > max ? max + 1 : d;
}
