/* The control groups of what the agent starts: one for each stream, in a mount of cgroup2 that only the agent sees. */
#ifndef SNAPVM_CONTROL_GROUP_H
#define SNAPVM_CONTROL_GROUP_H

#include <stdint.h>
#include <sys/types.h>

/* A descriptor of the root of all groups; -1 if the kernel has none. */
int control_group_hierarchy(void);

/* Forks into the group of a stream, which it makes, if the kernel has control groups. */
pid_t control_group_fork(uint32_t stream);

/* Kills everything in the group of a stream. */
void control_group_kill(uint32_t stream);

/* Removes the groups that nothing is in any more. */
void control_group_remove(void);

#endif
