#include "tests/support/frame_samples.h"

#define HALF ((struct ratio){ 1, 2 })

static const struct wire_refusal refusals[] = {
	{ 3, STR_INIT("bad-field"), STR_INIT("usage.month 0: expected 24000..26399"), 41 },
	{ WIRE_WHOLE_BATCH, STR_INIT("malformed"), STR_INIT("not an EventBatch"), 0 },
};
static const struct str partners[] = { STR_INIT("1234567"), STR_INIT("7654321") };
static const struct str areas[] = { STR_INIT("infrastructure") };
static const struct str kinds[] = { STR_INIT("gained"), STR_INIT("lost") };
static const uint32_t unit_sizes[] = { 300, 5, 70000 };
static const uint32_t unit_counts[] = { 2, 1, 256 };
static const struct wire_position positions[] = { { STR_INIT("events"), 5, 1000 },
	{ STR_INIT("scores-read"), 0, 7 } };
static const struct wire_counter counters[] = { { STR_INIT("events_accepted"), 995 },
	{ STR_INIT("zero"), 0 } };
static const struct wire_condition conditions[] = { { STR_INIT("customers"), STR_INIT("at least 2"),
							    STR_INIT("2"), WIRE_MET },
	{ STR_INIT("performance"), STR_INIT("not known"), STR_INIT("-"), WIRE_MET_NOT_KNOWN } };
static const struct wire_part_score parts[] = {
	{ STR_INIT("regular"), STR_INIT("Regular"), { 40, 3 }, 20, true },
	{ STR_INIT("other"), STR_INIT("Other"), { 0, 1 }, 15, false },
};
static const struct wire_catalogue_entry catalogue[] = {
	{ STR_INIT("badge"), STR_INIT("benefit"), STR_INIT("Badge"), STR_INIT("A badge.") },
};
static const struct wire_item counted[] = { { STR_INIT("tenant-7"),
	STR_INIT("1,200 USD in 2023-06") } };
static const struct wire_item nearly[] = { { STR_INIT("tenant-8"), STR_INIT("990 USD, 10 short") },
	{ STR_INIT("t"), STR_INIT("") } };
static const struct str unknown[] = { STR_INIT("Whether months are calendar months; they are."),
	STR_INIT("Who asks.") };
