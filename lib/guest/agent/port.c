#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "port.h"
#include "private_mount.h"
#include "text.h"

/* The kernel's Documentation/ABI/testing/sysfs-class-virtio-ports. */
static const char PORTS[] = "class/virtio-ports";

static bool has_name(int port, const char *name) {
  char text[128];
  int file = openat(port, "name", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length < 0) return false;
  text[length] = '\0';
  text[strcspn(text, "\n")] = '\0';
  return strcmp(text, name) == 0;
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
