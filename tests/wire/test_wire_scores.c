/* Score batches and alerts: there and back, against the generated code, and damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capscore/v1/alert.pb-c.h"
#include "capscore/v1/score.pb-c.h"
#include "common/wire/pb.h"
#include "common/wire/wire.h"
#include "tests/support/score_samples.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct fixture {
	struct buf buf, again;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct fixture fx;

	buf_init(&fx.buf, &mem_heap, (size_t)8 * 1024 * 1024);
	buf_init(&fx.again, &mem_heap, (size_t)8 * 1024 * 1024);
	arena_init(&fx.arena, &mem_heap, (size_t)64 * 1024 * 1024);
	*state = &fx;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	buf_fini(&fx->buf);
	buf_fini(&fx->again);
	arena_fini(&fx->arena);
	return 0;
}

/* ---- score batches ---------------------------------------------------------------------------------------- */

static void test_a_batch_comes_back_as_it_went(void **state)
{
	struct fixture *fx = *state;
	struct score_batch sent = score_sample(), got;

	assert_int_equal(wire_encode_scores(&sent, &fx->buf), 0);
	assert_int_equal(wire_decode_scores(buf_span(&fx->buf), &fx->arena, &got, NULL), 0);
	assert_true(score_batch_eq(&sent, &got));
	/* Shapes are shared: the same bytes again, and one shape for equal pointers. */
	assert_ptr_equal(got.changes[0].areas[0].shape, got.changes[2].areas[0].shape);
	assert_int_equal(wire_encode_scores(&got, &fx->again), 0);
	assert_int_equal(fx->again.n, fx->buf.n);
	assert_memory_equal(fx->again.p, fx->buf.p, fx->buf.n);
}

static void test_an_empty_batch_comes_back(void **state)
{
	struct fixture *fx = *state;
	struct score_batch sent = { 0, NULL, 17, DAY_NONE, false }, got;

	assert_int_equal(wire_encode_scores(&sent, &fx->buf), 0);
	assert_int_equal(wire_decode_scores(buf_span(&fx->buf), &fx->arena, &got, NULL), 0);
	assert_true(score_batch_eq(&sent, &got));
}

static void test_batch_bytes_are_those_of_the_generated_code(void **state)
{
	struct fixture *fx = *state;
	struct score_batch sent = score_sample();
	Capscore__V1__ScoreBatch *b;

	assert_int_equal(wire_encode_scores(&sent, &fx->buf), 0);
	b = capscore__v1__score_batch__unpack(NULL, fx->buf.n, fx->buf.p);
	assert_non_null(b);
	/* area, track, edition and metrics of the first shape, then what the others and the other track add */
	assert_int_equal(b->n_names, 3 + 4 + 2 + 1 + 1);
	assert_string_equal(b->names[0], "infrastructure");
	assert_string_equal(b->names[1], "");
	assert_string_equal(b->names[7], "modern-work");
	assert_string_equal(b->names[9], "enterprise");
	assert_int_equal(b->n_shapes, 3);
	assert_false(b->shapes[1]->conditions);
	assert_true(b->shapes[2]->conditions);
	assert_int_equal(b->changes[0]->areas[1]->track_before, 0);
	assert_int_equal(b->changes[1]->areas[0]->track_before, 10);
	assert_int_equal(b->changes[1]->areas[1]->track_before, 0);
	assert_int_equal(b->changes[0]->areas[0]->n_high, 0);
	assert_int_equal(b->changes[0]->areas[1]->n_high, 12);
	assert_int_equal(capscore__v1__score_batch__get_packed_size(b), fx->buf.n);
	assert_int_equal(buf_reserve(&fx->again, fx->buf.n), 0);
	(void)capscore__v1__score_batch__pack(b, fx->again.p);
	assert_memory_equal(fx->again.p, fx->buf.p, fx->buf.n);
	capscore__v1__score_batch__free_unpacked(b, NULL);
}

static void test_a_cut_batch_is_refused_or_shorter(void **state)
{
	struct fixture *fx = *state;
	struct score_batch sent = score_sample(), got;

	assert_int_equal(wire_encode_scores(&sent, &fx->buf), 0);
	for (size_t cut = 0; cut < fx->buf.n; cut++) {
		uint8_t *exact = malloc(cut + 1);
		int rc;

		memcpy(exact + 1, fx->buf.p, cut);
		arena_reset(&fx->arena);
		rc = wire_decode_scores((struct span){ exact + 1, cut }, &fx->arena, &got, NULL);
		assert_true(rc == ERR_SYNTAX || (rc == 0 && !score_batch_eq(&sent, &got)));
		free(exact);
	}
}

