#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control_group.h"
#include "private_mount.h"
#include "text.h"

static const char PARENT[] = "snapvm.slice";

static int hierarchy = -1;

int control_group_hierarchy(void) {
  if (hierarchy < 0 && is_guest) hierarchy = private_mount("cgroup2");
  return hierarchy;
}

static int open_parent(void) {
  int root = control_group_hierarchy();
  if (root < 0) return -1;
  mkdirat(root, PARENT, 0755);
  return openat(root, PARENT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_member(uint32_t stream, const char *name, int flags, int parent) {
  TEXT(path, 64);
  text_add_number(&path, stream);
  text_add(&path, "/");
  text_add(&path, name);
  return openat(parent, path.data, flags | O_CLOEXEC);
}

/* Forks into a group of its own. */
static pid_t fork_into(int group) {
  /* Linux 5.7: a process that is born there. Who moves there holds up all others until they have been seen to do nothing. */
  struct clone_args arguments = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (uint64_t)group};
  pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid >= 0) return pid;
  pid = _Fork();
  if (pid != 0) return pid;
  int processes = openat(group, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (write(processes, "0", 1) < 0) {
    /* It runs in the agent's group, then. */
  }
  close(processes);
  return pid;
}

pid_t control_group_fork(uint32_t stream) {
  int parent = open_parent();
  if (parent < 0) return _Fork();
  TEXT(name, 16);
  text_add_number(&name, stream);
  mkdirat(parent, name.data, 0755);
  int group = open_member(stream, "", O_RDONLY | O_DIRECTORY, parent);
  close(parent);
  if (group < 0) return _Fork();
  pid_t pid = fork_into(group);
  int error = errno;
  close(group);
  errno = error;
  return pid;
}

void control_group_kill(uint32_t stream) {
  int parent = open_parent();
  if (parent < 0) return;
  /* Linux 5.14. The process group is killed besides. */
  int kill_file = open_member(stream, "cgroup.kill", O_WRONLY, parent);
  if (kill_file >= 0) {
    if (write(kill_file, "1", 1) < 0) {
      /* It is empty. */
    }
    close(kill_file);
  }
  close(parent);
}

void control_group_remove(void) {
  int parent = open_parent();
  if (parent < 0) return;
  DIR *groups = fdopendir(parent);
  if (groups == NULL) {
    close(parent);
    return;
  }
  struct dirent *entry;
  while ((entry = readdir(groups)) != NULL) {
    /* One that something is in stays. */
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') unlinkat(parent, entry->d_name, AT_REMOVEDIR);
  }
  closedir(groups);
}
