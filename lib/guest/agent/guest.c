#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addresses.h"
#include "configure.h"
#include "control_group.h"
#include "fields.h"
#include "guest.h"
#include "power.h"
#include "private_mount.h"
#include "server.h"
#include "stream.h"
#include "systemd.h"

enum {
  /* How often to look while the guest boots, and afterwards. */
  BOOT_PAUSE_MS = 50,
  PAUSE_MS = 1000,
  /* An init whose scripts have ended and that has not started or ended a process has started everything. Looks count,
     not time: who looks has to wait for a busy processor as the init has. */
  QUIET_LOOKS = 500 / BOOT_PAUSE_MS,
  /* A boot in which nothing is started for this long hangs: more than the 90 seconds that systemd gives a unit. */
  STALL_MS = 120000,
  READY_LIMIT_MS = 600000,
  /* A shell that is open for this long in an initramfs waits for somebody. */
  SHELL_MS = 3000,
  SHELL_PAUSE_MS = 1000,
};

static struct fields configuration;
static struct stat first_root, current_root;
static bool has_entered;
/* When the root filesystem was entered first, and shaped: 0 if it was not. One for all processes that serve the host. */
static int64_t never, *entered_at = &never;
static bool is_ready;
static bool has_failed;

static bool asked_systemd;
static uint64_t last_processes;
static int quiet_looks;
static int64_t progress_at;
static int64_t shell_since = -1, next_shell_look;

static void look(struct watch *watch, bool is_readable);

static struct watch watch = {.fd = -1, .at = 0, .run = look};

