/* One stream: what the host has asked for, the process or socket that does it, and what flows between. */
#ifndef SNAPVM_STREAM_H
#define SNAPVM_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fields.h"
#include "frame.h"
#include "text.h"

struct kind;

enum {
  RESULT_MAX_SIZE = 8192,
  INPUT = 0,
  OUTPUT = 1,
  ERROR = 2,
};

struct stream {
  uint32_t id;
  struct fields request;
  const struct kind *kind;
  /* The process that does the work; 0 if there is none, or it has ended. */
  pid_t pid;
  int wait_status;
  bool has_ended;
  /* Our ends: INPUT is written, the others are read; -1 if closed. A socket and a terminal stand in two places. */
  int fds[CHANNELS];
  /* How much the process had written when it ended and the host has not got yet; -1 while it is not known. */
  int64_t remaining[CHANNELS];
  /* Whether the pipe has room for much. */
  bool is_wide[CHANNELS];
  bool is_terminal;
  bool is_socket;
  bool is_datagram;
  bool is_connecting;
  /* Where the process says what comes of it, in fields; -1 if it has said all. */
  int result_fd;
  bool is_opened;
  size_t result_length;
  char result[RESULT_MAX_SIZE];
  /* What the host has sent, and the process has not taken: a ring of `window` bytes. */
  uint8_t *input;
  size_t window;
  size_t input_start;
  size_t input_length;
  bool input_ended;
  /* What was taken, and not yet granted again. */
  uint32_t owed;
  /* Much was just taken and little is left: when to look for more, on the clock of now_ms(); 0 for at once. */
  int64_t rest_until[CHANNELS];
  /* What the host lets us send. */
  uint32_t credit[CHANNELS];
  /* The host has given it up: when to insist, on the clock of now_ms(); 0 if it has not. */
  int64_t kill_at;
};

/* A way to do what the host asks for. One of the two functions is there. */
struct kind {
  const char *name;
  /* The fields that it knows, and a NULL. */
  const char *const *fields;
  /* Runs in a process of its own, with the channels as its standard streams and nothing else of ours. Says what comes of
   * it in RESULT; gives false with an "error" there. */
  bool (*run)(const struct fields *request, struct text *result);
  /* Which channels `run` has. */
  bool has_input;
  bool has_output;
  /* Starts the work; gives false with an "error" in RESULT. */
  bool (*start)(struct stream *stream, struct text *result);
};

/* All kinds, and one with a NULL name. */
extern const struct kind kinds[];

/* Puts why something failed into a result: the end of a sentence, and the error if it is not 0. Gives false. */
bool refuse(struct text *result, const char *why, int error);

/* Starts a process for a stream whose descriptors are set: MAIN runs in it, with the channels as standard streams, and
 * where it reports. */
bool start_process(struct stream *stream, int (*main)(const struct stream *stream, int result), const int ends[CHANNELS],
                   struct text *result);

/* Starts a process with those of the channels that it is to have as pipes. */
bool start_piped(struct stream *stream, bool has_input, bool has_output, bool has_error,
                 int (*main)(const struct stream *stream, int result), struct text *result);

/* SIG_IGN for the agent, SIG_DFL for what it starts. */
void handle_broken_pipes(void (*handler)(int));

int64_t now_ms(void);

#endif
