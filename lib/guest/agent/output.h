/* What waits to be written to the host. */
#ifndef SNAPVM_OUTPUT_H
#define SNAPVM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

enum {
  /* While more waits than this, nothing is done that would add to it. */
  OUTPUT_BUSY = 2 * FRAME_MAX_SIZE,
  /* Room for what one frame of the host and the end of every stream can bring beyond that. */
  OUTPUT_SIZE = 512 * 1024,
};

struct output {
  int fd;
  size_t start;
  size_t end;
  /* Where the frame ends that is being written. */
  size_t whole;
  uint8_t bytes[OUTPUT_SIZE];
  /* Where a payload is gathered that is not copied, and how much of it and its header goes before `bytes`. */
  int payload[2];
  int frame[2];
  size_t spliced;
};

/* Begins anew, to write to FD. */
void output_begin(struct output *output, int fd);

bool output_is_busy(const struct output *output);
bool output_is_empty(const struct output *output);

/* Adds a frame of at most FRAME_MAX_PAYLOAD bytes. */
void output_add(struct output *output, uint32_t stream, enum frame_type type, uint8_t channel, const void *payload,
                size_t length);

/* Room for a frame with up to FRAME_MAX_PAYLOAD bytes that the caller puts there before it calls output_commit. */
uint8_t *output_reserve(struct output *output);
void output_commit(struct output *output, uint32_t stream, enum frame_type type, uint8_t channel, size_t length);

/* Adds a frame with up to LENGTH bytes of a pipe, without a copy of them. Gives how many it took: 0 if it has to be done
 * with a copy. */
size_t output_splice(struct output *output, uint32_t stream, uint8_t channel, int pipe, size_t length);

/* Writes what can be written without waiting. False if nobody can read any more. */
bool output_flush(struct output *output);

#endif