static void test_every_changed_byte_of_a_batch_gets_an_answer(void **state)
{
	struct fixture *fx = *state;
	struct score_batch sent = score_sample(), got;
	size_t taken = 0, refused = 0;

	assert_int_equal(wire_encode_scores(&sent, &fx->buf), 0);
	for (size_t at = 0; at < fx->buf.n; at++)
		for (unsigned flip = 1; flip < 256; flip++) {
			fx->buf.p[at] ^= (uint8_t)flip;
			arena_reset(&fx->arena);
			if (wire_decode_scores(buf_span(&fx->buf), &fx->arena, &got, NULL) == 0) {
				/* What is taken can be summed and sent on. */
				for (size_t i = 0; i < got.n_changes; i++)
					for (size_t k = 0; k < got.changes[i].n_areas; k++)
						(void)score_total(got.changes[i].areas[k].after,
							got.changes[i].areas[k].shape->n_metrics);
				buf_reset(&fx->again);
				assert_int_equal(wire_encode_scores(&got, &fx->again), 0);
				taken++;
			} else {
				refused++;
			}
			fx->buf.p[at] ^= (uint8_t)flip;
		}
	assert_true(taken > 1000 && refused > 1000);
}

static void test_fields_of_a_later_version_are_passed_over(void **state)
{
	static const uint8_t later[] = { 0x78, 0x05, 0x82, 0x01, 0x01, 'x' };
	struct fixture *fx = *state;
	struct score_batch sent = score_sample(), got;

	assert_int_equal(buf_add(&fx->buf, later, sizeof later), 0);
	assert_int_equal(wire_encode_scores(&sent, &fx->buf), 0);
	assert_int_equal(buf_add(&fx->buf, later, sizeof later), 0);
	assert_int_equal(wire_decode_scores(buf_span(&fx->buf), &fx->arena, &got, NULL), 0);
	assert_true(score_batch_eq(&sent, &got));
}

static void test_a_batch_without_room_leaves_no_trace(void **state)
{
	struct score_batch sent = score_sample();
	struct buf small;
	int rc = ERR_FULL;

	(void)state;
	for (size_t max = 3; rc == ERR_FULL; max += 50) {
		buf_init(&small, &mem_heap, max);
		assert_int_equal(buf_add(&small, "abc", 3), 0);
		rc = wire_encode_scores(&sent, &small);
		assert_true(rc == 0 || small.n == 3);
		buf_fini(&small);
	}
	assert_int_equal(rc, 0);
}

static void test_too_many_shapes_are_an_answer(void **state)
{
	struct fixture *fx = *state;
	static const struct str metric = STR_INIT("m");
	static const uint32_t maximum = 1;
	static const struct ratio points = { 1, 1 };
	static struct area_shape shapes[257];
	static struct area_change areas[257];
	struct score_change change = { .partner = STR("1"), .n_areas = 256, .areas = areas };
	struct score_batch batch = { 1, &change, 1, DAY_NONE, false }, got;

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		shapes[i] = (struct area_shape){ STR("a"), STR(""), STR("e"), 1, &metric, &maximum,
			1, false };
		areas[i] = (struct area_change){ &shapes[i], &points, &points, AREA_UNKNOWN,
			AREA_QUALIFIED, STR("") };
	}
	assert_int_equal(wire_encode_scores(&batch, &fx->buf), 0);
	assert_int_equal(wire_decode_scores(buf_span(&fx->buf), &fx->arena, &got, NULL), 0);
	assert_int_equal(got.changes[0].n_areas, 256);
	change.n_areas = 257;
	assert_int_equal(wire_encode_scores(&batch, &fx->buf), ERR_FULL);
}