static const struct wire_metric_score metrics[] = {
	{ .metric = STR_INIT("net-customer-adds"),
		.name = STR_INIT("Net customer adds"),
		.points = { 40, 3 },
		.maximum = 20,
		.explained = true,
		.rule = STR_INIT("azure.adds"),
		.source = STR_INIT("https://example.org/#adds"),
		.sentence = STR_INIT("2 customers more than in May"),
		.n_conditions = 2,
		.conditions = conditions,
		.n_counted = 1,
		.counted = counted,
		.n_nearly = 2,
		.nearly = nearly,
		.counted_total = 1,
		.nearly_total = 12,
		.n_unknown = 2,
		.unknown = unknown,
		.met = WIRE_MET_NOT_ASKED,
		.asked_on = 20030,
		.n_parts = 2,
		.parts = parts },
	{ .metric = STR_INIT("skilling"),
		.name = STR_INIT("Skilling"),
		.points = { ((int128)1 << 90) + 7, ((int128)1 << 70) + 3 },
		.maximum = 40,
		.asked_on = DAY_NONE },
};
static const struct wire_area_score area_scores[] = {
	{ .area = STR_INIT("infrastructure"),
		.name = STR_INIT("Infrastructure (Azure)"),
		.track = STR_INIT("enterprise"),
		.track_name = STR_INIT("Enterprise"),
		.total = { 211, 3 },
		.status = AREA_QUALIFIED,
		.form = WIRE_OF_REQUIREMENTS,
		.qualifies = true,
		.enrolled = true,
		.automatic = true,
		.enrolled_on = 19300,
		.anniversary = 19665,
		.window_from = 19400,
		.window_until = 19666,
		.last_qualified = 19538,
		.renewal_on = 19665,
		.renewal_year = 1,
		.n_metrics = 2,
		.metrics = metrics,
		.n_tracks = 2,
		.tracks = parts,
		.track_reason = STR_INIT("the track with the most points counts"),
		.n_catalogue = 1,
		.catalogue = catalogue },
	{ .area = STR_INIT("security"),
		.name = STR_INIT("Security"),
		.track = STR_INIT("smb"),
		.total = { 0, 1 },
		.enrolled_on = DAY_NONE,
		.anniversary = DAY_NONE,
		.window_from = DAY_NONE,
		.window_until = DAY_NONE,
		.last_qualified = DAY_NONE,
		.renewal_on = DAY_NONE },
};
static const struct wire_area_standing area_standings[] = {
	{ STR_INIT("infrastructure"), STR_INIT("smb"), { 141, 2 }, AREA_LAPSED,
		WIRE_OF_REQUIREMENTS, 100, true, 2 },
};
static const struct wire_partner_standing standings[] = {
	{ STR_INIT("1234567"), 1, area_standings },
	{ STR_INIT("7654321"), 0, NULL },
};
static const struct wire_history_span spans[] = {
	{ 19538, STR_INIT("2023-06"), 1, area_standings },
	{ 19540, STR_INIT("2023-12"), 0, NULL },
};
static const struct wire_dead_letter letters[] = {
	{ 41, STR_INIT("bad-field"), STR_INIT("usage.month 0: expected 24000..26399"),
		STR_INIT("importer"), 1688126400000, { "\x0a\x00\xff", 3 }, 3, STR_INIT(""),
		STR_INIT(""), 0, 0, 0 },
	{ 42, STR_INIT("malformed"), STR_INIT(""), STR_INIT(""), -1, { NULL, 0 }, 12, STR_INIT(""),
		STR_INIT(""), 0, 0, 0 },
	{ 43, STR_INIT("bad-month"), STR_INIT("Month 'x'"), STR_INIT("import"), 1688126400000,
		{ "a\n1\n", 4 }, 4, STR_INIT("Azure usage report"), STR_INIT("azure.csv"), 7, 3,
		1688126399999 },
};
static const struct wire_refused_record refused_records[] = {
	{ STR_INIT("bad-month"), STR_INIT("Month 'x'"), STR_INIT("import"),
		STR_INIT("Azure usage report"), STR_INIT("azure.csv"), 7, 3, 1688126399999,
		{ "a\n1\n", 4 } },
	{ STR_INIT("malformed"), STR_INIT(""), STR_INIT(""), STR_INIT("events"), STR_INIT(""), 0, 0,
		0, { "x", 1 } },
};
static const uint64_t kept_letters[] = { 43, 1ULL << 40 };
static const struct wire_freshness freshness = { 1000, 3, 250, 19538 };

static struct frame publishing(struct frame f)
{
	if (f.kind == FRAME_HELLO) {
		f.u.hello.producer = STR("importer");
	} else if (f.kind == FRAME_WELCOME) {
		f.u.welcome.max_batch_events = 4096;
		f.u.welcome.max_batch_bytes = 1048576;
		f.u.welcome.window_events = 16384;
		f.u.welcome.dedup_window_events = 1ULL << 33;
		f.u.welcome.dedup_window_days = 7;
	} else if (f.kind == FRAME_PUBLISH) {
		f.u.publish.batch = UINT64_MAX;
		f.u.publish.content_type = STR("application/x-ndjson");
	} else {
		f.u.acknowledge.batch = 300;
		f.u.acknowledge.accepted = 254;
		f.u.acknowledge.duplicates = 1;
		f.u.acknowledge.position = 100000;
		f.u.acknowledge.n_refusals = 2;
		f.u.acknowledge.refusals = refusals;
	}
	return f;
}

static struct frame reading(struct frame f)
{
	if (f.kind == FRAME_READ) {
		f.u.read.session = 9;
		f.u.read.position = 128;
		f.u.read.credit = 8192;
		f.u.read.log = STR("alerts");
		f.u.read.filter = (struct wire_filter){ 2, 1, 2, partners, areas, kinds };
	} else if (f.kind == FRAME_RECORDS) {
		f.u.records.session = 9;
		f.u.records.first_position = 128;
		f.u.records.next_position = 387;
		f.u.records.end_position = 400;
		f.u.records.n_units = 3;
		f.u.records.unit_sizes = unit_sizes;
		f.u.records.unit_counts = unit_counts;
	} else if (f.kind == FRAME_PROGRESS) {
		f.u.progress.session = 9;
		f.u.progress.position = 400;
		f.u.progress.end_position = 401;
	} else {
		f.u.refused.session = 9;
		f.u.refused.reason = STR("position-gone");
		f.u.refused.detail = STR("the oldest held is 64");
		f.u.refused.first_position = 64;
		f.u.refused.end_position = 400;
	}
	return f;
}

