/* Rows of the reports on what customers used: a row for each line of a month, and months before that are told again. */
#include <inttypes.h>

#include "services/generate/report_rows.h"

#define MICRO	1000000
#define NO_GUID "00000000-0000-0000-0000-000000000000"

/* Which lines a report has rows of, and how such a row is filled and put. */
struct line_report {
	bool (*takes)(const struct report_job *job, const struct customer *c, const struct line *l);
	void (*put)(struct report_job *job, const struct customer *c, const struct line *l);
};

/* The lines of a customer that the report takes, as they stand at its month. */
static size_t lines_taken(const struct report_job *job, const struct line_report *report,
	const struct customer *c, uint32_t later, struct line lines[POPULATION_LINES_MAX])
{
	month_no m = job->month - (month_no)later;
	size_t n = m < job->of->o.from ? 0 : customer_lines(c, m, later, lines), taken = 0;

	for (size_t i = 0; i < n; i++)
		if (report->takes(job, c, &lines[i]))
			lines[taken++] = lines[i];
	return taken;
}

/* Whether the report has something to restate of a month before. */
static bool restates(const struct report_job *job, const struct line_report *report, uint32_t later)
{
	struct line lines[POPULATION_LINES_MAX];
	struct customer c;

	for (uint32_t i = 0; i < job->partner->n_customers; i++) {
		size_t n;

		customer_draw(job->partner, i, &c);
		n = lines_taken(job, report, &c, later, lines);
		for (size_t k = 0; k < n; k++)
			if (lines[k].corrected_after == later)
				return true;
	}
	return false;
}

/* The lines of the month, and all lines of a month before of which something is restated: a month that is told is told
 * whole, so that what is missing in it is gone. */
static void each_line(struct report_job *job, const struct line_report *report)
{
	struct line lines[POPULATION_LINES_MAX];
	struct customer c;

	for (uint32_t later = 0; later <= CORRECTED_AFTER_MAX; later++) {
		if (later > 0 && !restates(job, report, later))
			continue;
		for (uint32_t i = 0; i < job->partner->n_customers; i++) {
			size_t n;

			customer_draw(job->partner, i, &c);
			n = lines_taken(job, report, &c, later, lines);
			if (n > 0)
				job_fill_customer(job, &c);
			for (size_t k = 0; k < n; k++) {
				job_next_row(job);
				CELL(job, F_MONTH) = job_month(job, job->month - (month_no)later);
				job_fill_association(job, &c, lines[k].association);
				report->put(job, &c, &lines[k]);
			}
		}
	}
}

static bool takes_azure(
	const struct report_job *job, const struct customer *c, const struct line *l)
{
	(void)job;
	(void)c;
	return l->kind == LINE_AZURE;
}

static void put_azure(struct report_job *job, const struct customer *c, const struct line *l)
{
	const struct scene_service *s = &job->of->world->scene.services[l->item];
	int64_t hundredths = l->amount_micro * 100 / s->usd_per_unit_micro;

	job_fill_subscription(job, c, l->number, s->levels[1]);
	CELL(job, F_LEVEL_1) = s->levels[0];
	CELL(job, F_LEVEL_2) = s->levels[1];
	CELL(job, F_LEVEL_3) = s->levels[2];
	CELL(job, F_LEVEL_4) = s->levels[3];
	CELL(job, F_GROUP_2) = s->groups[0];
	CELL(job, F_GROUP_3) = s->groups[1];
	CELL(job, F_INFLUENCER) = s->influencer;
	CELL(job, F_OS) = s->os;
	CELL(job, F_SOFTWARE) = s->software;
	CELL(job, F_UNITS) = s->unit;
	CELL(job, F_QUANTITY) = scratch_put(
		&job->text, "%" PRId64 ".%02d", hundredths / 100, (int)(hundredths % 100));
	CELL(job, F_ACR) = job_usd(job, l->amount_micro);
	CELL(job, F_DUPLICATE) = STR("0");
	CELL(job, F_ADMIN_TYPE) = CELL(job, F_ASSOCIATION_TYPE) = (struct str){ NULL, 0 };
	job_put(job);
	if (l->second == NULL)
		return;
	job_fill_association(job, c, l->second);
	CELL(job, F_DUPLICATE) = STR("1");
	CELL(job, F_ADMIN_TYPE) = STR("User");
	CELL(job, F_ASSOCIATION_TYPE) = STR("Subscription");
	job_put(job);
}

