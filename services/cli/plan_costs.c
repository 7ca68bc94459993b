#include "services/cli/plan_costs.h"

#include "rules/compile/read.h"
#include "services/shared/edition_open.h"

const char plan_costs_shipped[] =
	"# What it costs to add something, for `capscore plan`. The figures are there to be replaced by your own: only their\n"
	"# proportions decide which plan is the cheapest. Copy the file, edit it, and give it with --costs FILE.\n"
	"#\n"
	"# Each line is a price of one, or prices by name; `any` is for what is not named, and what has no price costs nothing.\n"
	"\n"
	"unit: USD\n"
	"\n"
	"# A certificate earned by a person: by code, or by the id of a metric that counts it (the dearest of several).\n"
	"certificate:\n"
	"  any: 1200\n"
	"  advanced-certifications: 2000\n"
	"\n"
	"# A certificate that would lapse before the plan ends, renewed; by the same names.\n"
	"renewal:\n"
	"  any: 150\n"
	"\n"
	"# A new customer with as much usage as the rule asks, and a deployment (of a workload at a customer, or of another\n"
	"# service in use): by the id of an area.\n"
	"customer:\n"
	"  any: 12000\n"
	"deployment:\n"
	"  any: 5000\n"
	"\n"
	"# One per cent of growth, or one step of a rule that counts units of usage: by the id of an area.\n"
	"growth:\n"
	"  any: 1500\n"
	"\n"
	"# What is attested by hand.\n"
	"attestation:\n"
	"  any: 1000\n"
	"  offer: 3000\n"
	"  reference: 2000\n"
	"  audit: 8000\n"
	"  engagement: 2500\n"
	"  deployment: 2000\n";

static const char *const kinds[PLAN_KIND_END] = { [PLAN_CERTIFICATE] = "certificate",
	[PLAN_RENEWAL] = "renewal",
	[PLAN_CUSTOMER] = "customer",
	[PLAN_DEPLOYMENT] = "deployment",
	[PLAN_GROWTH] = "growth",
	[PLAN_ATTESTATION] = "attestation" };

const char *plan_kind_name(enum wire_plan_kind k)
{
	return k > 0 && k < PLAN_KIND_END ? kinds[k] : "unknown";
}

static void add_price(struct compiler *c, const struct node *n, enum wire_plan_kind kind,
	struct str name, struct plan_costs *to)
{
	int64_t amount;

	if (!read_amount(c, n, "a price", &amount))
		return;
	if (amount > WIRE_PLAN_COST_MAX) {
		(void)fail(c, n, "a price is at most %lld; divide all of them by the same number",
			WIRE_PLAN_COST_MAX / 1000000);
		return;
	}
	if (name.n > EVENT_NAME_MAX) {
		(void)fail(c, n, "the name is longer than %d bytes", EVENT_NAME_MAX);
		return;
	}
	if (to->n == WIRE_PLAN_COSTS_MAX) {
		(void)fail(c, n, "more than %d prices; leave out those that are as for any",
			WIRE_PLAN_COSTS_MAX);
		return;
	}
	to->all[to->n++] = (struct wire_plan_cost){ kind, keep_text(c, name), amount };
}

static void read_kind(
	struct compiler *c, const struct node *n, enum wire_plan_kind kind, struct plan_costs *to)
{
	if (n == NULL)
		return;
	if (n->kind == NODE_TEXT) {
		add_price(c, n, kind, (struct str){ "", 0 }, to);
		return;
	}
	if (n->kind != NODE_MAP) {
		(void)fail(c, n, "'%s' is a price, or prices by name", kinds[kind]);
		return;
	}
	for (const struct node *x = n->first; x != NULL; x = x->next)
		add_price(c, x, kind,
			str_eq(x->key->text, STR("any")) ? (struct str){ "", 0 } : x->key->text,
			to);
}

static void read_table(struct compiler *c, const struct node *root, struct plan_costs *to)
{
	static const struct key keys[] = { { "unit", false }, { "certificate", false },
		{ "renewal", false }, { "customer", false }, { "deployment", false },
		{ "growth", false }, { "attestation", false } };
	const struct node *values[sizeof keys / sizeof *keys];

	if (!read_map(c, root, "a table of costs", keys, sizeof keys / sizeof *keys, values))
		return;
	if (values[0] != NULL)
		(void)read_text(c, values[0], "'unit'", 16, &to->unit);
	for (int k = 1; k < PLAN_KIND_END; k++)
		read_kind(c, values[k], (enum wire_plan_kind)k, to);
}

int plan_costs_read(const char *path, struct arena *ar, struct plan_costs *ret, struct buf *report,
	struct err *e)
{
	struct compiler c = { .keep = ar };
	struct report r;
	struct node *root = NULL;
	struct buf file;
	int rc = 0;

	*ret = (struct plan_costs){ .n = 0 };
	buf_init(&file, &mem_heap, EDITION_TEXT_MAX + 1);
	if (path != NULL)
		rc = edition_read_file(path, &file, e);
	if (rc == 0)
		rc = report_init(&r, ar, path == NULL ? "costs" : path,
			path == NULL ? str_from(plan_costs_shipped)
				     : (struct str){ (const char *)file.p, file.n });
	if (rc == 0) {
		c.r = &r;
		rc = tree_read(ar, &r, &root);
		if (rc == 0 && root != NULL)
			read_table(&c, root, ret);
		if (rc == 0 && ret->n == 0 && r.n_errors == 0)
			report_add(&r, REPORT_ERROR, (struct place){ 0, 0 },
				"no price at all; `capscore plan --costs-show` prints a table to begin with");
		if (rc == 0)
			rc = c.no_memory ? ERR_NOMEM : r.n_errors > 0 ? ERR_SYNTAX : 0;
		report_print(&r, report);
	}
	ret->unit = keep_text(&c, ret->unit);
	buf_fini(&file);
	return rc;
}
