#include "services/generate/scenery_read.h"

#include "common/base/err.h"

#define NAME_BYTES_MAX 200
#define NAMES_MAX      400

bool scene_entries(struct scene_reader *r, const struct node *n, const char *what, size_t max,
	size_t size, scene_entry read, size_t *ret_n, const void **ret_items)
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

bool scene_optional(struct scene_reader *r, const struct node *n, const char *what, struct str *ret)
{
	return n == NULL || (n->kind == NODE_TEXT && n->text.n == 0) ||
	       read_text(&r->c, n, what, NAME_BYTES_MAX, ret);
}

bool scene_required(struct scene_reader *r, const struct node *n, const char *what, struct str *ret)
{
	return read_text(&r->c, n, what, NAME_BYTES_MAX, ret);
}

bool scene_month(struct scene_reader *r, const struct node *n, const char *what, month_no *ret)
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
static bool read_exactly(struct scene_reader *r, const struct node *n, const char *what,
	size_t want, struct str *ret)
{
	size_t i = 0;

	if (n == NULL || !read_list(&r->c, n, what, want))
		return false;
	if (n->n != want)
		return fail(&r->c, n, "%s must have %zu entries; it has %u", what, want, n->n);
	for (const struct node *item = n->first; item != NULL; item = item->next, i++)
		if (!scene_optional(r, item, what, &ret[i]))
			return false;
	return true;
}

static bool read_service(struct scene_reader *r, const struct node *n, void *into)
{
	enum { ID, LEVELS, GROUPS, INFLUENCER, OS, SOFTWARE, UNIT, PRICE, WEIGHT, N_KEYS };
	static const struct key keys[N_KEYS] = { { "id", true }, { "levels", true },
		{ "groups", true }, { "influencer", false }, { "os", false }, { "software", false },
		{ "unit", true }, { "usd_per_unit", true }, { "weight", false } };
	const struct node *v[N_KEYS];
	struct scene_service *s = into;

	s->weight = 1;
	if (!read_map(&r->c, n, "a service", keys, N_KEYS, v) ||
		!read_id(&r->c, v[ID], "'id' of a service", &s->id) ||
		!read_exactly(r, v[LEVELS], "'levels' of a service", SCENE_LEVELS, s->levels) ||
		!read_exactly(r, v[GROUPS], "'groups' of a service", SCENE_GROUPS, s->groups) ||
		!scene_optional(r, v[INFLUENCER], "'influencer' of a service", &s->influencer) ||
		!scene_optional(r, v[OS], "'os' of a service", &s->os) ||
		!scene_optional(r, v[SOFTWARE], "'software' of a service", &s->software) ||
		!scene_required(r, v[UNIT], "'unit' of a service", &s->unit) ||
		!read_amount(
			&r->c, v[PRICE], "'usd_per_unit' of a service", &s->usd_per_unit_micro) ||
		(v[WEIGHT] != NULL && !read_whole(&r->c, v[WEIGHT], "'weight' of a service", 1,
					      SCENE_WEIGHT_MAX, &s->weight)))
		return false;
	if (s->usd_per_unit_micro == 0)
		return fail(&r->c, v[PRICE], "'usd_per_unit' of a service must be more than 0");
	return true;
}

static const char *bool_name(size_t i)
{
	return i == 0 ? "false" : "true";
}

static bool read_training(struct scene_reader *r, const struct node *n, void *into)
{
	enum { ID, TITLE, TYPE, EXTRA, N_KEYS };
	static const struct key keys[N_KEYS] = { { "id", true }, { "title", true },
		{ "type", true }, { "extra", false } };
	const struct node *v[N_KEYS];
	struct scene_training *t = into;
	size_t extra = 0;

	if (!read_map(&r->c, n, "a training", keys, N_KEYS, v) ||
		!read_id(&r->c, v[ID], "'id' of a training", &t->id) ||
		!scene_required(r, v[TITLE], "'title' of a training", &t->title) ||
		!scene_required(r, v[TYPE], "'type' of a training", &t->type))
		return false;
	if (v[EXTRA] != NULL &&
		!read_choice(&r->c, v[EXTRA], "'extra' of a training", bool_name, 2, &extra))
		return false;
	t->extra = extra != 0;
	return true;
}

