/* The three Azure areas (SEED, D23, S26). Performance and customer success are the same for all three. */
#include "tests/oracle/oracle_view.h"

#define ACR KIND(MEASURE_ACR)

/* CSP tier 1 and 2, DPOR, PAL; Support, Internal, Benefit Program and Trial offers do not count. */
static const struct pick consumption = { .measures = ACR, .kinds = PAL | DPOR | CSP };
/* Service level 2 without the two of virtual machines; the simulator's page spells the second without its first "s". */
static const struct pick services = { .measures = ACR,
	.kinds = PAL | DPOR | CSP,
	.except = "Virtual Machines|Virtual Machines Licenses|Virtual Machine Licenses" };

/* 1,000 USD (SMB of 2026: 500) in the last month or the one before. */
static const struct units customers = {
	.test = { .pick = &consumption, .months = 2, .from = UNITS(1000) }
};
static const struct units smb_customers = {
	.test = { .pick = &consumption, .months = 2, .from = UNITS(500) }
};
/* Single months are compared. */
static const struct growth growth = { .pick = &consumption, .window = 1 };

/* 2 points for each service with consumption above zero in the last twelve months. */
static struct ratio deployments(struct view *v, day_no day)
{
	month_no last = oracle_last_month(v, ACR, day);

	if (last == MONTH_NONE)
		return RATIO_ZERO;
	return oracle_times(oracle_products(v, &services, last - 11, last), ratio_int(2));
}

/* ---- skilling --------------------------------------------------------------------------------------------------- */

#define STEPS_MAX 3

struct skilling {
	size_t n; /* 0: the area has no such metric */
	int most;
	struct step steps[STEPS_MAX];
};

/* Prerequisites that earn nothing: two people each. */
#define TWO(...)                                                                                   \
	{                                                                                          \
		.any = { __VA_ARGS__ }, .needed = 2                                                \
	}
/* Prerequisites of SMB: one person each, who earns 4 points; more earn no more. */
#define ONE(...)                                                                                   \
	{                                                                                          \
		.any = { __VA_ARGS__ }, .needed = 1, .each = POINTS(4, 1), .most = 4               \
	}
#define FOUR_POINTS(...)                                                                           \
	{                                                                                          \
		.any = { __VA_ARGS__ }, .each = POINTS(4, 1)                                       \
	}
#define WINDOWS_SERVER WS_HYBRID, BOTH_AZ_800_801

#define DATA_FY23 DP_300, AI_102, DP_100, DP_203, DP_500, MB_260, DP_420
#define DATA_2023 DP_300, AI_102, DP_100, DP_203, PL_300, MB_260, DP_420
#define DATA_2026                                                                                  \
	DP_300, AI_102, DP_100, PL_300, DP_420, DP_600, DP_700, SQL_AI, AI_APPS, ML_OPERATIONS,    \
		DATABRICKS
#define APPS_2026 AZ_204, PL_400, AI_CLOUD, GITHUB_AGENTIC
#define DEVOPS_2026                                                                                \
	AZ_400, PL_600, GITHUB_ACTIONS, GITHUB_ADMINISTRATION, GITHUB_SECURITY, GITHUB_COPILOT

/* Skilling by SEED and D23: of each area intermediate, then advanced. */
static const struct skilling of_2023[][2] = {
	[INFRASTRUCTURE] = { { 2, 20,
				     { TWO(AZ_104), FOUR_POINTS(AZ_700, AZ_600, WINDOWS_SERVER) } },
		{ 2, 20, { TWO(AZ_305), FOUR_POINTS(AZ_140, AZ_120) } } },
	[APPS] = { { 2, 20, { TWO(AZ_104), FOUR_POINTS(AZ_204, PL_400) } },
		{ 2, 20, { TWO(AZ_305), FOUR_POINTS(AZ_220, AZ_400, PL_600) } } },
	[DATA_AI] = { { 3, 40, { TWO(AZ_305), TWO(AZ_104), FOUR_POINTS(DATA_2023) } } },
};
/* The playbook differs in Data & AI alone. */
static const struct skilling data_of_fy23 = { 3, 40,
	{ TWO(AZ_305), TWO(AZ_104), FOUR_POINTS(DATA_FY23) } };

