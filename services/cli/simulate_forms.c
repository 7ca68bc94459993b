#include "services/cli/simulate_forms.h"

#include <stdio.h>

#include "common/base/event_fields.h"
#include "services/imports/decimal.h"

#define KEYS_OF_CUSTOMER "product=P, months=N, association=A, name=ID, count=N"
#define KEYS_OF_USAGE	 "product=P, measure=M, months=N"

/* A form being read. */
struct form {
	const char *option, *text; /* as given, for faults */
	struct arena *ar;
	struct simulate_suppositions *out;
	struct err *e;
};

static int fail(const struct form *f, const char *what)
{
	return err_set(f->e, ERR_INVALID, "--%s '%s': %s", f->option, f->text, what);
}

static int add(const struct form *f, const struct wire_supposition *s)
{
	if (f->out->n == WIRE_SUPPOSITIONS_MAX)
		return err_set(f->e, ERR_INVALID,
			"more than %d suppositions; put them into a file of events, --with FILE",
			WIRE_SUPPOSITIONS_MAX);
	f->out->all[f->out->n++] = *s;
	return 0;
}

static bool read_count(struct str s, uint32_t max, uint32_t *ret)
{
	uint32_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || n > max)
			return false;
		n = n * 10 + (uint32_t)(s.p[i] - '0');
	}
	*ret = n;
	return s.n > 0 && n >= 1 && n <= max;
}

/* The text before a mark and the one behind it; false when there is no such mark. */
static bool split(struct str s, char mark, bool last, struct str *before, struct str *behind)
{
	size_t at = s.n;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == mark && (last || at == s.n))
			at = i;
	if (at == s.n)
		return false;
	*before = (struct str){ s.p, at };
	*behind = (struct str){ s.p + at + 1, s.n - at - 1 };
	return true;
}

/* ---- people -------------------------------------------------------------------------------------------------- */

/* "CODEx2": what stands behind the last x is a number, and something before it. */
static void take_times(struct wire_supposition *s)
{
	struct str name, times;
	uint32_t n;

	if (split(s->name, 'x', true, &name, &times) && name.n > 0 &&
		read_count(times, WIRE_SUPPOSED_COUNT_MAX, &n)) {
		s->name = name;
		s->count = n;
	}
}

static int read_earned(const struct form *f, enum wire_supposition_kind kind)
{
	struct wire_supposition s = { .kind = kind, .name = str_from(f->text) };
	bool named = split(str_from(f->text), '@', false, &s.name, &s.who);

	take_times(&s);
	if (s.name.n == 0 || (named && s.who.n == 0))
		return fail(f, "expected CODE, CODExN or CODE@PERSON");
	if (named && s.count > 1)
		return fail(f, "one person cannot hold it several times; leave out xN or @PERSON");
	return add(f, &s);
}

static int read_cert(const struct form *f)
{
	return read_earned(f, SUPPOSE_CERTIFICATE);
}

static int read_assessment(const struct form *f)
{
	return read_earned(f, SUPPOSE_ASSESSMENT);
}

static int read_expire(const struct form *f)
{
	struct wire_supposition s = { .kind = SUPPOSE_CERTIFICATE_ENDS };

	if (!split(str_from(f->text), '@', false, &s.name, &s.who) || s.name.n == 0 || s.who.n == 0)
		return fail(
			f, "expected CODE@PERSON; `capscore score PARTNER --explain` lists people");
	return add(f, &s);
}

static int read_lose_person(const struct form *f)
{
	struct wire_supposition s = { .kind = SUPPOSE_PERSON_LEAVES, .who = str_from(f->text) };

	return s.who.n == 0 ? fail(f, "expected the id of a person") : add(f, &s);
}

/* ---- customers ----------------------------------------------------------------------------------------------- */

static bool read_amount(struct str s, int64_t *ret_micro)
{
	decimal24 d;

	return decimal_parse(s, &d) == 0 && decimal_to_micro(d, ret_micro) == 0 &&
	       *ret_micro <= USAGE_AMOUNT_MAX && *ret_micro >= -USAGE_AMOUNT_MAX;
}

/* The next part of "a,b,c". */
static bool next_part(struct str *rest, struct str *ret)
{
	struct str behind;

	if (rest->n == 0)
		return false;
	if (!split(*rest, ',', false, ret, &behind)) {
		*ret = *rest;
		behind = (struct str){ "", 0 };
	}
	*rest = behind;
	return true;
}

