/* A filesystem that only the agent sees: it is in no tree, and lives as long as its descriptor. No switch of root takes it away. */
#ifndef SNAPVM_PRIVATE_MOUNT_H
#define SNAPVM_PRIVATE_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

/* Mounts a filesystem of TYPE and gives a descriptor of its root, or -1. */
int private_mount(const char *type);

/* Reads the first line of a file in one of them; without its end, and an empty one if there is none. */
bool read_line(int folder, const char *path, char *line, size_t size);

/* The agent's own proc, sysfs and devtmpfs. */
extern int proc_fd, sys_fd, dev_fd;

/* Whether this is a guest, whose clock and power are ours. For tests the agent serves the system that it was started on. */
extern bool is_guest;

#endif
