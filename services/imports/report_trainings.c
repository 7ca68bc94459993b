/* The trainings, exams and certifications report, and the TrainingCompletions data set of the report API: certificates
 * and assessments of people.
 *
 * The export carries first and last name and two e-mail addresses. Those columns are not in the table below, so
 * they are never looked at; the certification profile id is hashed with the person key as soon as it is read. */
#include <stdio.h>

#include "services/imports/fields.h"
#include "services/imports/late.h"
#include "services/imports/person_key.h"
#include "services/imports/titles.h"
#include "services/imports/training_rows.h"

enum { COL_PARTNER, COL_TITLE, COL_TYPE, COL_COMPLETED, COL_EXPIRES, COL_STATUS, COL_PROFILE };

#define COMMON                                                                                     \
	[COL_TITLE] = { "TrainingTitle", { NULL }, COLUMN_REQUIRED },                              \
	[COL_TYPE] = { "TrainingType", { NULL }, COLUMN_REQUIRED },                                \
	[COL_COMPLETED] = { "TrainingCompletionDate", { "CompletionDate" },                        \
		COLUMN_REQUIRED | COLUMN_DATE },                                                   \
	[COL_EXPIRES] = { "ExpirationDate", { "TrainingExpirationDate" }, COLUMN_DATE },           \
	[COL_STATUS] = { "ActivationStatus", { NULL }, 0 },                                        \
	[COL_PROFILE] = { "MCPID", { "McpProfileId" }, COLUMN_REQUIRED | COLUMN_PERSON }

static const struct report_column columns[] = {
	[COL_PARTNER] = { "PGAMpnId", { "PGAPartnerID", "GlobalPartnerID" }, COLUMN_REQUIRED },
	COMMON,
};
static const char *const marks[] = { "TrainingActivityId", "IndividualFirstName",
	"IndividualLastName", "Email", "CorpEmail", "Month", "IcMCP", "MpnId", "PartnerName",
	"PartnerCityLocation", "PartnerCountryLocation", NULL };
static const char *const lacks[] = {
	"since when a person is linked to the partner (a side file can say)",
	"the codes of certificates: titles are looked up in the editions of the rules",
	NULL,
};

/* The data set knows locations instead of global accounts, and neither expiry nor status. */
static const struct report_column completions_columns[] = {
	[COL_PARTNER] = { "MPNID", { "PartnerID" }, COLUMN_REQUIRED },
	COMMON,
};
static const char *const completions_marks[] = { "TrainingActivityId", "AADUserId", "Month",
	"IcMCP", "PartnerName", "PartnerCityLocation", "PartnerCountryLocation", NULL };
static const char *const completions_lacks[] = {
	"when a certificate expires, or whether it was revoked: until a download of the trainings report says so it "
	"counts without an end",
	"since when a person is linked to the partner (a side file can say)",
	"the codes of certificates: titles are looked up in the editions of the rules",
	NULL,
};

struct trainings {
	struct reading *r;
	struct gather *g;
	struct person_key key;
	struct titles *titles;	   /* NULL until a title is looked up */
	struct training_row *rows; /* of one certificate, while they are merged */
	struct date_orders orders; /* as the dates of the file show them */
	struct late late;	   /* rows whose dates wait for that order */
	uint64_t endless; /* certificates without an expiry that were earned more than a year ago */
};

#define LIES_BEFORE "it expires before it was earned; which of the two dates is wrong?"
#define ROWS_BYTES  (GATHER_GROUP_MAX * sizeof(struct training_row))

static int trainings_create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	const struct alloc *a = r->options->a;
	struct trainings *z = mem_zalloc(a, sizeof *z);
	int rc = 0;

	if (z != NULL)
		z->rows = mem_alloc(a, ROWS_BYTES);
	if (z == NULL || z->rows == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for the rows");
	if (rc == 0) {
		late_init(&z->late, a);
		z->r = r;
		z->g = g;
		rc = r->options->person_key(r->options->person_key_ctx, &z->key, e);
	}
	if (rc == 0) {
		*ret_state = z;
		return 0;
	}
	if (z != NULL) {
		mem_free(a, z->rows, ROWS_BYTES);
		late_fini(&z->late);
	}
	mem_free(a, z, sizeof *z);
	return rc;
}

