/* What alerts look ahead to: senses of risk, escalation, hysteresis, what is within reach, corrections, feeds. Told as small
 * stories of one partner and one area: a word is a change, and what it made is told by kind, sense and reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "services/notification/notification_core.h"

#define DAY0	 19570
#define TOLD_MAX 1024

static const struct str metric_ids[] = { STR_INIT("net-customer-adds"), STR_INIT("skilling") };
static const uint32_t maxima[] = { 50, 50 };
static const struct area_shape shape = { STR_INIT("infrastructure"), STR_INIT(""),
	STR_INIT("2023-06"), 2, metric_ids, maxima, 70, false };
static const uint32_t ones[] = { 1, 1 };
static const struct area_shape special = { STR_INIT("infrastructure"), STR_INIT(""),
	STR_INIT("2023-06"), 2, metric_ids, ones, 2, true };

struct world {
	struct notification *n;
	uint64_t position;
	const struct area_shape *shape;
	int a, b;
	enum area_status status;
	day_no day;
	char told[TOLD_MAX];
	struct sink out;
	struct alert last; /* of those told; texts are gone */
	char last_text[ALERT_TEXT_MAX];
};

static void note(struct world *w, const struct alert *alerts, size_t n)
{
	char day[16] = "";

	for (size_t i = 0; i < n; i++) {
		const struct alert *al = &alerts[i];

		if (al->day != DAY0)
			(void)snprintf(day, sizeof day, "@%d", al->day - DAY0);
		sink_printf(&w->out, "%s%s%s/%s/%s", w->out.len > 0 ? " " : "",
			alert_kind_name(al->kind), day,
			al->sense != 0 ? alert_sense_name(al->sense) : "-",
			alert_reason_name(al->reason));
		if (al->border != 0)
			sink_printf(&w->out, "<=%u", al->border);
		if (al->severity == ALERT_CRITICAL)
			sink_printf(&w->out, "!");
		w->last = *al;
		(void)snprintf(w->last_text, sizeof w->last_text, "%s", al->text);
	}
}

static void step(struct world *w, const struct score_change *c, bool began)
{
	struct score_batch batch = { c != NULL, c, 42, w->day, began };
	const struct alert *alerts;
	size_t n;

	assert_int_equal(notification_step(w->n, &batch, w->position, &alerts, &n), 0);
	w->position += score_batch_records(&batch);
	note(w, alerts, n);
}

/* ---- words ---------------------------------------------------------------------------------------------------- */

static const struct fall falls[] = { { FALL_CERTIFICATE, DAY0 + 80, STR_INIT("p7"),
	STR_INIT("AZ-305") } };
static const struct stand customers[] = { { STAND_CUSTOMER, STR_INIT("t9"), { 61, 1 }, 0 } };
static const struct stand people[] = { { STAND_PERSON, STR_INIT("p7"), { 70, 1 }, 2 } };
static const struct addition additions[] = { { 1, 1, ADDITION_PEOPLE, 2, STR_INIT("AZ-305") },
	{ 2, 0, ADDITION_UNITS, 1, STR_INIT("") } };

/* Letters of a word: what the outlook says. */
static void read_outlook(struct area_outlook *o, const char *w)
{
	*o = (struct area_outlook){ .shape = &shape,
		.held = true,
		.qualifies = true,
		.total = ratio_int(100),
		.coast_on = DAY_NONE,
		.coast_total = RATIO_ZERO,
		.ends_on = DAY_NONE,
		.decides_on = DAY_NONE,
		.n_additions = 2,
		.additions = additions };
	for (; *w != '\0'; w++) {
		char *end = NULL;

		switch (*w) {
		case 'u':
			o->qualifies = false;
			break;
		case 'r':
			o->reached = true;
			break;
		case 'c':
			o->n_stands = o->stand_count = 1;
			o->stands = customers;
			break;
		case 'p':
			o->n_stands = o->stand_count = 1;
			o->stands = people;
			break;
		case 'f': /* falls on day N */
			o->coast_on = DAY0 + (day_no)strtol(w + 1, &end, 10);
			o->coast_total = ratio_int(62);
			o->falls = falls;
			o->n_falls = o->fall_count = 1;
			break;
		case 'd':
			o->decides_on = DAY0 + (day_no)strtol(w + 1, &end, 10);
			break;
		case 'e':
			o->ends_on = DAY0 + (day_no)strtol(w + 1, &end, 10);
			break;
		default:
			fail_msg("no such letter: %c", *w);
		}
		if (end != NULL)
			w = end - 1;
	}
}

