/* Facts in short forms: one table of forms, filled by the table of the facts' members (event_fields.h). */
#include <stdio.h>

#include "common/base/event_fields.h"
#include "rules/testing/parts.h"

#define POSITIONS_MAX 7

struct form {
	const char *name;
	enum fact_kind kind;
	/* The members that the entries of a list stand for, in order. */
	const char *positions[POSITIONS_MAX];
	bool repeats; /* more entries make more facts, which differ in the last member */
	/* The member that 'times' numbers; NULL where nothing can be told several times. */
	const char *numbered;
	void (*preset)(struct event *ev);
};

static void preset_usage(struct event *ev)
{
	ev->u.usage.association = ASSOC_PAL;
	ev->u.usage.measure = MEASURE_ACR;
	ev->u.usage.offer = OFFER_PAID;
}

static void preset_active(struct event *ev)
{
	ev->u.usage.association = ASSOC_CPOR;
	ev->u.usage.measure = MEASURE_MAU;
	ev->u.usage.offer = OFFER_PAID;
}

static void preset_seats(struct event *ev)
{
	preset_active(ev);
	ev->u.usage.measure = MEASURE_PAID_UNITS;
}

static void preset_capacity(struct event *ev)
{
	preset_active(ev);
	ev->u.usage.measure = MEASURE_CAPACITY;
}

static void preset_revenue(struct event *ev)
{
	preset_active(ev);
	ev->u.usage.measure = MEASURE_ADJUSTED_REVENUE;
}

static void preset_reported(struct event *ev)
{
	ev->u.usage_reported.measure = MEASURE_ACR;
}

static void preset_earned(struct event *ev)
{
	ev->u.certification.state = CERT_EARNED;
}

static void preset_holds(struct event *ev)
{
	ev->u.certification.state = CERT_EARNED;
	ev->u.certification.earned_on = DAY_MIN;
}

static void preset_revoked(struct event *ev)
{
	ev->u.certification.state = CERT_REVOKED;
}

static void preset_expired(struct event *ev)
{
	ev->u.certification.state = CERT_EXPIRED;
}

static void preset_joins(struct event *ev)
{
	ev->u.person_link.linked = true;
}

static void preset_nothing(struct event *ev)
{
	(void)ev;
}

/* clang-format off: a table reads by its columns. */
#define USAGE_POSITIONS                                                                            \
	{                                                                                          \
		"customer", "product", "month", "amount", "association", "offer"                   \
	}
static const struct form forms[] = {
	{ "usage", FACT_USAGE, USAGE_POSITIONS, false, "customer", preset_usage },
	{ "active", FACT_USAGE, USAGE_POSITIONS, false, "customer", preset_active },
	{ "seats", FACT_USAGE, USAGE_POSITIONS, false, "customer", preset_seats },
	{ "capacity", FACT_USAGE, USAGE_POSITIONS, false, "customer", preset_capacity },
	{ "revenue", FACT_USAGE, USAGE_POSITIONS, false, "customer", preset_revenue },
	{ "usage-reported", FACT_USAGE_REPORTED, { "month", "measure" }, false, NULL,
		preset_reported },
	{ "holds", FACT_CERTIFICATION, { "person", "certificate" }, true, "person", preset_holds },
	{ "certification", FACT_CERTIFICATION,
		{ "person", "certificate", "earned_on", "expires_on" }, false, "person",
		preset_earned },
	{ "revoked", FACT_CERTIFICATION, { "person", "certificate", "ended_on" }, false, "person",
		preset_revoked },
	{ "expired", FACT_CERTIFICATION, { "person", "certificate", "ended_on" }, false, "person",
		preset_expired },
	{ "joins", FACT_PERSON_LINK, { "person", "since" }, false, "person", preset_joins },
	{ "leaves", FACT_PERSON_LINK, { "person", "since" }, false, "person", preset_nothing },
	{ "person-link", FACT_PERSON_LINK, { "person", "change", "since" }, false, "person",
		preset_nothing },
	{ "assessment", FACT_ASSESSMENT, { "person", "assessment", "passed_on", "expires_on" },
		false, "person", preset_nothing },
	{ "association", FACT_ASSOCIATION,
		{ "customer", "kind", "workload", "from", "until", "claim", "subscription" }, false,
		"customer", preset_nothing },
	{ "customer", FACT_CUSTOMER, { "customer", "segment" }, false, "customer", preset_nothing },
	{ "attestation", FACT_ATTESTATION, { "kind", "scope", "on", "until" }, false, "reference",
		preset_nothing },
	{ "account", FACT_ACCOUNT, { "location" }, false, "location", preset_nothing },
	{ "enrollment", FACT_ENROLLMENT, { "area", "state", "on", "anniversary", "track" }, false,
		NULL, preset_nothing },
};
/* clang-format on */
#define N_FORMS (sizeof forms / sizeof forms[0])

