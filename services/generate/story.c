#include "services/generate/story.h"

#include "common/base/err.h"
#include "rules/compile/read.h"

#define NAME_BYTES_MAX 200
#define NAMES_MAX      400

/* What is being read: the story so far, since customers name services and people name trainings. */
struct reader {
	struct compiler c;
	struct story *story;
};

/* Room for n elements that lives as long as the story; NULL when out of memory. */
#define KEEP_ARRAY(r, type, n) ((type *)keep(&(r)->c, sizeof(type) * ((n) == 0 ? 1 : (n))))

/* One entry of a list of mappings goes into `into`. */
typedef bool (*entry_reader)(struct reader *r, const struct node *n, void *into);

/* Reads a list of 1..max entries of `size` bytes each. */
static bool read_entries(struct reader *r, const struct node *n, const char *what, size_t max,
	size_t size, entry_reader read, size_t *ret_n, const void **ret_items)
{
	char *items;
	size_t i = 0;
	bool ok = true;

	if (n == NULL || !read_list(&r->c, n, what, max))
		return false;
	items = keep(&r->c, size * n->n);
	if (items == NULL)
		return false;
	memset(items, 0, size * n->n);
	for (const struct node *item = n->first; item != NULL; item = item->next, i++)
		ok = read(r, item, items + i * size) && ok;
	*ret_n = i;
	*ret_items = items;
	return ok;
}

/* Text that may be left out or empty. */
static bool read_optional(struct reader *r, const struct node *n, const char *what, struct str *ret)
{
	return n == NULL || (n->kind == NODE_TEXT && n->text.n == 0) ||
	       read_text(&r->c, n, what, NAME_BYTES_MAX, ret);
}

static bool read_required(struct reader *r, const struct node *n, const char *what, struct str *ret)
{
	return read_text(&r->c, n, what, NAME_BYTES_MAX, ret);
}

static bool read_month(struct reader *r, const struct node *n, const char *what, month_no *ret)
{
	struct str text;

	if (!read_text(&r->c, n, what, NAME_BYTES_MAX, &text))
		return false;
	if (month_parse(text, ret) != 0)
		return fail(&r->c, n, "%s must be a month such as 2023-06; got '%.*s'", what,
			SHOWN(text));
	return true;
}

/* A list of exactly `want` texts, which may be empty. */
static bool read_exactly(
	struct reader *r, const struct node *n, const char *what, size_t want, struct str *ret)
{
	size_t i = 0;

	if (n == NULL || !read_list(&r->c, n, what, want))
		return false;
	if (n->n != want)
		return fail(&r->c, n, "%s must have %zu entries; it has %u", what, want, n->n);
	for (const struct node *item = n->first; item != NULL; item = item->next, i++)
		if (!read_optional(r, item, what, &ret[i]))
			return false;
	return true;
}

static bool read_service(struct reader *r, const struct node *n, void *into)
{
	enum { ID, LEVELS, GROUPS, INFLUENCER, OS, SOFTWARE, UNIT, PRICE, N_KEYS };
	static const struct key keys[N_KEYS] = { { "id", true }, { "levels", true },
		{ "groups", true }, { "influencer", false }, { "os", false }, { "software", false },
		{ "unit", true }, { "usd_per_unit", true } };
	const struct node *v[N_KEYS];
	struct story_service *s = into;

	if (!read_map(&r->c, n, "a service", keys, N_KEYS, v) ||
		!read_id(&r->c, v[ID], "'id' of a service", &s->id) ||
		!read_exactly(r, v[LEVELS], "'levels' of a service", STORY_LEVELS, s->levels) ||
		!read_exactly(r, v[GROUPS], "'groups' of a service", STORY_GROUPS, s->groups) ||
		!read_optional(r, v[INFLUENCER], "'influencer' of a service", &s->influencer) ||
		!read_optional(r, v[OS], "'os' of a service", &s->os) ||
		!read_optional(r, v[SOFTWARE], "'software' of a service", &s->software) ||
		!read_required(r, v[UNIT], "'unit' of a service", &s->unit) ||
		!read_amount(
			&r->c, v[PRICE], "'usd_per_unit' of a service", &s->usd_per_unit_micro))
		return false;
	if (s->usd_per_unit_micro == 0)
		return fail(&r->c, v[PRICE], "'usd_per_unit' of a service must be more than 0");
	return true;
}

static const char *bool_name(size_t i)
{
	return i == 0 ? "false" : "true";
}

static bool read_training(struct reader *r, const struct node *n, void *into)
{
	enum { ID, TITLE, TYPE, EXTRA, N_KEYS };
	static const struct key keys[N_KEYS] = { { "id", true }, { "title", true },
		{ "type", true }, { "extra", false } };
	const struct node *v[N_KEYS];
	struct story_training *t = into;
	size_t extra = 0;

	if (!read_map(&r->c, n, "a training", keys, N_KEYS, v) ||
		!read_id(&r->c, v[ID], "'id' of a training", &t->id) ||
		!read_required(r, v[TITLE], "'title' of a training", &t->title) ||
		!read_required(r, v[TYPE], "'type' of a training", &t->type))
		return false;
	if (v[EXTRA] != NULL &&
		!read_choice(&r->c, v[EXTRA], "'extra' of a training", bool_name, 2, &extra))
		return false;
	t->extra = extra != 0;
	return true;
}

