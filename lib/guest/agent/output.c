#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

bool output_is_busy(const struct output *output) { return output->end - output->start > OUTPUT_BUSY; }

bool output_is_empty(const struct output *output) { return output->end == output->start; }

uint8_t *output_reserve(struct output *output) {
  if (output->start > 0 && sizeof output->bytes - output->end < FRAME_MAX_SIZE) {
    memmove(output->bytes, output->bytes + output->start, output->end - output->start);
    output->end -= output->start;
    output->whole -= output->start;
    output->start = 0;
  }
  if (sizeof output->bytes - output->end < FRAME_MAX_SIZE) return NULL;
  return output->bytes + output->end + FRAME_HEADER_SIZE;
}

void output_commit(struct output *output, uint32_t stream, enum frame_type type, uint8_t channel, size_t length) {
  frame_write_header(output->bytes + output->end, stream, type, channel, length);
  output->end += FRAME_HEADER_SIZE + length;
}

void output_add(struct output *output, uint32_t stream, enum frame_type type, uint8_t channel, const void *payload,
                size_t length) {
  uint8_t *bytes = output_reserve(output);
  /* It cannot be full: nothing is taken from the host while the output is busy. */
  if (bytes == NULL || length > FRAME_MAX_PAYLOAD) return;
  memcpy(bytes, payload, length);
  output_commit(output, stream, type, channel, length);
}

bool output_flush(struct output *output) {
  while (!output_is_empty(output)) {
    /* Whole frames: the driver takes a buffer or leaves it, so that the end of this process never cuts one. */
    while (output->whole < output->end) {
      size_t next = output->whole + FRAME_HEADER_SIZE + read_u16(output->bytes + output->whole + 4);
      if (next - output->start > FRAME_MAX_SIZE) break;
      output->whole = next;
    }
    ssize_t written = write(output->fd, output->bytes + output->start, output->whole - output->start);
    if (written < 0) {
      if (errno == EINTR) continue;
      /* The driver says EPIPE or ENODEV of a port that is gone; a port without a listener just takes nothing. */
      return errno == EAGAIN;
    }
    output->start += (size_t)written;
    if (output_is_empty(output)) output->start = output->end = output->whole = 0;
  }
  return true;
}
