#include "services/generate/report_rows.h"

#include <inttypes.h>

#define MICRO	   1000000
#define CENT_MICRO 10000
#define TPID_FIRST 1000000
#define TPID_SPAN  9000000

/* ---- cells -------------------------------------------------------------------------------------------------------- */

struct str job_day(struct report_job *job, day_no d)
{
	char text[DAY_TEXT];

	return d == DAY_NONE ? (struct str){ NULL, 0 }
			     : scratch_put(&job->text, "%s", day_format(d, text));
}

struct str job_month(struct report_job *job, month_no m)
{
	static const char *const names[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	char text[MONTH_TEXT];

	if (job->form == MONTH_DAY)
		return job_day(job, month_first_day(m));
	if (job->form == MONTH_SHORT)
		return scratch_put(&job->text, "%s", month_format(m, text));
	return scratch_put(&job->text, "%s %d", names[m % 12], m / 12);
}

struct str job_pick(const struct scene_names *names, uint64_t drawn)
{
	return names->items[drawn % names->n];
}

struct str job_whole(struct report_job *job, int64_t micro)
{
	return scratch_put(&job->text, "%" PRId64, micro / MICRO);
}

struct str job_usd(struct report_job *job, int64_t micro)
{
	return scratch_put(
		&job->text, "%" PRId64 ".%02d", micro / MICRO, (int)(micro % MICRO / CENT_MICRO));
}

static struct str put_guid(struct report_job *job, const struct draw_key *k, uint64_t index)
{
	char guid[GUID_TEXT];

	return scratch_put(&job->text, "%s",
		draw_guid(k, DRAW_SUBSCRIPTION, DRAW_SUBSCRIPTION_LOW, index, guid));
}

void job_put(struct report_job *job)
{
	struct str cells[F_END];

	for (size_t i = 0; i < job->report->n_columns; i++)
		cells[i] = job->cells[job->report->columns[i].field];
	sheet_row(job->out, &job->style, cells, job->report->n_columns);
	job->rows++;
}

void job_next_row(struct report_job *job)
{
	job->text.used = job->customer_text;
}

/* ---- the partner -------------------------------------------------------------------------------------------------- */

void job_fill_location(struct report_job *job, uint32_t location)
{
	char id[PARTNER_ID_TEXT];

	CELL(job, F_LOCATION_ID) =
		scratch_put(&job->text, "%s", partner_location(job->partner, location, id));
	CELL(job, F_HIERARCHY) = job->partner->n_locations > 1 ? STR("Location") : STR("HQ");
}

void job_fill_partner(struct report_job *job)
{
	const struct partner *p = job->partner;
	const struct scene *s = &job->of->world->scene;

	memset(job->cells, 0, sizeof job->cells);
	job->text.used = 0;
	CELL(job, F_GLOBAL) = scratch_put(&job->text, "%s", p->id);
	CELL(job, F_PARTNER_NAME) = scratch_put(&job->text, STR_FMT " Cloud %u",
		STR_ARG(job_pick(&s->companies, draw(&p->key, DRAW_COMPANY, 0) >> 8)), p->index);
	CELL(job, F_GLOBAL_NAME) = CELL(job, F_PARTNER_NAME);
	CELL(job, F_PARTNER_CITY) = p->city;
	CELL(job, F_PARTNER_COUNTRY) = p->market->country;
	CELL(job, F_PARTNER_PLACE) = scratch_put(
		&job->text, STR_FMT ", " STR_FMT, STR_ARG(p->city), STR_ARG(p->market->country));
	CELL(job, F_MONTH) = job_month(job, job->month);
	CELL(job, F_DUPLICATE) = STR("0");
	job_fill_location(job, 0);
	job->partner_text = job->customer_text = job->text.used;
}

/* The account itself and each of its locations. */
void rows_profile(struct report_job *job)
{
	CELL(job, F_LOCATION_ID) = CELL(job, F_GLOBAL);
	CELL(job, F_HIERARCHY) = job->partner->n_locations > 1 ? STR("Global") : STR("HQ");
	job_put(job);
	for (uint32_t i = 0; i < job->partner->n_locations && job->partner->n_locations > 1; i++) {
		job_next_row(job);
		job_fill_location(job, i);
		job_put(job);
	}
}

/* ---- the customer ------------------------------------------------------------------------------------------------- */

void job_fill_customer(struct report_job *job, const struct customer *c)
{
	const struct scene *s = &job->of->world->scene;
	const struct draw_key *k = &c->key;
	struct str industry = job_pick(&s->industries, draw(k, DRAW_INDUSTRY, 0) >> 8);
	struct str company = job_pick(&s->companies, draw(k, DRAW_COMPANY, 0) >> 8);
	unsigned tpid = (unsigned)(TPID_FIRST + draw_below(k, DRAW_TPID, 0, TPID_SPAN));

	job->text.used = job->partner_text;
	job_fill_location(job, c->location);
	CELL(job, F_TENANT) = scratch_put(&job->text, "%s", c->tenant);
	CELL(job, F_CUSTOMER_ID) = CELL(job, F_TENANT);
	CELL(job, F_CUSTOMER_NAME) = scratch_put(&job->text, STR_FMT " " STR_FMT, STR_ARG(company),
		STR_ARG(job_pick(&s->endings, draw(k, DRAW_ENDING, 0) >> 8)));
	CELL(job, F_TENANT_NAME) = CELL(job, F_CUSTOMER_NAME);
	CELL(job, F_DOMAIN) = scratch_put(&job->text, "tenant%u.example", tpid);
	CELL(job, F_TPID) = scratch_put(&job->text, "%u", tpid);
	CELL(job, F_DUNS) = scratch_put(&job->text, "%09u", tpid * 7);
	CELL(job, F_SEGMENT) = c->segment->name;
	CELL(job, F_TOP_SEGMENT) = c->segment->name;
	CELL(job, F_MARKET) = c->market->country;
	CELL(job, F_COUNTRY_CODE) = c->market->code;
	CELL(job, F_CUSTOMER_STATUS) = STR("Active");
	CELL(job, F_INDUSTRY) = industry;
	CELL(job, F_VERTICAL) = industry;
	CELL(job, F_EOU) = STR("Commercial");
	job->customer_text = job->text.used;
}

void job_fill_association(
	struct report_job *job, const struct customer *c, const struct world_association *a)
{
	const struct scene *s = &job->of->world->scene;
	uint64_t reseller = draw(&c->key, DRAW_RESELLER, 0) >> 8;
	bool resold = a->kind == ASSOC_CSP_TIER_1 || a->kind == ASSOC_CSP_TIER_2;

