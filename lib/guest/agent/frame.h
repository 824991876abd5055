/* The frames of the channel between host and agent: docs/agent.md. */
#ifndef SNAPVM_FRAME_H
#define SNAPVM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  FRAME_HEADER_SIZE = 8,
  FRAME_MAX_PAYLOAD = 32760,
  FRAME_MAX_SIZE = FRAME_HEADER_SIZE + FRAME_MAX_PAYLOAD,
  CHANNELS = 3,
  /* The credit with which each channel begins, in bytes. */
  WINDOW = 65536,
};

enum frame_type {
  FRAME_HELLO = 1,
  FRAME_PART,
  FRAME_OPEN,
  FRAME_OPENED,
  FRAME_DATA,
  FRAME_END,
  FRAME_CREDIT,
  FRAME_CLOSE,
  FRAME_RESIZE,
  FRAME_SIGNAL,
  FRAME_EVENT,
};

struct frame {
  uint32_t stream;
  uint16_t length;
  uint8_t type;
  uint8_t channel;
  const uint8_t *payload;
};

/* Puts frames together from bytes that come cut anywhere. */
struct frame_reader {
  size_t filled;
  uint8_t bytes[FRAME_MAX_SIZE];
};

enum frame_result {
  FRAME_INCOMPLETE,
  FRAME_COMPLETE,
  /* The bytes are no frames: there is no way to find the next one. */
  FRAME_BROKEN,
};

/* Takes bytes up to the end of one frame, and tells how many in TAKEN. The frame's payload is good until the next call, as long as BYTES are. */
enum frame_result frame_read(struct frame_reader *reader, const uint8_t *bytes, size_t length, size_t *taken,
                             struct frame *frame);

/* Writes a header of FRAME_HEADER_SIZE bytes. */
void frame_write_header(uint8_t *bytes, uint32_t stream, enum frame_type type, uint8_t channel, size_t length);

uint16_t read_u16(const uint8_t *bytes);
uint32_t read_u32(const uint8_t *bytes);
void write_u32(uint8_t *bytes, uint32_t number);

#endif
