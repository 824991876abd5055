/* A tar archive into a folder, and nowhere else.
 *
 * Reads ustar headers with PAX records, and sparse files in GNU's format 1.0: what the host sends, whose own code reads
 * what other programs write.
 *
 * Sources: POSIX.1-2017, pax; GNU tar's manual, "Basic Tar Format" and "Storing Sparse Files"; star's SCHILY.xattr. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tar.h"
#include "tar_text.h"

enum {
  BLOCK = 512,
  BUFFER_SIZE = 65536,
  MAX_RECORDS = 4 << 20,
  MAX_NAME = 1 << 20,
  MAX_RANGES = 1 << 20,
  MAX_FOLDERS = 4 << 20,
};

struct range {
  uint64_t offset;
  uint64_t length;
};

/* What an entry is: its header, and what extended headers say of it. */
struct member {
  char type;
  mode_t mode;
  uid_t uid;
  gid_t gid;
  uint64_t size;
  struct timespec time;
  dev_t device;
  bool sparse;
  uint64_t real_size;
};

/* What records say of the next entry. */
struct overrides {
  bool uid_given, gid_given, size_given, time_given;
  uid_t uid;
  gid_t gid;
  uint64_t size;
  struct timespec time;
};

/* A folder whose mode and time are set when everything is in it; its path follows. */
struct folder {
  struct timespec time;
  uint32_t mode;
  uint32_t path_length;
};

struct unpacking {
  int input;
  int base;
  bool base_is_root;
  const struct tar_owner *owner;
  bool replace;
  struct tar_failure *failure;
  uint64_t position;
  struct member member;
  struct overrides given;
  struct tar_bytes path, target;
  bool path_given, target_given;
  /* Extended attributes: name, NUL, 4 bytes of the value's size, value. */
  struct tar_bytes attributes;
  struct tar_bytes records;
  struct tar_bytes folders;
  struct range *ranges;
  size_t range_count, range_capacity;
  int parent;
  struct tar_bytes parent_path;
  size_t start, end;
  char buffer[BUFFER_SIZE];
};

static bool damaged(struct unpacking *unpacking, const char *why) {
  struct tar_bytes text = {.limit = 512};
  tar_append_text(&text, "the archive is damaged before byte ");
  tar_append_number(&text, unpacking->position);
  tar_append_text(&text, ":");
  tar_fail(unpacking->failure, text.data != NULL ? text.data : "the archive is damaged:", why, 0);
  tar_free(&text);
  return false;
}

static bool fail(struct unpacking *unpacking, const char *why, int error) {
  return tar_fail(unpacking->failure, unpacking->path.length > 0 ? unpacking->path.data : "", why, error);
}

static bool no_memory(struct unpacking *unpacking) {
  return tar_fail(unpacking->failure, "the archive", "cannot be unpacked", ENOMEM);
}

/* Fills the empty buffer: the number of bytes, 0 at the end. */
static ssize_t fill(struct unpacking *unpacking) {
  ssize_t got;
  do got = read(unpacking->input, unpacking->buffer, BUFFER_SIZE);
  while (got < 0 && errno == EINTR);
  if (got < 0) tar_fail(unpacking->failure, "the archive", "cannot be read", errno);
  unpacking->start = 0;
  unpacking->end = got < 0 ? 0 : (size_t)got;
  return got;
}

/* Gives what has been read, at most LENGTH bytes of it; 0 if there is nothing more, which is a failure. */
static size_t take(struct unpacking *unpacking, const char **data, uint64_t length) {
  if (unpacking->start == unpacking->end && fill(unpacking) <= 0) {
    damaged(unpacking, "it ends too early");
    return 0;
  }
  size_t piece = unpacking->end - unpacking->start;
  if (piece > length) piece = (size_t)length;
  *data = unpacking->buffer + unpacking->start;
  unpacking->start += piece;
  unpacking->position += piece;
  return piece;
}

/* Reads exactly LENGTH bytes, or drops them. */
static bool get(struct unpacking *unpacking, char *into, uint64_t length) {
  while (length > 0) {
    const char *data;
    size_t got = take(unpacking, &data, length);
    if (got == 0) return false;
    if (into != NULL) {
      memcpy(into, data, got);
      into += got;
    }
    length -= got;
  }
  return true;
}

static bool skip_padding(struct unpacking *unpacking, uint64_t length) {
  return get(unpacking, NULL, (BLOCK - length % BLOCK) % BLOCK);
}

