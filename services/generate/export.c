#include "services/generate/export.h"

#include "services/generate/draw.h"
#include "services/generate/sheet.h"

#define MICRO 1000000

static const struct sheet_style style; /* CRLF, quotes where a field needs them */

static struct str put_day(struct scratch *s, day_no d)
{
	char text[DAY_TEXT];

	return d == DAY_NONE ? (struct str){ NULL, 0 } : scratch_put(s, "%s", day_format(d, text));
}

static struct str pick(
	const struct scene_names *names, const struct draw_key *k, enum draw_for what)
{
	return names->items[draw_below(k, what, 0, names->n)];
}

/* The story's partner keeps its id; its copies have longer ones. */
static struct str copy_id(struct scratch *s, struct str id, uint32_t copy)
{
	return copy == 0 ? id : scratch_put(s, STR_FMT "%05u", STR_ARG(id), copy);
}

static struct str copy_name(struct scratch *s, struct str name, uint32_t copy)
{
	return copy == 0 ? name : scratch_put(s, STR_FMT " %u", STR_ARG(name), copy);
}

/* ---- Azure usage report --------------------------------------------------------------------------------------- */

#define USAGE_COLUMNS(X)                                                                           \
	X(U_PGA, "PGAMpnID")                                                                       \
	X(U_SUBSCRIPTION, "SubscriptionId")                                                        \
	X(U_SUBSCRIPTION_START, "SubscriptionStartDate")                                           \
	X(U_SUBSCRIPTION_END, "SubscriptionEndDate")                                               \
	X(U_FIRST_USE, "FirstUseDate")                                                             \
	X(U_SUBSCRIPTION_STATE, "SubscriptionState")                                               \
	X(U_MONTH, "Month")                                                                        \
	X(U_LEVEL_1, "ServiceLevel1")                                                              \
	X(U_LEVEL_2, "ServiceLevel2")                                                              \
	X(U_LEVEL_3, "ServiceLevel3")                                                              \
	X(U_LEVEL_4, "ServiceLevel4")                                                              \
	X(U_GROUP_2, "ServiceGroup2")                                                              \
	X(U_GROUP_3, "ServiceGroup3")                                                              \
	X(U_INFLUENCER, "ServiceInfluencer")                                                       \
	X(U_OS, "ComputeOS")                                                                       \
	X(U_SOFTWARE, "ComputeCoreSoftware")                                                       \
	X(U_UNITS, "UsageUnits")                                                                   \
	X(U_QUANTITY, "UsageQuantity")                                                             \
	X(U_CUSTOMER_NAME, "CustomerName")                                                         \
	X(U_TENANT, "CustomerTenantId")                                                            \
	X(U_TPID, "CustomerTpid")                                                                  \
	X(U_SEGMENT, "CustomerSegment")                                                            \
	X(U_MARKET, "CustomerMarket")                                                              \
	X(U_MPN, "MPNID")                                                                          \
	X(U_PARTNER_NAME, "PartnerName")                                                           \
	X(U_PARTNER_LOCATION, "PartnerLocation")                                                   \
	X(U_ATTRIBUTION, "PartnerAttributionType")                                                 \
	X(U_CHANNEL, "SalesChannel")                                                               \
	X(U_ENROLLMENT, "EnrollmentNumber")                                                        \
	X(U_DUPLICATE, "IsACRDuplicateAtPGALevel")                                                 \
	X(U_RESELLER_ID, "ResellerID")                                                             \
	X(U_RESELLER_NAME, "ResellerName")                                                         \
	X(U_INDUSTRY, "IndustryName")                                                              \
	X(U_VERTICAL, "VerticalName")                                                              \
	X(U_EOU, "EOU")                                                                            \
	X(U_ADMIN_TYPE, "AdminType")                                                               \
	X(U_ASSOCIATION_TYPE, "AssociationType")                                                   \
	X(U_ACR, "ACR_USD")

enum usage_column {
#define X(id, name) id,
	USAGE_COLUMNS(X)
#undef X
		U_N
};

void export_usage_header(FILE *out)
{
	static const struct str names[U_N] = {
#define X(id, name) { name, sizeof name - 1 },
		USAGE_COLUMNS(X)
#undef X
	};

	sheet_row(out, &style, names, U_N);
}

/* What all rows of one partner and month share, and where they go. */
struct usage_sheet {
	const struct generator *g;
	const struct story_partner *partner;
	struct draw_key key;
	month_no month;
	FILE *out;
	uint64_t rows;
};

