/* A tree of files as a PAX archive, in the memory of one entry.
 *
 * Sources: POSIX.1-2017, pax, "pax Interchange Format" and "ustar Interchange Format"; GNU tar's manual, "Storing
 * Sparse Files, PAX Format, Version 1.0"; star's SCHILY.xattr records. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tar.h"
#include "tar_text.h"

enum {
  BLOCK = 512,
  BUFFER_SIZE = 32768,
  MAX_DEPTH = 4096,
  MAX_PATH_LENGTH = 1 << 20,
  MAX_RECORDS = 4 << 20,
  MAX_RANGES = 2048,
  MAX_LINKED_FILES = 262144,
  BUCKETS = 16381,
  MAX_LINKED_PATHS = 16 << 20,
  /* Files of procfs and sysfs have no size, or one that means nothing, and are read before their header is written. */
  MAX_UNSIZED = 1 << 20,
};

struct range {
  uint64_t offset;
  uint64_t length;
};

/* A file with several names, of which one has been written. */
struct linked_file {
  dev_t device;
  ino_t inode;
  size_t path;
  uint32_t next;
};

struct level {
  DIR *folder;
  dev_t device;
  size_t path_length;
};

struct archive {
  int output;
  struct tar_failure *failure;
  size_t used;
  struct tar_bytes path;
  struct tar_bytes records;
  struct tar_bytes linked_paths;
  struct linked_file *linked;
  size_t linked_count;
  size_t linked_capacity;
  uint32_t buckets[BUCKETS];
  struct level *levels;
  size_t depth;
  size_t level_capacity;
  size_t range_count;
  struct range ranges[MAX_RANGES];
  char buffer[BUFFER_SIZE];
};

static bool fail(struct archive *archive, const char *why, int error) {
  return tar_fail(archive->failure, archive->path.length > 0 ? archive->path.data : "", why, error);
}

static bool flush(struct archive *archive) {
  for (size_t done = 0; done < archive->used;) {
    ssize_t written = write(archive->output, archive->buffer + done, archive->used - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tar_fail(archive->failure, "the archive", "cannot be sent", errno);
    done += (size_t)written;
  }
  archive->used = 0;
  return true;
}

/* Writes bytes, or zeros if there is no data. */
static bool put(struct archive *archive, const char *data, uint64_t length) {
  while (length > 0) {
    if (archive->used == BUFFER_SIZE && !flush(archive)) return false;
    size_t piece = BUFFER_SIZE - archive->used;
    if (piece > length) piece = (size_t)length;
    if (data != NULL) {
      memcpy(archive->buffer + archive->used, data, piece);
      data += piece;
    } else {
      memset(archive->buffer + archive->used, 0, piece);
    }
    archive->used += piece;
    length -= piece;
  }
  return true;
}

static bool put_padding(struct archive *archive, uint64_t length) {
  return put(archive, NULL, (BLOCK - length % BLOCK) % BLOCK);
}

/* Writes an octal number with a NUL after it. One that is too large becomes 0: a record has it. */
static bool put_octal(char *field, size_t width, uint64_t number) {
  bool fits = width * 3 - 3 >= 64 || number >> (width * 3 - 3) == 0;
  if (!fits) number = 0;
  field[--width] = '\0';
  while (width > 0) {
    field[--width] = (char)('0' + (number & 7));
    number >>= 3;
  }
  return fits;
}

static bool is_utf8(const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  while (*at != 0) {
    unsigned char first = *at++;
    if (first < 0x80) continue;
    unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4) return false;
    uint32_t point = first & (0x3f >> more);
    for (unsigned index = 0; index < more; index++, at++) {
      if ((*at & 0xc0) != 0x80) return false;
      point = point << 6 | (*at & 0x3f);
    }
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
  }
  return true;
}