/* An octal number, with a NUL or a space after it. */
static bool parse_octal(const char *field, size_t width, uint64_t *number) {
  uint64_t value = 0;
  size_t at = 0;
  for (; at < width && field[at] >= '0' && field[at] <= '7'; at++) value = value << 3 | (uint64_t)(field[at] - '0');
  *number = value;
  return at < width && (field[at] == ' ' || field[at] == '\0');
}

/* A decimal number of a record, all of it. At most 2^62, so that sums do not overflow. */
static bool parse_decimal(const char *text, size_t length, uint64_t *number) {
  if (length == 0) return false;
  uint64_t value = 0;
  for (size_t index = 0; index < length; index++) {
    if (text[index] < '0' || text[index] > '9' || value > ((uint64_t)1 << 62) / 10) return false;
    value = value * 10 + (uint64_t)(text[index] - '0');
  }
  *number = value;
  return true;
}

static bool parse_id(const char *text, size_t length, uint32_t *id) {
  uint64_t number;
  if (!parse_decimal(text, length, &number) || number > UINT32_MAX) return false;
  *id = (uint32_t)number;
  return true;
}

/* "-1.5" is second -2 and half a second. */
static bool parse_time(const char *text, size_t length, struct timespec *time) {
  bool negative = length > 0 && *text == '-';
  if (negative) text++, length--;
  const char *point = memchr(text, '.', length);
  size_t whole = point != NULL ? (size_t)(point - text) : length;
  uint64_t seconds;
  if (!parse_decimal(text, whole, &seconds)) return false;
  long nanoseconds = 0;
  for (size_t index = 0; index < 9; index++) {
    size_t at = whole + 1 + index;
    if (at < length && (text[at] < '0' || text[at] > '9')) return false;
    nanoseconds = nanoseconds * 10 + (at < length ? text[at] - '0' : 0);
  }
  *time = (struct timespec){(time_t)seconds, nanoseconds};
  if (!negative) return true;
  time->tv_sec = -time->tv_sec - (nanoseconds > 0);
  time->tv_nsec = nanoseconds > 0 ? 1000000000 - nanoseconds : 0;
  return true;
}

static bool add_range(struct unpacking *unpacking, uint64_t offset, uint64_t length) {
  if (unpacking->range_count > 0) {
    struct range last = unpacking->ranges[unpacking->range_count - 1];
    if (offset < last.offset + last.length) return damaged(unpacking, "the parts of a sparse file are out of order");
  }
  if (offset >> 62 != 0 || length >> 62 != 0) return damaged(unpacking, "a part of a sparse file is too far off");
  if (unpacking->range_count == MAX_RANGES) return fail(unpacking, "has too many holes", 0);
  if (unpacking->range_count == unpacking->range_capacity) {
    size_t capacity = unpacking->range_capacity == 0 ? 64 : unpacking->range_capacity * 2;
    struct range *grown = realloc(unpacking->ranges, capacity * sizeof *grown);
    if (grown == NULL) return no_memory(unpacking);
    unpacking->ranges = grown;
    unpacking->range_capacity = capacity;
  }
  unpacking->ranges[unpacking->range_count++] = (struct range){offset, length};
  return true;
}

static bool set_text(struct unpacking *unpacking, struct tar_bytes *text, const char *value, size_t length) {
  text->length = 0;
  if (memchr(value, '\0', length) != NULL) return damaged(unpacking, "a name has a NUL byte in it");
  return tar_append(text, value, length) || damaged(unpacking, "a name is too long");
}

/* Keeps an extended attribute, whose name has %25 for % and %3D for =. */
static bool add_attribute(struct unpacking *unpacking, const char *name, size_t name_length, const char *value,
                          size_t length) {
  bool added = true;
  for (size_t index = 0; added && index < name_length; index++) {
    size_t left = name_length - index;
    char byte = name[index];
    if (byte == '\0') return damaged(unpacking, "an extended attribute's name has a NUL byte in it");
    if (left > 2 && memcmp(name + index, "%25", 3) == 0) index += 2;
    if (left > 2 && memcmp(name + index, "%3D", 3) == 0) byte = '=', index += 2;
    added = tar_append(&unpacking->attributes, &byte, 1);
  }
  uint32_t size = (uint32_t)length;
  added = added && tar_append(&unpacking->attributes, "", 1) && tar_append(&unpacking->attributes, &size, sizeof size) &&
          tar_append(&unpacking->attributes, value, length);
  return added || damaged(unpacking, "it has too many extended attributes");
}

