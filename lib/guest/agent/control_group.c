#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
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

int control_group_make(uint32_t stream) {
  int parent = open_parent();
  if (parent < 0) return -1;
  TEXT(name, 16);
  text_add_number(&name, stream);
  mkdirat(parent, name.data, 0755);
  int processes = open_member(stream, "cgroup.procs", O_WRONLY, parent);
  close(parent);
  return processes;
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
