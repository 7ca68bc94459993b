#include "tests/support/score_samples.h"

#include <string.h>

static const struct str azure_metrics[] = { STR_INIT("net-customer-adds"), STR_INIT("skilling"),
	STR_INIT("usage-growth"), STR_INIT("deployments") };
static const uint32_t azure_maximum[] = { 20, 40, 20, 20 };
static const struct area_shape infrastructure = { STR_INIT("infrastructure"), STR_INIT(""),
	STR_INIT("2023-06"), 4, azure_metrics, azure_maximum, 70, false };
static const struct str work_metrics[] = { STR_INIT("skilling"), STR_INIT("usage-growth"),
	STR_INIT("deployments") };
static const uint32_t work_maximum[] = { 25, 200, 55 };
static const struct area_shape modern_work = { STR_INIT("modern-work"), STR_INIT("smb"),
	STR_INIT("2023-06"), 3, work_metrics, work_maximum, 71, false };
static const struct str cloud_metrics[] = { STR_INIT("infrastructure"), STR_INIT("modern-work") };
static const uint32_t cloud_maximum[] = { 1, 1 };
static const struct area_shape cloud = { STR_INIT("microsoft-cloud"), STR_INIT(""),
	STR_INIT("2023-06"), 2, cloud_metrics, cloud_maximum, 2, true };

static const struct ratio zeroes[] = { { 0, 1 }, { 0, 1 }, { 0, 1 }, { 0, 1 } };
static const struct ratio azure_points[] = { { 20, 1 }, { 40, 3 }, { 500001, 1000 }, { 20, 1 } };
static const struct ratio exact_points[] = { { 2, 7 },
	{ ((int128)1 << 68) + 5, ((int128)1 << 66) + 1 }, { 55, 1 } };

static const struct ratio cloud_points[] = { { 1, 1 }, { 1, 1 } };

static const struct area_change first_areas[] = {
	{ &infrastructure, zeroes, azure_points, AREA_UNKNOWN, AREA_QUALIFIED, STR_INIT("") },
	{ &modern_work, zeroes, exact_points, AREA_UNKNOWN, AREA_IN_PROGRESS, STR_INIT("smb") },
};
static const struct area_change second_areas[] = {
	{ &modern_work, exact_points, zeroes, AREA_LAPSED, AREA_IN_PROGRESS,
		STR_INIT("enterprise") },
	{ &cloud, cloud_points, zeroes, AREA_QUALIFIED, AREA_IN_PROGRESS, STR_INIT("") },
};
static const struct cause causes[] = {
	{ 1000, STR_INIT("e-1"), STR_INIT("/crm") },
	{ 1007, STR_INIT("e-8"), STR_INIT("//exports/usage") },
};
static const struct fall falls[] = {
	{ FALL_CERTIFICATE, 19600, STR_INIT("person-7"), STR_INIT("AZ-305") },
	{ FALL_USAGE, 19600, STR_INIT(""), STR_INIT("2023-08") },
};
static const struct stand stands[] = {
	{ STAND_CUSTOMER, STR_INIT("tenant-3"), { ((int128)1 << 68) + 5, ((int128)1 << 66) + 1 },
		3 },
	{ STAND_PERSON, STR_INIT("person-7"), { 0, 1 }, 2 },
};
static const struct addition additions[] = {
	{ 1, 1, ADDITION_PEOPLE, 2, STR_INIT("AZ-305") },
	{ 2, 2, ADDITION_USAGE, 1200000000, STR_INIT("") },
};
static const struct alert_stand alert_stands[] = {
	{ STAND_CUSTOMER, STR_INIT("tenant-3"), { 61, 1 }, STR_INIT("") },
	{ STAND_PERSON, STR_INIT("person-7"), { 0, 1 }, STR_INIT("skilling") },
};
static const struct alert_addition alert_additions[] = {
	{ 1, STR_INIT("skilling"), ADDITION_PEOPLE, 2, STR_INIT("AZ-305") },
	{ 2, STR_INIT("usage-growth"), ADDITION_USAGE, 1200000000, STR_INIT("") },
};
static const struct area_outlook outlooks[] = {
	{ .shape = &modern_work,
		.held = true,
		.qualifies = true,
		.total = { 145, 2 },
		.coast_on = 19600,
		.coast_total = { 200, 3 },
		.ends_on = 19800,
		.border = 90,
		.decides_on = 19799,
		.reached = true,
		.n_falls = 2,
		.falls = falls,
		.fall_count = 3,
		.n_stands = 2,
		.stands = stands,
		.stand_count = 9,
		.n_additions = 2,
		.additions = additions },
	{ .shape = &infrastructure,
		.total = { 0, 1 },
		.coast_on = DAY_NONE,
		.coast_total = { 0, 1 },
		.ends_on = DAY_NONE,
		.decides_on = DAY_NONE },
};
static const struct feed_outlook feeds[] = {
	{ FEED_USAGE, 19538, 24281, 19559 },
	{ FEED_SKILLING, 19538, MONTH_NONE, DAY_NONE },
};
static const struct score_change changes[] = {
	{ STR_INIT("1234567"), 2, first_areas, 2, causes, 12, 2, outlooks, 2, feeds, 19509 },
	{ STR_INIT("2345678"), 2, second_areas, 1, causes, 1, 0, NULL, 0, NULL, 0 },
	{ STR_INIT("9"), 1, first_areas, 0, NULL, 0, 0, NULL, 0, NULL, 0 },
};

