#include "services/imports/sorter.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/hash.h"

#define MEMORY_FIRST ((size_t)64 * 1024) /* taken at first, then doubled */
#define RUN_BUFFER   ((size_t)64 * 1024)
#define RUNS_MAX     1024
#define BYTES_A_SLOT 128 /* of memory for every slot of the index */

/* In memory and on disk alike, followed by the key and the value. */
struct record {
	uint32_t hash; /* of the key */
	uint16_t n_key, n_value;
};

static size_t record_size(const struct record *r)
{
	return sizeof *r + r->n_key + r->n_value;
}

/* A sorted run on disk. */
struct run {
	int fd;
	unsigned level; /* 0 as it came from memory, 1 for merged ones of level 0 ... */
	uint64_t size;
	/* Reading. */
	unsigned char *buf; /* RUN_BUFFER */
	size_t at, n;	    /* unread bytes of buf: at..n */
	uint64_t read;	    /* bytes taken from fd */
	struct record head; /* of the record at `at`; n_key 0 at the end */
};

struct sorter {
	struct sorter_options o;
	struct sorter_stats stats;
	/* Memory: slots of an index (offsets of records, 0 for none), then the records. */
	unsigned char *mem;
	size_t size, used;
	size_t n_slots, n_records;
	uint32_t *order; /* the index once it is sorted: offsets, n_records of them */
	size_t next;	 /* of order, to be given out */
	bool finished;
	/* Runs, oldest first, levels falling. */
	struct run runs[RUNS_MAX];
	size_t n_runs;
	size_t heap[RUNS_MAX], n_heap; /* runs that have a record, the least on top */
	unsigned char out[sizeof(struct record) + SORTER_KEY_MAX + SORTER_VALUE_MAX];
};

/* ---- memory ----------------------------------------------------------------------------------------------- */

static uint32_t *slots(const struct sorter *s)
{
	return (uint32_t *)(void *)s->mem;
}

static struct record record_at(const unsigned char *p)
{
	struct record r;

	memcpy(&r, p, sizeof r);
	return r;
}

static size_t slots_for(size_t size)
{
	size_t n = 64;

	while (n * 2 * BYTES_A_SLOT <= size)
		n *= 2;
	return n;
}

static void forget_records(struct sorter *s)
{
	s->n_slots = slots_for(s->size);
	s->used = s->n_slots * sizeof(uint32_t);
	memset(s->mem, 0, s->used);
	s->n_records = 0;
}

static int take_memory(struct sorter *s)
{
	s->size = MEMORY_FIRST < s->o.memory ? MEMORY_FIRST : s->o.memory;
	s->mem = mem_alloc(s->o.a, s->size);
	if (s->mem == NULL)
		return ERR_NOMEM;
	forget_records(s);
	return 0;
}

static void give_memory(struct sorter *s)
{
	mem_free(s->o.a, s->mem, s->size);
	s->mem = NULL;
	s->size = s->used = s->n_slots = s->n_records = 0;
}

/* The slot of a key: of its record, or the empty one where it belongs. */
static uint32_t *find_slot(const struct sorter *s, uint32_t hash, struct span key)
{
	size_t mask = s->n_slots - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &slots(s)[i];
		struct record r;

		if (*slot == 0)
			return slot;
		r = record_at(s->mem + *slot);
		if (r.hash == hash && r.n_key == key.n &&
			memcmp(s->mem + *slot + sizeof r, key.p, key.n) == 0)
			return slot;
	}
}