/* ---- members ------------------------------------------------------------------------------------------------ */

static struct str member_name(const struct event_field *f)
{
	return f->form == FIELD_AMOUNT ? STR("amount") : str_from(f->name);
}

static const struct event_field *find_member(enum fact_kind kind, struct str name)
{
	const struct fact_fields *t = &fact_fields[kind];

	for (size_t i = 0; i < t->n; i++)
		if (str_eq(member_name(&t->fields[i]), name))
			return &t->fields[i];
	return NULL;
}

static bool unknown_name(struct test_reader *r, const struct node *n, const struct str *names,
	size_t count, const char *what)
{
	struct str near = nearest(n->text, names, count);
	char all[512];
	struct sink out;

	if (near.n > 0)
		return fail(&r->c, n, "%s '%.*s' is not known; did you mean '%.*s'?", what,
			SHOWN(n->text), SHOWN(near));
	sink_init(&out, all, sizeof all);
	for (size_t i = 0; i < count; i++)
		sink_printf(&out, "%s" STR_FMT, i == 0 ? "" : ", ", STR_ARG(names[i]));
	return fail(&r->c, n, "%s '%.*s' is not known; there are: %s", what, SHOWN(n->text), all);
}

/* A value that has no name is called "none" here. */
static bool read_name(
	struct test_reader *r, const struct node *n, const struct enum_names *t, int *ret)
{
	bool has_none = t->first == 0 && enum_name(t, 0) == NULL;
	struct str names[32];
	size_t count = 0;

	if (enum_by_name(t, n->text, ret))
		return true;
	if (has_none)
		names[count++] = STR("none");
	if (has_none && str_eq(n->text, names[0])) {
		*ret = 0;
		return true;
	}
	for (int v = t->first; v < t->end && count < 32; v++)
		if (enum_name(t, v) != NULL)
			names[count++] = str_from(enum_name(t, v));
	return unknown_name(r, n, names, count, "the name");
}

/* An amount may have a sign: credits are negative. */
static bool read_signed(struct test_reader *r, const struct node *n, const char *what, int64_t *ret)
{
	struct node copy = *n;
	bool negative = n->text.n > 0 && n->text.p[0] == '-';

	if (negative) {
		copy.text.p++;
		copy.text.n--;
	}
	if (!read_amount(&r->c, &copy, what, ret))
		return false;
	if (negative)
		*ret = -*ret;
	return true;
}

/* "2023-07", or the months of a range, "2022-07..2023-06". */
static bool read_months(
	struct test_reader *r, const struct node *n, const char *what, month_no *ret)
{
	struct str first = n->text, last = n->text;

	for (size_t i = 0; i + 1 < n->text.n; i++)
		if (n->text.p[i] == '.' && n->text.p[i + 1] == '.') {
			first.n = i;
			last = (struct str){ n->text.p + i + 2, n->text.n - i - 2 };
			break;
		}
	if (month_parse(first, ret) != 0 || month_parse(last, &r->spread.last_month) != 0)
		return fail(&r->c, n, "%s '%.*s' is no month; write YYYY-MM, 2000-01 to 2199-12",
			what, SHOWN(n->text));
	if (r->spread.last_month < *ret || r->spread.last_month - *ret >= RULE_MONTHS_MAX)
		return fail(&r->c, n, "%s is a range of no month or of more than %d", what,
			RULE_MONTHS_MAX);
	return true;
}

static bool read_flag(struct test_reader *r, const struct node *n, const char *what, bool *ret)
{
	*ret = str_eq(n->text, STR("true"));
	if (*ret || str_eq(n->text, STR("false")))
		return true;
	return fail(&r->c, n, "%s '%.*s' is neither true nor false", what, SHOWN(n->text));
}

static bool set_member(
	struct test_reader *r, struct event *ev, const struct event_field *f, const struct node *n)
{
	void *at = (char *)ev + f->offset;
	char what[64];
	int v = 0;

	(void)snprintf(what, sizeof what, "'" STR_FMT "' of a fact", STR_ARG(member_name(f)));
	if (n->kind != NODE_TEXT)
		return fail(&r->c, n, "%s must be a single value", what);
	if (n->text.n == 0 && !f->required)
		return true; /* without word */
	switch (f->form) {
	case FIELD_TEXT:
	case FIELD_LINES:
		return read_text(&r->c, n, what, f->max, at);
	case FIELD_DAY:
		return read_day(&r->c, n, what, at);
	case FIELD_MONTH:
		return read_months(r, n, what, at);
	case FIELD_ENUM:
		if (!read_name(r, n, f->names, &v))
			return false;
		memcpy(at, &v, sizeof v);
		return true;
	case FIELD_CHANGE:
		if (!read_name(r, n, f->names, &v))
			return false;
		*(bool *)at = v == CHANGE_LINKED;
		return true;
	case FIELD_BOOL:
		return read_flag(r, n, what, at);
	default:
		return read_signed(r, n, what, at);
	}
}