/* A registered deal that has no customer yet. */
static void put_deal(struct report_job *job)
{
	const struct scene *s = &job->of->world->scene;
	const struct draw_key *k = &job->partner->key;

	if (s->deal_attribution.n == 0 ||
		draw_below(k, DRAW_DEAL, (uint64_t)job->month, 100) >= job->of->world->deals)
		return;
	memset(job->cells, 0, sizeof job->cells);
	job_fill_partner(job);
	CELL(job, F_SUBSCRIPTION) = STR(NO_GUID);
	CELL(job, F_TENANT) = CELL(job, F_CUSTOMER_NAME) = CELL(job, F_SEGMENT) = s->deal_customer;
	CELL(job, F_ATTRIBUTION) = s->deal_attribution;
	CELL(job, F_LEVEL_1) = s->services[0].levels[0];
	CELL(job, F_LEVEL_2) = s->services[0].levels[1];
	CELL(job, F_ACR) = job_usd(job, s->deal_usd_micro);
	job_put(job);
}

void rows_azure(struct report_job *job)
{
	each_line(job, &(struct line_report){ takes_azure, put_azure });
	put_deal(job);
}

/* ---- seats ---------------------------------------------------------------------------------------------------------- */

static void fill_seats(struct report_job *job, const struct customer *c, const struct line *l)
{
	const struct shelf_product *p = line_product(job->of->shelf, l);

	job_fill_subscription(job, c, l->number, p->name);
	CELL(job, F_WORKLOAD) = p->name;
	CELL(job, F_SEATS) = job_whole(job, l->seats_micro);
	CELL(job, F_ACTIVE) = job_whole(job, l->amount_micro);
}

/* The columns of the report on mobility that are about a product: found by the product's own names. */
static const struct mobility_columns {
	struct str prefix; /* of the columns, and a name of the product */
	enum report_field seats, active;
} mobility_columns[] = {
	{ STR_INIT("AADP"), F_AADP_SEATS, F_AADP_ACTIVE },
	{ STR_INIT("Intune"), F_INTUNE_SEATS, F_INTUNE_ACTIVE },
	{ STR_INIT("Azip"), F_AZIP_SEATS, F_AZIP_ACTIVE },
	{ STR_INIT("AATP"), F_EMPTY, F_AATP_ACTIVE },
};
#define N_MOBILITY (sizeof mobility_columns / sizeof *mobility_columns)

static const struct mobility_columns *mobility_of(
	const struct report_job *job, const struct line *l)
{
	const struct shelf_product *p = line_product(job->of->shelf, l);

	for (size_t i = 0; i < N_MOBILITY; i++)
		if (shelf_is_called(p, mobility_columns[i].prefix))
			return &mobility_columns[i];
	return NULL;
}

static bool is_claimed(const struct line *l)
{
	return l->association->kind == ASSOC_CPOR;
}

static bool takes_claim(
	const struct report_job *job, const struct customer *c, const struct line *l)
{
	(void)job;
	return l->kind == LINE_SEATS && is_claimed(l) && customer_claim_is_approved(c);
}

static void put_claim(struct report_job *job, const struct customer *c, const struct line *l)
{
	fill_seats(job, c, l);
	CELL(job, F_CLAIM) = scratch_put(&job->text, "CL%09u",
		(unsigned)(draw(&c->key, DRAW_CLAIM, 1 + l->number) % 1000000000));
	CELL(job, F_ASSOCIATED) = job_day(job, customer_claim_day(c));
	job_put(job);
}

void rows_claims(struct report_job *job)
{
	each_line(job, &(struct line_report){ takes_claim, put_claim });
}

static bool takes_office(
	const struct report_job *job, const struct customer *c, const struct line *l)
{
	(void)c;
	return l->kind == LINE_SEATS && !is_claimed(l) && mobility_of(job, l) == NULL;
}

static void put_office(struct report_job *job, const struct customer *c, const struct line *l)
{
	fill_seats(job, c, l);
	job_put(job);
}

void rows_office(struct report_job *job)
{
	each_line(job, &(struct line_report){ takes_office, put_office });
}

static bool takes_mobility(
	const struct report_job *job, const struct customer *c, const struct line *l)
{
	(void)c;
	return l->kind == LINE_SEATS && !is_claimed(l) && mobility_of(job, l) != NULL;
}

