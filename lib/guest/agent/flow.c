#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control_group.h"
#include "flow.h"

enum {
  /* Of a pipe through which much goes: each time that one side waits for the other costs more than what is moved. */
  PIPE_SIZE = 1024 * 1024,
  /* Less is copied: that takes one system call, and not five. */
  SPLICE_MIN = 16384,
  /* How long little waits for more when much came before: who writes it is not to be stopped for each piece. */
  REST_MS = 1,
  /* Whole pages, as a payload has no room for eight: half of one has to be copied after all. */
  SPLICE_MAX = FRAME_MAX_PAYLOAD / 4096 * 4096,
  /* How much may be on its way to who takes it as it comes: a grant needs a while to the host, and its answer back. */
  WIDE_WINDOW = 8 * WINDOW,
  /* How long a process that was given up may take to end by itself. */
  PATIENCE_MS = 5000,
};

struct stream *flow_new(uint32_t id) {
  struct stream *stream = calloc(1, sizeof *stream);
  if (stream == NULL) return NULL;
  stream->id = id;
  stream->result_fd = -1;
  stream->window = WINDOW;
  for (int channel = 0; channel < CHANNELS; channel++) {
    stream->fds[channel] = -1;
    stream->remaining[channel] = -1;
    stream->credit[channel] = WINDOW;
  }
  return stream;
}

static bool is_shared(const struct stream *stream) { return stream->is_terminal || stream->is_socket; }

static void close_channel(struct stream *stream, int channel) {
  int fd = stream->fds[channel];
  if (fd < 0) return;
  stream->fds[channel] = -1;
  /* A terminal or a socket is closed when both of its directions are. */
  if (is_shared(stream) && (stream->fds[INPUT] == fd || stream->fds[OUTPUT] == fd)) return;
  close(fd);
}

void flow_free(struct stream *stream) {
  if (stream->pid > 0) {
    control_group_kill(stream->id);
    kill(-stream->pid, SIGKILL);
    kill(stream->pid, SIGKILL);
    waitpid(stream->pid, NULL, 0);
  }
  for (int channel = 0; channel < CHANNELS; channel++) close_channel(stream, channel);
  if (stream->result_fd >= 0) close(stream->result_fd);
  if (stream->kind != NULL) control_group_remove();
  fields_free(&stream->request);
  free(stream->input);
  free(stream);
}

bool refuse(struct text *result, const char *why, int error) {
  text_add_field(result, "error", why);
  if (error != 0) text_add_field(result, "errno", error_name(error));
  return false;
}

void handle_broken_pipes(void (*handler)(int)) {
  /* The kernel's own structure: the C library's function can do more than is needed here. */
  const unsigned long action[4] = {(unsigned long)handler};
  syscall(SYS_rt_sigaction, SIGPIPE, action, NULL, 8);
}

/* Closes the pipes and sockets that a forked process has of the agent's: what has two writers does not end with one. */
static void close_channels(int kept) {
  struct rlimit limit;
  int most = prlimit(0, RLIMIT_NOFILE, NULL, &limit) == 0 && limit.rlim_cur < 4096 ? (int)limit.rlim_cur : 4096;
  for (int fd = 3; fd < most; fd++) {
    struct stat info;
    if (fd != kept && fstat(fd, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode))) close(fd);
  }
}

/* The process of a kind that is a function. */
static int run_kind(const struct stream *stream, int result_fd) {
  close_channels(result_fd);
  TEXT(result, RESULT_MAX_SIZE);
  stream->kind->run(&stream->request, &result);
  ssize_t written = write(result_fd, result.data, result.length);
  return written == (ssize_t)result.length ? 0 : 1;
}

/* A pipe whose end for the stream's process is END, and whose other end, ours, is 1 - END. */
static bool make_pipe(struct stream *stream, int channel, int *theirs) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return false;
  int ours = channel == INPUT ? 1 : 0;
  fcntl(ends[ours], F_SETFL, O_NONBLOCK);
  stream->fds[channel] = ends[ours];
  *theirs = ends[1 - ours];
  return true;
}

