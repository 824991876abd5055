#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "configure.h"
#include "mount.h"
#include "private_mount.h"
#include "server.h"
#include "text.h"

enum {
  MAX_MOUNTS_SIZE = 256 * 1024,
  MACHINE_ID_SIZE = 32,
  MAX_HOSTNAME = 64,
};

/* The work may wait for disks and for the kernel, so it has processes of its own. They say what went wrong in a pipe, in
 * lines. */
static void take_problems(struct watch *watch, bool is_readable);

static struct watch problems = {.fd = -1, .at = -1, .run = take_problems};
static pid_t waiting_process, working_process;
/* Where a process of ours reports. */
static int report_fd = -1;

static void report(const char *what, const char *subject, const char *why, int error) {
  TEXT(line, 512);
  text_add(&line, what);
  text_add(&line, subject);
  text_add(&line, ": ");
  text_add(&line, why);
  if (error != 0) {
    text_add(&line, " (");
    text_add(&line, error_name(error));
    text_add(&line, ")");
  }
  text_add(&line, "\n");
  /* Shorter than a pipe's unit: it arrives in one piece. */
  if (write(report_fd, line.data, line.length) < 0) return;
}

static void take_problems(struct watch *watch, bool is_readable) {
  static char line[512];
  static size_t length;
  char piece[512];
  if (!is_readable) return;
  ssize_t got = read(watch->fd, piece, sizeof piece);
  if (got < 0) return;
  if (got == 0) {
    close(watch->fd);
    watch->fd = -1;
    length = 0;
    if (working_process > 0) waitpid(working_process, NULL, 0);
    working_process = 0;
    return;
  }
  for (ssize_t index = 0; index < got; index++) {
    if (piece[index] != '\n' && length + 1 < sizeof line) {
      line[length++] = piece[index];
      continue;
    }
    line[length] = '\0';
    server_tell_problem(line);
    length = 0;
  }
}

/* The agent's own list of mounts, as seen from its root: the text is freed by the caller. */
static char *read_mounts(int file) {
  char *text = malloc(MAX_MOUNTS_SIZE);
  if (text == NULL) return NULL;
  size_t length = 0;
  ssize_t got;
  lseek(file, 0, SEEK_SET);
  while (length < MAX_MOUNTS_SIZE - 1 && (got = read(file, text + length, MAX_MOUNTS_SIZE - 1 - length)) > 0) {
    length += (size_t)got;
  }
  text[length] = '\0';
  return text;
}

struct mount {
  const char *device;
  const char *place;
};

/* Takes the next line of a list of mounts apart; false at its end. */
static bool next_mount(char **rest, struct mount *mount) {
  char *line = strsep(rest, "\n");
  if (line == NULL || *line == '\0') return false;
  /* Its number, that of its parent, MAJOR:MINOR, its root, its place. */
  strsep(&line, " ");
  strsep(&line, " ");
  mount->device = strsep(&line, " ");
  strsep(&line, " ");
  mount->place = strsep(&line, " ");
  return mount->place != NULL;
}

static bool is_mount(const char *path) {
  int file = openat(proc_fd, "self/mountinfo", O_RDONLY | O_CLOEXEC);
  char *text = file < 0 ? NULL : read_mounts(file), *rest = text;
  if (file >= 0) close(file);
  bool is_found = false;
  struct mount mount;
  while (text != NULL && next_mount(&rest, &mount)) is_found |= strcmp(mount.place, path) == 0;
  free(text);
  return is_found;
}

/* Nothing else can be read only in a part of a filesystem but a mount. */
static void make_read_only(const char *path) {
  if (is_mount(path)) return;
  if (mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0 ||
      mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0) {
    report("Cannot make a folder read only, ", path, "the kernel refuses", errno);
  }
}

static bool write_line(const char *path, const char *line, int flags, mode_t mode) {
  TEXT(text, 128);
  text_add(&text, line);
  text_add(&text, "\n");
  int file = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, mode);
  if (file < 0) return false;
  bool is_written = write(file, text.data, text.length) == (ssize_t)text.length;
  return close(file) == 0 && is_written;
}

/* Images are to have no machine id of their own, so that each machine gets one. */
static void set_machine_id(const char *id) {
  static const char path[] = "/etc/machine-id", unset[] = "uninitialized";
  char own[sizeof unset] = "";
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno != ENOENT) return;
  ssize_t length = 0;
  if (file >= 0) {
    length = read(file, own, sizeof own - 1);
    close(file);
  }
  if (length > 0 && strcmp(own, unset) != 0) return;
  if (strlen(id) != MACHINE_ID_SIZE || !write_line(path, id, O_TRUNC, 0444)) {
    report("Cannot set the machine id", "", "it cannot be written", errno);
  }
}

static void set_hostname(const char *name) {
  char now[MAX_HOSTNAME + 1] = "";
  size_t length = strlen(name);
  if (length == 0 || length > MAX_HOSTNAME) return;
  /* An init that has started already knows better. */
  gethostname(now, sizeof now - 1);
  if ((strcmp(now, "(none)") == 0 || *now == '\0') && sethostname(name, length) < 0) {
    report("Cannot set the hostname to ", name, "the kernel refuses", errno);
  }
  if (!write_line("/etc/hostname", name, O_EXCL, 0644) && errno != EEXIST) {
    report("Cannot set the hostname to ", name, "it cannot be written", errno);
  }
}

/* strstr(3) is made for more than two characters. */
static bool has_dots(const char *path) {
  for (; *path != '\0'; path++) {
    if (path[0] == '.' && path[1] == '.') return true;
  }
  return false;
}

