#include "services/generate/population.h"

#include "common/base/err.h"

#define MICRO	       1000000
#define CENT_MICRO     10000
#define FIRST_ID       5000000
#define FIRST_LOCATION 70000000
#define BEFORE_MONTHS  36 /* customers that were here before came in these */
#define RAMP_MONTHS    3  /* until a new customer uses all that it will */

/* ---- sizes and order ---------------------------------------------------------------------------------------------- */

uint32_t population_size(const struct population *p, uint32_t rank, uint32_t mean)
{
	uint64_t total = (uint64_t)mean * p->o.partners;
	uint64_t share = (total << 32) / p->harmonic; /* of the first rank */
	uint64_t n = (share + rank / 2) / rank;

	if (n < 1)
		n = 1;
	return n > p->o.largest ? p->o.largest : (uint32_t)n;
}

/* A rank for each index, each once: a Feistel network over the next power of four, walked until it is within. */
static uint32_t rank_of(const struct population *p, uint32_t index)
{
	uint32_t half = p->order_bits / 2, mask = (1u << half) - 1, x = index;
	struct draw_key key = { .seed = p->o.seed };

	do {
		uint32_t l = x >> half, r = x & mask;

		for (uint32_t round = 0; round < 4; round++) {
			uint32_t f = (uint32_t)draw(&key, DRAW_ORDER, (uint64_t)round << 32 | r);
			uint32_t next = l ^ (f & mask);

			l = r;
			r = next;
		}
		x = l << half | r;
	} while (x >= p->o.partners);
	return x + 1;
}

static int check(const struct population_options *o, const struct shelf *shelf, struct err *e)
{
	bool certificates = false;

	if (o->partners < 1 || o->partners > POPULATION_PARTNERS_MAX || o->customers < 1 ||
		o->customers > POPULATION_MEAN_MAX || o->people < 1 ||
		o->people > POPULATION_MEAN_MAX || o->largest < 1 ||
		o->largest > POPULATION_LARGEST_MAX || o->corrections > POPULATION_MILLE_MAX)
		return err_set(e, ERR_INVALID, "a size of the population is out of its range");
	if (o->from > o->through || o->through - o->from >= POPULATION_MONTHS_MAX)
		return err_set(e, ERR_INVALID, "months are 1 to %d", POPULATION_MONTHS_MAX);
	if (o->from < MONTH_MIN + 2 * BEFORE_MONTHS || o->through > MONTH_MAX - 12)
		return err_set(e, ERR_INVALID, "months lie between 2006 and 2198");
	for (size_t i = 0; i < shelf->n_areas; i++)
		certificates = certificates || shelf->areas[i].n_certificates > 0;
	if (!certificates || shelf->seats.n == 0 || shelf->revenue.n == 0 || shelf->value.n == 0)
		return err_set(e, ERR_INVALID,
			"the edition has no areas with certificates, seats, revenue and users");
	return 0;
}

int population_init(struct population *p, const struct population_options *o,
	const struct world *world, const struct shelf *shelf, struct err *e)
{
	int rc = check(o, shelf, e);

	if (rc != 0)
		return rc;
	*p = (struct population){ .o = *o, .world = world, .shelf = shelf, .order_bits = 2 };
	for (uint32_t r = 1; r <= o->partners; r++)
		p->harmonic += (1ULL << 32) / r;
	while ((1u << p->order_bits) < o->partners)
		p->order_bits += 2;
	return 0;
}

/* ---- drawing ------------------------------------------------------------------------------------------------------ */

static bool percent(const struct draw_key *k, enum draw_for what, uint64_t index, uint32_t share)
{
	return draw_below(k, what, index, 100) < share;
}

/* Zipf's law: a fraction least / x is above x. */
static uint64_t draw_range(
	const struct draw_key *k, uint64_t index, const struct world_range *r, uint64_t scale)
{
	uint64_t u = 1 + (draw(k, DRAW_AMOUNT, index) >> 32);
	uint64_t v = (r->least * scale << 20) / ((u >> 12) + 1);

	return v > r->most * scale ? r->most * scale : v;
}

static const struct world_association *draw_association(const struct draw_key *k,
	enum draw_for what, uint64_t index, const struct world_associations *list)
{
	uint64_t total = 0, at;

