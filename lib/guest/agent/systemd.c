/* A client of systemd's private D-Bus socket, which is there before any message bus is.
 *
 * Sources: the D-Bus specification ("Message Protocol", "Authentication Protocol"), org.freedesktop.systemd1(5). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dbus.h"
#include "selinux.h"
#include "server.h"
#include "stream.h"
#include "systemd.h"

enum {
  /* The socket is not there at once, and systemd may start itself again. */
  RETRY_MS = 200,
  /* To be asked again without a signal, in case one was lost. */
  ASK_MS = 2000,
  BUFFER_SIZE = 65536,
};

static const char SOCKET[] = "/run/systemd/private";

/* All that a client says before it may send messages. The server knows who it is from the socket. */
static const char GREETING[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";

bool systemd_is_ready;
int64_t systemd_job_at;

static struct dbus_reader reader;
static uint32_t last_serial;
/* The server answers the greeting with two lines. */
static int lines_left;

static void run(struct watch *watch, bool is_readable);

static struct watch watch = {.fd = -1, .at = -1, .run = run};

static void disconnect(void) {
  if (watch.fd >= 0) close(watch.fd);
  watch.fd = -1;
  watch.at = now_ms() + RETRY_MS;
}

static void call(const char *interface, const char *member, const char *first, const char *second) {
  uint8_t message[512];
  size_t length = dbus_call(message, sizeof message, ++last_serial, "/org/freedesktop/systemd1", interface, member, first, second);
  if (length == 0 || send(watch.fd, message, length, MSG_NOSIGNAL) != (ssize_t)length) disconnect();
}

static void ask_for_state(void) {
  call("org.freedesktop.DBus.Properties", "Get", "org.freedesktop.systemd1.Manager", "SystemState");
}

static void connect_to_systemd(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, SOCKET, sizeof SOCKET);
  int fd = selinux_init_socket();
  if (fd < 0) return;
  watch.fd = fd;
  watch.at = now_ms() + ASK_MS;
  reader.filled = reader.to_skip = 0;
  lines_left = 2;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
      send(fd, GREETING, sizeof GREETING - 1, MSG_NOSIGNAL) != sizeof GREETING - 1) {
    disconnect();
    return;
  }
  call("org.freedesktop.systemd1.Manager", "Subscribe", NULL, NULL);
  if (watch.fd >= 0) ask_for_state();
}

static void tell_target(const char *name) {
  size_t length = strlen(name);
  if (length < 7 || strcmp(name + length - 7, ".target") != 0) return;
  TEXT(event, 320);
  text_add_bytes(&event, "target", sizeof "target");
  text_add_field(&event, "name", name);
  server_tell(&event);
}

static void take(const struct dbus_message *message) {
  const char *unit, *result, *state;
  if (dbus_is_signal(message, "StartupFinished")) {
    ask_for_state();
  } else if (dbus_job_removed(message, &unit, &result)) {
    /* A unit that fails may be started again without end. */
    if (strcmp(result, "done") != 0) return;
    systemd_job_at = now_ms();
    tell_target(unit);
  } else if (dbus_text_reply(message, &state)) {
    if (strcmp(state, "running") == 0 || strcmp(state, "degraded") == 0) systemd_is_ready = true;
  }
}

/* Takes the lines of the greeting's answer off the front. */
static void skip_lines(void) {
  while (lines_left > 0) {
    uint8_t *end = memchr(reader.bytes, '\n', reader.filled);
    if (end == NULL) return;
    size_t length = (size_t)(end - reader.bytes) + 1;
    reader.filled -= length;
    memmove(reader.bytes, reader.bytes + length, reader.filled);
    lines_left--;
  }
}

static void receive(void) {
  ssize_t length = read(watch.fd, reader.bytes + reader.filled, sizeof reader.bytes - reader.filled);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0) {
    disconnect();
    return;
  }
  reader.filled += (size_t)length;
  skip_lines();
  if (lines_left > 0) return;
  struct dbus_message message;
  enum dbus_result result;
  while ((result = dbus_read(&reader, &message)) == DBUS_COMPLETE) {
    take(&message);
    if (watch.fd < 0) return;
    dbus_drop(&reader, &message);
  }
  if (result == DBUS_BROKEN) disconnect();
}

static void run(struct watch *self, bool is_readable) {
  if (self->fd < 0) {
    connect_to_systemd();
    return;
  }
  if (is_readable) receive();
  if (self->fd >= 0 && now_ms() >= self->at) {
    self->at = systemd_is_ready ? -1 : now_ms() + ASK_MS;
    if (!systemd_is_ready) ask_for_state();
  }
}

void systemd_begin(void) {
  static bool is_watched;
  systemd_is_ready = false;
  if (!is_watched) server_watch(&watch);
  is_watched = true;
  disconnect();
  watch.at = now_ms();
}