/* Records move up behind a larger index. */
static int grow(struct sorter *s)
{
	size_t size = 2 * s->size < s->o.memory ? 2 * s->size : s->o.memory;
	size_t old_index = s->n_slots * sizeof(uint32_t), n_old = s->n_slots;
	size_t new_slots = slots_for(size), shift = new_slots * sizeof(uint32_t) - old_index;
	unsigned char *mem = mem_alloc(s->o.a, size);
	const uint32_t *from;

	if (mem == NULL)
		return ERR_NOMEM;
	memset(mem, 0, new_slots * sizeof(uint32_t));
	memcpy(mem + old_index + shift, s->mem + old_index, s->used - old_index);
	from = slots(s);
	for (size_t i = 0; i < n_old; i++) {
		size_t k;

		if (from[i] == 0)
			continue;
		k = record_at(s->mem + from[i]).hash & (new_slots - 1);
		while (((uint32_t *)(void *)mem)[k] != 0)
			k = (k + 1) & (new_slots - 1);
		((uint32_t *)(void *)mem)[k] = from[i] + (uint32_t)shift;
	}
	mem_free(s->o.a, s->mem, s->size);
	s->mem = mem;
	s->size = size;
	s->used += shift;
	s->n_slots = new_slots;
	return 0;
}

static void append(
	struct sorter *s, uint32_t *slot, uint32_t hash, struct span key, struct span value)
{
	struct record r = { hash, (uint16_t)key.n, (uint16_t)value.n };
	unsigned char *p = s->mem + s->used;

	memcpy(p, &r, sizeof r);
	memcpy(p + sizeof r, key.p, key.n);
	memcpy(p + sizeof r + key.n, value.p, value.n);
	s->n_records += *slot == 0;
	*slot = (uint32_t)s->used;
	s->used += sizeof r + key.n + value.n;
}

/* Sorts the records of memory; the index becomes their order. */
static int compare_records(const void *pa, const void *pb, void *ctx)
{
	const unsigned char *mem = ctx;
	const unsigned char *a = mem + *(const uint32_t *)pa, *b = mem + *(const uint32_t *)pb;
	struct record ra = record_at(a), rb = record_at(b);
	size_t n = ra.n_key < rb.n_key ? ra.n_key : rb.n_key;
	int c = memcmp(a + sizeof ra, b + sizeof rb, n);

	return c != 0 ? c : (ra.n_key > rb.n_key) - (ra.n_key < rb.n_key);
}

static void sort_memory(struct sorter *s)
{
	size_t to = 0;

	s->order = slots(s);
	for (size_t i = 0; i < s->n_slots; i++)
		if (s->order[i] != 0)
			s->order[to++] = s->order[i];
	assert(to == s->n_records);
	if (to > 1)
		qsort_r(s->order, to, sizeof *s->order, compare_records, s->mem);
	s->next = 0;
}

/* ---- runs on disk ----------------------------------------------------------------------------------------- */

static int fail_file(const struct sorter *s, const char *what, struct err *e)
{
	const char *dir = s->o.dir;

	if (dir == NULL)
		dir = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	return err_set(e, errno == ENOSPC ? ERR_NOSPACE : ERR_IO,
		"%s a temporary file in %s: %s; TMPDIR can name another folder", what, dir,
		strerror(errno));
}

static int open_run(struct sorter *s, unsigned level, struct run *ret, struct err *e)
{
	const char *dir = s->o.dir != NULL ? s->o.dir : getenv("TMPDIR");
	char path[4096];

	*ret = (struct run){ .fd = -1, .level = level };
	(void)snprintf(path, sizeof path, "%s/capscore-sort-XXXXXX", dir != NULL ? dir : "/tmp");
	ret->fd = mkostemp(path, O_CLOEXEC);
	if (ret->fd < 0)
		return fail_file(s, "making", e);
	(void)unlink(path);
	return 0;
}

static void close_run(struct sorter *s, struct run *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	mem_free(s->o.a, r->buf, RUN_BUFFER);
	*r = (struct run){ .fd = -1 };
}

/* A buffered writer at the end of a run. */
struct spill {
	struct sorter *s;
	struct run *run;
	unsigned char *buf; /* RUN_BUFFER */
	size_t n;
};

