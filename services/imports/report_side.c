/* Side files: what people tell beside the exports, as tables that are recognised by their header like an export.
 *
 * Those of the first part fill the tables that the readers of usage ask (side.h) and become no facts themselves; those of
 * the second become facts. */
#include "services/imports/fields.h"
#include "services/imports/person_key.h"
#include "services/imports/side.h"

struct side_state {
	struct reading *r;
	struct gather *g;
	struct person_key key; /* of person links */
};

static int create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	struct side_state *z = mem_zalloc(r->options->a, sizeof *z);

	if (z == NULL)
		return err_set(e, ERR_NOMEM, "no memory for reading a side file");
	z->r = r;
	z->g = g;
	*ret_state = z;
	return 0;
}

static void destroy(void *state)
{
	struct side_state *z = state;

	if (z != NULL)
		mem_free(z->r->options->a, z, sizeof *z);
}

#define SIDE(symbol, side_id, side_name, side_columns, side_create, side_row)                      \
	const struct report symbol = {                                                             \
		.id = side_id,                                                                     \
		.name = side_name,                                                                 \
		.rank = RANK_SIDE,                                                                 \
		.n_columns = sizeof side_columns / sizeof *side_columns,                           \
		.columns = side_columns,                                                           \
		.create = side_create,                                                             \
		.row = side_row,                                                                   \
		.destroy = destroy,                                                                \
	}

static int noted(const struct report_row *row, int rc)
{
	if (rc == 0)
		row_pass_over(row, "noted-for-other-files");
	return rc;
}

/* ---- offers ----------------------------------------------------------------------------------------------- */

enum { OFFER_KIND, OFFER_SUBSCRIPTION, OFFER_CUSTOMER };

static const struct report_column offer_columns[] = {
	[OFFER_KIND] = { "OfferType", { "Offer" }, COLUMN_REQUIRED },
	[OFFER_SUBSCRIPTION] = { "SubscriptionId", { NULL }, 0 },
	[OFFER_CUSTOMER] = { "CustomerTenantId", { NULL }, 0 },
};

static int offer_row(void *state, const struct report_row *row)
{
	struct str subscription, customer, kind;
	enum offer_kind offer;

	(void)state;
	if (!row_required(row, OFFER_KIND, EVENT_NAME_MAX, "what it was sold as", &kind) ||
		!field_offer(row, OFFER_KIND, (struct str){ NULL, 0 }, (struct str){ NULL, 0 },
			&offer) ||
		!row_optional(row, OFFER_SUBSCRIPTION, EVENT_NAME_MAX, &subscription) ||
		!row_optional(row, OFFER_CUSTOMER, EVENT_NAME_MAX, &customer))
		return 0;
	if (subscription.n == 0 && customer.n == 0) {
		row_refuse(row, OFFER_SUBSCRIPTION, REASON_MISSING,
			"neither a subscription nor a customer; write SubscriptionId or CustomerTenantId");
		return 0;
	}
	if (subscription.n > 0)
		customer.n = 0;
	return noted(row, side_put_offer(row->reading->side, subscription, customer, offer));
}

SIDE(report_side_offers, "side-offers", "side file of offers", offer_columns, create, offer_row);

/* ---- production ------------------------------------------------------------------------------------------- */

enum { PRODUCTION_FLAG, PRODUCTION_CUSTOMER, PRODUCTION_WORKLOAD };

static const struct report_column production_columns[] = {
	[PRODUCTION_FLAG] = { "Production", { "IsProduction", "InProduction" }, COLUMN_REQUIRED },
	[PRODUCTION_CUSTOMER] = { "CustomerTenantId", { NULL }, COLUMN_REQUIRED },
	[PRODUCTION_WORKLOAD] = { "Workload", { "WorkloadName", "Workloads" }, 0 },
};

static int production_row(void *state, const struct report_row *row)
{
	const struct products *p = side_products(row->reading->side);
	struct str customer, workload, product, text;
	char guid[FIELD_GUID_TEXT];
	unsigned measures;
	bool in_production;

	(void)state;
	if (!row_required(row, PRODUCTION_FLAG, EVENT_NAME_MAX, "write 1 or 0", &text) ||
		!field_flag(row, PRODUCTION_FLAG, &in_production) ||
		!field_customer(row, PRODUCTION_CUSTOMER, guid, &customer) ||
		!row_optional(row, PRODUCTION_WORKLOAD, EVENT_NAME_MAX, &workload))
		return 0;
	if (workload.n == 0 || !products_find(p, workload, &product, &measures))
		product = workload;
	return noted(
		row, side_put_production(row->reading->side, customer, product, in_production));
}

