#include "services/cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile int mark;

static void on_signal(int number)
{
	mark = number;
}

void interrupt_watch(void)
{
	struct sigaction a = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	(void)sigemptyset(&a.sa_mask);
	(void)sigaction(SIGINT, &a, NULL);
	(void)sigaction(SIGTERM, &a, NULL);
}

const volatile int *interrupt_mark(void)
{
	return &mark;
}