bool start_piped(struct stream *stream, bool has_input, bool has_output, bool has_error,
                 int (*main)(const struct stream *, int), struct text *result) {
  int theirs[CHANNELS] = {-1, -1, -1};
  bool is_made = (!has_input || make_pipe(stream, INPUT, &theirs[INPUT])) &&
                 (!has_output || make_pipe(stream, OUTPUT, &theirs[OUTPUT])) &&
                 (!has_error || make_pipe(stream, ERROR, &theirs[ERROR]));
  bool is_started = is_made ? start_process(stream, main, theirs, result) : refuse(result, "there are no pipes", errno);
  for (int channel = 0; channel < CHANNELS; channel++) {
    if (theirs[channel] >= 0) close(theirs[channel]);
  }
  return is_started;
}

bool start_process(struct stream *stream, int (*main)(const struct stream *, int), const int ends[CHANNELS],
                   struct text *result) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) < 0) return refuse(result, "there are no pipes", errno);
  pid_t pid = control_group_fork(stream->id);
  if (pid == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    handle_broken_pipes(SIG_DFL);
    setsid();
    /* The channels may have the numbers of standard streams: move them out of the way first. */
    int above[CHANNELS];
    for (int channel = 0; channel < CHANNELS; channel++) {
      above[channel] = ends[channel] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : fcntl(ends[channel], F_DUPFD_CLOEXEC, 3);
    }
    for (int channel = 0; channel < CHANNELS; channel++) {
      if (above[channel] >= 0) dup2(above[channel], channel);
      else close(channel);
    }
    _exit(main(stream, report[1]));
  }
  int error = errno;
  close(report[1]);
  if (pid < 0) {
    close(report[0]);
    return refuse(result, "there are no more processes", error);
  }
  fcntl(report[0], F_SETFL, O_NONBLOCK);
  stream->pid = pid;
  stream->result_fd = report[0];
  return true;
}

bool flow_open(struct stream *stream, struct text *result) {
  if (!fields_are_whole(&stream->request)) return refuse(result, "its fields are not whole", EPROTO);
  const struct kind *kind = kinds;
  while (kind->name != NULL && strcmp(kind->name, stream->request.data) != 0) kind++;
  if (kind->name == NULL) return refuse(result, "the agent does not know how", EOPNOTSUPP);
  if (!fields_are_known(&stream->request, kind->fields)) return refuse(result, "it has an unknown field", EINVAL);
  stream->kind = kind;
  if (kind->start != NULL) return kind->start(stream, result);
  return start_piped(stream, kind->has_input, kind->has_output, false, run_kind, result);
}

static bool take_input(struct stream *stream, const struct frame *frame) {
  if (frame->length == 0 || frame->length > stream->window - stream->input_length - stream->owed) return false;
  if (stream->fds[INPUT] < 0) {
    /* Nobody reads it any more, and the host does not know yet. */
    stream->owed += frame->length;
    return true;
  }
  if (stream->is_datagram) {
    /* What cannot be sent is lost, as datagrams are. */
    send(stream->fds[INPUT], frame->payload, frame->length, MSG_DONTWAIT | MSG_NOSIGNAL);
    stream->owed += frame->length;
    return true;
  }
  const uint8_t *bytes = frame->payload;
  size_t length = frame->length;
  if (stream->input_length == 0 && !stream->is_connecting) {
    ssize_t written = write(stream->fds[INPUT], bytes, length);
    /* What is wrong otherwise turns out with the next try. */
    if (written > 0) {
      stream->owed += (uint32_t)written;
      bytes += written;
      length -= (size_t)written;
    }
  }
  if (length == 0) return true;
  if (stream->input == NULL && (stream->input = malloc(WINDOW)) == NULL) return false;
  size_t end = (stream->input_start + stream->input_length) % stream->window;
  size_t first = stream->window - end < length ? stream->window - end : length;
  memcpy(stream->input + end, bytes, first);
  memcpy(stream->input, bytes + first, length - first);
  stream->input_length += length;
  return true;
}

/* The host needs no more of this stream. */
static void give_up(struct stream *stream) {
  if (stream->kill_at > 0) return;
  close_channel(stream, INPUT);
  close_channel(stream, ERROR);
  close_channel(stream, OUTPUT);
  if (stream->pid > 0) {
    /* As when a terminal is closed. */
    kill(-stream->pid, SIGHUP);
    kill(-stream->pid, SIGCONT);
  }
  stream->kill_at = now_ms() + PATIENCE_MS;
}

