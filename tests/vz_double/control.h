/* What tests need of the double beyond the library's interface. */
#ifndef VZ_DOUBLE_CONTROL_H
#define VZ_DOUBLE_CONTROL_H

#include <stdint.h>

#define VZ_DOUBLE_EXPORT __attribute__((visibility("default")))

/*
 * How many objects of each class exist, as lines "count class". The first call starts the counting.
 * Returns the length of the text.
 */
VZ_DOUBLE_EXPORT int32_t vz_double_live_objects(char *text, uint32_t capacity);

/* Calls a machine outside its queue, which ends the process. */
VZ_DOUBLE_EXPORT void vz_double_use_wrong_queue(const char *kernel);

#endif
