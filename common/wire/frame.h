/* Frames: the first ZeroMQ frame of every message between Capscore processes (proto/capscore/v1/stream.proto). */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "common/wire/wire.h"

enum frame_kind {
	FRAME_NONE = 0,
	FRAME_HELLO,
	FRAME_WELCOME,
	FRAME_PUBLISH,
	FRAME_ACKNOWLEDGE,
	FRAME_READ,
	FRAME_RECORDS,
	FRAME_PROGRESS,
	FRAME_REFUSED,
	FRAME_STATUS_QUERY,
	FRAME_STATUS_ANSWER,
	FRAME_SCORE_QUERY,
	FRAME_SCORE_ANSWER,
	FRAME_PARTNERS_QUERY,
	FRAME_PARTNERS_ANSWER,
	FRAME_DEAD_LETTER_QUERY,
	FRAME_DEAD_LETTER_ANSWER,
	FRAME_HISTORY_QUERY,
	FRAME_HISTORY_ANSWER,
	FRAME_FAILURE,
	FRAME_REHEARSE_QUERY,
	FRAME_REHEARSE_ANSWER,
	FRAME_SIMULATE_QUERY,
	FRAME_SIMULATE_ANSWER,
	FRAME_PLAN_QUERY,
	FRAME_PLAN_ANSWER,
	FRAME_FORECAST_QUERY,
	FRAME_FORECAST_ANSWER,
	FRAME_CHRONICLE_QUERY,
	FRAME_CHRONICLE_ANSWER,
	FRAME_KIND_END
};

struct wire_refusal {
	uint32_t index; /* in the batch; WIRE_WHOLE_BATCH for all of it */
	struct str reason, detail;
	uint64_t dead_letter;
};
#define WIRE_WHOLE_BATCH UINT32_MAX

#define WIRE_FILTER_MAX 64
struct wire_filter {
	size_t n_partners, n_areas, n_kinds;
	const struct str *partners, *areas, *kinds;
};

struct wire_position {
	struct str name;
	uint64_t first, end;
};
struct wire_counter {
	struct str name;
	uint64_t value;
};
enum wire_health { HEALTH_HEALTHY = 1, HEALTH_DEGRADED = 2, HEALTH_FAILED = 3 };
enum dead_letter_action {
	DEAD_LETTER_LIST = 0,
	DEAD_LETTER_SHOW = 1,
	DEAD_LETTER_REPLAY = 2,
	DEAD_LETTER_KEEP = 3,
	DEAD_LETTER_DROP = 4
};

#define WIRE_RECORDS_MAX 256 /* of one DeadLetterQuery that keeps */

/* A record that a producer refused itself. */
struct wire_refused_record {
	struct str reason, detail, producer, format, file;
	uint32_t line, column;
	event_ms recorded;
	struct span original;
};

struct wire_dead_letter {
	uint64_t letter;
	struct str reason, detail, producer;
	event_ms received;
	struct span original; /* SHOW only */
	uint32_t size;
	/* Of a record that a producer refused; format is empty otherwise. */
	struct str format, file;
	uint32_t line, column;
	event_ms recorded;
};

struct wire_freshness {
	uint64_t event_position, lag_events;
	int64_t age_ms;
	day_no day; /* DAY_NONE when there is none yet */
};

/* What the sources lost is neither met nor not met. */
enum wire_met {
	WIRE_NOT_MET = 0,
	WIRE_MET_NOT_KNOWN = 1,
	WIRE_MET = 2,
	WIRE_MET_NOT_ASKED =
		3 /* of a requirement, not of a condition: its renewal does not ask for it again */
};
enum wire_area_form { WIRE_OF_METRICS = 0, WIRE_OF_AREAS = 1, WIRE_OF_REQUIREMENTS = 2 };