/* ---- facts -------------------------------------------------------------------------------------------------- */

/* What no member says: no day, no month. */
static void set_nothing(struct event *ev)
{
	const struct fact_fields *t = &fact_fields[ev->kind];

	for (size_t i = 0; i < t->n; i++) {
		void *at = (char *)ev + t->fields[i].offset;

		if (t->fields[i].form == FIELD_DAY)
			*(day_no *)at = DAY_NONE;
		else if (t->fields[i].form == FIELD_MONTH)
			*(month_no *)at = MONTH_NONE;
	}
}

static bool members_of_map(struct test_reader *r, const struct node *n, struct event *ev)
{
	const struct fact_fields *t = &fact_fields[ev->kind];
	struct str names[EVENT_FIELDS_MAX];
	uint32_t seen = 0;
	bool ok = true;

	for (size_t i = 0; i < t->n; i++)
		names[i] = member_name(&t->fields[i]);
	for (const struct node *v = n->first; v != NULL; v = v->next) {
		const struct event_field *f = find_member(ev->kind, v->key->text);

		if (f == NULL) {
			ok = unknown_name(r, v->key, names, t->n, "the member");
			continue;
		}
		if ((seen & 1u << f->number) != 0)
			ok = fail(&r->c, v->key, "'%.*s' is given twice; take one out",
				SHOWN(v->key->text));
		seen |= 1u << f->number;
		ok = set_member(r, ev, f, v) && ok;
	}
	return ok;
}

static size_t positions_of(const struct form *f)
{
	size_t n = 0;

	while (n < POSITIONS_MAX && f->positions[n] != NULL)
		n++;
	return n;
}

static bool too_many(struct test_reader *r, const struct node *n, const struct form *f)
{
	char all[256];
	struct sink out;

	sink_init(&out, all, sizeof all);
	for (size_t i = 0; i < positions_of(f); i++)
		sink_printf(&out, "%s%s", i == 0 ? "" : ", ", f->positions[i]);
	return fail(
		&r->c, n, "'%s' takes: %s; write {member: value, ...} for others", f->name, all);
}

static bool add(
	struct test_reader *r, const struct node *at, const struct event *ev, struct fact_list *out)
{
	struct refusal_detail detail;
	struct event *events;
	size_t cap = out->cap == 0 ? 8 : out->cap * 2;

	if (event_validate(ev, &detail) != REFUSED_NOT)
		return fail(&r->c, at, "no valid fact: %s", detail.text);
	if (out->n == out->cap) {
		events = keep(&r->c, cap * sizeof *events);
		if (events == NULL)
			return false;
		if (out->n > 0)
			memcpy(events, out->events, out->n * sizeof *events);
		out->events = events;
		out->cap = cap;
	}
	out->events[out->n++] = *ev;
	return true;
}

static void warn_of_certificate(struct test_reader *r, const struct node *n, const struct event *ev)
{
	struct str name = ev->kind == FACT_CERTIFICATION ? ev->u.certification.certificate
			  : ev->kind == FACT_ASSESSMENT	 ? ev->u.assessment.assessment
							 : STR("");

	if (name.n > 0 && edition_certificate(r->e, name) < 0)
		warn(&r->c, n, "edition %.*s names no certificate '%.*s'; it counts nowhere",
			SHOWN(r->e->id), SHOWN(name));
}

/* Gives the fact its name and its place in the order of recording, and keeps it. */
static bool add_next(
	struct test_reader *r, const struct node *n, struct event *ev, struct fact_list *out)
{
	char id[32];
	int len = snprintf(id, sizeof id, "fact-%llu", (unsigned long long)++r->n_facts);

	if (r->n_facts > RULE_FACTS_MAX)
		return fail(&r->c, n, "more than %d facts in this file; split it", RULE_FACTS_MAX);
	ev->id = keep_text(&r->c, (struct str){ id, (size_t)len });
	ev->recorded = ev->time + (event_ms)r->n_facts;
	return ev->id.n > 0 && add(r, n, ev, out);
}

/* The text of ev with a number behind it. */
static bool set_numbered(struct test_reader *r, const struct form *f, const struct event *ev,
	struct event *one, uint32_t number)
{
	uint16_t at = find_member(f->kind, str_from(f->numbered))->offset;
	struct str text, numbered;
	char all[EVENT_NAME_MAX + 16];
	int len;

	memcpy(&text, (const char *)ev + at, sizeof text);
	len = snprintf(all, sizeof all, STR_FMT "%u", STR_ARG(text), (unsigned)number);
	numbered = keep_text(&r->c, (struct str){ all, (size_t)len });
	memcpy((char *)one + at, &numbered, sizeof numbered);
	return numbered.n > 0;
}

