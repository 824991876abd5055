/*
 * The part of libdispatch that snapvm uses, for builds without an Apple SDK: see Virtualization/Virtualization.h.
 * On macOS libSystem implements it, on Linux the tests' double.
 */
#ifndef DISPATCH_DISPATCH_H
#define DISPATCH_DISPATCH_H

typedef void (^dispatch_block_t)(void);
typedef struct dispatch_queue_s *dispatch_queue_t;

/* The attribute of a serial queue. */
#define DISPATCH_QUEUE_SERIAL ((void *)0)

dispatch_queue_t dispatch_queue_create(const char *label, void *attribute);
void dispatch_async(dispatch_queue_t queue, dispatch_block_t block);
void dispatch_retain(dispatch_queue_t queue);
void dispatch_release(dispatch_queue_t queue);

#endif