	for (size_t i = 0; i < list->n; i++)
		total += list->items[i].share;
	at = draw_below(k, what, index, total);
	for (size_t i = 0; i < list->n; i++) {
		if (at < list->items[i].share)
			return &list->items[i];
		at -= list->items[i].share;
	}
	return &list->items[0];
}

/* ---- partners ----------------------------------------------------------------------------------------------------- */

static uint64_t draw_focus(const struct partner *p)
{
	const struct shelf *shelf = p->of->shelf;
	uint64_t focus = 0;

	for (size_t i = 0; i < shelf->n_areas; i++)
		if (shelf->areas[i].n_certificates > 0 &&
			percent(&p->key, DRAW_FOCUS, i, p->of->world->focus))
			focus |= 1ULL << i;
	for (uint64_t at = draw_below(&p->key, DRAW_FOCUS_ONE, 0, shelf->n_areas); focus == 0;
		at = (at + 1) % shelf->n_areas)
		if (shelf->areas[at].n_certificates > 0)
			focus = 1ULL << at;
	return focus;
}

void partner_draw(const struct population *p, uint32_t index, struct partner *ret)
{
	const struct world *w = p->world;
	const struct draw_key *k = &ret->key;

	*ret = (struct partner){ .of = p, .index = index, .rank = rank_of(p, index) };
	ret->key = (struct draw_key){ .seed = p->o.seed, .partner = index, .copy = DOMAIN_PARTNER };
	(void)snprintf(ret->id, sizeof ret->id, "%u", FIRST_ID + index);
	ret->n_customers = population_size(p, ret->rank, p->o.customers);
	ret->n_people = population_size(p, ret->rank, p->o.people);
	ret->n_locations = 1;
	if (percent(k, DRAW_LOCATIONS, 0, w->locations) && w->locations_most > 1)
		ret->n_locations =
			2 + (uint32_t)draw_below(k, DRAW_LOCATIONS, 1, w->locations_most - 1);
	ret->growth = (int32_t)draw_below(k, DRAW_GROWTH, 0, w->shrink + w->grow + 1) -
		      (int32_t)w->shrink;
	ret->focus = draw_focus(ret);
	ret->market = &w->markets[draw_below(k, DRAW_MARKET, 0, w->n_markets)];
	ret->city = ret->market->cities.items[draw_below(k, DRAW_CITY, 0, ret->market->cities.n)];
}

const char *partner_location(const struct partner *p, uint32_t location, char text[PARTNER_ID_TEXT])
{
	if (p->n_locations == 1)
		return memcpy(text, p->id, PARTNER_ID_TEXT);
	(void)snprintf(text, PARTNER_ID_TEXT, "%u",
		FIRST_LOCATION + p->index * WORLD_LOCATIONS_MOST + location);
	return text;
}

bool partner_enrollment(const struct partner *p, day_no *ret_on, size_t *ret_area)
{
	const struct population_options *o = &p->of->o;
	uint32_t months = (uint32_t)(o->through - o->from + 1);
	size_t area;

	if ((uint64_t)p->rank * 100 > (uint64_t)p->of->world->enrolled * o->partners)
		return false;
	area = draw_below(&p->key, DRAW_ENROLLED_AREA, 0, p->of->shelf->n_areas);
	while ((p->focus >> area & 1) == 0)
		area = (area + 1) % p->of->shelf->n_areas;
	*ret_area = area;
	*ret_on = month_first_day(o->from) +
		  (day_no)draw_below(&p->key, DRAW_ENROLLED_ON, 0, months * 30ULL);
	return true;
}

/* ---- customers: when they are here ---------------------------------------------------------------------------------- */

static void draw_stay(struct customer *c)
{
	const struct population *p = c->partner->of;
	const struct draw_key *k = &c->key;
	month_no from = p->o.from, start;

	if (percent(k, DRAW_HERE_BEFORE, 0, p->world->here_before))
		c->joined = from - 1 - (month_no)draw_below(k, DRAW_JOINED, 0, BEFORE_MONTHS);
	else
		c->joined = from + (month_no)draw_below(
					   k, DRAW_JOINED, 0, (uint64_t)(p->o.through - from + 1));
	c->left = c->back = MONTH_NONE;
	start = c->joined < from ? from : c->joined;
	for (uint32_t year = 0; start <= p->o.through; year++, start += 12)
		if (percent(k, DRAW_LEFT, year, p->world->leave_a_year)) {
			c->left = start + 1 + (month_no)draw_below(k, DRAW_LEFT_MONTH, year, 12);
			break;
		}
	if (c->left != MONTH_NONE && percent(k, DRAW_RETURN, 0, p->world->come_back))
		c->back = c->left + 3 + (month_no)draw_below(k, DRAW_RETURN_MONTH, 0, 6);
}

