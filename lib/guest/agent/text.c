#include <poll.h>
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

/* The number of each error as a character, its name, and its words. The numbers are the same for all of our processors. */
static const char errors[] =
    "\001EPERM\0Operation not permitted\0"
    "\002ENOENT\0No such file or directory\0"
    "\003ESRCH\0No such process\0"
    "\005EIO\0Input/output error\0"
    "\006ENXIO\0No such device or address\0"
    "\007E2BIG\0Argument list too long\0"
    "\010ENOEXEC\0Exec format error\0"
    "\011EBADF\0Bad file descriptor\0"
    "\013EAGAIN\0Resource temporarily unavailable\0"
    "\014ENOMEM\0Cannot allocate memory\0"
    "\015EACCES\0Permission denied\0"
    "\020EBUSY\0Device or resource busy\0"
    "\021EEXIST\0File exists\0"
    "\022EXDEV\0Invalid cross-device link\0"
    "\023ENODEV\0No such device\0"
    "\024ENOTDIR\0Not a directory\0"
    "\025EISDIR\0Is a directory\0"
    "\026EINVAL\0Invalid argument\0"
    "\027ENFILE\0Too many open files in system\0"
    "\030EMFILE\0Too many open files\0"
    "\032ETXTBSY\0Text file busy\0"
    "\033EFBIG\0File too large\0"
    "\034ENOSPC\0No space left on device\0"
    "\036EROFS\0Read-only file system\0"
    "\040EPIPE\0Broken pipe\0"
    "\044ENAMETOOLONG\0File name too long\0"
    "\046ENOSYS\0Function not implemented\0"
    "\047ENOTEMPTY\0Directory not empty\0"
    "\050ELOOP\0Too many levels of symbolic links\0"
    "\107EPROTO\0Protocol error\0"
    "\113EOVERFLOW\0Value too large for defined data type\0"
    "\137EOPNOTSUPP\0Operation not supported\0"
    "\141EAFNOSUPPORT\0Address family not supported by protocol\0"
    "\143EADDRNOTAVAIL\0Cannot assign requested address\0"
    "\145ENETUNREACH\0Network is unreachable\0"
    "\150ECONNRESET\0Connection reset by peer\0"
    "\156ETIMEDOUT\0Connection timed out\0"
    "\157ECONNREFUSED\0Connection refused\0"
    "\161EHOSTUNREACH\0No route to host\0"
    "\172EDQUOT\0Disk quota exceeded\0"
    ;

static const char *find_error(int error) {
  const char *entry = errors;
  while (*entry != '\0' && (unsigned char)*entry != error) {
    entry += strlen(entry) + 1;
    entry += strlen(entry) + 1;
  }
  return *entry == '\0' ? "EUNKNOWN\0Unknown error" : entry + 1;
}

const char *error_name(int error) { return find_error(error); }

const char *error_words(int error) {
  const char *name = find_error(error);
  return name + strlen(name) + 1;
}

void pause_ms(int milliseconds) { poll(NULL, 0, milliseconds); }