static struct frame status(struct frame f)
{
	if (f.kind == FRAME_STATUS_QUERY) {
		f.u.status_query.request = 77;
		return f;
	}
	f.u.status_answer.request = 77;
	f.u.status_answer.service = STR("scoring");
	f.u.status_answer.version = STR("0.1.0");
	f.u.status_answer.state = STR("running");
	f.u.status_answer.health = HEALTH_DEGRADED;
	f.u.status_answer.uptime_ms = 86400000;
	f.u.status_answer.n_positions = 2;
	f.u.status_answer.positions = positions;
	f.u.status_answer.n_counters = 2;
	f.u.status_answer.counters = counters;
	return f;
}

static struct frame scores(struct frame f)
{
	if (f.kind == FRAME_SCORE_QUERY) {
		f.u.score_query.request = 78;
		f.u.score_query.partner = partners[0];
		f.u.score_query.as_of = 19538;
		f.u.score_query.explain = true;
		f.u.score_query.area = areas[0];
	} else if (f.kind == FRAME_SCORE_ANSWER) {
		f.u.score_answer.request = 78;
		f.u.score_answer.freshness = freshness;
		f.u.score_answer.partner = partners[0];
		f.u.score_answer.edition = STR("2023-06");
		f.u.score_answer.n_areas = 2;
		f.u.score_answer.areas = area_scores;
		f.u.score_answer.usage_month = 19509;
	} else if (f.kind == FRAME_PARTNERS_QUERY) {
		f.u.partners_query.request = 79;
		f.u.partners_query.area = areas[0];
		f.u.partners_query.after = partners[0];
		f.u.partners_query.status = AREA_QUALIFIED;
		f.u.partners_query.limit = 50;
	} else {
		f.u.partners_answer.request = 79;
		f.u.partners_answer.freshness = freshness;
		f.u.partners_answer.n_partners = 2;
		f.u.partners_answer.partners = standings;
		f.u.partners_answer.more = true;
	}
	return f;
}

static const struct wire_forecast_fall forecast_falls[] = {
	{ STR_INIT("security"), STR_INIT("person-7"), STR_INIT("SC-200"), FALL_CERTIFICATE },
	{ STR_INIT("modern-work"), STR_INIT(""), STR_INIT("2023-08"), FALL_USAGE },
};

static struct frame forecast(struct frame f)
{
	static struct wire_forecast_span list[2];

	if (f.kind == FRAME_FORECAST_QUERY) {
		f.u.forecast_query.request = 83;
		f.u.forecast_query.partner = partners[0];
		f.u.forecast_query.area = areas[0];
		f.u.forecast_query.from = 19540;
		f.u.forecast_query.until = 19730;
		f.u.forecast_query.days = 192;
		f.u.forecast_query.steady = true;
		return f;
	}
	for (size_t i = 0; i < 2; i++)
		list[i] = (struct wire_forecast_span){ .from = spans[i].from,
			.edition = spans[i].edition,
			.n_areas = spans[i].n_areas,
			.areas = spans[i].areas };
	list[0].qualifies_at = list[1].qualifies_at = 70;
	list[0].n_falls = 2;
	list[0].falls = forecast_falls;
	f.u.forecast_answer.request = 83;
	f.u.forecast_answer.freshness = freshness;
	f.u.forecast_answer.partner = partners[0];
	f.u.forecast_answer.n_spans = 2;
	f.u.forecast_answer.spans = list;
	f.u.forecast_answer.until = 19600;
	f.u.forecast_answer.outlook = (struct span){ "outlook", 7 };
	return f;
}

static struct frame history(struct frame f)
{
	if (f.kind == FRAME_HISTORY_QUERY) {
		f.u.history_query.request = 82;
		f.u.history_query.partner = partners[0];
		f.u.history_query.area = areas[0];
		f.u.history_query.from = 19538;
		f.u.history_query.until = 19730;
		return f;
	}
	f.u.history_answer.request = 82;
	f.u.history_answer.freshness = freshness;
	f.u.history_answer.partner = partners[0];
	f.u.history_answer.n_spans = 2;
	f.u.history_answer.spans = spans;
	f.u.history_answer.until = 19600;
	return f;
}