/* Names by index: the sample has eleven, and a change of track tells the index of one more. */
static void test_a_track_before_that_no_name_tells_is_refused(void **state)
{
	struct fixture *fx = *state;
	struct score_batch sent = score_sample(), got;
	Capscore__V1__ScoreBatch *b;
	struct err e = { 0 };

	assert_int_equal(wire_encode_scores(&sent, &fx->buf), 0);
	b = capscore__v1__score_batch__unpack(NULL, fx->buf.n, fx->buf.p);
	assert_non_null(b);
	b->changes[1]->areas[0]->track_before = (uint32_t)b->n_names + 1;
	assert_int_equal(buf_reserve(&fx->again, fx->buf.n + 16), 0);
	fx->again.n = capscore__v1__score_batch__pack(b, fx->again.p);
	assert_int_equal(
		wire_decode_scores(buf_span(&fx->again), &fx->arena, &got, &e), ERR_SYNTAX);
	assert_non_null(strstr(e.text, "track before"));
	capscore__v1__score_batch__free_unpacked(b, NULL);
}

/* The largest edition there may be: 64 areas of four tracks each, 16 metrics in each. */
static void test_every_area_of_the_largest_edition_fits_a_batch(void **state)
{
	static char ids[64 * 4 + 64 * 16][8];
	static struct str metrics[64][AREA_METRICS_MAX];
	static uint32_t maximum[AREA_METRICS_MAX];
	static struct ratio points[AREA_METRICS_MAX];
	static struct area_shape shapes[64 * 4];
	static struct area_change areas[64 * 4];
	struct fixture *fx = *state;
	struct score_change change = { .partner = STR("1"), .n_areas = 256, .areas = areas };
	struct score_batch batch = { 1, &change, 1, DAY_NONE, false }, got;
	size_t n_ids = 0;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		(void)snprintf(ids[i], sizeof ids[i], "n%zu", i);
	for (size_t m = 0; m < AREA_METRICS_MAX; m++)
		points[m] = ratio_int((int64_t)m);
	for (size_t a = 0; a < 64; a++)
		for (size_t m = 0; m < AREA_METRICS_MAX; m++)
			metrics[a][m] = str_from(ids[n_ids++]);
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		shapes[i] = (struct area_shape){ .area = str_from(ids[i / 4]),
			.track = str_from(ids[n_ids + i]),
			.edition = STR("e"),
			.n_metrics = AREA_METRICS_MAX,
			.metrics = metrics[i / 4],
			.maximum = maximum,
			.qualifies_at = 70 };
		areas[i] = (struct area_change){ .shape = &shapes[i],
			.before = points,
			.after = points,
			.status_after = AREA_QUALIFIED,
			.track_before = STR("e") };
	}
	assert_int_equal(wire_encode_scores(&batch, &fx->buf), 0);
	assert_int_equal(wire_decode_scores(buf_span(&fx->buf), &fx->arena, &got, NULL), 0);
	assert_true(score_batch_eq(&batch, &got));
}

static void test_decoding_scores_into_a_full_arena(void **state)
{
	struct fixture *fx = *state;
	struct score_batch sent = score_sample(), got = { 0 };
	int rc = ERR_NOMEM;

	assert_int_equal(wire_encode_scores(&sent, &fx->buf), 0);
	for (size_t max = 0; rc == ERR_NOMEM; max += 16) {
		struct arena small;

		arena_init(&small, &mem_heap, max);
		rc = wire_decode_scores(buf_span(&fx->buf), &small, &got, NULL);
		assert_true(rc == 0 || got.n_changes == 0);
		arena_fini(&small);
	}
	assert_int_equal(rc, 0);
}