bool customer_is_here(const struct customer *c, month_no m)
{
	return m >= c->joined &&
	       (c->left == MONTH_NONE || m < c->left || (c->back != MONTH_NONE && m >= c->back));
}

/* ---- customers: what they have ------------------------------------------------------------------------------------ */

/* Some of n things, each once. weight NULL: all alike. */
static size_t draw_some(const struct draw_key *k, enum draw_for what, uint64_t index, size_t count,
	size_t n, const struct scene_service *weighted, uint16_t *ret)
{
	uint64_t total = 0;

	for (size_t i = 0; weighted != NULL && i < n; i++)
		total += weighted[i].weight;
	if (count > n)
		count = n;
	for (size_t i = 0; i < count; i++) {
		uint64_t at = draw_below(k, what, index + i, weighted != NULL ? total : n);
		size_t item = 0, seen = 0;

		if (weighted == NULL)
			item = (size_t)at;
		else
			while (at >= weighted[item].weight)
				at -= weighted[item++].weight;
		while (seen < i) {
			for (seen = 0; seen < i && ret[seen] != item; seen++)
				;
			if (seen < i) /* taken: the next one, and look again */
				item = (item + 1) % n;
		}
		ret[i] = (uint16_t)item;
	}
	return count;
}

static void draw_possessions(struct customer *c)
{
	const struct world *w = c->partner->of->world;
	const struct shelf *s = c->partner->of->shelf;
	const struct draw_key *k = &c->key;
	size_t count[TRADE_END];
	bool any = false;

	for (int t = 0; t < TRADE_END; t++) {
		c->buys[t] = percent(k, DRAW_BUYS, (uint64_t)t, w->buys[t].share);
		any = any || c->buys[t];
		count[t] = 1 + draw_below(k, DRAW_BUYS_COUNT, (uint64_t)t, w->buys[t].most);
		c->association[t] =
			draw_association(k, DRAW_ASSOCIATION, (uint64_t)t, &w->associations[t]);
	}
	if (!any)
		c->buys[draw_below(k, DRAW_BUYS_ONE, 0, TRADE_END)] = true;
	if (c->buys[TRADE_AZURE])
		c->n_services = draw_some(k, DRAW_WORKLOAD, 0, count[TRADE_AZURE],
			w->scene.n_services, w->scene.services, c->services);
	if (c->buys[TRADE_SEATS])
		c->n_workloads = draw_some(
			k, DRAW_WORKLOAD, 100, count[TRADE_SEATS], s->seats.n, NULL, c->workloads);
	if (c->buys[TRADE_BUSINESS]) {
		c->n_revenue = draw_some(k, DRAW_WORKLOAD, 200, count[TRADE_BUSINESS], s->revenue.n,
			NULL, c->revenue);
		c->n_value = draw_some(
			k, DRAW_WORKLOAD, 300, count[TRADE_BUSINESS], s->value.n, NULL, c->value);
	}
}

static const struct world_segment *draw_segment(const struct draw_key *k, const struct world *w)
{
	uint64_t total = 0, at;
	size_t i = 0;

	for (size_t n = 0; n < w->n_segments; n++)
		total += w->segments[n].share;
	at = draw_below(k, DRAW_SEGMENT, 0, total);
	while (at >= w->segments[i].share)
		at -= w->segments[i++].share;
	return &w->segments[i];
}

void customer_draw(const struct partner *p, uint32_t index, struct customer *ret)
{
	const struct population *of = p->of;
	struct draw_key *k = &ret->key, tenant;

	*ret = (struct customer){ .partner = p, .index = index };
	*k = (struct draw_key){
		.seed = of->o.seed, .partner = p->index, .copy = DOMAIN_CUSTOMER, .group = index
	};
	tenant = *k;
	if (percent(k, DRAW_SHARED, 0,
		    of->world->shared)) { /* the first customer of some partner */
		tenant.partner = (uint32_t)draw_below(k, DRAW_SHARED_WITH, 0, of->o.partners);
		tenant.group = 0;
	}
	(void)draw_guid(&tenant, DRAW_TENANT, DRAW_TENANT_LOW, 0, ret->tenant);
	ret->location = (uint32_t)draw_below(k, DRAW_LOCATION, 0, p->n_locations);
	ret->segment = draw_segment(k, of->world);
	ret->market = &of->world->markets[draw_below(k, DRAW_MARKET, 0, of->world->n_markets)];
	draw_stay(ret);
	draw_possessions(ret);
}