static int read_months(const struct form *f, struct str value, struct wire_supposition *s)
{
	return read_count(value, WIRE_SUPPOSED_MONTHS_MAX, &s->months)
		       ? 0
		       : fail(f, "months: a number from 1 to 36");
}

static int read_measure(const struct form *f, struct str value, struct wire_supposition *s)
{
	int v;

	if (!enum_by_name(&measure_names, value, &v))
		return fail(f, "measure: one of acr, mau, paid-units, capacity, adjusted-revenue");
	s->measure = (enum measure)v;
	return 0;
}

/* A new customer: what all its measures have in common, and the amounts. */
struct newcomer {
	struct wire_supposition common;
	int64_t amount[MEASURE_END];
	bool has[MEASURE_END];
	unsigned measures;
};

static int read_customer_key(
	const struct form *f, struct str key, struct str value, struct newcomer *c)
{
	int v;

	if (str_eq(key, STR("product")))
		c->common.name = value;
	else if (str_eq(key, STR("name")))
		c->common.who = value;
	else if (str_eq(key, STR("months")))
		return read_months(f, value, &c->common);
	else if (str_eq(key, STR("count")))
		return read_count(value, WIRE_SUPPOSED_COUNT_MAX, &c->common.count)
			       ? 0
			       : fail(f, "count: a number from 1 to 1000");
	else if (str_eq(key, STR("association")) &&
		 enum_by_name(&association_kind_names, value, &v))
		c->common.association = (enum association_kind)v;
	else if (str_eq(key, STR("association")))
		return fail(f,
			"association: one of cpor, dpor, pal, csp-tier-1, csp-tier-2, transacting-por");
	else
		return fail(f, "expected MEASURE=AMOUNT (acr, mau, paid-units, capacity, "
			       "adjusted-revenue) and " KEYS_OF_CUSTOMER);
	return 0;
}

static int read_customer_part(const struct form *f, struct str part, struct newcomer *c)
{
	struct str key, value;
	int measure;

	if (!split(part, '=', false, &key, &value) || value.n == 0)
		return fail(
			f, "expected MEASURE=AMOUNT, for example acr=1200, and " KEYS_OF_CUSTOMER);
	if (!enum_by_name(&measure_names, key, &measure))
		return read_customer_key(f, key, value, c);
	if (!read_amount(value, &c->amount[measure]))
		return fail(f, "the amount is no number");
	c->measures += !c->has[measure];
	c->has[measure] = true;
	return 0;
}

static int invent(const struct form *f, struct str *ret)
{
	char name[48], *copy;
	int n = snprintf(name, sizeof name, "what-if-new-customer-%u", ++f->out->customers);

	copy = arena_alloc(f->ar, (size_t)n + 1);
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, name, (size_t)n + 1);
	*ret = (struct str){ copy, (size_t)n };
	return 0;
}

/* Of several measures each customer needs a name, by which they are one. */
static int add_newcomers(const struct form *f, struct newcomer *c)
{
	bool named = c->common.who.n > 0;
	uint32_t times = c->measures > 1 && c->common.count > 1 ? c->common.count : 1;
	int rc = 0;

	if (times > 1)
		c->common.count = 1;
	for (uint32_t i = 0; rc == 0 && i < times; i++) {
		if (!named && c->measures > 1)
			rc = invent(f, &c->common.who);
		for (int m = 1; rc == 0 && m < MEASURE_END; m++) {
			struct wire_supposition s = c->common;

			s.measure = (enum measure)m;
			s.has_amount = true;
			s.amount_micro = c->amount[m];
			if (c->has[m])
				rc = add(f, &s);
		}
	}
	return rc;
}

static int read_customer(const struct form *f)
{
	struct newcomer c = { .common = { .kind = SUPPOSE_CUSTOMER } };
	struct str rest = str_from(f->text), part;
	int rc = 0;

	while (rc == 0 && next_part(&rest, &part))
		rc = read_customer_part(f, part, &c);
	if (rc == 0 && c.measures == 0)
		return fail(f, "without an amount; expected MEASURE=AMOUNT, for example acr=1200");
	if (rc == 0 && c.common.who.n > 0 && c.common.count > 1)
		return fail(f, "a customer with a name is one; leave out name= or count=");
	return rc == 0 ? add_newcomers(f, &c) : rc;
}

