/* The C library's own functions would read these files as well, but bring a client of nscd and formatted input with them.
 *
 * Sources: passwd(5), group(5). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "text.h"
#include "user.h"

enum {
  MAX_DATABASE = 4 * 1024 * 1024,
  MAX_PARTS = 7,
  /* The kernel's limit is higher, but NFS knows no more than 16. */
  MAX_GROUPS = 256,
};

/* A file of lines whose parts stand between colons. */
struct database {
  char *text;
  char *next;
};

static bool open_database(struct database *database, const char *path) {
  size_t length = 0, capacity = 4096;
  *database = (struct database){NULL, NULL};
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char *text = malloc(capacity);
  ssize_t got = -1;
  while (text != NULL && (got = read(file, text + length, capacity - length - 1)) > 0) {
    length += (size_t)got;
    if (length < capacity - 1) continue;
    char *larger = capacity < MAX_DATABASE ? realloc(text, capacity * 2) : NULL;
    if (larger == NULL) break;
    text = larger;
    capacity *= 2;
  }
  close(file);
  if (text == NULL) return false;
  text[length] = '\0';
  database->text = database->next = text;
  return true;
}

/* Cuts the next line into COUNT parts. Lines with fewer are none. */
static bool next_entry(struct database *database, char *parts[], size_t count) {
  while (*database->next != '\0') {
    char *line = database->next, *end = line + strcspn(line, "\n");
    database->next = *end == '\0' ? end : end + 1;
    *end = '\0';
    size_t found = 0;
    while (found < count) {
      parts[found++] = line;
      char *colon = found < count ? strchr(line, ':') : NULL;
      if (colon == NULL) break;
      *colon = '\0';
      line = colon + 1;
    }
    if (found == count && *parts[0] != '\0') return true;
  }
  return false;
}

/* Finds the line whose first part is NAME; without one, the line whose third part is NUMBER. */
static bool find_entry(struct database *database, const char *path, const char *name, uint64_t number, char *parts[],
                       size_t count) {
  if (!open_database(database, path)) return false;
  while (next_entry(database, parts, count)) {
    uint64_t found;
    if (name != NULL ? strcmp(parts[0], name) == 0 : parse_number(parts[2], UINT_MAX - 1, &found) && found == number) {
      return true;
    }
  }
  return false;
}

static bool set_user(struct user *user, char *const parts[]) {
  uint64_t uid, gid;
  if (!parse_number(parts[2], UINT_MAX - 1, &uid) || !parse_number(parts[3], UINT_MAX - 1, &gid)) return false;
  *user = (struct user){(uid_t)uid, (gid_t)gid, parts[0], *parts[5] == '/' ? parts[5] : "/",
                        *parts[6] == '\0' ? "/bin/sh" : parts[6]};
  return true;
}

/* What is found stays in memory: who asks is a process that does one thing and ends. */
bool find_user(const char *text, struct user *user) {
  struct database database;
  char *parts[MAX_PARTS];
  char *name = strdup(text);
  if (name == NULL) return false;
  char *group = strchr(name, ':');
  if (group != NULL) *group++ = '\0';
  uint64_t number = 0;
  bool is_number = parse_number(name, UINT_MAX - 1, &number);
  if (find_entry(&database, "/etc/passwd", is_number ? NULL : name, number, parts, MAX_PARTS)) {
    if (!set_user(user, parts)) return false;
  } else {
    /* A system without a user database has its root all the same. */
    if (!is_number && strcmp(name, "root") != 0) return false;
    *user = (struct user){(uid_t)number, 0, number == 0 ? "root" : name, number == 0 ? "/root" : "/", "/bin/sh"};
  }
  if (group == NULL) return true;
  if (!parse_number(group, UINT_MAX - 1, &number)) {
    if (!find_entry(&database, "/etc/group", group, 0, parts, 4) || !parse_number(parts[2], UINT_MAX - 1, &number)) {
      return false;
    }
  }
  user->gid = (gid_t)number;
  return true;
}

/* Whether NAME is one of those in a list with commas. */
static bool is_member(const char *list, const char *name) {
  size_t length = strlen(name);
  for (; *list != '\0'; list += strcspn(list, ",")) {
    if (*list == ',') list++;
    if (strcspn(list, ",") == length && strncmp(list, name, length) == 0) return true;
  }
  return false;
}

static size_t find_groups(const struct user *user, gid_t groups[MAX_GROUPS]) {
  struct database database;
  char *parts[4];
  size_t count = 1;
  groups[0] = user->gid;
  if (!open_database(&database, "/etc/group")) return count;
  while (count < MAX_GROUPS && next_entry(&database, parts, 4)) {
    uint64_t number;
    if (!parse_number(parts[2], UINT_MAX - 1, &number) || number == user->gid || !is_member(parts[3], user->name)) continue;
    groups[count++] = (gid_t)number;
  }
  free(database.text);
  return count;
}

bool become_user(const struct user *user) {
  gid_t groups[MAX_GROUPS];
  size_t count = find_groups(user, groups);
  /* The C library's functions would first stop all other threads, of which there are none. */
  return syscall(SYS_setgroups, count, groups) == 0 &&
         syscall(SYS_setresgid, user->gid, user->gid, user->gid) == 0 &&
         syscall(SYS_setresuid, user->uid, user->uid, user->uid) == 0;
}