static enum area_status status_of(const struct world *w, int a, int b, char how)
{
	int needed = (int)w->shape->qualifies_at;

	switch (how) {
	case 'E':
		return AREA_ENROLLED;
	case 'D':
		return AREA_RENEWAL_DUE;
	default:
		return a + b >= needed && a > 0 && b > 0 ? AREA_QUALIFIED : AREA_IN_PROGRESS;
	}
}

/* "50+25", "50+25E" (enrolled), "50+25D" (renewal due); "~DAY": an event corrected what is about that day; "|LETTERS": the
 * outlook comes along. */
static void change_points(struct world *w, const char *word)
{
	char *at, how;
	int a = (int)strtol(word, &at, 10), b = (int)strtol(at + 1, &at, 10);
	struct ratio before[] = { ratio_int(w->a), ratio_int(w->b) };
	struct ratio after[] = { ratio_int(a), ratio_int(b) };
	struct area_change area = { w->shape, before, after, w->status, AREA_UNKNOWN, STR("") };
	struct cause cause = { 41, STR("e-41"), STR("/crm") };
	struct area_outlook outlook;
	struct score_change c = { .partner = STR("6100001"),
		.n_areas = 1,
		.areas = &area,
		.n_causes = 1,
		.causes = &cause,
		.cause_count = 1 };

	how = *at == 'E' || *at == 'D' ? *at++ : 'Q';
	area.status_after = status_of(w, a, b, how);
	if (*at == '~')
		c.corrected = DAY0 + (day_no)strtol(at + 1, &at, 10);
	if (*at == '|') {
		read_outlook(&outlook, at + 1);
		c.n_outlooks = 1;
		c.outlooks = &outlook;
	}
	step(w, &c, false);
	w->a = a;
	w->b = b;
	w->status = area.status_after;
}

static void change_outlook(struct world *w, const char *letters)
{
	struct area_outlook outlook;
	struct score_change c = {
		.partner = STR("6100001"), .n_outlooks = 1, .outlooks = &outlook
	};

	read_outlook(&outlook, letters);
	step(w, &c, false);
}

/* "usage+": overdue, "usage-": not any more. */
static void change_feed(struct world *w, enum feed_kind kind, bool overdue)
{
	struct feed_outlook feed = { kind, kind == FEED_SKILLING ? DAY0 - 11 : DAY_NONE,
		kind == FEED_USAGE ? 24281 : MONTH_NONE, overdue ? w->day : DAY_NONE };
	struct score_change c = { .partner = STR("6100001"), .n_feeds = 1, .feeds = &feed };

	step(w, &c, false);
}

/* Saves, and goes on with a new core that knows what was saved. */
static void restart(struct world *w, const struct notification_options *o)
{
	struct notification *next;
	struct buf saved;

	buf_init(&saved, &mem_heap, 1 << 20);
	assert_int_equal(notification_create(&mem_heap, o, &next), 0);
	if (notification_save_partner(w->n, STR("6100001"), &saved) == 0)
		assert_int_equal(
			notification_load_partner(next, STR("6100001"), buf_span(&saved)), 0);
	notification_destroy(w->n);
	w->n = next;
	buf_fini(&saved);
}

static void take_word(struct world *w, const char *word, const struct notification_options *o)
{
	if (word[0] == '@') { /* a day begins */
		w->day = DAY0 + (day_no)strtol(word + 1, NULL, 10);
		step(w, NULL, true);
	} else if (word[0] == '|') {
		change_outlook(w, word + 1);
	} else if (strcmp(word, "usage+") == 0 || strcmp(word, "usage-") == 0) {
		change_feed(w, FEED_USAGE, word[5] == '+');
	} else if (strcmp(word, "skilling+") == 0 || strcmp(word, "skilling-") == 0) {
		change_feed(w, FEED_SKILLING, word[8] == '+');
	} else if (strcmp(word, "restart") == 0) {
		restart(w, o);
	} else {
		change_points(w, word);
	}
}

