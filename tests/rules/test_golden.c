/* Published examples, each a test of its own named by its id: facts in order, and the points expected then, from the
 * engine with the shipped rule file and from the oracle. The files in tests/golden say how they are written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/compile/compile.h"
#include "rules/compile/shipped.h"
#include "rules/engine/engine.h"
#include "tests/oracle/oracle.h"

#define FOLDER	     "tests/golden"
#define EXAMPLES_MAX 512
#define LINES_MAX    4096
#define WORDS_MAX    8
#define PARTNER	     STR("golden-partner")

struct line {
	const char *file;
	int number;
	int n; /* words */
	char *words[WORDS_MAX];
};

struct example {
	const char *edition;
	char *id, *title;  /* "T008", "T008 nobody does step 2" */
	size_t first, end; /* lines */
};

static struct line lines[LINES_MAX];
static struct example examples[EXAMPLES_MAX];
static size_t n_lines, n_examples;

/* Texts of the files, kept to the end. */
static char *keep(const char *text)
{
	static char pool[256 * 1024];
	static size_t used;
	size_t n = strlen(text) + 1;
	char *copy = pool + used;

	if (n > sizeof pool - used) {
		fprintf(stderr, "the examples have grown past %zu bytes\n", sizeof pool);
		exit(1);
	}
	used += n;
	return memcpy(copy, text, n);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* Words are separated by blanks; quotes hold blanks together. */
static void split(char *text, struct line *l)
{
	char *p = text;

	while (l->n < WORDS_MAX) {
		bool quoted;

		p += strspn(p, " \t\n");
		if (*p == '\0' || *p == '#')
			return;
		quoted = *p == '"';
		p += quoted;
		l->words[l->n++] = p;
		p += strcspn(p, quoted ? "\"\n" : " \t\n");
		if (*p != '\0')
			*p++ = '\0';
	}
}

static void begin_example(char *name, const char *edition)
{
	struct example *x = &examples[n_examples++];

	name[strcspn(name, "\n")] = '\0';
	*x = (struct example){
		.edition = edition, .title = keep(name), .first = n_lines, .end = n_lines
	};
	x->id = keep(name);
	x->id[strcspn(x->id, " ")] = '\0';
}

static void read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	const char *edition = "";
	char text[512];

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	for (int number = 1; fgets(text, sizeof text, f) != NULL; number++) {
		struct line l = { .file = path, .number = number };

		if (strncmp(text, "example ", 8) == 0 && n_examples < EXAMPLES_MAX) {
			begin_example(text + 8, edition);
			continue;
		}
		split(keep(text), &l);
		if (l.n == 2 && strcmp(l.words[0], "edition") == 0) {
			edition = l.words[1];
		} else if (l.n > 0 && n_lines < LINES_MAX) {
			lines[n_lines++] = l;
			examples[n_examples - 1].end = n_lines;
		}
	}
	(void)fclose(f);
}

