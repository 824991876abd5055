#include <string.h>

#include "frame.h"

uint16_t read_u16(const uint8_t *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }

uint32_t read_u32(const uint8_t *bytes) { return read_u16(bytes) | (uint32_t)read_u16(bytes + 2) << 16; }

void write_u32(uint8_t *bytes, uint32_t number) {
  for (int index = 0; index < 4; index++) bytes[index] = (uint8_t)(number >> 8 * index);
}

void frame_write_header(uint8_t *bytes, uint32_t stream, enum frame_type type, uint8_t channel, size_t length) {
  write_u32(bytes, stream);
  bytes[4] = (uint8_t)length;
  bytes[5] = (uint8_t)(length >> 8);
  bytes[6] = (uint8_t)type;
  bytes[7] = channel;
}

/* Fills the reader up to SIZE bytes. */
static bool fill(struct frame_reader *reader, size_t size, const uint8_t *bytes, size_t length, size_t *taken) {
  if (reader->filled < size) {
    size_t wanted = size - reader->filled;
    size_t left = length - *taken;
    size_t more = wanted < left ? wanted : left;
    memcpy(reader->bytes + reader->filled, bytes + *taken, more);
    reader->filled += more;
    *taken += more;
  }
  return reader->filled >= size;
}

/* False if it is none. */
static bool read_header(const uint8_t *bytes, struct frame *frame) {
  frame->stream = read_u32(bytes);
  frame->length = read_u16(bytes + 4);
  frame->type = bytes[6];
  frame->channel = bytes[7];
  frame->payload = bytes + FRAME_HEADER_SIZE;
  return frame->length <= FRAME_MAX_PAYLOAD && frame->channel < CHANNELS;
}

enum frame_result frame_read(struct frame_reader *reader, const uint8_t *bytes, size_t length, size_t *taken,
                             struct frame *frame) {
  *taken = 0;
  if (reader->filled == 0 && length >= FRAME_HEADER_SIZE) {
    if (!read_header(bytes, frame)) return FRAME_BROKEN;
    size_t size = FRAME_HEADER_SIZE + frame->length;
    /* A frame that is not cut needs no copy. */
    if (length >= size) {
      *taken = size;
      return FRAME_COMPLETE;
    }
  }
  if (!fill(reader, FRAME_HEADER_SIZE, bytes, length, taken)) return FRAME_INCOMPLETE;
  if (!read_header(reader->bytes, frame)) return FRAME_BROKEN;
  if (!fill(reader, FRAME_HEADER_SIZE + frame->length, bytes, length, taken)) return FRAME_INCOMPLETE;
  reader->filled = 0;
  return FRAME_COMPLETE;
}
