/* The part of macOS's header that snapvm uses, for builds on Linux: see Foundation/Foundation.h. */
#ifndef STRING_H
#define STRING_H

#include <stddef.h>

void *memchr(const void *bytes, int byte, size_t length);
void *memcpy(void *target, const void *source, size_t length);
void *memset(void *target, int byte, size_t length);
size_t strlen(const char *string);
char *strerror(int number);

#endif
