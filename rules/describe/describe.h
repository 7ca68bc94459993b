/* An edition of the rules in words: what a person who runs a partner programme reads, and what two editions are
 * compared by. Nothing here knows how an edition was written or where it is shown.
 *
 * A rule is told as a tree, like the rule itself: a combined metric has its parts below it, a condition that asks for
 * so many of others has those. Each node says the same things (struct rule_words): a sentence, the cells of a table,
 * the numbers it is made of, the usage and the certificates it looks at.
 *
 * How each kind is worded stands in one table (kinds.c): a new kind of rules/engine/edition.h is one more row there,
 * and is then shown, compared and put into JSON.
 *
 * Everything is allocated in the arena given, or borrowed from the edition. Functions with a return code return 0,
 * ERR_NOMEM, or ERR_UNSUPPORTED for a rule of a kind that is not in the table; they leave *ret alone on failure. */
#ifndef DESCRIBE_DESCRIBE_H
#define DESCRIBE_DESCRIBE_H

#include "rules/engine/edition.h"

/* ---- rules -------------------------------------------------------------------------------------------------- */

/* One number or name that something is made of. */
struct rule_term {
	const char *key;   /* as rule files call it: "customer-reaches" */
	const char *label; /* "a customer reaches" */
	struct str value;  /* with its unit: "1,000 USD" */
};

#define RULE_TERMS_MAX	16
#define RULE_USAGES_MAX 3

/* Certificates that count together: a person needs all of one option. */
struct step_option {
	struct str text; /* "AZ-800 and AZ-801" */
	size_t n;	 /* 1.. */
	const struct certificate *const *certificates;
};

struct step_words {
	const struct people_step *step;
	struct str sentence; /* "4 points for each person, at most 20" */
	size_t n_options;
	const struct step_option *options;
};

struct rule_words {
	enum rule_kind kind;
	const char *measure; /* the kind, as rule files call it: "net-customer-adds" */
	struct str id,
		name;	  /* of a part; of a condition that has a name, the name; empty otherwise */
	uint32_t maximum; /* points at most; not for conditions */
	/* The whole rule. Of a metric or its part: "Up to 30 points: ...". Of a requirement: "Met when ...". Of a
	 * condition inside another, or of one that chooses a track: the clause, "at least 5 people hold AZ-104". */
	struct str sentence;
	struct str
		head; /* above the list of its parts: "Met when all of these hold"; without parts the sentence */
	struct str each;      /* "10 a net add"; "-" for conditions */
	struct str threshold; /* "1,000 USD in a month", "5 people"; "-" where there is none */
	size_t n_usages;      /* selections it looks at itself; those of its parts are with them */
	const struct selection *usages[RULE_USAGES_MAX];
	size_t n_terms;
	struct rule_term terms[RULE_TERMS_MAX];
	size_t n_steps; /* of metrics that count people by steps */
	const struct step_words *steps;
	size_t n_options; /* of a condition that people hold certificates */
	const struct step_option *options;
	size_t n_parts;
	const struct rule_words *parts;
};

int describe_metric(
	const struct edition *e, const struct metric *m, struct arena *ar, struct rule_words *ret);
/* A condition that stands by itself: what chooses a track. */
int describe_condition(const struct edition *e, const struct metric_rule *r, struct arena *ar,
	struct rule_words *ret);

/* The selections of a rule and all its parts, each once, in the order of their first mention; at most cap.
 * Returns how many. */
size_t describe_usages(const struct rule_words *w, const struct selection **out, size_t cap);

/* "every year", "every second year": when a renewal asks for a requirement; NULL for metrics of other areas. */
const char *describe_renewal(const struct area *a, const struct metric *m);

/* ---- selections --------------------------------------------------------------------------------------------- */

struct selection_words {
	struct str measure;  /* "Azure consumed revenue", "monthly consumption value" */
	struct str products; /* "every product but Virtual Machines" */
	struct str through;  /* "PAL and DPOR" */
	struct str offers;   /* "paid" */
	struct str sentence; /* all of it */
	/* One a product, filter and rate of the selection. */
	const struct str *product; /* "Entra ID P1 (also AADP)" */
	const struct str
		*filter; /* "component Windows Server or SQL Server and service level 1 Compute" */
	const struct str *rate; /* "200 for each monthly active user" */
};

int describe_selection(const struct selection *s, struct arena *ar, struct selection_words *ret);

/* The lists of a filter as rule files call them: "products", "components", "level-1" ... */
#define FILTER_LISTS 7
const struct names *filter_list(const struct usage_filter *f, size_t i, const char **ret_key);

/* ---- areas, settings, windows -------------------------------------------------------------------------------- */

struct area_words {
	struct str
		qualifies; /* of an area without points: "Held while all of these are held: ..."; else empty */
	struct str choice; /* how the track is chosen; empty for an area without tracks */
	struct str
		enrolled; /* which track an enrolled partner has; empty for an area without tracks */
	const struct str
		*when; /* one a track: the clause that chooses it; empty where there is none */
};

int describe_area(
	const struct edition *e, const struct area *a, struct arena *ar, struct area_words *ret);
const char *area_form_name(enum area_form f);	    /* "metrics", "all-of", "requirements" */
const char *track_choice_name(enum track_choice c); /* "only", "highest", "automatic" */

struct settings_words {
	struct str
		qualifies; /* "An area qualifies with 70 points or more in all, and more than 0 in every metric." */
	struct str month; /* from when on a month of usage counts */
};

int describe_settings(const struct edition *e, struct arena *ar, struct settings_words *ret);

#define WINDOW_TERMS 5
struct window_words {
	struct str from; /* "2023-09-06" */
	struct str sentence;
	struct rule_term terms[WINDOW_TERMS];
};

/* of: "designation", "specialization". */
int describe_window(
	const struct window_rule *r, const char *of, struct arena *ar, struct window_words *ret);

/* ---- days --------------------------------------------------------------------------------------------------- */

/* "retired 2023-07-31, counts to 2024-07-31"; empty when not retired. */
#define RETIREMENT_TEXT 64
const char *describe_retirement(const struct certificate *c, char *buf);
/* "from 2023-06-13 on", "from 2023-06-13 to 2024-01-14". */
#define VALIDITY_TEXT 48
const char *describe_validity(const struct edition *e, char *buf);
/* The same of a metric, or "to 2024-01-14"; empty where it is as the edition. */
const char *describe_metric_validity(const struct metric *m, char *buf);

/* ---- names -------------------------------------------------------------------------------------------------- */

/* As people say them; NULL out of range. */
const char *association_words(enum association_kind k); /* "PAL" */
const char *offer_words(enum offer_kind k);		/* "benefit programme" */
/* "customer reference", "customer references"; never NULL. */
const char *attestation_words(enum attestation_kind k, bool many);
const char *catalogue_words(enum catalogue_kind k); /* "expert programme" */
/* As rule files call it: "expert-programme"; NULL out of range. */
const char *catalogue_kind_name(enum catalogue_kind k);

#endif