/* The services that a group of customers uses, by id. */
static bool read_used(struct reader *r, const struct node *n, struct story_customers *group)
{
	uint16_t *used;
	size_t i = 0;

	if (n == NULL || !read_list(&r->c, n, "'services' of customers", STORY_SERVICES_MAX))
		return false;
	used = KEEP_ARRAY(r, uint16_t, n->n);
	if (used == NULL)
		return false;
	for (const struct node *item = n->first; item != NULL; item = item->next, i++) {
		struct str id;
		size_t k = 0;

		if (!read_id(&r->c, item, "a service of customers", &id))
			return false;
		while (k < r->story->n_services && !str_eq(r->story->services[k].id, id))
			k++;
		if (k == r->story->n_services)
			return fail(&r->c, item, "there is no service '%.*s'", SHOWN(id));
		used[i] = (uint16_t)k;
	}
	group->services = used;
	group->n_services = i;
	return true;
}

/* Months and amounts, in order. */
static bool read_amounts(struct reader *r, const struct node *n, struct story_customers *group)
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
		if (!read_month(r, item->key, "a key of 'usd'", &amounts[i].from) ||
			!read_amount(&r->c, item, "an amount of 'usd'", &amounts[i].usd_micro))
			return false;
		if (i > 0 && amounts[i].from <= amounts[i - 1].from)
			return fail(&r->c, item->key, "the months of 'usd' must be in order");
	}
	group->amounts = amounts;
	group->n_amounts = i;
	return true;
}

static bool read_customers(struct reader *r, const struct node *n, void *into)
{
	enum { COUNT, SEGMENT, MARKET, ATTRIBUTION, ALSO, CHANNEL, SERVICES, USD, N_KEYS };
	static const struct key keys[N_KEYS] = { { "count", true }, { "segment", true },
		{ "market", true }, { "attribution", true }, { "also", false }, { "channel", true },
		{ "services", true }, { "usd", true } };
	const struct node *v[N_KEYS];
	struct story_customers *g = into;

	return read_map(&r->c, n, "a group of customers", keys, N_KEYS, v) &&
	       read_whole(&r->c, v[COUNT], "'count' of customers", 1, STORY_COUNT_MAX, &g->count) &&
	       read_required(r, v[SEGMENT], "'segment' of customers", &g->segment) &&
	       read_required(r, v[MARKET], "'market' of customers", &g->market) &&
	       read_required(r, v[ATTRIBUTION], "'attribution' of customers", &g->attribution) &&
	       read_optional(r, v[ALSO], "'also' of customers", &g->also) &&
	       read_required(r, v[CHANNEL], "'channel' of customers", &g->channel) &&
	       read_used(r, v[SERVICES], g) && read_amounts(r, v[USD], g);
}

static bool read_earned(struct reader *r, const struct node *n, void *into)
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
	while (k < r->story->n_trainings && !str_eq(r->story->trainings[k].id, id))
		k++;
	if (k == r->story->n_trainings)
		return fail(&r->c, v[TRAINING], "there is no training '%.*s'", SHOWN(id));
	e->training = (uint16_t)k;
	return true;
}

static bool read_people_group(struct reader *r, const struct node *n, void *into)
{
	enum { COUNT, EARNED, N_KEYS };
	static const struct key keys[N_KEYS] = { { "count", true }, { "earned", true } };
	const struct node *v[N_KEYS];
	struct story_people *g = into;
	const void *items;

	if (!read_map(&r->c, n, "a group of people", keys, N_KEYS, v) ||
		!read_whole(&r->c, v[COUNT], "'count' of people", 1, STORY_COUNT_MAX, &g->count) ||
		!read_entries(r, v[EARNED], "'earned'", STORY_EARNED_MAX,
			sizeof(struct story_earned), read_earned, &g->n_earned, &items))
		return false;
	g->earned = items;
	return true;
}

static bool read_partner(struct reader *r, const struct node *n, void *into)
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
		!read_required(r, v[NAME], "'name' of a partner", &p->name) ||
		!read_required(r, v[CITY], "'city' of a partner", &p->city) ||
		!read_required(r, v[COUNTRY], "'country' of a partner", &p->country) ||
		!read_entries(r, v[CUSTOMERS], "'customers' of a partner", STORY_GROUPS_MAX,
			sizeof(struct story_customers), read_customers, &p->n_customers,
			&customers) ||
		!read_entries(r, v[PEOPLE], "'people' of a partner", STORY_GROUPS_MAX,
			sizeof(struct story_people), read_people_group, &p->n_people, &people))
		return false;
	p->customers = customers;
	p->people = people;
	return true;
}