const char *flow_take(struct stream *stream, const struct frame *frame) {
  switch (frame->type) {
    case FRAME_DATA:
      if (frame->channel != INPUT || stream->input_ended) return "it has input where there is none";
      return take_input(stream, frame) ? NULL : "it has more input than it was granted";
    case FRAME_END:
      if (frame->channel == INPUT) stream->input_ended = true;
      else close_channel(stream, frame->channel);
      return NULL;
    case FRAME_CREDIT: {
      if (frame->channel == INPUT || frame->length != 4) return "its credit is none";
      uint32_t more = read_u32(frame->payload);
      uint32_t *credit = &stream->credit[frame->channel];
      *credit = more > UINT32_MAX - *credit ? UINT32_MAX : *credit + more;
      return NULL;
    }
    case FRAME_CLOSE:
      give_up(stream);
      return NULL;
    case FRAME_RESIZE: {
      if (frame->length != 4) return "its size is none";
      struct winsize size = {.ws_col = read_u16(frame->payload), .ws_row = read_u16(frame->payload + 2)};
      if (stream->is_terminal && stream->fds[OUTPUT] >= 0) ioctl(stream->fds[OUTPUT], TIOCSWINSZ, &size);
      return NULL;
    }
    case FRAME_SIGNAL:
      if (frame->length != 1 || frame->payload[0] == 0 || frame->payload[0] >= NSIG) return "its signal is none";
      if (stream->pid > 0 && kill(-stream->pid, frame->payload[0]) < 0) kill(stream->pid, frame->payload[0]);
      return NULL;
    default:
      return "it has a frame of an unknown type";
  }
}

void flow_reap(struct stream *stream) {
  if (stream->pid == 0 || waitpid(stream->pid, &stream->wait_status, WNOHANG) != stream->pid) return;
  stream->pid = 0;
  stream->has_ended = true;
  close_channel(stream, INPUT);
  for (int channel = OUTPUT; channel <= ERROR; channel++) {
    int waiting = 0;
    /* What others write after this is not the command's any more. A terminal gives all that it has, and then an error. */
    if (stream->fds[channel] >= 0 && !stream->is_terminal && ioctl(stream->fds[channel], FIONREAD, &waiting) == 0) {
      stream->remaining[channel] = waiting;
    }
  }
}

static bool wants_output(const struct stream *stream, int channel) {
  return stream->fds[channel] >= 0 && stream->credit[channel] > 0 && !stream->is_connecting &&
         (stream->is_opened || stream->result_fd < 0);
}

/* When a channel of the stream has rested; -1 if none rests. */
int64_t flow_rests_until(const struct stream *stream) {
  int64_t until = stream->rest_until[OUTPUT], other = stream->rest_until[ERROR];
  if (until == 0 || (other != 0 && other < until)) until = other;
  return until == 0 ? -1 : until;
}

nfds_t flow_polls(const struct stream *stream, bool is_busy, struct pollfd *polls) {
  nfds_t count = 0;
  if (stream->is_connecting) {
    polls[count++] = (struct pollfd){.fd = stream->fds[INPUT], .events = POLLOUT};
    return count;
  }
  if (stream->fds[INPUT] >= 0) {
    /* Without input there is still the news that nobody reads. */
    short events = stream->input_length > 0 ? POLLOUT : 0;
    if (!is_shared(stream) || events != 0) polls[count++] = (struct pollfd){.fd = stream->fds[INPUT], .events = events};
  }
  if (!is_busy) {
    for (int channel = OUTPUT; channel <= ERROR; channel++) {
      if (wants_output(stream, channel) && stream->rest_until[channel] == 0) polls[count++] = (struct pollfd){.fd = stream->fds[channel], .events = POLLIN};
    }
  }
  if (stream->result_fd >= 0) polls[count++] = (struct pollfd){.fd = stream->result_fd, .events = POLLIN};
  return count;
}

static void end_channel(struct stream *stream, int channel, struct output *output) {
  if (stream->is_opened) output_add(output, stream->id, FRAME_END, (uint8_t)channel, "", 0);
  if (channel != INPUT && stream->is_socket) shutdown(stream->fds[channel], SHUT_RD);
  close_channel(stream, channel);
}

