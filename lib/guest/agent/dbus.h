/* The little of D-Bus that systemd's manager needs: calls with up to two strings, signals and replies with strings. */
#ifndef SNAPVM_DBUS_H
#define SNAPVM_DBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  /* Larger messages are skipped: none of those that are needed is. */
  DBUS_MAX_MESSAGE = 16384,
};

struct dbus_reader {
  size_t filled;
  /* What is left of a message that is too large. */
  uint32_t to_skip;
  uint8_t bytes[DBUS_MAX_MESSAGE];
};

/* A message in the reader's bytes. Its strings end with a NUL within it. */
struct dbus_message {
  uint8_t type;
  size_t size;
  const char *member;
  const char *signature;
  const uint8_t *body;
  size_t body_length;
};

enum dbus_result { DBUS_INCOMPLETE, DBUS_COMPLETE, DBUS_BROKEN };

/* Looks at the message at the front of the reader. */
enum dbus_result dbus_read(struct dbus_reader *reader, struct dbus_message *message);

/* Takes it off. */
void dbus_drop(struct dbus_reader *reader, const struct dbus_message *message);

/* Writes a call to systemd with no, one or two strings. Gives its size, 0 if it does not fit. */
size_t dbus_call(uint8_t *bytes, size_t size, uint32_t serial, const char *path, const char *interface, const char *member,
                 const char *first, const char *second);

bool dbus_is_signal(const struct dbus_message *message, const char *member);

/* The signal JobRemoved: a unit's name, and what became of the job. */
bool dbus_job_removed(const struct dbus_message *message, const char **unit, const char **result);

/* A reply whose only value is a variant with a string. */
bool dbus_text_reply(const struct dbus_message *message, const char **text);

#endif
