#include "services/generate/world.h"

#include "common/base/err.h"
#include "services/generate/scenery_read.h"

#define AMOUNT_MAX 1000000 /* of a range */

static const char *const trades[TRADE_END] = { "azure", "seats", "business" };

static bool read_percent(
	struct scene_reader *r, const struct node *n, const char *what, uint32_t *ret)
{
	return read_whole(&r->c, n, what, 0, 100, ret);
}

static bool read_range(
	struct scene_reader *r, const struct node *n, const char *what, struct world_range *ret)
{
	enum { LEAST, MOST, N_KEYS };
	static const struct key keys[N_KEYS] = { { "least", true }, { "most", true } };
	const struct node *v[N_KEYS];

	if (!read_map(&r->c, n, what, keys, N_KEYS, v) ||
		!read_whole(&r->c, v[LEAST], "'least'", 1, AMOUNT_MAX, &ret->least) ||
		!read_whole(&r->c, v[MOST], "'most'", 1, AMOUNT_MAX, &ret->most))
		return false;
	if (ret->most < ret->least)
		return fail(&r->c, v[MOST], "'most' of %s is below 'least'", what);
	return true;
}

static bool read_texts_of(
	struct scene_reader *r, const struct node *n, const char *what, struct scene_names *ret)
{
	return read_texts(&r->c, n, what, WORLD_LIST_MAX, 200, &ret->n, &ret->items);
}

/* ---- lists -------------------------------------------------------------------------------------------------------- */

static bool read_market(struct scene_reader *r, const struct node *n, void *into)
{
	enum { COUNTRY, CODE, CITIES, N_KEYS };
	static const struct key keys[N_KEYS] = { { "country", true }, { "code", true },
		{ "cities", true } };
	const struct node *v[N_KEYS];
	struct world_market *m = into;

	return read_map(&r->c, n, "a market", keys, N_KEYS, v) &&
	       scene_required(r, v[COUNTRY], "'country' of a market", &m->country) &&
	       scene_required(r, v[CODE], "'code' of a market", &m->code) &&
	       read_texts_of(r, v[CITIES], "'cities' of a market", &m->cities);
}

static bool read_segment(struct scene_reader *r, const struct node *n, void *into)
{
	enum { NAME, SHARE, USD, SEATS, REVENUE, USERS, N_KEYS };
	static const struct key keys[N_KEYS] = { { "name", true }, { "share", true },
		{ "usd", true }, { "seats", true }, { "revenue", true }, { "users", true } };
	const struct node *v[N_KEYS];
	struct world_segment *s = into;

	return read_map(&r->c, n, "a segment", keys, N_KEYS, v) &&
	       scene_required(r, v[NAME], "'name' of a segment", &s->name) &&
	       read_whole(&r->c, v[SHARE], "'share' of a segment", 1, 1000, &s->share) &&
	       read_range(r, v[USD], "'usd' of a segment", &s->usd) &&
	       read_range(r, v[SEATS], "'seats' of a segment", &s->seats) &&
	       read_range(r, v[REVENUE], "'revenue' of a segment", &s->revenue) &&
	       read_range(r, v[USERS], "'users' of a segment", &s->users);
}

static const char *kind_name(size_t i)
{
	return i == ASSOC_NONE ? NULL : association_kind_name((enum association_kind)i);
}

static bool read_association(struct scene_reader *r, const struct node *n, void *into)
{
	enum { KIND, NAME, SHARE, CHANNEL, N_KEYS };
	static const struct key keys[N_KEYS] = { { "kind", true }, { "name", true },
		{ "share", true }, { "channel", true } };
	const struct node *v[N_KEYS];
	struct world_association *a = into;
	size_t kind;

	if (!read_map(&r->c, n, "an association", keys, N_KEYS, v) ||
		!read_choice(&r->c, v[KIND], "'kind' of an association", kind_name, ASSOC_KIND_END,
			&kind))
		return false;
	a->kind = (enum association_kind)kind;
	return scene_required(r, v[NAME], "'name' of an association", &a->name) &&
	       read_whole(&r->c, v[SHARE], "'share' of an association", 1, 1000, &a->share) &&
	       scene_required(r, v[CHANNEL], "'channel' of an association", &a->channel);
}

/* ---- what goes by trade --------------------------------------------------------------------------------------------- */

static const struct key trade_keys[TRADE_END] = { { "azure", true }, { "seats", true },
	{ "business", true } };

