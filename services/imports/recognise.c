#include "services/imports/recognise.h"

static const struct report *const reports[] = {
	&report_azure,
	&report_trainings,
	&report_completions,
	&report_profile,
	&report_customers,
	&report_subscriptions,
	&report_cpor,
	&report_office,
	&report_mobility,
	&report_business_revenue,
	&report_business_usage,
	&report_dynamics,
	&report_power_bi,
	&report_teams_meetings,
	&report_teams_workloads,
	&report_teams_apps,
	&report_learn,
	&report_resellers,
	&report_csp_eligibility,
	&report_side_offers,
	&report_side_production,
	&report_side_products,
	&report_side_links,
	&report_side_attestations,
};
#define N_REPORTS (sizeof reports / sizeof *reports)

const struct report *const *reports_all(size_t *ret_n)
{
	*ret_n = N_REPORTS;
	return reports;
}

/* Equal in letters and digits, ASCII case ignored: "PGA_MPNID" is "PgaMpnId". */
static bool same_name(struct str a, const char *name)
{
	struct str b = str_from(name);
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.n && strchr(" _-", a.p[i]) != NULL)
			i++;
		while (j < b.n && strchr(" _-", b.p[j]) != NULL)
			j++;
		if (i == a.n || j == b.n)
			return i == a.n && j == b.n;
		if (!str_eq_nocase((struct str){ a.p + i, 1 }, (struct str){ b.p + j, 1 }))
			return false;
		i++;
		j++;
	}
}

static int field_named(const struct csv *c, const char *name)
{
	for (size_t i = 0; i < c->n_fields; i++)
		if (same_name(csv_trimmed(c, i), name))
			return (int)i;
	return -1;
}

/* The field of a column: under its own name, otherwise under the first alias that the header has. */
static int field_of_column(
	const struct csv *c, const struct report_column *col, const char **ret_name)
{
	int f = field_named(c, *ret_name = col->name);

	for (size_t i = 0; f < 0 && i < COLUMN_ALIASES_MAX && col->aliases[i] != NULL; i++)
		f = field_named(c, *ret_name = col->aliases[i]);
	return f;
}

/* Names of the header that the report has, though it does not read them. */
static size_t count_marks(const struct csv *c, const struct report *rep)
{
	size_t n = 0;

	for (const char *const *mark = rep->marks; mark != NULL && *mark != NULL; mark++)
		n += field_named(c, *mark) >= 0;
	return n;
}

static bool is_required(const struct report_column *c)
{
	return (c->is & COLUMN_REQUIRED) != 0;
}

static struct header_match match_report(const struct csv *c, const struct report *rep)
{
	struct header_match m = { .report = rep, .n_known = count_marks(c, rep) };

	for (size_t i = 0; i < rep->n_columns; i++) {
		m.field_of[i] = field_of_column(c, &rep->columns[i], &m.name_of[i]);
		m.n_required += is_required(&rep->columns[i]);
		m.n_missing += is_required(&rep->columns[i]) && m.field_of[i] < 0;
		m.n_known += m.field_of[i] >= 0;
	}
	return m;
}

/* The name in the header that looks most like a missing column, or an empty text. */
static struct str near_name(const struct csv *c, const char *name)
{
	struct str best = { NULL, 0 };
	unsigned distance = 4;

	for (size_t i = 0; i < c->n_fields; i++) {
		struct str t = csv_trimmed(c, i);
		unsigned d = str_distance(t, str_from(name), distance);

		if (d < distance && str_is_clean_utf8(t)) {
			distance = d;
			best = t;
		}
	}
	return best;
}

#define NO_REPORT "line 1 is not the header of a report that is known here"