/* Appends "<length> <key>=<value>\n"; the length counts its own digits. */
static bool add_record(struct archive *archive, const char *prefix, const char *key, const void *value, size_t length) {
  struct tar_bytes *records = &archive->records;
  size_t escapes = 0;
  for (const char *at = key; *at != '\0'; at++) escapes += *at == '%' || *at == '=';
  size_t rest = 1 + strlen(prefix) + strlen(key) + 2 * escapes + 1 + length + 1;
  size_t total = rest + tar_digits(rest);
  if (rest + tar_digits(total) > total) total = rest + tar_digits(total);
  bool added = tar_append_number(records, total) && tar_append_text(records, " ") && tar_append_text(records, prefix);
  for (const char *at = key; added && *at != '\0'; at++) {
    added = *at == '%' ? tar_append_text(records, "%25")
          : *at == '=' ? tar_append_text(records, "%3D")
                       : tar_append(records, at, 1);
  }
  if (added && tar_append_text(records, "=") && tar_append(records, value, length) && tar_append_text(records, "\n")) {
    return true;
  }
  return fail(archive, "has more extended attributes than an archive may hold", 0);
}

static bool add_text_record(struct archive *archive, const char *key, const char *value) {
  return add_record(archive, "", key, value, strlen(value));
}

static bool add_number_record(struct archive *archive, const char *key, uint64_t number) {
  char digits[21];
  size_t start = sizeof digits - 1;
  digits[start] = '\0';
  do digits[--start] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  return add_text_record(archive, key, digits + start);
}

/* Appends "mtime", before 1970 too: -1.5 is second -2 and half a second. */
static bool add_time_record(struct archive *archive, const struct timespec *time) {
  char text[40];
  size_t end = 0;
  uint64_t seconds = (uint64_t)time->tv_sec;
  unsigned long nanoseconds = (unsigned long)time->tv_nsec;
  if (time->tv_sec < 0) {
    text[end++] = '-';
    seconds = -(uint64_t)time->tv_sec;
    if (nanoseconds > 0) {
      seconds--;
      nanoseconds = 1000000000 - nanoseconds;
    }
  }
  end += tar_digits(seconds);
  uint64_t left = seconds;
  for (size_t at = end; at > 0 && text[at - 1] != '-'; left /= 10) {
    text[--at] = (char)('0' + left % 10);
    if (left < 10) break;
  }
  text[end] = '.';
  for (size_t at = 9; at > 0; at--, nanoseconds /= 10) text[end + at] = (char)('0' + nanoseconds % 10);
  return add_record(archive, "", "mtime", text, end + 10);
}

/* Adds the extended attributes of an open file, or of a name in the current folder. */
static bool add_attributes(struct archive *archive, int file, const char *name) {
  char names[65536];
  ssize_t length = file >= 0 ? flistxattr(file, names, sizeof names) : llistxattr(name, names, sizeof names);
  if (length < 0 && errno == E2BIG) return fail(archive, "has too many extended attributes", errno);
  /* Not every filesystem has them, and what has been removed meanwhile has none. */
  if (length <= 0) return true;
  size_t size = 65536;
  char *value = malloc(size);
  if (value == NULL) return fail(archive, "cannot be read", ENOMEM);
  bool added = true;
  for (const char *at = names; added && at < names + length; at += strlen(at) + 1) {
    ssize_t value_length = file >= 0 ? fgetxattr(file, at, value, size) : lgetxattr(name, at, value, size);
    if (value_length < 0 && errno == ERANGE) added = fail(archive, "has an extended attribute that is too large", errno);
    if (value_length >= 0) added = add_record(archive, "SCHILY.xattr.", at, value, (size_t)value_length);
  }
  free(value);
  return added;
}

