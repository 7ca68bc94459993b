/* Readers of scenery from YAML, and what readers of the files around it have in common. */
#ifndef GENERATE_SCENERY_READ_H
#define GENERATE_SCENERY_READ_H

#include "rules/compile/read.h"
#include "services/generate/scenery.h"

/* What is being read, so far: later parts name earlier ones. */
struct scene_reader {
	struct compiler c;
	struct scene *scene;
	void *whole; /* what the scene is of */
};

/* Room for n elements that lives as long as the scene; NULL when out of memory. */
#define KEEP_ARRAY(r, type, n) ((type *)keep(&(r)->c, sizeof(type) * ((n) == 0 ? 1 : (n))))

/* One entry of a list of mappings goes into `into`, which is zeroed. */
typedef bool (*scene_entry)(struct scene_reader *r, const struct node *n, void *into);
/* A whole file. */
typedef bool (*scene_root)(struct scene_reader *r, const struct node *root);

/* Reads a list of 1..max entries of `size` bytes each. Like the readers of rules/compile/read.h, all of these report
 * what is wrong and return false. */
bool scene_entries(struct scene_reader *r, const struct node *n, const char *what, size_t max,
	size_t size, scene_entry read, size_t *ret_n, const void **ret_items);
/* Text that may be left out or empty. */
bool scene_optional(
	struct scene_reader *r, const struct node *n, const char *what, struct str *ret);
bool scene_required(
	struct scene_reader *r, const struct node *n, const char *what, struct str *ret);
bool scene_month(struct scene_reader *r, const struct node *n, const char *what, month_no *ret);
/* The four parts into r->scene; deals may be NULL. */
bool scene_read(struct scene_reader *r, const struct node *services, const struct node *trainings,
	const struct node *deals, const struct node *names);

/* Reads a file that has a scene.
 * keep_in     everything read is allocated there.
 * max         bytes of text at most.
 * read        reads the root into scene and whole.
 * ret_report  gets "file:line:col: error: ..." with the source line, one message after the other; may be NULL.
 * Returns 0, ERR_SYNTAX (see the report), ERR_FULL (longer than max), ERR_NOMEM. scene and whole may be filled in
 * part on failure. */
int scene_read_file(struct arena *keep_in, const char *name, struct str text, size_t max,
	scene_root read, struct scene *scene, void *whole, struct buf *ret_report);

#endif