static bool read_deals(struct scene_reader *r, const struct node *n)
{
	enum { ATTRIBUTION, CUSTOMER, USD, N_KEYS };
	static const struct key keys[N_KEYS] = { { "attribution", true }, { "customer", true },
		{ "usd", true } };
	const struct node *v[N_KEYS];
	struct scene *s = r->scene;

	if (n == NULL)
		return true;
	return read_map(&r->c, n, "'deals'", keys, N_KEYS, v) &&
	       scene_required(r, v[ATTRIBUTION], "'attribution' of deals", &s->deal_attribution) &&
	       scene_required(r, v[CUSTOMER], "'customer' of deals", &s->deal_customer) &&
	       read_amount(&r->c, v[USD], "'usd' of deals", &s->deal_usd_micro);
}

static bool read_name_list(
	struct scene_reader *r, const struct node *n, const char *what, struct scene_names *ret)
{
	return read_texts(&r->c, n, what, NAMES_MAX, NAME_BYTES_MAX, &ret->n, &ret->items);
}

static bool read_names(struct scene_reader *r, const struct node *n)
{
	enum { GIVEN, FAMILY, COMPANIES, ENDINGS, INDUSTRIES, RESELLERS, N_KEYS };
	static const struct key keys[N_KEYS] = { { "given", true }, { "family", true },
		{ "companies", true }, { "endings", true }, { "industries", true },
		{ "resellers", true } };
	const struct node *v[N_KEYS];
	struct scene *s = r->scene;

	return read_map(&r->c, n, "'names'", keys, N_KEYS, v) &&
	       read_name_list(r, v[GIVEN], "'given' names", &s->given) &&
	       read_name_list(r, v[FAMILY], "'family' names", &s->family) &&
	       read_name_list(r, v[COMPANIES], "'companies'", &s->companies) &&
	       read_name_list(r, v[ENDINGS], "'endings' of companies", &s->endings) &&
	       read_name_list(r, v[INDUSTRIES], "'industries'", &s->industries) &&
	       read_name_list(r, v[RESELLERS], "'resellers'", &s->resellers);
}

bool scene_read(struct scene_reader *r, const struct node *services, const struct node *trainings,
	const struct node *deals, const struct node *names)
{
	struct scene *s = r->scene;
	const void *items;

	if (!scene_entries(r, services, "'services'", SCENE_SERVICES_MAX,
		    sizeof(struct scene_service), read_service, &s->n_services, &items))
		return false;
	s->services = items;
	if (!scene_entries(r, trainings, "'trainings'", SCENE_TRAININGS_MAX,
		    sizeof(struct scene_training), read_training, &s->n_trainings, &items))
		return false;
	s->trainings = items;
	return read_deals(r, deals) && read_names(r, names);
}

int scene_read_file(struct arena *keep_in, const char *name, struct str text, size_t max,
	scene_root read, struct scene *scene, void *whole, struct buf *ret_report)
{
	struct report report;
	struct scene_reader r = {
		.c = { .r = &report, .keep = keep_in }, .scene = scene, .whole = whole
	};
	struct node *root = NULL;
	int rc;
	bool ok = false;

	if (text.n > max)
		return ERR_FULL;
	rc = report_init(&report, keep_in, name, text);
	if (rc != 0)
		return rc;
	rc = tree_read(keep_in, &report, &root);
	if (rc == 0 && root == NULL)
		report_add(&report, REPORT_ERROR, (struct place){ 0, 0 }, "the file is empty");
	else if (rc == 0)
		ok = read(&r, root);
	if (ret_report != NULL)
		report_print(&report, ret_report);
	if (rc == ERR_NOMEM || r.c.no_memory || report.no_memory)
		return ERR_NOMEM;
	return rc != 0 || !ok || report.n_errors > 0 ? ERR_SYNTAX : 0;
}
