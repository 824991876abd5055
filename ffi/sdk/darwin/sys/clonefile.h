/* What snapvm uses of macOS's header of this name, for the library that Linux builds: see Foundation/Foundation.h. */
#ifndef SYS_CLONEFILE_H
#define SYS_CLONEFILE_H

#include <stdint.h>

int clonefile(const char *from, const char *to, uint32_t flags);

#endif
