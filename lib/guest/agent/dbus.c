#include <string.h>

#include "dbus.h"
#include "frame.h"

enum {
  HEADER_SIZE = 16,
  METHOD_CALL = 1,
  METHOD_RETURN = 2,
  SIGNAL = 4,
  FIELD_PATH = 1,
  FIELD_INTERFACE = 2,
  FIELD_MEMBER = 3,
  FIELD_DESTINATION = 6,
  FIELD_SIGNATURE = 8,
  /* The specification's own limit. */
  MAX_SIZE = 128 * 1024 * 1024,
};

/* Bytes that are read one value after the other. What is not there makes it fail, once and for all. */
struct cursor {
  const uint8_t *bytes;
  size_t length;
  size_t offset;
  bool has_failed;
};

static size_t aligned(size_t offset, size_t alignment) { return (offset + alignment - 1) / alignment * alignment; }

static const uint8_t *take(struct cursor *cursor, size_t alignment, size_t length) {
  size_t offset = aligned(cursor->offset, alignment);
  if (cursor->has_failed || offset > cursor->length || length > cursor->length - offset) {
    cursor->has_failed = true;
    return NULL;
  }
  cursor->offset = offset + length;
  return cursor->bytes + offset;
}

static uint32_t take_number(struct cursor *cursor) {
  const uint8_t *bytes = take(cursor, 4, 4);
  return bytes == NULL ? 0 : read_u32(bytes);
}

static uint8_t take_byte(struct cursor *cursor) {
  const uint8_t *bytes = take(cursor, 1, 1);
  return bytes == NULL ? 0 : *bytes;
}

/* A string of LENGTH bytes and its NUL. */
static const char *take_characters(struct cursor *cursor, size_t length) {
  if (length >= DBUS_MAX_MESSAGE) cursor->has_failed = true;
  const uint8_t *bytes = take(cursor, 1, length + 1);
  if (bytes == NULL || bytes[length] != '\0' || memchr(bytes, '\0', length) != NULL) {
    cursor->has_failed = true;
    return NULL;
  }
  return (const char *)bytes;
}

static const char *take_string(struct cursor *cursor) {
  uint32_t length = take_number(cursor);
  return cursor->has_failed ? NULL : take_characters(cursor, length);
}

static const char *take_signature(struct cursor *cursor) {
  uint8_t length = take_byte(cursor);
  return cursor->has_failed ? NULL : take_characters(cursor, length);
}

/* One header field: its code, and a variant. */
static void read_field(struct cursor *cursor, struct dbus_message *message) {
  take(cursor, 8, 0);
  uint8_t code = take_byte(cursor);
  const char *signature = take_signature(cursor);
  if (signature == NULL) return;
  const char *text = NULL;
  if (strcmp(signature, "s") == 0 || strcmp(signature, "o") == 0) text = take_string(cursor);
  else if (strcmp(signature, "g") == 0) text = take_signature(cursor);
  else if (strcmp(signature, "u") == 0) take_number(cursor);
  else cursor->has_failed = true;
  if (code == FIELD_MEMBER) message->member = text;
  if (code == FIELD_SIGNATURE) message->signature = text;
}

enum dbus_result dbus_read(struct dbus_reader *reader, struct dbus_message *message) {
  if (reader->to_skip > 0) {
    size_t now = reader->to_skip < reader->filled ? reader->to_skip : reader->filled;
    reader->filled -= now;
    reader->to_skip -= (uint32_t)now;
    memmove(reader->bytes, reader->bytes + now, reader->filled);
  }
  if (reader->filled < HEADER_SIZE) return DBUS_INCOMPLETE;
  /* systemd writes in its processor's own order, and all of ours are little-endian. */
  if (reader->bytes[0] != 'l' || reader->bytes[3] != 1) return DBUS_BROKEN;
  size_t body_length = read_u32(reader->bytes + 4), fields_length = read_u32(reader->bytes + 12);
  if (body_length > MAX_SIZE || fields_length > MAX_SIZE) return DBUS_BROKEN;
  size_t body = aligned(HEADER_SIZE + fields_length, 8);
  if (body + body_length > sizeof reader->bytes) {
    reader->to_skip = (uint32_t)(body + body_length);
    return dbus_read(reader, message);
  }
  if (reader->filled < body + body_length) return DBUS_INCOMPLETE;
  *message = (struct dbus_message){.type = reader->bytes[1],
                                   .size = body + body_length,
                                   .member = NULL,
                                   .signature = NULL,
                                   .body = reader->bytes + body,
                                   .body_length = body_length};
  struct cursor fields = {reader->bytes, HEADER_SIZE + fields_length, HEADER_SIZE, false};
  while (!fields.has_failed && fields.offset < fields.length) read_field(&fields, message);
  return fields.has_failed ? DBUS_BROKEN : DBUS_COMPLETE;
}

