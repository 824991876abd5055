/* The fields of a frame: strings, each ended by a NUL, "name=value"; the first may be a word alone. */
#ifndef SNAPVM_FIELDS_H
#define SNAPVM_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

enum {
  /* As much as the kernel lets a program's arguments and environment be. */
  FIELDS_MAX_SIZE = 2 * 1024 * 1024,
};

struct fields {
  /* Ends with a NUL, or is empty. */
  char *data;
  size_t length;
};

/* Adds bytes to the fields. False if that is more than is allowed, or there is no memory. */
bool fields_append(struct fields *fields, const void *bytes, size_t length);

/* Whether these are fields: nothing after the last NUL. */
bool fields_are_whole(const struct fields *fields);

/* The string after CURRENT, the first one after NULL; NULL at the end. */
char *fields_next(const struct fields *fields, const char *current);

/* The value of the first field with this name, or NULL. */
const char *fields_value(const struct fields *fields, const char *name);

/* How many fields have this name. */
size_t fields_count(const struct fields *fields, const char *name);

/* Whether each field but the first has one of the NAMES, which a NULL ends. */
bool fields_are_known(const struct fields *fields, const char *const names[]);

void fields_free(struct fields *fields);

#endif
