/* Keys that may log in by ssh. */
#ifndef SNAPVM_AUTHORIZE_H
#define SNAPVM_AUTHORIZE_H

#include <stdbool.h>

#include "fields.h"
#include "text.h"

extern const char *const authorize_fields[];

bool authorize_run(const struct fields *request, struct text *result);

#endif
