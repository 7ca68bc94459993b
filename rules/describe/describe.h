/* An edition of the rules in words: what a person who runs a partner programme reads, and what two editions are
 * compared by. Nothing here knows how an edition was written or where it is shown.
 *
 * How each kind of metric is worded stands in one table (kinds.c): a new kind of rules/engine/edition.h is one more
 * row there, and is then shown, compared and put into JSON. */
#ifndef DESCRIBE_DESCRIBE_H
#define DESCRIBE_DESCRIBE_H

#include "rules/engine/edition.h"

/* One number or name that a metric's rule is made of. */
struct rule_term {
	const char *key;   /* as rule files call it: "customer-reaches" */
	const char *label; /* "a customer reaches" */
	struct str value;  /* with its unit: "1,000 USD" */
};

#define RULE_TERMS_MAX 8

/* Certificates that count together: a person needs all of one option. */
struct step_option {
	struct str text; /* "AZ-800 and AZ-801" */
	size_t n;	 /* 1.. */
	const struct certificate *const *certificates;
};

struct step_words {
	const struct people_step *step;
	struct str sentence; /* "At least 2 people, before the next step counts." */
	size_t n_options;
	const struct step_option *options;
};

struct metric_words {
	const char *measure;	       /* the kind, as rule files call it: "net-customer-adds" */
	struct str sentence;	       /* the whole rule */
	struct str each;	       /* "10 a net add" */
	struct str threshold;	       /* "1,000 USD in a month"; "-" where there is none */
	const struct selection *usage; /* NULL for kinds that look at no usage */
	size_t n_terms;
	struct rule_term terms[RULE_TERMS_MAX];
	size_t n_steps;
	const struct step_words *steps; /* of kinds that look at people */
};

struct selection_words {
	struct str measure;  /* "Azure consumed revenue, in USD" */
	struct str products; /* "every product but Virtual Machines" */
	struct str through;  /* "PAL, DPOR" */
	struct str offers;   /* "paid" */
	struct str sentence; /* all of it */
};

/* Everything is allocated in `ar` or borrowed from the edition. Each returns 0 or ERR_NOMEM; describe_metric() also
 * ERR_UNSUPPORTED for a kind that is not in the table. */
int describe_metric(const struct edition *e, const struct metric *m, struct arena *ar,
	struct metric_words *ret);
int describe_selection(const struct selection *s, struct arena *ar, struct selection_words *ret);

/* "retired 2023-07-31, counts to 2024-07-31"; empty when not retired. */
#define RETIREMENT_TEXT 64
const char *describe_retirement(const struct certificate *c, char *buf);
/* "from 2023-06-13 on", "from 2023-06-13 to 2024-01-14". */
#define VALIDITY_TEXT 48
const char *describe_validity(const struct edition *e, char *buf);

/* The names of associations and offers as people say them; NULL out of range. */
const char *association_words(enum association_kind k); /* "PAL" */
const char *offer_words(enum offer_kind k);		/* "benefit programme" */

#endif