static int spill_flush(struct spill *w, struct err *e)
{
	for (size_t at = 0; at < w->n;) {
		ssize_t got = write(w->run->fd, w->buf + at, w->n - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_file(w->s, "writing", e);
		at += (size_t)got;
	}
	w->run->size += w->n;
	w->s->stats.bytes_written += w->n;
	w->n = 0;
	return 0;
}

static int spill_add(struct spill *w, const unsigned char *record, struct err *e)
{
	struct record r = record_at(record);
	size_t n = record_size(&r);

	if (n > RUN_BUFFER - w->n) {
		int rc = spill_flush(w, e);

		if (rc != 0)
			return rc;
	}
	memcpy(w->buf + w->n, record, n);
	w->n += n;
	return 0;
}

static int begin_run(
	struct sorter *s, unsigned level, struct spill *w, struct run *run, struct err *e)
{
	int rc = open_run(s, level, run, e);

	if (rc != 0)
		return rc;
	*w = (struct spill){ .s = s, .run = run, .buf = mem_alloc(s->o.a, RUN_BUFFER) };
	if (w->buf != NULL)
		return 0;
	close_run(s, run);
	return err_set(e, ERR_NOMEM, "no memory for sorting");
}

/* Ends what begin_run() began, well (rc 0) or not. */
static int end_run(struct spill *w, int rc, struct err *e)
{
	if (rc == 0)
		rc = spill_flush(w, e);
	mem_free(w->s->o.a, w->buf, RUN_BUFFER);
	if (rc != 0)
		close_run(w->s, w->run);
	else
		w->s->stats.runs++;
	return rc;
}

/* Makes the head of a run known, reading on when it lies beyond the buffer. */
static int load_head(struct sorter *s, struct run *r, struct err *e)
{
	if (r->at + sizeof r->head <= r->n) {
		r->head = record_at(r->buf + r->at);
		if (r->at + record_size(&r->head) <= r->n)
			return 0;
	}
	r->head = (struct record){ 0 };
	memmove(r->buf, r->buf + r->at, r->n - r->at);
	r->n -= r->at;
	r->at = 0;
	while (r->n < RUN_BUFFER && r->read < r->size) {
		ssize_t got = pread(r->fd, r->buf + r->n, RUN_BUFFER - r->n, (off_t)r->read);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail_file(s, "reading", e);
		r->n += (size_t)got;
		r->read += (uint64_t)got;
	}
	if (r->n == 0)
		return 0;
	r->head = record_at(r->buf);
	return record_size(&r->head) <= r->n ? 0
					     : err_set(e, ERR_IO, "a temporary file is damaged");
}

static const unsigned char *head_key(const struct run *r)
{
	return r->buf + r->at + sizeof r->head;
}

/* By key, then the older run first. */
static bool is_before(const struct sorter *s, size_t a, size_t b)
{
	const struct run *ra = &s->runs[a], *rb = &s->runs[b];
	size_t n = ra->head.n_key < rb->head.n_key ? ra->head.n_key : rb->head.n_key;
	int c = memcmp(head_key(ra), head_key(rb), n);

	if (c == 0)
		c = (ra->head.n_key > rb->head.n_key) - (ra->head.n_key < rb->head.n_key);
	return c != 0 ? c < 0 : a < b;
}

static void sink_down(struct sorter *s, size_t i)
{
	for (;;) {
		size_t least = i, child = 2 * i + 1, t;

		for (size_t k = child; k < child + 2 && k < s->n_heap; k++)
			if (is_before(s, s->heap[k], s->heap[least]))
				least = k;
		if (least == i)
			return;
		t = s->heap[i];
		s->heap[i] = s->heap[least];
		s->heap[least] = t;
		i = least;
	}
}

/* Opens the runs from `first` on for merging. */
static int begin_merge(struct sorter *s, size_t first, struct err *e)
{
	s->n_heap = 0;
	for (size_t i = first; i < s->n_runs; i++) {
		struct run *r = &s->runs[i];
		int rc;

		if (r->buf == NULL)
			r->buf = mem_alloc(s->o.a, RUN_BUFFER);
		if (r->buf == NULL)
			return err_set(e, ERR_NOMEM, "no memory for merging");
		r->at = r->n = 0;
		r->read = 0;
		rc = load_head(s, r, e);
		if (rc != 0)
			return rc;
		if (r->head.n_key > 0)
			s->heap[s->n_heap++] = i;
	}
	for (size_t i = s->n_heap / 2; i-- > 0;)
		sink_down(s, i);
	return 0;
}

static int advance(struct sorter *s, struct err *e)
{
	struct run *r = &s->runs[s->heap[0]];
	int rc;

	r->at += record_size(&r->head);
	rc = load_head(s, r, e);
	if (rc != 0)
		return rc;
	if (r->head.n_key == 0)
		s->heap[0] = s->heap[--s->n_heap];
	if (s->n_heap > 0)
		sink_down(s, 0);
	return 0;
}

static void fold_into_out(struct sorter *s, const struct run *r)
{
	struct record have = record_at(s->out);
	const unsigned char *more = head_key(r) + r->head.n_key;

	if (s->o.fold(s->o.ctx, s->out + sizeof have + have.n_key, have.n_value, more,
		    r->head.n_value) == SORTER_TAKE)
		memcpy(s->out, r->buf + r->at, record_size(&r->head));
}

/* The least record of the runs being merged, folded, in s->out. ERR_NOTFOUND when there is none. */
static int merge_next(struct sorter *s, struct err *e)
{
	const struct run *r;
	struct record have;
	int rc;

	if (s->n_heap == 0)
		return ERR_NOTFOUND;
	r = &s->runs[s->heap[0]];
	have = r->head;
	memcpy(s->out, r->buf + r->at, record_size(&have));
	rc = advance(s, e);
	while (rc == 0 && s->n_heap > 0) {
		r = &s->runs[s->heap[0]];
		if (r->head.n_key != have.n_key ||
			memcmp(head_key(r), s->out + sizeof have, have.n_key) != 0)
			break;
		fold_into_out(s, r);
		rc = advance(s, e);
	}
	return rc;
}

/* The runs from `first` on become one of the next level. */
static int merge_runs(struct sorter *s, size_t first, struct err *e)
{
	struct run merged;
	struct spill w;
	int rc = begin_run(s, s->runs[first].level + 1, &w, &merged, e);

	if (rc != 0)
		return rc;
	rc = begin_merge(s, first, e);
	while (rc == 0) {
		rc = merge_next(s, e);
		if (rc == 0)
			rc = spill_add(&w, s->out, e);
	}
	rc = end_run(&w, rc == ERR_NOTFOUND ? 0 : rc, e);
	if (rc != 0)
		return rc;
	while (s->n_runs > first)
		close_run(s, &s->runs[--s->n_runs]);
	s->runs[s->n_runs++] = merged;
	return 0;
}

/* Once SORTER_FAN runs are of one level they are merged. */
static int merge_full_levels(struct sorter *s, struct err *e)
{
	for (;;) {
		size_t same = 0;
		int rc;

		while (same < s->n_runs &&
			s->runs[s->n_runs - 1 - same].level == s->runs[s->n_runs - 1].level)
			same++;
		if (same < SORTER_FAN)
			return 0;
		rc = merge_runs(s, s->n_runs - same, e);
		if (rc != 0)
			return rc;
	}
}

/* What is in memory becomes a run. */
static int spill_memory(struct sorter *s, struct err *e)
{
	struct run run;
	struct spill w;
	int rc;

	assert(s->n_runs < RUNS_MAX);
	rc = begin_run(s, 0, &w, &run, e);
	if (rc != 0)
		return rc;
	sort_memory(s);
	for (size_t i = 0; rc == 0 && i < s->n_records; i++)
		rc = spill_add(&w, s->mem + s->order[i], e);
	rc = end_run(&w, rc, e);
	if (rc != 0)
		return rc;
	s->runs[s->n_runs++] = run;
	forget_records(s);
	return merge_full_levels(s, e);
}

/* ---- operations ------------------------------------------------------------------------------------------- */

int sorter_create(const struct sorter_options *options, struct sorter **ret_s)
{
	struct sorter *s = mem_zalloc(options->a, sizeof *s);

	assert(options->memory >= SORTER_MEMORY_MIN && options->memory <= SORTER_MEMORY_MAX);
	if (s == NULL)
		return ERR_NOMEM;
	s->o = *options;
	if (take_memory(s) != 0) {
		mem_free(options->a, s, sizeof *s);
		return ERR_NOMEM;
	}
	*ret_s = s;
	return 0;
}

void sorter_destroy(struct sorter *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_runs; i++)
		close_run(s, &s->runs[i]);
	give_memory(s);
	mem_free(s->o.a, s, sizeof *s);
}