static void tell_story(struct world *w, const struct notification_options *o, const char *story)
{
	char words[512], *rest = words;

	assert_true(strlen(story) < sizeof words);
	memcpy(words, story, strlen(story) + 1);
	for (char *word = strtok_r(words, " ", &rest); word != NULL;
		word = strtok_r(NULL, " ", &rest))
		take_word(w, word, o);
}

static void begin(struct world *w, const struct notification_options *o, bool conditions)
{
	memset(w, 0, sizeof *w);
	w->shape = conditions ? &special : &shape;
	w->day = DAY0;
	w->position = 100;
	sink_init(&w->out, w->told, sizeof w->told);
	assert_int_equal(notification_create(&mem_heap, o, &w->n), 0);
}

/* ---- stories -------------------------------------------------------------------------------------------------- */

struct row {
	const char *name;
	uint32_t hold_days;
	int reach;
	bool conditions;
	const char *story, *want;
};

static const struct row rows[] = {
	/* The sense that it does not qualify. */
	{ "held without qualifying, and no day of the window that decides did", 0, 0, false,
		"50+50E|d200 30+30E|ud200", "gained/-/qualifies at-risk/unmet/below-threshold" },
	{ "which gets graver 90, 60, 30 and 7 days before the window ends", 0, 0, false,
		"50+50E|d200 30+30E|ud200 @110 |ud200 @140 |ud200 @170 |ud200 @193 |ud200 @194 |ud200",
		"gained/-/qualifies at-risk/unmet/below-threshold at-risk@110/unmet/below-threshold<=90! "
		"at-risk@140/unmet/below-threshold<=60! at-risk@170/unmet/below-threshold<=30! "
		"at-risk@193/unmet/below-threshold<=7!" },
	{ "a day of the window that qualified saves the renewal", 0, 0, false,
		"50+50E|rd200 30+30E|urd200", "gained/-/qualifies" },
	{ "until the window no longer holds it", 0, 0, false, "50+50|r 30+30E|ure80 30+30E|ure95",
		"gained/-/qualifies at-risk/coast/window-ends<=90 recovered/-/risk-passed" },
	{ "a metric at zero does not qualify either", 0, 0, false, "50+50E|d20 90+0E|ud20",
		"gained/-/qualifies at-risk/unmet/metric-at-zero<=30!" },
	/* The sense of the coast date. */
	{ "a coast date within the horizon is a risk", 0, 0, false, "50+50|f91 |f90",
		"gained/-/qualifies at-risk/coast/coast-date<=90" },
	{ "which gets graver as it nears", 0, 0, false,
		"50+50|f200 @110 |f200 @140 |f200 @170 |f200 @193 |f200",
		"gained/-/qualifies at-risk@110/coast/coast-date<=90 at-risk@140/coast/coast-date<=60 "
		"at-risk@170/coast/coast-date<=30! at-risk@193/coast/coast-date<=7!" },
	{ "a border is told once, however often it is looked at", 0, 0, false,
		"50+50|f85 |f85 |f84 @1 |f84", "gained/-/qualifies at-risk/coast/coast-date<=90" },
	{ "a coast date that moves out of the horizon is recovered", 0, 0, false, "50+50|f20 |f300",
		"gained/-/qualifies at-risk/coast/coast-date<=30! recovered/-/risk-passed" },
	{ "one that moves away and nears again is told again", 0, 0, false,
		"50+50|f20 |f80 @30 |f80",
		"gained/-/qualifies at-risk/coast/coast-date<=30! at-risk@30/coast/coast-date<=60" },
	{ "one that trembles about a border is not", 0, 0, false, "50+50|f30 |f31 |f30 |f33 |f29",
		"gained/-/qualifies at-risk/coast/coast-date<=30!" },
	/* The sense of concentration. */
	{ "what stands on one customer is at risk", 0, 0, false, "50+50|c",
		"gained/-/qualifies at-risk/single/one-customer" },
	{ "what stands on one person is at risk", 0, 0, false, "50+50|p",
		"gained/-/qualifies at-risk/single/one-person" },
	{ "a second customer mends it", 0, 0, false, "50+50|c |",
		"gained/-/qualifies at-risk/single/one-customer recovered/-/risk-passed" },
	/* Several senses. */
	{ "senses that come together are one alert, by the gravest", 0, 0, false, "50+25|cf5",
		"gained/-/qualifies at-risk/coast/coast-date<=7!" },
	{ "a further sense is told, a lighter one that was told is not", 0, 0, false,
		"50+25 50+25|c 50+25|cf50 50+25|cf70",
		"gained/-/qualifies at-risk/margin/within-margin at-risk/single/one-customer "
		"at-risk/coast/coast-date<=60" },
	{ "recovered is told when no sense is left", 0, 0, false, "50+25|c 50+50|c 50+50|",
		"gained/-/qualifies at-risk/single/one-customer recovered/-/margin-restored" },
	/* Hysteresis. */
	{ "what trembles at the line of the margin is told once", 0, 0, false,
		"50+50 50+29 50+30 50+29 50+31 50+29 50+32",
		"gained/-/qualifies at-risk/margin/within-margin recovered/-/margin-restored" },
	{ "what trembles at the threshold is told once", 0, 0, false,
		"50+50E 50+21E 50+19E 50+21E 50+19E 50+21E",
		"gained/-/qualifies at-risk/margin/within-margin at-risk/unmet/below-threshold!" },
	{ "a risk waits for its days", 3, 0, false, "@0 50+50 50+25 @1 @2 @3 @4",
		"gained/-/qualifies at-risk@3/margin/within-margin" },
	{ "and is not told when it has passed by then", 3, 0, false,
		"@0 50+50 50+25 @2 50+40 @3 @4", "gained/-/qualifies" },
	{ "its days begin anew with the next time", 3, 0, false,
		"@0 50+50 50+25 @2 50+40 50+25 @3 @4 @5",
		"gained/-/qualifies at-risk@5/margin/within-margin" },
	{ "a day that is skipped is no reason to wait longer", 3, 0, false, "@0 50+50 50+25 @9",
		"gained/-/qualifies at-risk@9/margin/within-margin" },
	{ "what gets graver than told does not wait", 3, 0, false, "@0 50+50|f89 @3 @29 |f89",
		"gained/-/qualifies at-risk@3/coast/coast-date<=90 "
		"at-risk@29/coast/coast-date<=60" },
	{ "lost does not wait", 3, 0, false, "@0 50+50 50+25 @1 50+10 @3",
		"gained/-/qualifies lost@1/-/below-threshold!" },
	{ "what waits survives a restart", 3, 0, false, "@0 50+50|f89 50+25|f89 @1 restart @2 @3",
		"gained/-/qualifies at-risk@3/coast/coast-date<=90" },
	{ "what was told survives a restart", 0, 0, false, "50+50|f89 restart |f89 @29 |f89",
		"gained/-/qualifies at-risk/coast/coast-date<=90 at-risk@29/coast/coast-date<=60" },
	/* Renewed. */
	{ "a renewal that is made is told", 0, 0, false, "50+50E 50+50D 50+50E",
		"gained/-/qualifies renewed/-/anniversary" },
	/* Within reach. */
	{ "few points short is within reach, once", 0, 10, false, "50+5 50+10 50+12 50+15",
		"within-reach/-/few-points" },
	{ "and again after it went away", 0, 10, false, "50+10 50+9 50+10 50+5 50+10",
		"within-reach/-/few-points within-reach/-/few-points" },
	{ "enough points but one metric at zero is within reach", 0, 10, false, "75+0",
		"within-reach/-/one-metric" },
	{ "fewer points and a metric at zero are not", 0, 10, false, "65+0 0+0", "" },
	{ "lost says itself that it is near", 0, 10, false, "50+50 50+15 50+16",
		"gained/-/qualifies lost/-/below-threshold!" },
	{ "gained ends it", 0, 10, false, "50+15 50+30",
		"within-reach/-/few-points gained/-/qualifies" },
	{ "all requirements but one are within reach", 0, 10, true, "0+0 1+0 1+1",
		"within-reach/-/one-requirement gained/-/qualifies" },
	{ "within reach survives a restart", 0, 10, false, "50+15 restart 50+16",
		"within-reach/-/few-points" },
	{ "without a reach nothing is", 0, 0, false, "50+15 75+0", "" },
	/* Withdrawn. */
	{ "gained by what is corrected is withdrawn", 0, 0, false, "50+10 50+50 50+10~-30",
		"gained/-/qualifies withdrawn/-/corrected!" },
	{ "lost by what is corrected is withdrawn", 0, 0, false, "50+50 50+10 50+50~-30",
		"gained/-/qualifies lost/-/below-threshold! withdrawn/-/corrected" },
	{ "a risk by what is corrected is withdrawn", 0, 0, false, "50+50 50+25 50+50~-30",
		"gained/-/qualifies at-risk/margin/within-margin withdrawn/-/corrected" },
	{ "gained and at risk at once are withdrawn together", 0, 0, false, "50+25 50+10~-30",
		"gained/-/qualifies at-risk/margin/within-margin withdrawn/-/corrected!" },
	{ "a correction of what came later is a loss", 0, 0, false, "50+50 @40 50+10~20",
		"gained/-/qualifies lost@40/-/below-threshold!" },
	{ "a correction of another metric is a loss", 0, 0, false, "50+10 50+50 10+50~-30",
		"gained/-/qualifies lost/-/below-threshold!" },
	{ "no correction is a loss", 0, 0, false, "50+50 50+10",
		"gained/-/qualifies lost/-/below-threshold!" },
	{ "what was withdrawn can be gained again", 0, 0, false, "50+10 50+50 50+10~-30 50+50~-30",
		"gained/-/qualifies withdrawn/-/corrected! gained/-/qualifies" },
	{ "what is to be undone survives a restart", 0, 0, false, "50+10 50+50 restart 50+10~-30",
		"gained/-/qualifies withdrawn/-/corrected!" },
	/* Feeds. */
	{ "an overdue feed is an alert of its own, told once", 0, 0, false,
		"50+50 usage+ @1 usage+ @2 skilling+ @3 usage-",
		"gained/-/qualifies feed-overdue@1/-/usage-late feed-overdue@3/-/skilling-late "
		"feed-resumed@3/-/reported" },
	{ "one that is overdue within a day alone is not told", 0, 0, false,
		"usage+ usage- skilling+ skilling- @1", "" },
	{ "it survives a restart", 0, 0, false, "usage+ restart @1 restart usage+ usage-",
		"feed-overdue@1/-/usage-late feed-resumed@1/-/reported" },
};

