/* Bytes that grow up to a limit, and failures in words. */
#ifndef SNAPVM_TAR_TEXT_H
#define SNAPVM_TAR_TEXT_H

#include <stddef.h>

#include "tar.h"

struct tar_bytes {
  char *data;
  size_t length;
  size_t capacity;
  size_t limit;
};

/* The size of a number's decimal digits. */
size_t tar_digits(uint64_t number);

/* Appends; false if the limit or the memory does not allow it. There is always a NUL after the bytes. */
bool tar_append(struct tar_bytes *bytes, const void *data, size_t length);
bool tar_append_text(struct tar_bytes *bytes, const char *text);
bool tar_append_number(struct tar_bytes *bytes, uint64_t number);
void tar_free(struct tar_bytes *bytes);

/* Sets the failure to SUBJECT and WHY, and the error's words if there is an error. The first failure stays. Gives
 * false. */
bool tar_fail(struct tar_failure *failure, const char *subject, const char *why, int error);

#endif
