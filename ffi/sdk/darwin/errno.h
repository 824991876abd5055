/* The part of macOS's header that snapvm uses, for builds on Linux: see Foundation/Foundation.h. */
#ifndef ERRNO_H
#define ERRNO_H

int *__error(void);
#define errno (*__error())

#define EINTR 4
#define ENXIO 6
#define ENOMEM 12
#define ENAMETOOLONG 63

#endif
