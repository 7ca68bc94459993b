#include "common/io/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"

#define ENV_PREFIX   "CAPSCORE_"
#define HELP_COLUMN  28
#define HELP_WIDTH   100
#define NAME_MAX_LEN 64

static const struct option_spec *find_name(
	const struct option_spec *specs, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_from(specs[i].name), name))
			return &specs[i];
	return NULL;
}

static const struct option_spec *find_letter(const struct option_spec *specs, size_t n, char letter)
{
	for (size_t i = 0; i < n; i++)
		if (specs[i].letter != 0 && specs[i].letter == letter)
			return &specs[i];
	return NULL;
}

/* ---- values ----------------------------------------------------------------------------------------------- */

static int set_number(
	const struct option_spec *o, const char *text, const char *where, struct err *e)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (end == text || *end != '\0')
		return err_set(e, ERR_INVALID, "%s: '%s' is not a whole number", where, text);
	if (errno != 0 || v < o->min || v > o->max)
		return err_set(e, ERR_INVALID, "%s: '%s' is not between %lld and %lld", where, text,
			(long long)o->min, (long long)o->max);
	*(int64_t *)o->value = v;
	return 0;
}

static int set_flag(const struct option_spec *o, const char *text, const char *where, struct err *e)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = { { "1", true }, { "true", true }, { "yes", true }, { "0", false },
		{ "false", false }, { "no", false } };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(str_from(text), str_from(words[i].text))) {
			*(bool *)o->value = words[i].value;
			return 0;
		}
	return err_set(e, ERR_INVALID, "%s: '%s' is neither true nor false", where, text);
}

static int add_item(const struct option_spec *o, const char *text, const char *where, struct err *e)
{
	struct option_list *list = o->value;

	if (list->n == OPTION_LIST_MAX)
		return err_set(
			e, ERR_INVALID, "%s: given more than %d times", where, OPTION_LIST_MAX);
	list->items[list->n++] = text;
	return 0;
}

static int set_value(
	const struct option_spec *o, const char *text, const char *where, struct err *e)
{
	switch (o->type) {
	case OPTION_NUMBER:
		return set_number(o, text, where, e);
	case OPTION_FLAG:
		return set_flag(o, text, where, e);
	case OPTION_LIST:
		return add_item(o, text, where, e);
	default:
		*(const char **)o->value = text;
		return 0;
	}
}

static void clear_value(const struct option_spec *o)
{
	switch (o->type) {
	case OPTION_NUMBER:
		*(int64_t *)o->value = 0;
		break;
	case OPTION_FLAG:
		*(bool *)o->value = false;
		break;
	case OPTION_LIST:
		((struct option_list *)o->value)->n = 0;
		break;
	default:
		*(const char **)o->value = NULL;
	}
}

/* "data-dir" is CAPSCORE_DATA_DIR. */
static const char *environment_name(const struct option_spec *o, char *buf, size_t cap)
{
	struct sink s;

	sink_init(&s, buf, cap);
	sink_add(&s, STR(ENV_PREFIX));
	for (const char *p = o->name; *p != '\0'; p++) {
		char c = *p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;

		sink_add(&s, (struct str){ &c, 1 });
	}
	return buf;
}

static int set_default(const struct option_spec *o, struct err *e)
{
	clear_value(o);
	return o->initial == NULL ? 0 : set_value(o, o->initial, o->name, e);
}

/* For what the command line did not give; so a wrong value that nobody wants does no harm. Empty is not given. */
static int set_from_environment(const struct option_spec *o, struct err *e)
{
	char name[NAME_MAX_LEN + sizeof ENV_PREFIX];
	const char *text = getenv(environment_name(o, name, sizeof name));

	if (text == NULL || text[0] == '\0')
		return 0;
	if (o->type == OPTION_LIST)
		clear_value(o);
	return set_value(o, text, name, e);
}

/* A list given on the command line replaces the default. */
static void forget_preset_list(const struct option_spec *o, bool *seen)
{
	if (o->type == OPTION_LIST && !*seen)
		clear_value(o);
	*seen = true;
}

/* ---- the command line ------------------------------------------------------------------------------------- */

static int unknown_option(
	const struct option_spec *specs, size_t n, const char *arg, struct str name, struct err *e)
{
	const char *near = NULL;
	unsigned best = 3;

	for (size_t i = 0; i < n; i++) {
		unsigned d = str_distance(name, str_from(specs[i].name), best);

		if (d < best) {
			best = d;
			near = specs[i].name;
		}
	}
	if (near != NULL)
		return err_set(
			e, ERR_INVALID, "there is no option '%s'; did you mean '--%s'?", arg, near);
	return err_set(e, ERR_INVALID, "there is no option '%s'", arg);
}

struct walk {
	const struct option_spec *specs;
	size_t n_specs;
	int argc, at;
	char **argv;
	bool *seen; /* per option */
};

/* An option was named by argv[at]; `attached` is the value that came with it, or NULL. */
static int take_option(
	struct walk *w, const struct option_spec *o, const char *attached, struct err *e)
{
	char where[NAME_MAX_LEN + 8];