static int unknown_header(const struct csv *c, const struct header_match *nearest, struct err *e)
{
	char text[ERR_TEXT_MAX];
	struct sink s;
	const char *comma = "";

	if (nearest->n_missing == nearest->n_required)
		return err_set(e, ERR_UNSUPPORTED,
			NO_REPORT
			", nor are the lines events in JSON; `capscore import --help` names "
			"those that are");
	sink_init(&s, text, sizeof text);
	for (size_t i = 0; i < nearest->report->n_columns; i++) {
		const struct report_column *col = &nearest->report->columns[i];
		struct str near;

		if (!is_required(col) || nearest->field_of[i] >= 0)
			continue;
		near = near_name(c, col->name);
		sink_printf(&s, "%s%s", comma, col->name);
		if (near.n > 0)
			sink_printf(&s, " (is it '" STR_FMT "'?)", STR_ARG(near));
		comma = ", ";
	}
	return err_set(e, ERR_UNSUPPORTED, NO_REPORT "; nearest: %s, without %s",
		nearest->report->name, text);
}

static bool has_byte(struct str s, char byte)
{
	return s.n > 0 && memchr(s.p, byte, s.n) != NULL;
}

/* What shows in a header that the file is of another kind, however well its names read. */
static int check_form(const struct csv *c, struct err *e)
{
	for (size_t i = 0; i < c->n_fields; i++) {
		struct str s = c->fields[i].text;

		if (has_byte(s, '\0'))
			return err_set(e, ERR_UNSUPPORTED,
				"the file is UTF-16, or no text; save it as UTF-8 (in Excel: CSV UTF-8)");
		if (!c->fields[i].quoted && has_byte(s, '\r'))
			return err_set(e, ERR_UNSUPPORTED,
				"lines end with CR alone; save the file with LF or CRLF");
	}
	if (c->n_fields == 1 && has_byte(c->fields[0].text, ';'))
		return err_set(e, ERR_UNSUPPORTED,
			"line 1 is separated by semicolons; save the file with commas or tabs");
	return 0;
}

/* A column that stands twice has two values; which one is meant is not guessed. */
static int check_twice(const struct csv *c, const struct header_match *m, struct err *e)
{
	for (size_t i = 0; i < m->report->n_columns; i++) {
		int f = m->field_of[i];

		if (f < 0)
			continue;
		for (size_t k = (size_t)f + 1; k < c->n_fields; k++)
			if (same_name(csv_trimmed(c, k), m->name_of[i]))
				return err_set(e, ERR_UNSUPPORTED,
					"the header has column %s twice (fields %d and %zu); leave out one",
					m->name_of[i], f + 1, k + 1);
	}
	return 0;
}

/* A whole header comes before one that lacks columns; then the one that lacks the smaller share; then the one that
 * knows more of the names. */
static bool is_nearer(const struct header_match *a, const struct header_match *b)
{
	size_t lacks_a = a->n_missing * b->n_required, lacks_b = b->n_missing * a->n_required;

	return lacks_a != lacks_b ? lacks_a < lacks_b : a->n_known > b->n_known;
}

int header_recognise(const struct csv *c, struct header_match *ret_m, struct err *e)
{
	struct header_match best = match_report(c, reports[0]);
	int rc = check_form(c, e);

	if (rc != 0)
		return rc;
	for (size_t i = 1; i < N_REPORTS; i++) {
		struct header_match m = match_report(c, reports[i]);

		if (is_nearer(&m, &best))
			best = m;
	}
	if (best.n_missing > 0)
		return unknown_header(c, &best, e);
	*ret_m = best;
	return check_twice(c, &best, e);
}

int header_read(struct csv *c, struct input *in, struct header_match *ret_m, struct err *e)
{
	int rc = csv_init(c, in, e);

	if (rc == 0)
		rc = csv_next(c, e);
	if (rc == ERR_NOTFOUND)
		return err_set(e, ERR_UNSUPPORTED, "the file is empty");
	if (rc == ERR_SYNTAX)
		return err_set(e, ERR_UNSUPPORTED, "line %u, column %u: no header can be read: %s",
			c->fault_line, c->fault_column, csv_fault_remedy(c->fault));
	return rc == 0 ? header_recognise(c, ret_m, e) : rc;
}