static month_no *month_of(struct event *ev)
{
	return ev->kind == FACT_USAGE		 ? &ev->u.usage.month
	       : ev->kind == FACT_USAGE_REPORTED ? &ev->u.usage_reported.month
						 : NULL;
}

/* Keeps the fact for each month of its range. */
static bool add_months(
	struct test_reader *r, const struct node *n, struct event ev, struct fact_list *out)
{
	month_no *month = month_of(&ev);
	bool ok = add_next(r, n, &ev, out);

	while (ok && month != NULL && *month < r->spread.last_month) {
		++*month;
		ok = add_next(r, n, &ev, out);
	}
	return ok;
}

/* And so many times. */
static bool finish(struct test_reader *r, const struct node *n, const struct form *f,
	const struct event *ev, struct fact_list *out)
{
	struct event one = *ev;
	bool ok = true;

	if (r->spread.times == 0)
		ok = add_months(r, n, one, out);
	for (uint32_t k = 1; ok && k <= r->spread.times; k++)
		ok = set_numbered(r, f, ev, &one, k) && add_months(r, n, one, out);
	if (ok)
		warn_of_certificate(r, n, ev);
	return ok;
}

/* A list: its entries by position. Where the form repeats, the last position takes all that are left. */
static bool facts_of_list(struct test_reader *r, const struct node *n, const struct form *f,
	struct event *ev, struct fact_list *out)
{
	size_t count = positions_of(f), i = 0;
	bool ok = true;

	if (n->n == 0 || (n->n > count && !f->repeats) || (f->repeats && n->n < count))
		return too_many(r, n, f);
	for (const struct node *v = n->first; v != NULL; v = v->next, i++) {
		size_t at = i < count ? i : count - 1;

		ok = set_member(r, ev, find_member(f->kind, str_from(f->positions[at])), v) && ok;
		if (f->repeats && i + 1 >= count)
			ok = ok && finish(r, v, f, ev, out);
	}
	return ok && (f->repeats || finish(r, n, f, ev, out));
}

static const struct form *find_form(struct test_reader *r, const struct node *key)
{
	struct str names[N_FORMS + 1];

	for (size_t i = 0; i < N_FORMS; i++) {
		if (str_eq(key->text, str_from(forms[i].name)))
			return &forms[i];
		names[i] = str_from(forms[i].name);
	}
	names[N_FORMS] = STR("retract");
	(void)unknown_name(r, key, names, N_FORMS + 1, "the fact");
	return NULL;
}

/* The node of the fact in a mapping that holds it and perhaps 'times'; NULL after a fault. */
static const struct node *the_fact(struct test_reader *r, const struct node *n)
{
	const struct node *v = n->kind == NODE_MAP ? n->first : NULL;

	r->spread = (struct spread){ 0 };
	if (v != NULL && n->n == 2 && str_eq(v->key->text, STR("times"))) {
		if (!read_whole(&r->c, v, "'times'", 1, RULE_TIMES_MAX, &r->spread.times))
			return NULL;
		return v->next;
	}
	if (v != NULL && n->n == 1)
		return v;
	(void)fail(&r->c, n,
		"a fact is one name with its values, such as 'usage: [...]', and perhaps 'times' before it");
	return NULL;
}

static bool read_form(struct test_reader *r, const struct node *v, const struct form *f,
	struct event *ev, struct fact_list *out)
{
	ev->kind = f->kind;
	set_nothing(ev);
	f->preset(ev);
	if (r->spread.times > 0 && f->numbered == NULL)
		return fail(&r->c, v->key, "'%s' cannot be told several times", f->name);
	if (v->kind == NODE_LIST)
		return facts_of_list(r, v, f, ev, out);
	if (v->kind == NODE_MAP)
		return members_of_map(r, v, ev) && finish(r, v, f, ev, out);
	return set_member(r, ev, find_member(f->kind, str_from(f->positions[0])), v) &&
	       finish(r, v, f, ev, out);
}

bool read_facts(struct test_reader *r, const struct node *n, struct str partner, day_no day,
	struct fact_list *out)
{
	struct event ev = { .source = STR("urn:capscore:rule-test"), .subject = partner };
	const struct node *v = the_fact(r, n);
	const struct form *f;

	if (v == NULL)
		return false;
	if (str_eq(v->key->text, STR("retract"))) {
		ev.retracted = true;
		if (v->kind != NODE_MAP || v->n != 1)
			return fail(&r->c, v, "'retract' holds one fact, such as 'usage: [...]'");
		v = v->first;
	}
	f = find_form(r, v->key);
	if (f == NULL)
		return false;
	ev.time = (event_ms)day * MS_PER_DAY;
	return read_form(r, v, f, &ev, out);
}
