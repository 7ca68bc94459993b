#include "services/imports/titles.h"

#include "common/base/event.h"
#include "common/base/intern.h"
#include "rules/compile/compile.h"
#include "services/imports/unknowns.h"

struct titles {
	const struct alloc *a;
	struct intern *known; /* in lower case */
	struct intern *names; /* as the editions write them */
};

static struct str lower(struct str s, char *buf)
{
	size_t n = s.n < EVENT_NAME_MAX ? s.n : EVENT_NAME_MAX;

	for (size_t i = 0; i < n; i++)
		buf[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
	return (struct str){ buf, n };
}

static int add(struct titles *t, struct str name)
{
	char buf[EVENT_NAME_MAX];
	intern_id id;
	int rc = intern_put(t->known, lower(name, buf), &id);

	return rc == 0 ? intern_put(t->names, name, &id) : rc;
}

static int add_certificate(struct titles *t, const struct certificate *c)
{
	int rc = add(t, c->code);

	if (rc == 0)
		rc = add(t, c->title);
	for (size_t i = 0; rc == 0 && i < c->n_aliases; i++)
		rc = add(t, c->aliases[i]);
	return rc;
}

static int add_edition(struct titles *t, const struct shipped_edition *s)
{
	struct edition_box *box;
	const struct edition *e;
	int rc = compile_edition(t->a, s->file, s->text, NULL, &box);

	if (rc != 0)
		return rc;
	e = edition_box_get(box);
	for (size_t i = 0; rc == 0 && i < e->n_certificates; i++)
		rc = add_certificate(t, &e->certificates[i]);
	edition_box_destroy(box);
	return rc;
}

int titles_create(const struct alloc *a, struct titles **ret_t)
{
	struct titles *t = mem_zalloc(a, sizeof *t);
	int rc;

	if (t == NULL)
		return ERR_NOMEM;
	t->a = a;
	rc = intern_create(a, TITLES_MAX, &t->known);
	if (rc == 0)
		rc = intern_create(a, TITLES_MAX, &t->names);
	for (size_t i = 0; rc == 0 && i < shipped_count(); i++)
		rc = add_edition(t, shipped_edition(i));
	if (rc != 0) {
		titles_destroy(t);
		return rc;
	}
	*ret_t = t;
	return 0;
}

void titles_destroy(struct titles *t)
{
	if (t == NULL)
		return;
	intern_destroy(t->known);
	intern_destroy(t->names);
	mem_free(t->a, t, sizeof *t);
}

bool titles_know(const struct titles *t, struct str title)
{
	char buf[EVENT_NAME_MAX];

	return title.n <= EVENT_NAME_MAX && intern_find(t->known, lower(title, buf)) != INTERN_NONE;
}

/* Behind "Microsoft Certified: ", which says nothing. */
static struct str essence(struct str s)
{
	for (size_t i = 0; i + 2 < s.n; i++)
		if (s.p[i] == ':' && s.p[i + 1] == ' ')
			return (struct str){ s.p + i + 2, s.n - i - 2 };
	return s;
}

struct str titles_nearest(const struct titles *t, struct str title)
{
	struct str best = { NULL, 0 }, sought = essence(title);
	unsigned distance = 2 + (unsigned)sought.n / 4;

	for (uint32_t i = 0; i < intern_count(t->names); i++) {
		struct str name = intern_text(t->names, i);
		unsigned d = name_distance(sought, essence(name), distance - 1);

		if (d < distance) {
			distance = d;
			best = name;
		}
		if (distance == 0)
			break;
	}
	return best;
}
