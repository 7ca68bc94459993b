/* Ctrl-C and SIGTERM as a wish to stop: the first sets a mark, and the work ends in order. A second one ends the program
 * at once. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

/* Until the program ends. */
void interrupt_watch(void);
/* 0, or the number of the signal that came. */
const volatile int *interrupt_mark(void);

#endif
