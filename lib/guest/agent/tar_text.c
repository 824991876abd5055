#include "tar_text.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

size_t tar_digits(uint64_t number) {
  size_t digits = 1;
  for (; number >= 10; number /= 10) digits++;
  return digits;
}

bool tar_append(struct tar_bytes *bytes, const void *data, size_t length) {
  if (length > bytes->limit || bytes->length > bytes->limit - length) return false;
  size_t needed = bytes->length + length + 1;
  if (needed > bytes->capacity) {
    size_t capacity = bytes->capacity < 256 ? 256 : bytes->capacity;
    while (capacity < needed) capacity *= 2;
    char *grown = realloc(bytes->data, capacity);
    if (grown == NULL) return false;
    bytes->data = grown;
    bytes->capacity = capacity;
  }
  if (length > 0) memcpy(bytes->data + bytes->length, data, length);
  bytes->length += length;
  bytes->data[bytes->length] = '\0';
  return true;
}

bool tar_append_text(struct tar_bytes *bytes, const char *text) {
  return tar_append(bytes, text, strlen(text));
}

bool tar_append_number(struct tar_bytes *bytes, uint64_t number) {
  char digits[20];
  size_t start = sizeof digits;
  do digits[--start] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  return tar_append(bytes, digits + start, sizeof digits - start);
}

void tar_free(struct tar_bytes *bytes) {
  free(bytes->data);
  bytes->data = NULL;
  bytes->length = bytes->capacity = 0;
}

bool tar_fail(struct tar_failure *failure, const char *subject, const char *why, int error) {
  if (failure->text[0] != '\0') return false;
  const char *parts[] = {subject, subject[0] != '\0' ? " " : "", why, error != 0 ? ": " : "",
                         error != 0 ? error_words(error) : ""};
  size_t used = 0;
  for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
    size_t length = strlen(parts[part]);
    size_t room = sizeof failure->text - 1 - used;
    /* A long name must not push out the reason. */
    if (part == 0 && length > sizeof failure->text / 2) length = sizeof failure->text / 2;
    if (length > room) length = room;
    memcpy(failure->text + used, parts[part], length);
    used += length;
  }
  failure->text[used] = '\0';
  failure->error = error;
  return false;
}
