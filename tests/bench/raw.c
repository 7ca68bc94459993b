#include "tests/bench/raw.h"

#include <errno.h>
#include <lmdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "common/io/clock.h"
#include "common/io/store.h"
#include "tests/harness/harness.h"

#define PASSES	    3 /* over the batches, so that ZeroMQ runs for long enough */
#define GROUP_BYTES ((size_t)64 << 20)
#define MAP_BYTES   ((size_t)8 << 30)

static double rate(uint64_t events, uint64_t since_ns)
{
	return (double)events * 1e9 / (double)(clock_mono_ns() - since_ns);
}

static void remove_folder(const char *path)
{
	char command[256];

	(void)snprintf(command, sizeof command, "rm -rf '%s'", path);
	if (system(command) != 0)
		harness_fail("cannot remove %s", path);
}

/* ---- ZeroMQ ----------------------------------------------------------------------------------------------- */

static void *open_socket(void *ctx, int type, const char *endpoint)
{
	void *s = zmq_socket(ctx, type);
	int rc = s == NULL	    ? -1
		 : type == ZMQ_PULL ? zmq_bind(s, endpoint)
				    : zmq_connect(s, endpoint);

	if (rc != 0)
		harness_fail("%s: %s", endpoint, zmq_strerror(errno));
	return s;
}

/* Takes all, then says so through the pipe. */
static _Noreturn void pull(const char *endpoint, size_t messages, int told)
{
	void *ctx = zmq_ctx_new();
	void *s = open_socket(ctx, ZMQ_PULL, endpoint);
	zmq_msg_t m;

	(void)zmq_msg_init(&m);
	for (size_t i = 0; i < messages; i++)
		if (zmq_msg_recv(&m, s, 0) < 0)
			_exit(1);
	if (write(told, "x", 1) != 1)
		_exit(1);
	_exit(0);
}

