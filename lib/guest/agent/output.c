#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "port.h"

enum {
  /* Twice what a pipe of a payload has, so that all of that fits beside its header. */
  FRAME_PIPE_SIZE = 128 * 1024,
};

static void close_pipe(int ends[2]) {
  if (ends[0] == ends[1]) return;
  close(ends[0]);
  close(ends[1]);
  ends[0] = ends[1] = 0;
}

void output_begin(struct output *output, int fd) {
  output->fd = fd;
  output->start = output->end = output->whole = 0;
  output->spliced = 0;
  /* What another host was to get may be in them. */
  close_pipe(output->payload);
  close_pipe(output->frame);
  if (!port_takes_pages(fd) || pipe2(output->payload, O_CLOEXEC) < 0) return;
  bool is_made = pipe2(output->frame, O_CLOEXEC) == 0;
  if (is_made && fcntl(output->frame[1], F_SETPIPE_SZ, FRAME_PIPE_SIZE) >= FRAME_PIPE_SIZE) return;
  close_pipe(output->payload);
  close_pipe(output->frame);
}

bool output_is_busy(const struct output *output) { return output->end - output->start > OUTPUT_BUSY; }

bool output_is_empty(const struct output *output) {
  return output->end == output->start && output->spliced == 0;
}

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

size_t output_splice(struct output *output, uint32_t stream, uint8_t channel, int pipe, size_t length) {
  if (output->frame[0] == output->frame[1] || !output_is_empty(output)) return 0;
  ssize_t moved = splice(pipe, NULL, output->payload[1], NULL, length, SPLICE_F_NONBLOCK);
  if (moved <= 0) return 0;
  uint8_t header[FRAME_HEADER_SIZE];
  frame_write_header(header, stream, FRAME_DATA, channel, (size_t)moved);
  /* Neither of them waits: there is room for all of it. */
  output->spliced = (size_t)write(output->frame[1], header, sizeof header);
  output->spliced += (size_t)splice(output->payload[0], NULL, output->frame[1], NULL, (size_t)moved, 0);
  return (size_t)moved;
}

/* All of a frame at once: the driver makes one buffer of it. */
static bool flush_spliced(struct output *output) {
  while (output->spliced > 0) {
    ssize_t written = splice(output->frame[0], NULL, output->fd, NULL, output->spliced, SPLICE_F_NONBLOCK);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno == EAGAIN;
    /* The driver has lost it. */
    if (written == 0) return false;
    output->spliced -= (size_t)written;
  }
  return true;
}

bool output_flush(struct output *output) {
  if (!flush_spliced(output)) return false;
  while (output->spliced == 0 && output->end > output->start) {
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
