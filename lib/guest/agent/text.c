#include <errno.h>
#include <string.h>

#include "text.h"

void text_add_bytes(struct text *text, const char *bytes, size_t length) {
  size_t room = text->capacity - text->length - 1;
  if (length > room) length = room;
  memcpy(text->data + text->length, bytes, length);
  text->length += length;
  text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string) { text_add_bytes(text, string, strlen(string)); }

void text_add_number(struct text *text, uint64_t number) {
  char digits[20];
  size_t first = sizeof digits;
  do digits[--first] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  text_add_bytes(text, digits + first, sizeof digits - first);
}

void text_add_field(struct text *text, const char *name, const char *value) {
  /* Cut off the value rather than the NUL that ends the field. */
  size_t room = text->capacity - text->length;
  size_t name_length = strlen(name);
  if (room < name_length + 3) return;
  text_add_bytes(text, name, name_length);
  text_add(text, "=");
  size_t length = strlen(value);
  room = text->capacity - text->length - 2;
  text_add_bytes(text, value, length < room ? length : room);
  text_add_bytes(text, "", 1);
}

void text_add_number_field(struct text *text, const char *name, uint64_t value) {
  TEXT(digits, 24);
  text_add_number(&digits, value);
  text_add_field(text, name, digits.data);
}

void text_add_time_field(struct text *text, const char *name, int64_t milliseconds) {
  TEXT(seconds, 32);
  text_add_number(&seconds, (uint64_t)milliseconds / 1000);
  text_add(&seconds, ".");
  for (uint64_t unit = 100; unit > 0; unit /= 10) text_add_number(&seconds, (uint64_t)milliseconds / unit % 10);
  text_add_field(text, name, seconds.data);
}

bool parse_number(const char *string, uint64_t max, uint64_t *number) {
  uint64_t value = 0;
  if (*string == '\0') return false;
  for (; *string != '\0'; string++) {
    if (*string < '0' || *string > '9') return false;
    uint64_t digit = (uint64_t)(*string - '0');
    if (value > (max - digit) / 10) return false;
    value = value * 10 + digit;
  }
  *number = value;
  return value <= max;
}

const char *after(const char *string, const char *prefix) {
  size_t length = strlen(prefix);
  return strncmp(string, prefix, length) == 0 ? string + length : NULL;
}

const char *error_name(int error) {
  switch (error) {
#define NAME(error) \
  case error:       \
    return #error;
    NAME(EPERM)
    NAME(ENOENT)
    NAME(ESRCH)
    NAME(EINTR)
    NAME(EIO)
    NAME(ENXIO)
    NAME(E2BIG)
    NAME(ENOEXEC)
    NAME(EBADF)
    NAME(EAGAIN)
    NAME(ENOMEM)
    NAME(EACCES)
    NAME(EBUSY)
    NAME(EEXIST)
    NAME(ENODEV)
    NAME(ENOTDIR)
    NAME(EISDIR)
    NAME(EINVAL)
    NAME(ENFILE)
    NAME(EMFILE)
    NAME(ETXTBSY)
    NAME(EFBIG)
    NAME(ENOSPC)
    NAME(EROFS)
    NAME(EMLINK)
    NAME(EPIPE)
    NAME(ENAMETOOLONG)
    NAME(ENOSYS)
    NAME(ELOOP)
    NAME(EOVERFLOW)
    NAME(EOPNOTSUPP)
    NAME(EADDRNOTAVAIL)
    NAME(ENETUNREACH)
    NAME(ECONNRESET)
    NAME(ETIMEDOUT)
    NAME(ECONNREFUSED)
    NAME(EHOSTUNREACH)
    NAME(EPROTO)
    NAME(ESTALE)
    NAME(EDQUOT)
#undef NAME
    default:
      return "EUNKNOWN";
  }
}
