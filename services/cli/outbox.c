#include "services/cli/outbox.h"

#include <stdlib.h>

#include "common/wire/wire.h"

#define GROUP_BYTES_MAX ((size_t)64 << 20) /* never reached: OUTBOX_GROUP changes are less */

struct group;

/* A change, or the record of a scope. */
struct item {
	struct group *group;
	size_t at;			  /* of its bytes in the group: key, value, event */
	uint32_t n_key, n_value, n_event; /* n_event 0: a scope */
	const char *file;
	struct place place;
	bool accepted;
};

struct group {
	struct group *next;
	struct outbox *box;
	struct buf bytes;
	size_t n, waiting; /* items; events not settled */
	struct item items[OUTBOX_GROUP];
};

struct outbox {
	struct ledger *ledger;
	struct delivery *delivery;
	struct group *filling; /* NULL when nothing waits to be sent */
	struct group *sent;    /* a list; those with nothing waiting are to be confirmed */
	bool ending; /* the filling group holds complete scopes: everything else is confirmed */
};

int outbox_create(struct ledger *ledger, struct delivery *delivery, struct outbox **ret_o)
{
	struct outbox *o = calloc(1, sizeof *o);

	if (o == NULL)
		return ERR_NOMEM;
	o->ledger = ledger;
	o->delivery = delivery;
	*ret_o = o;
	return 0;
}

static void free_group(struct group *g)
{
	if (g != NULL)
		buf_fini(&g->bytes);
	free(g);
}

void outbox_destroy(struct outbox *o)
{
	if (o == NULL)
		return;
	free_group(o->filling);
	while (o->sent != NULL) {
		struct group *g = o->sent;

		o->sent = g->next;
		free_group(g);
	}
	free(o);
}

/* ---- the ledger ------------------------------------------------------------------------------------------- */

static struct span key_of(const struct item *i)
{
	return (struct span){ i->group->bytes.p + i->at, i->n_key };
}

static struct span value_of(const struct item *i)
{
	return (struct span){ i->group->bytes.p + i->at + i->n_key, i->n_value };
}

static struct span event_of(const struct item *i)
{
	return (struct span){ i->group->bytes.p + i->at + i->n_key + i->n_value, i->n_event };
}

/* Of what is not said any more nothing is remembered once that has arrived. */
static int confirm_item(struct outbox *o, const struct item *i, struct err *e)
{
	unsigned char value[LEDGER_VALUE_MAX];
	struct ledger_entry x;
	int rc;

	if (i->n_event == 0 || !i->accepted)
		return 0;
	rc = ledger_entry_decode(value_of(i), &x);
	if (rc != 0)
		return err_set(e, rc, "an entry of the import ledger cannot be read");
	if (x.retracted)
		return ledger_delete(o->ledger, key_of(i), e);
	x.pending = false;
	return ledger_put(
		o->ledger, key_of(i), (struct span){ value, ledger_entry_encode(&x, value) }, e);
}

/* Inside a transaction. */
static int confirm_settled(struct outbox *o, struct err *e)
{
	for (const struct group *g = o->sent; g != NULL; g = g->next)
		for (size_t i = 0; g->waiting == 0 && i < g->n; i++) {
			int rc = confirm_item(o, &g->items[i], e);

			if (rc != 0)
				return rc;
		}
	return 0;
}

static void drop_settled(struct outbox *o)
{
	struct group **at = &o->sent;

	while (*at != NULL) {
		struct group *g = *at;

		if (g->waiting > 0) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		free_group(g);
	}
}

static int write_ledger(struct outbox *o, struct group *g, struct err *e)
{
	int rc = ledger_begin(o->ledger, e);

	if (rc == 0)
		rc = confirm_settled(o, e);
	for (size_t i = 0; rc == 0 && g != NULL && i < g->n; i++)
		rc = ledger_put(o->ledger, key_of(&g->items[i]), value_of(&g->items[i]), e);
	if (rc == 0)
		rc = ledger_commit(o->ledger, e);
	if (rc == 0)
		drop_settled(o);
	return rc;
}

