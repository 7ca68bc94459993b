/* Rows of the reports of reports.c. A job is one report of one month; what a partner, a customer or a line says is
 * filled in once and kept while rows are written that share it. */
#ifndef GENERATE_REPORT_ROWS_H
#define GENERATE_REPORT_ROWS_H

#include "services/generate/reports.h"

enum month_form { MONTH_DAY, MONTH_SHORT, MONTH_NAMED, MONTH_FORMS };

struct report_job {
	const struct population *of;
	const struct population_report *report;
	const struct partner *partner;
	month_no month;
	enum month_form form;
	struct sheet_style style;
	FILE *out;
	uint64_t rows;
	struct str cells[F_END];
	struct scratch text; /* of the cells */
	size_t partner_text; /* used by what the partner says, and the customer besides */
	size_t customer_text;
};

void rows_profile(struct report_job *job);
void rows_customers(struct report_job *job);
void rows_subscriptions(struct report_job *job);
void rows_teams(struct report_job *job);
/* In report_lines.c. */
void rows_azure(struct report_job *job);
void rows_claims(struct report_job *job);
void rows_office(struct report_job *job);
void rows_mobility(struct report_job *job);
void rows_revenue(struct report_job *job);
void rows_usage(struct report_job *job);
void rows_dynamics(struct report_job *job);
void rows_analytics(struct report_job *job);
/* In report_people.c, of two reports with different columns. */
void rows_trainings(struct report_job *job);

/* For all three files: a cell of the row that is being made, and the row. */
#define CELL(job, field) ((job)->cells[field])
void job_fill_location(struct report_job *job, uint32_t location);
void job_put(struct report_job *job);
struct str job_day(struct report_job *job, day_no d);		      /* empty for DAY_NONE */
struct str job_month(struct report_job *job, month_no m);	      /* in the file's form */
struct str job_pick(const struct scene_names *names, uint64_t drawn); /* one of them */
struct str job_whole(struct report_job *job, int64_t micro);
struct str job_usd(struct report_job *job, int64_t micro);
/* Forgets the texts of the row before; those of the customer stay. */
void job_next_row(struct report_job *job);
/* Forgets all texts of the partner and customer before. */
void job_fill_partner(struct report_job *job);
void job_fill_customer(struct report_job *job, const struct customer *c);
void job_fill_association(
	struct report_job *job, const struct customer *c, const struct world_association *a);
/* One subscription for each thing that a customer has; number: which. After its association. */
void job_fill_subscription(
	struct report_job *job, const struct customer *c, uint32_t number, struct str product);

#endif
