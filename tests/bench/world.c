#include "tests/bench/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/wire/wire.h"

#define TEXT 48

static const char *const products[] = { "Azure App Service", "Azure Firewall", "Key Vault",
	"Storage", "SQL Database", "Virtual Machines", "Azure Kubernetes Service", "Functions" };
static const char *const certificates[] = { "AZ-104", "AZ-305", "AZ-700", "AZ-140", "AZ-204",
	"AZ-400", "DP-300", "AI-102" };
#define N_OF(a) (sizeof(a) / sizeof *(a))

static _Noreturn void fatal(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static uint32_t draw(struct world *w, uint32_t n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint32_t)((w->random >> 11) % n);
}

void world_init(struct world *w, const struct world_options *o)
{
	*w = (struct world){ .o = *o,
		.random = o->seed * 2654435761u + 88172645463325252u,
		.recorded = 1690848000000, /* 2023-08-01 */
		.newest = 2023 * 12 + 6 }; /* July 2023 */
}

/* ---- batches ---------------------------------------------------------------------------------------------- */

struct filler {
	struct world *w;
	struct world_batches *out;
	struct buf buf;
	uint32_t n;
};

static struct filler filler(struct world *w, struct world_batches *out)
{
	struct filler f = { .w = w, .out = out };

	buf_init(&f.buf, &mem_heap, WIRE_BATCH_BYTES_MAX);
	return f;
}

static void close_batch(struct filler *f)
{
	struct world_batch b = { malloc(f->buf.n), f->buf.n, f->n };

	if (f->n == 0) {
		free(b.p);
		return;
	}
	if (b.p == NULL || mem_grow(&mem_heap, (void **)&f->out->items, &f->out->cap, f->out->n + 1,
				   1u << 24, sizeof *f->out->items) != 0)
		fatal("out of memory");
	memcpy(b.p, f->buf.p, f->buf.n);
	f->out->items[f->out->n++] = b;
	f->out->events += b.n;
	f->out->bytes += b.size;
	buf_reset(&f->buf);
	f->n = 0;
}

static void end(struct filler *f)
{
	close_batch(f);
	buf_fini(&f->buf);
}

static void add(struct filler *f, struct event *ev)
{
	char id[TEXT];

	(void)snprintf(id, sizeof id, "%08x-0000-4000-8000-%012llx", (unsigned)f->w->o.seed,
		(unsigned long long)f->w->n_events++);
	ev->id = str_from(id);
	ev->source = STR("/bench");
	ev->recorded = ++f->w->recorded;
	ev->time = f->w->recorded;
	if (wire_encode_event(ev, &f->buf) != 0)
		fatal("an event cannot be encoded");
	if (++f->n == f->w->o.batch_events)
		close_batch(f);
}

void world_batches_free(struct world_batches *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->items[i].p);
	mem_free(&mem_heap, b->items, b->cap * sizeof *b->items);
	*b = (struct world_batches){ 0 };
}

/* ---- events ----------------------------------------------------------------------------------------------- */

static void add_usage(struct filler *f, const char *partner, uint32_t customer, uint32_t product,
	month_no month, int64_t usd)
{
	char tenant[TEXT];
	struct event ev = { .subject = str_from(partner), .kind = FACT_USAGE };

	(void)snprintf(
		tenant, sizeof tenant, "%08x-1111-4111-8111-%012x", customer, (unsigned)partner[0]);
	ev.u.usage = (struct fact_usage){ .customer = str_from(tenant),
		.product = str_from(products[product]),
		.month = month,
		.association = ASSOC_PAL,
		.measure = MEASURE_ACR,
		.amount_micro = usd * 1000000 };
	add(f, &ev);
}

static void add_certificate(
	struct filler *f, const char *partner, uint32_t person, uint32_t certificate)
{
	char who[TEXT];
	struct event ev = { .subject = str_from(partner), .kind = FACT_CERTIFICATION };

	(void)snprintf(who, sizeof who, "%s-%u", partner, person);
	ev.u.certification = (struct fact_certification){ .person = str_from(who),
		.certificate = str_from(certificates[certificate]),
		.state = CERT_RENEWED,
		.earned_on = 19000,
		.expires_on = 19900 + (day_no)draw(f->w, 300),
		.ended_on = DAY_NONE };
	add(f, &ev);
}