static bool has_settled(const struct outbox *o)
{
	for (const struct group *g = o->sent; g != NULL; g = g->next)
		if (g->waiting == 0)
			return true;
	return false;
}

int outbox_confirm(struct outbox *o, struct err *e)
{
	return has_settled(o) ? write_ledger(o, NULL, e) : 0;
}

/* ---- sending ---------------------------------------------------------------------------------------------- */

/* Whether a batch may end behind item i: the next one is of another scope. Keys of one scope differ behind the phase only;
 * a record of a scope stands in front of its first change. */
static bool is_last_of_scope(const struct group *g, size_t i)
{
	return i + 1 == g->n || g->items[i + 1].n_event == 0;
}

static int send_events(struct outbox *o, struct group *g, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < g->n; i++) {
		struct item *it = &g->items[i];

		if (it->n_event > 0)
			rc = delivery_add_encoded(
				o->delivery, event_of(it), it->file, it->place, it, e);
		if (rc == 0 && is_last_of_scope(g, i))
			rc = delivery_pause(o->delivery, e);
	}
	return rc;
}

static int send_group(struct outbox *o, struct err *e)
{
	struct group *g = o->filling;
	int rc;

	if (g == NULL)
		return 0;
	rc = write_ledger(o, g, e);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < g->n; i++)
		g->waiting += g->items[i].n_event > 0;
	g->next = o->sent;
	o->sent = g;
	o->filling = NULL;
	return send_events(o, g, e);
}

/* An item is begun: its bytes so far are key and value. */
static int add_item(
	struct outbox *o, struct span key, struct span value, struct item **ret_i, struct err *e)
{
	struct group *g = o->filling;
	struct item *i;

	if (g == NULL) {
		g = calloc(1, sizeof *g);
		if (g == NULL)
			return err_set(e, ERR_NOMEM, "no memory for changes");
		g->box = o;
		buf_init(&g->bytes, &mem_heap, GROUP_BYTES_MAX);
		o->filling = g;
	}
	i = &g->items[g->n];
	*i = (struct item){
		.group = g, .at = g->bytes.n, .n_key = (uint32_t)key.n, .n_value = (uint32_t)value.n
	};
	if (buf_add(&g->bytes, key.p, key.n) != 0 || buf_add(&g->bytes, value.p, value.n) != 0)
		return err_set(e, ERR_NOMEM, "no memory for changes");
	*ret_i = i;
	return 0;
}

int outbox_change(struct outbox *o, const struct change *c, const char *file, struct err *e)
{
	struct item *i;
	size_t before;
	int rc = add_item(o, c->key, c->value, &i, e);

	if (rc != 0)
		return rc;
	before = i->group->bytes.n;
	rc = wire_encode_event(c->ev, &i->group->bytes);
	if (rc != 0)
		return err_set(e, rc, "encoding an event: %s", err_text(rc));
	i->n_event = (uint32_t)(i->group->bytes.n - before);
	i->file = file;
	i->place = c->at;
	i->group->n++;
	return i->group->n == OUTBOX_GROUP ? send_group(o, e) : 0;
}

int outbox_scope(struct outbox *o, const struct scope_note *n, struct err *e)
{
	struct item *i;
	int rc = 0;

	if (n->complete && !o->ending)
		rc = outbox_drain(o, e);
	o->ending = n->complete;
	if (rc == 0)
		rc = add_item(o, n->key, n->value, &i, e);
	if (rc != 0)
		return rc;
	i->group->n++;
	return i->group->n == OUTBOX_GROUP ? send_group(o, e) : 0;
}

int outbox_drain(struct outbox *o, struct err *e)
{
	int rc = send_group(o, e);

	if (rc == 0)
		rc = delivery_flush(o->delivery, e);
	if (rc == 0)
		rc = outbox_confirm(o, e);
	o->ending = false;
	return rc;
}

void outbox_settled(void *tag, bool accepted)
{
	struct item *i = tag;

	i->accepted = accepted;
	i->group->waiting--;
}
