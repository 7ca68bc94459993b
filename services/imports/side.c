#include "services/imports/side.h"

#include <assert.h>

#include "common/base/intern.h"

/* A key is a letter for what is told of, and one or two texts in lower case. Values stand by the number of the key. */
#define KEY_MAX (2 * EVENT_NAME_MAX + 2)

struct side {
	const struct alloc *a;
	struct products *products;
	struct intern *keys;
	unsigned char *values;
	size_t n, cap;
};

int side_create(const struct alloc *a, struct side **ret_s)
{
	struct side *s = mem_zalloc(a, sizeof *s);
	int rc;

	if (s == NULL)
		return ERR_NOMEM;
	s->a = a;
	rc = intern_create(a, SIDE_ENTRIES_MAX, &s->keys);
	if (rc == 0)
		rc = products_create(a, &s->products);
	if (rc != 0) {
		side_destroy(s);
		return rc;
	}
	*ret_s = s;
	return 0;
}

void side_destroy(struct side *s)
{
	if (s == NULL)
		return;
	mem_free(s->a, s->values, s->cap);
	intern_destroy(s->keys);
	products_destroy(s->products);
	mem_free(s->a, s, sizeof *s);
}

struct products *side_products(const struct side *s)
{
	return s->products;
}

struct side_key {
	char text[KEY_MAX];
	size_t n;
};

static void add_lower(struct side_key *k, struct str s)
{
	assert(s.n <= EVENT_NAME_MAX);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		k->text[k->n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
}

static struct str make_key(struct side_key *k, char what, struct str first, struct str second)
{
	k->n = 0;
	k->text[k->n++] = what;
	add_lower(k, first);
	if (second.n > 0) {
		k->text[k->n++] = '\0';
		add_lower(k, second);
	}
	return (struct str){ k->text, k->n };
}

static const struct str NOTHING = { NULL, 0 };

static int put(struct side *s, struct str key, unsigned char value)
{
	intern_id id;
	int rc = mem_grow(s->a, (void **)&s->values, &s->cap, s->n + 1, SIDE_ENTRIES_MAX + 1, 1);

	if (rc == 0)
		rc = intern_put(s->keys, key, &id);
	if (rc != 0)
		return rc;
	s->values[id] = value;
	if (id == s->n)
		s->n++;
	return 0;
}

static bool get(const struct side *s, struct str key, unsigned char *ret)
{
	intern_id id = s->n == 0 ? INTERN_NONE : intern_find(s->keys, key);

	if (id == INTERN_NONE)
		return false;
	*ret = s->values[id];
	return true;
}

int side_put_offer(
	struct side *s, struct str subscription, struct str customer, enum offer_kind offer)
{
	struct side_key k;
	bool by_subscription = subscription.n > 0;

	assert(by_subscription != (customer.n > 0));
	return put(s,
		make_key(&k, by_subscription ? 's' : 'c', by_subscription ? subscription : customer,
			NOTHING),
		(unsigned char)offer);
}

bool side_offer(const struct side *s, struct str subscription, struct str customer,
	enum offer_kind *ret_offer)
{
	struct side_key k;
	unsigned char value;

	if (s->n == 0)
		return false;
	if ((subscription.n == 0 || subscription.n > EVENT_NAME_MAX ||
		    !get(s, make_key(&k, 's', subscription, NOTHING), &value)) &&
		!get(s, make_key(&k, 'c', customer, NOTHING), &value))
		return false;
	*ret_offer = (enum offer_kind)value;
	return true;
}

int side_put_production(struct side *s, struct str customer, struct str product, bool in_production)
{
	struct side_key k;

	return put(s, make_key(&k, 'p', customer, product), in_production);
}

bool side_in_production(const struct side *s, struct str customer, struct str product)
{
	struct side_key k;
	unsigned char value = 1;

	if (s->n == 0)
		return true;
	if (!get(s, make_key(&k, 'p', customer, product), &value))
		(void)get(s, make_key(&k, 'p', customer, NOTHING), &value);
	return value != 0;
}
