#include <stdlib.h>
#include <string.h>

#include "fields.h"

bool fields_append(struct fields *fields, const void *bytes, size_t length) {
  if (length == 0) return true;
  if (length > FIELDS_MAX_SIZE - fields->length) return false;
  char *data = realloc(fields->data, fields->length + length);
  if (data == NULL) return false;
  memcpy(data + fields->length, bytes, length);
  fields->data = data;
  fields->length += length;
  return true;
}

bool fields_are_whole(const struct fields *fields) {
  return fields->length > 0 && fields->data[fields->length - 1] == '\0';
}

char *fields_next(const struct fields *fields, const char *current) {
  size_t offset = current == NULL ? 0 : (size_t)(current - fields->data) + strlen(current) + 1;
  return offset < fields->length ? fields->data + offset : NULL;
}

static const char *value_of(const char *field, const char *name) {
  size_t length = strlen(name);
  return strncmp(field, name, length) == 0 && field[length] == '=' ? field + length + 1 : NULL;
}

const char *fields_value(const struct fields *fields, const char *name) {
  for (char *field = fields_next(fields, NULL); field != NULL; field = fields_next(fields, field)) {
    const char *value = value_of(field, name);
    if (value != NULL) return value;
  }
  return NULL;
}

size_t fields_count(const struct fields *fields, const char *name) {
  size_t count = 0;
  for (char *field = fields_next(fields, NULL); field != NULL; field = fields_next(fields, field)) {
    if (value_of(field, name) != NULL) count++;
  }
  return count;
}

bool fields_are_known(const struct fields *fields, const char *const names[]) {
  char *field = fields_next(fields, NULL);
  if (field == NULL) return true;
  while ((field = fields_next(fields, field)) != NULL) {
    const char *const *name = names;
    while (*name != NULL && value_of(field, *name) == NULL) name++;
    if (*name == NULL) return false;
  }
  return true;
}

void fields_free(struct fields *fields) {
  free(fields->data);
  fields->data = NULL;
  fields->length = 0;
}
