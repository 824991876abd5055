#include "stat.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "directory";
    case S_IFLNK: return "symlink";
    case S_IFCHR: return "character-device";
    case S_IFBLK: return "block-device";
    case S_IFIFO: return "fifo";
    default: return "socket";
  }
}

static bool add_text(struct tar_bytes *fields, const char *name, const char *value) {
  return tar_append_text(fields, name) && tar_append_text(fields, value) && tar_append(fields, "", 1);
}

static bool add_number(struct tar_bytes *fields, const char *name, uint64_t number) {
  return tar_append_text(fields, name) && tar_append_number(fields, number) && tar_append(fields, "", 1);
}

bool stat_path(const char *path, struct tar_bytes *fields, struct tar_failure *failure) {
  *failure = (struct tar_failure){0};
  struct stat info;
  char target[4096];
  ssize_t length = 0;
  if (lstat(path, &info) != 0) return tar_fail(failure, path, "cannot be looked at", errno);
  if (S_ISLNK(info.st_mode) && (length = readlink(path, target, sizeof target - 1)) < 0) {
    return tar_fail(failure, path, "cannot be looked at", errno);
  }
  target[length] = '\0';
  char mode[5];
  for (unsigned index = 0; index < 4; index++) mode[index] = (char)('0' + ((info.st_mode >> (9 - 3 * index)) & 7));
  mode[4] = '\0';
  bool added = add_text(fields, "type=", type_of(info.st_mode)) &&
               add_number(fields, "size=", (uint64_t)info.st_size) && add_text(fields, "mode=", mode) &&
               add_number(fields, "uid=", info.st_uid) && add_number(fields, "gid=", info.st_gid) &&
               (length == 0 || add_text(fields, "target=", target));
  return added || tar_fail(failure, path, "cannot be looked at", ENOMEM);
}