	(void)snprintf(where, sizeof where, "--%s", o->name);
	forget_preset_list(o, &w->seen[o - w->specs]);
	if (attached != NULL)
		return set_value(o, attached, where, e);
	if (o->type == OPTION_FLAG) {
		*(bool *)o->value = true;
		return 0;
	}
	/* What looks like a long option is no value: one was forgotten. It can still be given behind "=". */
	if (w->at + 1 >= w->argc || strncmp(w->argv[w->at + 1], "--", 2) == 0)
		return err_set(e, ERR_INVALID, "%s needs a value: %s", where,
			o->metavar != NULL ? o->metavar : "VALUE");
	return set_value(o, w->argv[++w->at], where, e);
}

static int take_long(struct walk *w, struct err *e)
{
	const char *arg = w->argv[w->at];
	const char *equals = strchr(arg, '=');
	struct str name = { arg + 2,
		equals == NULL ? strlen(arg + 2) : (size_t)(equals - arg) - 2 };
	const struct option_spec *o = find_name(w->specs, w->n_specs, name);

	if (o == NULL)
		return unknown_option(w->specs, w->n_specs, arg, name, e);
	return take_option(w, o, equals == NULL ? NULL : equals + 1, e);
}

/* "-d DIR", "-dDIR", and "-vh" for flags. */
static int take_letters(struct walk *w, struct err *e)
{
	const char *arg = w->argv[w->at];

	for (const char *p = arg + 1; *p != '\0'; p++) {
		const struct option_spec *o = find_letter(w->specs, w->n_specs, *p);
		int rc;

		if (o == NULL)
			return err_set(e, ERR_INVALID, "there is no option '-%c'", *p);
		if (o->type != OPTION_FLAG)
			return take_option(w, o, p[1] == '\0' ? NULL : p + 1, e);
		rc = take_option(w, o, NULL, e);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int take_all(struct walk *w, int *ret_n_args, struct err *e)
{
	int n_args = 0;
	bool options_ended = false;

	for (w->at = 1; w->at < w->argc; w->at++) {
		char *arg = w->argv[w->at];
		int rc = 0;

		if (options_ended || arg[0] != '-' || arg[1] == '\0')
			w->argv[1 + n_args++] = arg;
		else if (strcmp(arg, "--") == 0)
			options_ended = true;
		else
			rc = arg[1] == '-' ? take_long(w, e) : take_letters(w, e);
		if (rc != 0)
			return rc;
	}
	*ret_n_args = n_args;
	return 0;
}

int options_parse(const struct option_spec *specs, size_t n_specs, int argc, char **argv,
	int *ret_n_args, struct err *e)
{
	struct walk w = { .specs = specs, .n_specs = n_specs, .argc = argc, .argv = argv };
	int rc = 0, n_args = 0;

	w.seen = calloc(n_specs + 1, sizeof *w.seen);
	if (w.seen == NULL)
		return err_set(e, ERR_NOMEM, "no memory for reading the options");
	for (size_t i = 0; i < n_specs && rc == 0; i++)
		rc = set_default(&specs[i], e);
	if (rc == 0)
		rc = take_all(&w, &n_args, e);
	for (size_t i = 0; i < n_specs && rc == 0; i++)
		if (!w.seen[i])
			rc = set_from_environment(&specs[i], e);
	if (rc == 0)
		*ret_n_args = n_args;
	free(w.seen);
	return rc;
}

/* ---- help ------------------------------------------------------------------------------------------------- */

/* Prints words from column `column` on, broken before HELP_WIDTH. */
static void print_wrapped(FILE *out, const char *text, size_t column)
{
	size_t at = column;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (at > HELP_COLUMN && at + 1 + n > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		} else if (at > HELP_COLUMN) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", (int)n, text);
		at += n;
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

void options_print(const struct option_spec *specs, size_t n_specs, FILE *out)
{
	for (size_t i = 0; i < n_specs; i++) {
		const struct option_spec *o = &specs[i];
		char head[NAME_MAX_LEN * 2], text[1024];
		struct sink h, t;

		sink_init(&h, head, sizeof head);
		if (o->letter != 0)
			sink_printf(&h, "  -%c, --%s", o->letter, o->name);
		else
			sink_printf(&h, "      --%s", o->name);
		if (o->type != OPTION_FLAG)
			sink_printf(&h, " %s", o->metavar != NULL ? o->metavar : "VALUE");
		sink_init(&t, text, sizeof text);
		sink_printf(&t, "%s", o->help);
		if (o->initial != NULL && o->type != OPTION_FLAG)
			sink_printf(&t, " (default: %s)", o->initial);
		if (h.len + 2 > HELP_COLUMN)
			fprintf(out, "%s\n%*s", head, HELP_COLUMN, "");
		else
			fprintf(out, "%-*s", HELP_COLUMN, head);
		print_wrapped(out, text, HELP_COLUMN);
	}
}