static bool read_deals(struct reader *r, const struct node *n)
{
	enum { ATTRIBUTION, CUSTOMER, USD, N_KEYS };
	static const struct key keys[N_KEYS] = { { "attribution", true }, { "customer", true },
		{ "usd", true } };
	const struct node *v[N_KEYS];
	struct story *s = r->story;

	if (n == NULL)
		return true;
	return read_map(&r->c, n, "'deals'", keys, N_KEYS, v) &&
	       read_required(r, v[ATTRIBUTION], "'attribution' of deals", &s->deal_attribution) &&
	       read_required(r, v[CUSTOMER], "'customer' of deals", &s->deal_customer) &&
	       read_amount(&r->c, v[USD], "'usd' of deals", &s->deal_usd_micro);
}

static bool read_name_list(
	struct reader *r, const struct node *n, const char *what, struct story_names *ret)
{
	return read_texts(&r->c, n, what, NAMES_MAX, NAME_BYTES_MAX, &ret->n, &ret->items);
}

static bool read_names(struct reader *r, const struct node *n)
{
	enum { GIVEN, FAMILY, COMPANIES, ENDINGS, INDUSTRIES, RESELLERS, N_KEYS };
	static const struct key keys[N_KEYS] = { { "given", true }, { "family", true },
		{ "companies", true }, { "endings", true }, { "industries", true },
		{ "resellers", true } };
	const struct node *v[N_KEYS];
	struct story *s = r->story;

	return read_map(&r->c, n, "'names'", keys, N_KEYS, v) &&
	       read_name_list(r, v[GIVEN], "'given' names", &s->given) &&
	       read_name_list(r, v[FAMILY], "'family' names", &s->family) &&
	       read_name_list(r, v[COMPANIES], "'companies'", &s->companies) &&
	       read_name_list(r, v[ENDINGS], "'endings' of companies", &s->endings) &&
	       read_name_list(r, v[INDUSTRIES], "'industries'", &s->industries) &&
	       read_name_list(r, v[RESELLERS], "'resellers'", &s->resellers);
}

static bool read_story(struct reader *r, const struct node *n)
{
	enum { STORY, TITLE, FROM, THROUGH, SERVICES, TRAININGS, DEALS, NAMES, PARTNERS, N_KEYS };
	static const struct key keys[N_KEYS] = { { "story", true }, { "title", true },
		{ "from", true }, { "through", true }, { "services", true }, { "trainings", true },
		{ "deals", false }, { "names", true }, { "partners", true } };
	const struct node *v[N_KEYS];
	struct story *s = r->story;
	const void *services, *trainings, *partners;

	if (!read_map(&r->c, n, "a story", keys, N_KEYS, v) ||
		!read_id(&r->c, v[STORY], "'story'", &s->name) ||
		!read_required(r, v[TITLE], "'title'", &s->title) ||
		!read_month(r, v[FROM], "'from'", &s->from) ||
		!read_month(r, v[THROUGH], "'through'", &s->through))
		return false;
	if (s->through < s->from)
		return fail(&r->c, v[THROUGH], "'through' is before 'from'");
	if (!read_entries(r, v[SERVICES], "'services'", STORY_SERVICES_MAX,
		    sizeof(struct story_service), read_service, &s->n_services, &services))
		return false;
	s->services = services;
	if (!read_entries(r, v[TRAININGS], "'trainings'", STORY_TRAININGS_MAX,
		    sizeof(struct story_training), read_training, &s->n_trainings, &trainings))
		return false;
	s->trainings = trainings;
	if (!read_deals(r, v[DEALS]) || !read_names(r, v[NAMES]) ||
		!read_entries(r, v[PARTNERS], "'partners'", STORY_PARTNERS_MAX,
			sizeof(struct story_partner), read_partner, &s->n_partners, &partners))
		return false;
	s->partners = partners;
	return true;
}

int story_read(struct arena *keep_in, const char *name, struct str text, struct buf *ret_report,
	struct story *ret_story)
{
	struct story story = { 0 };
	struct report report;
	struct reader r = { .c = { .r = &report, .keep = keep_in }, .story = &story };
	struct node *root = NULL;
	int rc;
	bool ok = false;

	if (text.n > STORY_TEXT_MAX)
		return ERR_FULL;
	rc = report_init(&report, keep_in, name, text);
	if (rc != 0)
		return rc;
	rc = tree_read(keep_in, &report, &root);
	if (rc == 0 && root == NULL)
		report_add(&report, REPORT_ERROR, (struct place){ 0, 0 }, "the story is empty");
	else if (rc == 0)
		ok = read_story(&r, root);
	if (ret_report != NULL)
		report_print(&report, ret_report);
	if (rc == ERR_NOMEM || r.c.no_memory || report.no_memory)
		return ERR_NOMEM;
	if (rc != 0 || !ok || report.n_errors > 0)
		return ERR_SYNTAX;
	*ret_story = story;
	return 0;
}

int64_t story_usd(const struct story_customers *group, month_no m)
{
	int64_t usd = 0;

	for (size_t i = 0; i < group->n_amounts && group->amounts[i].from <= m; i++)
		usd = group->amounts[i].usd_micro;
	return usd;
}
