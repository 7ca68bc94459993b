#include "services/generate/story.h"

#include "common/base/err.h"
#include "services/generate/scenery_read.h"

/* The services that a group of customers uses, by id. */
static bool read_used(struct scene_reader *r, const struct node *n, struct story_customers *group)
{
	uint16_t *used;
	size_t i = 0;

	if (n == NULL || !read_list(&r->c, n, "'services' of customers", SCENE_SERVICES_MAX))
		return false;
	used = KEEP_ARRAY(r, uint16_t, n->n);
	if (used == NULL)
		return false;
	for (const struct node *item = n->first; item != NULL; item = item->next, i++) {
		struct str id;
		size_t k = 0;

		if (!read_id(&r->c, item, "a service of customers", &id))
			return false;
		while (k < r->scene->n_services && !str_eq(r->scene->services[k].id, id))
			k++;
		if (k == r->scene->n_services)
			return fail(&r->c, item, "there is no service '%.*s'", SHOWN(id));
		used[i] = (uint16_t)k;
	}
	group->services = used;
	group->n_services = i;
	return true;
}

/* Months and amounts, in order. */
static bool read_amounts(
	struct scene_reader *r, const struct node *n, struct story_customers *group)
{
	struct story_amount *amounts;
	size_t i = 0;

	if (n == NULL)
		return false;
	if (n->kind != NODE_MAP || n->n == 0 || n->n > STORY_AMOUNTS_MAX)
		return fail(&r->c, n,
			"'usd' of customers must be 1 to %d months with amounts, such as {2022-06: 1500}",
			STORY_AMOUNTS_MAX);
	amounts = KEEP_ARRAY(r, struct story_amount, n->n);
	if (amounts == NULL)
		return false;
	for (const struct node *item = n->first; item != NULL; item = item->next, i++) {
		if (!scene_month(r, item->key, "a key of 'usd'", &amounts[i].from) ||
			!read_amount(&r->c, item, "an amount of 'usd'", &amounts[i].usd_micro))
			return false;
		if (i > 0 && amounts[i].from <= amounts[i - 1].from)
			return fail(&r->c, item->key, "the months of 'usd' must be in order");
	}
	group->amounts = amounts;
	group->n_amounts = i;
	return true;
}

static bool read_customers(struct scene_reader *r, const struct node *n, void *into)
{
	enum { COUNT, SEGMENT, MARKET, ATTRIBUTION, ALSO, CHANNEL, SERVICES, USD, N_KEYS };
	static const struct key keys[N_KEYS] = { { "count", true }, { "segment", true },
		{ "market", true }, { "attribution", true }, { "also", false }, { "channel", true },
		{ "services", true }, { "usd", true } };
	const struct node *v[N_KEYS];
	struct story_customers *g = into;

	return read_map(&r->c, n, "a group of customers", keys, N_KEYS, v) &&
	       read_whole(&r->c, v[COUNT], "'count' of customers", 1, STORY_COUNT_MAX, &g->count) &&
	       scene_required(r, v[SEGMENT], "'segment' of customers", &g->segment) &&
	       scene_required(r, v[MARKET], "'market' of customers", &g->market) &&
	       scene_required(r, v[ATTRIBUTION], "'attribution' of customers", &g->attribution) &&
	       scene_optional(r, v[ALSO], "'also' of customers", &g->also) &&
	       scene_required(r, v[CHANNEL], "'channel' of customers", &g->channel) &&
	       read_used(r, v[SERVICES], g) && read_amounts(r, v[USD], g);
}

static bool read_earned(struct scene_reader *r, const struct node *n, void *into)
{
	enum { TRAINING, ON, UNTIL, N_KEYS };
	static const struct key keys[N_KEYS] = { { "training", true }, { "on", true },
		{ "until", false } };
	const struct node *v[N_KEYS];
	struct story_earned *e = into;
	struct str id;
	size_t k = 0;

	e->until = DAY_NONE;
	if (!read_map(&r->c, n, "something earned", keys, N_KEYS, v) ||
		!read_id(&r->c, v[TRAINING], "'training'", &id) ||
		!read_day(&r->c, v[ON], "'on'", &e->on) ||
		(v[UNTIL] != NULL && !read_day(&r->c, v[UNTIL], "'until'", &e->until)))
		return false;
	while (k < r->scene->n_trainings && !str_eq(r->scene->trainings[k].id, id))
		k++;
	if (k == r->scene->n_trainings)
		return fail(&r->c, v[TRAINING], "there is no training '%.*s'", SHOWN(id));
	e->training = (uint16_t)k;
	return true;
}