struct score_batch score_sample(void)
{
	return (struct score_batch){ 3, changes, 1256, 19538, true };
}

void alert_sample(struct alert *ret_alert)
{
	struct alert *a = ret_alert;

	memset(a, 0, sizeof *a);
	strcpy(a->id, "0123456789abcdef0123456789abcdef");
	a->position = 4711;
	a->sequence = 3;
	a->kind = ALERT_LOST;
	a->reason = ALERT_BECAUSE_METRIC_AT_ZERO;
	a->severity = ALERT_CRITICAL;
	a->partner = STR("1234567");
	a->area = STR("modern-work");
	a->track = STR("smb");
	a->track_before = STR("enterprise");
	a->conditions = true;
	a->edition = STR("2023-06");
	a->day = 19538;
	a->total_before = (struct ratio){ 211, 3 };
	a->total_after = (struct ratio){ 139, 2 };
	a->n_metrics = 3;
	for (size_t i = 0; i < a->n_metrics; i++) {
		a->metrics[i] = work_metrics[i];
		a->before[i] = exact_points[i];
		a->after[i] = zeroes[i];
		a->maximum[i] = work_maximum[i];
	}
	a->sense = ALERT_SENSE_COAST;
	a->senses = 1U << ALERT_SENSE_COAST | 1U << ALERT_SENSE_SINGLE;
	a->by = 19600;
	a->border = 90;
	a->total_then = (struct ratio){ 200, 3 };
	a->n_falls = 2;
	a->falls = falls;
	a->fall_count = 3;
	a->n_stands = 2;
	a->stands = alert_stands;
	a->stand_count = 9;
	a->n_additions = 2;
	a->additions = alert_additions;
	a->withdraws = 2;
	a->withdraws_kind = ALERT_GAINED;
	a->feed = FEED_USAGE;
	a->feed_since = 19559;
	a->feed_newest_on = 19500;
	a->feed_newest_month = 24281;
	a->n_causes = 2;
	memcpy(a->causes, causes, sizeof causes);
	a->cause_count = 12;
	a->score_position = 300;
	a->event_position = 1256;
	strcpy(a->text, "Modern Work was lost: skilling has no points.");
}

static bool points_eq(const struct ratio *a, const struct ratio *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!ratio_eq(a[i], b[i]))
			return false;
	return true;
}

static bool causes_eq(const struct cause *a, const struct cause *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].position != b[i].position || !str_eq(a[i].id, b[i].id) ||
			!str_eq(a[i].source, b[i].source))
			return false;
	return true;
}