static const struct wire_chronicle_metric chronicle_metrics[] = {
	{ STR_INIT("net-customer-adds"), { 10, 1 }, { 40, 3 }, 30, 25 },
	{ STR_INIT("usage-growth"), { 0, 1 }, { 20, 1 }, 0, 20 },
};
static const uint64_t chronicle_causes[] = { 17, 4000000000 };
static const struct wire_chronicle_area chronicle_areas[] = {
	{ STR_INIT("infrastructure"), STR_INIT("smb"), STR_INIT("2026"), AREA_QUALIFIED,
		AREA_IN_PROGRESS, { 100, 3 }, { 10, 1 }, { 5, 1 }, { 71, 2 }, 100, 70, true, 2,
		chronicle_metrics, 3, 12, 2, chronicle_causes },
	{ STR_INIT("security"), STR_INIT(""), STR_INIT("2026"), AREA_LAPSED, AREA_LAPSED, { 0, 1 },
		{ 0, 1 }, { 0, 1 }, { 0, 1 }, 100, 70, false, 0, NULL, 1, 0, 0, NULL },
};
static const struct wire_chronicle_point chronicle_points[] = {
	{ 19509, true, 2, chronicle_areas },
	{ 19539, false, 1, chronicle_areas },
};

static struct frame chronicle(struct frame f)
{
	if (f.kind == FRAME_CHRONICLE_QUERY) {
		f.u.chronicle_query.request = 85;
		f.u.chronicle_query.partner = partners[0];
		f.u.chronicle_query.area = areas[0];
		f.u.chronicle_query.from = 19509;
		f.u.chronicle_query.until = 19539;
		f.u.chronicle_query.by_month = true;
		return f;
	}
	f.u.chronicle_answer.request = 85;
	f.u.chronicle_answer.freshness = freshness;
	f.u.chronicle_answer.partner = partners[0];
	f.u.chronicle_answer.n_before = 1;
	f.u.chronicle_answer.before = &chronicle_areas[1];
	f.u.chronicle_answer.n_points = 2;
	f.u.chronicle_answer.points = chronicle_points;
	f.u.chronicle_answer.more = true;
	f.u.chronicle_answer.next = 19540;
	f.u.chronicle_answer.days_from = 19500;
	f.u.chronicle_answer.whole_from = 19400;
	return f;
}

static const struct wire_rehearsed_metric rehearsed_metrics[] = {
	{ STR_INIT("skilling"), { 40, 1 }, { 40, 3 }, 40, 25 },
};
static const struct wire_rehearsed_change rehearsed_changes[] = {
	{ OUTCOME_LOSES, STR_INIT("infrastructure"), STR_INIT("Infrastructure (Azure)"),
		&area_standings[0], &area_standings[0], 1, rehearsed_metrics },
	{ OUTCOME_GAINS, STR_INIT("security"), STR_INIT("Security"), NULL, &area_standings[0], 0,
		NULL },
};
static const struct wire_rehearsed_partner rehearsed[] = {
	{ STR_INIT("1234567"), 2, rehearsed_changes },
	{ STR_INIT("7654321"), 0, NULL },
};
static const struct wire_rehearsed_area rehearsed_areas[] = {
	{ STR_INIT("infrastructure"), { 6, 1, 2, 3, 4, 5 } },
};

static struct frame rehearsal(struct frame f)
{
	if (f.kind == FRAME_REHEARSE_QUERY) {
		f.u.rehearse_query.request = 83;
		f.u.rehearse_query.digest = UINT64_MAX;
		f.u.rehearse_query.name = STR("mine.yaml");
		f.u.rehearse_query.text = (struct span){ "edition:\n\tid", 12 };
		f.u.rehearse_query.area = areas[0];
		f.u.rehearse_query.after = partners[0];
		return f;
	}
	f.u.rehearse_answer.request = 83;
	f.u.rehearse_answer.freshness = freshness;
	f.u.rehearse_answer.digest = 1ULL << 40;
	f.u.rehearse_answer.edition = STR("mine");
	f.u.rehearse_answer.edition_now = STR("2023-12");
	f.u.rehearse_answer.report = (struct span){ "mine.yaml:1:1: warning\n", 23 };
	f.u.rehearse_answer.n_partners = 2;
	f.u.rehearse_answer.partners = rehearsed;
	f.u.rehearse_answer.n_areas = 1;
	f.u.rehearse_answer.areas = rehearsed_areas;
	f.u.rehearse_answer.looked_at = 250;
	f.u.rehearse_answer.last = partners[1];
	f.u.rehearse_answer.more = true;
	return f;
}