/* Makes room for one more record of n bytes. */
static int make_room(struct sorter *s, size_t n, struct err *e)
{
	while (s->used + n > s->size || (s->n_records + 1) * 4 > s->n_slots * 3) {
		if (s->size < s->o.memory) {
			if (grow(s) != 0)
				return err_set(e, ERR_NOMEM, "no memory for the rows");
		} else {
			int rc = spill_memory(s, e);

			if (rc != 0)
				return rc;
		}
	}
	return 0;
}

int sorter_put(struct sorter *s, struct span key, struct span value, struct err *e)
{
	uint32_t hash = (uint32_t)hash_bytes(key.p, key.n, 0), *slot;
	int rc;

	assert(!s->finished);
	if (key.n == 0 || key.n > SORTER_KEY_MAX || value.n > SORTER_VALUE_MAX)
		return err_set(e, ERR_INVALID, "a record too long to be sorted");
	s->stats.put++;
	slot = find_slot(s, hash, key);
	if (*slot != 0) {
		struct record r = record_at(s->mem + *slot);

		if (s->o.fold(s->o.ctx, s->mem + *slot + sizeof r + r.n_key, r.n_value, value.p,
			    value.n) == SORTER_KEEP)
			return 0;
		if (value.n == r.n_value) {
			memcpy(s->mem + *slot + sizeof r + r.n_key, value.p, value.n);
			return 0;
		}
	}
	rc = make_room(s, sizeof(struct record) + key.n + value.n, e);
	if (rc != 0)
		return rc;
	append(s, find_slot(s, hash, key), hash, key, value);
	return 0;
}

