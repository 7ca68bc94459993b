/* The parts of the compiler: each reads one section of a rule file into the edition. */
#ifndef COMPILE_PARTS_H
#define COMPILE_PARTS_H

#include "rules/compile/read.h"

#define PEOPLE_MAX  1000
#define AREA_POINTS 100 /* that the metrics of an area have together */

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
	size_t n_rule_ids;
	struct str rule_ids[EDITION_METRICS_MAX]; /* so far, to find doubles */
	size_t n_rules;				  /* over all areas, as the engine counts them */
	struct area *areas;			  /* e->areas */
	struct str scope;      /* id of the specialization that is read; empty outside of them */
	size_t n_metric_areas; /* first of all areas: those of metrics */
};

/* A source is a key of the section 'sources', then whatever tells the place in that document. */
bool read_source(struct program *p, const struct node *n, const char *what, struct str *ret);
/* The list under 'unknown': a sentence each. n may be NULL: there is none. */
void read_unknown(struct program *p, const struct node *n, size_t *ret_n, const struct str **ret);
/* The declared name that a node refers to, which is then used; reports and returns -1 when there is none. */
int refer(
	struct program *p, const struct node *n, const char *what, struct declared *d, size_t n_d);

void read_settings(struct program *p, const struct node *n);
void read_windows(struct program *p, const struct node *n);
void read_certificates(struct program *p, const struct node *n);
void read_selections(struct program *p, const struct node *n);
/* One metric of an area or of 'shared-metrics'; at the end *m is complete if true is returned. */
bool read_metric(struct program *p, const struct node *n, struct metric *m);
/* Reports a rule id that is given to another metric already. */
bool claim_rule_id(struct program *p, const struct node *n, struct str id);
/* The days between which a rule holds; either may be NULL. */
bool read_validity(
	struct program *p, const struct node *since, const struct node *until, struct metric *m);
/* The steps of a metric that measures people. maximum: of the metric. */
bool read_steps(
	struct program *p, const struct node *n, uint32_t maximum, struct metric_rule *rule);
/* "Holds": a certificate, or any or all of several. */
bool read_predicate(struct program *p, const struct node *n, struct people_predicate *ret);
void read_shared_metrics(struct program *p, const struct node *n);
void read_catalogue(struct program *p, const struct node *n);
void read_specializations(struct program *p, const struct node *n);
/* Specializations are areas too: room is made for them here. */
void read_areas(struct program *p, const struct node *n, const struct node *specializations);
/* Reads the id of an area or specialization and reports one that is there already. */
bool declare_area(struct program *p, const struct node *n, struct area *a);
/* The index of one of the first n_areas areas, -1 after a report. */
int refer_area(struct program *p, const struct node *n, size_t n_areas);
/* Gives an area without tracks its metrics. */
bool one_track(struct program *p, struct area *a, const struct metric *ms, size_t n);
/* Counts a rule and all inside it; reports the one with which they become too many. */
bool count_rule(struct program *p, const struct node *n, const struct metric_rule *r);
/* The rule id of a requirement: that of the whole, a dot, and the id in upper case. */
bool sub_rule_id(
	struct program *p, const struct node *n, struct str rule, struct str id, struct str *ret);

/* What is met or not: one of the kinds of rule_is_condition(). */
bool read_condition(struct program *p, const struct node *n, struct metric_rule *ret);

#endif
