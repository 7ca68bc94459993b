/* Values as the rows of reports hold them: months, flags, amounts, associations, tenants.
 *
 * Each of these reads one column of a row. A value that cannot be read refuses the row, with place, value and
 * remedy, and false (or ROW_REFUSED) comes back: the caller then says no more about the row. */
#ifndef IMPORTS_FIELDS_H
#define IMPORTS_FIELDS_H

#include "services/imports/decimal.h"
#include "services/imports/report.h"

#define FIELD_GUID_TEXT 36

/* What became of a row, or of one value of it. */
enum row_verdict {
	ROW_COUNTS,
	ROW_PASSED,  /* in order, but nothing that counts; counted with its reason */
	ROW_REFUSED, /* counted, and told as a fault */
};

/* The partner that the row is about, 1 to EVENT_PARTNER_MAX bytes. */
bool field_partner(const struct report_row *row, size_t column, struct str *ret);
/* A tenant id, or another id of a customer. A GUID comes in lower case, in buf (FIELD_GUID_TEXT bytes); an id of
 * another form as it stands. */
bool field_customer(const struct report_row *row, size_t column, char *buf, struct str *ret);
/* A month, as month_read() takes it. */
bool field_month(const struct report_row *row, size_t column, month_no *ret);
/* For rows that are refused already: the month, or MONTH_NONE without another word. */
month_no field_month_quiet(const struct report_row *row, size_t column);
/* 0 or 1, false or true, no or yes; empty, and a column that the file lacks, is false. */
bool field_flag(const struct report_row *row, size_t column, bool *ret);
/* A number that must be there; remedy: what to do when it is not. */
bool field_amount(const struct report_row *row, size_t column, const char *remedy, decimal24 *ret);
/* The association by which the partner is credited. ROW_PASSED: one that counts for nothing (deal registration). */
enum row_verdict field_association(
	const struct report_row *row, size_t column, enum association_kind *ret);

/* As it stands; 0 when the file lacks the column or the value is empty. *ret_told: something stood there. */
bool field_amount_optional(
	const struct report_row *row, size_t column, decimal24 *ret, bool *ret_told);
/* Paid or not: "Paid", "Trial", "Free" (a trial), "Support", "Internal", "Benefit"; empty is paid. What side files tell
 * of the subscription (text, may be empty) or of the customer goes before. */
bool field_offer(const struct report_row *row, size_t column, struct str subscription,
	struct str customer, enum offer_kind *ret);
/* What facts call the workload of the row (products.h). A name that is not known is kept, and listed; so is one that no
 * rule counts by any of `measures` (bits 1 << enum measure). */
bool field_product(const struct report_row *row, size_t column, unsigned measures, struct str *ret);
/* The same of a workload that the row names in another way than by a column. */
void name_product(
	const struct report_row *row, struct str workload, unsigned measures, struct str *ret);
/* A day, in an order of day and month that the value shows or that the user told. DAY_NONE when nothing stands there and
 * nothing must. */
bool field_day(const struct report_row *row, size_t column, bool required, day_no *ret);
/* Whether the row is one of a deal registration: nobody is credited, and the subscription is none. Such a row is passed
 * over. */
bool field_is_deal(const struct report_row *row, size_t association, size_t subscription);

/* GUIDs are the same in any letter case. buf: FIELD_GUID_TEXT bytes. Returns s, or its lower case in buf. */
struct str guid_lower(struct str s, char *buf);

#endif