/* Writes the extended header that was collected, and the header. */
static bool put_header(struct archive *archive, const struct stat *info, char type, const char *path, const char *target,
                       uint64_t stored) {
  for (unsigned pass = archive->records.length > 0 ? 0 : 1; pass < 2; pass++) {
    char block[BLOCK] = {0};
    bool extended = pass == 0;
    const char *name = extended ? "@PaxHeader" : path;
    size_t name_length = strlen(name);
    memcpy(block, name, name_length < 100 ? name_length : 100);
    put_octal(block + 100, 8, extended ? 0644 : info->st_mode & 07777);
    put_octal(block + 108, 8, extended ? 0 : info->st_uid);
    put_octal(block + 116, 8, extended ? 0 : info->st_gid);
    put_octal(block + 124, 12, extended ? archive->records.length : stored);
    put_octal(block + 136, 12, extended || info->st_mtim.tv_sec < 0 ? 0 : (uint64_t)info->st_mtim.tv_sec);
    memset(block + 148, ' ', 8);
    block[156] = extended ? 'x' : type;
    if (!extended && target != NULL) {
      size_t target_length = strlen(target);
      memcpy(block + 157, target, target_length < 100 ? target_length : 100);
    }
    memcpy(block + 257, "ustar\00000", 8);
    bool device = !extended && (type == '3' || type == '4');
    put_octal(block + 329, 8, device ? major(info->st_rdev) : 0);
    put_octal(block + 337, 8, device ? minor(info->st_rdev) : 0);
    uint64_t sum = 0;
    for (size_t index = 0; index < BLOCK; index++) sum += (unsigned char)block[index];
    put_octal(block + 148, 7, sum);
    if (!put(archive, block, BLOCK)) return false;
    if (extended && !(put(archive, archive->records.data, archive->records.length) &&
                      put_padding(archive, archive->records.length))) {
      return false;
    }
  }
  return true;
}

/* Adds the records for what a header cannot hold, and writes both. SPARSE is the size of a file with holes. */
static bool put_entry(struct archive *archive, const struct stat *info, char type, const char *target, uint64_t stored,
                      const uint64_t *sparse) {
  const char *path = archive->path.data;
  bool added = true;
  if (!is_utf8(path) || (target != NULL && !is_utf8(target))) added = add_text_record(archive, "hdrcharset", "BINARY");
  if (added && sparse != NULL) {
    added = add_text_record(archive, "GNU.sparse.major", "1") && add_text_record(archive, "GNU.sparse.minor", "0") &&
            add_text_record(archive, "GNU.sparse.name", path) &&
            add_number_record(archive, "GNU.sparse.realsize", *sparse);
  } else if (added && archive->path.length > 100) {
    added = add_text_record(archive, "path", path);
  }
  if (added && target != NULL && strlen(target) > 100) added = add_text_record(archive, "linkpath", target);
  if (added && stored >> 33 != 0) added = add_number_record(archive, "size", stored);
  if (added && info->st_uid >> 21 != 0) added = add_number_record(archive, "uid", info->st_uid);
  if (added && info->st_gid >> 21 != 0) added = add_number_record(archive, "gid", info->st_gid);
  const struct timespec *time = &info->st_mtim;
  if (added && (time->tv_nsec != 0 || time->tv_sec < 0 || time->tv_sec >> 33 != 0)) {
    added = add_time_record(archive, time);
  }
  return added && put_header(archive, info, type, path, target, stored);
}

/* Finds the ranges with data. Holes between them are taken for data from the smallest up until the ranges fit. */
static void find_ranges(struct archive *archive, int file, uint64_t size) {
  for (uint64_t least_hole = 1;; least_hole = least_hole == 1 ? 8192 : least_hole * 4) {
    struct range *ranges = archive->ranges;
    archive->range_count = 0;
    for (uint64_t at = 0; at < size;) {
      off_t data = lseek(file, (off_t)at, SEEK_DATA);
      if (data < 0 && errno == ENXIO) return;
      off_t hole = data < 0 ? -1 : lseek(file, data, SEEK_HOLE);
      if (hole < 0 || (uint64_t)hole <= at) {
        ranges[0] = (struct range){0, size};
        archive->range_count = 1;
        return;
      }
      if ((uint64_t)data >= size) return;
      uint64_t end = (uint64_t)hole < size ? (uint64_t)hole : size;
      struct range *last = archive->range_count > 0 ? &ranges[archive->range_count - 1] : NULL;
      if (last != NULL && (uint64_t)data - (last->offset + last->length) < least_hole) {
        last->length = end - last->offset;
      } else if (archive->range_count == MAX_RANGES) {
        archive->range_count++;
        break;
      } else {
        ranges[archive->range_count++] = (struct range){(uint64_t)data, end - (uint64_t)data};
      }
      at = end;
    }
    if (archive->range_count <= MAX_RANGES) return;
  }
}

