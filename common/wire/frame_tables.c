#include "common/wire/frame_tables.h"

#include "common/base/event.h"

#define NAME_MAX_BYTES EVENT_NAME_MAX /* names, ids, areas, metrics */
#define TEXT_MAX_BYTES 1024	      /* sentences and details */
#define COUNTERS_MAX   1024
#define AREAS_MAX      64
#define STATUS_END     (AREA_STATUS_END - 1)

/* T is the struct, m the path of the value in it, l the name in the schema. */
#define F(T, form, l, number, m, min, max)                                                         \
	{                                                                                          \
#l, number, form, offsetof(struct T, m), 0, min, max, NULL                         \
	}
#define STR_OF(T, l, number, m, max)	   F(T, MESSAGE_STR, l, number, m, 0, max)
#define BYTES_OF(T, l, number, m, max)	   F(T, MESSAGE_BYTES, l, number, m, 0, max)
#define U32_OF(T, l, number, m)		   F(T, MESSAGE_U32, l, number, m, 0, 0)
#define U64_OF(T, l, number, m)		   F(T, MESSAGE_U64, l, number, m, 0, 0)
#define S64_OF(T, l, number, m)		   F(T, MESSAGE_S64, l, number, m, 0, 0)
#define BOOL_OF(T, l, number, m)	   F(T, MESSAGE_BOOL, l, number, m, 0, 0)
#define DAY_OF(T, l, number, m)		   F(T, MESSAGE_DAY, l, number, m, 0, 0)
#define RATIO_OF(T, l, number, m)	   F(T, MESSAGE_RATIO, l, number, m, 0, 0)
#define ENUM_OF(T, l, number, m, min, max) F(T, MESSAGE_ENUM, l, number, m, min, max)
#define ONE_OF(T, l, number, m, of)                                                                \
	{                                                                                          \
#l, number, MESSAGE_ONE, offsetof(struct T, m), 0, 0, 0, &of                       \
	}
#define LIST_OF(T, l, number, m, n, max, of)                                                       \
	{                                                                                          \
#l, number, MESSAGE_LIST, offsetof(struct T, m), offsetof(struct T, n), 0, max,    \
			&of                                                                        \
	}
#define STRS_OF(T, l, number, m, n, max)                                                           \
	{                                                                                          \
#l, number, MESSAGE_STRS, offsetof(struct T, m), offsetof(struct T, n), 0, max,    \
			NULL                                                                       \
	}
#define U32S_OF(T, l, number, m, n, max)                                                           \
	{                                                                                          \
#l, number, MESSAGE_U32S, offsetof(struct T, m), offsetof(struct T, n), 0, max,    \
			NULL                                                                       \
	}