static struct notification_options options_of(const struct row *r)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);

	o.hold_days = r->hold_days;
	o.reach = ratio_int(r->reach);
	return o;
}

static void run_row(void **state)
{
	const struct row *r = *state;
	struct notification_options o = options_of(r);
	struct world w;

	begin(&w, &o, r->conditions);
	tell_story(&w, &o, r->story);
	assert_string_equal(w.told, r->want);
	notification_destroy(w.n);
}

/* Whatever was saved in between: the same alerts. */
static void run_row_with_restarts(void **state)
{
	const struct row *r = *state;
	struct notification_options o = options_of(r);
	char words[512], *rest = words;
	struct world w;

	begin(&w, &o, r->conditions);
	memcpy(words, r->story, strlen(r->story) + 1);
	for (char *word = strtok_r(words, " ", &rest); word != NULL;
		word = strtok_r(NULL, " ", &rest)) {
		take_word(&w, word, &o);
		restart(&w, &o);
	}
	assert_string_equal(w.told, r->want);
	notification_destroy(w.n);
}

/* ---- single behaviours ---------------------------------------------------------------------------------------- */

static void assert_text(const char *story, uint32_t hold_days, const char *want)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	struct world w;

	o.hold_days = hold_days;
	begin(&w, &o, false);
	tell_story(&w, &o, story);
	assert_string_equal(w.last_text, want);
	notification_destroy(w.n);
}