struct wire_condition {
	struct str name, expected, actual;
	enum wire_met met;
};
struct wire_item {
	struct str id, detail;
};
/* An option or a part of a metric, or a track of an area. */
struct wire_part_score {
	struct str id, name;
	struct ratio points;
	uint32_t maximum;
	bool counts;
};
struct wire_catalogue_entry {
	struct str id, kind, name, text;
};
struct wire_metric_score {
	struct str metric, name;
	struct ratio points;
	uint32_t maximum;
	enum wire_met met;
	day_no asked_on; /* WIRE_MET_NOT_ASKED: the anniversary whose renewal asks for it again; DAY_NONE */
	bool explained; /* the fields below are present */
	struct str rule, source, sentence;
	size_t n_conditions, n_counted, n_nearly;
	const struct wire_condition *conditions;
	const struct wire_item *counted, *nearly;
	uint32_t counted_total, nearly_total;
	size_t n_unknown;
	const struct str *unknown; /* what the source leaves open about the rule */
	size_t n_parts;
	const struct wire_part_score *parts;
};
struct wire_area_score {
	struct str area, name, track, track_name;
	struct ratio total;
	enum area_status status;
	enum wire_area_form form;
	bool qualifies, enrolled, automatic;
	day_no enrolled_on, anniversary, window_from, window_until, last_qualified; /* DAY_NONE */
	day_no renewal_on;     /* the anniversary whose renewal the day leads to; DAY_NONE */
	uint32_t renewal_year; /* of that renewal; 0: not known */
	size_t n_metrics;
	const struct wire_metric_score *metrics;
	/* Explained: */
	size_t n_tracks;
	const struct wire_part_score *tracks;
	struct str track_reason;
	size_t n_catalogue;
	const struct wire_catalogue_entry *catalogue;
};
struct wire_area_standing {
	struct str area, track;
	struct ratio total;
	enum area_status status;
	enum wire_area_form form;
	uint32_t maximum; /* of the total */
	bool qualifies;
	uint32_t not_known; /* requirements that are neither met nor not met */
};
/* From a day to the one before the next span. */
struct wire_history_span {
	day_no from;
	struct str edition;
	size_t n_areas;
	const struct wire_area_standing *areas;
};
/* Why an area falls on the first day of a span. */
struct wire_forecast_fall {
	struct str area, who, what;
	enum fall_kind kind;
};
struct wire_forecast_span {
	day_no from;
	struct str edition;
	size_t n_areas; /* of the first span all, of others those that changed */
	const struct wire_area_standing *areas;
	size_t n_falls; /* at most WIRE_FALLS_MAX */
	const struct wire_forecast_fall *falls;
	uint32_t qualifies_at; /* total points that a designation needs by that edition */
};
/* What changed of an area on a day or in a month, as it was told then. */
struct wire_chronicle_metric {
	struct str metric;
	struct ratio before, after;
	uint32_t maximum_before, maximum_after; /* 0: there is no such metric */
};
struct wire_chronicle_area {
	struct str area, track, edition;
	enum area_status status, status_before;
	struct ratio total, total_before, lowest, highest;
	uint32_t maximum, qualifies_at;
	bool conditions;
	size_t n_metrics; /* at most WIRE_CHRONICLE_METRICS */
	const struct wire_chronicle_metric *metrics;
	uint64_t changes, cause_count;
	size_t n_causes; /* at most CAUSES_MAX */
	const uint64_t *causes;
};
struct wire_chronicle_point {
	day_no from;
	bool month;
	size_t n_areas; /* at most WIRE_CHRONICLE_AREAS */
	const struct wire_chronicle_area *areas;
};
struct wire_partner_standing {
	struct str partner;
	size_t n_areas;
	const struct wire_area_standing *areas;
};

/* What other rules would make of an area of a partner. */
enum wire_outcome {
	OUTCOME_UNCHANGED = 0,
	OUTCOME_GAINS,
	OUTCOME_LOSES,
	OUTCOME_ENDANGERED, /* held by its window or its enrollment alone */
	OUTCOME_SAVED,	    /* held, and qualifies again */
	OUTCOME_TRACK,
	OUTCOME_END
};
struct wire_rehearsed_metric {
	struct str metric;
	struct ratio before, after;
	uint32_t maximum_before, maximum_after; /* 0: there is no such metric */
};
struct wire_rehearsed_change {
	enum wire_outcome outcome;
	struct str area, name;
	const struct wire_area_standing *before, *after; /* NULL: there is no such area */
	size_t n_metrics;
	const struct wire_rehearsed_metric *metrics; /* that move */
};
struct wire_rehearsed_partner {
	struct str partner;
	size_t n_changes;
	const struct wire_rehearsed_change *changes;
};
struct wire_rehearsed_area {
	struct str area;
	uint32_t n[OUTCOME_END]; /* partners, by outcome */
};

