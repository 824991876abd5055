/* Folders of the host, swap space, and a root filesystem that grows.
 *
 * Sources: mount(2), umount2(2), swapon(2); the kernel's Documentation/filesystems/virtiofs.rst and 9p.rst, and
 * fs/ext4/resize.c. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mount.h"
#include "text.h"

enum {
  EXT4_MAGIC = 0xef53,
  SECTOR_SIZE = 512,
  /* A driver that was just loaded finds its devices at once; udev may take its time to load it. */
  MOUNT_TRIES = 40,
  MOUNT_PAUSE_MS = 50,
  NAME_TRIES = 40,
  GROW_TRIES = 150,
  GROW_PAUSE_MS = 100,
  /* As long as a path may be. */
  MAX_PATH = 4096,
};

#define EXT4_RESIZE_FS _IOW('f', 16, uint64_t)

struct share_type {
  const char *name;
  const char *modules[3];
  const char *options;
};

/* What a guest may map and write is what its kernel keeps in its cache: without one there is no shared mapping. */
static const struct share_type types[] = {
    {"virtiofs", {"virtiofs"}, NULL},
    {"9p", {"9p", "9pnet_virtio"}, "trans=virtio,version=9p2000.L,cache=mmap,msize=262144"},
};

static bool fail(struct mount_failure *failure, int error, const char *text) {
  failure->error = error;
  size_t length = strnlen(text, sizeof failure->text - 1);
  memcpy(failure->text, text, length);
  failure->text[length] = '\0';
  return false;
}

/* Makes a folder and those that lead to it. */
static bool make_folders(const char *path, struct mount_failure *failure) {
  char copy[MAX_PATH];
  size_t length = strlen(path);
  if (path[0] != '/' || length >= sizeof copy) return fail(failure, EINVAL, "the path is not one");
  memcpy(copy, path, length + 1);
  for (size_t end = 1; end <= length; end++) {
    if (copy[end] != '/' && copy[end] != '\0') continue;
    char saved = copy[end];
    copy[end] = '\0';
    if (mkdir(copy, 0755) < 0 && errno != EEXIST) {
      /* On a read-only filesystem the folder may be there all the same. */
      int error = errno;
      struct stat info;
      if (stat(copy, &info) < 0) return fail(failure, error, "its folder cannot be made");
    }
    copy[end] = saved;
  }
  struct stat info;
  if (stat(path, &info) < 0) return fail(failure, errno, "its folder cannot be reached");
  return S_ISDIR(info.st_mode) || fail(failure, ENOTDIR, "something else is there");
}

/* Asks the guest's own modprobe, wherever it is. Whether it helped, the next mount shows. */
static void load_modules(const char *const *modules) {
  static const char *const programs[] = {"/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe", "/usr/bin/modprobe"};
  pid_t child = _Fork();
  if (child == 0) {
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
      for (int descriptor = 0; descriptor < 3; descriptor++) dup2(null, descriptor);
    }
    char *arguments[] = {"modprobe", "-q", "-a", (char *)modules[0], (char *)modules[1], NULL};
    char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    for (size_t index = 0; index < sizeof programs / sizeof *programs; index++) {
      execve(programs[index], arguments, environment);
    }
    _exit(127);
  }
  if (child < 0) return;
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
}

bool mount_share(const char *type, const char *tag, const char *path, bool read_only, struct mount_failure *failure) {
  const struct share_type *found = NULL;
  for (size_t index = 0; index < sizeof types / sizeof *types; index++) {
    if (strcmp(types[index].name, type) == 0) found = &types[index];
  }
  if (found == NULL) return fail(failure, EINVAL, "there are no shares of this type");
  if (!make_folders(path, failure)) return false;
  unsigned long flags = MS_NODEV | (read_only ? MS_RDONLY : 0);
  for (int try = 0;; try++) {
    if (mount(tag, path, found->name, flags, found->options) == 0) return true;
    int error = errno;
    /* No such filesystem, no such transport, no such tag: its driver is not there yet. */
    bool driver_missing = error == ENODEV || error == EINVAL || error == ENOENT || error == EPROTONOSUPPORT;
    if (!driver_missing) return fail(failure, error, "it cannot be mounted");
    if (error == ENODEV && try > 0) return fail(failure, error, "the guest's kernel has no driver for it");
    if (try == MOUNT_TRIES) return fail(failure, error, "the guest's kernel does not find it");
    if (try == 0) {
      load_modules(found->modules);
    } else {
      pause_ms(MOUNT_PAUSE_MS);
    }
  }
}

