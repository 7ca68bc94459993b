/* Rows of the reports on trainings: what people of a partner earned, renewed and let lapse, and what earned nothing. */
#include "services/generate/career.h"
#include "services/generate/report_rows.h"

#define ACTIVITY_FIRST 100000000
#define ACTIVITY_SPAN  899999999

/* Letters and digits of a name in lower case, as the local part or the host of an address; others are left out. */
static struct str put_plain(struct report_job *job, struct str name)
{
	char plain[64];
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < sizeof plain; i++) {
		char c = name.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			plain[n++] = c;
	}
	return scratch_put(&job->text, "%.*s", (int)n, plain);
}

static void fill_person(struct report_job *job, const struct person *p)
{
	const struct scene *s = &job->of->world->scene;
	struct str given = job_pick(&s->given, draw(&p->key, DRAW_GIVEN, 0) >> 8);
	struct str family = job_pick(&s->family, draw(&p->key, DRAW_FAMILY, 0) >> 8);
	struct str plain_given, plain_family;
	char guid[GUID_TEXT];

	job->text.used = job->partner_text;
	plain_given = put_plain(job, given);
	plain_family = put_plain(job, family);
	CELL(job, F_GIVEN) = given;
	CELL(job, F_FAMILY) = family;
	CELL(job, F_EMAIL) = scratch_put(&job->text, STR_FMT "." STR_FMT "%u@example.net",
		STR_ARG(plain_given), STR_ARG(plain_family), p->index % 100);
	CELL(job, F_CORP_EMAIL) = scratch_put(&job->text, STR_FMT "." STR_FMT "@p%s.example",
		STR_ARG(plain_given), STR_ARG(plain_family), p->partner->id);
	CELL(job, F_MCP_ID) = scratch_put(&job->text, "%s", p->profile);
	CELL(job, F_USER_ID) = scratch_put(
		&job->text, "%s", draw_guid(&p->key, DRAW_TENANT, DRAW_TENANT_LOW, 0, guid));
	CELL(job, F_IS_MCP) = STR("1");
	job->customer_text = job->text.used;
}

static void put_training(struct report_job *job, const struct person *p, uint64_t number,
	struct str title, struct str type, day_no on)
{
	job->text.used = job->customer_text;
	CELL(job, F_ACTIVITY) = scratch_put(&job->text, "%u",
		(unsigned)(ACTIVITY_FIRST +
			   draw_below(&p->key, DRAW_ACTIVITY, number, ACTIVITY_SPAN)));
	CELL(job, F_TITLE) = title;
	CELL(job, F_TYPE) = type;
	CELL(job, F_COMPLETED) = job_day(job, on);
	CELL(job, F_TRAINING_MONTH) = job_month(job, month_of_day(on));
	CELL(job, F_EXPIRES) = CELL(job, F_TRAINING_STATUS) = (struct str){ NULL, 0 };
}

static day_no last_of(const struct report_job *job)
{
	return month_first_day(job->month + 1) - 1;
}

static void put_extras(struct report_job *job, const struct person *p)
{
	const struct world *w = job->of->world;
	const struct population_options *o = &job->of->o;
	day_no begin = month_first_day(o->from) - 300;
	uint64_t span = (uint64_t)(month_first_day(o->through + 1) - begin);

	for (size_t i = 0; i < w->scene.n_trainings; i++) {
		const struct scene_training *t = &w->scene.trainings[i];
		day_no on = begin + (day_no)draw_below(&p->key, DRAW_EXTRA_DAY, i, span);

		if (!t->extra || draw_below(&p->key, DRAW_EXTRA, i, 100) >= w->extra ||
			on > last_of(job))
			continue;
		put_training(job, p, 100000 + i, t->title, t->type, on);
		job_put(job);
	}
}

static void put_certificates(struct report_job *job, const struct person *p)
{
	const struct edition *ed = job->of->shelf->edition;
	struct term terms[TERMS_MAX];

	for (size_t i = 0; i < p->n_certificates; i++) {
		size_t n = person_terms(p, i, last_of(job), terms);

		for (size_t k = 0; k < n; k++) {
			bool ended = terms[k].ends && terms[k].until < last_of(job);

			put_training(job, p, i << 8 | k, ed->certificates[p->certificates[i]].title,
				job->of->world->certification_type, terms[k].on);
			CELL(job, F_EXPIRES) = job_day(job, terms[k].until);
			CELL(job, F_TRAINING_STATUS) = ended ? STR("Expired") : STR("Active");
			job_put(job);
		}
	}
}

/* All that the people who are here have completed by the end of the month: who is not in it, is not here any more. */
void rows_trainings(struct report_job *job)
{
	for (uint32_t i = 0; i < job->partner->n_people; i++) {
		struct person p;

		person_draw(job->partner, i, &p);
		if (p.joined > last_of(job) || (p.left != DAY_NONE && p.left <= last_of(job)))
			continue;
		fill_person(job, &p);
		put_certificates(job, &p);
		put_extras(job, &p);
	}
}
