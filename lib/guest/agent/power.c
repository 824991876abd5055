#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include "power.h"
#include "selinux.h"
#include "private_mount.h"
#include "stream.h"

enum {
  /* systemd(1), "Signals": SIGRTMIN+4 and +5, counted as glibc does. */
  SYSTEMD_POWER_OFF = 34 + 4,
  SYSTEMD_REBOOT = 34 + 5,
  /* sysvinit's initreq.h. */
  INITCTL_MAGIC = 0x03091969,
  INITCTL_RUN_LEVEL = 1,
};

const char *const power_fields[] = {"how", "force", NULL};

struct initctl_request {
  int32_t magic;
  int32_t command;
  int32_t run_level;
  int32_t sleep_time;
  char data[368];
};

static bool init_is(const char *name) {
  char path[256];
  ssize_t length = readlinkat(proc_fd, "1/exe", path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = '\0';
  const char *base = strrchr(path, '/');
  return base != NULL && strcmp(base + 1, name) == 0;
}

bool is_systemd(void) { return init_is("systemd") || access("/run/systemd/system", F_OK) == 0; }

static bool ask_sysvinit(bool is_reboot) {
  static const char *const pipes[] = {"/run/initctl", "/dev/initctl"};
  struct initctl_request request = {INITCTL_MAGIC, INITCTL_RUN_LEVEL, is_reboot ? '6' : '0', 0, {0}};
  for (size_t index = 0; index < sizeof pipes / sizeof *pipes; index++) {
    struct stat info;
    if (stat(pipes[index], &info) < 0 || !S_ISFIFO(info.st_mode)) continue;
    int pipe = open(pipes[index], O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (pipe < 0) continue;
    bool is_asked = write(pipe, &request, sizeof request) == sizeof request;
    close(pipe);
    if (is_asked) return true;
  }
  return false;
}

static bool power_at_once(bool is_reboot, struct text *result) {
  sync();
  mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
  reboot(is_reboot ? RB_AUTOBOOT : RB_POWER_OFF);
  return refuse(result, "the kernel does not do it", errno);
}

/* An init that nobody knows cannot be asked: everything else gets its chance to end. */
static bool power_without_init(bool is_reboot, struct text *result) {
  /* Neither this process nor process 1 is meant. The agent is, and it says nothing more after this. */
  kill(-1, SIGTERM);
  pause_ms(1000);
  return power_at_once(is_reboot, result);
}

bool power_run(const struct fields *request, struct text *result) {
  selinux_become_init();
  const char *how = fields_value(request, "how");
  bool is_reboot = how != NULL && strcmp(how, "reboot") == 0;
  if (!is_reboot && (how == NULL || strcmp(how, "off") != 0)) return refuse(result, "it is neither off nor reboot", EINVAL);
  if (!is_guest) return refuse(result, "this is no guest", EPERM);
  if (fields_value(request, "force") != NULL) return power_at_once(is_reboot, result);
  if (is_systemd()) {
    return kill(1, is_reboot ? SYSTEMD_REBOOT : SYSTEMD_POWER_OFF) == 0 || refuse(result, "the init cannot be asked", errno);
  }
  if (ask_sysvinit(is_reboot)) return true;
  if (init_is("busybox")) return kill(1, is_reboot ? SIGTERM : SIGUSR2) == 0 || refuse(result, "the init cannot be asked", errno);
  return power_without_init(is_reboot, result);
}