static void set_time_zone(const char *zone) {
  static const char link[] = "/etc/localtime";
  struct stat info;
  TEXT(target, 256);
  text_add(&target, "/usr/share/zoneinfo/");
  text_add(&target, zone);
  if (has_dots(zone) || lstat(link, &info) == 0 || stat(target.data, &info) < 0) return;
  TEXT(relative, 256);
  text_add(&relative, "..");
  text_add(&relative, target.data);
  if (symlink(relative.data, link) < 0) report("Cannot set the time zone to ", zone, "the link cannot be made", errno);
}

/* What has to be before the image's init is: its root filesystem is our root. */
static void shape_root(const struct fields *configuration) {
  for (const char *field = fields_next(configuration, NULL); field != NULL; field = fields_next(configuration, field)) {
    const char *value;
    if ((value = after(field, "machine-id=")) != NULL) set_machine_id(value);
    if ((value = after(field, "hostname=")) != NULL) set_hostname(value);
    if ((value = after(field, "time-zone=")) != NULL) set_time_zone(value);
  }
  for (const char *field = fields_next(configuration, NULL); field != NULL; field = fields_next(configuration, field)) {
    const char *path = after(field, "read-only=");
    if (path != NULL) make_read_only(path);
  }
}

/* What can be done while the guest starts. */
static void add_room(const struct fields *configuration) {
  struct mount_failure failure = {0};
  const char *serial = fields_value(configuration, "swap");
  if (serial != NULL && !swap_on_disk(sys_fd, dev_fd, serial, &failure)) {
    report("Cannot use the swap space ", serial, failure.text, failure.error);
  }
  if (fields_value(configuration, "grow") == NULL) return;
  int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 || !grow_filesystem(sys_fd, root, &failure)) {
    report("Cannot grow the root filesystem", "", failure.text, failure.error);
  }
}

/* The number of the disk that the kernel command line names, "254:0". */
static bool root_device(char *number, size_t size) {
  char line[4096], name[64] = "";
  if (!read_line(proc_fd, "cmdline", line, sizeof line)) return false;
  char *rest = line;
  for (char *word; (word = strsep(&rest, " ")) != NULL;) {
    const char *device = after(word, "root=/dev/");
    if (device == NULL || strlen(device) >= sizeof name || strchr(device, '/') != NULL) continue;
    strcpy(name, device);
  }
  TEXT(path, 128);
  text_add(&path, "class/block/");
  text_add(&path, name);
  text_add(&path, "/dev");
  return *name != '\0' && read_line(sys_fd, path.data, number, size) && *number != '\0';
}

/* Whether the current folder is on the disk with this number. */
static bool is_on(const char *device) {
  struct stat info;
  TEXT(number, 32);
  if (stat(".", &info) < 0) return false;
  text_add_number(&number, major(info.st_dev));
  text_add(&number, ":");
  text_add_number(&number, minor(info.st_dev));
  return strcmp(number.data, device) == 0;
}

/* Waits in the initramfs until the root filesystem is mounted, and makes that the root of this process: before the
 * initramfs itself can go there. */
static bool enter_root(void) {
  char device[32] = "";
  int mounts = openat(proc_fd, "self/mountinfo", O_RDONLY | O_CLOEXEC);
  if (mounts < 0) return false;
  for (;;) {
    /* The disk itself may appear late, with the module of its driver. */
    if (*device != '\0' || root_device(device, sizeof device)) {
      char *text = read_mounts(mounts), *rest = text;
      struct mount mount;
      while (text != NULL && next_mount(&rest, &mount)) {
        if (strcmp(mount.device, device) != 0 || strcmp(mount.place, "/") == 0) continue;
        /* What was mounted there may have been moved to where it belongs since the list was read. */
        if (chdir(mount.place) < 0 || !is_on(device)) continue;
        free(text);
        close(mounts);
        return chroot(".") == 0;
      }
      free(text);
    }
    /* The kernel tells of every change of the list so. */
    struct pollfd change = {.fd = mounts, .events = POLLPRI};
    if (poll(&change, 1, -1) < 0 && errno != EINTR) return false;
  }
}

/* Starts a process that reports its problems; 0 in it. */
static pid_t begin_process(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -1;
  pid_t process = _Fork();
  if (process == 0) {
    close(ends[0]);
    report_fd = ends[1];
    return 0;
  }
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    return -1;
  }
  if (problems.fd >= 0) close(problems.fd);
  problems.fd = ends[0];
  return process;
}

void configure_begin(const struct fields *configuration) {
  if (configuration == NULL) return;
  server_watch(&problems);
  waiting_process = begin_process();
  if (waiting_process != 0) return;
  if (enter_root()) shape_root(configuration);
  _exit(0);
}

void configure_root(const struct fields *configuration) {
  /* It has done what it had to do long ago, unless there was no initramfs to speak of. */
  if (waiting_process > 0 && problems.fd >= 0) {
    /* It may be the watcher's, who takes its end: as long as it has the pipe, its number is its own. */
    struct pollfd writer = {.fd = problems.fd};
    if (poll(&writer, 1, 0) == 0) {
      kill(waiting_process, SIGKILL);
      poll(&writer, 1, -1);
    }
    take_problems(&problems, true);
  }
  waiting_process = 0;
  working_process = begin_process();
  if (working_process != 0) return;
  shape_root(configuration);
  add_room(configuration);
  _exit(0);
}