/* A fact in short, of which scoring makes events. */
enum wire_supposition_kind {
	SUPPOSE_CERTIFICATE = 1, /* who, name, count */
	SUPPOSE_CERTIFICATE_ENDS,
	SUPPOSE_ASSESSMENT,
	SUPPOSE_PERSON_LEAVES,
	SUPPOSE_CUSTOMER, /* who, name, measure, amount, months, association, count */
	SUPPOSE_CUSTOMER_LEAVES,
	SUPPOSE_USAGE, /* who, name, measure, amount or change, months */
	SUPPOSE_END
};
struct wire_supposition {
	enum wire_supposition_kind kind;
	struct str who, name; /* may be empty */
	uint32_t count, months;
	enum measure measure; /* 0: none said */
	enum association_kind association;
	bool has_amount;
	int64_t amount_micro;
	int32_t change; /* hundredths of a per cent */
};
struct wire_simulated_alert {
	enum alert_kind kind;
	enum alert_reason reason;
	enum alert_severity severity;
	struct str area, text;
};

/* What a plan adds, and what it may cost. */
enum wire_plan_kind {
	PLAN_CERTIFICATE = 1, /* earned by somebody */
	PLAN_RENEWAL,	      /* of certificates that lapse before the plan ends */
	PLAN_CUSTOMER,
	PLAN_DEPLOYMENT,
	PLAN_GROWTH,	  /* of usage: by a per cent, or by one step of the rule */
	PLAN_ATTESTATION, /* an audit, a reference ... */
	PLAN_KIND_END
};
struct wire_plan_cost {
	enum wire_plan_kind kind;
	struct str
		name; /* of a certificate, a metric, an area, a kind of attestation; empty: any other */
	int64_t amount_micro;
};
struct wire_plan_step {
	enum wire_plan_kind kind;
	struct str who, what; /* person or customer; certificates, product, attestation */
	bool known;	      /* who is; otherwise somebody new */
	uint32_t count, per_cent;
	int64_t cost_micro;   /* of all of it */
	enum measure measure; /* of usage; 0 */
	int64_t amount_micro; /* of usage, in all */
};
struct wire_plan {
	int64_t cost_micro;
	size_t n_steps;
	const struct wire_plan_step *steps;
	const struct frame *after, *at_end; /* FRAME_SCORE_ANSWER: at once, and on the last day */
};
enum wire_plan_outcome {
	PLAN_HELD = 1, /* nothing has to be added */
	PLAN_FOUND,
	PLAN_BEYOND, /* all that can be added does not reach it */
	PLAN_CUT,    /* none was found within the limit of the search */
	PLAN_OUTCOME_END
};
#define WIRE_PLANS_MAX	    16
#define WIRE_PLAN_COSTS_MAX 512
#define WIRE_PLAN_STEPS_MAX 512
#define WIRE_PLAN_GOALS_MAX 64
#define WIRE_PLAN_COST_MAX  1000000000000000LL /* of one addition, in millionths */

#define WIRE_SUPPOSITIONS_MAX	 256
#define WIRE_SIMULATE_BATCHES	 64 /* EventBatches of a question */
#define WIRE_NOTES_MAX		 256
#define WIRE_SIMULATED_ALERTS	 64
#define WIRE_SUPPOSED_COUNT_MAX	 1000 /* people or customers of one supposition */
#define WIRE_SUPPOSED_MONTHS_MAX 36

