/* What the kernel does without an initramfs: the root filesystem of the command line, and the init in it. */
#ifndef SNAPVM_ROOT_MOUNT_H
#define SNAPVM_ROOT_MOUNT_H

#include <stdbool.h>

/* Mounts the root filesystem that the kernel command line names and goes there. */
bool root_mount_enter(void);

/* Executes the init that the command line names, or the first of the usual ones. Returns if there is none. */
void root_mount_execute(char **arguments);

#endif
