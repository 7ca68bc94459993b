/* Answers wait for their group, go out in order for each peer, and never hold up other peers for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/base/err.h"
#include "services/ingestion/acks_core.h"
#include "tests/support/faulty.h"

/* A network of peers 'a'..'z': what was sent, in order, and which peers are blocked or gone. */
struct net {
	char sent[4096];
	const char *blocked, *gone;
	size_t offered;
};

static enum ack_sent to_net(void *ctx, struct span peer, struct span frame)
{
	struct net *net = ctx;
	char name = *(const char *)peer.p;

	assert_int_equal(peer.n, 1);
	net->offered++;
	if (net->blocked != NULL && strchr(net->blocked, name) != NULL)
		return ACK_BLOCKED;
	if (net->gone != NULL && strchr(net->gone, name) != NULL)
		return ACK_GONE;
	(void)snprintf(net->sent + strlen(net->sent), sizeof net->sent - strlen(net->sent),
		"%c%.*s ", name, (int)frame.n, (const char *)frame.p);
	return ACK_SENT;
}

static struct acks *queue(uint32_t max_acks, size_t max_bytes)
{
	struct acks *q = NULL;

	assert_int_equal(acks_create(&mem_heap, max_acks, max_bytes, &q), 0);
	return q;
}

static int add(struct acks *q, uint64_t group, const char *peer_and_frame)
{
	return acks_add(q, group, 100, (struct span){ peer_and_frame, 1 },
		(struct span){ peer_and_frame + 1, strlen(peer_and_frame) - 1 });
}

static void test_an_answer_waits_for_its_group(void **state)
{
	struct acks *q = queue(16, 1024);
	struct net net = { .sent = "" };

	(void)state;
	assert_int_equal(add(q, 1, "a1"), 0);
	assert_int_equal(add(q, 1, "b2"), 0);
	assert_int_equal(add(q, 2, "a3"), 0);
	assert_int_equal(acks_waiting_cost(q), 300);
	assert_false(acks_flush(q, to_net, &net));
	assert_string_equal(net.sent, "");
	acks_durable(q, 1);
	assert_int_equal(acks_waiting_cost(q), 100);
	assert_false(acks_flush(q, to_net, &net));
	assert_string_equal(net.sent, "a1 b2 ");
	acks_durable(q, 2);
	assert_false(acks_flush(q, to_net, &net));
	assert_string_equal(net.sent, "a1 b2 a3 ");
	assert_int_equal(acks_count(q), 0);
	assert_int_equal(add(q, 2, "a4"), 0); /* of a group that is durable already */
	assert_int_equal(acks_waiting_cost(q), 0);
	assert_false(acks_flush(q, to_net, &net));
	assert_string_equal(net.sent, "a1 b2 a3 a4 ");
	acks_destroy(q);
}

static void test_a_blocked_peer_holds_up_only_itself_and_keeps_its_order(void **state)
{
	struct acks *q = queue(64, 4096);
	struct net net = { .blocked = "a" };

	(void)state;
	assert_int_equal(add(q, 1, "a1"), 0);
	assert_int_equal(add(q, 1, "b1"), 0);
	assert_int_equal(add(q, 1, "a2"), 0);
	assert_int_equal(add(q, 1, "b2"), 0);
	acks_durable(q, 1);
	assert_true(acks_flush(q, to_net, &net));
	assert_string_equal(net.sent, "b1 b2 ");
	assert_int_equal(net.offered, 3); /* the blocked one was not asked twice */
	assert_int_equal(acks_count(q), 2);
	net.blocked = NULL;
	assert_false(acks_flush(q, to_net, &net));
	assert_string_equal(net.sent, "b1 b2 a1 a2 ");
	acks_destroy(q);
}

static void test_a_peer_that_is_gone_is_forgotten(void **state)
{
	struct acks *q = queue(16, 1024);
	struct net net = { .gone = "a" };

	(void)state;
	assert_int_equal(add(q, 1, "a1"), 0);
	assert_int_equal(add(q, 1, "b1"), 0);
	acks_durable(q, 1);
	assert_false(acks_flush(q, to_net, &net));
	assert_string_equal(net.sent, "b1 ");
	assert_int_equal(acks_gone(q), 1);
	assert_int_equal(acks_count(q), 0);
	acks_destroy(q);
}

static void test_a_peer_that_never_reads_loses_answers_before_others_suffer(void **state)
{
	struct acks *q = queue(16, 4096);
	struct net net = { .blocked = "a" };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(add(q, 1, i % 2 == 0 ? "a1" : "b1"), 0);
		acks_durable(q, 1);
		(void)acks_flush(q, to_net, &net);
		assert_in_range(acks_count(q), 0, 8);
	}
	assert_int_equal(strlen(net.sent), 500 * strlen("b1 "));
	assert_in_range(acks_dropped(q), 490, 500);
	acks_destroy(q);
}

static void test_full_is_an_answer_by_number_and_by_bytes(void **state)
{
	struct acks *q = queue(4, 1000);
	struct net net = { .sent = "" };
	static char big[700];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(add(q, 1, "a1"), 0);
	assert_int_equal(add(q, 1, "a1"), ERR_FULL);
	assert_true(acks_is_half_full(q));
	acks_durable(q, 1);
	assert_false(acks_flush(q, to_net, &net));
	assert_false(acks_is_half_full(q));
	memset(big, 'x', sizeof big - 1);
	assert_int_equal(add(q, 2, big), 0);
	assert_false(acks_has_room(q, sizeof big - 1));
	assert_int_equal(add(q, 2, big), ERR_FULL);
	acks_destroy(q);
}

/* Random lengths through a small byte ring, so that it wraps at every place; the answers must come back unchanged. */
static void test_bytes_survive_the_ring(void **state)
{
	struct acks *q = queue(32, 257);
	uint64_t added = 0, got = 0;
	char want[4096][24];

	(void)state;
	print_message("seed 42\n");
	srand(42);
	while (got < 4000) {
		struct net net = { .sent = "" };

		while (added < 4000 && rand() % 4 != 0) {
			(void)snprintf(want[added], sizeof want[added], "a%llu%.*s",
				(unsigned long long)added, rand() % 16, "----------------");
			if (add(q, added, want[added]) != 0)
				break;
			added++;
		}
		if (added == 0)
			continue;
		acks_durable(q, added - 1);
		assert_false(acks_flush(q, to_net, &net));
		for (char *word = strtok(net.sent, " "); word != NULL; word = strtok(NULL, " "))
			assert_string_equal(word, want[got++]);
		assert_int_equal(got, added);
	}
	acks_destroy(q);
}

static void test_no_allocation_failure_leaks(void **state)
{
	int rc = ERR_NOMEM;

	(void)state;
	for (int n = 0; rc == ERR_NOMEM; n++) {
		struct faulty f = { .left = n };
		struct acks *q = NULL;

		rc = acks_create(faulty_alloc(&f), 16, 100, &q);
		assert_int_equal(q == NULL, rc != 0);
		acks_destroy(q);
		assert_int_equal(f.live, 0);
	}
	assert_int_equal(rc, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer_waits_for_its_group),
		cmocka_unit_test(test_a_blocked_peer_holds_up_only_itself_and_keeps_its_order),
		cmocka_unit_test(test_a_peer_that_is_gone_is_forgotten),
		cmocka_unit_test(test_a_peer_that_never_reads_loses_answers_before_others_suffer),
		cmocka_unit_test(test_full_is_an_answer_by_number_and_by_bytes),
		cmocka_unit_test(test_bytes_survive_the_ring),
		cmocka_unit_test(test_no_allocation_failure_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