static const struct span batches[] = { { "\x0a\x00", 2 }, { "\x0a\x02\x0a\x00", 4 } };
static const struct wire_supposition suppositions[] = {
	{ .kind = SUPPOSE_CERTIFICATE, .name = STR_INIT("AZ-305"), .count = 2 },
	{ .kind = SUPPOSE_CUSTOMER,
		.who = STR_INIT("new"),
		.name = STR_INIT("Azure Firewall"),
		.count = 1000,
		.months = 36,
		.measure = MEASURE_ACR,
		.association = ASSOC_CSP_TIER_1,
		.has_amount = true,
		.change = 12345,
		.amount_micro = -USAGE_AMOUNT_MAX },
	{ .kind = SUPPOSE_USAGE, .who = STR_INIT("tenant-7"), .change = -10000 },
};
static const struct wire_simulated_alert simulated_alerts[] = {
	{ ALERT_LOST, ALERT_BECAUSE_METRIC_AT_ZERO, ALERT_CRITICAL, STR_INIT("infrastructure"),
		STR_INIT("Partner 1234567 lost infrastructure.") },
};
static struct frame simulated_scores[2];

static struct frame simulation(struct frame f)
{
	if (f.kind == FRAME_SIMULATE_QUERY) {
		f.u.simulate_query.request = 84;
		f.u.simulate_query.partner = partners[0];
		f.u.simulate_query.edition = STR("2026");
		f.u.simulate_query.track = STR("smb");
		f.u.simulate_query.area = areas[0];
		f.u.simulate_query.n_batches = 2;
		f.u.simulate_query.batches = batches;
		f.u.simulate_query.n_suppositions = 3;
		f.u.simulate_query.suppositions = suppositions;
		f.u.simulate_query.day = 19600;
		f.u.simulate_query.explain = true;
		return f;
	}
	simulated_scores[0] = frame_sample(FRAME_SCORE_ANSWER);
	simulated_scores[1] = simulated_scores[0];
	simulated_scores[1].u.score_answer.edition = STR("2026");
	f.u.simulate_answer.request = 84;
	f.u.simulate_answer.freshness = freshness;
	f.u.simulate_answer.before = &simulated_scores[0];
	f.u.simulate_answer.without = &simulated_scores[1];
	f.u.simulate_answer.after = &simulated_scores[1];
	f.u.simulate_answer.n_alerts = 1;
	f.u.simulate_answer.alerts = simulated_alerts;
	f.u.simulate_answer.n_notes = 2;
	f.u.simulate_answer.notes = unknown;
	f.u.simulate_answer.facts = 7;
	return f;
}

static const struct wire_plan_cost plan_costs[] = {
	{ .kind = PLAN_CERTIFICATE, .amount_micro = 1000000000 },
	{ PLAN_ATTESTATION, STR_INIT("audit"), WIRE_PLAN_COST_MAX },
};
static const struct wire_plan_step plan_steps[] = {
	{ .kind = PLAN_RENEWAL,
		.who = STR_INIT("person-1"),
		.what = STR_INIT("AZ-305"),
		.known = true,
		.count = 1,
		.cost_micro = 200000000 },
	{ .kind = PLAN_GROWTH,
		.who = STR_INIT("tenant-7"),
		.what = STR_INIT("Azure Firewall"),
		.known = true,
		.count = 3,
		.per_cent = 3,
		.cost_micro = 6000000000,
		.measure = MEASURE_ACR,
		.amount_micro = 1500000000 },
};
static struct wire_plan plans[1];

