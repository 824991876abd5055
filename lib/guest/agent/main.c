/* The program that snapvm puts into guests: docs/agent.md. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "private_mount.h"
#include "server.h"
#include "watcher.h"

#ifndef AGENT_BUILD
#define AGENT_BUILD "unknown"
#endif

const char agent_build[] = AGENT_BUILD;

static int channel;

static int serve_channel(bool again) {
  server_run(channel, again, "test", "00000000-0000-0000-0000-000000000000", "0.00");
  return 0;
}

/* For tests: serves the channel on the standard input, a socket, on the system that it was started on. */
static int serve_here(void) {
  proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  sys_fd = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  dev_fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  channel = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  fcntl(channel, F_SETFL, O_NONBLOCK);
  return watch_over(serve_channel);
}

int main(int count, char **arguments) {
  if (getpid() == 1) return boot(arguments);
  if (count == 2 && strcmp(arguments[1], "serve") == 0) return serve_here();
  return 2;
}
