/* The view of a partner, and what its areas come to on a day. */
#include "tests/oracle/oracle_view.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void oracle_die(const char *why)
{
	fprintf(stderr, "oracle: %s\n", why);
	abort();
}

/* ---- what counts for the partner -------------------------------------------------------------------------------- */

static int customer_number(struct view *v, struct str customer)
{
	for (size_t i = 0; i < v->n_customers; i++)
		if (oracle_same(v->customers[i], customer))
			return (int)i;
	v->customers[v->n_customers] = customer;
	return (int)v->n_customers++;
}

/* The first row with the same spelling. */
static int product_number(const struct view *v, struct str product)
{
	size_t i = 0;

	while (i < v->n_rows && !oracle_same(v->rows[i].u->product, product))
		i++;
	return (int)i;
}

static void gather_facts(struct view *v)
{
	const struct oracle *o = v->o;

	v->rows = oracle_alloc(NULL, o->n * sizeof *v->rows);
	v->customers = oracle_alloc(NULL, o->n * sizeof *v->customers);
	v->markers = oracle_alloc(NULL, o->n * sizeof *v->markers);
	v->facts = oracle_alloc(NULL, o->n * sizeof *v->facts);
	for (size_t i = 0; i < o->n; i++) {
		const struct event *ev = oracle_standing(o, i);

		if (ev == NULL || !oracle_same(oracle_owner(o, ev->subject), v->partner))
			continue;
		if (ev->kind == FACT_ENROLLMENT || ev->kind == FACT_ATTESTATION ||
			ev->kind == FACT_CUSTOMER)
			v->facts[v->n_facts++] = ev;
		if (ev->kind != FACT_USAGE && ev->kind != FACT_USAGE_REPORTED)
			continue;
		if (ev->kind == FACT_USAGE_REPORTED) {
			v->markers[v->n_markers++] = &ev->u.usage_reported;
			continue;
		}
		v->rows[v->n_rows] = (struct row){ .ev = ev,
			.u = &ev->u.usage,
			.kind = oracle_row_kind(&v->bonds, ev),
			.customer = customer_number(v, ev->u.usage.customer),
			.product = product_number(v, ev->u.usage.product) };
		v->n_rows++;
	}
}

struct view *oracle_view_create(const struct oracle *o, struct str partner, day_no today)
{
	struct view *v = oracle_alloc(NULL, sizeof *v);

	*v = (struct view){ .o = o, .edition = o->edition, .partner = partner, .today = today };
	v->memos = oracle_alloc(NULL, MEMO_MAX * sizeof *v->memos);
	v->qualifies = calloc((size_t)AREAS * DAYS_KEPT, 1);
	if (v->qualifies == NULL)
		oracle_die("out of memory");
	oracle_bonds_init(o, &v->bonds);
	gather_facts(v);
	oracle_gather_people(v);
	return v;
}

