/* Any bytes as what services keep on disk: the state of a partner's alerts, a mark of the ledger, a dead letter, a group of
 * a log, a snapshot file. The first byte says which. */
#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/io/snapshot.h"
#include "common/io/store_format.h"
#include "services/ingestion/letters_core.h"
#include "services/notification/notification_core.h"
#include "services/scoring/ledger_core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_alert_state(struct span bytes)
{
	struct notification_options options = { .max_partners = 4, .margin = { 10, 1 } };
	struct notification *n;
	struct buf out, again;
	int rc;

	assert(notification_create(&mem_heap, &options, &n) == 0);
	rc = notification_load_partner(n, STR("P"), bytes);
	assert(rc == 0 || rc == ERR_CORRUPT || rc == ERR_FULL);
	buf_init(&out, &mem_heap, (size_t)8 << 20);
	buf_init(&again, &mem_heap, (size_t)8 << 20);
	if (rc == 0) {
		assert(notification_save_partner(n, STR("P"), &out) == 0);
		assert(notification_load_partner(n, STR("P"), buf_span(&out)) == 0);
		assert(notification_save_partner(n, STR("P"), &again) == 0);
		assert(out.n == again.n && memcmp(out.p, again.p, out.n) == 0);
	}
	buf_fini(&out);
	buf_fini(&again);
	notification_destroy(n);
}

static void as_mark(struct span bytes)
{
	uint8_t again[LEDGER_MARK_BYTES];
	struct ledger_mark m;
	struct ledger l;

	if (ledger_mark_read(bytes, &m) != 0)
		return;
	ledger_mark_write(&m, again);
	assert(memcmp(bytes.p, again, sizeof again) == 0);
	(void)ledger_start(&l, &m, 0, 0);
}

static void as_letter(struct span bytes)
{
	struct letters *book;
	struct letter l;
	struct buf out;

	assert(letters_create(&mem_heap, 4, LETTER_BYTES_MAX, &book) == 0);
	if (letter_decode(bytes, &l) == 0) {
		buf_init(&out, &mem_heap, (size_t)8 << 20);
		assert(letter_encode(&l, &out) == 0);
		assert(letters_recall(book, 1, bytes) == 0);
		assert(letters_find(book, &l) == 1);
		buf_fini(&out);
	}
	letters_destroy(book);
}

static void as_group(struct span bytes)
{
	struct store_head head;
	uint64_t first, records = 0;
	size_t n = 0;

	if (bytes.n < sizeof head)
		return;
	memcpy(&head, bytes.p, sizeof head);
	first = head.first;
	if (store_format_head(bytes, first, &head) != NULL ||
		store_format_check(bytes, &head) != NULL)
		return;
	for (size_t i = 0; i < head.n_units; i++) {
		struct store_unit u = store_format_unit(bytes, i);

		records += u.n_records;
		n += u.size;
	}
	assert(records == head.n_records && n == head.unit_bytes);
	assert(store_format_units(bytes, &head) + n == (const uint8_t *)bytes.p + bytes.n);
}

static void as_snapshot(struct span bytes)
{
	int fd = memfd_create("snapshot", MFD_CLOEXEC);
	struct snapshot_reader *r;
	struct snapshot_head head;
	struct span blob = { NULL, 0 };
	char path[64];
	int rc;

	assert(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	rc = snapshot_open(path, &head, &r, NULL);
	assert(rc == 0 || rc == ERR_CORRUPT);
	if (rc == 0) {
		do
			rc = snapshot_get(r, &blob);
		while (rc == 0 && blob.p != NULL);
		assert(rc == 0 || rc == ERR_CORRUPT);
		snapshot_close(r);
	}
	(void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(
		struct span) = { as_alert_state, as_mark, as_letter, as_group, as_snapshot };
	struct span rest = { data + 1, size - 1 };

	if (size > 0)
		kinds[data[0] % (sizeof kinds / sizeof *kinds)](rest);
	return 0;
}
