#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "user.h"

bool find_user(const char *text, struct user *user) {
  char name[256];
  const char *group = strchr(text, ':');
  size_t length = group == NULL ? strlen(text) : (size_t)(group - text);
  if (length == 0 || length >= sizeof name) return false;
  memcpy(name, text, length);
  name[length] = '\0';
  uint64_t number;
  bool is_number = parse_number(name, UINT_MAX - 1, &number);
  struct passwd *entry = is_number ? getpwuid((uid_t)number) : getpwnam(name);
  /* A system without a user database has its root all the same. */
  if (entry == NULL && !is_number && strcmp(name, "root") != 0) return false;
  if (entry == NULL && !is_number) number = 0;
  *user = (struct user){entry == NULL ? (uid_t)number : entry->pw_uid, entry == NULL ? (gid_t)0 : entry->pw_gid,
                        strdup(entry == NULL ? name : entry->pw_name), strdup(entry == NULL ? "/" : entry->pw_dir),
                        strdup(entry == NULL || *entry->pw_shell == '\0' ? "/bin/sh" : entry->pw_shell)};
  if (entry == NULL && number == 0) user->home = "/root";
  if (group == NULL) return true;
  if (parse_number(group + 1, UINT_MAX - 1, &number)) {
    user->gid = (gid_t)number;
    return true;
  }
  struct group *group_entry = getgrnam(group + 1);
  if (group_entry == NULL) return false;
  user->gid = group_entry->gr_gid;
  return true;
}

bool become_user(const struct user *user) {
  if (initgroups(user->name, user->gid) < 0 && errno != ENOENT) return false;
  return setgid(user->gid) == 0 && setuid(user->uid) == 0;
}