/* A row for each product; the columns of the others stay empty, so that no row speaks of what it is not about. */
static void put_mobility(struct report_job *job, const struct customer *c, const struct line *l)
{
	const struct mobility_columns *m = mobility_of(job, l);
	fill_seats(job, c, l);
	for (size_t i = 0; i < N_MOBILITY; i++)
		CELL(job, mobility_columns[i].seats) = CELL(job, mobility_columns[i].active) =
			(struct str){ NULL, 0 };
	CELL(job, m->active) = CELL(job, F_ACTIVE);
	if (m->seats != F_EMPTY)
		CELL(job, m->seats) = CELL(job, F_SEATS);
	job_put(job);
}

void rows_mobility(struct report_job *job)
{
	each_line(job, &(struct line_report){ takes_mobility, put_mobility });
}

/* ---- what else is sold ---------------------------------------------------------------------------------------------- */

static bool takes_revenue(
	const struct report_job *job, const struct customer *c, const struct line *l)
{
	(void)job;
	(void)c;
	return l->kind == LINE_REVENUE;
}

static void put_revenue(struct report_job *job, const struct customer *c, const struct line *l)
{
	CELL(job, F_WORKLOAD) = line_product(job->of->shelf, l)->name;
	job_fill_subscription(job, c, l->number, CELL(job, F_WORKLOAD));
	CELL(job, F_REVENUE) = job_usd(job, l->amount_micro);
	job_put(job);
}

void rows_revenue(struct report_job *job)
{
	each_line(job, &(struct line_report){ takes_revenue, put_revenue });
}

static bool takes_value(
	const struct report_job *job, const struct customer *c, const struct line *l)
{
	(void)job;
	(void)c;
	return l->kind == LINE_VALUE;
}

static void put_value(struct report_job *job, const struct customer *c, const struct line *l)
{
	bool capacity = line_product(job->of->shelf, l)->measure == MEASURE_CAPACITY;
	CELL(job, F_WORKLOAD) = line_product(job->of->shelf, l)->name;
	job_fill_subscription(job, c, l->number, CELL(job, F_WORKLOAD));
	CELL(job, F_METRIC_TYPE) = STR("Paid");
	CELL(job, F_MAU) = capacity ? STR("0") : job_whole(job, l->amount_micro);
	CELL(job, F_PAMAU) = CELL(job, F_MAU);
	CELL(job, F_MAC) = capacity ? job_whole(job, l->amount_micro) : STR("0");
	job_put(job);
}

void rows_usage(struct report_job *job)
{
	each_line(job, &(struct line_report){ takes_value, put_value });
}

static bool has_own_report(const struct report_job *job, const struct line *l)
{
	const struct scene_names *names = &job->of->world->analytics;

	for (size_t i = 0; i < names->n; i++)
		if (shelf_is_called(line_product(job->of->shelf, l), names->items[i]))
			return true;
	return false;
}

/* Licences of what is used: some more than there are users. */
static void put_licence(struct report_job *job, const struct customer *c, const struct line *l)
{
	int64_t users = l->amount_micro / MICRO, seats = users + users / 4 + 1;

	CELL(job, F_WORKLOAD) = line_product(job->of->shelf, l)->name;
	job_fill_subscription(job, c, l->number, CELL(job, F_WORKLOAD));
	CELL(job, F_SEATS) = scratch_put(&job->text, "%" PRId64, seats);
	CELL(job, F_ASSIGNED) = scratch_put(&job->text, "%" PRId64, users + users / 8);
	CELL(job, F_ACTIVE) = scratch_put(&job->text, "%" PRId64, users);
	CELL(job, F_OPPORTUNITY) = scratch_put(&job->text, "%" PRId64, seats - users);
	CELL(job, F_ACTIVE_PERCENT) = scratch_put(&job->text, "%" PRId64, users * 100 / seats);
	job_put(job);
}

static bool is_licensed(const struct report_job *job, const struct line *l, bool own)
{
	return l->kind == LINE_VALUE && line_product(job->of->shelf, l)->measure == MEASURE_MAU &&
	       has_own_report(job, l) == own;
}

static bool takes_dynamics(
	const struct report_job *job, const struct customer *c, const struct line *l)
{
	(void)c;
	return is_licensed(job, l, false);
}

void rows_dynamics(struct report_job *job)
{
	each_line(job, &(struct line_report){ takes_dynamics, put_licence });
}

static bool takes_analytics(
	const struct report_job *job, const struct customer *c, const struct line *l)
{
	(void)c;
	return is_licensed(job, l, true);
}

void rows_analytics(struct report_job *job)
{
	each_line(job, &(struct line_report){ takes_analytics, put_licence });
}
