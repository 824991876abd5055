/* What the host wants the guest to be: docs/agent.md, the configuration. */
#ifndef SNAPVM_CONFIGURE_H
#define SNAPVM_CONFIGURE_H

#include "fields.h"

/* In the initramfs, again and again until the root filesystem is entered: the first time with the configuration. */
void configure_begin(const struct fields *configuration);

/* In the root filesystem, as soon as it is entered. */
void configure_root(const struct fields *configuration);

#endif