static void fill_partner(const struct usage_sheet *u, struct scratch *s, struct str *cells)
{
	const struct story_partner *p = u->partner;
	char month[DAY_TEXT];

	cells[U_PGA] = copy_id(s, p->id, u->key.copy);
	cells[U_MPN] = copy_id(s, p->location, u->key.copy);
	cells[U_PARTNER_NAME] = copy_name(s, p->name, u->key.copy);
	cells[U_PARTNER_LOCATION] =
		scratch_put(s, STR_FMT ", " STR_FMT, STR_ARG(p->city), STR_ARG(p->country));
	cells[U_MONTH] = scratch_put(s, "%s", day_format(month_first_day(u->month), month));
	cells[U_DUPLICATE] = STR("0");
}

static void fill_customer(const struct usage_sheet *u, const struct story_customers *group,
	struct scratch *s, struct str *cells)
{
	const struct story *story = u->g->story;
	const struct draw_key *k = &u->key;
	struct str industry = pick(&story->scene.industries, k, DRAW_INDUSTRY);
	char guid[GUID_TEXT];

	cells[U_TENANT] = scratch_put(s, "%s", draw_guid(k, DRAW_TENANT, DRAW_TENANT_LOW, 0, guid));
	cells[U_TPID] =
		scratch_put(s, "%u", (unsigned)(1000000 + draw_below(k, DRAW_TPID, 0, 9000000)));
	cells[U_CUSTOMER_NAME] = scratch_put(s, STR_FMT " " STR_FMT,
		STR_ARG(pick(&story->scene.companies, k, DRAW_COMPANY)),
		STR_ARG(pick(&story->scene.endings, k, DRAW_ENDING)));
	cells[U_SEGMENT] = group->segment;
	cells[U_MARKET] = group->market;
	cells[U_CHANNEL] = group->channel;
	cells[U_ATTRIBUTION] = group->attribution;
	cells[U_INDUSTRY] = industry;
	cells[U_VERTICAL] = industry;
	cells[U_EOU] = STR("Commercial");
}

/* The subscription of one of the customer's services. */
static void fill_subscription(const struct usage_sheet *u, const struct story_customers *group,
	size_t service, struct scratch *s, struct str *cells)
{
	const struct draw_key *k = &u->key;
	uint64_t n = 1 + draw_below(k, DRAW_SUBSCRIPTION_COUNT, 0, 3);
	uint64_t which = service % n;
	char guid[GUID_TEXT];
	day_no start = month_first_day(group->amounts[0].from) -
		       (day_no)draw_below(k, DRAW_START, which, 300);

	cells[U_SUBSCRIPTION] = scratch_put(
		s, "%s", draw_guid(k, DRAW_SUBSCRIPTION, DRAW_SUBSCRIPTION_LOW, which, guid));
	cells[U_SUBSCRIPTION_START] = put_day(s, start);
	cells[U_FIRST_USE] = put_day(s, start + 3);
	cells[U_SUBSCRIPTION_STATE] = STR("Active");
}

static void fill_service(
	const struct scene_service *service, int64_t cents, struct scratch *s, struct str *cells)
{
	int64_t hundredths = cents * 100 * (MICRO / 100) / service->usd_per_unit_micro;

	cells[U_LEVEL_1] = service->levels[0];
	cells[U_LEVEL_2] = service->levels[1];
	cells[U_LEVEL_3] = service->levels[2];
	cells[U_LEVEL_4] = service->levels[3];
	cells[U_GROUP_2] = service->groups[0];
	cells[U_GROUP_3] = service->groups[1];
	cells[U_INFLUENCER] = service->influencer;
	cells[U_OS] = service->os;
	cells[U_SOFTWARE] = service->software;
	cells[U_UNITS] = service->unit;
	cells[U_QUANTITY] =
		scratch_put(s, "%lld.%02d", (long long)(hundredths / 100), (int)(hundredths % 100));
	cells[U_ACR] = scratch_put(s, "%lld.%02d", (long long)(cents / 100), (int)(cents % 100));
}

/* How a customer's month spreads over its services: weights that stay, with a little change from month to month. */
static uint64_t weight_of(const struct usage_sheet *u, size_t service)
{
	uint64_t steady = 20 + draw_below(&u->key, DRAW_WEIGHT, service, 80);
	uint64_t month = (uint64_t)u->month << 16 | service;

	return steady * (90 + draw_below(&u->key, DRAW_JITTER, month, 21));
}

static void put_usage(
	struct usage_sheet *u, const struct story_customers *group, size_t service, int64_t cents)
{
	struct scratch s = { .used = 0 };
	struct str cells[U_N] = { { NULL, 0 } };

