/* macOS's clonefile(2), which darwin.c implements over Linux's FICLONE. */
#ifndef SYS_CLONEFILE_H
#define SYS_CLONEFILE_H

#include <stdint.h>

int clonefile(const char *from, const char *to, uint32_t flags);

#endif