static void end_input(struct stream *stream) {
  if (stream->is_terminal) {
    /* A terminal has no end; its end of file is a character. */
    const char end_of_file = 4;
    if (write(stream->fds[INPUT], &end_of_file, 1) < 0 && errno == EAGAIN) return;
  }
  if (stream->is_socket) shutdown(stream->fds[INPUT], SHUT_WR);
  close_channel(stream, INPUT);
}

/* It stays as it is if this fails. */
static void widen_pipe(struct stream *stream, int channel) {
  if (!stream->is_wide[channel]) fcntl(stream->fds[channel], F_SETPIPE_SZ, PIPE_SIZE);
  stream->is_wide[channel] = true;
}

/* All that has come was taken. */
static void widen_input(struct stream *stream) {
  if (stream->window == WIDE_WINDOW) return;
  uint8_t *input = realloc(stream->input, WIDE_WINDOW);
  if (input == NULL) return;
  stream->input = input;
  stream->input_start = 0;
  widen_pipe(stream, INPUT);
  stream->owed += WIDE_WINDOW - WINDOW;
  stream->window = WIDE_WINDOW;
}

static bool move_input(struct stream *stream, struct output *output) {
  bool moved = false;
  int fd = stream->fds[INPUT];
  if (fd >= 0 && stream->input_length > 0) {
    size_t length = stream->window - stream->input_start;
    if (length > stream->input_length) length = stream->input_length;
    ssize_t written = write(fd, stream->input + stream->input_start, length);
    if (written > 0) {
      stream->input_start = (stream->input_start + (size_t)written) % stream->window;
      stream->input_length -= (size_t)written;
      stream->owed += (uint32_t)written;
      moved = true;
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
      end_channel(stream, INPUT, output);
      stream->owed += (uint32_t)stream->input_length;
      stream->input_length = 0;
    }
  } else if (fd >= 0 && stream->input_ended) {
    end_input(stream);
  } else if (fd >= 0 && !is_shared(stream)) {
    struct pollfd reader = {.fd = fd};
    if (poll(&reader, 1, 0) > 0 && reader.revents & POLLERR) end_channel(stream, INPUT, output);
  }
  /* In pieces that are large enough: each makes the host answer. */
  if (stream->owed >= stream->window / 4 && !stream->input_ended) {
    if (stream->input_length == 0) widen_input(stream);
    uint8_t grant[4];
    write_u32(grant, stream->owed);
    output_add(output, stream->id, FRAME_CREDIT, INPUT, grant, sizeof grant);
    stream->owed = 0;
  }
  return moved;
}

/* Moves much output of a command as it is. */
static size_t splice_output(struct stream *stream, int channel, size_t length, struct output *output) {
  int waiting;
  if (is_shared(stream) || stream->is_datagram || length < SPLICE_MIN) return 0;
  if (ioctl(stream->fds[channel], FIONREAD, &waiting) < 0 || waiting < SPLICE_MIN) return 0;
  widen_pipe(stream, channel);
  if (waiting < SPLICE_MAX + SPLICE_MIN) stream->rest_until[channel] = now_ms() + REST_MS;
  return output_splice(output, stream->id, (uint8_t)channel, stream->fds[channel], length < SPLICE_MAX ? length : SPLICE_MAX);
}

static bool move_output(struct stream *stream, int channel, struct output *output) {
  if (stream->rest_until[channel] != 0) {
    if (!stream->has_ended && now_ms() < stream->rest_until[channel]) return false;
    stream->rest_until[channel] = 0;
  }
  if (stream->fds[channel] >= 0 && stream->remaining[channel] == 0) {
    end_channel(stream, channel, output);
    return false;
  }
  if (!wants_output(stream, channel)) return false;
  uint8_t *bytes = output_reserve(output);
  if (bytes == NULL || output_is_busy(output)) return false;
  size_t length = FRAME_MAX_PAYLOAD;
  if (!stream->is_datagram && length > stream->credit[channel]) length = stream->credit[channel];
  if (stream->is_datagram && stream->credit[channel] < FRAME_MAX_PAYLOAD) return false;
  int64_t *remaining = &stream->remaining[channel];
  if (*remaining >= 0 && (int64_t)length > *remaining) length = (size_t)*remaining;
  ssize_t got = (ssize_t)splice_output(stream, channel, length, output);
  if (got == 0) {
    got = read(stream->fds[channel], bytes, length);
    if (got > 0) output_commit(output, stream->id, FRAME_DATA, (uint8_t)channel, (size_t)got);
  }
  if (got > 0) {
    stream->credit[channel] -= (uint32_t)got;
    if (*remaining >= 0) *remaining -= got;
    return true;
  }
  if (got == 0 && stream->is_datagram) return true;
  bool is_waiting = got < 0 && (errno == EAGAIN || errno == EINTR);
  if (is_waiting && !stream->has_ended) return false;
  end_channel(stream, channel, output);
  return false;
}

