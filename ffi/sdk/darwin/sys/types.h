/* The part of macOS's header that snapvm uses, for builds on Linux: see Foundation/Foundation.h. */
#ifndef SYS_TYPES_H
#define SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef long ssize_t;
typedef int64_t off_t;
typedef uint32_t socklen_t;

#endif
