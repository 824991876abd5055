#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flow.h"
#include "frame.h"
#include "output.h"
#include "server.h"
#include "stream.h"

enum {
  /* More are refused: each may hold a window of input. */
  MAX_STREAMS = 512,
  MAX_WATCHES = 8,
  /* What a buffer of the driver has: one page, and read(2) gives what is in one. */
  PAGE_SIZE = 4096,
  READ_SIZE = 64 * PAGE_SIZE,
  /* What is told before the host has answered: a boot has some dozens of targets. */
  EARLY_SIZE = 16384,
  FRAME_MAX_EVENT = 4096,
};

static struct output output;
static struct frame_reader reader;
static uint8_t unread[READ_SIZE];
static size_t unread_start, unread_end;
static bool host_has_answered;
/* Whether the host's answer is still to be found, and how many zero bytes have come in a row. */
static bool is_searching;
static size_t zeros;

static struct stream *streams[MAX_STREAMS];
static size_t stream_count;

static struct watch *watches[MAX_WATCHES];
static size_t watch_count;

/* Events as frames, until the host has answered. */
static uint8_t early[EARLY_SIZE];
static size_t early_length;

int64_t now_ms(void) {
  struct timespec time;
  /* Without the C library's detour by way of the kernel's shared page, whose code is as large as this file's. */
  syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void server_watch(struct watch *watch) {
  if (watch_count < MAX_WATCHES) watches[watch_count++] = watch;
}

/* Sends an event. Of a stage the host must know how long ago it was. */
static void send_event(const uint8_t *event, size_t length) {
  TEXT(fields, FRAME_MAX_EVENT);
  text_add_bytes(&fields, (const char *)event, length);
  if (strcmp(fields.data, "stage") == 0) text_add_time_field(&fields, "now", now_ms());
  output_add(&output, 0, FRAME_EVENT, 0, fields.data, fields.length);
}

void server_tell(const struct text *event) {
  if (host_has_answered) {
    send_event((const uint8_t *)event->data, event->length);
    return;
  }
  if (early_length + FRAME_HEADER_SIZE + event->length > sizeof early) return;
  frame_write_header(early + early_length, 0, FRAME_EVENT, 0, event->length);
  memcpy(early + early_length + FRAME_HEADER_SIZE, event->data, event->length);
  early_length += FRAME_HEADER_SIZE + event->length;
}

void server_tell_problem(const char *text) {
  TEXT(event, 512);
  text_add_bytes(&event, "problem", sizeof "problem");
  text_add_field(&event, "text", text);
  server_tell(&event);
}

static struct stream *find_stream(uint32_t id) {
  for (size_t index = 0; index < stream_count; index++) {
    if (streams[index]->id == id) return streams[index];
  }
  return NULL;
}

static void close_stream(uint32_t id, const struct text *result) {
  output_add(&output, id, FRAME_CLOSE, 0, result->data, result->length);
}

static void refuse_stream(uint32_t id, const char *why, int error) {
  TEXT(result, 256);
  refuse(&result, why, error);
  close_stream(id, &result);
}

static void remove_stream(size_t index) {
  flow_free(streams[index]);
  streams[index] = streams[--stream_count];
}

static size_t index_of(const struct stream *stream) {
  size_t index = 0;
  while (streams[index] != stream) index++;
  return index;
}

static struct stream *new_stream(uint32_t id) {
  if (stream_count == MAX_STREAMS) return NULL;
  struct stream *stream = flow_new(id);
  if (stream != NULL) streams[stream_count++] = stream;
  return stream;
}

/* A part of a stream's fields, or the last of it. */
static void take_request(const struct frame *frame) {
  struct stream *stream = find_stream(frame->stream);
  if (stream != NULL && stream->kind != NULL) {
    /* It is open already: this is not our host's. */
    refuse_stream(frame->stream, "its number is in use", 0);
    remove_stream(index_of(stream));
    return;
  }
  if (stream == NULL) stream = new_stream(frame->stream);
  if (stream == NULL) {
    if (frame->type == FRAME_OPEN) refuse_stream(frame->stream, "there are too many streams", EMFILE);
    return;
  }
  if (!fields_append(&stream->request, frame->payload, frame->length)) {
    refuse_stream(stream->id, "its fields are too large", E2BIG);
    remove_stream(index_of(stream));
    return;
  }
  if (frame->type == FRAME_PART) return;
  TEXT(result, 1024);
  if (!flow_open(stream, &result)) {
    close_stream(stream->id, &result);
    remove_stream(index_of(stream));
  }
}

static void take_frame(const struct frame *frame) {
  if (frame->stream == 0) {
    if (frame->type != FRAME_HELLO || host_has_answered) return;
    host_has_answered = true;
    /* Everything is of whole frames. */
    for (size_t offset = 0; offset < early_length;) {
      size_t length = read_u16(early + offset + 4);
      send_event(early + offset + FRAME_HEADER_SIZE, length);
      offset += FRAME_HEADER_SIZE + length;
    }
    early_length = 0;
    return;
  }
  if (!host_has_answered) return;
  if (frame->type == FRAME_PART || frame->type == FRAME_OPEN) {
    take_request(frame);
    return;
  }
  struct stream *stream = find_stream(frame->stream);
  if (stream == NULL) return;
  const char *breach = flow_take(stream, frame);
  if (breach == NULL) return;
  refuse_stream(stream->id, breach, EPROTO);
  remove_stream(index_of(stream));
}

/* Passes over everything before the host's answer: more zero bytes than frames can have in a row, and then a frame of the
 * stream 0, whose first four bytes are zero as well. */
static void search_answer(void) {
  for (; is_searching && unread_start < unread_end; unread_start++) {
    if (unread[unread_start] == 0) {
      zeros++;
    } else if (zeros < FRAME_MAX_SIZE) {
      zeros = 0;
    } else {
      memset(reader.bytes, 0, 4);
      reader.filled = 4;
      is_searching = false;
      return;
    }
  }
}

/* Reads as much as there is. False if the channel has ended. */
static bool fill_unread(void) {
  unread_start = unread_end = 0;
  ssize_t length;
  do {
    length = read(output.fd, unread + unread_end, sizeof unread - unread_end);
    if (length > 0) unread_end += (size_t)length;
  } while (length >= PAGE_SIZE && unread_end < sizeof unread);
  /* A port without a host behind it reads as ended, and so does a socket. */
  return unread_end > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
}

/* False if the channel has ended. */
static bool read_channel(void) {
  if (unread_start == unread_end && !fill_unread()) return false;
  search_answer();
  while (unread_start < unread_end && !output_is_busy(&output)) {
    struct frame frame;
    size_t taken;
    enum frame_result result = frame_read(&reader, unread + unread_start, unread_end - unread_start, &taken, &frame);
    unread_start += taken;
    if (result == FRAME_BROKEN) return false;
    if (result == FRAME_COMPLETE) take_frame(&frame);
  }
  return true;
}

static void reap(int signals) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) > 0) {
  }
  for (size_t index = 0; index < stream_count; index++) flow_reap(streams[index]);
}

