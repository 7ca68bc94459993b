#include "rules/compile/tree.h"

#include <libfyaml.h>

#include "common/base/err.h"

struct builder {
	struct arena *ar;
	struct report *r;
	struct node *root;
	struct node *open[TREE_DEPTH_MAX]; /* collections from the root inwards */
	struct node *key[TREE_DEPTH_MAX]; /* of an open mapping: the key that waits for its value */
	size_t depth;
	size_t n_nodes;
	size_t n_documents;
	struct place last; /* of the newest event with a place */
};

/* What to do about the faults that people make most, by a part of libfyaml's message. */
static const struct {
	const char *part, *remedy;
} remedies[] = {
	{ "tab ", "indent with spaces" },
	{ "wrongly indented flow", "close the bracket above" },
	{ "block scalar", "put a text that begins with '>' or '|' in quotes" },
	{ "invalid nested block mapping", "put a text that holds ': ' in quotes" },
	{ "missing comma", "close the bracket, or put a comma between the entries" },
	{ "without a closing bracket", "close the bracket" },
	{ "multiline plain key",
		"a line that belongs to the text above starts further right, a key stands alone" },
	{ "double-quoted", "close the quotation mark" },
	{ "single-quoted", "close the quotation mark" },
};

static const char *remedy_for(const char *message)
{
	for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++)
		if (strstr(message, remedies[i].part) != NULL)
			return remedies[i].remedy;
	return "check the indentation, the quotes and the brackets here and above";
}

static uint32_t offset_of(struct str text, int line, int column)
{
	size_t at = 0;

	for (; line > 1 && at < text.n; at++)
		line -= text.p[at] == '\n';
	for (; column > 1 && at < text.n && text.p[at] != '\n'; at++)
		column -= ((unsigned char)text.p[at] & 0xC0) != 0x80;
	return (uint32_t)at;
}

static struct place place_of_token(struct str text, struct fy_token *t, struct place otherwise)
{
	const struct fy_mark *from = t == NULL ? NULL : fy_token_start_mark(t);
	const struct fy_mark *to = t == NULL ? NULL : fy_token_end_mark(t);

	if (from == NULL || from->input_pos > text.n)
		return otherwise;
	if (to == NULL || to->input_pos < from->input_pos || to->input_pos > text.n)
		to = from;
	return (struct place){ (uint32_t)from->input_pos, (uint32_t)to->input_pos };
}

static int fault(struct builder *b, struct place at, const char *message)
{
	report_add(b->r, REPORT_ERROR, at, "%s", message);
	return ERR_SYNTAX;
}

