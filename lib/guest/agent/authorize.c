#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authorize.h"
#include "selinux.h"
#include "stream.h"
#include "user.h"

enum {
  /* Nobody has more keys than this, in bytes. */
  MAX_KEYS = 1024 * 1024,
};

const char *const authorize_fields[] = {"user", "key", NULL};

/* Whether KEYS has KEY as a line of its own. */
static bool has_line(const char *keys, const char *key) {
  size_t length = strlen(key);
  for (const char *line = keys; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, key, length) == 0 && (line[length] == '\n' || line[length] == '\0')) return true;
  }
  return false;
}

/* Adds the key as the user: what is in the home may lead anywhere, but not further than the user may go. */
static bool add_key(const char *home, const char *key, struct text *result) {
  if (chdir(home) < 0) return refuse(result, "the user has no home", errno);
  if (mkdir(".ssh", 0700) < 0 && errno != EEXIST) return refuse(result, "the home cannot have a folder .ssh", errno);
  int file = open(".ssh/authorized_keys", O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (file < 0) return refuse(result, "the list of keys cannot be opened", errno);
  /* What is made here has the home's own type, which sshd may not read. */
  selinux_label(".", "ssh_home_t", ".ssh", file);
  char *keys = malloc(MAX_KEYS + 1);
  if (keys == NULL) return refuse(result, "there is no memory", ENOMEM);
  size_t length = 0;
  ssize_t got;
  while (length < MAX_KEYS && (got = read(file, keys + length, MAX_KEYS - length)) > 0) length += (size_t)got;
  if (length == MAX_KEYS) return refuse(result, "the list of keys is too large", EFBIG);
  keys[length] = '\0';
  if (has_line(keys, key)) return true;
  TEXT(line, 16384);
  if (length > 0 && keys[length - 1] != '\n') text_add(&line, "\n");
  text_add(&line, key);
  text_add(&line, "\n");
  if (write(file, line.data, line.length) != (ssize_t)line.length) {
    return refuse(result, "the list of keys cannot be written", errno);
  }
  return true;
}

bool authorize_run(const struct fields *request, struct text *result) {
  const char *name = fields_value(request, "user"), *key = fields_value(request, "key");
  struct user user;
  if (key == NULL || strchr(key, '\n') != NULL || strlen(key) > 8192) return refuse(result, "the key is none", EINVAL);
  if (!find_user(name == NULL ? "0" : name, &user)) return refuse(result, "there is no such user", 0);
  /* The home may be missing: an image of a bootable container has /root as a link into an empty /var. */
  if (mkdir(user.home, 0700) == 0 && chown(user.home, user.uid, user.gid) < 0) {
    return refuse(result, "the home cannot be the user's", errno);
  }
  if (!become_user(&user)) return refuse(result, "the user cannot be changed", errno);
  if (!add_key(user.home, key, result)) return false;
  text_add_field(result, "home", user.home);
  return true;
}