static bool shape_eq(const struct area_shape *a, const struct area_shape *b)
{
	if (!str_eq(a->area, b->area) || !str_eq(a->track, b->track) ||
		!str_eq(a->edition, b->edition) || a->n_metrics != b->n_metrics ||
		a->qualifies_at != b->qualifies_at || a->conditions != b->conditions)
		return false;
	for (uint32_t i = 0; i < a->n_metrics; i++)
		if (!str_eq(a->metrics[i], b->metrics[i]) || a->maximum[i] != b->maximum[i])
			return false;
	return true;
}

static bool area_eq(const struct area_change *a, const struct area_change *b)
{
	return shape_eq(a->shape, b->shape) &&
	       points_eq(a->before, b->before, a->shape->n_metrics) &&
	       points_eq(a->after, b->after, a->shape->n_metrics) &&
	       a->status_before == b->status_before && a->status_after == b->status_after &&
	       str_eq(a->track_before, b->track_before);
}

static bool falls_eq(const struct area_outlook *a, const struct area_outlook *b)
{
	for (size_t i = 0; i < a->n_falls; i++)
		if (a->falls[i].kind != b->falls[i].kind || a->falls[i].on != b->falls[i].on ||
			!str_eq(a->falls[i].who, b->falls[i].who) ||
			!str_eq(a->falls[i].what, b->falls[i].what))
			return false;
	return true;
}

static bool stands_eq(const struct area_outlook *a, const struct area_outlook *b)
{
	for (size_t i = 0; i < a->n_stands; i++)
		if (a->stands[i].kind != b->stands[i].kind ||
			!str_eq(a->stands[i].id, b->stands[i].id) ||
			!ratio_eq(a->stands[i].total, b->stands[i].total) ||
			a->stands[i].metric != b->stands[i].metric)
			return false;
	return true;
}

static bool additions_eq(const struct area_outlook *a, const struct area_outlook *b)
{
	for (size_t i = 0; i < a->n_additions; i++)
		if (a->additions[i].option != b->additions[i].option ||
			a->additions[i].metric != b->additions[i].metric ||
			a->additions[i].kind != b->additions[i].kind ||
			a->additions[i].amount != b->additions[i].amount ||
			!str_eq(a->additions[i].what, b->additions[i].what))
			return false;
	return true;
}

bool area_outlook_eq(const struct area_outlook *a, const struct area_outlook *b)
{
	return shape_eq(a->shape, b->shape) && a->held == b->held && a->qualifies == b->qualifies &&
	       ratio_eq(a->total, b->total) && a->coast_on == b->coast_on &&
	       ratio_eq(a->coast_total, b->coast_total) && a->ends_on == b->ends_on &&
	       a->border == b->border && a->decides_on == b->decides_on &&
	       a->reached == b->reached && a->n_falls == b->n_falls &&
	       a->fall_count == b->fall_count && a->n_stands == b->n_stands &&
	       a->stand_count == b->stand_count && a->n_additions == b->n_additions &&
	       falls_eq(a, b) && stands_eq(a, b) && additions_eq(a, b);
}

static bool feeds_eq(const struct score_change *a, const struct score_change *b)
{
	for (size_t i = 0; i < a->n_feeds; i++)
		if (a->feeds[i].kind != b->feeds[i].kind ||
			a->feeds[i].newest_on != b->feeds[i].newest_on ||
			a->feeds[i].newest_month != b->feeds[i].newest_month ||
			a->feeds[i].overdue_since != b->feeds[i].overdue_since)
			return false;
	return true;
}

static bool outlooks_eq(const struct score_change *a, const struct score_change *b)
{
	if (a->n_outlooks != b->n_outlooks || a->n_feeds != b->n_feeds)
		return false;
	for (size_t i = 0; i < a->n_outlooks; i++)
		if (!area_outlook_eq(&a->outlooks[i], &b->outlooks[i]))
			return false;
	return feeds_eq(a, b);
}