static void add_reported(struct filler *f, const char *partner, month_no month)
{
	struct event ev = { .subject = str_from(partner), .kind = FACT_USAGE_REPORTED };

	ev.u.usage_reported = (struct fact_usage_reported){ MEASURE_ACR, month };
	add(f, &ev);
}

static void add_unused(struct filler *f, const char *partner)
{
	struct event ev = { .subject = str_from(partner), .kind = FACT_ASSOCIATION };

	ev.u.association = (struct fact_association){
		.customer = STR("0000-tenant"), .kind = ASSOC_PAL, .from = 19500, .until = DAY_NONE
	};
	add(f, &ev);
}

static void add_day(struct filler *f, day_no day)
{
	struct event ev = { .kind = FACT_DAY };

	ev.u.day.day = day;
	add(f, &ev);
}

static const char *partner_name(uint32_t i, char *buf)
{
	(void)snprintf(buf, TEXT, "%07u", 1000000 + i);
	return buf;
}

void world_history(struct world *w, struct world_batches *out)
{
	struct filler f = filler(w, out);
	char name[TEXT];

	add_day(&f, day_from_civil(2023, 8, 25));
	for (uint32_t p = 0; p < w->o.partners; p++) {
		partner_name(p, name);
		for (uint32_t m = w->o.months; m-- > 0;)
			for (uint32_t c = 0; c < w->o.customers; c++)
				add_usage(&f, name, c, (c + m) % N_OF(products),
					w->newest - (month_no)m, 800 + draw(w, 600));
		for (uint32_t i = 0; i < w->o.people; i++)
			for (uint32_t k = 0; k < 3; k++)
				add_certificate(&f, name, i, (i + k * 3) % N_OF(certificates));
		add_reported(&f, name, w->newest);
	}
	end(&f);
}

/* Restatements are mostly of the newest month and the one a year before it, as reports bring them. */
static month_no draw_month(struct world *w)
{
	uint32_t r = draw(w, 10);

	if (r < 5)
		return w->newest;
	if (r < 6)
		return w->newest - 12;
	return w->newest - (month_no)draw(w, w->o.months);
}

void world_traffic(struct world *w, uint64_t n_events, struct world_batches *out)
{
	struct filler f = filler(w, out);
	char name[TEXT];

	for (uint64_t i = 0; i < n_events; i++) {
		uint32_t kind = draw(w, 100);

		partner_name(draw(w, w->o.partners), name);
		if (kind < 90) {
			uint32_t c = draw(w, w->o.customers);

			add_usage(&f, name, c, draw(w, N_OF(products)), draw_month(w),
				800 + draw(w, 600));
		} else if (kind < 98) {
			add_certificate(
				&f, name, draw(w, w->o.people), draw(w, N_OF(certificates)));
		} else {
			add_unused(&f, name);
		}
	}
	end(&f);
}

void world_sentinel(struct world *w, struct world_batches *out)
{
	struct filler f = filler(w, out);

	add_usage(&f, "sentinel", 1, 0, w->newest, 1);
	end(&f);
}

void world_toggle_setup(struct world *w, struct world_batches *out)
{
	struct filler f = filler(w, out);

	for (uint32_t c = 0; c < 3; c++) {
		add_usage(&f, "toggle", c, c, w->newest - 12, 900);
		add_usage(&f, "toggle", c, c, w->newest, 1100);
		add_usage(&f, "toggle", c, 3 + c, w->newest - 5, 10);
	}
	for (uint32_t i = 0; i < 5; i++)
		for (uint32_t k = 0; k < 4; k++)
			add_certificate(&f, "toggle", i, k);
	add_reported(&f, "toggle", w->newest);
	end(&f);
}

void world_toggle(struct world *w, bool on, struct world_batches *out)
{
	struct filler f = filler(w, out);

	add_usage(&f, "toggle", 2, 2, w->newest, on ? 1100 : 500);
	close_batch(&f);
	end(&f);
}