static void read_folder(void)
{
	struct dirent **entries = NULL;
	int n = scandir(FOLDER, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		size_t len = strlen(entries[i]->d_name);
		char path[512];

		if (len > 4 && strcmp(entries[i]->d_name + len - 4, ".txt") == 0) {
			(void)snprintf(path, sizeof path, FOLDER "/%s", entries[i]->d_name);
			read_file(keep(path));
		}
		free(entries[i]);
	}
	free(entries);
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

struct run {
	struct edition_box *box;
	struct engine *engine;
	struct oracle *oracle;
	event_ms recorded;
};

static void broken(const struct line *l, const char *what)
{
	fail_msg("%s:%d: %s", l->file, l->number, what);
}

static day_no day_of(const struct line *l, int i)
{
	day_no d = DAY_NONE;

	if (i >= l->n || day_parse(str_from(l->words[i]), &d) != 0)
		broken(l, "a day is wanted");
	return d;
}

static month_no month_of(const struct line *l, int i)
{
	month_no m = MONTH_NONE;

	if (i >= l->n || month_parse(str_from(l->words[i]), &m) != 0)
		broken(l, "a month is wanted");
	return m;
}

static int64_t micro_of(const struct line *l, int i)
{
	const char *p = l->words[i];
	int64_t sign = *p == '-' ? -1 : 1, v = 0, unit = 1000000;

	for (p += *p == '-'; *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (*p - '0') * 1000000LL;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++)
			v += (*p - '0') * (unit /= 10);
	if (*p != '\0')
		broken(l, "an amount is wanted");
	return sign * v;
}

static void apply(struct run *r, const struct line *l, struct event *ev)
{
	struct refusal_detail detail;
	char id[32];

	r->recorded++;
	(void)snprintf(id, sizeof id, "golden-%lld", (long long)r->recorded);
	ev->id = str_from(id);
	ev->source = STR("urn:golden");
	if (ev->kind != FACT_DAY)
		ev->subject = PARTNER;
	ev->time = ev->recorded = 1690000000000LL + r->recorded;
	if (event_validate(ev, &detail) != REFUSED_NOT)
		broken(l, detail.text);
	if (engine_apply(r->engine, ev, 0) != 0)
		broken(l, "the engine refused the fact");
	oracle_add(r->oracle, ev);
}

static void certify(struct run *r, const struct line *l, struct fact_certification fact)
{
	struct event ev = { .kind = FACT_CERTIFICATION };

	ev.u.certification = fact;
	apply(r, l, &ev);
}

static void on_holds(struct run *r, const struct line *l)
{
	for (int i = 2; i < l->n; i++)
		certify(r, l,
			(struct fact_certification){ .person = str_from(l->words[1]),
				.certificate = str_from(l->words[i]),
				.state = CERT_EARNED,
				.earned_on = day_from_civil(2023, 1, 10),
				.expires_on = DAY_NONE,
				.ended_on = DAY_NONE });
}

static void on_earned(struct run *r, const struct line *l)
{
	certify(r, l,
		(struct fact_certification){ .person = str_from(l->words[1]),
			.certificate = str_from(l->words[2]),
			.state = CERT_EARNED,
			.earned_on = day_of(l, 3),
			.expires_on = l->n > 4 ? day_of(l, 5) : DAY_NONE,
			.ended_on = DAY_NONE });
}

static void on_ended(struct run *r, const struct line *l)
{
	certify(r, l,
		(struct fact_certification){ .person = str_from(l->words[1]),
			.certificate = str_from(l->words[2]),
			.state = CERT_REVOKED,
			.earned_on = DAY_NONE,
			.expires_on = DAY_NONE,
			.ended_on = day_of(l, 3) });
}

static void on_unlinked(struct run *r, const struct line *l)
{
	struct event ev = { .kind = FACT_PERSON_LINK };

	ev.u.person_link = (struct fact_person_link){ str_from(l->words[1]), false, DAY_NONE };
	apply(r, l, &ev);
}

static void on_usage(struct run *r, const struct line *l)
{
	struct event ev = { .kind = FACT_USAGE };
	struct fact_usage *u = &ev.u.usage;

	*u = (struct fact_usage){ .customer = str_from(l->words[1]),
		.product = str_from(l->words[2]),
		.month = month_of(l, 3),
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.offer = OFFER_PAID,
		.duplicate = l->n > 7 && strcmp(l->words[7], "duplicate") == 0,
		.amount_micro = micro_of(l, 4) };
	if (l->n > 5 && !association_kind_by_name(str_from(l->words[5]), &u->association))
		broken(l, "no such association");
	if (l->n > 6 && !offer_kind_by_name(str_from(l->words[6]), &u->offer))
		broken(l, "no such offer");
	apply(r, l, &ev);
}

static void on_reported(struct run *r, const struct line *l)
{
	struct event ev = { .kind = FACT_USAGE_REPORTED };

	ev.u.usage_reported = (struct fact_usage_reported){ MEASURE_ACR, month_of(l, 1) };
	apply(r, l, &ev);
}

static void on_day(struct run *r, const struct line *l)
{
	struct event ev = { .kind = FACT_DAY };

	ev.u.day.day = day_of(l, 1);
	apply(r, l, &ev);
}

/* ---- what is expected ------------------------------------------------------------------------------------------- */

static void check_points(const struct line *l, const char *who, struct ratio points)
{
	char text[RATIO_TEXT];

	if (strcmp(ratio_format(points, text), l->words[3]) != 0)
		fail_msg("%s:%d: %s gives %s points, expected %s", l->file, l->number, who, text,
			l->words[3]);
}

static void check_engine_area(const struct line *l, const struct area_score *a)
{
	if (strcmp(l->words[2], "status") == 0) {
		if (strcmp(area_status_name(a->status), l->words[3]) != 0)
			fail_msg("%s:%d: the engine says %s", l->file, l->number,
				area_status_name(a->status));
		return;
	}
	if (strcmp(l->words[2], "total") == 0) {
		check_points(l, "the engine", a->total);
		return;
	}
	for (size_t i = 0; i < a->n_metrics; i++)
		if (str_eq(a->metrics[i].metric->id, str_from(l->words[2]))) {
			check_points(l, "the engine", a->metrics[i].points);
			return;
		}
	broken(l, "no such metric");
}

static void check_oracle_area(const struct line *l, const struct oracle_area *a)
{
	if (strcmp(l->words[2], "status") == 0 &&
		(strcmp(l->words[3], "qualified") == 0) != a->qualified)
		fail_msg("%s:%d: the oracle says %s", l->file, l->number,
			a->qualified ? "qualified" : "in-progress");
	if (strcmp(l->words[2], "total") == 0)
		check_points(l, "the oracle", a->total);
	for (size_t i = 0; i < a->n_metrics; i++)
		if (strcmp(a->metrics[i], l->words[2]) == 0)
			check_points(l, "the oracle", a->points[i]);
}

static bool is_meant(const struct line *l, struct str area)
{
	return strcmp(l->words[1], "all") == 0 || str_eq(area, str_from(l->words[1]));
}

static void on_expect(struct run *r, const struct line *l)
{
	const struct partner_change *changes;
	struct partner_score score;
	struct oracle_score twin;
	struct arena ar;
	bool any = false;
	size_t n;

	assert_int_equal(engine_settle(r->engine, &changes, &n), 0);
	arena_init(&ar, &mem_heap, 1 << 20);
	assert_int_equal(engine_score(r->engine, PARTNER, DAY_NONE, false, &ar, &score), 0);
	for (size_t i = 0; i < score.n_areas; i++)
		if (is_meant(l, score.areas[i].area->id)) {
			check_engine_area(l, &score.areas[i]);
			any = true;
		}
	arena_fini(&ar);
	if (!any)
		broken(l, "no such area");
	assert_true(oracle_score(r->oracle, PARTNER, DAY_NONE, &twin));
	for (size_t i = 0; i < ORACLE_AREAS; i++)
		if (is_meant(l, str_from(twin.areas[i].id)))
			check_oracle_area(l, &twin.areas[i]);
}

static const struct verb {
	const char *name;
	int words; /* at least */
	void (*run)(struct run *r, const struct line *l);
} verbs[] = {
	{ "day", 2, on_day },
	{ "holds", 3, on_holds },
	{ "earned", 4, on_earned },
	{ "ended", 4, on_ended },
	{ "unlinked", 2, on_unlinked },
	{ "usage", 5, on_usage },
	{ "reported", 2, on_reported },
	{ "expect", 4, on_expect },
};

static void run_example(struct run *r, const struct example *x);

static void run_line(struct run *r, const struct line *l)
{
	if (strcmp(l->words[0], "after") == 0 && l->n == 2) {
		for (size_t i = 0; i < n_examples; i++)
			if (strcmp(examples[i].id, l->words[1]) == 0) {
				run_example(r, &examples[i]);
				return;
			}
		broken(l, "no such example");
	}
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(l->words[0], verbs[i].name) == 0 && l->n >= verbs[i].words) {
			verbs[i].run(r, l);
			return;
		}
	broken(l, "not a line of an example");
}

