#include "common/io/stream_filter.h"

#include <string.h>

#include "common/base/mem.h"

bool stream_filter_is_empty(const struct wire_filter *f)
{
	return f == NULL || f->n_partners + f->n_areas + f->n_kinds == 0;
}

static size_t texts_size(const struct str *texts, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += texts[i].n;
	return size;
}

/* Copies n texts to *slots and their bytes to *bytes, and moves both on. */
static const struct str *copy_texts(
	const struct str *texts, size_t n, struct str **slots, char **bytes)
{
	struct str *first = *slots;

	for (size_t i = 0; i < n; i++) {
		if (texts[i].n > 0)
			memcpy(*bytes, texts[i].p, texts[i].n);
		*(*slots)++ = (struct str){ *bytes, texts[i].n };
		*bytes += texts[i].n;
	}
	return first;
}

int stream_filter_init(struct stream_filter *ret, const struct wire_filter *f)
{
	struct str *slots;
	char *bytes;
	size_t n, size;

	memset(ret, 0, sizeof(*ret));
	if (stream_filter_is_empty(f))
		return 0;
	n = f->n_partners + f->n_areas + f->n_kinds;
	if (n > WIRE_FILTER_MAX)
		return ERR_RANGE;
	size = n * sizeof(*slots) + texts_size(f->partners, f->n_partners) +
	       texts_size(f->areas, f->n_areas) + texts_size(f->kinds, f->n_kinds);
	slots = mem_alloc(&mem_heap, size);
	if (slots == NULL)
		return ERR_NOMEM;
	ret->mem = slots;
	ret->size = size;
	ret->filter = *f;
	bytes = (char *)(slots + n);
	ret->filter.partners = copy_texts(f->partners, f->n_partners, &slots, &bytes);
	ret->filter.areas = copy_texts(f->areas, f->n_areas, &slots, &bytes);
	ret->filter.kinds = copy_texts(f->kinds, f->n_kinds, &slots, &bytes);
	return 0;
}

void stream_filter_fini(struct stream_filter *f)
{
	mem_free(&mem_heap, f->mem, f->size);
	memset(f, 0, sizeof(*f));
}