	fill_partner(u, &s, cells);
	fill_customer(u, group, &s, cells);
	fill_subscription(u, group, service, &s, cells);
	fill_service(&u->g->story->scene.services[group->services[service]], cents, &s, cells);
	if (str_eq_nocase(group->channel, STR("CSP"))) {
		cells[U_RESELLER_NAME] =
			pick(&u->g->story->scene.resellers, &u->key, DRAW_RESELLER);
		cells[U_RESELLER_ID] =
			scratch_put(&s, "%u", (unsigned)(5000000 + cells[U_RESELLER_NAME].n));
	} else {
		cells[U_ENROLLMENT] = scratch_put(&s, "%u",
			(unsigned)(70000000 + draw_below(&u->key, DRAW_TPID, 1, 9999999)));
	}
	sheet_row(u->out, &style, cells, U_N);
	u->rows++;
	if (group->also.n == 0)
		return;
	/* The same usage through a second attribution, flagged so that it counts once. */
	cells[U_ATTRIBUTION] = group->also;
	cells[U_DUPLICATE] = STR("1");
	cells[U_ADMIN_TYPE] = STR("User");
	cells[U_ASSOCIATION_TYPE] = STR("Subscription");
	sheet_row(u->out, &style, cells, U_N);
	u->rows++;
}

/* One customer's month: its amount to the cent, spread over its services. */
static void put_customer(struct usage_sheet *u, const struct story_customers *group)
{
	int64_t cents = story_usd(group, u->month) / (MICRO / 100), left = cents;
	uint64_t total = 0;

	if (cents == 0)
		return;
	for (size_t i = 0; i < group->n_services; i++)
		total += weight_of(u, i);
	for (size_t i = group->n_services; i-- > 0;) {
		int64_t part = (int64_t)((uint64_t)cents * weight_of(u, i) / total);

		if (i == 0) /* the first takes what rounding left */
			part = left;
		left -= part;
		put_usage(u, group, i, part);
	}
}

/* A registered deal that has no customer yet. */
static void put_deal(struct usage_sheet *u)
{
	const struct story *story = u->g->story;
	int64_t cents = story->scene.deal_usd_micro / (MICRO / 100);
	struct scratch s = { .used = 0 };
	struct str cells[U_N] = { { NULL, 0 } };

	fill_partner(u, &s, cells);
	fill_service(&story->scene.services[0], cents, &s, cells);
	cells[U_SUBSCRIPTION] = STR("00000000-0000-0000-0000-000000000000");
	cells[U_CUSTOMER_NAME] = story->scene.deal_customer;
	cells[U_TENANT] = story->scene.deal_customer;
	cells[U_SEGMENT] = story->scene.deal_customer;
	cells[U_ATTRIBUTION] = story->scene.deal_attribution;
	sheet_row(u->out, &style, cells, U_N);
	u->rows++;
}

uint64_t export_usage(
	const struct generator *g, size_t partner, uint32_t copy, month_no month, FILE *out)
{
	const struct story_partner *p = &g->story->partners[partner];
	struct usage_sheet u = { .g = g, .partner = p, .month = month, .out = out };

	u.key = (struct draw_key){ .seed = g->seed, .partner = (uint32_t)partner, .copy = copy };
	for (size_t i = 0; i < p->n_customers; i++) {
		u.key.group = (uint32_t)i;
		for (uint32_t m = 0; m < p->customers[i].count; m++) {
			u.key.member = m;
			put_customer(&u, &p->customers[i]);
		}
	}
	if (g->story->scene.deal_attribution.n > 0)
		put_deal(&u);
	return u.rows;
}

/* ---- Trainings, exams and certifications ------------------------------------------------------------------------ */

#define TRAINING_COLUMNS(X)                                                                        \
	X(T_PGA, "PGAMpnId")                                                                       \
	X(T_ACTIVITY, "TrainingActivityId")                                                        \
	X(T_TITLE, "TrainingTitle")                                                                \
	X(T_TYPE, "TrainingType")                                                                  \
	X(T_GIVEN, "IndividualFirstName")                                                          \
	X(T_FAMILY, "IndividualLastName")                                                          \
	X(T_EMAIL, "Email")                                                                        \
	X(T_CORP_EMAIL, "CorpEmail")                                                               \
	X(T_COMPLETED, "TrainingCompletionDate")                                                   \
	X(T_EXPIRES, "ExpirationDate")                                                             \
	X(T_STATUS, "ActivationStatus")                                                            \
	X(T_MONTH, "Month")                                                                        \
	X(T_IS_MCP, "IcMCP")                                                                       \
	X(T_MCP_ID, "MCPID")                                                                       \
	X(T_MPN, "MpnId")                                                                          \
	X(T_PARTNER_NAME, "PartnerName")                                                           \
	X(T_CITY, "PartnerCityLocation")                                                           \
	X(T_COUNTRY, "PartnerCountryLocation")

enum training_column {
#define X(id, name) id,
	TRAINING_COLUMNS(X)
#undef X
		T_N
};

void export_trainings_header(FILE *out)
{
	static const struct str names[T_N] = {
#define X(id, name) { name, sizeof name - 1 },
		TRAINING_COLUMNS(X)
#undef X
	};

	sheet_row(out, &style, names, T_N);
}

