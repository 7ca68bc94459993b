#include "rules/compile/read.h"

#include <stdio.h>

#include "common/base/event.h"

#define SHOWN_MAX  64
#define SHOWN_KEYS 13 /* of those that a mapping has */
#define ID_MAX	   64

bool fail(struct compiler *c, const struct node *n, const char *fmt, ...)
{
	char text[REPORT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n->base.n > 0)
		report_add(c->r, REPORT_ERROR, n->at, "%s (line %u of edition '%.*s')", text,
			n->base_line, SHOWN(n->base));
	else
		report_add(c->r, REPORT_ERROR, n->at, "%s", text);
	return false;
}

void warn(struct compiler *c, const struct node *n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report_vadd(c->r, REPORT_WARNING, n->at, fmt, ap);
	va_end(ap);
}

void *keep(struct compiler *c, size_t bytes)
{
	void *p = arena_alloc(c->keep, bytes);

	if (p == NULL)
		c->no_memory = true;
	return p;
}

struct str keep_text(struct compiler *c, struct str s)
{
	char *p = s.n == 0 ? NULL : keep(c, s.n);

	if (p == NULL)
		return (struct str){ NULL, 0 };
	memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

int shown(struct str s)
{
	size_t n = s.n < SHOWN_MAX ? s.n : SHOWN_MAX;

	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return (int)n;
}

struct str nearest(struct str s, const struct str *names, size_t n)
{
	struct str best = { NULL, 0 };
	unsigned max = s.n < 4 ? 1 : s.n < 8 ? 2 : 3;