#define WIRE_REPORT_MAX	       65536 /* bytes of a compiler's report */
#define WIRE_SPANS_MAX	       400
#define WIRE_CHRONICLE_POINTS  400
#define WIRE_CHRONICLE_AREAS   256
#define WIRE_CHRONICLE_METRICS (2 * AREA_METRICS_MAX)
#define WIRE_CONDITIONS_MAX    256 /* of one metric */
#define WIRE_UNKNOWN_MAX       32
#define WIRE_FALLS_MAX	       4096	  /* of one span of a forecast */
#define WIRE_OUTLOOK_MAX       (1U << 20) /* bytes of the outlooks of a partner */

struct frame {
	enum frame_kind kind;
	union {
		struct {
			struct str producer;
		} hello;
		struct {
			uint32_t max_batch_events, max_batch_bytes, window_events;
			uint64_t dedup_window_events;
			uint32_t dedup_window_days;
		} welcome;
		struct {
			uint64_t batch;
			struct str content_type; /* content.h; empty: an EventBatch */
		} publish;
		struct {
			uint64_t batch;
			uint32_t accepted, duplicates;
			uint64_t position;
			size_t n_refusals;
			const struct wire_refusal *refusals;
		} acknowledge;
		struct {
			uint64_t session, position;
			uint32_t credit;
			struct str log;
			struct wire_filter filter;
		} read;
		struct {
			uint64_t session, first_position, next_position, end_position;
			size_t n_units;
			const uint32_t *unit_sizes, *unit_counts; /* n_units each */
		} records;
		struct {
			uint64_t session, position, end_position;
		} progress;
		struct {
			uint64_t session;
			struct str reason, detail;
			uint64_t first_position, end_position;
		} refused;
		struct {
			uint64_t request;
		} status_query;
		struct {
			uint64_t request;
			struct str service, version, state;
			enum wire_health health;
			int64_t uptime_ms;
			size_t n_positions, n_counters;
			const struct wire_position *positions;
			const struct wire_counter *counters;
		} status_answer;
		struct {
			uint64_t request;
			struct str partner;
			day_no as_of; /* DAY_NONE: the current day */
			bool explain;
			struct str area; /* id or name of the only one wanted; empty: all */
		} score_query;
		struct {
			uint64_t request;
			struct wire_freshness freshness;
			struct str partner, edition;
			size_t n_areas;
			const struct wire_area_score *areas;
			day_no usage_month; /* first day of the reference month, DAY_NONE */
		} score_answer;
		struct {
			uint64_t request;
			struct str area, after;
			enum area_status status;
			uint32_t limit;
		} partners_query;
		struct {
			uint64_t request;
			struct wire_freshness freshness;
			size_t n_partners;
			const struct wire_partner_standing *partners;
			bool more;
		} partners_answer;
		struct {
			uint64_t request;
			struct str partner, area; /* area as in score_query */
			day_no from, until;
		} history_query;
		struct {
			uint64_t request;
			struct wire_freshness freshness;
			struct str partner;
			size_t n_spans; /* at most WIRE_SPANS_MAX */
			const struct wire_history_span *spans;
			day_no until; /* last day of the last span */
		} history_answer;
		struct {
			uint64_t request;
			struct str partner, area; /* area as in score_query */
			day_no from,
				until; /* from DAY_NONE: the first there is; until DAY_NONE: as days says */
			uint32_t days; /* 0: 365 */
			bool steady;
		} forecast_query;
		struct {
			uint64_t request;
			struct str partner, area; /* area empty: all */
			day_no from, until;	  /* DAY_NONE: no bound */
			bool by_month;
		} chronicle_query;
		struct {
			uint64_t request;
			struct wire_freshness freshness;
			struct str partner;
			size_t n_spans; /* at most WIRE_SPANS_MAX */
			const struct wire_forecast_span *spans;
			day_no until;	     /* last day of the last span */
			struct span outlook; /* an encoded score batch; empty: none */
		} forecast_answer;
		struct {
			uint64_t request;
			struct wire_freshness freshness;
			struct str partner;
			size_t n_before, n_points;
			const struct wire_chronicle_area
				*before; /* as they stood when the first point begins */
			const struct wire_chronicle_point *points;
			bool more;
			day_no next, days_from, whole_from; /* DAY_NONE */
		} chronicle_answer;
		struct {
			uint64_t request;
			enum dead_letter_action action;
			uint64_t letter, after;
			uint32_t limit;
			struct span replacement;
			size_t n_records; /* at most WIRE_RECORDS_MAX */
			const struct wire_refused_record *records;
		} dead_letter_query;
		struct {
			uint64_t request;
			size_t n_letters;
			const struct wire_dead_letter *letters;
			bool more, replayed;
			struct str reason, detail;
			uint64_t total, dropped;
			size_t n_kept; /* at most WIRE_RECORDS_MAX */
			const uint64_t *kept;
			bool removed;
		} dead_letter_answer;
		struct {
			uint64_t request;
			struct str reason, detail;
		} failure;
		struct {
			uint64_t request, digest;
			struct str name, area, after;
			struct span text;
		} rehearse_query;
		struct {
			uint64_t request, digest;
			struct wire_freshness freshness;
			struct str edition, edition_now, last;
			struct span report;
			size_t n_partners, n_areas;
			const struct wire_rehearsed_partner *partners;
			const struct wire_rehearsed_area *areas;
			uint32_t looked_at;
			bool more;
		} rehearse_answer;
		struct {
			uint64_t request;
			struct str partner, edition, track, area;
			size_t n_batches; /* at most WIRE_SIMULATE_BATCHES */
			const struct span *batches;
			size_t n_suppositions;
			const struct wire_supposition *suppositions;
			day_no day; /* DAY_NONE: the current one */
			bool explain;
		} simulate_query;
		struct {
			uint64_t request;
			struct wire_freshness freshness;
			/* FRAME_SCORE_ANSWER each, or NULL */
			const struct frame *before, *without, *after;
			size_t n_alerts, n_notes;
			const struct wire_simulated_alert *alerts;
			const struct str *notes;
			uint32_t facts;
		} simulate_answer;
		struct {
			uint64_t request;
			struct str partner, target; /* an area by id or name, or "all" */
			day_no until;		    /* DAY_NONE: as plans.h says */
			uint32_t plans;		    /* wanted, 1..WIRE_PLANS_MAX */
			size_t n_costs;
			const struct wire_plan_cost *costs;
		} plan_query;
		struct {
			uint64_t request;
			struct wire_freshness freshness;
			enum wire_plan_outcome outcome;
			bool proven; /* no plan made of these additions costs less */
			day_no until;
			const struct frame *before; /* FRAME_SCORE_ANSWER */
			size_t n_goals, n_plans, n_notes;
			const struct str *goals;       /* ids of areas */
			const struct wire_plan *plans; /* cheapest first */
			const struct str *notes;
		} plan_answer;
	} u;
};