static bool change_eq(const struct score_change *a, const struct score_change *b)
{
	if (!str_eq(a->partner, b->partner) || a->n_areas != b->n_areas ||
		a->n_causes != b->n_causes || a->cause_count != b->cause_count ||
		!causes_eq(a->causes, b->causes, a->n_causes) || !outlooks_eq(a, b) ||
		a->corrected != b->corrected)
		return false;
	for (size_t i = 0; i < a->n_areas; i++)
		if (!area_eq(&a->areas[i], &b->areas[i]))
			return false;
	return true;
}

bool score_batch_eq(const struct score_batch *a, const struct score_batch *b)
{
	if (a->n_changes != b->n_changes || a->event_position != b->event_position ||
		a->day != b->day || a->day_began != b->day_began)
		return false;
	for (size_t i = 0; i < a->n_changes; i++)
		if (!change_eq(&a->changes[i], &b->changes[i]))
			return false;
	return true;
}

static bool ahead_eq(const struct alert *a, const struct alert *b)
{
	if (a->sense != b->sense || a->senses != b->senses || a->by != b->by ||
		a->border != b->border || !ratio_eq(a->total_then, b->total_then) ||
		a->n_falls != b->n_falls || a->fall_count != b->fall_count ||
		a->n_stands != b->n_stands || a->stand_count != b->stand_count ||
		a->n_additions != b->n_additions)
		return false;
	for (size_t i = 0; i < a->n_falls; i++)
		if (a->falls[i].kind != b->falls[i].kind || a->falls[i].on != b->falls[i].on ||
			!str_eq(a->falls[i].who, b->falls[i].who) ||
			!str_eq(a->falls[i].what, b->falls[i].what))
			return false;
	for (size_t i = 0; i < a->n_stands; i++)
		if (a->stands[i].kind != b->stands[i].kind ||
			!str_eq(a->stands[i].id, b->stands[i].id) ||
			!ratio_eq(a->stands[i].total, b->stands[i].total) ||
			!str_eq(a->stands[i].metric, b->stands[i].metric))
			return false;
	for (size_t i = 0; i < a->n_additions; i++)
		if (a->additions[i].option != b->additions[i].option ||
			!str_eq(a->additions[i].metric, b->additions[i].metric) ||
			a->additions[i].kind != b->additions[i].kind ||
			a->additions[i].amount != b->additions[i].amount ||
			!str_eq(a->additions[i].what, b->additions[i].what))
			return false;
	return a->withdraws == b->withdraws && a->withdraws_kind == b->withdraws_kind;
}

static bool feed_eq(const struct alert *a, const struct alert *b)
{
	return a->feed == b->feed &&
	       (a->feed == 0 ||
		       (a->feed_since == b->feed_since && a->feed_newest_on == b->feed_newest_on &&
			       a->feed_newest_month == b->feed_newest_month));
}

bool alert_eq(const struct alert *a, const struct alert *b)
{
	if (strcmp(a->id, b->id) != 0 || a->position != b->position || a->sequence != b->sequence ||
		a->kind != b->kind || a->reason != b->reason || a->severity != b->severity ||
		!str_eq(a->partner, b->partner) || !str_eq(a->area, b->area) ||
		!str_eq(a->track, b->track) || !str_eq(a->track_before, b->track_before) ||
		a->conditions != b->conditions || !str_eq(a->edition, b->edition) ||
		a->day != b->day || !ratio_eq(a->total_before, b->total_before) ||
		!ratio_eq(a->total_after, b->total_after) || a->n_metrics != b->n_metrics ||
		a->n_causes != b->n_causes || a->cause_count != b->cause_count ||
		a->score_position != b->score_position || a->event_position != b->event_position ||
		strcmp(a->text, b->text) != 0 || !ahead_eq(a, b) || !feed_eq(a, b))
		return false;
	for (size_t i = 0; i < a->n_metrics; i++)
		if (!str_eq(a->metrics[i], b->metrics[i]) || a->maximum[i] != b->maximum[i])
			return false;
	return points_eq(a->before, b->before, a->n_metrics) &&
	       points_eq(a->after, b->after, a->n_metrics) &&
	       causes_eq(a->causes, b->causes, a->n_causes);
}