static bool read_buys(struct scene_reader *r, const struct node *n, struct world *w)
{
	enum { SHARE, MOST, N_KEYS };
	static const struct key keys[N_KEYS] = { { "share", true }, { "most", true } };
	const struct node *v[TRADE_END], *b[N_KEYS];

	if (!read_map(&r->c, n, "'buys'", trade_keys, TRADE_END, v))
		return false;
	for (int t = 0; t < TRADE_END; t++) {
		uint32_t most = t == TRADE_AZURE ? WORLD_AZURE_MOST : WORLD_WORKLOADS_MOST;

		if (!read_map(&r->c, v[t], trades[t], keys, N_KEYS, b) ||
			!read_percent(
				r, b[SHARE], "'share' of what is bought", &w->buys[t].share) ||
			!read_whole(&r->c, b[MOST], "'most' of what is bought", 1, most,
				&w->buys[t].most))
			return false;
	}
	return true;
}

static bool read_associations(struct scene_reader *r, const struct node *n, struct world *w)
{
	const struct node *v[TRADE_END];

	if (!read_map(&r->c, n, "'associations'", trade_keys, TRADE_END, v))
		return false;
	for (int t = 0; t < TRADE_END; t++) {
		const void *items;

		if (!scene_entries(r, v[t], "associations", WORLD_LIST_MAX,
			    sizeof(struct world_association), read_association,
			    &w->associations[t].n, &items))
			return false;
		w->associations[t].items = items;
	}
	return true;
}

static bool read_seasons(struct scene_reader *r, const struct node *n, struct world *w)
{
	const struct node *v[TRADE_END];

	if (!read_map(&r->c, n, "'seasons'", trade_keys, TRADE_END, v))
		return false;
	for (int t = 0; t < TRADE_END; t++) {
		size_t i = 0;

		if (!read_list(&r->c, v[t], "seasons", 12))
			return false;
		if (v[t]->n != 12)
			return fail(&r->c, v[t], "seasons of '%s' must be 12 months; there are %u",
				trades[t], v[t]->n);
		for (const struct node *m = v[t]->first; m != NULL; m = m->next, i++)
			if (!read_whole(
				    &r->c, m, "a month of the seasons", 1, 1000, &w->seasons[t][i]))
				return false;
	}
	return true;
}

/* ---- shares ----------------------------------------------------------------------------------------------------------- */

/* A number of a mapping. */
struct number {
	const char *name;
	uint32_t min, max;
	uint32_t *ret;
};
#define NUMBERS_MAX 8

/* A mapping of numbers, all of which must be there. */
static bool read_numbers(struct scene_reader *r, const struct node *n, const char *what,
	const struct number *numbers, size_t n_numbers)
{
	struct key keys[NUMBERS_MAX] = { { NULL, false } };
	const struct node *v[NUMBERS_MAX];
	bool ok = true;

	for (size_t i = 0; i < n_numbers; i++)
		keys[i] = (struct key){ numbers[i].name, true };
	if (!read_map(&r->c, n, what, keys, n_numbers, v))
		return false;
	for (size_t i = 0; i < n_numbers; i++)
		ok = read_whole(&r->c, v[i], numbers[i].name, numbers[i].min, numbers[i].max,
			     numbers[i].ret) &&
		     ok;
	return ok;
}
#define READ_NUMBERS(r, n, what, a) read_numbers((r), (n), (what), (a), sizeof(a) / sizeof *(a))

static bool read_changes(struct scene_reader *r, const struct node *customers,
	const struct node *growth, const struct node *people, struct world *w)
{
	const struct number c[] = { { "here_before", 0, 100, &w->here_before },
		{ "leave_a_year", 0, 100, &w->leave_a_year }, { "return", 0, 100, &w->come_back },
		{ "shared", 0, 100, &w->shared } };
	const struct number g[] = { { "shrink", 0, 90, &w->shrink }, { "grow", 0, 500, &w->grow } };
	const struct number p[] = {
		{ "certificates_most", 1, WORLD_CERTIFICATES_MOST, &w->certificates_most },
		{ "renew", 0, 100, &w->renew }, { "earn_again", 0, 100, &w->earn_again },
		{ "leave_a_year", 0, 100, &w->people_leave_a_year }, { "extra", 0, 100, &w->extra }
	};

	return READ_NUMBERS(r, customers, "'customers'", c) &&
	       READ_NUMBERS(r, growth, "'growth_a_year'", g) &&
	       READ_NUMBERS(r, people, "'people'", p);
}