/* Appends the encoded frame. Returns 0, ERR_NOMEM, ERR_FULL, ERR_INVALID (a kind that is none, a text with a NUL in
 * it). Allocates only for frames with many parts, besides what `out` may grow. */
int frame_encode(const struct frame *f, struct buf *out);
/* Everything in ret_frame lives in the arena. Returns 0, ERR_SYNTAX (not a Frame), ERR_PROTOCOL (another
 * protocol number), ERR_UNSUPPORTED (a kind this version does not know), ERR_RANGE (a field out of range),
 * ERR_FULL (larger than WIRE_BODY_MAX), ERR_NOMEM. */
int frame_decode(struct span bytes, struct arena *ar, struct frame *ret_frame, struct err *e);

/* Heartbeat and welcome of the PUB socket (alert.proto). */
struct wire_topic_end {
	struct str partner;
	uint64_t sequence;
};
int wire_encode_heartbeat(uint64_t end_position, uint64_t event_position,
	const struct wire_topic_end *recent, size_t n, struct buf *out);
int wire_decode_heartbeat(struct span bytes, struct arena *ar, uint64_t *ret_end_position,
	uint64_t *ret_event_position, const struct wire_topic_end **ret_recent, size_t *ret_n,
	struct err *e);
int wire_encode_pub_welcome(struct str feed, uint64_t end_position, struct buf *out);

#endif
