#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "private_mount.h"

int proc_fd = -1, sys_fd = -1, dev_fd = -1;
bool is_guest;

enum {
  /* linux/mount.h, which does not go together with sys/mount.h. */
  FSCONFIG_COMMAND_CREATE = 6,
  FSMOUNT_CLOSE_ON_EXEC = 1,
};

/* A folder of the agent's own in the initramfs, for kernels before 5.2. */
static const char PLACE[] = "/snapvm";

static int mount_for_a_moment(const char *type) {
  if (mount(type, PLACE, type, MS_NOSUID, NULL) < 0) return -1;
  int fd = open(PLACE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  umount2(PLACE, MNT_DETACH);
  return fd;
}

int private_mount(const char *type) {
  int context = (int)syscall(SYS_fsopen, type, FSMOUNT_CLOSE_ON_EXEC);
  if (context < 0) return errno == ENOSYS ? mount_for_a_moment(type) : -1;
  int root = -1;
  if (syscall(SYS_fsconfig, context, FSCONFIG_COMMAND_CREATE, NULL, NULL, 0) == 0) {
    root = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOSE_ON_EXEC, 0);
  }
  close(context);
  return root;
}

bool read_line(int folder, const char *path, char *line, size_t size) {
  int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? -1 : read(file, line, size - 1);
  if (file >= 0) close(file);
  line[length < 0 ? 0 : length] = '\0';
  line[strcspn(line, "\n")] = '\0';
  return length >= 0;
}
