/* What is at a path of the guest. */
#ifndef SNAPVM_STAT_H
#define SNAPVM_STAT_H

#include "tar_text.h"

/* Appends the fields of what is at PATH, each "name=value" with its NUL: type, size, mode, uid, gid, and of a link its
 * target. A link itself is described, unless the path ends with a slash. */
bool stat_path(const char *path, struct tar_bytes *fields, struct tar_failure *failure);

#endif