static void trainings_destroy(void *state)
{
	struct trainings *z = state;
	const struct alloc *a;

	if (z == NULL)
		return;
	a = z->r->options->a;
	titles_destroy(z->titles);
	late_fini(&z->late);
	mem_free(a, z->rows, ROWS_BYTES);
	mem_free(a, z, sizeof *z);
}

static bool holds(struct str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (str_eq_nocase((struct str){ s.p + i, n }, (struct str){ word, n }))
			return true;
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The exam code that a title starts with ("AZ-800: ...", "Exam AZ-800 ..."): two or three letters, a hyphen, three
 * digits. */
static bool exam_code(struct str title, struct str *ret_code)
{
	size_t letters = 0;

	if (title.n > 5 && str_eq_nocase((struct str){ title.p, 5 }, STR("Exam "))) {
		title.p += 5;
		title.n -= 5;
	}
	while (letters < title.n && is_letter(title.p[letters]))
		letters++;
	if (letters < 2 || letters > 3 || title.n < letters + 4 || title.p[letters] != '-')
		return false;
	for (size_t i = letters + 1; i < letters + 4; i++)
		if (!is_digit(title.p[i]))
			return false;
	if (title.n > letters + 4 &&
		(is_letter(title.p[letters + 4]) || is_digit(title.p[letters + 4])))
		return false;
	*ret_code = (struct str){ title.p, letters + 4 };
	return true;
}

/* Which certificate or assessment the row speaks of; false when it speaks of none that counts. */
static bool find_certificate(
	const struct report_row *row, struct str *ret_certificate, enum fact_kind *ret_kind)
{
	struct str type = row_text(row, COL_TYPE), title = row_text(row, COL_TITLE);

	*ret_certificate = title;
	*ret_kind = holds(type, "assess") ? FACT_ASSESSMENT : FACT_CERTIFICATION;
	if (!holds(type, "exam")) {
		if (*ret_kind == FACT_ASSESSMENT || holds(type, "certif"))
			return true;
		row_pass_over(row, "not-a-certification");
		return false;
	}
	if (!exam_code(title, ret_certificate)) {
		row_pass_over(row, "exam-without-code");
		return false;
	}
	/* An exam that was passed once says nothing about today. */
	if (row_text(row, COL_EXPIRES).n == 0 && row_text(row, COL_STATUS).n == 0) {
		row_pass_over(row, "exam-without-validity");
		return false;
	}
	return true;
}

static bool read_status(const struct report_row *row, enum certification_state *ret)
{
	static const struct {
		const char *text;
		enum certification_state state;
	} states[] = { { "", CERT_EARNED }, { "active", CERT_EARNED }, { "expired", CERT_EXPIRED },
		{ "inactive", CERT_REVOKED }, { "revoked", CERT_REVOKED } };
	struct str s = row_text(row, COL_STATUS);

	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (str_eq_nocase(s, str_from(states[i].text))) {
			*ret = states[i].state;
			return true;
		}
	row_refuse(row, COL_STATUS, REASON_STATUS, "none of Active, Expired, Inactive, Revoked");
	return false;
}

static bool read_date(
	struct trainings *z, const struct report_row *row, size_t column, struct date_read *ret)
{
	if (date_read(row_text(row, column), ret) != 0) {
		row_refuse(row, column, REASON_DATE,
			"not a date between 2000-01-01 and 2199-12-31; write YYYY-MM-DD");
		return false;
	}
	date_orders_see(&z->orders, ret);
	return true;
}

static bool read_row(struct trainings *z, const struct report_row *row, struct training_row *x,
	struct str *ret_partner, struct str *ret_profile)
{
	struct str ignored;

	if (!row_required(row, COL_PARTNER, EVENT_PARTNER_MAX,
		    "the global account id of the partner", ret_partner) ||
		!row_required(row, COL_PROFILE, EVENT_NAME_MAX, "people are told apart by it",
			ret_profile) ||
		!row_required(
			row, COL_TITLE, EVENT_NAME_MAX, "the certificate is needed", &ignored) ||
		!row_required(row, COL_COMPLETED, EVENT_NAME_MAX, "the day it was earned is needed",
			&ignored) ||
		!read_status(row, &x->state) || !read_date(z, row, COL_COMPLETED, &x->completed))
		return false;
	x->does_expire = row_text(row, COL_EXPIRES).n > 0;
	if (x->does_expire && !read_date(z, row, COL_EXPIRES, &x->expires))
		return false;
	if (x->state == CERT_EXPIRED && !x->does_expire) {
		row_refuse(row, COL_EXPIRES, REASON_MISSING,
			"an expired certificate needs the day it expired");
		return false;
	}
	if (x->does_expire && x->completed.day != DAY_NONE && x->expires.day != DAY_NONE &&
		x->expires.day < x->completed.day) {
		row_refuse(row, COL_EXPIRES, REASON_DATE, "%s", LIES_BEFORE);
		return false;
	}
	x->at = row->at;
	x->completed_at = row_place(row, COL_COMPLETED);
	x->expires_at = row_place(row, COL_EXPIRES);
	return true;
}

static int note_scope(struct trainings *z, struct str partner, bool refused)
{
	return gather_scope(z->g, partner, (enum measure)0, MONTH_NONE, refused);
}

static int add_row(struct trainings *z, const struct training_row *x, struct str partner,
	struct str profile, struct str certificate, enum fact_kind kind)
{
	struct event ev = { .kind = kind, .subject = partner };
	char buf[PERSON_ID_TEXT];
	struct str person = person_of(&z->key, profile, buf);

	if (kind == FACT_ASSESSMENT) {
		ev.u.assessment.person = person;
		ev.u.assessment.assessment = certificate;
	} else {
		ev.u.certification.person = person;
		ev.u.certification.certificate = certificate;
	}
	return gather_row(z->g, &ev, MONTH_NONE, (struct span){ x, sizeof *x }, x->at);
}

/* A title that no edition names is kept, and counts as soon as one does. Returns 0 or ERR_NOMEM. */
static int look_up(struct trainings *z, struct str title)
{
	struct unknown *u;
	struct str near;
	int rc = z->titles == NULL ? titles_create(z->r->options->a, &z->titles) : 0;

	if (rc != 0)
		return rc;
	if (titles_know(z->titles, title) ||
		!unknowns_add(&z->r->unknowns, UNKNOWN_CERTIFICATE, title, &u))
		return 0;
	near = titles_nearest(z->titles, title);
	if (near.n > 0)
		memcpy(u->nearest, near.p, near.n);
	u->nearest[near.n] = '\0';
	return 0;
}

static void count_endless(struct trainings *z, const struct training_row *x)
{
	if (!x->does_expire && x->completed.day != DAY_NONE &&
		x->completed.day + 366 < day_of_ms(z->r->recorded))
		z->endless++;
}

static int trainings_row(void *state, const struct report_row *row)
{
	struct trainings *z = state;
	struct training_row x;
	struct str certificate, partner, profile;
	enum fact_kind kind;
	int rc;

	memset(&x, 0, sizeof x); /* its bytes are kept, also those between the members */
	x.expires_on = DAY_NONE;
	if (!find_certificate(row, &certificate, &kind))
		return note_scope(z, row_text(row, COL_PARTNER), false);
	if (!read_row(z, row, &x, &partner, &profile))
		return note_scope(z, row_text(row, COL_PARTNER), true);
	rc = note_scope(z, partner, false);
	if (rc == 0)
		rc = look_up(z, certificate);
	if (rc != 0)
		return rc;
	if (kind == FACT_ASSESSMENT && x.state == CERT_REVOKED) {
		row_pass_over(row, "assessment-not-active");
		return 0;
	}
	count_endless(z, &x);
	if (x.completed.day == DAY_NONE || (x.does_expire && x.expires.day == DAY_NONE))
		rc = late_add(&z->late, row);
	return rc != 0 ? rc : add_row(z, &x, partner, profile, certificate, kind);
}

static int trainings_lost(void *state, const struct report_row *row)
{
	struct str partner = { NULL, 0 };

	if (row != NULL && str_is_clean_utf8(row_text(row, COL_PARTNER)))
		partner = row_text(row, COL_PARTNER);
	return note_scope(state, partner, true);
}

/* ---- giving out -------------------------------------------------------------------------------------------- */

static bool settle(struct trainings *z, const struct date_read *d, enum date_order order,
	struct place at, const char *column, day_no *ret_day)
{
	int rc = date_settle(d, order, ret_day);

	if (rc == ERR_AGAIN)
		reading_refuse(z->r, at, REASON_AMBIGUOUS,
			"%s '%d/%d/%04d': day and month cannot be told apart, and no other date of the file shows their "
			"order; write YYYY-MM-DD, or say --dates mdy or --dates dmy",
			column, d->first, d->second, d->year);
	else if (rc != 0)
		reading_refuse(z->r, at, REASON_DATE,
			"%s '%d/%d/%04d': no such date in this order of day and month", column,
			d->first, d->second, d->year);
	return rc == 0;
}

/* False: the row is refused. */
static bool settle_row(struct trainings *z, struct training_row *x)
{
	enum date_order order = date_orders_get(&z->orders, z->r->options->dates);

	z->r->letter = late_find(&z->late, x->at.line);
	if (!settle(z, &x->completed, order, x->completed_at, columns[COL_COMPLETED].name,
		    &x->completed_on))
		return false;
	if (x->does_expire && !settle(z, &x->expires, order, x->expires_at,
				      columns[COL_EXPIRES].name, &x->expires_on))
		return false;
	if (x->does_expire && x->expires_on < x->completed_on) {
		reading_refuse(z->r, x->expires_at, REASON_DATE, "%s: %s",
			columns[COL_EXPIRES].name, LIES_BEFORE);
		return false;
	}
	return true;
}

static void trainings_combine(void *state, const struct gather_row *rows, size_t n,
	struct event *ev, struct place *ret_at, bool *ret_good, bool *ret_refused)
{
	struct trainings *z = state;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		struct training_row *x = &z->rows[kept];

		memcpy(x, rows[i].bytes.p, sizeof *x);
		if (settle_row(z, x))
			kept++;
		else
			*ret_refused = true;
		z->r->letter.n = 0;
	}
	*ret_good = kept > 0;
	if (kept == 0)
		return;
	training_rows_sort(z->rows, kept);
	if (ev->kind == FACT_ASSESSMENT) {
		ev->u.assessment.passed_on = z->rows[0].completed_on;
		ev->u.assessment.expires_on = z->rows[0].expires_on;
	} else {
		training_rows_merge(z->rows, kept, &ev->u.certification);
	}
	ev->time = (event_ms)z->rows[0].completed_on * MS_PER_DAY;
	*ret_at = z->rows[0].at;
	if (kept > 1)
		tally_add(&z->r->passed, "older-row-of-the-same-certificate", kept - 1);
}

