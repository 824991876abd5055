/* The double's addition to <dispatch/dispatch.h>. */
#include <dispatch/dispatch.h>

/* dispatch_assert_queue(3): ends the process if the caller does not run on the queue, as macOS 14 does. */
void dispatch_assert_queue(dispatch_queue_t queue);
