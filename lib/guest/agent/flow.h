/* How a stream's bytes move, and when it is done. */
#ifndef SNAPVM_FLOW_H
#define SNAPVM_FLOW_H

#include <poll.h>
#include <stdbool.h>

#include "output.h"
#include "stream.h"

enum {
  /* How many descriptors of a stream are waited for at most. */
  FLOW_POLLS = CHANNELS + 1,
};

struct stream *flow_new(uint32_t id);
void flow_free(struct stream *stream);

/* Begins what the stream's fields ask for; false with the reason in RESULT. */
bool flow_open(struct stream *stream, struct text *result);

/* Takes a frame of the host for an open stream. Gives the end of a sentence if the host may not send that. */
const char *flow_take(struct stream *stream, const struct frame *frame);

/* Asks whether the stream's process has ended. */
void flow_reap(struct stream *stream);

/* Sets what to wait for, and gives how many that are. If the output IS_BUSY nothing is read. */
nfds_t flow_polls(const struct stream *stream, bool is_busy, struct pollfd *polls);

int64_t flow_rests_until(const struct stream *stream);

/* Moves at most one frame in each direction. Gives whether there may be more. */
bool flow_move(struct stream *stream, struct output *output);

/* Whether nothing more will come, and everything that came was sent. */
bool flow_is_done(const struct stream *stream);

/* What became of the stream. */
void flow_result(const struct stream *stream, struct text *result);

#endif