SIDE(report_side_production, "side-production", "side file of production", production_columns,
	create, production_row);

/* ---- names of workloads ----------------------------------------------------------------------------------- */

enum { PRODUCT_WORKLOAD, PRODUCT_NAME, PRODUCT_MEASURES };

static const struct report_column product_columns[] = {
	[PRODUCT_WORKLOAD] = { "Workload", { "WorkloadName", "Workloads" }, COLUMN_REQUIRED },
	[PRODUCT_NAME] = { "Product", { NULL }, COLUMN_REQUIRED },
	[PRODUCT_MEASURES] = { "Measures", { NULL }, 0 },
};

static int product_row(void *state, const struct report_row *row)
{
	struct products *p = side_products(row->reading->side);
	struct str workload, product, known;
	unsigned measures = 0, ignored;
	int rc;

	(void)state;
	if (!row_required(
		    row, PRODUCT_WORKLOAD, EVENT_NAME_MAX, "as the export writes it", &workload) ||
		!row_required(row, PRODUCT_NAME, EVENT_NAME_MAX, "as the rules write it", &product))
		return 0;
	if (measures_read(row_text(row, PRODUCT_MEASURES), &measures) != 0) {
		row_refuse(row, PRODUCT_MEASURES, REASON_MEASURE,
			"names of measures, parted by spaces: acr, mau, paid-units, capacity, adjusted-revenue");
		return 0;
	}
	if (products_find(p, product, &known, &ignored))
		product = known;
	rc = products_put(p, workload, product, measures);
	if (rc == ERR_INVALID) {
		row_refuse(row, PRODUCT_WORKLOAD, REASON_MISSING, "a name needs letters or digits");
		return 0;
	}
	return noted(row, rc);
}

SIDE(report_side_products, "side-products", "side file of workload names", product_columns, create,
	product_row);

/* ---- links of persons ------------------------------------------------------------------------------------- */

enum { LINK_PARTNER, LINK_PROFILE, LINK_SINCE, LINK_CHANGE };

static const struct report_column link_columns[] = {
	[LINK_PARTNER] = { "PGAMpnID", { "PGAPartnerID", "GlobalPartnerID", "MPNId", "PartnerID" },
		COLUMN_REQUIRED },
	[LINK_PROFILE] = { "MCPID", { "McpProfileId" }, COLUMN_REQUIRED | COLUMN_PERSON },
	[LINK_SINCE] = { "LinkedOn", { "LinkDate", "UnlinkedOn" }, COLUMN_REQUIRED | COLUMN_DATE },
	[LINK_CHANGE] = { "Change", { NULL }, 0 },
};

static int link_create(struct reading *r, struct gather *g, void **ret_state, struct err *e)
{
	int rc = create(r, g, ret_state, e);

	if (rc == 0)
		rc = r->options->person_key(
			r->options->person_key_ctx, &((struct side_state *)*ret_state)->key, e);
	if (rc != 0) {
		destroy(*ret_state);
		*ret_state = NULL;
	}
	return rc;
}

static bool read_change(const struct report_row *row, bool *ret_linked)
{
	struct str s = row_text(row, LINK_CHANGE);

	*ret_linked = s.n == 0 || str_eq_nocase(s, STR("linked"));
	if (*ret_linked || str_eq_nocase(s, STR("unlinked")))
		return true;
	row_refuse(row, LINK_CHANGE, REASON_CHANGE, "neither linked nor unlinked");
	return false;
}

static int refuse_scope(const struct side_state *z, const struct report_row *row)
{
	return gather_scope(z->g, row_text(row, LINK_PARTNER), (enum measure)0, MONTH_NONE, true);
}

