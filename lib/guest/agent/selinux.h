/* A guest that enforces an SELinux policy: what the agent's processes may do there. */
#ifndef SNAPVM_SELINUX_H
#define SNAPVM_SELINUX_H

#include <stdbool.h>
#include <stddef.h>

/* Gives this process the domain of process 1, if there are domains. The agent itself was there before the policy, in the
 * kernel's own domain, which may neither ask systemd nor send it a signal. */
void selinux_become_init(void);

/* Has the next program that is executed run in a domain in which nothing is forbidden: the policy's next one, counted by
 * CHOICE, which begins at 0. False if there is no other one. The policy may still refuse to execute the program there
 * (EACCES). */
bool selinux_choose_domain(size_t *choice);

/* Gives FOLDER and FILE the context that MODEL has, with another type. Nothing is done if MODEL has none: its filesystem
 * was not labelled. */
void selinux_label(const char *model, const char *type, const char *folder, int file);

/* A stream socket of AF_UNIX that is process 1's own in the eyes of those who accept it; -1 if there is none. */
int selinux_init_socket(void);

#endif
