/* The scenery of invented partners: services and trainings with the names that real reports use, and names of people
 * and companies to draw from. Stories (story.h) and populations (world.h) are told in one; both read it from YAML
 * (scenery_read.h). */
#ifndef GENERATE_SCENERY_H
#define GENERATE_SCENERY_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/date.h"
#include "common/base/text.h"

#define SCENE_SERVICES_MAX  64
#define SCENE_TRAININGS_MAX 64
#define SCENE_LEVELS	    4
#define SCENE_GROUPS	    2
#define SCENE_WEIGHT_MAX    1000

/* A row of the Azure usage report, apart from whose it is and how much. */
struct scene_service {
	struct str id;
	struct str levels[SCENE_LEVELS];
	struct str groups[SCENE_GROUPS];
	struct str influencer, os, software, unit;
	int64_t usd_per_unit_micro; /* > 0 */
	uint32_t
		weight; /* how often it is drawn beside the others, 1..SCENE_WEIGHT_MAX; 1 when not given */
};

struct scene_training {
	struct str id, title, type;
	bool extra; /* strewn over people at random */
};

/* A list of names to draw from. */
struct scene_names {
	size_t n; /* >= 1 */
	const struct str *items;
};

struct scene {
	size_t n_services;
	const struct scene_service *services;
	size_t n_trainings;
	const struct scene_training *trainings;
	struct str deal_attribution,
		deal_customer; /* rows of registered deals; empty: there are none */
	int64_t deal_usd_micro;
	struct scene_names given, family, companies, endings, industries, resellers;
};

#endif
