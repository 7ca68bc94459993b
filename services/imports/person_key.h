/* Persons as opaque ids: a keyed hash (BLAKE2b) of the certification profile id, so that whoever reads a log
 * without the key cannot find the person by trying numbers. docs/adr/0008-person-hash.md. */
#ifndef IMPORTS_PERSON_KEY_H
#define IMPORTS_PERSON_KEY_H

#include "common/base/err.h"
#include "common/base/text.h"

#define PERSON_KEY_BYTES 32
#define PERSON_ID_TEXT	 33
#define PERSON_HASHED                                                                              \
	"person:" /* in front of an id, where a profile id is expected: it was hashed before */

struct person_key {
	unsigned char bytes[PERSON_KEY_BYTES];
};

/* Reads a key file: 64 hexadecimal digits and a line end.
 * Returns 0, ERR_NOTFOUND, ERR_IO, ERR_SYNTAX (not a key). */
int person_key_load(const char *path, struct person_key *ret_key, struct err *e);
/* Like person_key_load(), but makes a random key, in a file that only its owner may read, when there is none. The
 * folder is made as well. ret_made tells so. */
int person_key_load_or_make(
	const char *path, struct person_key *ret_key, bool *ret_made, struct err *e);
/* A key that everybody knows, for scoring files where nothing is stored. */
void person_key_public(struct person_key *ret_key);

/* The id of a profile id: 32 hexadecimal digits. Outer spaces and letter case do not matter. Returns buf. */
const char *person_id(const struct person_key *key, struct str profile_id, char *buf);

/* The same of a value where a profile id is expected: one that was hashed before (PERSON_HASHED) is that id. buf:
 * PERSON_ID_TEXT bytes. Returns the id, in buf or in s. */
struct str person_of(const struct person_key *key, struct str s, char *buf);

#endif