static void test_texts_say_what_lies_ahead(void **state)
{
	(void)state;
	assert_text("50+25|f80", 0,
		"Partner 6100001 is at risk of losing infrastructure: 75 points, were 0, 70 needed. Moved: "
		"net-customer-adds 0 to 50, skilling 0 to 25. From 2023-10-20 on it has 62 points: certificate "
		"AZ-305 of p7. To mend it: 2 more people with AZ-305 (skilling), or 1 more "
		"(net-customer-adds).");
	assert_text("50+50 |p", 0,
		"Partner 6100001 is at risk of losing infrastructure: 100 points, 70 needed. Without person p7: 70, nothing in "
		"skilling. To mend it: 2 more people with AZ-305 (skilling), or 1 more "
		"(net-customer-adds).");
	assert_text("50+50E|d200 30+30E|ud200", 0,
		"Partner 6100001 is at risk of losing infrastructure: 60 points, were 100, 10 short of the 70 "
		"needed. Moved: net-customer-adds 50 to 30, skilling 50 to 30. It has to qualify until "
		"2024-02-17 to be renewed. To mend it: 2 more people with AZ-305 (skilling), or 1 more "
		"(net-customer-adds).");
	assert_text("50+15", 0,
		"Partner 6100001 is within reach of infrastructure: 65 points, were 0, 5 short of the 70 "
		"needed. Moved: net-customer-adds 0 to 50, skilling 0 to 15.");
	assert_text("50+50 50+10~-30", 0,
		"Partner 6100001: a correction undid alert 1 (gained) of infrastructure: 60 points, were 100, "
		"10 short of the 70 needed. Moved: skilling 50 to 10.");
	assert_text("usage+ @1", 0,
		"Partner 6100001: usage is overdue since 2023-08-01, the newest is of 2023-06.");
}

