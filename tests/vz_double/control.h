/* What tests ask of the double beside the library's own interface. */
#ifndef VZ_DOUBLE_CONTROL_H
#define VZ_DOUBLE_CONTROL_H

#include <stdint.h>

#define VZ_DOUBLE_EXPORT __attribute__((visibility("default")))

/*
 * How many objects of each class there are, one "count class" a line. The first call starts the counting.
 * Returns the length of the text.
 */
VZ_DOUBLE_EXPORT int32_t vz_double_live_objects(char *text, uint32_t capacity);

/* Calls the framework from a thread that is not the machine's queue: the process does not survive it. */
VZ_DOUBLE_EXPORT void vz_double_use_wrong_queue(const char *kernel);

/* A program in the guest that listens on a vsock port: a descriptor for the next two, or -1. */
VZ_DOUBLE_EXPORT int32_t vz_double_guest_listen(uint32_t port);
VZ_DOUBLE_EXPORT void vz_double_guest_unlisten(uint32_t port, int32_t listening);

/* Waits for a connection from the host and returns the guest's end of it. */
VZ_DOUBLE_EXPORT int32_t vz_double_guest_accept(int32_t listening);

/* A program in the guest of the newest machine connects to the host's port. Returns the guest's end, or -1. */
VZ_DOUBLE_EXPORT int32_t vz_double_guest_connect(uint32_t port, uint32_t source);

#endif
