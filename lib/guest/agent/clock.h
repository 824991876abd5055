/* The guest's clock, and its pool of randomness. */
#ifndef SNAPVM_CLOCK_H
#define SNAPVM_CLOCK_H

#include <stdbool.h>

#include "fields.h"
#include "text.h"

extern const char *const clock_fields[];

bool clock_run(const struct fields *request, struct text *result);
bool entropy_run(const struct fields *request, struct text *result);

#endif
