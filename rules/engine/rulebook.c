/* An edition at work: its operators, and what the engine's names and kinds of rows mean in it, looked up once each. */
#include "rules/engine/engine_internal.h"

#include "common/base/err.h"

int rulebook_create(
	const struct alloc *a, const struct edition *edition, struct rulebook **ret_book)
{
	struct rulebook *book = mem_zalloc(a, sizeof *book);
	int rc;

	if (book == NULL)
		return ERR_NOMEM;
	book->edition = edition;
	arena_init(&book->fixed, a, SIZE_MAX);
	arena_init(&book->hits, a, SIZE_MAX);
	rc = plan_init(&book->plan, edition, &book->fixed);
	if (rc != 0) {
		rulebook_destroy(a, book);
		return rc;
	}
	book->block_bytes = sizeof(struct derived) +
			    book->plan.n_states * sizeof(struct kept_state) +
			    book->plan.n_preds * sizeof(uint32_t) +
			    edition->n_areas * sizeof(struct standing) + 16;
	*ret_book = book;
	return 0;
}

void rulebook_destroy(const struct alloc *a, struct rulebook *book)
{
	if (book == NULL)
		return;
	mem_free(a, book->shapes, book->cap_shapes * sizeof *book->shapes);
	mem_free(a, book->certificates, book->cap_certificates * sizeof *book->certificates);
	arena_fini(&book->hits);
	arena_fini(&book->fixed);
	mem_free(a, book, sizeof *book);
}

static int grow_zeroed(
	const struct alloc *a, void **p, size_t *cap, size_t want, size_t max, size_t elem)
{
	size_t old = *cap;
	int rc = mem_grow(a, p, cap, want, max, elem);

	if (rc == 0 && *cap > old)
		memset((char *)*p + old * elem, 0, (*cap - old) * elem);
	return rc;
}

static int look_up(struct engine *e, struct rulebook *book, uint32_t shape, struct shape_rule *ret)
{
	const struct shape *s = &e->shapes.all[shape];
	const struct shape_names names = { name_text(e, s->product), name_text(e, s->component),
		name_text(e, s->level1), name_text(e, s->group2), name_text(e, s->group3),
		name_text(e, s->influencer), name_text(e, s->compute_os) };
	struct shape_hit hits[EDITION_SELECTIONS_MAX], *kept;
	size_t n = 0;

	if (!s->duplicate)
		n = plan_select(book->edition, &names, (enum measure)s->measure,
			(enum offer_kind)s->offer, s->product, hits);
	kept = arena_alloc(&book->hits, n * sizeof *kept + 1);
	if (kept == NULL)
		return ERR_NOMEM;
	memcpy(kept, hits, n * sizeof *kept);
	*ret = (struct shape_rule){ (uint16_t)n, true, kept };
	return 0;
}

int rulebook_shape(
	struct engine *e, struct rulebook *book, uint32_t shape, const struct shape_rule **ret)
{
	int rc = 0;

	if (shape >= book->cap_shapes)
		rc = grow_zeroed(&e->a, (void **)&book->shapes, &book->cap_shapes,
			(size_t)shape + 1, UINT32_MAX, sizeof *book->shapes);
	if (rc == 0 && !book->shapes[shape].looked_up)
		rc = look_up(e, book, shape, &book->shapes[shape]);
	if (rc == 0)
		*ret = &book->shapes[shape];
	return rc;
}

int rulebook_certificate(struct engine *e, struct rulebook *book, uint32_t name, int *ret_index)
{
	int rc = 0;

	if (name >= book->cap_certificates)
		rc = grow_zeroed(&e->a, (void **)&book->certificates, &book->cap_certificates,
			(size_t)name + 1, UINT32_MAX, sizeof *book->certificates);
	if (rc != 0)
		return rc;
	if (book->certificates[name] == 0)
		book->certificates[name] =
			(int16_t)(edition_certificate(book->edition, name_text(e, name)) + 2);
	*ret_index = book->certificates[name] - 2;
	return 0;
}