/* Copies the text of a scalar; line breaks inside (block scalars) become blanks, those at the end go. */
static int copy_text(struct builder *b, struct fy_token *t, struct place at, struct str *ret)
{
	size_t n = 0;
	const char *p = fy_token_get_text(t, &n);
	char *copy;

	if (p == NULL)
		n = 0;
	while (n > 0 && p[n - 1] == '\n')
		n--;
	copy = arena_alloc(b->ar, n + 1);
	if (copy == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		copy[i] = p[i] == '\n' || p[i] == '\t' ? ' ' : p[i];
	*ret = (struct str){ copy, n };
	if (!str_is_clean_utf8(*ret))
		return fault(b, at, "text with a control character; take the escape sequence out");
	return 0;
}

static void attach(struct builder *b, struct node *n)
{
	struct node *parent = b->depth == 0 ? NULL : b->open[b->depth - 1];

	if (parent == NULL) {
		b->root = n;
		return;
	}
	if (parent->kind == NODE_MAP) {
		if (b->key[b->depth - 1] == NULL) {
			b->key[b->depth - 1] = n;
			return;
		}
		n->key = b->key[b->depth - 1];
		b->key[b->depth - 1] = NULL;
	}
	if (parent->last == NULL)
		parent->first = n;
	else
		parent->last->next = n;
	parent->last = n;
	parent->n++;
}

static bool expects_key(const struct builder *b)
{
	return b->depth > 0 && b->open[b->depth - 1]->kind == NODE_MAP &&
	       b->key[b->depth - 1] == NULL;
}

static int add_node(struct builder *b, enum node_kind kind, struct place at, struct node **ret)
{
	struct node *n;

	if (kind != NODE_TEXT && expects_key(b))
		return fault(b, at,
			"a mapping or a list cannot be a key; write a plain word before the colon");
	if (kind != NODE_TEXT && b->depth == TREE_DEPTH_MAX)
		return fault(b, at, "nested too deeply; at most 20 levels are read");
	if (b->n_nodes == TREE_NODES_MAX)
		return fault(b, at, "too many entries; at most 32768 are read");
	n = arena_alloc(b->ar, sizeof *n);
	if (n == NULL)
		return ERR_NOMEM;
	b->n_nodes++;
	*n = (struct node){ .kind = kind, .at = at };
	attach(b, n);
	if (kind != NODE_TEXT) {
		b->key[b->depth] = NULL;
		b->open[b->depth++] = n;
	}
	*ret = n;
	return 0;
}

static int on_scalar(struct builder *b, struct fy_event *ev, struct place at)
{
	struct node *n;
	struct str text;
	int rc = copy_text(b, ev->scalar.value, at, &text);

	if (rc != 0)
		return rc;
	rc = add_node(b, NODE_TEXT, at, &n);
	if (rc == 0)
		n->text = text;
	return rc;
}

static int on_content(struct builder *b, struct fy_event *ev, struct place at)
{
	struct node *n;

	if (fy_event_get_anchor_token(ev) != NULL)
		return fault(b, place_of_token(b->r->text, fy_event_get_anchor_token(ev), at),
			"anchors (&name) are not read; write the value where it is needed");
	if (fy_event_get_tag_token(ev) != NULL)
		return fault(b, place_of_token(b->r->text, fy_event_get_tag_token(ev), at),
			"tags (!name) are not read; take it out");
	if (ev->type == FYET_SCALAR)
		return on_scalar(b, ev, at);
	/* A mapping or list in block form has no sign of its own: its place is where it begins. */
	return add_node(b, ev->type == FYET_MAPPING_START ? NODE_MAP : NODE_LIST, at, &n);
}

static int on_event(struct builder *b, struct fy_event *ev)
{
	struct place at = place_of_token(
		b->r->text, fy_event_get_token(ev), (struct place){ b->last.to, b->last.to });

	if (ev->type != FYET_STREAM_START && ev->type != FYET_STREAM_END)
		b->last = at;
	switch (ev->type) {
	case FYET_DOCUMENT_START:
		if (++b->n_documents > 1)
			return fault(b, at, "a second document; one file holds one edition");
		return 0;
	case FYET_ALIAS:
		return fault(
			b, at, "aliases (*name) are not read; write the value where it is needed");
	case FYET_SCALAR:
	case FYET_MAPPING_START:
	case FYET_SEQUENCE_START:
		return on_content(b, ev, at);
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

static void report_syntax(struct builder *b, struct fy_diag *diag)
{
	struct fy_diag_error *e;
	void *it = NULL;
	size_t before = b->r->n_errors;

	while ((e = fy_diag_errors_iterate(diag, &it)) != NULL) {
		uint32_t at = offset_of(b->r->text, e->line, e->column);
		struct place p = place_of_token(b->r->text, e->fyt, (struct place){ at, at });

		if (e->type != FYET_ERROR || e->msg == NULL)
			continue;
		report_add(b->r, REPORT_ERROR, p, "not YAML: %s; %s", e->msg, remedy_for(e->msg));
	}
	if (b->r->n_errors == before)
		report_add(b->r, REPORT_ERROR, b->last, "not YAML; %s", remedy_for(""));
}

static int run(struct builder *b, struct fy_parser *p, struct fy_diag *diag)
{
	struct fy_event *ev;
	int rc = 0;

	while (rc == 0 && (ev = fy_parser_parse(p)) != NULL) {
		rc = on_event(b, ev);
		fy_parser_event_free(p, ev);
	}
	if (rc == 0 && fy_parser_get_stream_error(p)) {
		report_syntax(b, diag);
		rc = ERR_SYNTAX;
	}
	return rc;
}

static void discard(struct fy_diag *diag, void *user, const char *text, size_t n)
{
	(void)diag;
	(void)user;
	(void)text;
	(void)n;
}

/* Bytes of the character at p that may stand in a rule file, 0 when there is none. */
static size_t character(const char *p, size_t n)
{
	if (*p == '\n' || *p == '\t')
		return 1;
	if (*p == '\r')
		return n > 1 && p[1] == '\n' ? 2 : 0;
	for (size_t len = 1; len <= 4 && len <= n; len++)
		if (str_is_clean_utf8((struct str){ p, len }))
			return len;
	return 0;
}

/* Bytes that are no text would reach messages and terminals, so they are refused before anything else. */
static bool bytes_are_text(struct report *r)
{
	size_t len;

	for (size_t i = 0; i < r->text.n; i += len) {
		len = character(r->text.p + i, r->text.n - i);
		if (len > 0)
			continue;
		report_add(r, REPORT_ERROR, (struct place){ (uint32_t)i, (uint32_t)i },
			"byte 0x%02X is not clean UTF-8 text; save the file as UTF-8 without control characters",
			(unsigned char)r->text.p[i]);
		return false;
	}
	return true;
}

int tree_read(struct arena *ar, struct report *r, struct node **ret_root)
{
	struct builder b = { .ar = ar, .r = r };
	struct fy_diag_cfg dc;
	struct fy_parse_cfg pc = { .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 |
					    FYPCF_JSON_NONE };
	struct fy_parser *p = NULL;
	int rc = ERR_NOMEM;

	if (!bytes_are_text(r))
		return ERR_SYNTAX;
	if (r->text.n == 0) {
		*ret_root = NULL;
		return 0;
	}
	fy_diag_cfg_default(&dc);
	dc.fp = NULL;
	dc.output_fn = discard;
	pc.diag = fy_diag_create(&dc);
	if (pc.diag == NULL)
		return ERR_NOMEM;
	fy_diag_set_collect_errors(pc.diag, true);
	p = fy_parser_create(&pc);
	if (p != NULL && fy_parser_set_string(p, r->text.p, r->text.n) == 0)
		rc = run(&b, p, pc.diag);
	if (rc == 0)
		*ret_root = b.root;
	fy_parser_destroy(p);
	fy_diag_destroy(pc.diag);
	return rc;
}
