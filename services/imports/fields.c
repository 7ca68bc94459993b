#include "services/imports/fields.h"

#include "services/imports/associations.h"
#include "services/imports/side.h"

struct str guid_lower(struct str s, char *buf)
{
	if (s.n != FIELD_GUID_TEXT || s.p[8] != '-' || s.p[13] != '-' || s.p[18] != '-' ||
		s.p[23] != '-')
		return s;
	for (size_t i = 0; i < s.n; i++)
		buf[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
	return (struct str){ buf, s.n };
}

bool field_partner(const struct report_row *row, size_t column, struct str *ret)
{
	return row_required(
		row, column, EVENT_PARTNER_MAX, "the global account id of the partner", ret);
}

bool field_customer(const struct report_row *row, size_t column, char *buf, struct str *ret)
{
	struct str s;

	if (!row_required(row, column, EVENT_NAME_MAX, "customers are told apart by tenant id", &s))
		return false;
	*ret = guid_lower(s, buf);
	return true;
}

bool field_month(const struct report_row *row, size_t column, month_no *ret)
{
	struct str s;
	int rc;

	if (!row_required(row, column, EVENT_NAME_MAX, "every row must name its month", &s))
		return false;
	rc = month_read(s, row->reading->options->dates, ret);
	if (rc == ERR_AGAIN)
		row_refuse(row, column, REASON_AMBIGUOUS,
			"day and month cannot be told apart; write YYYY-MM, or say --dates mdy or --dates dmy");
	else if (rc != 0)
		row_refuse(row, column, REASON_MONTH,
			"not a month between 2000-01 and 2199-12; write YYYY-MM");
	return rc == 0;
}

month_no field_month_quiet(const struct report_row *row, size_t column)
{
	month_no m;

	return month_read(row_text(row, column), row->reading->options->dates, &m) == 0
		       ? m
		       : MONTH_NONE;
}

bool field_flag(const struct report_row *row, size_t column, bool *ret)
{
	static const struct {
		const char *text;
		bool value;
	} flags[] = { { "", false }, { "0", false }, { "false", false }, { "no", false },
		{ "1", true }, { "true", true }, { "yes", true } };
	struct str s = row_text(row, column);

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (str_eq_nocase(s, str_from(flags[i].text))) {
			*ret = flags[i].value;
			return true;
		}
	row_refuse(row, column, REASON_FLAG, "neither 0 nor 1, false nor true");
	return false;
}

bool field_amount(const struct report_row *row, size_t column, const char *remedy, decimal24 *ret)
{
	struct str s;
	int rc;

	if (!row_required(row, column, EVENT_NAME_MAX, remedy, &s))
		return false;
	rc = decimal_parse(s, ret);
	if (rc == ERR_RANGE)
		row_refuse(row, column, REASON_AMOUNT, "more than a thousand million");
	else if (rc != 0)
		row_refuse(row, column, REASON_AMOUNT, "not an amount; write it like 1234.56");
	return rc == 0;
}

enum row_verdict field_association(
	const struct report_row *row, size_t column, enum association_kind *ret)
{
	const char *reason;

	switch (association_read(row_text(row, column), ret, &reason)) {
	case ASSOCIATION_READ:
		return ROW_COUNTS;
	case ASSOCIATION_NOT_COUNTED:
		row_pass_over(row, reason);
		return ROW_PASSED;
	default:
		row_refuse(row, column, REASON_ASSOCIATION,
			"not an association that is known: Partner admin link, Partner of record, CSP Tier 1, CSP Tier 2, "
			"Transacting partner of record, CPOR");
		return ROW_REFUSED;
	}
}

bool field_is_deal(const struct report_row *row, size_t association, size_t subscription)
{
	static const struct str none = STR_INIT("00000000-0000-0000-0000-000000000000");

	if (!text_is_nothing(row_text(row, association)) ||
		!str_eq(row_text(row, subscription), none))
		return false;
	row_pass_over(row, "deal-registration");
	return true;
}

bool field_amount_optional(
	const struct report_row *row, size_t column, decimal24 *ret, bool *ret_told)
{
	struct str s;

	*ret = 0;
	*ret_told = false;
	if (!row_optional(row, column, EVENT_NAME_MAX, &s))
		return false;
	if (s.n == 0)
		return true;
	*ret_told = true;
	return field_amount(row, column, "", ret);
}

static bool offer_named(struct str s, enum offer_kind *ret)
{
	static const struct {
		const char *name;
		enum offer_kind offer;
	} others[] = { { "", OFFER_PAID }, { "free", OFFER_TRIAL },
		{ "benefit program", OFFER_BENEFIT }, { "benefits", OFFER_BENEFIT } };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (str_eq_nocase(s, str_from(others[i].name))) {
			*ret = others[i].offer;
			return true;
		}
	for (unsigned o = 0; o < OFFER_KIND_END; o++)
		if (str_eq_nocase(s, str_from(offer_kind_name((enum offer_kind)o)))) {
			*ret = (enum offer_kind)o;
			return true;
		}
	return false;
}

bool field_offer(const struct report_row *row, size_t column, struct str subscription,
	struct str customer, enum offer_kind *ret)
{
	struct str s = row_text(row, column);

	if (!offer_named(text_is_nothing(s) ? STR("") : s, ret)) {
		row_refuse(row, column, REASON_OFFER,
			"none of Paid, Free, Trial, Support, Internal, Benefit");
		return false;
	}
	(void)side_offer(row->reading->side, subscription, customer, ret);
	return true;
}

static void list_unknown(const struct report_row *row, enum unknown_kind kind, struct str name)
{
	const struct products *p = side_products(row->reading->side);
	struct unknown *u;
	struct str near;

	if (!unknowns_add(&row->reading->unknowns, kind, name, &u) || kind != UNKNOWN_WORKLOAD)
		return;
	near = products_nearest(p, name);
	memcpy(u->nearest, near.n > 0 ? near.p : "", near.n);
	u->nearest[near.n] = '\0';
}

void name_product(
	const struct report_row *row, struct str workload, unsigned measures, struct str *ret)
{
	unsigned counted;

	if (!products_find(side_products(row->reading->side), workload, ret, &counted)) {
		list_unknown(row, UNKNOWN_WORKLOAD, workload);
		*ret = workload;
	} else if ((counted & measures) == 0) {
		list_unknown(row, UNKNOWN_UNCOUNTED, workload);
	}
}

bool field_product(const struct report_row *row, size_t column, unsigned measures, struct str *ret)
{
	struct str name;

	if (!row_required(row, column, EVENT_NAME_MAX, "the workload is needed", &name))
		return false;
	name_product(row, name, measures, ret);
	return true;
}

bool field_day(const struct report_row *row, size_t column, bool required, day_no *ret)
{
	struct date_read d;
	struct str s;
	int rc;

	*ret = DAY_NONE;
	if (!row_optional(row, column, EVENT_NAME_MAX, &s))
		return false;
	if (s.n == 0) {
		if (required)
			row_refuse(row, column, REASON_MISSING, "no value; a day is needed");
		return !required;
	}
	rc = date_read(s, &d);
	if (rc == 0)
		rc = date_settle(&d, row->reading->options->dates, ret);
	if (rc == ERR_AGAIN)
		row_refuse(row, column, REASON_AMBIGUOUS,
			"day and month cannot be told apart; write YYYY-MM-DD, or say --dates mdy or --dates dmy");
	else if (rc != 0)
		row_refuse(row, column, REASON_DATE,
			"not a date between 2000-01-01 and 2199-12-31; write YYYY-MM-DD");
	return rc == 0;
}