/* Skilling by S26. */
static const struct skilling enterprise_of_2026[][2] = {
	[INFRASTRUCTURE] = { { 2, 20, { TWO(AZ_104), FOUR_POINTS(AZ_700, WINDOWS_SERVER) } },
		{ 2, 20, { TWO(AZ_305), FOUR_POINTS(AZ_140, AZ_120) } } },
	[APPS] = { { 2, 20, { TWO(AZ_104), FOUR_POINTS(APPS_2026) } },
		{ 2, 20, { TWO(AZ_305), FOUR_POINTS(DEVOPS_2026) } } },
	[DATA_AI] = { { 3, 40, { TWO(AZ_104), TWO(AZ_305), FOUR_POINTS(DATA_2026) } } },
};
static const struct skilling smb_of_2026[][2] = {
	[INFRASTRUCTURE] = { { 2, 20, { ONE(AZ_104), FOUR_POINTS(AZ_700, WINDOWS_SERVER) } },
		{ 2, 20, { ONE(AZ_305), FOUR_POINTS(AZ_140, AZ_120) } } },
	[APPS] = { { 2, 20, { ONE(AZ_104), FOUR_POINTS(APPS_2026) } },
		{ 2, 20, { ONE(AZ_305), FOUR_POINTS(DEVOPS_2026) } } },
	[DATA_AI] = { { 3, 40, { ONE(AZ_104), ONE(AZ_305), FOUR_POINTS(DATA_2026) } } },
};

static const struct skilling *skilling_of(
	enum oracle_edition e, enum area_number n, size_t track, size_t level)
{
	if (e == ORACLE_FY23 && n == DATA_AI && level == 0)
		return &data_of_fy23;
	if (e != ORACLE_2026)
		return &of_2023[n][level];
	return track == 0 ? &enterprise_of_2026[n][level] : &smb_of_2026[n][level];
}

/* ---- the track (2026) ------------------------------------------------------------------------------------------- */

/* How exports write the segment is published nowhere. */
static const char SMB_SEGMENTS[] = "SMB|Small and Medium Business|Small & Medium Business";

/* The newest word of any of the partner's accounts on the segment of a customer; empty when there is none. */
static struct str segment_of(const struct view *v, struct str customer)
{
	const struct event *newest = NULL;

	for (size_t i = 0; i < v->n_facts; i++) {
		const struct event *ev = v->facts[i];

		if (ev->kind == FACT_CUSTOMER && oracle_same(ev->u.customer.customer, customer) &&
			(newest == NULL || oracle_version_cmp(ev, newest) > 0))
			newest = ev;
	}
	return newest == NULL ? (struct str){ NULL, 0 } : newest->u.customer.segment;
}

/* Last month's customers whose segment is known, and those of them in the SMB segment. */
static void count_segments(struct view *v, month_no last, struct counts *ret)
{
	for (int c = 0; c < (int)v->n_customers; c++) {
		struct str segment;

		if (oracle_amount(v, &consumption, c, -1, last, last) <= 0)
			continue;
		segment = segment_of(v, v->customers[c]);
		ret->both += segment.n > 0;
		ret->now += segment.n > 0 && oracle_names(SMB_SEGMENTS, segment);
	}
}

/* SMB when 80 % or more of the last month's customers are in the SMB segment (S26). */
int oracle_azure_track(struct view *v, day_no day)
{
	month_no last = oracle_last_month(v, ACR, day);
	struct memo *m;
	bool is_new;

	if (last == MONTH_NONE)
		return 0;
	m = oracle_memo(v, SMB_SEGMENTS, last, &is_new);
	if (is_new)
		count_segments(v, last, &m->counts);
	return m->counts.both > 0 && m->counts.now * 100 >= m->counts.both * 80 ? 1 : 0;
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

static void score(
	struct view *v, enum area_number n, day_no day, size_t track, struct ratio *points)
{
	const struct units *u = track == 0 ? &customers : &smb_customers;
	size_t m = 0;

	/* 10 points each, 3 adds. */
	points[m++] = oracle_capped(oracle_net(v, u, ratio_int(10), day), 30);
	for (size_t level = 0; level < 2; level++) {
		const struct skilling *s = skilling_of(v->edition, n, track, level);

		if (s->n > 0)
			points[m++] = oracle_skilling(v, s->steps, s->n, s->most, day);
	}
	/* 1 point for each per cent, from 1,000 USD on. */
	points[m++] = oracle_capped(oracle_per_cent(v, &growth, 1000, 0, day), 20);
	points[m] = oracle_capped(deployments(v, day), 10);
}

void oracle_azure(struct view *v, enum area_number n, day_no day, struct oracle_area *a)
{
	oracle_metric(a, "net-customer-adds");
	oracle_metric(a, "intermediate-certifications");
	if (n != DATA_AI)
		oracle_metric(a, "advanced-certifications");
	oracle_metric(a, "usage-growth");
	oracle_metric(a, "deployments");
	if (v->edition == ORACLE_2026) {
		a->n_tracks = 2;
		a->tracks[0].id = "enterprise";
		a->tracks[1].id = "smb";
	}
	for (size_t t = 0; t < a->n_tracks; t++)
		score(v, n, day, t, a->tracks[t].points);
}