void dbus_drop(struct dbus_reader *reader, const struct dbus_message *message) {
  reader->filled -= message->size;
  memmove(reader->bytes, reader->bytes + message->size, reader->filled);
}

/* Bytes that are written one value after the other. */
struct writer {
  uint8_t *bytes;
  size_t size;
  size_t length;
  bool is_full;
};

static void put(struct writer *writer, size_t alignment, const void *bytes, size_t length) {
  size_t offset = aligned(writer->length, alignment);
  if (writer->is_full || offset + length > writer->size) {
    writer->is_full = true;
    return;
  }
  memset(writer->bytes + writer->length, 0, offset - writer->length);
  memcpy(writer->bytes + offset, bytes, length);
  writer->length = offset + length;
}

static void put_number(struct writer *writer, uint32_t number) {
  uint8_t bytes[4];
  write_u32(bytes, number);
  put(writer, 4, bytes, sizeof bytes);
}

static void put_string(struct writer *writer, const char *text) {
  put_number(writer, (uint32_t)strlen(text));
  put(writer, 1, text, strlen(text) + 1);
}

static void put_field(struct writer *writer, uint8_t code, char type, const char *text) {
  const char head[] = {(char)code, 1, type, '\0'};
  put(writer, 8, head, sizeof head);
  if (type != 'g') {
    put_string(writer, text);
    return;
  }
  const uint8_t length = (uint8_t)strlen(text);
  put(writer, 1, &length, 1);
  put(writer, 1, text, length + 1u);
}

size_t dbus_call(uint8_t *bytes, size_t size, uint32_t serial, const char *path, const char *interface, const char *member,
                 const char *first, const char *second) {
  struct writer writer = {bytes, size, 0, false};
  const char head[] = {'l', METHOD_CALL, 0, 1};
  put(&writer, 1, head, sizeof head);
  put_number(&writer, 0);
  put_number(&writer, serial);
  put_number(&writer, 0);
  put_field(&writer, FIELD_PATH, 'o', path);
  put_field(&writer, FIELD_INTERFACE, 's', interface);
  put_field(&writer, FIELD_MEMBER, 's', member);
  put_field(&writer, FIELD_DESTINATION, 's', "org.freedesktop.systemd1");
  if (first != NULL) put_field(&writer, FIELD_SIGNATURE, 'g', second == NULL ? "s" : "ss");
  size_t fields_end = writer.length;
  put(&writer, 8, "", 0);
  size_t body = writer.length;
  if (first != NULL) put_string(&writer, first);
  if (second != NULL) put_string(&writer, second);
  if (writer.is_full) return 0;
  write_u32(bytes + 4, (uint32_t)(writer.length - body));
  write_u32(bytes + 12, (uint32_t)(fields_end - HEADER_SIZE));
  return writer.length;
}

static bool has_signature(const struct dbus_message *message, const char *signature) {
  return message->signature != NULL && strcmp(message->signature, signature) == 0;
}

bool dbus_is_signal(const struct dbus_message *message, const char *member) {
  return message->type == SIGNAL && message->member != NULL && strcmp(message->member, member) == 0;
}

bool dbus_job_removed(const struct dbus_message *message, const char **unit, const char **result) {
  if (!dbus_is_signal(message, "JobRemoved") || !has_signature(message, "uoss")) return false;
  struct cursor body = {message->body, message->body_length, 0, false};
  take_number(&body);
  take_string(&body);
  *unit = take_string(&body);
  *result = take_string(&body);
  return !body.has_failed;
}

bool dbus_text_reply(const struct dbus_message *message, const char **text) {
  if (message->type != METHOD_RETURN || !has_signature(message, "v")) return false;
  struct cursor body = {message->body, message->body_length, 0, false};
  const char *signature = take_signature(&body);
  if (signature == NULL || strcmp(signature, "s") != 0) return false;
  *text = take_string(&body);
  return !body.has_failed;
}
