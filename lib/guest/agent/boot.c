#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot.h"
#include "guest.h"
#include "port.h"
#include "private_mount.h"
#include "root_mount.h"
#include "server.h"
#include "stream.h"
#include "watcher.h"

enum {
  MAX_MODULES = 64,
  PORT_PAUSE_MS = 20,
  BOOT_ID_SIZE = 37,
};

static const char MODULES[] = "/snapvm/modules";

/* If the driver of the console is a module, the kernel starts us without standard streams. Programs would take the next
 * files that they open for these. */
static void open_standard_streams(void) {
  if (fcntl(STDIN_FILENO, F_GETFD) >= 0) return;
  int console = openat(dev_fd, "console", O_RDWR);
  if (console < 0) console = openat(dev_fd, "null", O_RDWR);
  if (console < 0) return;
  /* Our own descriptors may have these numbers. */
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) < 0) dup2(console, fd);
  }
  if (console > 2) close(console);
}

/* Keeps the descriptors 0, 1 and 2 free for standard streams. */
static void lift(int *fd) {
  if (*fd < 0 || *fd > 2) return;
  int above = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
  close(*fd);
  *fd = above;
}

/* Loads the drivers that the port needs, in the order of their names. One that the kernel has already is no failure, and
 * the port will tell of the others by not being there. */
static void load_modules(void) {
  DIR *folder = opendir(MODULES);
  if (folder == NULL) return;
  char *names[MAX_MODULES];
  size_t count = 0;
  struct dirent *entry;
  while (count < MAX_MODULES && (entry = readdir(folder)) != NULL) {
    char *name = entry->d_name[0] == '.' ? NULL : strdup(entry->d_name);
    if (name == NULL) continue;
    size_t place = count++;
    for (; place > 0 && strcmp(names[place - 1], name) > 0; place--) names[place] = names[place - 1];
    names[place] = name;
  }
  for (size_t index = 0; index < count; index++) {
    int module = openat(dirfd(folder), names[index], O_RDONLY | O_CLOEXEC);
    if (module < 0) continue;
    syscall(SYS_finit_module, module, "", 0);
    close(module);
  }
  closedir(folder);
}

static int port;
static char boot_id[BOOT_ID_SIZE], uptime[32];

static _Noreturn int serve_port(bool again) {
  for (;; again = true) {
    /* The guest lives on whether the host listens or not. */
    struct pollfd state = {.fd = port, .events = POLLIN};
    while (poll(&state, 1, 0) > 0 && state.revents & POLLHUP) {
      guest_look();
      pause_ms(PORT_PAUSE_MS);
    }
    server_run(port, again, guest_token(), boot_id, uptime);
  }
}

/* Everything of the agent's that lives on beside the image's own processes. */
static _Noreturn void live_on(char **arguments) {
  /* systemd leaves processes alone whose name begins so when it switches the root, dracut too (ROOT_STORAGE_DAEMONS). */
  arguments[0][0] = '@';
  setsid();
  int null = openat(dev_fd, "null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd <= 2 && null >= 0; fd++) dup2(null, fd);
  int score = openat(proc_fd, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) {
    if (write(score, "-1000", 5) < 0) {
      /* A kernel without it kills whom it likes. */
    }
    close(score);
  }
  guest_begin();
  while ((port = port_open("snapvm.agent")) < 0) {
    guest_look();
    pause_ms(PORT_PAUSE_MS);
  }
  read_line(proc_fd, "sys/kernel/random/boot_id", boot_id, sizeof boot_id);
  /* A port that was closed loses what comes: this process keeps it open. */
  _exit(watch_over(serve_port));
}

int boot(char **arguments) {
  is_guest = true;
  /* What the kernel has not mounted is not there yet: not even a folder for it is needed. */
  proc_fd = private_mount("proc");
  sys_fd = private_mount("sysfs");
  dev_fd = private_mount("devtmpfs");
  lift(&proc_fd);
  lift(&sys_fd);
  lift(&dev_fd);
  read_line(proc_fd, "uptime", uptime, sizeof uptime);
  uptime[strcspn(uptime, " ")] = '\0';
  load_modules();
  guest_read_configuration();
  open_standard_streams();
  if (_Fork() == 0) live_on(arguments);
  /* The initramfs of an image has an init; one that has only us in it needs what the kernel would have done. */
  arguments[0] = "/init";
  execv("/init", arguments);
  if (errno == ENOENT && root_mount_enter()) root_mount_execute(arguments);
  return 1;
}
