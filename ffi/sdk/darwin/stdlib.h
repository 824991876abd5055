/* What snapvm uses of macOS's header of this name, for the library that Linux builds: see Foundation/Foundation.h. */
#ifndef STDLIB_H
#define STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void free(void *memory);

#endif
