/* The limits of event.h, checked field by field from the table of event_fields.h. */
#include <stdio.h>

#include "common/base/event.h"
#include "common/base/event_fields.h"

#define TIME_MIN ((event_ms)DAY_MIN * MS_PER_DAY)
#define TIME_MAX (((event_ms)DAY_MAX + 1) * MS_PER_DAY - 1)

/* Where a fault is told: "usage.month", or "id" when `fact` is empty. */
struct place {
	struct refusal_detail *detail;
	const char *fact, *dot, *field;
};

#define TELL(at, format, ...)                                                                      \
	((void)snprintf((at)->detail->text, REFUSAL_DETAIL_MAX, "%s%s%s" format, (at)->fact,       \
		 (at)->dot, (at)->field, __VA_ARGS__),                                             \
		false)

/* Clean UTF-8 between tabs and line ends. */
static bool is_clean_lines(struct str s)
{
	size_t start = 0;

	for (size_t i = 0; i <= s.n; i++)
		if (i == s.n || s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\t') {
			if (!str_is_clean_utf8((struct str){ s.p + start, i - start }))
				return false;
			start = i + 1;
		}
	return true;
}

static bool check_text(const struct place *at, struct str s, size_t max, bool required, bool lines)
{
	if (s.n == 0)
		return !required || TELL(at, "%s", ": missing");
	if (s.n > max)
		return TELL(at, ": %zu bytes, at most %zu", s.n, max);
	if (!(lines ? is_clean_lines(s) : str_is_clean_utf8(s)))
		return TELL(at, "%s", ": not clean UTF-8 (invalid bytes or control characters)");
	return true;
}

static bool check_range(const struct place *at, long long v, long long min, long long max)
{
	if (v < min || v > max)
		return TELL(at, " %lld: expected %lld..%lld", v, min, max);
	return true;
}

static bool check_day(const struct place *at, day_no d, bool required)
{
	if (d == DAY_NONE)
		return !required || TELL(at, "%s", ": missing");
	return check_range(at, d, DAY_MIN, DAY_MAX);
}

static bool check_time(const struct place *at, event_ms t)
{
	if (t < TIME_MIN || t > TIME_MAX)
		return TELL(at, " %lld: expected 2000-01-01 to 2199-12-31 in milliseconds",
			(long long)t);
	return true;
}

static bool check_field(const struct place *at, const struct event_field *f, const void *value)
{
	switch ((enum field_form)f->form) {
	case FIELD_TEXT:
		return check_text(at, *(const struct str *)value, f->max, f->required, false);
	case FIELD_LINES:
		return check_text(at, *(const struct str *)value, f->max, f->required, true);
	case FIELD_DAY:
		return check_day(at, *(const day_no *)value, f->required);
	case FIELD_MONTH:
		return check_range(at, *(const month_no *)value, MONTH_MIN, MONTH_MAX);
	case FIELD_ENUM:
		return check_range(at, *(const int32_t *)value, f->names->first, f->names->end - 1);
	case FIELD_AMOUNT:
		return check_range(
			at, *(const int64_t *)value, -USAGE_AMOUNT_MAX, USAGE_AMOUNT_MAX);
	case FIELD_CHANGE:
	case FIELD_BOOL:
		return true;
	}
	return true;
}

static bool check_fields(const struct event *ev, struct place *at)
{
	const struct event_field *fields = fact_fields[ev->kind].fields;
	size_t n = event_fields_given(ev);

	for (size_t i = 0; i < n; i++) {
		const struct event_field *f = &fields[i];

		if (ev->retracted && !f->key)
			continue;
		at->field = f->name;
		if (!check_field(at, f, (const char *)ev + f->offset))
			return false;
	}
	return true;
}

/* Which days a certification carries depends on its state. */
static bool check_certification_days(const struct fact_certification *c, struct place *at)
{
	bool ended = c->state == CERT_EXPIRED || c->state == CERT_REVOKED;

	at->field = "earned_on";
	if (!ended && c->earned_on == DAY_NONE)
		return TELL(at, ": missing, required for %s", certification_state_name(c->state));
	at->field = "ended_on";
	if (ended && c->ended_on == DAY_NONE)
		return TELL(at, ": missing, required for %s", certification_state_name(c->state));
	if (!ended && c->ended_on != DAY_NONE)
		return TELL(at, ": only for expired and revoked, the state is %s",
			certification_state_name(c->state));
	return true;
}

static bool check_fact(const struct event *ev, struct refusal_detail *detail)
{
	struct place at = { detail, fact_kind_name(ev->kind), ".", "" };

	if (!check_fields(ev, &at))
		return false;
	if (ev->kind == FACT_CERTIFICATION && !ev->retracted)
		return check_certification_days(&ev->u.certification, &at);
	at = (struct place){ detail, "", "", "retracted" };
	if (ev->kind == FACT_DAY && ev->retracted)
		return TELL(&at, "%s", ": a day that has begun cannot be withdrawn");
	return true;
}

static bool check_subject(const struct event *ev, struct refusal_detail *detail)
{
	struct place at = { detail, "", "", "subject" };

	if (ev->kind != FACT_DAY && ev->kind != FACT_EDITION)
		return check_text(&at, ev->subject, EVENT_PARTNER_MAX, true, false);
	return ev->subject.n == 0 ||
	       TELL(&at, ": %s events belong to no partner", fact_kind_name(ev->kind));
}

enum refusal event_validate(const struct event *ev, struct refusal_detail *ret_detail)
{
	struct place id = { ret_detail, "", "", "id" }, source = { ret_detail, "", "", "source" };
	struct place time = { ret_detail, "", "", "time" };
	struct place recorded = { ret_detail, "", "", "recordedtime" };
	struct place kind = { ret_detail, "", "", "fact" };

	if (!check_text(&id, ev->id, EVENT_ID_MAX, true, false))
		return REFUSED_ID;
	if (!check_text(&source, ev->source, EVENT_SOURCE_MAX, true, false))
		return REFUSED_SOURCE;
	if (ev->kind < 1 || ev->kind >= FACT_KIND_END) {
		(void)TELL(&kind, "%s", ": none, or one that this version does not know");
		return REFUSED_FACT;
	}
	if (!check_subject(ev, ret_detail))
		return REFUSED_SUBJECT;
	if (!check_time(&time, ev->time) || !check_time(&recorded, ev->recorded))
		return REFUSED_TIME;
	return check_fact(ev, ret_detail) ? REFUSED_NOT : REFUSED_FIELD;
}
