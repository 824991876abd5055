/* Strings without the standard library's formatted output, which alone is larger than all the rest. */
#ifndef SNAPVM_TEXT_H
#define SNAPVM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A string that is put together in memory of the caller. What does not fit is cut off. */
struct text {
  char *data;
  size_t length;
  size_t capacity;
};

#define TEXT(name, size)      \
  char name##_memory[size];   \
  struct text name = {name##_memory, 0, size}; \
  name##_memory[0] = '\0'

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_number(struct text *text, uint64_t number);

/* A field of a frame: NAME=VALUE and a NUL. */
void text_add_field(struct text *text, const char *name, const char *value);
void text_add_number_field(struct text *text, const char *name, uint64_t value);

/* The same for a time: seconds, with three digits of fractions. */
void text_add_time_field(struct text *text, const char *name, int64_t milliseconds);

/* A decimal number that fills the whole string and is not larger than MAX. */
bool parse_number(const char *string, uint64_t max, uint64_t *number);

/* The kernel's name of an error, "ENOENT". */
const char *error_name(int error);

/* Waits, unless a signal comes. */
void pause_ms(int milliseconds);

/* What strerror(3) says, of the errors that happen here. */
const char *error_words(int error);

/* If STRING begins with PREFIX, what follows; NULL otherwise. */
const char *after(const char *string, const char *prefix);

#endif
