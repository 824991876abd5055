#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "port.h"
#include "private_mount.h"
#include "text.h"

/* The kernel's Documentation/ABI/testing/sysfs-class-virtio-ports. */
static const char PORTS[] = "class/virtio-ports";

enum {
  LINE_SIZE = 128,
  /* A buffer of many parts takes one place in the queue, and not as many as it has parts (virtio 1.2, 2.7.7). */
  INDIRECT_DESCRIPTORS = 28,
};

static bool has_name(int port, const char *name) {
  char line[LINE_SIZE];
  return read_line(port, "name", line, sizeof line) && strcmp(line, name) == 0;
}

bool port_takes_pages(int port) {
  struct stat info;
  if (fstat(port, &info) < 0) return false;
  if (S_ISSOCK(info.st_mode)) return true;
  TEXT(path, 64);
  text_add(&path, "dev/char/");
  text_add_number(&path, major(info.st_rdev));
  text_add(&path, ":");
  text_add_number(&path, minor(info.st_rdev));
  text_add(&path, "/device/features");
  /* A digit for each feature. */
  char features[LINE_SIZE];
  return read_line(sys_fd, path.data, features, sizeof features) && strnlen(features, LINE_SIZE) > INDIRECT_DESCRIPTORS &&
         features[INDIRECT_DESCRIPTORS] == '1';
}

int port_open(const char *name) {
  int folder = openat(sys_fd, PORTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *ports = folder < 0 ? NULL : fdopendir(folder);
  if (ports == NULL) return -1;
  int device = -1;
  struct dirent *entry;
  while (device < 0 && (entry = readdir(ports)) != NULL) {
    int port = entry->d_name[0] == '.' ? -1 : openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (port < 0) continue;
    /* devtmpfs has the kernel's own names, whatever udev makes of them. */
    if (has_name(port, name)) device = openat(dev_fd, entry->d_name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    close(port);
  }
  closedir(ports);
  return device;
}
