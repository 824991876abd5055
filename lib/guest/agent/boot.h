/* The first process of the guest. */
#ifndef SNAPVM_BOOT_H
#define SNAPVM_BOOT_H

/* Leaves the agent behind and becomes the image's own init. Returns only if there is none. */
int boot(char **arguments);

#endif