	CELL(job, F_ATTRIBUTION) = a->name;
	CELL(job, F_CHANNEL) = a->channel;
	CELL(job, F_RESELLER_NAME) = CELL(job, F_RESELLER_ID) = CELL(job, F_ENROLLMENT) =
		(struct str){ NULL, 0 };
	if (resold) {
		CELL(job, F_RESELLER_NAME) = job_pick(&s->resellers, reseller);
		CELL(job, F_RESELLER_ID) = scratch_put(
			&job->text, "%u", (unsigned)(9000000 + reseller % s->resellers.n));
	} else {
		CELL(job, F_ENROLLMENT) = scratch_put(&job->text, "%u",
			(unsigned)(70000000 + draw_below(&c->key, DRAW_TPID, 1, 9999999)));
	}
}

void job_fill_subscription(
	struct report_job *job, const struct customer *c, uint32_t number, struct str product)
{
	day_no start =
		month_first_day(c->joined) + (day_no)draw_below(&c->key, DRAW_START, number, 20);
	bool ended = c->left != MONTH_NONE && job->month + 1 == c->left;

	CELL(job, F_SUBSCRIPTION) = put_guid(job, &c->key, number);
	CELL(job, F_SUBSCRIPTION_START) = job_day(job, start);
	CELL(job, F_FIRST_USE) = job_day(job, start + 3);
	CELL(job, F_SUBSCRIPTION_END) =
		job_day(job, ended ? month_first_day(c->left) - 1 : DAY_NONE);
	CELL(job, F_SUBSCRIPTION_STATE) = STR("Active");
	CELL(job, F_SUBSCRIPTION_MONTH) = job_month(job, c->joined);
	CELL(job, F_AUTO_RENEW) = STR("1");
	CELL(job, F_PRICING) = STR("Standard");
	CELL(job, F_SKU) = CELL(job, F_SKU_GROUP) = product;
	CELL(job, F_SKU_ID) = CELL(job, F_PART_NUMBER) = scratch_put(&job->text, "SKU-%04x",
		(unsigned)(draw(&c->key, DRAW_SUBSCRIPTION_COUNT, number) & 0xffff));
	CELL(job, F_FREE) = STR("Paid");
	CELL(job, F_SALES_MODEL) = CELL(job, F_SALES_DETAIL) = CELL(job, F_CHANNEL);
	CELL(job, F_PRODUCT) = CELL(job, F_RAW_PRODUCT) = CELL(job, F_REPORTING_PRODUCT) = product;
	CELL(job, F_DIVISION) = CELL(job, F_CATEGORY) = product;
}

/* ---- whole customers ------------------------------------------------------------------------------------------------ */

/* What a customer has of a trade in the month, added up. */
struct holding {
	int64_t usd_micro, seats_micro, users_micro;
	size_t lines;
};

static void add_up(const struct line *lines, size_t n, struct holding h[TRADE_END])
{
	memset(h, 0, TRADE_END * sizeof *h);
	for (size_t i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		struct holding *of = &h[l->kind == LINE_AZURE	? TRADE_AZURE
					: l->kind == LINE_SEATS ? TRADE_SEATS
								: TRADE_BUSINESS];

		of->lines++;
		if (l->kind == LINE_AZURE || l->kind == LINE_REVENUE)
			of->usd_micro += l->amount_micro;
		else
			of->users_micro += l->amount_micro;
		of->seats_micro += l->seats_micro;
	}
}

static struct str product_of(const struct report_job *job, const struct customer *c, int trade)
{
	const struct shelf *s = job->of->shelf;

