/* The short forms of `capscore simulate`, as suppositions of the wire. */
#ifndef CLI_SIMULATE_FORMS_H
#define CLI_SIMULATE_FORMS_H

#include "common/io/options.h"
#include "common/wire/frame.h"

/* The options as they were given, each any number of times. */
struct simulate_forms {
	struct option_list cert;	  /* CODE[xN][@PERSON] */
	struct option_list assessment;	  /* NAME[xN][@PERSON] */
	struct option_list expire;	  /* CODE@PERSON */
	struct option_list lose_person;	  /* PERSON */
	struct option_list customer;	  /* MEASURE=AMOUNT[,MEASURE=AMOUNT...][,KEY=VALUE...] */
	struct option_list lose_customer; /* CUSTOMER[,months=N] */
	struct option_list usage; /* CUSTOMER+N%, CUSTOMER-N% or CUSTOMER=AMOUNT, [,KEY=VALUE...] */
};

struct simulate_suppositions {
	size_t n;
	struct wire_supposition all[WIRE_SUPPOSITIONS_MAX];
	unsigned customers; /* invented */
};

/* Texts of ret point into the forms and the arena.
 * Returns 0, ERR_INVALID (e says which form is wrong and how it is written), ERR_NOMEM. */
int simulate_forms_read(const struct simulate_forms *forms, struct arena *ar,
	struct simulate_suppositions *ret, struct err *e);

#endif