static bool read_habits(struct scene_reader *r, const struct node *partners,
	const struct node *claims, const struct node *active, struct world *w)
{
	const struct number p[] = { { "focus", 0, 100, &w->focus },
		{ "locations", 0, 100, &w->locations },
		{ "locations_most", 1, WORLD_LOCATIONS_MOST, &w->locations_most },
		{ "enrolled", 0, 100, &w->enrolled }, { "deals", 0, 100, &w->deals } };
	const struct number c[] = { { "approved", 0, 100, &w->approved } };
	const struct number a[] = { { "least", 0, 100, &w->active_least },
		{ "most", 0, 100, &w->active_most } };

	if (!READ_NUMBERS(r, partners, "'partners'", p) ||
		!READ_NUMBERS(r, claims, "'claims'", c) || !READ_NUMBERS(r, active, "'active'", a))
		return false;
	if (w->active_most < w->active_least)
		return fail(&r->c, active, "'most' of 'active' is below 'least'");
	return true;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------- */

static bool read_lists(struct scene_reader *r, const struct node *markets,
	const struct node *segments, struct world *w)
{
	const void *items;

	if (!scene_entries(r, markets, "'markets'", WORLD_LIST_MAX, sizeof(struct world_market),
		    read_market, &w->n_markets, &items))
		return false;
	w->markets = items;
	if (!scene_entries(r, segments, "'segments'", WORLD_LIST_MAX, sizeof(struct world_segment),
		    read_segment, &w->n_segments, &items))
		return false;
	w->segments = items;
	return true;
}

static bool read_world(struct scene_reader *r, const struct node *n)
{
	enum {
		WORLD,
		TITLE,
		SERVICES,
		TRAININGS,
		TYPE,
		DEALS,
		NAMES,
		MARKETS,
		SEGMENTS,
		BUYS,
		ASSOCIATIONS,
		SECOND,
		SEASONS,
		CUSTOMERS,
		GROWTH,
		PEOPLE,
		PARTNERS,
		CLAIMS,
		ACTIVE,
		TEAMS,
		ANALYTICS,
		MONTH_END,
		N_KEYS
	};
	static const struct key keys[N_KEYS] = { { "world", true }, { "title", true },
		{ "services", true }, { "trainings", true }, { "certification_type", true },
		{ "deals", false }, { "names", true }, { "markets", true }, { "segments", true },
		{ "buys", true }, { "associations", true }, { "second_attribution", true },
		{ "seasons", true }, { "customers", true }, { "growth_a_year", true },
		{ "people", true }, { "partners", true }, { "claims", true }, { "active", true },
		{ "teams", true }, { "analytics", true }, { "month_end", true } };
	const struct node *v[N_KEYS];
	struct world *w = r->whole;

	return read_map(&r->c, n, "a world", keys, N_KEYS, v) &&
	       read_id(&r->c, v[WORLD], "'world'", &w->name) &&
	       scene_required(r, v[TITLE], "'title'", &w->title) &&
	       scene_read(r, v[SERVICES], v[TRAININGS], v[DEALS], v[NAMES]) &&
	       scene_required(r, v[TYPE], "'certification_type'", &w->certification_type) &&
	       read_lists(r, v[MARKETS], v[SEGMENTS], w) && read_buys(r, v[BUYS], w) &&
	       read_associations(r, v[ASSOCIATIONS], w) &&
	       read_percent(r, v[SECOND], "'second_attribution'", &w->second_attribution) &&
	       read_seasons(r, v[SEASONS], w) &&
	       read_changes(r, v[CUSTOMERS], v[GROWTH], v[PEOPLE], w) &&
	       read_habits(r, v[PARTNERS], v[CLAIMS], v[ACTIVE], w) &&
	       read_texts_of(r, v[TEAMS], "'teams'", &w->teams) &&
	       read_texts_of(r, v[ANALYTICS], "'analytics'", &w->analytics) &&
	       read_percent(r, v[MONTH_END], "'month_end'", &w->month_end);
}

int world_read(struct arena *keep_in, const char *name, struct str text, struct buf *ret_report,
	struct world *ret_world)
{
	struct world world = { 0 };
	int rc = scene_read_file(
		keep_in, name, text, WORLD_TEXT_MAX, read_world, &world.scene, &world, ret_report);

	if (rc == 0)
		*ret_world = world;
	return rc;
}