	switch (trade) {
	case TRADE_AZURE:
		return STR("Azure");
	case TRADE_SEATS:
		return s->seats.items[c->workloads[0]].name;
	default:
		return s->revenue.items[c->revenue[0]].name;
	}
}

static void put_holding(
	struct report_job *job, const struct customer *c, int trade, const struct holding *h)
{
	const struct world_association *a = c->association[trade];

	job_next_row(job);
	job_fill_association(job, c, a);
	job_fill_subscription(job, c, (uint32_t)trade * 32, product_of(job, c, trade));
	CELL(job, F_SOLUTION_AREA) = CELL(job, F_PRODUCT);
	CELL(job, F_SEATS) = job_whole(job, h->seats_micro);
	CELL(job, F_ACR) = trade == TRADE_AZURE ? job_usd(job, h->usd_micro) : STR("0.00");
	CELL(job, F_BILLED) = job_usd(job, h->usd_micro);
	CELL(job, F_CPOR_REVENUE) = CELL(job, F_CPOR_SEATS) = CELL(job, F_CPOR_USERS) = STR("0");
	if (a->kind == ASSOC_CPOR) {
		CELL(job, F_CPOR_REVENUE) = CELL(job, F_BILLED);
		CELL(job, F_CPOR_SEATS) = CELL(job, F_SEATS);
		CELL(job, F_CPOR_USERS) = job_whole(job, h->users_micro);
	}
	job_put(job);
}

/* A row for each trade of each customer that is here. */
void rows_customers(struct report_job *job)
{
	struct line lines[POPULATION_LINES_MAX];
	struct holding h[TRADE_END];
	struct customer c;

	for (uint32_t i = 0; i < job->partner->n_customers; i++) {
		customer_draw(job->partner, i, &c);
		job_fill_customer(job, &c);
		add_up(lines, customer_lines(&c, job->month, 0, lines), h);
		for (int t = 0; t < TRADE_END; t++)
			if (h[t].lines > 0)
				put_holding(job, &c, t, &h[t]);
	}
}

void rows_subscriptions(struct report_job *job)
{
	rows_customers(job); /* the same grain: a subscription for each trade; other columns */
}

/* Users of Teams, by device, of customers with several workloads. */
void rows_teams(struct report_job *job)
{
	const struct scene_names *kinds = &job->of->world->teams;
	struct line lines[POPULATION_LINES_MAX];
	struct customer c;

	for (uint32_t i = 0; i < job->partner->n_customers; i++) {
		struct holding h[TRADE_END];

		customer_draw(job->partner, i, &c);
		if (c.n_workloads < 2 || !customer_is_here(&c, job->month))
			continue;
		job_fill_customer(job, &c);
		add_up(lines, customer_lines(&c, job->month, 0, lines), h);
		for (size_t k = 0; k < kinds->n; k++) {
			uint64_t part = 10 + draw_below(&c.key, DRAW_TEAMS, k, 90);
			int64_t all = h[TRADE_SEATS].users_micro / MICRO /
				      (int64_t)h[TRADE_SEATS].lines * (int64_t)part / 100;

			job_next_row(job);
			CELL(job, F_WORKLOAD) = kinds->items[k];
			CELL(job, F_DESKTOP) = scratch_put(&job->text, "%" PRId64, all * 7 / 10);
			CELL(job, F_WEB) = scratch_put(&job->text, "%" PRId64, all / 5);
			CELL(job, F_MOBILE) = scratch_put(&job->text, "%" PRId64, all / 2);
			CELL(job, F_ALL_UP) = scratch_put(&job->text, "%" PRId64, all);
			job_put(job);
		}
	}
}

/* ---- a report ------------------------------------------------------------------------------------------------------- */

static void draw_style(struct report_job *job)
{
	struct draw_key k = { .seed = job->of->o.seed, .partner = (uint32_t)job->month };
	uint64_t report = (uint64_t)(job->report - population_reports) * 8;

	job->style = (struct sheet_style){ .mark = draw_below(&k, DRAW_STYLE, report, 2) == 0,
		.bare_lf = draw_below(&k, DRAW_STYLE, report + 1, 4) == 0,
		.quote_all = draw_below(&k, DRAW_STYLE, report + 2, 3) == 0 };
	job->form = (enum month_form)draw_below(&k, DRAW_STYLE, report + 3, MONTH_FORMS);
}

uint64_t population_export(
	const struct population *p, const struct population_report *report, month_no m, FILE *out)
{
	struct report_job job;
	struct str names[F_END];

	memset(&job, 0, sizeof job);
	job.of = p;
	job.report = report;
	job.month = m;
	job.out = out;
	draw_style(&job);
	for (size_t i = 0; i < report->n_columns; i++)
		names[i] = str_from(report->columns[i].name);
	sheet_mark(out, &job.style);
	sheet_row(out, &job.style, names, report->n_columns);
	for (uint32_t i = 0; i < p->o.partners && !ferror(out); i++) {
		struct partner partner;

		partner_draw(p, i, &partner);
		job.partner = &partner;
		job_fill_partner(&job);
		report->rows(&job);
	}
	return job.rows;
}
