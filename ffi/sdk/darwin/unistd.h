/* The part of macOS's header that snapvm uses, for builds on Linux: see Foundation/Foundation.h. */
#ifndef UNISTD_H
#define UNISTD_H

#include <sys/types.h>

#define SEEK_END 2
#define SEEK_HOLE 3
#define SEEK_DATA 4

int close(int descriptor);
int ftruncate(int descriptor, off_t length);
off_t lseek(int descriptor, off_t offset, int whence);
ssize_t pread(int descriptor, void *buffer, size_t length, off_t offset);
ssize_t pwrite(int descriptor, const void *buffer, size_t length, off_t offset);
int unlink(const char *path);

#endif
