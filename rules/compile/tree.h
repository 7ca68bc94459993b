/* YAML text as a small tree with the place of every node. The parser of libfyaml stops here.
 *
 * Bounded: depth, number of nodes, and no anchors or aliases, so a tree is never larger than its text. Tags and
 * a second document are refused too. */
#ifndef COMPILE_TREE_H
#define COMPILE_TREE_H

#include "rules/compile/report.h"

#define TREE_DEPTH_MAX 20
#define TREE_NODES_MAX 32768

enum node_kind { NODE_TEXT, NODE_MAP, NODE_LIST };

struct node {
	enum node_kind kind;
	struct place at;
	struct str
		text; /* NODE_TEXT: without quotes and line breaks; empty when nothing was given */
	struct node *key;   /* of a value in a mapping, otherwise NULL */
	struct str base;    /* id of the edition that the node comes from; empty: the file itself */
	uint32_t base_line; /* where it stands there */
	struct node *first; /* NODE_MAP: its values; NODE_LIST: its items */
	struct node *last;
	struct node *next;
	uint32_t n; /* children */
};

/* Reads r->text. Faults go to the report.
 * ret_root  NULL when the text holds no node (empty or comments only), otherwise allocated in `ar`.
 * Returns 0, ERR_SYNTAX (see the report), ERR_NOMEM. */
int tree_read(struct arena *ar, struct report *r, struct node **ret_root);

#endif