static struct frame planning(struct frame f)
{
	if (f.kind == FRAME_PLAN_QUERY) {
		f.u.plan_query.request = 85;
		f.u.plan_query.partner = partners[0];
		f.u.plan_query.target = STR("all");
		f.u.plan_query.until = 19700;
		f.u.plan_query.plans = WIRE_PLANS_MAX;
		f.u.plan_query.n_costs = 2;
		f.u.plan_query.costs = plan_costs;
		return f;
	}
	simulated_scores[0] = frame_sample(FRAME_SCORE_ANSWER);
	simulated_scores[1] = simulated_scores[0];
	plans[0] = (struct wire_plan){ 6200000000, 2, plan_steps, &simulated_scores[0],
		&simulated_scores[1] };
	f.u.plan_answer.request = 85;
	f.u.plan_answer.freshness = freshness;
	f.u.plan_answer.outcome = PLAN_FOUND;
	f.u.plan_answer.proven = true;
	f.u.plan_answer.until = 19700;
	f.u.plan_answer.before = &simulated_scores[0];
	f.u.plan_answer.n_goals = 1;
	f.u.plan_answer.goals = areas;
	f.u.plan_answer.n_plans = 1;
	f.u.plan_answer.plans = plans;
	f.u.plan_answer.n_notes = 2;
	f.u.plan_answer.notes = unknown;
	return f;
}

static struct frame dead_letters(struct frame f)
{
	if (f.kind == FRAME_DEAD_LETTER_QUERY) {
		f.u.dead_letter_query.request = 80;
		f.u.dead_letter_query.action = DEAD_LETTER_REPLAY;
		f.u.dead_letter_query.letter = 41;
		f.u.dead_letter_query.after = 40;
		f.u.dead_letter_query.limit = 10;
		f.u.dead_letter_query.replacement = (struct span){ "\x0a\x00", 2 };
		f.u.dead_letter_query.n_records = 2;
		f.u.dead_letter_query.records = refused_records;
		return f;
	}
	f.u.dead_letter_answer.request = 80;
	f.u.dead_letter_answer.n_letters = 3;
	f.u.dead_letter_answer.letters = letters;
	f.u.dead_letter_answer.more = true;
	f.u.dead_letter_answer.replayed = true;
	f.u.dead_letter_answer.reason = STR("bad-id");
	f.u.dead_letter_answer.detail = STR("id: missing");
	f.u.dead_letter_answer.total = 2;
	f.u.dead_letter_answer.dropped = 1;
	f.u.dead_letter_answer.n_kept = 2;
	f.u.dead_letter_answer.kept = kept_letters;
	f.u.dead_letter_answer.removed = true;
	return f;
}

struct frame frame_sample(enum frame_kind kind)
{
	struct frame f;

	memset(&f, 0, sizeof f);
	f.kind = kind;
	switch (kind) {
	case FRAME_HELLO:
	case FRAME_WELCOME:
	case FRAME_PUBLISH:
	case FRAME_ACKNOWLEDGE:
		return publishing(f);
	case FRAME_READ:
	case FRAME_RECORDS:
	case FRAME_PROGRESS:
	case FRAME_REFUSED:
		return reading(f);
	case FRAME_STATUS_QUERY:
	case FRAME_STATUS_ANSWER:
		return status(f);
	case FRAME_SCORE_QUERY:
	case FRAME_SCORE_ANSWER:
	case FRAME_PARTNERS_QUERY:
	case FRAME_PARTNERS_ANSWER:
		return scores(f);
	case FRAME_DEAD_LETTER_QUERY:
	case FRAME_DEAD_LETTER_ANSWER:
		return dead_letters(f);
	case FRAME_FAILURE:
		f.u.failure.request = 81;
		f.u.failure.reason = STR("unknown-partner");
		f.u.failure.detail = STR("no event names 99");
		return f;
	case FRAME_FORECAST_QUERY:
	case FRAME_FORECAST_ANSWER:
		return forecast(f);
	case FRAME_HISTORY_QUERY:
	case FRAME_HISTORY_ANSWER:
		return history(f);
	case FRAME_REHEARSE_QUERY:
	case FRAME_REHEARSE_ANSWER:
		return rehearsal(f);
	case FRAME_SIMULATE_QUERY:
	case FRAME_SIMULATE_ANSWER:
		return simulation(f);
	case FRAME_PLAN_QUERY:
	case FRAME_PLAN_ANSWER:
		return planning(f);
	case FRAME_CHRONICLE_QUERY:
	case FRAME_CHRONICLE_ANSWER:
		return chronicle(f);
	case FRAME_NONE:
	case FRAME_KIND_END:
		break;
	}
	return f;
}