#define MESSAGE(c_name, schema_name, T)                                                            \
	const struct message c_name = { schema_name, sizeof(struct T),                             \
		sizeof c_name##_fields / sizeof c_name##_fields[0], c_name##_fields }

/* clang-format off: tables read by their columns. */

/* ---- parts ------------------------------------------------------------------------------------------------ */

static const struct message_field refusal_fields[] = {
	U32_OF(wire_refusal, index, 1, index),
	STR_OF(wire_refusal, reason, 2, reason, NAME_MAX_BYTES),
	STR_OF(wire_refusal, detail, 3, detail, TEXT_MAX_BYTES),
	U64_OF(wire_refusal, dead_letter, 4, dead_letter),
};
static MESSAGE(refusal, "Refusal", wire_refusal);

static const struct message_field filter_fields[] = {
	STRS_OF(wire_filter, partners, 1, partners, n_partners, WIRE_FILTER_MAX),
	STRS_OF(wire_filter, areas, 2, areas, n_areas, WIRE_FILTER_MAX),
	STRS_OF(wire_filter, kinds, 3, kinds, n_kinds, WIRE_FILTER_MAX),
};
static MESSAGE(filter, "Filter", wire_filter);

static const struct message_field position_fields[] = {
	STR_OF(wire_position, name, 1, name, NAME_MAX_BYTES),
	U64_OF(wire_position, first, 2, first),
	U64_OF(wire_position, end, 3, end),
};
static MESSAGE(position, "Position", wire_position);

static const struct message_field counter_fields[] = {
	STR_OF(wire_counter, name, 1, name, NAME_MAX_BYTES),
	U64_OF(wire_counter, value, 2, value),
};
static MESSAGE(counter, "Counter", wire_counter);

static const struct message_field dead_letter_fields[] = {
	U64_OF(wire_dead_letter, letter, 1, letter),
	STR_OF(wire_dead_letter, reason, 2, reason, NAME_MAX_BYTES),
	STR_OF(wire_dead_letter, detail, 3, detail, TEXT_MAX_BYTES),
	S64_OF(wire_dead_letter, received_ms, 4, received),
	STR_OF(wire_dead_letter, producer, 5, producer, NAME_MAX_BYTES),
	BYTES_OF(wire_dead_letter, original, 6, original, WIRE_BODY_MAX),
	U32_OF(wire_dead_letter, size, 7, size),
};
static MESSAGE(dead_letter, "DeadLetter", wire_dead_letter);

static const struct message_field freshness_fields[] = {
	U64_OF(wire_freshness, event_position, 1, event_position),
	U64_OF(wire_freshness, lag_events, 2, lag_events),
	S64_OF(wire_freshness, age_ms, 3, age_ms),
	DAY_OF(wire_freshness, day, 4, day),
};
static MESSAGE(freshness, "Freshness", wire_freshness);

static const struct message_field condition_fields[] = {
	STR_OF(wire_condition, name, 1, name, TEXT_MAX_BYTES),
	STR_OF(wire_condition, expected, 2, expected, TEXT_MAX_BYTES),
	STR_OF(wire_condition, actual, 3, actual, TEXT_MAX_BYTES),
	BOOL_OF(wire_condition, met, 4, met),
};
static MESSAGE(condition, "Condition", wire_condition);

static const struct message_field item_fields[] = {
	STR_OF(wire_item, id, 1, id, NAME_MAX_BYTES),
	STR_OF(wire_item, detail, 2, detail, TEXT_MAX_BYTES),
};
static MESSAGE(item, "Item", wire_item);

static const struct message_field explanation_fields[] = {
	STR_OF(wire_metric_score, rule, 1, rule, NAME_MAX_BYTES),
	STR_OF(wire_metric_score, source, 2, source, TEXT_MAX_BYTES),
	STR_OF(wire_metric_score, sentence, 3, sentence, TEXT_MAX_BYTES),
	LIST_OF(wire_metric_score, conditions, 4, conditions, n_conditions, 64, condition),
	LIST_OF(wire_metric_score, counted, 5, counted, n_counted, 50, item),
	LIST_OF(wire_metric_score, nearly, 6, nearly, n_nearly, 20, item),
	U32_OF(wire_metric_score, counted_total, 7, counted_total),
	U32_OF(wire_metric_score, nearly_total, 8, nearly_total),
};
static MESSAGE(explanation, "MetricExplanation", wire_metric_score);

static const struct message_field metric_score_fields[] = {
	STR_OF(wire_metric_score, metric, 1, metric, NAME_MAX_BYTES),
	STR_OF(wire_metric_score, name, 2, name, NAME_MAX_BYTES),
	RATIO_OF(wire_metric_score, points, 3, points),
	U32_OF(wire_metric_score, maximum, 4, maximum),
	{ "explanation", 5, MESSAGE_OPTIONAL, 0, offsetof(struct wire_metric_score, explained), 0,
		0, &explanation },
};
static MESSAGE(metric_score, "MetricScore", wire_metric_score);

static const struct message_field area_score_fields[] = {
	STR_OF(wire_area_score, area, 1, area, NAME_MAX_BYTES),
	STR_OF(wire_area_score, name, 2, name, NAME_MAX_BYTES),
	STR_OF(wire_area_score, track, 3, track, NAME_MAX_BYTES),
	RATIO_OF(wire_area_score, total, 4, total),
	ENUM_OF(wire_area_score, status, 5, status, 0, STATUS_END),
	LIST_OF(wire_area_score, metrics, 6, metrics, n_metrics, AREA_METRICS_MAX, metric_score),
};
static MESSAGE(area_score, "AreaScore", wire_area_score);

static const struct message_field area_standing_fields[] = {
	STR_OF(wire_area_standing, area, 1, area, NAME_MAX_BYTES),
	STR_OF(wire_area_standing, track, 2, track, NAME_MAX_BYTES),
	RATIO_OF(wire_area_standing, total, 3, total),
	ENUM_OF(wire_area_standing, status, 4, status, 0, STATUS_END),
};
static MESSAGE(area_standing, "AreaStanding", wire_area_standing);

static const struct message_field partner_standing_fields[] = {
	STR_OF(wire_partner_standing, partner, 1, partner, NAME_MAX_BYTES),
	LIST_OF(wire_partner_standing, areas, 2, areas, n_areas, AREAS_MAX, area_standing),
};
static MESSAGE(partner_standing, "PartnerStanding", wire_partner_standing);

/* ---- kinds of frames -------------------------------------------------------------------------------------- */

static const struct message_field hello_fields[] = {
	STR_OF(frame, producer, 1, u.hello.producer, NAME_MAX_BYTES),
};
static MESSAGE(hello, "Hello", frame);

static const struct message_field welcome_fields[] = {
	U32_OF(frame, max_batch_events, 1, u.welcome.max_batch_events),
	U32_OF(frame, max_batch_bytes, 2, u.welcome.max_batch_bytes),
	U32_OF(frame, window_events, 3, u.welcome.window_events),
	U64_OF(frame, dedup_window_events, 4, u.welcome.dedup_window_events),
	U32_OF(frame, dedup_window_days, 5, u.welcome.dedup_window_days),
};
static MESSAGE(welcome, "Welcome", frame);

static const struct message_field publish_fields[] = {
	U64_OF(frame, batch, 1, u.publish.batch),
};
static MESSAGE(publish, "Publish", frame);

static const struct message_field acknowledge_fields[] = {
	U64_OF(frame, batch, 1, u.acknowledge.batch),
	U32_OF(frame, accepted, 2, u.acknowledge.accepted),
	U32_OF(frame, duplicates, 3, u.acknowledge.duplicates),
	U64_OF(frame, position, 4, u.acknowledge.position),
	LIST_OF(frame, refusals, 5, u.acknowledge.refusals, u.acknowledge.n_refusals,
		WIRE_BATCH_EVENTS_MAX, refusal),
};
static MESSAGE(acknowledge, "Acknowledge", frame);

static const struct message_field read_fields[] = {
	U64_OF(frame, session, 1, u.read.session),
	U64_OF(frame, position, 2, u.read.position),
	U32_OF(frame, credit, 3, u.read.credit),
	STR_OF(frame, log, 4, u.read.log, NAME_MAX_BYTES),
	ONE_OF(frame, filter, 5, u.read.filter, filter),
};
static MESSAGE(read, "Read", frame);

static const struct message_field records_fields[] = {
	U64_OF(frame, session, 1, u.records.session),
	U64_OF(frame, first_position, 2, u.records.first_position),
	U32S_OF(frame, unit_sizes, 3, u.records.unit_sizes, u.records.n_units, WIRE_BODY_MAX),
	U32S_OF(frame, unit_counts, 4, u.records.unit_counts, u.records.n_units, WIRE_BODY_MAX),
	U64_OF(frame, next_position, 5, u.records.next_position),
	U64_OF(frame, end_position, 6, u.records.end_position),
};
static MESSAGE(records, "Records", frame);

static const struct message_field progress_fields[] = {
	U64_OF(frame, session, 1, u.progress.session),
	U64_OF(frame, position, 2, u.progress.position),
	U64_OF(frame, end_position, 3, u.progress.end_position),
};
static MESSAGE(progress, "Progress", frame);

static const struct message_field refused_fields[] = {
	U64_OF(frame, session, 1, u.refused.session),
	STR_OF(frame, reason, 2, u.refused.reason, NAME_MAX_BYTES),
	STR_OF(frame, detail, 3, u.refused.detail, TEXT_MAX_BYTES),
	U64_OF(frame, first_position, 4, u.refused.first_position),
	U64_OF(frame, end_position, 5, u.refused.end_position),
};
static MESSAGE(refused, "Refused", frame);

static const struct message_field status_query_fields[] = {
	U64_OF(frame, request, 1, u.status_query.request),
};
static MESSAGE(status_query, "StatusQuery", frame);

static const struct message_field status_answer_fields[] = {
	U64_OF(frame, request, 1, u.status_answer.request),
	STR_OF(frame, service, 2, u.status_answer.service, NAME_MAX_BYTES),
	STR_OF(frame, version, 3, u.status_answer.version, NAME_MAX_BYTES),
	ENUM_OF(frame, health, 4, u.status_answer.health, HEALTH_HEALTHY, HEALTH_FAILED),
	STR_OF(frame, state, 5, u.status_answer.state, NAME_MAX_BYTES),
	S64_OF(frame, uptime_ms, 6, u.status_answer.uptime_ms),
	LIST_OF(frame, positions, 7, u.status_answer.positions, u.status_answer.n_positions,
		COUNTERS_MAX, position),
	LIST_OF(frame, counters, 8, u.status_answer.counters, u.status_answer.n_counters,
		COUNTERS_MAX, counter),
};
static MESSAGE(status_answer, "StatusAnswer", frame);

static const struct message_field score_query_fields[] = {
	U64_OF(frame, request, 1, u.score_query.request),
	STR_OF(frame, partner, 2, u.score_query.partner, NAME_MAX_BYTES),
	DAY_OF(frame, as_of, 3, u.score_query.as_of),
	BOOL_OF(frame, explain, 4, u.score_query.explain),
};
static MESSAGE(score_query, "ScoreQuery", frame);

static const struct message_field score_answer_fields[] = {
	U64_OF(frame, request, 1, u.score_answer.request),
	ONE_OF(frame, freshness, 2, u.score_answer.freshness, freshness),
	STR_OF(frame, partner, 3, u.score_answer.partner, NAME_MAX_BYTES),
	STR_OF(frame, edition, 4, u.score_answer.edition, NAME_MAX_BYTES),
	LIST_OF(frame, areas, 5, u.score_answer.areas, u.score_answer.n_areas, AREAS_MAX,
		area_score),
	DAY_OF(frame, usage_month, 6, u.score_answer.usage_month),
};
static MESSAGE(score_answer, "ScoreAnswer", frame);

static const struct message_field partners_query_fields[] = {
	U64_OF(frame, request, 1, u.partners_query.request),
	STR_OF(frame, area, 2, u.partners_query.area, NAME_MAX_BYTES),
	ENUM_OF(frame, status, 3, u.partners_query.status, 0, STATUS_END),
	STR_OF(frame, after, 4, u.partners_query.after, NAME_MAX_BYTES),
	U32_OF(frame, limit, 5, u.partners_query.limit),
};
static MESSAGE(partners_query, "PartnersQuery", frame);

static const struct message_field partners_answer_fields[] = {
	U64_OF(frame, request, 1, u.partners_answer.request),
	ONE_OF(frame, freshness, 2, u.partners_answer.freshness, freshness),
	LIST_OF(frame, partners, 3, u.partners_answer.partners, u.partners_answer.n_partners, 1000,
		partner_standing),
	BOOL_OF(frame, more, 4, u.partners_answer.more),
};
static MESSAGE(partners_answer, "PartnersAnswer", frame);

static const struct message_field dead_letter_query_fields[] = {
	U64_OF(frame, request, 1, u.dead_letter_query.request),
	ENUM_OF(frame, action, 2, u.dead_letter_query.action, DEAD_LETTER_LIST, DEAD_LETTER_REPLAY),
	U64_OF(frame, letter, 3, u.dead_letter_query.letter),
	U64_OF(frame, after, 4, u.dead_letter_query.after),
	U32_OF(frame, limit, 5, u.dead_letter_query.limit),
	BYTES_OF(frame, replacement, 6, u.dead_letter_query.replacement, WIRE_BATCH_BYTES_MAX),
};
static MESSAGE(dead_letter_query, "DeadLetterQuery", frame);

static const struct message_field dead_letter_answer_fields[] = {
	U64_OF(frame, request, 1, u.dead_letter_answer.request),
	LIST_OF(frame, letters, 2, u.dead_letter_answer.letters, u.dead_letter_answer.n_letters,
		1000, dead_letter),
	BOOL_OF(frame, more, 3, u.dead_letter_answer.more),
	BOOL_OF(frame, replayed, 4, u.dead_letter_answer.replayed),
	STR_OF(frame, reason, 5, u.dead_letter_answer.reason, NAME_MAX_BYTES),
	STR_OF(frame, detail, 6, u.dead_letter_answer.detail, TEXT_MAX_BYTES),
	U64_OF(frame, total, 7, u.dead_letter_answer.total),
	U64_OF(frame, dropped, 8, u.dead_letter_answer.dropped),
};
static MESSAGE(dead_letter_answer, "DeadLetterAnswer", frame);

static const struct message_field failure_fields[] = {
	U64_OF(frame, request, 1, u.failure.request),
	STR_OF(frame, reason, 2, u.failure.reason, NAME_MAX_BYTES),
	STR_OF(frame, detail, 3, u.failure.detail, TEXT_MAX_BYTES),
};
static MESSAGE(failure, "Failure", frame);

const struct frame_form frame_forms[FRAME_KIND_END] = {
	[FRAME_HELLO] = { 2, &hello },
	[FRAME_WELCOME] = { 3, &welcome },
	[FRAME_PUBLISH] = { 4, &publish },
	[FRAME_ACKNOWLEDGE] = { 5, &acknowledge },
	[FRAME_READ] = { 10, &read },
	[FRAME_RECORDS] = { 11, &records },
	[FRAME_PROGRESS] = { 12, &progress },
	[FRAME_REFUSED] = { 13, &refused },
	[FRAME_STATUS_QUERY] = { 20, &status_query },
	[FRAME_STATUS_ANSWER] = { 21, &status_answer },
	[FRAME_SCORE_QUERY] = { 22, &score_query },
	[FRAME_SCORE_ANSWER] = { 23, &score_answer },
	[FRAME_PARTNERS_QUERY] = { 24, &partners_query },
	[FRAME_PARTNERS_ANSWER] = { 25, &partners_answer },
	[FRAME_DEAD_LETTER_QUERY] = { 26, &dead_letter_query },
	[FRAME_DEAD_LETTER_ANSWER] = { 27, &dead_letter_answer },
	[FRAME_FAILURE] = { 30, &failure },
};

/* ---- the PUB socket --------------------------------------------------------------------------------------- */

static const struct message_field topic_end_fields[] = {
	STR_OF(wire_topic_end, partner, 1, partner, NAME_MAX_BYTES),
	U64_OF(wire_topic_end, sequence, 2, sequence),
};
static MESSAGE(topic_end, "TopicEnd", wire_topic_end);

static const struct message_field message_heartbeat_fields[] = {
	U64_OF(wire_heartbeat, end_position, 1, end_position),
	LIST_OF(wire_heartbeat, recent, 2, recent, n_recent, 1000, topic_end),
	U64_OF(wire_heartbeat, event_position, 3, event_position),
};
MESSAGE(message_heartbeat, "Heartbeat", wire_heartbeat);

static const struct message_field message_pub_welcome_fields[] = {
	U32_OF(wire_pub_welcome, protocol, 1, protocol),
	STR_OF(wire_pub_welcome, feed, 2, feed, NAME_MAX_BYTES),
	U64_OF(wire_pub_welcome, end_position, 3, end_position),
};
MESSAGE(message_pub_welcome, "PubWelcome", wire_pub_welcome);
/* clang-format on */