/* Copies a range of a file. What the file does not have any more are zeros. */
static bool put_range(struct archive *archive, int file, uint64_t offset, uint64_t length) {
  while (length > 0) {
    if (archive->used == BUFFER_SIZE && !flush(archive)) return false;
    size_t piece = BUFFER_SIZE - archive->used;
    if (piece > length) piece = (size_t)length;
    ssize_t got = pread(file, archive->buffer + archive->used, piece, (off_t)offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(archive, "cannot be read", errno);
    if (got == 0) return put(archive, NULL, length);
    archive->used += (size_t)got;
    offset += (size_t)got;
    length -= (size_t)got;
  }
  return true;
}

static bool put_sparse_file(struct archive *archive, int file, const struct stat *info) {
  uint64_t size = (uint64_t)info->st_size;
  size_t count = archive->range_count;
  struct range *ranges = archive->ranges;
  bool closed = count > 0 && ranges[count - 1].offset + ranges[count - 1].length == size;
  struct tar_bytes map = {.limit = MAX_RECORDS};
  bool made = tar_append_number(&map, count + !closed) && tar_append_text(&map, "\n");
  uint64_t stored = 0;
  for (size_t index = 0; made && index < count + !closed; index++) {
    struct range range = index < count ? ranges[index] : (struct range){size, 0};
    made = tar_append_number(&map, range.offset) && tar_append_text(&map, "\n") &&
           tar_append_number(&map, range.length) && tar_append_text(&map, "\n");
    stored += range.length;
  }
  if (!made) {
    tar_free(&map);
    return fail(archive, "cannot be read", ENOMEM);
  }
  stored += map.length + (BLOCK - map.length % BLOCK) % BLOCK;
  bool written = put_entry(archive, info, '0', NULL, stored, &size) && put(archive, map.data, map.length) &&
                 put_padding(archive, map.length);
  tar_free(&map);
  for (size_t index = 0; written && index < count; index++) {
    written = put_range(archive, file, ranges[index].offset, ranges[index].length);
  }
  return written && put_padding(archive, stored);
}

/* Reads a file whose size is not known before it has been read. */
static bool put_unsized_file(struct archive *archive, int file, struct stat *info) {
  struct tar_bytes content = {.limit = MAX_UNSIZED};
  bool read_all = false;
  char piece[4096];
  for (;;) {
    ssize_t got = read(file, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(archive, "cannot be read", errno);
    else if (got == 0) read_all = true;
    else if (tar_append(&content, piece, (size_t)got)) continue;
    else fail(archive, "has no size, and does not end", 0);
    break;
  }
  info->st_size = (off_t)content.length;
  bool written = read_all && put_entry(archive, info, '0', NULL, content.length, NULL) &&
                 put(archive, content.data, content.length) && put_padding(archive, content.length);
  tar_free(&content);
  return written;
}

static bool put_file(struct archive *archive, int file, struct stat *info) {
  uint64_t size = (uint64_t)info->st_size;
  if (info->st_blocks == 0 && size <= 4096) return put_unsized_file(archive, file, info);
  if ((uint64_t)info->st_blocks * 512 < size) {
    find_ranges(archive, file, size);
    if (archive->range_count != 1 || archive->ranges[0].offset > 0 || archive->ranges[0].length < size) {
      return put_sparse_file(archive, file, info);
    }
  }
  return put_entry(archive, info, '0', NULL, size, NULL) && put_range(archive, file, 0, size) &&
         put_padding(archive, size);
}

static uint32_t *linked_bucket(struct archive *archive, const struct stat *info) {
  return &archive->buckets[(uint64_t)(info->st_ino * 31 + info->st_dev) % BUCKETS];
}

/* The path of an earlier name of this file, or NULL. */
static const char *earlier_name(struct archive *archive, const struct stat *info) {
  if (info->st_nlink < 2) return NULL;
  for (uint32_t at = *linked_bucket(archive, info); at != 0; at = archive->linked[at - 1].next) {
    const struct linked_file *file = &archive->linked[at - 1];
    if (file->inode == info->st_ino && file->device == info->st_dev) return archive->linked_paths.data + file->path;
  }
  return NULL;
}

/* Keeps the path of a file that was written, for its other names. Without memory they become files of their own. */
static void remember_name(struct archive *archive, const struct stat *info) {
  if (info->st_nlink < 2 || archive->linked_count == MAX_LINKED_FILES) return;
  if (archive->linked_count == archive->linked_capacity) {
    size_t capacity = archive->linked_capacity == 0 ? 64 : archive->linked_capacity * 2;
    struct linked_file *grown = realloc(archive->linked, capacity * sizeof *grown);
    if (grown == NULL) return;
    archive->linked = grown;
    archive->linked_capacity = capacity;
  }
  size_t path = archive->linked_paths.length;
  if (!tar_append(&archive->linked_paths, archive->path.data, archive->path.length + 1)) return;
  uint32_t *bucket = linked_bucket(archive, info);
  archive->linked[archive->linked_count++] = (struct linked_file){info->st_dev, info->st_ino, path, *bucket};
  *bucket = (uint32_t)archive->linked_count;
}

static bool push_level(struct archive *archive, int fd, const struct stat *info, size_t path_length) {
  if (archive->depth == MAX_DEPTH) {
    close(fd);
    return fail(archive, "is too deep", 0);
  }
  if (archive->depth == archive->level_capacity) {
    size_t capacity = archive->level_capacity == 0 ? 32 : archive->level_capacity * 2;
    struct level *grown = realloc(archive->levels, capacity * sizeof *grown);
    if (grown == NULL) {
      close(fd);
      return fail(archive, "cannot be read", ENOMEM);
    }
    archive->levels = grown;
    archive->level_capacity = capacity;
  }
  DIR *folder = fdopendir(fd);
  if (folder == NULL) {
    int error = errno;
    close(fd);
    return fail(archive, "cannot be read", error);
  }
  archive->levels[archive->depth++] = (struct level){folder, info->st_dev, path_length};
  return true;
}

/* Whether a filesystem shows the kernel's state. It is not copied with the tree that it is mounted in. */
static bool is_kernel_state(int fd) {
  static const uint32_t types[] = {
      0x9fa0,      /* proc */
      0x62656572,  /* sysfs */
      0x63677270,  /* cgroup2 */
      0x27e0eb,    /* cgroup */
      0x64626720,  /* debugfs */
      0x74726163,  /* tracefs */
      0x73636673,  /* securityfs */
      0xcafe4a11,  /* bpf */
      0xde5e81e4,  /* efivarfs */
      0x1cd1,      /* devpts */
      0x6165676c,  /* pstore */
      0x62656570,  /* configfs */
      0xf97cff8c,  /* selinuxfs */
      0x19800202,  /* mqueue */
      0x0187,      /* autofs */
      0x42494e4d,  /* binfmt_misc */
  };
  struct statfs info;
  if (fstatfs(fd, &info) != 0) return false;
  for (size_t index = 0; index < sizeof types / sizeof *types; index++) {
    if ((uint32_t)info.f_type == types[index]) return true;
  }
  return false;
}

static bool add_folder(struct archive *archive, int fd, const struct stat *info) {
  size_t path_length = archive->path.length;
  if (!add_attributes(archive, fd, NULL) || !tar_append_text(&archive->path, "/") ||
      !put_entry(archive, info, '5', NULL, 0, NULL)) {
    close(fd);
    return fail(archive, "cannot be read", ENAMETOOLONG);
  }
  archive->path.length = path_length;
  archive->path.data[path_length] = '\0';
  if (archive->depth > 0 && archive->levels[archive->depth - 1].device != info->st_dev && is_kernel_state(fd)) {
    close(fd);
    return true;
  }
  return push_level(archive, fd, info, path_length);
}

/* What is neither a file nor a folder: there is nothing to open. */
static bool add_other(struct archive *archive, int folder, const char *name, const struct stat *info) {
  char type;
  char target[4096];
  switch (info->st_mode & S_IFMT) {
    case S_IFLNK: {
      ssize_t length = readlinkat(folder, name, target, sizeof target - 1);
      if (length < 0 && (errno == ENOENT || errno == EINVAL)) return true;
      if (length < 0) return fail(archive, "cannot be read", errno);
      target[length] = '\0';
      type = '2';
      break;
    }
    case S_IFCHR: type = '3'; break;
    case S_IFBLK: type = '4'; break;
    case S_IFIFO: type = '6'; break;
    /* A socket is of no use without its process, and an archive has no type for it. */
    default: return true;
  }
  if (folder != AT_FDCWD && fchdir(folder) != 0) return fail(archive, "cannot be read", errno);
  if (!add_attributes(archive, -1, name) ||
      !put_entry(archive, info, type, type == '2' ? target : NULL, 0, NULL)) {
    return false;
  }
  remember_name(archive, info);
  return true;
}

/* Adds what the path of the archive now names. What is gone, or has become something else, is left out. */
static bool add(struct archive *archive, int folder, const char *name, bool must_be_there) {
  archive->records.length = 0;
  struct stat info;
  if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return (errno == ENOENT && !must_be_there) || fail(archive, "cannot be read", errno);
  }
  bool is_folder = S_ISDIR(info.st_mode);
  const char *first = is_folder ? NULL : earlier_name(archive, &info);
  if (first != NULL) return put_entry(archive, &info, '1', first, 0, NULL);
  if (!is_folder && !S_ISREG(info.st_mode)) return add_other(archive, folder, name, &info);
  /* Never waits: a FIFO may have taken the file's place. */
  int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (is_folder ? O_DIRECTORY : 0);
  int fd = openat(folder, name, flags | O_NOATIME);
  if (fd < 0 && errno == EPERM) fd = openat(folder, name, flags);
  if (fd < 0) {
    bool changed = errno == ENOENT || errno == ELOOP || errno == ENOTDIR || errno == ENXIO;
    return (changed && !must_be_there) || fail(archive, "cannot be read", errno);
  }
  if (fstat(fd, &info) != 0) {
    int error = errno;
    close(fd);
    return fail(archive, "cannot be read", error);
  }
  if (is_folder) return add_folder(archive, fd, &info);
  bool is_file = S_ISREG(info.st_mode);
  bool added = !is_file || (add_attributes(archive, fd, NULL) && put_file(archive, fd, &info));
  close(fd);
  if (is_file && added) remember_name(archive, &info);
  return added;
}

static bool walk(struct archive *archive) {
  while (archive->depth > 0) {
    struct level *level = &archive->levels[archive->depth - 1];
    archive->path.length = level->path_length;
    archive->path.data[level->path_length] = '\0';
    errno = 0;
    struct dirent *entry = readdir(level->folder);
    if (entry == NULL) {
      /* A folder that has been removed cannot be read any more. */
      if (errno != 0 && errno != ENOENT) return fail(archive, "cannot be read", errno);
      closedir(level->folder);
      archive->depth--;
      continue;
    }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (!tar_append_text(&archive->path, "/") || !tar_append_text(&archive->path, entry->d_name)) {
      return fail(archive, "has a path that is too long", 0);
    }
    if (!add(archive, dirfd(level->folder), entry->d_name, false)) return false;
  }
  return true;
}

bool tar_out(int output, const char *path, const char *name, struct tar_failure *failure) {
  *failure = (struct tar_failure){0};
  struct archive *archive = calloc(1, sizeof *archive);
  if (archive == NULL) return tar_fail(failure, path, "cannot be read", ENOMEM);
  archive->output = output;
  archive->failure = failure;
  archive->path.limit = MAX_PATH_LENGTH;
  archive->records.limit = MAX_RECORDS;
  archive->linked_paths.limit = MAX_LINKED_PATHS;
  /* One descriptor for each level. */
  struct rlimit limit = {MAX_DEPTH + 64, MAX_DEPTH + 64};
  if (prlimit(0, RLIMIT_NOFILE, &limit, NULL) != 0 && prlimit(0, RLIMIT_NOFILE, NULL, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    prlimit(0, RLIMIT_NOFILE, &limit, NULL);
  }
  bool written = tar_append_text(&archive->path, name) && add(archive, AT_FDCWD, path, true) && walk(archive) &&
                 put(archive, NULL, 2 * (uint64_t)BLOCK) && flush(archive);
  while (archive->depth > 0) closedir(archive->levels[--archive->depth].folder);
  tar_free(&archive->path);
  tar_free(&archive->records);
  tar_free(&archive->linked_paths);
  free(archive->linked);
  free(archive->levels);
  free(archive);
  return written;
}