void oracle_view_destroy(struct view *v)
{
	for (size_t i = 0; i < v->n_takings; i++) {
		free(v->takings[i].all);
		free(v->takings[i].pairs);
	}
	free(v->bonds.all);
	free(v->rows);
	free(v->markers);
	free(v->facts);
	free(v->customers);
	free(v->people);
	free(v->memos);
	free(v->qualifies);
	free(v);
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

struct ratio oracle_capped(struct ratio points, int most)
{
	if (ratio_cmp(points, RATIO_ZERO) < 0)
		return RATIO_ZERO;
	return ratio_min(points, ratio_int(most));
}

struct ratio oracle_times(int128 n, struct ratio points)
{
	return ratio_make(n * points.num, points.den);
}

/* ---- an area on a day ------------------------------------------------------------------------------------------- */

static const char *const area_ids[AREAS] = {
	[INFRASTRUCTURE] = "infrastructure",
	[APPS] = "digital-app-innovation",
	[DATA_AI] = "data-ai",
	[MODERN_WORK] = "modern-work",
	[SECURITY] = "security",
	[BUSINESS] = "business-applications",
	[MICROSOFT_CLOUD] = "microsoft-cloud",
	[KUBERNETES] = "kubernetes-on-azure",
	[CLOUD_SECURITY] = "cloud-security",
	[SAP_ON_AZURE] = "sap-on-azure",
	[SMALL_BUSINESS] = "small-midsize-business-management",
	[ADOPTION] = "adoption-change-management",
	[TEAMWORK] = "teamwork-deployment",
	[DEVOPS] = "devops-with-github",
	[HYBRID] = "azure-stack-hci",
};

const char *oracle_area_id(enum area_number n)
{
	return area_ids[n];
}

/* A metric for each designation: 1 when it is held. */
static void microsoft_cloud(struct view *v, day_no day, struct oracle_area *a)
{
	day_no from, until;

	for (int n = 0; n < SOLUTION_AREAS; n++)
		oracle_require(a, area_ids[n],
			oracle_is_held(oracle_status(v, (enum area_number)n, day, &from, &until))
				? ORACLE_MET
				: ORACLE_NOT_MET);
}

/* The track that counts when no enrollment fixes it. */
static int open_track(struct view *v, enum area_number n, day_no day, const struct oracle_area *a)
{
	if (a->n_tracks == 1)
		return 0;
	if (n <= DATA_AI)
		return oracle_azure_track(v, day);
	if (n == BUSINESS)
		return oracle_business_track(v, day);
	/* Modern Work and Security: the higher score of the whole area counts. */
	return ratio_cmp(a->tracks[1].total, a->tracks[0].total) > 0 ? 1 : 0;
}

static void choose(struct view *v, enum area_number n, day_no day, struct oracle_area *a)
{
	int fixed = a->n_tracks > 1 ? oracle_enrolled_track(v, n, day) : -1;
	const struct oracle_track *t;

	for (size_t i = 0; i < a->n_tracks; i++) {
		a->tracks[i].total = RATIO_ZERO;
		for (size_t m = 0; m < a->n_metrics; m++)
			a->tracks[i].total = ratio_add(a->tracks[i].total, a->tracks[i].points[m]);
	}
	t = &a->tracks[fixed >= 0 ? fixed : open_track(v, n, day, a)];
	a->track = t->id;
	a->total = t->total;
	for (size_t m = 0; m < a->n_metrics; m++)
		a->points[m] = t->points[m];
}

/* 70 points, and every metric above zero. */
static bool is_qualifying(const struct oracle_area *a)
{
	for (size_t m = 0; m < a->n_metrics; m++)
		if (ratio_is_zero(a->points[m]))
			return false;
	return ratio_cmp(a->total, ratio_int(70)) >= 0;
}

static bool is_all_met(const struct oracle_area *a)
{
	for (size_t m = 0; m < a->n_metrics; m++)
		if (a->met[m] != ORACLE_MET && a->met[m] != ORACLE_NOT_ASKED)
			return false;
	return true;
}

void oracle_metric(struct oracle_area *a, const char *id)
{
	a->metrics[a->n_metrics++] = id;
}

void oracle_require(struct oracle_area *a, const char *id, enum oracle_met met)
{
	a->metrics[a->n_metrics] = id;
	a->met[a->n_metrics] = met;
	a->tracks[0].points[a->n_metrics++] =
		ratio_int(met == ORACLE_MET || met == ORACLE_NOT_ASKED);
}

void oracle_area_on(struct view *v, enum area_number n, day_no day, struct oracle_area *ret)
{
	*ret = (struct oracle_area){
		.id = area_ids[n], .n_tracks = 1, .window_from = DAY_NONE, .window_until = DAY_NONE
	};
	ret->tracks[0].id = "";
	switch (n) {
	case INFRASTRUCTURE:
	case APPS:
	case DATA_AI:
		oracle_azure(v, n, day, ret);
		break;
	case MODERN_WORK:
		oracle_modern_work(v, day, ret);
		break;
	case SECURITY:
		oracle_security(v, day, ret);
		break;
	case BUSINESS:
		oracle_business(v, day, ret);
		break;
	case MICROSOFT_CLOUD:
		microsoft_cloud(v, day, ret);
		break;
	default:
		oracle_specialization(v, n, day, ret);
	}
	choose(v, n, day, ret);
	ret->qualifies = n < SOLUTION_AREAS ? is_qualifying(ret) : is_all_met(ret);
}

bool oracle_qualifies(struct view *v, enum area_number n, day_no day)
{
	bool is_kept = day <= v->today && v->today - day < DAYS_KEPT;
	signed char *kept = is_kept ? &v->qualifies[(int)n * DAYS_KEPT + (v->today - day)] : NULL;
	struct oracle_area a;

	if (kept != NULL && *kept != 0)
		return *kept == 2;
	oracle_area_on(v, n, day, &a);
	if (kept != NULL)
		*kept = a.qualifies ? 2 : 1;
	return a.qualifies;
}