static int link_row(void *state, const struct report_row *row)
{
	struct side_state *z = state;
	struct event ev = { .kind = FACT_PERSON_LINK };
	struct fact_person_link *l = &ev.u.person_link;
	char person[PERSON_ID_TEXT];
	struct str profile;
	int rc;

	if (!field_partner(row, LINK_PARTNER, &ev.subject) ||
		!row_required(row, LINK_PROFILE, EVENT_NAME_MAX, "people are told apart by it",
			&profile) ||
		!field_day(row, LINK_SINCE, false, &l->since) || !read_change(row, &l->linked))
		return refuse_scope(z, row);
	l->person = person_of(&z->key, profile, person);
	ev.time = l->since == DAY_NONE ? z->r->recorded : (event_ms)l->since * MS_PER_DAY;
	rc = gather_scope(z->g, ev.subject, (enum measure)0, MONTH_NONE, false);
	return rc != 0 ? rc : gather_fact(z->g, &ev, MONTH_NONE, l->since, row->at);
}

const struct report report_side_links = {
	.id = "side-links",
	.name = "side file of person links",
	.rank = RANK_SIDE,
	.personal = true,
	.n_columns = sizeof link_columns / sizeof *link_columns,
	.columns = link_columns,
	.create = link_create,
	.row = link_row,
	.destroy = destroy,
};

/* ---- attestations ----------------------------------------------------------------------------------------- */

enum {
	ATTESTATION_PARTNER,
	ATTESTATION_KIND,
	ATTESTATION_SCOPE,
	ATTESTATION_REFERENCE,
	ATTESTATION_ON,
	ATTESTATION_UNTIL
};

static const struct report_column attestation_columns[] = {
	[ATTESTATION_PARTNER] = { "PGAMpnID",
		{ "PGAPartnerID", "GlobalPartnerID", "MPNId", "PartnerID" }, COLUMN_REQUIRED },
	[ATTESTATION_KIND] = { "Kind", { NULL }, COLUMN_REQUIRED },
	[ATTESTATION_SCOPE] = { "Scope", { "Specialization" }, COLUMN_REQUIRED },
	[ATTESTATION_REFERENCE] = { "Reference", { NULL }, 0 },
	[ATTESTATION_ON] = { "On", { NULL }, COLUMN_REQUIRED },
	[ATTESTATION_UNTIL] = { "Until", { NULL }, 0 },
};

static bool read_kind(const struct report_row *row, enum attestation_kind *ret)
{
	static const struct {
		const char *name;
		enum attestation_kind kind;
	} kinds[] = { { "offer", ATTEST_OFFER }, { "reference", ATTEST_REFERENCE },
		{ "audit", ATTEST_AUDIT }, { "engagement", ATTEST_ENGAGEMENT },
		{ "deployment", ATTEST_DEPLOYMENT } };
	struct str s = row_text(row, ATTESTATION_KIND);

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_eq_nocase(s, str_from(kinds[i].name))) {
			*ret = kinds[i].kind;
			return true;
		}
	row_refuse(row, ATTESTATION_KIND, REASON_KIND,
		"none of offer, reference, audit, engagement, deployment");
	return false;
}

static int attestation_row(void *state, const struct report_row *row)
{
	struct side_state *z = state;
	struct event ev = { .kind = FACT_ATTESTATION };
	struct fact_attestation *a = &ev.u.attestation;
	int rc;

	if (!field_partner(row, ATTESTATION_PARTNER, &ev.subject) || !read_kind(row, &a->kind) ||
		!row_required(row, ATTESTATION_SCOPE, EVENT_NAME_MAX,
			"the id of the specialization (capscore rules list)", &a->scope) ||
		!row_optional(row, ATTESTATION_REFERENCE, EVENT_NAME_MAX, &a->reference) ||
		!field_day(row, ATTESTATION_ON, true, &a->on) ||
		!field_day(row, ATTESTATION_UNTIL, false, &a->until))
		return gather_scope(z->g, row_text(row, ATTESTATION_PARTNER), (enum measure)0,
			MONTH_NONE, true);
	ev.time = (event_ms)a->on * MS_PER_DAY;
	rc = gather_scope(z->g, ev.subject, (enum measure)0, MONTH_NONE, false);
	return rc != 0 ? rc : gather_fact(z->g, &ev, MONTH_NONE, a->on, row->at);
}

SIDE(report_side_attestations, "side-attestations", "side file of attestations",
	attestation_columns, create, attestation_row);