/* Points that no total of 128 bits could hold are refused, so that a reader may add up what it gets. */
static void test_points_that_cannot_be_added_are_refused(void **state)
{
	static const struct {
		struct ratio points[3];
		bool can;
	} rows[] = {
		{ { { 1, 2 }, { 1, 3 }, { 1, 7 } }, true },
		{ { { 1, ((int128)1 << 70) + 1 }, { 1, ((int128)1 << 70) + 1 }, { 5, 1 } }, true },
		{ { { 1, ((int128)1 << 70) + 1 }, { 1, ((int128)1 << 70) + 3 }, { 5, 1 } }, false },
		{ { { 1, (1LL << 58) + 1 }, { 1, (1LL << 58) + 3 }, { 1, (1LL << 58) + 7 } },
			false },
		{ { { ((int128)1 << 125), 1 }, { ((int128)1 << 125), 1 },
			  { ((int128)1 << 125), 1 } },
			false },
		{ { { -((int128)1 << 125), 3 }, { -((int128)1 << 125), 5 }, { 0, 1 } }, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(pb_can_add_up(rows[i].points, 3), rows[i].can);
}

static void test_points_have_a_range(void **state)
{
	static const struct {
		struct pb_points v;
		bool ok;
	} rows[] = {
		{ { 1, 1, 0, 0 }, true },
		{ { 1, 0, 0, 0 }, false },
		{ { 1, 0, 0, 1 }, true },
		{ { 1, 0, 0, 1ULL << 54 }, false },
		{ { 1, 1, 0, UINT64_MAX }, false },
		{ { UINT64_MAX, 1, UINT64_MAX, 0 }, true }, /* -1 */
		{ { 0, 1, 1ULL << 62, 0 }, false },
		{ { 0, 1, 1ULL << 63, 0 }, false },
	};
	struct ratio r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(pb_ratio(&rows[i].v, &r), rows[i].ok);
	assert_true(pb_ratio(&rows[5].v, &r) && r.num == -1);
}

/* ---- alerts ----------------------------------------------------------------------------------------------- */

static void test_an_alert_comes_back_as_it_went(void **state)
{
	struct fixture *fx = *state;
	struct alert sent, got;
	Capscore__V1__Alert *theirs;

	alert_sample(&sent);
	assert_int_equal(wire_encode_alert(&sent, &fx->buf), 0);
	assert_int_equal(wire_decode_alert(buf_span(&fx->buf), &fx->arena, &got, NULL), 0);
	assert_true(alert_eq(&sent, &got));
	theirs = capscore__v1__alert__unpack(NULL, fx->buf.n, fx->buf.p);
	assert_non_null(theirs);
	assert_string_equal(theirs->text, sent.text);
	assert_int_equal(theirs->metrics[1]->before->num_high, 1 << 4);
	capscore__v1__alert__free_unpacked(theirs, NULL);
}

static void test_a_cut_alert_is_refused_or_another(void **state)
{
	struct fixture *fx = *state;
	struct alert sent, got;

	alert_sample(&sent);
	assert_int_equal(wire_encode_alert(&sent, &fx->buf), 0);
	for (size_t cut = 0; cut < fx->buf.n; cut++) {
		uint8_t *exact = malloc(cut + 1);
		int rc;

		memcpy(exact + 1, fx->buf.p, cut);
		arena_reset(&fx->arena);
		rc = wire_decode_alert((struct span){ exact + 1, cut }, &fx->arena, &got, NULL);
		assert_true(rc == ERR_SYNTAX || (rc == 0 && !alert_eq(&sent, &got)));
		free(exact);
	}
}

static void test_every_changed_byte_of_an_alert_gets_an_answer(void **state)
{
	struct fixture *fx = *state;
	struct alert sent, got;
	char text[RATIO_TEXT];
	size_t taken = 0, refused = 0;

	alert_sample(&sent);
	assert_int_equal(wire_encode_alert(&sent, &fx->buf), 0);
	for (size_t at = 0; at < fx->buf.n; at++)
		for (unsigned flip = 1; flip < 256; flip++) {
			fx->buf.p[at] ^= (uint8_t)flip;
			arena_reset(&fx->arena);
			if (wire_decode_alert(buf_span(&fx->buf), &fx->arena, &got, NULL) == 0) {
				/* What is taken can be shown and sent on. */
				(void)ratio_format_decimal(got.total_after, text);
				buf_reset(&fx->again);
				assert_int_equal(wire_encode_alert(&got, &fx->again), 0);
				taken++;
			} else {
				refused++;
			}
			fx->buf.p[at] ^= (uint8_t)flip;
		}
	assert_true(taken > 1000 && refused > 1000);
}

static void spoil_id(struct alert *a)
{
	a->id[0] = 'g';
}
static void shorten_id(struct alert *a)
{
	a->id[31] = '\0';
}
static void no_kind(struct alert *a)
{
	a->kind = (enum alert_kind)0;
}
static void unknown_kind(struct alert *a)
{
	a->kind = ALERT_KIND_END;
}
static void unknown_reason(struct alert *a)
{
	a->reason = ALERT_REASON_END;
}
static void unknown_severity(struct alert *a)
{
	a->severity = ALERT_SEVERITY_END;
}
static void no_partner(struct alert *a)
{
	a->partner.n = 0;
}
static void unclean_text(struct alert *a)
{
	a->text[0] = '\033';
}
static void bad_day(struct alert *a)
{
	a->day = 1;
}
static void bad_cause(struct alert *a)
{
	a->causes[0].source = STR("\xff");
}

static void test_alerts_out_of_range_are_refused(void **state)
{
	static void (*const spoil[])(struct alert *) = { spoil_id, shorten_id, no_kind,
		unknown_kind, unknown_reason, unknown_severity, no_partner, unclean_text, bad_day,
		bad_cause };
	struct fixture *fx = *state;
	struct alert sent, got;

	for (size_t i = 0; i < ARRAY_LEN(spoil); i++) {
		struct err e = { 0 };

		alert_sample(&sent);
		spoil[i](&sent);
		buf_reset(&fx->buf);
		assert_int_equal(wire_encode_alert(&sent, &fx->buf), 0);
		assert_int_equal(
			wire_decode_alert(buf_span(&fx->buf), &fx->arena, &got, &e), ERR_SYNTAX);
		assert_true(e.text[0] != '\0');
	}
}

static void *find(const struct buf *b, const char *text)
{
	void *at = memmem(b->p, b->n, text, strlen(text));

	assert_non_null(at);
	return at;
}

/* The generated code would end each of them at the NUL. */
static void test_an_alert_with_a_nul_in_a_text_is_refused(void **state)
{
	static const char *const texts[] = { "partner-x", "source-x", "metric-x", "sentence-x" };
	struct fixture *fx = *state;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct alert sent, got;
		struct err e = { 0 };
		char *at;

		alert_sample(&sent);
		sent.partner = STR("partner-x");
		sent.causes[0].source = STR("source-x");
		sent.metrics[0] = STR("metric-x");
		(void)snprintf(sent.text, sizeof sent.text, "sentence-x");
		buf_reset(&fx->buf);
		assert_int_equal(wire_encode_alert(&sent, &fx->buf), 0);
		at = find(&fx->buf, texts[i]);
		at[strlen(texts[i]) - 2] = '\0';
		assert_int_equal(
			wire_decode_alert(buf_span(&fx->buf), &fx->arena, &got, &e), ERR_SYNTAX);
		assert_non_null(strstr(e.text, "not clean UTF-8"));
	}
}

static void test_an_alert_out_of_memory_is_not_called_broken(void **state)
{
	struct fixture *fx = *state;
	struct alert sent, got;
	int rc = ERR_NOMEM;

	alert_sample(&sent);
	assert_int_equal(wire_encode_alert(&sent, &fx->buf), 0);
	for (size_t max = 0; rc == ERR_NOMEM; max += 64) {
		struct arena small;

		arena_init(&small, &mem_heap, max);
		rc = wire_decode_alert(buf_span(&fx->buf), &small, &got, NULL);
		arena_fini(&small);
	}
	assert_int_equal(rc, 0);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_FIXTURE(test_a_batch_comes_back_as_it_went),
		WITH_FIXTURE(test_an_empty_batch_comes_back),
		WITH_FIXTURE(test_batch_bytes_are_those_of_the_generated_code),
		WITH_FIXTURE(test_a_cut_batch_is_refused_or_shorter),
		WITH_FIXTURE(test_every_changed_byte_of_a_batch_gets_an_answer),
		WITH_FIXTURE(test_fields_of_a_later_version_are_passed_over),
		WITH_FIXTURE(test_a_batch_without_room_leaves_no_trace),
		WITH_FIXTURE(test_too_many_shapes_are_an_answer),
		WITH_FIXTURE(test_a_track_before_that_no_name_tells_is_refused),
		WITH_FIXTURE(test_every_area_of_the_largest_edition_fits_a_batch),
		WITH_FIXTURE(test_decoding_scores_into_a_full_arena),
		cmocka_unit_test(test_points_that_cannot_be_added_are_refused),
		cmocka_unit_test(test_points_have_a_range),
		WITH_FIXTURE(test_an_alert_comes_back_as_it_went),
		WITH_FIXTURE(test_a_cut_alert_is_refused_or_another),
		WITH_FIXTURE(test_every_changed_byte_of_an_alert_gets_an_answer),
		WITH_FIXTURE(test_alerts_out_of_range_are_refused),
		WITH_FIXTURE(test_an_alert_with_a_nul_in_a_text_is_refused),
		WITH_FIXTURE(test_an_alert_out_of_memory_is_not_called_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
