/* Who starts the serving process again. */
#ifndef SNAPVM_WATCHER_H
#define SNAPVM_WATCHER_H

#include <stdbool.h>

/* Runs SERVE in a process of its own, and AGAIN in another whenever a signal has ended that. Our descriptors stay open
 * meanwhile. Gives what SERVE returns. */
int watch_over(int (*serve)(bool again));

#endif