static void test_what_waits_is_told_with_its_points_and_what_lies_ahead(void **state)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	struct world w;

	(void)state;
	o.hold_days = 3;
	begin(&w, &o, false);
	/* Points and the outlook come one after the other. */
	tell_story(&w, &o, "@0 50+50 50+25 |cf80 restart @2 restart @3");
	assert_string_equal(w.told, "gained/-/qualifies at-risk@3/coast/coast-date<=90");
	assert_int_equal(w.last.sequence, 2);
	assert_int_equal(w.last.n_metrics, 2);
	assert_true(ratio_eq(w.last.total_after, ratio_int(75)));
	assert_int_equal(w.last.n_stands, 1);
	assert_int_equal(w.last.n_falls, 1);
	assert_int_equal(w.last.n_additions, 2);
	assert_int_equal(w.last.n_causes, 1);
	notification_destroy(w.n);
}

static void test_alert_carries_what_lies_ahead(void **state)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	struct world w;

	(void)state;
	begin(&w, &o, false);
	tell_story(&w, &o, "50+25|cf80");
	assert_int_equal(w.last.sense, ALERT_SENSE_COAST);
	assert_int_equal(w.last.senses,
		1U << ALERT_SENSE_COAST | 1U << ALERT_SENSE_SINGLE | 1U << ALERT_SENSE_MARGIN);
	assert_int_equal(w.last.by, DAY0 + 80);
	assert_int_equal(w.last.border, 90);
	assert_true(ratio_eq(w.last.total_then, ratio_int(62)));
	assert_int_equal(w.last.fall_count, 1);
	assert_int_equal(w.last.stand_count, 1);
	assert_true(str_eq(w.last.falls[0].what, STR("AZ-305")));
	notification_destroy(w.n);
}

static void test_withdrawn_names_the_alert(void **state)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	struct world w;

	(void)state;
	begin(&w, &o, false);
	tell_story(&w, &o, "50+10 50+50 50+10 50+50 50+10~-30");
	assert_int_equal(w.last.kind, ALERT_WITHDRAWN);
	assert_int_equal(w.last.withdraws_kind, ALERT_GAINED);
	assert_int_equal(w.last.withdraws, w.last.sequence - 1);
	notification_destroy(w.n);
}

/* Numbers of partners depend on the order in which they came, and after a restart on that of their ids. */
static void test_what_is_due_on_a_day_is_told_in_order_of_partners(void **state)
{
	static const char *const ids[] = { "30", "1", "222" };
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	struct ratio none[] = { ratio_int(0), ratio_int(0) };
	struct ratio points[] = { ratio_int(50), ratio_int(25) };
	struct area_change area = { &shape, none, points, AREA_UNKNOWN, AREA_QUALIFIED, STR("") };
	const struct alert *al;
	struct notification *n;
	size_t count;

	(void)state;
	o.hold_days = 2;
	assert_int_equal(notification_create(&mem_heap, &o, &n), 0);
	for (size_t i = 0; i < 3; i++) {
		struct score_change c = {
			.partner = str_from(ids[i]), .n_areas = 1, .areas = &area
		};
		struct score_batch batch = { 1, &c, 42, DAY0, false };

		assert_int_equal(notification_step(n, &batch, i, &al, &count), 0);
		assert_int_equal(count, 1);
	}
	assert_int_equal(notification_step(n, &(struct score_batch){ 0, NULL, 43, DAY0 + 2, true },
				 3, &al, &count),
		0);
	assert_int_equal(count, 3);
	assert_true(str_eq(al[0].partner, STR("1")) && str_eq(al[1].partner, STR("222")) &&
		    str_eq(al[2].partner, STR("30")));
	notification_destroy(n);
}

