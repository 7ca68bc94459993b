/* Scores for people and for programs: the table with bars, the explanation, and the JSON of docs/cli.md.
 *
 * One shape for scores from services and scores of files, so that both look the same. */
#ifndef CLI_SCORE_VIEW_H
#define CLI_SCORE_VIEW_H

#include <stdio.h>

#include <jansson.h>

#include "common/wire/frame.h"

struct score_view {
	struct str partner, edition;
	day_no as_of; /* DAY_NONE when no day has begun yet */
	month_no
		reference_month; /* the newest month of usage that counts, MONTH_NONE when there is none */
	size_t n_areas;
	const struct wire_area_score *areas;
	bool explained;
	bool all;      /* text: also the specializations of which nothing is met */
	bool one_area; /* text: the areas were asked for, so all of them are told in full */
};

/* The view of an answer of the scoring service; borrows from the frame. f->kind is FRAME_SCORE_ANSWER.
 * as_of: the day asked for, DAY_NONE for the service's current day. */
struct score_view score_view_of_answer(const struct frame *f, day_no as_of);

struct score_style {
	bool color;
	bool unicode; /* block characters for the bars */
};
/* What suits `out`: colour and blocks on a terminal with UTF-8, neither elsewhere; NO_COLOR (when not empty) turns
 * colour off; `force` asks for both in any case but NO_COLOR's. */
struct score_style score_style_of(FILE *out, bool force);

/* 80 columns. With the explanation where the metrics carry one. */
void score_print(const struct score_view *v, const struct score_style *style, FILE *out);

/* Whether there is anything to tell of a specialization. */
bool score_is_something(const struct wire_area_score *a);
const char *score_form_name(enum wire_area_form form); /* "metrics", "all-of", "requirements" */

/* One partner's object. Returns NULL when out of memory. The caller decrefs. */
json_t *score_json(const struct score_view *v);
/* Appends an object to {"partners": [...]}; consumes both. *doc NULL: starts it. Returns 0 or ERR_NOMEM. */
int score_json_add(json_t **doc, json_t *partner);

#endif