bool unmount_share(const char *path, struct mount_failure *failure) {
  if (umount2(path, UMOUNT_NOFOLLOW) == 0) return true;
  if (errno != EBUSY) return fail(failure, errno, "it cannot be unmounted");
  /* What has been written is on the host all the same. */
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    syncfs(folder);
    close(folder);
  }
  return umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH) == 0 || fail(failure, errno, "it cannot be unmounted");
}

/* Reads the first line of a small file. */
static bool read_line(int folder, const char *path, char *line, size_t size) {
  int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t length;
  while ((length = read(file, line, size - 1)) < 0 && errno == EINTR) {
  }
  close(file);
  if (length < 0) return false;
  line[length] = '\0';
  line[strcspn(line, "\n")] = '\0';
  return true;
}

/* Finds the name of the disk with a serial number. */
static bool find_disk(int sys, const char *serial, char *name, size_t size) {
  int folder = openat(sys, "block", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  DIR *disks = fdopendir(folder);
  if (disks == NULL) {
    close(folder);
    return false;
  }
  bool found = false;
  struct dirent *entry;
  while (!found && (entry = readdir(disks)) != NULL) {
    char path[sizeof entry->d_name + sizeof "/serial"];
    char line[64];
    size_t length = strlen(entry->d_name);
    if (length >= size) continue;
    memcpy(path, entry->d_name, length);
    memcpy(path + length, "/serial", sizeof "/serial");
    found = read_line(dirfd(disks), path, line, sizeof line) && strcmp(line, serial) == 0;
    if (found) memcpy(name, entry->d_name, length + 1);
  }
  closedir(disks);
  return found;
}

bool swap_on_disk(int sys, int dev, const char *serial, struct mount_failure *failure) {
  char name[64];
  bool found = find_disk(sys, serial, name, sizeof name);
  for (int try = 0; !found && try < MOUNT_TRIES; try++) {
    pause_ms(MOUNT_PAUSE_MS);
    found = find_disk(sys, serial, name, sizeof name);
  }
  if (!found) return fail(failure, ENOENT, "there is no disk with this serial number");
  /* The kernel shows the name by which the device was reached: wait a while for the guest's own. */
  char path[sizeof "/dev/" + sizeof name] = "/dev/";
  memcpy(path + strlen(path), name, strlen(name) + 1);
  for (int try = 0; try < NAME_TRIES; try++) {
    if (swapon(path, SWAP_FLAG_DISCARD) == 0 || errno == EBUSY) return true;
    if (errno != ENOENT) return fail(failure, errno, "the guest's kernel does not swap to it");
    pause_ms(MOUNT_PAUSE_MS);
  }
  /* A root without a /dev: swapon(2) takes no descriptor. */
  int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (here < 0 || fchdir(dev) < 0) {
    int error = errno;
    if (here >= 0) close(here);
    return fail(failure, error, "its device cannot be reached");
  }
  bool done = swapon(name, SWAP_FLAG_DISCARD) == 0 || errno == EBUSY;
  int error = errno;
  bool back = fchdir(here) == 0;
  close(here);
  if (!back) return fail(failure, errno, "its device cannot be left");
  return done || fail(failure, error, "the guest's kernel does not swap to it");
}

/* Appends a number and then a text, and gives the new end. */
static char *append(char *end, unsigned number, const char *text) {
  char digits[16];
  size_t count = 0;
  do {
    digits[count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  while (count > 0) *end++ = digits[--count];
  size_t length = strlen(text);
  memcpy(end, text, length + 1);
  return end + length;
}

bool grow_filesystem(int sys, int root, struct mount_failure *failure) {
  struct statfs filesystem;
  struct stat info;
  if (fstatfs(root, &filesystem) < 0 || fstat(root, &info) < 0) {
    return fail(failure, errno, "the root filesystem cannot be looked at");
  }
  if (filesystem.f_type != EXT4_MAGIC) return fail(failure, EOPNOTSUPP, "the root filesystem is not ext4");
  char path[64] = "dev/block/";
  char line[64];
  append(append(path + strlen(path), major(info.st_dev), ":"), minor(info.st_dev), "/size");
  if (!read_line(sys, path, line, sizeof line)) return fail(failure, ENODEV, "the root filesystem has no disk");
  uint64_t blocks;
  if (!parse_number(line, UINT64_MAX / SECTOR_SIZE, &blocks)) return fail(failure, EINVAL, "its disk has no size");
  blocks = blocks * SECTOR_SIZE / (uint64_t)filesystem.f_bsize;
  /* The kernel does nothing if the size is the same. A guest may make its root writable only while it starts. */
  for (int try = 0; ioctl(root, EXT4_RESIZE_FS, &blocks) < 0; try++) {
    if (errno != EROFS || try == GROW_TRIES) return fail(failure, errno, "the root filesystem does not grow");
    pause_ms(GROW_PAUSE_MS);
  }
  return true;
}
