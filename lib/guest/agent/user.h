/* Users of the guest. */
#ifndef SNAPVM_USER_H
#define SNAPVM_USER_H

#include <stdbool.h>
#include <sys/types.h>

struct user {
  uid_t uid;
  gid_t gid;
  const char *name;
  const char *home;
  const char *shell;
};

/* Finds the user of "USER" or "USER:GROUP", each a name or a number. A number needs no entry in the user database. */
bool find_user(const char *text, struct user *user);

/* Takes the user's identity, with all groups. */
bool become_user(const struct user *user);

#endif
