/* The parts of the compiler: each reads one section of a rule file into the edition. */
#ifndef COMPILE_PARTS_H
#define COMPILE_PARTS_H

#include "rules/compile/read.h"

/* A name that was declared in the file, where, and whether any rule uses it. */
struct declared {
	struct str name;
	const struct node *at;
	bool used;
};

struct program {
	struct compiler c;
	struct edition *e;
	size_t n_sources;
	struct str *sources;	       /* keys of the section 'sources' */
	struct declared *certificates; /* beside e->certificates */
	struct declared *selections;   /* beside e->selections */
	size_t n_shared;
	struct declared *shared; /* metrics that areas refer to by id */
	struct metric *shared_metrics;
	size_t n_rules;
	struct str rules[EDITION_METRICS_MAX]; /* rule ids so far, to find doubles */
	size_t n_metrics;		       /* over all areas */
};

/* A source is a key of the section 'sources', then whatever tells the place in that document. */
bool read_source(struct program *p, const struct node *n, const char *what, struct str *ret);
/* The list under 'unknown': a sentence each. n may be NULL: there is none. */
void read_unknown(struct program *p, const struct node *n, size_t *ret_n, const struct str **ret);
/* The declared name that a node refers to, which is then used; reports and returns -1 when there is none. */
int refer(
	struct program *p, const struct node *n, const char *what, struct declared *d, size_t n_d);

void read_certificates(struct program *p, const struct node *n);
void read_selections(struct program *p, const struct node *n);
/* One metric of an area or of 'shared-metrics'; at the end *m is complete if true is returned. */
bool read_metric(struct program *p, const struct node *n, struct metric *m);
/* The steps of a metric that measures people. maximum: of the metric. */
bool read_steps(
	struct program *p, const struct node *n, uint32_t maximum, struct metric_rule *rule);
void read_shared_metrics(struct program *p, const struct node *n);
void read_areas(struct program *p, const struct node *n);

#endif