day_no customer_claim_day(const struct customer *c)
{
	return month_first_day(c->joined) + (day_no)draw_below(&c->key, DRAW_CLAIM_DAY, 0, 10);
}

bool customer_claim_is_approved(const struct customer *c)
{
	return percent(&c->key, DRAW_CLAIM, 0, c->partner->of->world->approved);
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

/* A month's writer. */
struct ledger {
	const struct customer *c;
	month_no month;
	uint32_t later;
	struct line *lines;
	size_t n;
};

/* Growth of the partner, ramp of a new customer and season, on an average amount. */
static uint64_t of_month(const struct ledger *l, enum trade trade, uint64_t amount)
{
	const struct customer *c = l->c;
	const struct population *p = c->partner->of;
	int64_t growth = 100 + (int64_t)c->partner->growth * (l->month - p->o.from) / 12;
	int64_t age =
		l->month - (c->back != MONTH_NONE && l->month >= c->back ? c->back : c->joined);

	if (growth < 10)
		growth = 10;
	amount = amount * (uint64_t)growth / 100;
	amount = amount * p->world->seasons[trade][l->month % 12] / 100;
	return age < RAMP_MONTHS ? amount * (uint64_t)(age + 1) / (RAMP_MONTHS + 1) : amount;
}

/* A change from month to month of up to `by` per cent. */
static uint64_t jitter(const struct ledger *l, uint32_t number, uint64_t amount, uint32_t by)
{
	uint64_t at = (uint64_t)l->month << 16 | number;

	return amount * (100 - by + draw_below(&l->c->key, DRAW_JITTER, at, 2 * by + 1)) / 100;
}

static struct line *add_line(
	struct ledger *l, enum line_kind kind, enum trade trade, size_t slot, uint16_t item)
{
	struct line *line = &l->lines[l->n++];

	*line = (struct line){ .kind = kind,
		.number = (uint16_t)((unsigned)kind * 32 + slot),
		.item = item,
		.association = l->c->association[trade] };
	return line;
}

/* Bounds the amount, and, when the line is one of those that were told wrongly at first, makes it too little or too much by
 * up to a third. `unit`: what amounts are whole in. */
static void settle(const struct ledger *l, struct line *line, int64_t unit)
{
	const struct population *p = l->c->partner->of;
	uint64_t at = (uint64_t)l->month << 16 | line->number;
	uint64_t by = draw_below(&l->c->key, DRAW_CORRECTED_BY, at, 60);
	int64_t other;

	if (line->amount_micro > USAGE_AMOUNT_MAX / 2)
		line->amount_micro = USAGE_AMOUNT_MAX / 2;
	if (draw_below(&l->c->key, DRAW_CORRECTED, at, 1000) >= p->o.corrections)
		return;
	line->corrected_after =
		1 + (uint32_t)draw_below(&l->c->key, DRAW_CORRECTED_LAG, at, CORRECTED_AFTER_MAX);
	if (line->corrected_after <= l->later)
		return;
	other = line->amount_micro / unit * (int64_t)(by < 30 ? 67 + by : 74 + by) / 100 * unit;
	line->amount_micro = other == line->amount_micro ? other + unit : other;
}

static const struct world_association *second_association(const struct ledger *l, enum trade trade)
{
	const struct world *w = l->c->partner->of->world;
	const struct world_associations *list = &w->associations[trade];
	size_t at = (size_t)(l->c->association[trade] - list->items);

	if (list->n < 2 ||
		!percent(&l->c->key, DRAW_SECOND, (uint64_t)trade, w->second_attribution))
		return NULL;
	return &list->items[(at + 1) % list->n];
}

static void add_azure(struct ledger *l)
{
	const struct customer *c = l->c;
	uint64_t cents = of_month(l, TRADE_AZURE, draw_range(&c->key, 0, &c->segment->usd, 100));
	uint64_t weights[WORLD_AZURE_MOST], total = 0;

	for (size_t i = 0; i < c->n_services; i++) {
		weights[i] = jitter(
			l, (uint32_t)i, 100 * (20 + draw_below(&c->key, DRAW_WEIGHT, i, 80)), 10);
		total += weights[i];
	}
	cents = jitter(l, 31, cents, 8);
	for (size_t i = 0; i < c->n_services; i++) {
		struct line *line = add_line(l, LINE_AZURE, TRADE_AZURE, i, c->services[i]);

		line->amount_micro = (int64_t)(cents * weights[i] / total + 1) * CENT_MICRO;
		line->second = second_association(l, TRADE_AZURE);
		settle(l, line, CENT_MICRO);
	}
}

static void add_seats(struct ledger *l)
{
	const struct customer *c = l->c;
	const struct world *w = c->partner->of->world;
	uint64_t seats = of_month(l, TRADE_SEATS, draw_range(&c->key, 1, &c->segment->seats, 1));

	for (size_t i = 0; i < c->n_workloads; i++) {
		struct line *line = add_line(l, LINE_SEATS, TRADE_SEATS, i, c->workloads[i]);
		uint64_t own =
			1 + seats * (60 + draw_below(&c->key, DRAW_WORKLOAD_PART, i, 41)) / 100;
		uint64_t active = w->active_least + draw_below(&c->key, DRAW_ACTIVE, i,
							    w->active_most - w->active_least + 1);
		uint64_t users = jitter(l, line->number, own * active / 100, 6);

		line->seats_micro = (int64_t)own * MICRO;
		line->amount_micro = (int64_t)(users > own ? own : users) * MICRO;
		settle(l, line, MICRO);
	}
}

/* The customer's own association where the workload counts by it, otherwise one by which it does. */
static const struct world_association *fitting(const struct ledger *l, uint32_t allowed)
{
	const struct world_associations *list =
		&l->c->partner->of->world->associations[TRADE_BUSINESS];
	const struct world_association *own = l->c->association[TRADE_BUSINESS];

	if ((allowed >> own->kind & 1) != 0)
		return own;
	for (size_t i = 0; i < list->n; i++)
		if ((allowed >> list->items[i].kind & 1) != 0)
			return &list->items[i];
	return own;
}

static void add_business(struct ledger *l)
{
	const struct customer *c = l->c;
	const struct shelf *s = c->partner->of->shelf;
	uint64_t cents =
		of_month(l, TRADE_BUSINESS, draw_range(&c->key, 2, &c->segment->revenue, 100));
	uint64_t users = of_month(l, TRADE_BUSINESS, draw_range(&c->key, 3, &c->segment->users, 1));

	for (size_t i = 0; i < c->n_revenue; i++) {
		struct line *line = add_line(l, LINE_REVENUE, TRADE_BUSINESS, i, c->revenue[i]);

		line->association = fitting(l, s->revenue.items[line->item].associations);
		line->amount_micro = (int64_t)(1 + jitter(l, line->number, cents, 10)) * CENT_MICRO;
		settle(l, line, CENT_MICRO);
	}
	for (size_t i = 0; i < c->n_value; i++) {
		struct line *line = add_line(l, LINE_VALUE, TRADE_BUSINESS, i, c->value[i]);
		const struct shelf_product *p = &s->value.items[line->item];
		uint64_t each = p->measure == MEASURE_CAPACITY ? 1000 : 1;

		line->association = fitting(l, p->associations);
		line->amount_micro =
			(int64_t)(1 + jitter(l, line->number, users, 10)) * (int64_t)each * MICRO;
		settle(l, line, MICRO);
	}
}

size_t customer_lines(const struct customer *c, month_no m, uint32_t later,
	struct line lines[POPULATION_LINES_MAX])
{
	struct ledger l = { .c = c, .month = m, .later = later, .lines = lines };

	if (!customer_is_here(c, m))
		return 0;
	if (c->n_services > 0)
		add_azure(&l);
	if (c->n_workloads > 0)
		add_seats(&l);
	if (c->n_revenue > 0)
		add_business(&l);
	return l.n;
}

const struct shelf_product *line_product(const struct shelf *s, const struct line *l)
{
	const struct shelf_products *list = l->kind == LINE_SEATS     ? &s->seats
					    : l->kind == LINE_REVENUE ? &s->revenue
								      : &s->value;

	return &list->items[l->item];
}