/* What the process says of itself. If it becomes a program, the pipe ends without a word. */
static bool take_result(struct stream *stream, struct output *output) {
  if (stream->result_fd < 0) return false;
  ssize_t got = read(stream->result_fd, stream->result + stream->result_length, RESULT_MAX_SIZE - stream->result_length);
  if (got > 0) {
    stream->result_length += (size_t)got;
    return true;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  close(stream->result_fd);
  stream->result_fd = -1;
  if (stream->kind->run == NULL && stream->result_length == 0) {
    TEXT(fields, 64);
    text_add_number_field(&fields, "pid", (uint64_t)stream->pid);
    output_add(output, stream->id, FRAME_OPENED, 0, fields.data, fields.length);
    stream->is_opened = true;
  }
  return false;
}

static void finish_connecting(struct stream *stream, struct output *output) {
  struct pollfd state = {.fd = stream->fds[INPUT], .events = POLLOUT};
  if (poll(&state, 1, 0) <= 0) return;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(stream->fds[INPUT], SOL_SOCKET, SO_ERROR, &error, &size);
  stream->is_connecting = false;
  if (error == 0) {
    output_add(output, stream->id, FRAME_OPENED, 0, "", 0);
    stream->is_opened = true;
    return;
  }
  struct text result = {stream->result, 0, RESULT_MAX_SIZE};
  refuse(&result, "there is no connection", error);
  stream->result_length = result.length;
  close_channel(stream, INPUT);
  close_channel(stream, OUTPUT);
}

bool flow_move(struct stream *stream, struct output *output) {
  /* Its fields are not all there yet. */
  if (stream->kind == NULL) return false;
  if (stream->is_connecting) {
    finish_connecting(stream, output);
    return false;
  }
  if (stream->kind->run != NULL && !stream->is_opened) {
    output_add(output, stream->id, FRAME_OPENED, 0, "", 0);
    stream->is_opened = true;
  }
  if (stream->kill_at > 0 && stream->pid > 0 && now_ms() >= stream->kill_at) {
    control_group_kill(stream->id);
    kill(-stream->pid, SIGKILL);
    stream->kill_at = now_ms() + PATIENCE_MS;
  }
  bool moved = take_result(stream, output);
  moved |= move_input(stream, output);
  moved |= move_output(stream, OUTPUT, output);
  moved |= move_output(stream, ERROR, output);
  /* A process that has closed everything is about to end, and the host gets both in one piece. */
  if (stream->fds[OUTPUT] < 0 && stream->fds[ERROR] < 0) flow_reap(stream);
  return moved;
}

bool flow_is_done(const struct stream *stream) {
  if (stream->kind == NULL) return false;
  bool is_read = stream->fds[OUTPUT] < 0 && stream->fds[ERROR] < 0;
  if (stream->is_socket) return (is_read && stream->fds[INPUT] < 0) || stream->kill_at > 0;
  return stream->has_ended && is_read && stream->result_fd < 0;
}

void flow_result(const struct stream *stream, struct text *result) {
  text_add_bytes(result, stream->result, stream->result_length);
  if (stream->is_socket || stream->result_length > 0) return;
  if (stream->kind->run != NULL) {
    bool is_well = WIFEXITED(stream->wait_status) && WEXITSTATUS(stream->wait_status) == 0;
    if (!is_well) refuse(result, "its process did not end well", 0);
    return;
  }
  if (WIFSIGNALED(stream->wait_status)) text_add_number_field(result, "signal", (uint64_t)WTERMSIG(stream->wait_status));
  else text_add_number_field(result, "status", (uint64_t)WEXITSTATUS(stream->wait_status));
}