int sorter_finish(struct sorter *s, struct err *e)
{
	int rc;

	s->finished = true;
	if (s->n_runs == 0) {
		sort_memory(s);
		return 0;
	}
	rc = s->n_records > 0 ? spill_memory(s, e) : 0;
	give_memory(s);
	return rc == 0 ? begin_merge(s, 0, e) : rc;
}

int sorter_rewind(struct sorter *s, struct err *e)
{
	assert(s->finished);
	s->next = 0;
	return s->n_runs > 0 ? begin_merge(s, 0, e) : 0;
}

int sorter_next(struct sorter *s, struct span *ret_key, struct span *ret_value, struct err *e)
{
	const unsigned char *p = s->out;
	struct record r;

	assert(s->finished);
	if (s->n_runs > 0) {
		int rc = merge_next(s, e);

		if (rc != 0)
			return rc;
	} else if (s->next == s->n_records) {
		return ERR_NOTFOUND;
	} else {
		p = s->mem + s->order[s->next++];
	}
	r = record_at(p);
	*ret_key = (struct span){ p + sizeof r, r.n_key };
	*ret_value = (struct span){ p + sizeof r + r.n_key, r.n_value };
	return 0;
}

const struct sorter_stats *sorter_stats_get(const struct sorter *s)
{
	return &s->stats;
}
