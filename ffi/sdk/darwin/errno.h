/* What snapvm uses of macOS's header of this name, for the library that Linux builds: see Foundation/Foundation.h. */
#ifndef ERRNO_H
#define ERRNO_H

int *__error(void);
#define errno (*__error())

#define EINTR 4
#define ENXIO 6
#define ENOMEM 12
#define ENAMETOOLONG 63

#endif