static void test_only_what_changed_is_to_be_saved(void **state)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	const struct str *changed;
	struct world w;
	size_t n;

	(void)state;
	begin(&w, &o, false);
	tell_story(&w, &o, "50+50|f200");
	notification_changed(w.n, &changed, &n);
	assert_int_equal(n, 1);
	assert_true(str_eq(changed[0], STR("6100001")));
	tell_story(&w, &o, "50+45|f200");
	notification_changed(w.n, &changed, &n);
	assert_int_equal(n, 0); /* other points, but nothing that decides */
	tell_story(&w, &o, "|f190");
	notification_changed(w.n, &changed, &n);
	assert_int_equal(n, 1); /* another day, though not an alert */
	notification_destroy(w.n);
}

static void test_damaged_waiting_state_is_refused(void **state)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	struct world w;
	struct buf saved;

	(void)state;
	o.hold_days = 3;
	begin(&w, &o, false);
	buf_init(&saved, &mem_heap, 1 << 20);
	tell_story(&w, &o, "@0 50+50 50+25|cf80");
	assert_int_equal(notification_save_partner(w.n, STR("6100001"), &saved), 0);
	for (size_t n = 0; n < saved.n; n++) {
		struct notification *r;

		assert_int_equal(notification_create(&mem_heap, &o, &r), 0);
		assert_int_equal(
			notification_load_partner(r, STR("x"), (struct span){ saved.p, n }),
			n == 35 ? 0 : ERR_CORRUPT);
		notification_destroy(r);
	}
	buf_fini(&saved);
	notification_destroy(w.n);
}

static void test_muted_senses_are_not_told(void **state)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	struct world w;

	(void)state;
	o.muted = 1U << ALERT_SENSE_SINGLE | 1U << ALERT_SENSE_MARGIN;
	begin(&w, &o, false);
	tell_story(&w, &o, "50+25|c 50+25|cf50 50+25|c");
	assert_string_equal(
		w.told, "gained/-/qualifies at-risk/coast/coast-date<=60 recovered/-/risk-passed");
	notification_destroy(w.n);
}

static void test_points_only_passes_over_outlooks_and_feeds(void **state)
{
	struct notification_options o = NOTIFICATION_DEFAULTS(10);
	struct world w;

	(void)state;
	o.points_only = true;
	begin(&w, &o, false);
	tell_story(&w, &o, "50+50|cf5 |cf3 usage+");
	assert_string_equal(w.told, "gained/-/qualifies");
	notification_destroy(w.n);
}

#define N_ROWS	(sizeof rows / sizeof *rows)
#define N_FIXED 9

int main(void)
{
	const struct CMUnitTest fixed[N_FIXED] = {
		cmocka_unit_test(test_texts_say_what_lies_ahead),
		cmocka_unit_test(test_what_waits_is_told_with_its_points_and_what_lies_ahead),
		cmocka_unit_test(test_alert_carries_what_lies_ahead),
		cmocka_unit_test(test_withdrawn_names_the_alert),
		cmocka_unit_test(test_what_is_due_on_a_day_is_told_in_order_of_partners),
		cmocka_unit_test(test_only_what_changed_is_to_be_saved),
		cmocka_unit_test(test_damaged_waiting_state_is_refused),
		cmocka_unit_test(test_muted_senses_are_not_told),
		cmocka_unit_test(test_points_only_passes_over_outlooks_and_feeds),
	};
	struct CMUnitTest tests[2 * N_ROWS + N_FIXED];

	for (size_t i = 0; i < N_ROWS; i++) {
		tests[2 * i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = run_row,
			.initial_state = (void *)(uintptr_t)&rows[i] };
		tests[2 * i + 1] = tests[2 * i];
		tests[2 * i + 1].test_func = run_row_with_restarts;
	}
	memcpy(tests + 2 * N_ROWS, fixed, sizeof fixed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
