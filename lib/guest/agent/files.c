#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "mount.h"
#include "stat.h"
#include "stream.h"
#include "tar.h"
#include "user.h"

const char *const tar_out_fields[] = {"path", "name", NULL};
const char *const tar_in_fields[] = {"path", "owner", "replace", NULL};
const char *const stat_fields[] = {"path", "user", NULL};
const char *const mount_fields[] = {"type", "tag", "path", "read-only", NULL};
const char *const unmount_fields[] = {"path", NULL};

static bool path_of(const struct fields *request, const char **path, struct text *result) {
  *path = fields_value(request, "path");
  if (*path != NULL && **path == '/') return true;
  return refuse(result, "its path is not absolute", EINVAL);
}

bool tar_out_run(const struct fields *request, struct text *result) {
  struct tar_failure failure = {0};
  const char *path, *name = fields_value(request, "name");
  if (!path_of(request, &path, result)) return false;
  if (tar_out(STDOUT_FILENO, path, name == NULL ? "." : name, &failure)) return true;
  return refuse(result, failure.text, failure.error);
}

bool tar_in_run(const struct fields *request, struct text *result) {
  struct tar_failure failure = {0};
  struct tar_owner owner = {0};
  const char *path, *owner_text = fields_value(request, "owner");
  uint64_t entries = 0;
  if (!path_of(request, &path, result)) return false;
  if (owner_text != NULL) {
    struct user user;
    if (!find_user(owner_text, &user)) return refuse(result, "there is no such user", 0);
    owner = (struct tar_owner){true, user.uid, user.gid};
  }
  if (!tar_in(STDIN_FILENO, path, &owner, fields_value(request, "replace") != NULL, &entries, &failure)) {
    return refuse(result, failure.text, failure.error);
  }
  text_add_number_field(result, "entries", entries);
  return true;
}

bool stat_run(const struct fields *request, struct text *result) {
  const char *path = fields_value(request, "path"), *name = fields_value(request, "user");
  if (name != NULL) {
    struct user user;
    if (!find_user(name, &user)) return refuse(result, "there is no such user", 0);
    text_add_field(result, "home", user.home);
    text_add_number_field(result, "uid", user.uid);
    text_add_number_field(result, "gid", user.gid);
    return true;
  }
  if (!path_of(request, &path, result)) return false;
  struct tar_failure failure = {0};
  struct tar_bytes fields = {.limit = RESULT_MAX_SIZE - 256};
  bool is_there = stat_path(path, &fields, &failure);
  if (is_there) text_add_bytes(result, fields.data, fields.length);
  tar_free(&fields);
  return is_there || refuse(result, failure.text, failure.error);
}

bool mount_run(const struct fields *request, struct text *result) {
  struct mount_failure failure = {0};
  const char *type = fields_value(request, "type"), *tag = fields_value(request, "tag"), *path;
  if (!path_of(request, &path, result)) return false;
  if (type == NULL || tag == NULL) return refuse(result, "its type or tag is missing", 0);
  if (mount_share(type, tag, path, fields_value(request, "read-only") != NULL, &failure)) return true;
  return refuse(result, failure.text, failure.error);
}

bool unmount_run(const struct fields *request, struct text *result) {
  struct mount_failure failure = {0};
  const char *path;
  if (!path_of(request, &path, result)) return false;
  if (unmount_share(path, &failure)) return true;
  return refuse(result, failure.text, failure.error);
}