static bool read_people_group(struct scene_reader *r, const struct node *n, void *into)
{
	enum { COUNT, EARNED, N_KEYS };
	static const struct key keys[N_KEYS] = { { "count", true }, { "earned", true } };
	const struct node *v[N_KEYS];
	struct story_people *g = into;
	const void *items;

	if (!read_map(&r->c, n, "a group of people", keys, N_KEYS, v) ||
		!read_whole(&r->c, v[COUNT], "'count' of people", 1, STORY_COUNT_MAX, &g->count) ||
		!scene_entries(r, v[EARNED], "'earned'", STORY_EARNED_MAX,
			sizeof(struct story_earned), read_earned, &g->n_earned, &items))
		return false;
	g->earned = items;
	return true;
}

static bool read_partner(struct scene_reader *r, const struct node *n, void *into)
{
	enum { ID, LOCATION, NAME, CITY, COUNTRY, CUSTOMERS, PEOPLE, N_KEYS };
	static const struct key keys[N_KEYS] = { { "id", true }, { "location", true },
		{ "name", true }, { "city", true }, { "country", true }, { "customers", true },
		{ "people", true } };
	const struct node *v[N_KEYS];
	struct story_partner *p = into;
	const void *customers, *people;

	if (!read_map(&r->c, n, "a partner", keys, N_KEYS, v) ||
		!read_id(&r->c, v[ID], "'id' of a partner", &p->id) ||
		!read_id(&r->c, v[LOCATION], "'location' of a partner", &p->location) ||
		!scene_required(r, v[NAME], "'name' of a partner", &p->name) ||
		!scene_required(r, v[CITY], "'city' of a partner", &p->city) ||
		!scene_required(r, v[COUNTRY], "'country' of a partner", &p->country) ||
		!scene_entries(r, v[CUSTOMERS], "'customers' of a partner", STORY_GROUPS_MAX,
			sizeof(struct story_customers), read_customers, &p->n_customers,
			&customers) ||
		!scene_entries(r, v[PEOPLE], "'people' of a partner", STORY_GROUPS_MAX,
			sizeof(struct story_people), read_people_group, &p->n_people, &people))
		return false;
	p->customers = customers;
	p->people = people;
	return true;
}

static bool read_story(struct scene_reader *r, const struct node *n)
{
	enum { STORY, TITLE, FROM, THROUGH, SERVICES, TRAININGS, DEALS, NAMES, PARTNERS, N_KEYS };
	static const struct key keys[N_KEYS] = { { "story", true }, { "title", true },
		{ "from", true }, { "through", true }, { "services", true }, { "trainings", true },
		{ "deals", false }, { "names", true }, { "partners", true } };
	const struct node *v[N_KEYS];
	struct story *s = r->whole;
	const void *partners;

	if (!read_map(&r->c, n, "a story", keys, N_KEYS, v) ||
		!read_id(&r->c, v[STORY], "'story'", &s->name) ||
		!scene_required(r, v[TITLE], "'title'", &s->title) ||
		!scene_month(r, v[FROM], "'from'", &s->from) ||
		!scene_month(r, v[THROUGH], "'through'", &s->through))
		return false;
	if (s->through < s->from)
		return fail(&r->c, v[THROUGH], "'through' is before 'from'");
	if (!scene_read(r, v[SERVICES], v[TRAININGS], v[DEALS], v[NAMES]) ||
		!scene_entries(r, v[PARTNERS], "'partners'", STORY_PARTNERS_MAX,
			sizeof(struct story_partner), read_partner, &s->n_partners, &partners))
		return false;
	s->partners = partners;
	return true;
}

int story_read(struct arena *keep_in, const char *name, struct str text, struct buf *ret_report,
	struct story *ret_story)
{
	struct story story = { 0 };
	int rc = scene_read_file(
		keep_in, name, text, STORY_TEXT_MAX, read_story, &story.scene, &story, ret_report);

	if (rc == 0)
		*ret_story = story;
	return rc;
}

int64_t story_usd(const struct story_customers *group, month_no m)
{
	int64_t usd = 0;

	for (size_t i = 0; i < group->n_amounts && group->amounts[i].from <= m; i++)
		usd = group->amounts[i].usd_micro;
	return usd;
}
