/* Hands what libFuzzer makes up to each parser of bytes from outside. The first byte chooses the parser. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "connect.h"
#include "dbus.h"
#include "fields.h"
#include "frame.h"

/* What main.c has for the others. */
const char agent_build[] = "fuzz";

/* Frames are the same however their bytes are cut. */
static void read_frames(const uint8_t *data, size_t size, size_t step) {
  struct frame_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) abort();
  size_t end = 0, start = 0;
  bool is_broken = false;
  while (!is_broken && end < size) {
    end = size - end < step ? size : end + step;
    while (start < end) {
      struct frame frame;
      size_t taken;
      enum frame_result result = frame_read(reader, data + start, end - start, &taken, &frame);
      if (taken > end - start) abort();
      start += taken;
      if (result == FRAME_BROKEN) is_broken = true;
      if (result != FRAME_COMPLETE) break;
      volatile uint8_t sum = 0;
      for (size_t index = 0; index < frame.length; index++) sum = (uint8_t)(sum + frame.payload[index]);
    }
  }
  free(reader);
}

static void read_fields(const uint8_t *data, size_t size) {
  static const char *const names[] = {"argument", "user", NULL};
  struct fields fields = {NULL, 0};
  size_t half = size / 2;
  if (!fields_append(&fields, data, half) || !fields_append(&fields, data + half, size - half)) abort();
  if (fields_are_whole(&fields)) {
    fields_value(&fields, "user");
    fields_count(&fields, "argument");
    fields_are_known(&fields, names);
  }
  fields_free(&fields);
}

static void read_address(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL) abort();
  memcpy(text, data, size);
  text[size] = '\0';
  struct sockaddr_storage address;
  socklen_t length = 0;
  int type;
  if (connect_parse(text, &address, &length, &type) && length > sizeof address) abort();
  free(text);
}

static void read_messages(const uint8_t *data, size_t size) {
  struct dbus_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) abort();
  while (size > 0) {
    size_t room = sizeof reader->bytes - reader->filled;
    size_t length = size < room ? size : room;
    memcpy(reader->bytes + reader->filled, data, length);
    reader->filled += length;
    data += length;
    size -= length;
    struct dbus_message message;
    enum dbus_result result;
    while ((result = dbus_read(reader, &message)) == DBUS_COMPLETE) {
      const char *unit, *state;
      if (dbus_job_removed(&message, &unit, &state)) free(strdup(unit));
      if (dbus_text_reply(&message, &state)) free(strdup(state));
      dbus_drop(reader, &message);
    }
    if (result == DBUS_BROKEN) break;
  }
  free(reader);
}

static void read_addresses(const uint8_t *data, size_t size) {
  uint8_t *bytes = malloc(size + 1);
  if (bytes == NULL) abort();
  memcpy(bytes, data, size);
  TEXT(event, 256);
  addresses_read(bytes, size, &event);
  free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  uint8_t choice = *data++;
  size--;
  switch (choice % 6) {
    case 0: read_frames(data, size, size == 0 ? 1 : size); break;
    case 1: read_frames(data, size, 7); break;
    case 2: read_fields(data, size); break;
    case 3: read_address(data, size); break;
    case 4: read_messages(data, size); break;
    default: read_addresses(data, size); break;
  }
  return 0;
}
