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

/* The name of each error, and its words. */
static const struct {
  uint8_t number;
  const char *name;
} errors[] = {
#define ERROR(name, words) {name, #name "\0" words},
    ERROR(EPERM, "Operation not permitted")
    ERROR(ENOENT, "No such file or directory")
    ERROR(ESRCH, "No such process")
    ERROR(EIO, "Input/output error")
    ERROR(ENXIO, "No such device or address")
    ERROR(E2BIG, "Argument list too long")
    ERROR(ENOEXEC, "Exec format error")
    ERROR(EBADF, "Bad file descriptor")
    ERROR(EAGAIN, "Resource temporarily unavailable")
    ERROR(ENOMEM, "Cannot allocate memory")
    ERROR(EACCES, "Permission denied")
    ERROR(EBUSY, "Device or resource busy")
    ERROR(EEXIST, "File exists")
    ERROR(EXDEV, "Invalid cross-device link")
    ERROR(ENODEV, "No such device")
    ERROR(ENOTDIR, "Not a directory")
    ERROR(EISDIR, "Is a directory")
    ERROR(EINVAL, "Invalid argument")
    ERROR(ENFILE, "Too many open files in system")
    ERROR(EMFILE, "Too many open files")
    ERROR(ETXTBSY, "Text file busy")
    ERROR(EFBIG, "File too large")
    ERROR(ENOSPC, "No space left on device")
    ERROR(EROFS, "Read-only file system")
    ERROR(EMLINK, "Too many links")
    ERROR(EPIPE, "Broken pipe")
    ERROR(ENAMETOOLONG, "File name too long")
    ERROR(ENOSYS, "Function not implemented")
    ERROR(ENOTEMPTY, "Directory not empty")
    ERROR(ELOOP, "Too many levels of symbolic links")
    ERROR(EPROTO, "Protocol error")
    ERROR(EOVERFLOW, "Value too large for defined data type")
    ERROR(EOPNOTSUPP, "Operation not supported")
    ERROR(EAFNOSUPPORT, "Address family not supported by protocol")
    ERROR(EADDRNOTAVAIL, "Cannot assign requested address")
    ERROR(ENETUNREACH, "Network is unreachable")
    ERROR(ECONNRESET, "Connection reset by peer")
    ERROR(ETIMEDOUT, "Connection timed out")
    ERROR(ECONNREFUSED, "Connection refused")
    ERROR(EHOSTUNREACH, "No route to host")
    ERROR(ESTALE, "Stale file handle")
    ERROR(EDQUOT, "Disk quota exceeded")
#undef ERROR
};

static const char *find_error(int error) {
  for (size_t index = 0; index < sizeof errors / sizeof *errors; index++) {
    if (errors[index].number == error) return errors[index].name;
  }
  return "EUNKNOWN\0Unknown error";
}

const char *error_name(int error) { return find_error(error); }

const char *error_words(int error) {
  const char *name = find_error(error);
  return name + strlen(name) + 1;
}