	for (size_t i = 0; i < n; i++) {
		unsigned d = str_distance(s, names[i], max);

		if (d <= max) {
			best = names[i];
			if (d == 0)
				break;
			max = d - 1;
		}
	}
	return best;
}

static void list_of_keys(const struct key *keys, size_t n, struct sink *out)
{
	for (size_t i = 0; i < n && i < SHOWN_KEYS; i++)
		sink_printf(out, "%s%s", i == 0 ? "" : ", ", keys[i].name);
	if (n > SHOWN_KEYS)
		sink_printf(out, " ... (rules/README.md lists all)");
}

static void unknown_key(struct compiler *c, const struct node *key, const char *what,
	const struct key *keys, size_t n_keys)
{
	struct str names[KEYS_MAX] = { { NULL, 0 } };
	struct str near;
	char known[256];
	struct sink out;

	for (size_t i = 0; i < n_keys; i++)
		names[i] = str_from(keys[i].name);
	near = nearest(key->text, names, n_keys);
	if (near.n > 0) {
		fail(c, key, "unknown key '%.*s' in %s; did you mean '%.*s'?", SHOWN(key->text),
			what, SHOWN(near));
		return;
	}
	sink_init(&out, known, sizeof known);
	list_of_keys(keys, n_keys, &out);
	fail(c, key, "unknown key '%.*s' in %s; it has: %s", SHOWN(key->text), what, known);
}

bool read_map(struct compiler *c, const struct node *n, const char *what, const struct key *keys,
	size_t n_keys, const struct node **values)
{
	for (size_t i = 0; i < n_keys; i++)
		values[i] = NULL;
	if (n == NULL)
		return false;
	if (n->kind != NODE_MAP)
		return fail(c, n, "%s must be a mapping; write lines of 'key: value'", what);
	for (const struct node *v = n->first; v != NULL; v = v->next) {
		size_t i = 0;

		while (i < n_keys && !str_eq(v->key->text, str_from(keys[i].name)))
			i++;
		if (i == n_keys)
			unknown_key(c, v->key, what, keys, n_keys);
		else if (values[i] != NULL)
			fail(c, v->key, "key '%s' is given twice in %s; take one out", keys[i].name,
				what);
		else
			values[i] = v;
	}
	for (size_t i = 0; i < n_keys; i++)
		if (keys[i].required && values[i] == NULL)
			fail(c, n, "%s has no '%s'; add it", what, keys[i].name);
	return true;
}

/* "'a', 'b' or 'c'" */
static void alternatives(const struct key *keys, const size_t *of, size_t n, struct sink *out)
{
	for (size_t i = 0; i < n; i++)
		sink_printf(out, "%s'%s'",
			i == 0	    ? ""
			: i + 1 < n ? ", "
				    : " or ",
			keys[of[i]].name);
}

bool read_one_of(struct compiler *c, const struct node *n, const char *what, const struct key *keys,
	const struct node *const *values, const size_t *of, size_t n_of, bool needed, size_t *ret)
{
	char names[256];
	struct sink out;
	bool ok = true;

	*ret = n_of;
	for (size_t i = 0; i < n_of; i++) {
		if (values[of[i]] == NULL)
			continue;
		if (*ret != n_of)
			ok = fail(c, values[of[i]]->key,
				"'%s' and '%s' exclude each other in %s; keep one",
				keys[of[*ret]].name, keys[of[i]].name, what);
		else
			*ret = i;
	}
	if (!needed || *ret != n_of)
		return ok;
	sink_init(&out, names, sizeof names);
	alternatives(keys, of, n_of, &out);
	return fail(c, n, "%s has no %s; add one of them", what, names);
}

bool read_list(struct compiler *c, const struct node *n, const char *what, size_t max)
{
	if (n == NULL)
		return false;
	if (n->kind != NODE_LIST || n->n == 0)
		return fail(c, n, "%s must be a list; write lines of '- entry' or '[a, b]'", what);
	if (n->n > max)
		return fail(c, n, "%s has %u entries; at most %zu are read", what, n->n, max);
	return true;
}

static bool is_text(struct compiler *c, const struct node *n, const char *what, const char *form)
{
	if (n == NULL)
		return false;
	if (n->kind != NODE_TEXT)
		return fail(c, n, "%s must be a single value; write %s", what, form);
	if (n->text.n == 0)
		return fail(c, n->key != NULL ? n->key : n, "%s is empty; write %s", what, form);
	return true;
}

bool read_text(
	struct compiler *c, const struct node *n, const char *what, size_t max, struct str *ret)
{
	if (!is_text(c, n, what, "a text"))
		return false;
	if (n->text.n > max)
		return fail(c, n, "%s has %zu bytes; at most %zu are read", what, n->text.n, max);
	*ret = keep_text(c, n->text);
	return true;
}

bool read_id(struct compiler *c, const struct node *n, const char *what, struct str *ret)
{
	if (!is_text(c, n, what, "an id such as net-customer-adds"))
		return false;
	for (size_t i = 0; i < n->text.n; i++) {
		char x = n->text.p[i];

		if (!((x >= 'a' && x <= 'z') || (x >= '0' && x <= '9') ||
			    (i > 0 && (x == '-' || x == '.'))))
			return fail(c, n,
				"%s '%.*s' is no id; use lower-case letters, digits, '-' and '.'",
				what, SHOWN(n->text));
	}
	if (n->text.n > ID_MAX)
		return fail(c, n, "%s has %zu characters; at most %d are read", what, n->text.n,
			ID_MAX);
	*ret = keep_text(c, n->text);
	return true;
}

/* Digits of s from *at on, at most 12 of them. */
static bool digits(struct str s, size_t *at, int64_t *ret)
{
	size_t from = *at;
	int64_t v = 0;

	for (; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; (*at)++) {
		if (*at - from == 12)
			return false;
		v = v * 10 + (s.p[*at] - '0');
	}
	*ret = v;
	return *at > from;
}

/* "12" or "12.5" with at most six decimals, in millionths. */
static bool decimal(struct str s, size_t *at, int64_t *ret_micro)
{
	int64_t whole, part = 0;
	size_t from;

	if (!digits(s, at, &whole))
		return false;
	if (*at < s.n && s.p[*at] == '.') {
		from = ++*at;
		if (!digits(s, at, &part) || *at - from > 6)
			return false;
		for (size_t i = *at - from; i < 6; i++)
			part *= 10;
	}
	*ret_micro = whole * 1000000 + part;
	return true;
}

bool read_whole(struct compiler *c, const struct node *n, const char *what, uint32_t min,
	uint32_t max, uint32_t *ret)
{
	size_t at = 0;
	int64_t v;

	if (!is_text(c, n, what, "a whole number"))
		return false;
	if (!digits(n->text, &at, &v) || at != n->text.n)
		return fail(c, n, "%s '%.*s' is no whole number; write one from %u to %u", what,
			SHOWN(n->text), min, max);
	if (v < min || v > max)
		return fail(c, n, "%s %.*s is out of range; write a whole number from %u to %u",
			what, SHOWN(n->text), min, max);
	*ret = (uint32_t)v;
	return true;
}

bool read_amount(struct compiler *c, const struct node *n, const char *what, int64_t *ret_micro)
{
	size_t at = 0;
	int64_t v;

	if (!is_text(c, n, what, "an amount such as 1000 or 999.99"))
		return false;
	if (!decimal(n->text, &at, &v) || at != n->text.n)
		return fail(c, n,
			"%s '%.*s' is no amount; write digits with at most six decimals, no sign, blanks or commas",
			what, SHOWN(n->text));
	if (v > USAGE_AMOUNT_MAX)
		return fail(
			c, n, "%s %.*s is out of range; at most 1000000000", what, SHOWN(n->text));
	*ret_micro = v;
	return true;
}

bool read_points(struct compiler *c, const struct node *n, const char *what, struct ratio *ret)
{
	int64_t num, den = 1000000;
	struct ratio r;
	size_t at = 0;
	bool ok;

	if (!is_text(c, n, what, "points such as 4, 2.5 or 40/6"))
		return false;
	ok = decimal(n->text, &at, &num);
	if (ok && at < n->text.n && n->text.p[at] == '/') {
		at++;
		ok = decimal(n->text, &at, &den) && den > 0;
	}
	if (!ok || at != n->text.n)
		return fail(c, n, "%s '%.*s' is no number of points; write 4, 2.5 or 40/6", what,
			SHOWN(n->text));
	if ((int128)num > (int128)den * 1000)
		return fail(
			c, n, "%s %.*s is out of range; at most 1000 points", what, SHOWN(n->text));
	r = ratio_make(num, den);
	if (r.num > EDITION_FRACTION_MAX || r.den > EDITION_FRACTION_MAX)
		return fail(c, n, "%s %.*s is too fine; reduced, both parts are at most %d", what,
			SHOWN(n->text), EDITION_FRACTION_MAX);
	*ret = r;
	return true;
}

bool read_bool(struct compiler *c, const struct node *n, const char *what, bool *ret)
{
	if (!is_text(c, n, what, "true or false"))
		return false;
	if (!str_eq(n->text, STR("true")) && !str_eq(n->text, STR("false")))
		return fail(c, n, "%s '%.*s' is neither true nor false", what, SHOWN(n->text));
	*ret = str_eq(n->text, STR("true"));
	return true;
}

bool read_day(struct compiler *c, const struct node *n, const char *what, day_no *ret)
{
	if (!is_text(c, n, what, "a date such as 2023-06-30"))
		return false;
	if (day_parse(n->text, ret) != 0)
		return fail(c, n,
			"%s '%.*s' is no date of the calendar; write YYYY-MM-DD, 2000-01-01 to 2199-12-31",
			what, SHOWN(n->text));
	return true;
}

static bool unknown_choice(struct compiler *c, const struct node *n, const char *what,
	const char *(*name)(size_t), size_t count)
{
	struct str names[32] = { { NULL, 0 } };
	struct str near;
	size_t k = 0;
	char all[256];
	struct sink out;

	sink_init(&out, all, sizeof all);
	for (size_t i = 0; i < count && k < 32; i++)
		if (name(i) != NULL) {
			sink_printf(&out, "%s%s", k == 0 ? "" : ", ", name(i));
			names[k++] = str_from(name(i));
		}
	near = nearest(n->text, names, k);
	if (near.n > 0)
		return fail(c, n, "%s '%.*s' is not known; did you mean '%.*s'?", what,
			SHOWN(n->text), SHOWN(near));
	return fail(c, n, "%s '%.*s' is not known; choose from: %s", what, SHOWN(n->text), all);
}

bool read_choice(struct compiler *c, const struct node *n, const char *what,
	const char *(*name)(size_t), size_t count, size_t *ret)
{
	if (!is_text(c, n, what, "one of its names"))
		return false;
	for (size_t i = 0; i < count; i++)
		if (name(i) != NULL && str_eq(n->text, str_from(name(i)))) {
			*ret = i;
			return true;
		}
	return unknown_choice(c, n, what, name, count);
}

bool read_choices(struct compiler *c, const struct node *n, const char *what,
	const char *(*name)(size_t), size_t count, uint32_t *ret_bits)
{
	uint32_t bits = 0;
	bool ok = true;

	if (!read_list(c, n, what, 32))
		return false;
	for (const struct node *i = n->first; i != NULL; i = i->next) {
		size_t k = 0;

		if (!read_choice(c, i, what, name, count, &k)) {
			ok = false;
			continue;
		}
		if (bits & (1u << k))
			ok = fail(c, i, "'%.*s' is listed twice in %s; take one out",
				SHOWN(i->text), what);
		bits |= 1u << k;
	}
	*ret_bits = bits;
	return ok;
}

bool read_texts(struct compiler *c, const struct node *n, const char *what, size_t max_n,
	size_t max_bytes, size_t *ret_n, const struct str **ret)
{
	struct str *texts;
	size_t k = 0;
	bool ok = true;

	if (!read_list(c, n, what, max_n))
		return false;
	texts = keep(c, n->n * sizeof *texts);
	if (texts == NULL)
		return false;
	for (const struct node *i = n->first; i != NULL; i = i->next) {
		if (!read_text(c, i, what, max_bytes, &texts[k])) {
			ok = false;
			continue;
		}
		for (size_t j = 0; j < k; j++)
			if (str_eq_nocase(texts[j], texts[k]))
				ok = fail(c, i, "'%.*s' is listed twice in %s; take one out",
					SHOWN(i->text), what);
		k++;
	}
	*ret_n = k;
	*ret = texts;
	return ok;
}