void guest_read_configuration(void) {
  char piece[4096];
  int file = open("/snapvm/configuration", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t length;
  while ((length = read(file, piece, sizeof piece)) > 0 && fields_append(&configuration, piece, (size_t)length)) {
  }
  close(file);
  if (!fields_are_whole(&configuration)) fields_free(&configuration);
}

const char *guest_token(void) {
  const char *token = fields_value(&configuration, "token");
  return token == NULL ? "none" : token;
}

/* A stage that was reached at THEN. The server adds when it is told: that may be much later. */
static void tell_stage(const char *name, int64_t then) {
  TEXT(event, 128);
  text_add_bytes(&event, "stage", sizeof "stage");
  text_add_field(&event, "name", name);
  text_add_time_field(&event, "then", then);
  server_tell(&event);
}

static void tell_failure(const char *mode) {
  if (has_failed) return;
  has_failed = true;
  TEXT(event, 128);
  text_add_bytes(&event, "failure", sizeof "failure");
  text_add_field(&event, "mode", mode);
  server_tell(&event);
}

void guest_begin(void) {
  void *shared = mmap(NULL, sizeof *entered_at, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared != MAP_FAILED) entered_at = shared;
  fstatat(proc_fd, "1/root", &first_root, 0);
  current_root = first_root;
  tell_stage("initramfs", now_ms());
  configure_begin(&configuration);
  server_watch(&watch);
  addresses_begin();
}

/* Goes where process 1 has gone. */
static void follow_root(void) {
  struct stat root;
  if (fstatat(proc_fd, "1/root", &root, 0) < 0) return;
  if (root.st_dev == current_root.st_dev && root.st_ino == current_root.st_ino) return;
  int folder = openat(proc_fd, "1/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  if (fchdir(folder) == 0 && chroot(".") == 0) {
    current_root = root;
    asked_systemd = false;
    if (!has_entered) {
      has_entered = true;
      has_failed = false;
      if (*entered_at == 0) {
        *entered_at = now_ms();
        configure_root(&configuration);
      }
      progress_at = now_ms();
      tell_stage("userspace", *entered_at);
    }
  }
  close(folder);
}

/* The text of a file below the agent's proc; its length, at most SIZE - 1. */
static size_t read_process(const char *process, const char *name, char *text, size_t size) {
  TEXT(path, 280);
  text_add(&path, process);
  text_add(&path, "/");
  text_add(&path, name);
  text[0] = '\0';
  int file = openat(proc_fd, path.data, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, size - 1);
  close(file);
  if (length < 0) length = 0;
  text[length] = '\0';
  return (size_t)length;
}

/* Calls EACH with every process that is a program; kernel threads have no arguments. */
static void each_process(void (*each)(const char *process, const char *arguments, size_t length, void *data), void *data) {
  int folder = openat(proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *processes = folder < 0 ? NULL : fdopendir(folder);
  if (processes == NULL) return;
  struct dirent *entry;
  while ((entry = readdir(processes)) != NULL) {
    char arguments[256];
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    size_t length = read_process(entry->d_name, "cmdline", arguments, sizeof arguments);
    if (length > 0) each(entry->d_name, arguments, length, data);
  }
  closedir(processes);
}

/* A shell without a script: somebody may type into it. */
static void look_for_shell(const char *process, const char *arguments, size_t length, void *data) {
  static const char *const shells[] = {"sh", "ash", "bash", "dash"};
  (void)process;
  const char *base = strrchr(arguments, '/');
  base = base == NULL ? arguments : base + 1;
  if (*base == '-') base++;
  for (const char *option = arguments + strlen(arguments) + 1; option < arguments + length; option += strlen(option) + 1) {
    if (strcmp(option, "-i") != 0 && strcmp(option, "-l") != 0) return;
  }
  for (size_t index = 0; index < sizeof shells / sizeof *shells; index++) {
    if (strcmp(base, shells[index]) == 0) *(bool *)data = true;
  }
}

/* What runs in a guest without systemd. */
struct processes {
  uint64_t hash; /* FNV-1a over their numbers */
  bool has_script;
};

/* The scripts in which sysvinit, busybox's init and OpenRC start everything. */
static bool is_boot_script(const char *path) {
  const char *base = strrchr(path, '/');
  base = base == NULL ? path : base + 1;
  /* sysvinit calls itself so until it knows its runlevel, in one word and with spaces behind it. */
  if (strcmp(base, "openrc") == 0 || strncmp(base, "init boot", 9) == 0) return true;
  return base[0] == 'r' && base[1] == 'c' && (base[2] == '\0' || base[2] == 'S' || base[2] == '.');
}

static void add_process(const char *process, const char *arguments, size_t length, void *data) {
  struct processes *processes = data;
  size_t first = strlen(arguments) + 1;
  if (is_boot_script(arguments) || (first < length && is_boot_script(arguments + first))) processes->has_script = true;
  for (; *process != '\0'; process++) processes->hash = (processes->hash ^ (uint8_t)*process) * 1099511628211u;
  processes->hash = (processes->hash ^ ' ') * 1099511628211u;
}

static bool has_group(const char *unit) {
  TEXT(path, 64);
  struct stat info;
  text_add(&path, "system.slice/");
  text_add(&path, unit);
  int hierarchy = control_group_hierarchy();
  return hierarchy >= 0 && fstatat(hierarchy, path.data, &info, 0) == 0;
}

/* systemd gives up booting in services of its own, and dracut has one more. */
static void look_for_failure(int64_t now) {
  if (has_group("emergency.service") || has_group("dracut-emergency.service")) tell_failure("emergency");
  else if (has_group("rescue.service")) tell_failure("rescue");
  if (has_entered || now < next_shell_look) return;
  bool is_open = false;
  next_shell_look = now + SHELL_PAUSE_MS;
  each_process(look_for_shell, &is_open);
  if (!is_open) shell_since = -1;
  else if (shell_since < 0) shell_since = now;
  else if (now - shell_since >= SHELL_MS) tell_failure("initramfs-shell");
}

static bool is_quiet(int64_t now) {
  struct processes processes = {.hash = 14695981039346656037u};
  each_process(add_process, &processes);
  bool has_changed = processes.hash != last_processes;
  last_processes = processes.hash;
  if (processes.has_script && has_changed) progress_at = now;
  quiet_looks = processes.has_script || has_changed ? 0 : quiet_looks + 1;
  return quiet_looks >= QUIET_LOOKS;
}

static bool has_started(int64_t now) {
  if (now - progress_at >= STALL_MS || now - *entered_at >= READY_LIMIT_MS) return true;
  if (!is_systemd()) return is_quiet(now);
  if (!asked_systemd) {
    asked_systemd = true;
    systemd_begin();
  }
  if (systemd_job_at > progress_at) progress_at = systemd_job_at;
  return systemd_is_ready;
}

void guest_look(void) {
  int64_t now = now_ms();
  follow_root();
  if (!has_entered) configure_begin(NULL);
  if (is_ready) return;
  look_for_failure(now);
  if (has_entered && !has_failed && has_started(now)) {
    is_ready = true;
    tell_stage("ready", now);
  }
}

static void look(struct watch *self, bool is_readable) {
  (void)is_readable;
  guest_look();
  self->at = now_ms() + (is_ready ? PAUSE_MS : BOOT_PAUSE_MS);
}