static int trainings_finish(void *state)
{
	const struct trainings *z = state;

	if (z->endless > 0)
		reading_note(z->r,
			"%llu rows were earned more than a year ago and say nothing of expiry: they count, although most "
			"certificates end after a year",
			(unsigned long long)z->endless);
	return 0;
}

const struct report report_trainings = {
	.id = "trainings",
	.name = "Trainings, exams and certifications report",
	.rank = RANK_PEOPLE,
	.personal = true,
	.lacks = lacks,
	.n_columns = sizeof columns / sizeof *columns,
	.columns = columns,
	.marks = marks,
	.create = trainings_create,
	.row = trainings_row,
	.lost = trainings_lost,
	.combine = trainings_combine,
	.finish = trainings_finish,
	.destroy = trainings_destroy,
};

const struct report report_completions = {
	.id = "completions",
	.name = "TrainingCompletions data set",
	.rank = RANK_PEOPLE,
	.personal = true,
	.recorded_at_time = true,
	.lacks = completions_lacks,
	.n_columns = sizeof completions_columns / sizeof *completions_columns,
	.columns = completions_columns,
	.marks = completions_marks,
	.create = trainings_create,
	.row = trainings_row,
	.lost = trainings_lost,
	.combine = trainings_combine,
	.finish = trainings_finish,
	.destroy = trainings_destroy,
};
