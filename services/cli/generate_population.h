/* The verb `capscore generate population`. */
#ifndef CLI_GENERATE_POPULATION_H
#define CLI_GENERATE_POPULATION_H

#include "services/cli/cli.h"

extern const struct verb population_verb;

#endif
