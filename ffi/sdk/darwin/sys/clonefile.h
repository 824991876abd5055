/* The part of macOS's header that snapvm uses, for builds on Linux: see Foundation/Foundation.h. */
#ifndef SYS_CLONEFILE_H
#define SYS_CLONEFILE_H

#include <stdint.h>

int clonefile(const char *from, const char *to, uint32_t flags);

#endif