/* Moves what can be moved, a frame of each stream in turn, and closes the streams that are done. */
static void move_streams(void) {
  bool moved = true;
  while (moved && !output_is_busy(&output)) {
    moved = false;
    for (size_t index = 0; index < stream_count; index++) moved |= flow_move(streams[index], &output);
    if (moved && !output_flush(&output)) return;
  }
  for (size_t index = stream_count; index-- > 0;) {
    struct stream *stream = streams[index];
    if (output_is_busy(&output) || !flow_is_done(stream)) continue;
    TEXT(result, RESULT_MAX_SIZE + 64);
    flow_result(stream, &result);
    close_stream(stream->id, &result);
    /* The host need not wait until everything is cleared away. If this fails, the next one does. */
    output_flush(&output);
    remove_stream(index);
  }
}

static int sooner(int64_t at, int timeout) {
  if (at < 0) return timeout;
  int64_t left = at - now_ms();
  if (left < 0) left = 0;
  return timeout < 0 || left < timeout ? (int)left : timeout;
}

static void run_watches(const struct pollfd *polls) {
  for (size_t index = 0; index < watch_count; index++) {
    struct watch *watch = watches[index];
    bool is_readable = watch->fd >= 0 && polls[index].revents != 0;
    bool is_due = watch->at >= 0 && now_ms() >= watch->at;
    if (is_readable || is_due) watch->run(watch, is_readable);
  }
}

