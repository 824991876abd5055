/* Folders of the host, swap space, and a root filesystem that grows. Each function may wait: call it in a process of its
 * own. */
#ifndef SNAPVM_MOUNT_H
#define SNAPVM_MOUNT_H

#include <stdbool.h>

/* Why something could not be done: the end of a sentence, and the number of its error or 0. */
struct mount_failure {
  int error;
  char text[160];
};

/* Mounts the share TAG by TYPE, "virtiofs" or "9p", at the absolute PATH, whose folders are made if they are not there. */
bool mount_share(const char *type, const char *tag, const char *path, bool read_only, struct mount_failure *failure);

/* Takes the mount at PATH away, also if something in it is still in use. */
bool unmount_share(const char *path, struct mount_failure *failure);

/* Makes the disk with this serial number swap space. SYS and DEV are descriptors of a sysfs and a devtmpfs. */
bool swap_on_disk(int sys, int dev, const char *serial, struct mount_failure *failure);

/* Grows the filesystem at the descriptor ROOT to the size of its disk. A filesystem that has it already is left alone. */
bool grow_filesystem(int sys, int root, struct mount_failure *failure);

#endif
