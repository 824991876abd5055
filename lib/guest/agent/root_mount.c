#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "private_mount.h"
#include "root_mount.h"
#include "text.h"

enum {
  COMMAND_LINE_SIZE = 4096,
  ROOT_TRIES = 500,
  ROOT_PAUSE_MS = 10,
};

static char command_line[COMMAND_LINE_SIZE];

/* The value of the last argument NAME of the kernel command line, or NULL. */
static const char *argument(const char *name) {
  static char values[3][256];
  static size_t next;
  size_t name_length = strlen(name);
  char *value = NULL;
  for (const char *word = command_line; *word != '\0'; word += strcspn(word, " \n"), word += strspn(word, " \n")) {
    size_t length = strcspn(word, " \n");
    if (strncmp(word, name, name_length) != 0 || word[name_length] != '=') continue;
    length -= name_length + 1;
    if (length >= sizeof *values) continue;
    value = values[next % 3];
    memcpy(value, word + name_length + 1, length);
    value[length] = '\0';
  }
  if (value != NULL) next++;
  return value;
}

static bool has_word(const char *name) {
  size_t name_length = strlen(name);
  for (const char *word = command_line; *word != '\0'; word += strcspn(word, " \n"), word += strspn(word, " \n")) {
    if (strcspn(word, " \n") == name_length && strncmp(word, name, name_length) == 0) return true;
  }
  return false;
}

/* A node for the disk: the initramfs has no /dev. */
static bool make_node(const char *device) {
  const char *name = after(device, "/dev/");
  struct stat info;
  if (name == NULL || fstatat(dev_fd, name, &info, 0) < 0 || !S_ISBLK(info.st_mode)) return false;
  unlink("/snapvm/root-device");
  return mknod("/snapvm/root-device", S_IFBLK | 0600, info.st_rdev) == 0;
}

bool root_mount_enter(void) {
  int file = openat(proc_fd, "cmdline", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t length = read(file, command_line, sizeof command_line - 1);
  close(file);
  if (length < 0) return false;
  const char *device = argument("root"), *type = argument("rootfstype");
  unsigned long flags = has_word("rw") ? 0 : MS_RDONLY;
  if (device == NULL) return false;
  mkdir("/root", 0700);
  for (int tries = 0; tries < ROOT_TRIES; tries++) {
    if (make_node(device) && mount("/snapvm/root-device", "/root", type == NULL ? "ext4" : type, flags, NULL) == 0) {
      if (chdir("/root") < 0) return false;
      /* As the kernel does: devtmpfs, if there is a place for it. */
      mount("devtmpfs", "dev", "devtmpfs", MS_NOSUID, NULL);
      return mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0;
    }
    pause_ms(ROOT_PAUSE_MS);
  }
  return false;
}

void root_mount_execute(char **arguments) {
  const char *const inits[] = {argument("init"), "/sbin/init", "/etc/init", "/bin/init", "/bin/sh"};
  for (size_t index = 0; index < sizeof inits / sizeof *inits; index++) {
    if (inits[index] == NULL) continue;
    arguments[0] = (char *)inits[index];
    execv(inits[index], arguments);
  }
}
