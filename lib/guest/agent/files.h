/* The kinds of streams that are about the guest's files. */
#ifndef SNAPVM_FILES_H
#define SNAPVM_FILES_H

#include <stdbool.h>

#include "fields.h"
#include "text.h"

extern const char *const tar_out_fields[];
extern const char *const tar_in_fields[];
extern const char *const stat_fields[];
extern const char *const mount_fields[];
extern const char *const unmount_fields[];

bool tar_out_run(const struct fields *request, struct text *result);
bool tar_in_run(const struct fields *request, struct text *result);
bool stat_run(const struct fields *request, struct text *result);
bool mount_run(const struct fields *request, struct text *result);
bool unmount_run(const struct fields *request, struct text *result);

#endif