static void say_hello(bool again, const char *token, const char *boot_id, const char *uptime) {
  TEXT(hello, 512);
  text_add_bytes(&hello, "snapvm-agent", sizeof "snapvm-agent");
  text_add_field(&hello, "protocol", "1");
  text_add_field(&hello, "build", agent_build);
#ifdef __x86_64__
  text_add_field(&hello, "architecture", "x86_64");
#else
  text_add_field(&hello, "architecture", "aarch64");
#endif
  text_add_field(&hello, "uptime", uptime);
  if (again) text_add_field(&hello, "again", "1");
  text_add(&hello, "\n");
  text_add(&hello, token);
  text_add(&hello, " ");
  text_add(&hello, boot_id);
  text_add_bytes(&hello, "\n", 2);
  output_add(&output, 0, FRAME_HELLO, 0, hello.data, hello.length);
}

static int watch_children(void) {
  static int descriptor = -1;
  if (descriptor >= 0) return descriptor;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  /* A reader that is gone is an error of write(2) here. */
  handle_broken_pipes(SIG_IGN);
  descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  return descriptor;
}

/* Another host begins from nothing. */
static void forget_host(void) {
  while (stream_count > 0) remove_stream(stream_count - 1);
  unread_start = unread_end = 0;
  reader.filled = 0;
  zeros = 0;
  host_has_answered = false;
}

void server_run(int fd, bool again, const char *token, const char *boot_id, const char *uptime) {
  static struct pollfd polls[2 + MAX_WATCHES + FLOW_POLLS * MAX_STREAMS];
  forget_host();
  is_searching = again;
  output_begin(&output, fd);
  int signals = watch_children();
  say_hello(again, token, boot_id, uptime);
  for (;;) {
    bool is_busy = output_is_busy(&output);
    short channel_events = 0;
    if (!is_busy) channel_events |= POLLIN;
    if (!output_is_empty(&output)) channel_events |= POLLOUT;
    int timeout = !is_busy && unread_start < unread_end ? 0 : -1;
    nfds_t count = 0;
    polls[count++] = (struct pollfd){.fd = fd, .events = channel_events};
    polls[count++] = (struct pollfd){.fd = signals, .events = POLLIN};
    size_t first_watch = count;
    for (size_t index = 0; index < watch_count; index++) {
      polls[count++] = (struct pollfd){.fd = watches[index]->fd, .events = POLLIN};
      timeout = sooner(watches[index]->at, timeout);
    }
    for (size_t index = 0; index < stream_count; index++) {
      count += flow_polls(streams[index], is_busy, polls + count);
      if (!is_busy) timeout = sooner(flow_rests_until(streams[index]), timeout);
      timeout = sooner(streams[index]->kill_at > 0 ? streams[index]->kill_at : -1, timeout);
    }
    if (poll(polls, count, timeout) < 0 && errno != EINTR) return;
    if (!output_flush(&output)) return;
    if (polls[1].revents != 0) reap(signals);
    run_watches(polls + first_watch);
    if (!output_is_busy(&output) && (polls[0].revents & (POLLIN | POLLHUP | POLLERR) || unread_start < unread_end)) {
      if (!read_channel()) return;
    }
    move_streams();
    if (!output_flush(&output)) return;
  }
}