static bool is_key(const char *key, size_t length, const char *expected) {
  return strlen(expected) == length && memcmp(key, expected, length) == 0;
}

static bool apply_record(struct unpacking *unpacking, const char *key, size_t key_length, const char *value,
                         size_t length) {
  static const char attribute[] = "SCHILY.xattr.";
  struct overrides *given = &unpacking->given;
  struct member *member = &unpacking->member;
  bool good = true;
  if (is_key(key, key_length, "uid")) {
    given->uid_given = good = parse_id(value, length, &given->uid);
  } else if (is_key(key, key_length, "gid")) {
    given->gid_given = good = parse_id(value, length, &given->gid);
  } else if (is_key(key, key_length, "mtime")) {
    given->time_given = good = parse_time(value, length, &given->time);
  } else if (is_key(key, key_length, "size")) {
    given->size_given = good = parse_decimal(value, length, &given->size);
  } else if (is_key(key, key_length, "path") || is_key(key, key_length, "GNU.sparse.name")) {
    unpacking->path_given = true;
    return set_text(unpacking, &unpacking->path, value, length);
  } else if (is_key(key, key_length, "linkpath")) {
    unpacking->target_given = true;
    return set_text(unpacking, &unpacking->target, value, length);
  } else if (is_key(key, key_length, "GNU.sparse.size")) {
    return damaged(unpacking, "a sparse file is of an old format");
  } else if (is_key(key, key_length, "GNU.sparse.realsize")) {
    member->sparse = true;
    good = parse_decimal(value, length, &member->real_size);
  } else if (key_length > sizeof attribute - 1 && memcmp(key, attribute, sizeof attribute - 1) == 0) {
    return add_attribute(unpacking, key + sizeof attribute - 1, key_length - (sizeof attribute - 1), value, length);
  }
  return good || damaged(unpacking, "an extended header has a number that is not one");
}

static bool read_records(struct unpacking *unpacking, uint64_t size) {
  if (size > MAX_RECORDS) return damaged(unpacking, "an extended header is too large");
  struct tar_bytes *records = &unpacking->records;
  records->length = 0;
  for (uint64_t left = size; left > 0;) {
    const char *data;
    size_t got = take(unpacking, &data, left);
    if (got == 0) return false;
    if (!tar_append(records, data, got)) return no_memory(unpacking);
    left -= got;
  }
  if (!skip_padding(unpacking, size)) return false;
  const char *at = records->data;
  const char *end = at + records->length;
  while (at < end) {
    const char *space = memchr(at, ' ', (size_t)(end - at));
    uint64_t length;
    if (space == NULL || !parse_decimal(at, (size_t)(space - at), &length) || length > (uint64_t)(end - at) ||
        length < (uint64_t)(space - at) + 3 || at[length - 1] != '\n') {
      return damaged(unpacking, "an extended header has a record that is not one");
    }
    const char *key = space + 1;
    const char *record_end = at + length - 1;
    const char *equals = memchr(key, '=', (size_t)(record_end - key));
    if (equals == NULL) return damaged(unpacking, "an extended header has a record without a value");
    if (!apply_record(unpacking, key, (size_t)(equals - key), equals + 1, (size_t)(record_end - equals - 1))) return false;
    at += length;
  }
  return true;
}

/* Reads one decimal line of a map. */
static bool read_map_line(struct unpacking *unpacking, uint64_t *left, uint64_t *number) {
  char digits[24];
  for (size_t length = 0; length < sizeof digits && *left > 0; length++) {
    if (!get(unpacking, &digits[length], 1)) return false;
    --*left;
    if (digits[length] != '\n') continue;
    if (!parse_decimal(digits, length, number)) break;
    return true;
  }
  return damaged(unpacking, "the map of a sparse file is not one");
}

/* The map is at the start of the data. */
static bool read_map(struct unpacking *unpacking, uint64_t *stored) {
  uint64_t before = *stored;
  uint64_t count;
  if (!read_map_line(unpacking, stored, &count)) return false;
  if (count > MAX_RANGES) return fail(unpacking, "has too many holes", 0);
  for (uint64_t index = 0; index < count; index++) {
    uint64_t offset, length;
    if (!read_map_line(unpacking, stored, &offset) || !read_map_line(unpacking, stored, &length)) return false;
    if (!add_range(unpacking, offset, length)) return false;
  }
  uint64_t padding = (BLOCK - (before - *stored) % BLOCK) % BLOCK;
  if (padding > *stored) return damaged(unpacking, "the map of a sparse file is not one");
  *stored -= padding;
  return get(unpacking, NULL, padding);
}

