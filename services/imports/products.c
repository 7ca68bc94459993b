#include "services/imports/products.h"

#include <assert.h>

#include "common/base/intern.h"
#include "services/imports/csv.h"
#include "services/imports/shipped_products.h"
#include "services/imports/unknowns.h"

#define KEY_TEXT      EVENT_NAME_MAX
#define NEAREST_EDITS 4 /* fewer for short names */

/* Rows stand by the number of their key: the letters and digits of the workload's name, in lower case. */
struct product_row {
	struct str workload, product; /* texts of `names` */
	unsigned measures;
};

struct products {
	const struct alloc *a;
	struct intern *keys, *names;
	struct product_row *rows;
	size_t n, cap;
};

static struct str key_of(struct str s, char *buf)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < KEY_TEXT; i++) {
		char c = s.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0)
			buf[n++] = c;
	}
	return (struct str){ buf, n };
}

static int keep_name(struct products *p, struct str s, struct str *ret)
{
	intern_id id;
	int rc = intern_put(p->names, s, &id);

	if (rc == 0)
		*ret = intern_text(p->names, id);
	return rc;
}

int products_put(struct products *p, struct str workload, struct str product, unsigned measures)
{
	struct product_row row = { .measures = measures };
	char buf[KEY_TEXT];
	struct str known;
	intern_id id;
	unsigned of_product;
	int rc;

	if (key_of(workload, buf).n == 0 || product.n == 0)
		return ERR_INVALID;
	if (measures == 0 && products_find(p, product, &known, &of_product))
		row.measures = of_product;
	rc = keep_name(p, workload, &row.workload);
	if (rc == 0)
		rc = keep_name(p, product, &row.product);
	if (rc == 0)
		rc = mem_grow(p->a, (void **)&p->rows, &p->cap, p->n + 1, PRODUCT_NAMES_MAX,
			sizeof *p->rows);
	if (rc == 0)
		rc = intern_put(p->keys, key_of(workload, buf), &id);
	if (rc != 0)
		return rc;
	p->rows[id] = row;
	if (id == p->n)
		p->n++;
	return 0;
}

int measures_read(struct str text, unsigned *ret_measures)
{
	unsigned bits = 0;

	while (text.n > 0) {
		size_t n = 0;
		unsigned bit = 0;

		while (n < text.n && text.p[n] != ' ')
			n++;
		for (unsigned m = 1; m < MEASURE_END; m++)
			if (str_eq_nocase(str_from(measure_name((enum measure)m)),
				    (struct str){ text.p, n }))
				bit = 1U << m;
		if (bit == 0 && n > 0)
			return ERR_INVALID;
		bits |= bit;
		text.p += n < text.n ? n + 1 : n;
		text.n -= n < text.n ? n + 1 : n;
	}
	*ret_measures = bits;
	return 0;
}

/* The shipped table, which is as a user's would be: a header and three columns. */
static int read_table(struct products *p, struct csv *c)
{
	int rc = csv_next(c, NULL); /* the header */

	while (rc == 0) {
		unsigned measures;

		rc = csv_next(c, NULL);
		if (rc != 0)
			break;
		assert(c->n_fields == 3);
		rc = measures_read(csv_trimmed(c, 2), &measures);
		assert(rc == 0);
		rc = products_put(p, csv_trimmed(c, 0), csv_trimmed(c, 1), measures);
	}
	assert(rc != ERR_SYNTAX && rc != ERR_INVALID);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int read_shipped(struct products *p)
{
	struct str text = shipped_products[0].text;
	struct csv *c = mem_alloc(p->a, sizeof *c);
	char *bytes = mem_alloc(p->a, text.n);
	struct input in;
	int rc = ERR_NOMEM;

	if (c != NULL && bytes != NULL) {
		memcpy(bytes, text.p, text.n);
		input_open_memory(&in, bytes, text.n);
		rc = csv_init(c, &in, NULL);
		if (rc == 0)
			rc = read_table(p, c);
	}
	mem_free(p->a, bytes, text.n);
	mem_free(p->a, c, sizeof *c);
	return rc;
}

int products_create(const struct alloc *a, struct products **ret_p)
{
	struct products *p = mem_zalloc(a, sizeof *p);
	int rc;

	if (p == NULL)
		return ERR_NOMEM;
	p->a = a;
	rc = intern_create(a, PRODUCT_NAMES_MAX, &p->keys);
	if (rc == 0)
		rc = intern_create(a, 2 * PRODUCT_NAMES_MAX, &p->names);
	if (rc == 0)
		rc = read_shipped(p);
	if (rc != 0) {
		products_destroy(p);
		return rc;
	}
	*ret_p = p;
	return 0;
}

void products_destroy(struct products *p)
{
	if (p == NULL)
		return;
	mem_free(p->a, p->rows, p->cap * sizeof *p->rows);
	intern_destroy(p->keys);
	intern_destroy(p->names);
	mem_free(p->a, p, sizeof *p);
}

bool products_find(const struct products *p, struct str workload, struct str *ret_product,
	unsigned *ret_measures)
{
	char buf[KEY_TEXT];
	intern_id id = intern_find(p->keys, key_of(workload, buf));

	if (id == INTERN_NONE)
		return false;
	*ret_product = p->rows[id].product;
	*ret_measures = p->rows[id].measures;
	return true;
}

struct str products_nearest(const struct products *p, struct str workload)
{
	struct str best = { NULL, 0 };
	unsigned most = 1 + (unsigned)workload.n / 4;
	unsigned distance = (most < NEAREST_EDITS ? most : NEAREST_EDITS) + 1;

	for (size_t i = 0; i < p->n; i++) {
		unsigned d = name_distance(workload, p->rows[i].workload, distance - 1);

		if (d < distance) {
			distance = d;
			best = p->rows[i].workload;
		}
		if (d == 0)
			break;
	}
	return best;
}

size_t products_count(const struct products *p)
{
	return p->n;
}

void products_get(const struct products *p, size_t i, struct str *ret_workload,
	struct str *ret_product, unsigned *ret_measures)
{
	*ret_workload = p->rows[i].workload;
	*ret_product = p->rows[i].product;
	*ret_measures = p->rows[i].measures;
}