static int read_lose_customer(const struct form *f)
{
	struct wire_supposition s = { .kind = SUPPOSE_CUSTOMER_LEAVES };
	struct str rest = str_from(f->text), part, key, value;
	int rc = 0;

	if (!next_part(&rest, &s.who) || s.who.n == 0)
		return fail(f, "expected the id of a customer");
	while (rc == 0 && next_part(&rest, &part))
		rc = split(part, '=', false, &key, &value) && str_eq(key, STR("months"))
			     ? read_months(f, value, &s)
			     : fail(f, "behind the customer only months=N is known");
	return rc == 0 ? add(f, &s) : rc;
}

/* ---- usage --------------------------------------------------------------------------------------------------- */

/* "TENANT+20%" or "TENANT-7.5%": hundredths of a per cent. */
static bool read_change(struct str s, struct wire_supposition *ret)
{
	struct str number;
	int64_t micro;
	size_t at = s.n;

	while (at > 0 && s.p[at - 1] != '+' && s.p[at - 1] != '-')
		at--;
	if (at < 2)
		return false;
	number = (struct str){ s.p + at, s.n - at - 1 };
	if (!read_amount(number, &micro) || micro < 0 || micro > 1000000LL * 1000000)
		return false;
	ret->change = (int32_t)(micro / 10000);
	if (s.p[at - 1] == '-')
		ret->change = -ret->change;
	ret->who = (struct str){ s.p, at - 1 };
	return ret->change >= -10000;
}

static int read_usage_head(const struct form *f, struct str head, struct wire_supposition *s)
{
	struct str amount;

	if (head.n > 0 && head.p[head.n - 1] == '%')
		return read_change(head, s)
			       ? 0
			       : fail(f, "expected CUSTOMER+N% or CUSTOMER-N%, at most -100%");
	s->has_amount = true;
	if (!split(head, '=', true, &s->who, &amount) || s->who.n == 0 ||
		!read_amount(amount, &s->amount_micro))
		return fail(f,
			"expected CUSTOMER+N%, CUSTOMER-N% or CUSTOMER=AMOUNT, and " KEYS_OF_USAGE);
	return 0;
}

static int read_usage(const struct form *f)
{
	struct wire_supposition s = { .kind = SUPPOSE_USAGE };
	struct str rest = str_from(f->text), part, key, value;
	int rc = next_part(&rest, &part) ? read_usage_head(f, part, &s)
					 : fail(f, "expected a customer");

	while (rc == 0 && next_part(&rest, &part)) {
		if (!split(part, '=', false, &key, &value))
			rc = fail(f, "expected " KEYS_OF_USAGE " behind the customer");
		else if (str_eq(key, STR("product")))
			s.name = value;
		else if (str_eq(key, STR("measure")))
			rc = read_measure(f, value, &s);
		else if (str_eq(key, STR("months")))
			rc = read_months(f, value, &s);
		else
			rc = fail(f, "expected " KEYS_OF_USAGE " behind the customer");
	}
	return rc == 0 ? add(f, &s) : rc;
}

/* ---- all ----------------------------------------------------------------------------------------------------- */

int simulate_forms_read(const struct simulate_forms *forms, struct arena *ar,
	struct simulate_suppositions *ret, struct err *e)
{
	const struct {
		const char *option;
		const struct option_list *list;
		int (*read)(const struct form *f);
	} table[] = {
		{ "cert", &forms->cert, read_cert },
		{ "assessment", &forms->assessment, read_assessment },
		{ "expire", &forms->expire, read_expire },
		{ "lose-person", &forms->lose_person, read_lose_person },
		{ "customer", &forms->customer, read_customer },
		{ "lose-customer", &forms->lose_customer, read_lose_customer },
		{ "usage", &forms->usage, read_usage },
	};
	int rc = 0;

	ret->n = 0;
	ret->customers = 0;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		for (size_t k = 0; rc == 0 && k < table[i].list->n; k++) {
			struct form f = { table[i].option, table[i].list->items[k], ar, ret, e };

			rc = table[i].read(&f);
		}
	return rc;
}