struct training_sheet {
	const struct generator *g;
	const struct story_partner *partner;
	struct draw_key key; /* of a person */
	day_no as_of;	     /* last day of the month */
	FILE *out;
	uint64_t rows;
};

/* Letters and digits of a name in lower case, as the local part or the host of an address. */
static struct str put_plain(struct scratch *s, struct str name)
{
	char plain[64];
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < sizeof plain; i++) {
		char c = name.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			plain[n++] = c;
	}
	return scratch_put(s, "%.*s", (int)n, plain);
}

static void fill_person(const struct training_sheet *t, struct scratch *s, struct str *cells)
{
	const struct story_partner *p = t->partner;
	struct str given = pick(&t->g->story->scene.given, &t->key, DRAW_GIVEN);
	struct str family = pick(&t->g->story->scene.family, &t->key, DRAW_FAMILY);
	unsigned profile = (unsigned)(10000000 + draw_below(&t->key, DRAW_PROFILE, 0, 89999999));
	struct str local_given = put_plain(s, given), local_family = put_plain(s, family);

	cells[T_GIVEN] = given;
	cells[T_FAMILY] = family;
	cells[T_EMAIL] = scratch_put(s, STR_FMT "." STR_FMT "%u@example.net", STR_ARG(local_given),
		STR_ARG(local_family), profile % 100);
	cells[T_CORP_EMAIL] = scratch_put(s, STR_FMT "." STR_FMT "@" STR_FMT ".example",
		STR_ARG(local_given), STR_ARG(local_family), STR_ARG(put_plain(s, p->name)));
	cells[T_MCP_ID] = scratch_put(s, "%u", profile);
	cells[T_PGA] = copy_id(s, p->id, t->key.copy);
	cells[T_MPN] = copy_id(s, p->location, t->key.copy);
	cells[T_PARTNER_NAME] = copy_name(s, p->name, t->key.copy);
	cells[T_CITY] = p->city;
	cells[T_COUNTRY] = p->country;
}

/* One line; nothing when it lies after the end of the month. */
static void put_training(struct training_sheet *t, const struct scene_training *training,
	uint64_t number, day_no on, day_no until)
{
	struct scratch s = { .used = 0 };
	struct str cells[T_N] = { { NULL, 0 } };
	bool ended = until != DAY_NONE && until < t->as_of;

	if (on > t->as_of)
		return;
	fill_person(t, &s, cells);
	cells[T_ACTIVITY] = scratch_put(&s, "%u",
		(unsigned)(100000000 + draw_below(&t->key, DRAW_ACTIVITY, number, 899999999)));
	cells[T_TITLE] = training->title;
	cells[T_TYPE] = training->type;
	cells[T_COMPLETED] = put_day(&s, on);
	cells[T_EXPIRES] = put_day(&s, until);
	if (!training->extra) /* an exam that was passed, or a course, is not active or expired */
		cells[T_STATUS] = ended ? STR("Expired") : STR("Active");
	cells[T_MONTH] = put_day(&s, month_first_day(month_of_day(on)));
	cells[T_IS_MCP] = STR("1");
	sheet_row(t->out, &style, cells, T_N);
	t->rows++;
}

/* Trainings that earn nothing, one person in two has one of each kind. */
static void put_extras(struct training_sheet *t)
{
	const struct story *story = t->g->story;
	day_no first = month_first_day(story->from);
	uint64_t span = (uint64_t)(month_first_day(story->through + 1) - first);

	for (size_t i = 0; i < story->scene.n_trainings; i++) {
		if (!story->scene.trainings[i].extra || draw_below(&t->key, DRAW_EXTRA, i, 2) == 0)
			continue;
		put_training(t, &story->scene.trainings[i], 1000 + i,
			first + (day_no)draw_below(&t->key, DRAW_EXTRA_DAY, i, span), DAY_NONE);
	}
}

uint64_t export_trainings(
	const struct generator *g, size_t partner, uint32_t copy, month_no month, FILE *out)
{
	const struct story_partner *p = &g->story->partners[partner];
	struct training_sheet t = {
		.g = g, .partner = p, .as_of = month_first_day(month + 1) - 1, .out = out
	};

	t.key = (struct draw_key){ .seed = g->seed, .partner = (uint32_t)partner, .copy = copy };
	for (size_t i = 0; i < p->n_people; i++) {
		const struct story_people *group = &p->people[i];

		t.key.group = (uint32_t)i;
		for (uint32_t m = 0; m < group->count; m++) {
			t.key.member = m;
			for (size_t e = 0; e < group->n_earned; e++)
				put_training(&t,
					&g->story->scene.trainings[group->earned[e].training], e,
					group->earned[e].on, group->earned[e].until);
			put_extras(&t);
		}
	}
	return t.rows;
}