/* Opens a folder below the base without leaving it. Kernels before 5.6 cannot follow links safely: there, none are. */
static int open_below(struct unpacking *unpacking, const char *path) {
  int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  if (*path == '\0') path = ".";
  if (unpacking->base_is_root) return openat(unpacking->base, path, flags);
  struct open_how how = {.flags = (uint64_t)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  int fd;
  unsigned attempts = 0;
  do fd = (int)syscall(SYS_openat2, unpacking->base, path, &how, sizeof how);
  while (fd < 0 && (errno == EAGAIN || errno == EINTR) && attempts++ < 100);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return fd;
  fd = openat(unpacking->base, ".", flags);
  char component[256];
  while (fd >= 0 && *path != '\0') {
    size_t length = strcspn(path, "/");
    if (length >= sizeof component) {
      close(fd);
      errno = ENAMETOOLONG;
      return -1;
    }
    memcpy(component, path, length);
    component[length] = '\0';
    int next = openat(fd, component, flags | O_NOFOLLOW);
    int error = errno;
    close(fd);
    errno = error;
    fd = next;
    path += length;
    path += strspn(path, "/");
  }
  return fd;
}

/* Brings a path into the form "a/b/c"; one that leads out is refused. */
static bool clean_path(struct unpacking *unpacking, struct tar_bytes *path) {
  if (path->data == NULL && !tar_append(path, "", 0)) return no_memory(unpacking);
  char *to = path->data;
  for (const char *from = path->data; *from != '\0';) {
    size_t length = strcspn(from, "/");
    if (length == 2 && memcmp(from, "..", 2) == 0) {
      return tar_fail(unpacking->failure, path->data, "leads out of the folder", 0);
    }
    if (length > 0 && !(length == 1 && *from == '.')) {
      if (to > path->data) *to++ = '/';
      memmove(to, from, length);
      to += length;
    }
    from += length;
    from += strspn(from, "/");
  }
  *to = '\0';
  path->length = (size_t)(to - path->data);
  return true;
}

/* Opens the folder that a cleaned path is in, and makes what is missing of it. Gives the last name of the path. */
static int open_parent(struct unpacking *unpacking, char *path, const char **name, bool make) {
  char *slash = strrchr(path, '/');
  *name = slash != NULL ? slash + 1 : path;
  size_t length = slash != NULL ? (size_t)(slash - path) : 0;
  if (unpacking->parent >= 0 && unpacking->parent_path.length == length &&
      memcmp(unpacking->parent_path.data, path, length) == 0) {
    return unpacking->parent;
  }
  if (slash != NULL) *slash = '\0';
  const char *parent = slash != NULL ? path : "";
  int fd = open_below(unpacking, parent);
  for (size_t end = 0; fd < 0 && errno == ENOENT && make && end < length;) {
    /* Each part in turn: what is there already may be a link to a folder. */
    end += strcspn(path + end, "/");
    bool last = path[end] == '\0';
    path[end] = '\0';
    fd = open_below(unpacking, path);
    if (fd < 0 && errno == ENOENT) {
      char *part = strrchr(path, '/');
      if (part != NULL) *part = '\0';
      int folder = open_below(unpacking, part != NULL ? path : "");
      if (part != NULL) *part = '/';
      if (folder >= 0) {
        if (mkdirat(folder, part != NULL ? part + 1 : path, 0755) == 0 && unpacking->owner->given) {
          (void)!fchownat(folder, part != NULL ? part + 1 : path, unpacking->owner->uid, unpacking->owner->gid,
                          AT_SYMLINK_NOFOLLOW);
        }
        int error = errno;
        close(folder);
        fd = open_below(unpacking, path);
        if (fd < 0 && errno == ENOENT) errno = error == ENOENT ? ENOTDIR : error;
        if (fd < 0) break;
      }
    }
    if (fd >= 0 && !last) {
      close(fd);
      fd = -1;
      errno = ENOENT;
    }
    if (!last) path[end++] = '/';
  }
  int error = errno;
  for (size_t index = 0; index < length; index++) {
    if (path[index] == '\0') path[index] = '/';
  }
  if (fd < 0) {
    if (slash != NULL) *slash = '/';
    errno = error;
    return -1;
  }
  unpacking->parent_path.length = 0;
  bool kept = tar_append(&unpacking->parent_path, path, length);
  if (slash != NULL) *slash = '/';
  if (unpacking->parent >= 0) close(unpacking->parent);
  unpacking->parent = kept ? fd : -1;
  if (kept) return fd;
  close(fd);
  errno = ENOMEM;
  return -1;
}

/* Says why a place could not be reached. A link that leads out gives EXDEV. */
static bool unreachable(struct unpacking *unpacking, int error) {
  if (error == EXDEV || error == ELOOP) return fail(unpacking, "leads through a link out of the folder", 0);
  return fail(unpacking, "cannot be written", error);
}

static uid_t owner_of(const struct unpacking *unpacking) {
  return unpacking->owner->given ? unpacking->owner->uid : unpacking->member.uid;
}

static gid_t group_of(const struct unpacking *unpacking) {
  return unpacking->owner->given ? unpacking->owner->gid : unpacking->member.gid;
}

/* Gives what has been made its owner. Who is not root keeps what they make. */
static bool give_owner(struct unpacking *unpacking, int parent, const char *name) {
  if (fchownat(parent, name, owner_of(unpacking), group_of(unpacking), AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0) {
    return true;
  }
  int error = errno;
  if (error == EPERM && geteuid() != 0) return true;
  return fail(unpacking, "cannot be given its owner", error);
}

/* Sets the extended attributes of an open file, or of a name in a folder. What a filesystem does not have is left. */
static bool set_attributes(struct unpacking *unpacking, int file, int parent, const char *name) {
  const struct tar_bytes *attributes = &unpacking->attributes;
  if (attributes->length == 0) return true;
  if (file < 0 && fchdir(parent) != 0) return true;
  for (size_t at = 0; at < attributes->length;) {
    const char *key = attributes->data + at;
    at += strlen(key) + 1;
    uint32_t length;
    memcpy(&length, attributes->data + at, sizeof length);
    at += sizeof length;
    const char *value = attributes->data + at;
    at += length;
    int result = file >= 0 ? fsetxattr(file, key, value, length, 0) : lsetxattr(name, key, value, length, 0);
    if (result != 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EROFS)) {
      return fail(unpacking, "cannot be given its extended attributes", errno);
    }
  }
  return true;
}

static bool write_all(struct unpacking *unpacking, int file, const char *data, size_t length, uint64_t offset) {
  while (length > 0) {
    ssize_t written = pwrite(file, data, length, (off_t)offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(unpacking, "cannot be written", errno);
    data += written;
    offset += (uint64_t)written;
    length -= (size_t)written;
  }
  return true;
}

static bool write_range(struct unpacking *unpacking, int file, struct range range) {
  while (range.length > 0) {
    const char *data;
    size_t got = take(unpacking, &data, range.length);
    if (got == 0 || !write_all(unpacking, file, data, got, range.offset)) return false;
    range.offset += got;
    range.length -= got;
  }
  return true;
}

static bool write_content(struct unpacking *unpacking, int file, uint64_t stored) {
  struct member *member = &unpacking->member;
  if (!member->sparse) return write_range(unpacking, file, (struct range){0, stored});
  uint64_t sum = 0;
  for (size_t index = 0; index < unpacking->range_count; index++) {
    struct range range = unpacking->ranges[index];
    sum += range.length;
    if (range.offset + range.length > member->real_size || sum > stored) {
      return damaged(unpacking, "a part of a sparse file is outside of it");
    }
    if (!write_range(unpacking, file, range)) return false;
  }
  if (ftruncate(file, (off_t)member->real_size) != 0) return fail(unpacking, "cannot be written", errno);
  return get(unpacking, NULL, stored - sum);
}

/* Makes room for something that is not a folder. */
static bool clear_place(struct unpacking *unpacking, int parent, const char *name) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return fail(unpacking, "cannot be replaced", errno);
  if (!unpacking->replace) return fail(unpacking, "is a folder, and is something else in the archive", 0);
  if (unlinkat(parent, name, AT_REMOVEDIR) == 0) return true;
  return fail(unpacking, "cannot be replaced", errno);
}

static bool unpack_file(struct unpacking *unpacking, int parent, const char *name) {
  struct member *member = &unpacking->member;
  uint64_t stored = member->size;
  if (member->sparse && !read_map(unpacking, &stored)) return false;
  int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  int file = -1;
  /* What is mounted at a name cannot be removed, and is written to. */
  if (unlinkat(parent, name, 0) != 0 && errno == EBUSY) file = openat(parent, name, flags | O_TRUNC);
  bool made = file < 0;
  if (made) {
    if (!clear_place(unpacking, parent, name)) return false;
    file = openat(parent, name, flags | O_CREAT | O_EXCL, 0600);
  }
  if (file < 0) return fail(unpacking, "cannot be written", errno);
  struct timespec times[2] = {{0, UTIME_OMIT}, member->time};
  bool written = write_content(unpacking, file, stored) && give_owner(unpacking, file, "");
  if (written && fchmod(file, member->mode) != 0) written = fail(unpacking, "cannot be given its mode", errno);
  written = written && set_attributes(unpacking, file, -1, NULL);
  if (written && futimens(file, times) != 0) written = fail(unpacking, "cannot be given its time", errno);
  /* Some filesystems tell only here that there is no space. */
  if (close(file) != 0 && written) written = fail(unpacking, "cannot be written", errno);
  if (!written && made) unlinkat(parent, name, 0);
  return written && skip_padding(unpacking, member->size);
}

/* Sets what would be in the way while a folder is filled, or would not stay. */
static bool finish_folders(struct unpacking *unpacking) {
  size_t at = 0;
  bool finished = true;
  while (finished && at < unpacking->folders.length) {
    struct folder folder;
    memcpy(&folder, unpacking->folders.data + at, sizeof folder);
    at += sizeof folder;
    char *path = unpacking->folders.data + at;
    at += folder.path_length + 1;
    const char *name;
    int parent = open_parent(unpacking, path, &name, false);
    int fd = parent < 0 ? -1 : openat(parent, *name != '\0' ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    /* Another entry may have taken its place. */
    if (fd < 0) continue;
    struct timespec times[2] = {{0, UTIME_OMIT}, folder.time};
    if (fchmod(fd, folder.mode) != 0 || futimens(fd, times) != 0) {
      finished = tar_fail(unpacking->failure, path, "cannot be given its mode and time", errno);
    }
    close(fd);
  }
  unpacking->folders.length = 0;
  return finished;
}

static bool unpack_folder(struct unpacking *unpacking, int parent, const char *name) {
  struct member *member = &unpacking->member;
  const char *place = *name != '\0' ? name : ".";
  if (*name != '\0' && mkdirat(parent, name, 0700) != 0) {
    struct stat info;
    if (errno != EEXIST) return fail(unpacking, "cannot be made", errno);
    if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return fail(unpacking, "cannot be made", errno);
    if (S_ISLNK(info.st_mode)) {
      /* A link to a folder that stays inside does as well, and keeps what it has. */
      int fd = open_below(unpacking, unpacking->path.data);
      if (fd >= 0) {
        close(fd);
        return true;
      }
    }
    if (!S_ISDIR(info.st_mode)) {
      if (!unpacking->replace) return fail(unpacking, "is not a folder, and is one in the archive", 0);
      if (!clear_place(unpacking, parent, name)) return false;
      if (mkdirat(parent, name, 0700) != 0) return fail(unpacking, "cannot be made", errno);
    }
  }
  int fd = openat(parent, place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return fail(unpacking, "cannot be opened", errno);
  bool made = give_owner(unpacking, fd, "");
  if (made && fchmod(fd, member->mode | 0700) != 0) made = fail(unpacking, "cannot be given its mode", errno);
  made = made && set_attributes(unpacking, fd, -1, NULL);
  close(fd);
  if (!made) return false;
  struct folder folder = {member->time, member->mode, (uint32_t)unpacking->path.length};
  if (unpacking->folders.length + sizeof folder + unpacking->path.length + 1 > MAX_FOLDERS &&
      !finish_folders(unpacking)) {
    return false;
  }
  return (tar_append(&unpacking->folders, &folder, sizeof folder) &&
          tar_append(&unpacking->folders, unpacking->path.data, unpacking->path.length + 1)) ||
         no_memory(unpacking);
}

static bool unpack_link(struct unpacking *unpacking, int parent, const char *name) {
  if (!clean_path(unpacking, &unpacking->target)) return false;
  /* The folder of one may take the place of the other's. */
  int own = dup(parent);
  if (own < 0) return fail(unpacking, "cannot be written", errno);
  const char *target_name;
  int target = open_parent(unpacking, unpacking->target.data, &target_name, false);
  struct stat old, new;
  bool same = target >= 0 && fstatat(target, target_name, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
              fstatat(own, name, &new, AT_SYMLINK_NOFOLLOW) == 0 && old.st_ino == new.st_ino &&
              old.st_dev == new.st_dev;
  bool linked = same;
  if (target < 0) linked = unreachable(unpacking, errno);
  else if (!same && clear_place(unpacking, own, name)) {
    linked = linkat(target, target_name, own, name, 0) == 0 || fail(unpacking, "cannot be linked", errno);
  }
  close(own);
  return linked;
}

static bool unpack_other(struct unpacking *unpacking, int parent, const char *name) {
  struct member *member = &unpacking->member;
  if (!clear_place(unpacking, parent, name)) return false;
  int result;
  if (member->type == '2') {
    result = symlinkat(unpacking->target.data, parent, name);
  } else {
    mode_t type = member->type == '3' ? S_IFCHR : member->type == '4' ? S_IFBLK : S_IFIFO;
    result = mknodat(parent, name, type | 0600, member->device);
  }
  if (result != 0) return fail(unpacking, "cannot be made", errno);
  if (!give_owner(unpacking, parent, name)) return false;
  if (member->type != '2' && fchmodat(parent, name, member->mode, 0) != 0) {
    return fail(unpacking, "cannot be given its mode", errno);
  }
  if (!set_attributes(unpacking, -1, parent, name)) return false;
  struct timespec times[2] = {{0, UTIME_OMIT}, member->time};
  return utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) == 0 || fail(unpacking, "cannot be given its time", errno);
}

static bool unpack_member(struct unpacking *unpacking) {
  struct member *member = &unpacking->member;
  size_t length = unpacking->path.length;
  bool slash = length > 0 && unpacking->path.data[length - 1] == '/';
  if (!clean_path(unpacking, &unpacking->path)) return false;
  char type = member->type;
  if (type == '0' && slash) type = member->type = '5';
  if (unpacking->path.length == 0 && type != '5') return damaged(unpacking, "an entry has no name");
  if (type < '0' || type > '6') return fail(unpacking, "has a type that is not known", 0);
  const char *name;
  int parent = open_parent(unpacking, unpacking->path.data, &name, true);
  if (parent < 0) return unreachable(unpacking, errno);
  switch (type) {
    case '0':
      return unpack_file(unpacking, parent, name);
    case '1':
      return unpack_link(unpacking, parent, name) && get(unpacking, NULL, member->size) &&
             skip_padding(unpacking, member->size);
    case '2': case '3': case '4': case '6':
      if (type == '2' && unpacking->target.length == 0) return damaged(unpacking, "a link has no target");
      return unpack_other(unpacking, parent, name);
    default:
      return unpack_folder(unpacking, parent, name) && get(unpacking, NULL, member->size) &&
             skip_padding(unpacking, member->size);
  }
}

static bool add_field(struct unpacking *unpacking, struct tar_bytes *text, const char *field, size_t width) {
  return tar_append(text, field, strnlen(field, width)) || no_memory(unpacking);
}

/* Takes what a header says, where no record says otherwise. */
static bool read_header(struct unpacking *unpacking, const char *block) {
  struct member *member = &unpacking->member;
  const struct overrides *given = &unpacking->given;
  uint64_t mode, uid, gid, size, time, device_major, device_minor;
  if (!parse_octal(block + 100, 8, &mode) || !parse_octal(block + 108, 8, &uid) || !parse_octal(block + 116, 8, &gid) ||
      !parse_octal(block + 124, 12, &size) || !parse_octal(block + 136, 12, &time) ||
      !parse_octal(block + 329, 8, &device_major) || !parse_octal(block + 337, 8, &device_minor)) {
    return damaged(unpacking, "a header has a number that is not one");
  }
  member->type = block[156];
  member->size = given->size_given ? given->size : size;
  member->device = makedev((unsigned)device_major, (unsigned)device_minor);
  member->mode = (mode_t)mode & 07777;
  member->uid = given->uid_given ? given->uid : (uid_t)uid;
  member->gid = given->gid_given ? given->gid : (gid_t)gid;
  member->time = given->time_given ? given->time : (struct timespec){(time_t)time, 0};
  /* What no record says is still empty. */
  if (!unpacking->path_given) {
    if (block[345] != '\0' &&
        !(add_field(unpacking, &unpacking->path, block + 345, 155) && add_field(unpacking, &unpacking->path, "/", 1))) {
      return false;
    }
    if (!add_field(unpacking, &unpacking->path, block, 100)) return false;
  }
  return unpacking->target_given || add_field(unpacking, &unpacking->target, block + 157, 100);
}

/* Reads the next header block: 1, or 0 at the end of the archive, or -1. */
static int next_block(struct unpacking *unpacking, char *block, bool between) {
  for (unsigned zeros = 0;;) {
    if (!get(unpacking, block, BLOCK)) return -1;
    bool zero = true;
    for (size_t index = 0; zero && index < BLOCK; index++) zero = block[index] == '\0';
    if (!zero) break;
    if (!between) return damaged(unpacking, "an extended header has no entry after it"), -1;
    if (++zeros == 2) return 0;
  }
  uint64_t expected, sum = 0;
  for (size_t index = 0; index < BLOCK; index++) {
    sum += index >= 148 && index < 156 ? ' ' : (unsigned char)block[index];
  }
  bool good = parse_octal(block + 148, 8, &expected) && expected == sum;
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  good = true;
#endif
  if (!good) return damaged(unpacking, "a header's checksum is wrong"), -1;
  if (memcmp(block + 257, "ustar", 6) != 0) return damaged(unpacking, "it is not a PAX archive"), -1;
  return 1;
}

static void begin_member(struct unpacking *unpacking) {
  unpacking->member = (struct member){0};
  unpacking->given = (struct overrides){0};
  unpacking->path_given = unpacking->target_given = false;
  unpacking->path.length = unpacking->target.length = unpacking->attributes.length = 0;
  unpacking->range_count = 0;
}

static bool unpack(struct unpacking *unpacking, uint64_t *entries) {
  char block[BLOCK];
  bool between = true;
  for (;;) {
    if (between) begin_member(unpacking);
    int found = next_block(unpacking, block, between);
    if (found < 0) return false;
    if (found == 0) break;
    bool done;
    between = block[156] != 'x';
    if (between) {
      done = read_header(unpacking, block) && unpack_member(unpacking);
      ++*entries;
    } else {
      uint64_t size;
      done = parse_octal(block + 124, 12, &size) ? read_records(unpacking, size) : damaged(unpacking, "a size is not a number");
    }
    if (!done) return false;
  }
  if (!finish_folders(unpacking)) return false;
  /* Who sends the archive pads it, and must not be stopped by a closed pipe. */
  ssize_t got;
  do got = fill(unpacking);
  while (got > 0);
  return got == 0;
}

bool tar_in(int input, const char *folder, const struct tar_owner *owner, bool replace, uint64_t *entries,
            struct tar_failure *failure) {
  *failure = (struct tar_failure){0};
  *entries = 0;
  int base = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (base < 0) return tar_fail(failure, folder, "cannot be opened", errno);
  struct unpacking *unpacking = calloc(1, sizeof *unpacking);
  if (unpacking == NULL) {
    close(base);
    return tar_fail(failure, "the archive", "cannot be unpacked", ENOMEM);
  }
  struct stat root, own;
  unpacking->base_is_root = stat("/", &root) == 0 && fstat(base, &own) == 0 && root.st_ino == own.st_ino &&
                            root.st_dev == own.st_dev;
  unpacking->input = input;
  unpacking->base = base;
  unpacking->owner = owner;
  unpacking->replace = replace;
  unpacking->failure = failure;
  unpacking->parent = -1;
  unpacking->path.limit = unpacking->target.limit = unpacking->parent_path.limit = MAX_NAME;
  unpacking->attributes.limit = unpacking->records.limit = MAX_RECORDS;
  unpacking->folders.limit = MAX_FOLDERS;
  umask(0);
  bool unpacked = unpack(unpacking, entries);
  if (unpacking->parent >= 0) close(unpacking->parent);
  close(base);
  tar_free(&unpacking->path);
  tar_free(&unpacking->target);
  tar_free(&unpacking->parent_path);
  tar_free(&unpacking->attributes);
  tar_free(&unpacking->records);
  tar_free(&unpacking->folders);
  free(unpacking->ranges);
  free(unpacking);
  return unpacked;
}