static void run_example(struct run *r, const struct example *x)
{
	for (size_t i = x->first; i < x->end; i++)
		run_line(r, &lines[i]);
}

static void test_example(void **state)
{
	const struct example *x = *state;
	const struct shipped_edition *s = shipped_by_id(str_from(x->edition));
	struct engine_limits limits = { 100, 1000, 10000 };
	struct run r = { .oracle = oracle_create() };

	assert_non_null(s);
	assert_int_equal(compile_edition(&mem_heap, s->file, s->text, NULL, &r.box), 0);
	assert_int_equal(engine_create(&mem_heap, edition_box_get(r.box), &limits, &r.engine), 0);
	run_example(&r, x);
	engine_destroy(r.engine);
	oracle_destroy(r.oracle);
	edition_box_destroy(r.box);
}

int main(void)
{
	static struct CMUnitTest tests[EXAMPLES_MAX];

	read_folder();
	for (size_t i = 0; i < n_examples; i++)
		tests[i] = (struct CMUnitTest){ .name = examples[i].title,
			.test_func = test_example,
			.initial_state = &examples[i] };
	if (n_examples == 0) {
		fprintf(stderr,
			"no examples in " FOLDER "; run from the root of the source tree\n");
		return 1;
	}
	return _cmocka_run_group_tests("golden", tests, n_examples, NULL, NULL);
}