double raw_zmq(const char *dir, const struct world_batches *b)
{
	char endpoint[128], done;
	int pipes[2], status;
	uint64_t start;
	void *ctx, *s;
	double result;
	pid_t pid;

	(void)snprintf(endpoint, sizeof endpoint, "ipc://%s/raw.sock", dir);
	if (pipe(pipes) != 0 || (pid = fork()) < 0)
		harness_fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		pull(endpoint, b->n * PASSES, pipes[1]);
	ctx = zmq_ctx_new();
	s = open_socket(ctx, ZMQ_PUSH, endpoint);
	start = clock_mono_ns();
	for (int pass = 0; pass < PASSES; pass++)
		for (size_t i = 0; i < b->n; i++)
			if (zmq_send(s, b->items[i].p, b->items[i].size, 0) < 0)
				harness_fail("sending: %s", zmq_strerror(errno));
	if (read(pipes[0], &done, 1) != 1)
		harness_fail("the receiving process failed");
	result = rate(b->events * PASSES, start);
	(void)waitpid(pid, &status, 0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	(void)zmq_close(s);
	(void)zmq_ctx_term(ctx);
	return result;
}

/* ---- groups of batches ------------------------------------------------------------------------------------ */

/* Walks the batches in groups of at least `events`. */
struct walk {
	const struct world_batches *b;
	uint64_t group_events, left;
	size_t at;
};

static size_t next_group(struct walk *w, size_t *ret_first, uint64_t *ret_events)
{
	size_t n = 0;

	*ret_first = w->at;
	*ret_events = 0;
	while (w->at < w->b->n && w->left > 0 && *ret_events < w->group_events) {
		uint32_t events = w->b->items[w->at++].n;

		*ret_events += events;
		w->left -= events < w->left ? events : w->left;
		n++;
	}
	return n;
}

/* ---- LMDB ------------------------------------------------------------------------------------------------- */

static void check_lmdb(int rc, const char *what)
{
	if (rc != 0)
		harness_fail("%s: %s", what, mdb_strerror(rc));
}

static MDB_env *open_lmdb(const char *path, MDB_dbi *ret_dbi)
{
	MDB_env *env;
	MDB_txn *txn;

	if (mkdir(path, 0700) != 0)
		harness_fail("%s: %s", path, strerror(errno));
	check_lmdb(mdb_env_create(&env), "making an environment");
	check_lmdb(mdb_env_set_mapsize(env, MAP_BYTES), "setting the map's size");
	check_lmdb(mdb_env_open(env, path, 0, 0600), path);
	check_lmdb(mdb_txn_begin(env, NULL, 0, &txn), "beginning");
	check_lmdb(mdb_dbi_open(txn, NULL, 0, ret_dbi), "opening the database");
	check_lmdb(mdb_txn_commit(txn), "committing");
	return env;
}

static void put_group(
	MDB_env *env, MDB_dbi dbi, uint64_t position, const struct world_batch *b, size_t n)
{
	MDB_val k, v = { 0, NULL };
	uint8_t key[8], *to;
	MDB_txn *txn;

	for (size_t i = 0; i < n; i++)
		v.mv_size += b[i].size;
	store_key_u64(position, key);
	k = (MDB_val){ sizeof key, key };
	check_lmdb(mdb_txn_begin(env, NULL, 0, &txn), "beginning");
	check_lmdb(mdb_put(txn, dbi, &k, &v, MDB_APPEND | MDB_RESERVE), "putting");
	to = v.mv_data;
	for (size_t i = 0; i < n; i++) {
		memcpy(to, b[i].p, b[i].size);
		to += b[i].size;
	}
	check_lmdb(mdb_txn_commit(txn), "committing");
}

double raw_lmdb(
	const char *dir, const struct world_batches *b, uint64_t group_events, uint64_t max_events)
{
	struct walk w = { .b = b, .group_events = group_events, .left = max_events };
	uint64_t events, position = 0, start;
	char path[128];
	size_t first, n;
	MDB_env *env;
	MDB_dbi dbi;
	double result;

	(void)snprintf(path, sizeof path, "%s/raw-lmdb", dir);
	env = open_lmdb(path, &dbi);
	start = clock_mono_ns();
	while ((n = next_group(&w, &first, &events)) > 0) {
		put_group(env, dbi, position, &b->items[first], n);
		position += events;
	}
	result = rate(position, start);
	mdb_env_close(env);
	remove_folder(path);
	return result;
}

void raw_commits(
	const char *dir, const struct world_batch *one, size_t n, int gap_ms, struct latencies *ret)
{
	char path[128];
	MDB_env *env;
	MDB_dbi dbi;

	(void)snprintf(path, sizeof path, "%s/raw-commits", dir);
	env = open_lmdb(path, &dbi);
	for (size_t i = 0; i < n; i++) {
		uint64_t start;

		(void)poll(NULL, 0, gap_ms);
		start = clock_mono_ns();
		put_group(env, dbi, i, one, 1);
		latencies_add(ret, clock_mono_ns() - start);
	}
	mdb_env_close(env);
	remove_folder(path);
}

/* ---- the store -------------------------------------------------------------------------------------------- */

static void check(int rc, const struct err *e)
{
	if (rc != 0)
		harness_fail("the log store: %s %s", err_name(rc), e->text);
}

double raw_store(
	const char *dir, const struct world_batches *b, uint64_t group_events, uint64_t max_events)
{
	struct walk w = { .b = b, .group_events = group_events, .left = max_events };
	struct store_options o = { 0 };
	struct store_group *g;
	struct store *s;
	uint64_t events, position, start;
	struct err e = { 0 };
	char path[128];
	size_t first, n;
	double result;

	(void)snprintf(path, sizeof path, "%s/raw-store", dir);
	o.path = path;
	check(store_open(&o, &s, &e), &e);
	check(store_group_create(&mem_heap, GROUP_BYTES, &g), &e);
	start = clock_mono_ns();
	while ((n = next_group(&w, &first, &events)) > 0) {
		store_group_reset(g);
		for (size_t i = first; i < first + n; i++)
			check(store_group_add(g, (struct span){ b->items[i].p, b->items[i].size },
				      b->items[i].n),
				&e);
		check(store_commit(s, g, &position, &e), &e);
	}
	result = rate(store_end(s), start);
	store_group_destroy(g);
	store_close(s);
	remove_folder(path);
	return result;
}
