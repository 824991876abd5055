/* The end of the guest. */
#ifndef SNAPVM_POWER_H
#define SNAPVM_POWER_H

#include <stdbool.h>

#include "fields.h"
#include "text.h"

extern const char *const power_fields[];

bool power_run(const struct fields *request, struct text *result);

/* Whether process 1 is systemd. */
bool is_systemd(void);

#endif
